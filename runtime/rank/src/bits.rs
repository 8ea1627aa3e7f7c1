//! Probabilities by integers, so that every machine gives the same scores.

/// The binary digits of the fraction of a bit.
const FRACTION: usize = 10;

/// `2^-(1/2)`, `2^-(1/4)`, … `2^-(1/1024)`, with 128 binary places.
const ROOTS: [u128; FRACTION] = [
    0xb504_f333_f9de_6484_597d_89b3_754a_be9f,
    0xd744_fcca_d69d_6af4_39a6_8bb9_902d_3fde,
    0xeac0_c6e7_dd24_392e_d02d_75b3_706e_54fb,
    0xf525_7d15_2486_cc2c_7b9d_0c7a_ed98_0fc3,
    0xfa83_b2db_722a_033a_7c25_bb14_315d_7fcd,
    0xfd3e_0c0c_f486_c174_853f_3a59_31e0_ee03,
    0xfe9e_115c_7b8f_884b_add2_5995_e79d_2f09,
    0xff4e_cb59_511e_c8a5_301b_a217_ef18_dd7c,
    0xffa7_5652_1c8d_aed1_9f3a_1b48_fb94_c589,
    0xffd3_a751_c0f7_e10b_d3b9_f8ae_012f_be07,
];

/// The probability that bits stand for: `min(1, 2^-(bits / 1024))`, the nearest float.
pub fn probability(bits: i64) -> f64 {
    let Ok(bits) = u32::try_from(bits) else { return if bits < 0 { 1.0 } else { 0.0 } };
    let (whole, fraction) = (bits / 1024, bits % 1024);
    let set = ROOTS.iter().enumerate().filter(|(at, _)| (fraction >> (9 - at)) & 1 == 1);
    let power = set.fold(u128::MAX, |power, (_, root)| high(power, *root));
    if fraction == 0 {
        return halved(1.0, whole);
    }
    // From 1/2 to 1, so the first binary place is set. A float has 53 of them.
    let rounded = (power >> 75) + ((power >> 74) & 1);
    halved(rounded as f64 / (1_u64 << 53) as f64, whole)
}

/// The upper half of a product of two fractions; at most three units too small.
fn high(one: u128, other: u128) -> u128 {
    let parts = |number: u128| (number >> 64, number & u128::from(u64::MAX));
    let ((upper, lower), (other_upper, other_lower)) = (parts(one), parts(other));
    upper * other_upper + ((upper * other_lower) >> 64) + ((lower * other_upper) >> 64)
}

fn halved(number: f64, times: u32) -> f64 {
    (0..times.min(1100)).fold(number, |number, _| number / 2.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn roots_are_those_of_one_half() {
        let mut square = 1_u128 << 127;
        for root in ROOTS {
            let off = high(root, root).abs_diff(square);
            assert!(off < 8, "{root:x}: off by {off}");
            square = root;
        }
    }

    #[test]
    fn probabilities() {
        assert_eq!([-5, 0, 1024, 3072].map(probability), [1.0, 1.0, 0.5, 0.125]);
        assert_eq!(probability(512), std::f64::consts::FRAC_1_SQRT_2);
        assert_eq!(probability(i64::MAX), 0.0);
        assert!(probability(1000 * 1024) > 0.0);
    }

    proptest! {
        #[test]
        fn a_probability_is_the_power(bits in 0_i64..60_000) {
            let exact = (-(bits as f64) / 1024.0).exp2();
            let off = (probability(bits) / exact - 1.0).abs();
            prop_assert!(off <= f64::EPSILON, "{off}");
        }
    }
}

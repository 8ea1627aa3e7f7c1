//! Division of large integers to the nearest floating-point number.
//!
//! The numerator and denominator of a score are products of counts and can exceed 2^53. Converting each to a float
//! first would round twice. Scores are compared for equality to find ties, so the last bit matters.

/// Up to this value every integer has an exact float, and one float division is correctly rounded.
const EXACT: u128 = 1 << f64::MANTISSA_DIGITS;

/// The minimum number of bits of a truncated quotient that, with a sticky last bit, rounds as the exact quotient does.
const ENOUGH_BITS: u32 = f64::MANTISSA_DIGITS + 2;

/// The float nearest to `numerator / denominator`, with ties to even; NaN for 0 / 0.
///
/// A quotient is either zero or at least 2^-128, so no result is subnormal.
pub(super) fn divide(numerator: u128, denominator: u128) -> f64 {
    if denominator == 0 || (numerator <= EXACT && denominator <= EXACT) {
        return numerator as f64 / denominator as f64;
    }
    long_division(numerator, denominator)
}

fn long_division(numerator: u128, denominator: u128) -> f64 {
    let mut quotient = numerator / denominator;
    let mut remainder = numerator % denominator;
    let mut scale = 1.0;
    while remainder != 0 && u128::BITS - quotient.leading_zeros() < ENOUGH_BITS {
        // Twice the remainder may overflow, so the remainder is compared with its distance to the denominator.
        let missing = denominator - remainder;
        let fits = remainder >= missing;
        remainder = if fits { remainder - missing } else { remainder + remainder };
        quotient = (quotient << 1) | u128::from(fits);
        scale /= 2.0;
    }
    let sticky = u128::from(remainder != 0);
    (quotient | sticky) as f64 * scale
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_quotients() {
        assert_eq!(divide(1, 3), 1.0 / 3.0);
        assert_eq!(divide(0, 7), 0.0);
        assert_eq!(divide(u128::MAX, u128::MAX), 1.0);
        assert_eq!(divide(u128::MAX, 1), 2f64.powi(128));
        assert_eq!(divide(1, u128::MAX), 2f64.powi(-128));
        assert!(divide(0, 0).is_nan());
        // (2^60 + 1) / 2^60 is nearer to 1.0 than to the next float.
        assert_eq!(divide((1 << 60) + 1, 1 << 60), 1.0);
    }

    #[test]
    fn ties_go_to_the_even_neighbour() {
        let half_step = 1 << 53;
        assert_eq!(divide(half_step + 1, half_step), 1.0);
        assert_eq!(divide(half_step + 3, half_step), 1.0 + 4.0 / half_step as f64);
        // The least bit beyond the tie decides, however insignificant it is.
        let far = 1_u128 << 120;
        assert_eq!(divide(far + (far >> 53) + 1, far), 1.0 + f64::EPSILON);
    }

    /// The quotient by way of enough decimal digits that no further digit matters, and the standard library's parser,
    /// which rounds correctly.
    fn by_decimals(numerator: u128, denominator: u128) -> f64 {
        let mut text = format!("{}.", numerator / denominator);
        let mut remainder = numerator % denominator;
        for _ in 0..120 {
            remainder *= 10;
            text.push_str(&(remainder / denominator).to_string());
            remainder %= denominator;
        }
        text.push_str(if remainder == 0 { "0" } else { "1" });
        text.parse().unwrap_or(f64::NAN)
    }

    proptest! {
        #[test]
        fn rounds_as_exact_decimals_do(
            numerator in any::<u128>(), shift in 0_u32..128,
            denominator in 1_u128..(1 << 120), other in 0_u32..120,
        ) {
            let (numerator, denominator) = (numerator >> shift, (denominator >> other).max(1));
            prop_assert_eq!(divide(numerator, denominator), by_decimals(numerator, denominator));
        }

        #[test]
        fn a_common_factor_changes_nothing(
            numerator in 0_u64..(1 << 53), denominator in 1_u64..(1 << 53), factor in 1_u64..,
        ) {
            let scaled = long_division(
                u128::from(numerator) * u128::from(factor), u128::from(denominator) * u128::from(factor),
            );
            prop_assert_eq!(scaled, numerator as f64 / denominator as f64);
        }
    }
}

//! Logarithms by integers, so that every machine gives the same bits.
//!
//! Bits are whole numbers of 1/1024 bit. A float's logarithm may differ in its last digit from one mathematical library
//! to another, and that digit could swap two lines of a ranking.

/// One bit, in the unit of this module.
pub const ONE: u16 = 1024;

/// The binary digits of the fraction of a bit.
const FRACTION: u32 = 10;

/// `log2(numerator / denominator)` in 1/1024 bit, rounded to the nearest; 0 if the quotient is below 1 or there is none.
///
/// The quotient is scaled to a number from 1 to 2 with 63 binary places. Squaring that number doubles its logarithm:
/// whenever the square reaches 2, the next binary digit of the logarithm is 1. The truncations of eleven squarings amount
/// to less than 2^-50 of a bit, so the result is the nearest one unless the exact value is that near to the middle of
/// two; then it is one of the two.
pub fn log2(numerator: u64, denominator: u64) -> i64 {
    if denominator == 0 || numerator <= denominator {
        return 0;
    }
    // At least 64 significant digits: the numerator has one, and is shifted so that the quotient has more than 63.
    let mut scaled = (u128::from(numerator) << 64) / u128::from(denominator);
    let whole = scaled.ilog2().saturating_sub(64);
    scaled >>= whole + 1;
    let mut digits = u64::from(whole);
    for _ in 0..=FRACTION {
        scaled = (scaled * scaled) >> 63;
        let is_one = scaled >> 64 != 0;
        digits = (digits << 1) | u64::from(is_one);
        scaled >>= u32::from(is_one);
    }
    // One digit more than a result has: it rounds.
    i64::try_from(digits.div_ceil(2)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn exact_logarithms() {
        // By arithmetic with 60 decimal digits.
        let cases = [
            ((1, 1), 0),
            ((2, 1), 1024),
            ((3, 1), 1623),
            ((3, 2), 599),
            ((5, 4), 330),
            ((10, 1), 3402),
            ((1000, 999), 1),
            ((3000, 2999), 0),
            ((1 << 40, 1), 40_960),
            ((u64::MAX, 1), 65_536),
            ((u64::MAX, u64::MAX - 1), 0),
            ((7, 9), 0),
            ((7, 0), 0),
        ];
        for ((numerator, denominator), expected) in cases {
            assert_eq!(log2(numerator, denominator), expected, "{numerator} / {denominator}");
        }
    }

    proptest! {
        #[test]
        fn a_logarithm_is_the_nearest(numerator in 1_u64..(1 << 50), denominator in 1_u64..(1 << 50)) {
            let exact = (numerator.max(denominator) as f64 / denominator as f64).log2() * 1024.0;
            let off = (log2(numerator, denominator) as f64 - exact).abs();
            prop_assert!(off <= 0.5 + 1e-6, "{off}");
        }

        #[test]
        fn a_larger_number_has_no_smaller_logarithm(number in 1_u64.., other in 1_u64..) {
            let (small, large) = (number.min(other), number.max(other));
            prop_assert!(log2(small, 1) <= log2(large, 1));
        }
    }
}

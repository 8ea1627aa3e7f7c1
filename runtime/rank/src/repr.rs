//! Floats as text, in the format of Python's `repr()`.
//!
//! Results files are compared byte for byte with those of Python tools, and read back: the digits are the fewest that
//! parse to the same float. Rust prints such digits too, but in another layout.

/// The first exponent in scientific notation: `1e+16`, but `1000000000000000.0`.
const FIRST_LARGE: i32 = 16;

/// The smallest exponent in positional notation: `0.0001`, but `1e-05`.
const LAST_SMALL: i32 = -4;

/// `value` as Python's `repr()` writes it: `0.5`, `1.0`, `2.26e-07`, `1e+16`, `inf`, `nan`.
///
/// The rule is that of Python's `float_repr_style` "short" (`float.__repr__`, format code `r`).
pub fn python_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    let scientific = fewest_digits(value);
    let split =
        scientific.split_once('e').and_then(|(digits, exponent)| Some((digits, exponent.parse().ok()?)));
    let Some((digits, exponent)) = split else {
        // Only the infinities have no exponent.
        return scientific;
    };
    if (LAST_SMALL..FIRST_LARGE).contains(&exponent) {
        return positional(digits, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
}

/// The fewest digits that parse to `value`, as Rust writes them: `1.25e-7`.
///
/// If two such numbers are equally near, Rust takes the upper and Python the even one, as Rust does when it rounds to a
/// given number of digits. Next to a power of two, that result may not parse to the same value.
fn fewest_digits(value: f64) -> String {
    let fewest = format!("{value:e}");
    let mantissa = fewest.split('e').next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    let nearest = format!("{value:.*e}", digits.saturating_sub(1));
    if nearest.parse() == Ok(value) { nearest } else { fewest }
}

/// Positional notation, with at least one digit on either side of the point.
fn positional(mantissa: &str, exponent: i32) -> String {
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let mut digits = mantissa.replace('.', "");
    if exponent < 0 {
        digits.insert_str(0, &"0".repeat(exponent.unsigned_abs() as usize));
    }
    let whole = exponent.max(0) as usize + 1;
    while digits.len() <= whole {
        digits.push('0');
    }
    let (before, after) = digits.split_at(whole);
    format!("{sign}{before}.{after}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn writes_what_python_writes() {
        // The right-hand sides were printed by CPython.
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1.0 / 3.0, "0.3333333333333333"),
            (0.0001, "0.0001"),
            (0.00012345, "0.00012345"),
            (0.00001, "1e-05"),
            (0.000099, "9.9e-05"),
            (2.26e-7, "2.26e-07"),
            (-2.26e-7, "-2.26e-07"),
            (1e-100, "1e-100"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e+308"),
            (1e15, "1000000000000000.0"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            // Exactly halfway between two numbers of that many digits: the even one.
            (100_001.0 / 131_072.0, "0.7629470825195312"),
            (0.25 + 1_801_514_316_094_494.0, "1801514316094494.2"),
            (1e16, "1e+16"),
            (1e22, "1e+22"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ];
        for (value, expected) in cases {
            assert_eq!(python_repr(value), expected);
        }
    }

    proptest! {
        #[test]
        fn reads_back_as_the_same_float(
            value in any::<f64>().prop_filter("a number", |value| !value.is_nan()),
        ) {
            prop_assert_eq!(python_repr(value).parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }
    }
}

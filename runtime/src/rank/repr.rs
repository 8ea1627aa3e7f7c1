//! Floats as text, the way Python's `repr()` writes them.
//!
//! Results files are compared byte for byte with those of Python tools, and read back: the digits are the
//! fewest that give the same float again. Rust has such digits too, but another layout around them.

/// Exponents from here on are written out: `1e+16`, but `1000000000000000.0`.
const FIRST_LARGE: i32 = 16;

/// The smallest exponent that is not written out: `0.0001`, but `1e-05`.
const LAST_SMALL: i32 = -4;

/// `value` as Python's `repr()` writes it: `0.5`, `1.0`, `2.26e-07`, `1e+16`, `inf`, `nan`.
///
/// The source of the rule is Python's `float_repr_style` "short" (`float.__repr__`, format code `r`).
pub fn python_repr(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    let scientific = format!("{value:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        // Only the infinities have no exponent.
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if (LAST_SMALL..FIRST_LARGE).contains(&exponent) => positional(value),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        Err(_) => scientific,
    }
}

/// Without an exponent, with at least one digit after the point.
fn positional(value: f64) -> String {
    let mut text = value.to_string();
    if !text.contains('.') {
        text.push_str(".0");
    }
    text
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
        fn reads_back_as_the_same_float(value in any::<f64>().prop_filter("a number", |value| !value.is_nan())) {
            prop_assert_eq!(python_repr(value).parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        }
    }
}

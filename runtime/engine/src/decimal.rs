//! Single-precision numbers as doubles. A number that an engine stores in four bytes stands for a decimal, not for its
//! exact binary value.

/// The shortest decimal that rounds to the number. That is the decimal that was stored if it had at most six digits.
/// For 0.001 the exact binary value is 0.0010000000474974513.
pub fn decimal(number: f32) -> f64 {
    number.to_string().parse().unwrap_or_else(|_| f64::from(number))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_number_is_the_decimal_that_was_stored() {
        for number in [0.001, 0.31, 1e-7, 123_456.0, 1e38, 0.0] {
            assert_eq!(decimal(number as f32), number);
        }
        assert!(decimal(f32::NAN).is_nan() && decimal(f32::INFINITY).is_infinite());
    }
}

//! Literals are parsed back by the rules of the servers: texts by a small parser, written from the documentation and
//! behaviour of Impala and Hive, and numbers by Rust's own parser.

use proptest::prelude::*;

use super::*;

/// The value of a literal on Impala, Hive and Spark. `None` if the text is not exactly one literal, or if a server
/// would replace a variable in it.
fn read(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix('\'')?.strip_suffix('\'')?;
    if inner.contains("${") {
        return None;
    }
    let (mut out, mut rest) = (String::new(), inner.chars());
    while let Some(letter) = rest.next() {
        match letter {
            '\'' => return None,
            '\\' => {
                let tail = rest.as_str();
                let (read, length) = escape(tail)?;
                out.push_str(&read);
                rest = tail.get(length..)?.chars();
            }
            it if it.is_ascii_control() => return None,
            it => out.push(it),
        }
    }
    Some(out)
}

/// The character of an escape, given the text after the backslash, and the length of the escape in bytes.
fn escape(tail: &str) -> Option<(String, usize)> {
    let digits = tail.get(..3).filter(|digits| digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte)));
    if let Some(code) =
        digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()).filter(|code| *code < 128)
    {
        return Some((char::from(code).to_string(), 3));
    }
    if let Some(digits) = tail.strip_prefix('u').and_then(|tail| tail.get(..4))
        && let Some(letter) = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32)
    {
        return Some((letter.to_string(), 5));
    }
    let letter = tail.chars().next()?;
    let read = match letter {
        '0' => '\0'.to_string(),
        'b' => '\u{8}'.to_string(),
        'n' => '\n'.to_string(),
        'r' => '\r'.to_string(),
        't' => '\t'.to_string(),
        'Z' => '\u{1a}'.to_string(),
        '%' | '_' => format!("\\{letter}"),
        other => other.to_string(),
    };
    Some((read, letter.len_utf8()))
}

/// The number within a cast, which has the form of a number in SQL.
fn number(literal: &str, kind: &str) -> f64 {
    let inner = literal
        .strip_prefix("CAST(")
        .and_then(|literal| literal.strip_suffix(&format!(" AS {kind})")))
        .unwrap();
    assert!(literal.len() < 50, "{literal}");
    inner.trim_matches('\'').parse().unwrap()
}

proptest! {
    #[test]
    fn texts_are_read_as_they_were(it in r#"[\x00-\x7f'\\"\$\{\}u0-7%_;é日🚪-]{0,40}"#) {
        prop_assert_eq!(read(&text(&it)), Some(it));
    }

    #[test]
    fn any_text_is_read_as_it_was(it: String) {
        prop_assert_eq!(read(&text(&it)), Some(it));
    }

    #[test]
    fn doubles_are_read_to_the_bit(bits: u64) {
        let it = f64::from_bits(bits);
        let found = number(&double(it), "DOUBLE");
        prop_assert!(found.to_bits() == bits || (it.is_nan() && found.is_nan()));
    }

    #[test]
    fn floats_are_the_doubles_that_they_are(bits: u32) {
        let it = f32::from_bits(bits);
        let found = number(&float(it), "FLOAT");
        prop_assert!(found.to_bits() == f64::from(it).to_bits() || (it.is_nan() && found.is_nan()));
    }

    #[test]
    fn whole_numbers_keep_their_sign_wherever_they_stand(it: i64) {
        let written = whole(it);
        prop_assert_eq!(written.trim_matches(['(', ')']).parse::<i64>().ok(), Some(it));
        prop_assert_eq!(written.starts_with('('), it < 0);
    }
}

#[test]
fn texts_look_as_expected() {
    for (given, written) in [
        ("it's", r"'it\'s'"),
        (r"C:\n", r"'C:\\n'"),
        ("a\nb\tc\rd", r"'a\nb\tc\rd'"),
        ("\u{0}12", r"'\00012'"),
        ("\u{1a}\u{7f}\u{1}", r"'\032\177\001'"),
        ("${env:HOME} $x {y} $${z}", r"'$\{env:HOME} $x {y} $$\{z}'"),
        ("100% _ \"x\" `y` -- ; /*", "'100% _ \"x\" `y` -- ; /*'"),
        (r"\%", r"'\\%'"),
        ("größer 日本 🚪", "'größer 日本 🚪'"),
    ] {
        assert_eq!(text(given), written);
    }
}

#[test]
fn numbers_look_as_expected() {
    assert_eq!(whole(i64::MIN), "CAST('-9223372036854775808' AS BIGINT)");
    assert_eq!(whole(i64::MAX), "9223372036854775807");
    assert_eq!(whole(-1), "(-1)");
    assert_eq!(double(1e-300), "CAST(1e-300 AS DOUBLE)");
    assert_eq!(double(-0.0), "CAST('-0.0' AS DOUBLE)");
    assert_eq!(double(f64::NAN), "CAST('NaN' AS DOUBLE)");
    assert_eq!(double(f64::NEG_INFINITY), "CAST('-Infinity' AS DOUBLE)");
    assert_eq!(float(0.1), "CAST(0.10000000149011612 AS FLOAT)");
}

#[test]
fn values_are_written_whatever_their_type() {
    for (given, written) in [
        (Value::Bool(Some(true)), "TRUE"),
        (Value::String(None), "NULL"),
        (Value::BigUnsigned(Some(u64::MAX)), "18446744073709551615"),
        (Value::TinyInt(Some(-128)), "(-128)"),
        (Value::Char(Some('é')), "'é'"),
        (Value::Bytes(Some(vec![0, 255])), "unhex('00FF')"),
        (Value::Float(Some(1.5)), "CAST(1.5 AS FLOAT)"),
    ] {
        assert_eq!(value(&given), written);
    }
}

#[test]
fn cells_are_written_for_their_column() {
    let written = |given, kind| cell(given, "c", kind).unwrap();
    assert_eq!(written(Cell::Int(1), HiveType::Boolean), "TRUE");
    assert_eq!(written(Cell::Int(-5), HiveType::Smallint), "-5");
    assert_eq!(written(Cell::Int(-128), HiveType::Tinyint), "CAST('-128' AS TINYINT)");
    assert_eq!(written(Cell::Int(-128), HiveType::Int), "-128");
    assert_eq!(written(Cell::Null, HiveType::Int), "NULL");
    assert_eq!(written(Cell::Real(0.5), HiveType::Double), "CAST(0.5 AS DOUBLE)");
    assert!(cell(Cell::Int(128), "c", HiveType::Tinyint).is_err());
}

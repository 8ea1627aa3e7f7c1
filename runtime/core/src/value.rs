//! Values of queries: formatted for messages, and converted to integers and texts.

use sea_query::{OptionEnum, Value};

use crate::quoted;

/// The value for a message: text in quotation marks, numbers unchanged, and `no value` for `NULL`.
#[must_use]
pub fn shown(value: &Value) -> String {
    plain(value, quoted).unwrap_or_else(|| "no value".to_owned())
}

/// The value as text, without quotation marks; `None` for `NULL`.
#[must_use]
pub fn unquoted(value: &Value) -> Option<String> {
    plain(value, str::to_owned)
}

/// The integer; `None` if the value is of another type or `NULL`.
#[must_use]
pub fn whole(value: &Value) -> Option<i64> {
    if let Value::BigInt(it) = value { *it } else { None }
}

/// The text; empty if the value is of another type or `NULL`.
#[must_use]
pub fn text(value: &Value) -> String {
    if let Value::String(Some(it)) = value { it.clone() } else { String::new() }
}

fn plain(value: &Value, show: impl Fn(&str) -> String) -> Option<String> {
    match value {
        Value::Bool(it) => it.map(|it| it.to_string()),
        Value::TinyInt(it) => it.map(|it| it.to_string()),
        Value::SmallInt(it) => it.map(|it| it.to_string()),
        Value::Int(it) => it.map(|it| it.to_string()),
        Value::BigInt(it) => it.map(|it| it.to_string()),
        Value::TinyUnsigned(it) => it.map(|it| it.to_string()),
        Value::SmallUnsigned(it) => it.map(|it| it.to_string()),
        Value::Unsigned(it) => it.map(|it| it.to_string()),
        Value::BigUnsigned(it) => it.map(|it| it.to_string()),
        Value::Float(it) => it.map(|it| it.to_string()),
        Value::Double(it) => it.map(|it| it.to_string()),
        Value::String(it) => it.as_deref().map(show),
        Value::Enum(OptionEnum::Some(it)) => Some(show(&it.value)),
        Value::Enum(OptionEnum::None(_)) => None,
        Value::Char(it) => it.map(|letter| show(letter.encode_utf8(&mut [0; 4]))),
        Value::Bytes(it) => it.as_deref().map(|bytes| format!("{} bytes", bytes.len())),
    }
}

#[cfg(test)]
mod tests {
    use sea_query::Value;

    use super::{shown, unquoted};

    #[test]
    fn texts_are_told_from_numbers_and_from_nothing() {
        let found = [Value::from("7"), Value::from(7_i64), Value::from(0.5), Value::String(None)];
        assert_eq!(found.each_ref().map(shown), ["\"7\"", "7", "0.5", "no value"]);
        assert_eq!(unquoted(&found[0]), Some("7".to_owned()));
        assert_eq!(unquoted(&found[3]), None);
    }
}

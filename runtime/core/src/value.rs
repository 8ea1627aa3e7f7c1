//! Values of queries: as messages show them, and as whole numbers and texts.

use sea_query::{OptionEnum, Value};

use crate::quoted;

/// Texts in quotation marks, numbers as they are, and `no value` where there is none.
#[must_use]
pub fn shown(value: &Value) -> String {
    plain(value, quoted).unwrap_or_else(|| "no value".to_owned())
}

/// Texts and numbers as they are; nothing where there is no value.
#[must_use]
pub fn plainly(value: &Value) -> Option<String> {
    plain(value, str::to_owned)
}

/// The whole number; none where the value is of another type or absent.
#[must_use]
pub fn whole(value: &Value) -> Option<i64> {
    if let Value::BigInt(it) = value { *it } else { None }
}

/// The text; empty where the value is of another type or absent.
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
        Value::Char(it) => it.map(|it| show(it.encode_utf8(&mut [0; 4]))),
        Value::Bytes(it) => it.as_deref().map(|it| format!("{} bytes", it.len())),
    }
}

#[cfg(test)]
mod tests {
    use sea_query::Value;

    use super::{plainly, shown};

    #[test]
    fn texts_are_told_from_numbers_and_from_nothing() {
        let found = [Value::from("7"), Value::from(7_i64), Value::from(0.5), Value::String(None)];
        assert_eq!(found.each_ref().map(shown), ["\"7\"", "7", "0.5", "no value"]);
        assert_eq!(plainly(&found[0]), Some("7".to_owned()));
        assert_eq!(plainly(&found[3]), None);
    }
}

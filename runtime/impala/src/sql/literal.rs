//! Values as literals: the only place where a value becomes part of a statement, since HiveServer2 binds no values.
//!
//! The rules are Impala's if servers differ: it gives a number its narrowest type, and refuses to put a wider number
//! into a column without a cast. The dialect writes texts, since DDL contains texts too.

use flow_oa_core::Cell;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::impala::HiveType;
use sea_query::{OptionEnum, Value};

use crate::sql::fit::{Fitted, Misfit, fit, lowest};

/// A text.
#[must_use]
pub fn text(text: &str) -> String {
    Dialect::Impala.literal(text)
}

/// A whole number, valid at any position in an expression.
#[must_use]
pub fn whole(number: i64) -> String {
    if number == i64::MIN {
        lowest_of(HiveType::Bigint, number)
    } else if number < 0 {
        format!("({number})")
    } else {
        number.to_string()
    }
}

/// The lowest number of a type. Its digits alone, without the sign, are outside the range of the type.
fn lowest_of(kind: HiveType, number: i64) -> String {
    format!("CAST('{number}' AS {})", kind.name())
}

/// A number in double precision. Impala reads digits within a cast directly as the target type, without a decimal
/// number in between; a negative zero is a text, since it would lose its sign.
#[must_use]
pub fn double(number: f64) -> String {
    floating(number, HiveType::Double)
}

/// A number in single precision, written with the digits of the equal double, so that no server rounds it again.
#[must_use]
pub fn float(number: f32) -> String {
    floating(number.into(), HiveType::Float)
}

fn floating(number: f64, kind: HiveType) -> String {
    let digits = match number {
        it if it.is_nan() => "'NaN'".to_owned(),
        f64::INFINITY => "'Infinity'".to_owned(),
        f64::NEG_INFINITY => "'-Infinity'".to_owned(),
        it if it == 0.0 && it.is_sign_negative() => "'-0.0'".to_owned(),
        it => format!("{it:?}"),
    };
    format!("CAST({digits} AS {})", kind.name())
}

/// A boolean.
#[must_use]
pub fn boolean(value: bool) -> &'static str {
    if value { "TRUE" } else { "FALSE" }
}

/// NULL of a type.
#[must_use]
pub fn null(kind: HiveType) -> String {
    format!("CAST(NULL AS {})", kind.name())
}

/// A value whose column is not known, such as in a condition or an expression.
#[must_use]
pub fn value(value: &Value) -> String {
    let written = match value {
        Value::Bool(it) => it.map(|value| boolean(value).to_owned()),
        Value::TinyInt(it) => it.map(|number| whole(number.into())),
        Value::SmallInt(it) => it.map(|number| whole(number.into())),
        Value::Int(it) => it.map(|number| whole(number.into())),
        Value::BigInt(it) => it.map(whole),
        Value::TinyUnsigned(it) => it.map(|it| it.to_string()),
        Value::SmallUnsigned(it) => it.map(|it| it.to_string()),
        Value::Unsigned(it) => it.map(|it| it.to_string()),
        Value::BigUnsigned(it) => it.map(|it| it.to_string()),
        Value::Float(it) => it.map(float),
        Value::Double(it) => it.map(double),
        Value::String(it) => it.as_deref().map(text),
        Value::Char(it) => it.map(|letter| text(letter.encode_utf8(&mut [0; 4]))),
        Value::Enum(OptionEnum::Some(it)) => Some(text(it.value.as_ref())),
        Value::Enum(OptionEnum::None(_)) => None,
        Value::Bytes(it) => it.as_deref().map(bytes),
    };
    written.unwrap_or_else(|| "NULL".to_owned())
}

/// Bytes, for which neither Impala nor Hive has a literal.
fn bytes(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!("unhex('{digits}')")
}

/// A cell as a value of its column, for `VALUES`.
///
/// # Errors
/// If the column cannot hold the cell.
pub fn cell(cell: Cell<'_>, column: &str, kind: HiveType) -> Result<String, Misfit> {
    Ok(match fit(cell, column, kind)? {
        Fitted::Null => "NULL".to_owned(),
        Fitted::Text(it) => text(it),
        Fitted::Whole(it) if lowest(kind) == Some(it) => lowest_of(kind, it),
        Fitted::Whole(it) => it.to_string(),
        Fitted::Float(it) => float(it),
        Fitted::Double(it) => double(it),
        Fitted::Boolean(it) => boolean(it).to_owned(),
    })
}

#[cfg(test)]
#[path = "literal_tests.rs"]
mod tests;

//! Checks whether a cell is a value of its column's type, in one place for literals and for files. Nothing is rounded
//! or cut to make it fit.

use flow_oa_core::{Cell, quoted};
use flow_oa_schema::dialect::impala::HiveType;

/// A cell, converted to the type of its column.
#[expect(missing_docs, reason = "each variant is what its name says")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fitted<'a> {
    Null,
    Text(&'a str),
    /// A whole number within the range of the column's type.
    Whole(i64),
    /// A number in single precision.
    Float(f32),
    /// A number in double precision.
    Double(f64),
    Boolean(bool),
}

/// A value that its column cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the column {column} of type {kind} cannot hold {value}")]
pub struct Misfit {
    /// The name of the column.
    pub column: String,
    /// The type of the column.
    pub kind: &'static str,
    /// The value; a long text is cut.
    pub value: String,
}

/// Converts the cell to a value of that column. A number in double precision becomes the nearest FLOAT, as the
/// engines themselves store it.
///
/// # Errors
/// If the column cannot hold the cell.
pub fn fit<'a>(cell: Cell<'a>, column: &str, kind: HiveType) -> Result<Fitted<'a>, Misfit> {
    let found = match (kind, cell) {
        (_, Cell::Null) => Some(Fitted::Null),
        (HiveType::String, Cell::Text(it)) => Some(Fitted::Text(it)),
        (HiveType::Boolean, Cell::Int(it @ (0 | 1))) => Some(Fitted::Boolean(it == 1)),
        (HiveType::Double, Cell::Real(it)) => Some(Fitted::Double(it)),
        (HiveType::Double, Cell::Int(it)) => exact(it).map(Fitted::Double),
        (HiveType::Float, Cell::Real(it)) => narrowed(it).map(Fitted::Float),
        (HiveType::Float, Cell::Int(it)) => exact(it).and_then(narrowed).map(Fitted::Float),
        (kind, Cell::Int(it)) => {
            lowest(kind).filter(|low| (*low..=!*low).contains(&it)).map(|_| Fitted::Whole(it))
        }
        _ => None,
    };
    found.ok_or_else(|| Misfit { column: column.to_owned(), kind: kind.name(), value: shown(&cell) })
}

/// The lowest whole number of a type; the highest is its bitwise complement.
pub(crate) fn lowest(kind: HiveType) -> Option<i64> {
    match kind {
        HiveType::Tinyint => Some(i8::MIN.into()),
        HiveType::Smallint => Some(i16::MIN.into()),
        HiveType::Int => Some(i32::MIN.into()),
        HiveType::Bigint => Some(i64::MIN),
        HiveType::String | HiveType::Float | HiveType::Double | HiveType::Boolean => None,
    }
}

/// The number in double precision, if that holds it exactly.
#[expect(clippy::cast_precision_loss, reason = "it is within the numbers that have no gaps")]
fn exact(number: i64) -> Option<f64> {
    const ALL_WHOLE: i64 = 1 << f64::MANTISSA_DIGITS;
    (-ALL_WHOLE..=ALL_WHOLE).contains(&number).then_some(number as f64)
}

/// The nearest number in single precision, unless it is infinite and the given number is not.
#[expect(clippy::cast_possible_truncation, reason = "the nearest number is what is asked for")]
fn narrowed(number: f64) -> Option<f32> {
    let near = number as f32;
    (near.is_finite() || !number.is_finite()).then_some(near)
}

fn shown(cell: &Cell<'_>) -> String {
    const LONGEST: usize = 40;
    match cell {
        Cell::Text(it) if it.chars().count() > LONGEST => {
            format!("{}...", quoted(&it.chars().take(LONGEST).collect::<String>()))
        }
        Cell::Text(it) => quoted(it),
        other => other.to_text().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_fit_up_to_the_ends_of_their_type() {
        for (kind, low, high) in [
            (HiveType::Tinyint, -128, 127),
            (HiveType::Smallint, -32_768, 32_767),
            (HiveType::Int, -2_147_483_648, 2_147_483_647),
        ] {
            for number in [low, high, 0] {
                assert_eq!(fit(Cell::Int(number), "c", kind), Ok(Fitted::Whole(number)));
            }
            for number in [low - 1, high + 1] {
                assert!(fit(Cell::Int(number), "c", kind).is_err(), "{kind:?} {number}");
            }
        }
        assert_eq!(fit(Cell::Int(i64::MIN), "c", HiveType::Bigint), Ok(Fitted::Whole(i64::MIN)));
    }

    #[test]
    fn what_does_not_fit_is_said_with_its_column() {
        let long = "x".repeat(100);
        for (cell, kind) in [
            (Cell::Text("7"), HiveType::Int),
            (Cell::Int(7), HiveType::String),
            (Cell::Int(2), HiveType::Boolean),
            (Cell::Real(1.0), HiveType::Bigint),
            (Cell::Real(1e300), HiveType::Float),
            (Cell::Int(i64::MAX), HiveType::Double),
            (Cell::Text(&long), HiveType::Boolean),
        ] {
            let text = fit(cell, "sport", kind).map_err(|it| it.to_string()).err().unwrap_or_default();
            assert!(text.starts_with(&format!("the column sport of type {}", kind.name())), "{text:?}");
            assert!(text.len() < 120, "{text}");
        }
        assert_eq!(fit(Cell::Int(1), "c", HiveType::Boolean), Ok(Fitted::Boolean(true)));
        assert_eq!(fit(Cell::Real(0.1), "c", HiveType::Float), Ok(Fitted::Float(0.1)));
        assert_eq!(fit(Cell::Null, "c", HiveType::Float), Ok(Fitted::Null));
    }
}

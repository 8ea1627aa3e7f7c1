//! The cells of a row of the database: by the name of their column, and as an answer shows them.

use flow_oa_schema::answer::Datum;
use flow_oa_schema::model::Table;
use flow_oa_schema::types::ColumnType;
use sea_query::Value;

/// The position of a column in the rows of a table.
pub(crate) fn place_of(table: &Table, column: &str) -> Option<usize> {
    table.columns.iter().position(|own| own.name == column)
}

/// A row of all columns of a table.
pub(crate) fn data(table: &Table, row: &[Value]) -> Vec<Option<Datum>> {
    row.iter().zip(&table.columns).map(|(value, column)| datum(value, column.kind)).collect()
}

/// A value of a column: the same whether an engine stores truth values as numbers or as booleans.
pub(crate) fn datum(value: &Value, kind: ColumnType) -> Option<Datum> {
    Some(match value {
        Value::BigInt(Some(it)) if kind == ColumnType::Bit => Datum::Truth(*it != 0),
        Value::BigInt(Some(it)) if !kind.is_whole() => Datum::Real(*it as f64),
        Value::BigInt(Some(it)) => Datum::Whole(*it),
        Value::Double(Some(it)) => Datum::Real(*it),
        Value::String(Some(it)) => Datum::Text(it.clone()),
        _ => return None,
    })
}

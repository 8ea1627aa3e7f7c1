//! Indexes as two engines list them: one row for each column, with the name of the index and whether it is unique.

use flow_oa_core::value::text;
use sea_query::Value;

use crate::FoundIndex;

/// Builds the indexes from rows that are sorted by index name and column position. An indexed expression is its text in
/// PostgreSQL, and empty in SQLite.
pub fn indexes(rows: &[Vec<Value>]) -> Vec<FoundIndex> {
    let mut found: Vec<FoundIndex> = Vec::new();
    let mut last = None;
    for row in rows {
        let [name, column, unique] = row.as_slice() else { continue };
        if last != Some(name) {
            found.push(FoundIndex { columns: Vec::new(), is_unique: *unique == Value::BigInt(Some(1)) });
            last = Some(name);
        }
        if let Some(index) = found.last_mut() {
            index.columns.push(text(column));
        }
    }
    found
}

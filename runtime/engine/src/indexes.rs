//! Indexes as two engines list them: a row a column, with the index's name and whether it is unique.

use flow_oa_core::value::text;
use sea_query::Value;

use crate::FoundIndex;

/// The indexes of rows that stand in the order of names and columns. What is no plain column has no name, and is none that
/// the schema asks for.
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

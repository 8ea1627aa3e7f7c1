//! Checks whether a table has the key and the indexes of the schema. Without its key, duplicate rows are stored and
//! inserts that add to a row are refused; without an index, a run scans whole days.

use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::model::Table;

use super::Difference;
use flow_oa_engine::FoundIndex;
use flow_oa_engine::indexes::{begins_with, is_same};

/// The key and the indexes that the database lacks for a table, each with the statement that restores it.
pub(super) fn differences(
    dialect: Dialect,
    place: &Place,
    table: &Table,
    found: &[FoundIndex],
) -> Vec<Difference> {
    let found: Vec<&FoundIndex> = found.iter().filter(|index| index.is_valid).collect();
    let mut differences = Vec::new();
    let key = dialect.key_of(table);
    if !key.is_empty() && !found.iter().any(|index| index.is_unique && is_same(&index.columns, &key)) {
        differences.push(Difference::KeyMissing {
            table: table.name.clone(),
            restore: dialect.restore_key(table, place),
            columns: key,
        });
    }
    let indexes = if dialect.capabilities().indexes { table.indexes.as_slice() } else { &[] };
    for (at, index) in indexes.iter().enumerate() {
        let columns: Vec<String> = table.names(index).map(str::to_owned).collect();
        if !found.iter().any(|index| begins_with(&index.columns, &columns)) {
            differences.push(Difference::IndexMissing {
                table: table.name.clone(),
                columns,
                restore: dialect.create_index(table, at, place),
            });
        }
    }
    differences
}

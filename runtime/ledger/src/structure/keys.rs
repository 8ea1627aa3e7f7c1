//! Checks whether a table has the key and the indexes of the schema. Without its key, duplicate rows are stored and
//! inserts that add to a row are refused; without an index, a run scans whole days.

use std::collections::BTreeSet;

use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::model::Table;

use super::Difference;
use flow_oa_engine::FoundIndex;

/// The key and the indexes that the database lacks for a table, each with the statement that restores it.
pub(super) fn differences(
    dialect: Dialect,
    place: &Place,
    table: &Table,
    found: &[FoundIndex],
) -> Vec<Difference> {
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

/// Whether both have the same columns, in any order: uniqueness does not depend on the order of a key. The hash of a text
/// stands for the text.
fn is_same(found: &[String], expected: &[String]) -> bool {
    let bare = |name: &String| {
        let name = name.to_ascii_lowercase();
        let hashed = name.strip_prefix("md5(").and_then(|rest| rest.strip_suffix(')'));
        hashed.map_or(name.clone(), |hashed| hashed.trim_matches('"').to_owned())
    };
    let set = |names: &[String]| names.iter().map(bare).collect::<BTreeSet<_>>();
    set(found) == set(expected)
}

/// Whether an index on the `found` columns finds rows by the `expected` ones: it may have more columns after them.
fn begins_with(found: &[String], expected: &[String]) -> bool {
    found.len() >= expected.len()
        && found.iter().zip(expected).all(|(name, other)| name.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn a_key_is_a_set_of_columns_and_an_index_a_list() {
        assert!(is_same(&names("d m Y"), &names("y m d")));
        assert!(!is_same(&names("y m"), &names("y m d")) && !is_same(&names("y m d h"), &names("y m d")));
        assert!(begins_with(&names("Y m d"), &names("y m")));
        assert!(!begins_with(&names("m y"), &names("y m")) && !begins_with(&names("y"), &names("y m")));
    }
}

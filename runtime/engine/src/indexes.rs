//! Indexes as two engines list them, one row for each column, and how their columns are compared with those of a schema.

use std::collections::BTreeSet;

use flow_oa_core::value::text;
use sea_query::Value;

use crate::FoundIndex;

/// Whether both have the same columns, in any order: uniqueness does not depend on the order of a key. The hash of a text
/// stands for the text.
pub fn is_same<S: AsRef<str>>(found: &[String], expected: &[S]) -> bool {
    let found: BTreeSet<String> = found.iter().map(|name| bare(name)).collect();
    found == expected.iter().map(|name| bare(name.as_ref())).collect()
}

/// Whether a unique index on the `found` columns is that of a key with the `expected` ones in their order.
pub fn is_in_order<S: AsRef<str>>(found: &[String], expected: &[S]) -> bool {
    found.iter().map(|name| bare(name)).eq(expected.iter().map(|name| bare(name.as_ref())))
}

/// The name of an indexed column, without the hash that stands for a long text.
fn bare(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let hashed = name.strip_prefix("md5(").and_then(|rest| rest.strip_suffix(')'));
    hashed.map_or(name.clone(), |hashed| hashed.trim_matches('"').to_owned())
}

/// Whether an index on the `found` columns finds rows by the `expected` ones: it may have more columns after them.
pub fn begins_with<S: AsRef<str>>(found: &[String], expected: &[S]) -> bool {
    found.len() >= expected.len()
        && found.iter().zip(expected).all(|(name, other)| name.eq_ignore_ascii_case(other.as_ref()))
}

/// Builds indexes from rows that are sorted by index name and column position: name of the index, column, and whether it
/// is unique, complete, and part of a constraint. An indexed expression is its text in PostgreSQL, and empty in SQLite.
pub fn indexes(rows: &[Vec<Value>]) -> Vec<FoundIndex> {
    let is_true = |value: &Value| *value == Value::BigInt(Some(1));
    let mut found: Vec<FoundIndex> = Vec::new();
    for row in rows {
        let [name, column, unique, valid, constraint] = row.as_slice() else { continue };
        let name = text(name);
        if found.last().is_none_or(|last| last.name != name) {
            found.push(FoundIndex {
                name,
                columns: Vec::new(),
                is_unique: is_true(unique),
                is_valid: is_true(valid),
                is_constraint: is_true(constraint),
            });
        }
        if let Some(last) = found.last_mut() {
            last.columns.push(text(column));
        }
    }
    found
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

//! Reads everything that a file stores about a table. SQLite keeps constraints only in the text of the statement that
//! created the table, and has no descriptions.

use flow_oa_core::value::text;
use flow_oa_engine::indexes::indexes;
use flow_oa_engine::{FoundCheck, FoundColumn, FoundIndex, FoundTable, Link, Result};
use flow_oa_schema::dialect::checks;
use sea_query::{Value, Values};

use crate::driver::Driver;

/// The columns of a table in order: name, type, whether it has a value in every row, whether an `INSERT` must name it,
/// and its position in the key, from 1.
const COLUMNS: &str = "SELECT name, type, \"notnull\" OR pk > 0, \"notnull\" AND dflt_value IS NULL OR pk > 0, pk \
    FROM pragma_table_info(?)";

/// The columns of every index but that of the primary key: name of the index, name of the column, whether the index is
/// unique, complete, and part of a constraint. A column with a collation other than BINARY has no name.
const INDEXES: &str = "SELECT l.name, CASE WHEN x.coll = 'BINARY' THEN x.name END, l.\"unique\", 1, l.origin <> 'c' \
    FROM pragma_index_list(?) AS l, pragma_index_xinfo(l.name) AS x \
    WHERE NOT l.partial AND x.key AND l.origin <> 'pk' ORDER BY l.name, x.seqno";

const STATEMENT: &str = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE";

/// Triggers and partial indexes, which a copy of the table would lose.
const BESIDE: &str = "SELECT CASE type WHEN 'trigger' THEN 'the trigger ' ELSE 'the partial index ' END || name \
    FROM sqlite_schema WHERE tbl_name = ? COLLATE NOCASE AND (type = 'trigger' \
    OR name IN (SELECT name FROM pragma_index_list(sqlite_schema.tbl_name) WHERE partial))";

/// Views whose statement names a table.
const VIEWS: &str = "SELECT name, sql FROM sqlite_schema WHERE type = 'view' ORDER BY name";

/// Describes a table; `None` if it does not exist.
pub(crate) fn table(link: &mut Link<Driver>, name: Value) -> Result<Option<FoundTable>> {
    let named = Values(vec![name.clone()]);
    let Some(sql) = link.rows(STATEMENT, &named)?.first().map(|row| text(&row[0])) else { return Ok(None) };
    let mut dependents: Vec<String> = link.rows(BESIDE, &named)?.iter().map(|row| text(&row[0])).collect();
    let this = text(&name);
    for row in link.rows(VIEWS, &Values(Vec::new()))? {
        if checks::names(&text(&row[1]), &this) {
            dependents.push(format!("the view {}", text(&row[0])));
        }
    }
    let checks = checks::in_statement(&sql).into_iter();
    Ok(Some(FoundTable {
        columns: columns(link, name.clone())?,
        indexes: indexes_of(link, name)?,
        checks: checks
            .map(|condition| FoundCheck { name: String::new(), condition, is_validated: true })
            .collect(),
        dependents,
        ..FoundTable::default()
    }))
}

/// The columns of a table, in order.
pub(crate) fn columns(link: &mut Link<Driver>, name: Value) -> Result<Vec<FoundColumn>> {
    Ok(link.rows(COLUMNS, &Values(vec![name]))?.iter().map(|row| column(row)).collect())
}

/// The indexes of a table and its primary key, which may have no index of its own.
pub(crate) fn indexes_of(link: &mut Link<Driver>, name: Value) -> Result<Vec<FoundIndex>> {
    let named = Values(vec![name]);
    let mut found = indexes(&link.rows(INDEXES, &named)?);
    found.extend(key(&link.rows(COLUMNS, &named)?));
    Ok(found)
}

/// The names of all tables.
pub(crate) fn names(link: &mut Link<Driver>) -> Result<Vec<String>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    Ok(link.rows(sql, &Values(Vec::new()))?.iter().map(|row| text(&row[0])).collect())
}

fn is_true(value: &Value) -> bool {
    *value == Value::BigInt(Some(1))
}

fn column(row: &[Value]) -> FoundColumn {
    FoundColumn {
        name: text(&row[0]),
        kind: text(&row[1]),
        is_required: is_true(&row[2]),
        may_be_omitted: !is_true(&row[3]),
        comment: String::new(),
    }
}

/// The primary key among the columns.
fn key(columns: &[Vec<Value>]) -> Option<FoundIndex> {
    let mut parts: Vec<(i64, String)> = columns
        .iter()
        .filter_map(|row| match row[4] {
            Value::BigInt(Some(place)) if place > 0 => Some((place, text(&row[0]))),
            _ => None,
        })
        .collect();
    parts.sort();
    let columns: Vec<String> = parts.into_iter().map(|(_, name)| name).collect();
    (!columns.is_empty()).then(|| FoundIndex {
        name: String::new(),
        columns,
        is_unique: true,
        is_valid: true,
        is_constraint: true,
    })
}

//! The CHECK constraints of ranges, and queries for those that a database has: tables that an earlier version created
//! have none.

use std::fmt::Write as _;

use super::{Dialect, Place};
use crate::model::Table;
use crate::range::Range;

/// The CHECK constraint of a column.
pub(super) fn check(dialect: Dialect, column: &str, range: Range) -> String {
    format!("CHECK ({})", condition(dialect, column, range))
}

/// The condition of the CHECK constraint of a column.
pub(super) fn condition(dialect: Dialect, column: &str, range: Range) -> String {
    let name = dialect.quoted(column);
    match range {
        Range::Whole { from, .. } if !range.has_end() => format!("{name} >= {from}"),
        Range::Real { from, .. } if !range.has_end() => format!("{name} >= {from}"),
        Range::Whole { from, to } => format!("{name} BETWEEN {from} AND {to}"),
        Range::Real { from, to } => format!("{name} BETWEEN {from} AND {to}"),
    }
}

/// SQLite stores the statement that created a table, and appends added columns to it, so constraints are found in this
/// text.
pub(super) fn in_sqlite(table: &Table) -> String {
    const SELF: Dialect = Dialect::Sqlite;
    let mut known = String::new();
    for column in &table.columns {
        let Some(guard) = SELF.guard(column) else { continue };
        let comma = if known.is_empty() { "" } else { ", " };
        let _ = write!(known, "{comma}({}, {})", SELF.literal(&column.name), SELF.literal(&guard));
    }
    if known.is_empty() {
        known.push_str("(NULL, NULL)");
    }
    format!(
        "SELECT k.column1 FROM sqlite_schema s JOIN (VALUES {known}) k ON instr(s.sql, k.column2) > 0 \
         WHERE s.type = 'table' AND s.name = {}",
        SELF.literal(&table.name)
    )
}

/// PostgreSQL rewrites the conditions of constraints. So a column counts as guarded if any CHECK constraint is on this
/// column alone.
pub(super) fn in_postgres(table: &Table, place: &Place) -> String {
    const SELF: Dialect = Dialect::Postgres;
    format!(
        "SELECT DISTINCT a.attname FROM pg_constraint k JOIN pg_attribute a \
         ON a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum] \
         WHERE k.contype = 'c' AND k.conrelid = to_regclass({})",
        SELF.literal(&SELF.qualified(&table.name, place))
    )
}

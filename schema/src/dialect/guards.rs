//! The CHECKs of ranges, and which of them a database has: one that an earlier version made has none.

use std::fmt::Write as _;

use super::{Dialect, Place};
use crate::model::Table;
use crate::range::Range;

/// The CHECK of a column.
pub(super) fn check(dialect: Dialect, column: &str, range: Range) -> String {
    let name = dialect.quoted(column);
    match range {
        Range::Whole { from, .. } if !range.has_end() => format!("CHECK ({name} >= {from})"),
        Range::Real { from, .. } if !range.has_end() => format!("CHECK ({name} >= {from})"),
        Range::Whole { from, to } => format!("CHECK ({name} BETWEEN {from} AND {to})"),
        Range::Real { from, to } => format!("CHECK ({name} BETWEEN {from} AND {to})"),
    }
}

/// SQLite keeps the statement that made a table, and appends to it what was added.
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

/// PostgreSQL writes conditions in its own words, so that a column counts as guarded by any CHECK of it alone.
pub(super) fn in_postgres(table: &Table, place: &Place) -> String {
    const SELF: Dialect = Dialect::Postgres;
    format!(
        "SELECT DISTINCT a.attname FROM pg_constraint k JOIN pg_attribute a \
         ON a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum] \
         WHERE k.contype = 'c' AND k.conrelid = to_regclass({})",
        SELF.literal(&SELF.qualified(&table.name, place))
    )
}

//! PostgreSQL. Descriptions become `COMMENT ON` statements, which sea-query does not support.
//!
//! Text is compared by its bytes, as in the other engines. So the order is the same everywhere, an index is built and
//! searched in half the time, and the collation of a database cannot make two different texts equal. Raw tables are
//! partitioned by day. The partitions are created when rows of a day arrive.

use std::fmt::Write as _;

use super::{Dialect, Place, is_required, one_line};
use crate::ledger::ROW_ID;
use crate::model::{Column, Table};
use crate::types::Storage;

const SELF: Dialect = Dialect::Postgres;

pub(super) fn type_name(storage: Storage) -> &'static str {
    match storage {
        Storage::Text => "text COLLATE \"C\"",
        Storage::Smallint => "smallint",
        Storage::Int => "integer",
        Storage::Bigint => "bigint",
        Storage::Float => "real",
        Storage::Double => "double precision",
        Storage::Bit => "boolean",
    }
}

/// The definition of a column in a `CREATE TABLE` statement.
fn definition(column: &Column, required: bool) -> String {
    let mut text = format!("{} {}", SELF.quoted(&column.name), type_name(column.kind.storage()));
    if required {
        text.push_str(" NOT NULL");
    }
    if let Some(guard) = SELF.guard(column) {
        let _ = write!(text, " {guard}");
    }
    text
}

pub(super) fn create(table: &Table, place: &Place) -> String {
    let name = SELF.qualified(&table.name, place);
    let mut lines: Vec<String> = Vec::new();
    if SELF.own_column(table).is_some() {
        lines.push(format!("  {} bigint NOT NULL", SELF.quoted(ROW_ID)));
    }
    for column in &table.columns {
        lines.push(format!("  {}", definition(column, is_required(table, column))));
    }
    if !table.key.is_empty() {
        lines.push(format!("  PRIMARY KEY ({})", SELF.list(&table.key)));
    }
    let mut text = format!("CREATE TABLE {name} (\n{}\n)", lines.join(",\n"));
    if let Some(columns) = day_columns(table) {
        let _ = write!(text, " PARTITION BY RANGE ({})", SELF.list(columns));
    }
    text.push_str(";\n");
    for at in 0..table.indexes.len() {
        let _ = writeln!(text, "{}", SELF.create_index(table, at, place));
    }
    if SELF.own_column(table).is_some() {
        let column = SELF.quoted(ROW_ID);
        let _ = writeln!(text, "COMMENT ON COLUMN {name}.{column} IS {};", SELF.literal(OWN_COLUMN));
    }
    let _ = writeln!(text, "COMMENT ON TABLE {name} IS {};", SELF.literal(&one_line(&table.description)));
    for column in &table.columns {
        let _ = writeln!(text, "{}", comment_on(&name, column));
    }
    text
}

pub(super) fn add_column(table: &str, column: &Column) -> String {
    format!("ALTER TABLE {table} ADD COLUMN {};\n{}", definition(column, false), comment_on(table, column))
}

/// The statement that stores the description of a column.
fn comment_on(table: &str, column: &Column) -> String {
    let comment = SELF.literal(&one_line(&column.description));
    format!("COMMENT ON COLUMN {table}.{} IS {comment};", SELF.quoted(&column.name))
}

const OWN_COLUMN: &str =
    "Number of the ingest and, in its lower 32 bits, of the row in it; the program's own.";

/// The columns by which a raw table is partitioned: year, month and day. `None` for other tables.
fn day_columns(table: &Table) -> Option<&[String]> {
    table.partition.columns.get(..3).filter(|_| table.rows.are_raw())
}

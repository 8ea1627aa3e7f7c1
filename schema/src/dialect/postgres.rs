//! PostgreSQL. Descriptions become `COMMENT ON` statements, which sea-query does not support.
//!
//! Text is compared by its bytes, as in the other engines. So the order is the same everywhere, an index is built and
//! searched in half the time, and the collation of a database cannot make two different texts equal. Raw tables are
//! partitioned by day. The partitions are created when rows of a day arrive.

use std::fmt::Write as _;

use super::{Dialect, Place, one_line};
use crate::ledger::ROW_ID;
use crate::model::{Column, ColumnId, Table};
use crate::types::{ColumnType, Storage};

const SELF: Dialect = Dialect::Postgres;

/// The types of whole numbers, from the narrowest to the widest, as the server reports them.
pub(super) const WHOLE: &[&str] = &["smallint", "integer", "bigint"];

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
    for id in table.ids() {
        lines.push(format!("  {}", definition(&table[id], table.requires(id))));
    }
    let has_hashed_key = is_hashed(table);
    if !table.key.is_empty() && !has_hashed_key {
        lines.push(format!("  PRIMARY KEY ({})", SELF.list(table.names(&table.key))));
    }
    let mut text = format!("CREATE TABLE {name} (\n{}\n)", lines.join(",\n"));
    if table.rows.are_raw() {
        let columns = table.day_columns().iter().map(|column| column.name.as_str());
        let _ = write!(text, " PARTITION BY RANGE ({})", SELF.list(columns));
    }
    text.push_str(";\n");
    if has_hashed_key {
        let _ = writeln!(text, "{}", restore_key(table, place));
    }
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

/// The statement that restores the key of a table.
pub(super) fn restore_key(table: &Table, place: &Place) -> String {
    let name = SELF.qualified(&table.name, place);
    if !is_hashed(table) {
        return format!("ALTER TABLE {name} ADD PRIMARY KEY ({});", SELF.list(table.names(&table.key)));
    }
    let part = |id: &ColumnId| {
        let quoted = SELF.quoted(&table[*id].name);
        if is_long(&table[*id]) { format!("md5({quoted})") } else { quoted }
    };
    let parts: Vec<String> = table.key.iter().map(part).collect();
    let index = SELF.quoted(&format!("{}_pkey", table.name));
    format!("CREATE UNIQUE INDEX {index} ON {name} ({});", parts.join(", "))
}

/// Whether the key of a table holds hashes of long texts. Such a key serves no `ON CONFLICT`, which only rollups need.
fn is_hashed(table: &Table) -> bool {
    !table.rows.are_rollup() && table.key.iter().any(|id| is_long(&table[*id]))
}

fn is_long(column: &Column) -> bool {
    column.kind == ColumnType::Url
}

pub(super) fn add_column(table: &str, column: &Column) -> String {
    format!("ALTER TABLE {table} ADD COLUMN {};\n{}", definition(column, false), comment_on(table, column))
}

/// The statement that changes a column to the type and the range of the schema. The name of the constraint is the one that
/// PostgreSQL gives to the constraint of a new table.
pub(super) fn widen(table: &Table, column: &Column, place: &Place) -> String {
    let (name, quoted) = (SELF.qualified(&table.name, place), SELF.quoted(&column.name));
    let kind = type_name(column.kind.storage());
    let check = SELF.quoted(&format!("{}_{}_check", table.name, column.name));
    let guard =
        SELF.guard(column).map(|guard| format!(", ADD CONSTRAINT {check} {guard}")).unwrap_or_default();
    format!("ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {check}, ALTER COLUMN {quoted} TYPE {kind}{guard};")
}

/// The statement that stores the description of a column.
fn comment_on(table: &str, column: &Column) -> String {
    let comment = SELF.literal(&one_line(&column.description));
    format!("COMMENT ON COLUMN {table}.{} IS {comment};", SELF.quoted(&column.name))
}

const OWN_COLUMN: &str =
    "Number of the ingest and, in its lower 32 bits, of the row in it; the program's own.";

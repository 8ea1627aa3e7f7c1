//! PostgreSQL. Descriptions become `COMMENT ON` statements, which sea-query does not support.
//!
//! Text is compared by its bytes, as in the other engines. So the order is the same everywhere, an index is built and
//! searched in half the time, and the collation of a database cannot make two different texts equal. Raw tables are
//! partitioned by day. The partitions are created when rows of a day arrive.

use std::fmt::Write as _;

use super::{Dialect, Place, one_line};
use crate::ledger::ROW_ID;
use crate::model::{Column, ColumnId, Rows, Table};
use crate::names::LONGEST;
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
    let mut text = format!("CREATE TABLE IF NOT EXISTS {name} (\n{}\n)", lines.join(",\n"));
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
    let _ = writeln!(text, "COMMENT ON TABLE {name} IS {};", SELF.literal(&one_line(&table.documented())));
    for column in &table.columns {
        let _ = writeln!(text, "{}", comment_on(&name, column));
    }
    text.push_str(&typed_view(table, place).unwrap_or_default());
    text
}

/// The name of the view that shows the times and addresses of a table as such. Names are shortened as the server does.
pub fn typed_name(table: &str) -> String {
    const SUFFIX: &str = "_typed";
    format!("{}{SUFFIX}", &table[..table.len().min(LONGEST - SUFFIX.len())])
}

/// The columns of the view: those of the day first, so that a column that is added to the table is the last one. `None`
/// if the table has no time and no address, or is the program's own.
pub(super) fn typed_columns(table: &Table) -> Option<Vec<&Column>> {
    let is_typed = |column: &&Column| matches!(column.kind, ColumnType::Time | ColumnType::Address);
    table.columns.iter().find(is_typed).filter(|_| table.rows != Rows::Program)?;
    Some(table.partition_columns().iter().chain(table.own_columns()).collect())
}

/// The statement that creates the view, or replaces one without some of the last columns.
pub(super) fn typed_view(table: &Table, place: &Place) -> Option<String> {
    let value = |column: &&Column| {
        let name = SELF.quoted(&column.name);
        match column.kind {
            ColumnType::Time => {
                format!("  CAST(NULLIF({name}, '') AS timestamp) AT TIME ZONE 'UTC' AS {name}")
            }
            ColumnType::Address => format!("  CAST(NULLIF({name}, '') AS inet) AS {name}"),
            _ => format!("  {name}"),
        }
    };
    let columns: Vec<String> = typed_columns(table)?.iter().map(value).collect();
    let view = SELF.qualified(&typed_name(&table.name), place);
    let comment =
        SELF.literal(&format!("The rows of {}, with times and addresses of these types.", table.name));
    Some(format!(
        "CREATE OR REPLACE VIEW {view} AS SELECT\n{}\nFROM {};\nCOMMENT ON VIEW {view} IS {comment};\n",
        columns.join(",\n"),
        SELF.qualified(&table.name, place)
    ))
}

/// The statement that drops the view.
pub(super) fn drop_typed_view(table: &str, place: &Place) -> String {
    format!("DROP VIEW IF EXISTS {};", SELF.qualified(&typed_name(table), place))
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
    format!("CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {name} ({});", parts.join(", "))
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

/// The statement that stores the description of a column.
pub(super) fn comment_on(table: &str, column: &Column) -> String {
    let comment = SELF.literal(&one_line(&column.description));
    format!("COMMENT ON COLUMN {table}.{} IS {comment};", SELF.quoted(&column.name))
}

const OWN_COLUMN: &str =
    "Number of the ingest and, in its lower 32 bits, of the row in it; the program's own.";

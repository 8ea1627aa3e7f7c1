//! SQLite. Descriptions are comments in the `CREATE` statement, which SQLite stores.

use std::fmt::Write as _;

use super::{Dialect, Place, index_name, one_line};
use crate::ledger::ROW_ID;
use crate::model::{Column, Table};
use crate::types::Storage;

const SELF: Dialect = Dialect::Sqlite;

pub(super) fn type_name(storage: Storage) -> &'static str {
    match storage {
        Storage::Text => "TEXT",
        Storage::Smallint | Storage::Int | Storage::Bigint | Storage::Bit => "INTEGER",
        Storage::Float | Storage::Double => "REAL",
    }
}

pub(super) fn definition(column: &Column, required: bool) -> String {
    let name = SELF.quoted(&column.name);
    let storage = column.kind.storage();
    let mut text = format!("{name} {}", type_name(storage));
    if required {
        text.push_str(" NOT NULL");
    }
    if storage == Storage::Bit {
        let _ = write!(text, " CHECK ({name} IN (0, 1))");
    }
    if let Some(guard) = SELF.guard(column) {
        let _ = write!(text, " {guard}");
    }
    text
}

pub(super) fn create(table: &Table) -> String {
    let name = SELF.quoted(&table.name);
    let mut lines: Vec<(String, String)> = Vec::new();
    if table.rows.are_raw() {
        // An explicit key keeps its values when the file is vacuumed, so the rows of a file can be found again by their
        // first and last number.
        lines.push((
            format!("{} INTEGER PRIMARY KEY", SELF.quoted(ROW_ID)),
            "Order of arrival; the program's own.".into(),
        ));
    }
    for id in table.ids() {
        lines.push((definition(&table[id], table.requires(id)), one_line(&table[id].description)));
    }
    if !table.key.is_empty() {
        lines.push((format!("PRIMARY KEY ({})", SELF.list(table.names(&table.key))), String::new()));
    }
    let mut text = format!("CREATE TABLE IF NOT EXISTS {name} ( -- {}\n", one_line(&table.documented()));
    let last = lines.len().saturating_sub(1);
    for (at, (definition, comment)) in lines.into_iter().enumerate() {
        let comma = if at == last { "" } else { "," };
        let comment = if comment.is_empty() { String::new() } else { format!(" -- {comment}") };
        let _ = writeln!(text, "  {definition}{comma}{comment}");
    }
    // With a key, rows are stored in its order and found without a second B-tree.
    text.push_str(if table.key.is_empty() { ") STRICT;\n" } else { ") STRICT, WITHOUT ROWID;\n" });
    for at in 0..table.indexes.len() {
        let _ = writeln!(text, "{}", SELF.create_index(table, at, &Place::default()));
    }
    text
}

/// The statements that restore the key of a table. SQLite cannot add a key to a table, but a unique index has the same
/// effect. Only the row numbers of a raw table require that the table is created again.
pub(super) fn restore_key(table: &Table) -> String {
    let name = SELF.quoted(&table.name);
    if !table.key.is_empty() {
        let index = SELF.quoted(&format!("{}_key", table.name));
        return format!(
            "CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {name} ({});",
            SELF.list(table.names(&table.key))
        );
    }
    let copy = SELF.quoted(&format!("{}_copy", table.name));
    let columns = std::iter::once(ROW_ID).chain(table.columns.iter().map(|it| it.name.as_str()));
    let columns: Vec<String> = columns.map(|column| SELF.quoted(column)).collect();
    let columns = columns.join(", ");
    let drop = |at| format!("DROP INDEX IF EXISTS {}; ", SELF.quoted(&index_name(&table.name, at)));
    let drops: String = (0..table.indexes.len()).map(drop).collect();
    let create = create(table);
    let lines = create.lines().filter_map(|line| line.split(" -- ").next()).map(str::trim);
    let create = lines.collect::<Vec<_>>().join(" ");
    format!(
        "BEGIN; ALTER TABLE {name} RENAME TO {copy}; {drops}{create} \
         INSERT INTO {name} ({columns}) SELECT {columns} FROM {copy}; DROP TABLE {copy}; COMMIT;"
    )
}

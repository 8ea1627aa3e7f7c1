//! PostgreSQL. Descriptions become `COMMENT ON`, which sea-query has no word for.

use std::fmt::Write as _;

use super::{Dialect, Place, index_name, is_required, one_line};
use crate::model::Table;
use crate::types::ColumnType;

const SELF: Dialect = Dialect::Postgres;

pub(super) fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::String | ColumnType::Time | ColumnType::Address => "text",
        ColumnType::Smallint => "smallint",
        ColumnType::Int => "integer",
        ColumnType::Bigint => "bigint",
        ColumnType::Float => "real",
        ColumnType::Double => "double precision",
        ColumnType::Bit => "boolean",
    }
}

pub(super) fn create(table: &Table, place: &Place) -> String {
    let name = SELF.qualified(&table.name, place);
    let mut lines: Vec<String> = Vec::new();
    for column in &table.columns {
        let required = if is_required(table, column) { " NOT NULL" } else { "" };
        lines.push(format!("  {} {}{required}", SELF.quoted(&column.name), type_name(column.kind)));
    }
    if !table.key.is_empty() {
        lines.push(format!("  PRIMARY KEY ({})", SELF.list(&table.key)));
    }
    let mut text = format!("CREATE TABLE {name} (\n{}\n);\n", lines.join(",\n"));
    for (at, columns) in table.indexes.iter().enumerate() {
        let _ = writeln!(
            text,
            "CREATE INDEX {} ON {name} ({});",
            SELF.quoted(&index_name(&table.name, at)),
            SELF.list(columns)
        );
    }
    let _ = writeln!(text, "COMMENT ON TABLE {name} IS {};", SELF.literal(&one_line(&table.description)));
    for column in &table.columns {
        let comment = SELF.literal(&one_line(&column.description));
        let _ = writeln!(text, "COMMENT ON COLUMN {name}.{} IS {comment};", SELF.quoted(&column.name));
    }
    text
}

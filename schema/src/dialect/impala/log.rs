//! Tables whose rows change, on engines that cannot change rows: an append-only log, and a view that shows the current
//! rows. This module creates both; the rows to append are built by the code that has their values.
//!
//! A row of a log is a row of the table with an increasing revision number and a flag that marks it as deleted. In a
//! table with a key, the row with the highest number is current, unless it is marked as deleted. In a table without a
//! key, every row is current, even if rows are equal, until a row with the same values that is marked as deleted
//! removes those with lower numbers.
//!
//! A log has no partitions: it is small, each day would be a folder with one file per note, and the view has to read
//! all of it anyway. The columns of the log come first, then those of the day. So a column that is added to the table
//! is also the last column of the log: Impala finds the columns of a Parquet file by position.

use super::{
    HiveType, LONGEST_COMMENT, Place, SELF, column_comment, create_table, definition, table_comment,
};
use crate::model::{Column, Table};
use crate::types::ColumnType;

/// The column of the revision number. The row with the highest number is current.
pub const REVISION: &str = "flow_oa_revision";

/// The column of the flag that marks a row as deleted.
pub const GONE: &str = "flow_oa_gone";

/// A column of the subquery of the view. With a key: the position of a row among the rows with this key, newest first.
/// Without a key: the highest number with which equal rows were deleted.
const PLACE: &str = "flow_oa_place";

/// The alias of the subquery of the view.
const ROWS: &str = "flow_oa_rows";

/// The first two columns of a log, with their comments for readers of the table.
const OWN_COLUMNS: [(&str, ColumnType, &str); 2] = [
    (REVISION, ColumnType::Bigint, "Number of the change; of the same row, the highest holds."),
    (GONE, ColumnType::Bit, "Whether the change takes the row away."),
];

/// Whether a table is stored as a log with a view.
pub fn has(table: &Table) -> bool {
    table.rows.are_single()
}

/// The name of the log of a table.
pub fn name_of(table: &str) -> String {
    format!("{table}_log")
}

/// The columns of a table in the order of its log, which follow [`REVISION`] and [`GONE`].
pub fn order(table: &Table) -> impl Iterator<Item = &Column> {
    let (own, partition) = table.columns.split_at(table.own_columns().len());
    partition.iter().chain(own)
}

/// The name and type of every column of a log, in order.
pub fn columns(table: &Table) -> Vec<(&str, HiveType)> {
    let own = OWN_COLUMNS.iter().map(|(name, kind, _)| (*name, HiveType::from(kind.storage())));
    own.chain(order(table).map(|column| (column.name.as_str(), HiveType::of(column)))).collect()
}

/// The statements that create the log and its view.
pub(super) fn create(table: &Table, place: &Place) -> String {
    let log = create_table(&name_of(&table.name), &definitions(table), &[], table, place);
    format!("{log}{}", view(table, place))
}

/// The definitions of the columns of a log, in order.
pub(super) fn definitions(table: &Table) -> Vec<String> {
    let own = OWN_COLUMNS.iter().map(|(name, kind, description)| {
        format!("  {} {} COMMENT {}", SELF.quoted(name), SELF.type_name(*kind), column_comment(description))
    });
    own.chain(order(table).map(definition)).collect()
}

/// The statement that creates the view if it does not exist.
pub fn view(table: &Table, place: &Place) -> String {
    let described = table.columns.iter().map(|column| {
        format!("  {} COMMENT {}", SELF.quoted(&column.name), column_comment(&column.description))
    });
    let described: Vec<String> = described.collect();
    let columns: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
    let shown = listed(columns.iter().copied());
    format!(
        "CREATE VIEW IF NOT EXISTS {} (\n{}\n)\nCOMMENT {}\nAS SELECT {shown} FROM (\n  SELECT {shown}, {}, {},\n    {}\n  \
         FROM {}\n) AS {}\nWHERE {};\n",
        SELF.qualified(&table.name, place),
        described.join(",\n"),
        table_comment(&table.documented()),
        SELF.quoted(REVISION),
        SELF.quoted(GONE),
        ranked(table),
        SELF.qualified(&name_of(&table.name), place),
        SELF.quoted(ROWS),
        holds(table),
    )
}

/// The statement that drops the view, so that [`view`] can create it again.
pub fn drop_view(table: &Table, place: &Place) -> String {
    format!("DROP VIEW IF EXISTS {};\n", SELF.qualified(&table.name, place))
}

/// The statement that adds a column to a log. The view must be created again after the last column was added: a view of
/// columns that do not exist yet is refused.
pub(crate) fn add_column(table: &Table, column: &Column, place: &Place) -> String {
    let name = SELF.qualified(&name_of(&table.name), place);
    format!("ALTER TABLE {name} ADD COLUMNS ({});", definition(column).trim_start())
}

/// The expression by which the view selects the current rows.
fn ranked(table: &Table) -> String {
    let (gone, revision, place) = (SELF.quoted(GONE), SELF.quoted(REVISION), SELF.quoted(PLACE));
    if table.key.is_empty() {
        let all = listed(table.columns.iter().map(|it| it.name.as_str()));
        format!("max(CASE WHEN {gone} THEN {revision} END) OVER (PARTITION BY {all}) AS {place}")
    } else {
        let key = listed(table.names(&table.key));
        format!("row_number() OVER (PARTITION BY {key} ORDER BY {revision} DESC) AS {place}")
    }
}

/// The condition of a current row. A change of a row without a key deletes the old row and adds the new one with the
/// same number. So rows count again from the number with which an equal row was deleted.
fn holds(table: &Table) -> String {
    let (gone, revision, place) = (SELF.quoted(GONE), SELF.quoted(REVISION), SELF.quoted(PLACE));
    if table.key.is_empty() {
        format!("NOT {gone} AND ({place} IS NULL OR {revision} >= {place})")
    } else {
        format!("{place} = 1 AND NOT {gone}")
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| SELF.quoted(name)).collect::<Vec<_>>().join(", ")
}

const _: () = assert!(OWN_COLUMNS[0].2.len() <= LONGEST_COMMENT);

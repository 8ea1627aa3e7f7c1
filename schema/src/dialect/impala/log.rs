//! Rows that change, in a family that cannot change rows: a log that is only added to, and a view that shows what
//! holds now. It says how both are made; what is appended to a log is put together where values are known.
//!
//! A row of a log is a row of the table with a number that grows, and whether the row is gone. In a table with a
//! key the row of the highest number counts, unless it is gone. In one without, every row counts, however many are
//! equal, until a row that is gone and equal in every column takes away those before it.
//!
//! A log has no partitions: it is small, each day would be a folder with a file for every note, and the view has
//! to look at all of it. Its own columns come first and those of days next, so that a column that is added to the
//! table is the last of its log as well: Impala finds the columns of a Parquet file by their positions.

use super::{
    HiveType, LONGEST_COMMENT, Place, SELF, column_comment, create_table, definition, table_comment,
};
use crate::model::{Column, Table};
use crate::types::ColumnType;

/// The column of the number of a change; the highest holds.
pub const REVISION: &str = "flow_oa_revision";

/// The column that says whether the row is gone.
pub const GONE: &str = "flow_oa_gone";

/// A column within the view: the place of a row among those of its key, or the end of those equal to it.
const PLACE: &str = "flow_oa_place";

/// A relation within the view.
const ROWS: &str = "flow_oa_rows";

/// What its first two columns are, for whoever reads the table.
const OWN_COLUMNS: [(&str, ColumnType, &str); 2] = [
    (REVISION, ColumnType::Bigint, "Number of the change; of the same row, the highest holds."),
    (GONE, ColumnType::Bit, "Whether the change takes the row away."),
];

/// Whether a table is kept as a log with a view over it.
pub fn has(table: &Table) -> bool {
    table.rows.are_analysts()
}

/// The name of a table's log.
pub fn name_of(table: &str) -> String {
    format!("{table}_log")
}

/// The columns of a table in the order in which its log has them, behind [`REVISION`] and [`GONE`].
pub fn order(table: &Table) -> impl Iterator<Item = &Column> {
    let (own, partition) = table.columns.split_at(table.own_columns().len());
    partition.iter().chain(own)
}

/// Name and type of every column of a log, in order.
pub fn columns(table: &Table) -> Vec<(&str, HiveType)> {
    let own = OWN_COLUMNS.iter().map(|(name, kind, _)| (*name, HiveType::from(kind.storage())));
    own.chain(order(table).map(|it| (it.name.as_str(), HiveType::of(it)))).collect()
}

/// The statements that make the log and its view.
pub(super) fn create(table: &Table, place: &Place) -> String {
    let own = OWN_COLUMNS.iter().map(|(name, kind, description)| {
        format!("  {} {} COMMENT {}", SELF.quoted(name), SELF.type_name(*kind), column_comment(description))
    });
    let columns: Vec<String> = own.chain(order(table).map(definition)).collect();
    let log = create_table(&name_of(&table.name), &columns, &[], table, place);
    format!("{log}{}", view(table, place))
}

/// The statement that makes the view, where there is none.
pub fn view(table: &Table, place: &Place) -> String {
    let described = table
        .columns
        .iter()
        .map(|it| format!("  {} COMMENT {}", SELF.quoted(&it.name), column_comment(&it.description)));
    let described: Vec<String> = described.collect();
    let columns: Vec<&str> = table.columns.iter().map(|it| it.name.as_str()).collect();
    let shown = listed(columns.iter().copied());
    format!(
        "CREATE VIEW IF NOT EXISTS {} (\n{}\n)\nCOMMENT {}\nAS SELECT {shown} FROM (\n  SELECT {shown}, {}, {},\n    {}\n  \
         FROM {}\n) AS {}\nWHERE {};\n",
        SELF.qualified(&table.name, place),
        described.join(",\n"),
        table_comment(&table.description),
        SELF.quoted(REVISION),
        SELF.quoted(GONE),
        ranked(table),
        SELF.qualified(&name_of(&table.name), place),
        SELF.quoted(ROWS),
        holds(table),
    )
}

/// The statement that takes the view away, so that [`view`] makes it anew.
pub fn drop_view(table: &Table, place: &Place) -> String {
    format!("DROP VIEW IF EXISTS {};\n", SELF.qualified(&table.name, place))
}

/// The statement that adds a column to a log. The view shows it when it is made anew, which is done after the last
/// column was added: a view of columns that are not there yet is refused.
pub(crate) fn add_column(table: &Table, column: &Column, place: &Place) -> String {
    let name = SELF.qualified(&name_of(&table.name), place);
    format!("ALTER TABLE {name} ADD COLUMNS ({});", definition(column).trim_start())
}

/// The expression by which the view knows the rows that hold.
fn ranked(table: &Table) -> String {
    let (gone, revision, place) = (SELF.quoted(GONE), SELF.quoted(REVISION), SELF.quoted(PLACE));
    if table.key.is_empty() {
        let all = listed(table.columns.iter().map(|it| it.name.as_str()));
        format!("max(CASE WHEN {gone} THEN {revision} END) OVER (PARTITION BY {all}) AS {place}")
    } else {
        let key = listed(table.key.iter().map(String::as_str));
        format!("row_number() OVER (PARTITION BY {key} ORDER BY {revision} DESC) AS {place}")
    }
}

/// The condition of a row that holds. A change of a row without a key takes the old one away and adds the new one
/// under one number, so a row counts again from the number on under which it was taken away.
fn holds(table: &Table) -> String {
    let (gone, revision, place) = (SELF.quoted(GONE), SELF.quoted(REVISION), SELF.quoted(PLACE));
    if table.key.is_empty() {
        format!("NOT {gone} AND ({place} IS NULL OR {revision} >= {place})")
    } else {
        format!("{place} = 1 AND NOT {gone}")
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|it| SELF.quoted(it)).collect::<Vec<_>>().join(", ")
}

const _: () = assert!(OWN_COLUMNS[0].2.len() <= LONGEST_COMMENT);

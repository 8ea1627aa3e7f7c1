//! What callers and engines say about tables: where rows are loaded, and what exists in a database.

use sea_query::InsertStatement;

/// The table that rows are loaded into.
#[derive(Debug)]
pub struct Target<'a> {
    /// The name of the table.
    pub table: &'a str,
    /// The names of the columns, in the order of the cells of a row.
    pub columns: &'a [&'a str],
    /// An `INSERT` for these columns, without values.
    pub insert: InsertStatement,
}

impl Target<'static> {
    /// The target for a compiled table.
    pub fn of(table: &'static flow_oa_core::Table) -> Self {
        Self { table: table.name, columns: table.columns, insert: (table.insert)() }
    }
}

/// The table that sums are loaded into.
#[derive(Debug)]
pub struct Sums<'a> {
    /// The table. Its `INSERT` adds to the existing row if the key exists.
    pub target: Target<'a>,
    /// The columns that are summed; the other columns are the key.
    pub summed: &'a [&'a str],
    /// The columns of the key that hold the day.
    pub day: &'a [&'a str],
}

/// A column as it exists in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundColumn {
    /// The name of the column.
    pub name: String,
    /// The type, as the database spells it.
    pub kind: String,
    /// Whether an `INSERT` may omit the column: it is nullable or has a default.
    pub nullable: bool,
}

/// An index as it exists in the database. The index of a key counts too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIndex {
    /// The names of the columns, in index order.
    pub columns: Vec<String>,
    /// Whether the index is unique, so that an `INSERT` can detect the existing row and add to it.
    pub is_unique: bool,
}

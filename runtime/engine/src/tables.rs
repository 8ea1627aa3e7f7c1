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

/// A table as it exists in the database, with everything that a schema can say of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FoundTable {
    /// The columns, in order, with those of the partition.
    pub columns: Vec<FoundColumn>,
    /// The description of the table; empty if it has none, or if the engine keeps none.
    pub comment: String,
    /// The indexes, including that of the key.
    pub indexes: Vec<FoundIndex>,
    /// The `CHECK` constraints.
    pub checks: Vec<FoundCheck>,
    /// The columns by which the table is partitioned.
    pub partition: Vec<String>,
    /// The storage in the Hive family.
    pub storage: Option<FoundStorage>,
    /// The columns of the view that shows the current rows, if the table is a log.
    pub shown: Option<Vec<String>>,
    /// The number of rows, if the database knows it without counting.
    pub rows: Option<u64>,
    /// Views and triggers that depend on the table.
    pub dependents: Vec<String>,
    /// Triggers whose functions may name columns of the table, which the database does not know.
    pub triggers: Vec<String>,
}

/// A column as it exists in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundColumn {
    /// The name of the column.
    pub name: String,
    /// The type, as the database spells it.
    pub kind: String,
    /// Whether every row has a value.
    pub is_required: bool,
    /// Whether an `INSERT` may omit the column: it is nullable or has a default.
    pub may_be_omitted: bool,
    /// The description; empty if it has none, or if the engine keeps none.
    pub comment: String,
}

/// An index as it exists in the database. The index of a key counts too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIndex {
    /// The name; empty if it has none.
    pub name: String,
    /// The names of the columns, in index order.
    pub columns: Vec<String>,
    /// Whether the index is unique, so that an `INSERT` can detect the existing row and add to it.
    pub is_unique: bool,
    /// Whether the index is complete, so that queries use it.
    pub is_valid: bool,
    /// Whether it belongs to a constraint of the table, and goes with that.
    pub is_constraint: bool,
}

/// A `CHECK` constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCheck {
    /// The name; empty if it has none.
    pub name: String,
    /// The condition, as the database spells it.
    pub condition: String,
    /// Whether all rows are known to meet it.
    pub is_validated: bool,
}

/// The storage of a table in the Hive family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundStorage {
    /// The format, as the server names it, in lower case.
    pub format: String,
    /// The folder.
    pub location: String,
}

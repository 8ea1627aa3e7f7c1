//! In what a table of a database can differ from the schema, by what must change: a plan treats each kind by itself, and
//! the compiler names every place that a new kind concerns.

use flow_oa_engine::indexes::is_same;
use flow_oa_engine::{FoundColumn, FoundIndex, FoundTable};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::changes::Fit;
use flow_oa_schema::model::{ColumnId, Table};

/// A table of the schema that the database lacks or has otherwise.
#[derive(Debug, Clone)]
pub struct Differing {
    /// The table of the schema.
    pub table: Table,
    /// The name that the table has in the database: an earlier one, if it was renamed.
    pub name: String,
    /// What the database has; `None` if the table is missing.
    pub found: Option<FoundTable>,
    /// The differences, in the order of the schema.
    pub differences: Vec<Difference>,
}

/// A difference between a table of a database and the schema. A column is a position in the table of the schema.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The table is missing.
    Missing,
    /// The table has an earlier name.
    Renamed { was: String },
    /// A column of the schema is missing or different.
    Column(ColumnId, OfColumn),
    /// Only the database has the column, and the schema lists it as dropped.
    DroppedColumn { name: String },
    /// A constraint is missing or different.
    Check(OfCheck),
    /// The key is missing, or has other columns.
    Key { found: Option<FoundIndex> },
    /// An index is missing or different.
    Index(OfIndex),
    /// The description of the table is another.
    Description { found: String },
    /// The rows are stored otherwise.
    Storage(OfStorage),
    /// The view of a log is missing, or shows other columns.
    View { found: Vec<String> },
    /// Only the database has it, and it stays.
    Foreign(Foreign),
}

/// In what a column differs.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfColumn {
    Missing,
    /// The column has an earlier name.
    Renamed {
        was: String,
    },
    Type {
        found: String,
        fit: Fit,
    },
    /// The column must have a value in every row, and need not in the database; or, if false, the reverse.
    Required(bool),
    /// The column is at another position, in a database that finds columns by position.
    Position,
    Description {
        found: String,
    },
}

/// In what a constraint differs.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfCheck {
    Missing {
        column: ColumnId,
    },
    /// The constraint is one of an earlier version.
    Outdated {
        name: String,
        condition: String,
    },
    /// The constraint was not checked for all rows.
    Unvalidated {
        name: String,
    },
}

/// In what an index differs. `at` is its position in the schema.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfIndex {
    Missing {
        at: usize,
    },
    /// The index was not completed.
    Incomplete {
        at: usize,
        name: String,
    },
    /// The index is one of an earlier version.
    Outdated {
        name: String,
        columns: Vec<String>,
    },
}

/// In what the storage of the rows differs.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfStorage {
    Partition {
        found: Vec<String>,
    },
    Format {
        found: String,
    },
    Location {
        found: String,
        expected: String,
    },
    /// The table has its rows itself, where the schema stores them as a log with a view.
    NoLog,
}

/// What only the database has.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreign {
    Column { name: String, must_be_given: bool },
    Check { name: String, condition: String },
    Index { name: String, columns: Vec<String> },
}

impl Difference {
    /// Whether it is something that only the database has, and that stays.
    pub fn is_foreign(&self) -> bool {
        matches!(self, Self::Foreign(_))
    }

    /// Whether it concerns words only, not rows or columns.
    pub(crate) fn is_description(&self) -> bool {
        matches!(self, Self::Description { .. } | Self::Column(_, OfColumn::Description { .. }))
    }
}

impl Differing {
    /// The columns of the schema that differ, each with a difference.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (ColumnId, &OfColumn)> {
        self.differences.iter().filter_map(|difference| {
            if let Difference::Column(id, change) = difference { Some((*id, change)) } else { None }
        })
    }

    /// The columns that the database lacks.
    pub(crate) fn added(&self) -> Vec<ColumnId> {
        self.columns().filter(|(_, change)| **change == OfColumn::Missing).map(|(id, _)| id).collect()
    }

    /// The names of the columns that the schema lists as dropped.
    pub(crate) fn dropped(&self) -> impl Iterator<Item = &str> {
        self.differences.iter().filter_map(|difference| {
            if let Difference::DroppedColumn { name } = difference { Some(name.as_str()) } else { None }
        })
    }

    /// The differences of constraints.
    pub(crate) fn checks(&self) -> impl Iterator<Item = &OfCheck> {
        self.differences.iter().filter_map(|difference| {
            if let Difference::Check(change) = difference { Some(change) } else { None }
        })
    }

    /// The columns whose constraint is missing.
    pub(crate) fn unchecked(&self) -> impl Iterator<Item = ColumnId> {
        self.checks().filter_map(
            |change| {
                if let OfCheck::Missing { column } = change { Some(*column) } else { None }
            },
        )
    }

    /// The differences of indexes.
    pub(crate) fn indexes(&self) -> impl Iterator<Item = &OfIndex> {
        self.differences.iter().filter_map(|difference| {
            if let Difference::Index(change) = difference { Some(change) } else { None }
        })
    }

    /// How the rows are stored otherwise.
    pub(crate) fn storage(&self) -> impl Iterator<Item = &OfStorage> {
        self.differences.iter().filter_map(|difference| {
            if let Difference::Storage(change) = difference { Some(change) } else { None }
        })
    }

    /// What only the database has.
    pub(crate) fn foreign(&self) -> impl Iterator<Item = &Foreign> {
        self.differences.iter().filter_map(|difference| {
            if let Difference::Foreign(foreign) = difference { Some(foreign) } else { None }
        })
    }

    /// Whether the type of a column differs.
    pub(crate) fn retypes(&self) -> bool {
        self.columns().any(|(_, change)| matches!(change, OfColumn::Type { .. }))
    }

    /// Whether the type of a column becomes wider or narrower.
    pub(crate) fn becomes(&self, wanted: Fit, column: ColumnId) -> bool {
        self.columns().any(|(id, change)| {
            id == column && matches!(change, OfColumn::Type { fit, .. } if *fit == wanted)
        })
    }

    /// Whether the key differs.
    pub(crate) fn changes_key(&self) -> bool {
        self.differences.iter().any(|it| matches!(it, Difference::Key { .. }))
    }

    /// The name in the database of a column of the schema; `None` if the database lacks it.
    pub fn name_of(&self, column: ColumnId) -> Option<&str> {
        for (_, change) in self.columns().filter(|(id, _)| *id == column) {
            match change {
                OfColumn::Missing => return None,
                OfColumn::Renamed { was } => return Some(was),
                OfColumn::Type { .. }
                | OfColumn::Required(_)
                | OfColumn::Position
                | OfColumn::Description { .. } => {}
            }
        }
        self.found.as_ref().map(|_| self.table[column].name.as_str())
    }

    /// What the database has for a column of the schema.
    pub fn found_column(&self, column: ColumnId) -> Option<&FoundColumn> {
        column_of(self.found.as_ref()?, self.name_of(column)?)
    }

    /// The value of a column that the database has, as the schema has it.
    pub(crate) fn value_of(&self, dialect: Dialect, id: ColumnId) -> Option<String> {
        let found = self.found_column(id)?;
        Some(dialect.converted(&found.name, &found.kind, &self.table[id]))
    }

    /// The name of the table in the database that has the rows.
    pub(crate) fn stored(&self, dialect: Dialect) -> String {
        match self.storage().any(|change| *change == OfStorage::NoLog) {
            true => self.name.clone(),
            false => dialect.stored_as(&self.table, &self.name),
        }
    }

    /// The indexes that have a name of the program after an earlier name of the table, with their positions in the schema.
    pub(crate) fn indexes_with_earlier_names(&self) -> Vec<(&str, usize)> {
        if self.name == self.table.name {
            return Vec::new();
        }
        let prefix = format!("{}_index_", self.name);
        let is_changed = |index: &FoundIndex, at: usize| {
            self.indexes().any(|change| match change {
                OfIndex::Missing { at: missing } => *missing == at,
                OfIndex::Incomplete { name, .. } | OfIndex::Outdated { name, .. } => *name == index.name,
            })
        };
        let position = |index: &FoundIndex| {
            let at = index.name.strip_prefix(&prefix)?.parse::<usize>().ok()?.checked_sub(1)?;
            let expected: Option<Vec<&str>> =
                self.table.indexes.get(at)?.iter().map(|column| self.name_of(*column)).collect();
            (is_same(&index.columns, &expected?) && !is_changed(index, at)).then_some(at)
        };
        let found = self.found.iter().flat_map(|found| &found.indexes);
        found.filter_map(|index| Some((index.name.as_str(), position(index)?))).collect()
    }

    /// Whether an index is unique and neither the key nor one of a constraint.
    pub(crate) fn is_unique_of_others(&self, index: &FoundIndex) -> bool {
        index.is_unique && !index.is_constraint && !is_key_name(&index.name, &self.table)
    }

    /// The number of changes of rows and columns.
    pub(crate) fn changed(&self) -> usize {
        self.differences.iter().filter(|it| !it.is_description() && !it.is_foreign()).count()
    }

    /// What goes with the columns that the schema lists as dropped.
    pub(crate) fn dropped_columns(&self) -> Option<String> {
        let dropped: Vec<&str> = self.dropped().collect();
        (!dropped.is_empty()).then(|| format!("the values of {}", dropped.join(", ")))
    }
}

/// The column of a table of the database with this name, in any case.
pub(crate) fn column_of<'a>(found: &'a FoundTable, name: &str) -> Option<&'a FoundColumn> {
    found.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
}

/// Whether an index has a name that the program gives to the key of a table, under its name or an earlier one.
pub(crate) fn is_key_name(name: &str, table: &Table) -> bool {
    let is_of = |table: &String| {
        name.strip_prefix(table.as_str()).is_some_and(|rest| matches!(rest, "_pkey" | "_key"))
    };
    std::iter::once(&table.name).chain(&table.was).any(is_of)
}

//! Positions by which the parts of a model refer to each other.

/// A table of a pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableId(pub(crate) usize);

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub(crate) usize);

/// A field of the results file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub(crate) usize);

impl ColumnId {
    /// The position among the columns of the table, from 0.
    pub fn at(self) -> usize {
        self.0
    }
}

impl FieldId {
    /// The position in the results file, from 0.
    pub fn at(self) -> usize {
        self.0
    }
}

//! A statement of any kind, before an engine has given it a text.

use sea_query::{
    DeleteStatement, InsertStatement, SelectStatement, TableCreateStatement, TableDropStatement,
    UpdateStatement,
};

/// A statement that sea-query builds.
#[derive(Debug, Clone)]
pub enum Statement {
    /// A query.
    Select(SelectStatement),
    /// An insert, of values or of a query.
    Insert(InsertStatement),
    /// A change of values.
    Update(UpdateStatement),
    /// A delete.
    Delete(DeleteStatement),
    /// The creation of a table.
    Create(TableCreateStatement),
    /// The removal of a table.
    Drop(TableDropStatement),
}

macro_rules! from_statement {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Statement {
            fn from(statement: $from) -> Self {
                Statement::$variant(statement)
            }
        }
    )*};
}
from_statement!(SelectStatement => Select, InsertStatement => Insert, UpdateStatement => Update,
    DeleteStatement => Delete, TableCreateStatement => Create, TableDropStatement => Drop);

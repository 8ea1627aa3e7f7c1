//! A statement of any kind, before an engine has given it a text.

use sea_query::{
    DeleteStatement, InsertStatement, QueryBuilder, SchemaBuilder, SelectStatement, TableCreateStatement,
    TableDropStatement, UpdateStatement, Values,
};

/// A statement that sea-query builds.
#[expect(missing_docs, reason = "each variant is what its name says")]
#[derive(Debug, Clone)]
pub enum Statement {
    Select(SelectStatement),
    Insert(InsertStatement),
    Update(UpdateStatement),
    Delete(DeleteStatement),
    Create(TableCreateStatement),
    Drop(TableDropStatement),
}

impl Statement {
    /// The SQL text of a backend that binds values, and the values.
    pub fn build<B: QueryBuilder + SchemaBuilder + Default>(&self) -> (String, Values) {
        let without_values = |sql| (sql, Values(Vec::new()));
        match self {
            Self::Select(select) => select.build(B::default()),
            Self::Insert(insert) => insert.build(B::default()),
            Self::Update(update) => update.build(B::default()),
            Self::Delete(delete) => delete.build(B::default()),
            Self::Create(create) => without_values(create.build(B::default())),
            Self::Drop(drop) => without_values(drop.build(B::default())),
        }
    }
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

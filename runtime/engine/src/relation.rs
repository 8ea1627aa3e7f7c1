//! A small relation that statements join: a run's own suspicious rows, gone with the connection.

use sea_query::{Alias, ColumnDef, Index, IntoIden, Query, Table, TableCreateStatement};

use super::Target;

/// A relation: its name, and its columns with whether each is a whole number. All columns together are its key, and
/// the engine looks rows up by it.
#[derive(Debug, Clone, Copy)]
pub struct Relation<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its columns.
    pub columns: &'a [&'a str],
    /// Whether each holds whole numbers, and not text.
    pub whole: &'a [bool],
}

impl Relation<'_> {
    /// The statement that makes it as a temporary table.
    pub fn create(&self) -> TableCreateStatement {
        let mut create = Table::create();
        create.table(Alias::new(self.name)).temporary();
        let mut key = Index::create();
        for (name, whole) in self.columns.iter().zip(self.whole) {
            let mut column = ColumnDef::new(Alias::new(*name));
            // A type is needed: the columns of an untyped key compare as text and number and find nothing.
            if *whole {
                column.big_integer()
            } else {
                column.text()
            };
            create.col(column.not_null());
            key.col(Alias::new(*name));
        }
        create.primary_key(&mut key);
        create
    }

    /// Where its rows are loaded to.
    pub fn target(&self) -> Target<'_> {
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(self.name))
            .columns(self.columns.iter().map(|it| Alias::new(*it).into_iden()));
        Target { table: self.name, columns: self.columns, insert }
    }
}

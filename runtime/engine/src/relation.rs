//! A small temporary relation that statements join, such as the suspicious rows of a run. It is dropped with the
//! connection.

use sea_query::{Alias, ColumnDef, Index, IntoIden, Query, Table, TableCreateStatement};

use super::Target;

/// The name and the columns of a relation. All columns together are distinct.
#[derive(Debug, Clone, Copy)]
pub struct Relation<'a> {
    /// The name of the relation.
    pub name: &'a str,
    /// The names of the columns.
    pub columns: &'a [&'a str],
    /// For each column, whether it holds integers; otherwise it holds text.
    pub whole: &'a [bool],
}

impl Relation<'_> {
    /// The statement that creates the relation as a temporary table. With a key of all columns, an engine that reads
    /// row by row finds the matching row. An engine that joins by hashing needs none, and may limit the length of a key.
    pub fn create(&self, is_keyed: bool) -> TableCreateStatement {
        let mut create = Table::create();
        create.table(Alias::new(self.name)).temporary();
        let mut key = Index::create();
        for (name, whole) in self.columns.iter().zip(self.whole) {
            let mut column = ColumnDef::new(Alias::new(*name));
            // The type is required: values in an untyped key column compare as text and number, and no row is found.
            if *whole {
                column.big_integer()
            } else {
                column.text()
            };
            create.col(column.not_null());
            key.col(Alias::new(*name));
        }
        if is_keyed {
            create.primary_key(&mut key);
        }
        create
    }

    /// The target for loading its rows.
    pub fn target(&self) -> Target<'_> {
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(self.name))
            .columns(self.columns.iter().map(|column| Alias::new(*column).into_iden()));
        Target { table: self.name, columns: self.columns, insert }
    }
}

//! The tables of rollups: the sums of a file are added to those that are there.

use flow_oa_engine::{Sums, Target};
use flow_oa_schema::model::Table;
use sea_query::{Alias, Expr, ExprTrait, IntoIden, OnConflict, Query};

/// The table that receives the sums of a rollup.
pub(super) struct Place {
    table: String,
    columns: Vec<String>,
    summed: Vec<String>,
    day: Vec<String>,
    /// An insert that adds to the existing row if the key exists.
    insert: sea_query::InsertStatement,
}

impl Place {
    pub(super) fn of(table: &Table) -> Self {
        let summed =
            table.own_columns().iter().filter(|column| column.from.is_sum()).map(|it| it.name.clone());
        let summed: Vec<String> = summed.collect();
        let mut adding =
            OnConflict::columns(table.names(&table.key).map(|name| Alias::new(name).into_iden()));
        for column in &summed {
            let name = |of: &str| Expr::col((Alias::new(of), Alias::new(column)));
            adding.value(Alias::new(column), name(&table.name).add(name("excluded")));
        }
        let names = table.columns.iter().map(|column| Alias::new(&column.name).into_iden());
        let insert =
            Query::insert().into_table(Alias::new(&table.name)).columns(names).on_conflict(adding).to_owned();
        let columns = table.columns.iter().map(|it| it.name.clone()).collect();
        let day = table.partition_columns().iter().map(|column| column.name.clone()).collect();
        Self { table: table.name.clone(), columns, summed, day, insert }
    }

    /// Calls `act` with the description that an engine needs.
    pub(super) fn with<T>(&self, act: impl FnOnce(&Sums<'_>) -> T) -> T {
        fn names(of: &[String]) -> Vec<&str> {
            of.iter().map(String::as_str).collect()
        }
        let (columns, summed, day) = (names(&self.columns), names(&self.summed), names(&self.day));
        let target = Target { table: &self.table, columns: &columns, insert: self.insert.clone() };
        act(&Sums { target, summed: &summed, day: &day })
    }
}

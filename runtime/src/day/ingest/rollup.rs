//! Rollups that the engine keeps: the rows of a file are summed up, and the sums are added to those that are there.

use flow_oa_core::{Batch, Cell, fail_point};
use flow_oa_engine::{Sums, Target, Unit};
use flow_oa_schema::model::Table;
use flow_oa_site::{Error, Result};
use sea_query::{Alias, Expr, ExprTrait, IntoIden, OnConflict, Query};

use super::sums::Accumulator;

/// A rollup, and the sums of the file that were not added yet.
pub(super) struct Rollup<'a> {
    table: &'a Table,
    place: Place,
    sums: Accumulator,
}

impl<'a> Rollup<'a> {
    pub(super) fn new(table: &'a Table, raw: &Table) -> Result<Self> {
        Ok(Self { table, place: Place::of(table), sums: Accumulator::new(table, raw)? })
    }

    /// Adds the sums to the table if they are too many to be kept.
    pub(super) fn make_room(&mut self, unit: &mut dyn Unit) -> Result<()> {
        if self.sums.is_full() { self.add(unit) } else { Ok(()) }
    }

    /// Adds the last sums to the table.
    pub(super) fn end(mut self, unit: &mut dyn Unit) -> Result<()> {
        self.add(unit)?;
        self.place.with(|sums| unit.add_up(sums)).map_err(|error| Error::of_sums(self.table, error))?;
        fail_point!("ingest-added-up");
        Ok(())
    }

    fn add(&mut self, unit: &mut dyn Unit) -> Result<()> {
        let summed = self.sums.take();
        self.place.with(|sums| unit.add(sums, &summed)).map_err(|error| Error::of_sums(self.table, error))?;
        fail_point!("ingest-sums");
        Ok(())
    }
}

/// Sums up rows of `file`.
///
/// # Errors
/// If a sum exceeds 64 bits.
pub(super) fn sum_up(rollups: &mut [Rollup<'_>], rows: &dyn Batch, file: &str) -> Result<()> {
    let mut cells: Vec<Cell<'_>> = Vec::new();
    for row in 0..rows.len() {
        rows.cells(row, &mut cells);
        for rollup in rollups.iter_mut() {
            rollup.sums.add(&cells, file)?;
        }
    }
    Ok(())
}

/// The table that receives the sums of a rollup.
struct Place {
    table: String,
    columns: Vec<String>,
    summed: Vec<String>,
    day: Vec<String>,
    /// An insert that adds to the existing row if the key exists.
    insert: sea_query::InsertStatement,
}

impl Place {
    fn of(table: &Table) -> Self {
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
    fn with<T>(&self, act: impl FnOnce(&Sums<'_>) -> T) -> T {
        fn names(of: &[String]) -> Vec<&str> {
            of.iter().map(String::as_str).collect()
        }
        let (columns, summed, day) = (names(&self.columns), names(&self.summed), names(&self.day));
        let target = Target { table: &self.table, columns: &columns, insert: self.insert.clone() };
        act(&Sums { target, summed: &summed, day: &day })
    }
}

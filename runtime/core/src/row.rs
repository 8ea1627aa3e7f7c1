//! What every generated row struct can do.

use std::net::IpAddr;

use crate::{Asked, Cell, CellFault, Cells, Contexts, Table, Text};

/// A typed row of one table, generated from its JSON.
pub trait Row: Send + Sync + 'static {
    /// The table that it belongs to.
    const TABLE: &'static Table;

    /// Reads a record that holds the table's columns in order, partition columns last.
    ///
    /// # Errors
    /// The first cell that cannot be read, with its column and what was found.
    fn read(cells: &Cells<'_>) -> Result<Self, CellFault>
    where
        Self: Sized;

    /// Appends the row's values to `out`, in the order of [`Table::columns`], partition columns last.
    fn cells<'a>(&'a self, out: &mut Vec<Cell<'a>>);
}

/// A typed row of a results file, generated from the fields that the filter takes.
pub trait FromResults: Send + Sized + 'static {
    /// The row that it becomes once ranked and enriched.
    type Scores: Row;
    /// Fields that every line of the results file has, in order.
    const FIELDS: &'static [&'static str];
    /// Reads one record.
    ///
    /// # Errors
    /// The first cell that cannot be read, with its column and what was found.
    fn read(cells: &Cells<'_>) -> Result<Self, CellFault>;
    /// Adds every value that a context source will be asked about.
    fn asks<'a>(&'a self, out: &mut Asked<'a>);
    /// The enriched row. `rank` is the position in the results file, from 0; `day` is the day of the run.
    fn score(self, rank: i32, day: jiff::civil::Date, contexts: &Contexts) -> Self::Scores;
}

/// Reads the canonical text that [`crate::address::parse`] wrote back into an address.
pub fn ip_of(text: &Text) -> Option<IpAddr> {
    text.parse().ok()
}

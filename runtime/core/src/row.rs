//! The interface of the generated row types.

use std::net::IpAddr;

use crate::{Asked, Cell, CellFault, Cells, Contexts, Table, Text};

/// A typed row of a table, generated from the JSON of the table.
pub trait Row: Send + Sync + 'static {
    /// The table of the row.
    const TABLE: &'static Table;

    /// Parses a record that holds the columns of the table in order, partition columns last.
    ///
    /// # Errors
    /// The first cell that cannot be parsed, with its column and its content.
    fn read(cells: &Cells<'_>) -> Result<Self, CellFault>
    where
        Self: Sized;

    /// Appends the values of the row to `out`, in the order of [`Table::columns`], partition columns last.
    fn cells<'a>(&'a self, out: &mut Vec<Cell<'a>>);
}

/// A typed row of a results file, generated from the fields that the filter accepts.
pub trait FromResults: Send + Sized + 'static {
    /// The row after ranking and enrichment.
    type Scores: Row;
    /// The fields of every line of the results file, in order.
    const FIELDS: &'static [&'static str];
    /// Parses a record.
    ///
    /// # Errors
    /// The first cell that cannot be parsed, with its column and its content.
    fn read(cells: &Cells<'_>) -> Result<Self, CellFault>;
    /// Appends every value that context sources are asked about.
    fn asks<'a>(&'a self, out: &mut Asked<'a>);
    /// Builds the enriched row. `rank` is the position in the results file, counted from 0; `day` is the day of the
    /// run.
    fn score(self, rank: i32, day: jiff::civil::Date, contexts: &Contexts) -> Self::Scores;
}

/// Parses canonical text, as built from the result of [`crate::address::parse`], into an address.
pub fn ip_of(text: &Text) -> Option<IpAddr> {
    text.parse().ok()
}

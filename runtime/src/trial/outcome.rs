//! The outcome of reading a text.

use flow_oa_core::{Batch, Date};
use flow_oa_files::rejects::Rejects;

/// The name of the text in messages.
pub const NAME: &str = "text";

/// The outcome of reading a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// The number of records and lines read.
    pub read: u64,
    /// The number of blank lines, headers and trailers among them.
    pub skipped: u64,
    /// The number of records that could not be read.
    pub rejected: u64,
    /// The lines of the first rejected records.
    pub rejected_lines: Vec<u64>,
    /// The rows in the order of their table's columns, each value as written to a file.
    pub rows: Vec<Vec<String>>,
    /// The number of rows of each day.
    pub days: Vec<(Date, u64)>,
}

/// The values of `batch` as texts.
pub(crate) fn texts(batch: &dyn Batch) -> Vec<Vec<String>> {
    let mut cells = Vec::new();
    let mut row = |index| {
        batch.cells(index, &mut cells);
        cells.iter().map(|cell| cell.to_text().to_string()).collect()
    };
    (0..batch.len()).map(&mut row).collect()
}

/// The lines of the first rejected records.
pub(crate) fn lines(rejects: &Rejects) -> Vec<u64> {
    rejects.first().iter().map(|it| it.line).collect()
}

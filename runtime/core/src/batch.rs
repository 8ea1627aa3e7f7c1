//! Rows of one table behind a trait object, so that engines do not depend on the row type.

use crate::{Cell, Row};

/// Rows of one table. The engine receives the table separately.
pub trait Batch: Send + Sync {
    /// The number of rows.
    fn len(&self) -> usize;
    /// Whether there are no rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Replaces `out` with the values of row `index` (from 0), in the order of the table's columns.
    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>);
}

impl<R: Row> Batch for Vec<R> {
    fn len(&self) -> usize {
        Vec::len(self)
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        if let Some(row) = self.get(index) {
            row.cells(out);
        }
    }
}

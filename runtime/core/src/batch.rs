//! Rows of one table behind one pointer, so that engines need not know their type.

use crate::{Cell, Row};

/// A run of rows of one table. (The engine is told which one.)
pub trait Batch: Send + Sync {
    /// Number of rows.
    fn len(&self) -> usize;
    /// Whether there are none.
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

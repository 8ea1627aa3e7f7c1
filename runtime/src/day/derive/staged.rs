//! The run's own suspicious rows, as small relations that statements join. They are loaded in bulk and dropped with the
//! connection.

use flow_oa_core::{Batch, Cell, Text};
use flow_oa_schema::model::ColumnId;

/// The rows of a relation: first texts, then whole numbers.
pub(super) struct Staged {
    pub(super) rows: Vec<(Vec<Text>, Vec<i64>)>,
}

impl Batch for Staged {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        if let Some((texts, numbers)) = self.rows.get(index) {
            out.extend(texts.iter().map(|text| Cell::Text(text)));
            out.extend(numbers.iter().map(|number| Cell::Int(*number)));
        }
    }
}

/// The text in a column of a row; empty if it has no text.
pub(super) fn text(cells: &[Cell<'_>], column: ColumnId) -> Text {
    match cells.get(column.at()) {
        Some(Cell::Text(text)) => Text::from(*text),
        Some(Cell::Int(_) | Cell::Real(_) | Cell::Null) | None => Text::default(),
    }
}

//! The run's own suspicious rows, as small relations that statements join. They are loaded in bulk and dropped with the
//! connection.

use flow_oa_core::{Batch, Cell, Text};
use flow_oa_schema::model::{Pair, Table};

use crate::error::{Error, Result};

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

/// The positions of columns in the rows of a table.
pub(super) fn positions<const N: usize>(table: &Table, names: [&str; N]) -> Result<[usize; N]> {
    let mut found = [0; N];
    for (at, name) in names.iter().enumerate() {
        let position = table.columns.iter().position(|column| column.name == *name);
        found[at] =
            position.ok_or_else(|| Error::Internal(format!("{} has no column {name}", table.name)))?;
    }
    Ok(found)
}

/// The scored columns of both ends.
pub(super) fn scored(ends: &[Pair; 2]) -> [&str; 2] {
    [&ends[0].scored, &ends[1].scored]
}

/// The texts at `positions` of every row.
pub(super) fn texts<const N: usize>(rows: &dyn Batch, positions: [usize; N]) -> Vec<[Text; N]> {
    let mut cells = Vec::new();
    let text = |cell: &Cell<'_>| if let Cell::Text(it) = cell { Text::from(*it) } else { Text::default() };
    (0..rows.len())
        .map(|row| {
            rows.cells(row, &mut cells);
            positions.map(|at| cells.get(at).map(text).unwrap_or_default())
        })
        .collect()
}

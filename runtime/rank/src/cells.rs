//! How many rows of each group said the same, in little memory.
//!
//! A hash map of these counts would be the largest thing of a ranking. A list that is sorted and merged whenever it is
//! full takes half of that, and is at the end in the order in which it is read.

/// Rows of one group that said the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) group: u32,
    /// What they said.
    pub(super) said: u32,
    pub(super) rows: u64,
}

/// Merges at this many cells, and later at twice the number that remained.
const FIRST_MERGE: usize = 1 << 16;

#[derive(Debug, Clone, Default)]
pub(super) struct Cells {
    cells: Vec<Cell>,
    merge_at: usize,
}

impl Cells {
    pub(super) fn add(&mut self, cell: Cell) {
        if let Some(last) =
            self.cells.last_mut().filter(|last| (last.group, last.said) == (cell.group, cell.said))
        {
            last.rows += cell.rows;
            return;
        }
        if self.cells.len() >= self.merge_at.max(FIRST_MERGE) {
            self.merge();
            self.merge_at = self.cells.len() + self.cells.len() / 2;
            let more = self.merge_at.max(FIRST_MERGE) - self.cells.len();
            self.cells.reserve_exact(more);
        }
        self.cells.push(cell);
    }

    fn merge(&mut self) {
        self.cells.sort_unstable();
        self.cells.dedup_by(|next, kept| {
            let is_same = (next.group, next.said) == (kept.group, kept.said);
            kept.rows += if is_same { next.rows } else { 0 };
            is_same
        });
    }

    /// All cells, by group.
    pub(super) fn into_sorted(mut self) -> Vec<Cell> {
        self.merge();
        self.cells
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_every_row_once() {
        let mut cells = Cells::default();
        let many = (FIRST_MERGE * 5) as u32;
        for number in 0..many {
            cells.add(Cell { group: number % 7, said: number % 2, rows: 1 });
            cells.add(Cell { group: 100 + number, said: 0, rows: 2 });
        }
        let sorted = cells.into_sorted();
        assert_eq!(sorted.len(), 14 + many as usize);
        assert_eq!(sorted.iter().map(|cell| cell.rows).sum::<u64>(), u64::from(many) * 3);
        assert!(sorted.is_sorted());
        let first = (0..many).filter(|number| number % 14 == 0).count();
        assert_eq!(sorted[0], Cell { group: 0, said: 0, rows: first as u64 });
    }
}

//! Sums of raw rows for rollups: rows are summed up while they are stored, so that a run reads the sums instead of the
//! rows.
//!
//! The rows of one file are summed up in memory first, and added in the order of the key. Memory is bounded: a full
//! accumulator is emptied before the file ends.

mod key;

use std::collections::HashMap;

use flow_oa_core::{Batch, Cell, Moment, Text};
use flow_oa_schema::model::{Clock, Column, InRollup, Table};
use flow_oa_site::{Error, Result};

/// Keys that an accumulator holds before it is emptied: about twenty megabytes.
const FULL: usize = 100_000;

/// How a column of a rollup is computed. Positions are those of the raw row's cells.
#[derive(Debug, Clone, Copy)]
enum Part {
    Same(usize),
    /// The first characters of a time's text. The time is a number or a text if it has a clock.
    Start(usize, Option<Clock>, usize),
    Total(usize),
    Count,
}

impl Part {
    fn is_summed(self) -> bool {
        matches!(self, Self::Total(_) | Self::Count)
    }

    /// The value that a row of these cells adds; `None` if the column is part of the key.
    fn added<'a>(self, cells: &[Cell<'a>]) -> Option<Cell<'a>> {
        match self {
            Self::Total(at) => Some(cells[at]),
            Self::Count => Some(Cell::Int(1)),
            Self::Same(_) | Self::Start(..) => None,
        }
    }
}

/// A running sum.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Sum {
    Null,
    Int(i64),
    Real(f64),
}

impl Sum {
    /// An initial value; a text is not a number, and adds nothing.
    fn of(cell: &Cell<'_>) -> Self {
        match cell {
            Cell::Int(it) => Self::Int(*it),
            Cell::Real(it) => Self::Real(*it),
            Cell::Null | Cell::Text(_) => Self::Null,
        }
    }

    /// Adds a value; `None` if the sum exceeds 64 bits.
    fn add(&mut self, cell: &Cell<'_>) -> Option<()> {
        match (self, cell) {
            (Self::Int(sum), Cell::Int(it)) => *sum = sum.checked_add(*it)?,
            (Self::Real(sum), Cell::Real(it)) => *sum += it,
            (sum @ Self::Null, cell) => *sum = Self::of(cell),
            _ => {}
        }
        Some(())
    }
}

/// Rows of sums, in the order of their keys. A key is kept as bytes and its values are decoded from them: half a
/// million pairs of addresses take a third of the memory that rows would take.
pub(super) struct Summed {
    parts: Vec<Part>,
    /// Each key with the number of its row.
    keys: Vec<(Box<[u8]>, u32)>,
    /// The sums of all rows, one row after the other.
    sums: Vec<Sum>,
    /// The number of sums in a row.
    width: usize,
}

impl Batch for Summed {
    fn len(&self) -> usize {
        self.keys.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        let Some((key, row)) = self.keys.get(index) else { return };
        let mut key = key::Values(key);
        let mut sums = self.sums.iter().skip(*row as usize * self.width);
        out.extend(self.parts.iter().map(|part| match part {
            Part::Same(_) | Part::Start(..) => key.next().unwrap_or(Cell::Null),
            Part::Total(_) | Part::Count => match sums.next() {
                None | Some(Sum::Null) => Cell::Null,
                Some(Sum::Int(it)) => Cell::Int(*it),
                Some(Sum::Real(it)) => Cell::Real(*it),
            },
        }));
    }
}

/// Sums up the rows of a file for one rollup.
pub(super) struct Accumulator {
    table: String,
    columns: Vec<String>,
    parts: Vec<Part>,
    /// The row number of each key, by the key's bytes.
    rows: HashMap<Box<[u8]>, u32, foldhash::fast::RandomState>,
    sums: Vec<Sum>,
    width: usize,
    key: Vec<u8>,
}

impl Accumulator {
    /// # Errors
    /// If the rollup uses columns that the raw table lacks; the schema check refuses this.
    pub(super) fn new(rollup: &Table, raw: &Table) -> Result<Self> {
        let parts =
            rollup.columns.iter().map(|column| part(column, raw).ok_or_else(|| unmade(rollup, column)));
        let parts = parts.collect::<Result<Vec<_>>>()?;
        Ok(Self {
            table: rollup.name.clone(),
            columns: rollup.columns.iter().map(|it| it.name.clone()).collect(),
            width: parts.iter().filter(|it| it.is_summed()).count(),
            parts,
            rows: HashMap::default(),
            sums: Vec::new(),
            key: Vec::new(),
        })
    }

    /// Adds a row of `file`, given by its cells.
    ///
    /// # Errors
    /// If a sum exceeds 64 bits.
    pub(super) fn add(&mut self, cells: &[Cell<'_>], file: &str) -> Result<()> {
        self.key.clear();
        for part in &self.parts {
            match part {
                Part::Same(at) => key::push(&mut self.key, &cells[*at]),
                Part::Start(at, clock, length) => {
                    let time = time_text(&cells[*at], *clock);
                    let text = time.as_ref().map_or(cells[*at], |text| Cell::Text(text));
                    key::push(&mut self.key, &start(&text, *length));
                }
                Part::Total(_) | Part::Count => {}
            }
        }
        let Some(row) = self.rows.get(self.key.as_slice()) else {
            let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            self.rows.insert(self.key.as_slice().into(), row);
            self.sums
                .extend(self.parts.iter().filter_map(|part| part.added(cells)).map(|added| Sum::of(&added)));
            return Ok(());
        };
        let sums = self.sums.iter_mut().skip(*row as usize * self.width);
        let summed = self.parts.iter().enumerate().filter_map(|(at, part)| Some((at, part.added(cells)?)));
        for ((at, added), sum) in summed.zip(sums) {
            sum.add(&added).ok_or_else(|| Error::too_large(&self.table, &[&self.columns[at]], file))?;
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= FULL
    }

    /// Takes the sums so far, in the order of the key.
    pub(super) fn take(&mut self) -> Summed {
        let mut keys: Vec<_> = std::mem::take(&mut self.rows).into_iter().collect();
        keys.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Summed { parts: self.parts.clone(), keys, sums: std::mem::take(&mut self.sums), width: self.width }
    }
}

fn unmade(rollup: &Table, column: &Column) -> Error {
    Error::Internal(format!("{}.{} is made of no raw column", rollup.name, column.name))
}

fn part(column: &Column, raw: &Table) -> Option<Part> {
    Some(match column.from.in_rollup()? {
        InRollup::Same(id) => Part::Same(id.at()),
        InRollup::Start(time, clock, unit) => Part::Start(time.at(), clock, unit.length()),
        InRollup::Total(id) => Part::Total(id.at()),
        InRollup::Count => Part::Count,
        InRollup::Partition(_) => Part::Same(raw.columns.iter().position(|other| other.from == column.from)?),
    })
}

/// The text of a time that is given by a number or a text. The reader of the row refused one that is not a time.
fn time_text(cell: &Cell<'_>, clock: Option<Clock>) -> Option<Text> {
    let time = match (clock?, cell) {
        (Clock::Epoch, Cell::Int(seconds)) => Moment::of_epoch(*seconds),
        (Clock::Text, Cell::Text(text)) => Moment::of_text(text),
        (Clock::Epoch | Clock::Text, _) => None,
    };
    time.map(Moment::text)
}

fn start<'a>(cell: &Cell<'a>, length: usize) -> Cell<'a> {
    match cell {
        Cell::Text(text) => Cell::Text(text.get(..length).unwrap_or(text)),
        other => *other,
    }
}

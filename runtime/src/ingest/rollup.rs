//! Rollups: raw rows summed up while they are read, so that a run finds the sums instead of the rows.
//!
//! Rows of one file are summed up in memory first, and the sums are added to the table in the order of its
//! key. Memory is bounded: a full accumulator is emptied on the way.

use std::collections::HashMap;

use flow_oa_core::{Batch, Cell, Text};
use flow_oa_schema::model::{Column, Origin, Table};
use sea_query::{Alias, Expr, ExprTrait, IntoIden, OnConflict, Query};

use crate::engine::{Sums, Target};
use crate::error::{Error, Result};

/// Rows that an accumulator holds before it is emptied: some tens of megabytes.
const FULL: usize = 50_000;

/// `YYYY-MM-DD HH:MM` at the start of a time's text.
const MINUTE: usize = 16;

/// Where the sums of a rollup go.
pub(super) struct Place {
    table: String,
    columns: Vec<String>,
    summed: Vec<String>,
    day: Vec<String>,
    /// An insert that adds to the row whose key is there already.
    insert: sea_query::InsertStatement,
}

impl Place {
    pub(super) fn of(table: &Table) -> Self {
        let summed = table.own_columns().iter().filter(|it| is_summed(it)).map(|it| it.name.clone());
        let summed: Vec<String> = summed.collect();
        let mut adding = OnConflict::columns(table.key.iter().map(|it| Alias::new(it).into_iden()));
        for column in &summed {
            let name = |of: &str| Expr::col((Alias::new(of), Alias::new(column)));
            adding.value(Alias::new(column), name(&table.name).add(name("excluded")));
        }
        let names = table.columns.iter().map(|it| Alias::new(&it.name).into_iden());
        let insert =
            Query::insert().into_table(Alias::new(&table.name)).columns(names).on_conflict(adding).to_owned();
        let columns = table.columns.iter().map(|it| it.name.clone()).collect();
        Self { table: table.name.clone(), columns, summed, day: table.partition.columns.clone(), insert }
    }

    /// Hands it to what an engine is to do.
    pub(super) fn with<T>(&self, act: impl FnOnce(&Sums<'_>) -> T) -> T {
        fn names(of: &[String]) -> Vec<&str> {
            of.iter().map(String::as_str).collect()
        }
        let (columns, summed, day) = (names(&self.columns), names(&self.summed), names(&self.day));
        let target = Target { table: &self.table, columns: &columns, insert: self.insert.clone() };
        act(&Sums { target, summed: &summed, day: &day })
    }
}

fn is_summed(column: &Column) -> bool {
    matches!(column.origin, Origin::Total(_) | Origin::Count)
}

/// What a column of a rollup is made of; positions are those of the raw row's cells.
#[derive(Debug, Clone, Copy)]
enum Part {
    Same(usize),
    Minute(usize),
    Total(usize),
    Count,
}

/// A value of a row of sums.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Null,
    Int(i64),
    Real(f64),
    Text(Text),
}

impl Value {
    fn of(cell: &Cell<'_>) -> Self {
        match cell {
            Cell::Null => Value::Null,
            Cell::Int(it) => Value::Int(*it),
            Cell::Real(it) => Value::Real(*it),
            Cell::Text(it) => Value::Text(Text::from(*it)),
        }
    }

    /// Adds a value; nothing where the sum goes beyond 64 bits.
    fn add(&mut self, cell: &Cell<'_>) -> Option<()> {
        match (self, cell) {
            (Value::Int(sum), Cell::Int(it)) => *sum = sum.checked_add(*it)?,
            (Value::Real(sum), Cell::Real(it)) => *sum += it,
            (sum @ Value::Null, cell) => *sum = Value::of(cell),
            _ => {}
        }
        Some(())
    }
}

/// Rows of sums, in the order of the rollup's columns.
pub(super) struct Summed(Vec<Vec<Value>>);

impl Batch for Summed {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        out.extend(self.0.get(index).into_iter().flatten().map(|it| match it {
            Value::Null => Cell::Null,
            Value::Int(it) => Cell::Int(*it),
            Value::Real(it) => Cell::Real(*it),
            Value::Text(it) => Cell::Text(it),
        }));
    }
}

/// Sums up the rows of a file for one rollup.
pub(super) struct Accumulator {
    table: String,
    columns: Vec<String>,
    parts: Vec<Part>,
    /// The row of each key, by the key's bytes.
    rows: HashMap<Vec<u8>, Vec<Value>>,
    key: Vec<u8>,
}

impl Accumulator {
    /// # Errors
    /// Where the rollup is made of columns that the raw table lacks, which the check refuses.
    pub(super) fn new(rollup: &Table, raw: &Table) -> Result<Self> {
        let parts = rollup.columns.iter().map(|it| part(it, raw).ok_or_else(|| unmade(rollup, it)));
        Ok(Self {
            table: rollup.name.clone(),
            columns: rollup.columns.iter().map(|it| it.name.clone()).collect(),
            parts: parts.collect::<Result<_>>()?,
            rows: HashMap::new(),
            key: Vec::new(),
        })
    }

    /// Adds a row of `file`, given by its cells.
    ///
    /// # Errors
    /// Where a sum goes beyond 64 bits.
    pub(super) fn add(&mut self, cells: &[Cell<'_>], file: &str) -> Result<()> {
        self.key.clear();
        for part in &self.parts {
            match part {
                Part::Same(at) => push(&mut self.key, &cells[*at]),
                Part::Minute(at) => push(&mut self.key, &minute(&cells[*at])),
                Part::Total(_) | Part::Count => {}
            }
        }
        match self.rows.get_mut(self.key.as_slice()) {
            Some(row) => grow(&self.parts, row, cells)
                .map_err(|at| Error::too_large(&self.table, &[&self.columns[at]], file))?,
            None => drop(self.rows.insert(self.key.clone(), first(&self.parts, cells))),
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= FULL
    }

    /// The sums so far, in the order of the key.
    pub(super) fn take(&mut self) -> Summed {
        let mut rows: Vec<_> = std::mem::take(&mut self.rows).into_iter().collect();
        rows.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Summed(rows.into_iter().map(|(_, row)| row).collect())
    }
}

fn unmade(rollup: &Table, column: &Column) -> Error {
    Error::Internal(format!("{}.{} is made of no raw column", rollup.name, column.name))
}

fn part(column: &Column, raw: &Table) -> Option<Part> {
    let at = |name: &str| raw.columns.iter().position(|it| it.name == name);
    match &column.origin {
        Origin::Raw(name) => at(name).map(Part::Same),
        Origin::Minute => at(raw.partition.time.as_deref()?).map(Part::Minute),
        Origin::Total(name) => at(name).map(Part::Total),
        Origin::Count => Some(Part::Count),
        Origin::Partition(_) => {
            let same = |it: &Column| it.origin == column.origin;
            raw.columns.iter().position(same).map(Part::Same)
        }
        _ => None,
    }
}

fn minute<'a>(cell: &Cell<'a>) -> Cell<'a> {
    match cell {
        Cell::Text(text) => Cell::Text(text.get(..MINUTE).unwrap_or(text)),
        other => *other,
    }
}

/// Appends a value so that two keys are the same bytes only where they are the same values; whole numbers in
/// an order that sorts.
fn push(key: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Null => key.push(0),
        Cell::Int(it) => {
            key.push(1);
            key.extend((*it as u64 ^ (1 << 63)).to_be_bytes());
        }
        Cell::Real(it) => {
            key.push(2);
            key.extend(it.to_bits().to_be_bytes());
        }
        Cell::Text(it) => {
            key.push(3);
            key.extend(it.as_bytes());
            key.push(0);
        }
    }
}

fn first(parts: &[Part], cells: &[Cell<'_>]) -> Vec<Value> {
    let value = |part: &Part| match part {
        Part::Same(at) | Part::Total(at) => Value::of(&cells[*at]),
        Part::Minute(at) => Value::of(&minute(&cells[*at])),
        Part::Count => Value::Int(1),
    };
    parts.iter().map(value).collect()
}

/// Adds a row to sums; fails with the place of one that goes beyond 64 bits.
fn grow(parts: &[Part], row: &mut [Value], cells: &[Cell<'_>]) -> std::result::Result<(), usize> {
    for (place, (part, sum)) in parts.iter().zip(row).enumerate() {
        let added = match part {
            Part::Total(at) => sum.add(&cells[*at]),
            Part::Count => sum.add(&Cell::Int(1)),
            Part::Same(_) | Part::Minute(_) => Some(()),
        };
        added.ok_or(place)?;
    }
    Ok(())
}

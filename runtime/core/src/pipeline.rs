//! The registry of compiled pipelines behind object-safe traits, so that the executor can run any of them.
//!
//! Generated code fills in the structs with `static` items. The generic types here turn a typed reader into a trait
//! object that hides the row type.

use std::marker::PhantomData;

use csv::ByteRecord;
use jiff::civil::Date;

use crate::{
    Asked, Batch, CellFault, Cells, Columns, Contexts, Corrections, FromResults, Inputs, Readings, Row,
    Table, Zone,
};

/// Everything that is compiled from one schema folder.
#[derive(Debug)]
pub struct Schema {
    /// A hash of the structure: tables, columns, types and origins, without descriptions.
    pub fingerprint: &'static str,
    /// The source documents as one canonical JSON text.
    pub canonical: &'static str,
    /// The pipelines.
    pub pipelines: &'static [&'static Pipeline],
}

impl Schema {
    /// The pipeline of that name.
    pub fn pipeline(&self, name: &str) -> Option<&'static Pipeline> {
        self.pipelines.iter().find(|pipeline| pipeline.name == name).copied()
    }
}

/// A compiled pipeline.
#[derive(Debug)]
pub struct Pipeline {
    /// The name: that of its folder.
    pub name: &'static str,
    /// The tables.
    pub tables: &'static [&'static Table],
    /// The reader of the results file.
    pub results: &'static dyn Results,
    /// What makes rows of the raw table, if the pipeline has one.
    pub raw: Option<&'static dyn Ingested>,
}

/// The compiled reader of a results file.
pub trait Results: Sync + std::fmt::Debug {
    /// The names of the fields, in order.
    fn fields(&self) -> &'static [&'static str];
    /// Creates an empty set of rows.
    fn open(&self) -> Box<dyn Scoring>;
}

/// The rows of a results file before they are stored in the scores table.
pub trait Scoring: Send {
    /// Parses a record and adds it. `rank` is its position in the file, counted from 0.
    ///
    /// # Errors
    /// The first cell that cannot be parsed. The record is not added then.
    fn push(&mut self, rank: i32, record: &ByteRecord) -> Result<(), CellFault>;
    /// The number of added rows.
    fn len(&self) -> usize;
    /// Whether no rows were added.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Every value that context sources are asked about, possibly repeated.
    fn asked(&self) -> Asked<'_>;
    /// Builds the enriched rows for the day of the run.
    fn score(self: Box<Self>, day: Date, contexts: &Contexts) -> Box<dyn Batch>;
}

/// Implements [`Results`] for a generated row type.
#[derive(Debug)]
pub struct ResultsOf<R>(PhantomData<fn() -> R>);

impl<R> ResultsOf<R> {
    /// The only value.
    pub const NEW: Self = Self(PhantomData);
}

impl<R: FromResults + std::fmt::Debug> Results for ResultsOf<R> {
    fn fields(&self) -> &'static [&'static str] {
        R::FIELDS
    }

    fn open(&self) -> Box<dyn Scoring> {
        Box::new(Ranked::<R> { rows: Vec::new(), zone: Zone::utc() })
    }
}

struct Ranked<R> {
    rows: Vec<(i32, R)>,
    zone: Zone,
}

impl<R: FromResults> Scoring for Ranked<R> {
    fn push(&mut self, rank: i32, record: &ByteRecord) -> Result<(), CellFault> {
        let row = R::read(&Cells::new(record, R::FIELDS, &self.zone))?;
        self.rows.push((rank, row));
        Ok(())
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn asked(&self) -> Asked<'_> {
        let mut asked = Asked::default();
        for (_, row) in &self.rows {
            row.asks(&mut asked);
        }
        asked
    }

    fn score(self: Box<Self>, day: Date, contexts: &Contexts) -> Box<dyn Batch> {
        let rows: Vec<R::Scores> =
            self.rows.into_iter().map(|(rank, row)| row.score(rank, day, contexts)).collect();
        Box::new(rows)
    }
}

/// The compiled raw table: it makes rows of the values that any raw format has for its `input` columns.
pub trait Ingested: Sync + std::fmt::Debug {
    /// The `input` columns, in order.
    fn inputs(&self) -> &'static [&'static str];
    /// Creates a reader of records.
    fn open(&self, readings: Readings) -> Box<dyn Reading>;
}

/// The rows of a raw file before they are stored in the raw table.
pub trait Reading: Send {
    /// Parses a record, adds it, and returns the day of the row.
    ///
    /// # Errors
    /// The first cell that cannot be parsed. The record is not added then.
    fn push(&mut self, record: &ByteRecord) -> Result<Date, CellFault>;
    /// The number of rows since the last [`Reading::take`].
    fn len(&self) -> usize;
    /// Whether there are no such rows.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Removes and returns the rows since the last call.
    fn take(&mut self) -> Box<dyn Batch>;
    /// The corrections in all rows so far.
    fn corrected(&self) -> Corrections;
    /// Reads further records from these columns of the file.
    fn set_columns(&mut self, columns: Columns);
}

/// Implements [`Ingested`] for a generated function that makes a row and its day of the values of a record.
#[derive(Debug)]
pub struct IngestedAs<R> {
    /// The `input` columns, in order.
    pub inputs: &'static [&'static str],
    /// Makes a row.
    pub read: fn(&Inputs<'_>) -> Result<(Date, R), CellFault>,
}

impl<R: Row + std::fmt::Debug> Ingested for IngestedAs<R> {
    fn inputs(&self) -> &'static [&'static str] {
        self.inputs
    }

    fn open(&self, readings: Readings) -> Box<dyn Reading> {
        Box::new(Raw { readings, read: self.read, rows: Vec::new(), corrected: Corrections::default() })
    }
}

struct Raw<R> {
    readings: Readings,
    read: fn(&Inputs<'_>) -> Result<(Date, R), CellFault>,
    rows: Vec<R>,
    corrected: Corrections,
}

impl<R: Row> Reading for Raw<R> {
    fn push(&mut self, record: &ByteRecord) -> Result<Date, CellFault> {
        let inputs = self.readings.of(record);
        let (day, row) = (self.read)(&inputs)?;
        self.corrected += inputs.corrected();
        self.rows.push(row);
        Ok(day)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn take(&mut self) -> Box<dyn Batch> {
        let room = Vec::with_capacity(self.rows.capacity());
        Box::new(std::mem::replace(&mut self.rows, room))
    }

    fn corrected(&self) -> Corrections {
        self.corrected
    }

    fn set_columns(&mut self, columns: Columns) {
        self.readings.set_columns(columns);
    }
}

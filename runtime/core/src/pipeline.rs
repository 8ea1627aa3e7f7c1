//! The registry: compiled pipelines behind object-safe traits, so that the executor runs any of them.
//!
//! Generated code fills in the structs with `static` items; the generic types here turn a typed reader
//! into a trait object. A row's type is known on the inside only.

use std::marker::PhantomData;

use csv::ByteRecord;
use jiff::civil::Date;

use crate::{Asked, Batch, CellFault, Cells, Contexts, Corrections, FromResults, Row, Table, Zone};

/// Everything that was compiled from one schema folder.
#[derive(Debug)]
pub struct Schema {
    /// Hash of the structure: tables, columns, types and origins, without descriptions.
    pub fingerprint: &'static str,
    /// The documents that it was built from, as one canonical JSON text.
    pub canonical: &'static str,
    /// The pipelines, by name.
    pub pipelines: &'static [&'static Pipeline],
}

impl Schema {
    /// The pipeline of that name.
    pub fn pipeline(&self, name: &str) -> Option<&'static Pipeline> {
        self.pipelines.iter().find(|it| it.name == name).copied()
    }
}

/// One compiled pipeline.
#[derive(Debug)]
pub struct Pipeline {
    /// Its name: that of its folder.
    pub name: &'static str,
    /// Its tables, by name.
    pub tables: &'static [&'static Table],
    /// The reader of its results file.
    pub results: &'static dyn Results,
    /// The readers of its raw formats, by name.
    pub sources: &'static [(&'static str, &'static dyn Source)],
}

impl Pipeline {
    /// The reader of the raw format of that name.
    pub fn source(&self, name: &str) -> Option<&'static dyn Source> {
        self.sources.iter().find(|(it, _)| *it == name).map(|(_, source)| *source)
    }
}

/// The compiled reader of a results file.
pub trait Results: Sync + std::fmt::Debug {
    /// The names of its fields, in order.
    fn fields(&self) -> &'static [&'static str];
    /// An empty set of rows to fill.
    fn open(&self) -> Box<dyn Scoring>;
}

/// Rows of a results file on their way to the scores table.
pub trait Scoring: Send {
    /// Reads one record. `rank` is its position in the file, from 0.
    ///
    /// # Errors
    /// The first cell that cannot be read; the record is then not kept.
    fn push(&mut self, rank: i32, record: &ByteRecord) -> Result<(), CellFault>;
    /// Number of rows kept.
    fn len(&self) -> usize;
    /// Whether none were.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Every value that a context source is to be asked about; repeats are possible.
    fn asked(&self) -> Asked<'_>;
    /// The enriched rows for the day of the run.
    fn score(self: Box<Self>, day: Date, contexts: &Contexts) -> Box<dyn Batch>;
}

/// Makes a [`Results`] of a generated row type.
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

/// The compiled reader of one raw format.
pub trait Source: Sync + std::fmt::Debug {
    /// The names of its columns, in order; trailing ones may be absent from a file.
    fn header(&self) -> &'static [&'static str];
    /// A reader to push records into.
    fn open(&self, zone: Zone) -> Box<dyn Reading>;
}

/// Rows of a raw file on their way to the raw table.
pub trait Reading: Send {
    /// Reads one record.
    ///
    /// # Errors
    /// The first cell that cannot be read; the record is then not kept.
    fn push(&mut self, record: &ByteRecord) -> Result<Date, CellFault>;
    /// Number of rows since the last [`Reading::take`].
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The rows since the last call.
    fn take(&mut self) -> Box<dyn Batch>;
    /// What was corrected in all rows so far.
    fn corrected(&self) -> Corrections;
}

/// Makes a [`Source`] of a generated reading function, which gives a row and the day that it belongs to.
#[derive(Debug)]
pub struct SourceOf<R> {
    /// The names of its columns, in order.
    pub header: &'static [&'static str],
    /// Reads one record.
    pub read: fn(&Cells<'_>) -> Result<(Date, R), CellFault>,
}

impl<R: Row + std::fmt::Debug> Source for SourceOf<R> {
    fn header(&self) -> &'static [&'static str] {
        self.header
    }

    fn open(&self, zone: Zone) -> Box<dyn Reading> {
        Box::new(Raw {
            header: self.header,
            read: self.read,
            zone,
            rows: Vec::new(),
            corrected: Corrections::default(),
        })
    }
}

struct Raw<R> {
    header: &'static [&'static str],
    read: fn(&Cells<'_>) -> Result<(Date, R), CellFault>,
    zone: Zone,
    rows: Vec<R>,
    corrected: Corrections,
}

impl<R: Row> Reading for Raw<R> {
    fn push(&mut self, record: &ByteRecord) -> Result<Date, CellFault> {
        let cells = Cells::new(record, self.header, &self.zone);
        let (day, row) = (self.read)(&cells)?;
        self.corrected += cells.corrected();
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
}

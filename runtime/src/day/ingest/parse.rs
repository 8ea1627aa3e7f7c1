//! Parses text into batches of typed rows.

use flow_oa_files::{FileError, Progress};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::SyncSender;

use flow_oa_core::pipeline::Reading;
use flow_oa_core::{Batch, Cell, Corrections, Date};
use flow_oa_schema::model::{Source, Table};

use super::feed::{Feed, Hashing, Printer};
use super::rollup::{Accumulator, Summed};
use super::{IngestOptions, format};
use crate::error::{Error, Result};
use crate::site::deployment::Chosen;
use flow_oa_files::records::Records;
use flow_oa_files::rejects::Rejects;

/// Rows in a batch: enough that an engine's cost per batch, such as that of a COPY, is negligible.
const BATCH: usize = 16384;

/// Bytes of records in a batch: bounds the memory that long texts take.
const BATCH_BYTES: usize = 4 << 20;

/// What the parser sends to the writer.
pub(crate) enum Load {
    /// Days that first occur in the next batch.
    Days(Vec<Date>),
    Raw(Box<dyn Batch>),
    /// Sums for the rollup at that position.
    Rollup(usize, Summed),
}

/// What was read of a file.
pub(crate) struct Outcome {
    pub(crate) format: String,
    /// Records that were stored, rejected or skipped.
    pub(crate) read: u64,
    pub(crate) skipped: u64,
    pub(crate) rejects: Rejects,
    pub(crate) days: BTreeMap<Date, u64>,
    /// The hash of the decompressed content, in hexadecimal.
    pub(crate) content: String,
    /// What was corrected in the rows.
    pub(crate) corrected: Corrections,
}

/// Reads one file of a known format.
pub(crate) struct Parser {
    records: Records<Hashing>,
    reading: Box<dyn Reading>,
    source: Source,
    printer: Option<Printer>,
    rollups: Vec<Accumulator>,
    outcome: Outcome,
    /// The line of the record by which the format was recognised, if it holds data.
    first_data: Option<u64>,
    trailer_left: usize,
    /// Bytes of the records that are not handed over yet.
    bytes: usize,
    /// All days read so far.
    seen: BTreeSet<Date>,
    /// The days that were not reported to the writer yet.
    new_days: Vec<Date>,
    last_day: Option<Date>,
    last_count: u64,
}

impl Parser {
    /// Recognises the format of a feed. `rollups` are summed up while the feed is read.
    ///
    /// # Errors
    /// If the format is unknown, or the feed is empty.
    pub(crate) fn new(
        chosen: Chosen<'_>,
        feed: Feed,
        rollups: &[&Table],
        options: &IngestOptions,
        command: &str,
    ) -> Result<Self> {
        let mut records = Records::new(feed.text, b',');
        let first = records
            .next_record()
            .map_err(|unread| FileError::unread(&feed.name, unread))?
            .map(|(line, _)| line);
        let source = source(chosen, &feed.name, feed.format.as_deref(), first, records.current())?;
        let compiled = chosen.compiled.source(&source.name);
        let compiled = compiled
            .ok_or_else(|| Error::Internal(format!("the format {:?} was not compiled", source.name)))?;
        let first_data = first.filter(|_| !format::is_header(source, records.current()));
        let headers = u64::from(first.is_some() && first_data.is_none());
        let outcome = Outcome {
            format: source.name.clone(),
            read: headers,
            skipped: headers,
            rejects: Rejects::new(&feed.name, options.max_rejects, command),
            days: BTreeMap::new(),
            content: String::new(),
            corrected: Corrections::default(),
        };
        Ok(Self {
            records,
            reading: compiled.open(feed.zone),
            source: source.clone(),
            printer: feed.printer,
            rollups: accumulators(chosen, rollups)?,
            outcome,
            first_data,
            trailer_left: 0,
            bytes: 0,
            seen: BTreeSet::new(),
            new_days: Vec::new(),
            last_day: None,
            last_count: 0,
        })
    }

    /// Reads to the end and hands over batches. Stops early, without an error, if the receiver is gone.
    ///
    /// # Errors
    /// If the text cannot be read, or the program that prints it fails.
    pub(crate) fn run(mut self, to: &SyncSender<Load>, progress: &Progress) -> Result<Outcome> {
        if let Some(line) = self.first_data {
            self.take(line);
        }
        loop {
            let next = self.records.next_record();
            let next = next.map_err(|unread| FileError::unread(&self.outcome.rejects.file, unread))?;
            let Some((line, _)) = next else { break };
            self.take(line);
            let is_full = self.reading.len() >= BATCH || self.bytes >= BATCH_BYTES;
            if is_full && (!self.hand_over(to)? || progress.is_interrupted()) {
                break;
            }
        }
        self.hand_over(to)?;
        self.hand_over_sums(to, |_| true);
        self.count_day(None);
        let blank = self.records.blank_lines();
        self.outcome.read += blank;
        self.outcome.skipped += blank;
        self.outcome.corrected = self.reading.corrected();
        self.outcome.content = self.records.into_inner().content();
        if let Some(printer) = self.printer {
            printer.finish(&self.outcome.rejects.file)?;
        }
        Ok(self.outcome)
    }

    /// Whether the receiver took the batch. Rows are dropped once too many records are rejected.
    fn hand_over(&mut self, to: &SyncSender<Load>) -> Result<bool> {
        self.bytes = 0;
        let batch = self.reading.take();
        if batch.is_empty() || self.outcome.rejects.are_too_many() {
            return Ok(true);
        }
        self.sum_up(&*batch)?;
        let days = std::mem::take(&mut self.new_days);
        let is_known = days.is_empty() || to.send(Load::Days(days)).is_ok();
        Ok(is_known && to.send(Load::Raw(batch)).is_ok() && self.hand_over_sums(to, Accumulator::is_full))
    }

    /// Hands over the sums of the accumulators that are `due`. Returns whether the receiver took them.
    fn hand_over_sums(&mut self, to: &SyncSender<Load>, due: fn(&Accumulator) -> bool) -> bool {
        let mut due = self.rollups.iter_mut().enumerate().filter(|(_, rollup)| due(rollup));
        due.all(|(at, rollup)| to.send(Load::Rollup(at, rollup.take())).is_ok())
    }

    fn sum_up(&mut self, batch: &dyn Batch) -> Result<()> {
        let mut cells: Vec<Cell<'_>> = Vec::new();
        for row in 0..batch.len() {
            batch.cells(row, &mut cells);
            for rollup in &mut self.rollups {
                rollup.add(&cells, &self.outcome.rejects.file)?;
            }
        }
        Ok(())
    }

    /// Processes the current record, which begins on `line`.
    fn take(&mut self, line: u64) {
        let record = self.records.current();
        self.outcome.read += 1;
        self.bytes += record.as_slice().len();
        if self.trailer_left > 0 {
            self.trailer_left -= 1;
            self.outcome.skipped += 1;
        } else if let Some(lines) = trailer_lines(&self.source, record) {
            self.trailer_left = lines - 1;
            self.outcome.skipped += 1;
        } else if !format::has_width(&self.source, record.len()) {
            let expected = format::widths(&self.source);
            let (name, found, cut_off) = (&self.source.name, record.len(), self.records.cut_off());
            let reason = format!("expected {expected} columns as {name} has, found {found}{cut_off}");
            self.outcome.rejects.add(line, reason, record);
        } else if format::is_header(&self.source, record) {
            self.outcome.skipped += 1;
        } else {
            match self.reading.push(record) {
                Ok(day) => self.count_day(Some(day)),
                Err(fault) => self.outcome.rejects.add(line, fault.to_string(), record),
            }
        }
    }

    /// Counts a row of `day`. Flows come in order, so the map of days is updated only when the day changes.
    fn count_day(&mut self, day: Option<Date>) {
        if day != self.last_day {
            if let Some(last) = self.last_day {
                *self.outcome.days.entry(last).or_default() += self.last_count;
            }
            self.new_days.extend(day.filter(|day| self.seen.insert(*day)));
            self.last_day = day;
            self.last_count = 0;
        }
        self.last_count += 1;
    }
}

/// The requested format, or else the one whose header the first record, on line `first`, is.
fn source<'a>(
    chosen: Chosen<'a>,
    file: &str,
    named: Option<&str>,
    first: Option<u64>,
    record: &csv::ByteRecord,
) -> Result<&'a Source> {
    match (named, first) {
        (Some(name), _) => {
            let source = format::named(chosen.model, name)?;
            format::require_no_other(chosen.model, source, file, record)?;
            Ok(source)
        }
        (None, Some(line)) => format::recognise(chosen.model, file, line, record),
        (None, None) => Err(Error::BadData(format!("{file}: the file is empty"))),
    }
}

/// An accumulator for each rollup of the raw table that the engine keeps.
fn accumulators(chosen: Chosen<'_>, rollups: &[&Table]) -> Result<Vec<Accumulator>> {
    let Some(raw) = chosen.model.raw_table() else { return Ok(Vec::new()) };
    rollups.iter().map(|rollup| Accumulator::new(rollup, raw)).collect()
}

fn trailer_lines(source: &Source, record: &csv::ByteRecord) -> Option<usize> {
    let (starts, lines) = source.trailer.as_ref()?;
    (record.get(0)?.trim_ascii() == starts.as_bytes()).then_some((*lines).max(1))
}

//! Parses text into batches of typed rows.

use flow_oa_files::{FileError, Progress};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::mpsc::SyncSender;

use flow_oa_core::pipeline::Reading;
use flow_oa_core::{Batch, Corrections, Date, Readings, Zone, address};
use flow_oa_schema::model::{Only, Source};

use crate::ReadOptions;
use crate::entries::{Entries, Next, next_of_json, next_of_zeek};
use crate::feed::{Feed, Hashing};
use crate::format::{self, Format};
use crate::header::Mapping;
use crate::printer::Printer;
use crate::replay::Replay;
use flow_oa_files::records::Layout;
use flow_oa_files::rejects::Rejects;
use flow_oa_site::{Error, Result};

/// Rows in a batch: enough that an engine's cost per batch, such as that of a COPY, is negligible.
const BATCH: usize = 16384;

/// Bytes of records in a batch: bounds the memory that long texts take.
const BATCH_BYTES: usize = 4 << 20;

/// What the parser sends to the writer.
pub enum Load {
    /// Days that first occur in the next batch.
    Days(Vec<Date>),
    /// Rows for the raw table.
    Raw {
        /// The rows.
        rows: Box<dyn Batch>,
        /// The line of each. Empty if nothing is expected of the rows.
        lines: Vec<u64>,
    },
}

/// What was read of a file.
pub struct Outcome {
    /// The name of the format.
    pub format: String,
    /// Records that were stored, rejected or skipped.
    pub read: u64,
    /// Blank lines, comments, headers, trailers and records that the format leaves out.
    pub skipped: u64,
    /// Records that could not be read.
    pub rejects: Rejects,
    /// The number of rows of each day.
    pub days: BTreeMap<Date, u64>,
    /// The hash of the decompressed content, in hexadecimal.
    pub content: String,
    /// The number of bytes of the decompressed content; `None` if a program printed it.
    pub bytes: Option<u64>,
    /// What was corrected in the rows.
    pub(crate) corrected: Corrections,
    /// What the program that printed the records reported.
    pub reported: Option<String>,
}

impl Outcome {
    /// What the user should know although the records were stored.
    pub fn warnings(&self) -> Vec<String> {
        self.corrected.warnings().chain(self.reported.clone()).collect()
    }
}

/// What a file holds at its start.
pub enum Begun {
    /// Rows, or records that are rejected.
    Records(Box<Parser>),
    /// Nothing but a header and records that are no rows.
    Nothing(Box<Outcome>),
}

/// Reads one file of a known format.
pub struct Parser {
    entries: Entries<Replay<Hashing>>,
    reading: Box<dyn Reading>,
    source: Source,
    printer: Option<Printer>,
    outcome: Outcome,
    /// The line of the record by which the format was recognized, if it holds data.
    first_data: Option<u64>,
    /// Lines at the start that an earlier ingest has read.
    known_lines: u64,
    /// Blank lines and comments among them.
    known_blank: Option<u64>,
    trailer_left: usize,
    /// The lines of the rows that are not handed over yet, if something is expected of them.
    lines: Option<Vec<u64>>,
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
    /// Reads a feed of a format up to its first record. The first `known_lines` are passed over.
    ///
    /// # Errors
    /// If the first record cannot be read.
    pub fn new(
        Format { chosen, source }: Format<'_>,
        mut feed: Feed<'_>,
        options: &ReadOptions,
        (command, known_lines): (&str, u64),
    ) -> Result<Self> {
        feed.text.go_on();
        let source = options.choices.applied(source)?;
        let mut reading = opened(Format { chosen, source: &source }, &source, feed.zone)?;
        let mut entries = Entries::new(feed.text, &source);
        let (mut headers, mut first_data) = (0, None);
        if let Entries::Delimited(text) = &mut entries {
            let first = text.records.next_record().map_err(|unread| FileError::unread(&feed.name, unread))?;
            let first = first.map(|(line, _)| line);
            match Mapping::of_header(&source, text.records.current()) {
                Ok(mapping) if first.is_some() => {
                    headers = u64::from(first.is_some_and(|line| line > known_lines));
                    text.mapping = mapping;
                }
                Ok(_) | Err(_) => first_data = first.filter(|line| *line > known_lines),
            }
        }
        reading.set_columns(entries.columns(&source));
        let is_expected = chosen.model.raw_table().is_some_and(|raw| raw.expectations().next().is_some());
        let lines = is_expected.then(Vec::new);
        let written_as = format::delimited(&source).map_or_else(|| Layout::from(b','), format::layout);
        let outcome = Outcome {
            format: source.name.clone(),
            read: headers,
            skipped: headers,
            rejects: Rejects::new(&feed.name, options.max_rejects, command).written_as(written_as),
            days: BTreeMap::new(),
            content: String::new(),
            bytes: None,
            corrected: Corrections::default(),
            reported: None,
        };
        Ok(Self {
            entries,
            reading,
            source,
            printer: feed.printer,
            outcome,
            first_data,
            known_lines,
            known_blank: (known_lines == 0).then_some(0),
            trailer_left: 0,
            lines,
            bytes: 0,
            seen: BTreeSet::new(),
            new_days: Vec::new(),
            last_day: None,
            last_count: 0,
        })
    }

    /// Reads up to the first row, or to the first record that is rejected.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub fn begin(mut self, progress: &Progress) -> Result<Begun> {
        loop {
            if !self.reading.is_empty() || self.outcome.rejects.count > 0 {
                return Ok(Begun::Records(Box::new(self)));
            }
            progress.go_on()?;
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return self.end().map(|outcome| Begun::Nothing(Box::new(outcome))),
                Err(error) => return Err(self.fault(error)),
            }
        }
    }

    /// Reads to the end and hands over batches. Stops early, without an error, if the receiver is gone.
    ///
    /// # Errors
    /// If the text cannot be read, or the program that prints it fails.
    pub fn run(mut self, to: &SyncSender<Load>, progress: &Progress) -> Result<Outcome> {
        loop {
            match self.advance() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => return Err(self.fault(error)),
            }
            let is_full = self.reading.len() >= BATCH || self.bytes >= BATCH_BYTES;
            if is_full && (!self.hand_over(to) || progress.is_interrupted()) {
                break;
            }
        }
        self.hand_over(to);
        self.end()
    }

    /// Reads the next record. Returns `false` at the end of the text.
    fn advance(&mut self) -> Result<bool> {
        match self.first_data.take() {
            Some(line) => {
                self.take_delimited(line);
                Ok(true)
            }
            None => self.take_next(),
        }
    }

    /// Whether something on a line is new: an earlier ingest may have read the first lines of a log.
    fn is_new(&mut self, line: u64) -> bool {
        if line > self.known_lines {
            let blank = self.entries.other_lines();
            self.known_blank.get_or_insert_with(|| blank.saturating_sub(line - 1 - self.known_lines));
        }
        line > self.known_lines
    }

    /// Completes the outcome at the end of the text.
    fn end(mut self) -> Result<Outcome> {
        self.count_day(None);
        let blank = self.entries.other_lines();
        let blank = blank - self.known_blank.unwrap_or(blank);
        self.outcome.read += blank;
        self.outcome.skipped += blank;
        self.outcome.corrected = self.reading.corrected();
        let text = self.entries.into_inner().into_inner();
        self.outcome.content = text.content();
        self.outcome.bytes = text.bytes();
        if let Some(printer) = self.printer {
            self.outcome.reported = printer.finish(&self.outcome.rejects.file)?;
        }
        Ok(self.outcome)
    }

    /// An error of reading, with what the program reported that prints the text.
    fn fault(self, error: Error) -> Error {
        match self.printer {
            Some(printer) => printer.fault(&self.outcome.rejects.file, error),
            None => error,
        }
    }

    /// Takes what comes next in the text. Returns whether anything did.
    fn take_next(&mut self) -> Result<bool> {
        let unread = |unread| Error::from(FileError::unread(&self.outcome.rejects.file, unread));
        let next = match &mut self.entries {
            Entries::Delimited(text) => {
                let Some((line, record)) = text.records.next_record().map_err(unread)? else {
                    return Ok(false);
                };
                let inner = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
                self.require_header_above(line..=line + inner)?;
                if self.is_new(line) {
                    self.take_delimited(line);
                } else {
                    self.pass_header();
                }
                return Ok(true);
            }
            Entries::Json(records) => next_of_json(records).map_err(unread)?,
            Entries::Zeek(records) => next_of_zeek(records, &self.source).map_err(unread)?,
        };
        match next {
            None => return Ok(false),
            Some(Next::Header(columns)) => {
                columns.into_iter().for_each(|columns| self.reading.set_columns(columns))
            }
            Some(Next::Record(line)) if self.is_new(line) => {
                self.outcome.read += 1;
                self.take_record(line);
            }
            Some(Next::Damaged(line, reason)) if self.is_new(line) => {
                self.outcome.read += 1;
                self.reject(line, reason);
            }
            Some(Next::Record(_) | Next::Damaged(..)) => {}
        }
        Ok(true)
    }

    /// Refuses the record on these lines if the last header in a comment above it has other columns.
    fn require_header_above(&mut self, record: RangeInclusive<u64>) -> Result<()> {
        let Entries::Delimited(text) = &mut self.entries else { return Ok(()) };
        let Some((line, names)) = text.headers.other_above(record) else { return Ok(()) };
        let (file, source) = (&self.outcome.rejects.file, &self.source);
        let after =
            format::delimited(source).and_then(|text| text.header_after.as_deref()).unwrap_or_default();
        Err(Error::BadData(format!(
            "{file}:{line}: the columns of the log change: the names after `{after}` are not the header of {}, as \
             which the file is read: expected {}, found {}: move this line and the records below it to another file",
            source.name,
            format::described(&csv::ByteRecord::from(source.header.clone())),
            format::described(&names)
        )))
    }

    /// Whether the receiver took the batch. Rows are dropped once too many records are rejected.
    fn hand_over(&mut self, to: &SyncSender<Load>) -> bool {
        self.bytes = 0;
        let batch = self.reading.take();
        if batch.is_empty() || self.outcome.rejects.are_too_many() {
            return true;
        }
        let days = std::mem::take(&mut self.new_days);
        let is_known = days.is_empty() || to.send(Load::Days(days)).is_ok();
        let lines = self.lines.as_mut().map(std::mem::take).unwrap_or_default();
        is_known && to.send(Load::Raw { rows: batch, lines }).is_ok()
    }

    /// Processes the current record of a delimited text, which begins on `line`.
    fn take_delimited(&mut self, line: u64) {
        let Entries::Delimited(text) = &mut self.entries else { return };
        let record = text.records.current();
        self.outcome.read += 1;
        if self.trailer_left > 0 {
            self.trailer_left -= 1;
            self.outcome.skipped += 1;
        } else if let Some(lines) = trailer_lines(&self.source, record) {
            self.trailer_left = lines - 1;
            self.outcome.skipped += 1;
        } else if let Some(mapping) = text.header(&self.source) {
            // A header may have fewer names than its records have fields: times that tshark prints hold a comma.
            self.outcome.skipped += 1;
            if mapping != text.mapping {
                self.reading.set_columns(mapping.columns.clone());
                text.mapping = mapping;
            }
        } else if is_left_out(&self.source, &text.mapping, record) {
            self.outcome.skipped += 1;
        } else if !text.mapping.has_width(record.len()) {
            let expected = text.mapping.widths();
            let (name, found, cut_off) = (&self.source.name, record.len(), text.records.cut_off());
            let reason = format!("expected {expected} columns as {name} has, found {found}{cut_off}");
            self.outcome.rejects.add(line, reason, record);
        } else {
            self.take_record(line);
        }
    }

    /// Takes the columns of the current record if it is a header that an earlier ingest has read.
    fn pass_header(&mut self) {
        let Entries::Delimited(text) = &mut self.entries else { return };
        if let Some(mapping) = text.header(&self.source).filter(|mapping| *mapping != text.mapping) {
            self.reading.set_columns(mapping.columns.clone());
            text.mapping = mapping;
        }
    }

    /// Makes a row of the current record, which begins on `line`.
    fn take_record(&mut self, line: u64) {
        let record = match &mut self.entries {
            Entries::Delimited(text) => text.arranged(),
            Entries::Json(records) => records.current(),
            Entries::Zeek(records) => records.current(),
        };
        self.bytes += record.as_slice().len();
        if !is_row(&self.source, record) {
            self.outcome.skipped += 1;
            return;
        }
        match self.reading.push(record) {
            Ok(day) => {
                self.count_day(Some(day));
                if let Some(lines) = &mut self.lines {
                    lines.push(line);
                }
            }
            Err(fault) => self.reject(line, fault.to_string()),
        }
    }

    /// Rejects the current record, or what stands in place of one.
    fn reject(&mut self, line: u64, reason: String) {
        let rejects = &mut self.outcome.rejects;
        match &self.entries {
            Entries::Delimited(text) => rejects.add(line, reason, text.records.current()),
            Entries::Json(records) => rejects.add_text(line, reason, || records.text()),
            Entries::Zeek(records) => rejects.add_text(line, reason, || records.text()),
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

/// Whether a record is none of the format's records, whatever the number of its fields: a line that a program prints
/// in place of records has only the field that says so.
pub(crate) fn is_left_out(source: &Source, mapping: &Mapping, record: &csv::ByteRecord) -> bool {
    let is_alone = record.len() == 1;
    source.only.iter().any(|condition| match condition {
        Only::NoneOf { field, values } => {
            let place = mapping.columns.places.get(*field).copied().flatten();
            let found = record.get(if is_alone { 0 } else { place.unwrap_or(usize::MAX) });
            let found = found.unwrap_or_default().trim_ascii();
            !found.is_empty() && values.iter().any(|value| value.as_bytes() == found)
        }
        Only::OneOf { .. } | Only::Address { .. } | Only::Any(_) | Only::Option { .. } => false,
    })
}

/// Whether a record meets the conditions of its format.
pub(crate) fn is_row(source: &Source, record: &csv::ByteRecord) -> bool {
    source.only.iter().all(|condition| meets(condition, record))
}

fn meets(condition: &Only, record: &csv::ByteRecord) -> bool {
    let found = |field: usize| record.get(field).unwrap_or_default().trim_ascii();
    let is_one =
        |field: usize, values: &[String]| values.iter().any(|value| value.as_bytes() == found(field));
    match condition {
        Only::OneOf { field, values } => is_one(*field, values),
        Only::NoneOf { field, values } => !is_one(*field, values),
        Only::Address { field } => {
            std::str::from_utf8(found(*field)).is_ok_and(|text| address::parse(text).is_some())
        }
        Only::Any(all) => all.iter().any(|condition| meets(condition, record)),
        // Options that were not chosen have no conditions.
        Only::Option { .. } => true,
    }
}

/// A reader of records of a format.
///
/// # Errors
/// If the pipeline has no compiled raw table, or the format does not read one of its columns.
pub(crate) fn opened(format: Format<'_>, source: &Source, zone: Zone) -> Result<Box<dyn Reading>> {
    let raw = format.chosen.compiled.raw;
    let opened = raw.and_then(|raw| Some(raw.open(Readings::new(source, raw.inputs(), zone)?)));
    opened.ok_or_else(|| {
        Error::Internal(format!("the raw table of the format {:?} was not compiled", source.name))
    })
}

fn trailer_lines(source: &Source, record: &csv::ByteRecord) -> Option<usize> {
    let (starts, lines) = source.trailer.as_ref()?;
    (record.get(0)?.trim_ascii() == starts.as_bytes()).then_some((*lines).max(1))
}

//! The readers, without databases and files.

use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::sync::mpsc::sync_channel;

use flow_oa_context::{GeoSource, ListOptions, ListSource, NetworkSource};
use flow_oa_core::{Answers, Batch, ContextError, ContextSource, Contexts, Date, Subject, Zone};
use flow_oa_files::rejects::Rejects;
use flow_oa_files::text::{self, Lines};
use flow_oa_files::{FileError, Progress};
use flow_oa_raw::{Extent, Feed, Load, Parser, ReadOptions, recognize};
use flow_oa_runtime::day::results;
use flow_oa_site::Result;
use flow_oa_site::deployment::{Choices, Chosen};

/// The name of the text in messages.
const NAME: &str = "text";

/// The outcome of reading a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Came {
    /// The number of records and lines read.
    pub(crate) read: u64,
    /// The number of blank lines, headers and trailers among them.
    pub(crate) skipped: u64,
    /// The number of records that could not be read.
    pub(crate) rejected: u64,
    /// The lines of the first rejected records.
    pub(crate) rejected_lines: Vec<u64>,
    /// The rows in the order of their table's columns, each value as written to a file.
    pub(crate) rows: Vec<Vec<String>>,
    /// The number of rows of each day.
    pub(crate) days: Vec<(Date, u64)>,
}

/// The capacity of the channel, whose batches are received only at the end: enough for a text of some megabytes.
const WAITING: usize = 64;

/// Reads a text of the raw format `format`, or of the format that is recognized.
///
/// # Errors
/// Those of an ingest.
pub(crate) fn raw(
    chosen: Chosen<'_>,
    format: Option<&str>,
    text: impl Read + Send + 'static,
) -> Result<Came> {
    let options = ReadOptions {
        format: format.map(str::to_owned),
        choices: Choices::default(),
        max_rejects: u64::MAX,
        zone: Zone::utc(),
    };
    let mut feed = Feed::text(NAME, text, Extent::Whole, &options)?;
    let format = recognize(&chosen.into(), &mut feed, &options)?;
    let parser = Parser::new(format, feed, &options, ("", 0))?;
    let (sender, receiver) = sync_channel(WAITING);
    let outcome = parser.run(&sender, &Progress::default())?;
    drop(sender);
    Ok(Came {
        read: outcome.read,
        skipped: outcome.skipped,
        rejected: outcome.rejects.count,
        rejected_lines: lines(&outcome.rejects),
        rows: receiver.into_iter().flat_map(|load| raw_rows(&load)).collect(),
        days: outcome.days.into_iter().collect(),
    })
}

fn raw_rows(load: &Load) -> Vec<Vec<String>> {
    match load {
        Load::Raw { rows, .. } => texts(&**rows),
        Load::Days(_) => Vec::new(),
    }
}

/// Reads the first `limit` records of a results file, without context, for a run of `day`.
///
/// # Errors
/// Those of a run.
pub(crate) fn results(
    chosen: Chosen<'_>,
    text: impl Read + Send + 'static,
    limit: u64,
    day: Date,
) -> Result<Came> {
    let text = text::decompressed(text)
        .map_err(|error| FileError::unopened("reading", Path::new(NAME), &error, ""))?;
    let read = results::read_text(chosen, text, limit, Rejects::new(NAME, u64::MAX, ""))?;
    let rows = texts(&*read.rows.score(day, &Contexts::default()));
    Ok(Came {
        read: read.records + read.skipped,
        skipped: read.skipped,
        rejected: read.rejects.count,
        rejected_lines: lines(&read.rejects),
        days: vec![(day, rows.len() as u64)],
        rows,
    })
}

/// The kinds of context files.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List {
    /// The site's own address ranges.
    Ranges,
    /// Names of addresses, networks and ranges.
    Names,
    /// Geolocation.
    Geo,
    /// A reputation list.
    Reputation,
}

/// The values that a context file has for `addresses`, which must be distinct and ascending.
///
/// # Errors
/// Those of a run.
pub(crate) fn context(
    list: List,
    text: impl Read + Send + 'static,
    addresses: &[IpAddr],
) -> std::result::Result<Vec<Answers>, ContextError> {
    let path = Path::new(NAME);
    let text = text::decompressed(text).map_err(|error| ContextError::Read {
        what: "it",
        path: path.into(),
        error,
    })?;
    let mut source: Box<dyn ContextSource> = match list {
        List::Ranges => Box::new(NetworkSource::of(Some((path, Lines::of(text))), None)?),
        List::Names => Box::new(NetworkSource::of(None, Some((path, Lines::of(text))))?),
        List::Geo => Box::new(GeoSource::of(path, Lines::of(text))),
        List::Reputation => Box::new(ListSource::of("list", path, text, ListOptions::default())?),
    };
    let mut subjects: Vec<Subject> = addresses.iter().copied().map(Subject::address).collect();
    source.answer(&mut subjects)?;
    Ok(subjects.into_iter().map(|it| it.answers).collect())
}

/// The values of `batch` as texts.
fn texts(batch: &dyn Batch) -> Vec<Vec<String>> {
    let mut cells = Vec::new();
    let mut row = |index| {
        batch.cells(index, &mut cells);
        cells.iter().map(|cell| cell.to_text().to_string()).collect()
    };
    (0..batch.len()).map(&mut row).collect()
}

/// The lines of the first rejected records.
fn lines(rejects: &Rejects) -> Vec<u64> {
    rejects.first().iter().map(|it| it.line).collect()
}

//! Ways into the readers that lead past databases and files, for the fuzz targets and the replay of their
//! corpus (`tests/fuzz`). No command uses them.

use flow_oa_files::FileError;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;

use flow_oa_core::{Answers, Batch, ContextError, ContextSource, Contexts, Date, Subject};

pub use crate::ingest::trial::raw;
pub use flow_oa_core;

use crate::deployment::Chosen;
use crate::error::Result;
use crate::results;
use flow_oa_context::{GeoSource, ListOptions, ListSource, NetworkSource};
use flow_oa_files::rejects::Rejects;
use flow_oa_files::text::{self, Lines};

/// By which messages call a text.
pub const NAME: &str = "text";

/// What became of the records of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Came {
    /// Records and lines read.
    pub read: u64,
    /// Of these, blank lines, headers and trailers.
    pub skipped: u64,
    /// Of these, records that could not be read.
    pub rejected: u64,
    /// The lines of the first of them.
    pub rejected_lines: Vec<u64>,
    /// The rows in the order of their table's columns, each value as it is written into a file.
    pub rows: Vec<Vec<String>>,
    /// Rows of each day.
    pub days: Vec<(Date, u64)>,
}

/// The values of `batch` as texts.
pub(crate) fn texts(batch: &dyn Batch) -> Vec<Vec<String>> {
    let mut cells = Vec::new();
    let mut row = |index| {
        batch.cells(index, &mut cells);
        cells.iter().map(|it| it.to_text().to_string()).collect()
    };
    (0..batch.len()).map(&mut row).collect()
}

/// The lines of the first rejected records.
pub(crate) fn lines(rejects: &Rejects) -> Vec<u64> {
    rejects.first().iter().map(|it| it.line).collect()
}

/// Reads the first `limit` records of a results file, without context, for a run of `day`.
///
/// # Errors
/// As a run has them.
pub fn results(chosen: Chosen<'_>, text: impl Read + Send + 'static, limit: u64, day: Date) -> Result<Came> {
    let text =
        text::decompressed(text).map_err(|it| FileError::unopened("reading", Path::new(NAME), &it, ""))?;
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
pub enum List {
    /// The site's own ranges.
    Ranges,
    /// Names of addresses, networks and ranges.
    Names,
    /// Geolocation.
    Geo,
    /// A reputation list.
    Reputation,
}

/// What a context file says of `addresses`, which are distinct and ascending.
///
/// # Errors
/// As a run has them.
pub fn context(
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
    let subject = |ip: &IpAddr| Subject { ip: *ip, answers: Answers::default() };
    let mut subjects: Vec<Subject> = addresses.iter().map(subject).collect();
    source.answer(&mut subjects)?;
    Ok(subjects.into_iter().map(|it| it.answers).collect())
}

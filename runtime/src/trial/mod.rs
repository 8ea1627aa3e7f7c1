//! Entry points to the readers without databases and files, for the fuzz targets and the replay of their corpus
//! (`tests/fuzz`). No command uses them.

mod outcome;
mod raw;

use flow_oa_files::FileError;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;

use flow_oa_core::{Answers, ContextError, ContextSource, Contexts, Date, Subject};

pub use outcome::{Came, NAME};
pub use raw::raw;

pub use flow_oa_core;
use outcome::{lines, texts};

use crate::day::results;
use flow_oa_context::{GeoSource, ListOptions, ListSource, NetworkSource};
use flow_oa_files::rejects::Rejects;
use flow_oa_files::text::{self, Lines};
use flow_oa_site::Result;
use flow_oa_site::deployment::Chosen;

/// Reads the first `limit` records of a results file, without context, for a run of `day`.
///
/// # Errors
/// Those of a run.
pub fn results(chosen: Chosen<'_>, text: impl Read + Send + 'static, limit: u64, day: Date) -> Result<Came> {
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
pub enum List {
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
    let mut subjects: Vec<Subject> = addresses.iter().copied().map(Subject::address).collect();
    source.answer(&mut subjects)?;
    Ok(subjects.into_iter().map(|it| it.answers).collect())
}

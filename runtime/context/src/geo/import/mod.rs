//! Creates a file in the format of Spot's `iploc.csv` from the CSV files of geolocation providers.
//!
//! Each input supplies ranges with their place or with their owner; both are merged by splitting ranges. Overlaps
//! within an input are resolved by the usual rule: the narrowest range wins, then the first. The first invalid line
//! stops the import with its place, and the output is written completely or not at all.
//!
//! # Decisions
//!
//! - **An import writes ranges that do not overlap**: places and owners are each swept into steps, and both lists are
//!   traversed together. IPv6 addresses below 2^32 have no integer in the format and are skipped.

mod countries;
mod formats;

use std::collections::HashMap;
use std::io::{self, BufRead as _, Read as _};
use std::path::{Path, PathBuf};

use super::sweep::{Range, Step, Sweep};
use crate::ranges::{IpRange, number};
use flow_oa_files::atomic::{Foreign, write_whole};
use flow_oa_files::text::{self, Lines};
use flow_oa_files::{FileError, Progress};
use flow_oa_schema::printable;
pub use formats::Format;

/// The first integer that is an IPv6 address. Lower IPv6 addresses cannot be written in the format.
const SIX: u128 = 1 << 32;

/// The number of lines between two checks for an interrupt.
const PATIENCE: u64 = 1 << 16;

/// The result of an import.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// The file that was written.
    pub out: PathBuf,
    /// The number of lines with data that were read.
    pub read: u64,
    /// The number of ranges that were written.
    pub ranges: u64,
    /// The lines that were skipped since they cannot be read: the first of them, each with its place and the reason.
    pub rejects: Vec<String>,
    /// The number of lines that were skipped.
    pub rejected: u64,
}

/// Reads `inputs`, which all have one format and may be plain, gzip or zstd, and writes `out`. `foreign` decides what
/// happens to an existing file that no import wrote. Up to `max_rejects` lines that cannot be parsed are skipped.
///
/// # Errors
/// The first line beyond these that cannot be parsed, or if a file cannot be read or written. Nothing is written then.
pub fn import(
    format: Format,
    inputs: &[PathBuf],
    out: &Path,
    foreign: Foreign,
    max_rejects: u64,
    progress: &Progress,
) -> Result<Imported> {
    let mut import = Import { max_rejects, ..Import::default() };
    for path in format.ordered(inputs)? {
        import.read_file(format, path, progress)?;
    }
    let (places, owners) = (import.places.steps(), import.owners.steps());
    if places.is_empty() && owners.is_empty() {
        return Err(FileError::BadData("the inputs have no range; nothing was written".to_owned()).into());
    }
    if foreign == Foreign::Refuse {
        require_imported(out)?;
    }
    let mut ranges = 0;
    write_whole(out, |file| {
        joined(&places, &owners, |first, last, place, owner| {
            ranges += 1;
            let (place, owner) = (import.places.text(place), import.owners.text(owner));
            writeln!(file, "\"{first}\",\"{last}\",{place},{owner},\"-\"")
        })
    })?;
    let Import { read, rejects, rejected, .. } = import;
    Ok(Imported { out: out.to_owned(), read, ranges, rejects, rejected })
}

/// Refuses to replace a file that no import wrote. In a file of an import, every line is quoted and ends with an
/// unknown domain.
///
/// # Errors
/// If `out` is a file that no import wrote.
fn require_imported(out: &Path) -> Result<()> {
    if !out.is_file() {
        return Ok(());
    }
    let fault = |error| FileError::Write { path: out.to_owned(), error };
    let mut file = io::BufReader::new(std::fs::File::open(out).map_err(fault)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line of an import is far shorter.
        let read = (&mut file).take(LONGEST).read_until(b'\n', &mut line).map_err(fault)?;
        if read == 0 {
            return Ok(());
        }
        if !(line.starts_with(b"\"") && line.ends_with(b",\"-\"\n")) {
            let found = "it exists, and `geo import` did not write it. Write to another file with --out, or replace it with \
                         --replace";
            return Err(fault(io::Error::new(io::ErrorKind::AlreadyExists, found)).into());
        }
    }
}

/// More bytes than a line of an import has.
const LONGEST: u64 = 1 << 20;

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Inputs that cannot be combined.
    #[error("{0}")]
    Usage(String),
    /// An input that cannot be read, or an output that cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

type Result<T> = std::result::Result<T, ImportError>;

/// What has been read so far.
#[derive(Default)]
struct Import {
    places: Layer<6>,
    owners: Layer<1>,
    /// Places by the `geoname_id` in MaxMind's blocks.
    known: HashMap<u64, [String; 4]>,
    read: u64,
    max_rejects: u64,
    rejects: Vec<String>,
    rejected: u64,
}

/// The most skipped lines that are listed.
const LISTED: usize = 20;

impl Import {
    fn read_file(&mut self, format: Format, path: &Path, progress: &Progress) -> Result<()> {
        let text = text::open(path).map_err(|error| FileError::unopened("reading", path, &error, ""))?;
        let at = |line, reason: &str| format!("{}:{line}: {reason}", printable::path(path));
        let fault =
            |line, reason: String| FileError::BadData(format!("{}; nothing was written", at(line, &reason)));
        let (mut lines, mut layout) = (Lines::of(text), None);
        while let Some(line) = lines.next_line().map_err(|error| fault(error.line, error.reason))? {
            if self.read.is_multiple_of(PATIENCE) {
                progress.go_on()?;
            }
            let number = line.number;
            let taken = crate::text(line.text).and_then(|line| {
                let fields = text::fields(line, b',')?;
                let fields: Vec<&str> = fields.iter().map(|field| field.trim()).collect();
                format.take(&mut layout, &fields, self)
            });
            match taken {
                Ok(is_data) => self.read += u64::from(is_data),
                Err(reason) if self.rejected < self.max_rejects => {
                    self.rejected += 1;
                    if self.rejects.len() < LISTED {
                        self.rejects.push(at(number, &reason));
                    }
                }
                Err(reason) => {
                    let all = self.rejected + 1;
                    return Err(
                        fault(number, format!("{reason}, or skip it with --max-rejects {all}")).into()
                    );
                }
            }
        }
        Ok(())
    }
}

/// Ranges with one kind of data, in `N` fields.
struct Layer<const N: usize> {
    ranges: Vec<Range>,
    /// The numbers of the texts, by the text as it is written to the output.
    numbers: HashMap<String, u32, foldhash::fast::FixedState>,
    texts: Vec<String>,
}

impl<const N: usize> Default for Layer<N> {
    fn default() -> Self {
        Self { ranges: Vec::new(), numbers: HashMap::default(), texts: Vec::new() }
    }
}

impl<const N: usize> Layer<N> {
    fn add(&mut self, range: IpRange, fields: [&str; N]) -> std::result::Result<(), String> {
        let (mut first, last) = (number(range.first()), number(range.last()));
        if range.first().is_ipv6() {
            if last < SIX {
                return Ok(());
            }
            first = first.max(SIX);
        }
        let text = quoted(&fields);
        let next = u32::try_from(self.texts.len()).map_err(|_| too_many())?;
        let says = match self.numbers.get(&text) {
            Some(number) => *number,
            None => {
                self.texts.push(text.clone());
                self.numbers.insert(text, next);
                next
            }
        };
        let number = u32::try_from(self.ranges.len()).map_err(|_| too_many())?;
        self.ranges.push(Range { first, number, last, says: (says, 0) });
        Ok(())
    }

    /// The addresses from which each text applies.
    fn steps(&mut self) -> Vec<(u128, Option<u32>)> {
        let mut ranges = std::mem::take(&mut self.ranges);
        ranges.sort_unstable();
        let (mut sweep, mut steps) = (Sweep::default(), Vec::new());
        let mut take = |(from, says): Step| {
            steps.push((from, says.map(|it| it.0)));
            Ok::<(), std::convert::Infallible>(())
        };
        for range in ranges {
            let Ok(()) = sweep.come_to(range, &mut take);
        }
        let Ok(()) = sweep.end(&mut take);
        steps
    }

    fn text(&self, number: Option<u32>) -> String {
        let known = number.and_then(|number| self.texts.get(number as usize));
        known.cloned().unwrap_or_else(|| quoted(&[""; N]))
    }
}

fn too_many() -> String {
    "there are more than 4,294,967,295 ranges: import them in parts".to_owned()
}

/// Fields as they are written to the output: in quotes, with `-` for an unknown value.
fn quoted(fields: &[&str]) -> String {
    let field = |text: &&str| {
        format!("\"{}\"", if text.is_empty() { "-".to_owned() } else { text.replace('"', "\"\"") })
    };
    fields.iter().map(field).collect::<Vec<_>>().join(",")
}

/// Traverses both lists of steps together, and passes on every range with a place or an owner.
fn joined(
    places: &[(u128, Option<u32>)],
    owners: &[(u128, Option<u32>)],
    mut give: impl FnMut(u128, u128, Option<u32>, Option<u32>) -> io::Result<()>,
) -> io::Result<()> {
    let (mut places, mut owners) = (places.iter().peekable(), owners.iter().peekable());
    let (mut place, mut owner) = (None, None);
    loop {
        let from = [places.peek(), owners.peek()].into_iter().flatten().map(|it| it.0).min();
        let Some(from) = from else { return Ok(()) };
        if let Some((_, says)) = places.next_if(|place| place.0 == from) {
            place = *says;
        }
        if let Some((_, says)) = owners.next_if(|owner| owner.0 == from) {
            owner = *says;
        }
        let next = [places.peek(), owners.peek()].into_iter().flatten().map(|it| it.0).min();
        let last = next.map_or(u128::MAX, |next| next - 1);
        if place.is_none() && owner.is_none() {
            continue;
        }
        if from < SIX && last >= SIX {
            give(from, SIX - 1, place, owner)?;
            give(SIX, last, place, owner)?;
        } else {
            give(from, last, place, owner)?;
        }
    }
}

#[cfg(test)]
mod tests;

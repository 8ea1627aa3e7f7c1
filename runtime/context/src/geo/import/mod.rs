//! Makes a file in the format of Spot's `iploc.csv` from what providers of geolocation publish as CSV.
//!
//! Each input gives ranges with their place, or with their owner; both are put together by splitting ranges. What
//! overlaps within an input is resolved as everywhere: the narrowest wins, then the first. The first bad line stops it
//! with its place, and the output is there whole or not at all.
//!
//! # Decisions
//!
//! - **An import writes ranges that do not overlap**: places and owners are each swept into steps, and both are walked
//!   together. IPv6 addresses below 2^32 have no integer in the format and are left out.

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

/// The first integer that is an address of IPv6. Those of its addresses that are below it, no line can say.
const SIX: u128 = 1 << 32;

/// Lines between two looks at whether somebody interrupted.
const PATIENCE: u64 = 1 << 16;

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Imported {
    /// The file that was written.
    pub out: PathBuf,
    /// Lines with data that were read.
    pub read: u64,
    /// Ranges that were written.
    pub ranges: u64,
}

/// Reads `inputs`, which are of one format, plain, gzip or zstd, and writes `out`; what becomes of a file there that no
/// import wrote, `foreign` says.
///
/// # Errors
/// The first line that cannot be understood, and a file that cannot be read or written; nothing is written then.
pub fn import(
    format: Format,
    inputs: &[PathBuf],
    out: &Path,
    foreign: Foreign,
    progress: &Progress,
) -> Result<Imported> {
    let mut import = Import::default();
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
    Ok(Imported { out: out.to_owned(), read: import.read, ranges })
}

/// Refuses to replace a file that no import wrote: all of its lines are quoted and end with a domain that is not known.
///
/// # Errors
/// Where `out` is such a file.
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
    /// Inputs that do not go together.
    #[error("{0}")]
    Usage(String),
    /// An input that cannot be read, or an output that cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
}

type Result<T> = std::result::Result<T, ImportError>;

/// What was read so far.
#[derive(Default)]
struct Import {
    places: Layer<6>,
    owners: Layer<1>,
    /// Places by the number that MaxMind's blocks call them by.
    known: HashMap<u64, [String; 4]>,
    read: u64,
}

impl Import {
    fn read_file(&mut self, format: Format, path: &Path, progress: &Progress) -> Result<()> {
        let text = text::open(path).map_err(|error| FileError::unopened("reading", path, &error, ""))?;
        let fault = |line, reason: String| {
            FileError::BadData(format!("{}:{line}: {reason}; nothing was written", printable::path(path)))
        };
        let (mut lines, mut layout) = (Lines::of(text), None);
        while let Some(line) = lines.next_line().map_err(|it| fault(it.line, it.reason))? {
            if self.read.is_multiple_of(PATIENCE) {
                progress.go_on()?;
            }
            let number = line.number;
            let taken = crate::text(line.text).and_then(|it| {
                let fields = text::fields(it, b',')?;
                let fields: Vec<&str> = fields.iter().map(|it| it.trim()).collect();
                format.take(&mut layout, &fields, self)
            });
            self.read += u64::from(taken.map_err(|reason| fault(number, reason))?);
        }
        Ok(())
    }
}

/// Ranges that say one kind of thing, in `N` fields.
struct Layer<const N: usize> {
    ranges: Vec<Range>,
    /// Numbers of what is said, as it is written.
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

    /// From which address on which text holds.
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
        let known = number.and_then(|it| self.texts.get(it as usize));
        known.cloned().unwrap_or_else(|| quoted(&[""; N]))
    }
}

fn too_many() -> String {
    "there are more than 4,294,967,295 ranges: import them in parts".to_owned()
}

/// Fields as they are written: in quotes, and `-` for what is not known.
fn quoted(fields: &[&str]) -> String {
    let field =
        |it: &&str| format!("\"{}\"", if it.is_empty() { "-".to_owned() } else { it.replace('"', "\"\"") });
    fields.iter().map(field).collect::<Vec<_>>().join(",")
}

/// Goes through both lines of steps together, and gives every range of which something is known.
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
        if let Some((_, says)) = places.next_if(|it| it.0 == from) {
            place = *says;
        }
        if let Some((_, says)) = owners.next_if(|it| it.0 == from) {
            owner = *says;
        }
        let next = [places.peek(), owners.peek()].into_iter().flatten().map(|it| it.0).min();
        let last = next.map_or(u128::MAX, |it| it - 1);
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

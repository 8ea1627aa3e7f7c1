//! Lists of addresses, networks, host names and URLs: the part that all formats share. Each format has its own module.
//!
//! A line-based list is read line by line, a JSON document as a whole; both become ranges and names in memory.

mod entry;
mod json;
mod lines;
mod pattern;

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, ContextSource, Evidence, Observable, Subject, Text as Name};
use flow_oa_settings::{DeclaredDoc, ListFormat};

use super::add;
use super::threat::{Threat, Verdict};
use crate::evidence::{Best, evidence};
use crate::ranges::IpRange;
use crate::review::Review;
use crate::{Reviewed, read_lines};
pub(super) use entry::is_host;
use entry::{Entry, Listed};
use flow_oa_files::text::{self, Lines, Text};
use lines::Reader;

const WHAT: &str = "reputation list";

/// How a list is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOptions {
    /// The format; `None` if it is detected from the start of the file.
    pub(super) format: Option<ListFormat>,
    /// The threat level of entries that state none.
    pub(super) label: Option<Threat>,
    /// The number of block lists from which an entry is MEDIUM, and HIGH.
    pub(super) medium: u32,
    pub(super) high: u32,
}

impl Default for ListOptions {
    fn default() -> Self {
        Self { format: None, label: None, medium: 3, high: 5 }
    }
}

impl ListOptions {
    /// The options that the settings declare.
    pub fn of(doc: &DeclaredDoc) -> Self {
        let (default, given) = (Self::default(), doc.thresholds.clone().unwrap_or_default());
        Self {
            format: doc.format,
            label: doc.label.map(Threat::from),
            medium: given.medium.unwrap_or(default.medium),
            high: given.high.unwrap_or(default.high),
        }
    }

    /// The threat level of an entry on this many block lists.
    fn counted(&self, lists: u32) -> Threat {
        match lists {
            0 => Threat::None,
            it if it >= self.high => Threat::High,
            it if it >= self.medium => Threat::Medium,
            _ => Threat::Low,
        }
    }
}

enum Content {
    /// The lines, and the last comment before them.
    Lines(Lines, Option<String>),
    Json(Vec<Numbered>),
}

/// An object or text of a JSON document: its number, from 1, and its entries, or why it cannot be parsed.
struct Numbered {
    number: u64,
    found: Result<Vec<(Entry, Verdict)>, String>,
}

/// The bytes at the start of a list that show its format.
const START: u64 = 16 * 1024;

impl Content {
    fn of(path: &Path, mut text: Text, options: &ListOptions) -> Result<Self, ContextError> {
        let mut start = Vec::new();
        text.by_ref().take(START).read_to_end(&mut start).map_err(|error| unread(path, error))?;
        let shown = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&start);
        let looks_json = shown.trim_ascii_start().first() == Some(&b'{');
        let comment = last_comment(shown);
        let text: Text = Box::new(Cursor::new(start).chain(text));
        match options.format {
            Some(ListFormat::Stix | ListFormat::Misp) => json::read(path, text, options).map(Self::Json),
            None if looks_json => json::read(path, text, options).map(Self::Json),
            _ => Ok(Self::Lines(Lines::of(text), comment)),
        }
    }
}

/// The last comment before the first line of a text, of whose start this is a part.
fn last_comment(start: &[u8]) -> Option<String> {
    let lines = start.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let comments = lines.take_while(|line| line.is_empty() || line.starts_with(b"#"));
    comments.filter(|line| !line.is_empty()).last().map(|line| String::from_utf8_lossy(line).into_owned())
}

fn unread(path: &Path, error: std::io::Error) -> ContextError {
    ContextError::Read { what: WHAT, path: path.to_owned(), error }
}

/// The list of one reputation service.
pub struct ListSource {
    service: String,
    path: PathBuf,
    options: ListOptions,
    listed: Listed,
}

impl ListSource {
    /// Reads the list at `path`; `service` is the name that prefixes its verdicts.
    ///
    /// # Errors
    /// The first line or entry that cannot be parsed, or if the file cannot be read.
    pub fn open(service: &str, path: &Path, options: ListOptions) -> Result<Self, ContextError> {
        let text = text::open(path).map_err(|error| unread(path, error))?;
        Self::of(service, path, text, options)
    }

    /// The same for a list that is already open.
    pub fn of(service: &str, path: &Path, text: Text, options: ListOptions) -> Result<Self, ContextError> {
        let mut entries = Vec::new();
        match Content::of(path, text, &options)? {
            Content::Lines(lines, comment) => {
                let mut reader = Reader::new(&options, comment);
                read_lines(path, lines, |line, _| {
                    entries.extend(reader.take(line)?);
                    Ok(())
                })?;
            }
            Content::Json(found) => {
                for Numbered { number, found } in found {
                    entries.extend(found.map_err(|error| bad_entry(path, number, &error))?);
                }
            }
        }
        let listed = entries.into_iter().collect();
        Ok(Self { service: service.to_owned(), path: path.to_owned(), options, listed })
    }
}

/// An error in an entry, which has a number in its file and no line.
fn bad_entry(path: &Path, number: u64, reason: &str) -> ContextError {
    let reason = std::io::Error::new(std::io::ErrorKind::InvalidData, format!("entry {number}: {reason}"));
    unread(path, reason)
}

/// Checks every entry of a list.
pub(super) fn review(path: &Path, options: &ListOptions) -> Reviewed {
    Reviewed::of(WHAT, path, gone_through(path, options))
}

fn gone_through(path: &Path, options: &ListOptions) -> Result<Reviewed, ContextError> {
    let text = text::open(path).map_err(|error| unread(path, error))?;
    let (mut ranges, mut names) = (Vec::<(IpRange, u64)>::new(), Vec::<(Name, u64)>::new());
    let mut keep = |entry: Entry, place: u64| match entry {
        Entry::Range(range) => ranges.push((range, place)),
        Entry::Name(name) => names.push((name, place)),
    };
    let mut review = Review::new(WHAT, path);
    match Content::of(path, text, options)? {
        Content::Lines(lines, comment) => {
            let mut reader = Reader::new(options, comment);
            review.go_through(lines, |line, number| {
                let found = reader.take(line)?.map(|(entry, _)| keep(entry, number));
                Ok(u64::from(found.is_some()))
            });
        }
        Content::Json(found) => {
            for Numbered { number, found } in found {
                let found = found.map(|found| found.into_iter().for_each(|(entry, _)| keep(entry, number)));
                review.count_entry(number, found);
            }
        }
    }
    if ranges.is_empty() && names.is_empty() && review.has_no_fault() {
        let message = "no entry gives an address or a name, so the list has no effect: get the file again, or name another";
        review.warn(0, message.to_owned());
    }
    review.overlaps(ranges);
    review.repeated(names);
    Ok(review.done())
}

impl ContextSource for ListSource {
    fn name(&self) -> &'static str {
        "reputation"
    }

    fn origin(&self) -> String {
        format!("{} ({})", self.path.display(), self.service)
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        for Subject { of, answers } in subjects {
            if let Some(verdict) = self.listed.get(of) {
                add(&mut answers.reputation, &self.service, verdict);
            }
        }
        Ok(())
    }

    fn explain(&mut self, of: &Observable, _earlier: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        let text = text::open(&self.path).map_err(|error| unread(&self.path, error))?;
        let mut best = Best::default();
        let mut offer = |(entry, verdict): (Entry, Verdict), place: &str| {
            let says = || vec![("verdict", format!("{}:{verdict}", self.service))];
            if let Some(rank) = entry.rank(of) {
                best.offer(rank, || evidence(&self.path, place, &entry, says()));
            }
        };
        match Content::of(&self.path, text, &self.options)? {
            Content::Lines(lines, comment) => {
                let mut reader = Reader::new(&self.options, comment);
                read_lines(&self.path, lines, |line, number| {
                    if let Some(listed) = reader.take(line)? {
                        offer(listed, &format!("line {number}"));
                    }
                    Ok(())
                })?;
            }
            Content::Json(found) => {
                for Numbered { number, found } in found {
                    let found = found.map_err(|error| bad_entry(&self.path, number, &error))?;
                    found.into_iter().for_each(|listed| offer(listed, &format!("entry {number}")));
                }
            }
        }
        Ok(best.found().into_iter().collect())
    }
}

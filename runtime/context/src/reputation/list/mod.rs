//! Lists of addresses and networks: the part that all formats share. Each format has its own module.
//!
//! A line-based list is read line by line, a JSON document as a whole; both become ranges in memory.

mod json;
mod lines;
mod pattern;

use std::io::BufRead as _;
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, ContextSource, Evidence, Subject};
use flow_oa_settings::{DeclaredDoc, ListFormat};

use super::add;
use super::threat::Threat;
use crate::evidence::Finder;
use crate::ranges::{IpRange, Ranges};
use crate::review::Review;
use crate::{Reviewed, read_lines};
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
    Lines(Lines),
    Json(Vec<Entry>),
}

/// An entry of a JSON document: its number, from 1, and its ranges, or why it cannot be parsed.
struct Entry {
    number: u64,
    found: Result<Vec<(IpRange, Threat)>, String>,
}

impl Content {
    fn of(path: &Path, mut text: Text, options: &ListOptions) -> Result<Self, ContextError> {
        let start = text.fill_buf().map_err(|error| unread(path, error))?;
        let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
        let looks_json = start.trim_ascii_start().first() == Some(&b'{');
        match options.format {
            Some(ListFormat::Stix | ListFormat::Misp) => json::read(path, text, options).map(Self::Json),
            None if looks_json => json::read(path, text, options).map(Self::Json),
            _ => Ok(Self::Lines(Lines::of(text))),
        }
    }
}

fn unread(path: &Path, error: std::io::Error) -> ContextError {
    ContextError::Read { what: WHAT, path: path.to_owned(), error }
}

/// The list of one reputation service.
pub struct ListSource {
    service: String,
    path: PathBuf,
    options: ListOptions,
    listed: Ranges<Threat>,
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
            Content::Lines(lines) => {
                let mut reader = Reader::new(&options);
                read_lines(path, lines, |line, _| {
                    entries.extend(reader.take(line)?);
                    Ok(())
                })?;
            }
            Content::Json(found) => {
                for Entry { number, found } in found {
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
    let mut entries = Vec::new();
    let mut review = Review::new(WHAT, path);
    match Content::of(path, text, options)? {
        Content::Lines(lines) => {
            let mut reader = Reader::new(options);
            review.go_through(lines, |line, number| {
                entries.extend(reader.take(line)?.map(|(range, _)| (range, number)));
                Ok(())
            });
        }
        Content::Json(found) => {
            for Entry { number, found } in found {
                review.count_entry(
                    number,
                    found.map(|found| entries.extend(found.into_iter().map(|(range, _)| (range, number)))),
                );
            }
        }
    }
    review.overlaps(entries);
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
        for Subject { ip, answers } in subjects {
            if let Some(threat) = self.listed.get(*ip) {
                add(&mut answers.reputation, &self.service, threat);
            }
        }
        Ok(())
    }

    fn explain(&mut self, ip: std::net::IpAddr, _told: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        let says = |threat: Threat| vec![("verdict", format!("{}:{threat}", self.service))];
        let text = text::open(&self.path).map_err(|error| unread(&self.path, error))?;
        let finder = Finder::of(ip);
        let finder = match Content::of(&self.path, text, &self.options)? {
            Content::Lines(lines) => {
                let mut reader = Reader::new(&self.options);
                finder.read_from(&self.path, lines, |line| {
                    Ok(reader.take(line)?.map(|(range, threat)| (range, says(threat))))
                })?
            }
            Content::Json(found) => {
                let mut finder = finder;
                for Entry { number, found } in found {
                    for (range, threat) in found.map_err(|error| bad_entry(&self.path, number, &error))? {
                        finder.offer(range, &self.path, &format!("entry {number}"), says(threat));
                    }
                }
                finder
            }
        };
        Ok(finder.found().into_iter().collect())
    }
}

//! Where addresses are, from a file in the format of Spot's `iploc.csv`.
//!
//! Ten columns without header: first and last address of a range as integers, country code, country,
//! state, city, latitude, longitude, owner, domain. Integers up to 2^32-1 are IPv4, above IPv6.
//!
//! Such a file has millions of ranges and a run a few thousand addresses, so the file is not loaded:
//! it is streamed past the sorted addresses, and a line is taken apart only where one of them lies in
//! its range. Memory does not grow with the file, whether it is sorted or not. A plain sorted file is read
//! so only once: `sparse` then finds the few blocks that matter.

mod line;
mod sparse;

use std::net::IpAddr;
use std::ops::Range;
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, ContextSource, Evidence, Geo, Subject};

use super::evidence::{Finder, Says};
use super::ranges::IpRange;
use super::review::Review;
use super::{ContextFiles, Reviewed, Sources, open_lines, read_lines};
use crate::input::Lines;
use line::{check, geo_of, range_of};
use sparse::{Identity, Marks, Sorted};

const WHAT: &str = "geolocation";

/// Most overlaps of a file that are told.
const OVERLAPS: usize = 50;

/// Geolocation from one file.
pub struct GeoSource {
    path: PathBuf,
    /// As it was opened, until it answers: what is no file but a pipe can be opened once.
    lines: Option<Lines>,
    /// Where marks of sorted files are kept.
    cache: Option<PathBuf>,
}

pub(super) fn configured(files: &ContextFiles) -> bool {
    files.geo.is_some()
}

pub(super) fn open(files: &ContextFiles) -> Result<Sources, ContextError> {
    let source = |path: &PathBuf| {
        let opened = GeoSource { cache: files.cache.clone(), ..GeoSource::open(path)? };
        Ok(Box::new(opened) as Box<dyn ContextSource>)
    };
    files.geo.iter().map(source).collect()
}

pub(super) fn review(files: &ContextFiles) -> Result<Vec<Reviewed>, ContextError> {
    files.geo.iter().map(|path| review_file(path)).collect()
}

/// A sorted file shows what overlaps line by line, however long it is; of one that is not, it is said that it is not.
fn review_file(path: &Path) -> Result<Reviewed, ContextError> {
    let (mut before, mut unsorted, mut overlapping) = (None::<(IpRange, u64)>, None, Vec::new());
    let mut review = Review::of(WHAT, path, |line, number| {
        let range = line::check(line)?;
        if let Some((other, other_line)) = before {
            if range.first() < other.first() {
                unsorted = unsorted.or(Some(number));
            } else if range.first() <= other.last() && overlapping.len() < OVERLAPS {
                overlapping.push((number, other_line, range.first()));
            }
        }
        let reaches_further = before.is_none_or(|(other, _)| range.last() > other.last());
        before = if reaches_further { Some((range, number)) } else { before };
        Ok(())
    })?;
    match unsorted {
        Some(line) => review.warn(
            line,
            "the file is not sorted by its first column from here on, so every run reads all of it, and what overlaps \
             is not looked for: sort it (`sort -t '\"' -k 2n`)"
                .to_owned(),
        ),
        None => {
            for (line, other, first) in overlapping {
                review.warn(line, format!("overlaps line {other}: {first} is in both; correct the ends"));
            }
        }
    }
    Ok(review.done())
}

impl GeoSource {
    /// Sees to it that the file can be opened. Its lines are held against the format while they answer.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn open(path: &Path) -> Result<Self, ContextError> {
        let lines = open_lines(WHAT, path)?;
        Ok(Self::of(path, lines))
    }

    /// Geolocation from the lines of `path`.
    pub(crate) fn of(path: &Path, lines: Lines) -> Self {
        Self { path: path.to_owned(), lines: Some(lines), cache: None }
    }

    fn unread(&self, error: std::io::Error) -> ContextError {
        ContextError::Read { what: WHAT, path: self.path.clone(), error }
    }

    /// The folder for marks and the file as it is now, where it can be searched.
    fn searchable(&self) -> Result<Option<(PathBuf, Identity)>, ContextError> {
        match &self.cache {
            Some(folder) if self.path.is_file() => {
                let identity = Identity::of(&self.path).map_err(|error| self.unread(error))?;
                Ok(identity.map(|it| (folder.clone(), it)))
            }
            _ => Ok(None),
        }
    }

    /// Reads the file from end to end; every line is held against the format, also those that no address lies
    /// in. Gives what a later search needs.
    fn stream(&mut self, subjects: &mut [Subject]) -> Result<Marks, ContextError> {
        let lines = self.lines.take().map_or_else(|| open_lines(WHAT, &self.path), Ok)?;
        let mut search = Search::among(subjects);
        let mut marks = Marks::default();
        read_lines(&self.path, lines, |line, at| {
            let range = search.offer(line)?;
            marks.see(range.first(), range.last(), at.offset);
            Ok(())
        })?;
        Ok(marks)
    }

    /// Refuses answers from a file that became another one meanwhile.
    fn still_is(&self, before: &Identity) -> Result<(), ContextError> {
        match Identity::of(&self.path) {
            Ok(Some(now)) if now == *before => Ok(()),
            Ok(_) => Err(self.unread(std::io::Error::other("the file changed while it was read; run again"))),
            Err(error) => Err(self.unread(error)),
        }
    }
}

impl ContextSource for GeoSource {
    fn name(&self) -> &'static str {
        WHAT
    }

    fn origin(&self) -> String {
        self.path.display().to_string()
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        let Some((folder, identity)) = self.searchable()? else {
            return self.stream(subjects).map(drop);
        };
        let sorted = Sorted::open(&folder, &self.path, &identity).map_err(|error| self.unread(error))?;
        let found = sorted.is_some_and(|it| find_all(it, subjects).is_some());
        if !found {
            // Whatever a search stumbles over, reading the file says it with its line.
            let marks = self.stream(subjects)?;
            self.still_is(&identity)?;
            marks.keep(&folder, &self.path, &identity);
        }
        self.still_is(&identity)
    }

    fn explain(&mut self, ip: IpAddr) -> Result<Vec<Evidence>, ContextError> {
        let finder = Finder::of(ip).read(WHAT, &self.path, |line| {
            let range = check(line)?;
            let says = if range.holds(ip) { said(&geo_of(line)?) } else { Says::new() };
            Ok(Some((range, says)))
        })?;
        Ok(finder.found().into_iter().collect())
    }
}

/// What is known of a place, by the names of facts.
fn said(geo: &Geo) -> Says {
    let degrees = |it: Option<f64>| it.map_or_else(String::new, |it| it.to_string());
    vec![
        ("location", geo.location.to_string()),
        ("domain", geo.domain.to_string()),
        ("latitude", degrees(geo.latitude)),
        ("longitude", degrees(geo.longitude)),
    ]
}

/// Answers every subject by a search; nothing where a block is not what the marks promise.
fn find_all(mut sorted: Sorted, subjects: &mut [Subject]) -> Option<()> {
    let mut answers = Vec::with_capacity(subjects.len());
    for subject in subjects.iter() {
        answers.push(match sorted.block(subject.ip).ok()? {
            Some(block) => find(block, subject.ip)?,
            None => Geo::default(),
        });
    }
    for (subject, geo) in subjects.iter_mut().zip(answers) {
        subject.answers.geo = geo;
    }
    Some(())
}

/// What the line of `ip` says, among the lines of a block; no place where there is no such line.
fn find(block: &[u8], ip: IpAddr) -> Option<Geo> {
    let holds_data = |it: &&[u8]| !matches!(it.trim_ascii_start().first(), None | Some(b'#'));
    for line in block.split(|it| *it == b'\n').filter(holds_data) {
        let line = std::str::from_utf8(line).ok()?;
        let range = range_of(line).ok()?;
        if range.first() > ip {
            break;
        }
        if ip <= range.last() {
            return geo_of(line.strip_suffix('\r').unwrap_or(line)).ok();
        }
    }
    Some(Geo::default())
}

/// The subjects past which the file streams, and how narrow a range has answered each.
struct Search<'a> {
    subjects: &'a mut [Subject],
    /// The subjects' addresses once more, close together: every line looks into them.
    ips: Vec<IpAddr>,
    widths: Vec<Option<u128>>,
    /// Where the previous range ended among `ips`; in a sorted file the next one begins there.
    next: usize,
}

impl<'a> Search<'a> {
    fn among(subjects: &'a mut [Subject]) -> Self {
        let ips: Vec<IpAddr> = subjects.iter().map(|subject| subject.ip).collect();
        let widths = vec![None; ips.len()];
        Self { subjects, ips, widths, next: 0 }
    }

    /// Lets a line answer the subjects in its range that no narrower range, nor an earlier one as
    /// wide, has answered.
    fn offer(&mut self, line: &str) -> Result<IpRange, String> {
        let range = check(line)?;
        let held = self.held_by(range);
        if held.is_empty() {
            return Ok(range);
        }
        let geo = geo_of(line)?;
        let width = range.width();
        for index in held {
            if self.widths[index].is_none_or(|answered| width < answered) {
                self.widths[index] = Some(width);
                self.subjects[index].answers.geo = geo.clone();
            }
        }
        Ok(range)
    }

    fn held_by(&mut self, range: IpRange) -> Range<usize> {
        if !self.begins_at(self.next, range.first()) {
            self.next = self.ips.partition_point(|ip| *ip < range.first());
        }
        let start = self.next;
        self.next += self.ips[start..].iter().take_while(|ip| **ip <= range.last()).count();
        start..self.next
    }

    /// Whether `index` is the first of the addresses that are not below `first`.
    fn begins_at(&self, index: usize, first: IpAddr) -> bool {
        self.ips[..index].last().is_none_or(|ip| *ip < first)
            && self.ips.get(index).is_none_or(|ip| *ip >= first)
    }
}

#[cfg(test)]
mod tests;

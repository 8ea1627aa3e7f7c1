//! The start of a text, as far as it is needed to recognize its format: the first record of each layout, and the
//! comments before it.

use std::io::{self, BufRead, BufReader, Read};

use csv::ByteRecord;
use flow_oa_core::Zone;
use flow_oa_files::json::{JsonRecords, Shape};
use flow_oa_files::records::{Layout, Records};
use flow_oa_files::text::{LONGEST, Unread};
use flow_oa_schema::model::{Delimited, Source, Text};

use crate::commented::names_in;
use crate::entries::{Entries, Next, fault_of_zeek, next_of_json};
use crate::feed::Hashing;
use crate::format::{Format, delimited, described, layout, sign};
use crate::header::{Mapping, Misfit, is_exact, missing};
use crate::parse::{is_row, opened};
use crate::replay::Replay;

/// The number of JSON records that are examined: the first ones may be of another kind, such as statistics.
const EXAMINED: usize = 100;

/// The number of bytes of JSON that are examined, so that memory does not hold a file of another kind (32 MiB). It is more
/// than the longest object.
const EXAMINED_BYTES: u64 = 32 << 20;

/// The first record and its line, if there is one.
type First = Result<Option<(u64, ByteRecord)>, Unread>;

/// The names of a format in a header, or among keys.
struct Header {
    /// Whether it has exactly the names of the format.
    is_exact: bool,
    /// Those that the format reads.
    names: Vec<String>,
}

/// The start of a text.
pub(crate) struct Start<'a> {
    text: &'a mut Replay<Hashing>,
    zone: &'a Zone,
    /// What was read so far.
    firsts: Vec<(Layout, First)>,
}

impl<'a> Start<'a> {
    pub(crate) fn new(text: &'a mut Replay<Hashing>, zone: &'a Zone) -> Self {
        Self { text, zone, firsts: Vec::new() }
    }

    /// The formats that fit: those with this header; if there are none, those that can read the first record.
    pub(crate) fn fitting<'f>(&mut self, formats: impl Iterator<Item = Format<'f>>) -> Vec<Format<'f>> {
        let formats: Vec<Format<'f>> = formats.collect();
        let found = self.with_this_header(formats.iter().copied());
        // A header in a comment decides, even if it is of no format.
        if !found.is_empty() || formats.iter().any(|format| self.commented_header(*format).is_some()) {
            return found;
        }
        formats.into_iter().filter(|format| self.can_be_read(*format)).collect()
    }

    /// The formats with this header, or these keys. Layouts are tried one after the other, since a layout that does not fit
    /// may read far beyond the first line. Among those that fit by their names, one whose names are only a part of
    /// those that another one reads does not count.
    pub(crate) fn with_this_header<'f>(
        &mut self,
        formats: impl Iterator<Item = Format<'f>>,
    ) -> Vec<Format<'f>> {
        let mut formats: Vec<Format<'f>> = formats.filter(|format| format.source.binary.is_none()).collect();
        // The sort is stable: texts with commas first, then the order of the formats.
        formats.sort_by_key(|format| delimited(format.source).map(layout) != Some(Layout::from(b',')));
        let mut found: Vec<(Format<'f>, Header)> = Vec::new();
        for format in formats {
            let has_the_layout = found.first().is_none_or(|(first, _)| match delimited(first.source) {
                Some(text) => delimited(format.source) == Some(text),
                None => delimited(format.source).is_none(),
            });
            if has_the_layout && let Some(header) = self.header(format) {
                found.push((format, header));
            }
        }
        let has_exact = found.iter().any(|(_, header)| header.is_exact);
        let is_part = |one: &Header, other: &Header| {
            one.names.len() < other.names.len() && one.names.iter().all(|name| other.names.contains(name))
        };
        let counts = |(_, header): &&(Format<'f>, Header)| match has_exact {
            true => header.is_exact,
            false => !found.iter().any(|(_, other)| is_part(header, other)),
        };
        found.iter().filter(counts).map(|(format, _)| *format).collect()
    }

    /// The names of a format in the header or among the keys, if it has all that it needs.
    fn header(&mut self, format: Format<'_>) -> Option<Header> {
        let source = format.source;
        match &source.text {
            Text::Delimited(text) if text.header_after.is_some() => {
                let is_it = self.commented_header(format).is_some_and(|names| is_exact(source, &names));
                is_it.then(|| Header { is_exact: true, names: source.header.clone() })
            }
            Text::Delimited(text) => {
                let Ok(Some((_, record))) = self.first(layout(text)) else { return None };
                let mapping = Mapping::of_header(source, record).ok()?;
                let names = mapping.used(source).into_iter().map(|at| at.to_string()).collect();
                Some(Header { is_exact: mapping.is_exact(), names })
            }
            Text::Json(_) => self.keys(format).ok().map(|names| Header { is_exact: false, names }),
            Text::Zeek(_) => {
                self.text.restart();
                let Entries::Zeek(mut records) = Entries::new(&mut *self.text, source) else { return None };
                let is_header =
                    matches!(records.next_record(), Ok(Some(flow_oa_files::zeek::Next::Names(_))));
                let is_it = is_header && fault_of_zeek(&records, source).is_none();
                is_it.then(|| Header { is_exact: true, names: records.names().to_vec() })
            }
        }
    }

    /// The keys of a format that one of the first JSON records has, if they are all that it needs; else what the nearest
    /// record lacks.
    fn keys(&mut self, format: Format<'_>) -> Result<Vec<String>, Misfit> {
        let (source, mut nearest) = (format.source, Misfit::default());
        if !self.begins_as_json() {
            return Err(nearest);
        }
        self.text.restart();
        let text = (&mut *self.text).take(EXAMINED_BYTES);
        let Entries::Json(mut records) = Entries::new(text, source) else { return Err(nearest) };
        for _ in 0..EXAMINED {
            match next_of_json(&mut records) {
                Ok(Some(Next::Record(_))) => {}
                Ok(Some(Next::Damaged(..) | Next::Header(_))) => continue,
                Ok(None) | Err(_) => break,
            }
            let record = records.current();
            let is_there = |at: usize| record.get(at).is_some_and(|value| !value.is_empty());
            let known: Vec<usize> = source.used.iter().copied().filter(|at| is_there(*at)).collect();
            if source.can_be_read(&is_there) {
                return Ok(known.into_iter().map(|at| source.fields[at].clone()).collect());
            }
            if known.len() > nearest.known {
                nearest = Misfit { known: known.len(), missing: missing(source, &is_there), twice: None };
            }
        }
        Err(nearest)
    }

    /// Whether the text begins as JSON does.
    pub(crate) fn begins_as_json(&mut self) -> bool {
        self.text.restart();
        let mut start = Vec::new();
        // A text that cannot be read does not begin so.
        let _ = (&mut *self.text).take(1024).read_to_end(&mut start);
        let start = start.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&start).trim_ascii_start();
        matches!(start.first(), Some(b'{' | b'['))
    }

    /// Why the first object of a JSON text cannot be read, if it cannot.
    pub(crate) fn damaged_json(&mut self) -> Option<Unread> {
        if !self.begins_as_json() {
            return None;
        }
        self.text.restart();
        JsonRecords::new(&mut *self.text, &Shape::default()).next_record().err()
    }

    /// The format to which the header or the keys come nearest, and what they lack.
    pub(crate) fn nearest<'f>(&mut self, formats: impl Iterator<Item = Format<'f>>) -> Option<String> {
        let mut nearest: Option<(usize, Format<'f>, Misfit)> = None;
        for format in formats.filter(|format| format.source.binary.is_none() && format.source.is_by_name) {
            let misfit = match &format.source.text {
                Text::Delimited(text) => match self.first(layout(text)) {
                    Ok(Some((_, record))) => Mapping::of_header(format.source, record).err(),
                    Ok(None) | Err(_) => None,
                },
                Text::Json(_) => self.keys(format).err(),
                Text::Zeek(_) => None,
            };
            let Some(misfit) = misfit.filter(|misfit| misfit.known > 0) else { continue };
            // Of a thousand names: how many of those that the format reads are there.
            let share = misfit.known * 1000 / format.source.used.len().max(1);
            if nearest.as_ref().is_none_or(|(best, ..)| share > *best) {
                nearest = Some((share, format, misfit));
            }
        }
        nearest.and_then(|(_, format, misfit)| nearness(format.source, &misfit))
    }

    /// Whether files of a format may lack the header, and the first record can be read.
    fn can_be_read(&mut self, format: Format<'_>) -> bool {
        let (source, zone) = (format.source, self.zone.clone());
        let Some(text) = delimited(source) else { return false };
        let may_lack_header = text.header_after.is_some() || source.without_header.is_some();
        if source.binary.is_some() || !may_lack_header {
            return false;
        }
        let Ok(Some((_, record))) = self.first(layout(text)) else { return false };
        let mapping = Mapping::without_header(source);
        if !mapping.has_width(record.len()) {
            return false;
        }
        let mut arranged = ByteRecord::new();
        let record = if mapping.arranged(record, &mut arranged) { &arranged } else { record };
        let reads = |record| {
            opened(format, source, zone).is_ok_and(|mut reading| {
                reading.set_columns(mapping.columns.clone());
                reading.push(record).is_ok()
            })
        };
        !is_row(source, record) || reads(record)
    }

    /// The message about a header in a comment that is of no format, after the name of the file.
    pub(crate) fn other_header<'f>(
        &mut self,
        mut formats: impl Iterator<Item = Format<'f>>,
    ) -> Option<String> {
        formats.find_map(|format| {
            let after = delimited(format.source)?.header_after.as_ref()?;
            let names = self.commented_header(format)?;
            Some(format!(
                " the names after `{after}` are not the header of a known format: found {}",
                described(&names)
            ))
        })
    }

    /// The names of a header in a comment that is not the header of this format.
    pub(crate) fn header_other_than(&mut self, format: Format<'_>) -> Option<ByteRecord> {
        self.commented_header(format).filter(|names| !is_exact(format.source, names))
    }

    /// The names of the header in the last of the first comments that has one.
    fn commented_header(&mut self, format: Format<'_>) -> Option<ByteRecord> {
        let text: &Delimited = delimited(format.source)?;
        let sign = char::from(sign(text.comments?));
        text.header_after.as_ref()?;
        self.text.restart();
        // A text that cannot be read has no comments: its first record reports the reason.
        let comments = comments(&mut *self.text, sign).ok()?;
        comments.iter().rev().find_map(|line| names_in(line, text))
    }

    fn first(&mut self, layout: Layout) -> &First {
        let at = self.firsts.iter().position(|(known, _)| *known == layout).unwrap_or_else(|| {
            self.text.restart();
            let mut records = Records::new(&mut *self.text, layout);
            let first = records.next_record().map(|first| first.map(|(line, record)| (line, record.clone())));
            self.firsts.push((layout, first));
            self.firsts.len() - 1
        });
        &self.firsts[at].1
    }

    /// The first record of a layout.
    pub(crate) fn take_first(&mut self, layout: Layout) -> First {
        self.first(layout);
        let at = self.firsts.iter().position(|(known, _)| *known == layout);
        at.map_or(Ok(None), |at| self.firsts.swap_remove(at).1)
    }
}

/// How near a header is to a format, in words. `None` if it has none of the names of the format.
fn nearness(source: &Source, misfit: &Misfit) -> Option<String> {
    if misfit.known == 0 {
        return None;
    }
    let name = &source.name;
    Some(match &misfit.twice {
        Some(twice) => format!("the nearest format is {name}, but the header has `{twice}` twice"),
        None => format!("the nearest format is {name}, but these are missing: {}", misfit.missing.join(", ")),
    })
}

/// The comments before the first record, without blanks around them.
fn comments(text: impl Read, sign: char) -> io::Result<Vec<String>> {
    let mut lines = BufReader::new(text.take(LONGEST));
    let (mut found, mut line) = (Vec::new(), Vec::new());
    while lines.read_until(b'\n', &mut line)? > 0 {
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with(sign) {
            found.push(text.to_owned());
        } else if !text.is_empty() {
            break;
        }
        line.clear();
    }
    Ok(found)
}

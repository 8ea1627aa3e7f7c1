//! Headers in comments, such as `#Fields: date time`, which a log repeats whenever its columns change.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, Sender, channel};

use csv::ByteRecord;
use flow_oa_files::records::{Layout, Records};
use flow_oa_files::text::LONGEST;
use flow_oa_schema::model::{Delimited, Source, Text};

use crate::format::{layout, sign};
use crate::header::is_exact;

/// The names of the header that a line holds in a comment. `None` if the line is not a comment with a header.
pub(crate) fn names_in(line: &str, text: &Delimited) -> Option<ByteRecord> {
    let (sign, after) = (char::from(sign(text.comments?)), text.header_after.as_ref()?);
    let line = line.trim_start_matches('\u{feff}').trim();
    let names = line.strip_prefix(sign)?.trim_start().strip_prefix(after.as_str())?.trim();
    let mut records = Records::new(names.as_bytes(), Layout { comments: None, ..layout(text) });
    records.next_record().ok()?.map(|(_, record)| record.clone())
}

/// A line that looks like a header in a comment.
#[derive(Debug)]
struct Seen {
    line: u64,
    /// The names, if they are not the header of the format.
    other: Option<ByteRecord>,
}

/// A reader that looks for headers in comments while their text is read.
pub(crate) struct Watched<R> {
    inner: R,
    /// `None` if files of the format have no header in a comment.
    watch: Option<Watch>,
}

struct Watch {
    source: Source,
    text: Delimited,
    to: Sender<Seen>,
    line: u64,
    /// The start of the current line, as long as it may be a header.
    start: Vec<u8>,
    may_be_header: bool,
}

/// The headers in comments that were seen, for the reader of records: it knows which lines are within a record.
pub(crate) struct Headers {
    from: Receiver<Seen>,
    waiting: VecDeque<Seen>,
}

impl<R> Watched<R> {
    /// Watches a text of a format.
    pub(crate) fn new(inner: R, source: &Source) -> (Self, Headers) {
        let (to, from) = channel();
        let watched = match &source.text {
            Text::Delimited(text) => {
                Some(text).filter(|text| text.comments.is_some() && text.header_after.is_some())
            }
            Text::Json(_) | Text::Zeek(_) => None,
        };
        let watch = watched.map(|text| Watch {
            source: source.clone(),
            text: text.clone(),
            to,
            line: 1,
            start: Vec::new(),
            may_be_header: true,
        });
        (Self { inner, watch }, Headers { from, waiting: VecDeque::new() })
    }

    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if let Some(watch) = &mut self.watch {
            buffer[..count].split_inclusive(|byte| *byte == b'\n').for_each(|part| watch.take(part));
        }
        Ok(count)
    }
}

impl Watch {
    /// Takes a part of a line, or its end.
    fn take(&mut self, part: &[u8]) {
        if self.may_be_header {
            self.start.extend_from_slice(part);
            self.may_be_header = self.start.len() as u64 <= LONGEST && self.begins_a_comment();
        }
        if !part.ends_with(b"\n") {
            return;
        }
        if self.may_be_header
            && let Some(names) = names_in(&String::from_utf8_lossy(&self.start), &self.text)
        {
            let other = (!is_exact(&self.source, &names)).then_some(names);
            // Without a receiver, the records are not read any more.
            let _ = self.to.send(Seen { line: self.line, other });
        }
        self.line += 1;
        self.start.clear();
        self.may_be_header = true;
    }

    /// Whether the current line is a comment, as far as its start shows.
    fn begins_a_comment(&self) -> bool {
        const MARK: &[u8] = "\u{feff}".as_bytes();
        let start = self.start.trim_ascii_start();
        let start = if self.line == 1 { start.strip_prefix(MARK).unwrap_or(start) } else { start };
        let may_be_mark = self.line == 1 && MARK.starts_with(start);
        let sign = self.text.comments.map(sign);
        may_be_mark || start.first().is_none_or(|first| Some(*first) == sign)
    }
}

impl Headers {
    /// The last header in a comment above the record on these lines, if its names are not the header of the format:
    /// its line and the names. A line within a record is not a comment.
    pub(crate) fn other_above(&mut self, record: std::ops::RangeInclusive<u64>) -> Option<(u64, ByteRecord)> {
        self.waiting.extend(self.from.try_iter());
        let mut last = None;
        while let Some(seen) = self.waiting.pop_front_if(|seen| seen.line <= *record.end()) {
            if seen.line < *record.start() {
                last = Some(seen);
            }
        }
        last.and_then(|seen| seen.other.map(|names| (seen.line, names)))
    }
}

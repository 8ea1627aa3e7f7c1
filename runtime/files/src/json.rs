//! Records of JSON text: an object on each line, the items of a list, or the entries of lists within a document. Memory
//! holds one object at a time, whatever the size of the text.
//!
//! # Decisions
//!
//! - **A text is divided first** (`units`) into objects, by their braces alone, and each object is then read
//!   (`paths`). If every object has a line of its own, a damaged line is one damaged record, as in delimited text; in a
//!   list or a document, nothing says where the next object begins, so reading stops.
//! - **Values are the text that stands in the file**: numbers keep all their digits, so a time in nanoseconds is exact.

mod paths;
mod units;

use std::io::Read;

use csv::ByteRecord;

use crate::text::Unread;
use paths::{Found, Paths};
use units::Units;

/// Where the fields of a record are in JSON text.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    /// The paths of each field, with dots between the keys; several are other spellings of the first.
    pub fields: Vec<Vec<String>>,
    /// The path of the lists whose entries are records. `None` if each object is one.
    pub each: Option<String>,
    /// What separates the fields of an entry, and how many fields it has at least and at most, if the entries are texts.
    /// They follow the other fields in a record.
    pub tuple: Option<(u8, usize, usize)>,
}

/// What comes next in a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    /// A record that begins on this line.
    Record(u64),
    /// Something on this line that is not a record, and why.
    Damaged(u64, String),
}

/// The records of a JSON text.
pub struct JsonRecords<R> {
    units: Units<R>,
    paths: Paths,
    found: Vec<Found>,
    at: usize,
    record: ByteRecord,
    /// The record as it stands in the text.
    text: String,
}

impl<R: Read> JsonRecords<R> {
    /// Reads the records of a text.
    pub fn new(reader: R, shape: &Shape) -> Self {
        let paths = Paths::new(shape);
        Self {
            units: Units::new(reader, paths.list()),
            paths,
            found: Vec::new(),
            at: 0,
            record: ByteRecord::new(),
            text: String::new(),
        }
    }

    /// The next record. An absent value is an empty field.
    ///
    /// # Errors
    /// If the text cannot be read further.
    pub fn next_record(&mut self) -> Result<Option<Next>, Unread> {
        loop {
            if let Some(found) = self.found.get_mut(self.at) {
                self.at += 1;
                return Ok(Some(match found {
                    Found::Record(line, record) => {
                        self.record = std::mem::take(record);
                        Next::Record(*line)
                    }
                    Found::Damaged(line, reason, text) => {
                        self.text = std::mem::take(text);
                        self.record.clear();
                        Next::Damaged(*line, std::mem::take(reason))
                    }
                }));
            }
            self.found.clear();
            self.at = 0;
            let Some(line) = self.units.next_unit()? else { return Ok(None) };
            self.paths.read(self.units.unit(), line, &mut self.found);
        }
    }

    /// The record that was read last.
    pub fn current(&self) -> &ByteRecord {
        &self.record
    }

    /// What was read last, as it stands in the text, for a report: the object of a record, or a damaged entry.
    pub fn text(&self) -> String {
        if self.text.is_empty() {
            String::from_utf8_lossy(self.units.unit()).into_owned()
        } else {
            self.text.clone()
        }
    }

    /// The number of blank lines so far, if each line is an object.
    pub fn blank_lines(&self) -> u64 {
        self.units.blank_lines()
    }

    /// Returns the underlying reader.
    pub fn into_inner(self) -> R {
        self.units.into_inner()
    }
}

#[cfg(test)]
mod tests;

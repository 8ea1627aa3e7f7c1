//! Parses the cells of a record by position. Generated code calls one method for each column. An error states the
//! column, what was found and what was expected.

mod numbers;
#[cfg(test)]
mod tests;
mod times;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::str::FromStr;

use csv::ByteRecord;

use crate::{Columns, Corrections, Text, Zone, address};
pub(crate) use numbers::floor;

/// A cell that cannot be parsed. It is boxed, so that the results of reading cells, which hold values as a rule, are small.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CellFault(Box<Misread>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Misread {
    /// The position of the column in the record, counted from 1, if columns are numbered.
    column: Option<usize>,
    /// The name of the column in the header.
    name: Text,
    /// The content of the cell, shortened.
    found: Text,
    /// What the cell should contain.
    expected: Cow<'static, str>,
    /// What the content means, if it is a known sign of something else.
    meaning: &'static str,
}

impl fmt::Display for Misread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.column {
            Some(column) => write!(f, "column {column} ({}): expected {}, found ", self.name, self.expected)?,
            None => write!(f, "{}: expected {}, found ", self.name, self.expected)?,
        }
        if self.found.is_empty() {
            f.write_str("nothing")?
        } else {
            write!(f, "{:?}", self.found)?
        }
        if self.meaning.is_empty() { Ok(()) } else { write!(f, ", which is {}", self.meaning) }
    }
}

/// A record, the names of its columns, and the time zone of its times. Positions count from 0. Spaces around a value
/// are removed: programs pad addresses and names. A cell that does not hold what a method reads is a [`CellFault`].
#[derive(Debug)]
pub struct Cells<'a> {
    record: &'a ByteRecord,
    /// The text of the record, if all of it can be read: one look at all cells is cheaper than one at each.
    whole: Option<&'a str>,
    names: Names<'a>,
    zone: &'a Zone,
    corrected: Cell<Corrections>,
}

/// The names and places of the columns of a record.
#[derive(Debug)]
enum Names<'a> {
    /// All columns, in order.
    All(&'a [&'a str]),
    /// Those of a file.
    Of(&'a Columns),
}

/// Content that is a known sign of something else, and its meaning.
const SIGNS: [(&str, &str); 2] = [
    ("18446744073709551615", "-1 as an unsigned 64-bit number: the exporter did not know the value"),
    ("0000-00-00 00:00:00", "a time that the exporter does not know"),
];

const SHOWN: usize = 60;

impl<'a> Cells<'a> {
    /// Wraps `record`, whose columns are called `names`.
    pub fn new(record: &'a ByteRecord, names: &'a [&'a str], zone: &'a Zone) -> Self {
        Self::of(record, Names::All(names), zone)
    }

    /// Wraps `record`, whose fields are in these columns of a file.
    pub fn of_columns(record: &'a ByteRecord, columns: &'a Columns, zone: &'a Zone) -> Self {
        Self::of(record, Names::Of(columns), zone)
    }

    fn of(record: &'a ByteRecord, names: Names<'a>, zone: &'a Zone) -> Self {
        let bytes = record.as_slice();
        let whole = std::str::from_utf8(bytes).ok().filter(|_| memchr::memchr(0, bytes).is_none());
        Self { record, whole, names, zone, corrected: Cell::default() }
    }

    /// The corrections in the cells that were parsed so far; each kind counts at most once.
    pub fn corrected(&self) -> Corrections {
        self.corrected.get()
    }

    /// The number of cells.
    #[expect(clippy::len_without_is_empty, reason = "a record has at least one cell")]
    pub fn len(&self) -> usize {
        self.record.len()
    }

    /// Builds the error for the cell at `at`.
    pub fn fault(&self, at: usize, expected: impl Into<Cow<'static, str>>) -> CellFault {
        let found = String::from_utf8_lossy(self.record.get(at).unwrap_or_default());
        let mut shown: Text = found.chars().take(SHOWN).collect();
        if found.chars().nth(SHOWN).is_some() {
            shown.push('…');
        }
        let (name, place) = match self.names {
            Names::All(names) => (names.get(at).copied(), Some(at)),
            Names::Of(columns) => {
                (columns.names.get(at).map(String::as_str), columns.places.get(at).copied().flatten())
            }
        };
        let (name, column) = (name.unwrap_or("?").into(), place.map(|at| at + 1));
        let sign = SIGNS.iter().find(|(text, _)| found.trim_ascii().starts_with(text));
        let meaning = sign.map_or("", |(_, meaning)| meaning);
        CellFault(Box::new(Misread { column, name, found: shown, expected: expected.into(), meaning }))
    }

    fn raw(&self, at: usize) -> Result<&'a str, CellFault> {
        let range = self.record.range(at);
        if let Some(text) = range.and_then(|range| self.whole?.get(range)) {
            return Ok(text);
        }
        let bytes = self.record.get(at).ok_or_else(|| self.fault(at, "a value"))?;
        match std::str::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(text),
            Ok(_) => Err(self.fault(at, "text without NUL bytes")),
            Err(_) => Err(self.fault(at, "valid UTF-8")),
        }
    }

    /// The text of a cell, without surrounding spaces.
    ///
    /// # Errors
    /// If it is not valid UTF-8 or contains a NUL byte.
    pub fn str(&self, at: usize) -> Result<&'a str, CellFault> {
        self.raw(at).map(str::trim_ascii)
    }

    fn parsed<T: FromStr>(&self, at: usize, expected: &'static str) -> Result<T, CellFault> {
        self.str(at)?.parse().map_err(|_| self.fault(at, expected))
    }

    /// Text, without surrounding spaces.
    ///
    /// # Errors
    /// If it is not valid UTF-8 or contains a NUL byte.
    pub fn text(&self, at: usize) -> Result<Text, CellFault> {
        self.str(at).map(Text::from)
    }

    /// Text with the spaces around it, to be joined with others.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn part(&self, at: usize) -> Result<Text, CellFault> {
        self.raw(at).map(Text::from)
    }

    /// An optional value: an empty cell is `None`.
    ///
    /// # Errors
    /// The errors of `read`, if the cell is not empty.
    pub fn optional<T>(
        &self,
        at: usize,
        read: impl FnOnce() -> Result<T, CellFault>,
    ) -> Result<Option<T>, CellFault> {
        if self.str(at)?.is_empty() { Ok(None) } else { read().map(Some) }
    }

    /// A boolean: `0`, `1`, `true` or `false`.
    ///
    /// # Errors
    /// If it is none of these.
    pub fn bit(&self, at: usize) -> Result<bool, CellFault> {
        match self.str(at)? {
            "1" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(self.fault(at, "0, 1, true or false")),
        }
    }

    /// An IP address as canonical text.
    ///
    /// # Errors
    /// If it is not an IP address.
    pub fn address(&self, at: usize) -> Result<Text, CellFault> {
        let ip = address::parse(self.str(at)?).ok_or_else(|| self.fault(at, "an IPv4 or IPv6 address"))?;
        Ok(address::text(ip))
    }
}

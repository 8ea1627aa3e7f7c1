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

use crate::{Corrections, Text, Zone, address, iana};

/// A cell that cannot be parsed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CellFault {
    /// The position of the column in the record, counted from 1.
    pub column: usize,
    /// The name of the column in the header.
    pub name: Text,
    /// The content of the cell, shortened.
    pub found: Text,
    /// What the cell should contain.
    pub expected: Cow<'static, str>,
}

impl fmt::Display for CellFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} ({}): expected {}, found ", self.column, self.name, self.expected)?;
        if self.found.is_empty() { f.write_str("nothing") } else { write!(f, "{:?}", self.found) }
    }
}

/// A record, the names of its columns, and the time zone of its times. Positions count from 0. Spaces around a value
/// are removed, except in text. A cell that does not hold what a method reads is a [`CellFault`].
#[derive(Debug)]
pub struct Cells<'a> {
    record: &'a ByteRecord,
    names: &'a [&'a str],
    zone: &'a Zone,
    corrected: Cell<Corrections>,
}

const SHOWN: usize = 60;

impl<'a> Cells<'a> {
    /// Wraps `record`, whose columns are called `names`.
    pub fn new(record: &'a ByteRecord, names: &'a [&'a str], zone: &'a Zone) -> Self {
        Self { record, names, zone, corrected: Cell::default() }
    }

    /// The corrections in the cells that were parsed so far; each kind counts at most once.
    pub fn corrected(&self) -> Corrections {
        self.corrected.get()
    }

    /// Builds the error for the cell at `at`.
    pub fn fault(&self, at: usize, expected: impl Into<Cow<'static, str>>) -> CellFault {
        let found = String::from_utf8_lossy(self.record.get(at).unwrap_or_default());
        let mut shown: Text = found.chars().take(SHOWN).collect();
        if found.chars().nth(SHOWN).is_some() {
            shown.push('…');
        }
        let name = self.names.get(at).copied().unwrap_or("?").into();
        CellFault { column: at + 1, name, found: shown, expected: expected.into() }
    }

    fn raw(&self, at: usize) -> Result<&'a str, CellFault> {
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

    /// Text, unchanged.
    ///
    /// # Errors
    /// If it is not valid UTF-8 or contains a NUL byte.
    pub fn text(&self, at: usize) -> Result<Text, CellFault> {
        self.raw(at).map(Text::from)
    }

    /// The last `count` characters of a text, or the whole text if it is shorter.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn last(&self, at: usize, count: usize) -> Result<Text, CellFault> {
        let text = self.str(at)?;
        let start = text.char_indices().rev().nth(count.saturating_sub(1)).map_or(0, |(start, _)| start);
        Ok(Text::from(&text[start..]))
    }

    /// Looks a text up in a table of (found, meant) and parses the replacement as the type of the column. A text that
    /// is not in the table is parsed itself.
    ///
    /// # Errors
    /// As [`Cells::text`], or if the replacement is not of the type.
    pub fn mapped<T: FromStr>(&self, at: usize, table: &[(&str, &str)]) -> Result<T, CellFault> {
        let found = self.str(at)?;
        let meant = table.iter().find(|(from, _)| *from == found).map_or(found, |(_, to)| to);
        meant.parse().map_err(|_| self.fault(at, "one of the values that the format lists, or a number"))
    }

    /// The name of a protocol, which may be given as a number.
    ///
    /// # Errors
    /// As [`Cells::text`].
    pub fn protocol(&self, at: usize) -> Result<Text, CellFault> {
        self.str(at).map(iana::protocol::name).map(Text::from)
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
        Ok(compact_str::format_compact!("{ip}"))
    }
}

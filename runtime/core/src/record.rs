//! Parses the cells of a record by position. Generated code calls one method for each column. An error states the
//! column, what was found and what was expected.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::{Bound, RangeBounds, RangeInclusive};
use std::str::FromStr;

use csv::ByteRecord;

use crate::time::arrival;
use crate::{Corrections, Moment, Text, Zone, address, iana};

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
/// are removed, except in text.
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

    /// An integer within a range.
    ///
    /// # Errors
    /// If it is not an integer, or is out of range.
    pub fn whole<T: FromStr + PartialOrd + fmt::Display>(
        &self,
        at: usize,
        range: impl RangeBounds<T>,
    ) -> Result<T, CellFault> {
        let value = self.str(at)?.parse().ok().filter(|number| range.contains(number));
        value.ok_or_else(|| self.outside(at, "a whole number", &range))
    }

    /// Checks that a value of the cell at `at` is within a range.
    ///
    /// # Errors
    /// If it is out of range.
    pub fn within<T: PartialOrd + fmt::Display>(
        &self,
        at: usize,
        value: T,
        range: impl RangeBounds<T>,
    ) -> Result<T, CellFault> {
        if range.contains(&value) { Ok(value) } else { Err(self.outside(at, "a number", &range)) }
    }

    fn outside<T: fmt::Display>(&self, at: usize, what: &str, range: &impl RangeBounds<T>) -> CellFault {
        let mut expected = what.to_owned();
        if let Bound::Included(from) | Bound::Excluded(from) = range.start_bound() {
            expected.push_str(&format!(" from {from}"));
        }
        match range.end_bound() {
            Bound::Included(to) => expected.push_str(&format!(" to {to}")),
            Bound::Excluded(end) => expected.push_str(&format!(" to below {end}")),
            Bound::Unbounded => expected.push_str(&format!(" on, of at most {} bits", size_of::<T>() * 8)),
        }
        self.fault(at, expected)
    }

    /// A 16-bit integer.
    ///
    /// # Errors
    /// If it is not an integer, or is out of range.
    pub fn smallint(&self, at: usize) -> Result<i16, CellFault> {
        self.whole(at, i16::MIN..=i16::MAX)
    }

    /// A 32-bit integer.
    ///
    /// # Errors
    /// If it is not an integer, or is out of range.
    pub fn int(&self, at: usize) -> Result<i32, CellFault> {
        self.whole(at, i32::MIN..=i32::MAX)
    }

    /// A 64-bit integer.
    ///
    /// # Errors
    /// If it is not an integer, or is out of range.
    pub fn bigint(&self, at: usize) -> Result<i64, CellFault> {
        self.parsed(at, "a whole number of at most 64 bits")
    }

    /// A port. An ICMP type and code such as `3.13` becomes type × 256 + code, as in NetFlow.
    ///
    /// # Errors
    /// If it is neither, or is out of range.
    pub fn port(&self, at: usize) -> Result<i32, CellFault> {
        let Some((kind, code)) = self.str(at)?.split_once('.') else {
            return self.whole(at, 0..=i32::from(u16::MAX));
        };
        let byte = |text: &str| text.parse::<u8>().ok().map(i32::from);
        let port = byte(kind).zip(byte(code)).map(|(kind, code)| kind * 256 + code);
        port.ok_or_else(|| self.fault(at, "a port, or an ICMP type and code such as 3.13"))
    }

    /// A finite number within the range of single precision. It is kept in double precision, so that an engine with
    /// double-precision columns stores the decimal as it was written.
    ///
    /// # Errors
    /// If it is not a finite number, or is out of range.
    pub fn float(&self, at: usize) -> Result<f64, CellFault> {
        let value = self.double(at)?;
        let fits = value.abs() <= f64::from(f32::MAX);
        if fits { Ok(value) } else { Err(self.fault(at, "a number within single precision")) }
    }

    /// A finite number in double precision, such as `2.26E-07`.
    ///
    /// # Errors
    /// If it is not a finite number.
    pub fn double(&self, at: usize) -> Result<f64, CellFault> {
        let value: f64 = self.parsed(at, "a finite number")?;
        if value.is_finite() { Ok(value) } else { Err(self.fault(at, "a finite number")) }
    }

    /// A number within a range, in single precision.
    ///
    /// # Errors
    /// If it is not a number, or is out of range.
    pub fn float_within(&self, at: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(at, self.float(at)?, range)
    }

    /// A number within a range, in double precision.
    ///
    /// # Errors
    /// If it is not a number, or is out of range.
    pub fn double_within(&self, at: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(at, self.double(at)?, range)
    }

    /// A duration in seconds. A clock that was set back causes a negative duration, which becomes 0 and is counted as
    /// corrected.
    ///
    /// # Errors
    /// If it is not a number, or is outside `range`.
    pub fn elapsed(&self, at: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(at, self.corrected_duration(at)?, range)
    }

    /// A duration in which negative values become 0. nfdump writes a negative duration as the microseconds in an
    /// unsigned 64-bit integer; this form is recognised too.
    fn corrected_duration(&self, at: usize) -> Result<f64, CellFault> {
        const WITHOUT_SIGN: RangeInclusive<f64> = (1u64 << 63) as f64 / 1e6..=u64::MAX as f64 / 1e6;
        let seconds = self.double(at)?;
        if seconds >= 0.0 && !WITHOUT_SIGN.contains(&seconds) {
            return Ok(seconds.abs());
        }
        self.corrected.set(Corrections { durations: 1, ..self.corrected.get() });
        Ok(0.0)
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

    /// A time.
    ///
    /// # Errors
    /// If it is not a time, or does not exist in the time zone.
    pub fn time(&self, at: usize) -> Result<Moment, CellFault> {
        self.zone
            .read(self.str(at)?)
            .ok_or_else(|| self.fault(at, "a time such as 2016-07-08 23:59:59 that exists"))
    }

    /// The arrival time of the flow, computed by [`arrival`] from the cells at these positions. A flow with impossible
    /// times is counted as corrected.
    ///
    /// # Errors
    /// If one of the three is not a time.
    pub fn arrival(&self, received: usize, first: usize, last: usize) -> Result<Moment, CellFault> {
        let found = arrival(self.time(received)?, self.time(first)?, self.time(last)?);
        if found.is_corrected {
            self.corrected.set(Corrections { times: 1, ..self.corrected.get() });
        }
        Ok(found.at)
    }

    /// The end of the flow: its start plus its duration in seconds. A negative duration becomes 0.
    ///
    /// # Errors
    /// If the start is not a time, or the duration is not a number of seconds that ends within the years 1 to 9999.
    pub fn end(&self, start: usize, duration: usize) -> Result<Moment, CellFault> {
        let seconds = self.corrected_duration(duration)?;
        let end = self.time(start)?.plus(seconds);
        end.ok_or_else(|| self.fault(duration, "a duration in seconds that ends before the year 10000"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read<T>(
        text: &str,
        reader: impl Fn(&Cells<'_>, usize) -> Result<T, CellFault>,
    ) -> Result<T, CellFault> {
        let record = ByteRecord::from(vec!["x", text]);
        reader(&Cells::new(&record, &["first", "second"], &Zone::utc()), 1)
    }

    fn said<T: fmt::Debug>(fault: Result<T, CellFault>) -> String {
        fault.unwrap_err().to_string()
    }

    #[test]
    fn a_fault_says_where_what_was_found_and_what_was_expected() {
        let expected = "column 2 (second): expected a whole number from -32768 to 32767, found \"32768\"";
        assert_eq!(said(read("32768", |record, at| record.smallint(at))), expected);
        assert_eq!(
            said(read("", |record, at| record.address(at))),
            "column 2 (second): expected an IPv4 or IPv6 address, found nothing"
        );
        let long = "9".repeat(100);
        assert!(said(read(&long, |record, at| record.bigint(at))).ends_with("9…\""));
    }

    #[test]
    fn numbers_are_read_as_tools_write_them() {
        assert_eq!(read("    0.000", |record, at| record.double(at)), Ok(0.0));
        assert_eq!(read("2.26E-07", |record, at| record.double(at)), Ok(2.26e-7));
        assert_eq!(read("0.000000021", |record, at| record.double(at)), Ok(2.1e-8));
        assert_eq!(read("9223372036854775807", |record, at| record.bigint(at)), Ok(i64::MAX));
        for text in ["NaN", "inf", "-inf", "1e999", "0x10", "1_000", "1,5", ""] {
            assert!(read(text, |record, at| record.double(at)).is_err(), "{text}");
        }
        assert!(read("1e39", |record, at| record.float(at)).is_err(), "beyond single precision");
    }

    #[test]
    fn a_number_outside_its_range_is_refused_with_the_range() {
        assert_eq!(read("65535", |record, at| record.whole(at, 0..=65_535)), Ok(65_535));
        assert_eq!(
            said(read("70000", |record, at| record.whole(at, 0..=65_535))),
            "column 2 (second): expected a whole number from 0 to 65535, found \"70000\""
        );
        for text in ["-1", "65536", "9999999999", "443.0", ""] {
            assert!(read(text, |record, at| record.whole(at, 0..=65_535)).is_err(), "{text}");
        }
        assert_eq!(
            said(read("-1", |record, at| record.whole(at, 0i64..))),
            "column 2 (second): expected a whole number from 0 on, of at most 64 bits, found \"-1\""
        );
        assert_eq!(read("90", |record, at| record.double_within(at, -90.0..=90.0)), Ok(90.0));
        assert_eq!(
            said(read("90.1", |record, at| record.double_within(at, -90.0..=90.0))),
            "column 2 (second): expected a number from -90 to 90, found \"90.1\""
        );
    }

    #[test]
    fn a_negative_duration_is_0_and_counted() {
        let record =
            ByteRecord::from(vec!["2024-11-20 10:00:00", "-0.061", "18446744073709.551", "-0", "2.5"]);
        let (names, zone) = (["start", "negative", "unsigned", "zero", "good"], Zone::utc());
        let elapsed = |at: usize| {
            let cells = Cells::new(&record, &names, &zone);
            let end = cells.end(0, at).unwrap().text().to_string();
            (cells.elapsed(at, 0.0..=100.0), end, cells.corrected().durations)
        };
        let start = "2024-11-20 10:00:00".to_owned();
        assert_eq!(elapsed(1), (Ok(0.0), start.clone(), 1), "read twice, and counted once");
        assert_eq!(elapsed(2), (Ok(0.0), start.clone(), 1));
        assert_eq!(elapsed(3), (Ok(0.0), start, 0));
        assert_eq!(elapsed(4), (Ok(2.5), "2024-11-20 10:00:02".to_owned(), 0));
        assert!(read("101", |record, at| record.elapsed(at, 0.0..=100.0)).is_err());
        assert!(read("NaN", |record, at| record.elapsed(at, 0.0..=100.0)).is_err());
    }

    #[test]
    fn text_is_kept_as_it_is_but_must_be_text() {
        assert_eq!(read(" a\tb\n", |record, at| record.text(at)).as_deref(), Ok(" a\tb\n"));
        assert!(said(read("a\0b", |record, at| record.text(at))).contains("without NUL"));
        let record = ByteRecord::from(vec![&b"\xff\xfe"[..]]);
        assert!(Cells::new(&record, &["raw"], &Zone::utc()).text(0).is_err());
    }

    #[test]
    fn the_type_and_code_of_icmp_make_a_port() {
        let port = |text| read(text, |record, at| record.port(at));
        assert_eq!((port("443"), port("8.0"), port("3.13")), (Ok(443), Ok(2048), Ok(781)));
        assert!(port("256.0").is_err() && port("8.").is_err() && port("8.0.0").is_err());
        assert!(port("65536").is_err() && port("-1").is_err());
    }

    #[test]
    fn the_last_characters_are_characters() {
        assert_eq!(read("CEUAPRSF", |record, at| record.last(at, 6)).as_deref(), Ok("UAPRSF"));
        assert_eq!(read(".AP", |record, at| record.last(at, 6)).as_deref(), Ok(".AP"));
        assert_eq!(read("aéé", |record, at| record.last(at, 2)).as_deref(), Ok("éé"));
    }

    #[test]
    fn a_map_replaces_what_it_lists_and_reads_the_rest() {
        let table = [("I", "0"), ("E", "1")];
        assert_eq!(read("E", |record, at| record.mapped::<i32>(at, &table)), Ok(1));
        assert_eq!(read("7", |record, at| record.mapped::<i32>(at, &table)), Ok(7));
        assert!(read("X", |record, at| record.mapped::<i32>(at, &table)).is_err());
    }

    proptest! {
        #[test]
        fn whole_numbers_read_back(number: i64) {
            prop_assert_eq!(read(&number.to_string(), |record, at| record.bigint(at)), Ok(number));
            prop_assert_eq!(read(&number.to_string(), |record, at| record.int(at)).ok(), i32::try_from(number).ok());
            prop_assert_eq!(read(&number.to_string(), |record, at| record.smallint(at)).ok(), i16::try_from(number).ok());
        }

        #[test]
        fn finite_numbers_read_back_exactly(bits: u64) {
            let number = f64::from_bits(bits);
            let found = read(&format!("{number:?}"), |record, at| record.double(at));
            prop_assert_eq!(found.ok(), Some(number).filter(|it| it.is_finite()));
        }

        #[test]
        fn no_cell_makes_a_reader_panic(text in ".{0,30}") {
            let _ = read(&text, |record, at| record.time(at));
            let _ = read(&text, |record, at| record.bit(at));
            let _ = read(&text, |record, at| record.float(at));
            let _ = read(&text, |record, at| record.end(0, at));
            let _ = read(&text, |record, at| record.last(at, 3));
        }
    }
}

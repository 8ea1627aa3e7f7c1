//! The values that a raw format has for the columns of a raw table. The readings of a format are data, which is
//! interpreted here; the row that takes the values is generated code. So a format needs no code of its own, and one
//! that was never compiled reads as one that was.

#[cfg(test)]
mod tests;
mod values;

use std::fmt;
use std::ops::RangeBounds;

use csv::ByteRecord;
use flow_oa_schema::model::{Read, Source, Value};

use crate::{CellFault, Cells, Corrections, Moment, Text, Zone, address};

/// The columns of a file: for each field of the format, its name there and its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// The names of the fields, as the file spells them.
    pub names: Vec<String>,
    /// The position of each field in a record of the file. `None` if the file does not have it, or has no numbered
    /// columns.
    pub places: Vec<Option<usize>>,
}

impl Columns {
    /// The columns of a file whose records have the fields of the format, in their order.
    pub fn declared(source: &Source) -> Self {
        Self { names: source.fields.clone(), places: (0..source.fields.len()).map(Some).collect() }
    }

    /// The fields of records without numbered columns.
    pub fn unnumbered(source: &Source) -> Self {
        Self { names: source.fields.clone(), places: vec![None; source.fields.len()] }
    }
}

/// How the records of one file are read: a reading for each `input` column of the raw table, in order.
#[derive(Debug, Clone)]
pub struct Readings {
    reads: Vec<Read>,
    /// Texts that stand for no value.
    nulls: Vec<String>,
    /// Whether an empty field has no value, even in a column that the file has.
    is_empty_null: bool,
    columns: Columns,
    zone: Zone,
}

impl Readings {
    /// The readings of a format for the `input` columns of a raw table, which are given by name. `None` if the format
    /// does not define one of them.
    pub fn new(source: &Source, inputs: &[&str], zone: Zone) -> Option<Self> {
        let reads = inputs.iter().map(|name| source.reads.get(*name).cloned()).collect::<Option<_>>()?;
        let nulls: Vec<String> = source.nulls.iter().filter(|null| !null.is_empty()).cloned().collect();
        let is_empty_null = nulls.len() < source.nulls.len();
        Some(Self { reads, nulls, is_empty_null, columns: Columns::declared(source), zone })
    }

    /// Reads further records from these columns.
    pub fn set_columns(&mut self, columns: Columns) {
        self.columns = columns;
    }

    /// The values of a record.
    pub fn of<'a>(&'a self, record: &'a ByteRecord) -> Inputs<'a> {
        Inputs { cells: Cells::of_columns(record, &self.columns, &self.zone), readings: self }
    }
}

/// The values of a record for the `input` columns of a raw table, by the position of the column among them. Blanks around
/// a value are removed.
#[derive(Debug)]
pub struct Inputs<'a> {
    cells: Cells<'a>,
    readings: &'a Readings,
}

/// What exports of tables write where there is no value: Hive's beeline, and files of Hive's text tables.
const NULLS: [&str; 2] = ["NULL", "\\N"];

/// A value, or `None` if the record has none.
type Found<T> = Result<Option<T>, CellFault>;

#[expect(clippy::missing_errors_doc, reason = "the first cell that does not hold such a value, or none")]
impl Inputs<'_> {
    /// The corrections in the values that were read so far; each kind counts at most once.
    pub fn corrected(&self) -> Corrections {
        self.cells.corrected()
    }

    /// A text.
    pub fn text(&self, input: usize) -> Result<Text, CellFault> {
        let read = self.read(input);
        match self.leaf(read)? {
            Some((_, text)) => Some(Text::from(text)),
            None => self.text_of(read)?,
        }
        .or_else(|| self.is_null(input).then(Text::default))
        .ok_or_else(|| self.fault(input, "a text"))
    }

    /// An IP address as canonical text.
    pub fn address(&self, input: usize) -> Result<Text, CellFault> {
        let expected = || self.fault(input, "an IPv4 or IPv6 address");
        let read = self.read(input);
        let ip = match self.leaf(read)? {
            Some((_, text)) => address::parse(text),
            None => self.text_of(read)?.and_then(|text| address::parse(text.trim_ascii())),
        };
        ip.map(address::text).ok_or_else(expected)
    }

    /// A time that exists.
    pub fn time(&self, input: usize) -> Result<Moment, CellFault> {
        self.time_of(self.read(input))?.ok_or_else(|| self.fault(input, "a time"))
    }

    /// A whole number within a range.
    pub fn whole<T: TryFrom<i64> + std::str::FromStr + PartialOrd + fmt::Display>(
        &self,
        input: usize,
        range: impl RangeBounds<T>,
    ) -> Result<T, CellFault> {
        let read = self.read(input);
        let found = match self.leaf(read)? {
            Some((_, text)) => text.parse().ok(),
            None => self.whole_of(read)?.and_then(|number| T::try_from(number).ok()),
        };
        let zero = || self.is_null(input).then(|| T::try_from(0).ok()).flatten();
        let number = found.or_else(zero).filter(|number| range.contains(number));
        number.ok_or_else(|| self.cells.outside(self.place(input), "a whole number", &range))
    }

    /// A 16-bit integer.
    pub fn smallint(&self, input: usize) -> Result<i16, CellFault> {
        self.whole(input, i16::MIN..=i16::MAX)
    }

    /// A 32-bit integer.
    pub fn int(&self, input: usize) -> Result<i32, CellFault> {
        self.whole(input, i32::MIN..=i32::MAX)
    }

    /// A 64-bit integer.
    pub fn bigint(&self, input: usize) -> Result<i64, CellFault> {
        let read = self.read(input);
        match self.leaf(read)? {
            Some((_, text)) => text.parse().ok(),
            None => self.whole_of(read)?,
        }
        .or_else(|| self.is_null(input).then_some(0))
        .ok_or_else(|| self.fault(input, "a whole number of at most 64 bits"))
    }

    /// A finite number in double precision.
    pub fn double(&self, input: usize) -> Result<f64, CellFault> {
        let zero = || self.is_null(input).then_some(0.0);
        self.real_of(self.read(input))?.or_else(zero).ok_or_else(|| self.fault(input, "a finite number"))
    }

    /// A finite number within the range of single precision, in double precision.
    pub fn float(&self, input: usize) -> Result<f64, CellFault> {
        let value = self.double(input)?;
        let fits = value.abs() <= f64::from(f32::MAX);
        if fits { Ok(value) } else { Err(self.fault(input, "a number within single precision")) }
    }

    /// A number within a range, in single precision.
    pub fn float_within(&self, input: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(input, self.float(input)?, range)
    }

    /// A number within a range, in double precision.
    pub fn double_within(&self, input: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(input, self.double(input)?, range)
    }

    /// A duration in seconds. A negative one becomes 0 and is counted as corrected.
    pub fn elapsed(&self, input: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        let seconds = self.double(input)?;
        self.within(input, self.cells.corrected_duration(seconds), range)
    }

    /// A boolean: `0`, `1`, `true` or `false`.
    pub fn bit(&self, input: usize) -> Result<bool, CellFault> {
        let expected = || self.fault(input, "0, 1, true or false");
        let read = self.read(input);
        if let Read::Value(Value::Int(number)) = read {
            return Ok(*number == 1);
        }
        let text = self.text_of(read)?.ok_or_else(expected)?;
        match text.trim_ascii() {
            "1" | "true" | "TRUE" | "True" => Ok(true),
            "0" | "false" | "FALSE" | "False" => Ok(false),
            _ => Err(expected()),
        }
    }

    /// The time of whole seconds since 1970-01-01 00:00:00 UTC, which come from an input.
    pub fn time_of_epoch(&self, input: usize, seconds: i64) -> Result<Moment, CellFault> {
        self.cells.time_of_epoch(self.place(input), seconds)
    }

    /// The time of a text, UTC, which comes from an input and others.
    pub fn time_of_text(&self, input: usize, text: &str) -> Result<Moment, CellFault> {
        self.cells.time_of_text(self.place(input), text)
    }

    /// The sum of whole numbers, one of which comes from an input.
    pub fn sum(&self, input: usize, summands: &[i64]) -> Result<i64, CellFault> {
        self.cells.sum(self.place(input), summands)
    }

    /// The sum of numbers, one of which comes from an input.
    pub fn real_sum(&self, input: usize, summands: &[f64]) -> Result<f64, CellFault> {
        self.cells.real_sum(self.place(input), summands)
    }

    fn within(&self, input: usize, value: f64, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.cells.within(self.place(input), value, range)
    }

    fn read(&self, input: usize) -> &Read {
        &self.readings.reads[input]
    }

    /// The field that gives the value of a reading unchanged, and its text: a plain field, or the one that a condition or
    /// the order of several readings selects. Most fields are read so, without a copy.
    fn leaf(&self, read: &Read) -> Found<(usize, &str)> {
        match read {
            Read::Column(at) => Ok(self.given(*at)?.map(|text| (*at, text))),
            Read::When { .. } => self.chosen(read)?.map_or(Ok(None), |chosen| self.leaf(chosen)),
            Read::First(all) => {
                for part in all {
                    match part {
                        Read::Column(_) => {
                            if let Some(found) = self.leaf(part)? {
                                return Ok(Some(found));
                            }
                        }
                        Read::When { .. } if self.chosen(part)?.is_none() => {}
                        other => return self.leaf(other),
                    }
                }
                Ok(None)
            }
            Read::Value(_)
            | Read::Option { .. }
            | Read::Arrival { .. }
            | Read::End { .. }
            | Read::Elapsed { .. }
            | Read::Epoch { .. }
            | Read::Time { .. }
            | Read::Last { .. }
            | Read::LongerThan { .. }
            | Read::Before { .. }
            | Read::Join(_)
            | Read::Floor(_)
            | Read::Subtract { .. }
            | Read::Scale { .. }
            | Read::Multiply { .. }
            | Read::Protocol { .. }
            | Read::Port(_)
            | Read::Bytes { .. }
            | Read::Hexadecimal { .. }
            | Read::Flags { .. }
            | Read::Map { .. } => Ok(None),
        }
    }

    /// The field to which an error about an input is attributed.
    fn place(&self, input: usize) -> usize {
        self.blamed(self.read(input)).unwrap_or_default()
    }

    /// The field to which an error about a reading is attributed: one that a condition selects.
    fn blamed(&self, read: &Read) -> Option<usize> {
        if let Ok(Some((at, _))) = self.leaf(read) {
            return Some(at);
        }
        match read {
            Read::First(all) => all.first().and_then(|first| self.blamed(first)).or_else(|| read.field()),
            Read::When { .. } => match self.chosen(read) {
                Ok(Some(chosen)) => self.blamed(chosen),
                Ok(None) | Err(_) => read.field(),
            },
            other => other.field(),
        }
    }

    /// Whether the field of an input has no value in an export. Numbers are 0 then, and texts are empty.
    fn is_null(&self, input: usize) -> bool {
        self.cells.str(self.place(input)).is_ok_and(|text| NULLS.contains(&text))
    }

    fn fault(&self, input: usize, expected: &'static str) -> CellFault {
        self.fault_of(self.read(input), expected)
    }

    fn fault_of(&self, read: &Read, expected: &'static str) -> CellFault {
        self.cells.fault(self.blamed(read).unwrap_or_default(), expected)
    }

    /// The text of a field, without blanks around it, if it has a value.
    fn given(&self, at: usize) -> Found<&str> {
        let readings = self.readings;
        let is_in_file = || readings.columns.places.get(at).is_some_and(Option::is_some);
        // A column that the file lacks may be one at the end, which its records lack, too.
        if at >= self.cells.len() && !is_in_file() {
            return Ok(None);
        }
        let text = self.cells.str(at)?;
        let is_absent = if text.is_empty() {
            readings.is_empty_null || !is_in_file()
        } else {
            // Of most texts, the first byte decides.
            let is_of_export = matches!(text.as_bytes().first(), Some(b'N' | b'\\')) && NULLS.contains(&text);
            if is_of_export {
                self.cells.count_null();
            }
            is_of_export || readings.nulls.iter().any(|null| null == text)
        };
        Ok(Some(text).filter(|_| !is_absent))
    }
}

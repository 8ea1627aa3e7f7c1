//! The records of a text of any kind, with their fields where the format has them.

use std::io::Read;

use csv::ByteRecord;
use flow_oa_core::Columns;
use flow_oa_files::json::{self, JsonRecords, Shape};
use flow_oa_files::records::Records;
use flow_oa_files::text::Unread;
use flow_oa_files::zeek::{self, ZeekRecords};
use flow_oa_schema::model::{Json, Source, Text};

use crate::commented::{Headers, Watched};
use crate::format;
use crate::header::{self, Mapping};

/// The records of a text.
pub(crate) enum Entries<R> {
    /// Text with delimiters.
    Delimited(Box<Delimited<R>>),
    /// JSON.
    Json(Box<JsonRecords<R>>),
    /// A log of Zeek.
    Zeek(Box<ZeekRecords<R>>),
}

/// Text with delimiters.
pub(crate) struct Delimited<R> {
    pub(crate) records: Records<Watched<R>>,
    pub(crate) headers: Headers,
    /// The columns of the file.
    pub(crate) mapping: Mapping,
    /// A record whose fields were arranged.
    arranged: ByteRecord,
}

/// What comes next in a text.
pub(crate) enum Next {
    /// A record that begins on this line.
    Record(u64),
    /// Something on this line that is not a record, and why.
    Damaged(u64, String),
    /// A header on this line, which gives the columns of the records that follow. `None` if they are the same as before.
    Header(Option<Columns>),
}

impl<R: Read> Entries<R> {
    /// Reads a text of a format.
    pub(crate) fn new(text: R, source: &Source) -> Self {
        match &source.text {
            Text::Delimited(of) => {
                let (text, headers) = Watched::new(text, source);
                let records = Records::new(text, format::layout(of));
                let mapping = Mapping::without_header(source);
                Self::Delimited(Box::new(Delimited {
                    records,
                    headers,
                    mapping,
                    arranged: ByteRecord::new(),
                }))
            }
            Text::Json(of) => Self::Json(Box::new(JsonRecords::new(text, &shape(source, of)))),
            Text::Zeek(_) => Self::Zeek(Box::new(ZeekRecords::new(text, spellings(source)))),
        }
    }

    /// The columns of records before any header.
    pub(crate) fn columns(&self, source: &Source) -> Columns {
        match self {
            Self::Delimited(text) => text.mapping.columns.clone(),
            Self::Json(_) | Self::Zeek(_) => Columns::unnumbered(source),
        }
    }

    /// Returns the underlying reader.
    pub(crate) fn into_inner(self) -> R {
        match self {
            Self::Delimited(text) => text.records.into_inner().into_inner(),
            Self::Json(records) => records.into_inner(),
            Self::Zeek(records) => records.into_inner(),
        }
    }

    /// The number of lines so far that hold no records, apart from headers of delimited text.
    pub(crate) fn other_lines(&self) -> u64 {
        match self {
            Self::Delimited(text) => text.records.blank_lines(),
            Self::Json(records) => records.blank_lines(),
            Self::Zeek(records) => records.other_lines(),
        }
    }
}

impl<R: Read> Delimited<R> {
    /// The columns that the current record gives, if it is a header.
    pub(crate) fn header(&self, source: &Source) -> Option<Mapping> {
        let record = self.records.current();
        let is_one = self.mapping.may_be_header(source, record);
        if is_one { Mapping::of_header(source, record).ok() } else { None }
    }

    /// The current record, with its fields where the format has them.
    pub(crate) fn arranged(&mut self) -> &ByteRecord {
        let record = self.records.current();
        if self.mapping.arranged(record, &mut self.arranged) { &self.arranged } else { record }
    }
}

/// What comes next in JSON text.
pub(crate) fn next_of_json<R: Read>(records: &mut JsonRecords<R>) -> Result<Option<Next>, Unread> {
    Ok(records.next_record()?.map(|next| match next {
        json::Next::Record(line) => Next::Record(line),
        json::Next::Damaged(line, reason) => Next::Damaged(line, reason),
    }))
}

/// What comes next in a log of Zeek. A header that is not of the format ends the reading.
pub(crate) fn next_of_zeek<R: Read>(
    records: &mut ZeekRecords<R>,
    source: &Source,
) -> Result<Option<Next>, Unread> {
    let Some(next) = records.next_record()? else { return Ok(None) };
    Ok(Some(match next {
        zeek::Next::Record(line) => Next::Record(line),
        zeek::Next::Damaged(line, reason) => Next::Damaged(line, reason),
        zeek::Next::Names(line) => match fault_of_zeek(records, source) {
            Some(reason) => return Err(Unread { line, reason }),
            None => Next::Header(None),
        },
    }))
}

/// Why the header of a log is not that of a format.
pub(crate) fn fault_of_zeek<R: Read>(records: &ZeekRecords<R>, source: &Source) -> Option<String> {
    let Text::Zeek(of) = &source.text else { return None };
    if records.path() != of.path {
        return Some(format!(
            "the header is that of the log {:?}, but the file is read as {} ({:?}): move these lines to another file",
            records.path(),
            source.name,
            of.path
        ));
    }
    let missing = header::missing(source, &|at| records.places().get(at).is_some_and(Option::is_some));
    (!missing.is_empty()).then(|| {
        format!(
            "`#fields` lacks {}, which {} needs: write the log with these fields",
            missing.join(", "),
            source.name
        )
    })
}

/// Where the fields of a format are in JSON text.
pub(crate) fn shape(source: &Source, of: &Json) -> Shape {
    let most = of.tuple.as_ref().map_or(0, |tuple| tuple.fields.len());
    let mut fields = spellings(source);
    fields.truncate(fields.len().saturating_sub(most));
    let tuple = of
        .tuple
        .as_ref()
        .map(|tuple| (format::byte(tuple.delimiter), most.saturating_sub(usize::from(tuple.optional)), most));
    Shape { fields, each: of.each.clone(), tuple }
}

/// The spellings of each field.
pub(crate) fn spellings(source: &Source) -> Vec<Vec<String>> {
    let all = source.fields.iter().zip(&source.spellings);
    all.map(|(field, others)| std::iter::once(field).chain(others).cloned().collect()).collect()
}

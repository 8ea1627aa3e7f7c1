//! Recognises the raw format of a file by its header.

use csv::ByteRecord;
use flow_oa_schema::model::{Pipeline, Source};
use flow_oa_schema::names::nearest;

use crate::error::{Error, Result};

/// Whether a record is the header of a format, with or without its optional columns.
pub(super) fn is_header(source: &Source, record: &ByteRecord) -> bool {
    has_width(source, record.len())
        && record.iter().zip(&source.header).all(|(found, name)| found.trim_ascii() == name.as_bytes())
}

/// Whether records of a format can have this number of columns.
pub(super) fn has_width(source: &Source, columns: usize) -> bool {
    let most = source.header.len();
    columns == most || columns == most - source.optional
}

/// The allowed numbers of columns, for messages.
pub(super) fn widths(source: &Source) -> String {
    let most = source.header.len();
    if source.optional == 0 { most.to_string() } else { format!("{} or {most}", most - source.optional) }
}

/// The format whose header `record` is.
///
/// # Errors
/// If there is none: what the record looks like, and which formats exist.
pub(super) fn recognise<'a>(
    pipeline: &'a Pipeline,
    file: &str,
    line: u64,
    record: &ByteRecord,
) -> Result<&'a Source> {
    by_header(pipeline, record).ok_or_else(|| {
        if let Some(source) = by_first_bytes(pipeline, record) {
            return Error::BadData(format!(
                "{file}: this is a binary file ({}), which can only be read from a plain file, neither compressed \
                 nor from standard input",
                source.description
            ));
        }
        if let Some((source, parted)) = by_other_delimiter(pipeline, record) {
            return Error::BadData(format!(
                "{file}:{line}: this is the header of {}, but its columns are separated by {parted}, not by commas: \
                 convert the file",
                source.name
            ));
        }
        let known: Vec<String> = texts(pipeline)
            .map(|text| format!("  {}: {} (begins with {})", text.name, text.description, start(text)))
            .collect();
        Error::BadData(format!(
            "{file}:{line}: the first line is not the header of a known format: found {}, {}\nknown formats:\n{}\n\
             --format NAME reads a file without a header",
            columns(record.len()),
            shown(record),
            known.join("\n")
        ))
    })
}

fn texts(pipeline: &Pipeline) -> impl Iterator<Item = &Source> {
    pipeline.sources.iter().filter(|it| it.binary.is_none())
}

fn by_header<'a>(pipeline: &'a Pipeline, record: &ByteRecord) -> Option<&'a Source> {
    texts(pipeline).find(|source| is_header(source, record))
}

/// The format whose header the record would be with another delimiter than the comma, and the name of that delimiter.
fn by_other_delimiter<'a>(pipeline: &'a Pipeline, record: &ByteRecord) -> Option<(&'a Source, &'static str)> {
    const OTHERS: [(u8, &str); 4] = [(b'\t', "tabs"), (b';', "semicolons"), (b'|', "bars"), (b' ', "blanks")];
    let parted = |by: u8| ByteRecord::from_iter(record.as_slice().split(|byte| *byte == by));
    OTHERS.into_iter().find_map(|(by, name)| Some((by_header(pipeline, &parted(by))?, name)))
}

fn by_first_bytes<'a>(pipeline: &'a Pipeline, record: &ByteRecord) -> Option<&'a Source> {
    let starts_so = |source: &&Source| {
        source.binary.as_ref().is_some_and(|binary| record.as_slice().starts_with(&binary.magic))
    };
    pipeline.sources.iter().find(starts_so)
}

/// The start of a record, safe to print on a terminal whatever bytes it holds.
fn shown(record: &ByteRecord) -> String {
    const LONGEST: usize = 60;
    let fields: Vec<_> = record.iter().take(LONGEST).map(String::from_utf8_lossy).collect();
    let text = fields.join(",");
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    let start: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    start + more
}

fn columns(count: usize) -> String {
    if count == 1 { "1 column".to_owned() } else { format!("{count} columns") }
}

fn start(source: &Source) -> String {
    source.header.iter().take(4).cloned().collect::<Vec<_>>().join(",")
}

/// The format of that name.
///
/// # Errors
/// If there is none: which formats exist.
pub(super) fn named<'a>(pipeline: &'a Pipeline, name: &str) -> Result<&'a Source> {
    pipeline.sources.iter().find(|source| source.name == name).ok_or_else(|| {
        let names: Vec<&str> = pipeline.sources.iter().map(|it| it.name.as_str()).collect();
        let meant = nearest(name, names.iter().copied())
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default();
        Error::Usage(format!("--format: there is no raw format {name:?}, but {}{meant}", names.join(", ")))
    })
}

/// Refuses a file that begins with the header of another format than the requested one.
///
/// # Errors
/// If it does: which format the file has.
pub(super) fn require_no_other(
    pipeline: &Pipeline,
    named: &Source,
    file: &str,
    record: &ByteRecord,
) -> Result<()> {
    match by_header(pipeline, record) {
        Some(found) if !is_header(named, record) => Err(Error::Usage(format!(
            "{file}: its header is that of {}, not of {}. Without --format it is read as what \
             it is",
            found.name, named.name
        ))),
        _ => Ok(()),
    }
}

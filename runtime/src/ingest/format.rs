//! Which raw format is it? The header says.

use csv::ByteRecord;
use flow_oa_schema::model::{Pipeline, Source};
use flow_oa_schema::names::nearest;

use crate::error::{Error, Result};

/// Whether a record is the header of a format, with or without its optional columns.
pub(super) fn is_header(source: &Source, record: &ByteRecord) -> bool {
    has_width(source, record.len())
        && record.iter().zip(&source.header).all(|(found, name)| found.trim_ascii() == name.as_bytes())
}

/// Whether records of a format can have so many columns.
pub(super) fn has_width(source: &Source, columns: usize) -> bool {
    let most = source.header.len();
    columns == most || columns == most - source.optional
}

/// The format whose header `record` is.
///
/// # Errors
/// What the record looks like, and which formats there are.
pub(super) fn recognise<'a>(pipeline: &'a Pipeline, file: &str, record: &ByteRecord) -> Result<&'a Source> {
    let texts = || pipeline.sources.iter().filter(|it| it.binary.is_none());
    texts().find(|it| is_header(it, record)).ok_or_else(|| {
        let known: Vec<String> = texts()
            .map(|it| format!("  {}: {} (begins with {})", it.name, it.description, start(it)))
            .collect();
        let found: Vec<_> = record.iter().take(6).map(String::from_utf8_lossy).collect();
        let more = if record.len() > 6 { ",…" } else { "" };
        Error::BadData(format!(
            "{file}:1: the first line is no header that is known: found {} columns, {}{more}\nknown are\n{}\n\
             nothing was changed; --format NAME reads a file without a header",
            record.len(),
            found.join(","),
            known.join("\n")
        ))
    })
}

fn start(source: &Source) -> String {
    source.header.iter().take(4).cloned().collect::<Vec<_>>().join(",")
}

/// The format of that name.
///
/// # Errors
/// Which formats there are.
pub(super) fn named<'a>(pipeline: &'a Pipeline, name: &str) -> Result<&'a Source> {
    pipeline.sources.iter().find(|it| it.name == name).ok_or_else(|| {
        let names: Vec<&str> = pipeline.sources.iter().map(|it| it.name.as_str()).collect();
        let meant = nearest(name, names.iter().copied())
            .map(|it| format!("; did you mean {it}?"))
            .unwrap_or_default();
        Error::Usage(format!("--format: there is no raw format {name:?}, but {}{meant}", names.join(", ")))
    })
}

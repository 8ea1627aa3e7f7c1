//! The raw formats of pipelines, and how each divides its text.

use csv::ByteRecord;
use flow_oa_files::records::{self, Layout};
use flow_oa_schema::model::{Comments, Delimited, Delimiter, Source, Text};
use flow_oa_site::deployment::{Chosen, Scope};
use flow_oa_site::{Error, Result};

/// A raw format of a pipeline.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Clone, Copy)]
pub struct Format<'a> {
    pub chosen: Chosen<'a>,
    pub source: &'a Source,
}

/// The formats of pipelines.
pub(crate) fn of<'a>(pipelines: &[Chosen<'a>]) -> impl Iterator<Item = Format<'a>> {
    pipelines
        .iter()
        .flat_map(|chosen| chosen.model.sources.iter().map(|source| Format { chosen: *chosen, source }))
}

impl Format<'_> {
    pub(crate) fn is(&self, other: &Format<'_>) -> bool {
        std::ptr::eq(self.source, other.source)
    }

    /// The name, with the pipeline.
    pub(crate) fn full_name(&self) -> String {
        format!("{} (pipeline {})", self.source.name, self.chosen.model.name)
    }
}

/// How a delimited text is divided into records.
pub(crate) fn layout(text: &Delimited) -> Layout {
    let delimiter = match text.delimiter.0 {
        ' ' => records::Delimiter::Blanks,
        _ => records::Delimiter::Byte(byte(text.delimiter)),
    };
    Layout { delimiter, comments: text.comments.map(sign), quotes: text.quotes }
}

/// The byte of a delimiter, which the check has found to be ASCII.
pub(crate) fn byte(delimiter: Delimiter) -> u8 {
    u8::try_from(delimiter.0).unwrap_or(b',')
}

/// How a source divides its text, if that has delimiters.
pub(crate) fn delimited(source: &Source) -> Option<&Delimited> {
    match &source.text {
        Text::Delimited(text) => Some(text),
        Text::Json(_) | Text::Zeek(_) => None,
    }
}

/// The first byte of comments.
pub(crate) fn sign(comments: Comments) -> u8 {
    match comments {
        Comments::NumberSign => b'#',
    }
}

/// The error for a file whose format belongs to another pipeline than the named one. `None` if none is named.
pub(crate) fn of_another_pipeline(scope: &Scope<'_>, format: Format<'_>, file: &str) -> Option<Error> {
    let Scope::Only { pipeline, others: _ } = scope else { return None };
    let (named, found) = (&pipeline.model.name, &format.chosen.model.name);
    let name = &format.source.name;
    Some(Error::Usage(format!(
        "{file}: the file has the format {name} of the pipeline {found}, but --type is {named}. Ingest it with --type {found}"
    )))
}

/// Refuses a format of a pipeline that is not searched.
///
/// # Errors
/// If it is one: to which pipeline the file belongs.
pub(crate) fn require_searched(scope: &Scope<'_>, format: Format<'_>, file: &str) -> Result<()> {
    let is_searched = of(scope.searched()).any(|searched| searched.is(&format));
    let error = if is_searched { None } else { of_another_pipeline(scope, format, file) };
    error.map_or(Ok(()), Err)
}

/// The number of fields of a record, and its start, safe to print on a terminal whatever bytes it holds.
pub(crate) fn described(record: &ByteRecord) -> String {
    const LONGEST: usize = 60;
    let fields: Vec<_> = record.iter().take(LONGEST).map(String::from_utf8_lossy).collect();
    let text = fields.join(",");
    let more = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    let start: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    let count = record.len();
    let columns = if count == 1 { "1 column".to_owned() } else { format!("{count} columns") };
    format!("{columns}, {start}{more}")
}

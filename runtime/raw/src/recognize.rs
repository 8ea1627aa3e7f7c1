//! Recognizes the raw format of a file, and with it the pipeline: by its header, or by its first record if files of the
//! format may lack the header.
//!
//! # Decisions
//!
//! - **Headers come first.** A first record decides only if no header does: the right number of fields, all of which
//!   can be read, may be a coincidence. If two formats fit so, the user decides with `--format`.

use csv::ByteRecord;
use flow_oa_schema::model::{Source, Text};
use flow_oa_schema::names::nearest;
use flow_oa_schema::printable;

use crate::ReadOptions;
use crate::feed::Feed;
use crate::format::{Format, delimited, described, of, of_another_pipeline, sign};
use crate::header::Mapping;
use crate::start::Start;
use flow_oa_files::FileError;
use flow_oa_files::records::Layout;
use flow_oa_site::deployment::Scope;
use flow_oa_site::{Error, Result};

/// The format of a feed: that of the binary file, the one that is named, or the one that is recognized.
///
/// # Errors
/// If there is none, or several fit, or the file has another format than the one that is named.
pub fn recognize<'a>(scope: &Scope<'a>, feed: &mut Feed<'a>, options: &ReadOptions) -> Result<Format<'a>> {
    if let Some(binary) = feed.format {
        return Ok(binary);
    }
    let mut start = Start::new(&mut feed.text, &options.zone);
    if let Some(name) = &options.format {
        let format = named(scope, name)?;
        require_no_other(scope, format, &feed.name, &mut start)?;
        return Ok(format);
    }
    match start.fitting(of(scope.searched())).as_slice() {
        [] => Err(unknown(scope, &feed.name, &mut start)),
        [only] => Ok(*only),
        several => {
            let names: Vec<String> = several.iter().map(Format::full_name).collect();
            let message = format!(
                "{}: the file fits several formats: {}. Name the right one with --format, or its pipeline with --type",
                feed.name,
                names.join(", ")
            );
            Err(Error::Usage(message))
        }
    }
}

/// The error for a file of no known format: what it looks like, and which formats exist.
fn unknown(scope: &Scope<'_>, file: &str, start: &mut Start<'_>) -> Error {
    if let [other] = start.fitting(of(scope.others())).as_slice()
        && let Some(error) = of_another_pipeline(scope, *other, file)
    {
        return error;
    }
    let (line, record) = match start.take_first(Layout::from(b',')) {
        Err(unread) => return FileError::unread(file, unread).into(),
        Ok(None) => return Error::BadData(format!("{file}: the file is empty")),
        Ok(Some(first)) => first,
    };
    let formats = || of(scope.searched());
    if let Some(format) = by_first_bytes(formats(), &record) {
        return Error::BadData(format!(
            "{file}: this is a binary file ({}), which can only be read from a plain file, neither compressed \
             nor from standard input",
            format.source.description
        ));
    }
    if let Some((format, parted, expected)) = by_other_delimiter(formats(), &record) {
        return Error::BadData(format!(
            "{file}:{line}: this is the header of {}, but its columns are separated by {}, not by {}: convert the \
             file",
            format.source.name,
            plural(parted),
            plural(expected)
        ));
    }
    if let Some(unread) = start.damaged_json() {
        return FileError::unread(file, unread).into();
    }
    if record.get(0).is_some_and(|field| field.starts_with(b"+-")) {
        return Error::BadData(format!(
            "{file}:{line}: this is a table as a client draws it for a terminal: export it as CSV with a header, by \
             beeline with --outputformat=csv2, by impala-shell with -B --print_header --output_delimiter=,"
        ));
    }
    let nearest = start.nearest(formats());
    let found = start.other_header(formats()).unwrap_or_else(|| {
        let nearest = nearest.as_ref().map_or_else(String::new, |nearest| format!("\n{nearest}"));
        match start.begins_as_json() {
            true => format!("{line}: the objects of the file have not the keys of a known format{nearest}"),
            false => {
                let found = described(&record);
                format!("{line}: the first line is not the header of a known format: found {found}{nearest}")
            }
        }
    });
    Error::BadData(format!(
        "{file}:{found}\n{}\n--format NAME reads a file without a header",
        known(
            formats().map(|format| format.source).filter(|source| source.binary.is_none()),
            nearest.is_some()
        )
    ))
}

/// The formats in words: only their names if the nearest one is known.
fn known<'a>(sources: impl Iterator<Item = &'a Source>, has_nearest: bool) -> String {
    if has_nearest {
        let names: Vec<&str> = sources.map(|source| source.name.as_str()).collect();
        return format!("known formats: {}", names.join(", "));
    }
    let lines: Vec<String> = sources
        .map(|source| format!("  {}: {} ({})", source.name, source.description, beginning(source)))
        .collect();
    format!("known formats:\n{}", lines.join("\n"))
}

/// The format whose header the record would be if its fields were separated by another delimiter, that delimiter, and
/// the one of the format.
fn by_other_delimiter<'a>(
    formats: impl Iterator<Item = Format<'a>>,
    record: &ByteRecord,
) -> Option<(Format<'a>, char, char)> {
    let parted = |by: u8| ByteRecord::from_iter(record.as_slice().split(|byte| *byte == by));
    let others = [
        (',', record.clone()),
        ('\t', parted(b'\t')),
        (';', parted(b';')),
        ('|', parted(b'|')),
        (' ', parted(b' ')),
    ];
    let mut formats = formats.filter(|format| format.source.binary.is_none());
    formats.find_map(|format| {
        let expected = delimited(format.source)?.delimiter.0;
        let others = others.iter().filter(|(delimiter, _)| *delimiter != expected);
        let found = { others }.find(|(_, parted)| Mapping::of_header(format.source, parted).is_ok());
        found.map(|(delimiter, _)| (format, *delimiter, expected))
    })
}

fn plural(delimiter: char) -> String {
    match delimiter {
        ',' => "commas".to_owned(),
        '\t' => "tabs".to_owned(),
        ';' => "semicolons".to_owned(),
        '|' => "bars".to_owned(),
        ' ' => "blanks".to_owned(),
        other => format!("`{other}`"),
    }
}

fn by_first_bytes<'a>(
    mut formats: impl Iterator<Item = Format<'a>>,
    record: &ByteRecord,
) -> Option<Format<'a>> {
    formats.find(|format| {
        let binary = format.source.binary.as_ref();
        binary.is_some_and(|binary| record.as_slice().starts_with(&binary.magic))
    })
}

/// How a file of a format begins, for messages.
fn beginning(source: &Source) -> String {
    let needs = || {
        let names = source.needs.iter().filter_map(|at| source.fields.get(*at)).map(String::as_str);
        names.collect::<Vec<_>>().join(", ")
    };
    let text = match &source.text {
        Text::Delimited(text) => text,
        Text::Json(of) => {
            let keys = of.each.clone().unwrap_or_else(needs);
            return printable::in_line(&format!("is JSON with {keys}")).into_owned();
        }
        Text::Zeek(of) => {
            return printable::in_line(&format!("begins with `#path {}`", of.path)).into_owned();
        }
    };
    if source.header.is_empty() {
        return printable::in_line(&format!("has the columns {}", needs())).into_owned();
    }
    let delimiter = text.delimiter.0.to_string();
    let names = source.header.iter().take(4).cloned().collect::<Vec<_>>().join(&delimiter);
    let start = match (text.comments, &text.header_after) {
        (Some(comments), Some(after)) => format!("{}{after} {names}", char::from(sign(comments))),
        (None, _) | (_, None) => names,
    };
    printable::in_line(&format!("begins with {start}")).into_owned()
}

/// The format of that name.
///
/// # Errors
/// If there is none: which formats exist. If several pipelines have one: which.
fn named<'a>(scope: &Scope<'a>, name: &str) -> Result<Format<'a>> {
    let found: Vec<Format<'a>> = of(scope.searched()).filter(|format| format.source.name == name).collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => {
            let names: Vec<&str> = of(scope.searched()).map(|format| format.source.name.as_str()).collect();
            let meant = nearest(name, names.iter().copied())
                .map(|near| format!("; did you mean {near}?"))
                .unwrap_or_default();
            let message =
                format!("--format: there is no raw format {name:?}, but {}{meant}", names.join(", "));
            Err(Error::Usage(message))
        }
        several => {
            let pipelines: Vec<&str> =
                several.iter().map(|format| format.chosen.model.name.as_str()).collect();
            Err(Error::Usage(format!(
                "--format: the pipelines {} have a raw format {name}; name the right one with --type",
                pipelines.join(", ")
            )))
        }
    }
}

/// Refuses a file that begins with the header of another format than the requested one, or has another header in a
/// comment.
///
/// # Errors
/// If it does: which format the file has, or both headers.
fn require_no_other(scope: &Scope<'_>, named: Format<'_>, file: &str, start: &mut Start<'_>) -> Result<()> {
    let found = start.with_this_header(of(scope.searched()).chain(of(scope.others())));
    match found.first() {
        Some(other) if !found.iter().any(|format| format.is(&named)) => Err(Error::Usage(format!(
            "{file}: its header is that of {}, not of {}. Without --format it is read as what it is",
            other.source.name, named.source.name
        ))),
        Some(_) => Ok(()),
        None => match start.header_other_than(named) {
            Some(names) => Err(Error::BadData(format!(
                "{file}: the columns of the file are not those of {}, so its records cannot be read as {}: expected \
                 {}, found {}: write the log with the expected columns, or name the format that has those of the file",
                named.source.name,
                named.source.name,
                described(&ByteRecord::from(named.source.header.clone())),
                described(&names)
            ))),
            None => Ok(()),
        },
    }
}

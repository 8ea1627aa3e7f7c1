//! Reads the results file of a day: tab-separated, no header, most suspicious first.

use flow_oa_files::FileError;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use csv::ByteRecord;
use flow_oa_core::{Cells, Moment, Scoring, Zone};
use flow_oa_schema::model::FieldId;
use flow_oa_schema::types::ColumnType;

use flow_oa_files::records::{Layout, Records};
use flow_oa_files::rejects::Rejects;
use flow_oa_site::deployment::Chosen;
use flow_oa_site::downloads::Input;
use flow_oa_site::{Error, Result};

/// The content of a results file.
pub struct ReadResults {
    /// The rows.
    pub rows: Box<dyn Scoring>,
    /// Records read, including rejected records.
    pub records: u64,
    /// Whether the file has records after the last one that was read.
    pub has_more: bool,
    /// The time of each row, if the scores have one.
    pub times: Vec<Moment>,
    /// Blank lines.
    pub skipped: u64,
    /// Records that could not be read; no more than allowed.
    pub rejects: Rejects,
    /// The hash of the records, in hexadecimal. It depends neither on the compression of the file nor on what follows
    /// the last record that is read.
    pub content: String,
}

/// The name of the action in messages.
pub const DOING: &str = "reading the results from";

/// What the user can do if there are no results.
pub(crate) fn hint(chosen: Chosen<'_>) -> &'static str {
    match chosen.model.roles.score {
        Some(_) => {
            "; --results PATH names another file, --results-root FOLDER another root, and `flow-oa rank` makes one from \
             the raw rows of a day"
        }
        None => "; --results PATH names another file, --results-root FOLDER another root",
    }
}

/// Reads the first `limit` records. The rank is the position in the file and counts rejected records; no record beyond
/// the limit replaces a rejected one.
///
/// # Errors
/// If the file cannot be read, or more than `max_rejects` records cannot be parsed.
pub(crate) fn read(
    chosen: Chosen<'_>,
    input: &Input,
    limit: u64,
    max_rejects: u64,
    command: &str,
) -> Result<ReadResults> {
    let name = Path::new(&input.name);
    let text = input.open().map_err(|error| FileError::unopened(DOING, name, &error, hint(chosen)))?;
    let rejects = Rejects::new(&input.name, max_rejects, command).written_as(Layout::from(b'\t'));
    read_text(chosen, text, limit, rejects)
}

/// Reads the records from text; `rejects` has the name of the file.
///
/// # Errors
/// If the text cannot be read, or too many of its records cannot be parsed.
pub fn read_text(
    chosen: Chosen<'_>,
    text: impl Read,
    limit: u64,
    mut rejects: Rejects,
) -> Result<ReadResults> {
    let fields = chosen.compiled.results.fields();
    let mut rows = chosen.compiled.results.open();
    let mut lines = Records::new(text, b'\t');
    let mut records = 0;
    let mut content = blake3::Hasher::new();
    let (time, utc, mut times) = (time_field(chosen), Zone::utc(), Vec::new());
    while records < limit {
        let next = lines.next_record().map_err(|unread| FileError::unread(&rejects.file, unread))?;
        let Some((line, record)) = next else { break };
        if records == 0 {
            require_layout(&rejects.file, line, chosen, record)?;
        }
        let rank = i32::try_from(records).map_err(|_| Error::Usage("--limit: too large".into()))?;
        records += 1;
        add(&mut content, record);
        let (expected, found) = (chosen.model.results.required, record.len());
        if found < expected && lines.ends_open() {
            return Err(cut_off(&rejects.file, line, found, expected));
        }
        let fault = if (expected..=fields.len()).contains(&found) {
            let whole = completed(lines.current(), fields.len());
            let pushed = rows.push(rank, &whole);
            if let (Ok(()), Some(at)) = (&pushed, time) {
                times.extend(Cells::new(&whole, fields, &utc).time(at));
            }
            pushed.err().map(|it| it.to_string())
        } else {
            let or_more =
                if fields.len() > expected { format!(" or {}", fields.len()) } else { String::new() };
            let cut_off = lines.cut_off();
            Some(format!("expected {expected}{or_more} columns separated by tabs, found {found}{cut_off}"))
        };
        if let Some(reason) = fault {
            rejects.add(line, reason, lines.current());
        }
    }
    rejects.require_few()?;
    if rows.is_empty() {
        let holds = if records == 0 { "no records" } else { "no record that can be read" };
        return Err(Error::BadData(format!("{}: the results file holds {holds}", rejects.file)));
    }
    let skipped = lines.blank_lines();
    // A record that cannot be read counts as more, too.
    let has_more = records == limit && !matches!(lines.next_record(), Ok(None));
    Ok(ReadResults {
        rows,
        records,
        has_more,
        times,
        skipped,
        rejects,
        content: content.finalize().to_hex().to_string(),
    })
}

/// A record with an empty text for a field that it lacks.
fn completed(record: &ByteRecord, fields: usize) -> Cow<'_, ByteRecord> {
    if record.len() == fields {
        return Cow::Borrowed(record);
    }
    let mut whole = record.clone();
    (record.len()..fields).for_each(|_| whole.push_field(b""));
    Cow::Owned(whole)
}

/// The position of the field that holds the time of a row of scores.
fn time_field(chosen: Chosen<'_>) -> Option<usize> {
    let times =
        chosen.model.scores_table().own_columns().iter().filter(|column| column.kind == ColumnType::Time);
    times.filter_map(|column| column.from.field()).map(FieldId::at).next()
}

/// The error for a file that ends in the middle of a record. Allowed rejects do not cover it, since the file is
/// incomplete and not badly formed.
fn cut_off(file: &str, line: u64, columns: usize, expected: usize) -> Error {
    Error::BadData(format!(
        "{file}:{line}: the file ends in the middle of this record ({columns} of {expected} columns, and no line \
         end): it is still being written, or was cut short; run again when it is complete"
    ))
}

/// Adds a record to a hash, so that different records always add different bytes.
fn add(hash: &mut blake3::Hasher, record: &csv::ByteRecord) {
    hash.update(&(record.len() as u64).to_le_bytes());
    for field in record {
        hash.update(&(field.len() as u64).to_le_bytes());
        hash.update(field);
    }
}

/// Refuses a file whose first record shows that the whole file has another layout.
fn require_layout(file: &str, line: u64, chosen: Chosen<'_>, record: &ByteRecord) -> Result<()> {
    const OTHERS: [(u8, &str); 4] =
        [(b',', "commas"), (b';', "semicolons"), (b'|', "bars"), (b' ', "blanks")];
    let (fields, required) = (chosen.compiled.results.fields(), chosen.model.results.required);
    let is_name =
        |cell: &[u8]| fields.iter().any(|field| field.as_bytes().eq_ignore_ascii_case(cell.trim_ascii()));
    let names = record.iter().filter(|cell| is_name(cell)).count();
    let parts = |by: u8| record.as_slice().split(|byte| *byte == by).count();
    let fits = |found| (required..=fields.len()).contains(&found);
    let parted = OTHERS.into_iter().find(|(by, _)| record.len() == 1 && fits(parts(*by)));
    let fault = if let Some((_, parted)) = parted {
        format!(
            "expected {} columns separated by tabs, found as many parted by {parted}: convert the file",
            required
        )
    } else if names * 2 > fields.len() {
        "this line is a header, and results have none: remove it, for example with `tail -n +2`".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::BadData(format!("{file}:{line}: {fault}")))
}

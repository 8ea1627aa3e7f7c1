//! The results file of a day: tab-separated, no header, most suspicious first.

use std::path::Path;

use flow_oa_core::Scoring;

use crate::deployment::Chosen;
use crate::error::{Error, Result};
use crate::input;
use crate::records::Records;
use crate::rejects::Rejects;

/// What was read of a results file.
pub struct ReadResults {
    /// The rows.
    pub rows: Box<dyn Scoring>,
    /// Records read, rejected ones included.
    pub records: u64,
    /// Blank lines.
    pub skipped: u64,
    /// Records that could not be read, no more than allowed.
    pub rejects: Rejects,
    /// The hash of the records, in hexadecimal: the same however the file is packed and whatever comes after
    /// the last record that is read.
    pub content: String,
}

/// Reads the first `limit` records. Rank is the position in the file, rejected records counted; a reject is
/// not made up for from beyond the limit.
///
/// # Errors
/// Where the file cannot be read, or more than `max_rejects` records cannot.
pub fn read(
    chosen: Chosen<'_>,
    path: &Path,
    limit: u64,
    max_rejects: u64,
    command: &str,
) -> Result<ReadResults> {
    let shown = path.display().to_string();
    let no_input = |error: std::io::Error, hint: &str| Error::NoInput {
        doing: "reading the results from",
        path: path.to_owned(),
        error: format!("{error}{hint}"),
    };
    let unread = |error: std::io::Error| {
        Error::BadData(format!("{shown}: the file cannot be read to its end: {error}; nothing was changed"))
    };
    if path.is_dir() {
        return Err(no_input(std::io::Error::other("it is a folder"), "; expected a file"));
    }
    let hint = "; --results PATH names another file, --results-root FOLDER another root, \
                and `flow-oa rank` makes one from the raw rows of a day";
    let reader = input::open(path).map_err(|error| no_input(error, hint))?;
    let fields = chosen.compiled.results.fields();
    let mut rows = chosen.compiled.results.open();
    let mut rejects = Rejects::new(&shown, max_rejects, command);
    let mut lines = Records::new(reader, b'\t');
    let mut records = 0;
    let mut content = blake3::Hasher::new();
    while records < limit {
        let Some((line, record)) = lines.next().map_err(unread)? else { break };
        let rank = i32::try_from(records).map_err(|_| Error::Usage("--limit: too large".into()))?;
        records += 1;
        add(&mut content, record);
        if record.len() != fields.len() {
            let reason =
                format!("expected {} columns separated by tabs, found {}", fields.len(), record.len());
            rejects.add(line, reason, record);
        } else if let Err(fault) = rows.push(rank, record) {
            rejects.add(line, fault.to_string(), record);
        }
    }
    if rejects.are_too_many() {
        return Err(Error::Rejected(rejects));
    }
    if records == 0 {
        return Err(Error::BadData(format!(
            "{shown}: the results file holds no records; nothing was changed"
        )));
    }
    Ok(ReadResults {
        rows,
        records,
        skipped: lines.blank_lines(),
        rejects,
        content: content.finalize().to_hex().to_string(),
    })
}

/// Adds a record to a hash, so that no two different ones add the same.
fn add(hash: &mut blake3::Hasher, record: &csv::ByteRecord) {
    hash.update(&(record.len() as u64).to_le_bytes());
    for field in record {
        hash.update(&(field.len() as u64).to_le_bytes());
        hash.update(field);
    }
}

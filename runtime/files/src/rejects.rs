//! Records that cannot be read: counted, listed in messages, and stored next to the output if they are allowed.

use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::atomic::write_whole;
use crate::error::{FileError, Result};
use crate::records::{Delimiter, Layout};
use crate::reject::{Reject, TooMany};

/// The maximum number of records that a message lists.
const SHOWN: usize = 20;

/// The number of bytes of rejected records that are held in memory; beyond that they go to an anonymous temporary file.
const HELD: usize = 1 << 20;

/// The rejected records of one file. They are stored in bounded memory as long as they are allowed.
#[derive(Debug)]
pub struct Rejects {
    /// The name of the file.
    pub file: String,
    /// The number of rejected records.
    pub count: u64,
    allowed: u64,
    layout: Layout,
    first: Vec<Reject>,
    command: String,
    kept: csv::Writer<tempfile::SpooledTempFile>,
    /// An error while storing the records. It is reported when they are to be written.
    fault: Option<io::Error>,
}

impl Rejects {
    /// Starts without rejected records of `file`. Up to `allowed` records may be skipped. `command` is the command
    /// line, for a message that proposes a command that would succeed.
    pub fn new(file: &str, allowed: u64, command: &str) -> Self {
        Self {
            file: file.to_owned(),
            count: 0,
            allowed,
            layout: Layout::from(b','),
            first: Vec::new(),
            command: command.to_owned(),
            kept: csv::Writer::from_writer(tempfile::spooled_tempfile(HELD)),
            fault: None,
        }
    }

    /// Stores records with the separators of a layout, so that they can be corrected and read again.
    #[must_use]
    pub fn written_as(self, layout: Layout) -> Self {
        Self { layout, ..self }
    }

    /// Adds a rejected record.
    pub fn add(&mut self, line: u64, reason: String, record: &csv::ByteRecord) {
        let layout = self.layout;
        self.add_text(line, reason, || joined(record, layout));
    }

    /// Adds a rejected record, as it stands in its file.
    pub fn add_text(&mut self, line: u64, reason: String, text: impl FnOnce() -> String) {
        self.count += 1;
        if !self.are_too_many() && self.fault.is_none() {
            let row = [&line.to_string(), &reason, &text()];
            self.fault = self.kept.write_record(row).err().map(Into::into);
        }
        if self.first.len() < SHOWN {
            self.first.push(Reject { line, reason });
        }
    }

    /// Whether there are more than were allowed.
    pub fn are_too_many(&self) -> bool {
        self.count > self.allowed
    }

    /// Fails if there are more than were allowed.
    ///
    /// # Errors
    /// [`FileError::Rejected`].
    pub fn require_few(&self) -> Result<()> {
        if !self.are_too_many() {
            return Ok(());
        }
        Err(FileError::Rejected(TooMany {
            file: self.file.clone(),
            count: self.count,
            first: self.first.clone(),
            command: self.command.clone(),
        }))
    }

    /// The first rejected records: as many as a message lists.
    pub fn first(&self) -> &[Reject] {
        &self.first
    }

    /// Writes the records as CSV (line, reason, record), completely or not at all, and returns the path. If there are
    /// no records, returns `None` and removes the file of an earlier attempt.
    ///
    /// # Errors
    /// If the records could not be stored, or the file cannot be written or removed.
    pub fn keep(self, path: &Path) -> Result<Option<PathBuf>> {
        if self.count == 0 {
            return match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(FileError::Write { path: path.to_owned(), error })
                }
                _ => Ok(None),
            };
        }
        let waiting = |error: io::Error| FileError::Write { path: std::env::temp_dir(), error };
        self.fault.map_or(Ok(()), Err).map_err(waiting)?;
        let mut kept = self.kept.into_inner().map_err(|error| waiting(error.into_error()))?;
        write_whole(path, |out| {
            out.write_all(b"line,reason,record\n")?;
            kept.seek(SeekFrom::Start(0))?;
            io::copy(&mut kept, out).map(drop)
        })?;
        Ok(Some(path.to_owned()))
    }
}

/// A record as a text of this layout has it: fields are in quotes where the text would be divided in another way.
fn joined(record: &csv::ByteRecord, layout: Layout) -> String {
    let (separator, is_by_blanks) = match layout.delimiter {
        Delimiter::Byte(byte) => (char::from(byte), false),
        Delimiter::Blanks => (' ', true),
    };
    let mut text = String::new();
    for (at, field) in record.iter().map(String::from_utf8_lossy).enumerate() {
        if at > 0 {
            text.push(separator);
        }
        let is_comment = at == 0 && layout.comments.is_some_and(|sign| field.starts_with(char::from(sign)));
        let divides = |letter: char| letter == separator || matches!(letter, '\n' | '\r');
        let is_quoted = layout.quotes && field.starts_with('"')
            || field.contains(divides)
            || is_comment
            || is_by_blanks && field.is_empty();
        if is_quoted {
            text.push('"');
            text.push_str(&field.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&field);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::Records;

    #[test]
    fn rejects_beyond_what_memory_holds_are_kept_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rejects.csv");
        let mut rejects = Rejects::new("a", u64::MAX, "flow-oa");
        let record = csv::ByteRecord::from(vec!["x".repeat(100), "\"y\"".to_owned()]);
        let many = HELD as u64 / 100;
        for line in 1..=many {
            rejects.add(line, "a reason".to_owned(), &record);
        }
        assert_eq!(rejects.first().len(), SHOWN);
        rejects.require_few().unwrap();
        rejects.keep(&path).unwrap();
        let mut read = csv::Reader::from_path(&path).unwrap();
        assert_eq!(read.headers().unwrap(), vec!["line", "reason", "record"]);
        let lines = read.records().map(|record| {
            let record = record.unwrap();
            assert!(&record[1] == "a reason" && record[2].ends_with("x,\"\"\"y\"\"\""));
            record[0].parse::<u64>().unwrap()
        });
        assert!(lines.eq(1..=many));
    }

    #[test]
    fn a_stored_record_reads_as_the_record() {
        let fields = ["#a", "", "b c", "d,e", "f\tg", "\"h\" i", "j\"k", "l\nm", "n\r", ""];
        let record = csv::ByteRecord::from(fields.to_vec());
        for delimiter in
            [Delimiter::Byte(b','), Delimiter::Byte(b'\t'), Delimiter::Byte(b';'), Delimiter::Blanks]
        {
            let layout = Layout { delimiter, comments: Some(b'#'), quotes: true };
            let text = joined(&record, layout);
            let mut records = Records::new(text.as_bytes(), layout);
            assert_eq!(records.next_record().unwrap().unwrap().1, &record, "{text}");
            assert!(records.next_record().unwrap().is_none());
        }
    }

    #[test]
    fn more_than_are_allowed_are_counted_and_refused() {
        let mut rejects = Rejects::new("a", 1, "flow-oa ingest a");
        for line in 1..=30 {
            rejects.add(line, "no".to_owned(), &csv::ByteRecord::new());
        }
        let refused = rejects.require_few().unwrap_err().to_string();
        assert!(refused.starts_with("a: 30 records cannot be read:\n  a:1: no\n"), "{refused}");
        assert!(refused.contains("… and 10 more") && refused.ends_with("a --max-rejects 30"), "{refused}");
    }
}

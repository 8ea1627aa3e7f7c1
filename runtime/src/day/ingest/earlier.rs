//! Is a file known already? What `--new` skips, and where a log that has grown since its last ingest is to be continued.
//!
//! # Decisions
//!
//! - **A log is continued** if its first bytes equal what was ingested under its name. Their number is in the history
//!   entry of that ingest, in the column that holds the context of a run: databases of earlier versions have it.
//! - **Lines are passed over, not bytes**, so that headers are read, and messages have the true numbers of lines.

use std::io::{self, Read};
use std::path::Path;

use flow_oa_files::{Progress, text};

use super::Existing;
use flow_oa_engine::Session;
use flow_oa_ledger::rows::{self, Part};
use flow_oa_raw::Feed;
use flow_oa_site::{Error, Result};

/// What earlier ingests read of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Nothing, as far as can be told before the file is read.
    Nothing,
    /// All of it; a text that names the ingest.
    All(String),
    /// The first lines.
    Start(Start),
}

/// The part of a file that an ingest has read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) lines: u64,
    pub(super) bytes: u64,
    pub(super) ingest: i64,
}

impl Known {
    /// Looks a file up. Only what is needed for the answer is read of it.
    ///
    /// # Errors
    /// If the database or the file cannot be read, or the file continues a line that was stored as the last one.
    pub(super) fn of(
        session: &mut dyn Session,
        pipeline: &str,
        file: &str,
        feed: &Feed<'_>,
        existing: Existing,
        progress: &Progress,
    ) -> Result<Self> {
        let is_new_only = match existing {
            Existing::Refuse => false,
            Existing::Skip => true,
            Existing::Again | Existing::ReplaceFile | Existing::ReplaceDay(_) => return Ok(Self::Nothing),
        };
        if let Some(content) = feed.known_content() {
            return if is_new_only { of_content(session, pipeline, content) } else { Ok(Self::Nothing) };
        }
        let path = Path::new(file);
        if file == "-" || !path.is_file() {
            return Ok(Self::Nothing);
        }
        let mut parts = rows::parts_of(session, pipeline, file)?;
        if parts.is_empty() && !is_new_only {
            return Ok(Self::Nothing);
        }
        parts.sort_by_key(|part| part.bytes);
        let until = if is_new_only { u64::MAX } else { parts.last().map_or(0, |part| part.bytes) };
        let found = text::open(path).and_then(|text| Found::read(text, &parts, until, progress));
        progress.go_on()?;
        // A file that cannot be read to its end was not ingested; its reader reports the reason with the line.
        let Ok(found) = found else { return Ok(Self::Nothing) };
        if let Some(whole) = &found.whole {
            let known = of_content(session, pipeline, whole)?;
            if is_new_only && known != Self::Nothing {
                return Ok(known);
            }
        }
        match found.start {
            Some((start, End::Line)) => Ok(Self::Start(start)),
            Some((start, End::WithinLine)) => Err(Error::BadData(format!(
                "{file}: the file has grown since ingest {}, which stored its last line although the line was not complete. \
                 --replace reads the whole file again",
                start.ingest
            ))),
            // A file that did not grow is refused, as any other with its content.
            Some((_, End::File)) | None => Ok(Self::Nothing),
        }
    }
}

fn of_content(session: &mut dyn Session, pipeline: &str, content: &str) -> Result<Known> {
    let earlier = rows::earlier_ingests(session, pipeline, "content", content)?;
    Ok(earlier.first().map_or(Known::Nothing, |earlier| {
        Known::All(format!("as {} at {} UTC (ingest {})", earlier.file, earlier.finished, earlier.id))
    }))
}

/// Where the known start of a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// With a line.
    Line,
    /// Within a line.
    WithinLine,
    /// With the file.
    File,
}

/// What was found in a file.
struct Found {
    /// The longest start that an ingest has read.
    start: Option<(Start, End)>,
    /// The hash of the file, if it was read to its end.
    whole: Option<String>,
}

impl Found {
    /// Reads a text up to `until`, the end of the last of its known parts, or to its end. `parts` are sorted by length.
    fn read(mut text: impl Read, parts: &[Part], until: u64, progress: &Progress) -> io::Result<Self> {
        let mut reader = Counting { hash: blake3::Hasher::new(), bytes: 0, lines: 0, last: b'\n' };
        let mut start: Option<(Start, u8)> = None;
        for part in parts {
            reader.read(&mut text, part.bytes, progress)?;
            if reader.bytes == part.bytes && reader.hash.finalize().to_hex().as_str() == part.content {
                let read = Start { lines: reader.lines, bytes: part.bytes, ingest: part.id };
                start = Some((read, reader.last));
            }
        }
        // The byte behind the last part says whether the file goes on, and whether it goes on with a new line.
        let mut next = [0];
        let count = text.read(&mut next)?;
        let is_last = start.as_ref().is_some_and(|(start, _)| start.bytes == reader.bytes);
        let rest = &next[..count];
        if until == u64::MAX {
            reader.add(rest);
            reader.read(&mut text, until, progress)?;
        }
        let start = start.map(|(start, last)| match (last, is_last, rest) {
            (_, true, []) => (start, End::File),
            (b'\n', ..) => (start, End::Line),
            (_, true, [b'\n' | b'\r']) => (Start { lines: start.lines + 1, ..start }, End::Line),
            _ => (start, End::WithinLine),
        });
        let whole = (until == u64::MAX).then(|| reader.hash.finalize().to_hex().to_string());
        Ok(Self { start, whole })
    }
}

/// Hashes and counts what is read.
struct Counting {
    hash: blake3::Hasher,
    bytes: u64,
    lines: u64,
    last: u8,
}

impl Counting {
    fn add(&mut self, read: &[u8]) {
        self.hash.update(read);
        self.bytes += read.len() as u64;
        self.lines += read.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.last = read.last().copied().unwrap_or(self.last);
    }

    /// Reads up to the byte `until`, or to the end.
    fn read(&mut self, text: &mut impl Read, until: u64, progress: &Progress) -> io::Result<()> {
        let mut buffer = vec![0; 128 * 1024];
        while self.bytes < until && !progress.is_interrupted() {
            let wanted = usize::try_from(until - self.bytes).unwrap_or(usize::MAX).min(buffer.len());
            match text.read(&mut buffer[..wanted]) {
                Ok(0) => break,
                Ok(count) => self.add(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

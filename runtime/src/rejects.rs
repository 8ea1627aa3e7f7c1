//! Records that could not be read: counted, shown, and kept beside the output where they are allowed.

use std::fmt;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// How many are shown.
const SHOWN: usize = 20;

/// One record that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// Its line in the file, from 1.
    pub line: u64,
    /// Which column, what was expected, what was found.
    pub reason: String,
    /// The record as it was read, fields joined by commas.
    pub record: String,
}

/// The rejected records of one file. Beyond the number that may be needed only their count is kept.
#[derive(Debug, Clone)]
pub struct Rejects {
    /// The file.
    pub file: String,
    /// How many there are.
    pub count: u64,
    /// How many are allowed.
    pub allowed: u64,
    /// The first of them.
    pub first: Vec<Reject>,
    /// The command that was given, to propose one that goes on.
    pub command: String,
}

impl Rejects {
    /// None so far.
    pub fn new(file: &str, allowed: u64, command: &str) -> Self {
        Self { file: file.to_owned(), count: 0, allowed, first: Vec::new(), command: command.to_owned() }
    }

    /// Adds one.
    pub fn add(&mut self, line: u64, reason: String, record: &csv::ByteRecord) {
        self.count += 1;
        if self.first.len() < SHOWN.max(usize::try_from(self.allowed).unwrap_or(usize::MAX)) {
            let fields: Vec<_> = record.iter().map(String::from_utf8_lossy).collect();
            self.first.push(Reject { line, reason, record: fields.join(",") });
        }
    }

    /// Whether there are more than were allowed.
    pub fn are_too_many(&self) -> bool {
        self.count > self.allowed
    }

    /// Writes them as CSV (line, reason, record), whole or not at all; gives the path where there are any.
    /// Where there are none, a file that an earlier attempt left there is removed.
    ///
    /// # Errors
    /// Where the file cannot be written or removed.
    pub fn keep(&self, path: &Path) -> Result<Option<PathBuf>> {
        if self.count == 0 {
            return match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    Err(Error::Write { path: path.to_owned(), error })
                }
                _ => Ok(None),
            };
        }
        write_whole(path, |out| {
            let mut csv = csv::Writer::from_writer(out);
            csv.write_record(["line", "reason", "record"])?;
            for it in &self.first {
                csv.write_record([&it.line.to_string(), &it.reason, &it.record])?;
            }
            csv.flush()
        })?;
        Ok(Some(path.to_owned()))
    }
}

impl fmt::Display for Rejects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = if self.count == 1 { "record" } else { "records" };
        writeln!(f, "{}: {} {records} cannot be read:", self.file, self.count)?;
        for it in self.first.iter().take(SHOWN) {
            writeln!(f, "  {}:{}: {}", self.file, it.line, it.reason)?;
        }
        if self.count > SHOWN as u64 {
            writeln!(f, "  … and {} more", self.count - SHOWN as u64)?;
        }
        write!(
            f,
            "nothing was changed; mend the file, or leave these records out with: {} --max-rejects {}",
            self.command, self.count
        )
    }
}

/// Writes a file through a temporary one beside it, so that it is there whole or not at all.
///
/// # Errors
/// Where the folder or the file cannot be written; nothing is left behind then.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<()> {
    let fault = |error| Error::Write { path: path.to_owned(), error };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    sweep(path);
    let temporary = temporary(path);
    let attempt = || -> std::io::Result<()> {
        fail_point!("file-start");
        let mut out = std::io::BufWriter::new(created(&temporary)?);
        fail_point!("file-created");
        write(&mut out)?;
        out.flush()?;
        fail_point!("file-written");
        out.get_ref().sync_all()?;
        fail_point!("file-synced");
        std::fs::rename(&temporary, path)?;
        fail_point!("file-renamed");
        Ok(())
    };
    attempt().map_err(|error| {
        // The temporary file is of no use to anybody; that it may stay behind is the lesser fault.
        let _ = std::fs::remove_file(&temporary);
        fault(error)
    })
}

fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}{PART}", std::process::id()));
    path.with_file_name(name)
}

const PART: &str = ".part";

/// Makes a temporary file and locks it, so that nobody takes it for one that was left behind. Somebody may do so
/// before it is locked; then it is made again.
fn created(temporary: &Path) -> std::io::Result<File> {
    loop {
        let file = File::create(temporary)?;
        // Where files cannot be locked, they are not swept away either.
        let is_locked = file.lock().is_ok();
        if !is_locked || temporary.exists() {
            return Ok(file);
        }
    }
}

/// Takes away temporary files of `path` whose programs are gone: nobody holds their locks.
fn sweep(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|it| it.to_str())) else {
        return;
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = entry.file_name();
        let number =
            found.to_str().and_then(|it| it.strip_prefix(name)?.strip_prefix('.')?.strip_suffix(PART));
        let is_part = number.is_some_and(|it| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit()));
        if is_part
            && let Ok(file) = File::open(entry.path())
            && file.try_lock().is_ok()
        {
            // One that cannot be taken away does no harm where it is.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

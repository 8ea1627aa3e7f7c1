//! Is an input still the file that it was when reading began? One that grew, was cut, or gave its name to another
//! one meanwhile was most likely still being written, and what was read of it is no day's work.
//!
//! A file is known by its size, its time of change and its number in the file system. What is no file (a pipe,
//! standard input) cannot be known, and passes.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{Error, Result};

/// An input as it was before it was read.
#[derive(Debug, Clone)]
pub(crate) struct Steady {
    doing: &'static str,
    path: PathBuf,
    before: Option<Known>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    size: u64,
    changed: Option<SystemTime>,
    number: u64,
}

impl Known {
    /// Nothing where there is no file. Where it cannot be opened, its reader says so.
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Self { size: metadata.len(), changed: metadata.modified().ok(), number: number(&metadata) })
    }
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> u64 {
    0
}

/// What tells the file at `path` from every other one, in words; nothing where there is no file.
pub(crate) fn mark(path: &Path) -> Option<String> {
    let Known { size, changed, number } = Known::of(path)?;
    let changed = changed?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{size} bytes, {changed} ns, number {number}"))
}

impl Steady {
    /// Of a file that nobody else has.
    pub(crate) fn of_nothing(doing: &'static str) -> Self {
        Self { doing, path: PathBuf::new(), before: None }
    }

    /// Looks at `path` before it is opened; `doing` is as in [`Error::NoInput`].
    pub(crate) fn of(doing: &'static str, path: &Path) -> Self {
        Self { doing, path: path.to_owned(), before: Known::of(path) }
    }

    /// Gives what was read, unless the file changed: what it seemed to say, its faults too, is of no use to
    /// anybody then.
    ///
    /// # Errors
    /// As [`Self::require`], and those of the reading.
    pub(crate) fn hold<T>(&self, read: Result<T>) -> Result<T> {
        self.require()?;
        read
    }

    /// Refuses a file that is not any longer what it was.
    ///
    /// # Errors
    /// What was found, to be tried again.
    pub(crate) fn require(&self) -> Result<()> {
        let Some(before) = &self.before else { return Ok(()) };
        let found = match Known::of(&self.path) {
            Some(now) if now == *before => return Ok(()),
            None => "the file went away while it was read".to_owned(),
            Some(now) if now.number != before.number => {
                "the file was replaced by another one while it was read".to_owned()
            }
            Some(now) if now.size != before.size => {
                format!("the file changed while it was read, from {} bytes to {}", before.size, now.size)
            }
            Some(_) => "the file was written to while it was read".to_owned(),
        };
        Err(Error::Changed { doing: self.doing, path: self.path.clone(), found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_is_refused_and_what_is_no_file_passes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let found = |change: &dyn Fn()| {
            std::fs::write(&path, "one").unwrap();
            let steady = Steady::of("reading", &path);
            steady.require().unwrap();
            change();
            steady.require().unwrap_err().to_string()
        };
        assert!(found(&|| std::fs::write(&path, "one, two").unwrap()).contains("from 3 bytes to 8"));
        assert!(found(&|| std::fs::write(&path, "").unwrap()).contains("from 3 bytes to 0"));
        assert!(found(&|| std::fs::remove_file(&path).unwrap()).contains("went away"));
        let other = folder.path().join("b");
        let replace = || {
            std::fs::write(&other, "one").unwrap();
            std::fs::rename(&other, &path).unwrap();
        };
        assert!(found(&replace).contains("replaced"));
        Steady::of("reading", folder.path()).require().unwrap();
    }
}

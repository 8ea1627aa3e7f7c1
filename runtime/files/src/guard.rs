//! Detects an input file that changes while it is read. Such a file was most likely still being written, so what was read of it is
//! incomplete.
//!
//! A file is identified by its size, its modification time and its inode. Pipes and standard input cannot be checked, and pass.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{FileError, Result};

/// An input file as it was before reading began.
#[derive(Debug, Clone)]
pub struct FileGuard {
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
    /// None if there is no file. If it cannot be opened, its reader reports that.
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

/// Size, modification time and inode of the file at `path`; none if there is no file.
pub fn mark(path: &Path) -> Option<String> {
    let Known { size, changed, number } = Known::of(path)?;
    let changed = changed?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{size} bytes, {changed} ns, number {number}"))
}

impl FileGuard {
    /// For input that no other process can change.
    pub fn unneeded(doing: &'static str) -> Self {
        Self { doing, path: PathBuf::new(), before: None }
    }

    /// Records the state of `path` before it is opened; `doing` is as in [`FileError::Changed`].
    pub fn new(doing: &'static str, path: &Path) -> Self {
        Self { doing, path: path.to_owned(), before: Known::of(path) }
    }

    /// Returns what was read, unless the file changed: then neither its content nor its faults are of use.
    ///
    /// # Errors
    /// As [`Self::require_unchanged`], and those of the reading.
    pub fn checked<T, E: From<FileError>>(
        &self,
        read: std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.require_unchanged()?;
        read
    }

    /// Refuses a file that changed since [`Self::new`].
    ///
    /// # Errors
    /// What was found.
    pub fn require_unchanged(&self) -> Result<()> {
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
        Err(FileError::Changed { doing: self.doing, path: self.path.clone(), found })
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
            let guard = FileGuard::new("reading", &path);
            guard.require_unchanged().unwrap();
            change();
            guard.require_unchanged().unwrap_err().to_string()
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
        FileGuard::new("reading", folder.path()).require_unchanged().unwrap();
    }
}

//! Detects an input file that changes while it is read. Such a file was most likely still being written, so that the
//! part that was read is incomplete.
//!
//! A change is detected by the size, the modification time and the inode. Pipes and standard input cannot be checked
//! and always pass.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::error::{FileError, Result};

/// The state of an input file before it is read.
#[derive(Debug, Clone)]
pub struct FileGuard {
    doing: &'static str,
    path: PathBuf,
    before: Option<Known>,
    may_grow: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    size: u64,
    changed: Option<SystemTime>,
    number: u64,
}

impl Known {
    /// `None` if the file does not exist or is not a regular file. The reader of the file reports that.
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

/// The size, modification time and inode of the file at `path`, as text. `None` if it is not a regular file.
pub fn mark(path: &Path) -> Option<String> {
    let Known { size, changed, number } = Known::of(path)?;
    let changed = changed?.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos();
    Some(format!("{size} bytes, {changed} ns, number {number}"))
}

impl FileGuard {
    /// For input that no other process can change; it always passes.
    pub fn unneeded(doing: &'static str) -> Self {
        Self { doing, path: PathBuf::new(), before: None, may_grow: false }
    }

    /// Records the state of `path` before it is opened; `doing` is as in [`FileError::Changed`].
    pub fn new(doing: &'static str, path: &Path) -> Self {
        Self { doing, path: path.to_owned(), before: Known::of(path), may_grow: false }
    }

    /// Allows another program to append to the file while it is read.
    #[must_use]
    pub fn that_may_grow(self) -> Self {
        Self { may_grow: true, ..self }
    }

    /// Returns the result of reading, unless the file changed: then neither the content nor the error is meaningful.
    ///
    /// # Errors
    /// As [`Self::require_unchanged`], and the errors of reading.
    pub fn checked<T, E: From<FileError>>(
        &self,
        read: std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.require_unchanged()?;
        read
    }

    /// Fails if the file changed since [`Self::new`].
    ///
    /// # Errors
    /// [`FileError::Changed`] with a description of the change.
    pub fn require_unchanged(&self) -> Result<()> {
        let Some(before) = &self.before else { return Ok(()) };
        let found = match Known::of(&self.path) {
            Some(now) if now == *before => return Ok(()),
            Some(now) if self.may_grow && now.number == before.number && now.size > before.size => {
                return Ok(());
            }
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
        std::fs::write(&path, "one\n").unwrap();
        let growing = FileGuard::new("reading", &path).that_may_grow();
        std::fs::write(&path, "one\ntwo\n").unwrap();
        growing.require_unchanged().unwrap();
        std::fs::write(&path, "o\n").unwrap();
        assert!(growing.require_unchanged().is_err());
    }
}

//! Advisory locks on files. They show which commands are running: the operating system releases a lock when the process
//! ends for any reason.
//!
//! A run locks the folder of its day, so that no second run of the day starts. An ingest, a purge or a copy locks a
//! file of its own. That lock blocks no other command; it only shows that the command is running. A command that
//! changes the files with the analysts' input waits for the lock of their folder, so that the files match the database.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::Progress;
use crate::error::{FileError, Result};
use crate::regular::{self, Links};
use flow_oa_schema::printable;

/// A check whether a lock is held takes the lock for a moment. Therefore a lock is tried this many times, with this
/// delay between the attempts.
const TRIES: u32 = 5;
const APART: Duration = Duration::from_millis(10);

/// How long to wait for another command that writes the analysts' files. Such a command takes seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// A held lock. It is released when the value is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
    path: PathBuf,
    /// Whether the file is deleted with the lock.
    passes: bool,
}

impl Lock {
    /// Takes the lock of `folder`, which must exist.
    ///
    /// # Errors
    /// If another program holds the lock, or the file cannot be created.
    pub fn take(folder: &Path, what: &str) -> Result<Self> {
        let path = folder.join(".lock");
        Self::on(path.clone(), false)?.ok_or_else(|| taken(&path, what))
    }

    /// Locks the file of one entry of the history in `folder`. The folder is created if it does not exist.
    ///
    /// # Errors
    /// If the file cannot be created, or another program holds the lock.
    pub fn of_entry(folder: &Path, id: i64) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(|error| FileError::Write { path: folder.to_owned(), error })?;
        let path = folder.join(format!("{ENTRY}{id}.lock"));
        Self::on(path.clone(), true)?
            .ok_or_else(|| FileError::Locked(format!("another program holds {}", printable::path(&path))))
    }

    /// Waits for the lock of the analysts' files in `folder`. The folder is created if it does not exist.
    ///
    /// # Errors
    /// If the file cannot be created, if other programs hold the lock for two minutes, or if the wait is interrupted.
    pub fn of_analysts(folder: &Path, progress: &Progress) -> Result<Self> {
        std::fs::create_dir_all(folder)
            .map_err(|error| FileError::Write { path: folder.to_owned(), error })?;
        let path = folder.join(".analysts.lock");
        let start = Instant::now();
        loop {
            progress.go_on()?;
            if let Some(lock) = Self::on(path.clone(), false)? {
                return Ok(lock);
            }
            if start.elapsed() > PATIENCE {
                let path = printable::path(&path);
                return Err(FileError::Locked(format!(
                    "another flow-oa writes the files of analysts there and holds {path}; try again when it is done"
                )));
            }
        }
    }

    /// Takes the lock. Returns `None` if it is held.
    fn on(path: PathBuf, passes: bool) -> Result<Option<Self>> {
        let fault = |error| FileError::Write { path: path.clone(), error };
        let file = match regular::opened(File::options().create(true).append(true), &path, Links::Refused) {
            // A file of another user can be locked by every user who may read it.
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                reading(&path).map_err(|_| error)
            }
            opened => opened,
        };
        let file = file.map_err(fault)?;
        for _ in 0..TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Self { _file: file, path, passes })),
                Err(TryLockError::WouldBlock) => std::thread::sleep(APART),
                Err(TryLockError::Error(error)) => return Err(fault(error)),
            }
        }
        Ok(None)
    }

    /// The absolute path of the locked file.
    pub fn path(&self) -> String {
        std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone()).display().to_string()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.passes {
            // If the file cannot be deleted, it is removed with the next entry.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn taken(path: &Path, what: &str) -> FileError {
    FileError::Locked(format!(
        "another flow-oa is running on {what} (it holds {}); try again when it is done",
        printable::path(path)
    ))
}

/// Checks that no process holds the lock of `folder`, without creating the lock file.
///
/// # Errors
/// If another program holds the lock.
pub fn require_free(folder: &Path, what: &str) -> Result<()> {
    let path = folder.join(".lock");
    if is_held(&path) { Err(taken(&path, what)) } else { Ok(()) }
}

/// The prefix of the file names of entries.
const ENTRY: &str = ".entry-";

/// Whether a running process holds the lock of that file. If this cannot be determined, the answer is yes. A path that
/// is not a regular file was not created by this program, so that the answer is no.
pub fn is_held(path: &Path) -> bool {
    match reading(path) {
        Ok(file) => file.try_lock_shared().is_err(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(_) => std::fs::symlink_metadata(path).map_or(true, |it| it.is_file()),
    }
}

fn reading(path: &Path) -> std::io::Result<File> {
    regular::opened(File::options().read(true), path, Links::Refused)
}

/// Removes the file of an entry whose process has ended.
pub fn sweep(path: &Path) {
    if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(ENTRY)) {
        // A file that remains is harmless.
        let _ = std::fs::remove_file(path);
    }
}

/// Removes the files of entries in `folder` that no process holds locked.
pub fn sweep_all(folder: &Path) {
    // A folder that cannot be read is skipped: its files are harmless.
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    entries.flatten().map(|it| it.path()).filter(|path| !is_held(path)).for_each(|path| sweep(&path));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_it_is_dropped_and_that_of_an_entry_goes_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::of_entry(&folder.path().join("new"), 7).unwrap();
        let path = PathBuf::from(lock.path());
        assert!(path.is_absolute() && is_held(&path));
        drop(lock);
        assert!(!path.exists() && !is_held(&path));
    }

    #[test]
    fn what_others_planted_is_not_locked_and_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let (other, lock) = (folder.path().join("other"), folder.path().join(".lock"));
        let refused = |what: &str| {
            assert!(!is_held(&lock), "{what}");
            require_free(folder.path(), "it").unwrap();
            let error = Lock::take(folder.path(), "it").unwrap_err();
            assert!(matches!(error, FileError::Write { .. }) && error.to_string().contains(what), "{error}");
            std::fs::remove_file(&lock).or_else(|_| std::fs::remove_dir(&lock)).unwrap();
        };
        std::os::unix::fs::symlink(&other, &lock).unwrap();
        refused("symbolic link");
        assert!(!other.exists(), "no file is made where a link leads to");
        regular::make_pipe(&lock);
        refused("named pipe");
        std::fs::create_dir(&lock).unwrap();
        refused("folder");
        Lock::take(folder.path(), "it").unwrap();
    }

    #[test]
    fn files_of_entries_that_nobody_holds_go_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let held = Lock::of_entry(folder.path(), 7).unwrap();
        for name in [".entry-6.lock", ".lock", "rows.csv"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        sweep_all(folder.path());
        let there = |name: &str| folder.path().join(name).exists();
        assert!(there(".entry-7.lock") && there(".lock") && there("rows.csv") && !there(".entry-6.lock"));
        drop(held);
    }

    #[test]
    fn analysts_wait_for_one_another() {
        let folder = tempfile::tempdir().unwrap();
        let (place, progress) = (folder.path().join("new"), Progress::default());
        let lock = Lock::of_analysts(&place, &progress).unwrap();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| Lock::of_analysts(&place, &progress).map(drop));
            assert!(!other.is_finished());
            drop(lock);
            other.join().unwrap().unwrap();
        });
        let lock = Lock::of_analysts(&place, &progress).unwrap();
        progress.interrupt();
        assert!(matches!(Lock::of_analysts(&place, &progress), Err(FileError::Interrupted)));
        drop(lock);
    }

    #[test]
    fn a_folder_is_locked_once_and_its_file_stays() {
        let folder = tempfile::tempdir().unwrap();
        let lock = Lock::take(folder.path(), "it").unwrap();
        assert!(matches!(Lock::take(folder.path(), "it"), Err(FileError::Locked(_))));
        drop(lock);
        assert!(folder.path().join(".lock").exists());
        assert!(Lock::take(folder.path(), "it").is_ok());
    }
}

//! Files that are complete or do not exist: each is written next to its target under a temporary name, and then
//! renamed.

use std::fs::{File, Permissions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufWriter, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flow_oa_core::fail_point;

use crate::error::{FileError, Result};
use crate::regular::{self, Links};
use flow_oa_schema::printable;

/// What to do with an existing file at the path of an output that this command did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// The file is kept, and the command fails.
    Refuse,
    /// The file is replaced.
    Replace,
}

/// Writes a file through a temporary file next to it, so that the file is complete or unchanged.
///
/// # Errors
/// If the folder or the file cannot be written. No temporary file remains then.
pub fn write_whole(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<()> {
    write_as(path, Readers::AsBefore, |file, _| file.sync_all(), write)
}

/// As [`write_whole`], without waiting for the disk. For files that can be rebuilt and whose reader detects whether
/// they are complete.
///
/// # Errors
/// As [`write_whole`].
pub fn write_kept(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<()> {
    write_as(path, Readers::AsBefore, |_, _| Ok(()), write)
}

/// As [`write_whole`], for a file that only its owner may read.
///
/// # Errors
/// See [`write_whole`].
pub fn write_private(path: &Path, write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<()> {
    write_as(path, Readers::Owner, |file, _| file.sync_all(), write)
}

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The readers of the replaced file; for a new file, those that the umask allows.
    AsBefore,
    /// Only the owner.
    Owner,
}

fn write_as(
    path: &Path,
    readers: Readers,
    settle: impl FnOnce(&File, &Path) -> io::Result<()>,
    write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>,
) -> Result<()> {
    replace(path, readers, settle, |out| write(out))
        .map_err(|error| FileError::Write { path: path.to_owned(), error })
}

/// Replaces the file at `path` by what `fill` writes, and returns the result of `fill`. `settle` is called with the
/// complete file and its temporary name before the rename, to wait for the disk or to record the content.
///
/// # Errors
/// See [`write_whole`].
pub fn replace<T>(
    path: &Path,
    readers: Readers,
    settle: impl FnOnce(&File, &Path) -> io::Result<()>,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<T>,
) -> io::Result<T> {
    // The rename would replace a device or a pipe by a regular file.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("it exists, but is not a file; name another path"));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    sweep(path);
    fail_point!("file-start");
    let (temporary, file) = created(path, readers)?;
    let attempt = || -> io::Result<T> {
        fail_point!("file-created");
        let mut out = BufWriter::with_capacity(BUFFER, file);
        let value = fill(&mut out)?;
        out.flush()?;
        fail_point!("file-written");
        settle(out.get_ref(), &temporary)?;
        fail_point!("file-synced");
        std::fs::rename(&temporary, path)?;
        fail_point!("file-renamed");
        Ok(value)
    };
    attempt().inspect_err(|_| {
        // The temporary file is useless. If it cannot be removed, the first error still matters more.
        let _ = std::fs::remove_file(&temporary);
    })
}

/// Large enough to make system calls rare.
const BUFFER: usize = 1 << 18;

const PART: &str = ".part";

fn temporary(path: &Path, number: u64) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{number}{PART}"));
    path.with_file_name(name)
}

/// The maximum number of names that are tried for a temporary file, since other processes may use some.
const NAMES: u64 = 16;

/// Creates a temporary file under an unused name and locks it, so that no other process removes it as abandoned. If
/// another process removes it before it is locked, another file is created.
fn created(path: &Path, readers: Readers) -> io::Result<(PathBuf, File)> {
    for attempt in 0..NAMES {
        // The hasher of the standard library has random keys, so that another process cannot occupy every name in
        // advance.
        let chance = RandomState::new().hash_one(attempt);
        let temporary = temporary(path, if attempt == 0 { u64::from(std::process::id()) } else { chance });
        let file = match new_file(&temporary, readers) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        // On a file system without locks, temporary files are not removed as abandoned either.
        let is_locked = file.lock().is_ok();
        if !is_locked || is_at(&file, &temporary) {
            if readers == Readers::AsBefore {
                keep_mode(path, &file)?;
            }
            return Ok((temporary, file));
        }
    }
    let found = format!(
        "{} and others of its kind are in the way; remove them",
        printable::path(&temporary(path, 0))
    );
    Err(io::Error::new(io::ErrorKind::AlreadyExists, found))
}

/// Creates a file. Fails if anything exists at the path, even a symbolic link.
fn new_file(temporary: &Path, readers: Readers) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    if readers == Readers::Owner {
        options.mode(0o600);
    }
    options.open(temporary)
}

fn is_at(file: &File, path: &Path) -> bool {
    let place = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
    let here = file.metadata().map(place).ok();
    here.is_some() && here == std::fs::symlink_metadata(path).map(place).ok()
}

/// Gives the new file the mode of the file that it replaces. If another user owns the old file, its mode grants no
/// access that the umask denies.
fn keep_mode(path: &Path, new: &File) -> io::Result<()> {
    let Some(old) = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file) else {
        return Ok(());
    };
    let made = new.metadata()?;
    let others = if old.uid() == made.uid() { 0o777 } else { made.mode() };
    let mode = old.mode() & others & 0o777;
    if mode == made.mode() & 0o777 {
        return Ok(());
    }
    new.set_permissions(Permissions::from_mode(mode))
}

/// Removes abandoned temporary files of `path`: those whose lock no process holds.
fn sweep(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(|it| it.to_str())) else {
        return;
    };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    sweep_all(folder, |found| found == name);
}

/// Removes the abandoned temporary files in a folder for all file names that match. For files whose names are unique
/// and not used again, so that no later write cleans up.
pub fn sweep_all(folder: &Path, is_meant: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = entry.file_name();
        let parts = found.to_str().and_then(|name| name.strip_suffix(PART)?.rsplit_once('.'));
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
        if parts.is_some_and(|(name, number)| is_meant(name) && is_number(number))
            && let Ok(file) = regular::opened(File::options().read(true), &entry.path(), Links::Refused)
            && is_abandoned(&file)
        {
            // A file that cannot be removed is harmless.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether no process holds the lock of a file. After a process is killed, the operating system may take a moment to
/// release its locks.
fn is_abandoned(file: &File) -> bool {
    (0..TRIES).any(|time| {
        if time > 0 {
            std::thread::sleep(APART);
        }
        file.try_lock().is_ok()
    })
}

const TRIES: u32 = 5;
const APART: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_what_is_no_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a");
        for text in [b"one", b"two"] {
            write_whole(&path, |out| out.write_all(text)).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), text);
        }
        let device = folder.path().join("device");
        std::os::unix::fs::symlink("/dev/null", &device).unwrap();
        for path in [&device, folder.path()] {
            let error = write_whole(path, |out| out.write_all(b"one")).unwrap_err();
            assert!(error.to_string().contains("not a file"), "{error}");
        }
        assert!(device.is_symlink());
    }

    #[test]
    fn what_others_planted_is_neither_written_nor_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("other"));
        std::fs::write(&other, "precious").unwrap();
        let own = temporary(&path, std::process::id().into());
        std::os::unix::fs::symlink(&other, &own).unwrap();
        regular::make_pipe(&folder.path().join("a.1.part"));
        std::fs::create_dir(folder.path().join("a.2.part")).unwrap();
        std::fs::hard_link(&other, folder.path().join("a.3.part")).unwrap();
        write_whole(&path, |out| out.write_all(b"one")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::read(&other).unwrap(), b"precious");
        assert!(own.is_symlink() && !path.is_symlink());
        // A failed write removes only its own temporary file.
        write_whole(&path, |_| Err(io::Error::other("no"))).unwrap_err();
        assert!(own.is_symlink());
    }

    #[test]
    fn names_that_are_held_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let own = File::create(temporary(&path, std::process::id().into())).unwrap();
        own.lock().unwrap();
        write_whole(&path, |out| out.write_all(b"one")).unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), own.metadata().unwrap().len()), (b"one".to_vec(), 0));
    }

    #[test]
    fn a_file_that_is_replaced_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mode = || std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
        write_whole(&path, |out| out.write_all(b"one")).unwrap();
        for kept in [0o660, 0o600, 0o440, 0o644] {
            std::fs::set_permissions(&path, Permissions::from_mode(kept)).unwrap();
            write_whole(&path, |out| out.write_all(b"two")).unwrap();
            assert_eq!(mode(), kept);
        }
        write_private(&path, |out| out.write_all(b"three")).unwrap();
        assert_eq!(mode(), 0o600);
    }

    #[test]
    fn a_file_of_another_user_opens_nothing() {
        use std::os::unix::fs::chown;
        let folder = tempfile::tempdir().unwrap();
        let (path, plain) = (folder.path().join("a"), folder.path().join("plain"));
        write_whole(&plain, |out| out.write_all(b"one")).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        for (planted, expected) in [(0o666, mode(&plain)), (0o600, 0o600)] {
            std::fs::write(&path, "planted").unwrap();
            std::fs::set_permissions(&path, Permissions::from_mode(planted)).unwrap();
            if chown(&path, Some(65534), None).is_err() {
                // Only root can change the owner of a file.
                return;
            }
            write_whole(&path, |out| out.write_all(b"two")).unwrap();
            assert_eq!(mode(&path), expected);
        }
    }

    #[test]
    fn what_fails_half_way_leaves_nothing_and_what_was_left_is_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        write_whole(&path, |_| Err(std::io::Error::other("no"))).unwrap_err();
        assert_eq!(names(), 0);
        std::fs::write(folder.path().join("a.1.part"), "half").unwrap();
        write_whole(&path, |out| out.write_all(b"one")).unwrap();
        assert_eq!(names(), 1);
    }
}

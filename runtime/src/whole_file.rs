//! Files that are there whole or not at all: written beside their place under another name, and renamed.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};

/// What becomes of a file that is in the place of an output and that the command did not write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Foreign {
    /// It stays, and the command is refused.
    Refuse,
    /// It is replaced.
    Replace,
}

/// Writes a file through a temporary one beside it, so that it is there whole or not at all.
///
/// # Errors
/// Where the folder or the file cannot be written; nothing is left behind then.
pub(crate) fn write_whole(
    path: &Path,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<()> {
    write_as(path, Readers::ByUmask, File::sync_all, write)
}

/// The same of what can be made anew, and whose reader sees whether it is whole: nobody waits for the disk.
///
/// # Errors
/// As [`write_whole`].
pub(crate) fn write_kept(
    path: &Path,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<()> {
    write_as(path, Readers::ByUmask, |_| Ok(()), write)
}

/// The same of a file that only its owner may read.
///
/// # Errors
/// See [`write_whole`].
pub(crate) fn write_private(
    path: &Path,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<()> {
    write_as(path, Readers::Owner, File::sync_all, write)
}

/// Who may read a new file.
#[derive(Clone, Copy)]
enum Readers {
    ByUmask,
    Owner,
}

impl Readers {
    fn create(self, path: &Path) -> std::io::Result<File> {
        let mut options = File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        if let Self::Owner = self {
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        }
        options.open(path)
    }
}

fn write_as(
    path: &Path,
    readers: Readers,
    settle: impl FnOnce(&File) -> std::io::Result<()>,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<()> {
    let fault = |error| Error::Write { path: path.to_owned(), error };
    // A device or a pipe would be replaced by a file.
    if std::fs::metadata(path).is_ok_and(|it| !it.is_file()) {
        return Err(fault(std::io::Error::other("it is there, but is no file; name another path")));
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(fault)?;
    }
    sweep(path);
    let temporary = temporary(path);
    let attempt = || -> std::io::Result<()> {
        fail_point!("file-start");
        let mut out = std::io::BufWriter::new(created(&temporary, readers)?);
        fail_point!("file-created");
        write(&mut out)?;
        out.flush()?;
        fail_point!("file-written");
        settle(out.get_ref())?;
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
fn created(temporary: &Path, readers: Readers) -> std::io::Result<File> {
    loop {
        let file = readers.create(temporary)?;
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
    sweep_all(folder, |it| it == name);
}

/// The same of all files in a folder whose names are meant, where each has a name of its own that does not come back.
pub(crate) fn sweep_all(folder: &Path, is_meant: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let found = entry.file_name();
        let parts = found.to_str().and_then(|it| it.strip_suffix(PART)?.rsplit_once('.'));
        let is_number = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
        if parts.is_some_and(|(name, number)| is_meant(name) && is_number(number))
            && let Ok(file) = File::open(entry.path())
            && is_abandoned(&file)
        {
            // One that cannot be taken away does no harm where it is.
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Whether nobody holds the lock of a file. The system may take a moment to let that of a killed program go.
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
            assert!(error.to_string().contains("no file"), "{error}");
        }
        assert!(device.is_symlink());
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

//! Opens files in folders that other users may write to. A file that another user put in the place of an input must not
//! block the program, as a named pipe without a writer does, and must not redirect it to another file, as a symbolic
//! link does.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// Whether symbolic links are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Links {
    /// Links are followed: sites link to shared data.
    Followed,
    /// Links are refused: the program itself creates none there.
    Refused,
}

/// Paths that name open files of this process, or the null device. Only a user names them on purpose, as a shell does
/// for `<(…)`.
const PASSED_ON: [&str; 4] = ["/dev/fd", "/dev/stdin", "/dev/null", "/proc/self/fd"];

/// Opens a file for reading. Anything but a regular file is refused immediately, unless its path is under one of
/// `PASSED_ON`.
///
/// # Errors
/// If the path cannot be opened, or is not a regular file. The error states what it is.
pub fn open(path: &Path) -> io::Result<File> {
    if PASSED_ON.iter().any(|prefix| path.starts_with(prefix)) {
        return File::open(path);
    }
    opened(File::options().read(true), path, Links::Followed)
}

/// Opens a file or a named pipe that the user named on purpose, for a reader that waits for the writer.
///
/// # Errors
/// If the path cannot be opened, or is a folder.
pub fn open_pipe(path: &Path) -> io::Result<File> {
    let file = with_flags(File::options().read(true), Links::Followed).open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_dir() { Err(is_none(kind)) } else { Ok(file) }
}

/// Reads a whole file, opened as by [`open`].
///
/// # Errors
/// As [`open`], and if the file cannot be read.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a whole text file, opened as by [`open`].
///
/// # Errors
/// As [`open`], and if the file cannot be read or is not UTF-8.
pub fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    open(path)?.read_to_string(&mut text)?;
    Ok(text)
}

/// Opens a regular file with these options, without blocking.
///
/// # Errors
/// If the path cannot be opened, or is not a regular file. The error states what it is.
pub fn opened(options: &mut OpenOptions, path: &Path, links: Links) -> io::Result<File> {
    let opened = with_flags(options, links).open(path);
    let file = opened.map_err(|error| match std::fs::symlink_metadata(path) {
        Ok(it) if it.is_symlink() && links == Links::Refused => other("it is a symbolic link"),
        // A pipe without a reader and a socket cannot be opened at all.
        Ok(it) if !it.is_file() && !it.is_symlink() => is_none(it.file_type()),
        _ => error,
    })?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() { Ok(file) } else { Err(is_none(kind)) }
}

fn is_none(kind: FileType) -> io::Error {
    if kind.is_dir() {
        return io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; expected a file");
    }
    other(if kind.is_fifo() { "it is a named pipe" } else { "it is a device or a socket" })
}

fn other(what: &str) -> io::Error {
    io::Error::other(format!("{what}; expected a file: remove it, or name another path"))
}

fn with_flags(options: &mut OpenOptions, links: Links) -> &mut OpenOptions {
    let flags = match links {
        Links::Followed => OFlags::NONBLOCK,
        Links::Refused => OFlags::NONBLOCK | OFlags::NOFOLLOW,
    };
    options.custom_flags(flags.bits().cast_signed())
}

/// Creates a named pipe.
#[cfg(test)]
pub fn make_pipe(path: &Path) {
    use rustix::fs::{CWD, Mode, mknodat};
    mknodat(CWD, path, rustix::fs::FileType::Fifo, Mode::RWXU, 0).unwrap();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        make_pipe(&pipe);
        let socket = folder.path().join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(open(&pipe).unwrap_err().to_string().contains("it is a named pipe; expected a file"));
        assert!(open(folder.path()).unwrap_err().to_string().contains("it is a folder"));
        assert!(open(&socket).unwrap_err().to_string().contains("a device or a socket"));
        open(Path::new("/dev/null")).unwrap();
    }

    #[test]
    fn links_lead_to_data_and_to_nothing_of_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read_text(&link).unwrap(), "text");
        let refused = opened(File::options().read(true), &link, Links::Refused).unwrap_err();
        assert!(refused.to_string().contains("it is a symbolic link"), "{refused}");
        opened(File::options().read(true), &file, Links::Refused).unwrap();
    }
}

//! Why a file cannot be read, written or locked.

use std::io;
use std::path::{Path, PathBuf};

use flow_oa_schema::printable;

use crate::rejects::TooMany;
use crate::text::Unread;

/// Why work on a file stopped.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// An input that is not there or cannot be opened.
    #[error("{doing} {}: {error}", printable::path(path))]
    Absent {
        /// What was being done: `reading the results from`.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said, and what to do.
        error: String,
    },
    /// An input that cannot be understood as a whole.
    #[error("{0}")]
    BadData(String),
    /// Records that cannot be read, more than were allowed.
    #[error("{0}")]
    Rejected(TooMany),
    /// An input file that changed while it was read.
    #[error(
        "{doing} {}: {found}; run the same command again when no other program writes to it",
        printable::path(path)
    )]
    Changed {
        /// What was being done: `reading the results from`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// A file or folder that cannot be written.
    #[error("writing {}: {error}", printable::path(path))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file that another process locked.
    #[error("{0}")]
    Locked(String),
    /// The user interrupted the command.
    #[error("interrupted")]
    Interrupted,
}

impl FileError {
    /// An input that cannot be opened, or whose first bytes show that it is not what it should be. `hint` is appended if it does
    /// not exist.
    pub fn unopened(doing: &'static str, path: &Path, error: &io::Error, hint: &str) -> Self {
        if error.kind() == io::ErrorKind::InvalidData {
            return Self::BadData(format!("{doing} {}: {error}", printable::path(path)));
        }
        Self::Absent { doing, path: path.to_owned(), error: format!("{error}{hint}") }
    }

    /// An input that cannot be read to its end.
    pub fn unread(file: &str, Unread { line, reason }: Unread) -> Self {
        Self::BadData(format!("{file}:{line}: {reason}"))
    }

    /// The exit code: those of `sysexits.h`, and 130 for an interrupt.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::BadData(_) | Self::Rejected(_) => 65,
            Self::Absent { .. } => 66,
            Self::Write { .. } => 73,
            Self::Locked(_) | Self::Changed { .. } => 75,
            Self::Interrupted => 130,
        }
    }
}

#[cfg(feature = "failpoints")]
impl From<flow_oa_core::failpoints::Stop> for FileError {
    fn from(stop: flow_oa_core::failpoints::Stop) -> Self {
        let path = format!("(fail point {})", stop.name());
        Self::Write { path: path.into(), error: io::Error::from(stop) }
    }
}

/// The result of work on a file.
pub type Result<T> = std::result::Result<T, FileError>;

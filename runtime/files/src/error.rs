//! Why a file cannot be read, written or locked.

use std::io;
use std::path::{Path, PathBuf};

use flow_oa_core::Exit;
use flow_oa_schema::printable;

use crate::reject::TooMany;
use crate::text::Unread;

/// Why an operation on a file failed. `doing` names it, such as `reading the results from`.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// An input does not exist or cannot be opened.
    #[error("{doing} {}: {error}", printable::path(path))]
    Absent { doing: &'static str, path: PathBuf, error: String },
    /// An input cannot be parsed at all.
    #[error("{0}")]
    BadData(String),
    /// More records cannot be read than were allowed.
    #[error("{0}")]
    Rejected(TooMany),
    /// An input file changed while it was read.
    #[error(
        "{doing} {}: {found}; run the same command again when no other program writes to it",
        printable::path(path)
    )]
    Changed { doing: &'static str, path: PathBuf, found: String },
    #[error("writing {}: {error}", printable::path(path))]
    Write { path: PathBuf, error: io::Error },
    #[error("{0}")]
    Locked(String),
    #[error("interrupted")]
    Interrupted,
}

impl FileError {
    /// Builds the error for an input that cannot be opened, or whose first bytes show that it has the wrong format.
    /// `hint` is appended to the error of the operating system.
    pub fn unopened(doing: &'static str, path: &Path, error: &io::Error, hint: &str) -> Self {
        if error.kind() == io::ErrorKind::InvalidData {
            return Self::BadData(format!("{doing} {}: {error}", printable::path(path)));
        }
        Self::Absent { doing, path: path.to_owned(), error: format!("{error}{hint}") }
    }

    /// Builds the error for an input that cannot be read to its end.
    pub fn unread(file: &str, Unread { line, reason }: Unread) -> Self {
        Self::BadData(format!("{file}:{line}: {reason}"))
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> Exit {
        match self {
            Self::BadData(_) | Self::Rejected(_) => Exit::BadData,
            Self::Absent { .. } => Exit::NoInput,
            Self::Write { .. } => Exit::CannotWrite,
            Self::Locked(_) | Self::Changed { .. } => Exit::Locked,
            Self::Interrupted => Exit::Interrupted,
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

/// The result of an operation on a file.
pub type Result<T> = std::result::Result<T, FileError>;

//! Everything that can stop a command, and the exit code that it stops with.

use std::io;
use std::path::{Path, PathBuf};

use flow_oa_core::{ContextError, EngineError};
use flow_oa_schema::model::{Origin, Table};

use crate::input::Unread;
use crate::rejects::TooMany;
use crate::run::Shrinking;

/// Why a command stopped. Nothing was changed unless a message says so.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Arguments that do not go together.
    #[error("{0}")]
    Usage(String),
    /// A default limit that would leave fewer rows than a day has.
    #[error("{0}")]
    Shrinks(Shrinking),
    /// The schema, the settings or the structure of the database.
    #[error("{0}")]
    Configuration(String),
    /// An input that is not there or cannot be opened.
    #[error("{doing} {}: {error}", path.display())]
    NoInput {
        /// What was being done: `reading the results from`.
        doing: &'static str,
        /// With what.
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
    /// An input that became another one while it was read.
    #[error("{doing} {}: {found}; nothing was changed, run again when nobody writes to it", path.display())]
    Changed {
        /// What was being done.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What was found.
        found: String,
    },
    /// A context source.
    #[error("context: {0}; nothing was changed")]
    Context(ContextError),
    /// The database.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file or folder that cannot be written.
    #[error("writing {}: {error}", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// What stopped a command that had put aside what it was about to take out.
    #[error("{source}; {aside}")]
    PutAside {
        /// What stopped it.
        source: Box<Error>,
        /// Where that is, and how it is put back.
        aside: String,
    },
    /// Somebody else is at work on the same thing.
    #[error("{0}")]
    Locked(String),
    /// A program that was started for its output, or a server that is asked for a file.
    #[error("{0}")]
    Unavailable(String),
    /// The user interrupted it.
    #[error("interrupted; everything was rolled back and nothing was changed")]
    Interrupted,
    /// Something that stopped the work of a database which could not take everything back.
    #[error("{error}\n{left}")]
    Left {
        /// What stopped it.
        error: Box<Error>,
        /// What was left behind, and what to do.
        left: String,
    },
    /// A promise that the program makes to itself did not hold.
    #[error("internal fault: {0}; nothing was changed, please report this")]
    Internal(String),
}

impl Error {
    /// What happened, for a message that says itself what became of the work.
    pub fn cause(&self) -> String {
        match self {
            Self::Interrupted | Self::Engine(EngineError::Interrupted) => "interrupted".to_owned(),
            other => other.to_string(),
        }
    }

    /// An input that cannot be opened, or whose first bytes show that it is not what it should be. `hint` is
    /// for one that is not there.
    pub(crate) fn unopened(doing: &'static str, path: &Path, error: &io::Error, hint: &str) -> Self {
        if error.kind() == io::ErrorKind::InvalidData {
            return Self::BadData(format!("{doing} {}: {error}; nothing was changed", path.display()));
        }
        Self::NoInput { doing, path: path.to_owned(), error: format!("{error}{hint}") }
    }

    /// The same error, with what was left behind.
    pub(crate) fn with_left(self, left: Option<String>) -> Self {
        match left {
            Some(left) => Self::Left { error: Box::new(self), left },
            None => self,
        }
    }

    /// Sums of `table`, in one of `columns`, that are larger than what these hold; `said` is by whom that was found.
    pub(crate) fn too_large(table: &str, columns: &[&str], said: &str) -> Self {
        Self::BadData(format!(
            "{said}: a sum in {table} goes beyond 64 bits ({}); nothing was changed. Flows that count so much are faulty: \
             take them out of their file, and ingest it with --replace where it was ingested before",
            columns.join(" or ")
        ))
    }

    /// Why sums of a table could not be stored.
    pub(crate) fn of_sums(table: &Table, error: EngineError) -> Self {
        let EngineError::TooLarge { database, reason } = error else { return error.into() };
        let summed = table.columns.iter().filter(|it| matches!(it.origin, Origin::Total(_) | Origin::Count));
        let columns: Vec<&str> = summed.map(|it| it.name.as_str()).collect();
        Self::too_large(&table.name, &columns, &format!("the database {database}: {reason}"))
    }

    /// An input that cannot be read to its end.
    pub(crate) fn unread(file: &str, Unread { line, reason }: Unread) -> Self {
        Self::BadData(format!("{file}:{line}: {reason}; nothing was changed"))
    }

    /// The exit code: those of `sysexits.h`, and 130 for an interrupt.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Shrinks(_) => 2,
            Self::BadData(_) | Self::Rejected(_) => 65,
            Self::Context(ContextError::Read { error, .. }) if error.kind() == io::ErrorKind::InvalidData => {
                65
            }
            Self::Context(ContextError::Read { .. }) | Self::NoInput { .. } => 66,
            Self::Context(ContextError::Line { .. }) => 65,
            Self::Unavailable(_) | Self::Context(ContextError::Service { .. }) => 69,
            Self::Internal(_) => 70,
            Self::Write { .. } => 73,
            Self::Locked(_) | Self::Changed { .. } => 75,
            Self::Configuration(_) => 78,
            Self::Interrupted | Self::Context(ContextError::Interrupted) => 130,
            Self::Engine(error) => error.exit_code(),
            Self::Left { error, .. } => error.exit_code(),
            Self::PutAside { source, .. } => source.exit_code(),
        }
    }
}

impl From<ContextError> for Error {
    fn from(error: ContextError) -> Self {
        match error {
            ContextError::Interrupted => Self::Interrupted,
            other => Self::Context(other),
        }
    }
}

/// What the executor's functions give.
pub type Result<T> = std::result::Result<T, Error>;

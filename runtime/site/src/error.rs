//! Every error that can stop a command, and its exit code. The effect of an error on the data is an [`Effect`], which
//! the code that owns the transaction adds.

use std::io;
use std::path::PathBuf;

use flow_oa_context::ImportError;
use flow_oa_core::{ContextError, Exit};
use flow_oa_engine::EngineError;
use flow_oa_files::FileError;
use flow_oa_schema::model::Table;
use flow_oa_schema::printable;

use crate::effect::Effect;
use crate::expected::{self, Expected};

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Arguments that are invalid, or invalid in combination.
    #[error("{0}")]
    Usage(String),
    /// A default limit that would leave fewer rows than a day has.
    #[error("{0}")]
    Shrinks(String),
    /// A fault of the schema, the settings or the structure of the database.
    #[error("{0}")]
    Configuration(String),
    /// An input that is missing or cannot be opened.
    #[error("{doing} {}: {error}", printable::path(path))]
    NoInput {
        /// The action that failed: `reading the results from`.
        doing: &'static str,
        /// The path of the input.
        path: PathBuf,
        /// The error of the system, and the remedy.
        error: String,
    },
    /// An input that cannot be parsed as a whole.
    #[error("{0}")]
    BadData(String),
    /// Rows that are not as the schema expects them, so that the command stops.
    #[error("{}", expected::refusal(what, expected))]
    Unmet {
        /// The rows: a file, or a day of a pipeline.
        what: String,
        /// What came of all expectations of the command.
        expected: Vec<Expected>,
    },
    /// An error of a context source.
    #[error("context: {}", printable::in_line(&.0.to_string()))]
    Context(ContextError),
    /// An error of the database.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file that was not as expected, or cannot be written.
    #[error(transparent)]
    File(FileError),
    /// Another process works on the same thing.
    #[error("{0}")]
    Locked(String),
    /// A program or a server whose output is needed failed.
    #[error("{0}")]
    Unavailable(String),
    /// The user interrupted the command.
    #[error("interrupted")]
    Interrupted,
    /// Any of the other errors, with its effect on the data.
    #[error("{cause}{}{effect}", if cause.to_string().contains('\n') { "\n" } else { "; " })]
    Stopped {
        /// What stopped the command; never itself [`Error::Stopped`].
        cause: Box<Error>,
        /// The effect on the data.
        effect: Effect,
    },
    /// A violated invariant of the program.
    #[error("internal fault: {0}; please report this")]
    Internal(String),
}

impl Error {
    /// The error for a file or folder that cannot be written.
    pub fn unwritten(path: impl Into<PathBuf>, error: io::Error) -> Self {
        Self::File(FileError::Write { path: path.into(), error })
    }

    /// The error for sums of `table`, in one of `columns`, that exceed 64 bits; `said` names where that was detected.
    pub fn too_large(table: &str, columns: &[&str], said: &str) -> Self {
        Self::BadData(format!(
            "{said}: a sum in {table} goes beyond 64 bits ({}). Flows that count so much are faulty: \
             remove them from their file, and ingest it with --replace where it was ingested before",
            columns.join(" or ")
        ))
    }

    /// The error for sums of a table that could not be stored.
    pub fn of_sums(table: &Table, error: EngineError) -> Self {
        let EngineError::TooLarge { database, reason } = error else { return error.into() };
        let summed = table.columns.iter().filter(|column| column.from.is_sum());
        let columns: Vec<&str> = summed.map(|it| it.name.as_str()).collect();
        Self::too_large(&table.name, &columns, &format!("the database {database}: {reason}"))
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Shrinks(_) => Exit::Usage,
            Self::BadData(_) | Self::Unmet { .. } => Exit::BadData,
            Self::NoInput { .. } => Exit::NoInput,
            Self::Context(error) => error.exit_code(),
            Self::Unavailable(_) => Exit::Unavailable,
            Self::Internal(_) => Exit::Internal,
            Self::File(error) => error.exit_code(),
            Self::Locked(_) => Exit::Locked,
            Self::Configuration(_) => Exit::Configuration,
            Self::Interrupted => Exit::Interrupted,
            Self::Engine(error) => error.exit_code(),
            Self::Stopped { cause, .. } => cause.exit_code(),
        }
    }
}

impl Error {
    /// The effect on the data, if the code that owns the work has added it.
    pub fn effect(&self) -> Option<&Effect> {
        match self {
            Self::Stopped { effect, .. } => Some(effect),
            _ => None,
        }
    }

    /// What came of the expectations of a command that they stopped.
    pub fn expected(&self) -> &[Expected] {
        match self.cause() {
            Self::Unmet { expected, .. } => expected,
            _ => &[],
        }
    }

    /// The error without its effect on the data.
    pub fn cause(&self) -> &Error {
        match self {
            Self::Stopped { cause, .. } => cause,
            other => other,
        }
    }

    /// The same error with another cause.
    pub fn map_cause(self, change: impl FnOnce(Error) -> Error) -> Self {
        match self {
            Self::Stopped { cause, effect } => Self::Stopped { cause: Box::new(change(*cause)), effect },
            other => change(other),
        }
    }

    /// Adds that nothing was changed, unless the effect is already known.
    #[must_use]
    pub fn unchanged(self) -> Self {
        self.or_effect(Effect::Unchanged)
    }

    /// Adds that `done` was stored before this error.
    #[must_use]
    pub fn after(self, done: &str) -> Self {
        match self.unchanged() {
            Self::Stopped { cause, effect } => Self::Stopped { cause, effect: effect.after(done) },
            other => other,
        }
    }

    /// Adds how to find out whether the work was stored, if that is unknown.
    #[must_use]
    pub fn checked_by(self, check: &str) -> Self {
        match self {
            Self::Stopped { cause, effect: Effect::Unknown { check: empty } } if empty.is_empty() => {
                Self::Stopped { cause, effect: Effect::Unknown { check: check.to_owned() } }
            }
            other => other,
        }
    }

    /// Adds the effect of a transaction that was rolled back; `left` names what the engine could not undo.
    #[must_use]
    pub fn rolled_back(self, left: Option<String>) -> Self {
        self.or_effect(left.map_or(Effect::Unchanged, Effect::Partial))
    }

    /// The error of a failed commit, with its effect; `left` names what the engine could not undo.
    #[must_use]
    pub(crate) fn not_committed(error: EngineError, left: Option<String>) -> Self {
        match error {
            EngineError::HalfDone { state, source } => {
                let effect = Effect::Partial(left.map_or(state.clone(), |left| format!("{state}\n{left}")));
                Self::Engine(*source).or_effect(effect)
            }
            EngineError::Lost { in_commit: true, .. } => {
                Self::Engine(error).or_effect(Effect::Unknown { check: String::new() })
            }
            other => Self::Engine(other).rolled_back(left),
        }
    }

    /// Adds the effect on the data, unless an inner step added more than that it was rolled back.
    #[must_use]
    pub fn or_effect(self, effect: Effect) -> Self {
        match (self, effect) {
            // That an inner step was rolled back does not tell what the surrounding work leaves.
            (Self::Stopped { cause, effect: Effect::Unchanged }, effect) => Self::Stopped { cause, effect },
            (stopped @ Self::Stopped { .. }, _) => stopped,
            (cause, effect) => Self::Stopped { cause: Box::new(cause), effect },
        }
    }
}

impl From<FileError> for Error {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Absent { doing, path, error } => Self::NoInput { doing, path, error },
            FileError::BadData(message) => Self::BadData(message),
            FileError::Locked(message) => Self::Locked(message),
            FileError::Interrupted => Self::Interrupted,
            other => Self::File(other),
        }
    }
}

#[cfg(feature = "failpoints")]
impl From<flow_oa_core::failpoints::Stop> for Error {
    fn from(stop: flow_oa_core::failpoints::Stop) -> Self {
        FileError::from(stop).into()
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

/// The result type of this crate's functions.
pub type Result<T> = std::result::Result<T, Error>;

impl From<ImportError> for Error {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Usage(message) => Self::Usage(message),
            ImportError::File(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault() -> Error {
        Error::BadData("a.csv: no rows".to_owned())
    }

    #[test]
    fn the_code_nearest_to_the_transaction_says_what_an_error_means() {
        let error = fault().rolled_back(Some("the folder x remains".to_owned())).unchanged();
        assert_eq!(error.to_string(), "a.csv: no rows; the folder x remains");
        assert_eq!(fault().unchanged().unchanged().to_string(), "a.csv: no rows; nothing was changed");
    }

    #[test]
    fn what_was_stored_before_comes_first() {
        let error = fault().unchanged().after("b.csv is stored");
        assert_eq!(error.to_string(), "a.csv: no rows; b.csv is stored; nothing else was changed");
        assert_eq!(error.cause().to_string(), "a.csv: no rows");
    }

    #[test]
    fn a_lost_commit_is_neither_stored_nor_undone() {
        let lost = |in_commit| {
            let (database, reason) = ("db".to_owned(), "end of file".to_owned());
            Error::not_committed(EngineError::Lost { database, reason, in_commit }, None)
        };
        assert_eq!(lost(false).effect(), Some(&Effect::Unchanged));
        let error = lost(true).unchanged().checked_by("`flow-oa history` shows it");
        let text = error.to_string();
        assert!(text.ends_with("may be stored or not: `flow-oa history` shows it"), "{text}");
        assert_eq!(error.exit_code(), Exit::Unavailable);
    }
}

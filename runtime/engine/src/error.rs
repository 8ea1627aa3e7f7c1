//! Why a database request failed: one variant for each action that the user can take.

use flow_oa_core::Exit;

/// Why a database request failed. `database` is its URL without secrets; `reason` is what was reported, and what to do.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The database cannot be reached or opened.
    #[error("opening the database {database}: {reason}")]
    Unavailable { database: String, reason: String },
    /// The server refuses the login, or has no database of that name.
    #[error("opening the database {database}: {reason}")]
    NoAccess { database: String, reason: String },
    #[error("the connection to the database {database} was lost: {reason}")]
    Lost {
        database: String,
        reason: String,
        /// Whether a commit had been sent, so that the work may or may not be stored.
        in_commit: bool,
    },
    /// An engine without transactions failed after some tables had been replaced.
    #[error("{}; {state}", source.cause())]
    HalfDone {
        /// Which tables are new, which are old, and what to do.
        state: String,
        source: Box<EngineError>,
    },
    /// Another program holds a lock on the database.
    #[error("the database {database} is held by another program ({reason}); try again later")]
    Locked { database: String, reason: String },
    #[error("writing to the database {database}: {reason}")]
    CannotWrite { database: String, reason: String },
    /// A number, such as a sum, exceeds the range of its column type.
    #[error("the database {database} cannot hold a number: {reason}")]
    TooLarge { database: String, reason: String },
    /// A number violates a `CHECK` constraint of its table.
    #[error("the database {database} refused a number that its column cannot have: {reason}")]
    OutOfRange { database: String, reason: String },
    #[error("interrupted")]
    Interrupted,
    /// The database refused a statement that it should have accepted.
    #[error("the database {database} refused a statement: {reason}\nstatement: {statement}")]
    Refused {
        database: String,
        reason: String,
        /// The statement, without its values.
        statement: String,
    },
}

impl EngineError {
    /// The reason that was reported, without the database and without the state of the work.
    pub fn reason(&self) -> &str {
        match self {
            Self::Unavailable { reason, .. }
            | Self::NoAccess { reason, .. }
            | Self::Lost { reason, .. }
            | Self::Locked { reason, .. }
            | Self::CannotWrite { reason, .. }
            | Self::TooLarge { reason, .. }
            | Self::OutOfRange { reason, .. }
            | Self::Refused { reason, .. } => reason,
            Self::Interrupted => "interrupted",
            Self::HalfDone { source, .. } => source.reason(),
        }
    }

    /// The cause of the failure, without the state of the work.
    fn cause(&self) -> String {
        match self {
            Self::Unavailable { database, reason }
            | Self::NoAccess { database, reason }
            | Self::Lost { database, reason, .. }
            | Self::Locked { database, reason }
            | Self::CannotWrite { database, reason }
            | Self::TooLarge { database, reason }
            | Self::OutOfRange { database, reason } => {
                format!("publishing in the database {database}: {reason}")
            }
            Self::Refused { database, reason, statement } => {
                format!("the database {database} refused a statement: {reason}\nstatement: {statement}\n")
            }
            Self::Interrupted => "interrupted while everything was published".to_owned(),
            Self::HalfDone { source, .. } => source.cause(),
        }
    }

    /// The exit code of the command.
    pub fn exit_code(&self) -> Exit {
        match self {
            Self::TooLarge { .. } | Self::OutOfRange { .. } => Exit::BadData,
            Self::Unavailable { .. } | Self::Lost { .. } => Exit::Unavailable,
            Self::NoAccess { .. } => Exit::Configuration,
            Self::HalfDone { source, .. } => source.exit_code(),
            Self::Locked { .. } => Exit::Locked,
            Self::CannotWrite { .. } => Exit::CannotWrite,
            Self::Interrupted => Exit::Interrupted,
            Self::Refused { .. } => Exit::Internal,
        }
    }
}

#[cfg(feature = "failpoints")]
impl From<flow_oa_core::failpoints::Stop> for EngineError {
    fn from(stop: flow_oa_core::failpoints::Stop) -> Self {
        let database = format!("(fail point {})", stop.name());
        Self::CannotWrite { database, reason: flow_oa_core::failpoints::REASON.into() }
    }
}

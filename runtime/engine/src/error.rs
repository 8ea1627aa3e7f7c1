//! Why a database could not do what it was asked: a variant for each thing that a user can do about it.

/// Why a database could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It cannot be reached or opened.
    #[error("opening the database {database}: {reason}")]
    Unavailable {
        /// Its URL without secrets.
        database: String,
        /// What was said, and what to do.
        reason: String,
    },
    /// It does not let the user in, or has no database of that name.
    #[error("opening the database {database}: {reason}")]
    NoAccess {
        /// Its URL without secrets.
        database: String,
        /// What was said, and what to do.
        reason: String,
    },
    /// The connection to it ended.
    #[error("the connection to the database {database} was lost: {reason}")]
    Lost {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
        /// Whether it was asked to commit, so that the work may be stored or not.
        in_commit: bool,
    },
    /// It failed when some tables were new already: an engine without transactions.
    #[error("{}; {state}", source.cause())]
    HalfDone {
        /// What is new, what is old, and what to do.
        state: String,
        /// What stopped it.
        source: Box<EngineError>,
    },
    /// Another program holds it.
    #[error("the database {database} is held by another program ({reason}); try again later")]
    Locked {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
    },
    /// It cannot be written.
    #[error("writing to the database {database}: {reason}")]
    CannotWrite {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
    },
    /// A number, such as a sum, is larger than what its column holds.
    #[error("the database {database} cannot hold a number: {reason}")]
    TooLarge {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
    },
    /// A number lies outside the range that a CHECK of its table keeps.
    #[error("the database {database} refused a number that its column cannot have: {reason}")]
    OutOfRange {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
    },
    /// It was interrupted at the user's wish.
    #[error("interrupted")]
    Interrupted,
    /// It refused a statement that it should have taken.
    #[error("the database {database} refused a statement: {reason}\nstatement: {statement}")]
    Refused {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
        /// The statement, without its values.
        statement: String,
    },
}

impl EngineError {
    /// What was said, without a word of where, or of what became of the work.
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

    /// What happened, without a word of what became of the work.
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

    /// The exit code that a command stops with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::TooLarge { .. } | Self::OutOfRange { .. } => 65,
            Self::Unavailable { .. } | Self::Lost { .. } => 69,
            Self::NoAccess { .. } => 78,
            Self::HalfDone { source, .. } => source.exit_code(),
            Self::Locked { .. } => 75,
            Self::CannotWrite { .. } => 73,
            Self::Interrupted => 130,
            Self::Refused { .. } => 70,
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

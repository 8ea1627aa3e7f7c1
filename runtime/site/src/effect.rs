//! The effect of an error on the data, added once, by the code that owns the transaction or the sequence of steps.
//!
//! An error itself names only its cause and the remedy: the code that meets a fault does not know what was stored
//! before it, or whether the transaction around it is rolled back.

use std::fmt;

/// What a failed command leaves in the database and in files. The history of commands is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was stored, or everything was rolled back.
    Unchanged,
    /// Some of the work lasts: what lasts, and how to continue.
    Partial(String),
    /// The connection was lost during the commit; `check` tells how to find out whether the work was stored.
    Unknown {
        /// A text such as "`flow-oa history` shows it"; empty until the code that knows the command fills it in.
        check: String,
    },
}

impl Effect {
    /// The name in JSON reports.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Partial(_) => "partial",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The same effect after `done` was stored by an earlier step.
    pub(crate) fn after(self, done: &str) -> Self {
        match self {
            Self::Unchanged => Self::Partial(format!("{done}; nothing else was changed")),
            Self::Partial(rest) => Self::Partial(format!("{done}; {rest}")),
            Self::Unknown { check } if check.is_empty() => Self::Unknown { check: done.to_owned() },
            Self::Unknown { check } => Self::Unknown { check: format!("{check}; {done}") },
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unchanged => f.write_str("nothing was changed"),
            Self::Partial(text) => f.write_str(text),
            Self::Unknown { check } => {
                f.write_str("the connection ended during the commit, so the changes may be stored or not")?;
                if check.is_empty() { Ok(()) } else { write!(f, ": {check}") }
            }
        }
    }
}

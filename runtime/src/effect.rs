//! What an error means for the data, added once, by the code that owns the transaction or the sequence of steps.
//!
//! An error itself names its cause and the remedy only: the code that meets a fault does not know what was stored
//! before it, or whether the transaction around it is rolled back.

use std::fmt;

use crate::error::Error;
use flow_oa_engine::EngineError;

/// What a command that stopped leaves in the database and in files. The history of commands is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing was stored, or everything was rolled back.
    Unchanged,
    /// Some of the work lasts: what, and how to go on.
    Partial(String),
    /// The connection was lost during the commit; `check` says how to find out whether the work was stored.
    Unknown {
        /// Such as "`flow-oa history` shows it"; empty until the code that knows the command fills it in.
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
    fn after(self, done: &str) -> Self {
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

impl Error {
    /// What the error means for the data, where the code that owns the work has said so.
    pub fn effect(&self) -> Option<&Effect> {
        match self {
            Self::Stopped { effect, .. } => Some(effect),
            _ => None,
        }
    }

    /// The error without what it means for the data.
    pub fn cause(&self) -> &Error {
        match self {
            Self::Stopped { cause, .. } => cause,
            other => other,
        }
    }

    /// The same with another cause.
    pub fn map_cause(self, change: impl FnOnce(Error) -> Error) -> Self {
        match self {
            Self::Stopped { cause, effect } => Self::Stopped { cause: Box::new(change(*cause)), effect },
            other => change(other),
        }
    }

    /// Adds that nothing was changed, unless the effect is known already.
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

    /// Adds how to find out whether the work was stored, where that is unknown.
    #[must_use]
    pub(crate) fn checked_by(self, check: &str) -> Self {
        match self {
            Self::Stopped { cause, effect: Effect::Unknown { check: empty } } if empty.is_empty() => {
                Self::Stopped { cause, effect: Effect::Unknown { check: check.to_owned() } }
            }
            other => other,
        }
    }

    /// The effect of an error within a transaction that was rolled back; `left` names what the engine could not undo.
    #[must_use]
    pub(crate) fn rolled_back(self, left: Option<String>) -> Self {
        self.or_effect(left.map_or(Effect::Unchanged, Effect::Partial))
    }

    /// The effect of a commit that failed; `left` names what the engine could not undo.
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

    /// Adds what the error means for the data, unless an inner step knows more than that it was undone.
    #[must_use]
    pub(crate) fn or_effect(self, effect: Effect) -> Self {
        match (self, effect) {
            // An inner step that was undone says nothing of what the work around it leaves.
            (Self::Stopped { cause, effect: Effect::Unchanged }, effect) => Self::Stopped { cause, effect },
            (stopped @ Self::Stopped { .. }, _) => stopped,
            (cause, effect) => Self::Stopped { cause: Box::new(cause), effect },
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
        assert_eq!(error.exit_code(), 69);
    }
}

//! What a database could not do although every row of a unit of work is stored. The work did not fail, but the user
//! needs a message.

use std::fmt::{self, Display, Formatter};

use flow_oa_core::Exit;

/// What could not be done after the rows were stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// Files of purged days could not be deleted.
    Purged(Files),
    /// Files that were replaced by newer files could not be deleted. The next unit of work for the same day tries
    /// again.
    Replaced(Files),
    /// The server could not compute the statistics that its query planner uses.
    Statistics {
        /// The name of the table.
        table: String,
        /// The message of the server.
        reason: String,
    },
}

/// Files that belong to no table any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The folders of the files, as the server names them.
    pub folders: Vec<String>,
    /// Why the first file could not be deleted, and what to do.
    pub reason: String,
}

impl Remark {
    /// The exit code of a command that has no other error. Files of purged days that still exist are a failure.
    #[must_use]
    pub fn exit_code(&self) -> Exit {
        match self {
            Self::Purged(_) => Exit::CannotWrite,
            Self::Replaced(_) | Self::Statistics { .. } => Exit::Done,
        }
    }
}

impl Display for Remark {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Purged(files) => write!(
                to,
                "the rows are out of the tables, but files of the purged days are still stored in {files}. No table shows \
                 them, and new rows go to other folders. Delete these folders as the user that owns them"
            ),
            Self::Replaced(files) => write!(
                to,
                "files that were replaced could not be deleted from {files}. No table shows them, and the next command \
                 that writes the same day tries again"
            ),
            Self::Statistics { table, reason } => write!(
                to,
                "computing statistics of {table}: {reason}. The rows are stored, but queries of them may be slow: run \
                 COMPUTE STATS on the table, or set stats=false in the URL"
            ),
        }
    }
}

/// The maximum number of folders that a message names.
const NAMED: usize = 20;

impl Display for Files {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        let named: Vec<&str> = self.folders.iter().take(NAMED).map(String::as_str).collect();
        write!(to, "{}", named.join(", "))?;
        match self.folders.len().saturating_sub(NAMED) {
            0 => {}
            more => write!(to, " and {more} more")?,
        }
        write!(to, ": {}", self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_the_first_folders_and_counts_the_rest() {
        let folders = (1..=23).map(|day| format!("/f/d={day}")).collect();
        let text = Remark::Purged(Files { folders, reason: "permission denied".to_owned() }).to_string();
        assert!(
            text.contains("/f/d=1, /f/d=2,") && text.contains("/f/d=20 and 3 more: permission denied"),
            "{text}"
        );
        assert!(!text.contains("d=21"), "{text}");
    }
}

//! A record that cannot be read, and the error for too many of them.

use std::fmt;

use flow_oa_schema::printable::in_line;

/// A record that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The line of the record in the file, counted from 1.
    pub line: u64,
    /// The column, what was expected, and what was found.
    pub reason: String,
}

/// The error for more unreadable records than were allowed.
#[derive(Debug, Clone)]
pub struct TooMany {
    pub(crate) file: String,
    pub(crate) count: u64,
    pub(crate) first: Vec<Reject>,
    /// The command line, for a message that proposes a command that would succeed.
    pub command: String,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let records = if self.count == 1 { "record" } else { "records" };
        writeln!(f, "{}: {} {records} cannot be read:", self.file, self.count)?;
        for reject in &self.first {
            writeln!(f, "  {}:{}: {}", self.file, reject.line, in_line(&reject.reason))?;
        }
        let more = self.count - self.first.len() as u64;
        if more > 0 {
            writeln!(f, "  … and {more} more")?;
        }
        write!(f, "fix the file, or skip these records with: {} --max-rejects {}", self.command, self.count)
    }
}

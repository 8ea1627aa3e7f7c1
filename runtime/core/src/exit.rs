//! What the exit code of a command says: those of `sysexits.h`, where it has one, and 130 for an interrupt.

/// The outcome of a command, as its exit code. Of two outcomes, the greater is reported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done.
    #[default]
    Done = 0,
    /// A comparison found differences.
    Differences = 1,
    /// The command line asks for something impossible, or needs a consent.
    Usage = 2,
    /// Input has values that cannot be.
    BadData = 65,
    /// An input is missing.
    NoInput = 66,
    /// A database or service cannot be reached.
    Unavailable = 69,
    /// A fault of the program.
    Internal = 70,
    /// An output cannot be written.
    CannotWrite = 73,
    /// Another program holds a lock; try again later.
    Locked = 75,
    /// Settings, or the structure of the database, are wrong.
    Configuration = 78,
    /// The user interrupted the command.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

impl serde::Serialize for Exit {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.code())
    }
}

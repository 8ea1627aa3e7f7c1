//! Files of this machine: input files (compression, lines, records, rejects, changes during the reading), output that is
//! written completely or not at all, and file locks; with the progress of a command and its interrupt.
//!
//! What a file means is not known here, nor what an error means for the data.

pub mod atomic;
mod error;
mod guard;
pub mod interruptible;
pub mod lock;
mod progress;
pub mod records;
pub mod regular;
pub mod rejects;
pub mod text;

pub use error::{FileError, Result};
pub use guard::{FileGuard, mark};
pub use lock::Lock;
pub use progress::Progress;

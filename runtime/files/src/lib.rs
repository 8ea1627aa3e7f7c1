//! Local files: input files (decompression, lines, records, rejected records, changes during reading), output files
//! that are written completely or not at all, and file locks. Also the progress of a command and its interrupt.
//!
//! This crate does not know what a file means, nor what an error means for the data.

pub mod atomic;
mod blanks;
mod error;
pub mod folder;
mod guard;
pub mod interruptible;
pub mod json;
pub mod lock;
mod progress;
pub mod records;
pub mod regular;
mod reject;
pub mod rejects;
pub mod text;
pub mod zeek;

pub use error::{FileError, Result};
pub use guard::{FileGuard, mark};
pub use lock::Lock;
pub use progress::Progress;
pub use reject::{Reject, TooMany};

//! Reads raw files: opens them, recognizes their format and with it the pipeline, and makes typed rows of their records.
//!
//! This crate must not know where rows are stored, or which files were read before. It sends batches of rows, and reports
//! what it read.
//!
//! # Decisions
//!
//! - **Texts of up to 24 bytes** (times, addresses, protocols) are stored inside the row, so reading a flow allocates
//!   nothing.
//! - **Protocol numbers become names** if a format prints numbers, so that a flow reads the same from every format.

mod commented;
mod empty;
mod entries;
mod feed;
mod files;
mod format;
mod header;
mod lines;
mod options;
mod parse;
mod printer;
mod recognize;
mod replay;
mod start;
mod tried;

pub use empty::recognize_empty;
pub use feed::{DOING, Extent, Feed};
pub use files::files;
pub use format::Format;
pub use options::ReadOptions;
pub use parse::{Begun, Load, Outcome, Parser};
pub use recognize::recognize;
pub use tried::{Tried, try_format};

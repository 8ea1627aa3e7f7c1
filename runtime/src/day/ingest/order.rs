//! What an ingest is asked to do, and what it did.

use std::collections::BTreeMap;
use std::path::PathBuf;

use flow_oa_core::{Date, Zone};

/// What to do with rows that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Refuse a file whose content was ingested before.
    #[default]
    Refuse,
    /// Ingest it again beside them.
    Again,
    /// Replace the rows that the same file name gave before.
    ReplaceFile,
    /// Replace one whole day; rows of other days are refused.
    ReplaceDay(Date),
}

/// How to ingest.
#[derive(Debug, Clone)]
pub struct Options {
    /// What to do with rows that are there already.
    pub existing: Existing,
    /// The raw format; without it, the header says.
    pub format: Option<String>,
    /// How many records may be left out.
    pub max_rejects: u64,
    /// The zone of times in text.
    pub zone: Zone,
    /// The folder of the pipeline's files: the lock is there, and rejected records in `rejects/`.
    pub data_folder: PathBuf,
}

/// What an ingest of one file did.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Summary {
    /// The number of the ingest in the history.
    pub id: i64,
    /// The file as it was named.
    pub file: String,
    /// The raw format that was recognised.
    pub format: String,
    /// Records read: stored, rejected and skipped ones.
    pub read: u64,
    /// Rows stored.
    pub stored: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// Blank lines, headers and trailers.
    pub skipped: u64,
    /// Rows that were there and were replaced.
    pub replaced: u64,
    /// Rows stored, by day.
    pub days: BTreeMap<String, u64>,
    /// Where rejected records are kept.
    pub rejects_file: Option<PathBuf>,
    /// What was corrected in the rows, and how often.
    pub warnings: Vec<String>,
    /// Seconds that it took.
    pub seconds: f64,
}

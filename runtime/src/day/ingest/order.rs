//! The options of an ingest, and its summary.

use std::collections::BTreeMap;
use std::path::PathBuf;

use flow_oa_core::{Date, Zone};

/// What to do with existing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Refuse a file whose content was ingested before.
    #[default]
    Refuse,
    /// Ingest the content again, in addition to the existing rows.
    Again,
    /// Replace the rows that came from the same file name before.
    ReplaceFile,
    /// Replace one whole day; rows of other days are refused.
    ReplaceDay(Date),
}

/// The options of an ingest.
#[derive(Debug, Clone)]
pub struct IngestOptions {
    /// What to do with existing rows.
    pub existing: Existing,
    /// The raw format; if `None`, it is recognised by the header.
    pub format: Option<String>,
    /// The number of records that may be rejected.
    pub max_rejects: u64,
    /// The time zone of times in text.
    pub zone: Zone,
    /// The folder of the pipeline's files: it holds the lock, and rejected records in `rejects/`.
    pub data_folder: PathBuf,
}

/// The summary of the ingest of one file.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct IngestSummary {
    /// The number of the ingest in the history.
    pub id: i64,
    /// The file, as the user named it.
    pub file: String,
    /// The raw format that was recognised.
    pub format: String,
    /// Records read: stored, rejected and skipped.
    pub read: u64,
    pub stored: u64,
    pub rejected: u64,
    /// Blank lines, headers and trailers.
    pub skipped: u64,
    /// Existing rows that were replaced.
    pub replaced: u64,
    /// Rows stored, by day.
    pub days: BTreeMap<String, u64>,
    pub rejects_file: Option<PathBuf>,
    /// What was corrected in the rows, and how often.
    pub warnings: Vec<String>,
    pub seconds: f64,
}

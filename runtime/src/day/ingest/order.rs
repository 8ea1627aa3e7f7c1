//! The options of an ingest, and its summary.

use std::collections::BTreeMap;
use std::path::PathBuf;

use flow_oa_core::Date;

use flow_oa_raw::ReadOptions;
use flow_oa_site::Expected;

/// What to do with existing rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Existing {
    /// Refuse a file whose content was ingested before.
    #[default]
    Refuse,
    /// Skip a file whose content was ingested before.
    Skip,
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
    /// How files are read.
    pub read: ReadOptions,
    /// The folder that holds a folder for the files of each pipeline: the lock, and rejected records in `rejects/`.
    pub data: PathBuf,
}

/// The summary of the ingest of one file.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct IngestSummary {
    /// The number of the ingest in the history; `None` if the file was skipped.
    pub id: Option<i64>,
    /// The file, as the user named it.
    pub file: String,
    /// The pipeline to which the file belongs.
    pub pipeline: String,
    /// The table that holds its rows.
    pub table: String,
    /// The raw format that was recognized.
    pub format: String,
    /// Records read: stored, rejected and skipped.
    pub read: u64,
    pub stored: u64,
    pub rejected: u64,
    /// Blank lines, comments, headers, trailers and records that the format leaves out.
    pub skipped: u64,
    /// Existing rows that were replaced.
    pub replaced: u64,
    /// Rows stored, by day.
    pub days: BTreeMap<String, u64>,
    pub rejects_file: Option<PathBuf>,
    /// Why the file, or its start, was skipped.
    pub note: Option<String>,
    /// What was corrected in the rows, and how often, and which expectations are not met.
    pub warnings: Vec<String>,
    /// What came of the expectations of the columns.
    pub expectations: Vec<Expected>,
    /// Harmless differences between the tables of the pipeline and the schema.
    #[serde(skip)]
    pub of_tables: Vec<String>,
    pub seconds: f64,
}

//! What a run did, and how long each step took.

use std::path::PathBuf;
use std::time::Instant;

use flow_oa_site::Expected;
use flow_oa_site::downloads::Input;
use flow_oa_site::notebooks::Notebook;

/// The rows of a table after a run.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct Stored {
    pub table: String,
    pub rows: u64,
    /// The rows of the day that it had before.
    pub replaced: u64,
    pub seconds: f64,
}

/// A step and how long it took.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Step {
    /// The name of the step.
    pub step: &'static str,
    /// The table, if the step has one table of several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// The time in seconds.
    pub seconds: f64,
}

/// What a run did.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct RunSummary {
    /// The number of the run in the history.
    pub id: i64,
    pub pipeline: String,
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    pub results: String,
    /// Records read: stored, rejected and skipped.
    pub read: u64,
    /// Rows stored in the scores table.
    pub stored: u64,
    pub rejected: u64,
    /// Blank lines.
    pub skipped: u64,
    /// Distinct addresses for which context was looked up.
    pub addresses: usize,
    pub tables: Vec<Stored>,
    pub warnings: Vec<String>,
    /// What came of the expectations of the columns.
    pub expectations: Vec<Expected>,
    pub steps: Vec<Step>,
    pub database: String,
    pub scores_file: PathBuf,
    pub rejects_file: Option<PathBuf>,
    pub notebooks: Vec<Notebook>,
}

/// Measures the time of each step.
pub(super) struct Clock {
    last: Instant,
    pub(super) steps: Vec<Step>,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { last: Instant::now(), steps: Vec::new() }
    }

    /// Records the time of the download of a file, if there was one.
    pub(super) fn fetched(&mut self, input: &Input) {
        if input.is_fetched {
            self.done("fetch results");
        }
    }

    pub(super) fn done(&mut self, step: &'static str) {
        self.note(step, None);
    }

    /// Records the time of a step on one table, and returns it in seconds.
    pub(super) fn done_with(&mut self, step: &'static str, table: &str) -> f64 {
        self.note(step, Some(table.to_owned()))
    }

    fn note(&mut self, step: &'static str, table: Option<String>) -> f64 {
        let seconds = self.last.elapsed().as_secs_f64();
        self.steps.push(Step { step, table, seconds });
        self.last = Instant::now();
        seconds
    }
}

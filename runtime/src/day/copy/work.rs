//! The copy of one day: what it works on, and how it loads rows.

use flow_oa_core::{Date, fail_point};

use super::CopyJob;
use flow_oa_site::Result;

/// The name of the command in the history.
pub(super) const COMMAND: &str = "copy";

/// The work on one day.
pub(super) struct Work<'a> {
    pub(super) job: &'a CopyJob<'a>,
    pub(super) day: Date,
}

impl Work<'_> {
    /// Loads rows by calling `load`, unless the command was interrupted, and counts them.
    pub(super) fn loading(&self, load: impl FnOnce() -> Result<u64>) -> Result<u64> {
        self.job.progress.go_on()?;
        let count = load()?;
        self.job.progress.add_rows(count);
        fail_point!("copy-batch");
        Ok(count)
    }
}

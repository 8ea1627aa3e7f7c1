//! Cells that hold a time or a duration. Values that only a wrong clock writes are corrected and counted.

use std::ops::RangeInclusive;

use super::{CellFault, Cells};
use crate::{Corrections, Moment};

#[expect(clippy::missing_errors_doc, reason = "described at Cells")]
impl Cells<'_> {
    /// A duration in which negative values become 0, which is counted as a correction: a clock was set back. nfdump writes
    /// a negative duration as the microseconds in an unsigned 64-bit integer; this form is recognised too.
    pub(crate) fn corrected_duration(&self, seconds: f64) -> f64 {
        const WITHOUT_SIGN: RangeInclusive<f64> = (1u64 << 63) as f64 / 1e6..=u64::MAX as f64 / 1e6;
        if seconds >= 0.0 && !WITHOUT_SIGN.contains(&seconds) {
            return seconds.abs();
        }
        self.corrected.set(Corrections { durations: 1, ..self.corrected.get() });
        0.0
    }

    /// Counts a record with a column that has no value in an export.
    pub(crate) fn count_null(&self) {
        self.corrected.set(Corrections { nulls: 1, ..self.corrected.get() });
    }

    /// Counts a flow with impossible times as corrected.
    pub(crate) fn correct_time(&self) {
        self.corrected.set(Corrections { times: 1, ..self.corrected.get() });
    }

    /// A time that exists in the time zone.
    pub fn time(&self, at: usize) -> Result<Moment, CellFault> {
        self.zone
            .read(self.str(at)?)
            .ok_or_else(|| self.fault(at, "a time such as 2016-07-08 23:59:59 that exists"))
    }

    /// The time of whole seconds since 1970-01-01 00:00:00 UTC, which come from the cell at `at`.
    ///
    /// # Errors
    /// If the time is not within the years 1 to 9999.
    pub fn time_of_epoch(&self, at: usize, seconds: i64) -> Result<Moment, CellFault> {
        Moment::of_epoch(seconds)
            .ok_or_else(|| self.fault(at, "seconds since 1970, within the years 1 to 9999"))
    }

    /// The time of a text, UTC, which comes from the cell at `at` and others.
    ///
    /// # Errors
    /// If it is not a time.
    pub fn time_of_text(&self, at: usize, text: &str) -> Result<Moment, CellFault> {
        Moment::of_text(text)
            .ok_or_else(|| self.fault(at, "the start of a time such as 2016-07-08 9:59:59 that exists"))
    }
}

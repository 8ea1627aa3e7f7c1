//! Cells that hold a time or a duration. Values that only a wrong clock writes are corrected and counted.

use std::ops::{RangeBounds, RangeInclusive};

use super::{CellFault, Cells};
use crate::time::arrival;
use crate::{Corrections, Moment};

#[expect(clippy::missing_errors_doc, reason = "described at Cells")]
impl Cells<'_> {
    /// A duration in seconds. A clock that was set back causes a negative duration, which becomes 0 and is counted as
    /// corrected.
    pub fn elapsed(&self, at: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(at, self.corrected_duration(at)?, range)
    }

    /// A duration in which negative values become 0. nfdump writes a negative duration as the microseconds in an
    /// unsigned 64-bit integer; this form is recognised too.
    fn corrected_duration(&self, at: usize) -> Result<f64, CellFault> {
        const WITHOUT_SIGN: RangeInclusive<f64> = (1u64 << 63) as f64 / 1e6..=u64::MAX as f64 / 1e6;
        let seconds = self.double(at)?;
        if seconds >= 0.0 && !WITHOUT_SIGN.contains(&seconds) {
            return Ok(seconds.abs());
        }
        self.corrected.set(Corrections { durations: 1, ..self.corrected.get() });
        Ok(0.0)
    }

    /// A time that exists in the time zone.
    pub fn time(&self, at: usize) -> Result<Moment, CellFault> {
        self.zone
            .read(self.str(at)?)
            .ok_or_else(|| self.fault(at, "a time such as 2016-07-08 23:59:59 that exists"))
    }

    /// The arrival time of the flow, computed by [`arrival`] from the cells at these positions. A flow with impossible
    /// times is counted as corrected.
    pub fn arrival(&self, received: usize, first: usize, last: usize) -> Result<Moment, CellFault> {
        let found = arrival(self.time(received)?, self.time(first)?, self.time(last)?);
        if found.is_corrected {
            self.corrected.set(Corrections { times: 1, ..self.corrected.get() });
        }
        Ok(found.at)
    }

    /// The end of the flow: its start plus its duration in seconds. A negative duration becomes 0.
    ///
    /// # Errors
    /// If the start is not a time, or the duration is not a number of seconds that ends within the years 1 to 9999.
    pub fn end(&self, start: usize, duration: usize) -> Result<Moment, CellFault> {
        let seconds = self.corrected_duration(duration)?;
        let end = self.time(start)?.plus(seconds);
        end.ok_or_else(|| self.fault(duration, "a duration in seconds that ends before the year 10000"))
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

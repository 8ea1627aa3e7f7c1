//! How another thread stops a session: a flag, and the time limit of a wait.
//!
//! Nothing here touches a connection. The code that waits calls [`Wait::check`] every [`SLICE`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::fault::Fault;

/// The longest time without a look at the flag.
pub(crate) const SLICE: Duration = Duration::from_millis(200);

/// How long a pending answer is still awaited after the flag was set: if it arrives, the connection stays in sync, and
/// the statement can be cancelled on it.
const GRACE: Duration = Duration::from_secs(2);

/// Stops the work of a session, from any thread, such as that of a signal handler.
///
/// The flag stays set, so that nothing more is started, until [`Interrupter::reset`].
#[derive(Debug, Clone, Default)]
pub struct Interrupter(Arc<AtomicBool>);

impl Interrupter {
    /// Creates a flag that is not set.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the flag. The session cancels its statement and returns [`crate::Hs2Error::Interrupted`].
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Clears the flag, so that a cleanup after an interrupt can run.
    pub fn reset(&self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// A time limit, and the flag that ends the wait early.
#[derive(Debug)]
pub(crate) struct Wait<'a> {
    until: Instant,
    flag: Option<&'a Interrupter>,
    grace: Option<Instant>,
}

impl<'a> Wait<'a> {
    pub(crate) fn new(time: Duration, flag: &'a Interrupter) -> Self {
        Self { until: after(time), flag: Some(flag), grace: None }
    }

    /// For cleanup after an interrupt: only the time limit ends it.
    pub(crate) fn tidying(time: Duration) -> Self {
        Self { until: after(time), flag: None, grace: None }
    }

    /// For a part of a wait: at most `time` of the rest.
    pub(crate) fn part(&self, time: Duration) -> Self {
        Self { until: self.until.min(after(time)), flag: self.flag, grace: self.grace }
    }

    pub(crate) fn is_tidying(&self) -> bool {
        self.flag.is_none()
    }

    /// Whether to continue waiting.
    ///
    /// # Errors
    /// [`Fault::Interrupted`] some time after the flag was set, and [`Fault::Late`] after the time limit.
    pub(crate) fn check(&mut self) -> Result<(), Fault> {
        let now = Instant::now();
        if self.flag.is_some_and(Interrupter::is_set) {
            let until = *self.grace.get_or_insert_with(|| now + GRACE);
            if now >= until {
                return Err(Fault::Interrupted);
            }
        }
        if now >= self.until { Err(Fault::Late) } else { Ok(()) }
    }

    /// Like [`Self::check`], but without a grace period: no pending answer would be lost.
    pub(crate) fn check_at_once(&self) -> Result<(), Fault> {
        if self.flag.is_some_and(Interrupter::is_set) {
            return Err(Fault::Interrupted);
        }
        if Instant::now() >= self.until { Err(Fault::Late) } else { Ok(()) }
    }

    /// The remaining time, at most a [`SLICE`].
    pub(crate) fn slice(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now()).min(SLICE)
    }
}

/// The end of a time limit; a limit that the clock cannot represent is replaced by a year.
fn after(time: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(time).unwrap_or_else(|| now + Duration::from_secs(365 * 24 * 3600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_under_way_has_some_time_left_after_the_flag_is_set() {
        let flag = Interrupter::new();
        let mut wait = Wait::new(Duration::MAX, &flag);
        assert!(wait.check().is_ok() && wait.check_at_once().is_ok());
        flag.clone().interrupt();
        assert!(wait.check().is_ok());
        assert!(matches!(wait.check_at_once(), Err(Fault::Interrupted)));
        wait.grace = Some(Instant::now());
        assert!(matches!(wait.check(), Err(Fault::Interrupted)));
        flag.reset();
        assert!(wait.check().is_ok());
    }

    #[test]
    fn what_takes_too_long_is_late_flag_or_not() {
        let flag = Interrupter::new();
        assert!(matches!(Wait::new(Duration::ZERO, &flag).check(), Err(Fault::Late)));
        flag.interrupt();
        assert!(matches!(Wait::tidying(Duration::ZERO).check(), Err(Fault::Late)));
        assert!(Wait::tidying(SLICE * 10).check().is_ok());
    }
}

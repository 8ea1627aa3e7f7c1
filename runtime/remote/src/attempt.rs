//! Retries: a transient failure is retried a few times with growing waits; a permanent one is not.
//!
//! Only operations that may safely be repeated belong here.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant, SystemTime};

use crate::error::{RemoteError, Result};
use crate::policy::Policy;
use crate::watch::Watch;

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A transient failure, with the wait that the server asks for, if it states one.
    Passing {
        error: RemoteError,
        wait: Option<Duration>,
    },
    Final(RemoteError),
}

impl Fault {
    pub(crate) fn passing(error: RemoteError) -> Self {
        Self::Passing { error, wait: None }
    }

    /// Replaces the failure by the interrupt if the user stopped the operation.
    pub(crate) fn unless_stopped(self, watch: &dyn Watch) -> Self {
        if watch.is_stopped() { Self::Final(RemoteError::Interrupted) } else { self }
    }
}

impl From<RemoteError> for Fault {
    fn from(error: RemoteError) -> Self {
        Self::Final(error)
    }
}

/// Runs `once` until it succeeds, fails permanently, or was tried often enough.
pub(crate) fn persist<T>(
    policy: &Policy,
    watch: &dyn Watch,
    mut once: impl FnMut() -> std::result::Result<T, Fault>,
) -> Result<T> {
    let mut tries = 1;
    loop {
        if watch.is_stopped() {
            return Err(RemoteError::Interrupted);
        }
        let (error, asked) = match once().map_err(|error| error.unless_stopped(watch)) {
            Ok(done) => return Ok(done),
            Err(Fault::Final(error)) => return Err(error),
            Err(Fault::Passing { error, wait }) => (error, wait),
        };
        if tries >= policy.tries {
            return Err(error.after(tries));
        }
        if let Some(asked) = asked.filter(|asked| *asked > policy.longest_wait) {
            return Err(too_long(error, asked).after(tries));
        }
        pause(asked.unwrap_or_else(|| backoff(policy, tries)), watch)?;
        tries += 1;
    }
}

fn too_long(error: RemoteError, asked: Duration) -> RemoteError {
    match error {
        RemoteError::Unavailable { url, found } => RemoteError::Unavailable {
            url,
            found: format!("{found}, to be asked again after {} s: try again then", asked.as_secs()),
        },
        other => other,
    }
}

/// The wait after that try, counted from 1.
fn backoff(policy: &Policy, tries: u32) -> Duration {
    let whole = policy.first_wait.saturating_mul(1 << (tries - 1).min(16)).min(policy.longest_wait);
    // A hasher of the standard library has random keys, which is random enough here.
    let chance = RandomState::new().hash_one(tries) % 1024;
    whole.mul_f64(1.0 - chance as f64 / 2048.0)
}

fn pause(wait: Duration, watch: &dyn Watch) -> Result<()> {
    if watch.wait_until(Instant::now() + wait) { Ok(()) } else { Err(RemoteError::Interrupted) }
}

/// Parses `Retry-After` (RFC 9110, 10.2.3): seconds, or a date.
pub(crate) fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at).unwrap_or(0));
    Some(at.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_seconds_or_as_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:27 GMT", now), Some(Duration::ZERO));
        for text in ["", "soon", "-1", "1.5"] {
            assert_eq!(retry_after(text, now), None, "{text}");
        }
    }

    #[test]
    fn waits_grow_and_are_bounded() {
        let policy = Policy::default();
        for (tries, most) in [(1, 500), (2, 1_000), (3, 2_000), (40, 30_000)] {
            let wait = backoff(&policy, tries).as_millis();
            assert!((most / 2..=most).contains(&wait), "{tries}: {wait} ms");
        }
    }
}

//! What every kind of service that is queried implements, and what it is given for that.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flow_oa_core::Observable;
use flow_oa_remote::{Client, Watch};

use super::program::Failed;
use super::secret::{Given, Secret};

/// The maximum wait before a retry, unless the rate limit requires a longer one.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Why a request failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Interrupted,
    /// The reason; another request may succeed.
    Unanswered(String),
    /// The reason; every other request would fail in the same way.
    Hopeless(String),
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Interrupted => Self::Interrupted,
            Failed::Reason(reason) | Failed::Absent(reason) => Self::Hopeless(reason),
        }
    }
}

impl From<flow_oa_remote::RemoteError> for Fault {
    fn from(error: flow_oa_remote::RemoteError) -> Self {
        use flow_oa_remote::RemoteError as E;
        match error {
            E::Interrupted => Self::Interrupted,
            E::Denied { url, found } => {
                Self::Hopeless(format!("{url}: {found} (its keys are in the settings)"))
            }
            E::Configuration(found) => Self::Hopeless(found),
            other => Self::Unanswered(other.to_string()),
        }
    }
}

/// How a kind of service is queried.
pub(super) trait Ask: Send {
    /// How many of `asked`, from the first, one request can hold; a caller sends at least one.
    fn batch(&self, asked: &[Observable]) -> usize;
    /// Whether the service can be queried about host names and URLs.
    fn takes_names(&self) -> bool;
    /// Why a request about this address or name cannot be sent to the service at all; `None` if it can.
    fn unsendable(&self, of: &Observable) -> Option<&'static str>;
    /// The verdict for what the service does not know: `UNVERIFIED:-1`.
    fn unknown(&self) -> &'static str;
    /// Queries addresses and, if the service takes them, names; at most one batch. Returns, for each in order, a
    /// verdict or the reason why it has none.
    ///
    /// # Errors
    /// If the request as a whole failed.
    fn ask(&mut self, asked: &[Observable], means: &Means) -> Result<Vec<Found>, Fault>;
}

/// A verdict on one address or name, or why it has none; another request may succeed.
pub(super) type Found = Result<String, String>;

/// What a service needs to send requests.
pub(super) struct Means {
    pub(super) client: Client,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) timeout: Duration,
    /// The maximum number of attempts of one request.
    pub(super) tries: u32,
    /// The wait before the second attempt.
    pub(super) first_wait: Duration,
    /// The secrets that were read.
    pub(super) given: Given,
}

/// The maximum length of a message in characters: it may quote a longer answer.
const LONGEST_MESSAGE: usize = 400;

impl Means {
    /// Reads a secret; from now on, no message shows it.
    pub(super) fn read(&self, secret: &Secret) -> Result<String, Failed> {
        let text = secret.read(&*self.watch)?;
        self.given.note(&text);
        Ok(text)
    }

    /// Waits before the next attempt of a request, after `tries` attempts.
    pub(super) fn pause(&self, tries: u32) -> Result<(), Fault> {
        let wait = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(16));
        self.wait_until(Instant::now() + wait.min(LONGEST_WAIT.max(self.first_wait)))
    }

    /// Waits until `then`.
    pub(super) fn wait_until(&self, then: Instant) -> Result<(), Fault> {
        if self.watch.wait_until(then) { Ok(()) } else { Err(Fault::Interrupted) }
    }

    /// The displayable form of a message, whatever it quotes: secrets are removed, and a long message loses its middle.
    pub(super) fn shown(&self, message: &str) -> String {
        let hidden = self.given.hidden(message);
        let count = hidden.chars().count();
        if count <= LONGEST_MESSAGE {
            return hidden;
        }
        let half = LONGEST_MESSAGE / 2;
        let begin: String = hidden.chars().take(half).collect();
        let end: String = hidden.chars().skip(count - half).collect();
        format!("{begin} […] {end}")
    }
}

/// A required text of the settings.
pub(super) fn text(key: &str, found: Option<&String>) -> Result<String, String> {
    found.cloned().ok_or_else(|| format!("{key}: expected a text, found none"))
}

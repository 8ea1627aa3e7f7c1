//! What the settings say of a service that is asked, understood before anybody is.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flow_oa_remote::{Client, Site, Watch};
use flow_oa_schema::document::{DeclaredDoc, ServiceKind};

use super::fb::Fb;
use super::gti::Gti;
use super::http::Http;
use super::program::Failed;
use super::secret::{Given, Secret};
use std::net::IpAddr;

/// Why a question came to nothing.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The user interrupted it.
    Interrupted,
    /// What was found; another question may be answered.
    Unanswered(String),
    /// What was found; every other question would end so, too.
    Hopeless(String),
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Interrupted => Self::Interrupted,
            Failed::Reason(reason) => Self::Hopeless(reason),
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

/// How a service is asked.
pub(super) trait Ask: Send {
    /// How many addresses one question can hold, at least one.
    fn batch(&self) -> usize;
    /// What is said of an address of which nothing is known: `UNVERIFIED:-1`.
    fn unknown(&self) -> &'static str;
    /// Asks about addresses, at most as many as a batch has. Gives for each of them, in their order, a verdict, or why
    /// it has none.
    ///
    /// # Errors
    /// Where the question as a whole came to nothing.
    fn ask(&mut self, ips: &[IpAddr], means: &Means) -> Result<Vec<Found>, Fault>;
}

/// A verdict on one address, or why it has none; another question may be answered.
pub(super) type Found = Result<String, String>;

/// By what a service is asked.
pub(super) struct Means {
    pub(super) client: Client,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) timeout: Duration,
    given: Given,
}

/// No message is longer, in characters: an answer may be, of which it speaks.
const LONGEST_MESSAGE: usize = 400;

impl Means {
    /// The secret itself, which no message shows from now on.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub(super) fn read(&self, secret: &Secret) -> Result<String, Failed> {
        let text = secret.read(&*self.watch)?;
        self.given.note(&text);
        Ok(text)
    }

    /// What may be shown of a message, whoever it quotes: no secret, and what is too long without its middle.
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

/// The part of a service that only its kind has.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Gti(Gti),
    Fb(Fb),
    Http(Http),
}

/// A service that is asked. What [`Debug`](std::fmt::Debug) shows of it holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    kind: Kind,
    pub(super) required: bool,
    pub(super) cache_hours: u32,
    pub(super) requests_per_run: u32,
    pub(super) requests_per_minute: Option<u32>,
    timeout: Duration,
    tries: u32,
}

impl Asked {
    /// As the settings in `folder` say, whose check has seen to it that what they say can be used.
    ///
    /// # Errors
    /// A key that is missing.
    pub(crate) fn of(kind: ServiceKind, doc: &DeclaredDoc, folder: &Path) -> Result<Self, String> {
        let kind = match kind {
            ServiceKind::Gti => Kind::Gti(Gti::of(doc, folder)?),
            ServiceKind::Fb => Kind::Fb(Fb::of(doc, folder)?),
            ServiceKind::Http => Kind::Http(Http::of(doc, folder)?),
            ServiceKind::List => return Err("kind: a list is not asked".to_owned()),
        };
        Ok(Self {
            kind,
            required: doc.required.unwrap_or(false),
            cache_hours: doc.cache_hours.unwrap_or(24),
            requests_per_run: doc.requests_per_run.unwrap_or(1000),
            requests_per_minute: doc.requests_per_minute,
            timeout: Duration::from_secs(doc.timeout_seconds.unwrap_or(30).into()),
            tries: doc.tries.unwrap_or(3),
        })
    }

    /// What asks.
    pub(super) fn asker(&self) -> Box<dyn Ask> {
        match &self.kind {
            Kind::Gti(it) => Box::new(it.clone()),
            Kind::Fb(it) => Box::new(it.clone()),
            Kind::Http(it) => Box::new(it.clone()),
        }
    }

    /// By what it is asked.
    pub(super) fn means(&self, site: &Site, watch: &Arc<dyn Watch>) -> Means {
        let mut site = site.clone();
        site.policy.connect = site.policy.connect.min(self.timeout);
        site.policy.whole = Some(self.timeout);
        site.policy.tries = self.tries;
        site.policy.largest = LONGEST;
        Means {
            client: Client::new(site, Arc::clone(watch)),
            watch: Arc::clone(watch),
            timeout: self.timeout,
            given: Given::default(),
        }
    }

    /// Whose answers these are: those of a service that is declared in another way are others.
    pub(super) fn mark(&self) -> String {
        let hash = blake3::hash(format!("{:?}", self.kind).as_bytes()).to_hex();
        hash[..16].to_owned()
    }
}

/// No answer is longer, in bytes.
const LONGEST: u64 = 16 << 20;

/// A text of the settings that must be there.
pub(super) fn text(key: &str, found: Option<&String>) -> Result<String, String> {
    found.cloned().ok_or_else(|| format!("{key}: expected a text, found none"))
}

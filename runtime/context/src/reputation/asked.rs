//! What the settings say of a service that is asked, understood before anybody is.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use flow_oa_remote::{Client, Site, Watch};
use flow_oa_settings::{DeclaredDoc, KeptDoc, SecretDoc, ServiceKind};

use super::fb::Fb;
use super::gti::Gti;
use super::http::Http;
use super::program::Failed;
use super::secret::{Given, Secret, require_private};
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
    /// How often a question is tried in all.
    pub(super) tries: u32,
    /// Before the second try.
    first_wait: Duration,
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

    /// Waits before the next try of a question, after so many of them.
    ///
    /// # Errors
    /// An interrupt.
    pub(super) fn pause(&self, tries: u32) -> Result<(), Fault> {
        let wait = self.first_wait.saturating_mul(1 << tries.saturating_sub(1).min(16));
        self.wait_until(Instant::now() + wait.min(LONGEST_WAIT.max(self.first_wait)))
    }

    /// Waits.
    ///
    /// # Errors
    /// An interrupt.
    pub(super) fn wait_until(&self, then: Instant) -> Result<(), Fault> {
        if self.watch.wait_until(then) { Ok(()) } else { Err(Fault::Interrupted) }
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
    requests_per_minute: Option<u32>,
    timeout: Duration,
    tries: u32,
    /// Files that hold its secrets.
    files: Vec<PathBuf>,
    /// Of what decides its answers.
    answers: blake3::Hash,
    /// Of the declaration without its secrets.
    open: blake3::Hash,
}

impl Asked {
    /// As the settings in `folder` say, whose check has seen to it that what they say can be used.
    ///
    /// # Errors
    /// A key that is missing.
    pub fn of(kind: ServiceKind, doc: &DeclaredDoc, folder: &Path) -> Result<Self, String> {
        let (answers, open) = hashes(kind, doc, folder).map_err(|it| format!("its declaration: {it}"))?;
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
            files: files_of_secrets(doc, folder),
            answers,
            open,
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
        if let Some(interval) = self.interval() {
            // Second tries keep the pace, too; up to a half of a wait is taken off by chance.
            site.policy.first_wait = site.policy.first_wait.max(interval * 2);
            site.policy.longest_wait = site.policy.longest_wait.max(site.policy.first_wait);
        }
        site.policy.largest = LONGEST;
        Means {
            tries: self.tries,
            first_wait: site.policy.first_wait,
            client: Client::new(site, Arc::clone(watch)),
            watch: Arc::clone(watch),
            timeout: self.timeout,
            given: Given::default(),
        }
    }

    /// How far questions are apart at least; nothing where they may be as close as they come.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.requests_per_minute.map(|most| Duration::from_secs(60) / most.max(1))
    }

    /// By what its answers are kept: another declaration, be it only another secret, has other ones.
    pub(super) fn mark(&self) -> String {
        self.answers.to_hex().to_string()
    }

    /// By what the declaration is known, but for its secrets: it is stored in the database, and another key is no reason to
    /// run all days again.
    pub(crate) fn identity(&self) -> &[u8] {
        self.open.as_bytes()
    }

    /// Refuses files of secrets that others may read.
    ///
    /// # Errors
    /// The first of them.
    pub fn require_private_files(&self) -> Result<(), String> {
        self.files.iter().try_for_each(|path| {
            let Ok(found) = std::fs::metadata(path) else { return Ok(()) };
            require_private(&found)
                .map_err(|reason| format!("its secret (file {}): {reason}", path.display()))
        })
    }
}

/// Hashes of a declaration as JSON: of what decides its answers, secrets among it, and of all but its secrets.
fn hashes(
    kind: ServiceKind,
    doc: &DeclaredDoc,
    folder: &Path,
) -> serde_json::Result<(blake3::Hash, blake3::Hash)> {
    let whole = DeclaredDoc { kind: Some(kind), ..doc.clone() };
    let answers = DeclaredDoc {
        required: None,
        cache_hours: None,
        requests_per_run: None,
        requests_per_minute: None,
        timeout_seconds: None,
        tries: None,
        ..whole.clone()
    };
    // The same relative path in another folder is another file.
    let program = doc.refclient.as_ref().is_some_and(|it| it.contains('/'));
    let names_files = program || doc.category_file.is_some() || !files_of_secrets(doc, folder).is_empty();
    let folder = names_files.then(|| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()));
    let folder = folder.map(|it| it.as_os_str().as_encoded_bytes().to_vec());
    let hash = |it: &DeclaredDoc| serde_json::to_vec(&(it, &folder)).map(|it| blake3::hash(&it));
    Ok((hash(&answers)?, hash(&whole.without_secrets())?))
}

fn files_of_secrets(doc: &DeclaredDoc, folder: &Path) -> Vec<PathBuf> {
    let file = |it: &SecretDoc| match it {
        SecretDoc::Kept(KeptDoc::File(path)) => Some(folder.join(path)),
        SecretDoc::Text(_) | SecretDoc::Kept(KeptDoc::Env(_) | KeptDoc::Command(_)) => None,
    };
    doc.secrets().into_iter().filter_map(|(_, it)| file(it)).collect()
}

/// No wait for the next try is longer, unless the settings want a slower pace.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// No answer is longer, in bytes.
const LONGEST: u64 = 16 << 20;

/// A text of the settings that must be there.
pub(super) fn text(key: &str, found: Option<&String>) -> Result<String, String> {
    found.cloned().ok_or_else(|| format!("{key}: expected a text, found none"))
}

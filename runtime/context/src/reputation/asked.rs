//! The declaration of a service that is queried, validated before any request is sent.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flow_oa_remote::{Client, Site, Watch};
use flow_oa_settings::{DeclaredDoc, KeptDoc, SecretDoc, ServiceKind};

use super::ask::{Ask, Means};
use super::fb::Fb;
use super::gti::Gti;
use super::http::Http;
use super::secret::{Given, require_private};

/// The part of a declaration that is specific to the kind of service.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Gti(Gti),
    Fb(Fb),
    Http(Http),
}

/// A service that is queried. Its [`Debug`](std::fmt::Debug) output holds no secret.
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
    /// The hash of everything that decides its answers.
    answers: blake3::Hash,
    /// The hash of the declaration without its secrets.
    open: blake3::Hash,
}

impl Asked {
    /// Builds a service from the settings in `folder`, which must have passed their check.
    ///
    /// # Errors
    /// If a key is missing.
    pub fn of(kind: ServiceKind, doc: &DeclaredDoc, folder: &Path) -> Result<Self, String> {
        let (answers, open) =
            hashes(kind, doc, folder).map_err(|error| format!("its declaration: {error}"))?;
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

    /// The client for this kind of service.
    pub(super) fn asker(&self) -> Box<dyn Ask> {
        match &self.kind {
            Kind::Gti(it) => Box::new(it.clone()),
            Kind::Fb(it) => Box::new(it.clone()),
            Kind::Http(it) => Box::new(it.clone()),
        }
    }

    /// Client, retry policy and timeouts for its requests.
    pub(super) fn means(&self, site: &Site, watch: &Arc<dyn Watch>) -> Means {
        let mut site = site.clone();
        site.policy.connect = site.policy.connect.min(self.timeout);
        site.policy.whole = Some(self.timeout);
        site.policy.tries = self.tries;
        if let Some(interval) = self.interval() {
            // Retries respect the rate limit, too; random jitter shortens a wait by up to a half.
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

    /// The minimum interval between requests; `None` if there is no limit.
    pub(super) fn interval(&self) -> Option<Duration> {
        self.requests_per_minute.map(|most| Duration::from_secs(60) / most.max(1))
    }

    /// The cache key of its answers: any other declaration, even one with only another secret, has other answers.
    pub(super) fn mark(&self) -> String {
        self.answers.to_hex().to_string()
    }

    /// The identity of the declaration without its secrets: it is stored in the database, and a changed secret is no
    /// reason to run all days again.
    pub(crate) fn identity(&self) -> &[u8] {
        self.open.as_bytes()
    }

    /// Rejects secret files that other users can read.
    ///
    /// # Errors
    /// The first such file.
    pub fn require_private_files(&self) -> Result<(), String> {
        self.files.iter().try_for_each(|path| {
            let Ok(found) = std::fs::metadata(path) else { return Ok(()) };
            require_private(&found)
                .map_err(|reason| format!("its secret (file {}): {reason}", path.display()))
        })
    }
}

/// Two hashes of a declaration as JSON: of everything that decides its answers, including secrets, and of everything
/// except secrets.
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
    let program = doc.refclient.as_ref().is_some_and(|refclient| refclient.contains('/'));
    let names_files = program || doc.category_file.is_some() || !files_of_secrets(doc, folder).is_empty();
    let folder = names_files.then(|| std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()));
    let folder = folder.map(|folder| folder.as_os_str().as_encoded_bytes().to_vec());
    let hash = |doc: &DeclaredDoc| serde_json::to_vec(&(doc, &folder)).map(|json| blake3::hash(&json));
    Ok((hash(&answers)?, hash(&whole.without_secrets())?))
}

fn files_of_secrets(doc: &DeclaredDoc, folder: &Path) -> Vec<PathBuf> {
    let file = |secret: &SecretDoc| match secret {
        SecretDoc::Kept(KeptDoc::File(path)) => Some(folder.join(path)),
        SecretDoc::Text(_) | SecretDoc::Kept(KeptDoc::Env(_) | KeptDoc::Command(_)) => None,
    };
    doc.secrets().into_iter().filter_map(|(_, secret)| file(secret)).collect()
}

/// The maximum length of an answer in bytes.
const LONGEST: u64 = 16 << 20;

//! Reading and writing files that are elsewhere: the two things that this crate does, whatever the file's address.
//!
//! A file that was read is whole, or it is an error; where it is put and under which name is decided by the caller,
//! who hands over an open file.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use flow_oa_files::Progress;
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::attempt::persist;
use crate::error::{RemoteError, Result};
use crate::exchange::Reach;
use crate::location::{Hdfs, Kind, Remote};
use crate::policy::Site;
use crate::{http, webhdfs};

/// Whoever waits for a file: says whether it is to stop, and is told how it goes.
pub trait Watch: Send + Sync {
    /// Whether reading and writing are to stop; asked at least ten times a second, from another thread too.
    fn is_stopped(&self) -> bool;
    /// A file of so many bytes is being read or written, from its beginning; nobody knows how many where it is none.
    fn starts(&self, total: Option<u64>);
    /// So many bytes more came or went.
    fn moved(&self, bytes: u64);

    /// Waits until `then`. Returns false at once if reading and writing are to stop.
    fn wait_until(&self, then: Instant) -> bool {
        while !self.is_stopped() {
            let left = then.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            std::thread::sleep(left.min(LOOK));
        }
        false
    }
}

/// Time between two checks whether to stop.
const LOOK: Duration = Duration::from_millis(50);

impl Watch for Progress {
    fn is_stopped(&self) -> bool {
        self.is_interrupted()
    }

    fn starts(&self, total: Option<u64>) {
        self.start(total.unwrap_or(0));
    }

    fn moved(&self, bytes: u64) {
        self.add_bytes(bytes);
    }
}

/// What tells a file from its successor of the same name, as far as its server says.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// By validators of HTTP (RFC 9110, 8.8).
    Http {
        /// `ETag`.
        etag: Option<String>,
        /// `Last-Modified`.
        modified: Option<String>,
    },
    /// By a file's status in HDFS.
    Hdfs {
        /// Milliseconds since 1970.
        modified: u64,
        /// Bytes.
        length: u64,
        /// The number of the file, where the server has one.
        id: u64,
    },
}

/// What is in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name within the folder.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_folder: bool,
}

/// What became of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// It is there, from the first byte to the last.
    Whole {
        /// What it can be known by.
        version: Option<Version>,
        /// Its size.
        bytes: u64,
    },
    /// It is the version that is known; nothing was read.
    Unchanged,
}

/// The file of this machine that a file is read into or from.
pub(crate) struct Here<'a> {
    pub(crate) file: &'a File,
    pub(crate) path: &'a Path,
}

impl Here<'_> {
    pub(crate) fn fault(&self, error: std::io::Error) -> RemoteError {
        RemoteError::Local { path: self.path.to_owned(), error }
    }

    /// Empty, and at its beginning.
    pub(crate) fn cleared(&self) -> Result<()> {
        self.file.set_len(0).and_then(|()| self.rewound()).map_err(|error| self.fault(error))
    }

    pub(crate) fn rewound(&self) -> std::io::Result<()> {
        let mut file = self.file;
        file.seek(SeekFrom::Start(0)).map(drop)
    }
}

/// Reads and writes files for one site.
pub struct Client {
    pub(crate) site: Site,
    pub(crate) watch: Arc<dyn Watch>,
    roots: OnceLock<RootCerts>,
    /// Connections under way, to be cut when whoever waits does not any longer.
    agents: Mutex<Vec<Agent>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Client").field("site", &self.site).finish_non_exhaustive()
    }
}

fn in_hdfs(at: &Remote) -> Result<&Hdfs> {
    match &at.kind {
        Kind::Hdfs(hdfs) => Ok(hdfs),
        Kind::Http(_) => Err(RemoteError::Configuration(format!("{at}: http(s) knows no folders"))),
    }
}

impl Client {
    /// Reads and writes as `site` says; `watch` is asked and told meanwhile. Nothing is looked for yet.
    pub fn new(site: Site, watch: Arc<dyn Watch>) -> Self {
        Self { site, watch, roots: OnceLock::new(), agents: Mutex::default() }
    }

    /// Reads a file into `file`, which it replaces from the first byte to the last; after an error what is in it is of
    /// no use. `path` is where it is, or the folder that it is in, for messages. Where it is still the `known` version,
    /// nothing is read.
    ///
    /// # Errors
    /// See [`RemoteError`]; what passes was tried again.
    pub fn fetch(&self, from: &Remote, file: &File, path: &Path, known: Option<&Version>) -> Result<Fetched> {
        let into = Here { file, path };
        self.watched(|| {
            persist(&self.site.policy, &*self.watch, || match &from.kind {
                Kind::Http(url) => http::fetch(self, url, &into, known),
                Kind::Hdfs(hdfs) => webhdfs::fetch(self, from, hdfs, &into, known),
            })
        })
        .map_err(|error| if let Kind::Hdfs(_) = from.kind { error.named(from) } else { error })
    }

    /// Writes the file at `path` to `to`, where it is there whole or not at all: it is written under another name
    /// beside its place, looked at, and renamed over what was there.
    ///
    /// # Errors
    /// See [`RemoteError`]. [`RemoteError::Configuration`] for http(s), which has no way to replace a file as a whole.
    pub fn put(&self, path: &Path, to: &Remote) -> Result<()> {
        let hdfs = to.writable()?;
        let local = |error| RemoteError::Local { path: path.to_owned(), error };
        let file = File::open(path).map_err(local)?;
        let bytes = file.metadata().map_err(local)?.len();
        let from = Here { file: &file, path };
        let put = webhdfs::Put { client: self, to, hdfs, part: webhdfs::part_of(to, &hdfs.path)? };
        let done = self.watched(|| put.run(&from, bytes));
        if done.is_err() {
            // An interrupt does not stop this: nobody would come back for it.
            put.clean();
        }
        done.map_err(|error| error.named(to))
    }

    /// What the folder `at` holds, in no order; nothing where there is no such folder.
    ///
    /// # Errors
    /// See [`RemoteError`]. [`RemoteError::Configuration`] for http(s), which knows no folders.
    pub fn list(&self, at: &Remote) -> Result<Vec<Entry>> {
        let hdfs = in_hdfs(at)?;
        let found = self.watched(|| persist(&self.site.policy, &*self.watch, || webhdfs::list(self, hdfs)));
        match found {
            Err(RemoteError::NotFound { .. }) => Ok(Vec::new()),
            found => found.map_err(|error| error.named(at)),
        }
    }

    /// Takes away a file, or a folder and all that is in it; it is no fault where there is none.
    ///
    /// # Errors
    /// See [`Self::list`].
    pub fn remove(&self, at: &Remote) -> Result<()> {
        let hdfs = in_hdfs(at)?;
        let gone = self.watched(|| persist(&self.site.policy, &*self.watch, || webhdfs::remove(self, hdfs)));
        match gone {
            Err(RemoteError::NotFound { .. }) => Ok(()),
            gone => gone.map_err(|error| error.named(at)),
        }
    }

    /// Deletes a file, or a folder in which nothing is; it is no fault where there is none.
    ///
    /// # Errors
    /// See [`Self::list`]; where something is in the folder, the name node refuses.
    pub fn remove_empty(&self, at: &Remote) -> Result<()> {
        let hdfs = in_hdfs(at)?;
        let gone =
            self.watched(|| persist(&self.site.policy, &*self.watch, || webhdfs::remove_empty(self, hdfs)));
        match gone {
            Err(RemoteError::NotFound { .. }) => Ok(()),
            gone => gone.map_err(|error| error.named(at)),
        }
    }

    /// Does `work`, and cuts its connections once it is to stop.
    pub(crate) fn watched<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let (done, waiting) = channel::<()>();
        let found = std::thread::scope(|scope| {
            scope.spawn(move || {
                while waiting.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if self.watch.is_stopped() {
                        self.under_way().drain(..).for_each(Agent::shutdown);
                    }
                }
            });
            let found = work();
            drop(done);
            found
        });
        self.under_way().clear();
        found
    }

    fn under_way(&self) -> std::sync::MutexGuard<'_, Vec<Agent>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What speaks HTTP, for one exchange.
    pub(crate) fn agent(&self, is_secure: bool, reach: Reach) -> Result<Agent> {
        let policy = &self.site.policy;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("flow-oa/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_global(policy.whole)
            .timeout_resolve(Some(policy.connect))
            .timeout_connect(Some(policy.connect))
            .timeout_per_read(Some(policy.stall))
            .timeout_per_write(Some(policy.stall));
        if reach == Reach::Direct {
            config = config.proxy(None);
        }
        if is_secure {
            let tls = TlsConfig::builder()
                .unversioned_rustls_crypto_provider(flow_oa_tls::provider())
                .root_certs(self.trusted()?);
            config = config.tls_config(tls.build());
        }
        let config: Config = config.build();
        let agent = Agent::new_with_config(config);
        self.under_way().push(agent.clone());
        Ok(agent)
    }

    fn trusted(&self) -> Result<RootCerts> {
        if let Some(roots) = self.roots.get() {
            return Ok(roots.clone());
        }
        let found = flow_oa_tls::certificates(&self.site.roots)
            .map_err(|error| RemoteError::Configuration(error.to_string()))?;
        let found: Vec<_> = found.iter().map(|it| Certificate::from_der(it).to_owned()).collect();
        Ok(self.roots.get_or_init(|| RootCerts::new_with_certs(&found)).clone())
    }
}

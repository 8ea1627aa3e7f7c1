//! Reads and writes remote files: the two operations of this crate, for any kind of address.
//!
//! A file is either read completely, or the result is an error. The caller decides where it is stored and under which
//! name, and passes an open file.

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

/// The caller's view of a transfer: it can stop the transfer, and receives its progress.
pub trait Watch: Send + Sync {
    /// Whether the transfer must stop; asked at least ten times a second, also from another thread.
    fn is_stopped(&self) -> bool;
    /// The transfer of a file starts, from its first byte. `total` is its size in bytes, or `None` if it is unknown.
    fn starts(&self, total: Option<u64>);
    /// So many more bytes were transferred.
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

/// What distinguishes a file from a later one of the same name, insofar as its server reports it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Version {
    /// By validators of HTTP (RFC 9110, 8.8).
    Http {
        /// The value of `ETag`.
        etag: Option<String>,
        /// The value of `Last-Modified`.
        modified: Option<String>,
    },
    /// By the status of a file in HDFS.
    Hdfs {
        /// Milliseconds since 1970.
        modified: u64,
        /// The size in bytes.
        length: u64,
        /// The server's number of the file; 0 if it has none.
        id: u64,
    },
}

/// An entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name within the folder.
    pub name: String,
    /// Whether it is a folder.
    pub is_folder: bool,
}

/// The result of reading a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The file was read, from the first byte to the last.
    Whole {
        /// The version that was read, if the server reports one.
        version: Option<Version>,
        /// Its size in bytes.
        bytes: u64,
    },
    /// The file is still the known version; nothing was read.
    Unchanged,
}

/// The local file that a remote file is read into or written from.
pub(crate) struct Here<'a> {
    pub(crate) file: &'a File,
    pub(crate) path: &'a Path,
}

impl Here<'_> {
    pub(crate) fn fault(&self, error: std::io::Error) -> RemoteError {
        RemoteError::Local { path: self.path.to_owned(), error }
    }

    /// Truncates the file and rewinds it.
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
    /// Open connections, which are cut when the caller stops the transfer.
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
    /// Creates a client with the settings of `site`; `watch` can stop transfers and receives their progress. No
    /// connection is opened yet.
    pub fn new(site: Site, watch: Arc<dyn Watch>) -> Self {
        Self { site, watch, roots: OnceLock::new(), agents: Mutex::default() }
    }

    /// Reads a file into `file` and replaces its contents; after an error its contents are unusable. `path` is the path
    /// of `file`, or of its folder, for messages. If the remote file is still the `known` version, nothing is read.
    ///
    /// # Errors
    /// See [`RemoteError`]; transient failures were retried.
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

    /// Writes the file at `path` to `to`, which then has either its old or its complete new contents: it is written
    /// under another name in the same folder, checked, and renamed over the old file.
    ///
    /// # Errors
    /// See [`RemoteError`]. [`RemoteError::Configuration`] for http(s), which cannot replace a file atomically.
    pub fn put(&self, path: &Path, to: &Remote) -> Result<()> {
        let hdfs = to.writable()?;
        let local = |error| RemoteError::Local { path: path.to_owned(), error };
        let file = File::open(path).map_err(local)?;
        let bytes = file.metadata().map_err(local)?.len();
        let from = Here { file: &file, path };
        let put = webhdfs::Put { client: self, to, hdfs, part: webhdfs::part_of(to, &hdfs.path)? };
        let done = self.watched(|| put.run(&from, bytes));
        if done.is_err() {
            // An interrupt does not stop this: nothing would remove the temporary file later.
            put.clean();
        }
        done.map_err(|error| error.named(to))
    }

    /// The entries of the folder `at`, unordered; none if the folder does not exist.
    ///
    /// # Errors
    /// See [`RemoteError`]. [`RemoteError::Configuration`] for http(s), which has no folders.
    pub fn list(&self, at: &Remote) -> Result<Vec<Entry>> {
        let hdfs = in_hdfs(at)?;
        let found = self.watched(|| persist(&self.site.policy, &*self.watch, || webhdfs::list(self, hdfs)));
        match found {
            Err(RemoteError::NotFound { .. }) => Ok(Vec::new()),
            found => found.map_err(|error| error.named(at)),
        }
    }

    /// Removes a file, or a folder with its contents; a missing path is not an error.
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

    /// Deletes a file or an empty folder; a missing path is not an error.
    ///
    /// # Errors
    /// See [`Self::list`]; the NameNode refuses if the folder is not empty.
    pub fn remove_empty(&self, at: &Remote) -> Result<()> {
        let hdfs = in_hdfs(at)?;
        let gone =
            self.watched(|| persist(&self.site.policy, &*self.watch, || webhdfs::remove_empty(self, hdfs)));
        match gone {
            Err(RemoteError::NotFound { .. }) => Ok(()),
            gone => gone.map_err(|error| error.named(at)),
        }
    }

    /// Runs `work`, and cuts its connections when it must stop.
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

    /// Creates an HTTP client for one exchange.
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

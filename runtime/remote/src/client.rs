//! Reads and writes remote files: the two operations of this crate, for any kind of address.
//!
//! A file is either read completely, or the result is an error. The caller decides where it is stored and under which
//! name, and passes an open file.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use crate::connections::Connections;
use crate::error::{RemoteError, Result};
use crate::file::{Entry, Fetched, Here, Version};
use crate::location::{Hdfs, Kind, Remote};
use crate::policy::Site;
use crate::watch::Watch;
use crate::{http, webhdfs};

/// Reads and writes files for one site.
#[derive(Debug)]
pub struct Client {
    pub(crate) connections: Connections,
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
        Self { connections: Connections::new(site, watch) }
    }

    /// Reads a file into `file` and replaces its contents; after an error its contents are unusable. `path` is the path
    /// of `file`, or of its folder, for messages. If the remote file is still the `known` version, nothing is read.
    ///
    /// # Errors
    /// See [`RemoteError`]; transient failures were retried.
    pub fn fetch(&self, from: &Remote, file: &File, path: &Path, known: Option<&Version>) -> Result<Fetched> {
        let into = Here { file, path };
        let fetched = self.connections.persist(|| match &from.kind {
            Kind::Http(url) => http::fetch(&self.connections, url, &into, known),
            Kind::Hdfs(hdfs) => webhdfs::fetch(&self.connections, from, hdfs, &into, known),
        });
        fetched.map_err(|error| if let Kind::Hdfs(_) = from.kind { error.named(from) } else { error })
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
        let put = webhdfs::Put {
            connections: &self.connections,
            to,
            hdfs,
            part: webhdfs::part_of(to, &hdfs.path)?,
        };
        let done = self.connections.watched(|| put.run(&from, bytes));
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
        let found = self.connections.persist(|| webhdfs::list(&self.connections, hdfs));
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
        let gone = self.connections.persist(|| webhdfs::remove(&self.connections, hdfs));
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
        let gone = self.connections.persist(|| webhdfs::remove_empty(&self.connections, hdfs));
        match gone {
            Err(RemoteError::NotFound { .. }) => Ok(()),
            gone => gone.map_err(|error| error.named(at)),
        }
    }
}

//! Files on remote servers, both correct and faulty ones.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[path = "support/http.rs"]
mod http;
#[path = "support/hdfs.rs"]
mod server;

#[path = "remote/bodies.rs"]
mod bodies;
#[path = "remote/calls.rs"]
mod calls;
#[path = "remote/encrypted.rs"]
mod encrypted;
#[path = "remote/hdfs.rs"]
mod hdfs;
#[path = "remote/redirects.rs"]
mod redirects;
#[path = "remote/replaced.rs"]
mod replaced;
#[path = "remote/retries.rs"]
mod retries;
#[path = "remote/standbys.rs"]
mod standbys;

use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use flow_oa_remote::{Client, Fetched, Policy, Remote, RemoteError, Site, Version, Watch};

/// A waiting caller, which can be stopped, and counts.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    stopped: AtomicBool,
    moved: AtomicU64,
    begun: AtomicU64,
}

impl Watch for Waiting {
    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    fn starts(&self, _total: Option<u64>) {
        self.begun.fetch_add(1, Ordering::SeqCst);
    }

    fn moved(&self, bytes: u64) {
        self.moved.fetch_add(bytes, Ordering::SeqCst);
    }
}

/// A site with short timeouts.
pub(crate) fn impatient() -> Site {
    let policy = Policy {
        connect: Duration::from_secs(5),
        stall: Duration::from_millis(400),
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_secs(1),
        largest: 1_000_000,
        ..Policy::default()
    };
    Site { policy, ..Site::default() }
}

/// A client, and the file that it downloads into.
pub(crate) struct Reading {
    pub(crate) client: Client,
    pub(crate) waiting: Arc<Waiting>,
    folder: tempfile::TempDir,
}

impl Reading {
    pub(crate) fn new() -> Self {
        Self::of(impatient())
    }

    pub(crate) fn of(site: Site) -> Self {
        let waiting = Arc::new(Waiting::default());
        let client = Client::new(site, Arc::clone(&waiting) as Arc<dyn Watch>);
        Self { client, waiting, folder: tempfile::tempdir().unwrap() }
    }

    /// Downloads a file. Returns its contents.
    pub(crate) fn fetch(&self, url: &str) -> Result<String, RemoteError> {
        self.fetch_unless(url, None).map(|(_, text)| text)
    }

    pub(crate) fn fetch_unless(
        &self,
        url: &str,
        known: Option<&Version>,
    ) -> Result<(Fetched, String), RemoteError> {
        let mut file = tempfile::tempfile_in(self.folder.path()).unwrap();
        let fetched = self.client.fetch(&Remote::parse(url)?, &file, self.folder.path(), known)?;
        let mut text = String::new();
        file.seek(SeekFrom::Start(0)).unwrap();
        file.read_to_string(&mut text).unwrap();
        if let Fetched::Whole { bytes, .. } = fetched {
            assert_eq!(bytes, text.len() as u64);
        }
        Ok((fetched, text))
    }

    /// Uploads `text`.
    pub(crate) fn put(&self, text: &str, url: &str) -> Result<(), RemoteError> {
        let path = self.folder.path().join("out");
        std::fs::write(&path, text).unwrap();
        self.client.put(&path, &Remote::parse(url)?)
    }
}

/// The error for `url`, which must contain each of `words`.
pub(crate) fn fault(url: &str, words: &[&str]) -> RemoteError {
    holds(Reading::new().fetch(url).unwrap_err(), words)
}

pub(crate) fn holds(error: RemoteError, words: &[&str]) -> RemoteError {
    let said = error.to_string();
    for word in words {
        assert!(said.contains(word), "{word:?} is not in {said}");
    }
    error
}

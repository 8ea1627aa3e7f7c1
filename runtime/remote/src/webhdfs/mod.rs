//! Files of a Hadoop file system, through its REST interface. A file is read as one stream, with its status checked
//! before and after; it is written under a temporary name, checked, and renamed.
//!
//! The active NameNode is found by trying: a standby reports its state, and the next one is tried.

mod calls;
mod put;
mod status;

use crate::attempt::Fault;
use crate::client::{Client, Entry, Fetched, Here, Version};
use crate::error::RemoteError;
use crate::location::{Hdfs, Remote};
use crate::receive::{receive, require_small};
use crate::url::Url;
use calls::Calls;
pub(crate) use put::{Put, part_of};
use status::Status;

/// Calls the NameNodes of a file system in order, until one answers that is not a standby.
fn of_active<T>(
    client: &Client,
    hdfs: &Hdfs,
    mut ask: impl FnMut(&Calls<'_>) -> std::result::Result<T, Fault>,
) -> std::result::Result<T, Fault> {
    let addresses = client.site.hadoop.addresses(hdfs);
    let user = client.site.hadoop.user();
    let mut last = None;
    for namenode in &addresses {
        let calls = Calls { client, namenode, user: user.as_deref() };
        match ask(&calls) {
            Err(fault @ Fault::Passing { .. }) => last = Some(fault),
            done => return done,
        }
    }
    // There is at least one address, so there is an error.
    Err(last.unwrap_or_else(|| RemoteError::Configuration("no NameNode is known".to_owned()).into()))
}

/// Reads a file; see [`Client::fetch`].
pub(crate) fn fetch(
    client: &Client,
    from: &Remote,
    hdfs: &Hdfs,
    into: &Here<'_>,
    known: Option<&Version>,
) -> std::result::Result<Fetched, Fault> {
    of_active(client, hdfs, |calls| {
        let before = file(calls, from, &hdfs.path)?;
        let version = before.version();
        if known == Some(&version) {
            return Ok(Fetched::Unchanged);
        }
        require_small(client, &from.to_string(), before.length)?;
        if before.length == 0 {
            // No DataNode stores a byte of an empty file.
            into.cleared()?;
        } else {
            let answer = calls.open(&hdfs.path)?;
            receive(client, answer, into, Some(before.length))?;
        }
        let after = file(calls, from, &hdfs.path)?;
        if after.version() != version {
            let found = "the file changed while it was read".to_owned();
            return Err(RemoteError::Changed { url: from.to_string(), found }.into());
        }
        Ok(Fetched::Whole { version: Some(version), bytes: before.length })
    })
}

/// The entries of a folder; see [`Client::list`].
pub(crate) fn list(client: &Client, hdfs: &Hdfs) -> std::result::Result<Vec<Entry>, Fault> {
    of_active(client, hdfs, |calls| calls.list(&hdfs.path))
}

/// Removes a file or folder; see [`Client::remove`].
pub(crate) fn remove(client: &Client, hdfs: &Hdfs) -> std::result::Result<(), Fault> {
    of_active(client, hdfs, |calls| calls.delete_all(&hdfs.path))
}

/// Deletes a file or an empty folder; see [`Client::remove_empty`].
pub(crate) fn remove_empty(client: &Client, hdfs: &Hdfs) -> std::result::Result<(), Fault> {
    of_active(client, hdfs, |calls| calls.delete(&hdfs.path))
}

/// The status of a path that must be a file.
fn file(calls: &Calls<'_>, from: &Remote, path: &str) -> std::result::Result<Status, Fault> {
    let status = calls.status(path)?;
    if !status.is_file {
        let found = "it is a folder; expected a file".to_owned();
        return Err(RemoteError::NotFound { url: from.to_string(), found }.into());
    }
    Ok(status)
}

//! Files of a Hadoop file system, through its REST interface. A file is read as one stream, with its status checked
//! before and after; it is written under a temporary name, checked, and renamed.
//!
//! The active NameNode is found by trying: a standby reports its state, and the next one is tried.

mod calls;
mod put;
mod status;

use crate::attempt::Fault;
use crate::connections::Connections;
use crate::error::RemoteError;
use crate::file::{Entry, Fetched, Here, Version};
use crate::location::{Hdfs, Remote};
use crate::receive::{receive, require_small};
use crate::url::Url;
use calls::{Calls, of_active};
pub(crate) use put::{Put, part_of};
use status::Status;

/// Reads a file; see [`crate::Client::fetch`].
pub(crate) fn fetch(
    connections: &Connections,
    from: &Remote,
    hdfs: &Hdfs,
    into: &Here<'_>,
    known: Option<&Version>,
) -> std::result::Result<Fetched, Fault> {
    of_active(connections, hdfs, |calls| {
        let before = file(calls, from, &hdfs.path)?;
        let version = before.version();
        if known == Some(&version) {
            return Ok(Fetched::Unchanged);
        }
        require_small(connections, &from.to_string(), before.length)?;
        if before.length == 0 {
            // No DataNode stores a byte of an empty file.
            into.cleared()?;
        } else {
            let answer = calls.open(&hdfs.path)?;
            receive(connections, answer, into, Some(before.length))?;
        }
        let after = file(calls, from, &hdfs.path)?;
        if after.version() != version {
            let found = "the file changed while it was read".to_owned();
            return Err(RemoteError::Changed { url: from.to_string(), found }.into());
        }
        Ok(Fetched::Whole { version: Some(version), bytes: before.length })
    })
}

/// The entries of a folder; see [`crate::Client::list`].
pub(crate) fn list(connections: &Connections, hdfs: &Hdfs) -> std::result::Result<Vec<Entry>, Fault> {
    of_active(connections, hdfs, |calls| calls.list(&hdfs.path))
}

/// Removes a file or folder; see [`crate::Client::remove`].
pub(crate) fn remove(connections: &Connections, hdfs: &Hdfs) -> std::result::Result<(), Fault> {
    of_active(connections, hdfs, |calls| calls.delete_all(&hdfs.path))
}

/// Deletes a file or an empty folder; see [`crate::Client::remove_empty`].
pub(crate) fn remove_empty(connections: &Connections, hdfs: &Hdfs) -> std::result::Result<(), Fault> {
    of_active(connections, hdfs, |calls| calls.delete(&hdfs.path))
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

//! A file written as a whole: under a name of its own beside its place, looked at, and renamed. Until then the old
//! file is the file, and after a fault it still is.

use std::hash::{BuildHasher as _, RandomState};

use super::of_active;
use super::status::Status;
use crate::attempt::{Fault, persist};
use crate::client::{Client, Here};
use crate::error::{RemoteError, Result};
use crate::location::{Hdfs, Remote};

/// Writes `from`, of so many bytes; see [`Client::put`].
pub(crate) fn put(client: &Client, to: &Remote, hdfs: &Hdfs, from: &Here<'_>, bytes: u64) -> Result<()> {
    let part = part_of(to, &hdfs.path)?;
    let placed = written(client, to, hdfs, &part, from, bytes)
        .and_then(|status| renamed(client, to, hdfs, &part, &status));
    if placed.is_err() {
        // What was written is of no use to anybody; that it may stay behind is the lesser fault.
        let _ = of_active(client, hdfs, |calls| calls.delete(&part));
    }
    placed
}

/// A name beside the file's that nobody else takes; Hadoop's readers pass over what begins with a dot.
fn part_of(to: &Remote, path: &str) -> Result<String> {
    match path.rsplit_once('/') {
        Some((folder, name)) if !name.is_empty() => {
            let chance = RandomState::new().hash_one(std::process::id());
            Ok(format!("{folder}/.{name}.{chance:016x}.part"))
        }
        _ => Err(RemoteError::Configuration(format!("{to}: it names no file; expected one to write to"))),
    }
}

/// Writes the bytes under the other name, and looks whether they are there.
fn written(
    client: &Client,
    to: &Remote,
    hdfs: &Hdfs,
    part: &str,
    from: &Here<'_>,
    bytes: u64,
) -> Result<Status> {
    persist(&client.site.policy, &*client.watch, || {
        of_active(client, hdfs, |calls| {
            calls.create(part, from, bytes)?;
            let status = calls.status(part)?;
            if status.length != bytes {
                let found = format!("{} bytes of {bytes} arrived", status.length);
                return Err(Fault::passing(RemoteError::Short { url: to.to_string(), found }));
            }
            Ok(status)
        })
    })
}

/// Renames what was written. An answer may be lost after the work was done, so it counts what is there: the file with
/// the number of what was written.
fn renamed(client: &Client, to: &Remote, hdfs: &Hdfs, part: &str, written: &Status) -> Result<()> {
    persist(&client.site.policy, &*client.watch, || {
        of_active(client, hdfs, |calls| {
            let is_there = || {
                calls.status(&hdfs.path).is_ok_and(|it| it.id == written.id && it.length == written.length)
            };
            match calls.rename(part, &hdfs.path) {
                Ok(true) => {}
                // A server that cannot replace in one step: for a moment there is no file.
                Ok(false) => {
                    calls.delete(&hdfs.path)?;
                    calls.rename(part, &hdfs.path)?;
                }
                Err(_) if is_there() => {}
                Err(fault) => return Err(fault),
            }
            let after = calls.status(&hdfs.path)?;
            if after.id == written.id && after.length == written.length {
                return Ok(());
            }
            let found =
                "what was written is not what is there now: somebody else writes the same file".to_owned();
            Err(RemoteError::Changed { url: to.to_string(), found }.into())
        })
    })
}

//! Writes a file atomically: under a temporary name in the same folder, checked, and renamed. Until then, and after a
//! failure, the old file stays as it is.

use std::hash::{BuildHasher as _, RandomState};

use super::calls::Calls;
use super::of_active;
use super::status::Status;
use crate::attempt::{Fault, persist};
use crate::connections::Connections;
use crate::error::{RemoteError, Result};
use crate::file::Here;
use crate::location::{Hdfs, Remote};

/// A file in transit.
pub(crate) struct Put<'a> {
    pub(crate) connections: &'a Connections,
    pub(crate) to: &'a Remote,
    pub(crate) hdfs: &'a Hdfs,
    /// The temporary name.
    pub(crate) part: String,
}

/// A unique temporary name in the file's folder; Hadoop's readers skip names that begin with a dot.
pub(crate) fn part_of(to: &Remote, path: &str) -> Result<String> {
    match path.rsplit_once('/') {
        Some((folder, name)) if !name.is_empty() => {
            let chance = RandomState::new().hash_one(std::process::id());
            Ok(format!("{folder}/.{name}.{chance:016x}.part"))
        }
        _ => Err(RemoteError::Configuration(format!("{to}: it names no file; expected one to write to"))),
    }
}

impl Put<'_> {
    /// Writes `from`, whose size is `bytes`; see [`crate::Client::put`].
    pub(crate) fn run(&self, from: &Here<'_>, bytes: u64) -> Result<()> {
        let written = self.each(|calls| self.write(calls, from, bytes))?;
        self.each(|calls| self.rename(calls, &written))
    }

    /// Removes the temporary file, which is of no use. If it remains, that is less important than the first error, so
    /// a failure is ignored.
    pub(crate) fn clean(&self) {
        let _ = of_active(self.connections, self.hdfs, |calls| calls.delete(&self.part));
    }

    fn each<T>(&self, mut step: impl FnMut(&Calls<'_>) -> std::result::Result<T, Fault>) -> Result<T> {
        let (policy, watch) = (&self.connections.site.policy, &*self.connections.watch);
        persist(policy, watch, || of_active(self.connections, self.hdfs, &mut step))
    }

    /// Writes the bytes under the temporary name, and checks that they are stored.
    fn write(&self, calls: &Calls<'_>, from: &Here<'_>, bytes: u64) -> std::result::Result<Status, Fault> {
        calls.create(&self.part, from, bytes)?;
        let status = calls.status(&self.part)?;
        if status.length == bytes {
            return Ok(status);
        }
        let found = format!("{} bytes of {bytes} arrived", status.length);
        Err(Fault::passing(RemoteError::Short { url: self.to.to_string(), found }))
    }

    /// Renames the temporary file. A response may be lost after the work was done, so the stored files decide.
    fn rename(&self, calls: &Calls<'_>, written: &Status) -> std::result::Result<(), Fault> {
        match calls.rename(&self.part, &self.hdfs.path) {
            Ok(true) => {}
            Err(_) | Ok(false) if self.is_done(calls, written) => return Ok(()),
            // A server that cannot replace a file in one step: for a moment the file does not exist.
            Ok(false) => {
                calls.status(&self.part)?;
                calls.delete(&self.hdfs.path)?;
                calls.rename(&self.part, &self.hdfs.path)?;
            }
            Err(fault) => return Err(fault),
        }
        let after = calls.status(&self.hdfs.path)?;
        if after.is(written) {
            return Ok(());
        }
        let found =
            "what was written is not what is there now: another program writes the same file".to_owned();
        Err(RemoteError::Changed { url: self.to.to_string(), found }.into())
    }

    /// Whether the file already has its final name, and the temporary name is gone.
    fn is_done(&self, calls: &Calls<'_>, written: &Status) -> bool {
        let is_gone = matches!(calls.status(&self.part), Err(Fault::Final(RemoteError::NotFound { .. })));
        is_gone && calls.status(&self.hdfs.path).is_ok_and(|status| status.is(written))
    }
}

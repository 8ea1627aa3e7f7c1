//! One run of a pipeline and date at a time: an advisory lock on a file in the day's folder, which the
//! system lets go when the program ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::error::{Error, Result};

/// Holds the lock until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of `folder`, which must be there.
    ///
    /// # Errors
    /// Where another program holds it, or the file cannot be made.
    pub(crate) fn take(folder: &Path, what: &str) -> Result<Self> {
        let path = folder.join(".lock");
        let fault = |error| Error::Write { path: path.clone(), error };
        let file = File::options().create(true).append(true).open(&path).map_err(fault)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::Locked(format!(
                "another flow-oa is at work on {what} (it holds {}); nothing was changed, try again when it is done",
                path.display()
            ))),
            Err(TryLockError::Error(error)) => Err(fault(error)),
        }
    }
}

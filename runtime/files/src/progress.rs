//! The progress of a command and its interrupt: counters that one thread updates and another displays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{FileError, Result};

/// The counters of a running command. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    inner: Arc<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    bytes: AtomicU64,
    total: AtomicU64,
    rows: AtomicU64,
    interrupted: AtomicBool,
}

impl Progress {
    /// Resets the counters. `total` is the number of bytes to read, or 0 if it is unknown.
    pub fn start(&self, total: u64) {
        self.inner.bytes.store(0, Ordering::Relaxed);
        self.inner.rows.store(0, Ordering::Relaxed);
        self.inner.total.store(total, Ordering::Relaxed);
    }

    /// Adds to the bytes that were read.
    pub fn add_bytes(&self, count: u64) {
        self.inner.bytes.fetch_add(count, Ordering::Relaxed);
    }

    /// Adds to the rows that were stored.
    pub fn add_rows(&self, count: u64) {
        self.inner.rows.fetch_add(count, Ordering::Relaxed);
    }

    /// The bytes read, the total bytes (0 if unknown), and the rows stored.
    pub fn counts(&self) -> (u64, u64, u64) {
        let of = |u64: &AtomicU64| u64.load(Ordering::Relaxed);
        (of(&self.inner.bytes), of(&self.inner.total), of(&self.inner.rows))
    }

    /// Asks the command to stop.
    pub fn interrupt(&self) {
        self.inner.interrupted.store(true, Ordering::SeqCst);
    }

    /// Whether the command was asked to stop.
    pub fn is_interrupted(&self) -> bool {
        self.inner.interrupted.load(Ordering::SeqCst)
    }

    /// Fails if the command was asked to stop.
    ///
    /// # Errors
    /// [`FileError::Interrupted`].
    pub fn go_on(&self) -> Result<()> {
        if self.is_interrupted() { Err(FileError::Interrupted) } else { Ok(()) }
    }
}

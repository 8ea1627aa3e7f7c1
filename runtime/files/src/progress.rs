//! How far a command is, and whether it is to stop: numbers that one thread counts and another shows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{FileError, Result};

/// Counters of a command under way. Clones share them.
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
    /// Starts counting anew; `total` bytes are to be read, 0 where that is not known.
    pub fn start(&self, total: u64) {
        self.inner.bytes.store(0, Ordering::Relaxed);
        self.inner.rows.store(0, Ordering::Relaxed);
        self.inner.total.store(total, Ordering::Relaxed);
    }

    /// Bytes were read.
    pub fn add_bytes(&self, count: u64) {
        self.inner.bytes.fetch_add(count, Ordering::Relaxed);
    }

    /// Rows were stored.
    pub fn add_rows(&self, count: u64) {
        self.inner.rows.fetch_add(count, Ordering::Relaxed);
    }

    /// Bytes read, bytes in all (0: not known), rows stored.
    pub fn counts(&self) -> (u64, u64, u64) {
        let of = |it: &AtomicU64| it.load(Ordering::Relaxed);
        (of(&self.inner.bytes), of(&self.inner.total), of(&self.inner.rows))
    }

    /// Asks the command to stop.
    pub fn interrupt(&self) {
        self.inner.interrupted.store(true, Ordering::SeqCst);
    }

    /// Whether it was asked to.
    pub fn is_interrupted(&self) -> bool {
        self.inner.interrupted.load(Ordering::SeqCst)
    }

    /// Goes on, unless it was asked to stop.
    ///
    /// # Errors
    /// [`FileError::Interrupted`].
    pub fn go_on(&self) -> Result<()> {
        if self.is_interrupted() { Err(FileError::Interrupted) } else { Ok(()) }
    }
}

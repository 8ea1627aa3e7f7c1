//! The caller's view of a transfer.

use std::time::{Duration, Instant};

use flow_oa_files::Progress;

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
pub(crate) const LOOK: Duration = Duration::from_millis(50);

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

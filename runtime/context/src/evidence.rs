//! Which line of a file an answer comes from, for people who ask.
//!
//! A run keeps no lines: who asks where a value came from waits for the files to be read once more, by the rule of the
//! look-up: the narrowest range wins, and of equally wide ones the first.
//!
//! # Decisions
//!
//! - **Where an answer comes from is found by asking again**: a run keeps no lines, so its ranges stay small.
//!   `ContextSource::explain` reads the files once more, by the rule of the look-up, and gives file, line and date.

use std::net::IpAddr;
use std::path::Path;

use flow_oa_core::{ContextError, Evidence};
use jiff::Timestamp;

use super::ranges::IpRange;
use super::{open_lines, read_lines};
use flow_oa_files::text::Lines;

/// What a line says: the names of facts and their values.
pub(super) type Says = Vec<(&'static str, String)>;

/// Looks for the line that answers for an address.
pub(super) struct Finder {
    ip: IpAddr,
    /// The entry that answers until now, and its rank.
    best: Option<((usize, u128), Evidence)>,
}

impl Finder {
    pub(super) fn of(ip: IpAddr) -> Self {
        Self { ip, best: None }
    }

    /// Goes through the lines of a file. `understand` gives a line's range, and what it says if that holds the address;
    /// nothing for a line that is no entry.
    ///
    /// # Errors
    /// A file that cannot be read, or a line that cannot be understood.
    pub(super) fn read(
        self,
        what: &'static str,
        path: &Path,
        understand: impl FnMut(&str) -> Result<Option<(IpRange, Says)>, String>,
    ) -> Result<Self, ContextError> {
        self.read_from(path, open_lines(what, path)?, understand)
    }

    /// The same of a file that is open.
    ///
    /// # Errors
    /// See [`Finder::read`].
    pub(super) fn read_from(
        mut self,
        path: &Path,
        lines: Lines,
        mut understand: impl FnMut(&str) -> Result<Option<(IpRange, Says)>, String>,
    ) -> Result<Self, ContextError> {
        read_lines(path, lines, |line, number| {
            if let Some((range, says)) = understand(line)? {
                self.offer(range, path, &format!("line {number}"), says);
            }
            Ok(())
        })?;
        Ok(self)
    }

    /// Takes an entry that stands at `place` if it is the one that answers until now, by [`IpRange::rank`].
    pub(super) fn offer(&mut self, range: IpRange, path: &Path, place: &str, says: Says) {
        let Some(rank) = range.rank(self.ip) else { return };
        if self.best.as_ref().is_none_or(|(best, _)| rank < *best) {
            let (origin, entry) = (path.display().to_string(), format!("{place}: {range}"));
            self.best = Some((rank, Evidence { origin, entry, as_of: changed(path), says }));
        }
    }

    /// The line.
    pub(super) fn found(self) -> Option<Evidence> {
        self.best.map(|(_, it)| it)
    }
}

/// When a file was changed last; empty where the system does not say.
pub fn changed(path: &Path) -> String {
    modified(path).map_or_else(String::new, shown)
}

/// When a file was changed last, where the system says it.
pub fn modified(path: &Path) -> Option<Timestamp> {
    let time = std::fs::metadata(path).and_then(|it| it.modified()).ok()?;
    Timestamp::try_from(time).ok()
}

/// A time as entries have it.
pub fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

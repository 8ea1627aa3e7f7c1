//! The file and line behind an answer, for users who ask where a value comes from.
//!
//! A run keeps no lines: to explain a value, the files are read again by the rule of the look-up: the narrowest range
//! wins, and of equally wide ranges the first.
//!
//! # Decisions
//!
//! - **The origin of an answer is found by reading the files again**: a run keeps no lines, so its ranges stay small.
//!   `ContextSource::explain` reads the files by the rule of the look-up, and returns file, line and date.

use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use flow_oa_core::{ContextError, Evidence};
use jiff::Timestamp;

use super::ranges::IpRange;
use super::{open_lines, read_lines};
use flow_oa_files::text::Lines;

/// The facts of a line: names and values.
pub(super) type Says = Vec<(&'static str, String)>;

/// Searches for the line that decides the answer for an address.
pub(super) struct Finder {
    ip: IpAddr,
    best: Best,
}

/// The entry with the lowest rank so far; of entries with the same rank, the first.
#[derive(Default)]
pub(super) struct Best(Option<((usize, u128), Evidence)>);

impl Best {
    pub(super) fn offer(&mut self, rank: (usize, u128), evidence: impl FnOnce() -> Evidence) {
        if self.0.as_ref().is_none_or(|(best, _)| rank < *best) {
            self.0 = Some((rank, evidence()));
        }
    }

    pub(super) fn found(self) -> Option<Evidence> {
        self.0.map(|(_, evidence)| evidence)
    }
}

/// An entry at `place` in a file as evidence.
pub(super) fn evidence(path: &Path, place: &str, entry: &dyn fmt::Display, says: Says) -> Evidence {
    let (origin, entry) = (path.display().to_string(), format!("{place}: {entry}"));
    Evidence { origin, entry, as_of: changed(path), says }
}

impl Finder {
    pub(super) fn of(ip: IpAddr) -> Self {
        Self { ip, best: Best::default() }
    }

    /// Reads the lines of a file. `understand` returns the range of a line and its facts, or `None` for a line without
    /// an entry.
    ///
    /// # Errors
    /// If the file cannot be read, or a line cannot be parsed.
    pub(super) fn read(
        self,
        what: &'static str,
        path: &Path,
        understand: impl FnMut(&str) -> Result<Option<(IpRange, Says)>, String>,
    ) -> Result<Self, ContextError> {
        self.read_from(path, open_lines(what, path)?, understand)
    }

    /// The same for a file that is already open.
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

    /// Keeps the entry at `place` if its [`IpRange::rank`] is lower than that of the best entry so far.
    fn offer(&mut self, range: IpRange, path: &Path, place: &str, says: Says) {
        let Some(rank) = range.rank(self.ip) else { return };
        self.best.offer(rank, || evidence(path, place, &range, says));
    }

    /// The best entry.
    pub(super) fn found(self) -> Option<Evidence> {
        self.best.found()
    }
}

/// The modification time of a file as text; empty if the system does not report it.
pub fn changed(path: &Path) -> String {
    modified(path).map_or_else(String::new, shown)
}

/// The modification time of a file, if the system reports it.
pub fn modified(path: &Path) -> Option<Timestamp> {
    let time = std::fs::metadata(path).and_then(|it| it.modified()).ok()?;
    Timestamp::try_from(time).ok()
}

/// A time in the format of evidence entries.
pub fn shown(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

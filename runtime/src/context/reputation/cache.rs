//! Answers of services, kept from one run to the next in a file of each service below `data/.context/`.
//!
//! Two programs that write it at once lose nothing but answers, which are asked for again.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::whole_file::write_private;

/// What a service said of an address, and when, in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) verdict: String,
    pub(super) at: i64,
}

/// The answers of one service.
#[derive(Debug)]
pub(super) struct Cache {
    /// Where they are kept; nothing where they are not.
    path: Option<PathBuf>,
    seconds: i64,
    answers: BTreeMap<IpAddr, Kept>,
    is_changed: bool,
    /// Why the file could not be read.
    pub(super) damage: Option<String>,
}

impl Cache {
    /// Reads what is kept below `folder` under `name`. A file that is damaged is an empty one, with a word on it.
    pub(super) fn open(folder: Option<&Path>, name: &str, hours: u32) -> Self {
        let path = folder.filter(|_| hours > 0).map(|it| it.join(format!("reputation-{name}.json")));
        let (answers, damage) = path.as_deref().map(read).unwrap_or_default();
        Self { path, seconds: i64::from(hours) * 3600, answers, is_changed: false, damage }
    }

    /// What was said of an address, and is not too old.
    pub(super) fn get(&self, ip: IpAddr, now: i64) -> Option<&Kept> {
        self.answers.get(&ip).filter(|it| self.holds(it, now))
    }

    /// An answer of the future is one of a clock that was wrong.
    fn holds(&self, kept: &Kept, now: i64) -> bool {
        kept.at <= now && now - kept.at < self.seconds
    }

    pub(super) fn put(&mut self, ip: IpAddr, verdict: String, now: i64) {
        self.answers.insert(ip, Kept { verdict, at: now });
        self.is_changed = true;
    }

    /// Writes what changed, without what is too old.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn save(&mut self, now: i64) -> Result<()> {
        let Some(path) = self.path.clone().filter(|_| self.is_changed) else { return Ok(()) };
        let seconds = self.seconds;
        self.answers.retain(|_, it| it.at <= now && now - it.at < seconds);
        write_private(&path, |out| serde_json::to_writer(out, &self.answers).map_err(std::io::Error::from))?;
        self.is_changed = false;
        Ok(())
    }
}

fn read(path: &Path) -> (BTreeMap<IpAddr, Kept>, Option<String>) {
    let found = match std::fs::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|it| it.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(answers) => (answers, None),
        Err(error) => {
            let said =
                format!("reading kept answers from {}: {error}; they are asked for anew", path.display());
            (BTreeMap::new(), Some(said))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn answers_are_kept_for_as_long_as_they_hold_and_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Cache::open(Some(folder.path()), "s", 1);
        let mut cache = open();
        cache.put(ip("192.0.2.1"), "LOW:1".to_owned(), 1000);
        cache.put(ip("2001:db8::1"), "HIGH:3".to_owned(), 4000);
        cache.save(4000).unwrap();
        let mut cache = open();
        assert_eq!(cache.get(ip("192.0.2.1"), 4599).map(|it| it.verdict.as_str()), Some("LOW:1"));
        assert_eq!(cache.get(ip("192.0.2.1"), 4600), None, "an hour has passed");
        assert_eq!(cache.get(ip("192.0.2.1"), 999), None, "the clock was wrong");
        cache.put(ip("192.0.2.2"), "NONE:0".to_owned(), 5000);
        cache.save(5000).unwrap();
        let text = std::fs::read_to_string(folder.path().join("reputation-s.json")).unwrap();
        assert!(!text.contains("192.0.2.1\"") && text.contains("2001:db8::1"), "{text}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode =
                std::fs::metadata(folder.path().join("reputation-s.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_damaged_file_is_an_empty_one_with_a_word() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("reputation-s.json"), "{\"192.0.2.1\": ").unwrap();
        let mut cache = Cache::open(Some(folder.path()), "s", 1);
        assert!(cache.damage.as_ref().is_some_and(|it| it.contains("reputation-s.json")));
        cache.put(ip("192.0.2.1"), "LOW:1".to_owned(), 10);
        cache.save(10).unwrap();
        assert_eq!(Cache::open(Some(folder.path()), "s", 1).damage, None);
    }

    #[test]
    fn nothing_is_kept_without_a_folder_or_for_no_time() {
        let folder = tempfile::tempdir().unwrap();
        for (place, hours) in [(None, 1), (Some(folder.path()), 0)] {
            let mut cache = Cache::open(place, "s", hours);
            cache.put(ip("192.0.2.1"), "LOW:1".to_owned(), 10);
            cache.save(10).unwrap();
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

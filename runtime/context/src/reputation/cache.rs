//! The answers of services, cached between runs in one file per service below `data/.context/`.
//!
//! Answers that have not expired are used again. Expired answers and the reasons for missing answers stay, so that a
//! user can see where a verdict came from. If two processes write a file at the same time, only cache entries are lost,
//! and the service is queried again.
//!
//! The key of an address is the address, that of a name is its kind and the name: `domain:a.example`. No address begins
//! like that, so addresses, host names and URLs never share an answer.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flow_oa_core::{Named, Observable};
use serde::{Deserialize, Serialize};

use flow_oa_files::atomic::write_private;
use flow_oa_files::{Result, regular};

/// The maximum number of entries that are kept without an answer that can be used again.
const MOST: usize = 50_000;

/// The answer of a service, and its time in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) verdict: String,
    pub(super) at: i64,
}

/// Why a service has no answer, and the time in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Missed {
    pub(super) reason: String,
    pub(super) at: i64,
}

/// The cache entry of an address or a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recorded {
    #[serde(flatten)]
    pub(super) answer: Option<Kept>,
    /// Why there has been no answer since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) missed: Option<Missed>,
}

impl Recorded {
    fn last(&self) -> i64 {
        let answered = self.answer.as_ref().map(|it| it.at);
        self.missed.as_ref().map(|it| it.at).max(answered).unwrap_or_default()
    }
}

/// The cache of one service.
#[derive(Debug)]
pub(super) struct Cache {
    /// The cache file; `None` if nothing is cached.
    path: Option<PathBuf>,
    seconds: i64,
    entries: BTreeMap<String, Recorded>,
    is_changed: bool,
    /// Why the file could not be read.
    pub(super) damage: Option<String>,
}

impl Cache {
    /// Reads the cache of `name` below `folder`; answers expire after `hours`. A damaged file counts as empty, with a
    /// message in `damage`.
    pub(super) fn open(folder: Option<&Path>, name: &str, hours: u32) -> Self {
        let path = folder.map(|folder| folder.join(format!("reputation-{name}.json")));
        let (entries, damage) = path.as_deref().map(read).unwrap_or_default();
        Self { path, seconds: i64::from(hours) * 3600, entries, is_changed: false, damage }
    }

    /// The answer, if it has not expired.
    pub(super) fn get(&self, of: &Observable, now: i64) -> Option<&Kept> {
        self.entries.get(&key(of))?.answer.as_ref().filter(|kept| self.holds(kept, now))
    }

    /// The cache entry of an address or a name.
    pub(super) fn entry(&self, of: &Observable) -> Recorded {
        self.entries.get(&key(of)).cloned().unwrap_or_default()
    }

    /// The path of the cache file, for messages.
    pub(super) fn place(&self) -> String {
        self.path.as_ref().map_or_else(String::new, |path| format!(" in {}", path.display()))
    }

    /// Whether an answer has not expired. An answer from the future comes from a wrong clock and does not count.
    pub(super) fn holds(&self, kept: &Kept, now: i64) -> bool {
        kept.at <= now && now - kept.at < self.seconds
    }

    pub(super) fn put(&mut self, of: &Observable, verdict: String, now: i64) {
        self.entries.insert(key(of), Recorded { answer: Some(Kept { verdict, at: now }), missed: None });
        self.is_changed = true;
    }

    /// Records why addresses or names have no answer.
    pub(super) fn miss(&mut self, asked: &[Observable], reason: &str, now: i64) {
        for of in asked {
            let missed = Missed { reason: reason.to_owned(), at: now };
            self.entries.entry(key(of)).or_default().missed = Some(missed);
            self.is_changed = true;
        }
    }

    /// Writes the cache if it has changed.
    pub(super) fn save(&mut self, now: i64) -> Result<()> {
        let Some(path) = self.path.clone().filter(|_| self.is_changed) else { return Ok(()) };
        self.trim(now);
        write_private(&path, |out| serde_json::to_writer(out, &self.entries).map_err(std::io::Error::from))?;
        self.is_changed = false;
        Ok(())
    }

    /// Removes the oldest entries that cannot be used again, so that the file does not grow without limit.
    fn trim(&mut self, now: i64) {
        let is_old = |entry: &Recorded| !entry.answer.as_ref().is_some_and(|kept| self.holds(kept, now));
        let old = self.entries.iter().filter(|(_, entry)| is_old(entry));
        let mut old: Vec<(i64, String)> = old.map(|(key, entry)| (entry.last(), key.clone())).collect();
        old.sort_unstable();
        let surplus = old.len().saturating_sub(MOST);
        for (_, key) in old.into_iter().take(surplus) {
            self.entries.remove(&key);
        }
    }
}

fn key(of: &Observable) -> String {
    match of {
        Observable::Address(ip) => ip.to_string(),
        Observable::Name(Named::Domain, name) => format!("domain:{name}"),
        Observable::Name(Named::Url, url) => format!("url:{url}"),
    }
}

fn read(path: &Path) -> (BTreeMap<String, Recorded>, Option<String>) {
    let found = match regular::read(path) {
        Ok(text) => serde_json::from_slice(&text).map_err(|it| it.to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error.to_string()),
    };
    match found {
        Ok(entries) => (entries, None),
        Err(error) => {
            let said = format!(
                "reading kept answers from {}: {error}; the services are asked again",
                path.display()
            );
            (BTreeMap::new(), Some(said))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> Observable {
        Observable::Address(text.parse().unwrap())
    }

    fn name(named: Named, text: &str) -> Observable {
        Observable::name(named, &text.into())
    }

    #[test]
    fn addresses_host_names_and_urls_share_no_answer_and_earlier_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let earlier = r#"{"192.0.2.1": {"verdict": "LOW:1", "at": 10}}"#;
        std::fs::write(folder.path().join("reputation-s.json"), earlier).unwrap();
        let open = || Cache::open(Some(folder.path()), "s", 1);
        let mut cache = open();
        let (domain, url) = (name(Named::Domain, "192.0.2.1"), name(Named::Url, "192.0.2.1"));
        assert_eq!((cache.get(&domain, 20), cache.get(&url, 20)), (None, None));
        cache.put(&domain, "HIGH:3".to_owned(), 20);
        cache.put(&url, "NONE:0".to_owned(), 20);
        cache.save(20).unwrap();
        let cache = open();
        assert_eq!(cache.damage, None);
        let verdict = |of| cache.get(of, 20).map(|kept| kept.verdict.as_str());
        let all = [&ip("192.0.2.1"), &domain, &url].map(verdict);
        assert_eq!(all, [Some("LOW:1"), Some("HIGH:3"), Some("NONE:0")]);
    }

    #[test]
    fn answers_are_used_for_as_long_as_they_hold_and_kept_for_their_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Cache::open(Some(folder.path()), "s", 1);
        let mut cache = open();
        cache.put(&ip("192.0.2.1"), "LOW:1".to_owned(), 1000);
        cache.put(&ip("2001:db8::1"), "HIGH:3".to_owned(), 4000);
        cache.save(4000).unwrap();
        let mut cache = open();
        assert_eq!(cache.get(&ip("192.0.2.1"), 4599).map(|it| it.verdict.as_str()), Some("LOW:1"));
        assert_eq!(cache.get(&ip("192.0.2.1"), 4600), None, "an hour has passed");
        assert_eq!(cache.get(&ip("192.0.2.1"), 999), None, "the clock was wrong");
        cache.put(&ip("192.0.2.2"), "NONE:0".to_owned(), 5000);
        cache.save(5000).unwrap();
        let old = Kept { verdict: "LOW:1".to_owned(), at: 1000 };
        assert_eq!(open().entry(&ip("192.0.2.1")).answer, Some(old), "for people who ask");
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
        assert!(cache.damage.as_ref().is_some_and(|damage| damage.contains("reputation-s.json")));
        cache.put(&ip("192.0.2.1"), "LOW:1".to_owned(), 10);
        cache.save(10).unwrap();
        assert_eq!(Cache::open(Some(folder.path()), "s", 1).damage, None);
    }

    #[test]
    fn answers_that_hold_for_no_time_are_cached_and_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(Some(folder.path()), "s", 0);
        cache.put(&ip("192.0.2.1"), "LOW:1".to_owned(), 10);
        cache.save(10).unwrap();
        let cache = Cache::open(Some(folder.path()), "s", 0);
        assert_eq!(cache.get(&ip("192.0.2.1"), 10), None);
        assert!(cache.entry(&ip("192.0.2.1")).answer.is_some());
        Cache::open(None, "s", 1).save(10).unwrap();
    }

    #[test]
    fn why_there_was_no_answer_is_cached_until_there_is_one() {
        let folder = tempfile::tempdir().unwrap();
        let mut cache = Cache::open(Some(folder.path()), "s", 1);
        cache.put(&ip("192.0.2.1"), "LOW:1".to_owned(), 10);
        cache.miss(&[ip("192.0.2.1"), ip("192.0.2.2")], "it was late", 9000);
        cache.save(9000).unwrap();
        let mut cache = Cache::open(Some(folder.path()), "s", 1);
        let recorded = cache.entry(&ip("192.0.2.1"));
        assert_eq!(recorded.answer.map(|it| it.at), Some(10));
        assert_eq!(recorded.missed, Some(Missed { reason: "it was late".to_owned(), at: 9000 }));
        assert_eq!(cache.entry(&ip("192.0.2.2")).answer, None);
        cache.put(&ip("192.0.2.2"), "NONE:0".to_owned(), 9001);
        assert_eq!(cache.entry(&ip("192.0.2.2")).missed, None);
    }

    #[test]
    fn only_so_much_is_cached_that_cannot_be_used_again_and_the_oldest_goes_first() {
        let mut cache = Cache::open(None, "s", 1);
        let of = |at: usize| Observable::Address(std::net::Ipv4Addr::from_bits(at as u32).into());
        (0..MOST + 7).for_each(|at| cache.put(&of(at), "LOW:1".to_owned(), at as i64));
        let now = MOST as i64 + 10_000;
        cache.put(&ip("192.0.2.1"), "LOW:1".to_owned(), now);
        cache.trim(now);
        assert_eq!(cache.entries.len(), MOST + 1);
        assert!(cache.entry(&of(6)).answer.is_none() && cache.entry(&of(7)).answer.is_some());
        assert!(cache.get(&ip("192.0.2.1"), now).is_some());
    }
}

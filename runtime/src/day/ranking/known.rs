//! What people know about the groups of a day: the known-good entries of the site, and the scores of analysts on earlier
//! days. Rows of such groups are moved within the list, never dropped, and their reasons say so.

use std::collections::BTreeMap;
use std::path::Path;

use flow_oa_context::IpRange;
use flow_oa_core::{Date, address};
use flow_oa_files::atomic::write_whole;
use flow_oa_rank::{Row, Standing, Weighed};
use flow_oa_schema::model::{Pipeline, RankedKey, Table};
use flow_oa_schema::types::ColumnType;
use flow_oa_site::deployment::KnownGood;
use flow_oa_site::{Error, Result};
use glob::{MatchOptions, Pattern, PatternError};

use super::learned::Learned;

/// The file in the folder of a pipeline that says when entries held rows back.
pub(super) const FILE: &str = "known_good.json";

/// The rows of a day that an entry, or scores, moved behind all others.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct HeldBack {
    /// The entry, or that it was scores.
    pub by: String,
    /// The number of groups.
    pub groups: u64,
    /// The number of rows.
    pub rows: u64,
}

/// The entries and scores that count on a day.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    entries: Vec<Entry<'a>>,
    pub(super) learned: Learned,
    /// For each entry, and then for scores, what was held back.
    held: Vec<(u64, u64)>,
    pub(super) warnings: Vec<String>,
}

/// A known-good entry.
#[derive(Debug)]
struct Entry<'a> {
    good: &'a KnownGood,
    /// The keys that are compared, by position, and their patterns.
    keys: Vec<(usize, Wanted)>,
}

#[derive(Debug)]
enum Wanted {
    Range(IpRange),
    Text(Pattern),
}

impl Wanted {
    /// A text in which only `*` has a meaning.
    fn text(pattern: &str) -> std::result::Result<Self, PatternError> {
        let escaped = pattern.split('*').map(Pattern::escape).collect::<Vec<_>>().join("*");
        Pattern::new(&escaped).map(Self::Text)
    }

    fn fits(&self, key: &str) -> bool {
        const ANY_CASE: MatchOptions = MatchOptions {
            case_sensitive: false,
            require_literal_separator: false,
            require_literal_leading_dot: false,
        };
        match self {
            Self::Range(range) => address::parse(key).is_some_and(|ip| range.holds(ip)),
            Self::Text(pattern) => pattern.matches_with(key, ANY_CASE),
        }
    }
}

impl<'a> Entry<'a> {
    fn of(good: &'a KnownGood, keys: &[RankedKey], raw: &Table) -> Result<Self> {
        let wrong = |reason: String| Error::Configuration(format!("{}: {reason}", good.place));
        let wanted = good.keys.iter().map(|(name, pattern)| {
            let at = keys.iter().position(|key| key.name == *name).ok_or_else(|| {
                let names: Vec<&str> = keys.iter().map(|key| key.name.as_str()).collect();
                wrong(format!("the ranking has no key `{name}`; it has {}", names.join(", ")))
            })?;
            let kind = keys[at].from.column().map(|column| raw[column].kind);
            if kind == Some(ColumnType::Address) {
                let range = IpRange::parse(pattern);
                return Ok((at, Wanted::Range(range.map_err(|error| wrong(format!("{name}: {error}")))?)));
            }
            let text = Wanted::text(pattern);
            Ok((at, text.map_err(|error| wrong(format!("{name}: {error}")))?))
        });
        Ok(Self { good, keys: wanted.collect::<Result<_>>()? })
    }

    fn fits(&self, keys: &[&str]) -> bool {
        self.keys.iter().all(|(at, wanted)| wanted.fits(keys[*at]))
    }
}

impl<'a> Known<'a> {
    /// The entries that count on a day.
    ///
    /// # Errors
    /// If an entry of this pipeline can never match.
    pub(super) fn of(model: &Pipeline, all: &'a [KnownGood], day: Date) -> Result<Self> {
        let (Some(raw), Some(ranking)) = (model.raw_table(), &model.ranking) else {
            return Ok(Self::default());
        };
        let (mut entries, mut warnings) = (Vec::new(), Vec::new());
        for good in all.iter().filter(|good| good.pipeline == model.name) {
            let entry = Entry::of(good, &ranking.keys, raw)?;
            match good.until.filter(|until| *until < day) {
                Some(until) => warnings.push(format!(
                    "{}: {} counted until {until}: remove it, or change `until`",
                    good.place,
                    good.pattern()
                )),
                None => entries.push(entry),
            }
        }
        let held = vec![(0, 0); entries.len() + 1];
        Ok(Self { entries, learned: Learned::default(), held, warnings })
    }

    /// Sees a row of the day.
    pub(super) fn see(&mut self, row: &Row) {
        self.learned.see(row);
    }

    /// Gives each group of the day its standing.
    pub(super) fn stand(&mut self, weighed: &mut Weighed) {
        self.learned.compare(weighed);
        if self.entries.is_empty() && self.learned.is_empty() {
            return;
        }
        let (entries, learned, held) = (&self.entries, &self.learned, &mut self.held);
        weighed.stand(|keys, rows| {
            let mut hold = |at: usize| {
                held[at].0 += 1;
                held[at].1 += rows;
            };
            if let Some(at) = entries.iter().position(|entry| entry.fits(keys)) {
                hold(at);
                return Standing::Back(at as u32);
            }
            let standing = learned.standing(keys, entries.len());
            if matches!(standing, Standing::Back(_)) {
                hold(entries.len());
            }
            standing
        });
    }

    /// Why a group was moved, in words; `None` if it was not.
    pub(super) fn note(&self, standing: Standing) -> Option<String> {
        let (Standing::Noted(at) | Standing::Back(at) | Standing::Front(at)) = standing else { return None };
        match self.entries.get(at as usize) {
            Some(entry) => Some(format!("known good: {}", entry.good.words())),
            None => self.learned.note(at as usize - self.entries.len()),
        }
    }

    /// The rows that each entry held back, and scores.
    pub(super) fn held_back(&self) -> Vec<HeldBack> {
        let by = self.entries.iter().map(|entry| format!("{}: {}", entry.good.pattern(), entry.good.words()));
        let by = by.chain(["scored low on earlier days".to_owned()]);
        let held =
            by.zip(&self.held).map(|(by, (groups, rows))| HeldBack { by, groups: *groups, rows: *rows });
        let scores = self.entries.len();
        held.enumerate().filter(|(at, held)| *at < scores || held.rows > 0).map(|(_, held)| held).collect()
    }

    /// Remembers in a file which entries held something back on a day, and returns warnings of those that have held
    /// nothing back for a month.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn remember(&self, file: &Path, day: Date) -> Result<Vec<String>> {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        // A file that is missing or damaged is replaced: it holds only days.
        let before: BTreeMap<String, Days> = serde_json::from_str(&text).unwrap_or_default();
        let (mut now, mut warnings) = (BTreeMap::new(), Vec::new());
        for (entry, (_, rows)) in self.entries.iter().zip(&self.held) {
            let (pattern, today) = (entry.good.pattern(), day.to_string());
            let Days { first, last } =
                before.get(&pattern).cloned().unwrap_or(Days { first: today.clone(), last: None });
            let last = last.max((*rows > 0).then_some(today.clone()));
            let days = Days { first: first.min(today), last };
            let since = days.last.as_ref().unwrap_or(&days.first);
            if since.parse().is_ok_and(|since: Date| (day - since).get_days() >= UNUSED_DAYS) {
                warnings.push(format!(
                    "{}: {pattern} has held back nothing since {since}: remove it, or correct it",
                    entry.good.place
                ));
            }
            now.insert(pattern, days);
        }
        if now != before {
            let text = serde_json::to_string_pretty(&now)
                .map_err(|error| Error::Internal(format!("writing what entries held back: {error}")))?;
            write_whole(file, |out| writeln!(out, "{text}"))?;
        }
        Ok(warnings)
    }
}

/// After so many days without a row, an entry is reported.
const UNUSED_DAYS: i32 = 30;

/// When an entry held something back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Days {
    /// The first day that was ranked with it, `YYYY-MM-DD`.
    first: String,
    /// The last day of which it held rows back, `YYYY-MM-DD`.
    last: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stars_have_a_meaning_in_patterns() {
        let text = |pattern: &str| Wanted::text(pattern).unwrap();
        assert!(text("udp:*").fits("UDP:123"));
        assert!(text("*.example.com").fits("a.b.EXAMPLE.com"));
        assert!(!text("*.example.com").fits("example.com"));
        assert!(text("a[b]?").fits("A[B]?") && !text("a[b]?").fits("abc"));
        let range = Wanted::Range(IpRange::parse("10.0.0.0/8").unwrap());
        assert!(range.fits("10.200.0.1") && !range.fits("11.0.0.1") && !range.fits("10"));
    }
}

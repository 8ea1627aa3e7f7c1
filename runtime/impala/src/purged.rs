//! The files of purged days. Their partitions are dropped by then, so queries no longer return the rows. Each purge
//! finds and reports what could not be deleted, until it is gone.

use flow_oa_schema::model::Table;

use super::Impala;
use super::storage::{Storage, StorageError};
use super::work::{Work, day_folder};
use flow_oa_engine::{Files, Remark};

/// Folders that could not be deleted.
#[derive(Default)]
pub(super) struct Undeleted {
    /// Relative to the location.
    folders: Vec<String>,
    /// Why the first of them could not be deleted.
    reason: Option<String>,
}

impl Undeleted {
    /// Returns the result of an operation on a folder. If it failed, records the folder, and the first reason.
    pub(super) fn tried<T>(&mut self, folder: &str, done: Result<T, StorageError>) -> Option<T> {
        match done {
            Ok(done) => Some(done),
            Err(error) => {
                if !self.has(folder) {
                    self.found(folder);
                }
                self.reason.get_or_insert_with(|| error.to_string());
                None
            }
        }
    }

    fn found(&mut self, folder: &str) {
        self.folders.push(folder.to_owned());
    }

    /// Whether the folder, or a folder within it, is recorded.
    fn has(&self, folder: &str) -> bool {
        let is_within = |found: &String| {
            found.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.folders.iter().any(is_within)
    }

    /// The folders by the server's names for them, or `None` if there are none.
    pub(super) fn files(self, location: &str) -> Option<Files> {
        let folders: Vec<String> = self.folders.iter().map(|folder| format!("{location}/{folder}")).collect();
        let untried = || "no partition pointed there, so this command did not try".to_owned();
        let reason = self.reason.unwrap_or_else(untried);
        (!folders.is_empty()).then_some(Files { folders, reason })
    }
}

impl Impala {
    /// Deletes the folders of dropped partitions, and reports what remains of purged days, those of earlier purges
    /// included.
    pub(super) fn delete_purged(&mut self, work: &Work) {
        let mut left = Undeleted::default();
        match &self.storage {
            Some(storage) => {
                for (table, partition) in &work.dropped {
                    let folder = day_folder(table, partition);
                    left.tried(&folder, storage.remove(&folder));
                }
                for (table, day) in &work.purged {
                    look_for_days(storage, table, day, &mut left);
                }
            }
            None => {
                for (table, partition) in &work.dropped {
                    left.found(&day_folder(table, partition));
                }
                left.reason = Some(
                    "the folder of the tables cannot be reached from here, unless the URL says where it is by \
                     location=hdfs://HOST/PATH or location=file:///PATH"
                        .to_owned(),
                );
            }
        }
        self.remarks.extend(left.files(&self.location).map(Remark::Purged));
    }
}

/// Finds the folders of days before `day` that contain files, and deletes those that contain none.
fn look_for_days(storage: &Storage, table: &Table, day: &[(String, i64)], left: &mut Undeleted) {
    let folder = &table.hive.location;
    let Some(entries) = left.tried(folder, storage.entries(folder)) else { return };
    for (within, level) in parts(folder, &entries, day, true) {
        look(storage, &within, level, left);
    }
}

/// The level of a folder within the folder of its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level<'a> {
    /// A folder above those of days: `parts` are the remaining parts of the day, and `is_equal` is whether the parts
    /// so far equal those of the day.
    Above { parts: &'a [(String, i64)], is_equal: bool },
    /// The folder of a purged day.
    Day,
    /// A folder within that of a day.
    Below,
}

/// The folders of the next part within `folder` that may contain days before that of `parts`.
fn parts<'a>(
    folder: &str,
    entries: &[(String, bool)],
    parts: &'a [(String, i64)],
    is_equal: bool,
) -> Vec<(String, Level<'a>)> {
    let Some(((name, bound), rest)) = parts.split_first() else { return Vec::new() };
    let level = |entry: &str| {
        let (found, value) = entry.split_once('=')?;
        let value: i64 = value.parse().ok().filter(|_| found.eq_ignore_ascii_case(name))?;
        let is_bound = is_equal && value == *bound;
        let is_before = !is_equal || value < *bound;
        match rest {
            [] => is_before.then_some(Level::Day),
            _ => (is_before || is_bound).then_some(Level::Above { parts: rest, is_equal: is_bound }),
        }
    };
    let folders = entries.iter().filter(|(_, is_folder)| *is_folder);
    folders.filter_map(|(name, _)| Some((format!("{folder}/{name}"), level(name)?))).collect()
}

/// Searches a folder, deletes it if it contains no file, and returns whether it was deleted.
fn look(storage: &Storage, folder: &str, level: Level<'_>, left: &mut Undeleted) -> bool {
    let Some(entries) = left.tried(folder, storage.entries(folder)) else { return false };
    let within = match level {
        Level::Above { parts: next, is_equal } => parts(folder, &entries, next, is_equal),
        Level::Day | Level::Below => {
            let folders = entries.iter().filter(|(_, is_folder)| *is_folder);
            folders.map(|(name, _)| (format!("{folder}/{name}"), Level::Below)).collect()
        }
    };
    let gone = within.iter().filter(|(inner, level)| look(storage, inner, *level, left)).count();
    let is_kept = matches!(level, Level::Above { is_equal: true, .. });
    if gone == entries.len() && !is_kept {
        return left.tried(folder, storage.remove_empty(folder)).is_some();
    }
    if level == Level::Day && !left.has(folder) {
        left.found(folder);
    }
    false
}

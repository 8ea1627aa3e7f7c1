//! The end of a unit of work: how staged data is published or discarded, and the cleanup after that.

use crate::sql::statements;
use flow_oa_engine::{EngineError, Remark, Result};
use flow_oa_schema::model::Table;

use super::purged::Undeleted;
use super::work::{ImpalaUnit, RUN, Renewed, StagedDay, Work, day_folder};
use super::{Family, Impala};

impl Work {
    /// The positions of the staged days, in the order in which they are published.
    fn in_order(&self) -> Vec<usize> {
        let is_last = |at: &usize| self.published_last.as_ref() == Some(&self.days[*at].table.name);
        let (last, mut first): (Vec<usize>, Vec<usize>) = (0..self.days.len()).partition(is_last);
        first.extend(last);
        first
    }

    /// The tables that are published at its end, in that order.
    fn tables(&self) -> Vec<String> {
        let kept = self.emptied.iter().map(|it| &it.0).chain(self.added.iter().map(|it| &it.table));
        let days = self.in_order();
        let staged = days.iter().map(|at| &self.days[*at].table);
        let mut names: Vec<String> = kept.chain(staged).map(|it| it.name.clone()).collect();
        names.dedup();
        names
    }

    /// Whether it adds raw rows to the existing rows of their day, so that a repetition would add them twice.
    fn adds_raw(&self) -> bool {
        self.emptied.is_empty() && self.added.iter().any(|it| it.table.rows.are_raw())
    }
}

impl ImpalaUnit<'_> {
    /// Publishes the unit of work: raw rows, then the staged days, then the entries of logs.
    pub(super) fn publish(&mut self) -> Result<()> {
        self.upload()?;
        let (names, adds_raw) = (self.work.tables(), self.work.adds_raw());
        self.publish_all().map_err(|error| half_done(&names, &self.work, adds_raw, error))?;
        // Everything is published now: a later failure is a remark.
        let Self { engine, work, .. } = self;
        engine.compute_statistics(work);
        engine.delete_purged(work);
        let staged = work.days.iter().map(StagedDay::renewed);
        engine.delete_replaced(std::mem::take(&mut work.renewed).into_iter().chain(staged));
        engine.drop_left_over();
        Ok(())
    }

    fn publish_all(&mut self) -> Result<()> {
        for (table, day) in std::mem::take(&mut self.work.emptied) {
            self.work.begun = Some(table.name.clone());
            self.empty(&table, &day)?;
            if !self.work.added.iter().any(|added| added.table.name == table.name) {
                self.work.published.extend(self.work.begun.take());
            }
        }
        self.publish_added()?;
        let Self { engine, work, .. } = self;
        for at in work.in_order() {
            work.days[at].former = engine.point(&work.days[at])?;
            work.days[at].is_published = true;
            work.published.push(work.days[at].table.name.clone());
        }
        for (table, partition) in &work.dropped {
            engine.send(&statements::drop_partition(&engine.qualified(&table.name), partition))?;
        }
        for entry in std::mem::take(&mut work.entries) {
            engine.send_entry(entry)?;
        }
        work.days.iter().try_for_each(|staged| engine.send(&statements::drop_table(&staged.name)))
    }

    /// Points all hours of a day of a raw table at empty folders.
    fn empty(&mut self, table: &Table, day: &[(String, i64)]) -> Result<()> {
        let Self { engine, work, .. } = self;
        let name = engine.qualified(&table.name);
        for partition in engine.partitions(table)? {
            if partition.starts_with(day) {
                let of_hour = day_folder(table, &partition);
                let folder = format!("{of_hour}/{RUN}{}", work.token);
                engine.send(&statements::set_location(&name, &partition, &engine.uri(&folder)))?;
                work.renewed.push(Renewed { folder: of_hour, current: folder, former: None });
                work.changed.insert((table.name.clone(), partition));
            }
        }
        Ok(())
    }

    /// Removes what was staged, in a new session if the session of the work is over. Returns what could not be removed:
    /// it is not part of any table, and later commands try again.
    pub(super) fn discard(&mut self) -> Option<String> {
        let (engine, work) = (&mut *self.engine, std::mem::take(&mut self.work));
        if work.days.is_empty() && work.relations.is_empty() {
            return None;
        }
        let mut left = Left::default();
        let reached = engine.link.connection().reopen_if_over().map_err(reason);
        for staged in work.days.iter().filter(|it| it.is_there) {
            let dropped = reached
                .clone()
                .and_then(|()| engine.send(&statements::drop_table(&staged.name)).map_err(reason));
            left.note(format!("the table {}", staged.name), dropped);
            if let Some(storage) = engine.storage.as_ref().filter(|_| !staged.is_published) {
                let removed = storage.remove(&staged.folder).map_err(|error| error.to_string());
                left.note(format!("the folder {}", engine.uri(&staged.folder)), removed);
            }
        }
        for name in &work.relations {
            let dropped = reached.clone().and_then(|()| engine.drop_staged(name).map_err(reason));
            left.note(format!("the table {}", engine.qualified(name)), dropped);
        }
        left.said()
    }
}

impl Impala {
    /// Asks a server that plans by statistics to compute those of the partitions whose rows changed, until it refuses.
    fn compute_statistics(&mut self, work: &Work) {
        if !self.stats {
            return;
        }
        let staged = work.days.iter().map(|day| (&day.table.name, &day.day));
        for (table, values) in work.changed.iter().map(|(table, values)| (table, values)).chain(staged) {
            let name = self.qualified(table);
            if let Err(error) = self.send(&statements::compute_incremental_stats(&name, values)) {
                self.remarks.push(Remark::Statistics { table: table.clone(), reason: reason(error) });
                return;
            }
        }
    }

    /// Points the partition of a day at its staged folder. Returns the folder of the run that it pointed at before.
    fn point(&mut self, staged: &StagedDay) -> Result<Option<String>> {
        let (name, uri) = (self.qualified(&staged.table.name), self.uri(&staged.folder));
        self.send(&statements::add_partitions(&name, &[(staged.day.clone(), uri.clone())]))?;
        // Old folders are deleted only if the storage can be reached.
        let former = match &self.storage {
            Some(_) => self.location_of(&staged.table, &staged.day)?,
            None => None,
        };
        self.send(&statements::set_location(&name, &staged.day, &uri))?;
        if self.family == Family::Impala {
            self.send(&statements::refresh(&name, Some(&staged.day)))?;
        }
        let day = day_folder(&staged.table, &staged.day);
        Ok(former.and_then(|former| run_within(&day, &former)).filter(|run| !staged.folder.ends_with(run)))
    }

    /// Removes what killed commands left. What cannot be removed is tried again by the next command.
    fn drop_left_over(&mut self) {
        for name in std::mem::take(&mut self.left_over) {
            let _ = self.drop_staged(&name);
        }
    }

    /// Deletes what earlier units of work wrote into folders of days, except the number to be kept.
    fn delete_replaced(&mut self, days: impl Iterator<Item = Renewed>) {
        let Some(storage) = &self.storage else { return };
        let mut left = Undeleted::default();
        for Renewed { folder, current, former } in days {
            let current = current.rsplit('/').next().unwrap_or_default();
            let Some(entries) = left.tried(&folder, storage.entries(&folder)) else { continue };
            for name in superseded(&entries, current, former.as_deref(), self.keep) {
                let path = format!("{folder}/{name}");
                left.tried(&path, storage.remove(&path));
            }
        }
        self.remarks.extend(left.files(&self.location).map(Remark::Replaced));
    }
}

/// What could not be removed.
#[derive(Default)]
struct Left {
    what: Vec<String>,
    /// Why the first of these could not be removed.
    reason: String,
}

impl Left {
    fn note(&mut self, what: String, removed: std::result::Result<(), String>) {
        let Err(reason) = removed else { return };
        if self.what.is_empty() {
            self.reason = reason;
        }
        self.what.push(what);
    }

    fn said(self) -> Option<String> {
        let Self { what, reason } = self;
        (!what.is_empty()).then(|| {
            format!(
                "deleting what was not published: {reason}; possibly left behind, but not used: {}. Commands of \
                 later days delete such tables, and a later run of the same day such folders",
                what.join(", ")
            )
        })
    }
}

pub(super) fn reason(error: EngineError) -> String {
    error.reason().to_owned()
}

/// The entries of the folder of a day from before `current`, the oldest first: files outside the folders of units of
/// work, which an ingest or another program wrote, then those folders.
fn earlier<'a>(entries: &'a [(String, bool)], current: &str) -> Vec<Vec<&'a str>> {
    let files: Vec<&str> =
        entries.iter().filter(|(_, is_folder)| !is_folder).map(|(it, _)| it.as_str()).collect();
    let folders = entries
        .iter()
        .filter(|(name, is_folder)| *is_folder && name.starts_with(RUN) && name.as_str() < current);
    let first = (!files.is_empty()).then_some(files);
    first.into_iter().chain(folders.map(|(name, _)| vec![name.as_str()])).collect()
}

/// The entries to be deleted: all but the last `keep` that were published. Folders later than `former`, the one that
/// was read before this unit of work, were not published. If `former` is `None`, all count as published.
fn superseded<'a>(
    entries: &'a [(String, bool)],
    current: &str,
    former: Option<&str>,
    keep: usize,
) -> Vec<&'a str> {
    let is_published = |folders: &Vec<&str>| {
        former.is_none_or(|former| folders.iter().all(|name| !name.starts_with(RUN) || *name <= former))
    };
    let (published, unpublished): (Vec<_>, Vec<_>) =
        earlier(entries, current).into_iter().partition(is_published);
    let old = published.len().saturating_sub(keep);
    published.into_iter().take(old).chain(unpublished).flatten().collect()
}

/// The folder of a run within the folder of a day, if a location names one.
fn run_within(day: &str, location: &str) -> Option<String> {
    let (before, name) = location.trim_end_matches('/').rsplit_once('/')?;
    (before.ends_with(day) && name.starts_with(RUN)).then(|| name.to_owned())
}

/// The error for a failure after part of the work was published; the failure itself if nothing was.
fn half_done(names: &[String], work: &Work, adds_raw: bool, error: EngineError) -> EngineError {
    let Work { published, begun, .. } = work;
    if published.is_empty() && begun.is_none() {
        return error;
    }
    let listed = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let is_old = |text: &&String| !published.contains(text) && begun.as_ref() != Some(text);
    let old: Vec<String> = names.iter().filter(is_old).cloned().collect();
    let part = begun.as_ref().map_or_else(String::new, |begun| format!("perhaps new in part: {begun}; "));
    let state = if adds_raw {
        "whether the raw rows of the file are there is not known; `flow-oa ingest --replace-day DATE` with all files of \
         the day makes sure"
            .to_owned()
    } else {
        format!(
            "of the tables of the day, new: {}; {part}old: {}; the same command again repairs that",
            listed(published),
            listed(&old)
        )
    };
    EngineError::HalfDone { state, source: Box::new(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_current_folder_is_told_by_its_name() {
        let entries =
            [("part-0", false), ("part-1", false), ("run-1", true), ("run-2", true), ("run-3", true)];
        let entries = entries.map(|(name, is_folder)| (name.to_owned(), is_folder));
        assert_eq!(earlier(&entries, "run-3"), [vec!["part-0", "part-1"], vec!["run-1"], vec!["run-2"]]);
        assert_eq!(earlier(&entries[2..], "run-1"), Vec::<Vec<&str>>::new());
    }

    #[test]
    fn the_last_folders_that_were_published_are_kept() {
        let entries = ["run-1", "run-2", "run-3", "run-4"].map(|name| (name.to_owned(), true));
        let gone = |former, keep| superseded(&entries, "run-4", former, keep);
        assert_eq!(gone(Some("run-3"), 1), ["run-1", "run-2"]);
        // The third was written by a run that was killed.
        assert_eq!(gone(Some("run-2"), 1), ["run-1", "run-3"]);
        assert_eq!(gone(Some("run-2"), 3), ["run-3"]);
        assert_eq!(gone(Some("run-2"), 0), ["run-1", "run-2", "run-3"]);
        assert_eq!(gone(None, 1), ["run-1", "run-2"]);
        let mixed = [("part-0", false), ("run-1", true), ("run-2", true)];
        let mixed = mixed.map(|(name, is_folder)| (name.to_owned(), is_folder));
        assert_eq!(superseded(&mixed, "run-2", Some("run-1"), 1), ["part-0"]);
    }

    #[test]
    fn a_location_is_known_however_a_server_writes_it() {
        let within = |text: &str| run_within("t/y=1", text);
        assert_eq!(within("file:/f/t/y=1/run-7").as_deref(), Some("run-7"));
        assert_eq!(within("hdfs://n:8020/f/t/y=1/run-7/").as_deref(), Some("run-7"));
        assert_eq!([within("hdfs://n/f/t/y=1"), within("hdfs://n/f/t/y=2/run-7")], [None, None]);
    }

    #[test]
    fn the_table_that_is_named_is_published_last() {
        let staged = |table: &Table| StagedDay {
            table: table.clone(),
            day: Vec::new(),
            relation: String::new(),
            name: String::new(),
            is_there: true,
            folder: String::new(),
            rows: 0,
            file: None,
            is_published: false,
            former: None,
        };
        let tables = flow_oa_schema::ledger::tables();
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        let days = tables.iter().map(staged).collect();
        let work = Work { days, published_last: Some(names[1].to_owned()), ..Work::default() };
        assert_eq!(work.tables(), [&names[..1], &names[2..], &names[1..2]].concat());
    }

    #[test]
    fn a_failure_says_what_is_new_and_what_is_old_and_claims_nothing_else() {
        let names = ["flow", "counts", "details", "scores"].map(str::to_owned);
        let said = |new: &[&str], begun: Option<&str>, adds_raw: bool| {
            let published = new.iter().map(|name| (*name).to_owned()).collect();
            let work = Work { published, begun: begun.map(str::to_owned), ..Work::default() };
            half_done(&names, &work, adds_raw, EngineError::Interrupted)
        };
        let some = said(&["flow", "counts"], None, false);
        let text = some.to_string();
        assert!(text.contains("new: flow, counts; old: details, scores"), "{text}");
        assert!(!text.contains("nothing was changed"), "{text}");
        assert_eq!(some.exit_code(), flow_oa_core::Exit::Interrupted);
        let text = said(&[], Some("flow"), false).to_string();
        assert!(
            text.contains("new: none; perhaps new in part: flow; old: counts, details, scores"),
            "{text}"
        );
        let raw = said(&[], Some("flow"), true).to_string();
        assert!(raw.contains("--replace-day") && !raw.contains("nothing was changed"), "{raw}");
        assert!(matches!(said(&[], None, true), EngineError::Interrupted));
    }
}

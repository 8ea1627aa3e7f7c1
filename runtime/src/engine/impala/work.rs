//! A unit of work: what was written aside, and how it is published, or given up.

use std::fmt::Write as _;

use flow_oa_core::engine::Result;
use flow_oa_hive::{answers, insert, select};
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::dialect::impala::log;
use flow_oa_schema::dialect::impala::statements::{self, Partitions};
use flow_oa_schema::model::{Rows, Table};
use sea_query::{Alias, Expr, Func, Query, SelectStatement, UnionType, Value, Values};

use super::bulk::{Added, Open};
use super::{Family, Impala, SPOKEN};
use crate::engine::{Days, EngineError};

/// How the folders of runs are named, within that of a day.
const RUN: &str = "run-";

/// Digits of a token: microseconds since 1970, until the year 2286.
const TOKEN: usize = 16;

/// What one unit of work has done.
#[derive(Default)]
pub(super) struct Work {
    /// Tells its folders and tables from those of others; later ones sort behind earlier ones.
    pub(super) token: String,
    /// Days written aside, in the order in which they were begun.
    pub(super) aside: Vec<Aside>,
    /// Relations that were staged and not dropped.
    pub(super) staged: Vec<String>,
    /// Rows that wait for their place in tables that keep those that they have.
    pub(super) added: Vec<Added>,
    /// The table whose rows the server was told to replace or to add to, until it has done so.
    pub(super) begun: Option<String>,
    /// The tables that were published.
    pub(super) new: Vec<String>,
    /// Days of raw tables whose rows are replaced.
    emptied: Vec<(Table, Vec<(String, i64)>)>,
    /// Folders of their hours, and the new one within each.
    renewed: Vec<(String, String)>,
    /// Partitions that go.
    dropped: Vec<(Table, Vec<(String, i64)>)>,
    /// What is written into logs at the end, in order.
    notes: Vec<Note>,
}

/// What is written into a log at the end of a unit of work.
#[derive(Debug)]
pub(super) enum Note {
    /// A statement.
    Statement(String),
    /// Rows of one number that are appended.
    Rows { table: String, revision: i64, rows: Vec<Vec<(String, Expr)>> },
}

/// A day of a table, written aside.
pub(super) struct Aside {
    pub(super) table: Table,
    pub(super) day: Vec<(String, i64)>,
    /// The table over the folder, quoted.
    pub(super) name: String,
    /// Below the location.
    pub(super) folder: String,
    pub(super) rows: u64,
    /// Those that were not brought yet.
    pub(super) file: Option<Open>,
    /// Whether the day's partition is pointed at it.
    is_published: bool,
}

impl Work {
    pub(super) fn new(started: i64) -> Self {
        Self { token: format!("{started:0TOKEN$}"), ..Self::default() }
    }

    /// The day of a table that is written aside.
    pub(super) fn aside_of(&mut self, table: &str, days: Option<&Days>) -> Option<&mut Aside> {
        let is_it = |it: &&mut Aside| {
            it.table.name == table && days.is_none_or(|days| matches!(days, Days::On(day) if *day == it.day))
        };
        self.aside.iter_mut().find(is_it)
    }

    /// Keeps a note. Rows go with those of the same log that wait already, unless a statement that may have to find them,
    /// or not to, stands between: so the files of a day are noted by one statement a log.
    pub(super) fn keep(&mut self, note: Note) {
        let Note::Rows { table, revision, rows } = note else {
            return self.notes.push(note);
        };
        let waiting = self.notes.iter_mut().rev().map_while(|it| match it {
            Note::Rows { table, rows, .. } => Some((table, rows)),
            Note::Statement(_) => None,
        });
        let of_log = waiting.into_iter().find(|(it, _)| **it == table);
        match of_log {
            Some((_, waiting)) => waiting.extend(rows),
            None => self.notes.push(Note::Rows { table, revision, rows }),
        }
    }

    /// The tables that are published at its end, in the order in which they are.
    fn published(&self) -> Vec<String> {
        let kept = self.emptied.iter().map(|it| &it.0).chain(self.added.iter().map(|it| &it.table));
        let aside = self.aside.iter().rev().map(|it| &it.table);
        let mut names: Vec<String> = kept.chain(aside).map(|it| it.name.clone()).collect();
        names.dedup();
        names
    }

    /// Whether it adds raw rows beside those of their day, so that the same again would add them twice.
    fn adds_raw(&self) -> bool {
        self.emptied.is_empty() && self.added.iter().any(|it| matches!(it.table.rows, Rows::Ingest))
    }
}

/// The folder of a day within that of its table.
fn day_folder(table: &Table, day: &[(String, i64)]) -> String {
    let mut folder = table.hive.location.clone();
    for (name, value) in day {
        let _ = write!(folder, "/{name}={value}");
    }
    folder
}

impl Impala {
    /// The unit of work under way; work outside one is a unit of its own kind, which nobody ends.
    pub(super) fn work(&mut self) -> &mut Work {
        self.work.get_or_insert_with(|| Work::new(super::now()))
    }

    /// A folder, as the server calls it.
    pub(super) fn uri(&self, relative: &str) -> String {
        format!("{}/{relative}", self.location)
    }

    /// Sends a statement that changes something, unless it is rehearsed.
    pub(super) fn act(&mut self, sql: &str) -> Result<()> {
        self.notes.statement(sql, &Values(Vec::new()));
        if self.notes.are_taken() { Ok(()) } else { self.send(sql) }
    }

    /// The one number that a query gives.
    fn number(&mut self, query: &SelectStatement) -> Result<u64> {
        let sql = select(query).map_err(|error| self.refused("SELECT", error))?;
        self.notes.statement(&sql, &Values(Vec::new()));
        let mut found = None;
        self.read(&sql, &mut |row| {
            if let Some(Value::BigInt(Some(number))) = row.first() {
                found = Some(number.unsigned_abs());
            }
        })?;
        found.ok_or_else(|| self.refused(&sql, "it gave no number"))
    }

    /// How many rows a table has of some days, with what is written aside.
    pub(super) fn count_day(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.bring()?;
        let is_rehearsed = self.notes.are_taken();
        if let Some(aside) = self.work.as_mut().and_then(|it| it.aside_of(table, Some(days))) {
            let (name, rows) = (aside.name.clone(), aside.rows);
            return if is_rehearsed { Ok(rows) } else { self.count_aside(&name) };
        }
        let mut relations = self.added_to(table);
        let is_emptied = |it: &(Table, Vec<(String, i64)>)| it.0.name == table && it.1 == days.values();
        if !self.work.iter().flat_map(|it| &it.emptied).any(is_emptied) {
            relations.push(table.to_owned());
        }
        let mut count = 0;
        for relation in relations {
            let mut query = Query::select();
            query.expr(Func::count(Expr::val(1))).from(Alias::new(relation)).cond_where(days.condition());
            count += self.number(&query)?;
        }
        Ok(count)
    }

    fn count_aside(&mut self, name: &str) -> Result<u64> {
        let rows = self.ask(&format!("SELECT count(*) FROM {name}"))?;
        let number = rows.first().and_then(|row| row.first()).and_then(|it| it.parse().ok());
        number.ok_or_else(|| self.refused(name, "its rows could not be counted"))
    }

    /// How many rows each table has of some days, by one statement; what is written aside does not count.
    fn count_all(&mut self, what: &[(&str, Days)]) -> Result<Vec<u64>> {
        let count = |(place, (table, days)): (u64, &(&str, Days))| {
            let mut count = Query::select();
            count.expr(Expr::val(place)).expr(Func::count(Expr::val(1))).from(Alias::new(*table));
            count.cond_where(days.condition()).to_owned()
        };
        let mut each = (0..).zip(what).map(count);
        let Some(mut query) = each.next() else { return Ok(Vec::new()) };
        query.unions(each.map(|it| (UnionType::All, it)));
        let sql = select(&query).map_err(|error| self.refused("SELECT", error))?;
        self.notes.statement(&sql, &Values(Vec::new()));
        let mut found = vec![None; what.len()];
        self.read(&sql, &mut |row| {
            if let [Value::BigInt(Some(place)), Value::BigInt(Some(rows)), ..] = row
                && let Some(it) = usize::try_from(*place).ok().and_then(|it| found.get_mut(it))
            {
                *it = Some(rows.unsigned_abs());
            }
        })?;
        let all: Option<Vec<u64>> = found.into_iter().collect();
        all.ok_or_else(|| self.refused(&sql, "it gave no number for some table"))
    }

    /// Begins to replace days of tables, and gives how many rows they have.
    pub(super) fn replace_all(&mut self, what: &[(&str, Days)]) -> Result<Vec<u64>> {
        let rows = self.count_all(what)?;
        for (table, days) in what {
            self.replace(table, days)?;
        }
        Ok(rows)
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<()> {
        let model = self.table(table)?;
        if log::has(&model) {
            return self.write_down(table, |log, revision| log.delete(revision, days.condition()));
        }
        match days {
            Days::On(day) if matches!(model.rows, Rows::Ingest) => {
                self.work().emptied.push((model, day.clone()))
            }
            Days::On(day) => self.write_aside(model, day.clone())?,
            Days::Before(_) => {
                for partition in self.partitions(&model)? {
                    if is_before(&partition, days.values()) {
                        self.work().dropped.push((model.clone(), partition));
                    }
                }
            }
        }
        Ok(())
    }

    /// Makes the folder of a day and the table over it.
    fn write_aside(&mut self, table: Table, day: Vec<(String, i64)>) -> Result<()> {
        let token = self.work().token.clone();
        let folder = format!("{}/{RUN}{token}", day_folder(&table, &day));
        let name = SPOKEN.qualified(&format!("flow_oa_aside_{}_{token}", table.name), &self.place);
        let columns: Vec<(&str, HiveType)> =
            table.own_columns().iter().map(|it| (it.name.as_str(), HiveType::of(it))).collect();
        let sql = statements::create_staging(&name, &columns, table.hive.format, &self.uri(&folder));
        self.act(&sql)?;
        self.work().aside.push(Aside { table, day, name, folder, rows: 0, file: None, is_published: false });
        Ok(())
    }

    /// Writes what a query gives into the day of a table that is replaced.
    pub(super) fn fill_day(
        &mut self,
        table: &str,
        columns: &[&str],
        days: &Days,
        query: SelectStatement,
    ) -> Result<u64> {
        let Some(aside) = self.work.as_mut().and_then(|it| it.aside_of(table, Some(days))) else {
            return Err(self.refused(table, "rows were to be written into a day that is not replaced"));
        };
        let (model, name) = (aside.table.clone(), aside.name.clone());
        let own = model.own_columns();
        if !own.iter().map(|it| it.name.as_str()).eq(columns.iter().copied()) {
            return Err(self.refused(table, "rows were to be written with other columns than the table has"));
        }
        let kinds: Vec<HiveType> = own.iter().map(HiveType::of).collect();
        let rows = if self.notes.are_taken() {
            let mut count = Query::select();
            count.expr(Func::count(Expr::val(1))).from_subquery(query.clone(), Alias::new("flow_oa_filled"));
            self.number(&count)?
        } else {
            0
        };
        let sql = insert::of_query(&name, Partitions::None, &kinds, query);
        let sql = sql.map_err(|error| self.refused(table, error))?;
        self.act(&sql)?;
        let rows = if self.notes.are_taken() { rows } else { self.count_aside(&name)? };
        if let Some(aside) = self.work().aside_of(table, Some(days)) {
            aside.rows = rows;
        }
        Ok(rows)
    }

    /// The partitions of a table.
    fn partitions(&mut self, table: &Table) -> Result<Vec<Vec<(String, i64)>>> {
        let sql = statements::show_partitions(&SPOKEN.qualified(&table.name, &self.place));
        let names: Vec<&str> = table.partition.columns.iter().map(String::as_str).collect();
        let found =
            answers::partitions(&names, &self.ask(&sql)?).map_err(|error| self.refused(&sql, error))?;
        Ok(found.into_iter().map(|it| it.values).collect())
    }

    /// Makes everything last that the unit of work did: raw rows, then the days of tables, the one that was begun first
    /// at the end, then the notes.
    pub(super) fn publish(&mut self) -> Result<()> {
        self.bring()?;
        let Some(mut work) = self.work.take() else { return Ok(()) };
        let (names, adds_raw) = (work.published(), work.adds_raw());
        let mut days: Vec<(String, String)> =
            work.aside.iter().map(|it| (day_folder(&it.table, &it.day), it.folder.clone())).collect();
        let gone: Vec<String> = work.dropped.iter().map(|(table, day)| day_folder(table, day)).collect();
        let published = self.publish_all(&mut work);
        days.append(&mut work.renewed);
        if let Err(error) = published {
            let error = half_done(&names, &work, adds_raw, error);
            // What was written aside goes when this is rolled back.
            self.work = Some(work);
            return Err(error);
        }
        self.forget_old(&days, &gone);
        self.forget_left_over();
        Ok(())
    }

    fn publish_all(&mut self, work: &mut Work) -> Result<()> {
        for (table, day) in std::mem::take(&mut work.emptied) {
            work.begun = Some(table.name.clone());
            self.empty(&table, &day, work)?;
            if !work.added.iter().any(|it| it.table.name == table.name) {
                work.new.extend(work.begun.take());
            }
        }
        self.place_added(work)?;
        for at in (0..work.aside.len()).rev() {
            self.point(&work.aside[at])?;
            work.aside[at].is_published = true;
            work.new.push(work.aside[at].table.name.clone());
        }
        for (table, partition) in &work.dropped {
            let name = SPOKEN.qualified(&table.name, &self.place);
            self.send(&statements::drop_partition(&name, partition))?;
        }
        for note in std::mem::take(&mut work.notes) {
            self.send_note(note)?;
        }
        for aside in &work.aside {
            self.send(&statements::drop_table(&aside.name))?;
        }
        if self.stats {
            for aside in &work.aside {
                let name = SPOKEN.qualified(&aside.table.name, &self.place);
                self.send(&statements::compute_incremental_stats(&name, Some(&aside.day)))?;
            }
        }
        Ok(())
    }

    /// Points the partition of a day at what was written aside.
    fn point(&mut self, aside: &Aside) -> Result<()> {
        let (name, uri) = (SPOKEN.qualified(&aside.table.name, &self.place), self.uri(&aside.folder));
        self.send(&statements::add_partition(&name, &aside.day, Some(&uri)))?;
        self.send(&statements::set_location(&name, &aside.day, &uri))?;
        if self.family == Family::Impala {
            self.send(&statements::refresh(&name, Some(&aside.day)))?;
        }
        Ok(())
    }

    /// Points all hours of a day of a raw table at empty folders.
    fn empty(&mut self, table: &Table, day: &[(String, i64)], work: &mut Work) -> Result<()> {
        let name = SPOKEN.qualified(&table.name, &self.place);
        for partition in self.partitions(table)? {
            if partition.starts_with(day) {
                let of_hour = day_folder(table, &partition);
                let folder = format!("{of_hour}/{RUN}{}", work.token);
                self.send(&statements::set_location(&name, &partition, &self.uri(&folder)))?;
                work.renewed.push((of_hour, folder));
            }
        }
        Ok(())
    }

    /// Takes away what was written aside. What cannot be taken away is no row of any table, and a later run of the
    /// day takes its folder.
    pub(super) fn give_up(&mut self) {
        let Some(work) = self.work.take() else { return };
        for aside in &work.aside {
            let _ = self.send(&statements::drop_table(&aside.name));
            if let Some(store) = self.store.as_ref().filter(|_| !aside.is_published) {
                let _ = store.remove(&aside.folder);
            }
        }
        for name in &work.staged {
            let _ = self.drop_aside(name);
        }
    }

    /// Takes away what commands left that were killed. What cannot be taken away is tried again by the next one.
    fn forget_left_over(&mut self) {
        for name in std::mem::take(&mut self.left_over) {
            let _ = self.drop_aside(&name);
        }
    }

    /// Takes away what earlier units of work wrote into folders of days, but for as many of them as are to be kept, and
    /// the folders of days that are gone. What cannot be taken away is read by nobody, and the next one tries again.
    fn forget_old(&mut self, days: &[(String, String)], gone: &[String]) {
        let Some(store) = &self.store else { return };
        for (folder, current) in days {
            let current = current.rsplit('/').next().unwrap_or_default();
            let entries = store.entries(folder).unwrap_or_default();
            let mut earlier = earlier(&entries, current);
            earlier.truncate(earlier.len().saturating_sub(self.keep));
            for name in earlier.concat() {
                let _ = store.remove(&format!("{folder}/{name}"));
            }
        }
        for folder in gone {
            let _ = store.remove(folder);
        }
    }
}

/// What is in the folder of a day and was there before `current`, the oldest first: files that are in no folder of a
/// unit of work, which somebody else wrote or an ingest, then those folders.
fn earlier<'a>(entries: &'a [(String, bool)], current: &str) -> Vec<Vec<&'a str>> {
    let files: Vec<&str> =
        entries.iter().filter(|(_, is_folder)| !is_folder).map(|(it, _)| it.as_str()).collect();
    let folders =
        entries.iter().filter(|(it, is_folder)| *is_folder && it.starts_with(RUN) && it.as_str() < current);
    let first = (!files.is_empty()).then_some(files);
    first.into_iter().chain(folders.map(|(it, _)| vec![it.as_str()])).collect()
}

/// How long a unit of work lasts at most; tables of one that began earlier were left by a command that was killed.
const LONGEST: i64 = 24 * 60 * 60 * 1_000_000;

/// Whether a table was staged or written aside by a unit of work that is over by now.
pub(super) fn is_left_over(table: &str, now: i64) -> bool {
    let token = table.strip_prefix("flow_oa_").and_then(|it| it.rsplit_once('_')).map(|(_, token)| token);
    let began = token.filter(|it| it.len() == TOKEN && it.bytes().all(|it| it.is_ascii_digit()));
    began.and_then(|it| it.parse::<i64>().ok()).is_some_and(|it| it < now - LONGEST)
}

/// What a failure leaves that came when something was published already; the failure itself where nothing was.
fn half_done(names: &[String], work: &Work, adds_raw: bool, error: EngineError) -> EngineError {
    let Work { new, begun, .. } = work;
    if new.is_empty() && begun.is_none() {
        return error;
    }
    let listed = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let is_old = |it: &&String| !new.contains(it) && begun.as_ref() != Some(it);
    let old: Vec<String> = names.iter().filter(is_old).cloned().collect();
    let part = begun.as_ref().map_or_else(String::new, |it| format!("perhaps new in part: {it}; "));
    let state = if adds_raw {
        "whether the raw rows of the file are there is not known; `flow-oa ingest --replace-day DATE` with all files of \
         the day makes sure"
            .to_owned()
    } else {
        format!(
            "of the tables of the day, new: {}; {part}old: {}; the same command again mends that",
            listed(new),
            listed(&old)
        )
    };
    EngineError::HalfDone { state, source: Box::new(error) }
}

/// Whether the day of a partition is before another one.
fn is_before(partition: &[(String, i64)], day: &[(String, i64)]) -> bool {
    let values =
        |it: &[(String, i64)]| it.iter().take(day.len()).map(|(_, value)| *value).collect::<Vec<_>>();
    values(partition) < values(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_log_are_kept_together_unless_a_statement_stands_between() {
        let mut work = Work::default();
        let rows =
            |table: &str, revision| Note::Rows { table: table.into(), revision, rows: vec![Vec::new()] };
        for note in [rows("a", 1), rows("b", 2), rows("a", 3), Note::Statement("s".into()), rows("a", 4)] {
            work.keep(note);
        }
        let kept: Vec<String> = work
            .notes
            .iter()
            .map(|it| match it {
                Note::Statement(sql) => sql.clone(),
                Note::Rows { table, revision, rows } => format!("{table} {revision} {}", rows.len()),
            })
            .collect();
        assert_eq!(kept, ["a 1 2", "b 2 1", "s", "a 4 1"]);
    }

    #[test]
    fn what_is_older_than_the_current_folder_is_told_by_its_name() {
        let entries =
            [("part-0", false), ("part-1", false), ("run-1", true), ("run-2", true), ("run-3", true)];
        let entries = entries.map(|(name, is_folder)| (name.to_owned(), is_folder));
        assert_eq!(earlier(&entries, "run-3"), [vec!["part-0", "part-1"], vec!["run-1"], vec!["run-2"]]);
        assert_eq!(earlier(&entries[2..], "run-1"), Vec::<Vec<&str>>::new());
    }

    #[test]
    fn tables_of_commands_that_are_long_gone_are_known_by_their_names() {
        let began = 1_795_531_497_653_963;
        let name = format!("flow_oa_aside_flow_scores_{began}");
        assert!(is_left_over(&name, began + LONGEST + 1));
        assert!(!is_left_over(&name, began + LONGEST));
        for other in ["flow_oa_history_log", "flow_oa_chord", "flow_1795531497653963", "flow_oa_x_17"] {
            assert!(!is_left_over(other, i64::MAX), "{other}");
        }
    }

    #[test]
    fn a_failure_says_what_is_new_and_what_is_old_and_claims_nothing_else() {
        let names = ["flow", "counts", "details", "scores"].map(str::to_owned);
        let said = |new: &[&str], begun: Option<&str>, adds_raw: bool| {
            let new = new.iter().map(|it| (*it).to_owned()).collect();
            let work = Work { new, begun: begun.map(str::to_owned), ..Work::default() };
            half_done(&names, &work, adds_raw, EngineError::Interrupted)
        };
        let some = said(&["flow", "counts"], None, false);
        let text = some.to_string();
        assert!(text.contains("new: flow, counts; old: details, scores"), "{text}");
        assert!(!text.contains("nothing was changed"), "{text}");
        assert_eq!(some.exit_code(), 130);
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

//! A unit of work: what it replaces, stages and counts before it is published; see `publish`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::sql::answers::{self, Partition};
use crate::sql::statements::{self, Partitions};
use crate::sql::{insert, select};
use std::ops::ControlFlow;

use flow_oa_engine::Result;
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::dialect::impala::log;
use flow_oa_schema::model::{Rows, Table};
use sea_query::{Alias, Expr, Func, Query, SelectStatement, UnionType, Value, Values};

use super::bulk::Added;
use super::file::Open;
use super::ledger::Note;
use super::{Family, Impala, SPOKEN};
use flow_oa_engine::Days;

/// The prefix of the folders of runs, within the folder of a day.
pub(super) const RUN: &str = "run-";

/// Digits of a token: microseconds since 1970, until the year 2286.
const TOKEN: usize = 16;

/// What one unit of work has done.
#[derive(Default)]
pub(super) struct Work {
    /// Distinguishes its folders and tables from those of other units; later tokens sort after earlier ones.
    pub(super) token: String,
    /// Staged days, in the order in which they were begun.
    pub(super) aside: Vec<Aside>,
    /// Relations that were staged and not yet dropped.
    pub(super) staged: Vec<String>,
    /// Staged rows that are to be added to the existing rows of their tables.
    pub(super) added: Vec<Added>,
    /// The table that the server is replacing or adding to, until that statement is done.
    pub(super) begun: Option<String>,
    /// The tables that were published.
    pub(super) new: Vec<String>,
    /// Days of raw tables whose rows are replaced.
    pub(super) emptied: Vec<(Table, Vec<(String, i64)>)>,
    /// The folders of the hours of those days.
    pub(super) renewed: Vec<Renewed>,
    /// Partitions to be dropped.
    pub(super) dropped: Vec<(Table, Vec<(String, i64)>)>,
    /// Tables that are purged, each with the day before which its days are deleted.
    pub(super) purged: Vec<(Table, Vec<(String, i64)>)>,
    /// Partitions whose rows changed, by the name of their table: their statistics are computed again.
    pub(super) counted: BTreeSet<(String, Vec<(String, i64)>)>,
    /// What is appended to logs at the end, in order.
    pub(super) notes: Vec<Note>,
}

/// A staged day of a table.
pub(super) struct Aside {
    pub(super) table: Table,
    pub(super) day: Vec<(String, i64)>,
    /// The quoted name of the table on the folder.
    pub(super) name: String,
    /// The folder, relative to the location.
    pub(super) folder: String,
    pub(super) rows: u64,
    /// The file of rows that were not uploaded yet.
    pub(super) file: Option<Open>,
    /// Whether the day's partition points at the folder.
    pub(super) is_published: bool,
    /// The folder of the run that the partition pointed at before, if it pointed at such a folder.
    pub(super) former: Option<String>,
}

/// A folder of a partition, within which each unit of work has its own folder.
pub(super) struct Renewed {
    /// The folder, relative to the location.
    pub(super) folder: String,
    /// The inner folder that is read now, relative to the location.
    pub(super) current: String,
    /// The name of the inner folder that was read before, if known.
    pub(super) former: Option<String>,
}

impl Aside {
    /// The folder of the day and its inner folders.
    pub(super) fn renewed(&self) -> Renewed {
        let folder = day_folder(&self.table, &self.day);
        Renewed { folder, current: self.folder.clone(), former: self.former.clone() }
    }
}

impl Work {
    pub(super) fn new(started: i64) -> Self {
        Self { token: format!("{started:0TOKEN$}"), ..Self::default() }
    }

    /// The staged day of a table.
    pub(super) fn aside_of(&mut self, table: &str, days: Option<&Days>) -> Option<&mut Aside> {
        let is_it = |it: &&mut Aside| {
            it.table.name == table && days.is_none_or(|days| matches!(days, Days::On(day) if *day == it.day))
        };
        self.aside.iter_mut().find(is_it)
    }
}

/// The folder of a day within the folder of its table.
pub(super) fn day_folder(table: &Table, day: &[(String, i64)]) -> String {
    let mut folder = table.hive.location.clone();
    for (name, value) in day {
        let _ = write!(folder, "/{name}={value}");
    }
    folder
}

impl Impala {
    /// The unit of work in progress. Work outside a unit starts an implicit unit, which is never ended.
    pub(super) fn work(&mut self) -> &mut Work {
        self.work.get_or_insert_with(|| Work::new(super::now()))
    }

    /// The location of a folder, by the server's name for it.
    pub(super) fn uri(&self, relative: &str) -> String {
        format!("{}/{relative}", self.location)
    }

    /// Sends a statement that changes something, except in a dry run.
    pub(super) fn act(&mut self, sql: &str) -> Result<()> {
        self.log.statement(sql, &Values(Vec::new()));
        if self.log.is_recording() { Ok(()) } else { self.send(sql) }
    }

    /// The single number that a query returns.
    fn number(&mut self, query: &SelectStatement) -> Result<u64> {
        let sql = select(query).map_err(|error| self.refused("SELECT", error))?;
        self.log.statement(&sql, &Values(Vec::new()));
        let mut found = None;
        self.read(&sql, &mut |row| {
            if let Some(Value::BigInt(Some(number))) = row.first() {
                found = Some(number.unsigned_abs());
            }
            ControlFlow::Continue(())
        })?;
        found.ok_or_else(|| self.refused(&sql, "it gave no number"))
    }

    /// How many rows a table has on some days, staged rows included.
    pub(super) fn count_day(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.bring()?;
        let is_dry = self.log.is_recording();
        if let Some(aside) = self.work.as_mut().and_then(|it| it.aside_of(table, Some(days))) {
            let (name, rows) = (aside.name.clone(), aside.rows);
            return if is_dry { Ok(rows) } else { self.count_aside(&name) };
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

    /// How many rows each table has on some days, by one statement; staged rows do not count.
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
        self.log.statement(&sql, &Values(Vec::new()));
        let mut found = vec![None; what.len()];
        self.read(&sql, &mut |row| {
            if let [Value::BigInt(Some(place)), Value::BigInt(Some(rows)), ..] = row
                && let Some(it) = usize::try_from(*place).ok().and_then(|it| found.get_mut(it))
            {
                *it = Some(rows.unsigned_abs());
            }
            ControlFlow::Continue(())
        })?;
        let all: Option<Vec<u64>> = found.into_iter().collect();
        all.ok_or_else(|| self.refused(&sql, "it gave no number for some table"))
    }

    /// Begins to replace days of tables, and returns how many rows they have.
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
                let day = days.values().to_vec();
                self.work().purged.push((model, day));
            }
        }
        Ok(())
    }

    /// Stages a day: records its folder and creates the table on it.
    fn write_aside(&mut self, table: Table, day: Vec<(String, i64)>) -> Result<()> {
        let token = self.work().token.clone();
        let folder = format!("{}/{RUN}{token}", day_folder(&table, &day));
        let name = SPOKEN.qualified(&format!("flow_oa_aside_{}_{token}", table.name), &self.place);
        let columns: Vec<(&str, HiveType)> =
            table.own_columns().iter().map(|it| (it.name.as_str(), HiveType::of(it))).collect();
        let sql = statements::create_staging(&name, &columns, table.hive.format, &self.uri(&folder));
        // Before the statement is sent: if the answer is lost, the table may exist.
        self.work().aside.push(Aside {
            table,
            day,
            name,
            folder,
            rows: 0,
            file: None,
            is_published: false,
            former: None,
        });
        self.act(&sql)
    }

    /// Writes the result of a query into the staged day of a table.
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
        let rows = if self.log.is_recording() {
            let mut count = Query::select();
            count.expr(Func::count(Expr::val(1))).from_subquery(query.clone(), Alias::new("flow_oa_filled"));
            self.number(&count)?
        } else {
            0
        };
        let sql = insert::of_query(&name, Partitions::None, &kinds, query);
        let sql = sql.map_err(|error| self.refused(table, error))?;
        self.act(&sql)?;
        let rows = if self.log.is_recording() { rows } else { self.count_aside(&name)? };
        if let Some(aside) = self.work().aside_of(table, Some(days)) {
            aside.rows = rows;
        }
        Ok(rows)
    }

    /// The partitions of a table.
    pub(super) fn partitions(&mut self, table: &Table) -> Result<Vec<Vec<(String, i64)>>> {
        Ok(self.found_partitions(table)?.into_iter().map(|it| it.values).collect())
    }

    fn found_partitions(&mut self, table: &Table) -> Result<Vec<Partition>> {
        let sql = statements::show_partitions(&SPOKEN.qualified(&table.name, &self.place));
        let (names, rows) = self.ask_named(&sql)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        answers::partitions(&names, &rows).map_err(|error| self.refused(&sql, error))
    }

    /// The folder of a partition, by the server's name for it.
    pub(super) fn location_of(&mut self, table: &Table, values: &[(String, i64)]) -> Result<Option<String>> {
        if self.family == Family::Impala {
            let found = self.found_partitions(table)?;
            return Ok(found.into_iter().find(|it| it.values == values).and_then(|it| it.location));
        }
        let sql = statements::describe_partition(&SPOKEN.qualified(&table.name, &self.place), values);
        Ok(answers::location(&self.ask(&sql)?).map(str::to_owned))
    }
}

/// The longest duration of a unit of work, in microseconds; a killed command left the tables of an older unit.
const LONGEST: i64 = 24 * 60 * 60 * 1_000_000;

/// Whether a table was staged by a unit of work that must be over by now.
pub(super) fn is_left_over(table: &str, now: i64) -> bool {
    let token = table.strip_prefix("flow_oa_").and_then(|it| it.rsplit_once('_')).map(|(_, token)| token);
    let began = token.filter(|it| it.len() == TOKEN && it.bytes().all(|it| it.is_ascii_digit()));
    began.and_then(|it| it.parse::<i64>().ok()).is_some_and(|it| it < now - LONGEST)
}

/// Whether the day of a partition is before another day.
fn is_before(partition: &[(String, i64)], day: &[(String, i64)]) -> bool {
    let values =
        |it: &[(String, i64)]| it.iter().take(day.len()).map(|(_, value)| *value).collect::<Vec<_>>();
    values(partition) < values(day)
}

#[cfg(test)]
mod tests {
    use super::*;

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
}

//! Days of one database into another, whatever engines they are on: each day in one unit of work of the target, and
//! every count compared before it lasts. Here is nothing that only one engine has, and nothing is written to the
//! source.
//!
//! What runs and ingests stored of a day replaces what the target has of it. Analysts' rows are added to those that
//! are there: nobody's work is taken out.
//!
//! # Decisions
//!
//! - **A copy of days is written with the calls of the engines and nothing else**, so that it knows none of them. A day
//!   is read in one transaction of the source, which is then rolled back: on PostgreSQL a snapshot; on SQLite it holds
//!   the writers' lock, so that a writer of the source waits for the day, and a file that may not be written cannot be
//!   copied from. In the target it is one transaction, in which rows read, rows stored and what both databases count
//!   must be the same.
//!   - Raw rows go file by file, in the order of their numbers. Each file becomes an ingest of the target, under a
//!     number that the entry of the copy keeps free below its own, so that no command waits for the history meanwhile;
//!     rows of no known file get the number of the copy itself. So a file can be replaced in the target, or is refused
//!     a second time. Rollups are rebuilt.
//!   - Analysts' rows are added to what the target has of the day, but for those that are there already: no analyst's
//!     rows are deleted, however often a day is copied. A row that was edited after it was copied is there twice then,
//!     the old one and the new one.
//!   - Impala has no transactions: raw rows and analysts' rows are staged, days of other tables written aside, and the
//!     server counts them there. Only when all counts are right one table is published after another, the scores last.
//!     A reader of raw rows meanwhile may find a part of the day. A failure says which tables are new, old, or perhaps
//!     new in part. Rows have no numbers there, so what is copied from there is of no known file; nor has it snapshots,
//!     so what changes under a copy shows in the counts at most.
//!   - What stays behind: the history, so that `run` may do a day again, notebooks, and files. A copy of what runs
//!     write undoes the target's own run of the day, as a purge does. A column of type `float` has about seven digits
//!     on PostgreSQL, and comes back as the decimal that they stand for.

mod analysts;
mod day;
mod impossible;
mod raw;
mod rows;

use std::collections::BTreeSet;
use std::path::PathBuf;

use flow_oa_core::Date;
use flow_oa_schema::model::{Rows, Table};
use sea_query::{Alias, Expr, ExprTrait, Query};

use crate::day::derive;
use crate::error::{Error, Result};
use crate::ledger::named_tables;
use crate::ledger::rows::now;
use crate::site::deployment::Chosen;
use crate::site::engines::{is_same_file, is_same_place};
use flow_oa_core::value::whole;
use flow_oa_engine::{Claim, Engine};
use flow_oa_files::Progress;

/// Which days are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All that the source has.
    All,
    /// One.
    Day(Date),
    /// Those from the first to the second that the source has.
    Range(Date, Date),
}

/// What is to be copied.
#[derive(Debug)]
pub struct Job<'a> {
    /// The pipeline.
    pub chosen: Chosen<'a>,
    /// Its tables that are meant; see [`tables`].
    pub tables: Vec<&'a Table>,
    /// The folder of the pipeline's files, for locks.
    pub folder: PathBuf,
    /// How far it is, and whether it is to stop.
    pub progress: &'a Progress,
}

/// What became of a table of a day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableDone {
    /// The table.
    pub table: String,
    /// Rows that the source has.
    pub rows: u64,
    /// Rows that were stored: all of them, but for analysts' rows that the target had already.
    pub stored: u64,
    /// Rows of the target that made way.
    pub replaced: u64,
    /// Analysts' rows of the target that stayed.
    pub kept: u64,
}

/// A day that was copied.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DayDone {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The number of the entry in the target's history.
    pub id: i64,
    /// Its tables.
    pub tables: Vec<TableDone>,
    /// How long it took.
    pub seconds: f64,
}

/// What became of the days.
#[derive(Debug)]
pub struct Done {
    /// Those that were copied, in order.
    pub days: Vec<DayDone>,
    /// The day at which it stopped, and why.
    pub stopped: Option<(Date, Error)>,
}

/// The days that are to be copied, and what is to be said of those that cannot be.
#[derive(Debug, Default)]
pub struct Found {
    /// The days, in order.
    pub days: Vec<Date>,
    /// Rows that are of no day of the calendar.
    pub warnings: Vec<String>,
}

/// The tables that `named` says, or all where it says none, the scores first: where tables are published one by one,
/// the first is the last. Rollups are never among them: they are made anew with the raw table that they sum up.
///
/// # Errors
/// Where a name is of no table, or of a rollup.
pub fn tables<'a>(chosen: Chosen<'a>, named: &[String]) -> Result<Vec<&'a Table>> {
    named_tables::require(chosen.model.tables.iter(), named, "is rebuilt")?;
    let is_meant = |it: &&Table| match it.rows {
        Rows::Rollup(_) => false,
        _ => named.is_empty() || named.contains(&it.name),
    };
    let mut tables: Vec<&Table> = chosen.model.tables.iter().filter(is_meant).collect();
    tables.sort_by_key(|it| !matches!(it.rows, Rows::Results));
    Ok(tables)
}

/// Refuses to copy a database into itself, by whatever two names.
///
/// # Errors
/// Where both are the same, or one cannot be asked.
pub fn refuse_same(from: &mut dyn Engine, to: &mut dyn Engine) -> Result<()> {
    let mut is_same = is_same_place(from.url(), to.url()) || is_same_file(from.url(), to.url());
    if !is_same && from.dialect() == to.dialect() {
        // A name that nobody else claims: only the same database can say that it is taken.
        let name = format!("copy {} {}", std::process::id(), now());
        is_same = from.claim(&name)? == Claim::Held && to.claim(&name)? == Claim::Taken;
        from.release(&name);
        to.release(&name);
    }
    if is_same {
        return Err(Error::Usage(format!(
            "copy: --from {} and --to {} are the same database",
            from.url(),
            to.url()
        )));
    }
    Ok(())
}

/// The days that the tables of the source have, as far as they are meant.
///
/// # Errors
/// Where no day is meant, the source has none of those that are, or it cannot be read.
pub fn days(from: &mut dyn Engine, job: &Job<'_>, which: Which) -> Result<Found> {
    let (first, last) = match which {
        Which::All => (Date::MIN, Date::MAX),
        Which::Day(day) => (day, day),
        Which::Range(first, last) => (first, last),
    };
    if last < first {
        return Err(Error::Usage(format!("--to-date {last} is before --from-date {first}: no day is meant")));
    }
    let (mut days, mut warnings) = (BTreeSet::new(), Vec::new());
    for table in &job.tables {
        job.progress.go_on()?;
        for [year, month, day] in days_of(from, table, first, last)? {
            match date_of(year, month, day) {
                Some(it) => drop(days.insert(it)),
                None => warnings.push(format!(
                    "{} has rows of the day {year}-{month}-{day}, which is none: they are not copied",
                    table.name
                )),
            }
        }
    }
    let days: Vec<Date> = days.into_iter().filter(|it| (first..=last).contains(it)).collect();
    if days.is_empty() {
        let what = match which {
            Which::All => "no rows".to_owned(),
            Which::Day(day) => format!("no rows of {day}"),
            Which::Range(first, last) => format!("no rows of {first} to {last}"),
        };
        let names: Vec<&str> = job.tables.iter().map(|it| it.name.as_str()).collect();
        return Err(Error::BadData(format!(
            "copy: {} has {what} in {}, so there is nothing to copy",
            from.url(),
            names.join(", ")
        )));
    }
    Ok(Found { days, warnings })
}

/// Year, month and day of every day of a table, of the years that are meant.
fn days_of(from: &mut dyn Engine, table: &Table, first: Date, last: Date) -> Result<Vec<[i64; 3]>> {
    let columns = &table.partition.columns[..table.partition.columns.len().min(3)];
    let mut select = Query::select();
    select.distinct().columns(columns.iter().map(Alias::new)).from(Alias::new(&table.name));
    if first == last {
        select.cond_where(derive::on(table, first).condition());
    } else if let Some(year) = columns.first().filter(|_| first != Date::MIN || last != Date::MAX) {
        let years = Expr::col(Alias::new(year)).between(i64::from(first.year()), i64::from(last.year()));
        select.and_where(years);
    }
    let rows = from.select(select)?;
    let number = |row: &[sea_query::Value], at: usize| row.get(at).and_then(whole).unwrap_or_default();
    Ok(rows.iter().map(|row| [0, 1, 2].map(|at| number(row, at))).collect())
}

fn date_of(year: i64, month: i64, day: i64) -> Option<Date> {
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok();
    date.filter(|it| it.year() > 0)
}

/// Copies days in order, and stops at the first that fails. `seen` is shown each day when it is done.
pub fn copy(
    from: &mut dyn Engine,
    to: &mut dyn Engine,
    job: &Job<'_>,
    days: &[Date],
    seen: &mut dyn FnMut(&DayDone),
) -> Done {
    let mut done = Done { days: Vec::new(), stopped: None };
    for day in days {
        match job.progress.go_on().map_err(Error::from).and_then(|()| day::copy(from, to, job, *day)) {
            Ok(it) => {
                seen(&it);
                done.days.push(it);
            }
            Err(error) => {
                done.stopped = Some((*day, error));
                break;
            }
        }
    }
    done
}

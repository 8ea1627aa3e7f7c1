//! Copies days of one database into another, whatever engines they use: each day in one unit of work of the target, and
//! every count is compared before the day is committed. This module contains nothing specific to an engine, and writes
//! nothing to the source.
//!
//! What runs and ingests stored of a day replaces what the target has of it. Analysts' rows are added to the existing
//! ones: no analyst's work is removed.
//!
//! # Decisions
//!
//! - **A copy of days uses only the calls of the engine interface**, and knows no particular engine. A day is read in
//!   one transaction of the source, which is then rolled back. On PostgreSQL this is a snapshot. On SQLite it holds the
//!   write lock, so a writer of the source waits for the day, and a read-only file cannot be copied from. In the target
//!   it is one transaction, in which the rows read, the rows stored and the counts of both databases must be equal.
//!   - Raw rows are copied file by file, in the order of their numbers. Each file becomes an ingest of the target,
//!     under a number that the entry of the copy reserves below its own, so that no command waits for the history
//!     meanwhile; rows of no known file get the number of the copy itself. So the target can replace a file, or refuse
//!     to ingest it a second time. Rollups are rebuilt.
//!   - Analysts' rows are added to what the target has of the day, except those that it has already: no analyst's rows
//!     are deleted, however often a day is copied. A row that was edited after it was copied then exists twice, as the
//!     old and the new version.
//!   - Impala has no transactions: raw rows and analysts' rows are staged, days of other tables are written to separate
//!     tables, and the server counts them there. Only when all counts are correct, one table is published after
//!     another, the scores last. A reader of raw rows may meanwhile find a part of the day. A failure reports which
//!     tables are new, old, or perhaps new in part. Rows have no numbers in Impala, so rows copied from it are of no
//!     known file. It has no snapshots either, so changes during a copy show at most in the counts.
//!   - What is not copied: the history, so that `run` may run a day again, notebooks, and files. After a
//!     copy of the tables that runs write, the target's own run of the day no longer counts as done, as after a purge.
//!     A column of type `float` has about seven digits on PostgreSQL, and is read back as the decimal that they
//!     represent.

mod analysts;
mod day;
mod impossible;
mod raw;
mod rows;
mod work;

use std::collections::BTreeSet;
use std::path::PathBuf;

use flow_oa_core::Date;
use flow_oa_schema::model::Table;
use sea_query::{Alias, Expr, ExprTrait, Query};

use crate::day::derive;
use crate::day::named_tables;
use flow_oa_core::value::whole;
use flow_oa_engine::{Session, Store};
use flow_oa_files::Progress;
use flow_oa_ledger::rows::now;
use flow_oa_site::deployment::Chosen;
use flow_oa_site::engines::{is_same_file, is_same_place};
use flow_oa_site::{Error, Result};

/// The days to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopiedDays {
    /// All days of the source.
    All,
    /// One day.
    Day(Date),
    /// The days of the source from the first date to the second.
    Range(Date, Date),
}

/// What to copy.
#[derive(Debug)]
pub struct CopyJob<'a> {
    /// The pipeline.
    pub chosen: Chosen<'a>,
    /// The tables to copy; see [`tables`].
    pub tables: Vec<&'a Table>,
    /// The folder of the pipeline's files, for locks.
    pub folder: PathBuf,
    /// Reports progress and interrupts.
    pub progress: &'a Progress,
}

/// The outcome of a table of a day.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TableDone {
    /// The name of the table.
    pub table: String,
    /// The number of rows in the source.
    pub rows: u64,
    /// The number of rows that were stored: all, except analysts' rows that the target had already.
    pub stored: u64,
    /// Rows of the target that were replaced.
    pub replaced: u64,
    /// Analysts' rows of the target that were kept.
    pub kept: u64,
}

/// A day that was copied.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DayDone {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The number of the entry in the target's history.
    pub id: i64,
    /// The outcome of each table.
    pub tables: Vec<TableDone>,
    /// The time that it took, in seconds.
    pub seconds: f64,
}

/// The outcome of the copy.
#[derive(Debug)]
pub struct Done {
    /// The days that were copied, in order.
    pub days: Vec<DayDone>,
    /// The day that failed, and why.
    pub stopped: Option<(Date, Error)>,
}

/// The days to copy, and warnings about rows that cannot be copied.
#[derive(Debug, Default)]
pub struct Found {
    /// The days, in order.
    pub days: Vec<Date>,
    /// Warnings about rows whose date is not in the calendar.
    pub warnings: Vec<String>,
}

/// The tables in `named`, or all if it is empty. Rollups are never included: they are rebuilt with the raw table that
/// they sum up.
///
/// # Errors
/// If a name is not that of a table, or is that of a rollup.
pub fn tables<'a>(chosen: Chosen<'a>, named: &[String]) -> Result<Vec<&'a Table>> {
    named_tables::require(chosen.model, chosen.model.tables.iter(), named, "is rebuilt")?;
    let is_named = |table: &Table| named.is_empty() || named.contains(&table.name);
    let is_meant = |table: &&Table| !table.rows.are_rollup() && is_named(table);
    Ok(chosen.model.tables.iter().filter(is_meant).collect())
}

/// Refuses to copy a database into itself, even if the two URLs differ.
///
/// # Errors
/// If both are the same database, or one of them cannot be queried.
pub fn refuse_same(from: &mut dyn Session, to: &mut dyn Session) -> Result<()> {
    let mut is_same = is_same_place(from.url(), to.url()) || is_same_file(from.url(), to.url());
    if !is_same && from.dialect() == to.dialect() {
        // No other process claims this name: if it is taken in the target, the target is the same database.
        let name = format!("copy {} {}", std::process::id(), now());
        if let (Some(from), Some(to)) = (from.claims(), to.claims()) {
            is_same = from.claim(&name)? && !to.claim(&name)?;
            from.release(&name);
            to.release(&name);
        }
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

/// The requested days that the tables of the source have.
///
/// # Errors
/// If no day is requested, the source has none of the requested days, or it cannot be read.
pub fn days(from: &mut dyn Session, job: &CopyJob<'_>, which: CopiedDays) -> Result<Found> {
    let (first, last) = match which {
        CopiedDays::All => (Date::MIN, Date::MAX),
        CopiedDays::Day(day) => (day, day),
        CopiedDays::Range(first, last) => (first, last),
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
                    "{} has rows of the day {year}-{month}-{day}, which is not a date: they are not copied",
                    table.name
                )),
            }
        }
    }
    let days: Vec<Date> = days.into_iter().filter(|day| (first..=last).contains(day)).collect();
    if days.is_empty() {
        let what = match which {
            CopiedDays::All => "no rows".to_owned(),
            CopiedDays::Day(day) => format!("no rows of {day}"),
            CopiedDays::Range(first, last) => format!("no rows of {first} to {last}"),
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

/// Year, month and day of every day of a table, for the requested years.
fn days_of(from: &mut dyn Session, table: &Table, first: Date, last: Date) -> Result<Vec<[i64; 3]>> {
    let columns = table.day_columns();
    let mut select = Query::select();
    select
        .distinct()
        .columns(columns.iter().map(|column| Alias::new(&column.name)))
        .from(Alias::new(&table.name));
    if first == last {
        select.cond_where(derive::on(table, first).condition());
    } else if let Some(year) = columns.first().filter(|_| first != Date::MIN || last != Date::MAX) {
        let years =
            Expr::col(Alias::new(&year.name)).between(i64::from(first.year()), i64::from(last.year()));
        select.and_where(years);
    }
    let rows = from.select(select)?;
    let number = |row: &[sea_query::Value], at: usize| row.get(at).and_then(whole).unwrap_or_default();
    Ok(rows.iter().map(|row| [0, 1, 2].map(|at| number(row, at))).collect())
}

fn date_of(year: i64, month: i64, day: i64) -> Option<Date> {
    let date = Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok();
    date.filter(|date| date.year() > 0)
}

/// Copies days in order, and stops at the first that fails. `seen` is called with each day when it is done.
pub fn copy(
    from: &mut dyn Store,
    to: &mut dyn Store,
    job: &CopyJob<'_>,
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

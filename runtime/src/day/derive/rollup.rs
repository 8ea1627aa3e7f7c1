//! Rebuilds rollups from the raw rows of a day: after rows of the day were removed, and if a rollup was created after
//! rows were stored. Each rebuild sets the mark of the day.
//!
//! # Decisions
//!
//! - **Rollups are tables too** (`"kept_by": "ingest"`): ingest sums up the rows of a file in memory, bounded, and
//!   adds the sums to the table by its key (a sum beyond 64 bits is bad data). Whatever replaces rows rebuilds the
//!   rollups of those days. A derived table takes its sums from a rollup that has all that it needs, and from the raw
//!   rows if there is none. So a rollup is a physical choice: it can be added or removed in JSON, and no result
//!   changes. The Hive family cannot add to a row, so it has no rollups.

use flow_oa_core::{Date, fail_point};
use std::collections::BTreeSet;

use flow_oa_schema::model::{Pipeline, Schema, Table};
use sea_query::{Alias, Query, Value};

use super::basis::Basis;
use super::compare::{Disagreement, disagreement, lost_rows};
use super::completeness::{kept, mark, rollups_on};
use super::computing::NoContext;
use super::{Derived, fill_from, on};
use flow_oa_core::value::whole;
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_files::Progress;
use flow_oa_ledger::rows::raw_rows_of;
use flow_oa_site::Result;
use flow_oa_site::engines::in_transaction;

/// Rebuilds every rollup of `raw` for `days`, if the engine keeps rollups. The list of ingests of these days must
/// already match their raw rows.
///
/// # Errors
/// If the database cannot be read or written.
pub fn sum_up_again(unit: &mut dyn Unit, pipeline: &Pipeline, raw: &Table, days: &[Date]) -> Result<()> {
    let rollups = kept(unit, pipeline, raw)?;
    for day in days {
        for rollup in &rollups {
            sum_up(unit, rollup, raw, *day)?;
        }
        mark(unit, pipeline, raw, &rollups, *day)?;
    }
    Ok(())
}

/// Removes a day, which has no raw rows any more, from every rollup of `raw`, if the engine keeps rollups.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_sums(unit: &mut dyn Unit, pipeline: &Pipeline, raw: &Table, day: Date) -> Result<()> {
    let rollups = kept(unit, pipeline, raw)?;
    for rollup in &rollups {
        unit.remove(&rollup.name, &on(rollup, day))?;
    }
    mark(unit, pipeline, raw, &rollups, day)
}

/// Which days of rollups are compared with their raw rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparedDays {
    /// The days without a valid mark.
    Unmarked,
    /// All days.
    All,
}

/// What was done to a rollup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Completed {
    /// The name of the rollup.
    pub table: String,
    /// The number of days that were compared with their raw rows and marked as complete.
    pub compared: u64,
    /// The number of compared days that differed and were filled.
    pub filled: u64,
}

/// Compares rollups with their raw rows, fills what differs, and marks every compared day as complete. Each day is a
/// transaction of its own, so that a stopped command continues where it was. `completed` counts the days of each
/// rollup. A day whose raw rows were removed since they were summed up stays as it is and has no mark. Returns a message
/// for each such day.
///
/// # Errors
/// If the database cannot be read or written, or on an interrupt.
pub fn complete_rollups(
    store: &mut dyn Store,
    schema: &Schema,
    which: ComparedDays,
    progress: &Progress,
    completed: &mut Vec<Completed>,
) -> Result<Vec<String>> {
    let mut kept_days = Vec::new();
    for pipeline in &schema.pipelines {
        let Some(raw) = pipeline.raw_table() else { continue };
        let rollups = kept(store, pipeline, raw)?;
        if rollups.is_empty() {
            continue;
        }
        let days = days_of(store, std::iter::once(raw).chain(rollups.iter().copied()))?;
        progress.start(days.len() as u64);
        for day in days {
            progress.go_on()?;
            kept_days.extend(complete_day(store, pipeline, raw, day, which, completed)?);
            progress.add_bytes(1);
        }
    }
    Ok(kept_days)
}

fn complete_day(
    store: &mut dyn Store,
    pipeline: &Pipeline,
    raw: &Table,
    day: Date,
    which: ComparedDays,
    completed: &mut Vec<Completed>,
) -> Result<Vec<String>> {
    if which == ComparedDays::Unmarked && rollups_on(store, pipeline, day)?.incomplete.is_empty() {
        return Ok(Vec::new());
    }
    let (done, kept_days) = in_transaction(store, Transaction::Latest, |unit| {
        unit.lock(&raw_rows_of(&pipeline.name))?;
        let found = rollups_on(unit, pipeline, day)?;
        let mut rollups = found.incomplete;
        if which == ComparedDays::All {
            rollups.extend(found.complete);
        }
        let (mut done, mut kept_days) = (Vec::new(), Vec::new());
        let mut summed = Vec::new();
        for rollup in rollups {
            if let Some(lost) = lost_rows(unit, &pipeline.name, rollup, raw, day)? {
                kept_days.push(lost.to_string());
                continue;
            }
            summed.push(rollup);
            let differs = disagreement(unit, rollup, raw, day)?.is_some();
            if differs {
                sum_up(unit, rollup, raw, day)?;
            }
            done.push((rollup.name.clone(), differs));
        }
        mark(unit, pipeline, raw, &summed, day)?;
        fail_point!("init-marked");
        Ok((done, kept_days))
    })?;
    for (table, differs) in done {
        let at = completed.iter().position(|entry| entry.table == table).unwrap_or_else(|| {
            completed.push(Completed { table, compared: 0, filled: 0 });
            completed.len() - 1
        });
        completed[at].compared += 1;
        completed[at].filled += u64::from(differs);
    }
    Ok(kept_days)
}

/// The outcome of a comparison of rollups with their raw rows.
#[derive(Debug, Default)]
pub struct Compared {
    /// The number of days that were compared.
    pub days: usize,
    /// Days for which a rollup has no valid mark, with the names of these rollups.
    pub incomplete: Vec<(Date, String)>,
    /// Days of rollups that are marked as complete but differ from the raw rows.
    pub wrong: Vec<Disagreement>,
}

/// Compares the rollups of a pipeline with their raw rows, for one day or all days, and changes nothing. Compares
/// nothing if the engine keeps no rollups.
///
/// # Errors
/// If the database cannot be read, or on an interrupt.
pub fn compare_rollups(
    session: &mut dyn Session,
    pipeline: &Pipeline,
    day: Option<Date>,
    progress: &Progress,
) -> Result<Option<Compared>> {
    let Some(raw) = pipeline.raw_table() else { return Ok(None) };
    let rollups = kept(session, pipeline, raw)?;
    if rollups.is_empty() {
        return Ok(None);
    }
    let days = match day {
        Some(day) => BTreeSet::from([day]),
        None => days_of(session, std::iter::once(raw))?,
    };
    let mut compared = Compared { days: days.len(), ..Compared::default() };
    for day in days {
        progress.go_on()?;
        let found = rollups_on(session, pipeline, day)?;
        if !found.incomplete.is_empty() && !session.select(super::any_of_day(raw, day))?.is_empty() {
            compared.incomplete.push((day, found.incomplete_names()));
        }
        for rollup in found.complete {
            compared.wrong.extend(disagreement(session, rollup, raw, day)?);
        }
    }
    Ok(Some(compared))
}

/// The days for which the tables have rows.
pub(super) fn days_of<'a>(
    session: &mut dyn Session,
    tables: impl Iterator<Item = &'a Table>,
) -> Result<BTreeSet<Date>> {
    let mut days = BTreeSet::new();
    for table in tables {
        let columns = table.day_columns();
        let mut select = Query::select();
        select
            .distinct()
            .columns(columns.iter().map(|column| Alias::new(&column.name)))
            .from(Alias::new(&table.name));
        days.extend(session.select(select)?.iter().filter_map(|row| date_of(row)));
    }
    Ok(days)
}

/// The date from year, month and day; `None` if it is not in the calendar.
pub(crate) fn date_of(row: &[Value]) -> Option<Date> {
    let number = |at: usize| row.get(at).and_then(whole);
    let (year, month, day) = (number(0)?, number(1)?, number(2)?);
    Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
}

/// Replaces a day of a rollup with the sums of its raw rows.
fn sum_up(unit: &mut dyn Unit, rollup: &Table, raw: &Table, day: Date) -> Result<()> {
    unit.remove(&rollup.name, &on(rollup, day))?;
    let Some(select) = rollup.rows.select() else { return Ok(()) };
    let derived = Derived { table: rollup, select, from: raw };
    let basis = Basis::raw(unit.dialect(), raw);
    fill_from(unit, &derived, &basis, day, &mut NoContext).map(|_| ())
}

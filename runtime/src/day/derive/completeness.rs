//! Determines which rollups hold all raw rows of a day, so that a run may read them instead of the raw table.
//!
//! A rollup has a mark for each such day: a hash of its definition and of the day's list of ingests. Every change of
//! raw rows changes that list. So a mark becomes invalid if a program does not renew it because it does not know the
//! rollup or the mark. `flow-oa init` removes the marks of a rollup that it creates or adds a column to. A rollup
//! without any row of a day that has raw rows is not complete, whatever its mark states.
//!
//! # Decisions
//!
//! - **A rollup is read only if a mark states that it holds the whole day**: `flow_oa_rollup_day` has, for each rollup
//!   and day, a hash of the rollup's definition and of the day's list of ingests. Every ingest changes that list, so a
//!   mark that a program does not renew (an older version, or one with another schema) becomes invalid, and so does the
//!   mark of a rollup that changed in JSON. A run then reads raw rows and warns; `flow-oa init` compares sums, fills
//!   what differs and marks it, each day in a transaction. The first file of a day is compared too, since either side
//!   may have rows that no ingest lists. Deleted rows of a rollup leave its marks valid: `flow-oa doctor` compares all
//!   sums.

use std::collections::BTreeMap;

use flow_oa_core::Date;
use flow_oa_schema::ledger::ROLLUP_DAYS;
use flow_oa_schema::model::{Column, Expr as Source, InRollup, Pipeline, Table};
use flow_oa_schema::types::TimeUnit;
use sea_query::{Alias, Cond, Expr, ExprTrait, Query};

use super::any_of_day;
use super::compare::disagreement;
use flow_oa_core::value::text;
use flow_oa_engine::{Session, Unit};
use flow_oa_ledger::history;
use flow_oa_ledger::rows::{column, ingests_of_day};
use flow_oa_site::{Error, Result};

/// The rollups of a pipeline's raw table that the engine keeps.
#[derive(Debug, Default)]
pub struct DayRollups<'a> {
    /// The rollups that are marked as holding all raw rows of the day.
    pub complete: Vec<&'a Table>,
    /// The others.
    pub incomplete: Vec<&'a Table>,
}

impl DayRollups<'_> {
    /// The names of the rollups that are not complete.
    pub fn incomplete_names(&self) -> String {
        self.incomplete.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The rollups of `raw` that the engine keeps.
pub(super) fn kept<'a>(
    session: &dyn Session,
    pipeline: &'a Pipeline,
    raw: &'a Table,
) -> Result<Vec<&'a Table>> {
    let keeps = session.dialect().capabilities().rollups;
    let is_of_raw = |table: &&Table| pipeline.base(table).name == raw.name;
    Ok(pipeline.rollups().filter(|table| keeps && is_of_raw(table)).collect())
}

/// The rollups of a pipeline, by whether they hold all raw rows of a day.
///
/// # Errors
/// If the database cannot be read.
pub fn rollups_on<'a>(
    session: &mut dyn Session,
    pipeline: &'a Pipeline,
    day: Date,
) -> Result<DayRollups<'a>> {
    let Some(raw) = pipeline.raw_table() else { return Ok(DayRollups::default()) };
    let rollups = kept(session, pipeline, raw)?;
    if rollups.is_empty() {
        return Ok(DayRollups::default());
    }
    let marks = marks_of(session, day)?;
    let raw_rows = history::raw_rows(session, &pipeline.name, &day.to_string())?;
    let mut found = DayRollups::default();
    for rollup in rollups {
        let is_marked = marks.get(&rollup.name) == Some(&mark_of(pipeline, rollup, raw, &raw_rows));
        if is_marked && !is_emptied(session, rollup, raw, day)? {
            found.complete.push(rollup);
        } else {
            found.incomplete.push(rollup);
        }
    }
    Ok(found)
}

/// Whether a rollup has no row of a day that has raw rows: it was emptied, or created by hand.
fn is_emptied(session: &mut dyn Session, rollup: &Table, raw: &Table, day: Date) -> Result<bool> {
    let mut is_empty = |table| Ok::<_, Error>(session.select(any_of_day(table, day))?.is_empty());
    Ok(is_empty(rollup)? && !is_empty(raw)?)
}

/// Whether neither the raw table nor a rollup has rows of a day; false if there is no rollup.
///
/// # Errors
/// If the database cannot be read.
pub(crate) fn is_new(session: &mut dyn Session, raw: &Table, rollups: &[&Table], day: Date) -> Result<bool> {
    if rollups.is_empty() {
        return Ok(false);
    }
    for table in std::iter::once(raw).chain(rollups.iter().copied()) {
        if !session.select(any_of_day(table, day))?.is_empty() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The rollups that hold all raw rows of a day. Call this after the rows of a file were added to both and before the
/// file is listed. These are the rollups that were complete before and, if the file is the day's first, those that
/// agree with the raw rows, since either side may have had rows that no ingest lists. If the day `is_new`, all are
/// complete.
///
/// # Errors
/// If the database cannot be read.
pub(crate) fn complete_with_file<'a>(
    unit: &mut dyn Unit,
    pipeline: &'a Pipeline,
    raw: &Table,
    day: Date,
    is_new: bool,
) -> Result<Vec<&'a Table>> {
    let DayRollups { mut complete, incomplete } = rollups_on(unit, pipeline, day)?;
    let is_first = |unit: &mut dyn Session| -> Result<bool> {
        Ok(keeps_marks(unit)? && ingests_of_day(unit, &pipeline.name, &day.to_string())?.is_empty())
    };
    if incomplete.is_empty() || !is_first(unit)? {
        return Ok(complete);
    }
    if is_new {
        complete.extend(incomplete);
        return Ok(complete);
    }
    unit.settle()?;
    for rollup in incomplete {
        if disagreement(unit, rollup, raw, day)?.is_none() {
            complete.push(rollup);
        }
    }
    Ok(complete)
}

/// Marks rollups as holding all raw rows of a day: the rows of the ingests that are listed for it now.
///
/// # Errors
/// If the database cannot be written.
pub(crate) fn mark(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    raw: &Table,
    rollups: &[&Table],
    day: Date,
) -> Result<()> {
    if rollups.is_empty() || !keeps_marks(unit)? {
        return Ok(());
    }
    let raw_rows = history::raw_rows(unit, &pipeline.name, &day.to_string())?;
    unit.delete(ROLLUP_DAYS, of(rollups).add(column("day").eq(day.to_string())))?;
    let row = |rollup: &&Table| {
        let mark = mark_of(pipeline, rollup, raw, &raw_rows);
        vec![
            ("name", rollup.name.as_str().into()),
            ("day", day.to_string().into()),
            ("raw_rows", mark.into()),
        ]
    };
    Ok(unit.append(ROLLUP_DAYS, rollups.iter().map(row).collect())?)
}

/// Removes all marks of rollups, because some of their columns are not filled yet.
///
/// # Errors
/// If the database cannot be written.
pub fn forget_marks(unit: &mut dyn Unit, rollups: &[&Table]) -> Result<()> {
    if !rollups.is_empty() && keeps_marks(unit)? {
        unit.delete(ROLLUP_DAYS, of(rollups))?;
    }
    Ok(())
}

/// Removes the marks of days before `day`.
///
/// # Errors
/// If the database cannot be written.
pub(crate) fn forget_marks_before(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    raw: &Table,
    day: Date,
) -> Result<()> {
    let rollups = kept(unit, pipeline, raw)?;
    if !rollups.is_empty() && keeps_marks(unit)? {
        unit.delete(ROLLUP_DAYS, of(&rollups).add(column("day").lt(day.to_string())))?;
    }
    Ok(())
}

fn of(rollups: &[&Table]) -> Cond {
    Cond::all().add(column("name").is_in(rollups.iter().map(|it| it.name.as_str())))
}

/// Whether the database has the table of marks: that of an earlier version lacks it until `flow-oa init` runs.
fn keeps_marks(session: &mut dyn Session) -> Result<bool> {
    Ok(session.columns(&[ROLLUP_DAYS])?.iter().any(|columns| !columns.is_empty()))
}

/// The marks of a day, by the name of the rollup.
fn marks_of(session: &mut dyn Session, day: Date) -> Result<BTreeMap<String, String>> {
    if !keeps_marks(session)? {
        return Ok(BTreeMap::new());
    }
    let query = Query::select()
        .columns(["name", "raw_rows"].map(Alias::new))
        .from(Alias::new(ROLLUP_DAYS))
        .and_where(Expr::col(Alias::new("day")).eq(day.to_string()))
        .to_owned();
    Ok(session.select(query)?.iter().map(|row| (text(&row[0]), text(&row[1]))).collect())
}

/// The mark of a rollup that sums up the ingests whose list has the hash `raw_rows`.
fn mark_of(pipeline: &Pipeline, rollup: &Table, raw: &Table, raw_rows: &str) -> String {
    let mut hash = blake3::Hasher::new();
    let mut add = |text: &str| {
        hash.update(&(text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    add(&raw.name);
    add(&day_time(pipeline, raw));
    for column in &rollup.columns {
        add(&column.name);
        add(column.kind.name());
        add(&made_of(pipeline, rollup, column, raw));
    }
    add(raw_rows);
    hash.finalize().to_hex().to_string()
}

/// The source of a column's sums. The words are part of every mark: a change to them makes all marks invalid.
fn made_of(pipeline: &Pipeline, rollup: &Table, column: &Column, raw: &Table) -> String {
    match column.from.in_rollup() {
        Some(InRollup::Same(id)) => format!("raw {}", raw[id].name),
        Some(InRollup::Start(_, _, TimeUnit::Minute)) if is_of_the_days_time(column, raw) => {
            "minute".to_owned()
        }
        Some(InRollup::Start(..)) => pipeline.in_words(rollup, &column.from),
        Some(InRollup::Total(id)) => format!("total {}", raw[id].name),
        Some(InRollup::Count) => "count".to_owned(),
        // The name of the column says enough. The check refuses what cannot be kept.
        Some(InRollup::Partition(_)) | None => "partition".to_owned(),
    }
}

fn is_of_the_days_time(column: &Column, raw: &Table) -> bool {
    matches!(&column.from, Source::Truncate(time, _) if raw.partition.time.as_ref() == Some(&**time))
}

/// The time by which raw rows are stored.
fn day_time(pipeline: &Pipeline, raw: &Table) -> String {
    raw.partition.time.as_ref().map_or(String::new(), |time| match time.column() {
        Some(column) => raw[column].name.clone(),
        None => pipeline.in_words(raw, time),
    })
}

//! The run of a day: results, context, scores, details, chords, summary, notebooks. Everything is validated before
//! anything changes, and stored in one transaction.
//!
//! # Decisions
//!
//! - **A day of a range is skipped if hashes are unchanged**: those of the records read, the limit, the schema, the
//!   context files (those over 16 MiB by size and modification time), the day's list of ingests, and the scores file on
//!   disk. After a purge of the day, the hashes of earlier runs no longer count.

mod dry;
mod guards;
mod inputs;
mod job;
mod range;
mod summary;
mod warnings;

use flow_oa_core::{Batch, Date, fail_point};
use std::path::PathBuf;

use flow_oa_schema::model::{Rows, Which};

use crate::day::derive::{self, DayRollups, Derived, LookUp};
use crate::day::{expect, scores_file};
use flow_oa_engine::{Store, Target, Transaction, Unit};
use flow_oa_files::atomic::write_whole;
use flow_oa_files::rejects::Rejects;
use flow_oa_files::{Lock, Progress};
use flow_oa_ledger::history::{self, Changed, Entry, Locking, recorded};
use flow_oa_site::downloads::Downloader;
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result, notebooks};
use inputs::{Inputs, Ready};
use summary::Clock;

pub use dry::{DryRun, Shown, dry_run};
pub use guards::{Limit, OtherDay};
pub use job::{RunJob, RunOptions, results_of};
pub use range::{DayOutcome, Mode, Outcome, Range, RangeDone, run_range};
pub use summary::{RunSummary, Step, Stored};

/// Runs a day, and records the outcome in the history.
///
/// # Errors
/// If an input is missing or bad, the database does not match the schema or cannot be written, or another run of the
/// same day is in progress. Then nothing but the history is changed.
pub fn run(store: &mut dyn Store, job: &RunJob<'_>, progress: &Progress) -> Result<RunSummary> {
    job.rank_first(store, progress)?;
    let mut clock = Clock::new();
    let mut downloader = Downloader::new(job.settings, progress);
    recorded(store, job.entry(), |store, entry| {
        let input = job.find_results(&downloader)?.input()?;
        clock.fetched(&input);
        let mut read = inputs::read(store, job, input, &mut downloader)?;
        clock.done("read results");
        read.require_meant(store, job)?;
        store_day(store, job, read, entry, &mut clock, progress)
    })
}

/// Looks up context for what was read, stores it, and writes the day's files.
fn store_day(
    store: &mut dyn Store,
    job: &RunJob<'_>,
    read: Inputs,
    entry: &mut Entry,
    clock: &mut Clock,
    progress: &Progress,
) -> Result<RunSummary> {
    let Ready { scores, rejects, counts, addresses, mut warnings, guard, mut context } =
        inputs::ready(job, read, entry, clock)?;
    fail_point!("run-ready");
    progress.go_on()?;
    entry.claim(store, &job.what())?;
    let id = entry.begin(store, Locking::Held(lock(job)?))?;
    fail_point!("run-begun");
    let mut notebooks = Vec::new();
    let copied = job.copy_notebooks(&mut notebooks);
    notebooks::written(&notebooks).into_iter().for_each(|text| entry.lasts(text));
    copied?;
    fail_point!("run-notebooks");
    clock.done("prepare folders");
    let days = derive::days_read(job.chosen.model, job.options.day, &*scores)?;
    let tables = in_transaction(store, Transaction::Snapshot(&days), |unit| {
        let rollups = derive::rollups_on(unit, job.chosen.model, job.options.day)?;
        let tables = replace_day(unit, job, (&*scores, &rollups), &mut context, entry, clock, progress)?;
        warnings.extend(expect::warnings(&job.what(), &entry.found.expected)?);
        warnings.extend(job.raw_warning(unit, &rollups)?);
        guard.require_unchanged()?;
        Ok(tables)
    })?;
    warnings.append(&mut context.take_remarks());
    entry.committed("the database has the day already, and the same command again writes the missing files");
    warnings.extend(store.take_remarks().iter().map(ToString::to_string));
    clock.done("commit");
    let (scores_file, rejects_file) = write_files(job, &*scores, rejects)?;
    clock.done("write files");
    let [read, stored, rejected, skipped] = counts;
    Ok(RunSummary {
        id,
        pipeline: job.chosen.model.name.clone(),
        day: job.options.day.to_string(),
        results: job.results().to_string(),
        read,
        stored,
        rejected,
        skipped,
        addresses,
        tables,
        warnings,
        expectations: std::mem::take(&mut entry.found.expected),
        steps: std::mem::take(&mut clock.steps),
        database: store.url().to_owned(),
        scores_file,
        rejects_file,
        notebooks,
    })
}

/// Creates the folder of the day and takes its lock.
fn lock(job: &RunJob<'_>) -> Result<Lock> {
    let folder = job.folder();
    std::fs::create_dir_all(&folder).map_err(|error| Error::unwritten(folder.clone(), error))?;
    fail_point!("run-folder");
    let lock = Lock::take(&folder, &job.what())?;
    fail_point!("run-lock");
    Ok(lock)
}

/// Writes the scores and the rejected records to files, and returns their paths.
fn write_files(job: &RunJob<'_>, scores: &dyn Batch, rejects: Rejects) -> Result<(PathBuf, Option<PathBuf>)> {
    fail_point!("run-committed");
    let (path, table) = (job.scores_file(), job.chosen.model.scores_table());
    write_whole(&path, |out| scores_file::write(table, scores, out))?;
    fail_point!("run-scores-file");
    let rejects_file = rejects.keep(&job.rejects_file())?;
    fail_point!("run-rejects-file");
    Ok((path, rejects_file))
}

/// Within a transaction: replaces the day in every table that a run writes, and marks the history entry as done.
fn replace_day(
    unit: &mut dyn Unit,
    job: &RunJob<'_>,
    (scores, rollups): (&dyn Batch, &DayRollups<'_>),
    context: &mut dyn LookUp,
    entry: &mut Entry,
    clock: &mut Clock,
    progress: &Progress,
) -> Result<Vec<Stored>> {
    let day = job.options.day;
    let mut tables = Vec::new();
    fail_point!("run-transaction");
    let days: Vec<_> = job.tables().map(|table| (table.name.as_str(), derive::on(table, day))).collect();
    let replaced = unit.remove_all(&days, &job.chosen.model.scores_table().name)?;
    fail_point!("run-deleted");
    clock.done("remove the old day");
    for (table, replaced) in job.tables().zip(replaced) {
        progress.go_on()?;
        let rows = match Derived::of(job.chosen.model, table) {
            None => load(unit, job, scores)?,
            Some(derived) => derive::fill(unit, rollups, &derived, (day, scores), context)?,
        };
        fail_point!("run-inserted");
        entry.found.expected.extend(expect::of_day(unit, table, day)?);
        let seconds = clock.done_with(step_name(&table.rows), &table.name);
        tables.push(Stored { table: table.name.clone(), rows, replaced, seconds });
        fail_point!("run-table");
    }
    entry.found.raw_rows = Some(history::raw_rows(unit, &job.chosen.model.name, &day.to_string())?);
    entry.found.scores_file = Some(scores_file::hash(job.chosen.model.scores_table(), scores));
    entry.found.changed = tables.iter().map(|stored| changed(stored, day)).collect();
    fail_point!("run-entry");
    entry.done(unit)?;
    fail_point!("run-done");
    progress.go_on()?;
    Ok(tables)
}

/// Loads the scores, and checks their number against the rows of the day that the table then has.
fn load(unit: &mut dyn Unit, job: &RunJob<'_>, scores: &dyn Batch) -> Result<u64> {
    let table = job.chosen.model.scores_table();
    unit.load(&Target::of(job.chosen.table(&table.name)?), scores)?;
    unit.settle()?;
    let stored = unit.count(&table.name, &derive::on(table, job.options.day))?;
    let stored = stored + flow_oa_core::failpoints::surplus("run-rows");
    if stored != scores.len() as u64 {
        return Err(Error::Internal(format!(
            "{} rows were to be stored in {}, but {stored} are there",
            scores.len(),
            table.name
        )));
    }
    Ok(stored)
}

fn changed(stored: &Stored, day: Date) -> Changed {
    Changed {
        table: stored.table.clone(),
        day: day.to_string(),
        stored: stored.rows,
        removed: stored.replaced,
        seconds: Some(stored.seconds),
    }
}

/// What the run does to fill a table, in the list of its steps.
fn step_name(rows: &Rows) -> &'static str {
    match rows.select().map(|select| &select.which) {
        None => "store scores",
        Some(Which::Results(_)) => "details",
        Some(Which::Hubs(_)) => "chords",
        Some(Which::Day | Which::Rollup | Which::Subjects(_)) => "counts",
    }
}

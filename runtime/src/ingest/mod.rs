//! Ingest: raw files into the raw table, each file as a whole or not at all.
//!
//! One thread reads and understands records while another writes rows, so memory holds a few batches,
//! whatever the size of the file.

mod feed;
mod format;
mod order;
mod parse;
mod rollup;
pub(crate) mod trial;

use std::path::{Path, PathBuf};
use std::sync::mpsc::sync_channel;

use flow_oa_core::Date;
use flow_oa_schema::ledger::ROW_ID;
use flow_oa_schema::model::Table;
use sea_query::{Alias, Expr, ExprTrait, Query};

use crate::deployment::Chosen;
use crate::derive;
use crate::engine::{Engine, Target, in_transaction};
use crate::error::{Error, Result};
use crate::history::{Changed, Entry, Locking};
use crate::ledger;
use crate::progress::Progress;
use crate::steady::Steady;
use feed::Feed;
pub use order::{Existing, Options, Summary};
use parse::{Load, Outcome, Parser};
use rollup::Sums;

/// Batches that may wait for the writer.
const WAITING: usize = 4;

/// Ingests one file, or standard input where it is `-`, in one transaction, and writes down how that ended.
///
/// # Errors
/// Where the file cannot be read or understood, was ingested before, or the database cannot take it;
/// nothing but the history is changed then.
pub fn ingest(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    file: &str,
    options: &Options,
    progress: &Progress,
) -> Result<Summary> {
    let mut entry = Entry::new("ingest", chosen).reads(file.to_owned());
    let done = take_in(engine, chosen, file, options, progress, &mut entry);
    if let Err(error) = &done {
        entry.failed(engine, error);
    }
    done
}

fn take_in(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    file: &str,
    options: &Options,
    progress: &Progress,
    entry: &mut Entry,
) -> Result<Summary> {
    let start = std::time::Instant::now();
    let raw = chosen.model.raw_table().ok_or_else(|| {
        Error::Usage(format!(
            "the pipeline {} has no table of raw rows, so nothing can be ingested",
            chosen.model.name
        ))
    })?;
    let table = chosen.table(&raw.name)?;
    fail_point!("ingest-start");
    let steady = Steady::of(feed::DOING, Path::new(file));
    let feed = Feed::open(chosen, file, options, progress)?;
    fail_point!("ingest-opened");
    let command = command(file);
    let parser = Parser::new(chosen, feed, options, &command)?;
    fail_point!("ingest-header");
    let id = entry.begin(engine, Locking::Own(&options.data_folder))?;
    fail_point!("ingest-begun");
    in_transaction(engine, |engine| {
        let replaced = make_room(engine, chosen, raw, file, options.existing)?;
        fail_point!("ingest-room");
        let first = engine.last_row(table.name)?.map(|it| it + 1);
        let stored = store(engine, chosen, table, parser, progress);
        fail_point!("ingest-stored");
        // What a file that changes seems to say is of no use to anybody.
        steady.require()?;
        let (outcome, stored) = stored?;
        entry.found.content = Some(outcome.content.clone());
        entry.found.counts = Some([outcome.read, stored, outcome.rejects.count, outcome.skipped]);
        check(&outcome, stored, options.existing)?;
        let rows = first.zip(engine.last_row(table.name)?);
        check_rows(rows, stored)?;
        // What --replace and --replace-day took out is forgotten by now; anything else would be stored twice.
        if options.existing != Existing::Again {
            refuse_known(engine, &chosen.model.name, file, &outcome.content)?;
        }
        write_down(engine, chosen, file, &outcome, (id, stored, rows), entry)?;
        fail_point!("ingest-done");
        progress.go_on()?;
        let rejects = rejects_path(&options.data_folder, file, &outcome.content);
        let rejects_file = outcome.rejects.keep(&rejects)?;
        fail_point!("ingest-rejects");
        Ok(Summary {
            id,
            file: file.to_owned(),
            read: outcome.read,
            stored,
            rejected: outcome.rejects.count,
            skipped: outcome.skipped,
            replaced,
            days: outcome.days.iter().map(|(day, count)| (day.to_string(), *count)).collect(),
            format: outcome.format,
            rejects_file,
            seconds: start.elapsed().as_secs_f64(),
        })
    })
}

/// Writes down which rows came from the file, and that it is done.
fn write_down(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    file: &str,
    outcome: &Outcome,
    (id, stored, rows): (i64, u64, Option<(i64, i64)>),
    entry: &mut Entry,
) -> Result<()> {
    let days: Vec<(Date, u64)> = outcome.days.iter().map(|(day, count)| (*day, *count)).collect();
    let (pipeline, content, format) = (&chosen.model.name, &outcome.content, &outcome.format);
    let ingest = ledger::Ingest { id, pipeline, file, content, format, stored, rows, days: &days };
    ledger::record_ingest(engine, &ingest)?;
    fail_point!("ingest-recorded");
    if let Some(raw) = chosen.model.raw_table() {
        entry.found.changed = days.iter().map(|(day, stored)| changed(raw, *day, *stored)).collect();
    }
    entry.done(engine)
}

fn changed(raw: &Table, day: Date, stored: u64) -> Changed {
    Changed { table: raw.name.clone(), day: day.to_string(), stored, removed: 0, seconds: None }
}

/// Holds the numbers of the new rows against how many were stored.
fn check_rows(rows: Option<(i64, i64)>, stored: u64) -> Result<()> {
    match rows {
        Some((first, last)) if last + 1 - first != i64::try_from(stored).unwrap_or(i64::MAX) => {
            Err(Error::Internal(format!("{stored} rows were written, but rows {first} to {last} are there")))
        }
        _ => Ok(()),
    }
}

fn command(file: &str) -> String {
    let quoted = file.replace('\'', r"'\''");
    let plain = file.bytes().all(|it| it.is_ascii_alphanumeric() || b"/._-+".contains(&it));
    if plain { format!("flow-oa ingest {file}") } else { format!("flow-oa ingest '{quoted}'") }
}

/// Named after the file and its content: files of one name from several exporters are common.
fn rejects_path(folder: &Path, file: &str, content: &str) -> PathBuf {
    let name =
        Path::new(file).file_name().filter(|_| file != "-").map_or("stdin".into(), |it| it.to_string_lossy());
    let content = content.get(..8).unwrap_or(content);
    folder.join("rejects").join(format!("{name}.{content}.rejects.csv"))
}

/// Takes out the rows that are to be replaced, and gives their number.
fn make_room(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    raw: &Table,
    file: &str,
    existing: Existing,
) -> Result<u64> {
    let pipeline = &chosen.model.name;
    match existing {
        Existing::Refuse | Existing::Again => Ok(0),
        Existing::ReplaceDay(day) => {
            let deleted = engine.run(&derive::delete_day(raw, day).into())?;
            ledger::forget_day(engine, pipeline, day)?;
            forget_freed_rows(engine, pipeline, raw)?;
            derive::sum_up_again(engine, chosen.model, raw, &[day])?;
            Ok(deleted)
        }
        Existing::ReplaceFile => {
            let (mut deleted, mut days) = (0, Vec::new());
            for earlier in ledger::earlier_ingests(engine, pipeline, "file", file)? {
                if let Some((first, last)) = earlier.rows {
                    let rows = Expr::col(Alias::new(ROW_ID)).between(first, last);
                    let delete = Query::delete().from_table(Alias::new(&raw.name)).and_where(rows).to_owned();
                    deleted += engine.run(&delete.into())?;
                }
                days.extend(ledger::days_of(engine, earlier.id)?);
                ledger::forget_ingest(engine, earlier.id)?;
            }
            forget_freed_rows(engine, pipeline, raw)?;
            derive::sum_up_again(engine, chosen.model, raw, &days)?;
            Ok(deleted)
        }
    }
}

/// The numbers of rows that were the last ones are given again. No earlier ingest may lay claim to them, or
/// a later --replace of it would take out rows of others.
pub(crate) fn forget_freed_rows(engine: &mut dyn Engine, pipeline: &str, raw: &Table) -> Result<()> {
    match engine.last_row(&raw.name)? {
        Some(last) => ledger::end_rows_at(engine, pipeline, last),
        None => Ok(()),
    }
}

/// Reads in one thread and writes in this one; gives what was read and the number of rows stored.
fn store(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    table: &'static flow_oa_core::Table,
    parser: Parser,
    progress: &Progress,
) -> Result<(Outcome, u64)> {
    let (sender, receiver) = sync_channel::<Load>(WAITING);
    let (target, sums) =
        (Target::of(table), chosen.model.rollups_of(table.name).map(Sums::of).collect::<Vec<_>>());
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || parser.run(&sender, progress));
        let mut stored = 0;
        // The loop ends when the parser is done, or, by dropping the receiver, makes it stop.
        let written = receiver.into_iter().try_for_each(|load| {
            progress.go_on()?;
            match load {
                Load::Raw(batch) => {
                    let count = engine.load(&target, &*batch)?;
                    stored += count;
                    progress.add_rows(count);
                    fail_point!("ingest-batch");
                }
                Load::Rollup(at, summed) => {
                    sums[at].with_target(|it| engine.load(it, &summed))?;
                    fail_point!("ingest-sums");
                }
            }
            Ok(())
        });
        let outcome = reading.join().map_err(|_| Error::Internal("the reading thread failed".into()))?;
        written.and(outcome).map(|it| (it, stored))
    })
}

/// Holds what was read against what was stored.
fn check(outcome: &Outcome, stored: u64, existing: Existing) -> Result<()> {
    if outcome.rejects.are_too_many() {
        return Err(Error::Rejected(outcome.rejects.clone()));
    }
    #[cfg(feature = "failpoints")]
    let stored = stored + crate::failpoints::surplus("ingest-rows");
    let sum = stored + outcome.rejects.count + outcome.skipped;
    if sum != outcome.read {
        return Err(Error::Internal(format!(
            "{} records were read, but {stored} stored + {} rejected + {} skipped are {sum}",
            outcome.read, outcome.rejects.count, outcome.skipped
        )));
    }
    let file = &outcome.rejects.file;
    if stored == 0 {
        return Err(Error::BadData(format!("{file}: the file holds no flows; nothing was changed")));
    }
    if let Existing::ReplaceDay(day) = existing {
        let other: u64 = outcome.days.iter().filter(|(it, _)| **it != day).map(|(_, count)| count).sum();
        if other > 0 {
            let days: Vec<String> =
                outcome.days.keys().filter(|it| **it != day).map(ToString::to_string).collect();
            return Err(Error::BadData(format!(
                "{file}: {other} of {stored} flows are of other days than {day} ({}); nothing was changed. \
                 Take them out, or use --replace, which replaces what this file gave before",
                days.join(", ")
            )));
        }
    }
    Ok(())
}

fn refuse_known(engine: &mut dyn Engine, pipeline: &str, file: &str, content: &str) -> Result<()> {
    let earlier = ledger::earlier_ingests(engine, pipeline, "content", content)?;
    match earlier.first() {
        None => Ok(()),
        Some(it) => Err(Error::BadData(format!(
            "{file}: this content was ingested before, as {} at {} UTC (ingest {}); nothing was changed. \
             --again ingests it a second time, --replace replaces what the same file name gave before",
            it.file, it.finished, it.id
        ))),
    }
}

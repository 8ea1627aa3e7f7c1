//! Ingest: loads raw files into the raw table, each file as a whole or not at all. The crate `flow-oa-raw` reads them.
//!
//! One thread reads and parses records while another writes rows, so that memory holds a few batches, whatever the size
//! of the file.
//!
//! # Decisions
//!
//! - **Raw rows are numbered by the ingest and the position in it** (64 bits) if the table does not number them itself:
//!   the rows of a file are a range, and the order of arrival is kept, so that `rank` writes the same file from either
//!   engine.
//! - **Ingest: one thread parses, one sums up and writes**, which takes about as long. They exchange batches of 16,384 typed rows or 4 MB, of which at most
//!   one waits.

mod earlier;
mod order;
mod rollup;
pub(crate) mod room;
mod sums;
pub(crate) mod writer;

use flow_oa_core::{Date, fail_point};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::Duration;

use flow_oa_schema::model::Table;
use flow_oa_schema::printable;

use crate::day::{derive, expect};
use earlier::{Known, Start};
use expect::Watch;
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_files::{FileGuard, Progress};
use flow_oa_ledger::history::{Changed, Entry, Locking, recorded};
use flow_oa_ledger::{rows, structure};
use flow_oa_raw::{Begun, DOING, Extent, Feed, Format, Load, Outcome, Parser, recognize, recognize_empty};
use flow_oa_site::deployment::{Chosen, Scope};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};
pub use order::{Existing, IngestOptions, IngestSummary};
use rollup::{Rollup, sum_up};
use writer::Writer;

/// Batches that may wait for the writer.
const WAITING: usize = 1;

/// How long the writer waits for a batch before it checks for an interrupt.
const PATIENCE: Duration = Duration::from_millis(100);

/// Ingests one file, or standard input if it is `-`, in one transaction, and records the outcome in the history. The
/// format of the file determines the pipeline within the scope.
///
/// # Errors
/// If the format is not recognized, the file cannot be read or parsed, was ingested before, or cannot be stored in the database. Then nothing but the
/// history is changed.
pub fn ingest(
    store: &mut dyn Store,
    scope: &Scope<'_>,
    file: &str,
    options: &IngestOptions,
    progress: &Progress,
) -> Result<IngestSummary> {
    ingest_as(store, scope, file, options, progress, &mut None)
}

/// As [`ingest`]. `recognized` receives the pipeline of the file as soon as it is known, even if the ingest fails then.
///
/// # Errors
/// See [`ingest`].
pub fn ingest_as<'a>(
    store: &mut dyn Store,
    scope: &Scope<'a>,
    file: &str,
    options: &IngestOptions,
    progress: &Progress,
    recognized: &mut Option<Chosen<'a>>,
) -> Result<IngestSummary> {
    let entry = Entry::of_any("ingest", scope.searched()).reads(file.to_owned());
    recorded(store, entry, |store, entry| take_in(store, scope, file, options, progress, (entry, recognized)))
}

fn take_in<'a>(
    store: &mut dyn Store,
    scope: &Scope<'a>,
    file: &str,
    options: &IngestOptions,
    progress: &Progress,
    (entry, recognized): (&mut Entry, &mut Option<Chosen<'a>>),
) -> Result<IngestSummary> {
    let start = std::time::Instant::now();
    fail_point!("ingest-start");
    let mut guard = FileGuard::new(DOING, Path::new(file));
    let (mut feed, format) = guard.checked(open(scope, file, options, progress))?;
    entry.belongs_to(format.chosen);
    *recognized = Some(format.chosen);
    let of_tables = structure::require(store, format.chosen.model)?;
    let data_folder = options.data.join(&format.chosen.model.name);
    let pipeline = &format.chosen.model.name;
    let known = guard.checked(Known::of(store, pipeline, file, &feed, options.existing, progress))?;
    let skipped = |note: String, outcome: Option<Outcome>| {
        Ok(skipped(file, format, outcome, note, of_tables.clone(), start))
    };
    let read = match known {
        Known::Nothing => None,
        Known::All(before) => return skipped(format!("ingested before, {before}: skipped"), None),
        Known::Start(read) => {
            guard = guard.that_may_grow();
            feed = Feed::open(scope, file, Extent::WholeLines, &options.read, progress)?;
            Some(read)
        }
    };
    let intake = Intake::new(store, format.chosen, file, options, progress, guard)?;
    let known_lines = read.as_ref().map_or(0, |read| read.lines);
    let parser = Parser::new(format, feed, &options.read, (&command(file), known_lines));
    let parser = match intake.guard.checked(parser.and_then(|parser| parser.begin(progress)))? {
        Begun::Records(parser) => *parser,
        Begun::Nothing(outcome) => {
            let note = without_rows(&intake, &outcome, read.as_ref())?;
            return skipped(note, Some(*outcome));
        }
    };
    progress.go_on()?;
    fail_point!("ingest-header");
    let id = entry.begin(store, Locking::Own(&data_folder))?;
    fail_point!("ingest-begun");
    in_transaction(store, Transaction::Latest, |unit| {
        unit.lock(&rows::raw_rows_of(&intake.chosen.model.name))?;
        let replaced = room::make(unit, intake.chosen, intake.raw, file, options.existing)?;
        fail_point!("ingest-room");
        let taken = intake.take(unit, parser, id, entry)?;
        intake.write_down(unit, &taken, id, entry)?;
        let Taken { outcome, stored, unmet, .. } = taken;
        fail_point!("ingest-done");
        progress.go_on()?;
        let warnings = outcome.warnings().into_iter().chain(unmet).collect();
        let (rejects, rejected) =
            (intake.rejects_path(&data_folder, &outcome.content), outcome.rejects.count);
        let rejects_file = outcome.rejects.keep(&rejects)?;
        if let Some(file) = &rejects_file {
            entry.lasts(format!("rejected records are in {}", file.display()));
        }
        fail_point!("ingest-rejects");
        Ok(IngestSummary {
            id: Some(id),
            file: file.to_owned(),
            pipeline: intake.chosen.model.name.clone(),
            table: intake.raw.name.clone(),
            read: outcome.read,
            stored,
            rejected,
            skipped: outcome.skipped,
            replaced,
            days: outcome.days.iter().map(|(day, count)| (day.to_string(), *count)).collect(),
            format: outcome.format,
            warnings,
            expectations: entry.found.expected.clone(),
            of_tables,
            rejects_file,
            note: read.map(|Start { lines, bytes, ingest }| {
                format!("continued after line {lines} (byte {bytes}), where ingest {ingest} ended")
            }),
            seconds: start.elapsed().as_secs_f64(),
        })
    })
}

/// The note about a file without rows, such as the slot of an exporter that saw no traffic.
///
/// # Errors
/// If the file should replace rows, or the program that prints it reported a problem.
fn without_rows(intake: &Intake<'_>, outcome: &Outcome, read: Option<&Start>) -> Result<String> {
    let file = &outcome.rejects.file;
    if let Some(reported) = &outcome.reported {
        return Err(Error::BadData(format!("{file}: the file holds no rows: {reported}")));
    }
    match (intake.options.existing, read) {
        (Existing::ReplaceFile | Existing::ReplaceDay(_), _) => {
            Err(Error::BadData(format!("{file}: the file holds no rows, so it replaces none")))
        }
        (Existing::Refuse | Existing::Skip | Existing::Again, Some(Start { lines, ingest, .. })) => Ok(
            format!("no complete line with a row after line {lines}, where ingest {ingest} ended: skipped"),
        ),
        (Existing::Refuse | Existing::Skip | Existing::Again, None) => {
            Ok("the file holds no rows: skipped".to_owned())
        }
    }
}

/// The summary of a file of which nothing is stored.
fn skipped(
    file: &str,
    format: Format<'_>,
    outcome: Option<Outcome>,
    note: String,
    of_tables: Vec<String>,
    start: std::time::Instant,
) -> IngestSummary {
    let (read, skipped) = outcome.map_or((0, 0), |outcome| (outcome.read, outcome.skipped));
    let table = format.chosen.model.raw_table().map(|table| table.name.clone());
    IngestSummary {
        id: None,
        file: file.to_owned(),
        pipeline: format.chosen.model.name.clone(),
        table: table.unwrap_or_default(),
        format: format.source.name.clone(),
        read,
        stored: 0,
        rejected: 0,
        skipped,
        replaced: 0,
        days: std::collections::BTreeMap::new(),
        rejects_file: None,
        note: Some(note),
        warnings: Vec::new(),
        expectations: Vec::new(),
        of_tables,
        seconds: start.elapsed().as_secs_f64(),
    }
}

/// Opens the file and recognizes its format.
fn open<'a>(
    scope: &Scope<'a>,
    file: &str,
    options: &IngestOptions,
    progress: &Progress,
) -> Result<(Feed<'a>, Format<'a>)> {
    if scope.searched().iter().all(|chosen| chosen.model.raw_table().is_none()) {
        return Err(without_raw_rows(scope.searched()));
    }
    let feed = Feed::open(scope, file, Extent::Whole, &options.read, progress);
    // Opening a pipe blocks until it has data; only then is an interrupt noticed.
    progress.go_on()?;
    fail_point!("ingest-opened");
    let mut feed = feed?;
    let format = recognize(scope, &mut feed, &options.read);
    progress.go_on()?;
    let format = format.or_else(|error| recognize_empty(scope, &mut feed, &options.read).ok_or(error))?;
    Ok((feed, format))
}

fn without_raw_rows(pipelines: &[Chosen<'_>]) -> Error {
    let names: Vec<&str> = pipelines.iter().map(|chosen| chosen.model.name.as_str()).collect();
    Error::Usage(format!(
        "the pipeline {} has no table of raw rows, so nothing can be ingested",
        names.join(", ")
    ))
}

/// The ingest of one file into the raw table.
struct Intake<'a> {
    chosen: Chosen<'a>,
    raw: &'a Table,
    table: &'static flow_oa_core::Table,
    /// The rollups that the engine keeps.
    rollups: Vec<&'a Table>,
    file: &'a str,
    options: &'a IngestOptions,
    progress: &'a Progress,
    guard: FileGuard,
}

/// What was stored of a file.
struct Taken {
    outcome: Outcome,
    stored: u64,
    /// Days that had no rows before, neither in the raw table nor in a rollup.
    new_days: BTreeSet<Date>,
    /// The numbers of the first and the last row, if the engine numbers rows.
    rows: Option<(i64, i64)>,
    /// What is expected of the rows and not met.
    unmet: Vec<String>,
}

impl<'a> Intake<'a> {
    fn new(
        session: &dyn Session,
        chosen: Chosen<'a>,
        file: &'a str,
        options: &'a IngestOptions,
        progress: &'a Progress,
        guard: FileGuard,
    ) -> Result<Self> {
        let raw = chosen.model.raw_table().ok_or_else(|| without_raw_rows(&[chosen]))?;
        let table = chosen.table(&raw.name)?;
        let dialect = session.dialect();
        let rollups = chosen.model.rollups().filter(|rollup| dialect.has(rollup)).collect();
        Ok(Self { chosen, raw, table, rollups, file, options, progress, guard })
    }

    /// Stores the file's rows, and checks the number of records read against the number of rows stored.
    fn take(&self, unit: &mut dyn Unit, parser: Parser, id: i64, entry: &mut Entry) -> Result<Taken> {
        let mut writer = Writer::new(unit, self.table, id)?;
        let mut new_days = BTreeSet::new();
        let mut watch = Watch::new(self.raw, self.file);
        let stored = self.store(unit, (&mut writer, &mut watch), parser, &mut new_days);
        fail_point!("ingest-stored");
        let (outcome, stored) = self.guard.checked(stored)?;
        entry.found.content = Some(outcome.content.clone());
        entry.found.context = outcome.bytes.map(|bytes| bytes.to_string());
        entry.found.counts = Some([outcome.read, stored, outcome.rejects.count, outcome.skipped]);
        check(&outcome, stored, self.options.existing)?;
        let days: Vec<Date> = outcome.days.keys().copied().collect();
        entry.found.expected = watch.end(unit, &days)?;
        let unmet = expect::warnings(self.file, &entry.found.expected)?;
        let rows = writer.rows(unit, stored)?;
        // The ingests that --replace removed are not listed any more; any other with this content would be stored
        // twice.
        // --replace-day needs no check: it removes every ingest with rows of the day, and the file has no other day.
        if matches!(self.options.existing, Existing::Refuse | Existing::Skip | Existing::ReplaceFile) {
            room::refuse_known(unit, &self.chosen.model.name, self.file, &outcome.content)?;
        }
        Ok(Taken { outcome, stored, new_days, rows, unmet })
    }

    /// Parses in one thread and writes in this thread. Returns what was read and the number of rows stored.
    fn store(
        &self,
        unit: &mut dyn Unit,
        (writer, watch): (&mut Writer, &mut Watch<'_>),
        parser: Parser,
        new_days: &mut BTreeSet<Date>,
    ) -> Result<(Outcome, u64)> {
        let (sender, receiver) = sync_channel::<Load>(WAITING);
        let rollups = self.rollups.iter().map(|rollup| Rollup::new(rollup, self.raw));
        let mut rollups = rollups.collect::<Result<Vec<_>>>()?;
        let name = printable::in_line(self.file);
        let reading = {
            let progress = self.progress.clone();
            std::thread::spawn(move || parser.run(&sender, &progress))
        };
        let mut stored = 0;
        // The loop ends when the parser is done. On an early return, the dropped receiver makes the parser stop.
        loop {
            let load = receiver.recv_timeout(PATIENCE);
            // The user can interrupt a wait for a pipe that has no data: on an interrupt, the parser thread is not
            // joined.
            self.progress.go_on()?;
            match load {
                Ok(Load::Days(days)) => {
                    for day in days {
                        if derive::is_new(unit, self.raw, &self.rollups, day)? {
                            new_days.insert(day);
                        }
                    }
                }
                Ok(Load::Raw { rows, lines }) => {
                    watch.see(&*rows, &lines);
                    sum_up(&mut rollups, &*rows, &name)?;
                    let count = writer.write(unit, rows)?;
                    stored += count;
                    self.progress.add_rows(count);
                    fail_point!("ingest-batch");
                    rollups.iter_mut().try_for_each(|rollup| rollup.make_room(unit))?;
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let outcome = reading.join().map_err(|_| Error::Internal("the reading thread failed".into()))??;
        rollups.into_iter().try_for_each(|rollup| rollup.end(unit))?;
        Ok((outcome, stored))
    }

    /// Records which rows came from the file, and that the ingest is done.
    fn write_down(&self, unit: &mut dyn Unit, taken: &Taken, id: i64, entry: &mut Entry) -> Result<()> {
        let Taken { outcome, stored, new_days, rows, .. } = taken;
        let days: Vec<(Date, u64)> = outcome.days.iter().map(|(day, count)| (*day, *count)).collect();
        let (pipeline, content, format) = (&self.chosen.model.name, &outcome.content, &outcome.format);
        let complete: Vec<_> = days
            .iter()
            .map(|(day, _)| {
                let is_new = new_days.contains(day);
                derive::complete_with_file(unit, self.chosen.model, self.raw, *day, is_new)
            })
            .collect::<Result<_>>()?;
        let ingest = rows::Ingest {
            id,
            pipeline,
            file: self.file,
            content,
            format,
            stored: *stored,
            rows: *rows,
            days: &days,
        };
        rows::record_ingest(unit, &ingest)?;
        fail_point!("ingest-recorded");
        for ((day, _), rollups) in days.iter().zip(&complete) {
            derive::mark(unit, self.chosen.model, self.raw, rollups, *day)?;
        }
        fail_point!("ingest-marked");
        entry.found.changed = days.iter().map(|(day, stored)| changed(self.raw, *day, *stored)).collect();
        entry.done(unit)
    }

    /// The path is built from the file's name and its content, since files of several exporters often have the same
    /// name.
    fn rejects_path(&self, data_folder: &Path, content: &str) -> PathBuf {
        let name = Path::new(self.file).file_name().filter(|_| self.file != "-");
        let name = name.map_or("stdin".into(), |it| it.to_string_lossy());
        let content = content.get(..8).unwrap_or(content);
        data_folder.join("rejects").join(format!("{name}.{content}.rejects.csv"))
    }
}

fn changed(raw: &Table, day: Date, stored: u64) -> Changed {
    Changed { table: raw.name.clone(), day: day.to_string(), stored, removed: 0, seconds: None }
}

fn command(file: &str) -> String {
    let quoted = file.replace('\'', r"'\''");
    let plain = file.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+".contains(&byte));
    if plain { format!("flow-oa ingest {file}") } else { format!("flow-oa ingest '{quoted}'") }
}

/// Checks the number of records read against the number of rows stored.
fn check(outcome: &Outcome, stored: u64, existing: Existing) -> Result<()> {
    outcome.rejects.require_few()?;
    let stored = stored + flow_oa_core::failpoints::surplus("ingest-rows");
    let sum = stored + outcome.rejects.count + outcome.skipped;
    if sum != outcome.read {
        return Err(Error::Internal(format!(
            "{} records were read, but {stored} stored + {} rejected + {} skipped are {sum}",
            outcome.read, outcome.rejects.count, outcome.skipped
        )));
    }
    let file = &outcome.rejects.file;
    if stored == 0 {
        return Err(Error::BadData(format!("{file}: the file holds no rows")));
    }
    if let Existing::ReplaceDay(day) = existing {
        let other: u64 = outcome.days.iter().filter(|(key, _)| **key != day).map(|(_, count)| count).sum();
        if other > 0 {
            let days: Vec<String> =
                outcome.days.keys().filter(|key| **key != day).map(ToString::to_string).collect();
            return Err(Error::BadData(format!(
                "{file}: {other} of {stored} rows are of other days than {day} ({}). \
                 Remove them, or use --replace, which replaces what this file gave before",
                days.join(", ")
            )));
        }
    }
    Ok(())
}

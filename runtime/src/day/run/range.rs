//! Several days, one after the other. Each is stored as a whole, and days that would not change are skipped, so that
//! the same command continues where it stopped.

use flow_oa_core::{Date, Exit};

use super::dry::{DryRun, dry_run_of};
use super::{Clock, RunJob, RunSummary, inputs, store_day};
use flow_oa_engine::Store;
use flow_oa_files::Progress;
use flow_oa_ledger::history::recorded;
use flow_oa_site::downloads::{Downloader, Found};
use flow_oa_site::{Error, Result};

/// The days of a range, and what to do with them.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Copy)]
pub struct Range {
    pub from: Date,
    pub to: Date,
    pub mode: Mode,
}

/// What to do with a day that has results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Run it if anything changed since its last successful run.
    IfChanged,
    /// Run it in any case.
    Always,
    /// As [`Mode::IfChanged`], as a dry run.
    Dry,
    /// As [`Mode::Always`], as a dry run.
    DryAlways,
}

/// The outcome of a day.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, serde::Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// The day was run.
    Done { summary: Box<RunSummary> },
    /// The day was run as a dry run.
    DryRun { summary: Box<DryRun> },
    /// Nothing changed since the last successful run.
    Unchanged {
        /// The number of that run.
        run: i64,
    },
    /// The default limit would leave fewer rows than the day has.
    Refused {
        /// What was found, and what to do.
        error: String,
        /// The exit code that a run of this day alone would have.
        exit_code: Exit,
    },
    /// The day has no results.
    NoResults {
        /// Where the results were expected.
        results: String,
    },
}

/// A day and its outcome.
#[derive(Debug, serde::Serialize)]
pub struct DayOutcome {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The outcome.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// The outcome of a range.
#[derive(Debug)]
pub struct RangeDone {
    /// The days that were processed, in order.
    pub days: Vec<DayOutcome>,
    /// The day that failed, and why.
    pub stopped: Option<(Date, Error)>,
}

/// Runs the days of a range in order, and stops at the first that fails. A day without results, or one that a default
/// limit would shrink, is skipped.
/// `seen` is called with each day when it is done. The day in the job's options is ignored.
///
/// # Errors
/// If the range has no day. The error of a day is part of the result, next to the days that are done.
pub fn run_range(
    store: &mut dyn Store,
    job: &RunJob<'_>,
    range: Range,
    progress: &Progress,
    seen: &mut dyn FnMut(&DayOutcome),
) -> Result<RangeDone> {
    if range.to < range.from {
        return Err(Error::Usage(format!(
            "--to-date {} is before --from-date {}: no day is meant",
            range.to, range.from
        )));
    }
    let mut done = RangeDone { days: Vec::new(), stopped: None };
    let mut downloader = Downloader::new(job.settings, progress);
    let mut next = Some(range.from);
    while let Some(day) = next.filter(|next| *next <= range.to) {
        let attempt = one(store, &job.of_day(day), range.mode, &mut downloader, progress);
        match attempt.or_else(refused) {
            Ok(outcome) => {
                let outcome = DayOutcome { day: day.to_string(), outcome };
                seen(&outcome);
                done.days.push(outcome);
            }
            Err(error) => {
                done.stopped = Some((day, error));
                break;
            }
        }
        next = day.tomorrow().ok();
    }
    Ok(done)
}

/// The outcome of a day that failed, if the days after it can still be run.
fn refused(error: Error) -> Result<Outcome> {
    if matches!(error.cause(), Error::Shrinks(_)) {
        return Ok(Outcome::Refused { error: error.to_string(), exit_code: error.exit_code() });
    }
    Err(error)
}

fn one(
    store: &mut dyn Store,
    job: &RunJob<'_>,
    mode: Mode,
    downloader: &mut Downloader<'_>,
    progress: &Progress,
) -> Result<Outcome> {
    progress.go_on()?;
    if !matches!(mode, Mode::Dry | Mode::DryAlways) {
        job.rank_first(store, progress)?;
    }
    let if_changed = matches!(mode, Mode::IfChanged | Mode::Dry);
    let is_dry = matches!(mode, Mode::Dry | Mode::DryAlways);
    let mut clock = Clock::new();
    let mut attempt = |store: &mut dyn Store, entry: &mut _| {
        let Found::Input(input) = job.find_results(downloader)? else {
            return Ok(Outcome::NoResults { results: job.results().to_string() });
        };
        clock.fetched(&input);
        let mut read = inputs::read(store, job, input, downloader)?;
        clock.done("read results");
        if if_changed && let Some(run) = read.unchanged_since(store, job)? {
            return Ok(Outcome::Unchanged { run });
        }
        read.require_meant(store, job)?;
        if is_dry {
            let summary = Box::new(dry_run_of(store, job, read, progress)?);
            return Ok(Outcome::DryRun { summary });
        }
        let summary = Box::new(store_day(store, job, read, entry, &mut clock, progress)?);
        Ok(Outcome::Done { summary })
    };
    if is_dry { attempt(store, &mut job.entry()) } else { recorded(store, job.entry(), attempt) }
}

//! Several days, one after the other: each as a whole, and those that would not change left alone, so that the
//! same command again goes on where it stopped.

use flow_oa_core::Date;

use super::dry::{DryRun, rehearse};
use super::{Clock, Job, Summary, inputs, store};
use crate::error::{Error, Result};
use crate::ledger::history::recorded;
use crate::site::downloads::{Downloader, Found};
use flow_oa_engine::Engine;
use flow_oa_files::Progress;

/// The days of a range, and what is to be done with them.
#[derive(Debug, Clone, Copy)]
pub struct Range {
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// What is done with each.
    pub mode: Mode,
}

/// What is done with a day that has results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is run if anything changed since its last good run.
    IfChanged,
    /// It is run.
    Always,
    /// As [`Mode::IfChanged`], but nothing lasts.
    Dry,
    /// As [`Mode::Always`], but nothing lasts.
    DryAlways,
}

/// What became of a day.
#[derive(Debug, serde::Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Outcome {
    /// It was run.
    Done {
        /// What was done.
        summary: Box<Summary>,
    },
    /// It would be run.
    DryRun {
        /// What would be done.
        summary: Box<DryRun>,
    },
    /// Nothing changed since its last good run.
    Unchanged {
        /// The number of that run.
        run: i64,
    },
    /// The default limit would leave fewer rows than it has.
    Refused {
        /// What was found, and what to do.
        error: String,
        /// The exit code of a run of this day alone.
        exit_code: u8,
    },
    /// It has no results.
    NoResults {
        /// Where they would be.
        results: String,
    },
}

/// A day and what became of it.
#[derive(Debug, serde::Serialize)]
pub struct DayOutcome {
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// What became of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// What became of a range.
#[derive(Debug)]
pub struct RangeDone {
    /// The days that were dealt with, in order.
    pub days: Vec<DayOutcome>,
    /// The day at which it stopped, and why.
    pub stopped: Option<(Date, Error)>,
}

/// Runs the days of a range in order, and stops at the first that fails; a day without results, or that a default limit
/// would shrink, is passed over.
/// `seen` is shown each day when it is done. The day in the job's options counts for nothing.
///
/// # Errors
/// Where the range has no day. What stops a day is in the result, beside the days that are done.
pub fn run_range(
    engine: &mut dyn Engine,
    job: &Job<'_>,
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
    while let Some(day) = next.filter(|it| *it <= range.to) {
        let attempt = one(engine, &job.of_day(day), range.mode, &mut downloader, progress);
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

/// What becomes of a day that failed, where the days after it can be run all the same.
fn refused(error: Error) -> Result<Outcome> {
    if matches!(error.cause(), Error::Shrinks(_)) {
        return Ok(Outcome::Refused { error: error.to_string(), exit_code: error.exit_code() });
    }
    Err(error)
}

fn one(
    engine: &mut dyn Engine,
    job: &Job<'_>,
    mode: Mode,
    downloader: &mut Downloader<'_>,
    progress: &Progress,
) -> Result<Outcome> {
    progress.go_on()?;
    let if_changed = matches!(mode, Mode::IfChanged | Mode::Dry);
    let is_dry = matches!(mode, Mode::Dry | Mode::DryAlways);
    let mut clock = Clock::new();
    let mut attempt = |engine: &mut dyn Engine, entry: &mut _| {
        let Found::Input(input) = job.find_results(downloader)? else {
            return Ok(Outcome::NoResults { results: job.results().to_string() });
        };
        clock.fetched(&input);
        let mut read = inputs::read(engine, job, input, downloader)?;
        clock.done("read results");
        if if_changed && let Some(run) = read.unchanged_since(engine, job)? {
            return Ok(Outcome::Unchanged { run });
        }
        read.require_meant(engine, job)?;
        if is_dry {
            let summary = Box::new(rehearse(engine, job, read, progress)?);
            return Ok(Outcome::DryRun { summary });
        }
        let summary = Box::new(store(engine, job, read, entry, &mut clock, progress)?);
        Ok(Outcome::Done { summary })
    };
    if is_dry { attempt(engine, &mut job.entry()) } else { recorded(engine, job.entry(), attempt) }
}

//! The report of a range of days: which days were run, which were skipped, and which error stopped the range.

use flow_oa_core::Exit;
use flow_oa_runtime::day::metrics::Metrics;
use flow_oa_runtime::day::run::{DayOutcome, Outcome, Range, RangeDone};
use flow_oa_site::Error;
use jiff::civil::Date;
use serde_json::json;

use super::text;
use crate::global::Global;
use crate::report::{Report, json};

/// The number of days by outcome.
#[derive(Default)]
struct Counts {
    run: u64,
    unchanged: u64,
    absent: u64,
    refused: u64,
}

/// The report of a range: the outcome of each day, the completed days and the error if the range stopped, and the exit
/// code.
pub(super) fn report(done: &RangeDone, range: Range, global: &Global, metrics: &mut Metrics) -> Report {
    let (mut report, mut counts) = (Report::default(), Counts::default());
    for it in &done.days {
        add(it, &mut counts, &mut report, global);
    }
    let (from, to) = (range.from.to_string(), range.to.to_string());
    let what = if report.is_product { "would be run" } else { "run" };
    let Counts { run, unchanged, absent, refused } = counts;
    let refused = if refused == 0 { String::new() } else { format!(", {refused} refused") };
    report.text.push_str(&format!(
        "{from} to {to}: {run} {what}, {unchanged} unchanged, {absent} without results{refused}\n"
    ));
    report.json = json!({"from": from, "to": to, "days": json(&done.days)});
    if let Some((day, error)) = &done.stopped {
        stopped(done, *day, error, &mut report);
        metrics.add_failed(&day.to_string(), error);
    }
    report
}

/// Adds a day to the report. A refused day takes precedence in the exit code over a day without results, which may be
/// expected.
fn add(day: &DayOutcome, counts: &mut Counts, report: &mut Report, global: &Global) {
    let noted = |warnings: &[String]| -> Vec<String> {
        warnings.iter().map(|warning| format!("{}: {warning}", day.day)).collect()
    };
    match &day.outcome {
        Outcome::Done { summary } => {
            counts.run += 1;
            report.notes.extend(noted(&summary.warnings));
        }
        Outcome::DryRun { summary } => {
            counts.run += 1;
            report.text.push_str(&text::dry(summary));
            report.is_product = true;
            report.notes.extend(noted(&summary.warnings));
        }
        Outcome::Unchanged { .. } => counts.unchanged += 1,
        Outcome::NoResults { .. } => {
            counts.absent += 1;
            if counts.refused == 0 {
                report.exit = Exit::NoInput;
            }
            // Unless output is quiet, the line was printed already when the day ended.
            report.notes.extend(global.quiet.then(|| text::day(day)));
        }
        Outcome::Refused { exit_code, .. } => {
            counts.refused += 1;
            report.exit = *exit_code;
            report.notes.extend(global.quiet.then(|| text::day(day)));
        }
    }
}

/// Reports the completed days, and the error that stopped the range.
fn stopped(done: &RangeDone, day: Date, error: &Error, report: &mut Report) {
    let is_done = |outcome: &Outcome| matches!(outcome, Outcome::Done { .. } | Outcome::Unchanged { .. });
    let days: Vec<&str> =
        done.days.iter().filter(|day| is_done(&day.outcome)).map(|it| it.day.as_str()).collect();
    report.stopped(&days, day, &day.to_string(), error);
}

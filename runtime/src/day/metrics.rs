//! Metrics of the last command as a text file for Prometheus. Its node exporter reads such files, so that an operator
//! is notified by existing monitoring.
//!
//! The format is that of <https://prometheus.io/docs/instrumenting/exposition_formats/>: a HELP and a TYPE line for
//! each metric, then its samples.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::Path;

use crate::day::ingest;
use crate::day::run::{self, DayOutcome, Outcome};
use flow_oa_files::FileError;
use flow_oa_files::atomic::write_whole;
use flow_oa_site::{Error, Expected, Result};

/// A metric: its name after the prefix of the command, its description, and its samples.
struct Family {
    name: &'static str,
    help: &'static str,
    samples: Vec<(String, f64)>,
}

/// The metrics of one command.
pub struct Metrics {
    command: &'static str,
    pipeline: String,
    families: Vec<Family>,
}

/// Labels and their values.
type Labels<'a> = [(&'a str, &'a str)];

impl Metrics {
    /// Empty metrics of a `run` or an `ingest` of a pipeline.
    pub fn new(command: &'static str, pipeline: &str) -> Self {
        Self { command, pipeline: pipeline.to_owned(), families: Vec::new() }
    }

    /// Adds a successful run.
    pub fn add_run(&mut self, summary: &run::RunSummary) {
        let day = ("date", summary.day.as_str());
        self.counts([summary.read, summary.stored, summary.rejected, summary.skipped], &[day]);
        for it in &summary.tables {
            self.add(ROWS, &[day, ("table", &it.table)], it.rows as f64);
        }
        for it in &summary.steps {
            let table = it.table.as_deref().unwrap_or_default();
            self.add(STEPS, &[day, ("step", it.step), ("table", table)], it.seconds);
        }
        self.add_expected(&summary.expectations, &[day]);
        self.add_end(&summary.day, true);
    }

    /// Adds what came of expectations, the counts of several files together.
    pub fn add_expected<'a>(
        &mut self,
        expected: impl IntoIterator<Item = &'a Expected>,
        labels: &Labels<'_>,
    ) {
        let mut counts: BTreeMap<[&str; 4], (u64, u64, bool)> = BTreeMap::new();
        for it in expected {
            let name = [it.table.as_str(), &it.column, &it.rule, it.otherwise.name()];
            let (checked, violated, is_met) = counts.entry(name).or_insert((0, 0, true));
            *checked += it.checked;
            *violated += it.violated;
            *is_met &= it.is_met;
        }
        for ([table, column, rule, otherwise], (checked, violated, is_met)) in counts {
            let own = [("table", table), ("column", column), ("rule", rule), ("or", otherwise)];
            let labels: Vec<_> = labels.iter().chain(&own).copied().collect();
            self.add(CHECKED, &labels, checked as f64);
            self.add(VIOLATED, &labels, violated as f64);
            self.add(MET, &labels, f64::from(u8::from(is_met)));
        }
    }

    /// Adds a day of a range.
    pub fn add_day(&mut self, day: &DayOutcome) {
        match &day.outcome {
            Outcome::Done { summary } => self.add_run(summary),
            Outcome::Unchanged { .. } => self.add_end(&day.day, true),
            Outcome::NoResults { .. } | Outcome::Refused { .. } => self.add_end(&day.day, false),
            Outcome::DryRun { .. } => {}
        }
    }

    /// Adds the ingest of a command's files into the raw table of the pipeline; `failed` is the error of the file of
    /// the pipeline that failed.
    pub fn add_ingests(&mut self, table: &str, summaries: &[&ingest::IngestSummary], failed: Option<&Error>) {
        let sum = |of: fn(&ingest::IngestSummary) -> u64| summaries.iter().map(|summary| of(summary)).sum();
        self.counts(
            [
                sum(|summary| summary.read),
                sum(|summary| summary.stored),
                sum(|summary| summary.rejected),
                sum(|summary| summary.skipped),
            ],
            &[],
        );
        let of_stored = summaries.iter().flat_map(|summary| &summary.expectations);
        self.add_expected(of_stored.chain(failed.into_iter().flat_map(Error::expected)), &[]);
        let mut days = BTreeMap::new();
        for (day, rows) in summaries.iter().flat_map(|summary| &summary.days) {
            *days.entry(day).or_insert(0) += rows;
        }
        for (day, rows) in days {
            self.add(ROWS, &[("date", day), ("table", table)], rows as f64);
        }
        let seconds: f64 = summaries.iter().map(|summary| summary.seconds).sum();
        self.add(STEPS, &[("step", "ingest"), ("table", table)], seconds);
        self.end(&[], failed.is_none());
    }

    /// The same metrics, to which those of another pipeline are added.
    #[must_use]
    pub fn of(self, pipeline: &str) -> Self {
        Self { pipeline: pipeline.to_owned(), ..self }
    }

    /// Adds the run of a day that failed.
    pub fn add_failed(&mut self, day: &str, error: &Error) {
        self.add_expected(error.expected(), &[("date", day)]);
        self.add_end(day, false);
    }

    /// Adds the outcome of the run of a day.
    pub fn add_end(&mut self, day: &str, is_done: bool) {
        self.end(&[("date", day)], is_done);
    }

    fn end(&mut self, labels: &Labels<'_>, is_done: bool) {
        self.add(SUCCESS, labels, f64::from(u8::from(is_done)));
        self.add(TIMESTAMP, labels, jiff::Timestamp::now().as_second() as f64);
    }

    fn counts(&mut self, counts: [u64; 4], labels: &Labels<'_>) {
        for (figure, count) in [READ, STORED, REJECTED, SKIPPED].into_iter().zip(counts) {
            self.add(figure, labels, count as f64);
        }
    }

    fn add(&mut self, (name, help): (&'static str, &'static str), labels: &Labels<'_>, value: f64) {
        let mut text = format!("pipeline=\"{}\"", escaped(&self.pipeline));
        for (label, value) in labels {
            let _ = write!(text, ",{label}=\"{}\"", escaped(value));
        }
        match self.families.iter_mut().find(|family| family.name == name) {
            Some(family) => family.samples.push((text, value)),
            None => self.families.push(Family { name, help, samples: vec![(text, value)] }),
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for it in &self.families {
            let name = format!("flow_oa_{}_{}", self.command, it.name);
            let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} gauge", it.help);
            for (labels, value) in &it.samples {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
        text
    }

    /// Writes the file, whole or not at all. Never overwrites a file that holds anything but metrics.
    ///
    /// # Errors
    /// If the existing file is not a metrics file, or the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let written = require_figures(path)
            .map_err(|error| FileError::Write { path: path.to_owned(), error })
            .and_then(|()| write_whole(path, |out| out.write_all(self.text().as_bytes())));
        written.map_err(|error| match error {
            FileError::Write { path, error } => {
                let said =
                    format!("{error}; the work itself ended as reported, only its figures were not written");
                Error::unwritten(path, std::io::Error::new(error.kind(), said))
            }
            other => other.into(),
        })
    }
}

/// Refuses a file that does not begin as [`Metrics::text`] does.
fn require_figures(path: &Path) -> std::io::Result<()> {
    if !path.is_file() {
        return Ok(());
    }
    let mut start = Vec::new();
    std::fs::File::open(path)?.take(BEGINNING.len() as u64).read_to_end(&mut start)?;
    if start.is_empty() || start == BEGINNING {
        return Ok(());
    }
    Err(std::io::Error::new(
        std::io::ErrorKind::AlreadyExists,
        "it exists and does not hold figures of flow-oa; name another file, or remove this one",
    ))
}

/// The first bytes of every metrics file.
const BEGINNING: &[u8] = b"# HELP flow_oa_";

type Figure = (&'static str, &'static str);
const READ: Figure = ("records_read", "Records read: stored, rejected and skipped ones.");
const STORED: Figure = ("records_stored", "Records stored.");
const REJECTED: Figure = ("records_rejected", "Records that could not be read.");
const SKIPPED: Figure =
    ("records_skipped", "Blank lines, comments, headers, trailers and records that the format leaves out.");
const CHECKED: Figure = ("expectation_rows", "Rows for which an expectation of a column was checked.");
const VIOLATED: Figure = ("expectation_violations", "Rows that violate an expectation of a column.");
const MET: Figure = ("expectation_met", "Whether an expectation of a column is met (1) or not (0).");
const ROWS: Figure = ("table_rows", "Rows stored in a table for a day.");
const STEPS: Figure = ("step_seconds", "Seconds that a step took.");
const SUCCESS: Figure = ("success", "Whether it did what it was to do (1) or not (0).");
const TIMESTAMP: Figure = ("timestamp_seconds", "When it ended, in seconds since 1970.");

/// The value of a label, escaped for use between quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_figure_has_its_meaning_once_and_labels_are_escaped() {
        let mut metrics = Metrics::new("run", "a\"b\\c\nd");
        metrics.add_end("2016-07-08", true);
        metrics.add_end("2016-07-09", false);
        let text = metrics.text();
        assert_eq!(text.matches("# TYPE flow_oa_run_success gauge\n").count(), 1);
        assert!(
            text.contains("flow_oa_run_success{pipeline=\"a\\\"b\\\\c\\nd\",date=\"2016-07-09\"} 0\n"),
            "{text}"
        );
        assert!(text.lines().all(|line| line.starts_with('#') || line.starts_with("flow_oa_run_")), "{text}");
    }
}

//! The output of a run for people.

use std::fmt::Write as _;

use flow_oa_runtime::day::run::{DayOutcome, DryRun, Outcome, RunSummary, Shown};
use flow_oa_schema::printable;
use flow_oa_site::notebooks::State;
use serde_json::Value;

use crate::show::{count, plural, seconds, table};

pub(crate) fn text(summary: &RunSummary) -> String {
    let mut text = format!("{} of {}, from {}\n", summary.pipeline, summary.day, summary.results);
    let rows = summary
        .tables
        .iter()
        .map(|table| vec![table.table.clone(), count(table.rows), count(table.replaced)]);
    text.push_str(&table(&["table", "#rows", "#replaced"], rows));
    let _ = writeln!(
        text,
        "results    {} read = {} stored + {} rejected + {} skipped; {} addresses looked up",
        count(summary.read),
        count(summary.stored),
        count(summary.rejected),
        count(summary.skipped),
        count(summary.addresses as u64)
    );
    let _ = writeln!(text, "database   {}", summary.database);
    let _ = writeln!(text, "scores     {}", printable::path(&summary.scores_file));
    if let Some(path) = &summary.rejects_file {
        let _ = writeln!(text, "rejected   {}", printable::path(path));
    }
    for notebook in &summary.notebooks {
        let state = match notebook.state {
            State::Written => "",
            State::Unchanged => "  (unchanged)",
            State::Renewed => "  (renewed from a newer template)",
            State::KeptEdited => "  (edited, so it was kept)",
            State::WrittenBeside => "  (the newer one, beside the edited one)",
        };
        let _ = writeln!(text, "notebook   {}{state}", printable::path(&notebook.path));
    }
    let steps: Vec<String> =
        summary.steps.iter().map(|step| format!("{} {}", step.step, seconds(step.seconds))).collect();
    let total = summary.steps.iter().map(|it| it.seconds).sum();
    let _ = writeln!(text, "time       {} = {}", seconds(total), steps.join(" + "));
    text
}

/// The report of a dry run: the statements, then the row counts.
pub(super) fn dry(run: &DryRun) -> String {
    let mut text = String::new();
    for it in &run.statements {
        statement(&mut text, it);
    }
    let rows =
        run.tables.iter().map(|table| vec![table.table.clone(), count(table.rows), count(table.replaced)]);
    let _ = writeln!(
        text,
        "\n{} of {}, from {}: nothing was changed; a run would give",
        run.pipeline, run.day, run.results
    );
    text.push_str(&table(&["table", "#rows", "#replaced"], rows));
    let _ = writeln!(
        text,
        "results    {} read = {} stored + {} rejected + {} skipped",
        count(run.read),
        count(run.stored),
        count(run.rejected),
        count(run.skipped)
    );
    text
}

/// A statement, with its values in comments below it, so that the result is valid SQL.
fn statement(text: &mut String, it: &Shown) {
    let _ = writeln!(text, "{};", it.sql.trim_end().trim_end_matches(';'));
    if !it.values.is_empty() {
        let _ = writeln!(text, "-- values: {}", values(&it.values));
    }
    for (at, row) in it.rows.iter().enumerate() {
        let _ = writeln!(text, "-- row {}: {}", at + 1, values(row));
    }
}

fn values(values: &[Value]) -> String {
    values.iter().map(literal).collect::<Vec<_>>().join(", ")
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        // A line break would end the comment.
        Value::String(text) => {
            format!("'{}'", text.replace('\'', "''").replace('\n', "\\n").replace('\r', "\\r"))
        }
        other => other.to_string(),
    }
}

/// One line about a day of a range.
pub(super) fn day(day: &DayOutcome) -> String {
    let what = match &day.outcome {
        Outcome::Done { summary } => {
            format!(
                "done (run {}), {}",
                summary.id,
                plural(summary.stored, "row of scores", "rows of scores")
            )
        }
        Outcome::DryRun { summary } => {
            format!("would be run, {}", plural(summary.stored, "row of scores", "rows of scores"))
        }
        Outcome::Unchanged { run } => {
            format!("skipped: nothing changed since run {run}; --force runs it all the same")
        }
        Outcome::Refused { error, .. } => format!("refused: {error}"),
        Outcome::NoResults { results } => format!("skipped: there are no results in {results}"),
    };
    format!("{}: {what}", day.day)
}

//! `flow-oa history`: lists the changes of the database, and the days that should be run again.

use std::fmt::Write as _;

use flow_oa_ledger::history::{Filter, Record, Stale, Status, list, stale};
use flow_oa_ledger::structure;
use flow_oa_site::engines;
use jiff::civil::Date;
use serde_json::json;

use crate::global::{Site, date};
use crate::report::{Done, Report};
use crate::show::{count, plural, seconds, table};

/// Show the commands that changed the database, newest first, and the days whose raw rows changed after their last run
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Only this pipeline [default: `pipeline` in the settings, else all]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Only entries of this day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Option<Date>,
    /// Only the newest N entries
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    last: u64,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let settings = arguments.site.settings(None)?;
    engines::require_there(&settings.database, &settings.home)?;
    let mut opened = arguments.site.open(None)?;
    structure::require_own(&mut *opened.store)?;
    let mut pipeline = arguments.pipeline.as_deref();
    if pipeline.is_some() || settings.pipeline.is_some() {
        pipeline = Some(&opened.deployment.choose_for(pipeline, &settings)?.model.name);
    }
    let filter = Filter { pipeline, day: arguments.date, last: Some(arguments.last) };
    let entries = list(&mut *opened.store, &filter)?;
    let stale = stale(&mut *opened.store, &filter)?;
    let text = text(&entries, &stale);
    let json = json!({"entries": entries, "stale": stale});
    Ok(Report { text, json, is_product: true, ..Report::default() })
}

fn text(entries: &[Record], stale: &[Stale]) -> String {
    let mut text = if entries.is_empty() {
        "no entries\n".to_owned()
    } else {
        let headings = [
            "#id",
            "command",
            "pipeline",
            "day",
            "#limit",
            "status",
            "started (UTC)",
            "#time",
            "#read",
            "#stored",
            "#rejected",
            "#skipped",
            "file or fault",
        ];
        table(&headings, entries.iter().map(line))
    };
    for entry in entries {
        for it in entry.expectations.iter().filter(|it| it.outcome != "met") {
            let _ = writeln!(
                text,
                "{} {} {}: {}.{}: expected {}; {} of {} rows are not so",
                entry.command, entry.id, it.outcome, it.table, it.column, it.rule, it.violated, it.checked
            );
        }
    }
    for it in stale {
        let since = match &it.arrived {
            Some(time) => format!("raw rows were added or removed since, the newest at {time} UTC"),
            None => "its raw rows were removed since".to_owned(),
        };
        // Without the limit of that run, the day might have fewer rows.
        let limit = it.limit.map(|limit| format!(" -l {limit}")).unwrap_or_default();
        // What was ranked is ranked again, since the rank of a row depends on all rows of the day.
        let rank = if it.is_ranked { " --rank" } else { "" };
        let _ = writeln!(
            text,
            "stale: {} of {}: its last good run is {}, but {since}; update it with `flow-oa run -t {0} -d {1}{limit}{rank}`",
            it.pipeline, it.day, it.run
        );
    }
    text
}

fn line(entry: &Record) -> Vec<String> {
    let number =
        |value: Option<i64>| value.and_then(|value| u64::try_from(value).ok()).map(count).unwrap_or_default();
    let status = match entry.status {
        Status::Running => "running",
        Status::Done => "done",
        Status::Failed => "failed",
        Status::Killed => "killed",
    };
    vec![
        entry.id.to_string(),
        entry.command.clone(),
        entry.pipeline.clone(),
        day(entry),
        number(entry.limit),
        status.to_owned(),
        entry.started.clone(),
        entry.seconds.map(seconds).unwrap_or_default(),
        number(entry.read),
        number(entry.stored),
        number(entry.rejected),
        number(entry.skipped),
        what(entry),
    ]
}

/// The day of a run, or the days of an ingest or a purge.
fn day(entry: &Record) -> String {
    let days: std::collections::BTreeSet<&str> = entry.tables.iter().map(|it| it.day.as_str()).collect();
    match (&entry.day, entry.command.as_str(), days.first()) {
        (Some(day), "purge", _) => format!("before {day}"),
        (Some(day), ..) => day.clone(),
        (None, _, Some(first)) if days.len() == 1 => (*first).to_owned(),
        (None, _, Some(first)) => format!("{first} and {}", plural(days.len() as u64 - 1, "more", "more")),
        (None, _, None) => String::new(),
    }
}

/// The first line of the error, else the input or output, or the number of deleted rows.
fn what(entry: &Record) -> String {
    const LONGEST: usize = 80;
    let removed: i64 = entry.tables.iter().map(|it| it.removed).sum();
    let text = match (&entry.message, entry.command.as_str()) {
        (Some(message), _) => message.lines().next().unwrap_or_default().to_owned(),
        (None, "purge") => plural(u64::try_from(removed).unwrap_or_default(), "row deleted", "rows deleted"),
        (None, _) => entry.output.clone().or(entry.input.clone()).unwrap_or_default(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

//! Checks the context: the format and the age of every file, and how many addresses of the last day it knows.

use std::collections::BTreeSet;

use flow_oa_core::{Answers, Asked, Contexts, Exit, Text};
use flow_oa_schema::types::ColumnType;
use jiff::Timestamp;
use sea_query::{Alias, Query, Value};

use super::{Check, Examination, State, shown};
use crate::day::derive;
use flow_oa_context::{self as context, Reviewed};
use flow_oa_engine::Session;
use flow_oa_files::Progress;
use flow_oa_ledger::history::{self, Filter, Status};
use flow_oa_site::Result;
use flow_oa_site::deployment::Settings;
use flow_oa_site::downloads::{Age, LocalContext};

/// The maximum number of findings that are shown for a file.
const LISTED: usize = 3;

const DAY: i64 = 24 * 60 * 60;

/// Checks the format of every file.
///
/// # Errors
/// Only an interrupt.
pub(super) fn files(context: &LocalContext, settings: &Settings, progress: &Progress) -> Result<Vec<Check>> {
    let mut checks = Vec::new();
    let missing = context.files.not_configured();
    if !missing.is_empty() {
        checks.push(Check::good("context", format!("not configured: {}", missing.join(", "))));
    }
    let reviewed = flow_oa_site::review_local(context, progress)?;
    checks.extend(reviewed.iter().map(|review| file(review, context, settings)));
    Ok(checks)
}

fn file(reviewed: &Reviewed, context: &LocalContext, settings: &Settings) -> Check {
    let state = match (reviewed.faults, reviewed.warnings) {
        (0, 0) => State::Good,
        (0, _) => State::Warning,
        _ => State::Fault,
    };
    let path = shown(context, &reviewed.path);
    let unit = if reviewed.entries == 1 { "entry" } else { "entries" };
    let mut found =
        format!("{}, {} {unit}{}", reviewed.what, reviewed.entries, age(context.age_of(&reviewed.path)));
    for it in reviewed.findings.iter().take(LISTED) {
        // Line 0 means no line: a database has none, nor has a finding about the whole file.
        let line = if it.line == 0 { String::new() } else { format!("line {}: ", it.line) };
        found.push_str(&format!("; {line}{}", it.message));
    }
    let more = (reviewed.faults + reviewed.warnings).saturating_sub(LISTED as u64);
    if more > 0 {
        let home = settings.home.display();
        found.push_str(&format!("; and {more} more (`flow-oa check --context --home {home}`)"));
    }
    Check { exit: reviewed.exit, ..Check::new(path, state, found) }
}

/// How long ago a file was changed or downloaded, as text.
fn age(age: Option<Age>) -> String {
    let (what, at) = match age {
        Some(Age::Changed(at)) => ("changed", at),
        Some(Age::Downloaded(at)) => ("downloaded", at),
        None => return String::new(),
    };
    match (Timestamp::now().as_second() - at.as_second()) / DAY {
        ..=0 => format!(", {what} today"),
        1 => format!(", {what} yesterday"),
        days => format!(", {what} {days} days ago"),
    }
}

/// Sends every reputation service one harmless query.
///
/// # Errors
/// Only an interrupt.
pub(super) fn services(context: &LocalContext, progress: &Progress) -> Result<Vec<Check>> {
    let check = |probed: context::Probed| {
        let name = format!("service {}", probed.name);
        match probed.said {
            Ok(said) => Check::good(name, format!("answered {said} in {:.1} s", probed.seconds)),
            Err(reason) if probed.is_required => Check {
                exit: Exit::Unavailable,
                ..Check::new(name, State::Fault, format!("{reason}; a run stops there (`required`)"))
            },
            Err(reason) => Check::warning(name, format!("{reason}; a run continues without its verdicts")),
        }
    };
    Ok(context::probe(&context.files, &context.asking, progress)?.into_iter().map(check).collect())
}

/// For each kind of context, how many addresses of the last day that was run have an entry.
pub(super) fn shares(session: &mut dyn Session, request: &Examination<'_>, context: &LocalContext) -> Check {
    const NAME: &str = "context, last day";
    let asked = last_day(session, request).and_then(|found| {
        let Some((day, addresses)) = found else { return Ok(None) };
        let mut sources = context::open(&context.files.files_alone(), &context.asking)?;
        let asked = Asked { addresses: addresses.iter().collect(), ..Asked::default() };
        Ok(Some((day, Contexts::ask(asked, &mut sources)?, addresses)))
    });
    match asked {
        Ok(None) => Check::unknown(NAME, "no day was run yet"),
        Ok(Some((day, contexts, addresses))) => {
            let missing = context.files.not_configured();
            let kinds = KINDS.iter().filter(|(kind, _)| !missing.contains(kind));
            let share = |(kind, knows): &(&str, Knows)| {
                let known = addresses.iter().filter(|address| knows(contexts.of(address))).count();
                format!("{kind} {known}")
            };
            let shares: Vec<String> = kinds.map(share).collect();
            let shares =
                if shares.is_empty() { "no context is configured".to_owned() } else { shares.join(", ") };
            Check::good(NAME, format!("known of {} addresses of {day}: {shares}", addresses.len()))
        }
        Err(error) => Check::fault(NAME, &error),
    }
}

/// Whether the context has an entry for an address.
type Knows = fn(&Answers) -> bool;

/// The kinds of context, each with the condition that it has an entry for an address.
const KINDS: [(&str, Knows); 3] = [
    ("network", |answers| answers.network.internal == Some(true) || !answers.network.name.is_empty()),
    ("geo", |answers| !answers.geo.location.is_empty() || !answers.geo.domain.is_empty()),
    ("reputation", |answers| !answers.reputation.verdict.is_empty()),
];

/// The newest day that was run, and the addresses of its scores.
fn last_day(
    session: &mut dyn Session,
    request: &Examination<'_>,
) -> Result<Option<(String, BTreeSet<Text>)>> {
    let filter = Filter { pipeline: Some(&request.chosen.model.name), ..Filter::default() };
    let runs = history::list(session, &filter)?.into_iter();
    let days = runs.filter(|run| run.command == "run" && run.status == Status::Done).filter_map(|it| it.day);
    let Some(day) = days.max() else { return Ok(None) };
    let Ok(date) = day.parse() else { return Ok(None) };
    let table = request.chosen.model.scores_table();
    let mut addresses = BTreeSet::new();
    for column in table.columns.iter().filter(|column| column.kind == ColumnType::Address) {
        let mut select = Query::select();
        select
            .distinct()
            .column(Alias::new(&column.name))
            .from(Alias::new(&table.name))
            .cond_where(derive::on(table, date).condition());
        let rows = session.select(select)?.into_iter().flatten();
        addresses.extend(
            rows.filter_map(
                |row| if let Value::String(Some(row)) = row { Some(Text::from(row)) } else { None },
            ),
        );
    }
    Ok(Some((day, addresses)))
}

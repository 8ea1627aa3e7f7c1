//! `flow-oa demo`: runs all steps on a generated day.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use flow_oa_runtime::day::derive::{self, ComparedDays};
use flow_oa_runtime::day::ingest::{Existing, IngestOptions, ingest};
use flow_oa_runtime::day::ranking;
use flow_oa_runtime::day::run::{Limit, OtherDay, RunJob, RunOptions, RunSummary, compact, run as run_day};
use flow_oa_runtime::day::sample_home::DATABASE;
use flow_oa_runtime::init::init;
use flow_oa_runtime::site::notebooks::{self, Edited};
use flow_oa_runtime::{Deployment, Error, Foreign};
use flow_oa_sample::Plan;
use flow_oa_schema::context::{Fact, GeoFact};
use flow_oa_schema::model::{Column, Expr};
use flow_oa_schema::printable::in_lines;
use flow_oa_schema::types::Storage;
use jiff::civil::{Date, date};
use sea_query::Value;

use crate::commands::{run as run_command, sample};
use crate::global::{Global, Opened, Site};
use crate::report::{Done, Report, json};
use crate::show::{count, table};
use crate::templates;

/// Try everything in one go: generate a day, ingest it, rank it, run it, and show the suspicious connections
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Output folder. Safe to repeat; a folder with other data is refused
    #[arg(long, value_name = "DIR", default_value = "flow_oa_demo")]
    home: PathBuf,
    /// Number of flows
    #[arg(long, value_name = "N", default_value_t = 40_000, value_parser = clap::value_parser!(u64).range(1..))]
    flows: u64,
    /// Load the first N rows of the results
    #[arg(long, short, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
}

const DAY: Date = date(2016, 7, 8);
const SHOWN: u64 = 15;

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let tell = |text: String| {
        if crate::log::is_json() {
            global.tell(&text);
        } else if !global.quiet {
            // Progress for people, in the style of the final report: without the prefix of log lines.
            let _ = writeln!(std::io::stderr(), "{}", in_lines(&text));
        }
    };
    // The environment is ignored: generated data must not be stored in a configured database or next to real results.
    let database = Some(DATABASE.into());
    let site = Site { home: Some(arguments.home.clone()), database, ..Site::default() };
    let plan = Plan { date: DAY, flows: arguments.flows, seed: 1 };
    let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
    sample::require_samples(&arguments.home, &plan, &deployment, global)?;
    tell(format!("1/4 making up a day of {} flows of an office, with an attack in it", count(plan.flows)));
    let written = sample::sample(&plan, &arguments.home)?;
    let mut opened = site.open(Some(arguments.home.clone()))?;
    let (store, model) = (&mut *opened.store, &opened.deployment.model);
    init(store, model, true, ComparedDays::Unmarked, &opened.progress)?;
    tell(format!("2/4 ingesting {}", written.flows_file.display()));
    load(&mut opened, &written.flows_file.display().to_string())?;
    tell("3/4 ranking every flow by how improbable it is for its two ends".to_owned());
    rank(&mut opened)?;
    tell(format!(
        "4/4 running the day: the {} most suspicious, with context, details, chords and summary\n",
        arguments.limit
    ));
    let summary = day(&mut opened, arguments.limit)?;
    let mut text = run_command::text(&summary);
    text.push_str(&suspicious(&mut opened, &summary)?);
    text.push_str(&next(&arguments.home));
    Ok(Report { text, json: json(&summary), notes: summary.warnings, ..Report::default() })
}

fn load(opened: &mut Opened, file: &str) -> Result<(), Error> {
    let chosen = opened.deployment.choose(None)?;
    let options = IngestOptions {
        existing: Existing::ReplaceDay(DAY),
        format: None,
        max_rejects: 0,
        zone: opened.settings.zone.clone(),
        data_folder: opened.settings.pipeline_folder(&chosen.model.name),
    };
    ingest(&mut *opened.store, chosen, file, &options, &opened.progress).map(drop)
}

fn rank(opened: &mut Opened) -> Result<(), Error> {
    let chosen = opened.deployment.choose(None)?;
    let path = chosen.model.results.path_of(&chosen.model.name, &compact(DAY));
    let out = opened.settings.results_root.join(&path);
    // An existing results file was generated too.
    let foreign = Foreign::Replace;
    let wanted = ranking::Wanted { day: DAY, max: ranking::MOST, out: &out, foreign };
    ranking::rank_to(&mut *opened.store, chosen, &wanted, &opened.settings, &opened.progress).map(drop)
}

fn day(opened: &mut Opened, limit: u64) -> Result<RunSummary, Error> {
    let chosen = opened.deployment.choose(None)?;
    let job = RunJob {
        deployment: &opened.deployment,
        chosen,
        settings: &opened.settings,
        templates: &notebooks::of(templates::of(&chosen.model.name), &opened.settings)?,
        options: RunOptions {
            day: DAY,
            limit: Limit::Given(limit),
            results: None,
            max_rejects: 0,
            other_day: OtherDay::Refuse,
            edited: Edited::Keep,
        },
        command: format!("flow-oa run -d {DAY} -l {limit}"),
    };
    run_day(&mut *opened.store, &job, &opened.progress)
}

/// The first rows of the table of scores, with the columns that distinguish rows and fit the width.
fn suspicious(opened: &mut Opened, summary: &RunSummary) -> Result<String, Error> {
    let model = opened.deployment.choose(None)?.model;
    let scores = model.scores_table();
    let rows = derive::first_of_day(&mut *opened.store, scores, DAY, SHOWN)?;
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|value| shortened(&cell(value))).collect()).collect();
    let shown = columns_to_show(scores.own_columns(), &rows);
    let heading = |at: &usize| {
        let column = &scores.columns[*at];
        format!("{}{}", if column.kind.is_text() { "" } else { "#" }, column.name)
    };
    let headings: Vec<String> = shown.iter().map(heading).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let lines = rows.iter().map(|row| shown.iter().map(|at| row[*at].clone()).collect());
    let total = summary.tables.first().map_or(0, |it| it.rows);
    Ok(format!("\nThe {} most suspicious of {}:\n{}", rows.len(), count(total), table(&headings, lines)))
}

/// The maximum width of the table, in characters.
const WIDTH: usize = 140;

/// The positions of the columns to show, in the order of the table, except that the rank comes first.
fn columns_to_show(columns: &[Column], rows: &[Vec<String>]) -> Vec<usize> {
    let differs = |at: &usize| rows.iter().any(|row| row[*at] != rows[0][*at]);
    let mut wanted: Vec<usize> = (0..columns.len()).filter(differs).collect();
    wanted.sort_by_key(|at| (importance(&columns[*at]), *at));
    let width = |at: usize| {
        let cells = rows.iter().map(|row| row[at].chars().count());
        cells.chain([columns[at].name.len()]).max().unwrap_or(0) + 3
    };
    let mut left = WIDTH;
    let mut shown = Vec::new();
    for at in wanted {
        if let Some(rest) = left.checked_sub(width(at)) {
            left = rest;
            shown.push(at);
        }
    }
    shown.sort_by_key(|at| (columns[*at].from != Expr::Rank, *at));
    shown
}

/// The importance of a column, most important first: rank, addresses and other fields, reputation, location, volume,
/// the rest.
fn importance(column: &Column) -> u8 {
    match (&column.from, column.kind.storage()) {
        (Expr::Rank, _) => 0,
        (Expr::Field(_), Storage::Bigint) => 4,
        (Expr::Field(_), _) => 1,
        (Expr::Context(_, Fact::Reputation), _) => 2,
        (Expr::Context(_, Fact::Geo(GeoFact::Location)), _) => 3,
        _ => 5,
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::BigInt(Some(it)) => it.to_string(),
        Value::Double(Some(it)) => format!("{it:.2e}"),
        Value::String(Some(it)) => it.clone(),
        _ => String::new(),
    }
}

fn shortened(text: &str) -> String {
    const LONGEST: usize = 28;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// The next commands to try, with the program name as it was started, so that they can be pasted.
fn next(home: &std::path::Path) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "flow-oa".into());
    let home = home.display();
    let commands = [
        (format!("{program} run --home {home} -d {DAY} -l 3000"), "more of the same day"),
        (format!("jupyter lab {home}/ipynb"), "the day's notebooks"),
        (format!("{program} ddl --dialect postgres"), "the same tables for another database"),
        (format!("{program} ingest --help"), "your own flows"),
    ];
    let width = commands.iter().map(|it| it.0.len()).max().unwrap_or(0);
    let mut text = String::from("\nNext:\n");
    for (command, what) in commands {
        let _ = writeln!(text, "  {command:<width$}   {what}");
    }
    text
}

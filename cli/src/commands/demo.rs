//! `flow-oa demo`: runs all steps on a generated day.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::PathBuf;

use flow_oa_analyst::query::{QueryRequest, Question, STORY, STORY_ROWS, ask, field};
use flow_oa_files::atomic::Foreign;
use flow_oa_migration::init::{Changes, init};
use flow_oa_raw::ReadOptions;
use flow_oa_runtime::day::derive::{self, ComparedDays};
use flow_oa_runtime::day::ingest::{Existing, IngestOptions, ingest};
use flow_oa_runtime::day::ranking;
use flow_oa_runtime::day::run::{Limit, OtherDay, RunJob, RunOptions, RunSummary, run as run_day};
use flow_oa_runtime::day::sample_home::{DATABASE, record_results};
use flow_oa_sample::Kind;
use flow_oa_schema::answer::Datum;
use flow_oa_schema::context::{Fact, GeoFact};
use flow_oa_schema::model::{Column, Expr};
use flow_oa_schema::printable::in_lines;
use flow_oa_schema::types::Storage;
use flow_oa_site::Error;
use flow_oa_site::deployment::{Choices, Deployment, compact};
use flow_oa_site::notebooks::{self, Edited};
use jiff::civil::{Date, date};
use sea_query::Value;

use crate::commands::{run as run_command, sample};
use crate::global::{Global, Opened, Site};
use crate::report::{Done, Report, json, quoted};
use crate::show::{count, plural, table};
use crate::templates;

/// Try everything in one go: generate a day, ingest it, rank it, run it, and show the most suspicious rows
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Output folder. Safe to repeat; a folder with other data is refused
    #[arg(long, value_name = "DIR", default_value = "flow_oa_demo")]
    home: PathBuf,
    #[command(flatten)]
    what: sample::What,
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
    let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
    let plan = arguments.what.plan(&deployment, DAY, 1)?;
    let [row, rows] = plan.kind.row();
    sample::require_samples(&arguments.home, &plan, &deployment, global)?;
    tell(format!(
        "1/4 generating a day of {} of an office, with an attack in it",
        plural(plan.rows, row, rows)
    ));
    let written = sample::sample(&plan, &arguments.home)?;
    let mut opened = site.open(Some(arguments.home.clone()))?;
    let (store, model) = (&mut *opened.store, &opened.deployment.model);
    init(store, model, Changes { add_columns: true, widen: true }, ComparedDays::Unmarked, &opened.progress)?;
    tell(format!("2/4 ingesting {}", written.file.display()));
    load(&mut opened, plan.kind, &written.file.display().to_string())?;
    tell(format!("3/4 ranking every {row} by how rare what it says is"));
    rank(&mut opened, plan.kind)?;
    let run = format!("run{} -d {DAY} -l", arguments.what.option());
    let derived = derived(&opened, plan.kind)?;
    tell(format!(
        "4/4 running the day: the {} most suspicious, with context, and {derived}\n",
        arguments.limit
    ));
    let summary = day(&mut opened, plan.kind, arguments.limit, format!("flow-oa {run} {}", arguments.limit))?;
    let mut text = run_command::text(&summary);
    text.push_str(&stories(&mut opened, plan.kind, &summary)?);
    text.push_str(&sample::story(&plan, &written));
    text.push_str(&next(&arguments.home, &run, &summary));
    Ok(Report { text, json: json(&summary), notes: summary.warnings, ..Report::default() })
}

/// The tables that a run computes from the results and the raw rows.
fn derived(opened: &Opened, kind: Kind) -> Result<String, Error> {
    let model = opened.deployment.choose(Some(kind.pipeline()))?.model;
    let scores = &model.scores_table().name;
    let derived = model.tables.iter().filter(|table| table.is_written_by_run() && table.name != *scores);
    let names: Vec<&str> = derived.map(|table| table.name.as_str()).collect();
    Ok(names.join(", "))
}

fn load(opened: &mut Opened, kind: Kind, file: &str) -> Result<(), Error> {
    let chosen = opened.deployment.choose(Some(kind.pipeline()))?;
    let options = IngestOptions {
        existing: Existing::ReplaceDay(DAY),
        read: ReadOptions {
            format: None,
            choices: Choices::default(),
            max_rejects: 0,
            zone: opened.settings.zone.clone(),
        },
        data: opened.settings.data(),
    };
    ingest(&mut *opened.store, &chosen.into(), file, &options, &opened.progress).map(drop)
}

fn rank(opened: &mut Opened, kind: Kind) -> Result<(), Error> {
    let chosen = opened.deployment.choose(Some(kind.pipeline()))?;
    let path = chosen.model.results.path_of(&chosen.model.name, &compact(DAY));
    let out = opened.settings.results_root.join(&path);
    // An existing results file was generated too.
    let foreign = Foreign::Replace;
    let options = ranking::Options::default();
    let wanted = ranking::Wanted { day: DAY, max: ranking::MOST, options: &options, out: &out, foreign };
    ranking::rank_to(&mut *opened.store, chosen, &wanted, &opened.settings, &opened.progress)?;
    // A later demo of another pipeline cannot rank these rows again to recognize the file.
    record_results(&opened.settings.home, &path)
}

fn day(opened: &mut Opened, kind: Kind, limit: u64, command: String) -> Result<RunSummary, Error> {
    let chosen = opened.deployment.choose(Some(kind.pipeline()))?;
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
            ranks: false,
        },
        command,
    };
    run_day(&mut *opened.store, &job, &opened.progress)
}

/// The first stories of the day and why they are suspicious, or the first rows of a pipeline that has no stories.
fn stories(opened: &mut Opened, kind: Kind, summary: &RunSummary) -> Result<String, Error> {
    let chosen = opened.deployment.choose(Some(kind.pipeline()))?;
    let request = QueryRequest {
        settings: &opened.settings,
        progress: &opened.progress,
        chosen,
        question: Question::Stories { all: true },
        table: None,
        from: DAY,
        to: DAY,
        filters: Vec::new(),
        address: None,
        port: None,
        subject: None,
        sort: Vec::new(),
        limit: SHOWN,
    };
    let (model, scores) = (chosen.model, chosen.model.scores_table());
    let why = scores
        .columns
        .iter()
        .find(|column| model.roles.why.is_some() && column.from.field() == model.roles.why);
    let answer = ask(&mut *opened.store, &request)?;
    let at = |name: &str| answer.columns.iter().position(|column| column.name == name);
    let rank = scores.column_from(&Expr::Rank).and_then(|rank| at(&rank.name));
    let (Some(rank), Some(rows), Some(story), Some(why)) =
        (rank, at(STORY_ROWS), at(STORY), why.and_then(|why| at(&why.name)))
    else {
        return suspicious(opened, kind, summary);
    };
    let cell = |row: &[Option<Datum>], at: usize| row.get(at).map(field).unwrap_or_default();
    // Results that another program wrote give no reasons.
    let gives_reasons = answer.rows.iter().any(|row| !cell(row, why).is_empty());
    let reasons = |row: &[Option<Datum>]| gives_reasons.then(|| shortened(&cell(row, why), REASONS));
    let lines = answer
        .rows
        .iter()
        .map(|row| [rank, rows, story].map(|at| cell(row, at)).into_iter().chain(reasons(row)).collect());
    let headings = ["#rank", "#rows", "story", "why"];
    let headings = &headings[..if gives_reasons { 4 } else { 3 }];
    let total = summary.tables.first().map_or(0, |it| it.rows);
    let heading = format!(
        "\nThe {} most suspicious stories of the {} most suspicious rows:\n",
        answer.rows.len(),
        count(total)
    );
    Ok(heading + &table(headings, lines))
}

/// The first rows of the table of scores, with the columns that distinguish rows and fit the width.
fn suspicious(opened: &mut Opened, kind: Kind, summary: &RunSummary) -> Result<String, Error> {
    let model = opened.deployment.choose(Some(kind.pipeline()))?.model;
    let scores = model.scores_table();
    let rows = derive::first_of_day(&mut *opened.store, scores, DAY, SHOWN)?;
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|value| shortened(&cell(value), LONGEST)).collect()).collect();
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

/// The maximum length of a value, in characters.
const LONGEST: usize = 28;

/// The maximum length of the reasons for a story, in characters.
const REASONS: usize = 80;

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
    if column.from == Expr::Rank {
        return 0;
    }
    if column.from.field().is_some() {
        return if column.kind.storage() == Storage::Bigint { 4 } else { 1 };
    }
    match column.from.fact() {
        Some((_, Fact::Reputation(_))) => 2,
        Some((_, Fact::Geo(GeoFact::Location))) => 3,
        Some((_, Fact::Geo(_) | Fact::Network(_))) | None => 5,
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

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// The next commands to try, with the program name as it was started, so that they can be pasted.
fn next(home: &std::path::Path, run: &str, summary: &RunSummary) -> String {
    let program = quoted(&std::env::args().next().unwrap_or_else(|| "flow-oa".into()));
    let folder = quoted(&home.join("ipynb").to_string_lossy());
    let notebooks =
        (!summary.notebooks.is_empty()).then(|| (format!("jupyter lab {folder}"), "the day's notebooks"));
    let home = quoted(&home.to_string_lossy());
    let commands: Vec<(String, &str)> =
        [(format!("{program} {run} 3000 --home {home}"), "more of the same day")]
            .into_iter()
            .chain(notebooks)
            .chain([
                (format!("{program} ddl --dialect postgres"), "the same tables for another database"),
                (format!("{program} ingest --help"), "your own data"),
            ])
            .collect();
    let width = commands.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    let mut text = String::from("\nNext:\n");
    for (command, what) in commands {
        let _ = writeln!(text, "  {command:<width$}   {what}");
    }
    text
}

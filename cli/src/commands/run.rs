//! `flow-oa run`: a day from its results to the database.

use std::fmt::Write as _;
use std::path::PathBuf;

use flow_oa_runtime::engine;
use flow_oa_runtime::notebooks::State;
use flow_oa_runtime::run::{Job, Options, Summary, run as run_day};
use jiff::civil::Date;

use crate::global::{Global, Site, date};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, command_line, json};
use crate::show::{count, seconds, table};
use crate::templates;

/// Load a day: the first rows of its results with context, details, chords and the ingest summary
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Date,
    /// Most rows of the results to load
    #[arg(long, short, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    limit: u64,
    /// Pipeline, where the program was built with several
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Results file [default: in the root of results, where the schema says]
    #[arg(long, value_name = "PATH")]
    results: Option<PathBuf>,
    /// Root of results [default: the home]
    #[arg(long, value_name = "DIR", env = "FLOW_OA_RESULTS_ROOT")]
    results_root: Option<PathBuf>,
    /// Leave out up to so many records that cannot be read, and keep them in a file
    #[arg(long, value_name = "N", default_value_t = 0)]
    max_rejects: u64,
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let settings = arguments.site.settings(None)?;
    engine::require_there(&settings.database, &settings.home)?;
    let mut opened = arguments.site.open(arguments.results_root)?;
    let chosen = opened.deployment.choose(arguments.pipeline.as_deref())?;
    let job = Job {
        deployment: &opened.deployment,
        chosen,
        settings: &opened.settings,
        templates: templates::of(&chosen.model.name),
        options: Options {
            day: arguments.date,
            limit: arguments.limit,
            results: arguments.results,
            max_rejects: arguments.max_rejects,
        },
        command: command_line(&[]),
    };
    let bar = Bar::follow(&opened.progress, "running", global.quiet);
    let summary = run_day(&mut *opened.engine, &job, &opened.progress)?;
    drop(bar);
    Ok(Report { text: text(&summary), json: json(&summary), notes: summary.warnings, ..Report::default() })
}

/// The summary for people.
pub(crate) fn text(summary: &Summary) -> String {
    let mut text = format!("{} of {}, from {}\n", summary.pipeline, summary.day, summary.results.display());
    let rows = summary.tables.iter().map(|it| vec![it.table.clone(), count(it.rows), count(it.replaced)]);
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
    let _ = writeln!(text, "scores     {}", summary.scores_file.display());
    if let Some(path) = &summary.rejects_file {
        let _ = writeln!(text, "rejected   {}", path.display());
    }
    for notebook in &summary.notebooks {
        let state = match notebook.state {
            State::Written => "",
            State::Unchanged => "  (unchanged)",
            State::Renewed => "  (renewed from a newer template)",
            State::KeptEdited => "  (edited by somebody, so it was kept)",
        };
        let _ = writeln!(text, "notebook   {}{state}", notebook.path.display());
    }
    let steps: Vec<String> =
        summary.steps.iter().map(|it| format!("{} {}", it.step, seconds(it.seconds))).collect();
    let total = summary.steps.iter().map(|it| it.seconds).sum();
    let _ = writeln!(text, "time       {} = {}", seconds(total), steps.join(" + "));
    text
}

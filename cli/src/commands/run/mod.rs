//! `flow-oa run`: loads a day, or a range of days, from results into the database.

mod range;
mod text;

use std::path::PathBuf;

use flow_oa_engine::Store;
use flow_oa_runtime::day::metrics::Metrics;
use flow_oa_runtime::day::run::{
    Limit, Mode, OtherDay, Range, RunJob, RunOptions, dry_run, run as run_day, run_range,
};
use flow_oa_site::deployment::{Deployment, Settings};
use flow_oa_site::notebooks::{self, Edited};
use flow_oa_site::{Error, engines};
use jiff::civil::Date;

use crate::dates::{Dates, Days};
use crate::global::{Global, Opened, Site, counting, location, whole};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, command_line, json, written};
use crate::templates;

pub(crate) use text::text;

/// Load a day: the first rows of its results with context, details, chords and the ingest summary
#[derive(Debug, clap::Args)]
#[command(
    after_help = "On Impala and Hive, the parameter keep=N in the URL of the database keeps the folders of N earlier runs of a day, \
    to which its partition can be reset [default: 1]."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    #[command(flatten)]
    dates: Dates,
    /// Also rerun days of a range whose results and raw rows did not change since their last successful run
    #[arg(long, requires = "from_date")]
    force: bool,
    /// Validate everything, show every statement and the resulting row counts, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Load the first N rows of the results [default: `limit` in the settings, else 500]. The built-in default never
    /// shrinks a day that was stored with more rows
    #[arg(long, short, value_name = "N", allow_negative_numbers = true, value_parser = counting)]
    limit: Option<u64>,
    /// Pipeline [default: `pipeline` in the settings, else that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Results file, a path or a URL: http(s), hdfs, webhdfs [default: below the root of results, as the schema says]
    #[arg(long, value_name = "PATH", conflicts_with = "from_date")]
    results: Option<PathBuf>,
    /// Root of results, a folder or a URL [default: FLOW_OA_RESULTS_ROOT, what the settings name, or the home]
    #[arg(long, value_name = "DIR")]
    results_root: Option<PathBuf>,
    /// Rank a day first, as `rank` does, if its raw rows changed since its last ranking
    #[arg(long, conflicts_with = "results", conflicts_with = "dry_run")]
    rank: bool,
    /// Accept results with less than half of the rows of this day, in UTC and in the time zone of the settings
    #[arg(long)]
    allow_other_day: bool,
    /// Skip up to N records that cannot be read, and write them to a file
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole, allow_negative_numbers = true)]
    max_rejects: u64,
    /// Takes precedence over `keep=` in the URL of the database, which is the documented way
    #[arg(long, hide = true, value_name = "N", value_parser = clap::value_parser!(u32), allow_negative_numbers = true)]
    keep: Option<u32>,
    /// Write newer notebooks beside edited ones, as NAME.new.ipynb
    #[arg(long)]
    refresh_notebooks: bool,
    /// Write metrics of this run to FILE, in the text format of Prometheus
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    metrics: Option<PathBuf>,
}

impl Arguments {
    /// The first day, and the range if one is given.
    fn days(&self) -> Result<(Date, Option<Range>), Error> {
        let mode = match (self.dry_run, self.force) {
            (false, false) => Mode::IfChanged,
            (false, true) => Mode::Always,
            (true, false) => Mode::Dry,
            (true, true) => Mode::DryAlways,
        };
        Ok(match self.dates.required("run")? {
            Days::Day(day) => (day, None),
            Days::Range(from, to) => (from, Some(Range { from, to, mode })),
        })
    }

    /// The options for the run of a day.
    fn options(&self, day: Date, settings: &Settings) -> Result<RunOptions, Error> {
        let limit = Limit::of(self.limit, settings.limit);
        let results = self.results.as_deref().map(|result| location("--results", result)).transpose()?;
        let other_day = if self.allow_other_day { OtherDay::Allow } else { OtherDay::Refuse };
        let (max_rejects, edited) = (self.max_rejects, self.edited());
        Ok(RunOptions { day, limit, results, max_rejects, other_day, edited, ranks: self.rank })
    }

    /// Sets the number of earlier runs that the engine keeps.
    ///
    /// # Errors
    /// If the engine keeps no earlier runs.
    fn keep_earlier(&self, store: &mut dyn Store) -> Result<(), Error> {
        let Some(runs) = self.keep else { return Ok(()) };
        if !store.dialect().capabilities().earlier_runs {
            return Err(Error::Usage(format!(
                "--keep {runs}: the database {} replaces a day in one transaction and keeps no folders of earlier runs; \
                 leave --keep out, it is for impala:// and hive2://",
                store.url()
            ))
            .unchanged());
        }
        store.keep_earlier(usize::try_from(runs).unwrap_or(usize::MAX));
        Ok(())
    }

    fn edited(&self) -> Edited {
        if self.refresh_notebooks { Edited::WriteBeside } else { Edited::Keep }
    }

    /// The name of the pipeline, for metrics. Empty if it is unknown.
    fn pipeline_name(&self) -> String {
        let named = self.pipeline.as_deref();
        let Ok(deployment) = Deployment::new(&flow_oa_generated::SCHEMA) else {
            return named.unwrap_or_default().to_owned();
        };
        let chosen = self.site.chosen(&deployment, named);
        chosen.map_or_else(|_| named.unwrap_or_default().to_owned(), |it| it.model.name.clone())
    }
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let (day, range) = arguments.days()?;
    let name = arguments.metrics.as_ref().map(|_| arguments.pipeline_name());
    let mut metrics = Metrics::new("run", &name.unwrap_or_default());
    let done = attempt(&arguments, (day, range), global, &mut metrics);
    if let Err(error) = &done {
        metrics.add_failed(&day.to_string(), error);
    }
    match &arguments.metrics {
        Some(path) => written(done, metrics.write(path)),
        None => done,
    }
}

fn attempt(
    arguments: &Arguments,
    (day, range): (Date, Option<Range>),
    global: &Global,
    metrics: &mut Metrics,
) -> Done {
    let settings = arguments.site.settings(None)?;
    let options = arguments.options(day, &settings)?;
    engines::require_there(&settings.database, &settings.home).map_err(Error::unchanged)?;
    let mut opened = arguments.site.open(arguments.results_root.clone())?;
    let Opened { settings, deployment, store, progress } = &mut opened;
    arguments.keep_earlier(&mut **store)?;
    let chosen = deployment.choose_for(arguments.pipeline.as_deref(), settings)?;
    let templates = &notebooks::of(templates::of(&chosen.model.name), settings).map_err(Error::unchanged)?;
    let command = command_line(&[]);
    let job = RunJob { deployment, chosen, settings, templates, options, command };
    let bar = Bar::follow(progress, "running", global.quiet || range.is_some());
    if let Some(range) = range {
        let mut seen = |outcome: &flow_oa_runtime::day::run::DayOutcome| {
            global.tell(&text::day(outcome));
            metrics.add_day(outcome);
        };
        let done = run_range(&mut **store, &job, range, progress, &mut seen)?;
        return Ok(range::report(&done, range, global, metrics));
    }
    if arguments.dry_run {
        let done = dry_run(&mut **store, &job, progress)?;
        let (text, json) = (text::dry(&done), json(&done));
        return Ok(Report { text, json, notes: done.warnings, is_product: true, ..Report::default() });
    }
    let summary = run_day(&mut **store, &job, progress)?;
    drop(bar);
    metrics.add_run(&summary);
    Ok(Report { text: text(&summary), json: json(&summary), notes: summary.warnings, ..Report::default() })
}

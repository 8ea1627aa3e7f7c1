//! `flow-oa run`: a day, or several, from results to the database.

mod range;
mod text;

use std::path::PathBuf;

use flow_oa_runtime::day::metrics::Metrics;
use flow_oa_runtime::day::run::{
    Job, Limit, Mode, Options, OtherDay, Range, dry_run, run as run_day, run_range,
};
use flow_oa_runtime::site::engines;
use flow_oa_runtime::site::notebooks::{self, Edited};
use flow_oa_runtime::{Deployment, Engine, Error, Settings};
use jiff::civil::Date;

use crate::global::{Global, Opened, Site, counting, date, location, whole};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, command_line, json, written};
use crate::templates;

pub(crate) use text::text;

/// Load a day: the first rows of its results with context, details, chords and the ingest summary
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date, required_unless_present = "from_date")]
    date: Option<Date>,
    /// First day of several, which are run one after the other: those with results that changed since their last
    /// good run, so that the same command again goes on where it stopped
    #[arg(long, value_name = "DATE", value_parser = date, requires = "to_date")]
    #[arg(conflicts_with_all = ["date", "results"])]
    from_date: Option<Date>,
    /// Last day of several
    #[arg(long, value_name = "DATE", value_parser = date, requires = "from_date")]
    to_date: Option<Date>,
    /// Of several days, run those too that did not change
    #[arg(long, requires = "from_date")]
    force: bool,
    /// Validate everything, show every statement and how many rows there would be, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Most rows of the results to load [default: `limit` in the settings, else 500]. Without either, a day that has more
    /// rows is not run again while its results hold more
    #[arg(long, short, value_name = "N", allow_negative_numbers = true, value_parser = counting)]
    limit: Option<u64>,
    /// Pipeline [default: `pipeline` in the settings, else the only one]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Results file, a path or a URL: http(s), hdfs, webhdfs [default: in the root of results, where the schema says]
    #[arg(long, value_name = "PATH")]
    results: Option<PathBuf>,
    /// Root of results, a folder or a URL [default: FLOW_OA_RESULTS_ROOT, what the settings name, or the home]
    #[arg(long, value_name = "DIR")]
    results_root: Option<PathBuf>,
    /// Store results less than half of whose rows are of the day, in UTC or in the settings' time zone
    #[arg(long)]
    allow_other_day: bool,
    /// Leave out up to so many records that cannot be read, and keep them in a file
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole, allow_negative_numbers = true)]
    max_rejects: u64,
    /// On Impala and Hive, keep the folders of so many earlier runs of a day, to which its partition can be pointed again
    /// [default: what keep= in the URL says, else 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32), allow_negative_numbers = true)]
    keep: Option<u32>,
    /// Write newer notebooks beside those that somebody edited, as NAME.new.ipynb
    #[arg(long)]
    refresh_notebooks: bool,
    /// Write the figures of this run to a file that Prometheus' node exporter reads
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    metrics: Option<PathBuf>,
}

impl Arguments {
    /// The first day that is meant, and the range, if one is.
    fn days(&self) -> Result<(Date, Option<Range>), Error> {
        let mode = match (self.dry_run, self.force) {
            (false, false) => Mode::IfChanged,
            (false, true) => Mode::Always,
            (true, false) => Mode::Dry,
            (true, true) => Mode::DryAlways,
        };
        match (self.date, self.from_date, self.to_date) {
            (Some(day), ..) => Ok((day, None)),
            (None, Some(from), Some(to)) => Ok((from, Some(Range { from, to, mode }))),
            _ => Err(Error::Usage(
                "run: --date, or --from-date and --to-date, must say which day is meant".into(),
            )),
        }
    }

    /// What a run of a day is to do.
    fn options(&self, day: Date, settings: &Settings) -> Result<Options, Error> {
        let limit = Limit::of(self.limit, settings.limit);
        let results = self.results.as_deref().map(|it| location("--results", it)).transpose()?;
        let other_day = if self.allow_other_day { OtherDay::Allow } else { OtherDay::Refuse };
        let (max_rejects, edited) = (self.max_rejects, self.edited());
        Ok(Options { day, limit, results, max_rejects, other_day, edited })
    }

    /// Tells the engine how many earlier runs are kept.
    fn keep_earlier(&self, engine: &mut dyn Engine) -> Result<(), Error> {
        match self.keep {
            Some(runs) if !engine.keep_earlier(usize::try_from(runs).unwrap_or(usize::MAX)) => {
                Err(Error::Usage(format!(
                    "--keep {runs}: the database {} replaces a day in one transaction and keeps no folders of earlier runs; \
                     leave --keep out, it is for impala:// and hive2://",
                    engine.url()
                ))
                .unchanged())
            }
            _ => Ok(()),
        }
    }

    fn edited(&self) -> Edited {
        if self.refresh_notebooks { Edited::WriteBeside } else { Edited::Keep }
    }

    /// The name of the pipeline, as far as it is known.
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
    let mut metrics = Metrics::new("run", &arguments.pipeline_name());
    let done = attempt(&arguments, (day, range), global, &mut metrics);
    if done.is_err() {
        metrics.add_end(&day.to_string(), false);
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
    let Opened { settings, deployment, engine, progress } = &mut opened;
    arguments.keep_earlier(&mut **engine)?;
    let chosen = deployment.choose_for(arguments.pipeline.as_deref(), settings)?;
    let templates = &notebooks::of(templates::of(&chosen.model.name), settings).map_err(Error::unchanged)?;
    let command = command_line(&[]);
    let job = Job { deployment, chosen, settings, templates, options, command };
    let bar = Bar::follow(progress, "running", global.quiet || range.is_some());
    if let Some(range) = range {
        let mut seen = |it: &flow_oa_runtime::day::run::DayOutcome| {
            global.tell(&text::day(it));
            metrics.add_day(it);
        };
        let done = run_range(&mut **engine, &job, range, progress, &mut seen)?;
        return Ok(range::report(&done, range, global, metrics));
    }
    if arguments.dry_run {
        let done = dry_run(&mut **engine, &job, progress)?;
        let (text, json) = (text::dry(&done), json(&done));
        return Ok(Report { text, json, notes: done.warnings, is_product: true, ..Report::default() });
    }
    let summary = run_day(&mut **engine, &job, progress)?;
    drop(bar);
    metrics.add_run(&summary);
    Ok(Report { text: text(&summary), json: json(&summary), notes: summary.warnings, ..Report::default() })
}

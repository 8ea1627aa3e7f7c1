//! `flow-oa feedback`: what analysts scored, as the machine-learning job reads it.

use std::path::PathBuf;

use flow_oa_runtime::feedback::{Summary, write};
use flow_oa_runtime::{engine, structure};
use jiff::civil::Date;

use crate::global::{Opened, Site, date};
use crate::report::{Done, Report, json};
use crate::show::plural;

/// Write the feedback file of a day, from which spot-ml learns; `score` writes it each time
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// The pipeline; needed where there are several
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// The day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Date,
    /// Root of results, a folder or a URL [default: the home]
    #[arg(long, value_name = "DIR", env = "FLOW_OA_RESULTS_ROOT", hide_env_values = true)]
    results_root: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let settings = arguments.site.settings(None)?;
    engine::require_there(&settings.database, &settings.home)?;
    let mut opened = arguments.site.open(arguments.results_root)?;
    structure::require(&mut *opened.engine, &opened.deployment.model)?;
    let Opened { settings, deployment, engine, progress } = &mut opened;
    let chosen = deployment.choose(arguments.pipeline.as_deref())?;
    let summary = write(&mut **engine, settings, chosen, arguments.date, progress)?;
    Ok(Report { text: text(&summary), json: json(&summary), ..Report::default() })
}

pub(crate) fn text(summary: &Summary) -> String {
    format!("{}: {} for the machine-learning job\n", summary.file, plural(summary.lines, "line", "lines"))
}

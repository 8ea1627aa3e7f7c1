//! `flow-oa doctor`: checks whether a run would work.

use std::fmt::Write as _;
use std::path::PathBuf;

use flow_oa_core::Exit;
use flow_oa_files::Progress;
use flow_oa_runtime::doctor::{Check, Examination, State, examine};
use flow_oa_site::deployment::Deployment;
use jiff::civil::Date;
use serde_json::json;

use crate::global::{Site, counting, date, location, on_interrupt};
use crate::report::{Done, Report};
use crate::templates;

/// Check everything that a run needs, and say what to do about each fault. The exit code is 0 only if a run would work
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Pipeline [default: `pipeline` in the settings, else that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Day to check, YYYYMMDD or YYYY-MM-DD: its results must exist, and a dry run is made
    #[arg(long, short, value_parser = date)]
    date: Option<Date>,
    /// Load the first N rows of the results, as `run` does
    #[arg(long, short, value_name = "N", allow_negative_numbers = true, value_parser = counting)]
    limit: Option<u64>,
    /// Results file of the day, a path or a URL [default: in the root of results, where the schema says]
    #[arg(long, value_name = "PATH", requires = "date")]
    results: Option<PathBuf>,
    /// Root of results, a folder or a URL [default: FLOW_OA_RESULTS_ROOT, what the settings name, or the home]
    #[arg(long, value_name = "DIR")]
    results_root: Option<PathBuf>,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
    let named = arguments.pipeline.as_deref();
    let chosen = match arguments.site.settings(None) {
        Ok(settings) => deployment.choose_for(named, &settings)?,
        // The settings cannot be read; the first reported fault states this.
        Err(error) => deployment.choose(named).map_err(|_| error)?,
    };
    let progress = Progress::default();
    on_interrupt(Vec::new(), &progress)?;
    let request = Examination {
        given: arguments.site.given(arguments.results_root),
        deployment: &deployment,
        chosen,
        templates: templates::of(&chosen.model.name),
        day: arguments.date,
        limit: arguments.limit,
        results: arguments.results.as_deref().map(|result| location("--results", result)).transpose()?,
    };
    let checks = examine(&request, &progress)?;
    let exit = checks.iter().map(|it| it.exit).find(|exit| *exit != Exit::Done).unwrap_or_default();
    // Without a day, it is unknown whether a run would work.
    let works = (exit != Exit::Done || request.day.is_some()).then_some(exit == Exit::Done);
    let json = json!({"works": works, "checks": checks});
    Ok(Report { text: text(&checks, works), json, exit, is_product: true, ..Report::default() })
}

fn text(checks: &[Check], works: Option<bool>) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for it in checks {
        let state = match it.state {
            State::Good => "good",
            State::Warning => "warning",
            State::Fault => "FAULT",
            State::Unknown => "-",
        };
        // A fault may have several lines, which are indented below the first.
        let found: Vec<&str> = it.found.lines().collect();
        let found = found.join(&format!("\n{:w$}", "", w = width + 11));
        let _ = writeln!(text, "{state:7}  {:width$}  {found}", it.name);
    }
    let faults = checks.iter().filter(|check| check.state == State::Fault).count();
    let verdict = match (works, faults) {
        (Some(true), _) => "a run would work".to_owned(),
        (Some(false), 1) => "a run would not work: 1 fault".to_owned(),
        (Some(false), faults) => format!("a run would not work: {faults} faults"),
        (None, _) => "no fault was found; whether a run of a day would work, --date DAY finds out".to_owned(),
    };
    text + &verdict + "\n"
}

//! `flow-oa sample`: generates a day of data to try the program with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flow_oa_files::Progress;
use flow_oa_runtime::day::ingest::{Existing, IngestOptions, ingest};
use flow_oa_runtime::day::ranking;
use flow_oa_runtime::day::run::compact;
use flow_oa_runtime::day::sample_home::{place_results, require_samples as require};
use flow_oa_runtime::site::engines;
use flow_oa_runtime::{Deployment, Error, init};
use flow_oa_sample::{Plan, Written, write};
use flow_oa_schema::printable;
use jiff::civil::Date;
use serde_json::json;

use crate::global::{Global, counting, date};
use crate::progress_bar::Bar;
use crate::report::{Done, Report};
use crate::show::count;

/// Generate a sample day of an office network with an attack in it: flows, context and results
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Date,
    /// Number of flows
    #[arg(long, value_name = "N", default_value_t = 40_000, value_parser = counting, allow_negative_numbers = true)]
    flows: u64,
    /// Seed of the generator; the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Output folder, created if missing. It can be the home of a run, but must hold nothing but sample days
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let plan = Plan { date: arguments.date, flows: arguments.flows, seed: arguments.seed };
    let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
    require_samples(&arguments.out, &plan, &deployment, global)?;
    let written = sample(&plan, &arguments.out)?;
    let results = results(&deployment, &plan, &written.flows_file, &arguments.out, global)?;
    let mut text = format!(
        "{}: {} flows, {} of them an attack\n",
        printable::path(&written.flows_file),
        count(written.flows),
        count(written.attack_flows)
    );
    for file in written.context_files.iter().chain([&results]) {
        text.push_str(&format!("{}\n", printable::path(file)));
    }
    let home = printable::path(&arguments.out);
    text.push_str(&format!(
        "next:\n  flow-oa init --home {home}\n  flow-oa ingest --home {home} {}\n  flow-oa run --home {home} -d {}\n",
        printable::path(&written.flows_file),
        plan.date
    ));
    let json = json!({
        "flows_file": written.flows_file, "context_files": written.context_files, "results": results,
        "flows": written.flows, "attack_flows": written.attack_flows,
    });
    Ok(Report { text, json, ..Report::default() })
}

/// Writes the flows and context files of the day.
pub(crate) fn sample(plan: &Plan, out: &Path) -> Result<Written, Error> {
    write(plan, out).map_err(|error| Error::unwritten(out, std::io::Error::other(error)))
}

/// Refuses a home that holds anything other than sample days, before any file is written.
pub(crate) fn require_samples(
    home: &Path,
    plan: &Plan,
    deployment: &Deployment,
    global: &Global,
) -> Result<(), Error> {
    require(home, plan, deployment, &|flows, out| {
        let fault = |error| Error::unwritten(std::env::temp_dir(), error);
        let folder = tempfile::tempdir().map_err(fault)?;
        rank(deployment, plan, flows, out, folder.path(), global)
    })
}

/// Ranks the day, and writes the results to the path from which a run reads them.
fn results(
    deployment: &Deployment,
    plan: &Plan,
    flows: &Path,
    home: &Path,
    global: &Global,
) -> Result<PathBuf, Error> {
    let fault = |error| Error::unwritten(home, error);
    let folder = tempfile::Builder::new().prefix(".ranking").tempdir_in(home).map_err(fault)?;
    let ranked = folder.path().join("results");
    rank(deployment, plan, flows, &ranked, folder.path(), global)?;
    let model = deployment.choose(None)?.model;
    place_results(home, &model.results.path_of(&model.name, &compact(plan.date)), &ranked)
}

/// Ranks a file of flows in a temporary database in `folder`, and writes the results to `out`.
fn rank(
    deployment: &Deployment,
    plan: &Plan,
    flows: &Path,
    out: &Path,
    folder: &Path,
    global: &Global,
) -> Result<(), Error> {
    let chosen = deployment.choose(None)?;
    let site = engines::Site {
        home: folder,
        query_options: &BTreeMap::new(),
        files: &flow_oa_runtime::site::deployment::Site::default(),
    };
    let mut store = engines::connect("sqlite:day.db", &deployment.model, site)?;
    init::apply(&mut *store, &deployment.model, false)?;
    let progress = Progress::default();
    let _bar = Bar::follow(&progress, "ranking", global.quiet);
    let options = IngestOptions {
        existing: Existing::Refuse,
        format: None,
        max_rejects: 0,
        zone: flow_oa_runtime::site::deployment::Zone::utc(),
        data_folder: folder.to_owned(),
    };
    ingest(&mut *store, chosen, &flows.display().to_string(), &options, &progress)?;
    ranking::rank(&mut *store, chosen, plan.date, ranking::MOST, out, &progress).map(drop)
}

//! `flow-oa sample`: generates a day of data to try the program with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flow_oa_files::Progress;
use flow_oa_migration::init;
use flow_oa_raw::ReadOptions;
use flow_oa_runtime::day::ingest::{Existing, IngestOptions, ingest};
use flow_oa_runtime::day::ranking;
use flow_oa_runtime::day::sample_home::{place_results, require_samples as require};
use flow_oa_sample::{Kind, Plan, Written, write};
use flow_oa_schema::printable;
use flow_oa_site::deployment::{Choices, Deployment, compact};
use flow_oa_site::{Error, engines};
use jiff::civil::Date;
use serde_json::json;

use crate::global::{Global, counting, date};
use crate::progress_bar::Bar;
use crate::report::{Done, Report};
use crate::show::{count, plural, table};

/// Generate a sample day of an office network with an attack in it: raw rows, context and results
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Date,
    #[command(flatten)]
    what: What,
    /// Seed of the generator; the same seed gives the same bytes
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Output folder, created if missing. It can be the home of a run, but must hold nothing but sample days
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// The kind and the size of a day to generate.
#[derive(Debug, clap::Args)]
pub(crate) struct What {
    /// Pipeline of the day [default: that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Number of raw rows
    #[arg(long, alias = "flows", value_name = "N", default_value_t = 40_000)]
    #[arg(value_parser = counting, allow_negative_numbers = true)]
    rows: u64,
}

impl What {
    /// The plan of a day.
    pub(crate) fn plan(&self, deployment: &Deployment, date: Date, seed: u64) -> Result<Plan, Error> {
        let chosen = deployment.choose(self.pipeline.as_deref())?;
        let kind = Kind::named(&chosen.model.name);
        let kind = kind.map_err(|error| Error::Usage(format!("--type: {error}")))?;
        Ok(Plan { kind, date, rows: self.rows, seed })
    }

    /// The option that names the pipeline in commands, with a blank before it; empty if it is not needed.
    pub(crate) fn option(&self) -> String {
        self.pipeline.as_ref().map(|name| format!(" -t {name}")).unwrap_or_default()
    }
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
    let plan = arguments.what.plan(&deployment, arguments.date, arguments.seed)?;
    require_samples(&arguments.out, &plan, &deployment, global)?;
    let written = sample(&plan, &arguments.out)?;
    let results = results(&deployment, &plan, &written.file, &arguments.out, global)?;
    let raw = printable::path(&written.file);
    let mut text = format!("{raw}: {}\n", attacked(&plan, &written));
    for file in [&written.labels].into_iter().chain(&written.context_files).chain([&results]) {
        text.push_str(&format!("{}\n", printable::path(file)));
    }
    text.push_str(&story(&plan, &written));
    let (home, option) = (printable::path(&arguments.out), arguments.what.option());
    text.push_str(&format!(
        "next:\n  flow-oa init --home {home}\n  flow-oa ingest{option} --home {home} {raw}\n  \
         flow-oa run{option} --home {home} -d {}\n",
        plan.date
    ));
    let json = json!({
        "file": written.file, "labels": written.labels, "context_files": written.context_files, "results": results,
        "rows": plan.rows, "attack_rows": written.attack_rows(),
    });
    Ok(Report { text, json, ..Report::default() })
}

/// The number of rows, and of those that belong to the attack.
fn attacked(plan: &Plan, written: &Written) -> String {
    let [one, many] = plan.kind.row();
    format!("{}, {} of them an attack", plural(plan.rows, one, many), count(written.attack_rows()))
}

/// The stages of the attack, as they were written.
pub(crate) fn story(plan: &Plan, written: &Written) -> String {
    let target = |targets: &[String]| match targets {
        [first, others @ ..] if !others.is_empty() => format!("{first} and {} more", others.len()),
        [first, ..] => first.clone(),
        [] => String::new(),
    };
    let lines = written.stages.iter().map(|stage| {
        vec![
            stage.first.time().to_string(),
            stage.last.time().to_string(),
            stage.what.clone(),
            stage.source.to_string(),
            target(&stage.targets),
            count(stage.rows),
        ]
    });
    let rows = format!("#{}", plan.kind.row()[1]);
    format!("\nThe attack:\n{}\n", table(&["first", "last", "what", "source", "target", &rows], lines))
}

/// Writes the raw rows and context files of the day.
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
    require(home, plan, deployment, &|raw, out| {
        let fault = |error| Error::unwritten(std::env::temp_dir(), error);
        let folder = tempfile::tempdir().map_err(fault)?;
        rank(deployment, plan, raw, out, folder.path(), global)
    })
}

/// Writes the results of the day to the path from which a run reads them.
pub(crate) fn results(
    deployment: &Deployment,
    plan: &Plan,
    raw: &Path,
    home: &Path,
    global: &Global,
) -> Result<PathBuf, Error> {
    let fault = |error| Error::unwritten(home, error);
    let folder = tempfile::Builder::new().prefix(".ranking").tempdir_in(home).map_err(fault)?;
    let ranked = folder.path().join("results");
    rank(deployment, plan, raw, &ranked, folder.path(), global)?;
    let model = deployment.choose(Some(plan.kind.pipeline()))?.model;
    place_results(home, &model.results.path_of(&model.name, &compact(plan.date)), &ranked)
}

/// Ranks a file of raw rows in a temporary database in `folder`, and writes the results to `out`.
fn rank(
    deployment: &Deployment,
    plan: &Plan,
    raw: &Path,
    out: &Path,
    folder: &Path,
    global: &Global,
) -> Result<(), Error> {
    let chosen = deployment.choose(Some(plan.kind.pipeline()))?;
    let site = engines::Site {
        home: folder,
        query_options: &BTreeMap::new(),
        files: &flow_oa_remote::Site::default(),
    };
    let mut store = engines::connect("sqlite:day.db", &deployment.model, site)?;
    init::create(&mut *store, &deployment.model, &mut init::Made::default())?;
    let progress = Progress::default();
    let _bar = Bar::follow(&progress, "ranking", global.quiet);
    let options = IngestOptions {
        existing: Existing::Refuse,
        read: ReadOptions {
            format: None,
            choices: Choices::default(),
            max_rejects: 0,
            zone: flow_oa_core::Zone::utc(),
        },
        data: folder.to_owned(),
    };
    ingest(&mut *store, &chosen.into(), &raw.display().to_string(), &options, &progress)?;
    ranking::rank(&mut *store, chosen, plan.date, ranking::MOST, out, &progress).map(drop)
}

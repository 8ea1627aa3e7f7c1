//! `flow-oa rank`: creates the results file of a day from its raw flows.

use std::path::PathBuf;

use flow_oa_runtime::Foreign;
use flow_oa_runtime::day::ranking;
use flow_oa_runtime::day::run::compact;
use jiff::civil::Date;

use crate::global::{Global, Site, counting, date, location};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, json};
use crate::show::plural;

/// Rank the raw flows of a day by how unlikely each is for its two addresses, and write the results file. A file that
/// `rank` did not write is kept
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Date,
    /// Maximum number of lines, which are held in memory
    #[arg(long, value_name = "N", default_value_t = ranking::MOST, allow_negative_numbers = true)]
    #[arg(value_parser = counting)]
    max: u64,
    /// Results file: a path, hdfs:// or webhdfs:// [default: where `run` reads it]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a results file that `rank` did not write, or that was edited
    #[arg(long)]
    replace: bool,
    /// Pipeline [default: `pipeline` in the settings, else the only one]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let out = arguments.out.as_deref().map(|out| location("--out", out)).transpose()?;
    let (mut opened, mut notes) = arguments.site.stored(None)?;
    let chosen = opened.deployment.choose_for(arguments.pipeline.as_deref(), &opened.settings)?;
    let path = chosen.model.results.path_of(&chosen.model.name, &compact(arguments.date));
    let out = out.unwrap_or_else(|| opened.settings.results_root.join(&path));
    opened.progress.start(0);
    let bar = Bar::follow(&opened.progress, "ranking", global.quiet);
    let foreign = if arguments.replace { Foreign::Replace } else { Foreign::Refuse };
    let wanted = ranking::Wanted { day: arguments.date, max: arguments.max, out: &out, foreign };
    let summary = ranking::rank_to(&mut *opened.store, chosen, &wanted, &opened.settings, &opened.progress)?;
    drop(bar);
    let text = format!(
        "{}: {}, {}, {}; {} in {}\n",
        summary.day,
        plural(summary.rows, "flow", "flows"),
        plural(summary.hosts as u64, "address", "addresses"),
        plural(summary.words as u64, "word", "words"),
        plural(summary.written as u64, "line", "lines"),
        summary.results
    );
    notes.extend_from_slice(&summary.warnings);
    Ok(Report { text, json: json(&summary), notes, ..Report::default() })
}

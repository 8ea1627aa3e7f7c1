//! `flow-oa rank`: creates the results file of a day from its raw flows.

use std::path::{Path, PathBuf};

use flow_oa_context::IpRange;
use flow_oa_files::atomic::Foreign;
use flow_oa_runtime::day::ranking;
use flow_oa_runtime::day::ranking::{Evaluation, Measured};
use flow_oa_runtime::day::run::Limit;
use flow_oa_schema::printable;
use flow_oa_site::deployment::compact;
use jiff::civil::Date;

use crate::global::{Global, Site, counting, date, location};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, json};
use crate::show::{count, plural, table};

/// Rank the raw rows of a day by how rare what they say is, each story once, and write the results file. A file that
/// `rank` did not write is kept
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Date,
    /// Maximum number of lines, which are held in memory [default: `ranking` in the settings, else 100000]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = counting)]
    max: Option<u64>,
    /// Results file: a path, hdfs:// or webhdfs:// [default: where `run` reads it]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Replace a results file that `rank` did not write, or that was edited
    #[arg(long)]
    replace: bool,
    /// The site's own addresses, such as 10.0.0.0/8: rows from the inside to the outside and so on are counted, too
    /// [default: `ranking` in the settings]
    #[arg(long, value_name = "RANGE", value_delimiter = ',', value_parser = IpRange::parse)]
    internal: Vec<IpRange>,
    /// The exporters print each direction as a row: the port that more rows have is that of the service
    #[arg(long)]
    popular: bool,
    /// Measure the list instead of writing it: how well it puts the rows of a CSV file first, which has the header
    /// `address,label`, or columns of the raw table and `label`. A row whose label is empty, 0 or benign is no attack. All
    /// rows of the day are held in memory
    #[arg(long, value_name = "LABELS.csv", conflicts_with_all = ["out", "replace", "max"])]
    evaluate: Option<PathBuf>,
    /// Pipeline [default: `pipeline` in the settings, else that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let out = arguments.out.as_deref().map(|out| location("--out", out)).transpose()?;
    let (mut opened, mut notes) = arguments.site.stored(None, arguments.pipeline.as_deref())?;
    let chosen = opened.deployment.choose_for(arguments.pipeline.as_deref(), &opened.settings)?;
    let mut options = ranking::Options::from(&opened.settings.ranking);
    if !arguments.internal.is_empty() {
        options.internal = arguments.internal;
    }
    options.popular |= arguments.popular;
    if let Some(labels) = &arguments.evaluate {
        let limit = Limit::of(None, opened.settings.limit).rows();
        let (day, first) = (arguments.date, [50, 250, limit]);
        let measure = ranking::Measure { day, options: &options, labels, first: &first };
        opened.progress.start(0);
        let bar = Bar::follow(&opened.progress, "ranking", global.quiet);
        let found = ranking::evaluate(&mut *opened.store, chosen, &measure, &opened.progress)?;
        drop(bar);
        return Ok(evaluated(&found, labels, notes));
    }
    let path = chosen.model.results.path_of(&chosen.model.name, &compact(arguments.date));
    let out = out.unwrap_or_else(|| opened.settings.results_root.join(&path));
    opened.progress.start(0);
    let bar = Bar::follow(&opened.progress, "ranking", global.quiet);
    let foreign = if arguments.replace { Foreign::Replace } else { Foreign::Refuse };
    let max = arguments.max.or(opened.settings.ranking.max).unwrap_or(ranking::MOST);
    let wanted = ranking::Wanted { day: arguments.date, max, options: &options, out: &out, foreign };
    let summary = ranking::rank_to(&mut *opened.store, chosen, &wanted, &opened.settings, &opened.progress)?;
    drop(bar);
    let mut text = format!(
        "{}: {}, {}; {} in {}\n",
        summary.day,
        plural(summary.rows, "row", "rows"),
        plural(summary.groups as u64, "group", "groups"),
        plural(summary.written as u64, "line", "lines"),
        summary.results
    );
    if !summary.held_back.is_empty() {
        let held = summary.held_back.iter();
        let held = held.map(|held| vec![held.by.clone(), count(held.groups), count(held.rows)]);
        text.push_str(&format!("\n{}", table(&["behind all others", "#groups", "#rows"], held)));
    }
    notes.extend_from_slice(&summary.warnings);
    Ok(Report { text, json: json(&summary), notes, ..Report::default() })
}

/// The report of an evaluation.
fn evaluated(found: &Evaluation, labels: &Path, mut notes: Vec<String>) -> Report {
    let first = found.lists.first().map(|list| list.at.iter().map(|at| at.rows).collect::<Vec<_>>());
    let first = first.unwrap_or_default();
    let of_first = |what: &str| first.iter().map(|rows| format!("#{what} {rows}")).collect::<Vec<_>>();
    let headings = ["list", "#ROC-AUC", "#average precision", "#first hit"].map(str::to_owned).into_iter();
    let headings: Vec<String> = headings.chain(of_first("precision")).chain(of_first("recall")).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let number = |number: f64| format!("{number:.3}");
    let line = |list: &Measured| {
        let own =
            [list.name.clone(), number(list.roc_auc), number(list.average_precision), count(list.first_hit)];
        let precisions = list.at.iter().map(|at| number(at.precision));
        let recalls = list.at.iter().map(|at| number(at.recall));
        own.into_iter().chain(precisions).chain(recalls).collect()
    };
    let attacks = found
        .attacks
        .iter()
        .map(|attack| vec![attack.label.clone(), count(attack.rows), count(attack.first)]);
    let text = format!(
        "{}: {}, {} of {}\n\n{}\nPositions count from 0. Precision: the share of the first rows that belong to attacks. Recall: \
         the share of the attackers that they show.\n\n{}",
        found.day,
        plural(found.rows, "row", "rows"),
        plural(found.attack_rows, "row of an attack", "rows of attacks"),
        plural(found.attackers, "attacker", "attackers"),
        table(&headings, found.lists.iter().map(line)),
        table(&["attack", "#rows", "#first row"], attacks)
    );
    if let Some(line) = found.unmatched.first() {
        notes.push(format!(
            "{}: {} no row of {}, the first of them in line {line}",
            printable::path(labels),
            plural(found.unmatched.len() as u64, "label matches", "labels match"),
            found.day
        ));
    }
    Report { text, json: json(found), notes, ..Report::default() }
}

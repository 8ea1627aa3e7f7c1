//! `flow-oa explain-row`: shows the origin of every value of a row of scores.

use std::fmt::Write as _;

use flow_oa_analyst::provenance::{Explained, Source, Wanted, explain};

use crate::global::OneDay;
use crate::report::{Done, Report, json};
use crate::show::table;

/// Show where every value of a scored row came from: the line of the results and the context entries, with the
/// dates of their files
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: OneDay,
    /// The row's position in the results, from 0
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..=i64::from(i32::MAX)))]
    rank: i64,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let (mut opened, _) = arguments.of.site.stored(None, arguments.of.pipeline.as_deref())?;
    let chosen = opened.deployment.choose_for(arguments.of.pipeline.as_deref(), &opened.settings)?;
    let day = arguments.of.day(&mut *opened.store, chosen)?;
    let wanted = Wanted { chosen, settings: &opened.settings, day, rank: arguments.rank };
    let explained = explain(&mut *opened.store, wanted, &opened.progress)?;
    Ok(Report {
        text: text(&explained),
        json: json(&explained),
        is_product: true,
        has_rows: true,
        ..Report::default()
    })
}

fn text(row: &Explained) -> String {
    let mut text = format!("rank {} of {} on {}", row.rank, row.table, row.day);
    match &row.run {
        Some(run) => drop(writeln!(text, ", stored by run {} ({} UTC)", run.id, run.finished)),
        None => text.push_str("; the history has no run of this day\n"),
    }
    let lines = row.columns.iter().flat_map(|column| {
        let value = column.value.as_deref().unwrap_or("(none)").to_owned();
        // The value is shown only in the line of its first source.
        let first = std::iter::once((column.name.clone(), value));
        let heads = first.chain(std::iter::repeat_with(Default::default));
        heads.zip(&column.sources).map(|((name, value), source)| line(name, value, source))
    });
    text + &table(&["column", "value", "from", "place", "as of (UTC)"], lines)
}

fn line(name: String, value: String, source: &Source) -> Vec<String> {
    let now = source.gives_now.as_deref().map(|gives_now| format!(" (today it gives {gives_now})"));
    let what = source.what.clone() + &now.unwrap_or_default();
    vec![name, value, what, source.place.clone(), source.as_of.clone()]
}

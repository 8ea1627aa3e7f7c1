//! `flow-oa init`: creates tables in the database, and fills rollups from stored raw rows.

use flow_oa_migration::init::{Changes, Made, init};
use flow_oa_runtime::day::derive::ComparedDays;

use crate::global::{Global, Site};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, json};
use crate::show::plural;

/// Create missing tables, and fill rollups of stored days; changes nothing if all are complete
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Add missing columns; `flow-oa migrate` makes all changes
    #[arg(long)]
    add_columns: bool,
    /// Change columns to the type of the schema where theirs is narrower
    #[arg(long)]
    widen: bool,
    /// Compare all days of all rollups with their raw rows, not only those that are not marked as complete, and fill
    /// those that differ
    #[arg(long)]
    compare_rollups: bool,
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let mut opened = arguments.site.open(None)?;
    let (store, model) = (&mut *opened.store, &opened.deployment.model);
    let which = if arguments.compare_rollups { ComparedDays::All } else { ComparedDays::Unmarked };
    let bar = Bar::follow(&opened.progress, "comparing rollups", global.quiet);
    let changes = Changes { add_columns: arguments.add_columns, widen: arguments.widen };
    let made = init(store, model, changes, which, &opened.progress);
    drop(bar);
    let made = made?;
    let text = format!("{}\n{}", store.url(), text(&made));
    Ok(Report { text, json: json(&made), notes: made.warnings, ..Report::default() })
}

fn text(made: &Made) -> String {
    let mut text = String::new();
    for (what, names) in [("table", &made.tables), ("column", &made.columns)] {
        for name in names {
            text.push_str(&format!("made the {what} {name}\n"));
        }
    }
    for name in &made.widened {
        text.push_str(&format!("widened the column {name}\n"));
    }
    for it in &made.rollups {
        let days = plural(it.compared, "day", "days");
        let filled = it.filled;
        text.push_str(&format!("compared {days} of {} with the raw rows, filled {filled}\n", it.table));
    }
    if text.is_empty() {
        text.push_str("all tables exist; nothing was changed\n");
    }
    text
}

//! `flow-oa init`: makes the tables in the database.

use flow_oa_runtime::structure;

use crate::global::Site;
use crate::report::{Done, Report, json};

/// Make the tables that the database lacks; changes nothing where all are there
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Add columns that tables lack
    #[arg(long)]
    add_columns: bool,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let mut opened = arguments.site.open(None)?;
    let applied = structure::apply(&mut *opened.engine, &opened.deployment.model, arguments.add_columns)?;
    let mut text = String::new();
    for (what, names) in [("table", &applied.tables), ("column", &applied.columns)] {
        for name in names {
            text.push_str(&format!("made the {what} {name}\n"));
        }
    }
    if text.is_empty() {
        text.push_str("all tables are there; nothing was changed\n");
    }
    let text = format!("{}\n{text}", opened.engine.url());
    Ok(Report { text, json: json(&applied), notes: applied.warnings, ..Report::default() })
}

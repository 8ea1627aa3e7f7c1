//! `flow-oa purge`: old days out of the database, after a question.

use flow_oa_runtime::purge::{Old, count as count_old, purge, tables};
use jiff::civil::Date;
use serde_json::json;

use crate::confirm::is_confirmed;
use crate::global::{Site, date};
use crate::report::{Done, Report};
use crate::show::{count, plural, table};

/// Take days before a date out of the raw flows and of what runs write; analysts' tables stay unless they are
/// named
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// First day that is kept, YYYYMMDD or YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = date)]
    before: Date,
    /// Only this table; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Pipeline [default: `pipeline` in the settings, else the only one]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let (mut opened, notes) = arguments.site.stored(None)?;
    let chosen = opened.deployment.choose_for(arguments.pipeline.as_deref(), &opened.settings)?;
    let tables = tables(&*opened.engine, chosen, &arguments.tables)?;
    let before = arguments.before;
    let what = |old: &[Old]| format!("{} of days before {before}", plural(total(old), "row", "rows"));
    if !arguments.yes {
        let old = count_old(&mut *opened.engine, &tables, before)?;
        if total(&old) == 0 || !is_confirmed("purge", &what(&old), &rows(&old))? {
            let text = match total(&old) {
                0 => format!("there are no rows of days before {before}; nothing was changed\n"),
                _ => "nothing was changed\n".to_owned(),
            };
            let json = json!({"before": before.to_string(), "purged": []});
            return Ok(Report { text, json, notes, ..Report::default() });
        }
    }
    let folder = opened.settings.pipeline_folder(&chosen.model.name);
    let gone = purge(&mut *opened.engine, chosen, &tables, before, &folder, &opened.progress)?;
    let text = format!(
        "{}taken out: {} of days before {before}; the database uses their room again\n",
        rows(&gone),
        plural(total(&gone), "row", "rows")
    );
    let json = json!({"before": before.to_string(), "purged": gone});
    Ok(Report { text, json, notes, ..Report::default() })
}

fn rows(old: &[Old]) -> String {
    table(&["table", "#rows"], old.iter().map(|it| vec![it.table.clone(), count(it.rows)]))
}

fn total(old: &[Old]) -> u64 {
    old.iter().map(|it| it.rows).sum()
}

//! `flow-oa purge`: deletes old days from the database, after a confirmation.

use flow_oa_engine::Remark;
use flow_oa_runtime::day::purge::{Old, count as count_old, purge, tables};
use flow_oa_site::Error;
use jiff::civil::Date;
use serde_json::json;

use crate::confirm::Question;
use crate::global::{Site, date};
use crate::report::{Done, Report};
use crate::show::{count, plural, table};

/// Delete days before a date from the raw rows and from the tables that runs write. Analysts' tables stay unless they are
/// named. On Impala and Hive, files that cannot be deleted are reported with exit code 73
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// First day to keep, YYYYMMDD or YYYY-MM-DD
    #[arg(long, value_name = "DATE", value_parser = date)]
    before: Date,
    /// Only this table; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Pipeline [default: `pipeline` in the settings, else that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let (mut opened, notes) = arguments.site.stored(None, arguments.pipeline.as_deref())?;
    let chosen = opened.deployment.choose_for(arguments.pipeline.as_deref(), &opened.settings)?;
    let tables = tables(&*opened.store, chosen, &arguments.tables)?;
    let before = arguments.before;
    if !arguments.yes {
        let old = count_old(&mut *opened.store, &tables, before).map_err(Error::unchanged)?;
        if total(&old) == 0 {
            let text = format!("there are no rows of days before {before}; nothing was changed\n");
            let json = json!({"before": before.to_string(), "purged": []});
            return Ok(Report { text, json, notes, ..Report::default() });
        }
        if let Some(mut unchanged) = question(&old, before).ask(&opened.progress)? {
            unchanged.notes.splice(0..0, notes);
            return Ok(unchanged);
        }
    }
    let folder = opened.settings.pipeline_folder(&chosen.model.name);
    let gone = purge(&mut *opened.store, chosen, &tables, before, &folder, &opened.progress)?;
    let remarks = opened.store.take_remarks();
    let left: Vec<&String> = remarks.iter().flat_map(not_deleted).collect();
    let room = if left.is_empty() { "; the database uses their room again" } else { "" };
    let text = format!(
        "{}deleted: {} of days before {before}{room}\n",
        rows(&gone),
        plural(total(&gone), "row", "rows")
    );
    let json = json!({"before": before.to_string(), "purged": gone, "not_deleted": left});
    let mut report = Report { text, json, notes, ..Report::default() };
    report.remark(&remarks);
    Ok(report)
}

/// The folders of purged days that could not be deleted.
fn not_deleted(remark: &Remark) -> &[String] {
    match remark {
        Remark::Purged(files) => &files.folders,
        Remark::Replaced(_) | Remark::Statistics { .. } => &[],
    }
}

fn question(old: &[Old], before: Date) -> Question {
    let rows_of = plural(total(old), "row", "rows");
    Question {
        command: "purge",
        would: format!("{rows_of} of days before {before} would be deleted"),
        listed: rows(old),
        preview: json!({"before": before.to_string(), "tables": old}),
    }
}

fn rows(old: &[Old]) -> String {
    table(&["table", "#rows"], old.iter().map(|entry| vec![entry.table.clone(), count(entry.rows)]))
}

fn total(old: &[Old]) -> u64 {
    old.iter().map(|it| it.rows).sum()
}

//! `flow-oa reset`: what analysts wrote of a day, taken out after a backup and a question.

use flow_oa_runtime::reset::{Held, look, reset};
use flow_oa_runtime::{engine, structure};
use jiff::civil::Date;
use serde_json::json;

use crate::confirm::is_confirmed;
use crate::global::{Opened, Site, date};
use crate::report::{Done, Report, json};
use crate::show::{count, plural, table};

/// Take what analysts wrote of a day out: scores, storyboards with their files, and the feedback; a backup that
/// `flow-oa restore` puts back is written first
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// The pipeline; needed where there are several
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// The day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Date,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let settings = arguments.site.settings(None)?;
    engine::require_there(&settings.database, &settings.home)?;
    let mut opened = arguments.site.open(None)?;
    structure::require(&mut *opened.engine, &opened.deployment.model)?;
    let Opened { settings, deployment, engine, progress } = &mut opened;
    let chosen = deployment.choose(arguments.pipeline.as_deref())?;
    let day = arguments.date;
    let (held, files) = look(&mut **engine, settings, chosen, day)?;
    let total: u64 = held.iter().map(|it| it.rows).sum();
    if total == 0 && files == 0 {
        let text = format!("analysts wrote nothing of {day}; nothing was changed\n");
        return Ok(Report { text, json: json!({"day": day.to_string(), "tables": []}), ..Report::default() });
    }
    let files = match files {
        0 => String::new(),
        count => format!(" and {} of storyboards", plural(count, "file", "files")),
    };
    let what = format!("{}{files} that analysts wrote of {day}", plural(total, "row", "rows"));
    if !arguments.yes && !is_confirmed("reset", &what, &rows(&held))? {
        let json = json!({"day": day.to_string(), "tables": []});
        return Ok(Report { text: "nothing was changed\n".to_owned(), json, ..Report::default() });
    }
    let done = reset(&mut **engine, settings, chosen, day, progress)?;
    let text = format!(
        "{}taken out: {what}; `flow-oa restore {}` puts them back\n",
        rows(&done.tables),
        done.backup.display()
    );
    Ok(Report { text, json: json(&done), ..Report::default() })
}

fn rows(held: &[Held]) -> String {
    table(&["table", "#rows"], held.iter().map(|it| vec![it.table.clone(), count(it.rows)]))
}

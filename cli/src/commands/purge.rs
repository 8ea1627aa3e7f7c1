//! `flow-oa purge`: old days out of the database, after a question.

use std::io::{BufRead, IsTerminal as _, Write as _};

use flow_oa_runtime::purge::{Old, count as count_old, purge, tables};
use flow_oa_runtime::{Error, engine, structure};
use jiff::civil::Date;
use serde_json::json;

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
    /// Pipeline, where the program was built with several
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let settings = arguments.site.settings(None)?;
    engine::require_there(&settings.database, &settings.home)?;
    let mut opened = arguments.site.open(None)?;
    let notes = structure::require(&mut *opened.engine, &opened.deployment.model)?;
    let chosen = opened.deployment.choose(arguments.pipeline.as_deref())?;
    let tables = tables(&*opened.engine, chosen, &arguments.tables)?;
    let before = arguments.before;
    if !arguments.yes {
        let old = count_old(&mut *opened.engine, &tables, before)?;
        if total(&old) == 0 || !is_confirmed(&old, before)? {
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

/// Shows what would go and asks.
fn is_confirmed(old: &[Old], before: Date) -> Result<bool, Error> {
    let what = format!("{} of days before {before}", plural(total(old), "row", "rows"));
    if !std::io::stdin().is_terminal() {
        return Err(Error::Usage(format!(
            "purge: {what} would be taken out:{}nobody is there to be asked (standard input is no terminal), so \
             nothing was changed; --yes takes them out without a question",
            rows(old)
        )));
    }
    // Where the error output is closed, no answer is a no.
    let _ = write!(std::io::stderr(), "{}{what} will be taken out for good. Go on? [y/N] ", rows(old));
    Ok(answer(&mut std::io::stdin().lock()))
}

fn answer(input: &mut dyn BufRead) -> bool {
    let mut line = String::new();
    input.read_line(&mut line).is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::answer;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (text, is_yes) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("n\n", false), ("yep", false)]
        {
            assert_eq!(answer(&mut text.as_bytes()), is_yes, "{text:?}");
        }
    }
}

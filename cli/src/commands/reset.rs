//! `flow-oa reset`: deletes what analysts wrote about a day, after a backup and a confirmation.

use flow_oa_analyst::reset::{Held, Written};
use flow_oa_analyst::{self as analyst, Changed};
use flow_oa_schema::printable;
use jiff::civil::Date;

use super::feedback::tell;
use crate::confirm::{Question, with_consent};
use crate::global::{OneDay, Opened};
use crate::report::{Done, Report, json};
use crate::show::{count, plural, table};

/// Delete the analysts' work of a day: scores, storyboards with their files, and feedback. A backup for `flow-oa
/// restore` is written first
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: OneDay,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    arguments.of.require_date("reset")?;
    let (mut opened, _) = arguments.of.site.stored(None, arguments.of.pipeline.as_deref())?;
    let Opened { settings, deployment, store, progress } = &mut opened;
    let chosen = deployment.choose_for(arguments.of.pipeline.as_deref(), settings)?;
    let day = arguments.of.day(&mut **store, chosen)?;
    let removed = with_consent(
        arguments.yes,
        progress,
        |consent| analyst::reset(&mut **store, settings, chosen, day, consent, progress),
        |written| question(written, day),
    );
    let Changed { done, feedback } = match removed? {
        Ok(Some(changed)) => changed,
        Ok(None) => {
            let text = format!("analysts wrote nothing of {day}; nothing was changed\n");
            let json = serde_json::json!({"day": day.to_string(), "tables": []});
            return Ok(Report { text, json, ..Report::default() });
        }
        Err(unchanged) => return Ok(unchanged),
    };
    let what = what(&done.written, day);
    let backup = printable::path(&done.backup);
    let text = format!("{}deleted: {what}; `flow-oa restore {backup}` restores them\n", rows(&done.tables));
    let mut report = Report { text, json: json(&done), ..Report::default() };
    if let Some(error) = &done.fault {
        let note = format!("the rows are deleted, but not all files ({backup} has all): {}", error.cause());
        report.falls_short(note, error);
    }
    let done = format!("the rows are deleted ({backup} has them)");
    tell(&mut report, &done, day, feedback);
    Ok(report)
}

fn question(written: &Written, day: Date) -> Question {
    let mut preview = json(written);
    preview["day"] = day.to_string().into();
    let would = format!("{} would be deleted", what(written, day));
    Question { command: "reset", would, listed: listed(written), preview }
}

/// The amounts, in one line.
fn what(written: &Written, day: Date) -> String {
    let total: u64 = written.tables.iter().map(|it| it.rows).sum();
    let files = written.files.len() as u64;
    let lines = written.feedback.as_ref().map_or(0, |it| it.lines);
    let all = [
        (total, plural(total, "row", "rows")),
        (files, format!("{} of storyboards", plural(files, "file", "files"))),
        (lines, format!("{} of feedback", plural(lines, "line", "lines"))),
    ];
    let there: Vec<String> = all.into_iter().filter(|(number, _)| *number > 0).map(|it| it.1).collect();
    let parts = match there.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        some => some.concat(),
    };
    format!("{parts} that analysts wrote of {day}")
}

/// The amounts, one line each.
fn listed(written: &Written) -> String {
    let mut text = if written.tables.is_empty() { "\n".to_owned() } else { rows(&written.tables) };
    for file in &written.files {
        text.push_str(&format!("{}\n", printable::path(file)));
    }
    if let Some(feedback) = &written.feedback {
        text.push_str(&format!("{}\n", feedback.file));
    }
    text
}

fn rows(held: &[Held]) -> String {
    table(&["table", "#rows"], held.iter().map(|entry| vec![entry.table.clone(), count(entry.rows)]))
}

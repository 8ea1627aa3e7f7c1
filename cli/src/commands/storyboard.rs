//! `flow-oa storyboard`: stores an analyst's comment about an address, a name or a URL.

use std::io::Read as _;

use flow_oa_analyst::storyboard::{Comment, Replaced, Shortened, ShortenedTable, Story, StorySummary, save};
use flow_oa_runtime::day::subject::Subject;
use flow_oa_schema::printable::in_line;
use flow_oa_schema::types::ColumnType;
use flow_oa_site::Error;
use serde_json::json;

use crate::analyst::Analyst;
use crate::confirm::{Question, with_consent};
use crate::global::{OneDay, Opened, whole};
use crate::report::{Done, Report, json};
use crate::show::{count, plural};

/// Store a comment about an address, a name or a URL: a title and a text, with its timeline and the files from which its
/// story is drawn. Asks before it replaces another title or text, or a longer timeline
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: OneDay,
    /// The address, or the name or URL as it is stored
    #[arg(value_name = "SUBJECT")]
    subject: String,
    /// The title
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: String,
    /// The text; - for standard input
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    /// Maximum number of rows of the timeline, the first in the order of its table; 0 for all. Default: the limit of the
    /// table. The files hold every peer
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole)]
    top: Option<u64>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    analyst: Analyst,
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let who = arguments.analyst.name()?;
    let text = match arguments.text.as_str() {
        "-" => read()?,
        text => text.to_owned(),
    };
    let (mut opened, _) = arguments.of.site.stored(None, arguments.of.pipeline.as_deref())?;
    let Opened { settings, deployment, store, progress } = &mut opened;
    let chosen = deployment.choose_for(arguments.of.pipeline.as_deref(), settings)?;
    let story = Story {
        chosen,
        day: arguments.of.day(&mut **store, chosen)?,
        who: &who,
        subject: Subject::of(&arguments.subject),
        title: arguments.title,
        text,
        top: arguments.top,
    };
    let stored = with_consent(
        arguments.yes,
        progress,
        |consent| save(&mut **store, settings, &story, consent, progress),
        |replaced| question(replaced, &story),
    );
    let done = match stored? {
        Ok(done) => done,
        Err(unchanged) => return Ok(unchanged),
    };
    let nothing = match done.peers {
        Some(0) if done.timeline_rows == 0 => Some("and another address: its timeline and files are empty"),
        Some(0) => Some("and another address: its files are empty"),
        None if done.timeline.is_some() && done.timeline_rows == 0 => Some("at all: its timeline is empty"),
        Some(_) | None => None,
    };
    let nothing =
        nothing.map(|rest| format!("{} has no rows of {} with {} {rest}", done.raw, done.day, done.subject));
    let notes = nothing.into_iter().collect();
    let mut report = Report { text: said(&done), json: json(&done), notes, ..Report::default() };
    if let Some(error) = &done.fault {
        let note = format!(
            "the comment and the timeline are stored, but not all files are written: {}; the same command again does",
            error.cause()
        );
        report.falls_short(note, error);
    }
    Ok(report)
}

/// The question that lists what would be replaced.
fn question(replaced: &Replaced, story: &Story<'_>) -> Question {
    let (subject, day) = (story.subject.text(), story.day);
    let Replaced { comments, timeline: _, tables, unseen } = replaced;
    let mut listed = "\n".to_owned();
    if *unseen {
        listed.push_str("no raw row of the day is about it: is it misspelt, or of another day?\n");
    }
    for Comment { title, text, at, by } in comments {
        listed.push_str(&in_line(&format!("title: {title}; text: {text} ({by}, {at})")));
        listed.push('\n');
    }
    for ShortenedTable { table, rows: Shortened { from, to } } in tables {
        listed.push_str(&format!("{table}: {} instead of {}\n", plural(*to, "row", "rows"), count(*from)));
    }
    let would = match (comments.is_empty(), tables.is_empty()) {
        (false, _) => format!("the story of {subject} on {day} would be replaced"),
        (true, false) => format!("the timeline of {subject} on {day} would be replaced"),
        (true, true) => format!("a comment about {subject} on {day} would be stored"),
    };
    let mut preview = json(replaced);
    preview["day"] = json!(day.to_string());
    preview["subject"] = json!(subject);
    if let Some(address) = story.subject.in_column(ColumnType::Address) {
        preview["address"] = json!(address);
    }
    Question { command: "storyboard", would, listed, preview }
}

fn read() -> Result<String, Error> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Error::BadData(format!("reading the text from standard input: {error}")))?;
    Ok(text)
}

fn said(done: &StorySummary) -> String {
    let moments = match &done.timeline {
        Some(table) => format!(", {} in {table}", plural(done.timeline_rows, "row", "rows")),
        None => String::new(),
    };
    let peers = done.peers.map(|peers| format!("; {}", plural(peers, "peer", "peers"))).unwrap_or_default();
    let mut text = format!("{}: {} is stored in {}{moments}{peers}\n", done.day, done.subject, done.comments);
    for file in &done.files {
        text.push_str(file);
        text.push('\n');
    }
    text
}

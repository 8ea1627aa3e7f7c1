//! `flow-oa storyboard`: stores an analyst's comment about an address.

use std::io::Read as _;

use flow_oa_analyst::storyboard::{Comment, Replaced, Shortened, Story, StorySummary, save};
use flow_oa_runtime::Error;
use flow_oa_schema::printable::in_line;
use serde_json::json;

use super::query::ip;
use crate::analyst::Analyst;
use crate::confirm::{Question, with_consent};
use crate::global::{OneDay, Opened, whole};
use crate::report::{Done, Report, json};
use crate::show::{count, plural};

/// Store a comment about an address: a title and a text, with its timeline and the files of its impact, progression and
/// globe. Asks before it replaces another title or text, or a longer timeline
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: OneDay,
    /// The address
    #[arg(value_name = "ADDRESS", value_parser = ip)]
    address: String,
    /// The title
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: String,
    /// The text; - for standard input
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    text: String,
    /// Maximum number of rows of the timeline, those with the most bytes; 0 for all. The files hold every peer
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true, value_parser = whole)]
    top: u64,
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
    let (mut opened, _) = arguments.of.site.stored(None)?;
    let Opened { settings, deployment, store, progress } = &mut opened;
    let story = Story {
        chosen: deployment.choose_for(arguments.of.pipeline.as_deref(), settings)?,
        day: arguments.of.date,
        who: &who,
        address: arguments.address,
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
    let nothing = (done.peers == 0).then(|| {
        format!(
            "{} has no rows of {} with {} and another address: its timeline and files are empty",
            done.raw, done.day, done.address
        )
    });
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
    let Story { address, day, .. } = story;
    let Replaced { comments, timeline } = replaced;
    let mut listed = "\n".to_owned();
    for Comment { title, text, at, by } in comments {
        listed.push_str(&in_line(&format!("title: {title}; text: {text} ({by}, {at})")));
        listed.push('\n');
    }
    if let Some(Shortened { from, to }) = timeline {
        listed.push_str(&format!("timeline: {} instead of {}\n", plural(*to, "row", "rows"), count(*from)));
    }
    let lost = if comments.is_empty() { "the timeline" } else { "the story" };
    let mut preview = json(replaced);
    preview["day"] = json!(day.to_string());
    preview["address"] = json!(address);
    Question {
        command: "storyboard",
        would: format!("{lost} of {address} on {day} would be replaced"),
        listed,
        preview,
    }
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
    let peers = plural(done.peers, "peer", "peers");
    let mut text =
        format!("{}: {} is stored in {}{moments}; {peers}\n", done.day, done.address, done.comments);
    for file in &done.files {
        text.push_str(file);
        text.push('\n');
    }
    text
}

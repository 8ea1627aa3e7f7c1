//! `flow-oa score`: stores an analyst's scores of suspicious rows.

use std::io::Read as _;

use flow_oa_analyst::query::{Filter, field};
use flow_oa_analyst::scoring::{Change, Changes, ChosenRows, Count, Day, Ends, Judgement, ScoreSummary};
use flow_oa_analyst::{self as analyst, Changed, Severities};
use flow_oa_schema::printable::in_line;
use flow_oa_site::Error;
use flow_oa_site::deployment::Chosen;
use jiff::civil::Date;
use serde_json::json;

use super::feedback::tell;
use super::query::ip;
use crate::analyst::Analyst;
use crate::confirm::{Question, with_consent};
use crate::global::{OneDay, Opened};
use crate::report::{Done, Report, json};
use crate::show::{count, plural, table};

/// The maximum number of lost notes in the text output. JSON lists all of them.
const NOTES: usize = 20;

/// Score suspicious rows as an analyst: high, medium or low. Asks before stored scores or notes change
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").multiple(true).args(["rank", "story", "filter", "src", "dst", "sport", "dport", "proto", "service", "subject"]))]
#[command(group = clap::ArgGroup::new("what").required(true).args(["severity", "unscore", "batch"]))]
pub(crate) struct Arguments {
    #[command(flatten)]
    of: OneDay,
    /// Position of the row in the results, from 0
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    rank: Option<i64>,
    /// All rows of a story: that of the row at this position in the results, from 0, as `query suspicious` shows it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    #[arg(conflicts_with_all = ["rank", "filter", "src", "dst", "sport", "dport", "proto", "service", "subject"])]
    story: Option<i64>,
    /// Connections that match: a column, one of = != < <= > >= ~ (contains), and a value, such as srcip=10.0.0.0/8;
    /// several filters are joined by `and`
    #[arg(long, short, value_name = "COLUMN=VALUE", value_parser = Filter::parse)]
    filter: Vec<Filter>,
    /// Source address, or the address of the client
    #[arg(long, value_name = "ADDRESS", value_parser = ip)]
    src: Option<String>,
    /// Destination address
    #[arg(long, value_name = "ADDRESS", value_parser = ip)]
    dst: Option<String>,
    /// Source port, from 0
    #[arg(long, value_name = "PORT")]
    sport: Option<u16>,
    /// Destination port
    #[arg(long, value_name = "PORT")]
    dport: Option<u16>,
    /// Protocol
    #[arg(long, value_name = "NAME")]
    proto: Option<String>,
    /// Service, such as the type of a DNS question
    #[arg(long, value_name = "VALUE")]
    service: Option<String>,
    /// Name or URL
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// Severity: high, medium, low, or 1, 2, 3. If a row has several severities, this sets all of them; NAME=SEVERITY
    /// sets one, as in dns=low,ip=high, and the others to 0
    #[arg(long, short, value_name = "SEVERITY", value_parser = Severities::parse, requires = "which")]
    severity: Option<Severities>,
    /// Remove the scores of these rows
    #[arg(long, conflicts_with_all = ["severity", "note"], requires = "which")]
    unscore: bool,
    /// Note
    #[arg(long, value_name = "TEXT", default_value = "", requires = "severity")]
    note: String,
    /// File of scores: CSV with the header `rank,severity,note`, or JSON objects with these keys, in a list or one a
    /// line; - for standard input. All of them are stored, or none
    #[arg(long, value_name = "FILE", conflicts_with_all = ["severity", "unscore", "which"])]
    batch: Option<String>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    analyst: Analyst,
}

/// A line of a batch.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    rank: i64,
    severity: Said,
    #[serde(default)]
    note: String,
}

/// A severity, by name or number.
#[derive(Debug, serde::Deserialize)]
#[serde(untagged)]
enum Said {
    Number(i64),
    Word(String),
}

impl Said {
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Word(word) => word.clone(),
        }
    }
}

pub(crate) fn run(arguments: Arguments) -> Done {
    let batch = arguments.batch.as_deref().map(batch).transpose().map_err(Error::unchanged)?;
    let (mut opened, _) = arguments.of.site.stored(None, arguments.of.pipeline.as_deref())?;
    let Opened { settings, deployment, store, progress } = &mut opened;
    let chosen = deployment.choose_for(arguments.of.pipeline.as_deref(), settings)?;
    let judgements = match batch {
        Some(batch) => batch,
        None => vec![judgement(&arguments, chosen)?],
    };
    let who = arguments.analyst.name()?;
    let date = arguments.of.day(&mut **store, chosen)?;
    let day = Day { chosen, day: date, who: &who };
    let stored = with_consent(
        arguments.yes,
        progress,
        |consent| analyst::score(&mut **store, settings, day, &judgements, consent, progress),
        |changes| question(changes, date),
    );
    let Changed { done: summary, feedback } = match stored? {
        Ok(changed) => changed,
        Err(unchanged) => return Ok(unchanged),
    };
    let mut report = Report { text: text(&summary), json: json(&summary), ..Report::default() };
    if summary.overridden > 0 {
        report.notes.push(format!(
            "{} not stored: a later line scores the same connection differently",
            plural(summary.overridden, "line of the batch is", "lines of the batch are")
        ));
    }
    tell(&mut report, "the scores are stored", date, feedback);
    Ok(report)
}

/// The judgement that the arguments describe.
fn judgement(arguments: &Arguments, chosen: Chosen<'_>) -> Result<Judgement, Error> {
    let ends = Ends {
        source: arguments.src.clone(),
        destination: arguments.dst.clone(),
        source_port: arguments.sport.map(|it| it.to_string()),
        destination_port: arguments.dport.map(|it| it.to_string()),
        protocol: arguments.proto.clone(),
        service: arguments.service.clone(),
        subject: arguments.subject.clone(),
    };
    let which = match (arguments.rank, arguments.story) {
        (None, Some(rank)) => ChosenRows::Story(rank),
        (Some(rank), _) if arguments.filter.is_empty() && ends.is_empty() => ChosenRows::Rank(rank),
        (Some(_), _) => {
            return Err(Error::Usage(
                "score: --rank names one connection, and --filter and its ends others: give one of them"
                    .into(),
            ));
        }
        (None, None) => ChosenRows::Where([arguments.filter.clone(), ends.filters(chosen)?].concat()),
    };
    Ok(Judgement { which, severity: arguments.severity.clone(), note: arguments.note.clone() })
}

/// The question that lists the stored scores that would change, and the notes that would be lost.
fn question(changes: &Changes, day: Date) -> Question {
    let scores = plural(changes.len(), "stored score", "stored scores");
    let removed = changes.counts().iter().filter(|it| it.to.is_none()).map(|it| it.connections).sum::<u64>();
    let become_of = if removed == changes.len() { "be removed" } else { "change" };
    let notes: Vec<&Change> = changes.notes_lost().collect();
    let lost = match notes.len() as u64 {
        0 => String::new(),
        lost => format!(", with {} lost", plural(lost, "note", "notes")),
    };
    Question {
        command: "score",
        would: format!("{scores} of {day} would {become_of}{lost}"),
        listed: listed(&changes.counts(), &notes),
        preview: json!({"day": day.to_string(), "changes": changes.counts(), "notes_lost": notes}),
    }
}

fn listed(counts: &[Count], notes: &[&Change]) -> String {
    let line = |counted: &Count| {
        let to = match &counted.to {
            Some(to) if *to == counted.from => format!("{to}, with another note"),
            Some(to) => to.clone(),
            None => "none".to_owned(),
        };
        vec![counted.from.clone(), to, count(counted.connections), count(counted.notes_lost)]
    };
    let mut text = table(&["from", "to", "#connections", "#notes lost"], counts.iter().map(line));
    for Change { connection, note, by, at, .. } in notes.iter().take(NOTES) {
        let values = connection.iter().map(|(_, value)| field(value));
        let connection = values.collect::<Vec<_>>().join(" ");
        text.push_str(&in_line(&format!("lost note of {connection}: {note} ({by}, {at})")));
        text.push('\n');
    }
    if let Some(more) = notes.len().checked_sub(NOTES).filter(|more| *more > 0) {
        text.push_str(&format!(
            "and {}; --output json lists all\n",
            plural(more as u64, "note more", "notes more")
        ));
    }
    text
}

/// Reads the judgements in a file of scores.
fn batch(file: &str) -> Result<Vec<Judgement>, Error> {
    let mut text = String::new();
    let read = match file {
        "-" => std::io::stdin().read_to_string(&mut text).map(drop),
        path => std::fs::read_to_string(path).map(|read| text = read),
    };
    let name = if file == "-" { "standard input" } else { file };
    read.map_err(|error| unread(name, &error))?;
    let fault = |reason: String| {
        Error::BadData(format!(
            "reading scores from {name}: {reason}. Expected CSV with the header rank,severity,note or a JSON \
             list of objects with these keys"
        ))
    };
    let lines: Vec<Line> = match text.trim_start().chars().next() {
        Some('[') => serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?,
        // A single object, or one object per line.
        Some('{') => serde_json::Deserializer::from_str(&text)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| fault(error.to_string()))?,
        _ => {
            let mut reader = csv::Reader::from_reader(text.as_bytes());
            reader.deserialize().collect::<Result<_, _>>().map_err(|error| fault(error.to_string()))?
        }
    };
    if lines.is_empty() {
        return Err(fault("there are none".to_owned()));
    }
    let judgement = |line: Line| {
        let severity = Severities::parse(&line.severity.text());
        let severity = severity.map_err(|reason| {
            fault(format!("rank {}: {reason}, found {:?}", line.rank, line.severity.text()))
        })?;
        Ok(Judgement { which: ChosenRows::Rank(line.rank), severity: Some(severity), note: line.note })
    };
    lines.into_iter().map(judgement).collect()
}

fn unread(name: &str, error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::InvalidData {
        return Error::BadData(format!("reading scores from {name}: {error}"));
    }
    Error::NoInput { doing: "reading scores from", path: name.into(), error: error.to_string() }
}

fn text(summary: &ScoreSummary) -> String {
    let ScoreSummary { table, day, judged, rows, unchanged, taken_back, changes, overridden: _ } = summary;
    if *judged == 0 {
        return format!("{day}: {} removed from {table}\n", plural(*taken_back, "score", "scores"));
    }
    let (connections, rows) =
        (plural(*judged, "connection", "connections"), plural(*rows, "suspicious row", "suspicious rows"));
    let changed: u64 = changes.iter().map(|it| it.connections).sum();
    let parts = [(changed, "changed"), (*unchanged, "as before")];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts: String = parts.map(|(number, word)| format!(", {} {word}", count(number))).collect();
    format!("{day}: {connections} scored in {table} ({rows}{parts})\n")
}

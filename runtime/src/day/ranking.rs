//! Ranks a day of raw rows and writes the results file that a run reads, for teams that no longer have the
//! machine-learning job.
//!
//! # Decisions
//!
//! - **A file that a command did not write is not overwritten**: a ranking is recognised by its hash in the history,
//!   which is recorded before the file is written; sample files by `.flow_oa_sample.json` next to them, or because the
//!   same plan generates the same content; an import by the form of its lines, metrics by their first line. Edited
//!   copies match none of these.

mod place;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use flow_oa_core::{Date, Exit};
use flow_oa_remote::Location;
use flow_oa_schema::model::{RankColumns, Table};
use sea_query::{Alias, Order, Query, SelectStatement, Value, Values};

use crate::day::derive;
use crate::error::{Error, Result};
use crate::ledger::history::{Entry, Locking, recorded};
use crate::site::deployment::{Chosen, Settings};
use crate::site::engines::in_transaction;
use flow_oa_engine::{Session, Statement, Store, Transaction};
use flow_oa_files::Progress;
use flow_oa_files::atomic::{Foreign, write_whole};
use flow_oa_rank::{Model, Observation, Ranked, Ranking, python_repr};
use place::Place;

/// The default maximum number of lines: far more than a user reads, and few enough to be held in memory.
pub const MOST: u64 = 100_000;

/// The summary of a ranking.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct RankSummary {
    /// The number of the ranking in the history; `None` if it could not be recorded.
    pub id: Option<i64>,
    pub day: String,
    /// Raw rows that the model was trained on.
    pub rows: u64,
    pub hosts: usize,
    pub words: usize,
    pub written: usize,
    pub results: String,
    pub warnings: Vec<String>,
}

/// What to rank, and where the results go.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The day.
    pub day: Date,
    /// The maximum number of lines.
    pub max: u64,
    /// The results file.
    pub out: &'a Location,
    /// What to do with an existing file that no ranking wrote.
    pub foreign: Foreign,
}

/// Ranks a day, writes the results to the requested location, and records that in the history. A file that no ranking
/// wrote is replaced only if the caller requests it.
///
/// # Errors
/// If the pipeline cannot be ranked, the day has no raw rows, or the file must not or cannot be written.
pub fn rank_to(
    store: &mut dyn Store,
    chosen: Chosen<'_>,
    wanted: &Wanted<'_>,
    settings: &Settings,
    progress: &Progress,
) -> Result<RankSummary> {
    let entry = Entry::new("rank", chosen).of_day(wanted.day).at_most(wanted.max);
    recorded(store, entry.reads(wanted.out.to_string()), |store, entry| {
        let mut warnings = Vec::new();
        let folder = settings.pipeline_folder(&chosen.model.name);
        let id = match entry.begin(store, Locking::Own(&folder)) {
            Ok(id) => Some(id),
            Err(error) if error.exit_code() == Exit::CannotWrite => {
                warnings.push(format!("the history does not show this ranking: {}", error.cause()));
                None
            }
            Err(error) => return Err(error),
        };
        let done = ranked(store, chosen, wanted.day, wanted.max, progress)?;
        let place = Place { store: &mut *store, chosen, wanted, settings, progress };
        place.write(&done, entry)?;
        if id.is_some() {
            in_transaction(store, Transaction::Latest, |unit| entry.done(unit))?;
        }
        Ok(RankSummary { id, warnings, ..done.summary(wanted.day, wanted.out.to_string()) })
    })
}

/// Ranks `day` and writes at most `max` lines to `out`, whole or not at all, even over an existing file. This is for
/// databases that are deleted afterwards, so nothing is recorded.
///
/// # Errors
/// If the pipeline cannot be ranked, the day has no raw rows, or the file cannot be written.
pub fn rank(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    day: Date,
    max: u64,
    out: &Path,
    progress: &Progress,
) -> Result<RankSummary> {
    let done = ranked(session, chosen, day, max, progress)?;
    write_whole(out, |file| done.write(file))?;
    Ok(done.summary(day, out.display().to_string()))
}

/// A ranked day.
struct Done {
    model: Model,
    lines: Vec<Ranked<Vec<Value>>>,
    /// The position of the score in a line.
    score_at: usize,
}

impl Done {
    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        self.lines.iter().try_for_each(|ranked| writeln!(out, "{}", line(ranked, self.score_at)))
    }

    /// The hash of what [`Done::write`] writes, in hexadecimal.
    fn hash(&self) -> String {
        let mut hash = blake3::Hasher::new();
        // Writing to a hash never fails.
        let _ = self.write(&mut hash);
        hash.finalize().to_hex().to_string()
    }

    fn summary(&self, day: Date, results: String) -> RankSummary {
        RankSummary {
            id: None,
            day: day.to_string(),
            rows: self.model.observations(),
            hosts: self.model.hosts(),
            words: self.model.words(),
            written: self.lines.len(),
            results,
            warnings: Vec::new(),
        }
    }
}

fn ranked(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    day: Date,
    max: u64,
    progress: &Progress,
) -> Result<Done> {
    let unranked = || {
        Error::Usage(format!(
            "the pipeline {} says nothing about rank, so it cannot be ranked",
            chosen.model.name
        ))
    };
    let columns = chosen.model.rank.as_ref().ok_or_else(unranked)?;
    let raw = chosen.model.raw_table().ok_or_else(unranked)?;
    let fields: Vec<&str> = chosen.model.results.fields.iter().map(String::as_str).collect();
    let number = session.dialect().own_column(raw);
    let (sql, values) = session.render(&Statement::Select(select(raw, columns, &fields, day, number)));
    let mut model = Model::default();
    each(session, &sql, &values, progress, |row| {
        model.learn(&observation(row));
    })?;
    if model.observations() == 0 {
        return Err(Error::BadData(format!(
            "{} has no rows of {day} that can be ranked; `flow-oa ingest FILE` adds them",
            raw.name
        )));
    }
    let mut ranking = Ranking::new(usize::try_from(max).ok(), 1.0);
    each(session, &sql, &values, progress, |row| {
        let seen = observation(row);
        if let Some(score) = model.score(&seen) {
            ranking.offer(&seen, score, || row[WORDS..].to_vec());
        }
    })?;
    Ok(Done { model, lines: ranking.into_sorted(), score_at: columns.score.at() })
}

/// The number of columns of the query from which words are built; the fields of the results file follow them.
const WORDS: usize = 8;

/// Selects the columns from which words are built, then every field of the results file except the score, in the order
/// in which rows arrived.
fn select(
    raw: &Table,
    rank: &RankColumns,
    fields: &[&str],
    day: Date,
    number: Option<&'static str>,
) -> SelectStatement {
    let words = [
        rank.source,
        rank.destination,
        rank.source_port,
        rank.destination_port,
        rank.protocol,
        rank.time,
        rank.bytes,
        rank.packets,
    ];
    let words = words.map(|column| raw[column].name.as_str());
    let mut select = Query::select();
    let taken = fields.iter().enumerate().filter(|(at, _)| *at != rank.score.at()).map(|(_, field)| *field);
    select.columns(words.into_iter().chain(taken).map(Alias::new));
    select.from(Alias::new(&raw.name)).cond_where(derive::on(raw, day).condition());
    if let Some(number) = number {
        select.order_by(Alias::new(number), Order::Asc);
    }
    select
}

fn each(
    session: &mut dyn Session,
    sql: &str,
    values: &Values,
    progress: &Progress,
    mut seen: impl FnMut(&[Value]),
) -> Result<()> {
    progress.go_on()?;
    session.for_each(sql, values, &mut |row| {
        progress.add_rows(1);
        seen(row);
        if progress.is_interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    Ok(progress.go_on()?)
}

fn text(value: &Value) -> &str {
    if let Value::String(Some(it)) = value { it } else { "" }
}

/// A whole number. A missing value becomes a number below every range, so that the row is skipped.
fn whole(value: &Value) -> i64 {
    if let Value::BigInt(Some(it)) = value { *it } else { -1 }
}

/// The parts of a row from which words are built.
fn observation(row: &[Value]) -> Observation<'_> {
    let time = text(&row[5]);
    let part = |from: usize| time.get(from..from + 2).and_then(|it| it.parse().ok()).unwrap_or(-1);
    Observation {
        source: text(&row[0]),
        destination: text(&row[1]),
        source_port: whole(&row[2]),
        destination_port: whole(&row[3]),
        protocol: text(&row[4]),
        hour: part(11),
        minute: part(14),
        second: part(17),
        bytes: whole(&row[6]),
        packets: whole(&row[7]),
        time,
    }
}

/// A line of the results file.
fn line(ranked: &Ranked<Vec<Value>>, score_at: usize) -> String {
    let mut fields: Vec<String> = ranked.payload.iter().map(field).collect();
    fields.insert(score_at.min(fields.len()), python_repr(ranked.score));
    fields.join("\t")
}

/// A field of a line, quoted as in RFC 4180 if necessary.
fn field(value: &Value) -> String {
    match value {
        Value::BigInt(Some(it)) => it.to_string(),
        Value::Double(Some(it)) => with_milliseconds(*it),
        other => quoted(text(other)),
    }
}

/// A number in its shortest exact form, with at least three decimals, as flow tools print durations.
fn with_milliseconds(number: f64) -> String {
    let shortest = python_repr(number);
    let decimals = shortest.split_once('.').map_or(0, |(_, it)| it.len());
    if decimals < 3 && !shortest.contains('e') { format!("{number:.3}") } else { shortest }
}

fn quoted(text: &str) -> String {
    if text.contains(['\t', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

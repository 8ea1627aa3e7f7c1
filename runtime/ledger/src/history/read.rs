//! Reads the entries of the history, newest first.

use std::collections::BTreeMap;

use flow_oa_core::Date;
use flow_oa_schema::ledger::{EXPECTATIONS, HISTORY, HISTORY_TABLES};
use sea_query::{Alias, ExprTrait, Order, Query, SelectStatement, Value};

use super::is_alive;
use crate::rows::column;
use flow_oa_core::value::{text, whole};
use flow_oa_engine::Session;
use flow_oa_site::Result;

/// The outcome of a command, if it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The command is running.
    Running,
    /// The command succeeded.
    Done,
    /// The command failed with a message.
    Failed,
    /// The process ended without a message.
    Killed,
}

/// An entry of the history.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Record {
    /// The number of the entry.
    pub id: i64,
    /// `run`, `ingest`, `purge`, `copy` or `rank`.
    pub command: String,
    /// The pipeline.
    pub pipeline: String,
    /// The day of a run, a copy or a ranking; the first day that a purge kept.
    pub day: Option<String>,
    /// The limit of a run; the maximum number of lines of a ranking.
    pub limit: Option<i64>,
    /// The results file or raw file that was read; for a copy, the source database.
    pub input: Option<String>,
    /// The results file that a ranking wrote.
    pub output: Option<String>,
    /// The outcome.
    pub status: Status,
    /// The error message, if it failed.
    pub message: Option<String>,
    /// The start time, UTC.
    pub started: String,
    /// The end time, UTC.
    pub finished: Option<String>,
    /// The time from start to end, in seconds.
    pub seconds: Option<f64>,
    /// The number of records read.
    pub read: Option<i64>,
    /// The number of rows stored, or of lines of a ranking.
    pub stored: Option<i64>,
    /// The number of records that could not be read.
    pub rejected: Option<i64>,
    /// The number of blank lines, headers and trailers.
    pub skipped: Option<i64>,
    /// The hash of the input; for a ranking, that of its output.
    pub content: Option<String>,
    /// The hash of the context files.
    pub context: Option<String>,
    /// The hash of the day's list of ingests.
    pub raw_rows: Option<String>,
    /// The hash of the scores file.
    pub scores_file: Option<String>,
    /// The fingerprint of the schema.
    pub fingerprint: String,
    /// The version of the program.
    pub version: String,
    /// The tables and days that were changed.
    pub tables: Vec<TableRecord>,
    /// What came of the expectations that some rows violated.
    pub expectations: Vec<ExpectationRecord>,
    #[serde(skip)]
    lock_file: String,
}

/// A table and day that a command changed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TableRecord {
    /// The name of the table.
    pub table: String,
    /// The day of its rows.
    pub day: String,
    /// The number of rows stored.
    pub stored: i64,
    /// The number of rows removed.
    pub removed: i64,
    /// The time that it took, in seconds, if it is known.
    pub seconds: Option<f64>,
}

/// What came of an expectation.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ExpectationRecord {
    /// The name of the table.
    pub table: String,
    /// The name of the column.
    pub column: String,
    /// What is expected of its values, in words.
    pub rule: String,
    /// The number of rows that were checked.
    pub checked: i64,
    /// The number of rows among them that violate the rule.
    pub violated: i64,
    /// `met`, `warned` or `stopped`.
    pub outcome: String,
}

/// Selects entries.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Only entries of this pipeline.
    pub pipeline: Option<&'a str>,
    /// Only entries that concern this day.
    pub day: Option<Date>,
    /// Only this many of the newest entries.
    pub last: Option<u64>,
}

const COLUMNS: [&str; 22] = [
    "id",
    "command",
    "pipeline",
    "day",
    "row_limit",
    "input",
    "status",
    "message",
    "started",
    "finished",
    "seconds",
    "records",
    "stored",
    "rejected",
    "skipped",
    "content",
    "context",
    "raw_rows",
    "scores_file",
    "fingerprint",
    "version",
    "lock_file",
];

/// Entries, newest first. Writes nothing, and so does not wait for a running command: a 'running' entry of a dead
/// process is shown as killed.
///
/// # Errors
/// If the database cannot be read.
pub fn list(session: &mut dyn Session, filter: &Filter<'_>) -> Result<Vec<Record>> {
    let mut records: Vec<Record> = session.select(entries(filter))?.iter().map(|row| record(row)).collect();
    let mut expectations = expectations_of(session, &records)?;
    for it in &mut records {
        it.tables = tables_of(session, it.id)?;
        it.expectations = expectations.remove(&it.id).unwrap_or_default();
        if it.status == Status::Running && !is_alive(session, it.id, &it.lock_file)? {
            // The command may have ended since the entry was read.
            let again = select().and_where(column("id").eq(it.id)).to_owned();
            let status = session.select(again)?.first().map(|row| record(row).status);
            it.status = status.filter(|status| *status != Status::Running).unwrap_or(Status::Killed);
        }
    }
    Ok(records)
}

pub(super) fn select() -> SelectStatement {
    Query::select().columns(COLUMNS.map(Alias::new)).from(Alias::new(HISTORY)).to_owned()
}

fn entries(filter: &Filter<'_>) -> SelectStatement {
    let mut query = select();
    query.order_by(Alias::new("id"), Order::Desc);
    if let Some(pipeline) = filter.pipeline {
        query.and_where(column("pipeline").eq(pipeline));
    }
    if let Some(day) = filter.day {
        let changed = Query::select()
            .column(Alias::new("entry"))
            .from(Alias::new(HISTORY_TABLES))
            .and_where(column("day").eq(day.to_string()))
            .to_owned();
        query.and_where(column("day").eq(day.to_string()).or(column("id").in_subquery(changed)));
    }
    if let Some(last) = filter.last {
        query.limit(last);
    }
    query
}

pub(super) fn record(row: &[Value]) -> Record {
    let texts = |at: usize| text(&row[at]);
    let maybe = |at: usize| Some(text(&row[at])).filter(|text| !text.is_empty());
    let number = |at: usize| whole(&row[at]);
    // One column holds the file of a command. Only a ranking writes that file.
    let (input, output) = if text(&row[1]) == "rank" { (None, maybe(5)) } else { (maybe(5), None) };
    Record {
        id: number(0).unwrap_or_default(),
        command: texts(1),
        pipeline: texts(2),
        day: maybe(3),
        limit: number(4),
        input,
        output,
        status: match text(&row[6]).as_str() {
            "running" => Status::Running,
            "done" => Status::Done,
            "killed" => Status::Killed,
            _ => Status::Failed,
        },
        message: maybe(7),
        started: texts(8),
        finished: maybe(9),
        seconds: double(&row[10]),
        read: number(11),
        stored: number(12),
        rejected: number(13),
        skipped: number(14),
        content: maybe(15),
        context: maybe(16),
        raw_rows: maybe(17),
        scores_file: maybe(18),
        fingerprint: texts(19),
        version: texts(20),
        lock_file: texts(21),
        tables: Vec::new(),
        expectations: Vec::new(),
    }
}

fn double(value: &Value) -> Option<f64> {
    if let Value::Double(it) = value { *it } else { None }
}

fn tables_of(session: &mut dyn Session, entry: i64) -> Result<Vec<TableRecord>> {
    let query = Query::select()
        .columns(["name", "day", "stored", "removed", "seconds"].map(Alias::new))
        .from(Alias::new(HISTORY_TABLES))
        .and_where(column("entry").eq(entry))
        .order_by(Alias::new("name"), Order::Asc)
        .order_by(Alias::new("day"), Order::Asc)
        .to_owned();
    let found = |row: &Vec<Value>| TableRecord {
        table: text(&row[0]),
        day: text(&row[1]),
        stored: whole(&row[2]).unwrap_or_default(),
        removed: whole(&row[3]).unwrap_or_default(),
        seconds: double(&row[4]),
    };
    Ok(session.select(query)?.iter().map(found).collect())
}

/// What came of the expectations of these entries, by the number of the entry.
fn expectations_of(
    session: &mut dyn Session,
    records: &[Record],
) -> Result<BTreeMap<i64, Vec<ExpectationRecord>>> {
    let mut found: BTreeMap<i64, Vec<ExpectationRecord>> = BTreeMap::new();
    if records.is_empty() {
        return Ok(found);
    }
    let query = Query::select()
        .columns(["entry", "name", "column_name", "rule", "checked", "violated", "outcome"].map(Alias::new))
        .from(Alias::new(EXPECTATIONS))
        .and_where(column("entry").is_in(records.iter().map(|record| record.id)))
        .order_by(Alias::new("entry"), Order::Asc)
        .order_by(Alias::new("number"), Order::Asc)
        .to_owned();
    for row in session.select(query)? {
        found.entry(whole(&row[0]).unwrap_or_default()).or_default().push(ExpectationRecord {
            table: text(&row[1]),
            column: text(&row[2]),
            rule: text(&row[3]),
            checked: whole(&row[4]).unwrap_or_default(),
            violated: whole(&row[5]).unwrap_or_default(),
            outcome: text(&row[6]),
        });
    }
    Ok(found)
}

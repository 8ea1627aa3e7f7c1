//! What the history says: its entries, newest first.

use flow_oa_core::Date;
use flow_oa_schema::ledger::{HISTORY, HISTORY_TABLES};
use sea_query::{Alias, ExprTrait, Order, Query, SelectStatement, Value};

use super::is_alive;
use crate::error::Result;
use crate::ledger::rows::column;
use flow_oa_core::value::{text, whole};
use flow_oa_engine::Engine;

/// How a command ended, if it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is at work.
    Running,
    /// It did what it was to do.
    Done,
    /// It stopped, and said why.
    Failed,
    /// Its program is gone without a word.
    Killed,
}

/// An entry of the history.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Record {
    /// Its number.
    pub id: i64,
    /// `run`, `ingest`, `purge`, `copy` or `rank`.
    pub command: String,
    /// The pipeline.
    pub pipeline: String,
    /// The day of a run, a copy or a ranking; the first day that a purge kept.
    pub day: Option<String>,
    /// The limit of a run; the most lines of a ranking.
    pub limit: Option<i64>,
    /// Results file or raw file; the database that a copy read.
    pub input: Option<String>,
    /// Results file that a ranking wrote.
    pub output: Option<String>,
    /// How it ended.
    pub status: Status,
    /// Why it failed.
    pub message: Option<String>,
    /// Start, UTC.
    pub started: String,
    /// End, UTC.
    pub finished: Option<String>,
    /// Seconds from start to end.
    pub seconds: Option<f64>,
    /// Records read.
    pub read: Option<i64>,
    /// Rows stored, or lines of a ranking.
    pub stored: Option<i64>,
    /// Records that could not be read.
    pub rejected: Option<i64>,
    /// Blank lines, headers and trailers.
    pub skipped: Option<i64>,
    /// Hash of the input; of a ranking, of its output.
    pub content: Option<String>,
    /// Hash of the context files.
    pub context: Option<String>,
    /// Hash of the list of ingests of the day.
    pub raw_rows: Option<String>,
    /// Hash of the file of scores.
    pub scores_file: Option<String>,
    /// Fingerprint of the schema.
    pub fingerprint: String,
    /// Version of the program.
    pub version: String,
    /// Tables and days that were changed.
    pub tables: Vec<TableRecord>,
    #[serde(skip)]
    lock_file: String,
}

/// A table and day that a command changed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TableRecord {
    /// The table.
    pub table: String,
    /// The day of its rows.
    pub day: String,
    /// Rows stored.
    pub stored: i64,
    /// Rows that were taken out.
    pub removed: i64,
    /// Seconds that it took, where that is known.
    pub seconds: Option<f64>,
}

/// Which entries are meant.
#[derive(Debug, Clone, Default)]
pub struct Filter<'a> {
    /// Only of this pipeline.
    pub pipeline: Option<&'a str>,
    /// Only those that have to do with this day.
    pub day: Option<Date>,
    /// The newest of them, so many.
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

/// Entries, newest first. Nothing is written, so that a command at work is not waited for: an entry that is
/// 'running' by a program that is gone is shown as killed.
///
/// # Errors
/// Where the database cannot be read.
pub fn list(engine: &mut dyn Engine, filter: &Filter<'_>) -> Result<Vec<Record>> {
    let mut records: Vec<Record> = engine.select(entries(filter))?.iter().map(|it| record(it)).collect();
    for it in &mut records {
        it.tables = tables_of(engine, it.id)?;
        if it.status == Status::Running && !is_alive(engine, it.id, &it.lock_file)? {
            // It may have ended since it was read.
            let again = select().and_where(column("id").eq(it.id)).to_owned();
            let status = engine.select(again)?.first().map(|row| record(row).status);
            it.status = status.filter(|it| *it != Status::Running).unwrap_or(Status::Killed);
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
    let maybe = |at: usize| Some(text(&row[at])).filter(|it| !it.is_empty());
    let number = |at: usize| whole(&row[at]);
    // One column holds the file that a command was about. A ranking is the only one that writes it.
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
    }
}

fn double(value: &Value) -> Option<f64> {
    if let Value::Double(it) = value { *it } else { None }
}

fn tables_of(engine: &mut dyn Engine, entry: i64) -> Result<Vec<TableRecord>> {
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
    Ok(engine.select(query)?.iter().map(found).collect())
}

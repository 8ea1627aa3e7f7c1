//! A dry run: it validates everything and runs every statement, but changes neither the database nor a file. Statements
//! use temporary tables with the names of the tables that a run writes. So a dry run locks and claims nothing, and no
//! other command waits.
//!
//! # Decisions
//!
//! - **A dry run is the run itself**, through an engine that records its statements, in a transaction that is rolled
//!   back. The row counts are therefore true, and no second description of a run can become outdated. Before it begins,
//!   temporary tables of the same names, with the rows of the day, hide the tables that a run writes: it writes no
//!   table that other connections see, and neither locks nor claims anything. Without transactions (Impala), it records
//!   the writing statements without sending them, and counts the rows of a query instead.

use flow_oa_core::unquoted;
use flow_oa_schema::dialect::SHADOW;
use flow_oa_schema::ledger::{self, HISTORY, HISTORY_TABLES};
use flow_oa_schema::model::Table;
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, IntoIden, Query, Value};
use serde_json::json;

use super::{Clock, Job, Stored, inputs, replace_day};
use crate::day::derive;
use crate::error::{Error, Result};
use crate::ledger::history::Locking;
use crate::ledger::rows::column;
use crate::site::downloads::Downloader;
use crate::site::engines::in_transaction;
use flow_oa_engine::{Engine, Recorded, Transaction};
use flow_oa_files::Progress;

/// What a run would do.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DryRun {
    /// The pipeline.
    pub pipeline: String,
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The results file.
    pub results: String,
    /// Records read: stored, rejected and skipped.
    pub read: u64,
    /// Rows that would be stored in the scores table.
    pub stored: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// Blank lines.
    pub skipped: u64,
    /// The number of rows that each table would have.
    pub tables: Vec<Stored>,
    /// Every statement, in order.
    pub statements: Vec<Shown>,
    /// What the user should look at.
    pub warnings: Vec<String>,
}

/// Does everything that [`super::run`] does, except what would last.
///
/// # Errors
/// Those of a run.
pub fn dry_run(engine: &mut dyn Engine, job: &Job<'_>, progress: &Progress) -> Result<DryRun> {
    let mut downloader = Downloader::new(job.settings, progress);
    let input = job.find_results(&downloader)?.input()?;
    let mut read = inputs::read(engine, job, input, &mut downloader)?;
    read.require_meant(engine, job)?;
    dry_run_of(engine, job, read, progress)
}

pub(super) fn dry_run_of(
    engine: &mut dyn Engine,
    job: &Job<'_>,
    read: inputs::Inputs,
    progress: &Progress,
) -> Result<DryRun> {
    let mut entry = job.entry();
    let mut ready = inputs::ready(job, read, &mut entry, &mut Clock::new())?;
    engine.begin(Transaction::Dry)?;
    let hidden = hide_all(engine, job);
    engine.log().begin();
    let done = hidden.and_then(|()| entry.begin(engine, Locking::None)).and_then(|_| {
        in_transaction(engine, Transaction::Latest, |it| {
            let rollups = derive::rollups_on(it, job.chosen.model, job.options.day)?;
            let (scores, clock) = (&*ready.scores, &mut Clock::new());
            let tables = replace_day(it, job, scores, &rollups, &mut entry, clock, progress)?;
            Ok((tables, job.raw_warning(it, &rollups)?))
        })
    });
    let (noted, left) = engine.end_dry_run();
    let statements = noted.iter().map(Shown::of).collect();
    let (tables, warning) = done.map_err(|error| error.rolled_back(left.clone()))?;
    ready.warnings.extend(left);
    ready.warnings.extend(warning);
    Ok(DryRun {
        pipeline: job.chosen.model.name.clone(),
        day: job.options.day.to_string(),
        results: job.results().to_string(),
        read: ready.counts[0],
        stored: ready.counts[1],
        rejected: ready.counts[2],
        skipped: ready.counts[3],
        tables,
        statements,
        warnings: ready.warnings,
    })
}

/// Hides the tables that a run writes behind temporary tables with their rows of the day, and the history tables behind
/// temporary tables with the newest entry.
fn hide_all(engine: &mut dyn Engine, job: &Job<'_>) -> Result<()> {
    for table in job.tables() {
        hide(engine, table, derive::on(table, job.options.day).condition())?;
    }
    let newest = Query::select().expr(Func::max(column("id"))).from(Alias::new(HISTORY)).to_owned();
    for table in ledger::tables() {
        match table.name.as_str() {
            HISTORY => hide(engine, &table, Cond::all().add(column("id").in_subquery(newest.clone())))?,
            HISTORY_TABLES => hide(engine, &table, Cond::all().add(Expr::val(1).eq(0)))?,
            _ => {}
        }
    }
    Ok(())
}

/// Hides a table behind a temporary table with some of its rows. Sends nothing if the engine cannot do this.
fn hide(engine: &mut dyn Engine, table: &Table, rows: Cond) -> Result<()> {
    let Some([create, rename]) = engine.dialect().shadow(table) else { return Ok(()) };
    engine.script(&create)?;
    let columns: Vec<_> = table.columns.iter().map(|it| Alias::new(&it.name).into_iden()).collect();
    let mut select = Query::select();
    select.columns(columns.clone()).from(Alias::new(&table.name)).cond_where(rows);
    let mut insert = Query::insert();
    insert.into_table(Alias::new(SHADOW)).columns(columns);
    let insert = insert.select_from(select).map_err(|error| Error::Internal(error.to_string()))?.to_owned();
    engine.run(&insert.into())?;
    Ok(engine.script(&rename)?)
}

/// A statement in the form that is shown to the user.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Shown {
    /// The SQL text.
    pub sql: String,
    /// The bound values.
    pub values: Vec<serde_json::Value>,
    /// The values of each row, if rows are loaded in bulk.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<serde_json::Value>>,
}

impl Shown {
    fn of(noted: &Recorded) -> Self {
        let all = |values: &Vec<Value>| values.iter().map(shown).collect();
        Self {
            sql: noted.sql.clone(),
            values: all(&noted.values),
            rows: noted.rows.iter().map(all).collect(),
        }
    }
}

fn shown(value: &Value) -> serde_json::Value {
    match value {
        Value::Bool(it) => json!(it),
        Value::SmallInt(it) => json!(it),
        Value::Int(it) => json!(it),
        Value::BigInt(it) => json!(it),
        Value::BigUnsigned(it) => json!(it),
        Value::Double(it) => json!(it),
        Value::String(it) => json!(it),
        other => json!(unquoted(other)),
    }
}

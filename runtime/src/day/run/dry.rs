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
use flow_oa_schema::ledger::{self, EXPECTATIONS, HISTORY, HISTORY_TABLES};
use flow_oa_schema::model::Table;
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, IntoIden, Query, Value};
use serde_json::json;

use super::{Clock, RunJob, Stored, inputs, replace_day};
use crate::day::{derive, expect};
use flow_oa_engine::{Recorded, Recorder, StatementLog, Store, Transaction, Unit};
use flow_oa_files::Progress;
use flow_oa_ledger::rows::column;
use flow_oa_site::downloads::Downloader;
use flow_oa_site::{Error, Expected, Result};

/// What a run would do.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct DryRun {
    pub pipeline: String,
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    pub results: String,
    /// Records read: stored, rejected and skipped.
    pub read: u64,
    /// Rows that would be stored in the scores table.
    pub stored: u64,
    pub rejected: u64,
    /// Blank lines.
    pub skipped: u64,
    /// The number of rows that each table would have.
    pub tables: Vec<Stored>,
    pub statements: Vec<Shown>,
    pub warnings: Vec<String>,
    /// What would come of the expectations of the columns. Empty for a database without transactions.
    pub expectations: Vec<Expected>,
}

/// Does everything that [`super::run`] does, except what would last.
///
/// # Errors
/// Those of a run.
pub fn dry_run(store: &mut dyn Store, job: &RunJob<'_>, progress: &Progress) -> Result<DryRun> {
    let mut downloader = Downloader::new(job.settings, progress);
    let input = job.find_results(&downloader)?.input()?;
    let mut read = inputs::read(store, job, input, &mut downloader)?;
    read.require_meant(store, job)?;
    dry_run_of(store, job, read, progress)
}

pub(super) fn dry_run_of(
    store: &mut dyn Store,
    job: &RunJob<'_>,
    read: inputs::Inputs,
    progress: &Progress,
) -> Result<DryRun> {
    let mut entry = job.entry();
    let mut ready = inputs::ready(job, read, &mut entry, &mut Clock::new())?;
    let (dialect, log) = (store.dialect(), StatementLog::default());
    let has_transactions = dialect.capabilities().transactions;
    let mark = |text: &str| {
        if has_transactions {
            log.mark(text)
        }
    };
    let mut unit = store.begin(Transaction::Dry)?;
    let mut run = |unit: &mut dyn Unit| {
        hide_all(unit, job)?;
        unit.observe(Box::new(Recorder::new(dialect, &log)));
        mark("BEGIN");
        entry.begin_dry(unit)?;
        mark("COMMIT");
        mark("BEGIN");
        let rollups = derive::rollups_on(unit, job.chosen.model, job.options.day)?;
        let (scores, clock) = (&*ready.scores, &mut Clock::new());
        let tables =
            replace_day(unit, job, (scores, &rollups), &mut ready.context, &mut entry, clock, progress)?;
        let mut warnings = expect::warnings(&job.what(), &entry.found.expected)?;
        if !has_transactions {
            warnings.extend(unchecked(job));
        }
        warnings.extend(job.raw_warning(unit, &rollups)?);
        mark("COMMIT");
        Ok((tables, warnings))
    };
    let done = run(&mut *unit);
    let statements = log.take().iter().map(Shown::of).collect();
    let left = unit.rollback();
    let (tables, warnings) = done.map_err(|error: Error| error.rolled_back(left.clone()))?;
    ready.warnings.append(&mut ready.context.take_remarks());
    ready.warnings.extend(left);
    ready.warnings.extend(warnings);
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
        expectations: entry.found.expected,
    })
}

/// A warning if something is expected of a table, of which a dry run without transactions stores no row.
fn unchecked(job: &RunJob<'_>) -> Option<String> {
    let tables = job.tables().filter(|table| table.expectations().next().is_some());
    let names: Vec<&str> = tables.map(|table| table.name.as_str()).collect();
    (!names.is_empty()).then(|| {
        format!(
            "what the schema expects of {} is checked by a run only: a dry run stores no rows in this database",
            names.join(", ")
        )
    })
}

/// Hides the tables that a run writes behind temporary tables with their rows of the day, and the history tables behind
/// temporary tables with the newest entry.
fn hide_all(unit: &mut dyn Unit, job: &RunJob<'_>) -> Result<()> {
    for table in job.tables() {
        hide(unit, table, derive::on(table, job.options.day).condition())?;
    }
    let newest = Query::select().expr(Func::max(column("id"))).from(Alias::new(HISTORY)).to_owned();
    for table in ledger::tables() {
        match table.name.as_str() {
            HISTORY => hide(unit, &table, Cond::all().add(column("id").in_subquery(newest.clone())))?,
            HISTORY_TABLES | EXPECTATIONS => hide(unit, &table, Cond::all().add(Expr::val(1).eq(0)))?,
            _ => {}
        }
    }
    Ok(())
}

/// Hides a table behind a temporary table with some of its rows. Sends nothing if the engine cannot do this.
fn hide(unit: &mut dyn Unit, table: &Table, rows: Cond) -> Result<()> {
    let Some([create, rename]) = unit.dialect().shadow(table) else { return Ok(()) };
    unit.script(&create)?;
    let columns: Vec<_> = table.columns.iter().map(|column| Alias::new(&column.name).into_iden()).collect();
    let mut select = Query::select();
    select.columns(columns.clone()).from(Alias::new(&table.name)).cond_where(rows);
    let mut insert = Query::insert();
    insert.into_table(Alias::new(SHADOW)).columns(columns);
    let insert = insert.select_from(select).map_err(|error| Error::Internal(error.to_string()))?.to_owned();
    unit.run(&insert.into())?;
    Ok(unit.script(&rename)?)
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

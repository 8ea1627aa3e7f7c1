//! A rehearsal of a run: everything is validated, every statement is run in a transaction that is taken back,
//! and neither the database nor a file is changed.

use sea_query::Value;
use serde_json::json;

use super::{Clock, Job, Stored, inputs, replace_day};
use crate::derive;
use crate::elsewhere::Bringer;
use crate::engine::{Engine, Noted, Transaction, in_transaction};
use crate::error::Result;
use crate::history::Locking;
use crate::progress::Progress;

/// What a run would do.
#[derive(Debug, Clone, serde::Serialize)]
pub struct DryRun {
    /// The pipeline.
    pub pipeline: String,
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The results file.
    pub results: String,
    /// Records read: stored, rejected and skipped ones.
    pub read: u64,
    /// Rows that would be stored in the table of scores.
    pub stored: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// Blank lines.
    pub skipped: u64,
    /// The rows that every table would have.
    pub tables: Vec<Stored>,
    /// Every statement, in order.
    pub statements: Vec<Shown>,
    /// What deserves a look.
    pub warnings: Vec<String>,
}

/// Does everything that [`super::run`] does but what would last.
///
/// # Errors
/// Those of a run.
pub fn dry_run(engine: &mut dyn Engine, job: &Job<'_>, progress: &Progress) -> Result<DryRun> {
    let mut bringer = Bringer::new(job.settings, progress);
    let input = job.find_results(&bringer)?.input()?;
    let mut read = inputs::read(engine, job, input, &mut bringer)?;
    read.require_meant(engine, job)?;
    rehearse(engine, job, read, progress)
}

pub(super) fn rehearse(
    engine: &mut dyn Engine,
    job: &Job<'_>,
    read: inputs::Inputs,
    progress: &Progress,
) -> Result<DryRun> {
    let mut entry = job.entry();
    let mut ready = inputs::ready(job, read, &mut entry, &mut Clock::new())?;
    let days = derive::days_read(job.chosen.model, job.options.day, &*ready.scores)?;
    engine.rehearse(Transaction::Snapshot(&days))?;
    let done = entry.begin(engine, Locking::None).and_then(|_| {
        in_transaction(engine, Transaction::Latest, |it| {
            replace_day(it, job, &*ready.scores, &mut entry, &mut Clock::new(), progress)
        })
    });
    let (noted, left) = engine.rehearsed();
    let statements = noted.iter().map(Shown::of).collect();
    let tables = match done {
        Ok(tables) => tables,
        Err(error) => return Err(error.with_left(left)),
    };
    ready.warnings.extend(left);
    ready.warnings.extend(job.empty_raw(engine)?);
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

/// A statement, as it is shown.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Shown {
    /// Its text.
    pub sql: String,
    /// The values that were bound.
    pub values: Vec<serde_json::Value>,
    /// For rows that are loaded in bulk: the values of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<serde_json::Value>>,
}

impl Shown {
    fn of(noted: &Noted) -> Self {
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
        other => json!(format!("{other:?}")),
    }
}

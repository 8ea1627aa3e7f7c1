//! Restores the content of a backup. What was written since is never replaced: a row whose key is stored stays as it is
//! now, and rows without a key are not added again if they are stored. An address whose story was changed since keeps
//! the timeline of the newer story.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use flow_oa_core::Date;
use flow_oa_schema::answer::Datum;
use flow_oa_schema::model::{Column, Rows, Table};
use flow_oa_schema::printable;
use flow_oa_schema::types::ColumnType;
use sea_query::{Expr, Value};
use serde::Serialize;

use super::backup::{Backup, Row, named, read};
use super::tables;
use crate::query::field;
use crate::{feedback, scoring, storyboard};
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_files::{Lock, Progress, regular};
use flow_oa_ledger::structure;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::day::judged;
use flow_oa_site::deployment::{Deployment, Settings, compact};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};

/// The outcome of a restore.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Serialize)]
pub struct Restored {
    pub pipeline: String,
    pub day: String,
    pub tables: Vec<RestoredTable>,
    /// The number of storyboard files that were restored.
    pub files: u64,
    /// Why not all files were restored, although the rows were.
    #[serde(skip)]
    pub fault: Option<Error>,
    /// The day, for further steps of the caller.
    #[serde(skip)]
    pub date: Date,
    /// The previous content of the feedback file, if no score determines it.
    #[serde(skip)]
    pub feedback: Option<String>,
    /// The lines of feedback that followed from the scores before the restore.
    #[serde(skip)]
    pub own_feedback: feedback::Own,
}

/// The outcome of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoredTable {
    /// The name of the table.
    pub table: String,
    /// The number of rows that were restored.
    pub restored: u64,
    /// The number of rows that were not needed: the table has them, or other rows with their key.
    pub kept: u64,
}

/// Restores the content of a backup.
///
/// # Errors
/// If the file cannot be read or is not a backup of this program, or the database cannot be written. Then nothing is
/// changed.
pub fn restore(
    store: &mut dyn Store,
    settings: &Settings,
    deployment: &Deployment,
    path: &Path,
    progress: &Progress,
) -> Result<Restored> {
    let fault =
        |reason: String| Error::BadData(format!("reading the backup {}: {reason}", printable::path(path)));
    let text = regular::read_text(path).map_err(|error| Error::NoInput {
        doing: "reading the backup",
        path: path.to_owned(),
        error: format!("{error}; `flow-oa reset` says where it wrote one"),
    })?;
    let backup: Backup = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let day: Date = backup.day.parse().map_err(|_| fault(format!("{:?} is not a day", backup.day)))?;
    let chosen = deployment.choose(Some(&backup.pipeline))?;
    let mut known = Vec::new();
    for kept in &backup.tables {
        let table = tables(chosen).find(|table| table.name == kept.table);
        let table = table.ok_or_else(|| fault(format!("there is no table {:?} of analysts", kept.table)))?;
        known.push((table, kept.fitted(table, day).map_err(fault)?));
    }
    storyboard::check(chosen.model, &backup.files).map_err(fault)?;
    backup.require_unchanged(&text).map_err(fault)?;
    structure::require(store, chosen.model)?;
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let _lock = Lock::of_analysts(&folder, progress)?;
    let (tables, is_scored, before) = in_transaction(store, Transaction::Latest, |unit| {
        unit.lock(&scoring::lock_of(chosen, day))?;
        let before = feedback::own(unit, chosen, day)?;
        let mut restored = Vec::new();
        let rewritten = rewritten(unit, &known, day)?;
        for (table, rows) in known {
            restored.push(put_back(unit, table, day, rows, &rewritten)?);
            progress.go_on()?;
        }
        let scores =
            judged::table_of(chosen).ok().map(|table| unit.count(&table.name, &derive::on(table, day)));
        Ok((restored, scores.transpose()?.is_some_and(|rows| rows > 0), before))
    })
    .map_err(|error| error.checked_by("the same command again is safe: it adds only what is missing"))?;
    let (files, fault) = storyboard::put_back(&folder, &backup.files);
    Ok(Restored {
        pipeline: backup.pipeline,
        day: day.to_string(),
        tables,
        files,
        fault,
        date: day,
        feedback: backup.feedback.filter(|_| !is_scored),
        own_feedback: before,
    })
}

/// The subjects whose stored story differs from that of the backup.
fn rewritten(session: &mut dyn Session, known: &[(&Table, Vec<Row>)], day: Date) -> Result<HashSet<String>> {
    let mut rewritten = HashSet::new();
    for (table, rows) in known.iter().filter(|(table, _)| matches!(table.rows, Rows::Comments)) {
        let stored = read(session, table, day)?.rows;
        let stored: HashMap<String, Row> = stored.into_iter().map(|row| (named(table, &row), row)).collect();
        let is_newer = |row: &&Row| stored.get(&named(table, row)).is_some_and(|found| found != *row);
        rewritten.extend(rows.iter().filter(is_newer).map(|row| subject(table, row)));
    }
    Ok(rewritten)
}

/// The subject that a row is about: of several columns for subjects, one has a text.
fn subject(table: &Table, row: &Row) -> String {
    let subjects = table.columns.iter().zip(row).filter(|(column, _)| column.from.is_subject());
    subjects.map(|(_, value)| field(value)).collect()
}

/// Adds the rows that are missing.
fn put_back(
    unit: &mut dyn Unit,
    table: &Table,
    day: Date,
    rows: Vec<Row>,
    rewritten: &HashSet<String>,
) -> Result<RestoredTable> {
    let mut there: HashMap<String, u64> = HashMap::new();
    for row in read(unit, table, day)?.rows {
        *there.entry(named(table, &row)).or_default() += 1;
    }
    let is_timeline = table.rows.select().is_some();
    let (mut missing, mut kept) = (Vec::new(), 0);
    for row in rows {
        if is_timeline && rewritten.contains(&subject(table, &row)) {
            kept += 1;
            continue;
        }
        match there.get_mut(&named(table, &row)).filter(|left| **left > 0) {
            Some(left) => {
                *left -= 1;
                kept += 1;
            }
            None => missing.push(row),
        }
    }
    let restored = missing.len() as u64;
    let value = |(column, value): (&Column, Option<Datum>)| bound(value, column.kind);
    let row = |row: Row| {
        let values = table.columns.iter().zip(row).map(|cell| (cell.0.name.as_str(), Expr::val(value(cell))));
        values.collect()
    };
    unit.append(&table.name, missing.into_iter().map(row).collect())?;
    Ok(RestoredTable { table: table.name.clone(), restored, kept })
}

/// A value in the form in which it is bound to a column.
fn bound(value: Option<Datum>, kind: ColumnType) -> Value {
    match (value, kind) {
        (Some(Datum::Truth(it)), _) => Value::Bool(Some(it)),
        (Some(Datum::Whole(it)), kind) if kind.storage().is_real() => Value::Double(Some(it as f64)),
        (Some(Datum::Whole(it)), _) => Value::BigInt(Some(it)),
        (Some(Datum::Real(it)), _) => Value::Double(Some(it)),
        (Some(Datum::Text(it)), _) => Value::String(Some(it)),
        (None, ColumnType::Bit) => Value::Bool(None),
        (None, kind) if kind.storage().is_real() => Value::Double(None),
        (None, kind) if kind.is_text() => Value::String(None),
        (None, _) => Value::BigInt(None),
    }
}

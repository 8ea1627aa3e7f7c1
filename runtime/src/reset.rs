//! What analysts wrote of a day, taken out and put back: rows, and the files of storyboards.
//!
//! A backup is written whole, and is on the disk, before a row goes. What is put back never takes the place of what was written
//! since: a row whose key is there is left as it is now, and of rows without a key those that are there are not added again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use flow_oa_core::Date;
use flow_oa_schema::answer::Datum;
use flow_oa_schema::model::{Column, Table};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Expr, Order, Query, Value};
use serde::{Deserialize, Serialize};

use crate::deployment::{Chosen, Deployment, Settings, compact};
use crate::engine::{Engine, Transaction, in_transaction};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::query::datum;
use crate::whole_file::write_whole;
use crate::{derive, feedback, scoring, storyboard};

/// Rows of a table that analysts wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The table.
    pub table: String,
    /// How many of the day.
    pub rows: u64,
}

/// What a reset did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reset {
    /// The day.
    pub day: String,
    /// What went.
    pub tables: Vec<Held>,
    /// Files of storyboards that went.
    pub files: u64,
    /// The file that puts it back.
    pub backup: PathBuf,
}

/// What was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// The day.
    pub day: String,
    /// By table.
    pub tables: Vec<RestoredTable>,
    /// Files of storyboards that were put back.
    pub files: u64,
}

/// What was put back into a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RestoredTable {
    /// The table.
    pub table: String,
    /// Rows that were put back.
    pub restored: u64,
    /// Rows that were there already, or others of their key.
    pub kept: u64,
}

/// A backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Backup {
    pipeline: String,
    /// `YYYY-MM-DD`.
    day: String,
    /// When it was written, UTC.
    written: String,
    tables: Vec<Kept>,
    /// Of storyboards, in the folder of the day.
    files: Vec<storyboard::Kept>,
}

/// The rows of a table in a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    table: String,
    columns: Vec<String>,
    rows: Vec<Vec<Option<Datum>>>,
}

fn tables(chosen: Chosen<'_>) -> impl Iterator<Item = &Table> {
    chosen.model.tables.iter().filter(|it| it.rows.are_analysts())
}

/// How much analysts wrote of a day, without tables that have nothing, and how many files of storyboards there are.
///
/// # Errors
/// Where the database or the folder of the day cannot be read.
pub fn look(
    engine: &mut dyn Engine,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
) -> Result<(Vec<Held>, u64)> {
    let mut held = Vec::new();
    for table in tables(chosen) {
        let rows = engine.count(&table.name, &derive::on(table, day))?;
        held.push(Held { table: table.name.clone(), rows });
    }
    held.retain(|it| it.rows > 0);
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    Ok((held, storyboard::kept(&folder)?.len() as u64))
}

/// Takes what analysts wrote of a day out, after it is in a backup.
///
/// # Errors
/// Where the backup cannot be written, or the database cannot; nothing goes then.
pub fn reset(
    engine: &mut dyn Engine,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
) -> Result<Reset> {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let backup = folder.join(format!("analysts-{now}.json"));
    let files = storyboard::kept(&folder)?;
    let count = files.len() as u64;
    let tables = in_transaction(engine, Transaction::Latest, |engine| {
        engine.lock(&scoring::lock_of(chosen, day))?;
        let mut kept = Vec::new();
        for table in tables(chosen) {
            kept.push(read(engine, table, day)?);
        }
        kept.retain(|it| !it.rows.is_empty());
        let held = |it: &Kept| Held { table: it.table.clone(), rows: it.rows.len() as u64 };
        let went = kept.iter().map(held).collect();
        let (pipeline, day_text) = (chosen.model.name.clone(), day.to_string());
        let content = Backup { pipeline, day: day_text, written: now.clone(), tables: kept, files };
        let text =
            serde_json::to_string_pretty(&content).map_err(|error| Error::Internal(error.to_string()))?;
        write_whole(&backup, |out| writeln!(out, "{text}"))?;
        progress.go_on()?;
        for table in tables(chosen) {
            engine.delete(&table.name, derive::on(table, day).condition())?;
        }
        Ok(went)
    });
    let tables = tables.inspect_err(|_| {
        // Nothing went, so there is nothing to put back.
        let _ = std::fs::remove_file(&backup);
    })?;
    storyboard::remove(&folder)?;
    feed_back(engine, settings, chosen, day, progress)?;
    Ok(Reset { day: day.to_string(), tables, files: count, backup })
}

/// Puts back what a backup holds.
///
/// # Errors
/// Where the file cannot be read or is none of this program's, or the database cannot be written; nothing is changed then.
pub fn restore(
    engine: &mut dyn Engine,
    settings: &Settings,
    deployment: &Deployment,
    path: &Path,
    progress: &Progress,
) -> Result<Restored> {
    let fault = |reason: String| {
        Error::BadData(format!("reading the backup {}: {reason}; nothing was changed", path.display()))
    };
    let text = std::fs::read_to_string(path).map_err(|error| Error::NoInput {
        doing: "reading the backup",
        path: path.to_owned(),
        error: format!("{error}; `flow-oa reset` says where it wrote one"),
    })?;
    let backup: Backup = serde_json::from_str(&text).map_err(|error| fault(error.to_string()))?;
    let day: Date = backup.day.parse().map_err(|_| fault(format!("{:?} is no day", backup.day)))?;
    let chosen = deployment.choose(Some(&backup.pipeline))?;
    let mut known = Vec::new();
    for kept in &backup.tables {
        let table = tables(chosen).find(|it| it.name == kept.table);
        let table = table.ok_or_else(|| fault(format!("there is no table {:?} of analysts", kept.table)))?;
        known.push((table, fitted(table, kept).map_err(fault)?));
    }
    storyboard::check(&backup.files).map_err(fault)?;
    let tables = in_transaction(engine, Transaction::Latest, |engine| {
        engine.lock(&scoring::lock_of(chosen, day))?;
        let mut restored = Vec::new();
        for (table, rows) in known {
            restored.push(put_back(engine, table, day, rows)?);
            progress.go_on()?;
        }
        Ok(restored)
    })?;
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let files = storyboard::put_back(&folder, &backup.files)?;
    feed_back(engine, settings, chosen, day, progress)?;
    Ok(Restored { day: day.to_string(), tables, files })
}

/// The feedback file says what analysts think now.
fn feed_back(
    engine: &mut dyn Engine,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
) -> Result<()> {
    if feedback::is_read(chosen) {
        feedback::write(engine, settings, chosen, day, progress)?;
    }
    Ok(())
}

/// The rows of a day.
fn read(engine: &mut dyn Engine, table: &Table, day: Date) -> Result<Kept> {
    let mut select = Query::select();
    select
        .columns(table.columns.iter().map(|it| Alias::new(&it.name)))
        .from(Alias::new(&table.name))
        .cond_where(derive::on(table, day).condition());
    for column in &table.columns {
        select.order_by(Alias::new(&column.name), Order::Asc);
    }
    let row =
        |row: Vec<Value>| row.iter().zip(&table.columns).map(|(value, it)| datum(value, it.kind)).collect();
    let rows = engine.select(select)?.into_iter().map(row).collect();
    let columns = table.columns.iter().map(|it| it.name.clone()).collect();
    Ok(Kept { table: table.name.clone(), columns, rows })
}

/// The rows of a backup in the order of the table's columns; a column that came since has no value.
fn fitted(table: &Table, kept: &Kept) -> std::result::Result<Vec<Vec<Option<Datum>>>, String> {
    if let Some(other) = kept.columns.iter().find(|it| table.column(it).is_none()) {
        return Err(format!("{} has no column {other:?}", table.name));
    }
    let place = |column: &Column| kept.columns.iter().position(|it| *it == column.name);
    let places: Vec<Option<usize>> = table.columns.iter().map(place).collect();
    let fits = |column: &Column, value: &Option<Datum>| match value {
        None => true,
        Some(Datum::Truth(_)) => column.kind == ColumnType::Bit,
        Some(Datum::Whole(_)) => !column.kind.is_text(),
        Some(Datum::Real(_)) => matches!(column.kind, ColumnType::Float | ColumnType::Double),
        Some(Datum::Text(_)) => column.kind.is_text(),
    };
    let mut rows = Vec::new();
    for (number, row) in kept.rows.iter().enumerate() {
        if row.len() != kept.columns.len() {
            return Err(format!(
                "row {number} of {} has {} of {} values",
                table.name,
                row.len(),
                kept.columns.len()
            ));
        }
        let row: Vec<Option<Datum>> = places.iter().map(|at| at.and_then(|at| row[at].clone())).collect();
        if let Some((column, _)) = table.columns.iter().zip(&row).find(|(column, value)| !fits(column, value))
        {
            return Err(format!("row {number} of {}: {} cannot hold its value", table.name, column.name));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Puts rows back that are not there.
fn put_back(
    engine: &mut dyn Engine,
    table: &Table,
    day: Date,
    rows: Vec<Vec<Option<Datum>>>,
) -> Result<RestoredTable> {
    let named = |row: &[Option<Datum>]| {
        let is_named = |it: &Column| table.key.is_empty() || table.key.contains(&it.name);
        let values = row.iter().zip(&table.columns).filter(|(_, column)| is_named(column));
        values.map(|(value, _)| format!("{value:?}")).collect::<Vec<_>>().join("\u{1f}")
    };
    let mut there: HashMap<String, u64> = HashMap::new();
    for row in read(engine, table, day)?.rows {
        *there.entry(named(&row)).or_default() += 1;
    }
    let (mut missing, mut kept) = (Vec::new(), 0);
    for row in rows {
        match there.get_mut(&named(&row)).filter(|it| **it > 0) {
            Some(left) => {
                *left -= 1;
                kept += 1;
            }
            None => missing.push(row),
        }
    }
    let restored = missing.len() as u64;
    let value = |(column, value): (&Column, Option<Datum>)| bound(value, column.kind);
    let row = |row: Vec<Option<Datum>>| {
        let values = table.columns.iter().zip(row).map(|it| (it.0.name.as_str(), Expr::val(value(it))));
        values.collect()
    };
    engine.append(&table.name, missing.into_iter().map(row).collect())?;
    Ok(RestoredTable { table: table.name.clone(), restored, kept })
}

/// A value as it is bound to a column.
fn bound(value: Option<Datum>, kind: ColumnType) -> Value {
    match (value, kind) {
        (Some(Datum::Truth(it)), _) => Value::Bool(Some(it)),
        (Some(Datum::Whole(it)), ColumnType::Float | ColumnType::Double) => Value::Double(Some(it as f64)),
        (Some(Datum::Whole(it)), _) => Value::BigInt(Some(it)),
        (Some(Datum::Real(it)), _) => Value::Double(Some(it)),
        (Some(Datum::Text(it)), _) => Value::String(Some(it)),
        (None, ColumnType::Bit) => Value::Bool(None),
        (None, ColumnType::Float | ColumnType::Double) => Value::Double(None),
        (None, kind) if kind.is_text() => Value::String(None),
        (None, _) => Value::BigInt(None),
    }
}

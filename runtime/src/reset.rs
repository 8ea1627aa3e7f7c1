//! What analysts wrote of a day, taken out and put back: rows, and the files of storyboards.
//!
//! A backup is written whole, and is on the disk, before a row goes. What is put back never takes the place of what was written
//! since: a row whose key is there is left as it is now, and of rows without a key those that are there are not added again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use flow_oa_core::Date;
use flow_oa_schema::answer::Datum;
use flow_oa_schema::model::{Column, Table};
use flow_oa_schema::printable;
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Expr, Order, Query, Value};
use serde::{Deserialize, Serialize};

use crate::deployment::{Chosen, Deployment, Settings, compact};
use crate::engine::{Engine, Transaction, in_transaction};
use crate::error::{Error, Result};
use crate::lock::Lock;
use crate::progress::Progress;
use crate::query::datum;
use crate::regular;
use crate::whole_file::{sweep_all, write_whole};
use crate::{derive, feedback, scoring, storable, storyboard};

/// How the names of backups begin.
const BACKUP: &str = "analysts-";

/// Rows of a table that analysts wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The table.
    pub table: String,
    /// How many of the day.
    pub rows: u64,
}

/// What analysts wrote of a day.
#[derive(Debug)]
pub struct Written {
    /// By table, without those that have nothing.
    pub tables: Vec<Held>,
    /// Files of storyboards.
    pub files: Vec<PathBuf>,
    /// The feedback file, where it is known to have lines.
    pub feedback: Option<Feedback>,
}

/// A feedback file.
#[derive(Debug)]
pub struct Feedback {
    /// Where.
    pub file: String,
    /// Lines without the header.
    pub lines: u64,
    text: String,
}

impl Written {
    /// Whether there is nothing.
    pub fn is_nothing(&self) -> bool {
        self.tables.is_empty() && self.files.is_empty() && self.feedback.is_none()
    }
}

/// What a reset did.
#[derive(Debug, Serialize)]
pub struct Reset {
    /// The day.
    pub day: String,
    /// What went.
    pub tables: Vec<Held>,
    /// Files of storyboards that went.
    pub files: Vec<String>,
    /// The file that puts it back.
    pub backup: PathBuf,
    /// Why not all files went, though the rows did.
    #[serde(skip)]
    pub fault: Option<Error>,
}

/// What was put back.
#[derive(Debug, Serialize)]
pub struct Restored {
    /// The pipeline.
    pub pipeline: String,
    /// The day.
    pub day: String,
    /// By table.
    pub tables: Vec<RestoredTable>,
    /// Files of storyboards that were put back.
    pub files: u64,
    /// Why not all files were, though the rows were.
    #[serde(skip)]
    pub fault: Option<Error>,
    /// The day, to go on with.
    #[serde(skip)]
    pub date: Date,
    /// What the feedback file held, where no score says so.
    #[serde(skip)]
    pub feedback: Option<String>,
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
    /// The feedback file, which follows from the scores, unless something else wrote it.
    #[serde(default)]
    feedback: Option<String>,
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

/// What analysts wrote of a day.
///
/// # Errors
/// Where the database or the folder of the day cannot be read.
pub fn look(
    engine: &mut dyn Engine,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
) -> Result<Written> {
    let mut held = Vec::new();
    for table in tables(chosen) {
        let rows = engine.count(&table.name, &derive::on(table, day))?;
        held.push(Held { table: table.name.clone(), rows });
    }
    held.retain(|it| it.rows > 0);
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let files = storyboard::kept(&folder)?.into_iter().map(|it| folder.join(it.name)).collect();
    // A feedback file that cannot be read keeps nobody from taking the rows out; it is said when it is written.
    let text =
        feedback::is_read(chosen).then(|| feedback::found(settings, chosen, day, progress).ok().flatten());
    progress.go_on()?;
    let file = feedback::place(settings, chosen, day).to_string();
    let feedback = text.flatten().map(|text| Feedback { file, lines: feedback::lines(&text), text });
    Ok(Written { tables: held, files, feedback })
}

/// Takes what analysts wrote of a day out, after it is in a backup. The feedback is the caller's to write.
///
/// # Errors
/// Where the backup cannot be written, or the database cannot. Once something may have gone the backup stays, and the error says
/// where it is.
pub fn reset(
    engine: &mut dyn Engine,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    written: Written,
    progress: &Progress,
) -> Result<Reset> {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let _lock = Lock::of_analysts(&folder, progress)?;
    // Of a reset that was killed, half a backup is left.
    sweep_all(&folder, |it| it.starts_with(BACKUP));
    let path = folder.join(format!("{BACKUP}{now}.json"));
    let mut backup = Backup {
        pipeline: chosen.model.name.clone(),
        day: day.to_string(),
        written: now,
        tables: Vec::new(),
        files: storyboard::kept(&folder)?,
        feedback: written.feedback.map(|it| it.text),
    };
    take_out(engine, chosen, day, &path, &mut backup, progress)?;
    let held = |it: &Kept| Held { table: it.table.clone(), rows: it.rows.len() as u64 };
    Ok(Reset {
        day: backup.day,
        tables: backup.tables.iter().map(held).collect(),
        fault: storyboard::remove(&folder, &backup.files).err(),
        files: backup.files.into_iter().map(|it| it.name).collect(),
        backup: path,
    })
}

/// Takes the rows out, after they are in the backup at `path`.
fn take_out(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    day: Date,
    path: &Path,
    backup: &mut Backup,
    progress: &Progress,
) -> Result<()> {
    let mut is_begun = false;
    let done = in_transaction(engine, Transaction::Latest, |engine| {
        engine.lock(&scoring::lock_of(chosen, day))?;
        for table in tables(chosen) {
            backup.tables.push(read(engine, table, day)?);
        }
        backup.tables.retain(|it| !it.rows.is_empty());
        write_backup(path, backup)?;
        progress.go_on()?;
        is_begun = true;
        for table in tables(chosen) {
            engine.delete(&table.name, derive::on(table, day).condition())?;
        }
        Ok(())
    });
    done.map_err(|error| put_aside(error, path, is_begun))
}

fn write_backup(path: &Path, backup: &Backup) -> Result<()> {
    let text = serde_json::to_string_pretty(backup).map_err(|error| Error::Internal(error.to_string()))?;
    write_whole(path, |out| writeln!(out, "{text}"))
}

/// What stopped a reset. A backup of which nothing went is of no use; once something may have gone, nobody can always say whether it
/// did: a connection may end before the answer to a commit.
fn put_aside(error: Error, backup: &Path, is_begun: bool) -> Error {
    if !is_begun {
        // One that cannot be taken away does no harm where it is.
        let _ = std::fs::remove_file(backup);
        return error;
    }
    let aside = format!(
        "whatever went of the day is in the backup, and `flow-oa restore {}` puts it back",
        printable::path(backup)
    );
    Error::PutAside { source: Box::new(error), aside }
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
        Error::BadData(format!("reading the backup {}: {reason}; nothing was changed", printable::path(path)))
    };
    let text = regular::read_text(path).map_err(|error| Error::NoInput {
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
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let _lock = Lock::of_analysts(&folder, progress)?;
    let (tables, is_scored) = in_transaction(engine, Transaction::Latest, |engine| {
        engine.lock(&scoring::lock_of(chosen, day))?;
        let mut restored = Vec::new();
        for (table, rows) in known {
            restored.push(put_back(engine, table, day, rows)?);
            progress.go_on()?;
        }
        let scores = scoring::table_of(chosen).ok().map(|it| engine.count(&it.name, &derive::on(it, day)));
        Ok((restored, scores.transpose()?.is_some_and(|it| it > 0)))
    })?;
    let (files, fault) = storyboard::put_back(&folder, &backup.files);
    Ok(Restored {
        pipeline: backup.pipeline,
        day: backup.day,
        tables,
        files,
        fault,
        date: day,
        feedback: backup.feedback.filter(|_| !is_scored),
    })
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
        for (column, value) in table.columns.iter().zip(&row) {
            require_fit(column, value).map_err(|fault| format!("row {number} of {}: {fault}", table.name))?;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Looks whether a column can hold a value.
fn require_fit(column: &Column, value: &Option<Datum>) -> std::result::Result<(), String> {
    let fits = match value {
        None => true,
        Some(Datum::Truth(_)) => column.kind == ColumnType::Bit,
        Some(Datum::Whole(_)) => !column.kind.is_text(),
        Some(Datum::Real(_)) => matches!(column.kind, ColumnType::Float | ColumnType::Double),
        Some(Datum::Text(text)) => match storable::fault_of(text) {
            Some(fault) => return Err(format!("{} {fault}", column.name)),
            None => column.kind.is_text(),
        },
    };
    if fits { Ok(()) } else { Err(format!("{} cannot hold its value", column.name)) }
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

//! Removes and restores what analysts wrote of a day: rows, and the files of storyboards.
//!
//! A reset needs the user's consent to what it removes, and checks under the lock whether nothing was added meanwhile.
//! A backup is complete and on disk before a row is deleted. A restore never replaces what was written since: a row
//! whose key is stored stays as it is now, and rows without a key are not added again if they are stored.

mod backup;
mod restore;

use std::path::{Path, PathBuf};

use flow_oa_core::Date;
use flow_oa_schema::model::Table;
use flow_oa_schema::printable;
use serde::Serialize;

use crate::consent::{Consent, Outcome};
use crate::{feedback, scoring, storyboard};
use backup::{Backup, read};
use flow_oa_engine::{Session, Store, Transaction};
use flow_oa_files::atomic::sweep_all;
use flow_oa_files::{Lock, Progress};
use flow_oa_runtime::day::derive;
use flow_oa_site::deployment::{Chosen, Settings, compact};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Effect, Error, Result};

pub use restore::{Restored, RestoredTable, restore};

/// The prefix of the names of backups.
const BACKUP: &str = "analysts-";

/// The number of rows of a table that analysts write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// The name of the table.
    pub table: String,
    /// The number of rows of the day.
    pub rows: u64,
}

/// What analysts wrote of a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Row counts by table; empty tables are omitted.
    pub tables: Vec<Held>,
    /// The files of storyboards.
    pub files: Vec<PathBuf>,
    /// The feedback file, if it is known to have lines.
    pub feedback: Option<Feedback>,
}

/// A feedback file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feedback {
    /// The location of the file.
    pub file: String,
    /// The number of lines without the header.
    pub lines: u64,
    #[serde(skip)]
    text: String,
}

impl Written {
    /// Whether analysts wrote nothing.
    pub fn is_nothing(&self) -> bool {
        self.tables.is_empty() && self.files.is_empty() && self.feedback.is_none()
    }
}

/// The outcome of a reset.
#[derive(Debug, Serialize)]
pub struct Reset {
    /// The day.
    pub day: String,
    /// The number of removed rows by table.
    pub tables: Vec<Held>,
    /// The removed files of storyboards.
    pub files: Vec<String>,
    /// The backup, from which everything can be restored.
    pub backup: PathBuf,
    /// Why not all files were removed, although the rows were.
    #[serde(skip)]
    pub fault: Option<Error>,
    /// Everything that was removed, as the user agreed to.
    #[serde(skip)]
    pub written: Written,
}

fn tables(chosen: Chosen<'_>) -> impl Iterator<Item = &Table> {
    chosen.model.tables.iter().filter(|it| it.rows.are_analysts())
}

/// Reads what analysts wrote of a day.
fn look(
    session: &mut dyn Session,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    progress: &Progress,
) -> Result<Written> {
    let mut held = Vec::new();
    for table in tables(chosen) {
        let rows = session.count(&table.name, &derive::on(table, day))?;
        held.push(Held { table: table.name.clone(), rows });
    }
    held.retain(|entry| entry.rows > 0);
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let files =
        storyboard::kept(chosen.model, &folder)?.into_iter().map(|file| folder.join(file.name)).collect();
    // An unreadable feedback file does not prevent the removal of rows; it is reported when the file is written.
    let text =
        feedback::is_read(chosen).then(|| feedback::found(settings, chosen, day, progress).ok().flatten());
    progress.go_on()?;
    let file = feedback::place(settings, chosen, day).to_string();
    let feedback = text.flatten().map(|text| Feedback { file, lines: feedback::lines(&text), text });
    Ok(Written { tables: held, files, feedback })
}

/// Removes what analysts wrote of a day, after writing it to a backup; does nothing if they wrote nothing. The user
/// must have agreed to lose exactly that. The caller must write the feedback.
///
/// # Errors
/// If the database or the folder of the day cannot be read, or the backup or the database cannot be written. Once rows
/// may have been deleted, the backup is kept, and the error names it.
pub fn reset(
    store: &mut dyn Store,
    settings: &Settings,
    chosen: Chosen<'_>,
    day: Date,
    consent: Consent<'_, Written>,
    progress: &Progress,
) -> Result<Outcome<Option<Reset>, Written>> {
    let seen = look(store, settings, chosen, day, progress)?;
    if seen.is_nothing() {
        return Ok(Outcome::Done(None));
    }
    if !consent.covers(&seen) {
        return Ok(Outcome::Asks(seen));
    }
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S%3fZ").to_string();
    let folder = settings.data_folder(&chosen.model.name, &compact(day));
    let _lock = Lock::of_analysts(&folder, progress)?;
    // A reset that was killed may have left an incomplete backup.
    sweep_all(&folder, |name| name.starts_with(BACKUP));
    let mut job = TakeOut { chosen, day, folder, path: PathBuf::new(), is_begun: false };
    job.path = job.folder.join(format!("{BACKUP}{now}.json"));
    let backup = Backup {
        checksum: None,
        pipeline: chosen.model.name.clone(),
        day: day.to_string(),
        written: now,
        tables: Vec::new(),
        files: storyboard::kept(job.chosen.model, &job.folder)?,
        feedback: seen.feedback.as_ref().map(|it| it.text.clone()),
    };
    let (backup, written) = match job.run(store, backup, seen.feedback, consent, progress)? {
        Outcome::Done(done) => done,
        Outcome::Asks(found) => return Ok(Outcome::Asks(found)),
    };
    Ok(Outcome::Done(Some(Reset {
        tables: written.tables.clone(),
        written,
        day: backup.day,
        fault: storyboard::remove(&job.folder, &backup.files).err(),
        files: backup.files.into_iter().map(|it| it.name).collect(),
        backup: job.path,
    })))
}

/// The removal of rows once they are in a backup.
struct TakeOut<'a> {
    chosen: Chosen<'a>,
    day: Date,
    folder: PathBuf,
    path: PathBuf,
    is_begun: bool,
}

impl TakeOut<'_> {
    fn run(
        &mut self,
        store: &mut dyn Store,
        mut backup: Backup,
        feedback: Option<Feedback>,
        consent: Consent<'_, Written>,
        progress: &Progress,
    ) -> Result<Outcome<(Backup, Written), Written>> {
        let done = in_transaction(store, Transaction::Latest, |unit| {
            unit.lock(&scoring::lock_of(self.chosen, self.day))?;
            for table in tables(self.chosen) {
                backup.tables.push(read(unit, table, self.day)?);
            }
            backup.tables.retain(|table| !table.rows.is_empty());
            let files = backup.files.iter().map(|file| self.folder.join(&file.name)).collect();
            let found = Written { tables: backup.held(), files, feedback };
            if !consent.covers(&found) {
                return Ok(Outcome::Asks(found));
            }
            backup.write(&self.path)?;
            progress.go_on()?;
            self.is_begun = true;
            for table in tables(self.chosen) {
                unit.delete(&table.name, derive::on(table, self.day).condition())?;
            }
            Ok(Outcome::Done((backup, found)))
        });
        done.map_err(|error| with_backup(error, &self.path, self.is_begun))
    }
}

/// Adds to an error of a reset what is left of the backup. Once the deletion of rows began, the backup is kept, even if
/// the database reports that everything was rolled back.
fn with_backup(error: Error, backup: &Path, is_begun: bool) -> Error {
    if !is_begun {
        // A backup that cannot be removed does no harm.
        let _ = std::fs::remove_file(backup);
        return error;
    }
    let restores =
        format!("`flow-oa restore {}` restores whatever is missing from the backup", printable::path(backup));
    match error.effect() {
        Some(Effect::Unknown { .. }) => error.checked_by(&restores),
        Some(Effect::Partial(_)) => error.after(&restores),
        Some(Effect::Unchanged) | None => {
            error.or_effect(Effect::Partial(format!("every row was rolled back, and {restores}")))
        }
    }
}

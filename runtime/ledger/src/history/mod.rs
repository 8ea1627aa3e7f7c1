//! What every command did to the database: recorded before the command begins, and again when it ends.
//!
//! 'running' is written in a transaction of its own, 'done' within the transaction of the work itself, so that data and
//! history agree, and 'failed' after that transaction was rolled back. A killed process writes nothing more: its entry
//! is recognised because no process holds its lock. An error while recording never hides the error of the work.
//!
//! # Decisions
//!
//! - **Which commands are running** is determined by a file lock on SQLite, and by advisory locks of the connection on
//!   PostgreSQL: they apply across machines and end with the connection, however it ends.

mod days;
mod read;

use flow_oa_core::{Date, fail_point};
use std::path::{Path, PathBuf};
use std::time::Instant;

use flow_oa_schema::ledger::{EXPECTATIONS, HISTORY, HISTORY_TABLES};
use sea_query::{Alias, Cond, Expr, ExprTrait, Query};

use crate::rows::{column, now, number};
use flow_oa_core::value::{text, whole};
use flow_oa_engine::{EngineError, Session, Store, Transaction, Unit};
use flow_oa_files::lock::{self, Lock};
use flow_oa_site::deployment::Chosen;
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Effect, Error, Expected, Result};

pub use days::{Stale, is_ranking, last_good_run, last_ranking, raw_rows, stale};
pub use read::{ExpectationRecord, Filter, Record, Status, TableRecord, list};

/// Rows of a table that a command changed.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone)]
pub struct Changed {
    pub table: String,
    pub day: String,
    pub stored: u64,
    pub removed: u64,
    pub seconds: Option<f64>,
}

/// What a command determined while it was running.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Default)]
pub struct Findings {
    pub content: Option<String>,
    pub context: Option<String>,
    pub raw_rows: Option<String>,
    pub scores_file: Option<String>,
    /// The numbers of records read, stored, rejected and skipped.
    pub counts: Option<[u64; 4]>,
    pub changed: Vec<Changed>,
    pub expected: Vec<Expected>,
}

/// The entry of a running command. It holds the command's lock.
#[derive(Debug)]
pub struct Entry {
    command: &'static str,
    pipeline: String,
    fingerprint: String,
    day: Option<String>,
    limit: Option<u64>,
    input: Option<String>,
    started: String,
    start: Instant,
    id: Option<i64>,
    /// How many numbers before its own are reserved for entries that are added when it is done.
    reserved: i64,
    lock: Option<Lock>,
    claims: Vec<String>,
    /// Whether the work is committed, so that a later failure still records its hashes.
    is_committed: bool,
    /// What the command did that a rollback does not undo, for its error message.
    lasting: Vec<String>,
    /// What was determined so far.
    pub found: Findings,
}

/// Calls `work` and records its failure. Releases all claims of the entry.
///
/// # Errors
/// Those of `work`, with their effect on the data.
pub fn recorded<T>(
    store: &mut dyn Store,
    mut entry: Entry,
    work: impl FnOnce(&mut dyn Store, &mut Entry) -> Result<T>,
) -> Result<T> {
    let done = work(store, &mut entry);
    if let Err(error) = &done {
        entry.failed(store, error.cause());
    }
    if let Some(claims) = store.claims() {
        entry.claims.iter().for_each(|name| claims.release(name));
    }
    done.map_err(|error| entry.with_effect(error))
}

/// The lock of a command while it is running.
pub enum Locking<'a> {
    /// A lock that the command holds already.
    Held(Lock),
    /// A new lock file for the entry, in a folder.
    Own(&'a Path),
}

impl Entry {
    /// An entry of a pipeline.
    pub fn new(command: &'static str, chosen: Chosen<'_>) -> Self {
        Self::of_any(command, &[chosen])
    }

    /// An entry of one of several pipelines. It belongs to none until [`Entry::belongs_to`] is called, unless there is
    /// only one.
    pub fn of_any(command: &'static str, pipelines: &[Chosen<'_>]) -> Self {
        let pipeline = match pipelines {
            [only] => only.model.name.clone(),
            [] | [_, ..] => String::new(),
        };
        Self {
            command,
            pipeline,
            fingerprint: pipelines.first().map_or_else(String::new, |chosen| chosen.fingerprint.to_owned()),
            day: None,
            limit: None,
            input: None,
            started: now(),
            start: Instant::now(),
            id: None,
            reserved: 0,
            lock: None,
            claims: Vec::new(),
            is_committed: false,
            lasting: Vec::new(),
            found: Findings::default(),
        }
    }

    /// Sets the pipeline, once it is known.
    pub fn belongs_to(&mut self, chosen: Chosen<'_>) {
        self.pipeline.clone_from(&chosen.model.name);
    }

    /// Sets the day on which the command works.
    pub fn of_day(self, day: Date) -> Self {
        Self { day: Some(day.to_string()), ..self }
    }

    /// Sets the input of the command. Secrets in a URL are not stored.
    pub fn reads(self, input: String) -> Self {
        Self { input: Some(flow_oa_core::masked(&input)), ..self }
    }

    /// Sets the maximum number of rows that the command stores.
    pub fn at_most(self, limit: u64) -> Self {
        Self { limit: Some(limit), ..self }
    }

    /// Reserves this many numbers before its own for [`Entry::done_as`].
    pub fn reserve(&mut self, count: usize) {
        self.reserved = i64::try_from(count).unwrap_or(i64::MAX);
    }

    /// The number of the entry.
    ///
    /// # Errors
    /// If the entry did not begin.
    pub fn id(&self) -> Result<i64> {
        self.id.ok_or_else(|| Error::Internal("what did not begin cannot be done".into()))
    }

    /// Records that the work is committed. If a later step fails, the error shows `text`: what lasts, and how to do the
    /// rest.
    pub fn committed(&mut self, text: &str) {
        self.is_committed = true;
        self.lasts(text.to_owned());
    }

    /// Records something that the command did and that a rollback does not undo.
    pub fn lasts(&mut self, text: String) {
        self.lasting.push(text);
    }

    /// Adds to an error its effect on the data.
    fn with_effect(&self, error: Error) -> Error {
        let error = error.checked_by("`flow-oa history` shows it, and the same command again is safe");
        let lasting = self.lasting.join("; ");
        match (self.is_committed, lasting.is_empty()) {
            (true, _) => error.or_effect(Effect::Partial(lasting)),
            (false, true) => error.unchanged(),
            (false, false) => error.after(&lasting),
        }
    }

    /// Claims what the command works on, so that no second command begins on it, on any machine. If the engine has no
    /// claims, the file lock alone protects it.
    ///
    /// # Errors
    /// If another process holds the claim.
    pub fn claim(&mut self, session: &mut dyn Session, what: &str) -> Result<()> {
        let Some(claims) = session.claims() else { return Ok(()) };
        if !claims.claim(what)? {
            return Err(Error::Locked(format!(
                "another flow-oa is running on {what} (its connection to {} holds the claim); try again when it is done",
                session.url()
            )));
        }
        self.claims.push(what.to_owned());
        Ok(())
    }

    /// Writes 'running', and returns the number of the entry. Entries that dead processes left as 'running' become
    /// 'killed'.
    ///
    /// # Errors
    /// If the database or the lock file cannot be written.
    pub fn begin(&mut self, store: &mut dyn Store, locking: Locking<'_>) -> Result<i64> {
        match locking {
            Locking::Held(lock) => {
                self.lock = Some(lock);
                self.begin_with(store, |_| Ok(None))
            }
            Locking::Own(folder) => self.begin_with(store, |id| {
                // A process that was killed right after its end left its lock file. No other process creates one now,
                // because this transaction holds the lock of the history.
                lock::sweep_all(folder);
                Ok(Lock::of_entry(folder, id).map(Some)?)
            }),
        }
    }

    /// Writes 'running' for a dry run, whose entry no other command sees: nothing is locked or claimed.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn begin_dry(&mut self, unit: &mut dyn Unit) -> Result<()> {
        mark_killed(unit, None)?;
        let id = unit.next_id(HISTORY)? + self.reserved;
        self.insert(unit, id, "running", &[])?;
        self.id = Some(id);
        Ok(())
    }

    fn begin_with(
        &mut self,
        store: &mut dyn Store,
        lock: impl FnOnce(i64) -> Result<Option<Lock>>,
    ) -> Result<i64> {
        let (id, gone) = in_transaction(store, Transaction::Latest, |unit| {
            unit.lock(HISTORY)?;
            let gone = mark_killed(unit, self.lock.as_ref().map(Lock::path))?;
            fail_point!("begin-killed");
            let id = unit.next_id(HISTORY)? + self.reserved;
            // Claimed before any other process can see the entry.
            self.claim(unit, &name_of(id))?;
            if let Some(lock) = lock(id)? {
                self.lock = Some(lock);
            }
            fail_point!("begin-locked");
            self.insert(unit, id, "running", &[])?;
            fail_point!("begin-inserted");
            Ok((id, gone))
        })?;
        self.id = Some(id);
        fail_point!("begin-committed");
        if self.lock.is_some() {
            gone.iter().for_each(|path| lock::sweep(path));
        }
        fail_point!("begin-swept");
        Ok(id)
    }

    /// Writes 'done' and what was determined, within the transaction of the work.
    ///
    /// # Errors
    /// If the database cannot be written, or the entry did not begin.
    pub fn done(&self, unit: &mut dyn Unit) -> Result<()> {
        let id = self.id()?;
        self.update(unit, id, self.ending("done", None))?;
        fail_point!("done-updated");
        self.insert_changed(unit, id)?;
        self.insert_expected(unit, id)
    }

    /// Writes the hash of a file that is about to be written, so that it is recorded however the command ends.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn keep_content(&self, store: &mut dyn Store) -> Result<()> {
        let Some(id) = self.id else { return Ok(()) };
        let content = Expr::value(self.found.content.clone());
        in_transaction(store, Transaction::Latest, |unit| self.update(unit, id, vec![("content", content)]))
    }

    /// Writes an entry that was never 'running', under a number that another entry reserved for it.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub fn done_as(&self, unit: &mut dyn Unit, id: i64) -> Result<()> {
        self.insert(unit, id, "done", &self.ending("done", None))?;
        self.insert_changed(unit, id)
    }

    fn insert_changed(&self, unit: &mut dyn Unit, id: i64) -> Result<()> {
        let row = |changed: &Changed| {
            vec![
                ("entry", id.into()),
                ("name", changed.table.as_str().into()),
                ("day", changed.day.as_str().into()),
                ("stored", number(changed.stored)),
                ("removed", number(changed.removed)),
                ("seconds", Expr::value(changed.seconds)),
            ]
        };
        Ok(unit.append(HISTORY_TABLES, self.found.changed.iter().map(row).collect())?)
    }

    /// Only what some row violates: most files are as expected, and a history of zeros tells nothing.
    fn insert_expected(&self, unit: &mut dyn Unit, id: i64) -> Result<()> {
        let violated = self.found.expected.iter().filter(|expected| expected.violated > 0);
        let row = |(place, expected): (i32, &Expected)| {
            vec![
                ("entry", id.into()),
                ("number", place.into()),
                ("name", expected.table.as_str().into()),
                ("column_name", expected.column.as_str().into()),
                ("rule", expected.rule.as_str().into()),
                ("checked", number(expected.checked)),
                ("violated", number(expected.violated)),
                ("outcome", expected.outcome().into()),
            ]
        };
        Ok(unit.append(EXPECTATIONS, (0..).zip(violated).map(row).collect())?)
    }

    /// Writes 'failed' and the reason, after everything was rolled back. Does not wait for a database that another
    /// process has locked, and ignores errors of its own: the user must see the first error.
    fn failed(&self, store: &mut dyn Store, error: &Error) {
        if matches!(error, Error::Locked(_) | Error::Engine(EngineError::Locked { .. })) && self.id.is_none()
        {
            return;
        }
        let message = flow_oa_core::masked(&error.to_string());
        let _ = in_transaction(store, Transaction::Latest, |unit| match self.id {
            Some(id) => {
                self.update(unit, id, self.ending("failed", Some(&message)))?;
                if self.is_committed { Ok(()) } else { self.insert_expected(unit, id) }
            }
            None => {
                unit.lock(HISTORY)?;
                let id = unit.next_id(HISTORY)?;
                self.insert(unit, id, "failed", &self.ending("failed", Some(&message)))
            }
        });
    }

    fn insert(
        &self,
        unit: &mut dyn Unit,
        id: i64,
        status: &str,
        ending: &[(&'static str, Expr)],
    ) -> Result<()> {
        let optional = |text: &Option<String>| Expr::value(text.clone());
        let mut values = vec![
            ("id", id.into()),
            ("command", self.command.into()),
            ("pipeline", self.pipeline.as_str().into()),
            ("day", optional(&self.day)),
            ("row_limit", Expr::value(self.limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)))),
            ("input", optional(&self.input)),
            ("fingerprint", self.fingerprint.as_str().into()),
            ("started", self.started.as_str().into()),
            ("version", env!("CARGO_PKG_VERSION").into()),
            ("lock_file", Expr::value(self.lock.as_ref().map(Lock::path))),
        ];
        match ending {
            [] => values.push(("status", status.into())),
            ending => values.extend(ending.iter().cloned()),
        }
        Ok(unit.append(HISTORY, vec![values])?)
    }

    fn update(&self, unit: &mut dyn Unit, id: i64, values: Vec<(&'static str, Expr)>) -> Result<()> {
        unit.change(HISTORY, values, Cond::all().add(column("id").eq(id)))?;
        Ok(())
    }

    /// The columns that are filled when a command ends.
    fn ending(&self, status: &'static str, message: Option<&str>) -> Vec<(&'static str, Expr)> {
        let optional = |text: &Option<String>| Expr::value(text.clone());
        let found = &self.found;
        let lasts = status == "done" || self.is_committed;
        let lasting = |text: &Option<String>| Expr::value(text.clone().filter(|_| lasts));
        let mut values = vec![
            ("content", optional(&found.content)),
            ("context", optional(&found.context)),
            ("raw_rows", lasting(&found.raw_rows)),
            ("scores_file", lasting(&found.scores_file)),
            ("finished", now().into()),
            ("seconds", Expr::value(self.start.elapsed().as_secs_f64())),
            ("status", status.into()),
            ("message", Expr::value(message.map(str::to_owned))),
        ];
        if let Some(counts) = found.counts {
            let names = ["records", "stored", "rejected", "skipped"];
            values.extend(names.into_iter().zip(counts.map(number)));
        }
        values
    }
}

/// The name that an entry claims while its command is running.
fn name_of(id: i64) -> String {
    format!("entry {id}")
}

/// Whether the process of a 'running' entry is alive: its claim shows it, or, if the engine has no claims, the lock of
/// its file.
fn is_alive(session: &mut dyn Session, id: i64, file: &str) -> Result<bool> {
    match session.claims() {
        Some(claims) => Ok(claims.is_claimed(&name_of(id))?),
        None => Ok(lock::is_held(Path::new(file))),
    }
}

/// Marks 'running' entries of dead processes as 'killed'. This process holds the lock `own`, so a 'running' entry with
/// that lock belongs to a dead process. Returns the lock files of the marked entries.
fn mark_killed(unit: &mut dyn Unit, own: Option<String>) -> Result<Vec<PathBuf>> {
    let mut gone = Vec::new();
    let running = Query::select()
        .columns(["id", "lock_file"].map(Alias::new))
        .from(Alias::new(HISTORY))
        .and_where(column("status").eq("running"))
        .to_owned();
    for row in unit.select(running)? {
        let (Some(id), file) = (whole(&row[0]), text(&row[1])) else { continue };
        if own.as_ref() != Some(&file) && is_alive(unit, id, &file)? {
            continue;
        }
        unit.change(HISTORY, vec![("status", "killed".into())], Cond::all().add(column("id").eq(id)))?;
        gone.push(PathBuf::from(file));
    }
    Ok(gone)
}

//! A statement that the server is at work on, or has done: waits for its end, fetches its rows, and lets it go.
//!
//! An operation is closed whatever happens; one that may still be at work is cancelled first.

use std::fmt;
use std::thread;
use std::time::Duration;

use crate::error::{Hs2Error, ServerError};
use crate::messages::{
    FetchResults, GetOperationStatus, GetResultSetMetadata, OperationHandle, Progress, Status,
};
use crate::page::Page;
use crate::session::Session;

const RUNNING: &str = "running a statement";

/// The server is asked again after so long, and then after twice that, and so on.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// What the server may say of an operation, by its numbers.
mod state {
    pub(super) const INITIALIZED: i32 = 0;
    pub(super) const RUNNING: i32 = 1;
    pub(super) const FINISHED: i32 = 2;
    pub(super) const CANCELED: i32 = 3;
    pub(super) const CLOSED: i32 = 4;
    pub(super) const ERROR: i32 = 5;
    pub(super) const PENDING: i32 = 7;
    pub(super) const TIMED_OUT: i32 = 8;
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// As the statement names it, or the server does.
    pub name: String,
    /// As SQL calls the type, in capitals, without lengths: `DECIMAL`.
    pub type_name: &'static str,
}

/// A statement that has ended well, and its rows.
pub struct Operation<'s> {
    session: &'s mut Session,
    handle: OperationHandle,
    /// Whether the server may still be at work on it.
    at_work: bool,
    closed: bool,
    /// Whether all rows were fetched.
    at_end: bool,
    rows_changed: Option<u64>,
}

impl<'s> Operation<'s> {
    pub(crate) fn new(session: &'s mut Session, handle: OperationHandle) -> Self {
        Self { session, handle, at_work: true, closed: false, at_end: false, rows_changed: None }
    }

    /// Asks until the statement has ended.
    pub(crate) fn wait(&mut self) -> Result<(), Hs2Error> {
        let mut pause = FIRST_PAUSE;
        loop {
            let progress = self.ask_for_progress()?;
            if self.has_ended(&progress)? {
                return Ok(());
            }
            thread::sleep(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn ask_for_progress(&mut self) -> Result<Progress, Hs2Error> {
        let progress = self.session.ask("waiting for a statement", &GetOperationStatus(&self.handle))?;
        if progress.status.is_good() {
            return Ok(progress);
        }
        Err(self.session.doing(RUNNING).refused(ServerError::of_status(progress.status)))
    }

    fn has_ended(&mut self, progress: &Progress) -> Result<bool, Hs2Error> {
        let ended_as = match progress.state {
            Some(state::INITIALIZED | state::PENDING | state::RUNNING) => return Ok(false),
            Some(state::FINISHED) => {
                self.at_work = false;
                self.rows_changed = progress.rows_modified.and_then(|it| u64::try_from(it).ok());
                self.handle.has_result_set = progress.has_result_set.unwrap_or(self.handle.has_result_set);
                return Ok(true);
            }
            Some(state::ERROR) => return Err(self.why_it_failed(ServerError::of_progress(progress))?),
            Some(state::CANCELED) => "the statement was cancelled by another client",
            Some(state::CLOSED) => "the statement was closed by another client",
            Some(state::TIMED_OUT) => "the statement ran longer than it may",
            Some(other) => {
                let found = format!("the statement is in state {other}, which there is not");
                return Err(self.session.doing(RUNNING).malformed(found));
            }
            None => {
                let found = "it does not say which state the statement is in";
                return Err(self.session.doing(RUNNING).malformed(found));
            }
        };
        self.at_work = false;
        let mut error = ServerError::of_progress(progress);
        if error.message.is_empty() {
            ended_as.clone_into(&mut error.message);
        }
        Err(self.session.doing(RUNNING).refused(error))
    }

    /// Spark says that a statement failed a moment before it knows why: it is asked again for a while.
    fn why_it_failed(&mut self, mut error: ServerError) -> Result<Hs2Error, Hs2Error> {
        let mut pause = FIRST_PAUSE;
        while error.message.is_empty() && pause <= LONGEST_PAUSE {
            thread::sleep(pause);
            pause *= 2;
            error = ServerError::of_progress(&self.ask_for_progress()?);
        }
        self.at_work = false;
        Ok(self.session.doing(RUNNING).refused(error))
    }

    /// Whether there are rows to fetch. Spark has some for every statement, most of them none.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        self.handle.has_result_set
    }

    /// How many rows the statement changed, where the server tells: newer ones of Hive do.
    #[must_use]
    pub fn rows_changed(&self) -> Option<u64> {
        self.rows_changed
    }

    /// The columns of the result, none where there is none.
    ///
    /// # Errors
    /// What may befall a connection.
    pub fn columns(&mut self) -> Result<Vec<ResultColumn>, Hs2Error> {
        const WHAT: &str = "asking for the columns of a result";
        if !self.has_rows() {
            return Ok(Vec::new());
        }
        let metadata = self.session.ask(WHAT, &GetResultSetMetadata(&self.handle))?;
        if !metadata.status.is_good() {
            return Err(self.session.doing(WHAT).refused(ServerError::of_status(metadata.status)));
        }
        let columns = metadata.columns.into_iter();
        Ok(columns.map(|it| ResultColumn { name: it.name, type_name: type_name(it.kind) }).collect())
    }

    /// The next rows, at most `max_rows`, at least one; nothing once there are no more. It is asked for them until
    /// there are some: each answer has its time, all of them together have not.
    ///
    /// # Errors
    /// [`Hs2Error::Server`] where the statement fails only now, and what may befall a connection.
    pub fn fetch(&mut self, max_rows: usize) -> Result<Option<Page>, Hs2Error> {
        const WHAT: &str = "fetching rows";
        let max_rows = i64::try_from(max_rows.max(1)).unwrap_or(i64::MAX);
        let mut pause = FIRST_PAUSE;
        while self.has_rows() && !self.at_end {
            let fetched = self.session.ask(WHAT, &FetchResults { operation: &self.handle, max_rows })?;
            if !fetched.status.is_good() {
                return Err(self.session.doing(WHAT).refused(ServerError::of_status(fetched.status)));
            }
            if fetched.page.rows() > 0 {
                return Ok(Some(fetched.page));
            }
            // Impala has an empty page with more to come where rows take their time. Spark never tells of more: its
            // end is an empty page.
            let later = fetched.more || fetched.status.code == Some(Status::STILL);
            self.at_end = !later;
            if later {
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        Ok(None)
    }

    /// Tells the server that nothing more is wanted.
    ///
    /// # Errors
    /// Where it does not confirm that. Dropping an operation does the same, and says nothing.
    pub fn close(mut self) -> Result<(), Hs2Error> {
        self.closed = true;
        self.session.close_operation(&self.handle)
    }
}

/// Without the server's handle, which holds a secret.
impl fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("session", self.session).finish_non_exhaustive()
    }
}

impl Drop for Operation<'_> {
    fn drop(&mut self) {
        if !self.closed {
            let stopped = self.session.flag().is_set();
            self.session.let_go(&self.handle, self.at_work || stopped);
        }
    }
}

/// A type by its number, as SQL calls it.
fn type_name(kind: Option<i32>) -> &'static str {
    const NAMES: [&str; 23] = [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INT",
        "BIGINT",
        "FLOAT",
        "DOUBLE",
        "STRING",
        "TIMESTAMP",
        "BINARY",
        "ARRAY",
        "MAP",
        "STRUCT",
        "UNION",
        "USER DEFINED",
        "DECIMAL",
        "NULL",
        "DATE",
        "VARCHAR",
        "CHAR",
        "INTERVAL YEAR TO MONTH",
        "INTERVAL DAY TO SECOND",
        "TIMESTAMP WITH LOCAL TIME ZONE",
    ];
    let number = kind.and_then(|it| usize::try_from(it).ok());
    number.and_then(|it| NAMES.get(it)).copied().unwrap_or("UNKNOWN")
}

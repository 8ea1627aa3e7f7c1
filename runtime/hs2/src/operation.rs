//! A statement on the server, running or done: waits for its end, fetches its rows, and closes it.
//!
//! An operation is closed in any case; an operation that may still be running is cancelled first.

use std::fmt;
use std::thread;
use std::time::Duration;

use crate::calls::Calls;
use crate::error::{Hs2Error, ServerError};
use crate::messages::{
    FetchResults, GetOperationStatus, GetResultSetMetadata, OperationHandle, Progress, Status,
};
use crate::page::Page;

const RUNNING: &str = "running a statement";

/// The first pause before the server is asked again; it doubles up to the longest pause.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// The states of an operation, by their numbers.
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
    /// The name in the statement, or the one that the server chose.
    pub name: String,
    /// The SQL name of the type, in capitals, without lengths: `DECIMAL`.
    pub type_name: &'static str,
}

/// A statement that succeeded, and its rows.
pub struct Operation<'s> {
    calls: &'s mut Calls,
    handle: OperationHandle,
    /// Whether the server may still be running it.
    at_work: bool,
    closed: bool,
    /// Whether all rows were fetched.
    at_end: bool,
    rows_changed: Option<u64>,
}

impl<'s> Operation<'s> {
    pub(crate) fn new(calls: &'s mut Calls, handle: OperationHandle) -> Self {
        Self { calls, handle, at_work: true, closed: false, at_end: false, rows_changed: None }
    }

    /// Polls until the statement has ended.
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
        let progress = self.calls.ask("waiting for a statement", &GetOperationStatus(&self.handle))?;
        if progress.status.is_good() {
            return Ok(progress);
        }
        Err(self.calls.doing(RUNNING).refused(ServerError::of_status(progress.status)))
    }

    fn has_ended(&mut self, progress: &Progress) -> Result<bool, Hs2Error> {
        let ended_as = match progress.state {
            Some(state::INITIALIZED | state::PENDING | state::RUNNING) => return Ok(false),
            Some(state::FINISHED) => {
                self.at_work = false;
                self.rows_changed =
                    progress.rows_modified.and_then(|rows_modified| u64::try_from(rows_modified).ok());
                self.handle.has_result_set = progress.has_result_set.unwrap_or(self.handle.has_result_set);
                return Ok(true);
            }
            Some(state::ERROR) => return Err(self.why_it_failed(ServerError::of_progress(progress))?),
            Some(state::CANCELED) => "the statement was cancelled by another client",
            Some(state::CLOSED) => "the statement was closed by another client",
            Some(state::TIMED_OUT) => "the statement ran longer than it may",
            Some(other) => {
                let found = format!("the statement is in state {other}, which there is not");
                return Err(self.calls.doing(RUNNING).malformed(found));
            }
            None => {
                let found = "it does not say which state the statement is in";
                return Err(self.calls.doing(RUNNING).malformed(found));
            }
        };
        self.at_work = false;
        let mut error = ServerError::of_progress(progress);
        if error.message.is_empty() {
            ended_as.clone_into(&mut error.message);
        }
        Err(self.calls.doing(RUNNING).refused(error))
    }

    /// Spark reports that a statement failed a moment before it knows why, so it is asked again for a while.
    fn why_it_failed(&mut self, mut error: ServerError) -> Result<Hs2Error, Hs2Error> {
        let mut pause = FIRST_PAUSE;
        while error.message.is_empty() && pause <= LONGEST_PAUSE {
            thread::sleep(pause);
            pause *= 2;
            error = ServerError::of_progress(&self.ask_for_progress()?);
        }
        self.at_work = false;
        Ok(self.calls.doing(RUNNING).refused(error))
    }

    /// Whether there is a result to fetch. Spark has a result for every statement, often without rows.
    #[must_use]
    pub fn has_rows(&self) -> bool {
        self.handle.has_result_set
    }

    /// How many rows the statement changed, if the server reports it: newer versions of Hive do.
    #[must_use]
    pub fn rows_changed(&self) -> Option<u64> {
        self.rows_changed
    }

    /// The columns of the result; none if there is no result.
    ///
    /// # Errors
    /// If the connection fails or the server refuses.
    pub fn columns(&mut self) -> Result<Vec<ResultColumn>, Hs2Error> {
        const WHAT: &str = "asking for the columns of a result";
        if !self.has_rows() {
            return Ok(Vec::new());
        }
        let metadata = self.calls.ask(WHAT, &GetResultSetMetadata(&self.handle))?;
        if !metadata.status.is_good() {
            return Err(self.calls.doing(WHAT).refused(ServerError::of_status(metadata.status)));
        }
        let columns = metadata.columns.into_iter();
        Ok(columns
            .map(|column| ResultColumn { name: column.name, type_name: type_name(column.kind) })
            .collect())
    }

    /// The next rows, at least one and at most `max_rows`; `None` at the end. The server is asked until there are rows:
    /// each answer has a time limit, all of them together have none.
    ///
    /// # Errors
    /// [`Hs2Error::Server`] if the statement fails only now; other errors if the connection fails.
    pub fn fetch(&mut self, max_rows: usize) -> Result<Option<Page>, Hs2Error> {
        const WHAT: &str = "fetching rows";
        let max_rows = i64::try_from(max_rows.max(1)).unwrap_or(i64::MAX);
        let mut pause = FIRST_PAUSE;
        while self.has_rows() && !self.at_end {
            let fetched = self.calls.ask(WHAT, &FetchResults { operation: &self.handle, max_rows })?;
            if !fetched.status.is_good() {
                return Err(self.calls.doing(WHAT).refused(ServerError::of_status(fetched.status)));
            }
            if fetched.page.rows() > 0 {
                return Ok(Some(fetched.page));
            }
            // Impala sends an empty page and announces more while rows take time. Spark never announces more: an empty
            // page is the end.
            let later = fetched.more || fetched.status.code == Some(Status::STILL);
            self.at_end = !later;
            if later {
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
        Ok(None)
    }

    /// Closes the operation on the server.
    ///
    /// # Errors
    /// If the server does not confirm it. Dropping an operation closes it, too, but ignores errors.
    pub fn close(mut self) -> Result<(), Hs2Error> {
        self.closed = true;
        self.calls.close_operation(&self.handle)
    }
}

/// Omits the server's handle, which contains a secret.
impl fmt::Debug for Operation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation").field("settings", &self.calls.settings).finish_non_exhaustive()
    }
}

impl Drop for Operation<'_> {
    fn drop(&mut self) {
        if !self.closed {
            let stopped = self.calls.flag.is_set();
            self.calls.let_go(&self.handle, self.at_work || stopped);
        }
    }
}

/// The SQL name of a type, by its number.
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
    let number = kind.and_then(|kind| usize::try_from(kind).ok());
    number.and_then(|number| NAMES.get(number)).copied().unwrap_or("UNKNOWN")
}

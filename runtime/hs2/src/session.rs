//! A session: opened once, closed in any case, with one statement at a time.
//!
//! A statement is sent once and never again, whether or not its answer arrives.

use std::fmt;
use std::time::Instant;

use secrecy::ExposeSecret as _;

use crate::calls::Calls;
use crate::channel::Channel;
use crate::error::{Doing, Hs2Error, Phase, ServerError};
use crate::fault::{Fault, quoted};
use crate::interrupt::{Interrupter, Wait};
use crate::messages::{ExecuteStatement, Executed, GetColumns, OpenSession, Opened, SessionHandle, V6};
use crate::operation::Operation;
use crate::settings::Settings;

/// A session on a server.
pub struct Session {
    calls: Calls,
}

impl Session {
    /// Connects, logs in, opens a session and chooses the database.
    ///
    /// # Errors
    /// Any [`Hs2Error`]; a missing database is a [`Hs2Error::Server`].
    pub fn open(settings: &Settings) -> Result<Self, Hs2Error> {
        Self::open_under(settings, &Interrupter::new())
    }

    /// Like [`Self::open`], with an existing interrupter.
    ///
    /// # Errors
    /// As for [`Self::open`].
    pub fn open_under(settings: &Settings, flag: &Interrupter) -> Result<Self, Hs2Error> {
        let doing = Doing { what: "opening a session", phase: Phase::Opening, settings };
        let begun = Instant::now();
        let mut channel = Channel::open(settings, flag).map_err(|fault| doing.error(fault))?;
        let options = settings.options.iter();
        let options: Vec<_> =
            options.map(|(name, value)| (name.clone(), value.expose_secret().to_owned())).collect();
        let call = OpenSession { user: &settings.effective_user(), options: &options };
        // The limits of connecting and of the handshakes bound the login as a whole.
        let limit = settings.connect_timeout.saturating_add(doing.time());
        let mut wait = Wait::new(doing.time().min(limit.saturating_sub(begun.elapsed())), flag);
        let opened = channel.call(&call, &mut wait).map_err(|fault| doing.error(fault))?;
        let handle = handle_of(opened, doing)?;
        let (settings, flag) = (settings.clone(), flag.clone());
        let calls = Calls { settings, channel, handle: handle.0, flag, closed: false };
        let mut session = Self { calls };
        if handle.1 < V6 {
            let found = format!(
                "it speaks version {} of the protocol; version 6 is needed, for results by column",
                handle.1 + 1
            );
            return Err(session.calls.doing("opening a session").malformed(found));
        }
        session.choose_database()?;
        Ok(session)
    }

    /// `USE` rather than an option of the session: all servers support it, and report a missing database at once.
    /// Spark puts the option's value into a statement unquoted, and Impala checks it only later.
    fn choose_database(&mut self) -> Result<(), Hs2Error> {
        let Some(database) = self.calls.settings.database.clone() else { return Ok(()) };
        if database.contains(['`', '\\']) || database.chars().any(char::is_control) {
            let reason = format!("{} is not a valid database name", quoted(&database));
            return Err(self.calls.doing("choosing the database").error(Fault::Setting(reason)));
        }
        self.run(&format!("USE `{database}`")).map(|_| ())
    }

    /// The interrupter of this session, which stops it from any thread.
    #[must_use]
    pub fn interrupter(&self) -> Interrupter {
        self.calls.flag.clone()
    }

    /// Runs a statement and waits until it has ended, or its rows can be fetched.
    ///
    /// # Errors
    /// [`Hs2Error::Server`] if it fails, [`Hs2Error::Interrupted`] if it was stopped, other errors if the connection
    /// fails.
    pub fn execute(&mut self, sql: &str) -> Result<Operation<'_>, Hs2Error> {
        self.execute_with(sql, &[])
    }

    /// Like [`Self::execute`], with options for this statement alone: Impala's query options, or settings of Hive.
    /// Spark ignores them.
    ///
    /// # Errors
    /// As for [`Self::execute`].
    pub fn execute_with(
        &mut self,
        sql: &str,
        options: &[(String, String)],
    ) -> Result<Operation<'_>, Hs2Error> {
        let what = "running a statement";
        let session = &self.calls.handle.clone();
        let executed = self.calls.ask(what, &ExecuteStatement { session, sql, options })?;
        self.begun(what, executed)
    }

    /// The columns of all tables and views whose database and name match these SQL patterns with `%` and `_`. The
    /// result has a row per column; its second to fourth and sixth cells are the database, the table, the column and
    /// its type.
    ///
    /// # Errors
    /// As for [`Self::execute`].
    pub fn columns_of(&mut self, database: &str, table: &str) -> Result<Operation<'_>, Hs2Error> {
        let what = "asking for the columns of tables";
        let session = &self.calls.handle.clone();
        let executed = self.calls.ask(what, &GetColumns { session, database, table })?;
        self.begun(what, executed)
    }

    /// Waits for an operation that was started.
    fn begun(&mut self, what: &'static str, executed: Executed) -> Result<Operation<'_>, Hs2Error> {
        if !executed.status.is_good() {
            // A handle with a bad status is not expected, but is closed anyway.
            if let Some(handle) = executed.operation {
                self.calls.let_go(&handle, false);
            }
            return Err(self.calls.doing(what).refused(ServerError::of_status(executed.status)));
        }
        let Some(handle) = executed.operation else {
            return Err(self.calls.doing(what).malformed("it took the statement, and gave no handle of it"));
        };
        let mut operation = Operation::new(&mut self.calls, handle);
        operation.wait()?;
        Ok(operation)
    }

    /// Runs a statement and ignores its rows. Returns the number of rows that it changed, if the server reports it.
    ///
    /// # Errors
    /// As for [`Self::execute`].
    pub fn run(&mut self, sql: &str) -> Result<Option<u64>, Hs2Error> {
        let operation = self.execute(sql)?;
        let changed = operation.rows_changed();
        operation.close()?;
        Ok(changed)
    }

    /// Closes the session.
    ///
    /// # Errors
    /// If the server does not confirm it. No further action is needed then.
    pub fn close(mut self) -> Result<(), Hs2Error> {
        self.calls.close()
    }

    /// Whether no more statements can be sent: its connection ended or is out of sync. Over HTTP a session survives,
    /// since each call may use a new connection.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.calls.is_over()
    }
}

/// Omits the session's secret, cookies and data that was read: with them, others could act in the session.
impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("settings", &self.calls.settings).finish_non_exhaustive()
    }
}

/// The session's handle, and the protocol version of the server.
fn handle_of(opened: Opened, doing: Doing<'_>) -> Result<(SessionHandle, i32), Hs2Error> {
    if !opened.status.is_good() {
        return Err(doing.refused(ServerError::of_status(opened.status)));
    }
    let version = opened.version.ok_or_else(|| doing.malformed("it does not say which version it speaks"))?;
    let handle = opened.session.ok_or_else(|| doing.malformed("it opened a session without a handle"))?;
    Ok((handle, version))
}

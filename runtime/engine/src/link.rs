//! The only way from an engine to its connection: observers see each statement first.

use flow_oa_core::Batch;
use sea_query::{Value, Values};

use crate::observer::{Access, Observer, Outgoing, Verdict};
use crate::{About, Connection, Result, Seen, Statement, Target, Transactional, rows_of};

/// A connection and its observers.
pub struct Link<C> {
    connection: C,
    observers: Vec<Box<dyn Observer>>,
    /// The number of observers that outlast a unit of work.
    lasting: usize,
}

#[expect(clippy::missing_errors_doc, reason = "the errors are those of Connection")]
impl<C: Connection> Link<C> {
    /// A connection without observers, except the fail points of a build that has them.
    pub fn new(connection: C) -> Self {
        #[cfg(feature = "failpoints")]
        let observers: Vec<Box<dyn Observer>> = vec![Box::new(crate::observer::FailPoints)];
        #[cfg(not(feature = "failpoints"))]
        let observers = Vec::new();
        Self { connection, lasting: observers.len(), observers }
    }

    /// How the engine describes itself.
    pub fn about(&self) -> &About {
        self.connection.about()
    }

    /// The connection, for what is not a statement.
    pub fn connection(&mut self) -> &mut C {
        &mut self.connection
    }

    /// Adds an observer until the end of the unit of work.
    pub fn observe(&mut self, observer: Box<dyn Observer>) {
        self.observers.push(observer);
    }

    /// Removes the observers of a unit of work.
    pub fn forget_observers(&mut self) {
        self.observers.truncate(self.lasting);
    }

    /// Shows a statement to the observers. Returns whether to send it.
    ///
    /// # Errors
    /// If an observer stops the work.
    pub fn admits(&mut self, outgoing: &Outgoing<'_>) -> Result<bool> {
        let mut is_sent = true;
        for observer in &mut self.observers {
            is_sent &= observer.before(outgoing)? == Verdict::Send;
        }
        Ok(is_sent)
    }

    /// See [`Connection::render`].
    pub fn render(&self, statement: &Statement) -> (String, Values) {
        self.connection.render(statement)
    }

    /// See [`Connection::execute`]. A skipped statement changes no rows.
    pub fn execute(&mut self, access: Access, sql: &str, values: &Values) -> Result<u64> {
        if self.admits(&Outgoing::new(access, sql, values))? {
            self.connection.execute(sql, values)
        } else {
            Ok(0)
        }
    }

    /// See [`Connection::script`].
    pub fn script(&mut self, access: Access, sql: &str) -> Result<()> {
        if self.admits(&Outgoing::text(access, sql))? { self.connection.script(sql) } else { Ok(()) }
    }

    /// See [`Connection::query`].
    pub fn query(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        match self.admits(&Outgoing::new(Access::Read, sql, values))? {
            true => self.connection.query(sql, values, seen),
            false => Ok(()),
        }
    }

    /// See [`Connection::interrupter`].
    pub fn interrupter(&self) -> Box<dyn Fn() + Send> {
        self.connection.interrupter()
    }

    /// Runs a query and returns its rows.
    pub fn rows(&mut self, sql: &str, values: &Values) -> Result<Vec<Vec<Value>>> {
        rows_of(|seen| self.query(sql, values, seen))
    }
}

#[expect(clippy::missing_errors_doc, reason = "the errors are those of Connection")]
impl<C: Transactional> Link<C> {
    /// See [`Transactional::load`].
    pub fn load(&mut self, access: Access, sql: &str, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        match self.admits(&Outgoing::load(access, sql, rows))? {
            true => self.connection.load(sql, target, rows),
            false => Ok(rows.len() as u64),
        }
    }

    /// See [`Transactional::begin`].
    pub fn begin(&mut self, sql: &str) -> Result<()> {
        if self.admits(&Outgoing::text(Access::Write, sql))? { self.connection.begin(sql) } else { Ok(()) }
    }

    /// See [`Transactional::commit`].
    pub fn commit(&mut self) -> Result<()> {
        if self.admits(&Outgoing::text(Access::Write, "COMMIT"))? { self.connection.commit() } else { Ok(()) }
    }
}

//! Observers see every statement before it is sent, and decide whether it is. A dry run is an observer, and so are the
//! points at which tests stop the program. No engine knows of either.

use std::cell::RefCell;
use std::rc::Rc;

use flow_oa_core::{Batch, Cell};
use flow_oa_schema::Dialect;
use sea_query::{Value, Values};

use crate::Result;

/// What a statement does with the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It reads.
    Read,
    /// It creates, fills or drops a temporary relation.
    Stage,
    /// It changes what other connections see, or will see after the commit.
    Write,
}

/// A statement that is about to be sent.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Clone, Copy)]
pub struct Outgoing<'a> {
    /// What it does.
    pub access: Access,
    pub sql: &'a str,
    pub values: &'a [Value],
    pub rows: Option<&'a dyn Batch>,
}

impl<'a> Outgoing<'a> {
    /// A statement that binds values.
    pub fn new(access: Access, sql: &'a str, values: &'a Values) -> Self {
        Self { access, sql, values: &values.0, rows: None }
    }

    /// A statement without values.
    pub fn text(access: Access, sql: &'a str) -> Self {
        Self { access, sql, values: &[], rows: None }
    }

    /// A statement that loads rows.
    pub fn load(access: Access, sql: &'a str, rows: &'a dyn Batch) -> Self {
        Self { access, sql, values: &[], rows: Some(rows) }
    }
}

/// Whether a statement is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is sent.
    Send,
    /// It is not sent, and counts as done.
    Skip,
}

/// Sees statements before they are sent.
pub trait Observer {
    /// Decides about a statement.
    ///
    /// # Errors
    /// If the work must stop here.
    fn before(&mut self, outgoing: &Outgoing<'_>) -> Result<Verdict>;
}

/// Passes a fail point before every statement.
#[cfg(feature = "failpoints")]
pub(crate) struct FailPoints;

#[cfg(feature = "failpoints")]
impl Observer for FailPoints {
    fn before(&mut self, _: &Outgoing<'_>) -> Result<Verdict> {
        flow_oa_core::failpoints::pass(flow_oa_core::failpoints::STATEMENT)?;
        Ok(Verdict::Send)
    }
}

/// A recorded statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The SQL text.
    pub sql: String,
    /// The bound values.
    pub values: Vec<Value>,
    /// For rows that are loaded in bulk: the values of each row.
    pub rows: Vec<Vec<Value>>,
}

/// The statements of a dry run. Clones share one record.
#[derive(Debug, Clone, Default)]
pub struct StatementLog(Rc<RefCell<Vec<Recorded>>>);

impl StatementLog {
    /// Records a text that is not sent, such as the begin of a transaction.
    pub fn mark(&self, sql: &str) {
        self.0.borrow_mut().push(Recorded { sql: sql.to_owned(), values: Vec::new(), rows: Vec::new() });
    }

    /// Takes the recorded statements.
    pub fn take(&self) -> Vec<Recorded> {
        self.0.take()
    }

    fn record(&self, outgoing: &Outgoing<'_>) {
        let (mut cells, mut all) = (Vec::new(), Vec::new());
        if let Some(rows) = outgoing.rows {
            for row in 0..rows.len() {
                rows.cells(row, &mut cells);
                all.push(cells.iter().map(value).collect());
            }
        }
        let recorded = Recorded { sql: outgoing.sql.to_owned(), values: outgoing.values.to_vec(), rows: all };
        self.0.borrow_mut().push(recorded);
    }
}

fn value(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::String(None),
        Cell::Int(number) => Value::BigInt(Some(*number)),
        Cell::Real(number) => Value::Double(Some(*number)),
        Cell::Text(text) => Value::String(Some((*text).to_owned())),
    }
}

/// The observer of a dry run: records every statement of a unit of work that is rolled back. If the engine cannot roll
/// back, statements that write are not sent.
#[derive(Debug)]
pub struct Recorder {
    log: StatementLog,
    sends_writes: bool,
}

impl Recorder {
    /// A recorder for an engine of this dialect that records into `log`.
    pub fn new(dialect: Dialect, log: &StatementLog) -> Self {
        Self { log: log.clone(), sends_writes: dialect.capabilities().transactions }
    }
}

impl Observer for Recorder {
    fn before(&mut self, outgoing: &Outgoing<'_>) -> Result<Verdict> {
        self.log.record(outgoing);
        Ok(match outgoing.access {
            Access::Read | Access::Stage => Verdict::Send,
            Access::Write if self.sends_writes => Verdict::Send,
            Access::Write => Verdict::Skip,
        })
    }
}

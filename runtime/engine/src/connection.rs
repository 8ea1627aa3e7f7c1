//! A connection: what the driver of an engine must do. No method has a default, so that the compiler lists what a new
//! driver lacks.

use std::ops::ControlFlow;

use flow_oa_core::Batch;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use sea_query::{Value, Values};

use crate::{Result, Statement, Target};

/// Takes a row of a query, and decides whether the query goes on.
pub type Seen<'a> = dyn FnMut(&[Value]) -> ControlFlow<()> + 'a;

/// How an engine describes itself.
#[derive(Debug, Clone)]
pub struct About {
    /// The SQL dialect, which also states what the engine can do.
    pub dialect: Dialect,
    /// The database and the folder of the tables; each is `None` if the engine has no such thing.
    pub place: Place,
    /// The URL without secrets, for messages.
    pub url: String,
    /// Whether the columns of a table keep their values when they are renamed. Engines that find columns in files by
    /// name lose them.
    pub keeps_renamed: bool,
}

/// A connection to a database. Every call that returns a [`Result`] fails if the database cannot be reached or refuses
/// the request.
#[expect(clippy::missing_errors_doc, reason = "described above, for all of them")]
pub trait Connection {
    /// How the engine describes itself.
    fn about(&self) -> &About;

    /// The SQL text of a statement, and the values to bind.
    fn render(&self, statement: &Statement) -> (String, Values);

    /// Runs one statement and returns the number of rows that it changed.
    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64>;

    /// Runs a query and passes its rows to `seen` one at a time, without keeping them, until `seen` breaks. Each value
    /// is a 64-bit integer, a double, a string or `NULL`. The connection can be used afterwards in either case.
    fn query(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()>;

    /// Runs several statements that bind no values, such as DDL.
    fn script(&mut self, sql: &str) -> Result<()>;

    /// Returns a function that interrupts the running statement. Another thread may call it.
    fn interrupter(&self) -> Box<dyn Fn() + Send>;
}

/// A connection to a database with transactions.
#[expect(clippy::missing_errors_doc, reason = "the errors are those of Connection")]
pub trait Transactional: Connection {
    /// Loads rows in the fastest way that the engine has, and returns their number. `sql` is the statement that loads
    /// them into `target`.
    fn load(&mut self, sql: &str, target: &Target<'_>, rows: &dyn Batch) -> Result<u64>;

    /// Begins a transaction with this statement.
    fn begin(&mut self, sql: &str) -> Result<()>;

    /// Commits the transaction.
    ///
    /// # Errors
    /// See [`Connection`]. Nothing is committed then, unless the error states otherwise.
    fn commit(&mut self) -> Result<()>;

    /// Rolls the transaction back. If that fails, it is rolled back when the connection ends.
    fn rollback(&mut self);
}

//! What the executor uses: a store, and its units of work. A unit is committed as a whole or rolled back; without a
//! unit nothing can be written.

use std::ops::ControlFlow;

use flow_oa_core::Batch;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use sea_query::{Alias, Cond, Expr, Query, SelectStatement, Value, Values};

use crate::observer::Observer;
use crate::{
    About, Days, EngineError, FoundColumn, FoundIndex, FoundTable, Relation, Remark, Result, Seen, Statement,
    Sums, Target,
};

/// The isolation of a unit of work.
#[derive(Debug, Clone, Copy)]
pub enum Transaction<'a> {
    /// Each statement sees what other connections had committed when the statement began.
    Latest,
    /// Every statement sees what other connections had committed when the transaction began. No other connection
    /// replaces these days of these raw tables before the transaction ends.
    Snapshot(&'a [(String, Days)]),
    /// Every statement sees what other connections had committed when the transaction began. The transaction writes
    /// only to temporary tables and takes no locks.
    Dry,
}

/// What can be done within and outside a unit of work. Every call that returns a [`Result`] fails if the database
/// cannot be reached or refuses the request.
#[expect(clippy::missing_errors_doc, reason = "described above, for all of them")]
pub trait Session {
    /// How the engine describes itself.
    fn about(&self) -> &About;

    /// The SQL text of a statement, and the values to bind.
    fn render(&self, statement: &Statement) -> (String, Values);

    /// Runs a query; see [`crate::Connection::query`].
    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()>;

    /// Returns the number of rows that a table has for these days. Rows that this unit of work loaded count from
    /// [`Unit::settle`] on.
    fn count(&mut self, table: &str, days: &Days) -> Result<u64>;

    /// Returns the columns of each of these tables, in order, where an engine may leave out their descriptions. The list
    /// is empty for a table that does not exist.
    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>>;

    /// Returns the indexes of each of these tables, including those of keys. Partial indexes are not listed. Every list
    /// is empty if the engine has no indexes.
    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>>;

    /// Returns everything that a schema can say of each of these tables; `None` for a table that does not exist. A name
    /// in `logs` is that of a table whose rows change: an engine that stores it as a log describes the log.
    fn described(&mut self, tables: &[&str], logs: &[&str]) -> Result<Vec<Option<FoundTable>>>;

    /// Returns the names of all tables, without views, partitions and temporary tables.
    fn table_names(&mut self) -> Result<Vec<String>>;

    /// The claims of the engine; `None` if it has none. A caller that needs one locks a file instead.
    fn claims(&mut self) -> Option<&mut dyn Claims>;

    /// The SQL dialect.
    fn dialect(&self) -> Dialect {
        self.about().dialect
    }

    /// The database and the folder of the tables.
    fn place(&self) -> &Place {
        &self.about().place
    }

    /// The URL without secrets, for messages.
    fn url(&self) -> &str {
        &self.about().url
    }

    /// Runs a query and returns its rows.
    fn query(&mut self, sql: &str, values: &Values) -> Result<Vec<Vec<Value>>> {
        rows_of(|seen| self.for_each(sql, values, seen))
    }

    /// Runs a query that was built with sea-query, and returns its rows.
    fn select(&mut self, statement: SelectStatement) -> Result<Vec<Vec<Value>>> {
        let (sql, values) = self.render(&Statement::Select(statement));
        self.query(&sql, &values)
    }
}

/// Names that one connection at a time can claim, on any machine.
#[expect(clippy::missing_errors_doc, reason = "the errors are those of Session")]
pub trait Claims {
    /// Claims a name without waiting. The claim lasts until it is released or the connection ends. Returns `false` if
    /// another connection holds the claim.
    fn claim(&mut self, name: &str) -> Result<bool>;

    /// Whether a connection, including this one, holds the claim.
    fn is_claimed(&mut self, name: &str) -> Result<bool>;

    /// Releases a claim. If that fails, the claim ends with the connection.
    fn release(&mut self, name: &str);
}

/// An open database.
#[expect(clippy::missing_errors_doc, reason = "the errors are those of Session")]
pub trait Store: Session {
    /// Begins a unit of work.
    fn begin(&mut self, kind: Transaction<'_>) -> Result<Box<dyn Unit + '_>>;

    /// Runs statements that cannot be part of a unit of work, such as one that builds an index while others write.
    fn run_alone(&mut self, sql: &str) -> Result<()>;

    /// Sets how many earlier runs of a day are kept, so that a user can go back to them. Does nothing if the engine
    /// keeps none.
    fn keep_earlier(&mut self, runs: usize);

    /// Returns what could not be done since the last call although all rows were stored, such as deleting files.
    fn take_remarks(&mut self) -> Vec<Remark>;

    /// Returns a function that interrupts the running statement. Another thread may call it.
    fn interrupter(&self) -> Box<dyn Fn() + Send>;
}

/// Why a unit of work was not committed.
#[derive(Debug)]
pub struct Uncommitted {
    /// Why the commit failed.
    pub error: EngineError,
    /// What could not be removed when the unit was rolled back.
    pub left: Option<String>,
}

/// A unit of work. If it is dropped, it is rolled back.
#[expect(clippy::missing_errors_doc, reason = "the errors are those of Session")]
pub trait Unit: Session {
    /// Commits everything.
    ///
    /// # Errors
    /// See [`Session`]. Nothing is committed then, unless the error states otherwise.
    fn commit(self: Box<Self>) -> std::result::Result<(), Uncommitted>;

    /// Rolls everything back. Returns a description of what could not be removed, or `None` if nothing remains: a
    /// server with transactions undoes everything itself.
    fn rollback(self: Box<Self>) -> Option<String>;

    /// Lets an observer see every statement from now on, until the unit ends.
    fn observe(&mut self, observer: Box<dyn Observer>);

    /// Creates the database or schema of the tables, if the engine has one and it does not exist yet.
    fn make_database(&mut self) -> Result<()>;

    /// Runs several statements that bind no values, such as DDL.
    fn script(&mut self, sql: &str) -> Result<()>;

    /// Runs a statement that was built with sea-query, and returns the number of rows that it changed.
    fn run(&mut self, statement: &Statement) -> Result<u64>;

    /// Waits until no other connection holds the lock of this name, and holds it until the end of the unit. Does
    /// nothing if only one connection can write.
    fn lock(&mut self, name: &str) -> Result<()>;

    /// Creates a small temporary relation, loads `rows` into it, and returns the name by which statements refer to it.
    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String>;

    /// Loads more rows into a relation that [`Unit::stage`] created with the name `staged`.
    fn stage_more(&mut self, relation: &Relation<'_>, staged: &str, rows: &dyn Batch) -> Result<()>;

    /// Removes a relation that [`Unit::stage`] created, if it exists.
    fn unstage(&mut self, name: &str) -> Result<()>;

    /// Removes days from a table, and returns the number of removed rows.
    fn remove(&mut self, table: &str, days: &Days) -> Result<u64>;

    /// Removes days from several tables that are filled again in the same unit, and returns the number of removed rows
    /// of each. An engine that publishes one table after another publishes `published_last` after all others.
    fn remove_all(&mut self, what: &[(&str, Days)], published_last: &str) -> Result<Vec<u64>>;

    /// Removes days from a table whose rows are loaded again in the same unit, and returns the number of rows that are
    /// removed. Until [`Unit::settle`] or the commit, statements may still see the old rows and not the new ones, so
    /// that readers do not have to wait.
    fn replace(&mut self, table: &str, days: &Days) -> Result<u64>;

    /// Loads rows in the fastest way that the engine has, and returns their number.
    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64>;

    /// Inserts the rows of a query into a day of a table, and returns their number. The query returns the columns of
    /// the table in order, without those of the partition.
    fn fill(&mut self, table: &str, columns: &[&str], days: &Days, select: SelectStatement) -> Result<u64>;

    /// Loads sums. If a row with the same key exists, the target's `INSERT` defines how the values are added. An engine
    /// may hold the sums back until [`Unit::add_up`].
    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()>;

    /// Stores all sums that were loaded in this unit in the table.
    fn add_up(&mut self, sums: &Sums<'_>) -> Result<()>;

    /// Makes the rows that were loaded visible to later statements of this unit. If an engine shows no new rows before
    /// the commit, it makes them visible to [`Session::count`].
    fn settle(&mut self) -> Result<()>;

    /// Returns a query for columns of the rows that a table has for these days. Rows that this unit loaded are among
    /// them from [`Unit::settle`] on. `None` if this unit stores no rows, since it only shows its statements.
    fn rows(&mut self, table: &str, columns: &[&str], days: &Days) -> Option<SelectStatement> {
        Some(rows_on(table, columns, days))
    }

    /// Returns a number for the column `id` of a new row: higher than every existing number.
    fn next_id(&mut self, table: &str) -> Result<i64>;

    /// Inserts rows. Each row is a list of columns and values, with the same columns in every row. All other columns
    /// stay empty or take their default.
    fn append(&mut self, table: &str, rows: Vec<Vec<(&str, Expr)>>) -> Result<()>;

    /// Updates columns of the matching rows, and returns the number of rows.
    fn change(&mut self, table: &str, values: Vec<(&str, Expr)>, which: Cond) -> Result<u64>;

    /// Deletes the matching rows of a table, and returns their number.
    fn delete(&mut self, table: &str, which: Cond) -> Result<u64>;
}

/// A query for columns of the rows that a table has for these days.
pub fn rows_on(table: &str, columns: &[&str], days: &Days) -> SelectStatement {
    let columns = columns.iter().map(|column| Alias::new(*column));
    Query::select().columns(columns).from(Alias::new(table)).cond_where(days.condition()).to_owned()
}

pub(crate) fn rows_of(query: impl FnOnce(&mut Seen<'_>) -> Result<()>) -> Result<Vec<Vec<Value>>> {
    let mut rows = Vec::new();
    query(&mut |row| {
        rows.push(row.to_vec());
        ControlFlow::Continue(())
    })?;
    Ok(rows)
}

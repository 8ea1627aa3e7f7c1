//! The interface of an engine: a database that runs statements, loads rows and describes its tables. The interface is
//! the same for every engine. What is done with a database is policy and belongs to the executor. Each engine is a
//! crate of its own next to this one.
//!
//! # Decisions
//!
//! - **Callers state what to do, not how**: stage these rows, fill this day from that query, remove these days, or
//!   append, change or delete rows of the ledger. Each operation has a default implementation in SQL. An engine that
//!   has a better way, or that has no transactions, overrides it.

pub mod decimal;
pub mod indexes;
#[cfg(feature = "failpoints")]
mod stopping;
pub mod url;

mod days;
mod error;
mod log;
mod relation;
mod remark;
mod statement;

use std::ops::ControlFlow;

use sea_query::{
    Alias, Cond, Expr, Func, InsertStatement, IntoIden, Query, SelectStatement, Table, Value, Values,
};

use flow_oa_core::{Batch, shown};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;

pub use days::Days;
pub use error::EngineError;
pub use log::{Recorded, StatementLog};
pub use relation::Relation;
pub use remark::{Files, Remark};
pub use statement::Statement;
#[cfg(feature = "failpoints")]
pub use stopping::with_fail_points;

/// Returns the engine unchanged: this build has no fail points.
#[cfg(not(feature = "failpoints"))]
pub fn with_fail_points(engine: Box<dyn Engine>) -> Box<dyn Engine> {
    engine
}

/// The table that rows are loaded into.
#[derive(Debug)]
pub struct Target<'a> {
    /// The name of the table.
    pub table: &'a str,
    /// The names of the columns, in the order of the cells of a row.
    pub columns: &'a [&'a str],
    /// An `INSERT` for these columns, without values.
    pub insert: InsertStatement,
}

impl Target<'static> {
    /// The target for a compiled table.
    pub fn of(table: &'static flow_oa_core::Table) -> Self {
        Self { table: table.name, columns: table.columns, insert: (table.insert)() }
    }
}

/// The table that sums are loaded into.
#[derive(Debug)]
pub struct Sums<'a> {
    /// The table. Its `INSERT` adds to the existing row if the key exists.
    pub target: Target<'a>,
    /// The columns that are summed; the other columns are the key.
    pub summed: &'a [&'a str],
    /// The columns of the key that hold the day.
    pub day: &'a [&'a str],
}

/// A column as it exists in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundColumn {
    /// The name of the column.
    pub name: String,
    /// The type, as the database spells it.
    pub kind: String,
    /// Whether an `INSERT` may omit the column: it is nullable or has a default.
    pub nullable: bool,
}

/// An index as it exists in the database. The index of a key counts too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIndex {
    /// The names of the columns, in index order.
    pub columns: Vec<String>,
    /// Whether the index is unique, so that an `INSERT` can detect the existing row and add to it.
    pub is_unique: bool,
}

/// The isolation of a transaction.
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

/// The result of claiming a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// This connection now holds the claim.
    Held,
    /// Another connection holds the claim.
    Taken,
    /// The engine does not support claims. A caller that needs one locks a file instead.
    Unkept,
}

/// The number of rows in one `INSERT` of [`Engine::append`], small enough for the number of values that a statement can
/// bind.
const APPENDED: usize = 500;

/// The result of a call to an engine.
pub type Result<T> = std::result::Result<T, EngineError>;

/// Takes a row of a query, and decides whether the query goes on.
pub type Seen<'a> = dyn FnMut(&[Value]) -> ControlFlow<()> + 'a;

/// A connection to a database. Every call that returns a [`Result`] fails if the database cannot be reached or refuses
/// the request.
pub trait Engine {
    /// The SQL dialect of the engine.
    fn dialect(&self) -> Dialect;

    /// The database and the folder of the tables; each is `None` if the engine has no such thing.
    fn place(&self) -> Place {
        Place::default()
    }

    /// The URL without secrets, for messages.
    fn url(&self) -> &str;

    /// Returns the SQL text of a statement, and the values to bind.
    fn render(&self, statement: &Statement) -> (String, Values);

    /// Runs one statement and returns the number of rows that it changed.
    ///
    /// # Errors
    /// See [`Engine`].
    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64>;

    /// Runs a query and passes its rows to `seen` one at a time, without keeping them, until `seen` breaks. Each value
    /// is a 64-bit integer, a double, a string or `NULL`. The connection can be used afterwards in either case.
    ///
    /// # Errors
    /// See [`Engine`].
    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()>;

    /// Runs several statements that bind no values, such as DDL.
    ///
    /// # Errors
    /// See [`Engine`].
    fn script(&mut self, sql: &str) -> Result<()>;

    /// Loads rows in the fastest way that the engine has, and returns their number.
    ///
    /// # Errors
    /// See [`Engine`].
    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64>;

    /// Returns the columns of each of these tables, in order. The list is empty for a table that does not exist.
    ///
    /// # Errors
    /// See [`Engine`].
    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>>;

    /// Returns the indexes of each of these tables, including those of keys. Partial indexes are not listed. Every list
    /// is empty if the engine has no indexes.
    ///
    /// # Errors
    /// See [`Engine`].
    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>>;

    /// Begins a transaction of this kind.
    ///
    /// # Errors
    /// See [`Engine`].
    fn begin(&mut self, kind: Transaction<'_>) -> Result<()>;

    /// Commits everything since [`Engine::begin`].
    ///
    /// # Errors
    /// See [`Engine`]. Nothing is committed then, unless the error states otherwise.
    fn commit(&mut self) -> Result<()>;

    /// Makes the rows that were loaded since [`Engine::begin`] visible to later statements of the same transaction. If
    /// an engine shows no new rows before the end of the transaction, it makes them visible to [`Engine::count`].
    ///
    /// # Errors
    /// See [`Engine`].
    fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    /// Rolls back everything since [`Engine::begin`]. Does nothing outside a transaction. Returns a description of what
    /// could not be removed, or `None` if nothing remains: a server with transactions undoes everything itself.
    fn rollback(&mut self) -> Option<String>;

    /// Returns a function that interrupts the running statement. Another thread may call it.
    fn interrupter(&self) -> Box<dyn Fn() + Send>;

    /// Creates the database or schema of the tables, if the engine has one and it does not exist yet.
    ///
    /// # Errors
    /// See [`Engine`].
    fn make_database(&mut self) -> Result<()> {
        Ok(())
    }

    /// The record of the statements that are sent in a [`Transaction::Dry`]. While statements are recorded, a begin and
    /// a commit are recorded but not executed, and nothing is rolled back: [`Engine::end_dry_run`] does that.
    fn log(&mut self) -> &mut StatementLog;

    /// Ends a dry run and rolls everything back. Returns the recorded statements, and a description of what could not
    /// be removed.
    fn end_dry_run(&mut self) -> (Vec<Recorded>, Option<String>) {
        let noted = self.log().end();
        (noted, self.rollback())
    }

    /// Creates a small temporary relation, loads `rows` into it, and returns the name by which statements refer to it.
    ///
    /// # Errors
    /// See [`Engine`].
    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        self.unstage(relation.name)?;
        self.run(&relation.create().into())?;
        self.load(&relation.target(), rows)?;
        Ok(relation.name.to_owned())
    }

    /// Removes a relation that [`Engine::stage`] created, if it exists.
    ///
    /// # Errors
    /// See [`Engine`].
    fn unstage(&mut self, name: &str) -> Result<()> {
        self.run(&Table::drop().table(Alias::new(name)).if_exists().to_owned().into()).map(|_| ())
    }

    /// Inserts the rows of a query into a day of a table, and returns their number. The query returns the columns of
    /// the table in order, without those of the partition.
    ///
    /// # Errors
    /// See [`Engine`].
    fn fill(
        &mut self,
        table: &str,
        columns: &[&str],
        days: &Days,
        mut select: SelectStatement,
    ) -> Result<u64> {
        for (_, value) in days.values() {
            select.expr(Expr::val(*value));
        }
        let partition = days.values().iter().map(|(name, _)| name.as_str());
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(table))
            .columns(columns.iter().copied().chain(partition).map(|it| Alias::new(it).into_iden()));
        match insert.select_from(select) {
            Ok(insert) => self.run(&insert.to_owned().into()),
            Err(error) => Err(EngineError::Refused {
                database: self.url().to_owned(),
                reason: error.to_string(),
                statement: format!("INSERT INTO {table}"),
            }),
        }
    }

    /// Returns the number of rows that a table has for these days.
    ///
    /// # Errors
    /// See [`Engine`].
    fn count(&mut self, table: &str, days: &Days) -> Result<u64> {
        let mut select = Query::select();
        select.expr(Func::count(Expr::val(1))).from(Alias::new(table)).cond_where(days.condition());
        match self.select(select)?.first().and_then(|row| row.first()) {
            Some(Value::BigInt(Some(count))) => Ok(count.unsigned_abs()),
            found => Err(EngineError::Refused {
                database: self.url().to_owned(),
                reason: format!(
                    "the number of rows was to be counted, and {} came back",
                    found.map_or_else(|| "nothing".to_owned(), shown)
                ),
                statement: format!("SELECT COUNT FROM {table}"),
            }),
        }
    }

    /// Returns a number for the column `id` of a new row: higher than every existing number.
    ///
    /// # Errors
    /// See [`Engine`].
    fn next_id(&mut self, table: &str) -> Result<i64> {
        let last = Func::max(Expr::col(Alias::new("id")));
        let rows = self.select(Query::select().expr(last).from(Alias::new(table)).to_owned())?;
        match rows.first().and_then(|row| row.first()) {
            Some(Value::BigInt(Some(last))) => Ok(last + 1),
            _ => Ok(1),
        }
    }

    /// Inserts rows. Each row is a list of columns and values, with the same columns in every row. All other columns
    /// stay empty or take their default.
    ///
    /// # Errors
    /// See [`Engine`].
    fn append(&mut self, table: &str, rows: Vec<Vec<(&str, Expr)>>) -> Result<()> {
        let Some(first) = rows.first() else { return Ok(()) };
        let names: Vec<_> = first.iter().map(|(name, _)| Alias::new(*name).into_iden()).collect();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(table)).columns(names.iter().cloned());
            for row in rows.by_ref().take(APPENDED) {
                insert.values_panic(row.into_iter().map(|(_, value)| value));
            }
            self.run(&insert.into())?;
        }
        Ok(())
    }

    /// Updates columns of the matching rows, and returns the number of rows.
    ///
    /// # Errors
    /// See [`Engine`].
    fn change(&mut self, table: &str, values: Vec<(&str, Expr)>, which: Cond) -> Result<u64> {
        let values = values.into_iter().map(|(name, value)| (Alias::new(name), value));
        self.run(&Query::update().table(Alias::new(table)).values(values).cond_where(which).to_owned().into())
    }

    /// Deletes the matching rows of a table, and returns their number.
    ///
    /// # Errors
    /// See [`Engine`].
    fn delete(&mut self, table: &str, which: Cond) -> Result<u64> {
        self.run(&Query::delete().from_table(Alias::new(table)).cond_where(which).to_owned().into())
    }

    /// Loads sums. If a row with the same key exists, the target's `INSERT` defines how the values are added. An engine
    /// may hold the sums back until [`Engine::add_up`].
    ///
    /// # Errors
    /// See [`Engine`].
    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        self.load(&sums.target, rows).map(|_| ())
    }

    /// Stores all sums that were loaded since [`Engine::begin`] in the table.
    ///
    /// # Errors
    /// See [`Engine`].
    fn add_up(&mut self, _sums: &Sums<'_>) -> Result<()> {
        Ok(())
    }

    /// Removes days from a table, and returns the number of removed rows.
    ///
    /// # Errors
    /// See [`Engine`].
    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.delete(table, days.condition())
    }

    /// Removes days from several tables, and returns the number of removed rows of each.
    ///
    /// # Errors
    /// See [`Engine`].
    fn remove_all(&mut self, what: &[(&str, Days)]) -> Result<Vec<u64>> {
        what.iter().map(|(table, days)| self.remove(table, days)).collect()
    }

    /// Removes days from a table whose rows are loaded again in the same transaction, and returns the number of rows
    /// that are removed. Until [`Engine::settle`] or the end of the transaction, statements may still see the old rows
    /// and not the new ones, so that readers do not have to wait.
    ///
    /// # Errors
    /// See [`Engine`].
    fn replace(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.remove(table, days)
    }

    /// Sets how many earlier runs of a day are kept, so that a user can go back to them. Returns whether the engine
    /// supports this: an engine with transactions keeps no earlier runs.
    fn keep_earlier(&mut self, _runs: usize) -> bool {
        false
    }

    /// Returns what could not be done since the last call although all rows were stored, such as deleting files.
    fn take_remarks(&mut self) -> Vec<Remark> {
        Vec::new()
    }

    /// Waits until no other connection holds the lock of this name, and holds it until the end of the transaction. Does
    /// nothing if only one connection can write.
    ///
    /// # Errors
    /// See [`Engine`].
    fn lock(&mut self, _name: &str) -> Result<()> {
        Ok(())
    }

    /// Claims a name without waiting. The claim lasts until [`Engine::release`] or until the connection ends.
    ///
    /// # Errors
    /// See [`Engine`].
    fn claim(&mut self, _name: &str) -> Result<Claim> {
        Ok(Claim::Unkept)
    }

    /// Whether a connection, including this one, holds the claim. `None` if the engine does not support claims.
    ///
    /// # Errors
    /// See [`Engine`].
    fn is_claimed(&mut self, _name: &str) -> Result<Option<bool>> {
        Ok(None)
    }

    /// Releases a claim. If that fails, the claim ends with the connection.
    fn release(&mut self, _name: &str) {}

    /// Runs a query and returns its rows; see [`Engine::for_each`].
    ///
    /// # Errors
    /// See [`Engine`].
    fn query(&mut self, sql: &str, values: &Values) -> Result<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        self.for_each(sql, values, &mut |row| {
            rows.push(row.to_vec());
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Runs a statement that was built with sea-query.
    ///
    /// # Errors
    /// See [`Engine`].
    fn run(&mut self, statement: &Statement) -> Result<u64> {
        let (sql, values) = self.render(statement);
        self.execute(&sql, &values)
    }

    /// Runs a query that was built with sea-query.
    ///
    /// # Errors
    /// See [`Engine`].
    fn select(&mut self, statement: SelectStatement) -> Result<Vec<Vec<Value>>> {
        let (sql, values) = self.render(&Statement::Select(statement));
        self.query(&sql, &values)
    }
}

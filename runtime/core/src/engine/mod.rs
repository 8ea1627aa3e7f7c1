//! What an engine is: a database that runs statements, loads rows and describes its tables. What is to be
//! done with it is policy and stands in the executor.

mod days;
mod error;
mod statement;

use sea_query::{Alias, InsertStatement, Query, SelectStatement, Value, Values};

use crate::Batch;

pub use days::Days;
pub use error::EngineError;
pub use statement::Statement;

/// Where rows are loaded to.
#[derive(Debug)]
pub struct Target<'a> {
    /// The table.
    pub table: &'a str,
    /// The columns, in the order of the cells.
    pub columns: &'a [&'a str],
    /// The insert without values.
    pub insert: InsertStatement,
}

impl Target<'static> {
    /// A compiled table.
    pub fn of(table: &'static crate::Table) -> Self {
        Self { table: table.name, columns: table.columns, insert: (table.insert)() }
    }
}

/// A column as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundColumn {
    /// Its name.
    pub name: String,
    /// Its type, as the database spells it.
    pub kind: String,
    /// Whether a row may be written without it: it may have no value, or has a default.
    pub nullable: bool,
}

/// What a transaction sees.
#[derive(Debug, Clone, Copy)]
pub enum Transaction<'a> {
    /// What others have stored, at each statement anew.
    Latest,
    /// What others had stored when it began. Nobody replaces one of these days of these raw tables before it ends.
    Snapshot(&'a [(String, Days)]),
}

/// Whether a name could be claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is held by this connection now.
    Held,
    /// Another connection holds it.
    Taken,
    /// The engine keeps no claims; whoever needs one locks a file.
    Unkept,
}

/// What an engine gives.
pub type Result<T> = std::result::Result<T, EngineError>;

/// A connection to a database. Every call that gives a [`Result`] fails where the database cannot be reached, or
/// will not do what it is asked.
pub trait Engine {
    /// The name of the dialect that it speaks, as DDL knows it.
    fn dialect(&self) -> &'static str;

    /// Its URL, without secrets, for messages.
    fn url(&self) -> &str;

    /// The text of a statement, and the values to bind.
    fn render(&self, statement: &Statement) -> (String, Values);

    /// Runs one statement and gives the number of rows that it changed.
    ///
    /// # Errors
    /// See [`Engine`].
    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64>;

    /// Runs a query and shows its rows one by one, as whole numbers, doubles, texts or no value, without keeping
    /// them.
    ///
    /// # Errors
    /// See [`Engine`].
    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut dyn FnMut(&[Value])) -> Result<()>;

    /// Runs several statements without values, such as DDL.
    ///
    /// # Errors
    /// See [`Engine`].
    fn script(&mut self, sql: &str) -> Result<()>;

    /// Loads rows by the fastest way that the engine has, and gives their number.
    ///
    /// # Errors
    /// See [`Engine`].
    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64>;

    /// The columns of a table in order; nothing where there is no such table.
    ///
    /// # Errors
    /// See [`Engine`].
    fn columns(&mut self, table: &str) -> Result<Vec<FoundColumn>>;

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// See [`Engine`].
    fn begin(&mut self, kind: Transaction<'_>) -> Result<()>;

    /// Makes everything since [`Engine::begin`] last.
    ///
    /// # Errors
    /// See [`Engine`]; nothing of it lasts then, unless the error says otherwise.
    fn commit(&mut self) -> Result<()>;

    /// Takes back everything since [`Engine::begin`]; does nothing outside a transaction.
    fn rollback(&mut self);

    /// Something that stops the statement under way, from another thread.
    fn interrupter(&self) -> Box<dyn Fn() + Send>;

    /// The database or schema in which its tables are, where they are in one.
    fn database(&self) -> Option<&str> {
        None
    }

    /// Makes the database or schema of the tables, where it has a name and is not there.
    ///
    /// # Errors
    /// See [`Engine`].
    fn make_database(&mut self) -> Result<()> {
        Ok(())
    }

    /// Loads sums: where a row of the same key is there, the target's insert says what it adds.
    ///
    /// # Errors
    /// See [`Engine`].
    fn add(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        self.load(target, rows)
    }

    /// Lets the engine look at what a table that was just loaded holds, so that it plans statements on it well.
    ///
    /// # Errors
    /// See [`Engine`].
    fn settle(&mut self, _table: &str) -> Result<()> {
        Ok(())
    }

    /// Takes days out of a table, and gives the number of rows that went.
    ///
    /// # Errors
    /// See [`Engine`].
    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.run(&removal(table, days))
    }

    /// Waits until no other connection holds the lock of that name, and holds it until the end of the
    /// transaction. There is nothing to do where only one connection can write.
    ///
    /// # Errors
    /// See [`Engine`].
    fn lock(&mut self, _name: &str) -> Result<()> {
        Ok(())
    }

    /// Claims a name, without waiting, for as long as the connection lives or until [`Engine::release`].
    ///
    /// # Errors
    /// See [`Engine`].
    fn claim(&mut self, _name: &str) -> Result<Claim> {
        Ok(Claim::Unkept)
    }

    /// Whether some connection, this one included, holds the claim; nothing where the engine keeps none.
    ///
    /// # Errors
    /// See [`Engine`].
    fn is_claimed(&mut self, _name: &str) -> Result<Option<bool>> {
        Ok(None)
    }

    /// Lets a claim go. One that cannot be let go ends with the connection.
    fn release(&mut self, _name: &str) {}

    /// Runs a query and gives its rows; see [`Engine::for_each`].
    ///
    /// # Errors
    /// See [`Engine`].
    fn query(&mut self, sql: &str, values: &Values) -> Result<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        self.for_each(sql, values, &mut |row| rows.push(row.to_vec()))?;
        Ok(rows)
    }

    /// Runs a statement that sea-query built.
    ///
    /// # Errors
    /// See [`Engine`].
    fn run(&mut self, statement: &Statement) -> Result<u64> {
        let (sql, values) = self.render(statement);
        self.execute(&sql, &values)
    }

    /// Runs a query that sea-query built.
    ///
    /// # Errors
    /// See [`Engine`].
    fn select(&mut self, statement: SelectStatement) -> Result<Vec<Vec<Value>>> {
        let (sql, values) = self.render(&Statement::Select(statement));
        self.query(&sql, &values)
    }
}

/// The statement that takes days out of a table, where an engine has no faster way.
pub fn removal(table: &str, days: &Days) -> Statement {
    Query::delete().from_table(Alias::new(table)).cond_where(days.condition()).to_owned().into()
}

//! Engines: the databases that a day is stored in. An engine knows how to run statements, load rows and
//! describe a table; what is to be done is policy and stands in the executor.
//!
//! A new engine is a module here, a dialect in the schema crate and a line in [`connect`].

mod sqlite;

use std::path::Path;

use flow_oa_core::Batch;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use sea_query::{
    DeleteStatement, InsertStatement, SelectStatement, TableCreateStatement, TableDropStatement, Value,
    Values,
};

use crate::error::{Error, Result};

pub use sqlite::Sqlite;

/// Why a database could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// It cannot be reached or opened.
    #[error("opening the database {database}: {reason}")]
    Unavailable {
        /// Its URL without secrets.
        database: String,
        /// What was said, and what to do.
        reason: String,
    },
    /// Somebody else holds it.
    #[error(
        "the database {database} is held by another program ({reason}); nothing was changed, try again later"
    )]
    Locked {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
    },
    /// It cannot be written.
    #[error("writing to the database {database}: {reason}; nothing was changed")]
    CannotWrite {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
    },
    /// It was interrupted at the user's wish.
    #[error("interrupted; everything was rolled back and nothing was changed")]
    Interrupted,
    /// It refused a statement that it should have taken.
    #[error(
        "the database {database} refused a statement: {reason}; nothing was changed\nstatement: {statement}"
    )]
    Refused {
        /// Its URL without secrets.
        database: String,
        /// What was said.
        reason: String,
        /// The statement, without its values.
        statement: String,
    },
}

impl EngineError {
    /// The exit code that a command stops with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Unavailable { .. } => 69,
            Self::Locked { .. } => 75,
            Self::CannotWrite { .. } => 73,
            Self::Interrupted => 130,
            Self::Refused { .. } => 70,
        }
    }
}

/// A statement that sea-query builds.
#[derive(Debug, Clone)]
pub enum Statement {
    /// A query.
    Select(SelectStatement),
    /// An insert, of values or of a query.
    Insert(InsertStatement),
    /// A delete.
    Delete(DeleteStatement),
    /// The creation of a table.
    Create(TableCreateStatement),
    /// The removal of a table.
    Drop(TableDropStatement),
}

macro_rules! from_statement {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Statement {
            fn from(statement: $from) -> Self {
                Statement::$variant(statement)
            }
        }
    )*};
}
from_statement!(SelectStatement => Select, InsertStatement => Insert, DeleteStatement => Delete,
    TableCreateStatement => Create, TableDropStatement => Drop);

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
    pub fn of(table: &'static flow_oa_core::Table) -> Self {
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
    /// Whether a row may have no value here.
    pub nullable: bool,
}

/// A connection to a database.
pub trait Engine {
    /// The dialect that it speaks.
    fn dialect(&self) -> Dialect;

    /// Its URL, without secrets, for messages.
    fn url(&self) -> &str;

    /// The text of a statement, and the values to bind.
    fn render(&self, statement: &Statement) -> (String, Values);

    /// Runs one statement and gives the number of rows that it changed.
    ///
    /// # Errors
    /// Where the database cannot, or will not.
    fn execute(&mut self, sql: &str, values: &Values) -> std::result::Result<u64, EngineError>;

    /// Runs a query and gives its rows, as whole numbers, doubles, texts or no value.
    ///
    /// # Errors
    /// Where the database cannot, or will not.
    fn query(&mut self, sql: &str, values: &Values) -> std::result::Result<Vec<Vec<Value>>, EngineError> {
        let mut rows = Vec::new();
        self.for_each(sql, values, &mut |row| rows.push(row.to_vec()))?;
        Ok(rows)
    }

    /// Runs a query and shows its rows one by one, without keeping them.
    ///
    /// # Errors
    /// Where the database cannot, or will not.
    fn for_each(
        &mut self,
        sql: &str,
        values: &Values,
        seen: &mut dyn FnMut(&[Value]),
    ) -> std::result::Result<(), EngineError>;

    /// Runs several statements without values, such as DDL.
    ///
    /// # Errors
    /// Where the database cannot, or will not.
    fn script(&mut self, sql: &str) -> std::result::Result<(), EngineError>;

    /// Loads rows by the fastest way that the engine has, and gives their number.
    ///
    /// # Errors
    /// Where the database cannot, or will not.
    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> std::result::Result<u64, EngineError>;

    /// The columns of a table in order; nothing where there is no such table.
    ///
    /// # Errors
    /// Where the database cannot say.
    fn columns(&mut self, table: &str) -> std::result::Result<Vec<FoundColumn>, EngineError>;

    /// The highest row number of a raw table, 0 where it is empty; nothing where rows have no numbers.
    ///
    /// # Errors
    /// Where the database cannot say.
    fn last_row(&mut self, table: &str) -> std::result::Result<Option<i64>, EngineError>;

    /// Begins a transaction that writes.
    ///
    /// # Errors
    /// Where somebody else holds the database.
    fn begin(&mut self) -> std::result::Result<(), EngineError>;

    /// Makes everything since [`Engine::begin`] last.
    ///
    /// # Errors
    /// Where the database cannot; then nothing of it lasts.
    fn commit(&mut self) -> std::result::Result<(), EngineError>;

    /// Takes back everything since [`Engine::begin`]; does nothing outside a transaction.
    fn rollback(&mut self);

    /// Something that stops the statement under way, from another thread.
    fn interrupter(&self) -> Box<dyn Fn() + Send>;

    /// Where tables are, for DDL.
    fn place(&self) -> Place {
        Place::default()
    }

    /// Runs a statement that sea-query built.
    ///
    /// # Errors
    /// Those of [`Engine::execute`].
    fn run(&mut self, statement: &Statement) -> std::result::Result<u64, EngineError> {
        let (sql, values) = self.render(statement);
        self.execute(&sql, &values)
    }

    /// Runs a query that sea-query built.
    ///
    /// # Errors
    /// Those of [`Engine::query`].
    fn select(&mut self, statement: SelectStatement) -> std::result::Result<Vec<Vec<Value>>, EngineError> {
        let (sql, values) = self.render(&Statement::Select(statement));
        self.query(&sql, &values)
    }
}

/// Does `work` within a transaction: all of it lasts, or nothing.
///
/// # Errors
/// Those of `work`, and where the transaction cannot be begun or committed.
pub fn in_transaction<T>(
    engine: &mut dyn Engine,
    work: impl FnOnce(&mut dyn Engine) -> Result<T>,
) -> Result<T> {
    engine.begin()?;
    let done = work(engine).and_then(|value| engine.commit().map(|()| value).map_err(Error::from));
    if done.is_err() {
        engine.rollback();
    }
    done
}

/// Connects to the database that a URL names; `home` is what relative paths are relative to. A SQLite file
/// that is not there is made.
///
/// # Errors
/// Where the URL is of no known engine, or the database cannot be opened.
pub fn connect(url: &str, home: &Path) -> Result<Box<dyn Engine>> {
    let scheme = url.split(':').next().unwrap_or_default();
    match scheme {
        "sqlite" => Ok(Box::new(Sqlite::open(url, home)?)),
        "postgres" | "postgresql" | "impala" | "hive2" => Err(Error::Configuration(format!(
            "database {scheme}: this version of flow-oa stores in SQLite only (sqlite:PATH); `flow-oa ddl --dialect …` \
             prints the tables for PostgreSQL and Impala"
        ))),
        _ => Err(Error::Configuration(format!(
            "database: expected a URL such as sqlite:data/flow_oa.db, found a URL that begins with {scheme:?}"
        ))),
    }
}

//! What an engine is: a database that runs statements, loads rows and describes its tables. What is to be
//! done with it is policy and stands in the executor.

use sea_query::{
    DeleteStatement, InsertStatement, SelectStatement, TableCreateStatement, TableDropStatement,
    UpdateStatement, Value, Values,
};

use crate::Batch;

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
    /// A change of values.
    Update(UpdateStatement),
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
from_statement!(SelectStatement => Select, InsertStatement => Insert, UpdateStatement => Update,
    DeleteStatement => Delete, TableCreateStatement => Create, TableDropStatement => Drop);

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

/// A connection to a database.
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

    /// The database or schema in which its tables are, where they are in one.
    fn database(&self) -> Option<&str> {
        None
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

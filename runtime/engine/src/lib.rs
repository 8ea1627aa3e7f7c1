//! What an engine is: a database that runs statements, loads rows and describes its tables, whichever one it is. What is to be
//! done with it is policy and stands in the executor. Each engine is a crate of its own beside this one.
//!
//! # Decisions
//!
//! - **Engines are told what is to be done, not how**: stage these rows, fill this day from that query, take these days
//!   out, append, change or delete in the ledger. Each has a default in SQL; an engine that has a better way, or no
//!   transactions, overrides it.

pub mod decimal;
pub mod indexes;
#[cfg(feature = "failpoints")]
mod stopping;
pub mod url;

mod days;
mod error;
mod noted;
mod relation;
mod remark;
mod statement;

use sea_query::{
    Alias, Cond, Expr, Func, InsertStatement, IntoIden, Query, SelectStatement, Table, Value, Values,
};

use flow_oa_core::{Batch, shown};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;

pub use days::Days;
pub use error::EngineError;
pub use noted::{Noted, Notes};
pub use relation::Relation;
pub use remark::{Files, Remark};
pub use statement::Statement;
#[cfg(feature = "failpoints")]
pub use stopping::with_fail_points;

/// The engine itself: this program has no fail points.
#[cfg(not(feature = "failpoints"))]
pub fn with_fail_points(engine: Box<dyn Engine>) -> Box<dyn Engine> {
    engine
}

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

/// Where sums are loaded to.
#[derive(Debug)]
pub struct Sums<'a> {
    /// The table, with an insert that adds to the row whose key is there.
    pub target: Target<'a>,
    /// The columns that are summed; the others are the key.
    pub summed: &'a [&'a str],
    /// Those columns of the key that tell the day.
    pub day: &'a [&'a str],
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

/// An index as the database has it, that of a key included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundIndex {
    /// Its columns, in order.
    pub columns: Vec<String>,
    /// Whether no two rows agree in all of them, so that an insert may add to the row that is there.
    pub is_unique: bool,
}

/// What a transaction sees.
#[derive(Debug, Clone, Copy)]
pub enum Transaction<'a> {
    /// What others have stored, at each statement anew.
    Latest,
    /// What others had stored when it began. Nobody replaces one of these days of these raw tables before it ends.
    Snapshot(&'a [(String, Days)]),
    /// What others had stored when it began. It writes temporary tables only, and locks nothing.
    Dry,
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

/// Rows of one insert by [`Engine::append`]: few enough for what a statement can bind.
const APPENDED: usize = 500;

/// What an engine gives.
pub type Result<T> = std::result::Result<T, EngineError>;

/// A connection to a database. Every call that gives a [`Result`] fails where the database cannot be reached, or
/// will not do what it is asked.
pub trait Engine {
    /// The dialect that it speaks.
    fn dialect(&self) -> Dialect;

    /// The database and the folder in which its tables are, where they are in one.
    fn place(&self) -> Place {
        Place::default()
    }

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

    /// The columns of each of these tables in order; nothing for a table that is not there.
    ///
    /// # Errors
    /// See [`Engine`].
    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>>;

    /// The indexes of each of these tables, those of keys included, as far as they hold all rows; none where the engine
    /// has no indexes.
    ///
    /// # Errors
    /// See [`Engine`].
    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>>;

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

    /// Brings rows that were loaded since [`Engine::begin`] to where statements of the same transaction find them, or,
    /// where nothing is seen before its end, [`Engine::count`] does.
    ///
    /// # Errors
    /// See [`Engine`].
    fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    /// Takes back everything since [`Engine::begin`]; does nothing outside a transaction. Gives what it had to leave
    /// behind, in words: nothing where a server takes back what it knows of.
    fn rollback(&mut self) -> Option<String>;

    /// Something that stops the statement under way, from another thread.
    fn interrupter(&self) -> Box<dyn Fn() + Send>;

    /// Makes the database or schema of the tables, where it has a name and is not there.
    ///
    /// # Errors
    /// See [`Engine`].
    fn make_database(&mut self) -> Result<()> {
        Ok(())
    }

    /// The notes that it takes of what it sends in a [`Transaction::Dry`]. While they are taken, transactions are noted and
    /// nothing else, and nothing is rolled back: that is for [`Engine::rehearsed`].
    fn notes(&mut self) -> &mut Notes;

    /// Ends a rehearsal, takes everything back, and gives the statements, and what it had to leave behind.
    fn rehearsed(&mut self) -> (Vec<Noted>, Option<String>) {
        let noted = self.notes().end();
        (noted, self.rollback())
    }

    /// Makes a small relation for the work at hand, loads it, and gives the name under which statements find it.
    ///
    /// # Errors
    /// See [`Engine`].
    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        self.unstage(relation.name)?;
        self.run(&relation.create().into())?;
        self.load(&relation.target(), rows)?;
        Ok(relation.name.to_owned())
    }

    /// Takes a relation away that [`Engine::stage`] made, where it is there.
    ///
    /// # Errors
    /// See [`Engine`].
    fn unstage(&mut self, name: &str) -> Result<()> {
        self.run(&Table::drop().table(Alias::new(name)).if_exists().to_owned().into()).map(|_| ())
    }

    /// Inserts what a query gives into a day of a table, and gives the number of rows. The query gives the table's
    /// columns in order, those of the partition left out.
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

    /// How many rows a table has of some days.
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

    /// A number for the column `id` of a new row of a table, higher than those that are there.
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

    /// Inserts rows, each given by the values of some columns, the same ones in all; the others have none.
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

    /// Changes columns of some rows, and gives their number.
    ///
    /// # Errors
    /// See [`Engine`].
    fn change(&mut self, table: &str, values: Vec<(&str, Expr)>, which: Cond) -> Result<u64> {
        let values = values.into_iter().map(|(name, value)| (Alias::new(name), value));
        self.run(&Query::update().table(Alias::new(table)).values(values).cond_where(which).to_owned().into())
    }

    /// Takes some rows out of a table, and gives their number.
    ///
    /// # Errors
    /// See [`Engine`].
    fn delete(&mut self, table: &str, which: Cond) -> Result<u64> {
        self.run(&Query::delete().from_table(Alias::new(table)).cond_where(which).to_owned().into())
    }

    /// Loads sums: where a row of the same key is there, the target's insert says what it adds. They may be kept
    /// until [`Engine::add_up`].
    ///
    /// # Errors
    /// See [`Engine`].
    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        self.load(&sums.target, rows).map(|_| ())
    }

    /// Brings sums to an end: all that were loaded since [`Engine::begin`] are in the table then.
    ///
    /// # Errors
    /// See [`Engine`].
    fn add_up(&mut self, _sums: &Sums<'_>) -> Result<()> {
        Ok(())
    }

    /// Takes days out of a table, and gives the number of rows that went.
    ///
    /// # Errors
    /// See [`Engine`].
    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.delete(table, days.condition())
    }

    /// Takes days out of several tables, and gives the number of rows that went from each.
    ///
    /// # Errors
    /// See [`Engine`].
    fn remove_all(&mut self, what: &[(&str, Days)]) -> Result<Vec<u64>> {
        what.iter().map(|(table, days)| self.remove(table, days)).collect()
    }

    /// Takes days out of a table whose rows are loaded anew before the transaction ends, and gives the number of rows
    /// that go. Until [`Engine::settle`] or the end, statements may find the old rows, and not the new ones: so that
    /// readers need not wait meanwhile.
    ///
    /// # Errors
    /// See [`Engine`].
    fn replace(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.remove(table, days)
    }

    /// Says how many earlier runs of a day can be gone back to from now on. Gives whether there is such a thing here: an
    /// engine that has transactions keeps none.
    fn keep_earlier(&mut self, _runs: usize) -> bool {
        false
    }

    /// What could not be done since the last call although all rows were stored, such as deleting files.
    fn take_remarks(&mut self) -> Vec<Remark> {
        Vec::new()
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

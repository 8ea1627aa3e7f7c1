//! PostgreSQL 13 or later: rows are loaded by binary `COPY`, raw tables are partitioned by day, and locks and claims
//! are advisory locks.
//!
//! Rows of a day that has no partition yet are loaded into a separate table. At the end of the transaction that table
//! gets its indexes and becomes the partition. Meanwhile no reader is locked out, and an index that is built at once
//! costs half as much as an index that grows row by row.
//!
//! # Decisions
//!
//! - **PostgreSQL: a new day is a separate table** until the ingest ends. Rows are copied into it without indexes. Then
//!   it is attached, which builds the indexes at once and locks no reader out. This takes 0.6 of the time of an index
//!   that grows row by row. A partition created by `PARTITION OF` would lock every reader out of the table for the
//!   whole ingest. Partitions that were created by hand, with a wider range or as the default, are found by their
//!   bounds and used. A day that a run or a file replaces is emptied by `TRUNCATE` if it has a partition of its own,
//!   otherwise by `DELETE`. A purge drops partitions.
//! - **PostgreSQL: a day of raw rows that is replaced is a new table, too**, with its own indexes and a `CHECK`
//!   constraint, so that swapping it with the old partition takes a moment. The swap needs a lock on the whole table,
//!   whose readers may take long. Therefore the lock is tried for 50 ms at a time, so that no other session waits
//!   behind it for longer. If the lock cannot be taken, the rows are copied into the old partition, which locks only
//!   the readers of that day. The old partition is used from the start (`TRUNCATE`) if the role does not own it, or if
//!   it has something that a new table would lack: privileges, views, triggers, indexes, a tablespace.
//! - **A run on PostgreSQL is one `REPEATABLE READ` transaction.** `TRUNCATE` and `DROP` ignore snapshots: they affect
//!   every other transaction. Therefore the run takes the weakest lock on the partitions that it will read, before its
//!   snapshot.
//! - **PostgreSQL is forced to use index look-ups** by a lateral join that its planner cannot reorder (`OFFSET 0`). A
//!   day that has just been loaded has no statistics, and the planner then assumes one row: details of 3,000
//!   connections over two million flows took minutes, and take 0.07 s with the lateral join. Partitions that grew are
//!   analysed before a run; staged relations always are.
//! - **`postgres`, which runs tokio inside**, is the one exception to "no async runtime": it is the client that
//!   supports binary `COPY`, and its runtime is not visible outside. The parts of a libpq URL that it does not support
//!   (`verify-ca`, `verify-full`, `.pgpass`) are implemented here. TLS is rustls everywhere; the trusted certificates
//!   are in `runtime/tls`.

mod bind;
mod catalog;
mod connecting;
mod copy;
mod day_partition;
mod driver;
mod fault;
mod partitions;
mod passwords;
mod room;
mod sql;
mod sums;
mod url;

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use flow_oa_core::Batch;
use flow_oa_engine::sql::{SqlEngine, delete};
use flow_oa_engine::{
    Access, Claims, Connection as _, Days, EngineError, FoundColumn, FoundIndex, FoundTable, Link, Result,
    Sums, Target, Transaction,
};
use flow_oa_schema::Dialect;
use sea_query::{Value, Values};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::sql::Copied;
pub use driver::Driver;
use partitions::Partitioned;
use room::NewPart;
use url::Address;

const SPOKEN: Dialect = Dialect::Postgres;

/// An open PostgreSQL database.
pub struct Postgres {
    link: Link<Driver>,
    /// Part of the name of every lock, since the schemas of a database share one set of locks.
    realm: String,
    /// How long to wait for locks that other connections hold.
    patience: Duration,
    /// The partitions of each table, as read in this transaction.
    tables: HashMap<String, Option<Rc<Partitioned>>>,
    /// New partitions of this transaction that are not attached yet.
    new_parts: Vec<NewPart>,
    /// The tables for which sums of this transaction are held in a temporary table.
    waiting: Vec<String>,
}

/// The name of the user who runs the program.
fn system_user() -> String {
    ["USER", "LOGNAME"].into_iter().find_map(|variable| std::env::var(variable).ok()).unwrap_or_default()
}

impl Postgres {
    /// Connects to the database of a `postgres://` URL. `patience` is how long to wait for locks that other connections
    /// hold.
    ///
    /// # Errors
    /// If the server cannot be reached, refuses the login, or has an unsupported version or encoding.
    pub fn open(url: &str, patience: Duration) -> Result<Self> {
        let environment = |name: &str| std::env::var(name).ok();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let Address { config, shown, schema, tls } = url::understand(url, &environment, home.as_deref())?;
        let tls = tls.map(|(roots, check)| flow_oa_tls::client(&roots, check)).transpose();
        let tls = tls
            .map_err(|error| EngineError::NoAccess { database: shown.clone(), reason: error.to_string() })?;
        let tls = tls.map(MakeRustlsConnect::new);
        let client = connecting::connect(&shown, &config, tls.as_ref())?;
        let mut engine = Self {
            link: Link::new(Driver::new(client, tls, shown, schema)),
            realm: String::new(),
            patience,
            tables: HashMap::new(),
            new_parts: Vec::new(),
            waiting: Vec::new(),
        };
        engine.set_up()?;
        Ok(engine)
    }

    fn refused(&self, statement: &str, reason: String) -> EngineError {
        let database = self.link.about().url.clone();
        EngineError::Refused { database, reason, statement: statement.to_owned() }
    }

    /// The name of a lock or claim: the same for all connections to this database and schema.
    fn named(&self, name: &str) -> Values {
        Values(vec![format!("flow-oa, {}: {name}", self.realm).into()])
    }

    fn query(&mut self, sql: &str, values: &Values) -> Result<Vec<Vec<Value>>> {
        self.link.rows(sql, values)
    }

    /// Runs a query that returns a single number.
    fn number(&mut self, sql: &str, values: &Values) -> Result<i64> {
        match self.query(sql, values)?.first().and_then(|row| row.first()) {
            Some(Value::BigInt(Some(number))) => Ok(*number),
            _ => Err(self.refused(sql, "it gave no number".to_owned())),
        }
    }

    /// Runs statements that change something.
    fn script(&mut self, sql: &str) -> Result<()> {
        self.link.script(Access::Write, sql)
    }

    /// Copies rows into a table, which must accept all of them.
    fn copy(&mut self, target: &Target<'_>, copied: Copied, rows: &dyn Batch) -> Result<u64> {
        self.link.load(Access::Write, &sql::copy(target.table, target.columns, copied), target, rows)
    }
}

fn text_at(row: &[Value], at: usize) -> Option<String> {
    if let Some(Value::String(Some(text))) = row.get(at) { Some(text.clone()) } else { None }
}

fn is_true(row: &[Value], at: usize) -> bool {
    row.get(at) == Some(&Value::BigInt(Some(1)))
}

impl SqlEngine for Postgres {
    type Driver = Driver;

    fn link(&self) -> &Link<Driver> {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link<Driver> {
        &mut self.link
    }

    fn begin(&mut self, kind: Transaction<'_>) -> Result<()> {
        let begin = match kind {
            Transaction::Latest => "BEGIN".to_owned(),
            // `TRUNCATE` ignores snapshots: it empties a table for every transaction. The lock prevents it.
            Transaction::Snapshot(days) => {
                let parts = self.parts_of(days)?;
                self.look_at(&parts)?;
                sql::begin_snapshot(&parts)
            }
            Transaction::Dry => sql::begin_snapshot(&[]),
        };
        self.link.begin(&begin)
    }

    /// Attaches new partitions.
    fn before_commit(&mut self) -> Result<()> {
        self.link.connection().require_sound()?;
        self.attach_new_parts()
    }

    fn ended(&mut self) {
        self.tables.clear();
        self.new_parts.clear();
        self.waiting.clear();
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        self.copy_by_day(target, rows)
    }

    fn load_staged(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<()> {
        let copy = sql::copy(target.table, target.columns, Copied::Plainly);
        self.link.load(Access::Stage, &copy, target, rows)?;
        self.link.script(Access::Stage, &sql::analyze(&SPOKEN.quoted(target.table)))
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        let parted = self.remove_parts(table, days)?;
        match (parted, days) {
            (Some(rows), Days::On(_)) => Ok(rows),
            (parted, _) => Ok(parted.unwrap_or(0) + delete(&mut self.link, table, days.condition())?),
        }
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<u64> {
        match self.replace_part(table, days)? {
            Some(rows) => Ok(rows),
            None => self.remove(table, days),
        }
    }

    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        self.keep_sums(sums, rows)
    }

    fn add_up(&mut self, sums: &Sums<'_>) -> Result<()> {
        self.add_kept_sums(sums)
    }

    /// Attaches new partitions now instead of at the commit.
    fn settle(&mut self) -> Result<()> {
        self.attach_new_parts()?;
        self.tables.clear();
        Ok(())
    }

    fn lock(&mut self, name: &str) -> Result<()> {
        self.link.execute(Access::Read, sql::LOCK, &self.named(name)).map(drop)
    }

    fn claims(&mut self) -> Option<&mut dyn Claims> {
        Some(self)
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        self.found_columns(tables)
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        self.found_indexes(tables)
    }

    fn described(&mut self, tables: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        self.found_tables(tables)
    }

    fn table_names(&mut self) -> Result<Vec<String>> {
        self.found_names()
    }

    fn make_database(&mut self) -> Result<()> {
        let Some(schema) = self.link.about().place.database.clone() else { return Ok(()) };
        if self.query(sql::IS_SCHEMA, &Values(vec![schema.as_str().into()]))?.is_empty() {
            self.script(&sql::create_schema(&schema))?;
        }
        Ok(())
    }
}

/// Claims are advisory locks of the connection.
impl Claims for Postgres {
    fn claim(&mut self, name: &str) -> Result<bool> {
        Ok(self.number(sql::CLAIM, &self.named(name))? == 1)
    }

    fn is_claimed(&mut self, name: &str) -> Result<bool> {
        Ok(self.number(sql::IS_CLAIMED, &self.named(name))? == 1)
    }

    fn release(&mut self, name: &str) {
        let name = self.named(name);
        // Not shown to observers, since the work is over. If it fails, the lock ends with the connection.
        let _ = self.link.connection().execute(sql::RELEASE, &name);
    }
}

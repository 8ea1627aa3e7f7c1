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
mod connecting;
mod copy;
mod day_partition;
mod fault;
mod loading;
mod partitions;
mod passwords;
mod room;
mod sql;
mod url;

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::sql::Copied;
use flow_oa_core::Batch;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql, Type};
use postgres::{Client, NoTls};
use sea_query::{PostgresQueryBuilder, Value, Values};
use tokio_postgres_rustls::MakeRustlsConnect;

use bind::{Bound, value_of};
use flow_oa_engine::indexes::indexes;
use flow_oa_engine::{
    Claim, Days, Engine, EngineError, FoundColumn, FoundIndex, Relation, Seen, Statement, StatementLog, Sums,
    Target, Transaction,
};
use partitions::Partitioned;
use room::NewPart;
use url::Address;

/// The SQL dialect of this engine.
const SPOKEN: Dialect = Dialect::Postgres;

/// A connection to a PostgreSQL database.
pub struct Postgres {
    client: Client,
    tls: Option<MakeRustlsConnect>,
    url: String,
    /// The schema that the URL names.
    schema: Option<String>,
    /// Part of the name of every lock, since the schemas of a database share one set of locks.
    realm: String,
    is_interrupted: Arc<AtomicBool>,
    state: State,
    log: StatementLog,
    /// How long to wait for locks that other connections hold.
    patience: Duration,
    /// The types of the columns that rows were loaded into in this transaction, by the text of the `COPY`.
    kinds: HashMap<String, Vec<Type>>,
    /// The partitions of each table, as read in this transaction.
    tables: HashMap<String, Option<Rc<Partitioned>>>,
    /// New partitions of this transaction that are not attached yet.
    new_parts: Vec<NewPart>,
    /// The tables for which sums of this transaction are held in a temporary table.
    waiting: Vec<String>,
}

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    InTransaction,
    /// A statement failed, and the server will roll back the transaction.
    Failed,
}

/// The name of the user who runs the program.
fn system_user() -> String {
    ["USER", "LOGNAME"].into_iter().find_map(|it| std::env::var(it).ok()).unwrap_or_default()
}

impl Postgres {
    /// Connects to the database of a `postgres://` URL. `patience` is how long to wait for locks that other connections
    /// hold.
    ///
    /// # Errors
    /// If the server cannot be reached, refuses the login, or has an unsupported version or encoding.
    pub fn open(url: &str, patience: Duration) -> Result<Self, EngineError> {
        let environment = |name: &str| std::env::var(name).ok();
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let Address { config, shown, schema, tls } = url::understand(url, &environment, home.as_deref())?;
        let tls = tls.map(|(roots, check)| flow_oa_tls::client(&roots, check)).transpose();
        let tls = tls
            .map_err(|error| EngineError::NoAccess { database: shown.clone(), reason: error.to_string() })?;
        let tls = tls.map(MakeRustlsConnect::new);
        let client = connecting::connect(&shown, &config, tls.as_ref())?;
        let mut engine = Self {
            client,
            tls,
            url: shown,
            schema,
            realm: String::new(),
            is_interrupted: Arc::default(),
            state: State::Idle,
            log: StatementLog::default(),
            patience,
            kinds: HashMap::new(),
            tables: HashMap::new(),
            new_parts: Vec::new(),
            waiting: Vec::new(),
        };
        engine.set_up()?;
        Ok(engine)
    }

    fn refused(&self, statement: &str, reason: String) -> EngineError {
        EngineError::Refused { database: self.url.clone(), reason, statement: statement.to_owned() }
    }

    /// The error for a statement that failed.
    fn fault(&mut self, sql: &str, error: &postgres::Error) -> EngineError {
        if self.state == State::InTransaction {
            self.state = State::Failed;
        }
        let was_canceled = error.code() == Some(&postgres::error::SqlState::QUERY_CANCELED);
        if self.is_interrupted.load(Ordering::SeqCst) && (was_canceled || fault::is_lost(error)) {
            return EngineError::Interrupted;
        }
        fault::of_statement(&self.url, sql, error)
    }

    /// The name of a lock or claim: the same for all connections to this database and schema.
    fn named(&self, name: &str) -> Values {
        Values(vec![format!("flow-oa, {}: {name}", self.realm).into()])
    }

    /// Runs a query that returns a single number.
    fn number(&mut self, sql: &str, values: &Values) -> Result<i64, EngineError> {
        match self.query(sql, values)?.first().and_then(|row| row.first()) {
            Some(Value::BigInt(Some(number))) => Ok(*number),
            _ => Err(self.refused(sql, "it gave no number".to_owned())),
        }
    }

    /// The values of a statement, each with its type.
    fn bound<'a>(&self, sql: &str, values: &'a Values) -> Result<Vec<Bound<'a>>, EngineError> {
        let bound: Result<_, _> = values.0.iter().map(Bound::of).collect();
        bound.map_err(|reason| self.refused(sql, reason))
    }
}

fn text_at(row: &[Value], at: usize) -> Option<String> {
    if let Some(Value::String(Some(text))) = row.get(at) { Some(text.clone()) } else { None }
}

fn is_true(row: &[Value], at: usize) -> bool {
    row.get(at) == Some(&Value::BigInt(Some(1)))
}

impl Engine for Postgres {
    fn dialect(&self) -> Dialect {
        SPOKEN
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn place(&self) -> Place {
        Place { database: self.schema.clone(), location_root: None }
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        let without_values = |sql| (sql, Values(Vec::new()));
        match statement {
            Statement::Select(it) => it.build(PostgresQueryBuilder),
            Statement::Insert(it) => it.build(PostgresQueryBuilder),
            Statement::Update(it) => it.build(PostgresQueryBuilder),
            Statement::Delete(it) => it.build(PostgresQueryBuilder),
            Statement::Create(it) => without_values(it.build(PostgresQueryBuilder)),
            Statement::Drop(it) => without_values(it.build(PostgresQueryBuilder)),
        }
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64, EngineError> {
        self.log.statement(sql, values);
        let bound = self.bound(sql, values)?;
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            bound.iter().map(|it| (it as &(dyn ToSql + Sync), it.kind())).collect();
        self.client.execute_typed(sql, &typed).map_err(|error| self.fault(sql, &error))
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<(), EngineError> {
        self.log.statement(sql, values);
        let typed = self.bound(sql, values)?.into_iter().map(|it| {
            let kind = it.kind();
            (it, kind)
        });
        let mut cells = Vec::new();
        let visit = |client: &mut Client| -> Result<Option<String>, postgres::Error> {
            let mut rows = client.query_typed_raw(sql, typed)?;
            while let Some(row) = rows.next()? {
                cells.clear();
                for at in 0..row.len() {
                    match value_of(&row, at) {
                        Ok(value) => cells.push(value),
                        Err(error) => return Ok(Some(error.to_string())),
                    }
                }
                if seen(&cells).is_break() {
                    break;
                }
            }
            Ok(None)
        };
        match visit(&mut self.client) {
            Ok(None) => Ok(()),
            Ok(Some(unread)) => Err(self.refused(sql, unread)),
            Err(error) => Err(self.fault(sql, &error)),
        }
    }

    fn script(&mut self, sql: &str) -> Result<(), EngineError> {
        self.log.statement(sql, &Values(Vec::new()));
        self.client.batch_execute(sql).map_err(|error| self.fault(sql, &error))
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        self.copy_by_day(target, rows)
    }

    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<(), EngineError> {
        self.keep_sums(sums, rows)
    }

    fn add_up(&mut self, sums: &Sums<'_>) -> Result<(), EngineError> {
        self.add_kept_sums(sums)
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64, EngineError> {
        let parted = self.remove_parts(table, days)?;
        match (parted, days) {
            (Some(rows), Days::On(_)) => Ok(rows),
            (parted, _) => Ok(parted.unwrap_or(0) + self.delete(table, days.condition())?),
        }
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<u64, EngineError> {
        match self.replace_part(table, days)? {
            Some(rows) => Ok(rows),
            None => self.remove(table, days),
        }
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>, EngineError> {
        let column = |row: Vec<Value>| {
            let nullable = is_true(&row, 2);
            Some(FoundColumn { name: text_at(&row, 0)?, kind: text_at(&row, 1)?, nullable })
        };
        let of_table = |it: &&str| {
            let rows = self.query(sql::COLUMNS, &Values(vec![SPOKEN.quoted(it).into()]))?;
            Ok(rows.into_iter().filter_map(column).collect())
        };
        tables.iter().map(of_table).collect()
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>, EngineError> {
        let of_table = |it: &&str| {
            let rows = self.query(sql::INDEXES, &Values(vec![SPOKEN.quoted(it).into()]))?;
            Ok(indexes(&rows))
        };
        tables.iter().map(of_table).collect()
    }

    fn make_database(&mut self) -> Result<(), EngineError> {
        let Some(schema) = self.schema.clone() else { return Ok(()) };
        if self.query(sql::IS_SCHEMA, &Values(vec![schema.as_str().into()]))?.is_empty() {
            self.script(&sql::create_schema(&schema))?;
        }
        Ok(())
    }

    fn begin(&mut self, kind: Transaction<'_>) -> Result<(), EngineError> {
        if self.log.keep("BEGIN") {
            return Ok(());
        }
        self.tables.clear();
        self.kinds.clear();
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
        self.state = State::InTransaction;
        let begun = self.script(&begin);
        if begun.is_err() {
            self.rollback();
        }
        begun
    }

    fn log(&mut self) -> &mut StatementLog {
        &mut self.log
    }

    /// Attaches new partitions now instead of at the commit.
    fn settle(&mut self) -> Result<(), EngineError> {
        self.attach_new_parts()?;
        self.tables.clear();
        Ok(())
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        if self.log.keep("COMMIT") {
            return Ok(());
        }
        if self.state == State::Failed {
            return Err(self.refused("COMMIT", "a statement before it failed".to_owned()));
        }
        self.attach_new_parts()?;
        match self.client.batch_execute("COMMIT") {
            Ok(()) => {
                self.state = State::Idle;
                Ok(())
            }
            Err(error) if fault::is_lost(&error) => Err(fault::of_commit(&self.url, &error)),
            Err(error) => Err(self.fault("COMMIT", &error)),
        }
    }

    fn rollback(&mut self) -> Option<String> {
        if self.log.is_recording() {
            return None;
        }
        if self.state != State::Idle {
            // If the connection is lost, the server has rolled back.
            let _ = self.client.batch_execute("ROLLBACK");
            self.state = State::Idle;
        }
        self.tables.clear();
        self.new_parts.clear();
        self.waiting.clear();
        None
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        let (token, tls, flag) = (self.client.cancel_token(), self.tls.clone(), self.is_interrupted.clone());
        Box::new(move || {
            flag.store(true, Ordering::SeqCst);
            // If the cancel request fails, the statement runs to its end.
            let _ = match &tls {
                Some(tls) => token.cancel_query(tls.clone()),
                None => token.cancel_query(NoTls),
            };
        })
    }

    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String, EngineError> {
        self.unstage(relation.name)?;
        self.run(&relation.create().into())?;
        self.copy(&relation.target(), Copied::Plainly, rows)?;
        self.script(&sql::analyze(&SPOKEN.quoted(relation.name)))?;
        Ok(relation.name.to_owned())
    }

    fn lock(&mut self, name: &str) -> Result<(), EngineError> {
        self.execute(sql::LOCK, &self.named(name)).map(|_| ())
    }

    fn claim(&mut self, name: &str) -> Result<Claim, EngineError> {
        let held = self.number(sql::CLAIM, &self.named(name))? == 1;
        Ok(if held { Claim::Held } else { Claim::Taken })
    }

    fn is_claimed(&mut self, name: &str) -> Result<Option<bool>, EngineError> {
        Ok(Some(self.number(sql::IS_CLAIMED, &self.named(name))? == 1))
    }

    fn release(&mut self, name: &str) {
        // If this fails, the lock ends with the connection.
        let _ = self.execute(sql::RELEASE, &self.named(name));
    }
}

//! PostgreSQL, 13 or later: rows by binary COPY, raw tables partitioned by day, locks and claims by its advisory
//! locks.
//!
//! Rows of a day that has no partition go into a table of their own, which gets its indexes and becomes the
//! partition when the transaction ends: nobody is locked out meanwhile, and an index that is built in one go costs
//! half of one that grows row by row.
//!
//! # Decisions
//!
//! - **PostgreSQL: a new day is a table of its own** until the ingest ends. Rows are copied into it without indexes,
//!   and then it is attached, which builds them in one go and locks no reader out: 0.6 of the time of an index that
//!   grows row by row. A partition made by `PARTITION OF` would lock every reader out of the table for the length of
//!   the ingest. Partitions that were created by hand, wider ones or a default, are found by their bounds and used. A
//!   day that a run or a file replaces is emptied by TRUNCATE where a partition holds it alone, else by DELETE; a purge
//!   drops partitions.
//! - **PostgreSQL: a day of raw rows that is replaced is a new table, too**, with indexes and a condition of its own,
//!   so that it takes the place of the old partition in a moment. The server wants the whole table for that, whose
//!   readers may be long: it is tried for 50 ms at a time, so that no other session waits behind it for longer. Where
//!   no moment is found, the rows are poured into the old partition, which locks readers of that day alone. So it is
//!   from the start (TRUNCATE) where the partition is not the role's, or it was given something that a new one would
//!   lack: rights, views, triggers, indexes, a tablespace.
//! - **A run on PostgreSQL is one REPEATABLE READ transaction.** TRUNCATE and DROP are not undone for who sees an older
//!   state, so before its snapshot the run takes the weakest lock on the partitions that it will read.
//! - **PostgreSQL is made to use look-ups** by a lateral join that its planner cannot turn round (`OFFSET 0`). The
//!   statistics of a day that has just arrived are none, and the planner then takes the day for one row: details of
//!   3,000 connections over two million flows took minutes, and 0.07 s so. Partitions that grew are analysed before a
//!   run, staged relations always.
//! - **`postgres`, which runs tokio inside**, is the one exception to "no async runtime": it is the client that has
//!   binary COPY, and none of it shows. What a URL of libpq says beyond what it knows (`verify-ca`, `verify-full`,
//!   `.pgpass`) is ours. TLS is rustls everywhere; its trusted certificates are in `runtime/tls`.

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
    Claim, Days, Engine, EngineError, FoundColumn, FoundIndex, Notes, Relation, Statement, Sums, Target,
    Transaction,
};
use partitions::Partitioned;
use room::NewPart;
use url::Address;

/// The dialect that it speaks.
const SPOKEN: Dialect = Dialect::Postgres;

/// A connection to a PostgreSQL database.
pub struct Postgres {
    client: Client,
    tls: Option<MakeRustlsConnect>,
    url: String,
    /// The schema that the URL names.
    schema: Option<String>,
    /// Before the name of every lock: databases share the locks of all their schemas.
    realm: String,
    is_interrupted: Arc<AtomicBool>,
    state: State,
    notes: Notes,
    /// How long locks of others are waited for.
    patience: Duration,
    /// The types of the columns that rows were loaded into in this transaction, by the text of their COPY.
    kinds: HashMap<String, Vec<Type>>,
    /// The partitions of tables, as they were found in this transaction.
    tables: HashMap<String, Option<Rc<Partitioned>>>,
    /// Partitions of days that were made in this transaction and are not attached.
    new_parts: Vec<NewPart>,
    /// The tables whose sums wait beside them in this transaction.
    waiting: Vec<String>,
}

/// Where a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    InTransaction,
    /// A statement failed, and the server will take back everything.
    Failed,
}

/// The user who runs the program, as the system calls them.
fn system_user() -> String {
    ["USER", "LOGNAME"].into_iter().find_map(|it| std::env::var(it).ok()).unwrap_or_default()
}

impl Postgres {
    /// Connects to the database of a `postgres://` URL. Locks that others hold are waited for `patience` long.
    ///
    /// # Errors
    /// Where it cannot be reached, lets nobody in, or is of a version or encoding that will not do.
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
            notes: Notes::default(),
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

    /// What is said of a statement that failed.
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

    /// The name of a lock or claim, as all connections to this database and schema have it.
    fn named(&self, name: &str) -> Values {
        Values(vec![format!("flow-oa, {}: {name}", self.realm).into()])
    }

    /// The one number that a query gives.
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
        self.notes.statement(sql, values);
        let bound = self.bound(sql, values)?;
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            bound.iter().map(|it| (it as &(dyn ToSql + Sync), it.kind())).collect();
        self.client.execute_typed(sql, &typed).map_err(|error| self.fault(sql, &error))
    }

    fn for_each(
        &mut self,
        sql: &str,
        values: &Values,
        seen: &mut dyn FnMut(&[Value]),
    ) -> Result<(), EngineError> {
        self.notes.statement(sql, values);
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
                seen(&cells);
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
        self.notes.statement(sql, &Values(Vec::new()));
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
        if self.notes.keep("BEGIN") {
            return Ok(());
        }
        self.tables.clear();
        self.kinds.clear();
        let begin = match kind {
            Transaction::Latest => "BEGIN".to_owned(),
            // Emptying a table is not undone for those who see an older state of it: the lock keeps it away.
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

    fn notes(&mut self) -> &mut Notes {
        &mut self.notes
    }

    /// New partitions are attached now, and not at the end.
    fn settle(&mut self) -> Result<(), EngineError> {
        self.attach_new_parts()?;
        self.tables.clear();
        Ok(())
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        if self.notes.keep("COMMIT") {
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
        if self.notes.are_taken() {
            return None;
        }
        if self.state != State::Idle {
            // Where the connection is gone, the server has taken everything back.
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
            // A server that cannot be asked to stop is left to the end of the statement.
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
        // The end of the connection lets it go, too.
        let _ = self.execute(sql::RELEASE, &self.named(name));
    }
}

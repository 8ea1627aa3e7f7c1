//! PostgreSQL, 13 or later: rows by binary COPY, raw tables partitioned by day, locks and claims by its advisory
//! locks.
//!
//! Rows of a day that has no partition go into a table of their own, which gets its indexes and becomes the
//! partition when the transaction ends: nobody is locked out meanwhile, and an index that is built in one go costs
//! half of one that grows row by row.

mod bind;
mod connecting;
mod copy;
mod fault;
mod partitions;
mod passwords;
mod room;
mod url;

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flow_oa_core::Batch;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::postgres::{self as dialect, Copied};
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql, Type};
use postgres::{Client, NoTls};
use sea_query::{Alias, IntoIden, PostgresQueryBuilder, Query, Value, Values};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    Claim, Days, Engine, EngineError, FoundColumn, Noted, Notes, Relation, Statement, Target, Transaction,
};
use bind::{Bound, value_of};
use partitions::Partitioned;
use url::Address;

/// The dialect that it speaks.
const SPOKEN: Dialect = Dialect::Postgres;

/// The oldest version that is supported, as the server numbers them.
const OLDEST: i64 = 130_000;

/// Where sums wait to be added.
const ADDED: &str = "flow_oa_added";

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
    /// The types of the columns that rows were loaded into, by the text of their COPY.
    kinds: HashMap<String, Vec<Type>>,
    /// The partitions of tables, as they were found in this transaction.
    tables: HashMap<String, Option<Partitioned>>,
    /// Tables, and days of them, whose partitions were made in this transaction and are not attached.
    new_parts: Vec<(String, [i64; 3])>,
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
        };
        engine.set_up()?;
        Ok(engine)
    }

    fn set_up(&mut self) -> Result<(), EngineError> {
        self.script(&dialect::session(self.patience, self.schema.as_deref()))?;
        let row = self.query(
            "SELECT current_setting('server_version_num')::int8, current_setting('server_encoding'), \
             coalesce(current_schema()::text, '')",
            &Values(Vec::new()),
        )?;
        let row = row.into_iter().next().unwrap_or_default();
        let [Value::BigInt(Some(version)), Value::String(Some(encoding)), Value::String(Some(current))] =
            &row[..]
        else {
            return Err(self.refused("the settings of the server", "its answer cannot be read".to_owned()));
        };
        let unsuited = |reason: String| EngineError::NoAccess { database: self.url.clone(), reason };
        if *version < OLDEST {
            let (major, minor) = (version / 10_000, version % 10_000);
            return Err(unsuited(format!(
                "the server is PostgreSQL {major}.{minor}; flow-oa needs 13 or later"
            )));
        }
        if encoding != "UTF8" {
            return Err(unsuited(format!(
                "the database is encoded in {encoding}; flow-oa needs UTF8 (`createdb -E UTF8 -T template0 NAME`)"
            )));
        }
        self.realm = self.schema.clone().unwrap_or_else(|| current.clone());
        Ok(())
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

    /// Copies rows into a table, which has a place for each.
    fn copy(&mut self, target: &Target<'_>, copied: Copied, rows: &dyn Batch) -> Result<u64, EngineError> {
        let sql = dialect::copy(target.table, target.columns, copied);
        self.notes.rows(|| sql.clone(), rows);
        let kinds = self.kinds(&sql, target)?;
        send(&mut self.client, &sql, &kinds, target, rows).map_err(|failed| match failed {
            Failed::AtServer(error) => self.fault(&sql, &error),
            Failed::Here(reason) => self.refused(&sql, reason),
        })
    }

    /// The types of the columns of a target.
    fn kinds(&mut self, copy: &str, target: &Target<'_>) -> Result<Vec<Type>, EngineError> {
        if let Some(known) = self.kinds.get(copy) {
            return Ok(known.clone());
        }
        let columns = target.columns.iter().map(|it| Alias::new(*it).into_iden());
        let select = Query::select().columns(columns).from(Alias::new(target.table)).to_owned();
        let sql = select.to_string(PostgresQueryBuilder);
        let statement = self.client.prepare(&sql).map_err(|error| self.fault(&sql, &error))?;
        let kinds: Vec<Type> = statement.columns().iter().map(|it| it.type_().clone()).collect();
        self.kinds.insert(copy.to_owned(), kinds.clone());
        Ok(kinds)
    }
}

/// Where a COPY failed.
enum Failed {
    AtServer(postgres::Error),
    Here(String),
}

/// Sends rows by a COPY. One that is not brought to its end leaves nothing.
fn send(
    client: &mut Client,
    sql: &str,
    kinds: &[Type],
    target: &Target<'_>,
    rows: &dyn Batch,
) -> Result<u64, Failed> {
    let mut writer = client.copy_in(sql).map_err(Failed::AtServer)?;
    let written = copy::encode(rows, kinds, target.columns, |part| writer.write_all(part));
    match written {
        Ok(()) => writer.finish().map_err(Failed::AtServer),
        Err(error) => Err(match error.downcast::<postgres::Error>() {
            Ok(said) => Failed::AtServer(said),
            Err(error) => Failed::Here(error.to_string()),
        }),
    }
}

fn text_at(row: &[Value], at: usize) -> Option<String> {
    if let Some(Value::String(Some(text))) = row.get(at) { Some(text.clone()) } else { None }
}

fn is_true(row: &[Value], at: usize) -> bool {
    row.get(at) == Some(&Value::BigInt(Some(1)))
}

impl Engine for Postgres {
    fn dialect(&self) -> &'static str {
        SPOKEN.name()
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn database(&self) -> Option<&str> {
        self.schema.as_deref()
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

    /// COPY knows no conflicts: the rows are copied beside the table and added from there.
    fn add(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        self.script(&dialect::beside(ADDED, target.table))?;
        let beside = Target { table: ADDED, columns: target.columns, insert: target.insert.clone() };
        self.copy(&beside, Copied::Plainly, rows)?;
        let columns = target.columns.iter().map(|it| Alias::new(*it).into_iden());
        let all = Query::select().columns(columns).from(Alias::new(ADDED)).to_owned();
        let mut insert = target.insert.clone();
        let insert = insert.select_from(all).map(|it| it.to_owned());
        let insert = insert.map_err(|error| self.refused("INSERT", error.to_string()))?;
        self.run(&insert.into())
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64, EngineError> {
        let parted = self.remove_parts(table, days)?;
        match (parted, days) {
            (Some(rows), Days::On(_)) => Ok(rows),
            (parted, _) => Ok(parted.unwrap_or(0) + self.delete(table, days.condition())?),
        }
    }

    fn columns(&mut self, table: &str) -> Result<Vec<FoundColumn>, EngineError> {
        let rows = self.query(dialect::COLUMNS, &Values(vec![SPOKEN.quoted(table).into()]))?;
        let column = |row: Vec<Value>| {
            let nullable = is_true(&row, 2);
            Some(FoundColumn { name: text_at(&row, 0)?, kind: text_at(&row, 1)?, nullable })
        };
        Ok(rows.into_iter().filter_map(column).collect())
    }

    fn make_database(&mut self) -> Result<(), EngineError> {
        let Some(schema) = self.schema.clone() else { return Ok(()) };
        if self.query(dialect::IS_SCHEMA, &Values(vec![schema.as_str().into()]))?.is_empty() {
            self.script(&dialect::create_schema(&schema))?;
        }
        Ok(())
    }

    fn begin(&mut self, kind: Transaction<'_>) -> Result<(), EngineError> {
        if self.notes.are_taken() {
            self.notes.statement("BEGIN", &Values(Vec::new()));
            return Ok(());
        }
        self.tables.clear();
        let begin = match kind {
            Transaction::Latest => "BEGIN".to_owned(),
            // Emptying a table is not undone for those who see an older state of it: the lock keeps it away.
            Transaction::Snapshot(days) => {
                let parts = self.parts_of(days)?;
                self.look_at(&parts)?;
                dialect::begin_snapshot(&parts)
            }
        };
        self.state = State::InTransaction;
        let begun = self.script(&begin);
        if begun.is_err() {
            self.rollback();
        }
        begun
    }

    fn rehearse(&mut self, kind: Transaction<'_>) -> Result<(), EngineError> {
        self.begin(kind)?;
        self.notes.begin();
        Ok(())
    }

    fn rehearsed(&mut self) -> Vec<Noted> {
        let noted = self.notes.end();
        self.rollback();
        noted
    }

    /// Partitions that were made for new days are attached now, and not at the end.
    fn settle(&mut self) -> Result<(), EngineError> {
        self.attach_new_parts()?;
        self.tables.clear();
        Ok(())
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        if self.notes.are_taken() {
            self.notes.statement("COMMIT", &Values(Vec::new()));
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

    fn rollback(&mut self) {
        if self.notes.are_taken() {
            return;
        }
        if self.state != State::Idle {
            // Where the connection is gone, the server has taken everything back.
            let _ = self.client.batch_execute("ROLLBACK");
            self.state = State::Idle;
        }
        self.tables.clear();
        self.new_parts.clear();
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
        self.script(&dialect::analyze(&SPOKEN.quoted(relation.name)))?;
        Ok(relation.name.to_owned())
    }

    fn lock(&mut self, name: &str) -> Result<(), EngineError> {
        self.execute(dialect::LOCK, &self.named(name)).map(|_| ())
    }

    fn claim(&mut self, name: &str) -> Result<Claim, EngineError> {
        let held = self.number(dialect::CLAIM, &self.named(name))? == 1;
        Ok(if held { Claim::Held } else { Claim::Taken })
    }

    fn is_claimed(&mut self, name: &str) -> Result<Option<bool>, EngineError> {
        Ok(Some(self.number(dialect::IS_CLAIMED, &self.named(name))? == 1))
    }

    fn release(&mut self, name: &str) {
        // The end of the connection lets it go, too.
        let _ = self.execute(dialect::RELEASE, &self.named(name));
    }
}

//! Impala, Hive and Spark over HiveServer2.
//!
//! These servers have no transactions and cannot change rows. Each day of a table is written to a new folder. When all
//! rows are stored, the day's partition is pointed at that folder; the table that was begun first comes last. So a
//! table is either old or new, and running the same command again repairs a partial failure. What the program and
//! analysts write is appended to logs, whose views show the valid rows.
//!
//! Within a unit of work nothing is published before its end: days are staged, and entries of logs are held back.
//!
//! # Decisions
//!
//! - **Impala has no transactions, so a unit of work publishes at its end.** Each table of a run is written to a new
//!   folder through a table defined on it. Then the day's partitions are pointed there, the scores last, and the
//!   entries of the ledger are appended. A failure before that leaves nothing; a failure in between reports which
//!   tables are new and which are old. A later run deletes the folders of earlier runs, except `keep` of them, to which
//!   a partition can be pointed again. Those are the last that were published: the server is asked for the partition's
//!   folder before the partition is moved, and later folders belong to a run that was killed. Staging tables that a
//!   killed command left are deleted after a day. A failed command cleans up at once, in a new session if its own is
//!   over: an interrupt while a server is silent also ends the session. INSERT OVERWRITE would delete first and then
//!   write.
//! - **No partition is created on its default folder.** Raw rows choose their partitions, and the server would create a
//!   new partition on the folder that its values name, with every file left in it, such as those of a purged day that
//!   belong to another user. So each new partition gets a new folder first. Purge drops partitions before it deletes
//!   files. Then it looks for days before its date whose folders still contain files; it reports those and does not
//!   touch them, since no partition shows who owns them. A failure after everything is stored is a `Remark`.
//! - **A statement takes a tenth of a second or more on Impala**, so there are few: one request returns the columns of
//!   all tables (GetColumns of HiveServer2), one query counts the rows to be replaced, and the entries of a command are
//!   one insert per log. A run has about 40 statements, whatever its limit.
//! - **Impala is notified of what was written**: REFRESH for a folder that was filled from outside, INVALIDATE METADATA
//!   for a table that another program of the family created, COMPUTE STATS for what is staged, and COMPUTE INCREMENTAL
//!   STATS for each partition whose rows changed. Impala orders joins by these statistics (`stats=false` skips them).
//!   Without a partition, the statement would skip partitions that already have statistics but grew. Some releases
//!   refuse it for tables with very many partitions, which is a warning. Hive computes statistics by itself.

mod address;
mod bulk;
mod fault;
mod file;
mod found;
mod ledger;
mod publish;
mod purged;
pub mod sql;
mod store;
mod work;

use flow_oa_core::fail_point;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::sql::ImpalaQueryBuilder;
use crate::sql::statements;
use flow_oa_core::Batch;
use flow_oa_engine::Result;
use flow_oa_hs2::{Hs2Error, Interrupter, Operation, Session, Settings};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::model::{Schema, Table};
use sea_query::{Cond, Expr, SelectStatement, Value, Values};

use address::{Address, Family, understand};
use flow_oa_engine::decimal::decimal;
use flow_oa_engine::url::without_password;
use flow_oa_engine::{
    Days, Engine, EngineError, FoundColumn, FoundIndex, Relation, Remark, Seen, Statement, StatementLog,
    Target, Transaction,
};
use ledger::RECORDED;
use store::Store;
use work::Work;

/// The SQL dialect of this engine.
const SPOKEN: Dialect = Dialect::Impala;

/// The setting of Hive that lets rows choose their partitions.
const DYNAMIC: &str = "set:hiveconf:hive.exec.dynamic.partition.mode";

/// The number of rows that are fetched at once.
const PAGE: usize = 10_000;

/// A session with a HiveServer2.
pub struct Impala {
    session: Session,
    /// The settings of the session, with which it is reopened.
    settings: Settings,
    url: String,
    family: Family,
    keep: usize,
    /// Whether the server is asked to compute statistics of what was written.
    stats: bool,
    /// The folder that contains the tables, by the server's name for it.
    location: String,
    /// Access to that folder, if it can be reached.
    store: Option<Store>,
    place: Place,
    /// Every table of the schema and of the program, by name.
    tables: BTreeMap<String, Table>,
    flag: Interrupter,
    log: StatementLog,
    work: Option<Work>,
    /// Staging tables that killed commands left.
    left_over: Vec<String>,
    /// What failed after a unit of work was published.
    remarks: Vec<Remark>,
    /// The number of the last change of a log.
    revision: i64,
}

/// Microseconds since 1970: a number that grows, on one machine and, if their clocks agree, across several.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

impl Impala {
    /// Opens a session with the server of an `impala://` or `hive2://` URL, for the tables of a schema. The options of
    /// the site apply unless the URL has an option of the same name. `files` defines how files on HDFS are reached.
    ///
    /// # Errors
    /// If the URL is invalid, or the server cannot be reached or denies access.
    pub fn open(
        url: &str,
        schema: &Schema,
        options: &BTreeMap<String, String>,
        files: &flow_oa_remote::Site,
    ) -> Result<Self> {
        let shown = without_password(url);
        let unmeant = |reason: String| EngineError::NoAccess { database: shown.clone(), reason };
        let Address { mut settings, family, location, keep, stats } =
            understand(url, options).map_err(unmeant)?;
        let flag = Interrupter::new();
        let location = location.unwrap_or_else(|| "/flow_oa".to_owned());
        let store = Store::of(&location, files, &flag).map_err(unmeant)?;
        // The database may not exist yet, and a session cannot start in a missing database. So it is entered later.
        let database = settings.database.take();
        if family == Family::Hive {
            // Without this setting, a day of raw rows would need a statement for each hour.
            settings.options.insert(0, (DYNAMIC.to_owned(), "nonstrict".to_owned()));
        }
        let session = Session::open_under(&settings, &flag);
        let session = session.map_err(|error| fault::of(&shown, "", error))?;
        let own = flow_oa_schema::ledger::tables();
        let tables = schema.tables().chain(&own).map(|it| (it.name.clone(), it.clone())).collect();
        let place = Place { database, location_root: Some(location.clone()) };
        let (log, work) = (StatementLog::default(), None);
        let mut engine = Self {
            session,
            settings,
            url: shown,
            family,
            keep,
            stats: stats && family == Family::Impala,
            location,
            store,
            place,
            tables,
            flag,
            log,
            work,
            left_over: Vec::new(),
            remarks: Vec::new(),
            revision: now(),
        };
        engine.enter()?;
        Ok(engine)
    }

    /// Replaces a session that is over with a new session.
    fn reopen(&mut self) -> Result<()> {
        let session = Session::open_under(&self.settings, &self.flag);
        self.session = session.map_err(|error| fault::of(&self.url, "", error))?;
        self.enter().map(drop)
    }

    /// Switches to the database. Returns `false` if it does not exist.
    fn enter(&mut self) -> Result<bool> {
        let Some(database) = self.place.database.clone() else { return Ok(true) };
        match self.send(&statements::use_database(&database)) {
            Ok(()) => Ok(true),
            Err(error) if fault::is_absent(&error) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Sends a statement and ignores its rows.
    fn send(&mut self, sql: &str) -> Result<()> {
        fail_point!("impala-statement");
        self.session.run(sql).map(drop).map_err(|error| fault::of(&self.url, sql, error))
    }

    /// Runs a query and returns its rows as texts; NULL is an empty text.
    fn ask(&mut self, sql: &str) -> Result<Vec<Vec<String>>> {
        let mut rows = Vec::new();
        self.read(sql, &mut |row| {
            rows.push(texts(row));
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Like [`Self::ask`], and also returns the names of the columns.
    fn ask_named(&mut self, sql: &str) -> Result<(Vec<String>, Vec<Vec<String>>)> {
        let url = &self.url;
        let fault = |error| fault::of(url, sql, error);
        let mut operation = self.session.execute(sql).map_err(fault)?;
        let names = operation.columns().map_err(fault)?.into_iter().map(|it| it.name).collect();
        let mut rows = Vec::new();
        each_row(&mut operation, |_| false, &mut |row| {
            rows.push(texts(row));
            ControlFlow::Continue(())
        })
        .map_err(fault)?;
        operation.close().map_err(fault)?;
        Ok((names, rows))
    }

    fn read(&mut self, sql: &str, seen: &mut Seen<'_>) -> Result<()> {
        let url = &self.url;
        let fault = |error| fault::of(url, sql, error);
        let mut operation = self.session.execute(sql).map_err(fault)?;
        // Impala returns a FLOAT as its exact binary value; the others return the shortest decimal.
        let columns =
            if self.family == Family::Impala { operation.columns().map_err(fault)? } else { Vec::new() };
        let is_single = |at: usize| columns.get(at).is_some_and(|it| it.type_name == "FLOAT");
        each_row(&mut operation, is_single, seen).map_err(fault)?;
        operation.close().map_err(fault)
    }

    fn refused(&self, statement: &str, reason: impl ToString) -> EngineError {
        EngineError::Refused {
            database: self.url.clone(),
            reason: reason.to_string(),
            statement: statement.to_owned(),
        }
    }

    /// Looks up a table of the schema or of the program.
    fn table(&self, name: &str) -> Result<Table> {
        self.tables.get(name).cloned().ok_or_else(|| self.refused(name, "the schema has no such table"))
    }

    /// The number of the next change of a log: higher than the last one, and than any of an earlier session.
    fn next_revision(&mut self) -> i64 {
        self.revision = now().max(self.revision + 1);
        self.revision
    }
}

/// Passes the rows of a statement to `seen`, one by one. `is_single` marks columns in single precision.
fn each_row(
    operation: &mut Operation<'_>,
    is_single: impl Fn(usize) -> bool,
    seen: &mut Seen<'_>,
) -> std::result::Result<(), Hs2Error> {
    let mut cells = Vec::new();
    while let Some(page) = operation.fetch(PAGE)? {
        for row in page.iter() {
            cells.clear();
            cells.extend(row.enumerate().map(|(at, it)| value_of(it, is_single(at))));
            if seen(&cells).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The values of a row as texts.
fn texts(row: &[Value]) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(Some(it)) => it.clone(),
        Value::BigInt(Some(it)) => it.to_string(),
        Value::Double(Some(it)) => it.to_string(),
        _ => String::new(),
    };
    row.iter().map(text).collect()
}

/// A value as queries return it: whole numbers and booleans as 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "a number in single precision travels as a double")]
fn value_of(value: Option<flow_oa_hs2::Value<'_>>, is_single: bool) -> Value {
    use flow_oa_hs2::Value as Found;
    match value {
        None => Value::String(None),
        Some(Found::Bool(it)) => Value::BigInt(Some(i64::from(it))),
        Some(Found::I8(it)) => Value::BigInt(Some(i64::from(it))),
        Some(Found::I16(it)) => Value::BigInt(Some(i64::from(it))),
        Some(Found::I32(it)) => Value::BigInt(Some(i64::from(it))),
        Some(Found::I64(it)) => Value::BigInt(Some(it)),
        Some(Found::Double(it)) => Value::Double(Some(if is_single { decimal(it as f32) } else { it })),
        Some(Found::Text(it)) => Value::String(Some(it.to_owned())),
        Some(Found::Binary(it)) => Value::String(Some(String::from_utf8_lossy(it).into_owned())),
    }
}

impl Engine for Impala {
    fn dialect(&self) -> Dialect {
        SPOKEN
    }

    fn url(&self) -> &str {
        &self.url
    }

    fn place(&self) -> Place {
        self.place.clone()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        let sql = match statement {
            Statement::Select(it) => it.to_string(ImpalaQueryBuilder),
            Statement::Insert(it) => it.to_string(ImpalaQueryBuilder),
            Statement::Update(it) => it.to_string(ImpalaQueryBuilder),
            Statement::Delete(it) => it.to_string(ImpalaQueryBuilder),
            // A statement that cannot be rendered becomes its error message, which the server refuses.
            Statement::Create(it) => {
                crate::sql::created(it).map_or_else(|error| error.to_string(), |(sql, _)| sql)
            }
            Statement::Drop(it) => crate::sql::dropped(it).unwrap_or_else(|error| error.to_string()),
        };
        (sql, Values(Vec::new()))
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64> {
        self.log.statement(sql, values);
        if self.log.is_recording() {
            return Ok(0);
        }
        let changed = self.session.run(sql).map_err(|error| fault::of(&self.url, sql, error))?;
        Ok(changed.unwrap_or(0))
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        self.log.statement(sql, values);
        self.read(sql, seen)
    }

    fn script(&mut self, sql: &str) -> Result<()> {
        for statement in crate::sql::script::statements(sql) {
            self.execute(statement, &Values(Vec::new()))?;
        }
        Ok(())
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        self.load_day(target, rows)
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        self.columns_of(tables)
    }

    /// The Hive family has no indexes.
    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        Ok(vec![Vec::new(); tables.len()])
    }

    fn make_database(&mut self) -> Result<()> {
        let Some(database) = self.place.database.clone() else { return Ok(()) };
        if !self.enter()? {
            self.send(&statements::create_database(&database))?;
            self.enter()?;
        }
        Ok(())
    }

    fn begin(&mut self, _: Transaction<'_>) -> Result<()> {
        if self.work.is_none() {
            self.work = Some(Work::new(now()));
        }
        Ok(())
    }

    fn commit(&mut self) -> Result<()> {
        if self.log.is_recording() {
            return Ok(());
        }
        self.publish()
    }

    fn settle(&mut self) -> Result<()> {
        self.bring()
    }

    fn rollback(&mut self) -> Option<String> {
        if self.log.is_recording() {
            return None;
        }
        // An interrupt stopped the work but must not stop the cleanup; a second interrupt ends the program.
        self.flag.reset();
        self.give_up()
    }

    fn log(&mut self) -> &mut StatementLog {
        &mut self.log
    }

    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        self.stage_relation(relation, rows)
    }

    fn unstage(&mut self, name: &str) -> Result<()> {
        self.drop_aside(name)
    }

    fn fill(&mut self, table: &str, columns: &[&str], days: &Days, select: SelectStatement) -> Result<u64> {
        self.fill_day(table, columns, days, select)
    }

    fn count(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.count_day(table, days)
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        Ok(self.replace_all(&[(table, days.clone())])?.into_iter().sum())
    }

    fn remove_all(&mut self, what: &[(&str, Days)]) -> Result<Vec<u64>> {
        self.replace_all(what)
    }

    /// Takes the number from the clock: nothing prevents two programs from finding the same highest number.
    fn next_id(&mut self, _: &str) -> Result<i64> {
        Ok(self.next_revision())
    }

    fn append(&mut self, table: &str, rows: Vec<Vec<(&str, Expr)>>) -> Result<()> {
        rows.chunks(RECORDED).try_for_each(|rows| self.write_down_rows(table, rows))
    }

    fn change(&mut self, table: &str, values: Vec<(&str, Expr)>, which: Cond) -> Result<u64> {
        self.write_down(table, |log, revision| log.change(revision, &values, which)).map(|()| 0)
    }

    fn delete(&mut self, table: &str, which: Cond) -> Result<u64> {
        self.write_down(table, |log, revision| log.delete(revision, which)).map(|()| 0)
    }

    fn keep_earlier(&mut self, runs: usize) -> bool {
        self.keep = runs;
        true
    }

    fn take_remarks(&mut self) -> Vec<Remark> {
        std::mem::take(&mut self.remarks)
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        let flag = self.flag.clone();
        Box::new(move || flag.interrupt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_single_precision_is_its_decimal_and_a_double_is_itself() {
        let found = f64::from(0.1_f32);
        let given = |is_single| value_of(Some(flow_oa_hs2::Value::Double(found)), is_single);
        assert_eq!([given(true), given(false)], [0.1, found].map(|it| Value::Double(Some(it))));
    }
}

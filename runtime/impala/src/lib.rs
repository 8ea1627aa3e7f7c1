//! Impala, Hive and Spark over HiveServer2.
//!
//! These servers have no transactions and cannot change rows. Each day of a table is written to a new folder. When all
//! rows are stored, the day's partition is pointed at that folder; the table that the caller names comes last. So a
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
mod driver;
mod fault;
mod file;
mod found;
mod ledger;
mod publish;
mod purged;
pub mod sql;
mod storage;
mod unit;
mod work;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::sql::answers::{self, Partition};
use crate::sql::{select, statements};
use flow_oa_engine::url::without_password;
use flow_oa_engine::{
    About, Access, Claims, Days, EngineError, FoundColumn, FoundIndex, FoundTable, Link, Outgoing, Remark,
    Result, Seen, Session, Statement, Store, Transaction, Unit,
};
use flow_oa_hs2::Interrupter;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::model::{Schema, Table};
use sea_query::{Alias, Expr, Func, Query, SelectStatement, Value, Values};
use secrecy::SecretString;

use address::{Address, Family, understand};
use driver::{Driver, text};
use storage::Storage;
use work::{DayValues, ImpalaUnit};

const SPOKEN: Dialect = Dialect::Impala;

/// The setting of Hive that lets rows choose their partitions.
const DYNAMIC: &str = "set:hiveconf:hive.exec.dynamic.partition.mode";

/// The number of rows that are fetched at once.
const PAGE: usize = 10_000;

/// An open database of an Impala, Hive or Spark.
pub struct Impala {
    link: Link<Driver>,
    family: Family,
    /// How many earlier runs of a day are kept.
    keep: usize,
    /// Whether the server is asked to compute statistics of what was written.
    stats: bool,
    /// The folder that contains the tables, by the server's name for it.
    location: String,
    /// Access to that folder, if it can be reached.
    storage: Option<Storage>,
    /// Every table of the schema and of the program, by name.
    tables: BTreeMap<String, Table>,
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
        options: &BTreeMap<String, SecretString>,
        files: &flow_oa_remote::Site,
    ) -> Result<Self> {
        let shown = without_password(url);
        let unmeant = |reason: String| EngineError::NoAccess { database: shown.clone(), reason };
        let Address { mut settings, family, location, keep, stats } =
            understand(url, options).map_err(unmeant)?;
        let flag = Interrupter::new();
        let location = location.unwrap_or_else(|| "/flow_oa".to_owned());
        let storage = Storage::of(&location, files, &flag).map_err(unmeant)?;
        // The database may not exist yet, and a session cannot start in a missing database. So it is entered later.
        let database = settings.database.take();
        if family == Family::Hive {
            // Without this setting, a day of raw rows would need a statement for each hour.
            settings.options.insert(0, (DYNAMIC.to_owned(), "nonstrict".into()));
        }
        let place = Place { database, location_root: Some(location.clone()) };
        // Impala finds columns of Parquet files by position, Hive and Spark by name.
        let keeps_renamed = family == Family::Impala;
        let about = About { dialect: SPOKEN, place, url: shown, keeps_renamed };
        let link = Link::new(Driver::open(settings, about, family, flag)?);
        let own = flow_oa_schema::ledger::tables();
        let tables = schema.tables().chain(&own).map(|table| (table.name.clone(), table.clone())).collect();
        Ok(Self {
            link,
            family,
            keep,
            stats: stats && family == Family::Impala,
            location,
            storage,
            tables,
            left_over: Vec::new(),
            remarks: Vec::new(),
            revision: now(),
        })
    }

    /// The qualified name of a table.
    fn qualified(&self, table: &str) -> String {
        SPOKEN.qualified(table, &self.link.about().place)
    }

    /// The location of a folder, by the server's name for it.
    fn uri(&self, relative: &str) -> String {
        format!("{}/{relative}", self.location)
    }

    /// Sends a statement that changes something.
    fn send(&mut self, sql: &str) -> Result<()> {
        self.send_as(Access::Write, sql)
    }

    fn send_as(&mut self, access: Access, sql: &str) -> Result<()> {
        self.link.execute(access, sql, &Values(Vec::new())).map(drop)
    }

    /// Runs a query and returns its rows as texts; NULL is an empty text.
    fn ask(&mut self, sql: &str) -> Result<Vec<Vec<String>>> {
        let rows = self.link.rows(sql, &Values(Vec::new()))?;
        Ok(rows.iter().map(|row| row.iter().map(text).collect()).collect())
    }

    /// The single number that a query returns.
    fn number(&mut self, query: &SelectStatement) -> Result<u64> {
        let sql = select(query).map_err(|error| self.refused("SELECT", error))?;
        match self.link.rows(&sql, &Values(Vec::new()))?.first().and_then(|row| row.first()) {
            Some(Value::BigInt(Some(number))) => Ok(number.unsigned_abs()),
            _ => Err(self.refused(&sql, "it gave no number")),
        }
    }

    fn count_rows(&mut self, relation: &str, days: &Days) -> Result<u64> {
        let mut query = Query::select();
        query.expr(Func::count(Expr::val(1))).from(Alias::new(relation)).cond_where(days.condition());
        self.number(&query)
    }

    /// Asks a server that keeps a catalogue of files to look for new files of a table.
    fn refresh(&mut self, access: Access, name: &str) -> Result<()> {
        match self.family {
            Family::Impala => self.send_as(access, &statements::refresh(name, None)),
            Family::Hive => Ok(()),
        }
    }

    fn refused(&self, statement: &str, reason: impl ToString) -> EngineError {
        EngineError::Refused {
            database: self.link.about().url.clone(),
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

    fn partitions(&mut self, table: &Table) -> Result<Vec<DayValues>> {
        Ok(self.found_partitions(table)?.into_iter().map(|partition| partition.values).collect())
    }

    fn found_partitions(&mut self, table: &Table) -> Result<Vec<Partition>> {
        let sql = statements::show_partitions(&self.qualified(&table.name));
        if !self.link.admits(&Outgoing::text(Access::Read, &sql))? {
            return Ok(Vec::new());
        }
        let (names, rows) = self.link.connection().named_texts(&sql)?;
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        answers::partitions(&names, &rows).map_err(|error| self.refused(&sql, error))
    }

    /// The folder of a partition, by the server's name for it.
    fn location_of(&mut self, table: &Table, values: &[(String, i64)]) -> Result<Option<String>> {
        if self.family == Family::Impala {
            let found = self.found_partitions(table)?;
            return Ok(found
                .into_iter()
                .find(|partition| partition.values == values)
                .and_then(|it| it.location));
        }
        let sql = statements::describe_partition(&self.qualified(&table.name), values);
        Ok(answers::location(&self.ask(&sql)?).map(str::to_owned))
    }
}

impl Session for Impala {
    fn about(&self) -> &About {
        self.link.about()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.link.render(statement)
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        self.link.query(sql, values, seen)
    }

    fn count(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.count_rows(table, days)
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        self.columns_of(tables)
    }

    /// The Hive family has no indexes.
    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        Ok(vec![Vec::new(); tables.len()])
    }

    fn described(&mut self, tables: &[&str], logs: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        self.describe(tables, logs)
    }

    fn table_names(&mut self) -> Result<Vec<String>> {
        self.names_of_tables()
    }

    fn claims(&mut self) -> Option<&mut dyn Claims> {
        None
    }
}

impl Store for Impala {
    fn begin(&mut self, _: Transaction<'_>) -> Result<Box<dyn Unit + '_>> {
        Ok(Box::new(ImpalaUnit::new(self)))
    }

    fn run_alone(&mut self, sql: &str) -> Result<()> {
        self.link.script(Access::Write, sql)
    }

    fn keep_earlier(&mut self, runs: usize) {
        self.keep = runs;
    }

    fn take_remarks(&mut self) -> Vec<Remark> {
        std::mem::take(&mut self.remarks)
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        self.link.interrupter()
    }
}

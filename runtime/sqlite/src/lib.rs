//! SQLite: the embedded default engine.
//!
//! # Decisions
//!
//! - **SQLite: STRICT tables, 8 KiB pages, rollback journal, an explicit row number in raw tables.** The rows of a file
//!   are a range of row numbers, which VACUUM does not change, so that replacing a file needs no index.
//! - **A value is bound again only if it changed** since the previous execution: many columns of flows hardly ever
//!   change.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flow_oa_core::value::text;
use flow_oa_core::{Batch, Cell, shown};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::printable;
use rusqlite::ffi::{SQLITE_CONSTRAINT_CHECK, SQLITE_CONSTRAINT_DATATYPE};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ToSql};
use sea_query::{Expr, SqliteQueryBuilder, Value, Values};

use flow_oa_engine::indexes::indexes;
use flow_oa_engine::sql::{SqlEngine, delete};
use flow_oa_engine::{
    About, Claims, Connection, Days, Effect, EngineError, FoundColumn, FoundIndex, Link, Result, Seen,
    Statement, Sums, Target, Transaction, Transactional,
};

/// The columns of every index of a table, with the name of the index and whether it is unique. The name of the table is
/// bound twice. SQLite does not list the key of a table with row numbers as an index, so that the key is added. A
/// column with a collation other than BINARY has no name.
const INDEXES: &str = "SELECT i, c, u FROM ( \
    SELECT l.name AS i, CASE WHEN x.coll = 'BINARY' THEN x.name END AS c, l.\"unique\" AS u, x.seqno AS n \
    FROM pragma_index_list(?) AS l, pragma_index_xinfo(l.name) AS x WHERE NOT l.partial AND x.key \
    UNION ALL SELECT '', name, 1, pk FROM pragma_table_info(?) WHERE pk) ORDER BY i, n";

/// The number of rows in one `INSERT`. More rows gain nothing, and batches are mostly multiples of this.
const ROWS_PER_INSERT: usize = 16;

/// An open SQLite database file.
pub struct Sqlite {
    link: Link<Driver>,
}

/// The driver: rusqlite.
pub struct Driver {
    connection: rusqlite::Connection,
    about: About,
}

impl Sqlite {
    /// Opens the file of `sqlite:PATH` or `sqlite://PATH`. The file and its folder are created if they do not exist.
    /// `patience` is how long to wait for another writer.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a SQLite database.
    pub fn open(url: &str, home: &Path, patience: Duration) -> Result<Self> {
        let path = path_of(url, home);
        let database = format!("sqlite:{}", printable::path(&path));
        let unavailable = |reason: String| EngineError::Unavailable { database: database.clone(), reason };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                unavailable(format!("making the folder {}: {error}", printable::path(folder)))
            })?;
        }
        require_files(&path).map_err(unavailable)?;
        let connection = rusqlite::Connection::open(&path).map_err(|error| fault(&database, "", &error))?;
        let about = About { dialect: Dialect::Sqlite, place: Place::default(), url: database };
        let driver = Driver { connection, about };
        driver.set_up(patience).map_err(|error| driver.fault("PRAGMA", error))?;
        Ok(Self { link: Link::new(driver) })
    }

    fn describe<T>(
        &mut self,
        tables: &[&str],
        mut of_table: impl FnMut(&mut Link<Driver>, Value) -> Result<T>,
    ) -> Result<Vec<T>> {
        tables.iter().map(|table| of_table(&mut self.link, (*table).into())).collect()
    }
}

impl Driver {
    fn set_up(&self, patience: Duration) -> rusqlite::Result<()> {
        self.connection.busy_timeout(patience)?;
        // Measured on two million flows: larger pages load faster, and WAL writes everything twice.
        self.connection.pragma_update(None, "page_size", 8192)?;
        self.connection.pragma_update(None, "temp_store", "MEMORY")?;
        // Reads the first page, so that a file that is not a database is detected here.
        self.connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    }

    /// Inserts the rows of `range`, `step` rows with each execution of `sql`. A value that equals that of the previous
    /// execution is not bound again: many columns of flows hardly ever change.
    fn insert_all(
        &self,
        sql: &str,
        rows: &dyn Batch,
        range: Range<usize>,
        step: usize,
    ) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut bound: Vec<Option<Cell<'_>>> = vec![None; statement.parameter_count()];
        let mut cells = Vec::new();
        for first in range.step_by(step) {
            let mut slots = bound.iter_mut().enumerate();
            for row in first..first + step {
                rows.cells(row, &mut cells);
                for (cell, (at, slot)) in cells.iter().zip(&mut slots) {
                    if *slot != Some(*cell) {
                        statement.raw_bind_parameter(at + 1, BoundCell(*cell))?;
                        *slot = Some(*cell);
                    }
                }
            }
            statement.raw_execute()?;
        }
        Ok(())
    }

    fn fault(&self, sql: &str, error: rusqlite::Error) -> EngineError {
        fault(&self.about.url, sql, &error)
    }
}

/// The error for a statement that failed, with advice for the user.
fn fault(database: &str, sql: &str, error: &rusqlite::Error) -> EngineError {
    let database = database.to_owned();
    let said = error.to_string();
    let advised = |advice: &str| format!("{said}{advice}");
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            EngineError::Locked { database, reason: said }
        }
        Some(ErrorCode::ReadOnly) => EngineError::CannotWrite {
            database,
            reason: advised(": the file may not be written, or the folder that it is in"),
        },
        Some(ErrorCode::DiskFull | ErrorCode::SystemIoFailure) => EngineError::CannotWrite {
            database,
            reason: advised(
                ": see to it that the disk has room and is sound, and run the same command again",
            ),
        },
        Some(ErrorCode::OperationInterrupted) => EngineError::Interrupted,
        Some(ErrorCode::NotADatabase) => EngineError::Unavailable {
            database,
            reason: advised("; name a file of SQLite, or one that is not there, which `flow-oa init` makes"),
        },
        Some(ErrorCode::DatabaseCorrupt) => EngineError::Unavailable {
            database,
            reason: advised("; put a copy of the file in its place, or what sqlite3's .recover saves of it"),
        },
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => EngineError::Unavailable {
            database,
            reason: advised("; it must be a file that may be read and written, in an existing folder"),
        },
        _ if is_out_of_range(error) => EngineError::OutOfRange { database, reason: said },
        _ if is_overflow(error) => EngineError::TooLarge { database, reason: said },
        _ => EngineError::Refused { database, reason: said, statement: sql.to_owned() },
    }
}

/// Whether a `CHECK` constraint was violated.
fn is_out_of_range(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|it| it.extended_code == SQLITE_CONSTRAINT_CHECK)
}

/// Whether a sum exceeds 64 bits. `sum` reports this only in its message; `+` returns a `REAL`, which the column
/// refuses.
fn is_overflow(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(code, Some(said)) = error else { return false };
    let is_real = code.extended_code == SQLITE_CONSTRAINT_DATATYPE && said.contains("REAL value in INTEGER");
    is_real || said == "integer overflow"
}

/// Checks the database file and the files that SQLite keeps next to it. SQLite would wait forever for a named pipe, and
/// would write a journal through a symbolic link.
fn require_files(path: &Path) -> std::result::Result<(), String> {
    // If the path is a link, the journal is next to its target.
    let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = ["-journal", "-wal", "-shm"].map(|kind| {
        let mut name = place.as_os_str().to_owned();
        name.push(kind);
        PathBuf::from(name)
    });
    let is_planted = |it: &PathBuf| std::fs::symlink_metadata(it).is_ok_and(|it| !it.is_file());
    let is_pipe = std::fs::metadata(path).is_ok_and(|it| !it.is_file() && !it.is_dir());
    match beside.iter().find(|it| is_planted(it)).map(PathBuf::as_path).or(is_pipe.then_some(path)) {
        Some(found) => {
            Err(format!("{} is no file; remove it, or name another database", printable::path(found)))
        }
        None => Ok(()),
    }
}

/// The path of a SQLite URL. A relative path is relative to `home`.
pub fn path_of(url: &str, home: &Path) -> PathBuf {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    home.join(rest.strip_prefix("//").unwrap_or(rest))
}

/// A sea-query value that rusqlite can bind.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let whole = |it: Option<i64>| it.map_or(ValueRef::Null, ValueRef::Integer);
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Bool(it) => whole(it.map(i64::from)),
            Value::SmallInt(it) => whole(it.map(i64::from)),
            Value::Int(it) => whole(it.map(i64::from)),
            Value::BigInt(it) => whole(*it),
            Value::BigUnsigned(it) => {
                let fits = it.map(i64::try_from).transpose();
                whole(fits.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?)
            }
            Value::Double(it) => it.map_or(ValueRef::Null, ValueRef::Real),
            Value::String(it) => it.as_ref().map_or(ValueRef::Null, |it| ValueRef::Text(it.as_bytes())),
            other => {
                let what = format!("flow-oa binds no value like {}", shown(other));
                return Err(rusqlite::Error::ToSqlConversionFailure(what.into()));
            }
        }))
    }
}

struct BoundCell<'a>(Cell<'a>);

impl ToSql for BoundCell<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Cell::Null => ValueRef::Null,
            Cell::Int(it) => ValueRef::Integer(it),
            Cell::Real(it) => ValueRef::Real(it),
            Cell::Text(it) => ValueRef::Text(it.as_bytes()),
        }))
    }
}

fn value_of(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => Value::String(None),
        ValueRef::Integer(it) => Value::BigInt(Some(it)),
        ValueRef::Real(it) => Value::Double(Some(it)),
        ValueRef::Text(it) => Value::String(Some(String::from_utf8_lossy(it).into_owned())),
    }
}

fn binds(values: &Values) -> Vec<Bound<'_>> {
    values.0.iter().map(Bound).collect()
}

/// An `INSERT` of `rows` rows with the columns of the target.
fn insert_text(target: &Target<'_>, rows: usize) -> String {
    let mut insert = target.insert.clone();
    for _ in 0..rows {
        insert.values_panic(target.columns.iter().map(|_| Expr::value(0)));
    }
    // An error rolls the transaction back in any case. With `OR ROLLBACK`, SQLite keeps no copy of the pages that a
    // single statement changes; that copy costs a fifth of the time. sea-query cannot express this.
    insert.build(SqliteQueryBuilder).0.replacen("INSERT ", "INSERT OR ROLLBACK ", 1)
}

impl Connection for Driver {
    fn about(&self) -> &About {
        &self.about
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        let without_values = |sql| (sql, Values(Vec::new()));
        match statement {
            Statement::Select(it) => it.build(SqliteQueryBuilder),
            Statement::Insert(it) => it.build(SqliteQueryBuilder),
            Statement::Update(it) => it.build(SqliteQueryBuilder),
            Statement::Delete(it) => it.build(SqliteQueryBuilder),
            Statement::Create(it) => without_values(it.build(SqliteQueryBuilder)),
            Statement::Drop(it) => without_values(it.build(SqliteQueryBuilder)),
        }
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64> {
        let changed = self.connection.execute(sql, rusqlite::params_from_iter(binds(values)));
        changed.map(|rows| rows as u64).map_err(|error| self.fault(sql, error))
    }

    fn query(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        let mut visit = || {
            let mut statement = self.connection.prepare(sql)?;
            let width = statement.column_count();
            let mut rows = statement.query(rusqlite::params_from_iter(binds(values)))?;
            let mut cells = Vec::with_capacity(width);
            while let Some(row) = rows.next()? {
                cells.clear();
                for at in 0..width {
                    cells.push(value_of(row.get_ref(at)?));
                }
                if seen(&cells).is_break() {
                    break;
                }
            }
            Ok(())
        };
        visit().map_err(|error| self.fault(sql, error))
    }

    fn script(&mut self, sql: &str) -> Result<()> {
        self.connection.execute_batch(sql).map_err(|error| self.fault(sql, error))
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        let handle = self.connection.get_interrupt_handle();
        Box::new(move || handle.interrupt())
    }
}

impl Transactional for Driver {
    fn load(&mut self, sql: &str, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        let whole = rows.len() - rows.len() % ROWS_PER_INSERT;
        for (range, step) in [(0..whole, ROWS_PER_INSERT), (whole..rows.len(), 1)] {
            if !range.is_empty() {
                let sql = if step == 1 { sql } else { &insert_text(target, step) };
                self.insert_all(sql, rows, range, step).map_err(|error| self.fault(sql, error))?;
            }
        }
        Ok(rows.len() as u64)
    }

    fn begin(&mut self, sql: &str) -> Result<()> {
        self.script(sql)
    }

    fn commit(&mut self) -> Result<()> {
        self.script("COMMIT")
    }

    fn rollback(&mut self) {
        if !self.connection.is_autocommit() {
            let _ = self.script("ROLLBACK");
        }
    }
}

impl SqlEngine for Sqlite {
    type Driver = Driver;

    fn link(&self) -> &Link<Driver> {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link<Driver> {
        &mut self.link
    }

    /// SQLite has a single writer, so that every kind of transaction sees the state of its first statement. Temporary
    /// tables are in a database of their own, so that a dry run takes no write lock.
    fn begin(&mut self, kind: Transaction<'_>) -> Result<()> {
        match kind {
            Transaction::Latest | Transaction::Snapshot(_) => self.link.begin("BEGIN IMMEDIATE"),
            Transaction::Dry => self.link.begin("BEGIN"),
        }
    }

    fn before_commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn ended(&mut self) {}

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        self.link.load(Effect::Write, &insert_text(target, 1), target, rows)
    }

    fn load_staged(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<()> {
        self.link.load(Effect::Stage, &insert_text(target, 1), target, rows).map(drop)
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        delete(&mut self.link, table, days.condition())
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.remove(table, days)
    }

    /// The `INSERT` of the target adds to existing rows.
    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        self.load(&sums.target, rows).map(drop)
    }

    fn add_up(&mut self, _: &Sums<'_>) -> Result<()> {
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    /// A transaction that writes is the only one.
    fn lock(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn claims(&mut self) -> Option<&mut dyn Claims> {
        None
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        let sql = "SELECT name, type, \"notnull\" AND dflt_value IS NULL, pk FROM pragma_table_info(?)";
        let zero = |value: &Value| *value == Value::BigInt(Some(0));
        let column = |row: &Vec<Value>| FoundColumn {
            name: text(&row[0]),
            kind: text(&row[1]),
            nullable: zero(&row[2]) && zero(&row[3]),
        };
        self.describe(tables, |link, table| {
            Ok(link.rows(sql, &Values(vec![table]))?.iter().map(column).collect())
        })
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        self.describe(tables, |link, table| {
            Ok(indexes(&link.rows(INDEXES, &Values(vec![table.clone(), table]))?))
        })
    }

    fn make_database(&mut self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_url_name_a_path() {
        let home = Path::new("/home");
        assert_eq!(path_of("sqlite:data/x.db", home), Path::new("/home/data/x.db"));
        assert_eq!(path_of("sqlite://data/x.db", home), Path::new("/home/data/x.db"));
        assert_eq!(path_of("sqlite:///data/x.db", home), Path::new("/data/x.db"));
    }

    #[test]
    fn a_query_that_is_stopped_early_leaves_the_connection_usable() {
        let folder = tempfile::tempdir().unwrap();
        let link = &mut Sqlite::open("sqlite:x.db", folder.path(), Duration::ZERO).unwrap().link;
        let (mut seen, none) = (0, Values(Vec::new()));
        let mut first = |_: &[Value]| {
            seen += 1;
            std::ops::ControlFlow::Break(())
        };
        let three = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";
        link.query(three, &none, &mut first).unwrap();
        assert_eq!((seen, link.rows(three, &none).unwrap().len()), (1, 3));
    }
}

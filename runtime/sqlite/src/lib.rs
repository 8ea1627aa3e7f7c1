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
use flow_oa_schema::printable;
use rusqlite::ffi::{SQLITE_CONSTRAINT_CHECK, SQLITE_CONSTRAINT_DATATYPE};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ErrorCode, ToSql};
use sea_query::{Expr, SqliteQueryBuilder, Value, Values};

use flow_oa_engine::indexes::indexes;
use flow_oa_engine::{
    Engine, EngineError, FoundColumn, FoundIndex, Seen, Statement, StatementLog, Target, Transaction,
};

/// The SQL dialect of this engine.
const SPOKEN: Dialect = Dialect::Sqlite;

/// The columns of every index of a table, with the name of the index and whether it is unique. The name of the table is
/// bound twice. SQLite does not list the key of a table with row numbers as an index, so that the key is added. A
/// column with a collation other than BINARY has no name.
const INDEXES: &str = "SELECT i, c, u FROM ( \
    SELECT l.name AS i, CASE WHEN x.coll = 'BINARY' THEN x.name END AS c, l.\"unique\" AS u, x.seqno AS n \
    FROM pragma_index_list(?) AS l, pragma_index_xinfo(l.name) AS x WHERE NOT l.partial AND x.key \
    UNION ALL SELECT '', name, 1, pk FROM pragma_table_info(?) WHERE pk) ORDER BY i, n";

/// The number of rows in one `INSERT`. More rows gain nothing, and batches are mostly multiples of this.
const ROWS_PER_INSERT: usize = 16;

/// A connection to a SQLite database file.
pub struct Sqlite {
    connection: Connection,
    url: String,
    log: StatementLog,
}

impl Sqlite {
    /// Opens the file of `sqlite:PATH` or `sqlite://PATH`. The file and its folder are created if they do not exist.
    /// `patience` is how long to wait for another writer.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a SQLite database.
    pub fn open(url: &str, home: &Path, patience: Duration) -> Result<Self, EngineError> {
        let path = path_of(url, home);
        let database = format!("sqlite:{}", printable::path(&path));
        let unavailable = |reason: String| EngineError::Unavailable { database: database.clone(), reason };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                unavailable(format!("making the folder {}: {error}", printable::path(folder)))
            })?;
        }
        require_files(&path).map_err(unavailable)?;
        let connection = Connection::open(&path).map_err(|error| fault(&database, "", &error))?;
        let engine = Self { connection, url: database, log: StatementLog::default() };
        engine.set_up(patience).map_err(|error| engine.fault("PRAGMA", error))?;
        Ok(engine)
    }

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
        fault(&self.url, sql, &error)
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
fn require_files(path: &Path) -> Result<(), String> {
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

impl Engine for Sqlite {
    fn dialect(&self) -> Dialect {
        SPOKEN
    }

    fn url(&self) -> &str {
        &self.url
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

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64, EngineError> {
        self.log.statement(sql, values);
        let changed = self.connection.execute(sql, rusqlite::params_from_iter(binds(values)));
        changed.map(|it| it as u64).map_err(|error| self.fault(sql, error))
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<(), EngineError> {
        self.log.statement(sql, values);
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

    fn script(&mut self, sql: &str) -> Result<(), EngineError> {
        self.log.statement(sql, &Values(Vec::new()));
        self.connection.execute_batch(sql).map_err(|error| self.fault(sql, error))
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        self.log.rows(|| insert_text(target, 1), rows);
        let whole = rows.len() - rows.len() % ROWS_PER_INSERT;
        for (from, to, step) in [(0, whole, ROWS_PER_INSERT), (whole, rows.len(), 1)] {
            if from < to {
                let sql = insert_text(target, step);
                self.insert_all(&sql, rows, from..to, step).map_err(|error| self.fault(&sql, error))?;
            }
        }
        Ok(rows.len() as u64)
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>, EngineError> {
        let sql = "SELECT name, type, \"notnull\" AND dflt_value IS NULL, pk FROM pragma_table_info(?)";
        let zero = |it: &Value| *it == Value::BigInt(Some(0));
        let column = |row: &Vec<Value>| FoundColumn {
            name: text(&row[0]),
            kind: text(&row[1]),
            nullable: zero(&row[2]) && zero(&row[3]),
        };
        let of_table =
            |it: &&str| Ok(self.query(sql, &Values(vec![(*it).into()]))?.iter().map(column).collect());
        tables.iter().map(of_table).collect()
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>, EngineError> {
        let of_table = |it: &&str| {
            let rows = self.query(INDEXES, &Values(vec![(*it).into(), (*it).into()]))?;
            Ok(indexes(&rows))
        };
        tables.iter().map(of_table).collect()
    }

    /// SQLite has a single writer, so that every kind of transaction sees the state of its first statement. Temporary
    /// tables are in a database of their own, so that a dry run takes no write lock.
    fn begin(&mut self, kind: Transaction<'_>) -> Result<(), EngineError> {
        if self.log.keep("BEGIN") {
            return Ok(());
        }
        match kind {
            Transaction::Latest | Transaction::Snapshot(_) => self.script("BEGIN IMMEDIATE"),
            Transaction::Dry => self.script("BEGIN"),
        }
    }

    fn log(&mut self) -> &mut StatementLog {
        &mut self.log
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        if self.log.keep("COMMIT") {
            return Ok(());
        }
        self.script("COMMIT")
    }

    fn rollback(&mut self) -> Option<String> {
        if !self.log.is_recording() && !self.connection.is_autocommit() {
            // If the rollback fails, the transaction is rolled back when the connection ends.
            let _ = self.script("ROLLBACK");
        }
        None
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        let handle = self.connection.get_interrupt_handle();
        Box::new(move || handle.interrupt())
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
        let mut engine = Sqlite::open("sqlite:x.db", folder.path(), Duration::ZERO).unwrap();
        let (mut seen, none) = (0, Values(Vec::new()));
        let mut first = |_: &[Value]| {
            seen += 1;
            std::ops::ControlFlow::Break(())
        };
        let three = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";
        engine.for_each(three, &none, &mut first).unwrap();
        assert_eq!((seen, engine.query(three, &none).unwrap().len()), (1, 3));
    }
}

//! The driver: rusqlite, with bulk inserts and the translation of its errors.

use std::ops::Range;
use std::time::Duration;

use flow_oa_core::{Batch, Cell, Subnet, address, shown};
use flow_oa_engine::{About, Connection, EngineError, Result, Seen, Statement, Target, Transactional};
use flow_oa_schema::dialect::IN_NETWORK;
use rusqlite::ffi::{SQLITE_CONSTRAINT_CHECK, SQLITE_CONSTRAINT_DATATYPE};
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, ToSql};
use sea_query::{Expr, SqliteQueryBuilder, Value, Values};

/// The number of rows in one `INSERT`. More rows gain nothing, and batches are mostly multiples of this.
const ROWS_PER_INSERT: usize = 16;

/// A connection to a database file.
pub struct Driver {
    pub(crate) connection: rusqlite::Connection,
    pub(crate) about: About,
}

impl Driver {
    pub(crate) fn set_up(&self, patience: Duration) -> rusqlite::Result<()> {
        self.connection.busy_timeout(patience)?;
        // Measured on two million flows: larger pages load faster, and WAL writes everything twice.
        self.connection.pragma_update(None, "page_size", 8192)?;
        self.connection.pragma_update(None, "temp_store", "MEMORY")?;
        let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
        self.connection.create_scalar_function(IN_NETWORK, 2, flags, in_network)?;
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

    pub(crate) fn fault(&self, sql: &str, error: rusqlite::Error) -> EngineError {
        fault(&self.about.url, sql, &error)
    }
}

/// Whether a text is an address of a network. NULL is of none.
fn in_network(call: &mut Context<'_>) -> rusqlite::Result<bool> {
    let net = call.get_or_create_aux(1, |net| {
        let net = net.as_str().ok().and_then(Subnet::parse);
        net.ok_or_else(|| rusqlite::Error::UserFunctionError("expected a network".into()))
    })?;
    let found: Option<String> = call.get(0)?;
    Ok(found.and_then(|text| address::parse(&text)).is_some_and(|address| net.has(address)))
}

impl Connection for Driver {
    fn about(&self) -> &About {
        &self.about
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        statement.build::<SqliteQueryBuilder>()
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

/// The error for a statement that failed, with advice for the user.
pub(crate) fn fault(database: &str, sql: &str, error: &rusqlite::Error) -> EngineError {
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
        _ if is_out_of_range(error) => EngineError::OutOfRange {
            database,
            reason: advised(
                "; a table of an earlier version has narrower ranges: `flow-oa copy` stores its days in a new database",
            ),
        },
        _ if is_overflow(error) => EngineError::TooLarge { database, reason: said },
        _ => EngineError::Refused { database, reason: said, statement: sql.to_owned() },
    }
}

/// Whether a `CHECK` constraint was violated.
fn is_out_of_range(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_CONSTRAINT_CHECK)
}

/// Whether a sum exceeds 64 bits. `sum` reports this only in its message; `+` returns a `REAL`, which the column
/// refuses.
fn is_overflow(error: &rusqlite::Error) -> bool {
    let rusqlite::Error::SqliteFailure(code, Some(said)) = error else { return false };
    let is_real = code.extended_code == SQLITE_CONSTRAINT_DATATYPE && said.contains("REAL value in INTEGER");
    is_real || said == "integer overflow"
}

/// A sea-query value that rusqlite can bind.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let whole = |number: Option<i64>| number.map_or(ValueRef::Null, ValueRef::Integer);
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
            Value::String(it) => it.as_ref().map_or(ValueRef::Null, |text| ValueRef::Text(text.as_bytes())),
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
pub(crate) fn insert_text(target: &Target<'_>, rows: usize) -> String {
    let mut insert = target.insert.clone();
    for _ in 0..rows {
        insert.values_panic(target.columns.iter().map(|_| Expr::value(0)));
    }
    // An error rolls the transaction back in any case. With `OR ROLLBACK`, SQLite keeps no copy of the pages that a
    // single statement changes; that copy costs a fifth of the time. sea-query cannot express this.
    insert.build(SqliteQueryBuilder).0.replacen("INSERT ", "INSERT OR ROLLBACK ", 1)
}

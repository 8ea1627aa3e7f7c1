//! The driver: a session with a HiveServer2, which is reopened if it ends, and the values that it returns.

use std::ops::ControlFlow;

use crate::address::Family;
use crate::sql::{ImpalaQueryBuilder, created, dropped, script, statements};
use flow_oa_engine::decimal::decimal;
use flow_oa_engine::{About, Connection, Result, Seen, Statement};
use flow_oa_hs2::{Hs2Error, Interrupter, Operation, Session, Settings};
use sea_query::{Value, Values};

use super::{PAGE, fault};

/// A session with a server.
pub(super) struct Driver {
    session: Session,
    /// The settings of the session, with which it is reopened.
    settings: Settings,
    pub(super) about: About,
    pub(super) family: Family,
    /// Stops the running statement, and transfers of files.
    pub(super) flag: Interrupter,
}

impl Driver {
    /// Opens a session and switches to the database, if it exists.
    pub(super) fn open(settings: Settings, about: About, family: Family, flag: Interrupter) -> Result<Self> {
        let session = Session::open_under(&settings, &flag);
        let session = session.map_err(|error| fault::of(&about.url, "", error))?;
        let mut driver = Self { session, settings, about, family, flag };
        driver.enter()?;
        Ok(driver)
    }

    /// Replaces a session that is over with a new session.
    pub(super) fn reopen_if_over(&mut self) -> Result<()> {
        if !self.session.is_over() {
            return Ok(());
        }
        let session = Session::open_under(&self.settings, &self.flag);
        self.session = session.map_err(|error| fault::of(&self.about.url, "", error))?;
        self.enter().map(drop)
    }

    /// Runs a statement that returns nothing.
    pub(super) fn run(&mut self, sql: &str) -> Result<()> {
        self.execute(sql, &Values(Vec::new())).map(drop)
    }

    /// Switches to the database. Returns `false` if it does not exist.
    pub(super) fn enter(&mut self) -> Result<bool> {
        let Some(database) = self.about.place.database.clone() else { return Ok(true) };
        match self.run(&statements::use_database(&database)) {
            Ok(()) => Ok(true),
            Err(error) if fault::is_absent(&error) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Runs a query and returns the names of its columns and its rows as texts; NULL is an empty text.
    pub(super) fn named_texts(&mut self, sql: &str) -> Result<(Vec<String>, Vec<Vec<String>>)> {
        let url = &self.about.url;
        let fault = |error| fault::of(url, sql, error);
        let mut operation = self.session.execute(sql).map_err(fault)?;
        let names = operation.columns().map_err(fault)?.into_iter().map(|it| it.name).collect();
        let mut rows = Vec::new();
        each_row(&mut operation, |_| false, &mut |row| {
            rows.push(row.iter().map(text).collect());
            ControlFlow::Continue(())
        })
        .map_err(fault)?;
        operation.close().map_err(fault)?;
        Ok((names, rows))
    }

    /// The columns of all tables of a database whose names match a pattern: each as the values of one row of the
    /// server's answer, which are passed to `seen`.
    pub(super) fn catalog(&mut self, database: &str, like: &str, seen: &mut Seen<'_>) -> Result<()> {
        let url = &self.about.url;
        let fault = |error| fault::of(url, "GetColumns", error);
        let mut operation = self.session.columns_of(database, like).map_err(fault)?;
        each_row(&mut operation, |_| false, seen).map_err(fault)?;
        operation.close().map_err(fault)
    }
}

impl Connection for Driver {
    fn about(&self) -> &About {
        &self.about
    }

    /// HiveServer2 binds no values, so they are in the text.
    fn render(&self, statement: &Statement) -> (String, Values) {
        let sql = match statement {
            Statement::Select(it) => it.to_string(ImpalaQueryBuilder),
            Statement::Insert(it) => it.to_string(ImpalaQueryBuilder),
            Statement::Update(it) => it.to_string(ImpalaQueryBuilder),
            Statement::Delete(it) => it.to_string(ImpalaQueryBuilder),
            // A statement that cannot be rendered becomes its error message, which the server refuses.
            Statement::Create(it) => created(it).map_or_else(|error| error.to_string(), |(sql, _)| sql),
            Statement::Drop(it) => dropped(it).unwrap_or_else(|error| error.to_string()),
        };
        (sql, Values(Vec::new()))
    }

    fn execute(&mut self, sql: &str, _: &Values) -> Result<u64> {
        let changed = self.session.run(sql).map_err(|error| fault::of(&self.about.url, sql, error))?;
        Ok(changed.unwrap_or(0))
    }

    fn query(&mut self, sql: &str, _: &Values, seen: &mut Seen<'_>) -> Result<()> {
        let url = &self.about.url;
        let fault = |error| fault::of(url, sql, error);
        let mut operation = self.session.execute(sql).map_err(fault)?;
        // Impala returns a FLOAT as its exact binary value; the others return the shortest decimal.
        let columns =
            if self.family == Family::Impala { operation.columns().map_err(fault)? } else { Vec::new() };
        let is_single = |at: usize| columns.get(at).is_some_and(|column| column.type_name == "FLOAT");
        each_row(&mut operation, is_single, seen).map_err(fault)?;
        operation.close().map_err(fault)
    }

    fn script(&mut self, sql: &str) -> Result<()> {
        script::statements(sql).into_iter().try_for_each(|statement| self.run(statement))
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        let flag = self.flag.clone();
        Box::new(move || flag.interrupt())
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
            cells.extend(row.enumerate().map(|(at, cell)| value_of(cell, is_single(at))));
            if seen(&cells).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// A value as a text; NULL is an empty text.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(Some(it)) => it.clone(),
        Value::BigInt(Some(it)) => it.to_string(),
        Value::Double(Some(it)) => it.to_string(),
        _ => String::new(),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_single_precision_is_its_decimal_and_a_double_is_itself() {
        let found = f64::from(0.1_f32);
        let given = |is_single| value_of(Some(flow_oa_hs2::Value::Double(found)), is_single);
        assert_eq!([given(true), given(false)], [0.1, found].map(|number| Value::Double(Some(number))));
    }
}

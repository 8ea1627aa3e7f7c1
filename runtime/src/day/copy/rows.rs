//! Transfers rows from one engine to another: read one by one, buffered in bounded batches. This module does not
//! interpret values.

use std::ops::ControlFlow;

use flow_oa_core::{Batch, Cell, Date, Text};
use flow_oa_schema::model::Table;
use sea_query::{Alias, Order, Query, SelectStatement, Value};

use super::impossible::Impossible;
use crate::day::derive;
use flow_oa_engine::{Session, Statement};
use flow_oa_site::{Error, Result};

/// The maximum number of rows in a batch.
const FULL: usize = 2048;

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
enum Kept {
    Null,
    Whole(i64),
    Real(f64),
    Text(Text),
}

impl Kept {
    /// `None` if no engine returns such a value.
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::BigInt(None) | Value::Double(None) | Value::String(None) => Some(Self::Null),
            Value::BigInt(Some(it)) => Some(Self::Whole(*it)),
            Value::Double(Some(it)) => Some(Self::Real(*it)),
            Value::String(Some(it)) => Some(Self::Text(Text::from(it.as_str()))),
            _ => None,
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Whole(it) => Cell::Int(*it),
            Self::Real(it) => Cell::Real(*it),
            Self::Text(it) => Cell::Text(it),
        }
    }
}

/// Rows of one table that wait to be loaded; bounded, so that they fit into memory.
#[derive(Debug)]
pub(super) struct Pending<'a> {
    rows: Loadable,
    impossible: Impossible<'a>,
}

#[derive(Debug)]
pub(super) struct Loadable {
    values: Vec<Kept>,
    width: usize,
}

impl<'a> Pending<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        let rows = Loadable { values: Vec::new(), width: table.columns.len() };
        Self { rows, impossible: Impossible::new(table) }
    }

    /// Adds the first values of a row, one for each column of the table. After a number outside the range of its
    /// column, further rows are only checked and no longer kept.
    ///
    /// # Errors
    /// If a value is of a kind that no engine returns.
    pub(super) fn push(&mut self, table: &flow_oa_core::Table, row: &[Value]) -> Result<()> {
        for (at, (name, value)) in table.columns.iter().zip(row).enumerate() {
            let unknown =
                || Error::Internal(format!("copy: {}.{name} holds a value of no known kind", table.name));
            self.rows.values.push(Kept::of(value).ok_or_else(unknown)?);
            self.impossible.look_at(at, value);
        }
        if !self.impossible.is_empty() {
            self.rows.values.clear();
        }
        Ok(())
    }

    pub(super) fn is_full(&self) -> bool {
        self.rows.len() >= FULL
    }

    /// The rows so far, if there are any; the buffer is empty afterwards.
    pub(super) fn take(&mut self) -> Option<Loadable> {
        let (width, room) = (self.rows.width, Vec::with_capacity(self.rows.values.len()));
        let rows = Loadable { values: std::mem::replace(&mut self.rows.values, room), width };
        Some(rows).filter(|rows| !rows.is_empty())
    }

    /// Requires that all rows that were pushed can be stored.
    ///
    /// # Errors
    /// If some cannot: which numbers are outside the range of their column.
    pub(super) fn require_possible(&self, day: Date, source: &str) -> Result<()> {
        self.impossible.require_none(day, source)
    }
}

impl Batch for Loadable {
    fn len(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        out.extend(self.values.iter().skip(index * self.width).take(self.width).map(Kept::cell));
    }
}

/// A query of all columns of a table, in the order in which its rows are loaded.
pub(super) fn select(table: &flow_oa_core::Table) -> SelectStatement {
    let columns = table.columns.iter().map(|column| Alias::new(*column));
    Query::select().columns(columns).from(Alias::new(table.name)).to_owned()
}

/// A query of the rows of a day, in the order of their key, or of all their columns if there is no key. So every copy
/// of a day is the same.
pub(super) fn select_day(table: &Table, compiled: &flow_oa_core::Table, day: Date) -> SelectStatement {
    let mut select = select(compiled);
    select.cond_where(derive::on(table, day).condition());
    let all = || compiled.columns.to_vec();
    let key: Vec<&str> = table.names(&table.key).collect();
    for name in if key.is_empty() { all() } else { key } {
        select.order_by(Alias::new(name), Order::Asc);
    }
    select
}

/// Passes the rows of a query to `seen` one by one, and stops at the first that it refuses.
///
/// # Errors
/// Those of `seen`, and if the database cannot be read.
pub(super) fn each(
    session: &mut dyn Session,
    select: SelectStatement,
    seen: &mut dyn FnMut(&[Value]) -> Result<()>,
) -> Result<()> {
    let (sql, values) = session.render(&Statement::Select(select));
    let mut failed = None;
    let read = session.for_each(&sql, &values, &mut |row| match seen(row) {
        Ok(()) => ControlFlow::Continue(()),
        Err(error) => {
            failed = Some(error);
            ControlFlow::Break(())
        }
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(read?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_engine_gives_is_not_taken() {
        assert_eq!(Kept::of(&Value::Bool(None)), None);
        assert_eq!(Kept::of(&Value::Double(Some(0.5))), Some(Kept::Real(0.5)));
        assert_eq!(Kept::of(&Value::String(None)), Some(Kept::Null));
    }
}

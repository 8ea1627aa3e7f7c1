//! What a run computes inside the database: the details, chords and counts of a day, each by one statement over the raw
//! table and a small staged relation, however many rows are suspicious.
//!
//! Each kind of rows has a module. All statements are built with sea-query from names of the model.
//!
//! # Decisions
//!
//! - **One index on raw flows**: day, hour, minute, then the pair. Flows arrive in time order, so it grows at its end,
//!   and the details of a suspicious connection are one search. An index that begins with the pair would also serve
//!   searches for one address, but every insert would go to a different place in it; `flow_pair` answers which
//!   addresses communicated.

mod basis;
mod chords;
mod compare;
mod completeness;
mod counts;
mod details;
mod look_up;
mod rollup;
mod staged;

use std::collections::BTreeSet;

use flow_oa_core::{Batch, Date};
use flow_oa_schema::model::{Origin, Pipeline, Rows, Table};
use flow_oa_schema::types::TimePart;
use sea_query::{Alias, Cond, Expr, Func, Order, Query, SelectStatement, TableRef, Value};

use crate::error::{Error, Result};
pub use compare::Disagreement;
pub use completeness::{DayRollups, rollups_on};
pub(crate) use completeness::{complete_with_file, forget_marks, forget_marks_before, is_new, mark};
use flow_oa_engine::{Days, Session, Unit};
pub use rollup::{
    Compared, ComparedDays, Completed, compare_rollups, complete_rollups, forget_sums, sum_up_again,
};

/// Fills a derived table for `day` from the run's own suspicious rows, and returns the number of rows. Sums come from
/// the rollups that are complete.
///
/// # Errors
/// If the database cannot store the rows, or the rows of the table are not derived.
pub fn fill(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    rollups: &DayRollups<'_>,
    table: &Table,
    day: Date,
    scores: &dyn Batch,
) -> Result<u64> {
    match &table.rows {
        Rows::Details(rows) => details::fill(unit, pipeline, table, rows, day, scores),
        Rows::Chords(rows) => chords::fill(unit, pipeline, (table, rows), rollups, day, scores),
        Rows::Counts(rows) => counts::fill(unit, pipeline, (table, rows), rollups, day),
        _ => Err(Error::Internal(format!("the rows of {} are not derived", table.name))),
    }
}

/// The days of raw tables that [`fill`] reads for `day`: the day itself, and those of the suspicious rows.
///
/// # Errors
/// If a time of a suspicious row cannot be read.
pub(crate) fn days_read(pipeline: &Pipeline, day: Date, scores: &dyn Batch) -> Result<Vec<(String, Days)>> {
    let Some(raw) = pipeline.raw_table() else { return Ok(Vec::new()) };
    let mut days = BTreeSet::from([day]);
    for table in &pipeline.tables {
        if let Rows::Details(rows) = &table.rows {
            days.extend(details::days(pipeline, rows, scores)?);
        }
    }
    Ok(days.into_iter().map(|day| (raw.name.clone(), on(raw, day))).collect())
}

/// The rows of `day` of a table.
pub fn on(table: &Table, day: Date) -> Days {
    Days::On(day_values(table, day))
}

/// The rows of the days before `day` of a table.
pub fn before(table: &Table, day: Date) -> Days {
    Days::Before(day_values(table, day))
}

/// One row if a table has any row of a day, else none.
pub(crate) fn any_of_day(table: &Table, day: Date) -> SelectStatement {
    let mut select = Query::select();
    select.expr(Expr::val(1)).from(Alias::new(&table.name)).cond_where(on(table, day).condition()).limit(1);
    select
}

/// The first rows of a day in a table, in the order of its key.
///
/// # Errors
/// If the database cannot be read.
pub fn first_of_day(
    session: &mut dyn Session,
    table: &Table,
    day: Date,
    count: u64,
) -> Result<Vec<Vec<Value>>> {
    Ok(session.select(of_day(table, day, &table.key).limit(count).to_owned())?)
}

/// All columns of the rows of a day, sorted by the given columns.
pub fn of_day<'a>(table: &Table, day: Date, order: impl IntoIterator<Item = &'a String>) -> SelectStatement {
    let mut select = Query::select();
    select
        .columns(table.columns.iter().map(|column| Alias::new(&column.name)))
        .from(Alias::new(&table.name))
        .cond_where(on(table, day).condition());
    for name in order {
        select.order_by(Alias::new(name), Order::Asc);
    }
    select
}

/// The partition columns of a day (not the hour) and their values.
fn day_values(table: &Table, day: Date) -> Vec<(String, i64)> {
    let values = [i64::from(day.year()), i64::from(day.month()), i64::from(day.day())];
    table.partition.columns.iter().cloned().zip(values).collect()
}

/// Keeps rows of `day` of the table with the alias `raw`.
fn day_is(select: &mut SelectStatement, table: &Table, day: Date) {
    select.cond_where(raw_is(&on(table, day)));
}

/// Whether a row of the table with the alias `raw` is of these days.
fn raw_is(days: &Days) -> Cond {
    days.condition_of(|name| (Alias::new(RAW), Alias::new(name)))
}

/// What one row of a derived table is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Made {
    /// One raw row.
    OfOne,
    /// All raw rows that are equal in the columns that are not summed up.
    OfGroups,
}

/// Inserts the rows of `select` into a day of a table, and returns their number. `value` returns the expression of each
/// column, except those of the partition.
fn insert(
    unit: &mut dyn Unit,
    table: &Table,
    day: Date,
    made: Made,
    mut select: SelectStatement,
    value: impl Fn(&Origin) -> Option<Expr>,
) -> Result<u64> {
    for (at, column) in table.own_columns().iter().enumerate() {
        let expression = value(&column.origin).ok_or_else(|| {
            Error::Internal(format!("{}.{} has an origin of another kind", table.name, column.name))
        })?;
        // The group refers to this alias: not every engine takes two expressions with bound values for the same
        // expression.
        let name = Alias::new(format!("flow_oa_{at}"));
        let is_summed = matches!(column.origin, Origin::Total(_) | Origin::Count);
        if made == Made::OfGroups && !is_summed {
            select.group_by_col(name.clone());
        }
        select.expr_as(expression, name);
    }
    let columns: Vec<&str> = table.own_columns().iter().map(|it| it.name.as_str()).collect();
    let filled = unit.fill(&table.name, &columns, &on(table, day), select);
    filled.map_err(|error| Error::of_sums(table, error))
}

/// A table with the alias `raw`.
fn raw_table(name: &str) -> TableRef {
    TableRef::from(Alias::new(name)).alias(Alias::new(RAW))
}

/// A column of the table with the alias `raw`.
fn raw_column(name: &str) -> Expr {
    Expr::col((Alias::new(RAW), Alias::new(name)))
}

const RAW: &str = "raw";

/// A part of a raw row's time: the column that holds it, if there is one, else a part of the text.
fn raw_part(raw: &Table, time: &str, part: TimePart) -> Expr {
    if let Some(column) = raw.part_of(time, part) {
        return raw_column(&column.name);
    }
    let (from, length) = match part {
        TimePart::Year => (1, 4),
        TimePart::Month => (6, 2),
        TimePart::Day => (9, 2),
        TimePart::Hour => (12, 2),
        TimePart::Minute => (15, 2),
        TimePart::Second | TimePart::Epoch => (18, 2),
    };
    Func::cast_as(cut(raw_column(time), from, length), Alias::new("integer")).into()
}

/// `substr(text, from, length)`; `from` counts from 1.
fn cut(text: Expr, from: i32, length: i32) -> Expr {
    Func::cust(Alias::new("substr")).arg(text).arg(Expr::val(from)).arg(Expr::val(length)).into()
}

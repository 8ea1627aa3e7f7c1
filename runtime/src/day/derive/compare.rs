//! Compares the sums of a rollup with those of a day's raw rows, if no mark can tell whether they agree.

use std::fmt;

use flow_oa_core::Date;
use flow_oa_schema::model::{Column, InRollup, Table};
use sea_query::{Alias, Expr, Func, Query, SelectStatement, Value};

use super::basis::Basis;
use super::{day_is, raw_column, raw_table};
use flow_oa_engine::Session;
use flow_oa_ledger::rows::ingests_of_day;
use flow_oa_site::Result;

/// The relative tolerance. Totals are compared in double precision, which no day's total can overflow; the counts show
/// lost rows.
const TOLERANCE: f64 = 1e-6;

/// How a rollup of a day differs from its raw rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Disagreement {
    /// The name of the rollup.
    pub rollup: String,
    /// The name of the raw table.
    pub raw: String,
    /// The day.
    pub day: Date,
    /// The first column that differs.
    column: String,
    expected: Option<f64>,
    found: Option<f64>,
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: Option<f64>| value.map_or("no value".to_owned(), |value| value.to_string());
        let Self { rollup, raw, day, column, expected, found } = self;
        let (expected, found) = (shown(*expected), shown(*found));
        write!(f, "{rollup} of {day}: {column} adds up to {found}, but to {expected} in {raw}")
    }
}

/// A value that is summed up on both sides.
struct Sum {
    name: String,
    raw: Expr,
    rollup: Expr,
    is_count: bool,
}

/// The first difference between a rollup and the raw rows of a day, if any.
///
/// # Errors
/// If the database cannot be read.
pub(crate) fn disagreement(
    session: &mut dyn Session,
    rollup: &Table,
    raw: &Table,
    day: Date,
) -> Result<Option<Disagreement>> {
    let sums = sums(rollup, raw);
    let mut expected = of_day(session, raw, day, sums.iter().map(|it| it.raw.clone()))?;
    let mut found = of_day(session, rollup, day, sums.iter().map(|it| it.rollup.clone()))?;
    let mut names: Vec<(String, bool)> = sums.into_iter().map(|sum| (sum.name, sum.is_count)).collect();
    if !names.iter().any(|(_, is_count)| *is_count) {
        expected.push(groups(session, rollup, raw, day)?);
        found.extend(of_day(session, rollup, day, std::iter::once(rows()))?);
        names.push(("the number of rows".to_owned(), true));
    }
    let mut each = names.into_iter().zip(expected.into_iter().zip(found));
    let differing = each.find(|((_, is_count), (expected, found))| differ(*is_count, *expected, *found));
    Ok(differing.map(|((column, _), (expected, found))| Disagreement {
        rollup: rollup.name.clone(),
        raw: raw.name.clone(),
        day,
        column,
        expected,
        found,
    }))
}

/// A day of a rollup whose raw rows are not all stored any more.
pub(crate) struct LostRows {
    rollup: String,
    raw: String,
    day: Date,
    stored: f64,
}

impl fmt::Display for LostRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rollup, raw, day, stored } = self;
        write!(
            f,
            "{rollup} of {day} stays as it is, since sums would be lost: raw rows of that day are missing in {raw}, which \
             has {stored} of them"
        )
    }
}

/// Whether a rollup of a day has rows, and its raw table fewer of that day than were ingested.
///
/// # Errors
/// If the database cannot be read.
pub(crate) fn lost_rows(
    session: &mut dyn Session,
    pipeline: &str,
    rollup: &Table,
    raw: &Table,
    day: Date,
) -> Result<Option<LostRows>> {
    let mut count = |table: &Table| -> Result<f64> {
        let counted = of_day(session, table, day, std::iter::once(rows()))?;
        Ok(counted.into_iter().next().flatten().unwrap_or(0.0))
    };
    if count(rollup)? == 0.0 {
        return Ok(None);
    }
    let stored = count(raw)?;
    let listed = ingests_of_day(session, pipeline, &day.to_string())?;
    let ingested: i64 = listed.iter().map(|(_, stored, _)| stored).sum();
    let is_lost = stored == 0.0 || stored < ingested as f64;
    Ok(is_lost.then(|| LostRows { rollup: rollup.name.clone(), raw: raw.name.clone(), day, stored }))
}

fn differ(is_count: bool, expected: Option<f64>, found: Option<f64>) -> bool {
    match (expected, found) {
        (expected, found) if is_count => expected.unwrap_or(0.0) != found.unwrap_or(0.0),
        (Some(expected), Some(found)) => {
            (expected - found).abs() > TOLERANCE * expected.abs().max(found.abs())
        }
        (expected, found) => expected.is_some() != found.is_some(),
    }
}

/// The values that a rollup sums up.
fn sums(rollup: &Table, raw: &Table) -> Vec<Sum> {
    let sum = |value: Expr| Expr::from(Func::sum(double(value)));
    let of = |column: &Column| {
        let (raw, is_count) = match column.from.in_rollup()? {
            InRollup::Count => (rows(), true),
            InRollup::Total(id) => (sum(raw_column(&raw[id].name)), false),
            InRollup::Same(_) | InRollup::Start(..) | InRollup::Partition(_) => return None,
        };
        Some(Sum { name: column.name.clone(), raw, rollup: sum(raw_column(&column.name)), is_count })
    };
    rollup.own_columns().iter().filter_map(of).collect()
}

fn rows() -> Expr {
    double(Func::count(Expr::val(1)).into())
}

fn double(value: Expr) -> Expr {
    Func::cast_as(value, Alias::new("double precision")).into()
}

/// The values of expressions over the rows of a day.
fn of_day(
    session: &mut dyn Session,
    table: &Table,
    day: Date,
    values: impl Iterator<Item = Expr>,
) -> Result<Vec<Option<f64>>> {
    let mut select = Query::select();
    select.from(raw_table(&table.name)).exprs(values);
    day_is(&mut select, table, day);
    numbers(session, select)
}

/// The number of rows that the rollup of a day should have.
fn groups(session: &mut dyn Session, rollup: &Table, raw: &Table, day: Date) -> Result<Option<f64>> {
    let basis = Basis::raw(session.dialect(), raw);
    let mut each = Query::select();
    each.distinct().from(basis.table_ref());
    for (at, column) in rollup.own_columns().iter().enumerate() {
        if !column.from.is_aggregate() {
            each.expr_as(basis.value(&column.from)?, Alias::new(format!("flow_oa_{at}")));
        }
    }
    day_is(&mut each, raw, day);
    let mut select = Query::select();
    select.expr(rows()).from_subquery(each, Alias::new("flow_oa_groups"));
    Ok(numbers(session, select)?.pop().flatten())
}

fn numbers(session: &mut dyn Session, select: SelectStatement) -> Result<Vec<Option<f64>>> {
    let number = |value: Value| if let Value::Double(real) = value { real } else { None };
    let row = session.select(select)?.into_iter().next().unwrap_or_default();
    Ok(row.into_iter().map(number).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_row_and_a_new_column_differ_and_rounding_does_not() {
        assert!(differ(true, Some(2_000_000.0), Some(1_999_999.0)));
        assert!(differ(true, Some(157.0), None) && !differ(true, Some(0.0), None));
        assert!(differ(false, Some(0.0), None), "a column that was added holds no values");
        assert!(!differ(false, None, None) && !differ(false, Some(1e18), Some(1e18 + 1000.0)));
        assert!(differ(false, Some(100.0), Some(101.0)));
    }
}

//! What a run computes inside the database: the rows that a table selects from another, by one statement over that table
//! and a small staged relation, however many rows are suspicious.
//!
//! Each way to match rows has a module. All statements are built with sea-query from names of the model.
//!
//! # Decisions
//!
//! - **One index on raw flows**: day, hour, minute, then the pair. Flows arrive in time order, so it grows at its end,
//!   and the details of a suspicious connection are one search. An index that begins with the pair would also serve
//!   searches for one address, but every insert would go to a different place in it; `flow_pair` answers which
//!   addresses communicated.

mod basis;
mod compare;
mod completeness;
mod hubs;
mod look_up;
mod matched;
mod rollup;
mod staged;

use std::collections::BTreeSet;

use basis::Basis;
use flow_oa_core::{Batch, Date};
use flow_oa_schema::Dialect;
use flow_oa_schema::model::{ColumnId, Expr as Source, Pipeline, Select, Table, Which};
use sea_query::{Alias, Cond, Expr, ExprTrait, Order, Query, SelectStatement, TableRef, Value};

use crate::error::{Error, Result};
pub use compare::Disagreement;
pub use completeness::{DayRollups, rollups_on};
pub(crate) use completeness::{complete_with_file, forget_marks, forget_marks_before, is_new, mark};
use flow_oa_engine::{Days, Session, Unit};
pub use matched::is_within;
pub use rollup::{
    Compared, ComparedDays, Completed, compare_rollups, complete_rollups, forget_sums, sum_up_again,
};

/// A table with selected rows.
pub(crate) struct Derived<'a> {
    /// The table.
    pub(crate) table: &'a Table,
    /// Which rows it has.
    pub(crate) select: &'a Select,
    /// The table that its rows are selected from.
    pub(crate) from: &'a Table,
}

impl<'a> Derived<'a> {
    /// `None` if the rows of `table` are not selected from another table.
    pub(crate) fn of(pipeline: &'a Pipeline, table: &'a Table) -> Option<Self> {
        table.rows.select().map(|select| Self { table, select, from: &pipeline[select.from] })
    }

    /// What the requested values are computed from. Sums of all rows are of no use if only some are selected.
    fn basis<'b>(
        &self,
        dialect: Dialect,
        rollups: &DayRollups<'a>,
        asked: impl IntoIterator<Item = &'b Source> + Clone,
    ) -> Basis<'a> {
        match self.select.conditions.is_empty() {
            true => Basis::of(dialect, rollups, self.from, asked),
            false => Basis::raw(dialect, self.from),
        }
    }
}

/// Fills a table with selected rows for `day`, from the run's own suspicious rows, and returns the number of rows. Sums
/// come from the rollups that are complete.
///
/// # Errors
/// If the database cannot store the rows, or a run does not write them.
pub(crate) fn fill(
    unit: &mut dyn Unit,
    rollups: &DayRollups<'_>,
    derived: &Derived<'_>,
    day: Date,
    scores: &dyn Batch,
) -> Result<u64> {
    match &derived.select.which {
        Which::Results(matched) => matched::fill(unit, derived, matched, day, scores),
        Which::Hubs(hubs) => hubs::fill(unit, derived, hubs, rollups, day, scores),
        Which::Day => {
            let asked = derived.table.own_columns().iter().map(|column| &column.from);
            let basis = derived.basis(unit.dialect(), rollups, asked);
            fill_from(unit, derived, &basis, day)
        }
        Which::Rollup | Which::Subjects(_) => {
            Err(Error::Internal(format!("a run does not write the rows of {}", derived.table.name)))
        }
    }
}

/// Fills a table from all rows of the day.
fn fill_from(unit: &mut dyn Unit, derived: &Derived<'_>, basis: &Basis<'_>, day: Date) -> Result<u64> {
    let mut select = Query::select();
    select.from(basis.table_ref());
    day_is(&mut select, basis.table, day);
    select.cond_where(basis.conditions(&derived.select.conditions)?);
    insert(unit, derived, day, select, |from| basis.value(from))
}

/// Selects the rows of a table about one subject, with all its columns but that of the subject, in order.
///
/// # Errors
/// If the rows of the table are not selected, or not about subjects.
pub fn about(
    dialect: Dialect,
    pipeline: &Pipeline,
    table: &Table,
    day: Date,
    subject: &str,
) -> Result<SelectStatement> {
    let internal = || Error::Internal(format!("the rows of {} are not about subjects", table.name));
    let derived = Derived::of(pipeline, table).ok_or_else(internal)?;
    let Which::Subjects(columns) = &derived.select.which else { return Err(internal()) };
    let basis = Basis::raw(dialect, derived.from);
    let mut select = Query::select();
    select.from(basis.table_ref());
    day_is(&mut select, derived.from, day);
    select.cond_where(basis.conditions(&derived.select.conditions)?);
    let holds = |any: Cond, column: &ColumnId| any.add(raw_column(&derived.from[*column].name).eq(subject));
    select.cond_where(columns.iter().fold(Cond::any(), holds));
    for (at, column) in table.own_columns().iter().enumerate().filter(|(_, it)| it.from != Source::Subject) {
        let value = basis.value(&column.from)?;
        // On some engines the type of a sum is wider than any type of a table.
        let is_wide = column.from.is_aggregate() && column.kind.is_whole();
        let value = if is_wide { Expr::expr(value).cast_as("bigint") } else { value };
        let name = Alias::new(format!("flow_oa_{at}"));
        if table.is_grouped() && !column.from.is_aggregate() {
            select.group_by_col(name.clone());
        }
        select.expr_as(value, name);
    }
    if derived.select.distinct {
        select.distinct();
    }
    Ok(select)
}

/// The days of raw tables that [`fill`] reads for `day`: the day itself, and those of the suspicious rows.
///
/// # Errors
/// If a time of a suspicious row cannot be read.
pub(crate) fn days_read(pipeline: &Pipeline, day: Date, scores: &dyn Batch) -> Result<Vec<(String, Days)>> {
    let Some(raw) = pipeline.raw_table() else { return Ok(Vec::new()) };
    let mut days = BTreeSet::from([day]);
    for table in &pipeline.tables {
        if let Some(Select { which: Which::Results(matched), .. }) = table.rows.select() {
            days.extend(matched::days(matched, raw, day, scores)?.unwrap_or_default());
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

/// Inserts the rows of `select` into a day of a table, and returns their number. `value` returns the SQL of each
/// expression, except those of the partition.
fn insert(
    unit: &mut dyn Unit,
    derived: &Derived<'_>,
    day: Date,
    mut select: SelectStatement,
    value: impl Fn(&Source) -> Result<Expr>,
) -> Result<u64> {
    let table = derived.table;
    let is_grouped = table.is_grouped() || table.rows.are_rollup();
    for (at, column) in table.own_columns().iter().enumerate() {
        // The group refers to this alias: not every engine takes two expressions with bound values for the same
        // expression.
        let name = Alias::new(format!("flow_oa_{at}"));
        if is_grouped && !column.from.is_aggregate() {
            select.group_by_col(name.clone());
        }
        select.expr_as(value(&column.from)?, name);
    }
    if derived.select.distinct {
        select.distinct();
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

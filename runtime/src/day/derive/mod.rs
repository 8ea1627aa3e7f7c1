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

mod answers;
mod backfill;
mod basis;
mod compare;
mod completeness;
mod computing;
mod hubs;
mod look_up;
mod matched;
mod rollup;
mod staged;

use std::collections::BTreeSet;

use answers::Answers;
pub use backfill::{derive_again, fill_columns, fill_days};
use basis::Basis;
pub use computing::{Computed, Computer, LookUp, NoContext, computed_of};
use flow_oa_core::{Batch, Date};
use flow_oa_schema::Dialect;
use flow_oa_schema::model::{Expr as Source, Pipeline, Select, Table, Which};
use sea_query::{
    Alias, Cond, Expr, ExprTrait, Func, NullOrdering, Order, OverStatement as _, Query, SelectStatement,
    TableRef, Value, WindowStatement,
};

use super::subject::Subject;
pub use compare::Disagreement;
pub use completeness::{DayRollups, forget_marks, rollups_on};
pub(crate) use completeness::{complete_with_file, forget_marks_before, is_new, mark};
use flow_oa_engine::{Days, Session, Unit};
use flow_oa_site::{Error, Result};
pub use matched::is_within;
pub(crate) use rollup::date_of;
pub use rollup::{
    Compared, ComparedDays, Completed, compare_rollups, complete_rollups, forget_sums, sum_up_again,
};

/// A table with selected rows.
pub struct Derived<'a> {
    /// The table.
    pub table: &'a Table,
    /// Which rows it has.
    pub select: &'a Select,
    /// The table that its rows are selected from.
    pub from: &'a Table,
}

impl<'a> Derived<'a> {
    /// `None` if the rows of `table` are not selected from another table.
    pub fn of(pipeline: &'a Pipeline, table: &'a Table) -> Option<Self> {
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
    (day, scores): (Date, &dyn Batch),
    context: &mut dyn LookUp,
) -> Result<u64> {
    match &derived.select.which {
        Which::Results(matched) => matched::fill(unit, derived, matched, day, scores, context),
        Which::Hubs(hubs) => hubs::fill(unit, derived, hubs, rollups, day, scores, context),
        Which::Day => {
            let asked = derived.table.own_columns().iter().map(|column| &column.from);
            let basis = derived.basis(unit.dialect(), rollups, asked);
            fill_from(unit, derived, &basis, day, context)
        }
        Which::Rollup | Which::Subjects(_) => {
            Err(Error::Internal(format!("a run does not write the rows of {}", derived.table.name)))
        }
    }
}

/// Fills a table from all rows of the day.
fn fill_from(
    unit: &mut dyn Unit,
    derived: &Derived<'_>,
    basis: &Basis<'_>,
    day: Date,
    context: &mut dyn LookUp,
) -> Result<u64> {
    let mut select = Query::select();
    select.from(basis.table_ref());
    day_is(&mut select, basis.table, day);
    select.cond_where(basis.conditions(&derived.select.conditions)?);
    let rows = Selected { basis, select, most: None };
    insert(unit, derived, day, rows, |from| basis.value(from), context)
}

/// The rows of a table about one subject, with all its columns but that of the subject: the first `limit` in the order
/// of the table, or all.
///
/// # Errors
/// If the rows of the table are not about subjects, or the database or the context cannot be read.
pub fn about(
    unit: &mut dyn Unit,
    derived: &Derived<'_>,
    (day, subject): (Date, &Subject),
    limit: Option<u64>,
    context: &mut dyn LookUp,
) -> Result<Vec<Vec<Value>>> {
    let Which::Subjects(columns) = &derived.select.which else {
        return Err(Error::Internal(format!("the rows of {} are not about subjects", derived.table.name)));
    };
    let basis = Basis::raw(unit.dialect(), derived.from);
    let mut select = Query::select();
    select.from(basis.table_ref());
    day_is(&mut select, derived.from, day);
    select.cond_where(basis.conditions(&derived.select.conditions)?);
    let columns = columns.iter().map(|column| &derived.from[*column]);
    let can_hold = columns.filter_map(|column| Some((column, subject.in_column(column.kind)?)));
    let holds = can_hold.map(|(column, value)| raw_column(&column.name).eq(value));
    match holds.reduce(|one, other| one.or(other)) {
        Some(holds) => select.and_where(holds),
        None => return Ok(Vec::new()),
    };
    let rows = Selected { basis: &basis, select, most: None };
    // On some engines the type of a sum is wider than any type of a table.
    let typed = derived.from.typed();
    let is_whole = |from: &Source| from.typed(&typed).is_some_and(|typed| typed.kind.is_whole());
    let value = |from: &Source| {
        let value = basis.value(from)?;
        Ok(if from.is_aggregate() && is_whole(from) { value.cast_as("bigint") } else { value })
    };
    let finished = finished(unit, derived, rows, limit, value, context)?;
    let found = unit.select(finished.select)?;
    finished.answers.map_or(Ok(()), |answers| answers.unstage(unit))?;
    Ok(found)
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
    Ok(session.select(of_day(table, day, table.names(&table.key)).limit(count).to_owned())?)
}

/// All columns of the rows of a day, sorted by the given columns.
pub fn of_day<'a>(table: &Table, day: Date, order: impl IntoIterator<Item = &'a str>) -> SelectStatement {
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
    table.partition_columns().iter().map(|column| column.name.clone()).zip(values).collect()
}

/// Keeps rows of `day` of the table with the alias `raw`.
fn day_is(select: &mut SelectStatement, table: &Table, day: Date) {
    select.cond_where(raw_is(&on(table, day)));
}

/// Whether a row of the table with the alias `raw` is of these days.
fn raw_is(days: &Days) -> Cond {
    days.condition_of(|name| (Alias::new(RAW), Alias::new(name)))
}

/// The rows that a table is made of: those of a statement without columns.
struct Selected<'a> {
    basis: &'a Basis<'a>,
    select: SelectStatement,
    most: Option<Most>,
}

/// The maximum number of rows with the same values, and which come first.
struct Most {
    most: u64,
    of: Vec<Expr>,
    first_by: Option<Expr>,
}

/// A statement that selects the columns of a table in order, and the answers that it joins.
struct Finished {
    select: SelectStatement,
    answers: Option<Answers>,
}

/// Inserts rows into a day of a table, and returns their number. `value` returns the SQL of each expression that the
/// database computes.
fn insert(
    unit: &mut dyn Unit,
    derived: &Derived<'_>,
    day: Date,
    rows: Selected<'_>,
    value: impl Fn(&Source) -> Result<Expr>,
    context: &mut dyn LookUp,
) -> Result<u64> {
    let table = derived.table;
    let finished = finished(unit, derived, rows, derived.select.limit, value, context)?;
    let columns: Vec<&str> = table.own_columns().iter().map(|column| column.name.as_str()).collect();
    let filled = unit.fill(&table.name, &columns, &on(table, day), finished.select);
    let filled = filled.map_err(|error| Error::of_sums(table, error))?;
    finished.answers.map_or(Ok(()), |answers| answers.unstage(unit))?;
    Ok(filled)
}

/// Adds the columns of a table to rows: computed by the database where it can, else joined; grouped, distinct, at most
/// so many for each key, the first of all.
fn finished(
    unit: &mut dyn Unit,
    derived: &Derived<'_>,
    Selected { basis, mut select, most }: Selected<'_>,
    limit: Option<u64>,
    value: impl Fn(&Source) -> Result<Expr>,
    context: &mut dyn LookUp,
) -> Result<Finished> {
    let table = derived.table;
    let own: Vec<_> = table.own_columns().iter().filter(|column| !column.from.is_subject()).collect();
    let others: Vec<&Source> =
        own.iter().map(|column| &column.from).filter(|from| !from.is_in_sql()).collect();
    let answers = match others.as_slice() {
        [] => None,
        others => Some(Answers::join(unit, basis, &mut select, others, context)?),
    };
    let value = |from: &Source| match answers.as_ref().and_then(|answers| answers.value(from)) {
        Some(answer) => Ok(answer),
        None => value(from),
    };
    // Groups and orders refer to these names: not every engine takes two expressions with bound values for the same
    // expression.
    let names: Vec<Alias> = (0..own.len()).map(|at| Alias::new(format!("flow_oa_{at}"))).collect();
    let is_grouped = table.is_grouped() || table.rows.are_rollup();
    for (column, name) in own.iter().zip(&names) {
        if is_grouped && !column.from.is_aggregate() {
            select.group_by_col(name.clone());
        }
        select.expr_as(value(&column.from)?, name.clone());
    }
    match most {
        Some(most) => select = at_most(select, &names, most, derived.select.distinct),
        None if derived.select.distinct => drop(select.distinct()),
        None => {}
    }
    if let Some(limit) = limit {
        let declared = derived.select.order.iter().map(|sorted| (&table[sorted.by].name, sorted.descending));
        let mut sorted: Vec<(&String, bool)> = Vec::new();
        for (by, descending) in declared.chain(own.iter().map(|column| (&column.name, false))) {
            if sorted.iter().all(|(earlier, _)| *earlier != by) {
                sorted.push((by, descending));
            }
        }
        for (by, descending) in sorted {
            let name = own.iter().zip(&names).find(|(column, _)| column.name == *by).map(|(_, name)| name);
            let order = if descending { Order::Desc } else { Order::Asc };
            if let Some(name) = name {
                select.order_by_with_nulls(name.clone(), order, NullOrdering::Last);
            }
        }
        select.limit(limit);
    }
    Ok(Finished { select, answers })
}

/// At most so many of the rows of `select` for each key: the first by time, then by the columns from left to right. Equal
/// rows count once if they are to be distinct.
fn at_most(
    mut select: SelectStatement,
    names: &[Alias],
    Most { most, of, first_by }: Most,
    distinct: bool,
) -> SelectStatement {
    let (rows, numbered) = (Alias::new("flow_oa_rows"), Alias::new("flow_oa_numbered"));
    let key: Vec<Alias> = (0..of.len()).map(|at| Alias::new(format!("flow_oa_key_{at}"))).collect();
    let (first, number) = (Alias::new("flow_oa_first"), Alias::new("flow_oa_number"));
    for (value, name) in of.into_iter().zip(&key) {
        select.expr_as(value, name.clone());
    }
    let mut window = WindowStatement::new();
    for name in &key {
        window.partition_by(name.clone());
    }
    if let Some(time) = first_by {
        let time = if distinct { Func::min(time).into() } else { time };
        select.expr_as(time, first.clone());
        window.order_by(first, Order::Asc);
    }
    for name in names {
        window.order_by_with_nulls(name.clone(), Order::Asc, NullOrdering::Last);
    }
    if distinct {
        select.add_group_by(names.iter().chain(&key).map(|name| Expr::col(name.clone())));
    }
    let mut ranked = Query::select();
    ranked
        .columns(names.iter().cloned())
        .expr_window_as(Func::cust(Alias::new("row_number")), window, number.clone())
        .from_subquery(select, rows);
    let mut few = Query::select();
    few.columns(names.iter().cloned()).from_subquery(ranked, numbered);
    few.and_where(Expr::col(number).lte(most));
    if distinct {
        few.distinct();
    }
    few
}

/// The SQL of an expression over the rows of a raw table with the alias that [`raw_table`] gives it.
///
/// # Errors
/// If the database cannot compute it.
pub fn computed(dialect: Dialect, raw: &Table, from: &Source) -> Result<Expr> {
    Basis::raw(dialect, raw).value(from)
}

/// A table with the alias `raw`.
pub fn raw_table(name: &str) -> TableRef {
    TableRef::from(Alias::new(name)).alias(Alias::new(RAW))
}

/// A column of the table with the alias `raw`.
pub fn raw_column(name: &str) -> Expr {
    Expr::col((Alias::new(RAW), Alias::new(name)))
}

const RAW: &str = "raw";

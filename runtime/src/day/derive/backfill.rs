//! Fills columns that were added to a table, for the rows that are stored: from other columns of the row, and from the
//! context of the site; or, for a table of selected rows, by selecting them again from the stored scores and raw rows.

use std::collections::BTreeSet;

use flow_oa_core::{Batch, Cell, Date, fail_point};
use flow_oa_files::Progress;
use flow_oa_schema::model::{ColumnId, Expr as Source, Pipeline, Table};
use sea_query::{Alias, Query, Value};

use super::answers::Answers;
use super::basis::Basis;
use super::completeness::rollups_on;
use super::computing::LookUp;
use super::rollup::days_of;
use super::{Derived, days_read, fill, of_day, on, raw_is, raw_table};
use flow_oa_engine::{Store, Transaction, Unit};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};

/// Fills columns of all rows of a table from the other columns of the row, and returns the number of rows.
///
/// # Errors
/// If the database or the context cannot be read, or the database cannot be changed.
pub fn fill_columns(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    table: &Table,
    columns: &[ColumnId],
    context: &mut dyn LookUp,
) -> Result<u64> {
    let computed: Vec<(&str, Source)> = columns
        .iter()
        .filter_map(|column| {
            Some((table[*column].name.as_str(), pipeline.from_row(table, *column, columns)?))
        })
        .collect();
    let dialect = unit.dialect();
    let basis = Basis::without(dialect, table, columns);
    let (in_sql, looked_up): (Vec<_>, Vec<_>) = computed.iter().partition(|(_, from)| from.is_in_sql());
    let mut rows = 0;
    if !in_sql.is_empty() {
        let mut update = Query::update();
        update.table(raw_table(&table.name));
        for (name, from) in in_sql {
            update.value(Alias::new(*name), basis.value(from)?);
        }
        rows = rows.max(unit.run(&update.into())?);
    }
    if !looked_up.is_empty() {
        let expressions: Vec<&Source> = looked_up.iter().map(|(_, from)| from).collect();
        let mut all = Query::select();
        all.from(basis.table_ref());
        let answers = Answers::join(unit, &basis, &mut all, &expressions, context)?;
        let mut update = Query::update();
        update.table(raw_table(&table.name)).from(Alias::new(answers.name()));
        update.cond_where(answers.of_row(&basis)?);
        for (name, from) in &looked_up {
            if let Some(answer) = answers.value(from) {
                update.value(Alias::new(*name), answer);
            }
        }
        rows = rows.max(unit.run(&update.into())?);
        answers.unstage(unit)?;
    }
    Ok(rows)
}

/// Does the same on an engine that cannot update rows, and whose rows of a day are replaced when they are published: each
/// day of the table is written again, in a unit of work of its own.
///
/// # Errors
/// As [`fill_columns`], and on an interrupt.
pub fn fill_days(
    store: &mut dyn Store,
    pipeline: &Pipeline,
    table: &Table,
    columns: &[ColumnId],
    context: &mut dyn LookUp,
    progress: &Progress,
) -> Result<()> {
    for day in days_of(store, std::iter::once(table))? {
        progress.go_on()?;
        in_transaction(store, Transaction::Latest, |unit| {
            fill_day(unit, pipeline, (table, day), columns, context)
        })?;
    }
    Ok(())
}

fn fill_day(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    (table, day): (&Table, Date),
    columns: &[ColumnId],
    context: &mut dyn LookUp,
) -> Result<()> {
    let value = |id: ColumnId| {
        let computed = if columns.contains(&id) { pipeline.from_row(table, id, columns) } else { None };
        computed.unwrap_or(Source::Column(id))
    };
    let values: Vec<Source> = table.ids().filter(|id| !table.is_partition(*id)).map(value).collect();
    let basis = Basis::without(unit.dialect(), table, columns);
    let mut select = Query::select();
    select.from(basis.table_ref()).cond_where(raw_is(&on(table, day)));
    let looked_up: Vec<&Source> = values.iter().filter(|from| !from.is_in_sql()).collect();
    let answers = match looked_up.as_slice() {
        [] => None,
        some => Some(Answers::join(unit, &basis, &mut select, some, context)?),
    };
    for from in &values {
        let answer = answers.as_ref().and_then(|answers| answers.value(from));
        select.expr(answer.map_or_else(|| basis.value(from), Ok)?);
    }
    let names: Vec<&str> = table.own_columns().iter().map(|column| column.name.as_str()).collect();
    unit.remove_all(&[(table.name.as_str(), on(table, day))], &table.name)?;
    unit.fill(&table.name, &names, &on(table, day), select)?;
    answers.map_or(Ok(()), |answers| answers.unstage(unit))
}

/// Selects the rows of some tables again, for each day that has scores and all raw rows that they refer to. Each day is a
/// transaction of its own. A day whose raw rows were removed since its run would lose rows: it stays as it is, with a
/// message in `kept`.
///
/// # Errors
/// If the database or the context cannot be read, the database cannot be changed, or on an interrupt.
pub fn derive_again(
    store: &mut dyn Store,
    pipeline: &Pipeline,
    tables: &[&Table],
    context: &mut dyn LookUp,
    progress: &Progress,
    kept: &mut Vec<String>,
) -> Result<()> {
    let Some(raw) = pipeline.raw_table() else { return Ok(()) };
    let scores = pipeline.scores_table();
    let days: BTreeSet<Date> = days_of(store, std::iter::once(scores))?;
    let stored: BTreeSet<Date> = days_of(store, std::iter::once(raw))?;
    let days: Vec<Date> = days.intersection(&stored).copied().collect();
    progress.start(days.len() as u64);
    for day in &days {
        progress.go_on()?;
        kept.extend(derive_day(store, pipeline, tables, (*day, &stored), context)?);
        progress.add_bytes(1);
    }
    Ok(())
}

fn derive_day(
    store: &mut dyn Store,
    pipeline: &Pipeline,
    tables: &[&Table],
    (day, stored): (Date, &BTreeSet<Date>),
    context: &mut dyn LookUp,
) -> Result<Option<String>> {
    let (scores, Some(raw)) = (pipeline.scores_table(), pipeline.raw_table()) else { return Ok(None) };
    let mut fewer = None;
    let done = in_transaction(store, Transaction::Latest, |unit| {
        let scored = StoredRows::of(unit.select(of_day(scores, day, scores.names(&scores.key)))?);
        // Without all raw rows that the day was selected from, rows would be lost.
        let read = days_read(pipeline, day, &scored)?;
        if !read.iter().all(|(_, days)| stored.iter().any(|stored| on(raw, *stored) == *days)) {
            return Ok(());
        }
        let rollups = rollups_on(unit, pipeline, day)?;
        let removed: Vec<_> = tables.iter().map(|table| (table.name.as_str(), on(table, day))).collect();
        let last = tables.last().map_or("", |table| table.name.as_str());
        let before = unit.remove_all(&removed, last)?;
        for (table, before) in tables.iter().zip(before) {
            if let Some(derived) = Derived::of(pipeline, table) {
                let selected = fill(unit, &rollups, &derived, (day, &scored), context)?;
                if selected < before {
                    let message = format!(
                        "{} of {day} stays as it is, without values in new columns: {before} rows are stored, and the raw \
                         rows of today give {selected}",
                        table.name
                    );
                    fewer = Some(message.clone());
                    return Err(Error::Internal(message));
                }
                fail_point!("migrate-derived");
            }
        }
        Ok(())
    });
    // The transaction was rolled back.
    if fewer.is_some() { Ok(fewer) } else { done.map(|()| None) }
}

/// Rows that were read from a table, with all its columns in order.
struct StoredRows(Vec<Vec<StoredCell>>);

/// A value of such a row.
enum StoredCell {
    Int(i64),
    Real(f64),
    Text(String),
    Null,
}

impl StoredRows {
    fn of(rows: Vec<Vec<Value>>) -> Self {
        let cell = |value| match value {
            Value::BigInt(Some(number)) => StoredCell::Int(number),
            Value::Double(Some(number)) => StoredCell::Real(number),
            Value::String(Some(text)) => StoredCell::Text(text),
            _ => StoredCell::Null,
        };
        Self(rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect())
    }
}

impl Batch for StoredRows {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        let cell = |cell: &'a StoredCell| match cell {
            StoredCell::Int(number) => Cell::Int(*number),
            StoredCell::Real(number) => Cell::Real(*number),
            StoredCell::Text(text) => Cell::Text(text),
            StoredCell::Null => Cell::Null,
        };
        out.extend(self.0.get(index).into_iter().flatten().map(cell));
    }
}

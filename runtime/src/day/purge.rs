//! Removes old days from the tables: selected by the partition columns, removed in one transaction.

use std::path::Path;

use flow_oa_core::Date;
use flow_oa_schema::model::Table;

use crate::day::derive;
use crate::day::ingest::room::forget_freed_rows;
use crate::day::named_tables;
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_files::Progress;
use flow_oa_ledger::history::{Changed, Entry, Locking, recorded};
use flow_oa_ledger::rows::{self, raw_rows_of};
use flow_oa_site::Result;
use flow_oa_site::deployment::Chosen;
use flow_oa_site::engines::in_transaction;

/// Rows of old days of a table, before or after their removal.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Old {
    /// The name of the table.
    pub table: String,
    /// The number of rows.
    pub rows: u64,
}

/// The tables from which old days are removed: those in `named`, or, if it is empty, the raw table, its rollups and the
/// tables that runs write. The raw table and its rollups are always purged together.
///
/// # Errors
/// If a name is not that of a table, or the table cannot be purged by name.
pub fn tables<'a>(session: &dyn Session, chosen: Chosen<'a>, named: &[String]) -> Result<Vec<&'a Table>> {
    let dialect = session.dialect();
    let all = chosen.model.tables.iter().filter(|table| dialect.has(table) && table.partition.columns > 0);
    named_tables::require(chosen.model, all.clone(), named, "goes")?;
    let is_meant = |table: &&Table| {
        let by = if table.rows.are_rollup() { chosen.model.base(table) } else { *table };
        named.contains(&by.name) || (named.is_empty() && !table.rows.are_analysts())
    };
    Ok(all.filter(is_meant).collect())
}

/// The number of rows of days before `before` in each table.
///
/// # Errors
/// If the database cannot be read.
pub fn count(session: &mut dyn Session, tables: &[&Table], before: Date) -> Result<Vec<Old>> {
    let one = |table: &&Table| {
        let rows = session.count(&table.name, &derive::before(table, before))?;
        Ok(Old { table: table.name.clone(), rows })
    };
    tables.iter().map(one).collect()
}

/// Removes the days before `before` from `tables` and from the ledger, and returns the removed rows by table. `folder`
/// is that of the pipeline's files.
///
/// # Errors
/// If the database cannot be written. Then nothing but the history is changed.
pub fn purge(
    store: &mut dyn Store,
    chosen: Chosen<'_>,
    tables: &[&Table],
    before: Date,
    folder: &Path,
    progress: &Progress,
) -> Result<Vec<Old>> {
    recorded(store, Entry::new("purge", chosen).of_day(before), |store, entry| {
        entry.begin(store, Locking::Own(folder))?;
        in_transaction(store, Transaction::Latest, |unit| {
            unit.lock(&raw_rows_of(&chosen.model.name))?;
            take_out(unit, chosen, tables, before, entry, progress)
        })
    })
}

fn take_out(
    unit: &mut dyn Unit,
    chosen: Chosen<'_>,
    tables: &[&Table],
    before: Date,
    entry: &mut Entry,
    progress: &Progress,
) -> Result<Vec<Old>> {
    let (pipeline, mut gone) = (&chosen.model.name, Vec::new());
    for table in tables {
        progress.go_on()?;
        let start = std::time::Instant::now();
        let rows = unit.remove(&table.name, &derive::before(table, before))?;
        if table.rows.are_raw() {
            rows::forget_days_before(unit, pipeline, before)?;
            forget_freed_rows(unit, pipeline, table)?;
            derive::forget_marks_before(unit, chosen.model, table, before)?;
        }
        entry.found.changed.push(Changed {
            table: table.name.clone(),
            day: before.to_string(),
            stored: 0,
            removed: rows,
            seconds: Some(start.elapsed().as_secs_f64()),
        });
        gone.push(Old { table: table.name.clone(), rows });
    }
    entry.done(unit)?;
    progress.go_on()?;
    Ok(gone)
}

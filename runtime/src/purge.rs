//! Old days out of the tables: found by the columns of their partitions, taken out in one transaction.

use std::path::Path;

use flow_oa_core::Date;
use flow_oa_schema::model::{Rows, Table};
use flow_oa_schema::names::nearest;
use sea_query::{Alias, Cond, Expr, ExprTrait, Query};

use crate::deployment::Chosen;
use crate::derive::day_values;
use crate::engine::{Engine, dialect_of, in_transaction};
use crate::error::{Error, Result};
use crate::history::{Changed, Entry, Locking};
use crate::ingest::room::forget_freed_rows;
use crate::ledger::{self, whole};
use crate::progress::Progress;

/// Rows of a table that are, or were, of old days.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Old {
    /// The table.
    pub table: String,
    /// Its rows.
    pub rows: u64,
}

/// The tables to take old days out of: those of `named`, or, where none is named, the raw table, its rollups and
/// what runs write. The raw table never goes without its rollups, nor they without it.
///
/// # Errors
/// Where a name is of no table, or of one that cannot be meant.
pub fn tables<'a>(engine: &dyn Engine, chosen: Chosen<'a>, named: &[String]) -> Result<Vec<&'a Table>> {
    let (dialect, _) = dialect_of(engine)?;
    let all = || chosen.model.tables.iter().filter(|it| dialect.has(it) && !it.partition.columns.is_empty());
    for name in named {
        match all().find(|it| it.name == *name).map(|it| &it.rows) {
            None => {
                let meant = nearest(name, all().map(|it| it.name.as_str()));
                let meant = meant.map(|it| format!("; did you mean {it}?")).unwrap_or_default();
                return Err(Error::Usage(format!("--table: there is no table {name:?} with days{meant}")));
            }
            Some(Rows::Rollup(rollup)) => {
                return Err(Error::Usage(format!(
                    "--table: {name} sums up {raw}, and goes with it: --table {raw}",
                    raw = rollup.raw
                )));
            }
            Some(_) => {}
        }
    }
    let is_meant = |table: &&Table| match &table.rows {
        Rows::Rollup(rollup) => named.is_empty() || named.contains(&rollup.raw),
        Rows::Analyst => named.contains(&table.name),
        _ => named.is_empty() || named.contains(&table.name),
    };
    Ok(all().filter(is_meant).collect())
}

/// How many rows of days before `before` each table has.
///
/// # Errors
/// Where the database cannot say.
pub fn count(engine: &mut dyn Engine, tables: &[&Table], before: Date) -> Result<Vec<Old>> {
    let one = |table: &&Table| {
        let query = Query::select()
            .expr(Expr::cust("count(*)"))
            .from(Alias::new(&table.name))
            .cond_where(is_before(table, before))
            .to_owned();
        let rows = engine.select(query)?.first().and_then(|row| whole(&row[0])).unwrap_or_default();
        Ok(Old { table: table.name.clone(), rows: u64::try_from(rows).unwrap_or_default() })
    };
    tables.iter().map(one).collect()
}

/// Takes the days before `before` out of `tables` and out of the ledger, and gives what went. `folder` is that
/// of the pipeline's files.
///
/// # Errors
/// Where the database cannot be written; nothing but the history is changed then.
pub fn purge(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    tables: &[&Table],
    before: Date,
    folder: &Path,
    progress: &Progress,
) -> Result<Vec<Old>> {
    let mut entry = Entry::new("purge", chosen).of_day(before);
    let done = entry.begin(engine, Locking::Own(folder)).and_then(|_| {
        in_transaction(engine, |it| take_out(it, chosen, tables, before, &mut entry, progress))
    });
    if let Err(error) = &done {
        entry.failed(engine, error);
    }
    done
}

fn take_out(
    engine: &mut dyn Engine,
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
        let delete = Query::delete()
            .from_table(Alias::new(&table.name))
            .cond_where(is_before(table, before))
            .to_owned();
        let rows = engine.run(&delete.into())?;
        if matches!(table.rows, Rows::Ingest) {
            ledger::forget_days_before(engine, pipeline, before)?;
            forget_freed_rows(engine, pipeline, table)?;
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
    entry.done(engine)?;
    progress.go_on()?;
    Ok(gone)
}

/// Rows of days before `before`: an earlier year, or an earlier month of its year, or an earlier day of its
/// month. Written out, since not every engine compares rows of values.
fn is_before(table: &Table, before: Date) -> Cond {
    let mut any = Cond::any();
    let mut same: Vec<Expr> = Vec::new();
    for (name, value) in day_values(table, before) {
        let column = || Expr::col(Alias::new(name));
        let all = same.iter().cloned().fold(Cond::all(), Cond::add);
        any = any.add(all.add(column().lt(value)));
        same.push(column().eq(value));
    }
    any
}

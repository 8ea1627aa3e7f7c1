//! Creates the tables of a schema in a database, adds columns to existing tables, and fills rollups for stored days.

use flow_oa_core::fail_point;
use flow_oa_engine::{Store, Transaction};
use flow_oa_files::Progress;
use flow_oa_schema::model::{Column, Schema, Table};

use crate::day::derive::{self, ComparedDays, Completed};
use flow_oa_ledger::structure::{Difference, all_tables, differences, refusal, remedy};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};

/// The changes of existing tables that the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Add missing columns.
    pub add_columns: bool,
    /// Change columns of whole numbers that are narrower than in the schema.
    pub widen: bool,
}

/// The outcome of [`init`].
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Made {
    /// The tables and columns that were created.
    #[serde(flatten)]
    pub applied: Applied,
    /// The rollups whose days were compared.
    pub rollups: Vec<Completed>,
}

/// Creates what is missing, then compares and fills rollups, each day in a transaction of its own.
///
/// # Errors
/// Those of [`apply`] and [`derive::complete_rollups`], with what was done before them.
pub fn init(
    store: &mut dyn Store,
    schema: &Schema,
    changes: &Changes,
    which: ComparedDays,
    progress: &Progress,
) -> Result<Made> {
    let applied = apply(store, schema, changes)?;
    let mut made = Made { applied, rollups: Vec::new() };
    let completed = derive::complete_rollups(store, schema, which, progress, &mut made.rollups);
    match completed {
        Ok(()) => Ok(made),
        Err(error) => match made.in_words() {
            Some(done) => Err(error.after(&done)),
            None => Err(error.unchanged()),
        },
    }
}

impl Made {
    /// A text that names what lasts if a later step fails; `None` if there is nothing.
    fn in_words(&self) -> Option<String> {
        let Applied { tables, columns, widened, warnings: _ } = &self.applied;
        let has_tables = !tables.is_empty() || !columns.is_empty() || !widened.is_empty();
        let filled: u64 = self.rollups.iter().map(|it| it.filled).sum();
        let tables = has_tables.then(|| "the tables are made".to_owned());
        let rollups = (filled > 0).then(|| format!("rollups filled: {filled} days"));
        let done: Vec<String> = tables.into_iter().chain(rollups).collect();
        (!done.is_empty()).then(|| format!("{}; the same command again continues", done.join(", ")))
    }
}

/// The outcome of [`apply`].
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Applied {
    /// The tables that were created.
    pub tables: Vec<String>,
    /// The columns that were added, as `table.column`.
    pub columns: Vec<String>,
    /// The columns whose type was changed, as `table.column`.
    pub widened: Vec<String>,
    /// Differences that are harmless.
    pub warnings: Vec<String>,
}

/// Creates the missing tables and makes the requested changes: all in one transaction, or nothing.
///
/// # Errors
/// If an existing table has other columns, or the engine cannot make a requested change. Then nothing is changed.
pub fn apply(store: &mut dyn Store, schema: &Schema, changes: &Changes) -> Result<Applied> {
    let (dialect, place) = (store.dialect(), store.place().clone());
    in_transaction(store, Transaction::Latest, |unit| {
        unit.make_database()?;
        let mut applied = Applied::default();
        let (mut serious, mut added) = (Vec::new(), Vec::new());
        let tables = all_tables(schema, dialect);
        for difference in differences(unit, &tables)? {
            match &difference {
                Difference::TableMissing { table } => {
                    if let Some(table) = tables.iter().find(|found| found.name == *table) {
                        unit.script(&dialect.create(table, &place))?;
                        fail_point!("init-table");
                    }
                    applied.tables.push(table.clone());
                }
                Difference::ColumnMissing { table, column, .. } if changes.add_columns => {
                    if let Some((table, column)) = find(&tables, table, column) {
                        unit.script(&dialect.add_column(table, column, &place))?;
                        fail_point!("init-column");
                    }
                    applied.columns.push(format!("{table}.{column}"));
                    added.push(table.clone());
                }
                Difference::Narrower { table, column, .. } if changes.widen => {
                    let known = find(&tables, table, column);
                    let widen = known.and_then(|(table, column)| dialect.widen(table, column, &place));
                    let widen = widen.ok_or_else(|| not_widened(&difference))?;
                    unit.script(&widen)?;
                    fail_point!("init-widened");
                    applied.widened.push(format!("{table}.{column}"));
                }
                it if it.is_harmless() => applied.warnings.push(it.to_string()),
                _ => serious.push(difference),
            }
        }
        for table in tables.iter().filter(|table| added.contains(&table.name)) {
            if let Some(view) = dialect.renew_view(table, &place) {
                unit.script(&view)?;
            }
        }
        let changed = |table: &&Table| applied.tables.contains(&table.name) || added.contains(&table.name);
        let is_rollup = |table: &&Table| table.rows.are_rollup();
        derive::forget_marks(unit, &tables.iter().filter(is_rollup).filter(changed).collect::<Vec<_>>())?;
        fail_point!("init-done");
        if serious.is_empty() {
            return Ok(applied);
        }
        Err(refusal(unit.url(), &serious, remedy(&serious)))
    })
}

fn not_widened(difference: &Difference) -> Error {
    Error::Usage(format!(
        "--widen: {difference}; this database keeps the types of existing tables. New tables get those of the schema"
    ))
}

fn find<'a>(tables: &'a [Table], table: &str, column: &str) -> Option<(&'a Table, &'a Column)> {
    let table = tables.iter().find(|found| found.name == table)?;
    Some((table, table.column(column)?))
}

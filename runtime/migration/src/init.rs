//! Creates the tables of a schema in a database, adds columns to existing tables, and fills rollups for stored days.

use flow_oa_core::fail_point;
use flow_oa_engine::{Store, Transaction};
use flow_oa_files::Progress;
use flow_oa_ledger::schemas;
use flow_oa_ledger::structure::{Difference, all_tables, differences, refusal, remedy};
use flow_oa_runtime::day::derive::{self, ComparedDays, Completed, NoContext};
use flow_oa_schema::model::{Schema, Table};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};

use crate::apply::{CHECK, apply};
use crate::compare::compare;
use crate::plan::{Plan, Scope, plan};

/// The changes of existing tables that the user wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Add missing columns.
    pub add_columns: bool,
    /// Change columns whose type is narrower than in the schema.
    pub widen: bool,
}

/// The outcome of [`init`].
#[derive(Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Made {
    /// The tables that were created.
    pub tables: Vec<String>,
    /// The columns that were added, as `table.column`.
    pub columns: Vec<String>,
    /// The columns whose type was changed, as `table.column`.
    pub widened: Vec<String>,
    /// Differences that are harmless.
    pub warnings: Vec<String>,
    /// The rollups whose days were compared.
    pub rollups: Vec<Completed>,
}

/// Creates what is missing and makes the requested changes, then compares and fills rollups, each day in a transaction of
/// its own.
///
/// # Errors
/// If an existing table differs in other ways, or the database cannot be changed; with what was done before.
pub fn init(
    store: &mut dyn Store,
    schema: &Schema,
    changes: Changes,
    which: ComparedDays,
    progress: &Progress,
) -> Result<Made> {
    let mut made = Made::default();
    if changes != Changes::default() {
        change(store, schema, changes, &mut made, progress)?;
    }
    create(store, schema, &mut made).map_err(|error| made.after(error).checked_by(CHECK))?;
    let is_rollup = |name: &String| {
        let table = name.split('.').next();
        schema.tables().any(|other| other.rows.are_rollup() && Some(other.name.as_str()) == table)
    };
    // A mark of a day says nothing of a column that was added since.
    let which = if made.columns.iter().any(is_rollup) { ComparedDays::All } else { which };
    let completed = derive::complete_rollups(store, schema, which, progress, &mut made.rollups);
    let kept = completed.map_err(|error| made.after(error).checked_by(CHECK))?;
    made.warnings.extend(kept);
    Ok(made)
}

/// Makes the requested changes of existing tables.
fn change(
    store: &mut dyn Store,
    schema: &Schema,
    Changes { add_columns, widen }: Changes,
    made: &mut Made,
    progress: &Progress,
) -> Result<()> {
    let scope = Scope::Only { columns: add_columns, widening: widen };
    let comparison = compare(store, schema).map_err(Error::unchanged)?;
    let plan = plan(store, schema, &comparison, scope).map_err(Error::unchanged)?;
    if let Some(obstacle) = plan.obstacles.first() {
        return Err(Error::Configuration(obstacle.clone()).unchanged());
    }
    apply(store, schema, (&plan, scope), &mut NoContext, progress)?;
    let Plan { created, columns, widened, .. } = plan;
    (made.tables, made.columns, made.widened) = (created, columns, widened);
    Ok(())
}

/// Creates the missing tables, all in one transaction.
///
/// # Errors
/// If an existing table differs from the schema. Then nothing is changed.
pub fn create(store: &mut dyn Store, schema: &Schema, made: &mut Made) -> Result<()> {
    let (dialect, place) = (store.dialect(), store.place().clone());
    let tables = all_tables(schema, dialect);
    let created = in_transaction(store, Transaction::Latest, |unit| {
        unit.make_database()?;
        let mut serious = Vec::new();
        let mut created = Vec::new();
        for difference in differences(unit, &tables)? {
            match &difference {
                Difference::TableMissing { table } => {
                    if let Some(table) = tables.iter().find(|found| found.name == *table) {
                        unit.script(&dialect.create(table, &place))?;
                        fail_point!("init-table");
                        created.push(table);
                    }
                }
                it if it.is_harmless() => made.warnings.push(it.to_string()),
                _ => serious.push(difference),
            }
        }
        if !serious.is_empty() {
            return Err(refusal(unit.url(), &serious, remedy(&serious)));
        }
        let is_rollup = |table: &&&Table| table.rows.are_rollup();
        derive::forget_marks(unit, &created.iter().filter(is_rollup).copied().collect::<Vec<_>>())?;
        schemas::require(unit)?;
        schemas::record(unit, &schema.fingerprint)?;
        fail_point!("init-done");
        Ok(created)
    })?;
    made.tables.extend(created.iter().map(|table| table.name.clone()));
    Ok(())
}

impl Made {
    /// An error after what lasts of this.
    fn after(&self, error: Error) -> Error {
        let has_tables = !self.tables.is_empty() || !self.columns.is_empty() || !self.widened.is_empty();
        let filled: u64 = self.rollups.iter().map(|it| it.filled).sum();
        let tables = has_tables.then(|| "the tables are made".to_owned());
        let rollups = (filled > 0).then(|| format!("rollups filled: {filled} days"));
        let done: Vec<String> = tables.into_iter().chain(rollups).collect();
        match done.is_empty() {
            true => error.unchanged(),
            false => error.after(&format!("{}; the same command again continues", done.join(", "))),
        }
    }
}

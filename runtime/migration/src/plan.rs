//! Plans the changes that make a database fit a schema: in which order, with which locks, and what they rewrite. A plan
//! follows from the state of the database alone, so that a migration that was stopped is planned again from where it
//! stopped.
//!
//! # Decisions
//!
//! - **SQLite alters what it can and rebuilds the other tables**, all in one transaction.
//! - **PostgreSQL changes its catalog in one transaction** that waits for locks for a short time only. What reads many
//!   rows and needs no exclusive lock follows, each step by itself: constraints are checked, indexes are built, and values
//!   are computed.
//! - **The Hive family adds columns at the end and rebuilds the other tables**: a table beside the old one is filled
//!   partition by partition, compared with it, and then takes its name. The old table stays until it is dropped with
//!   `--drop-old`. Impala finds columns by their position, so that it can rename them in place.
//! - **Tables of another program are migrated like those of an earlier schema.** In the Hive family, plain rows become a
//!   log, and a day that would be lost or merged with another is an obstacle.
//! - **Derived tables and rollups are filled for the stored days** if they are new or have new columns. Until a rollup is
//!   summed up, no mark says that it holds a day, so that runs read raw rows in its place.
//! - **Nothing that only the database has is dropped**, unless the schema lists it as dropped. Rows with columns of others
//!   are not selected again, and neither is a day that would have fewer rows than before.

mod fills;
mod hive;
mod obstacles;
mod postgres;
mod sqlite;
mod steps;

pub use steps::{Lock, Phase, Plan, Scope, Step, Work};

use flow_oa_engine::Session;
use flow_oa_ledger::schemas::State;
use flow_oa_schema::dialect::changes::Fit;
use flow_oa_schema::dialect::{Dialect, Place};
use flow_oa_schema::model::{Column, Rows, Schema, Table};
use flow_oa_site::{Error, Result};
use sea_query::{Value, Values};

use crate::compare::Comparison;
use crate::difference::{Difference, Differing, OfColumn};

/// Plans the changes.
///
/// # Errors
/// If the database cannot be read.
pub fn plan(
    session: &mut dyn Session,
    schema: &Schema,
    comparison: &Comparison,
    scope: Scope,
) -> Result<Plan> {
    let (dialect, place) = (session.dialect(), session.place().clone());
    let plan = Plan { has_transaction: dialect.capabilities().transactions, ..Plan::default() };
    let existing = &comparison.existing;
    let state = &comparison.state;
    let mut planner =
        Planner { session, dialect, place, schema, existing, state, scope, leaves_some: false, plan };
    let mut ordered: Vec<&Differing> = comparison.tables.iter().collect();
    // The program's own tables record the steps.
    ordered.sort_by_key(|differing| differing.table.rows != Rows::Program);
    for differing in ordered {
        let wanted = scope.of(differing);
        planner.leaves_some = wanted.changed() < differing.changed();
        planner.both_names(&wanted);
        if !wanted.differences.iter().all(Difference::is_foreign) {
            planner.table(&wanted)?;
        }
    }
    if let Scope::All { drops_old } = scope {
        for table in &comparison.dropped {
            planner.drop_table(table)?;
        }
        if comparison.state.fingerprint != schema.fingerprint {
            planner.hidden_sizes(comparison)?;
        }
        planner.derived(comparison)?;
        if drops_old {
            planner.drop_old(&comparison.beside)?;
        }
        planner.resume();
    }
    planner.plan.steps.sort_by_key(|step| step.phase);
    Ok(planner.plan)
}

/// A plan in the making.
struct Planner<'a> {
    session: &'a mut dyn Session,
    dialect: Dialect,
    place: Place,
    schema: &'a Schema,
    /// All tables and views of the database.
    existing: &'a [String],
    /// What the database says of its structure.
    state: &'a State,
    scope: Scope,
    /// Whether the scope leaves out some changes of the table.
    leaves_some: bool,
    plan: Plan,
}

impl Planner<'_> {
    fn table(&mut self, differing: &Differing) -> Result<()> {
        self.obstacles(differing)?;
        let table = &differing.table;
        if differing.found.is_none() {
            self.plan.created.push(table.name.clone());
        }
        for (id, change) in differing.columns() {
            let name = || format!("{}.{}", table.name, table[id].name);
            match change {
                OfColumn::Missing => self.plan.columns.push(name()),
                OfColumn::Type { fit: Fit::Wider, .. } => self.plan.widened.push(name()),
                OfColumn::Type { fit: Fit::Narrower, .. }
                | OfColumn::Renamed { .. }
                | OfColumn::Required(_)
                | OfColumn::Position
                | OfColumn::Description { .. } => {}
            }
        }
        match self.dialect {
            Dialect::Sqlite => self.sqlite(differing)?,
            Dialect::Postgres => self.postgres(differing)?,
            Dialect::Impala => self.hive(differing)?,
        }
        self.forget_sums(differing);
        match self.scope {
            Scope::All { .. } => self.fill(differing),
            Scope::Only { .. } => Ok(()),
        }
    }

    fn step(&mut self, what: String, statements: Vec<String>, lock: Lock) -> &mut Step {
        let (phase, lock) = match self.dialect {
            // There is one lock, on the whole file, and readers do not wait for it until the commit.
            Dialect::Sqlite => (Phase::Together, Lock::Writers),
            Dialect::Postgres => (Phase::Together, lock),
            Dialect::Impala => (Phase::Alone, lock),
        };
        self.plan.steps.push(Step {
            what,
            work: Work::Sql(statements),
            lock,
            rewrites: None,
            loses: None,
            changes: Vec::new(),
            phase,
        });
        let last = self.plan.steps.len() - 1;
        &mut self.plan.steps[last]
    }

    fn create(&mut self, table: &Table) {
        let mut statements = vec![self.dialect.create(table, &self.place)];
        if table.rows.are_rollup() {
            // An earlier table of this name may have left them.
            statements.push(self.dialect.forget_sums(&table.name, &self.place));
        }
        let step = self.step(format!("create the table {}", table.name), statements, Lock::None);
        if table.rows == Rows::Program {
            // Steps are recorded in these tables.
            step.phase = Phase::Together;
        }
    }

    /// Whether a table can be rebuilt, which makes all of its changes; else that is an obstacle.
    fn can_rebuild(&mut self, table: &Table) -> bool {
        if self.leaves_some {
            self.plan.obstacles.push(format!(
                "{}: the table must be rebuilt, and other changes would be made with it; make them all with `flow-oa migrate`",
                table.name
            ));
        }
        !self.leaves_some
    }

    /// What the step of a rename says.
    fn rename_table(&mut self, differing: &Differing) {
        let (from, to) = (&differing.name, &differing.table.name);
        let stored = |name: &str| self.dialect.stored_as(&differing.table, name);
        let statement = self.dialect.rename_table(&stored(from), &stored(to), &self.place);
        self.step(format!("rename the table {from} to {to}"), vec![statement], Lock::All);
    }

    fn rename_column(&mut self, table: &Table, column: &Column, was: &str) {
        let stored = self.dialect.stored_name(table);
        let statement = self.dialect.rename_column(&stored, was, column, &self.place);
        let what = format!("rename the column {}.{was} to {}", table.name, column.name);
        self.step(what, vec![statement], Lock::All);
    }

    /// Gives the indexes of a renamed table new names, too: another table may get the old ones.
    fn rename_indexes(&mut self, differing: &Differing) {
        let table = &differing.table;
        let named = differing.indexes_with_earlier_names().into_iter();
        let statements: Vec<String> =
            named.flat_map(|(name, at)| self.dialect.rename_index(name, table, at, &self.place)).collect();
        if !statements.is_empty() {
            self.step(format!("rename the indexes of {}", table.name), statements, Lock::All);
        }
    }

    fn add_column(&mut self, table: &Table, column: &Column) {
        let statement = self.dialect.add_column(table, column, &self.place);
        self.step(format!("add the column {}.{}", table.name, column.name), vec![statement], Lock::All);
    }

    fn drop_column(&mut self, table: &Table, column: &str) {
        let statement = self.dialect.drop_column(&table.name, column, &self.place);
        let step = self.step(format!("drop the column {}.{column}", table.name), vec![statement], Lock::All);
        step.loses = Some("its values".to_owned());
    }

    fn drop_table(&mut self, table: &str) -> Result<()> {
        for found in self.session.described(&[table], &[])?.into_iter().flatten() {
            for dependent in found.dependents {
                self.plan.obstacles.push(format!(
                    "{table}: the table is to be dropped, and {dependent} depends on it; drop that, and migrate again"
                ));
            }
        }
        let rows = self.number(&self.dialect.count_where(table, "1 = 1", &self.place))?;
        let statements = self.dialect.drop_table(table, self.existing, &self.place);
        let step = self.step(format!("drop the table {table}"), statements, Lock::All);
        step.loses = Some(format!("its {rows} rows"));
        Ok(())
    }

    /// Whether the database has a table or view of this name.
    fn exists(&self, name: &str) -> bool {
        self.existing.iter().any(|found| found.eq_ignore_ascii_case(name))
    }

    fn descriptions(&mut self, differing: &Differing) {
        let table = &differing.table;
        let is_of_table = |it: &Difference| matches!(it, Difference::Description { .. });
        let mut statements = Vec::new();
        if differing.differences.iter().any(is_of_table) {
            statements.push(self.dialect.comment_on_table(table, &self.place));
        }
        let is_of_column = |change: &OfColumn| matches!(change, OfColumn::Description { .. });
        let columns = differing.columns().filter(|(_, change)| is_of_column(change));
        statements
            .extend(columns.map(|(id, _)| self.dialect.comment_on_column(table, &table[id], &self.place)));
        if !statements.is_empty() {
            self.step(format!("store the descriptions of {}", table.name), statements, Lock::None);
        }
    }

    fn renew_view(&mut self, table: &Table) {
        if let Some(statements) = self.dialect.renew_view(table, &self.place) {
            self.step(format!("define the view of {} again", table.name), vec![statements], Lock::All);
        }
    }

    /// The number that a query returns.
    fn number(&mut self, sql: &str) -> Result<u64> {
        let rows = self.session.query(sql, &Values(Vec::new()))?;
        match rows.first().and_then(|row| row.first()) {
            Some(Value::BigInt(Some(number))) => Ok(number.unsigned_abs()),
            _ => Err(Error::Internal(format!("the query gave no number: {sql}"))),
        }
    }

    /// The number of rows of a table that are to be written again.
    fn rows_of(&mut self, differing: &Differing) -> Result<u64> {
        if let Some(rows) = differing.found.as_ref().and_then(|found| found.rows) {
            return Ok(rows);
        }
        let stored = differing.stored(self.dialect);
        self.number(&self.dialect.count_where(&stored, "1 = 1", &self.place))
    }
}

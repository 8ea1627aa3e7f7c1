//! Carries out a plan. Each step is recorded, and a migration that was stopped goes on with what its plan still contains.

use std::collections::{BTreeMap, BTreeSet};

use flow_oa_core::fail_point;
use flow_oa_core::value::unquoted;
use flow_oa_engine::{EngineError, Session, Store, Transaction, Unit};
use flow_oa_files::Progress;
use flow_oa_ledger::schemas::{self, Recorded};
use flow_oa_runtime::day::derive::{self, ComparedDays, LookUp};
use flow_oa_schema::model::{ColumnId, Pipeline, Schema, Table};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};
use sea_query::{Value, Values};

use crate::compare::compare;
use crate::plan::{Phase, Plan, Scope, Step, Work, plan};
use crate::unseen::recorded;

/// What a migration did.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Applied {
    /// The number of the migration; `None` if there was nothing to do.
    pub migration: Option<i64>,
    /// The steps that were done, in order.
    pub steps: Vec<String>,
    /// Days whose rows were not computed again, each with the reason.
    pub kept: Vec<String>,
}

/// How to find out whether a change was stored.
pub(crate) const CHECK: &str = "`flow-oa diff` shows it, and the same command again is safe";

/// The name that a migration claims, so that it is the only one.
const LOCK: &str = "migration";

/// Carries out the plan that the user agreed to.
///
/// # Errors
/// If the database now needs another plan, or a step fails; with what was done before it.
pub fn apply(
    store: &mut dyn Store,
    schema: &Schema,
    (agreed, scope): (&Plan, Scope),
    context: &mut dyn LookUp,
    progress: &Progress,
) -> Result<Applied> {
    if let Some(claims) = store.claims()
        && !claims.claim(LOCK).map_err(|error| Error::from(error).unchanged())?
    {
        let message = format!(
            "another migration of the database {} is running; try again when it is done",
            store.url()
        );
        return Err(Error::Locked(message).unchanged());
    }
    let done =
        without_references(store, |store| apply_claimed(store, schema, (agreed, scope), context, progress));
    if let Some(claims) = store.claims() {
        claims.release(LOCK);
    }
    done.map_err(|error| error.checked_by(CHECK))
}

/// Does the work while no table that refers to a rebuilt one follows its rows.
fn without_references(
    store: &mut dyn Store,
    work: impl FnOnce(&mut dyn Store) -> Result<Applied>,
) -> Result<Applied> {
    let Some([before, after]) = store.dialect().without_references() else { return work(store) };
    store.run_alone(before).map_err(|error| Error::from(error).unchanged())?;
    let done = work(store)?;
    // After an error the program ends, and the setting with its connection.
    store.run_alone(after).map_err(|error| match done.steps.len() {
        0 => Error::from(error).unchanged(),
        steps => Error::from(error).after(&format!("all {steps} steps of the migration are done")),
    })?;
    Ok(done)
}

fn apply_claimed(
    store: &mut dyn Store,
    schema: &Schema,
    (agreed, scope): (&Plan, Scope),
    context: &mut dyn LookUp,
    progress: &Progress,
) -> Result<Applied> {
    let mut migration = Migration { schema, applied: Applied::default(), fingerprint: &schema.fingerprint };
    let plan = migration.begin(store, (agreed, scope), context)?;
    let total = plan.steps.len();
    for (at, step) in plan.steps.iter().enumerate().filter(|(_, step)| step.phase == Phase::Alone) {
        let done = migration.step(store, at, step, context, progress);
        if let Err(error) = done {
            let finished = migration.applied.steps.len();
            return Err(error.after(&format!(
                "{finished} of {total} steps of the migration are done; the same command again goes on with \"{}\"",
                step.what
            )));
        }
    }
    if let Scope::All { .. } = scope {
        migration.conclude(store).map_err(|error| match total {
            0 => error.unchanged(),
            _ => error.after(&format!(
                "all {total} steps of the migration are done; the same command again records the schema"
            )),
        })?;
    }
    Ok(migration.applied)
}

struct Migration<'a> {
    schema: &'a Schema,
    fingerprint: &'a str,
    applied: Applied,
}

impl Migration<'_> {
    /// Does the steps that belong together, and records all. Returns the plan.
    fn begin(
        &mut self,
        store: &mut dyn Store,
        (agreed, scope): (&Plan, Scope),
        context: &mut dyn LookUp,
    ) -> Result<Plan> {
        in_transaction(store, Transaction::Latest, |unit| {
            unit.make_database()?;
            unit.lock(LOCK)?;
            if let Some(sql) = unit.dialect().short_waits() {
                unit.script(sql)?;
            }
            let plan = self.plan_again(unit, agreed, scope)?;
            let broken = broken_references(unit)?;
            for step in plan.steps.iter().filter(|step| step.phase == Phase::Together) {
                self.within(unit, step, context)?;
                fail_point!("migrate-step");
                self.applied.steps.push(step.what.clone());
            }
            require_references(unit, &broken)?;
            self.record(unit, &plan)?;
            Ok(plan)
        })
    }

    fn plan_again(&self, session: &mut dyn Session, agreed: &Plan, scope: Scope) -> Result<Plan> {
        let comparison = compare(session, self.schema)?;
        let plan = plan(session, self.schema, &comparison, scope)?;
        if let Some(obstacle) = plan.obstacles.first() {
            return Err(Error::Configuration(format!("migrating {}: {obstacle}", session.url())));
        }
        let words = |plan: &Plan| plan.steps.iter().map(|step| step.what.clone()).collect::<Vec<_>>();
        if words(&plan) != words(agreed) {
            return Err(Error::Configuration(format!(
                "migrating {}: the database has changed since the plan was shown; see the new plan with `flow-oa migrate`",
                session.url()
            )));
        }
        Ok(plan)
    }

    /// Records the schema that the database now fits.
    fn conclude(&self, store: &mut dyn Store) -> Result<()> {
        in_transaction(store, Transaction::Latest, |unit| {
            schemas::all_done(unit, self.fingerprint)?;
            schemas::record(unit, self.fingerprint)?;
            fail_point!("migrate-recorded");
            Ok(())
        })
    }

    fn record(&mut self, unit: &mut dyn Unit, plan: &Plan) -> Result<()> {
        if plan.steps.is_empty() {
            return Ok(());
        }
        let recorded: Vec<Recorded<'_>> = plan
            .steps
            .iter()
            .map(|step| Recorded {
                what: &step.what,
                statements: recorded(&step.work, self.schema),
                is_done: self.applied.steps.contains(&step.what),
            })
            .collect();
        self.applied.migration = Some(schemas::record_steps(unit, self.fingerprint, &recorded)?);
        fail_point!("migrate-planned");
        Ok(())
    }

    /// Does a step by itself.
    fn step(
        &mut self,
        store: &mut dyn Store,
        at: usize,
        step: &Step,
        context: &mut dyn LookUp,
        progress: &Progress,
    ) -> Result<()> {
        progress.go_on()?;
        let kept = self.alone(store, step, context, progress)?;
        self.applied.kept.extend(kept);
        fail_point!("migrate-alone");
        if let Some(migration) = self.applied.migration {
            in_transaction(store, Transaction::Latest, |unit| schemas::step_done(unit, migration, at))?;
        }
        self.applied.steps.push(step.what.clone());
        Ok(())
    }

    /// Does a step within a unit of work.
    fn within(&self, unit: &mut dyn Unit, step: &Step, context: &mut dyn LookUp) -> Result<()> {
        match &step.work {
            Work::Sql(statements) => {
                for statement in statements {
                    unit.script(statement)?;
                }
                Ok(())
            }
            Work::Fill { table, columns } => {
                let (pipeline, table) = self.find(table)?;
                derive::fill_columns(unit, pipeline, table, columns, context)?;
                Ok(())
            }
            Work::Derive { .. } | Work::SumUp | Work::Compare { .. } => {
                Err(Error::Internal(format!("\"{}\" was planned within a transaction", step.what)))
            }
        }
    }

    /// Does a step by itself. Returns messages about the days that stay as they are.
    fn alone(
        &self,
        store: &mut dyn Store,
        step: &Step,
        context: &mut dyn LookUp,
        progress: &Progress,
    ) -> Result<Vec<String>> {
        let mut kept = Vec::new();
        match &step.work {
            Work::Sql(statements) => {
                for statement in statements {
                    store.run_alone(statement)?;
                }
            }
            // After a script, since a migration fills columns in its transaction.
            Work::Fill { .. } if store.dialect().capabilities().transactions => {
                in_transaction(store, Transaction::Latest, |unit| self.within(unit, step, context))?;
            }
            Work::Fill { table, columns } => self.fill_days(store, table, columns, context, progress)?,
            Work::Derive { tables } => {
                for pipeline in &self.schema.pipelines {
                    let own: Vec<&Table> = tables.iter().filter_map(|name| pipeline.table(name)).collect();
                    if !own.is_empty() {
                        derive::derive_again(store, pipeline, &own, context, progress, &mut kept)?;
                    }
                }
            }
            Work::SumUp => {
                let all = ComparedDays::All;
                kept = derive::complete_rollups(store, self.schema, all, progress, &mut Vec::new())?;
            }
            Work::Compare { tables, partition } => same_rows(store, tables, partition)?,
        }
        Ok(kept)
    }

    fn fill_days(
        &self,
        store: &mut dyn Store,
        table: &str,
        columns: &[ColumnId],
        context: &mut dyn LookUp,
        progress: &Progress,
    ) -> Result<()> {
        let (pipeline, table) = self.find(table)?;
        derive::fill_days(store, pipeline, table, columns, context, progress)
    }

    fn find(&self, name: &str) -> Result<(&Pipeline, &Table)> {
        let found = self.schema.pipelines.iter().find_map(|it| Some((it, it.table(name)?)));
        found.ok_or_else(|| Error::Internal(format!("the schema has no table {name}")))
    }
}

/// The tables with rows that refer to rows which do not exist, and the tables that these refer to.
fn broken_references(session: &mut dyn Session) -> flow_oa_engine::Result<BTreeSet<[String; 2]>> {
    let Some(query) = session.dialect().broken_references() else { return Ok(BTreeSet::new()) };
    let rows = session.query(query, &Values(Vec::new()))?;
    let text = |row: &[Value], at: usize| row.get(at).map(flow_oa_core::value::text).unwrap_or_default();
    Ok(rows.iter().map(|row| [text(row, 0), text(row, 1)]).collect())
}

/// Requires that a migration breaks no references of others.
fn require_references(session: &mut dyn Session, before: &BTreeSet<[String; 2]>) -> Result<()> {
    let found = match broken_references(session) {
        Ok(after) => match after.difference(before).next() {
            None => return Ok(()),
            Some([table, other]) => {
                format!("rows of {table} refer to rows of {other} that the migrated table would not have")
            }
        },
        Err(EngineError::Refused { reason, .. }) => {
            format!("a reference of another table would have no key ({reason})")
        }
        Err(error) => return Err(error.into()),
    };
    Err(Error::Configuration(format!(
        "migrating {}: {found}; remove this reference, or change it, and migrate again",
        session.url()
    )))
}

/// Requires that two tables have the same number of rows in each partition.
fn same_rows(store: &mut dyn Store, tables: &[String; 2], partition: &[Vec<String>; 2]) -> Result<()> {
    let (dialect, place) = (store.dialect(), store.place().clone());
    let mut count = |table: &str, partition: &[String]| -> Result<BTreeMap<Vec<String>, String>> {
        let rows = store.query(&dialect.count_by(table, partition, &place), &Values(Vec::new()))?;
        let plain = |text: String| text.trim().parse::<i64>().map_or(text, |number| number.to_string());
        let entry = |row: Vec<Value>| {
            let mut cells: Vec<String> =
                row.iter().map(|value| plain(unquoted(value).unwrap_or_default())).collect();
            let rows = cells.pop().unwrap_or_default();
            (cells, rows)
        };
        Ok(rows.into_iter().map(entry).collect())
    };
    let [one, other] = tables;
    let (before, after) = (count(one, &partition[0])?, count(other, &partition[1])?);
    if before == after {
        return Ok(());
    }
    let differing = before.iter().find(|(partition, rows)| after.get(*partition) != Some(*rows));
    let example = differing.map_or_else(String::new, |(partition, rows)| {
        let found = after.get(partition).map_or("0", String::as_str);
        format!(": of the partition {} {rows} rows were to be copied, and {found} were", partition.join(", "))
    });
    Err(Error::Configuration(format!(
        "the copy {other} has other rows than {one}{example}. Nothing took its place; the same command again copies what is \
         missing"
    )))
}

//! Rollups made anew from the raw rows of a day, after rows were taken out of it.

use flow_oa_core::Date;
use flow_oa_schema::model::{Pipeline, Table};
use sea_query::Query;

use super::basis::Basis;
use super::{Made, day_is, insert, on};
use crate::engine::{Engine, dialect_of};
use crate::error::Result;

/// Makes every rollup of `raw` anew for `days`, where the engine keeps rollups.
///
/// # Errors
/// Where the database cannot.
pub fn sum_up_again(engine: &mut dyn Engine, pipeline: &Pipeline, raw: &Table, days: &[Date]) -> Result<()> {
    for day in days {
        forget_sums(engine, pipeline, raw, *day)?;
        for rollup in kept(engine, pipeline, raw)? {
            sum_up(engine, rollup, raw, *day)?;
        }
    }
    Ok(())
}

/// Takes a day out of every rollup of `raw`, where the engine keeps rollups: none of its rows stays.
///
/// # Errors
/// Where the database cannot.
pub fn forget_sums(engine: &mut dyn Engine, pipeline: &Pipeline, raw: &Table, day: Date) -> Result<()> {
    for rollup in kept(engine, pipeline, raw)? {
        engine.remove(&rollup.name, &on(rollup, day))?;
    }
    Ok(())
}

/// The rollups of `raw` that the engine keeps.
fn kept<'a>(engine: &dyn Engine, pipeline: &'a Pipeline, raw: &'a Table) -> Result<Vec<&'a Table>> {
    let keeps = dialect_of(engine)?.0.keeps_rollups();
    Ok(pipeline.rollups_of(&raw.name).filter(|_| keeps).collect())
}

fn sum_up(engine: &mut dyn Engine, rollup: &Table, raw: &Table, day: Date) -> Result<()> {
    let basis = Basis::raw(raw);
    let mut select = Query::select();
    select.from(basis.table_ref());
    day_is(&mut select, raw, day);
    insert(engine, rollup, day, Made::OfGroups, select, |origin| basis.value(origin)).map(|_| ())
}

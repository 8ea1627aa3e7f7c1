//! Counts: the number of raw rows in each minute of the day; a minute without raw rows has no row.

use flow_oa_core::Date;
use flow_oa_schema::model::{Counts, Origin, Pipeline, Table};
use sea_query::Query;

use super::basis::Basis;
use super::{DayRollups, Made, day_is, insert};
use crate::error::{Error, Result};
use flow_oa_engine::Unit;

pub(super) fn fill(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    (table, rows): (&Table, &Counts),
    rollups: &DayRollups<'_>,
    day: Date,
) -> Result<u64> {
    let raw = pipeline.table(&rows.raw).ok_or_else(|| Error::Internal(format!("no table {}", rows.raw)))?;
    let basis = Basis::of(rollups, raw, &[Origin::Minute, Origin::Count]);
    let mut select = Query::select();
    select.from(basis.table_ref());
    day_is(&mut select, basis.table, day);
    insert(unit, table, day, Made::OfGroups, select, |origin| basis.value(origin))
}

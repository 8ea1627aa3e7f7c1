//! Counts: the number of raw rows in each minute of the day; a minute without any has no row.

use flow_oa_core::Date;
use flow_oa_schema::model::{Counts, Origin, Pipeline, Table};
use sea_query::{Expr, ExprTrait, Func, Query};

use super::{cut, day_values, insert, raw_column, raw_table};
use crate::engine::Engine;
use crate::error::{Error, Result};

/// `YYYY-MM-DD HH:MM` at the start of a time's text.
const MINUTE: i32 = 16;

pub(super) fn fill(
    engine: &mut dyn Engine,
    pipeline: &Pipeline,
    table: &Table,
    rows: &Counts,
    day: Date,
) -> Result<u64> {
    let raw = pipeline.table(&rows.raw).ok_or_else(|| Error::Internal(format!("no table {}", rows.raw)))?;
    let minute = || cut(raw_column(&rows.time), 1, MINUTE);
    let mut select = Query::select();
    select.from(raw_table(&rows.raw)).add_group_by([minute()]);
    for (name, value) in day_values(raw, day) {
        select.and_where(raw_column(name).eq(value));
    }
    let value = |origin: &Origin| match origin {
        Origin::Minute => Some(minute()),
        Origin::Count => Some(Func::count(Expr::val(1)).into()),
        _ => None,
    };
    Ok(engine.run(&insert(table, day, select, value)?.into())?)
}

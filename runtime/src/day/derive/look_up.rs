//! The join of a small staged relation to a large table, so that each staged row is looked up in the table's index
//! and the table is not gone through.

use sea_query::{Alias, Asterisk, Cond, JoinType, Query, SelectStatement};

use super::{RAW, raw_table};
use crate::error::Result;
use flow_oa_engine::Engine;
use flow_oa_schema::dialect::LookUps;

/// Lets `select` go through `staged` and look up in `table`, under the name that statements here give it, the rows
/// that `condition` says.
pub(super) fn look_up(
    engine: &dyn Engine,
    select: &mut SelectStatement,
    staged: &str,
    table: &str,
    condition: Cond,
) -> Result<()> {
    match engine.dialect().look_ups() {
        LookUps::CrossJoin => {
            select.from(Alias::new(staged)).cross_join(raw_table(table)).cond_where(condition);
        }
        LookUps::Lateral => {
            let mut found = Query::select();
            // A query with an offset is not merged into the one around it.
            found.column(Asterisk).from(raw_table(table)).cond_where(condition).offset(0);
            let staged = select.from(Alias::new(staged));
            staged.join_lateral(JoinType::InnerJoin, found, Alias::new(RAW), Cond::all());
        }
        LookUps::None => go_through(engine, select, staged, table, condition)?,
    }
    Ok(())
}

/// Lets `select` go through the rows of `table` once, where no index helps, and keep those that meet one of `staged`:
/// the small one stands on the right, where an engine without counts makes its hash table of.
pub(super) fn go_through(
    engine: &dyn Engine,
    select: &mut SelectStatement,
    staged: &str,
    table: &str,
    condition: Cond,
) -> Result<()> {
    select.from(raw_table(table));
    match engine.dialect().look_ups() {
        LookUps::CrossJoin => select.cross_join(Alias::new(staged)).cond_where(condition),
        LookUps::Lateral | LookUps::None => select.inner_join(Alias::new(staged), condition),
    };
    Ok(())
}

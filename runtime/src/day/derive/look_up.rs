//! The join of a small staged relation to a large table, so that each staged row is looked up in the table's index
//! instead of a scan of the table.

use sea_query::{Alias, Asterisk, Cond, JoinType, Query, SelectStatement};

use super::{RAW, raw_table};
use flow_oa_engine::Session;
use flow_oa_schema::dialect::LookUps;
use flow_oa_site::Result;

/// Makes `select` scan `staged` and look up the rows of `table` that match `condition`. `table` has the alias that
/// statements here use.
pub(super) fn look_up(
    session: &dyn Session,
    select: &mut SelectStatement,
    staged: &str,
    table: &str,
    condition: Cond,
) -> Result<()> {
    match session.dialect().capabilities().look_ups {
        LookUps::CrossJoin => {
            select.from(Alias::new(staged)).cross_join(raw_table(table)).cond_where(condition);
        }
        LookUps::Lateral => {
            let mut found = Query::select();
            // The offset prevents the planner from merging the subquery into the outer query.
            found.column(Asterisk).from(raw_table(table)).cond_where(condition).offset(0);
            let staged = select.from(Alias::new(staged));
            staged.join_lateral(JoinType::InnerJoin, found, Alias::new(RAW), Cond::all());
        }
        LookUps::None => go_through(session, select, staged, table, condition)?,
    }
    Ok(())
}

/// Makes `select` scan `table` once, if no index helps, and keep the rows that match one of `staged`. The small
/// relation is on the right side, from which an engine without statistics builds its hash table.
pub(super) fn go_through(
    session: &dyn Session,
    select: &mut SelectStatement,
    staged: &str,
    table: &str,
    condition: Cond,
) -> Result<()> {
    select.from(raw_table(table));
    match session.dialect().capabilities().look_ups {
        LookUps::CrossJoin => select.cross_join(Alias::new(staged)).cond_where(condition),
        LookUps::Lateral | LookUps::None => select.inner_join(Alias::new(staged), condition),
    };
    Ok(())
}

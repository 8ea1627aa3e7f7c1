//! Existing rows: removes those that an ingest replaces, and refuses content that was ingested before.

use flow_oa_core::Date;
use flow_oa_schema::dialect::RowNumbers;
use flow_oa_schema::ledger::ROW_ID;
use flow_oa_schema::model::Table;
use sea_query::{Alias, Cond, Expr, ExprTrait};

use super::Existing;
use crate::day::derive;
use flow_oa_engine::{Session, Unit};
use flow_oa_ledger::rows;
use flow_oa_site::deployment::Chosen;
use flow_oa_site::{Error, Result};

/// Removes the rows that are to be replaced, and returns their number.
pub(super) fn make(
    unit: &mut dyn Unit,
    chosen: Chosen<'_>,
    raw: &Table,
    file: &str,
    existing: Existing,
) -> Result<u64> {
    let pipeline = &chosen.model.name;
    match existing {
        Existing::Refuse | Existing::Skip | Existing::Again => Ok(0),
        Existing::ReplaceDay(day) => {
            let deleted = unit.replace(&raw.name, &derive::on(raw, day))?;
            rows::forget_day(unit, pipeline, day)?;
            forget_freed_rows(unit, pipeline, raw)?;
            derive::forget_sums(unit, chosen.model, raw, day)?;
            Ok(deleted)
        }
        Existing::ReplaceFile if unit.dialect().capabilities().row_numbers == RowNumbers::None => {
            Err(Error::Usage(format!(
                "{file}: --replace: in this database rows of one file cannot be distinguished from those of others; nothing was \
                 changed. --replace-day DATE replaces whole days"
            )))
        }
        Existing::ReplaceFile => {
            let (mut deleted, mut days) = (0, Vec::new());
            for earlier in rows::earlier_ingests(unit, pipeline, "file", file)? {
                let of_file = rows::days_of(unit, earlier.id)?;
                if let Some((first, last)) = earlier.rows {
                    deleted += unit.delete(&raw.name, rows_of(unit, raw, first, last, &of_file)?)?;
                }
                days.extend(of_file);
                rows::forget_ingest(unit, earlier.id)?;
            }
            forget_freed_rows(unit, pipeline, raw)?;
            derive::sum_up_again(unit, chosen.model, raw, &days)?;
            Ok(deleted)
        }
    }
}

/// The rows of a file, by their numbers. If the ingest assigns the numbers, the condition also names the file's days,
/// so that no other day is scanned. A table that numbers its rows itself finds them by number at once.
fn rows_of(session: &dyn Session, raw: &Table, first: i64, last: i64, days: &[Date]) -> Result<Cond> {
    let which = Cond::all().add(Expr::col(Alias::new(ROW_ID)).between(first, last));
    if days.is_empty() || session.dialect().capabilities().row_numbers != RowNumbers::Given {
        return Ok(which);
    }
    let any = days.iter().fold(Cond::any(), |any, day| any.add(derive::on(raw, *day).condition()));
    Ok(which.add(any))
}

/// A table that numbers its rows itself assigns the highest numbers again after their rows are deleted. No earlier
/// ingest may keep them in its range, or a later --replace of that ingest would remove rows of others.
pub(crate) fn forget_freed_rows(unit: &mut dyn Unit, pipeline: &str, raw: &Table) -> Result<()> {
    if unit.dialect().capabilities().row_numbers != RowNumbers::Counted {
        return Ok(());
    }
    let last = rows::last_row(unit, &raw.name)?;
    rows::end_rows_at(unit, pipeline, last)
}

/// Refuses content that an earlier ingest stored.
pub(super) fn refuse_known(
    session: &mut dyn Session,
    pipeline: &str,
    file: &str,
    content: &str,
) -> Result<()> {
    let earlier = rows::earlier_ingests(session, pipeline, "content", content)?;
    match earlier.first() {
        None => Ok(()),
        Some(it) => Err(Error::BadData(format!(
            "{file}: this content was ingested before, as {} at {} UTC (ingest {}). \
             --again ingests it a second time, --replace replaces what the same file name gave before",
            it.file, it.finished, it.id
        ))),
    }
}

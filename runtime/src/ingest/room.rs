//! Rows that are there already: what is replaced makes room first, and what is known is refused.

use flow_oa_schema::dialect::RowNumbers;
use flow_oa_schema::ledger::ROW_ID;
use flow_oa_schema::model::Table;
use sea_query::{Alias, Cond, Expr, ExprTrait};

use super::Existing;
use crate::deployment::Chosen;
use crate::derive;
use crate::engine::{Engine, dialect_of};
use crate::error::{Error, Result};
use crate::ledger;

/// Takes out the rows that are to be replaced, and gives their number.
pub(super) fn make(
    engine: &mut dyn Engine,
    chosen: Chosen<'_>,
    raw: &Table,
    file: &str,
    existing: Existing,
) -> Result<u64> {
    let pipeline = &chosen.model.name;
    match existing {
        Existing::Refuse | Existing::Again => Ok(0),
        Existing::ReplaceDay(day) => {
            let deleted = engine.remove(&raw.name, &derive::on(raw, day))?;
            ledger::forget_day(engine, pipeline, day)?;
            forget_freed_rows(engine, pipeline, raw)?;
            derive::sum_up_again(engine, chosen.model, raw, &[day])?;
            Ok(deleted)
        }
        Existing::ReplaceFile if dialect_of(engine)?.0.row_numbers() == RowNumbers::None => {
            Err(Error::Usage(format!(
                "{file}: --replace: in this database rows of one file cannot be told from those of others; nothing was \
                 changed. --replace-day DATE replaces whole days"
            )))
        }
        Existing::ReplaceFile => {
            let (mut deleted, mut days) = (0, Vec::new());
            for earlier in ledger::earlier_ingests(engine, pipeline, "file", file)? {
                if let Some((first, last)) = earlier.rows {
                    let rows = Expr::col(Alias::new(ROW_ID)).between(first, last);
                    deleted += engine.delete(&raw.name, Cond::all().add(rows))?;
                }
                days.extend(ledger::days_of(engine, earlier.id)?);
                ledger::forget_ingest(engine, earlier.id)?;
            }
            forget_freed_rows(engine, pipeline, raw)?;
            derive::sum_up_again(engine, chosen.model, raw, &days)?;
            Ok(deleted)
        }
    }
}

/// The numbers of rows that were the last ones are given again by a table that counts. No earlier ingest may lay claim to them, or
/// a later --replace of it would take out rows of others.
pub(crate) fn forget_freed_rows(engine: &mut dyn Engine, pipeline: &str, raw: &Table) -> Result<()> {
    if dialect_of(engine)?.0.row_numbers() != RowNumbers::Counted {
        return Ok(());
    }
    let last = ledger::last_row(engine, &raw.name)?;
    ledger::end_rows_at(engine, pipeline, last)
}

/// Refuses content that an earlier ingest stored.
pub(super) fn refuse_known(engine: &mut dyn Engine, pipeline: &str, file: &str, content: &str) -> Result<()> {
    let earlier = ledger::earlier_ingests(engine, pipeline, "content", content)?;
    match earlier.first() {
        None => Ok(()),
        Some(it) => Err(Error::BadData(format!(
            "{file}: this content was ingested before, as {} at {} UTC (ingest {}); nothing was changed. \
             --again ingests it a second time, --replace replaces what the same file name gave before",
            it.file, it.finished, it.id
        ))),
    }
}

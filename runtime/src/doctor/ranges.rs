//! Checks whether the database enforces the number ranges of the schema. A database of an earlier version does not.
//! This is only a warning, since the program itself stores no number outside its range.

use flow_oa_schema::model::Table;
use flow_oa_schema::{Dialect, ledger};
use sea_query::{Value, Values};

use super::{Check, Examination, State};
use flow_oa_engine::Session;
use flow_oa_site::Result;

const NAME: &str = "ranges";

/// The maximum number of columns that are named.
const NAMED: usize = 3;

/// The check of the CHECK constraints of the tables; `None` if the engine has no such constraints.
pub(super) fn check(session: &mut dyn Session, request: &Examination<'_>) -> Option<Check> {
    match unguarded(session, request) {
        Ok(None) => None,
        Ok(Some((0, _))) => {
            Some(Check::good(NAME, "the database refuses numbers outside their columns' ranges"))
        }
        Ok(Some((count, columns))) => {
            let more = if count > columns.len() { ", …" } else { "" };
            let found = format!(
                "{count} columns have no CHECK of their range ({}{more}), as in a database that an earlier version made: \
                 flow-oa stores no number outside it, but other programs can. `flow-oa copy` into a new database adds \
                 the CHECKs",
                columns.join(", ")
            );
            Some(Check::new(NAME, State::Warning, found))
        }
        Err(error) => Some(Check::fault(NAME, &error)),
    }
}

/// The number of columns without the CHECK constraint that a new table has, and the names of the first of them.
fn unguarded(session: &mut dyn Session, request: &Examination<'_>) -> Result<Option<(usize, Vec<String>)>> {
    let (dialect, place) = (session.dialect(), session.place().clone());
    let (mut count, mut first) = (0, Vec::new());
    let own = ledger::tables();
    for table in request.chosen.model.tables.iter().chain(&own).filter(|table| dialect.has(table)) {
        let Some(query) = dialect.guarded(table, &place) else { return Ok(None) };
        let found = session.query(&query, &Values(Vec::new()))?;
        let is_guarded =
            |name: &str| found.iter().any(|row| row.first().is_some_and(|cell| is_text(cell, name)));
        for name in ranged(dialect, table).filter(|name| !is_guarded(name)) {
            count += 1;
            if first.len() < NAMED {
                first.push(format!("{}.{name}", table.name));
            }
        }
    }
    Ok(Some((count, first)))
}

/// The columns for which a new table has CHECK constraints.
fn ranged(dialect: Dialect, table: &Table) -> impl Iterator<Item = &str> {
    table.columns.iter().filter(move |column| dialect.guard(column).is_some()).map(|it| it.name.as_str())
}

fn is_text(value: &Value, text: &str) -> bool {
    matches!(value, Value::String(Some(it)) if it == text)
}

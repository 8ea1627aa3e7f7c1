//! Checks the database: its tables, the rights of the role, and running commands.

use flow_oa_core::{Exit, shown};
use sea_query::{Alias, Cond, Expr, ExprTrait, IntoIden, Query, Value, Values};

use super::{Check, Examination, State, ranges};
use crate::day::derive;
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_files::Progress;
use flow_oa_ledger::history::{self, Filter, Record, Status};
use flow_oa_ledger::structure::{self, Difference};
use flow_oa_schema::model::Table;
use flow_oa_site::{Error, Result};

/// The version that the server or library reports.
pub(super) fn version(session: &mut dyn Session) -> Result<String> {
    let dialect = session.dialect();
    let rows = session.query(dialect.version_query(), &Values(Vec::new()))?;
    match rows.first().and_then(|row| row.first()) {
        Some(Value::String(Some(version))) => Ok(version.clone()),
        found => Err(Error::Internal(format!(
            "the database was asked for its version, and {} came back",
            found.map_or_else(|| "nothing".to_owned(), shown)
        ))),
    }
}

pub(super) fn checks(store: &mut dyn Store, request: &Examination<'_>, progress: &Progress) -> Vec<Check> {
    let own = structure::tables_of(request.chosen.model, store.dialect());
    let mut checks = match structure::differences(store, &own) {
        Ok(differences) => tables(request, &differences),
        Err(error) => vec![Check::fault("tables", &error)],
    };
    checks.extend(other_pipelines(store, request));
    if checks.iter().any(|check| check.state == State::Fault) {
        checks.push(Check::unknown("rights", "looked at when the tables are as they should be"));
        return checks;
    }
    checks.extend(rollups(store, request, progress));
    checks.extend(ranges::check(store, request));
    checks.push(Check::of("rights", rights(store, request)));
    checks.push(at_work(store, request).unwrap_or_else(|error| Check::fault("history", &error)));
    checks
}

fn tables(request: &Examination<'_>, differences: &[Difference]) -> Vec<Check> {
    let count = request.chosen.model.tables.len();
    if differences.is_empty() {
        return vec![Check::good("tables", format!("all {count} tables match the schema"))];
    }
    let serious = differences.iter().filter(|difference| !difference.is_harmless());
    let missing: Vec<&str> = serious.filter_map(Difference::missing_table).collect();
    let mut checks = Vec::new();
    if !missing.is_empty() {
        let found = format!("missing: {}; `flow-oa init` creates them", missing.join(", "));
        checks.push(Check { exit: Exit::Configuration, ..Check::new("tables", State::Fault, found) });
    }
    let others = differences
        .iter()
        .filter(|difference| difference.is_harmless() || difference.missing_table().is_none());
    checks.extend(others.map(|other| {
        let (state, exit) = if other.is_harmless() {
            (State::Warning, Exit::Done)
        } else {
            (State::Fault, Exit::Configuration)
        };
        let advice = match other {
            Difference::ColumnMissing { .. }
            | Difference::TypeDiffers { .. }
            | Difference::KeyMissing { .. } => "; `flow-oa migrate` shows the changes",
            Difference::TableMissing { .. }
            | Difference::Narrower { .. }
            | Difference::PlaceDiffers { .. }
            | Difference::ColumnNotKnown { .. }
            | Difference::ColumnIgnored { .. }
            | Difference::IndexMissing { .. } => "",
        };
        Check { exit, ..Check::new("tables", state, format!("{other}{advice}")) }
    }));
    checks
}

/// The other pipelines of the schema: those without tables are not set up, which harms no command of this one.
fn other_pipelines(session: &mut dyn Session, request: &Examination<'_>) -> Vec<Check> {
    const NAME: &str = "pipelines";
    let (dialect, chosen) = (session.dialect(), &request.chosen.model.name);
    let mut checks = Vec::new();
    for pipeline in request.deployment.model.pipelines.iter().filter(|pipeline| pipeline.name != *chosen) {
        let tables: Vec<Table> = pipeline.tables.iter().filter(|table| dialect.has(table)).cloned().collect();
        let differences = match structure::differences(session, &tables) {
            Ok(differences) => differences,
            Err(error) => {
                checks.push(Check::fault(NAME, &error));
                continue;
            }
        };
        let missing = differences.iter().filter(|difference| difference.missing_table().is_some()).count();
        let name = &pipeline.name;
        checks.push(if missing == tables.len() {
            Check::good(NAME, format!("{name}: not set up; `flow-oa init` creates its tables"))
        } else if let Some(first) = differences.first() {
            Check::warning(NAME, format!("{name}: {first}; `flow-oa doctor -t {name}` checks it"))
        } else {
            Check::good(NAME, format!("{name}: all {} tables match the schema", tables.len()))
        });
    }
    checks
}

/// Compares the rollups with their raw rows, for the day of the run or for all days.
fn rollups(session: &mut dyn Session, request: &Examination<'_>, progress: &Progress) -> Vec<Check> {
    const NAME: &str = "rollups";
    let compared = match derive::compare_rollups(session, request.chosen.model, request.day, progress) {
        Ok(Some(compared)) => compared,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![Check::fault(NAME, &error)],
    };
    let wrong = compared.wrong.iter().map(|wrong| {
        let found = format!(
            "{wrong}; a run takes wrong sums from there. `flow-oa init --compare-rollups` fills what differs"
        );
        Check { exit: Exit::BadData, ..Check::new(NAME, State::Fault, found) }
    });
    let incomplete = compared.incomplete.first().map(|(day, names)| {
        let more = match compared.incomplete.len() - 1 {
            0 => String::new(),
            more => format!(" and of {more} more"),
        };
        let found = format!(
            "{names}: no mark says that all raw rows of {day}{more} are summed up there, so a run reads the raw rows, \
             which takes longer; `flow-oa init` checks and fills them"
        );
        Check::warning(NAME, found)
    });
    let mut checks: Vec<Check> = wrong.chain(incomplete).collect();
    if checks.is_empty() {
        let days =
            if compared.days == 1 { "1 day agrees".into() } else { format!("{} days agree", compared.days) };
        checks.push(Check::good(NAME, format!("{days} with the raw rows")));
    }
    checks
}

/// Tries to write and remove zero rows in every table that a run writes: missing rights are reported even then.
fn rights(store: &mut dyn Store, request: &Examination<'_>) -> Result<String> {
    let dialect = store.dialect();
    if !dialect.capabilities().transactions {
        return Ok("not looked at: here they show only when something is written".to_owned());
    }
    // Dropped, and thus rolled back, in any case.
    let mut unit = store.begin(Transaction::Latest)?;
    try_all(&mut *unit, request)
        .map(|count| format!("rows of {count} tables may be read, written and removed"))
}

fn try_all(unit: &mut dyn Unit, request: &Examination<'_>) -> Result<usize> {
    let written = request.chosen.model.tables.iter().filter(|it| it.is_written_by_run());
    let dialect = unit.dialect();
    let own = flow_oa_schema::ledger::tables().into_iter().filter(|table| dialect.has(table));
    let mut count = 0;
    for table in written.cloned().chain(own) {
        // A table that a run can do without.
        if unit.columns(&[&table.name])?.iter().all(Vec::is_empty) {
            continue;
        }
        let never = || Cond::all().add(Expr::val(1).eq(0));
        let names = table.columns.iter().map(|column| Alias::new(&column.name).into_iden());
        let mut none = Query::select();
        none.columns(names.clone()).from(Alias::new(&table.name)).cond_where(never());
        let mut insert = Query::insert().into_table(Alias::new(&table.name)).columns(names).to_owned();
        let insert = insert.select_from(none).map(|it| it.to_owned());
        unit.run(&insert.map_err(|error| Error::Internal(error.to_string()))?.into())?;
        unit.delete(&table.name, never())?;
        count += 1;
    }
    Ok(count)
}

/// Commands that are running now, and whether the last one was killed. A run of the same day would not begin.
fn at_work(session: &mut dyn Session, request: &Examination<'_>) -> Result<Check> {
    let entries = history::list(session, &Filter { last: Some(20), ..Filter::default() })?;
    let running: Vec<String> = entries
        .iter()
        .filter(|entry| entry.status == Status::Running)
        .map(|entry| {
            format!("{} {} of {}, since {} UTC", entry.command, entry.id, entry.pipeline, entry.started)
        })
        .collect();
    let day = request.day.map(|it| it.to_string());
    let is_same = |record: &&Record| {
        record.status == Status::Running
            && record.command == "run"
            && record.pipeline == request.chosen.model.name
            && record.day == day
    };
    if let Some(other) = entries.iter().find(is_same) {
        let found = format!("run {} of this day is running, since {} UTC", other.id, other.started);
        return Ok(Check::fault("history", &Error::Locked(format!("{found}: try again when it is done"))));
    }
    if !running.is_empty() {
        return Ok(Check::warning("history", format!("running: {}", running.join("; "))));
    }
    Ok(match entries.first() {
        Some(last) if last.status == Status::Killed => Check::warning(
            "history",
            format!(
                "the last command, {} {}, was killed; the same command again repairs what it left",
                last.command, last.id
            ),
        ),
        Some(last) => Check::good(
            "history",
            format!("no command is running; the last one was {} {}", last.command, last.id),
        ),
        None => Check::good("history", "no entries"),
    })
}

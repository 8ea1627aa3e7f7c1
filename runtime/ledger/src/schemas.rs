//! Records which schema the tables of a database have, and by which steps they were migrated to it.

use flow_oa_engine::{Session, Unit};
use flow_oa_schema::dialect::{Dialect, Place};
use flow_oa_schema::ledger::{FORMAT, MIGRATIONS, SCHEMAS};
use flow_oa_site::{Error, Result};
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Order, Query, Value};

use crate::rows::{column, now};

/// What a database says of its structure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The format of the program's own tables; `None` if the database does not say.
    pub format: Option<i64>,
    /// The fingerprint of the schema that the tables have; empty if the database does not say.
    pub fingerprint: String,
    /// Steps of a migration that are planned and not done.
    pub planned: Vec<Planned>,
}

impl State {
    /// Whether steps remain of a migration to the schema with this fingerprint, and of no other.
    pub fn leads_to(&self, fingerprint: &str) -> bool {
        !self.planned.is_empty() && self.planned.iter().all(|step| step.fingerprint == fingerprint)
    }
}

/// A step that is planned and not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// What it does.
    pub what: String,
    /// The fingerprint of the schema that the migration leads to.
    pub fingerprint: String,
    /// How it is done: statements, or what the migration recorded instead.
    pub statements: String,
}

/// A step of a migration.
#[derive(Debug, Clone)]
pub struct Recorded<'a> {
    /// What it does.
    pub what: &'a str,
    /// Its statements.
    pub statements: String,
    /// Whether it is done.
    pub is_done: bool,
}

const PLANNED: &str = "planned";
const DONE: &str = "done";
const REPLACED: &str = "replaced";

/// Reads what the database says of its structure. A database of an earlier version says nothing.
///
/// # Errors
/// If the database cannot be read.
pub fn state(session: &mut dyn Session) -> Result<State> {
    let exists: Vec<bool> =
        session.columns(&[SCHEMAS, MIGRATIONS])?.iter().map(|columns| !columns.is_empty()).collect();
    let mut state = State::default();
    if exists == [true, true] {
        let mut select = Query::select();
        select.columns([Alias::new("format"), Alias::new("fingerprint")]).from(Alias::new(SCHEMAS));
        select.order_by(Alias::new("id"), Order::Desc).limit(1);
        if let Some(row) = session.select(select)?.first() {
            state.format = row.first().and_then(flow_oa_core::value::whole);
            state.fingerprint = row.get(1).map(flow_oa_core::value::text).unwrap_or_default();
        }
        let mut planned = Query::select();
        planned.columns(["what", "statements", "fingerprint"].map(Alias::new)).from(Alias::new(MIGRATIONS));
        planned.and_where(column("status").eq(PLANNED)).order_by(Alias::new("step"), Order::Asc);
        let rows = session.select(planned)?;
        let cell = |row: &[Value], at: usize| row.get(at).map(flow_oa_core::value::text).unwrap_or_default();
        let step = |row: &Vec<Value>| Planned {
            what: cell(row, 0),
            statements: cell(row, 1),
            fingerprint: cell(row, 2),
        };
        state.planned = rows.iter().map(step).collect();
    }
    Ok(state)
}

/// Reads what the database says of its structure, and refuses a database that a later version of the program has changed.
///
/// # Errors
/// If the database cannot be read, or must not be used, with what to do.
pub fn known(session: &mut dyn Session) -> Result<State> {
    let state = state(session)?;
    if let Some(format) = state.format.filter(|format| *format > FORMAT) {
        return Err(Error::Configuration(format!(
            "the database {} has the format {format}, and this program knows up to {FORMAT}: use the version of the program \
             that made it, or a later one",
            session.url()
        )));
    }
    Ok(state)
}

/// Does the same, and refuses a database whose migration was stopped where tables are missing.
///
/// # Errors
/// As [`known`].
pub fn require(session: &mut dyn Session) -> Result<State> {
    let state = known(session)?;
    if let Some(step) = state.planned.first().filter(|_| !session.dialect().capabilities().transactions) {
        return Err(Error::Configuration(format!(
            "a migration of the database {} is not complete: \"{}\" is next. `flow-oa migrate --apply` completes it",
            session.url(),
            step.what
        )));
    }
    Ok(state)
}

/// Records that the tables have the schema with this fingerprint, unless that is recorded.
///
/// # Errors
/// If the database cannot be read or written, or a later version of the program has changed it.
pub fn record(unit: &mut dyn Unit, fingerprint: &str) -> Result<()> {
    let state = known(unit)?;
    if state.format == Some(FORMAT) && state.fingerprint == fingerprint {
        return Ok(());
    }
    let id = unit.next_id(SCHEMAS)?;
    Ok(unit.append(
        SCHEMAS,
        vec![vec![
            ("id", Expr::val(id)),
            ("format", Expr::val(FORMAT)),
            ("fingerprint", Expr::val(fingerprint)),
            ("version", Expr::val(env!("CARGO_PKG_VERSION"))),
            ("finished", Expr::val(now())),
        ]],
    )?)
}

/// Records the steps of a migration, and that it replaces those of earlier ones that were not done. Returns its number.
///
/// # Errors
/// If the database cannot be read or written.
pub fn record_steps(unit: &mut dyn Unit, fingerprint: &str, steps: &[Recorded<'_>]) -> Result<i64> {
    let last = Func::max(Expr::col(Alias::new("migration")));
    let rows = unit.select(Query::select().expr(last).from(Alias::new(MIGRATIONS)).to_owned())?;
    let last = rows.first().and_then(|row| row.first()).and_then(flow_oa_core::value::whole).unwrap_or(0);
    let planned = Cond::all().add(column("status").eq(PLANNED));
    unit.change(MIGRATIONS, vec![("status", Expr::val(REPLACED))], planned)?;
    let finished = now();
    let row = |(at, step): (usize, &Recorded<'_>)| {
        let end = if step.is_done { Expr::val(finished.as_str()) } else { Expr::value(Value::String(None)) };
        vec![
            ("migration", Expr::val(last + 1)),
            ("step", Expr::val(number(at))),
            ("what", Expr::val(step.what)),
            ("statements", Expr::val(step.statements.as_str())),
            ("fingerprint", Expr::val(fingerprint)),
            ("status", Expr::val(if step.is_done { DONE } else { PLANNED })),
            ("finished", end),
        ]
    };
    unit.append(MIGRATIONS, steps.iter().enumerate().map(row).collect())?;
    Ok(last + 1)
}

/// The statement that records a step, given with its position from 0, which a migration has still to do.
pub fn planned(
    dialect: Dialect,
    place: &Place,
    fingerprint: &str,
    (at, what, statements): (usize, &str, &str),
) -> String {
    let table = dialect.qualified(MIGRATIONS, place);
    let columns = ["migration", "step", "what", "statements", "fingerprint", "status"];
    let columns: Vec<String> = columns.iter().map(|name| dialect.quoted(name)).collect();
    let texts = [what, statements, fingerprint, PLANNED].map(|text| dialect.literal(text));
    format!(
        "INSERT INTO {table} ({}) SELECT coalesce(max({}), 0) + 1, {}, {} FROM {table};",
        columns.join(", "),
        columns[0],
        number(at),
        texts.join(", ")
    )
}

/// Records that all steps that lead to the schema with this fingerprint are done, and that those to other schemas are
/// replaced: the database has the schema.
///
/// # Errors
/// If the database cannot be read or written.
pub fn all_done(unit: &mut dyn Unit, fingerprint: &str) -> Result<()> {
    let planned = state(unit)?.planned;
    let mut end = |is_own: bool, values: Vec<(&'static str, Expr)>| {
        if !planned.iter().any(|step| (step.fingerprint == fingerprint) == is_own) {
            return Ok(());
        }
        let schema = column("fingerprint");
        let schema = if is_own { schema.eq(fingerprint) } else { schema.ne(fingerprint) };
        let which = Cond::all().add(column("status").eq(PLANNED)).add(schema);
        unit.change(MIGRATIONS, values, which).map(|_| ())
    };
    end(true, vec![("status", Expr::val(DONE)), ("finished", Expr::val(now()))])?;
    Ok(end(false, vec![("status", Expr::val(REPLACED))])?)
}

/// Records that a step is done. `at` is its position, from 0.
///
/// # Errors
/// If the database cannot be written.
pub fn step_done(unit: &mut dyn Unit, migration: i64, at: usize) -> Result<()> {
    let which = Cond::all().add(column("migration").eq(migration)).add(column("step").eq(number(at)));
    let values = vec![("status", Expr::val(DONE)), ("finished", Expr::val(now()))];
    unit.change(MIGRATIONS, values, which)?;
    Ok(())
}

/// The number of a step, from 1.
fn number(at: usize) -> i64 {
    i64::try_from(at).map_or(i64::MAX, |at| at + 1)
}

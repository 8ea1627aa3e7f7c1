//! Judgements of analysts on suspicious connections: stored, changed, removed.
//!
//! Rows with the same key of the table of judgements are one connection, and are scored together. All judgements of one
//! command are stored in one transaction, or, if the engine has none, as one append to the log. Two analysts who work
//! at the same time lose nothing: the second waits, and for the same connection the later judgement wins.
//!
//! A command that would change or remove stored judgements does so only if the analyst agreed to exactly these changes,
//! which are determined again under the lock.
//!
//! A judgement outlives its row: if a day is run again over other results, it can still be removed.
//!
//! # Decisions
//!
//! - **A judgement is found by the key of its table**: the plain names in the key of `judged` rows determine which
//!   scored rows are one connection. In a transaction, the existing row is deleted and the new row inserted, under a
//!   lock of the day, so that two analysts lose nothing; in the Hive family the log's later row wins, which has the
//!   same effect. A judgement outlives its row: the table keeps what the feedback needs, so that spot-ml learns from it
//!   as long as it is stored, and not only until the day is run over other results.

mod changes;
mod connections;

use std::collections::BTreeMap;

use flow_oa_core::Date;
use flow_oa_schema::model::{Column, ColumnId, Given, Table};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, Value};

use crate::consent::{Consent, Outcome};
use crate::query::Filter;
use crate::query::stories::Stories;
use crate::severity::Severities;
use crate::storable::require_storable;
use changes::Stored;
use connections::{Connection, Ranked, gone, scored};
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_ledger::rows;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::day::judged::table_of;
use flow_oa_site::deployment::Chosen;
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};

pub use changes::{Change, Changes, Count};

/// The number of connections whose judgements one statement deletes.
const AT_ONCE: usize = 50;

/// Which suspicious connections of the day are scored.
#[derive(Debug, Clone)]
pub enum ChosenRows {
    /// The connection of the row at that position in the results, with all its rows.
    Rank(i64),
    /// The connections of all rows of the story that the row at that position is in.
    Story(i64),
    /// The connections that match all of these filters.
    Where(Vec<Filter>),
}

/// Connections by their ends; `None` matches any value.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ends {
    pub source: Option<String>,
    pub destination: Option<String>,
    /// The source port; 0 is a valid port.
    pub source_port: Option<String>,
    /// The destination port.
    pub destination_port: Option<String>,
    pub protocol: Option<String>,
    /// What was asked for, such as a port or the type of a question.
    pub service: Option<String>,
    /// A name or a URL.
    pub subject: Option<String>,
}

impl Ends {
    /// Whether no end is given.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The same as conditions on the columns of the scores that hold them.
    ///
    /// # Errors
    /// If the pipeline does not declare these columns.
    pub fn filters(&self, chosen: Chosen<'_>) -> Result<Vec<Filter>> {
        let (model, roles) = (chosen.model, &chosen.model.roles);
        let scores = model.scores_table();
        let given = [
            (&self.source, roles.first_end(), "source` or `client"),
            (&self.destination, roles.destination, "destination"),
            (&self.source_port, roles.source_port, "source_port"),
            (&self.destination_port, roles.destination_port, "destination_port"),
            (&self.protocol, roles.protocol, "protocol"),
            (&self.service, roles.service, "service"),
            (&self.subject, roles.subject, "subject"),
        ];
        let given = given.into_iter().filter_map(|(value, end, role)| Some((value.as_deref()?, end, role)));
        let filter = |(value, end, role): (&str, Option<ColumnId>, &str)| {
            let field = model.raw_table().zip(end).map(|(raw, end)| raw[end].name.as_str());
            let holds = |column: &&Column| field.is_some() && model.taken_from(scores, column) == field;
            let column = scores.columns.iter().find(holds).ok_or_else(|| {
                Error::Usage(format!(
                    "score: no column of {} has the role `{role}` of the pipeline's configuration; --filter names columns",
                    scores.name
                ))
            })?;
            Ok(Filter::is(&column.name, value))
        };
        given.map(filter).collect()
    }
}

/// A judgement on connections.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// The connections.
    pub which: ChosenRows,
    /// Their severities; `None` removes earlier judgements.
    pub severity: Option<Severities>,
    /// The note.
    pub note: String,
}

/// A day whose connections are scored.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Copy)]
pub struct Day<'a> {
    pub chosen: Chosen<'a>,
    pub day: Date,
    pub who: &'a str,
}

/// The outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ScoreSummary {
    /// The table of judgements.
    pub table: String,
    /// The day.
    pub day: String,
    /// The number of connections that have a judgement now.
    pub judged: u64,
    /// The number of their suspicious rows.
    pub rows: u64,
    /// The number of these connections that had the same judgement before, which was not written again.
    pub unchanged: u64,
    /// The number of connections whose judgement was removed.
    pub taken_back: u64,
    /// Stored judgements that changed, by old and new severity.
    pub changes: Vec<Count>,
    /// Judgements of this command that were not stored, because a later one for the same connection differs.
    pub overridden: u64,
}

/// Stores judgements on connections, all of them or none. The analyst must have agreed to the changes of stored
/// judgements. If other users changed these since, nothing is stored.
///
/// # Errors
/// If a judgement matches no connection or cannot be stored, or the database cannot be written.
pub fn judge(
    store: &mut dyn Store,
    of: Day<'_>,
    judgements: &[Judgement],
    consent: Consent<'_, Changes>,
) -> Result<Outcome<ScoreSummary, Changes>> {
    let table = table_of(of.chosen)?;
    for judgement in judgements {
        require_storable("the note", &judgement.note)?;
        judgement.severity.as_ref().map_or(Ok(()), |severities| severities.require_in(table))?;
    }
    in_transaction(store, Transaction::Latest, |unit| {
        unit.lock(&lock_of(of.chosen, of.day))?;
        let (meant, overridden) = meant(unit, of, table, judgements)?;
        let stored = Stored::read(unit, of, table)?;
        let changes = stored.changes(&meant);
        if !consent.covers(&changes) {
            return Ok(Outcome::Asks(changes));
        }
        let summary = store_scores(unit, of, &meant, &stored, &changes)?;
        Ok(Outcome::Done(ScoreSummary { overridden, ..summary }))
    })
    .map_err(|error| {
        error.checked_by("`flow-oa query threats` shows the scores, and the same command again is safe")
    })
}

/// Connections with their new judgement, by the string that identifies them.
type Meant<'a> = BTreeMap<String, (Connection, &'a Judgement)>;

/// The connections that the judgements match. For the same connection the last judgement wins; also returns how many
/// earlier judgements differ from it.
fn meant<'a>(
    session: &mut dyn Session,
    of: Day<'_>,
    table: &Table,
    judgements: &'a [Judgement],
) -> Result<(Meant<'a>, u64)> {
    let names_ranks = |which: &ChosenRows| match which {
        ChosenRows::Rank(_) | ChosenRows::Story(_) => true,
        ChosenRows::Where(_) => false,
    };
    let names_ranks = judgements.iter().any(|judgement| names_ranks(&judgement.which));
    let ranked = if names_ranks { Ranked::read(session, of, table)? } else { Ranked::default() };
    let (mut meant, mut overridden) = (Meant::new(), 0);
    for judgement in judgements {
        let mut found = match &judgement.which {
            ChosenRows::Rank(rank) => ranked.of(*rank),
            ChosenRows::Story(rank) => {
                let ranks = stories_of(of)?.ranks(session, of.day, *rank)?;
                ranks.into_iter().flat_map(|rank| ranked.of(rank)).collect()
            }
            ChosenRows::Where(filters) => scored(session, of, table, filters)?,
        };
        let is_taken_back = judgement.severity.is_none();
        if is_taken_back && (found.is_empty() || matches!(judgement.which, ChosenRows::Where(_))) {
            found.extend(gone(session, of, table, &judgement.which)?);
        }
        if found.is_empty() {
            return Err(nothing_meant(session, of, judgement)?);
        }
        for (named, connection) in found {
            let earlier = meant.insert(named, (connection, judgement));
            let differs = |(_, other): &(Connection, &Judgement)| {
                (&other.severity, &other.note) != (&judgement.severity, &judgement.note)
            };
            overridden += u64::from(earlier.as_ref().is_some_and(differs));
        }
    }
    Ok((meant, overridden))
}

/// The stories of a pipeline.
fn stories_of(of: Day<'_>) -> Result<Stories<'_>> {
    Stories::of(of.chosen.model).ok_or_else(|| {
        let (name, scores) = (&of.chosen.model.name, &of.chosen.model.scores_table().name);
        Error::Usage(format!(
            "score --story: the pipeline {name} has no stories: {name}_config.json has no `ranking`, or {scores} lacks a \
             column of its `group`. --rank and --filter name rows"
        ))
    })
}

/// Stores the judgement on each connection. If it equals the stored one, that row stays, with its author.
fn store_scores(
    unit: &mut dyn Unit,
    of: Day<'_>,
    meant: &Meant<'_>,
    stored: &Stored<'_>,
    changes: &Changes,
) -> Result<ScoreSummary> {
    let table = stored.table;
    let (judged, removed): (Vec<_>, Vec<_>) = meant.iter().partition(|(_, (_, it))| it.severity.is_some());
    let is_new =
        |(name, (_, judgement)): &(&String, &(Connection, &Judgement))| !stored.agrees(name, judgement);
    let new: Vec<_> = judged.iter().copied().filter(is_new).collect();
    // Without transactions the log's latest row of a key wins, so a row need not be deleted before it is replaced.
    let has_transactions = unit.dialect().capabilities().transactions;
    let replaced = if has_transactions { new.as_slice() } else { &[] };
    let gone = replaced.iter().chain(&removed).filter(|(name, _)| stored.has(name));
    let gone: Vec<&Connection> = gone.map(|(_, (connection, _))| connection).collect();
    for which in of_connections(of, table, &gone) {
        unit.delete(&table.name, which)?;
    }
    let now = rows::now();
    let rows = new.iter().map(|(_, (connection, judgement))| row(of, table, connection, judgement, &now));
    unit.append(&table.name, rows.collect())?;
    Ok(ScoreSummary {
        table: table.name.clone(),
        day: of.day.to_string(),
        judged: judged.len() as u64,
        rows: judged.iter().map(|(_, (connection, _))| connection.rows).sum(),
        unchanged: (judged.len() - new.len()) as u64,
        taken_back: changes.removed(),
        changes: changes.counts(),
        overridden: 0,
    })
}

/// The error for a judgement that matches nothing.
fn nothing_meant(session: &mut dyn Session, of: Day<'_>, judgement: &Judgement) -> Result<Error> {
    let scores = of.chosen.model.scores_table();
    let rows = session.count(&scores.name, &derive::on(scores, of.day))?;
    let which = match &judgement.which {
        ChosenRows::Rank(rank) | ChosenRows::Story(rank) => format!("of rank {rank}"),
        ChosenRows::Where(_) => "as the filters say".to_owned(),
    };
    Ok(Error::NoInput {
        doing: "scoring rows of",
        path: scores.name.clone().into(),
        error: format!(
            "no row of {} is {which} ({rows} rows are of that day). `flow-oa query suspicious` lists them, and \
             `query threats` what was scored",
            of.day
        ),
    })
}

/// The name of the lock for changes to what analysts wrote of a day.
pub(crate) fn lock_of(chosen: Chosen<'_>, day: Date) -> String {
    format!("analysts' rows of {}", chosen.day(day))
}

/// Conditions that match the judgements on connections, in batches.
fn of_connections(of: Day<'_>, table: &Table, connections: &[&Connection]) -> Vec<Cond> {
    let is = |connection: &Connection| {
        let is_key = |name: &str| table.names(&table.key).any(|key| key == name);
        let key = connection.values.iter().filter(|(name, _)| is_key(name));
        key.fold(Cond::all(), |all, (name, value)| all.add(Expr::col(Alias::new(name)).eq(value.clone())))
    };
    let any = |some: &[&Connection]| {
        let any = some.iter().fold(Cond::any(), |any, connection| any.add(is(connection)));
        derive::on(table, of.day).condition().add(any)
    };
    connections.chunks(AT_ONCE).map(any).collect()
}

/// A row of the table of judgements.
fn row<'a>(
    of: Day<'_>,
    table: &'a Table,
    connection: &Connection,
    judgement: &Judgement,
    now: &str,
) -> Vec<(&'a str, Expr)> {
    let mut row: Vec<(&str, Expr)> = Vec::new();
    let days = derive::on(table, of.day);
    for column in &table.columns {
        let value = match column.from.given() {
            Some(Given::Severity(of)) => {
                Value::BigInt(judgement.severity.as_ref().map(|severities| severities.number(of)))
            }
            Some(Given::Note) => Value::String(Some(judgement.note.clone())),
            Some(Given::When) => Value::String(Some(now.to_owned())),
            Some(Given::Who) => Value::String(Some(of.who.to_owned())),
            // The check allows neither for scores.
            Some(Given::Subject(_) | Given::Title) => continue,
            None => {
                let partition = days.values().iter().find(|(name, _)| *name == column.name);
                let plain = connection.values.iter().find(|(name, _)| *name == column.name);
                match (partition, plain) {
                    (Some((_, value)), _) => Value::BigInt(Some(*value)),
                    (None, Some((_, value))) => typed(value.clone(), column.kind),
                    (None, None) => continue,
                }
            }
        };
        row.push((column.name.as_str(), Expr::val(value)));
    }
    row
}

/// A value in the type of a column: numbers become booleans for columns of truth values.
fn typed(value: Value, kind: ColumnType) -> Value {
    match value {
        Value::BigInt(it) if kind == ColumnType::Bit => Value::Bool(it.map(|number| number != 0)),
        other => other,
    }
}

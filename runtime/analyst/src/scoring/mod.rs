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
use flow_oa_schema::model::{Column, ColumnId, Expr as Source, Table};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, Value};

use crate::consent::{Consent, Outcome};
use crate::judged::table_of;
use crate::query::Filter;
use crate::storable::require_storable;
use changes::Stored;
use connections::{Connection, Ranked, gone, scored};
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_runtime::day::derive;
use flow_oa_runtime::error::{Error, Result};
use flow_oa_runtime::ledger::rows;
use flow_oa_runtime::site::deployment::Chosen;
use flow_oa_runtime::site::engines::in_transaction;

pub use changes::{Change, Changes, Count};

/// The number of connections whose judgements one statement deletes.
const AT_ONCE: usize = 50;

/// How severe a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Stored as 1.
    High,
    /// Stored as 2.
    Medium,
    /// Stored as 3; spot-ml learns from it.
    Low,
}

impl Severity {
    /// The stored number.
    pub fn number(self) -> i64 {
        match self {
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
        }
    }

    fn of(number: i64) -> Option<Self> {
        [Self::High, Self::Medium, Self::Low].into_iter().find(|severity| severity.number() == number)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    /// Parses `high`, `medium`, `low`, or their numbers.
    ///
    /// # Errors
    /// The reason, if the text is something else.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "high" | "1" => Ok(Self::High),
            "medium" | "2" => Ok(Self::Medium),
            "low" | "3" => Ok(Self::Low),
            _ => Err("expected high, medium or low (1, 2 or 3)".to_owned()),
        }
    }
}

/// Which suspicious connections of the day are scored.
#[derive(Debug, Clone)]
pub enum ChosenRows {
    /// The connection of the row at that position in the results, with all its rows.
    Rank(i64),
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
        let model = chosen.model;
        let Some((columns, raw)) = model.rank.as_ref().zip(model.raw_table()) else {
            return Err(Error::Usage(format!(
                "score: {} does not say which of its columns are addresses and ports (`rank` in its configuration); --filter names \
                 columns",
                chosen.model.name
            )));
        };
        let scores = model.scores_table();
        let given = [
            (&self.source, columns.source),
            (&self.destination, columns.destination),
            (&self.source_port, columns.source_port),
            (&self.destination_port, columns.destination_port),
            (&self.protocol, columns.protocol),
        ];
        let given = given.into_iter().filter_map(|(value, end)| Some((value.as_deref()?, end)));
        let filter = |(value, end): (&str, ColumnId)| {
            let field = raw[end].name.as_str();
            let holds = |column: &&Column| model.taken_from(scores, column) == Some(field);
            let column = scores.columns.iter().find(holds).ok_or_else(|| {
                Error::Usage(format!(
                    "score: {} has no column of {field:?}; --filter names columns",
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
    /// Their severity; `None` removes earlier judgements.
    pub severity: Option<Severity>,
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
    let names_ranks = judgements.iter().any(|judgement| matches!(judgement.which, ChosenRows::Rank(_)));
    let ranked = if names_ranks { Ranked::read(session, of, table)? } else { Ranked::default() };
    let (mut meant, mut overridden) = (Meant::new(), 0);
    for judgement in judgements {
        let mut found = match &judgement.which {
            ChosenRows::Rank(rank) => ranked.of(*rank),
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
                (other.severity, &other.note) != (judgement.severity, &judgement.note)
            };
            overridden += u64::from(earlier.as_ref().is_some_and(differs));
        }
    }
    Ok((meant, overridden))
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
        ChosenRows::Rank(rank) => format!("of rank {rank}"),
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
        let key = connection.values.iter().filter(|(name, _)| table.key.contains(name));
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
        let value = match &column.from {
            Source::Severity => Value::BigInt(judgement.severity.map(Severity::number)),
            Source::Note => Value::String(Some(judgement.note.clone())),
            Source::When => Value::String(Some(now.to_owned())),
            Source::Who => Value::String(Some(of.who.to_owned())),
            _ => {
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

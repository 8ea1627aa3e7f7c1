//! The connections that a judgement applies to: those of a day's suspicious rows, and those whose rows are gone because
//! the day was run again over other results.

use std::collections::{BTreeMap, HashMap};

use flow_oa_core::shown;
use flow_oa_schema::model::{Column, Expr as Source, Table};
use sea_query::{Alias, Expr, ExprTrait, Query, Value};

use super::{ChosenRows, Day};
use crate::cells::place_of;
use crate::query::Filter;
use flow_oa_engine::Session;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::day::judged::{kept, plain, same_connection};
use flow_oa_site::{Error, Result};

/// A connection: the values that the table of judgements keeps of its scored rows.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    /// The values of the first such row, by rank.
    pub(super) values: Vec<(String, Value)>,
    /// The number of such rows.
    pub(super) rows: u64,
}

/// Connections by the string that identifies them.
pub(super) type Connections = BTreeMap<String, Connection>;

/// The suspicious rows of a day by rank. They are few, since a run stores no more than its limit, so all are read at
/// once.
#[derive(Debug, Default)]
pub(super) struct Ranked {
    /// The string that identifies the connection of each row.
    names: HashMap<i64, String>,
    connections: Connections,
}

impl Ranked {
    pub(super) fn read(session: &mut dyn Session, of: Day<'_>, table: &Table) -> Result<Self> {
        let scores = of.chosen.model.scores_table();
        let ranked = scores
            .column_from(&Source::Rank)
            .ok_or_else(|| Error::Usage(format!("--rank: no column of {} identifies rows", scores.name)))?;
        let at = place_of(scores, &ranked.name);
        let mut read = Self::default();
        for row in session.select(derive::of_day(scores, of.day, scores.names(&scores.key)))? {
            let rank = at.and_then(|at| row.get(at));
            let Some(Value::BigInt(Some(rank))) = rank else { continue };
            let named = add_scored(of, table, &mut read.connections, &row)?;
            read.names.insert(*rank, named);
        }
        Ok(read)
    }

    /// The connection of that rank, with all its rows.
    pub(super) fn of(&self, rank: i64) -> Connections {
        let found = self.names.get(&rank).and_then(|name| self.connections.get_key_value(name));
        found.map(|(named, connection)| (named.clone(), connection.clone())).into_iter().collect()
    }
}

/// The connections of the scored rows that match filters.
pub(super) fn scored(
    session: &mut dyn Session,
    of: Day<'_>,
    table: &Table,
    filters: &[Filter],
) -> Result<Connections> {
    let scores = of.chosen.model.scores_table();
    let dialect = session.dialect();
    let mut select = derive::of_day(scores, of.day, scores.names(&scores.key));
    for filter in filters {
        select.and_where(filter.condition(scores, dialect)?);
    }
    let mut found = Connections::new();
    for row in session.select(select)? {
        add_scored(of, table, &mut found, &row)?;
    }
    Ok(found)
}

/// Adds a scored row to its connection, and returns the string that identifies the connection.
fn add_scored(of: Day<'_>, table: &Table, connections: &mut Connections, row: &[Value]) -> Result<String> {
    let scores = of.chosen.model.scores_table();
    let value = |column: &Column| derive::computed_of(&column.from, scores, row);
    let values = kept(table).map(value).collect::<Result<Vec<Value>>>()?;
    Ok(add(table, connections, values))
}

/// Adds a row with the values of the columns that are kept to its connection, and returns the string that identifies the
/// connection.
fn add(table: &Table, connections: &mut Connections, row: Vec<Value>) -> String {
    let values: Vec<(String, Value)> = kept(table).map(|column| column.name.clone()).zip(row).collect();
    let named = named(table, |name| values.iter().find(|(column, _)| column == name).map(|(_, value)| value));
    connections.entry(named.clone()).or_insert(Connection { values, rows: 0 }).rows += 1;
    named
}

/// The string that identifies a connection: its values of the plain names in the key of the table of judgements.
pub(super) fn named<'v>(table: &Table, value: impl Fn(&str) -> Option<&'v Value>) -> String {
    let key = table.key.iter().map(|id| &table[*id]).filter(|column| column.from.column().is_some());
    let values = key.filter_map(|column| value(&column.name)).map(shown);
    values.collect::<Vec<_>>().join("\u{1f}")
}

/// The matching connections that have a judgement but no scored row any more, because the day was run again over other
/// results. Ranks are compared with those that the rows had.
pub(super) fn gone(
    session: &mut dyn Session,
    of: Day<'_>,
    table: &Table,
    which: &ChosenRows,
) -> Result<Connections> {
    let scores = of.chosen.model.scores_table();
    let dialect = session.dialect();
    let own =
        |scored: &str| plain(table).find(|(_, id)| scores[*id].name == scored).map(|(column, _)| column);
    let mut is_meant = derive::on(table, of.day).condition().add(has_no_row(scores, table));
    match which {
        ChosenRows::Rank(rank) => {
            let ranked = scores.column_from(&Source::Rank);
            let Some(ranked) = ranked.and_then(|ranked| own(&ranked.name)) else {
                return Ok(Connections::new());
            };
            is_meant = is_meant.add(Expr::col(Alias::new(&ranked.name)).eq(*rank));
        }
        // Rows that are gone are in no story.
        ChosenRows::Story(_) => return Ok(Connections::new()),
        ChosenRows::Where(filters) => {
            for filter in filters {
                // A column that the table of judgements does not keep cannot match once the row is gone.
                let Some(column) = filter.column_of(scores).and_then(|column| own(&column.name)) else {
                    return Ok(Connections::new());
                };
                is_meant = is_meant.add(filter.of(&column.name).condition(table, dialect)?);
            }
        }
    }
    let mut select = Query::select();
    select
        .columns(kept(table).map(|column| Alias::new(&column.name)))
        .from(Alias::new(&table.name))
        .cond_where(is_meant);
    let mut found = Connections::new();
    for row in session.select(select)? {
        add(table, &mut found, row);
    }
    Ok(found)
}

/// The condition that the day has no scored row for the connection of a judgement.
fn has_no_row(scores: &Table, judged: &Table) -> Expr {
    let of = |table: &str, column: &str| Expr::col((Alias::new(table), Alias::new(column)));
    let mut same = Query::select();
    same.expr(Expr::val(1)).from(Alias::new(&scores.name));
    for (own, scored) in same_connection(scores, judged) {
        same.and_where(of(&scores.name, scored).eq(of(&judged.name, own)));
    }
    Expr::exists(same).not()
}

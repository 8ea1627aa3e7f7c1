//! The connections that a judgement applies to: those of a day's suspicious rows, and those whose rows are gone because
//! the day was run again over other results.

use std::collections::{BTreeMap, HashMap};

use flow_oa_schema::model::{Expr as Source, Table};
use sea_query::{Alias, Cond, Expr, ExprTrait, Order, Query, SelectStatement, Value};

use super::{ChosenRows, Day};
use crate::judged::{plain, same_connection};
use crate::query::Filter;
use flow_oa_engine::Session;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::error::{Error, Result};

/// A connection: the values that its scored rows have for the plain names of the table of judgements.
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
        let mut select = of_scores(table, scores, derive::on(scores, of.day).condition());
        select.column(Alias::new(&ranked.name));
        let mut read = Self::default();
        for mut row in session.select(select)? {
            let Some(Value::BigInt(Some(rank))) = row.pop() else { continue };
            let named = add(table, &mut read.connections, row);
            read.names.insert(rank, named);
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
    let mut which = derive::on(scores, of.day).condition();
    for filter in filters {
        which = which.add(filter.condition(scores, dialect)?);
    }
    let mut found = Connections::new();
    for row in session.select(of_scores(table, scores, which))? {
        add(table, &mut found, row);
    }
    Ok(found)
}

/// Selects the values of scored rows for the plain names of the table of judgements, in the order of their key.
fn of_scores(table: &Table, scores: &Table, which: Cond) -> SelectStatement {
    let mut select = Query::select();
    select
        .columns(plain(table).map(|(_, scored)| Alias::new(&scores[scored].name)))
        .from(Alias::new(&scores.name))
        .cond_where(which);
    for name in &scores.key {
        select.order_by(Alias::new(name), Order::Asc);
    }
    select
}

/// Adds a row to its connection, and returns the string that identifies the connection.
fn add(table: &Table, connections: &mut Connections, row: Vec<Value>) -> String {
    let values: Vec<(String, Value)> = plain(table).map(|(column, _)| column.name.clone()).zip(row).collect();
    let named = named(table, |name| values.iter().find(|(column, _)| column == name).map(|(_, value)| value));
    connections.entry(named.clone()).or_insert(Connection { values, rows: 0 }).rows += 1;
    named
}

/// The string that identifies a connection: its values of the plain names in the key of the table of judgements.
pub(super) fn named<'v>(table: &Table, value: impl Fn(&str) -> Option<&'v Value>) -> String {
    let key = table.key.iter().filter(|name| plain(table).any(|(column, _)| column.name == **name));
    let values = key.filter_map(|name| value(name)).map(|value| format!("{value:?}"));
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
        |scored: &str| plain(table).find(|(_, it)| scores[*it].name == scored).map(|(column, _)| column);
    let mut is_meant = derive::on(table, of.day).condition().add(has_no_row(scores, table));
    match which {
        ChosenRows::Rank(rank) => {
            let ranked = scores.column_from(&Source::Rank);
            let Some(ranked) = ranked.and_then(|ranked| own(&ranked.name)) else {
                return Ok(Connections::new());
            };
            is_meant = is_meant.add(Expr::col(Alias::new(&ranked.name)).eq(*rank));
        }
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
        .columns(plain(table).map(|(column, _)| Alias::new(&column.name)))
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

//! All that an address did on a day: its flows summed up by peer and ports, for an analyst's investigation.
//!
//! Which column of the raw table is the source, a port or the bytes is declared where the pipeline declares how raw
//! rows are ranked.

use std::collections::HashMap;

use flow_oa_schema::answer::{Answer, Datum};
use flow_oa_schema::model::{ColumnId, RankColumns, Table};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Order, Query, SelectStatement, Value};

use super::answer::{self, Columns, Row};
use super::peers::{self, Ways, of_address};
use super::{QueryRequest, days, most_rows};
use crate::cells::datum;
use flow_oa_engine::Session;
use flow_oa_runtime::error::Result;

/// The sort order; the largest value comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Largest {
    /// By the number of flows.
    Connections,
    /// By bytes.
    Bytes,
}

const COLUMNS: Columns = &[
    ("peer", ColumnType::Address, "The other address."),
    (
        "ways",
        ColumnType::String,
        "How the two spoke on these days, seen from the address: inbound, outbound or two-way.",
    ),
    ("source", ColumnType::Address, "Address that sent."),
    ("destination", ColumnType::Address, "Address that received."),
    ("source_port", ColumnType::Int, "Port that sent."),
    ("destination_port", ColumnType::Int, "Port that received."),
    ("protocol", ColumnType::String, "Protocol."),
    ("first_seen", ColumnType::Time, "Time of the first flow, UTC."),
    ("last_seen", ColumnType::Time, "Time of the last flow, UTC."),
    ("connections", ColumnType::Bigint, "Flows."),
    ("packets", ColumnType::Bigint, "Packets of all flows."),
    ("largest_packets", ColumnType::Bigint, "Packets of the flow with the most."),
    ("mean_packets", ColumnType::Double, "Packets of a flow in the mean."),
    ("bytes", ColumnType::Bigint, "Bytes of all flows."),
    ("largest_bytes", ColumnType::Bigint, "Bytes of the flow with the most."),
    ("mean_bytes", ColumnType::Double, "Bytes of a flow in the mean."),
];

/// Sums up what an address did.
///
/// # Errors
/// If the pipeline does not declare the meaning of its raw columns, or the database cannot be queried.
pub(super) fn ask(
    session: &mut dyn Session,
    request: &QueryRequest<'_>,
    address: &str,
    by: Largest,
) -> Result<Answer> {
    let (raw, columns) = peers::raw(request.chosen.model, "query investigate")?;
    let which = days(raw, request.from, request.to)?.add(of_address(raw, columns, address));
    let ways = ways(session, raw, columns, which.clone(), address)?;
    let mut select = sums(raw, columns, which);
    let largest = match by {
        Largest::Connections => CONNECTIONS,
        Largest::Bytes => BYTES,
    };
    select.order_by(Alias::new(largest), Order::Desc);
    for name in GROUPED {
        select.order_by(Alias::new(name), Order::Asc);
    }
    if let Some(most) = most_rows(request.limit) {
        select.limit(most + 1);
    }
    let rows = session.select(select)?.iter().map(|row| told(row, address, &ways)).collect();
    Ok(answer::of_sums(request, raw, COLUMNS, rows))
}

/// Aliases of the sums.
const CONNECTIONS: &str = "connections";
const BYTES: &str = "bytes";

/// Aliases of the columns by which rows are grouped.
const GROUPED: [&str; 5] = ["source", "destination", "source_port", "destination_port", "protocol"];

/// Positions of sums in a row of the database.
const CONNECTIONS_AT: usize = 7;
const PACKETS_AT: usize = 8;
const BYTES_AT: usize = 10;

/// The sums, in the order of [`COLUMNS`] from `source` on, without the means.
fn sums(raw: &Table, columns: &RankColumns, which: Cond) -> SelectStatement {
    let grouped = [
        columns.source,
        columns.destination,
        columns.source_port,
        columns.destination_port,
        columns.protocol,
    ];
    // On some engines the type of a sum is wider than any type of an answer.
    let whole = |expr: Expr| Expr::expr(expr).cast_as("bigint");
    let column = |column: ColumnId| Expr::col(Alias::new(&raw[column].name));
    let sum = |summed: ColumnId| whole(Func::sum(column(summed)).into());
    let most = |of: ColumnId| whole(Func::max(column(of)).into());
    let mut select = Query::select();
    for (grouped, alias) in grouped.into_iter().zip(GROUPED) {
        select.expr_as(column(grouped), Alias::new(alias)).add_group_by([column(grouped)]);
    }
    select
        .expr(Func::min(column(columns.time)))
        .expr(Func::max(column(columns.time)))
        .expr_as(whole(Func::count(Expr::val(1)).into()), Alias::new(CONNECTIONS))
        .expr(sum(columns.packets))
        .expr(most(columns.packets))
        .expr_as(sum(columns.bytes), Alias::new(BYTES))
        .expr(most(columns.bytes))
        .from(Alias::new(&raw.name))
        .cond_where(which);
    select
}

/// The directions of traffic between each peer and the address.
fn ways(
    session: &mut dyn Session,
    raw: &Table,
    columns: &RankColumns,
    which: Cond,
    address: &str,
) -> Result<HashMap<String, Ways>> {
    let mut select = Query::select();
    select
        .distinct()
        .columns([columns.source, columns.destination].map(|column| Alias::new(&raw[column].name)))
        .from(Alias::new(&raw.name))
        .cond_where(which);
    let mut found: HashMap<String, Ways> = HashMap::new();
    for row in session.select(select)? {
        let [Value::String(Some(from)), Value::String(Some(to))] = row.as_slice() else { continue };
        let peer = if from == address { to } else { from };
        // What an address sends to itself goes both ways.
        let way = match (from == address, to == address) {
            (true, true) => Ways::TwoWay,
            (true, false) => Ways::Outbound,
            _ => Ways::Inbound,
        };
        found.entry(peer.clone()).and_modify(|ways| *ways = ways.and(way)).or_insert(way);
    }
    Ok(found)
}

/// A row of the answer.
fn told(row: &[Value], address: &str, ways: &HashMap<String, Ways>) -> Row {
    let text = |at: usize| match row.get(at) {
        Some(Value::String(Some(it))) => it.as_str(),
        _ => "",
    };
    let (from, to) = (text(0), text(1));
    let peer = if from == address { to } else { from };
    let number = |at: usize| match row.get(at) {
        Some(Value::BigInt(Some(it))) => *it as f64,
        _ => 0.0,
    };
    let connections = number(CONNECTIONS_AT);
    let mean = |at: usize| (connections > 0.0).then(|| Datum::Real(number(at) / connections));
    let mut told = vec![
        Some(Datum::Text(peer.to_owned())),
        ways.get(peer).map(|way| Datum::Text(way.name().to_owned())),
    ];
    let mut sums = row.iter();
    for (name, kind, _) in &COLUMNS[told.len()..] {
        told.push(match *name {
            "mean_packets" => mean(PACKETS_AT),
            "mean_bytes" => mean(BYTES_AT),
            _ => sums.next().and_then(|value| datum(value, *kind)),
        });
    }
    told
}

//! All that an address did on a day: its rows summed up by peer, and by ports, protocol, service and subject if the
//! pipeline has them. Or all rows about a host, a name or a URL, summed up by client.
//!
//! The roles in the configuration of the pipeline tell which columns of the raw table these are.

use std::collections::HashMap;

use flow_oa_schema::answer::{Answer, Datum};
use flow_oa_schema::model::{ColumnId, Roles};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, NullOrdering, Order, Query, Value};

use super::answer::{self, Row};
use super::peers::{Ends, Ways};
use super::{QueryRequest, days, most_rows};
use crate::cells::datum;
use flow_oa_engine::Session;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::day::subject::Subject;
use flow_oa_site::{Error, Result};

/// The sort order; the largest value comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Largest {
    /// By the number of flows.
    Connections,
    /// By bytes.
    Bytes,
}

/// A column of the answer.
type Shown = (&'static str, ColumnType, &'static str);

/// A column of the answer, and how the rows of a group give it.
struct Part {
    shown: Shown,
    sum: Sum,
}

/// How the rows of a group give a value.
#[derive(Clone, Copy)]
enum Sum {
    /// They are grouped by this column.
    By(ColumnId),
    First,
    Last,
    Count,
    Total(ColumnId),
    Most(ColumnId),
    /// The total divided by the count. Not read from the database.
    Mean(ColumnId),
}

/// The columns of the answer that the pipeline has roles for, after the peer and the direction.
fn parts(ends: &Ends<'_>) -> Vec<Part> {
    let Roles { source_port, destination_port, protocol, service, subject, packets, bytes, .. } = *ends.roles;
    let (by, whole) = (|role: Option<ColumnId>| role.map(Sum::By), ColumnType::Bigint);
    let kind = |column: ColumnId| ends.raw[column].kind;
    let typed = |role: Option<ColumnId>| role.map_or(ColumnType::Int, kind);
    let all = [
        (Some(Sum::By(ends.source)), ("source", kind(ends.source), "Source.")),
        (Some(Sum::By(ends.destination)), ("destination", kind(ends.destination), "Destination.")),
        (by(source_port), ("source_port", typed(source_port), "Source port.")),
        (by(destination_port), ("destination_port", typed(destination_port), "Destination port.")),
        (by(protocol), ("protocol", ColumnType::String, "Protocol.")),
        (
            by(service),
            ("service", typed(service), "What was asked for, such as a port or the type of a question."),
        ),
        (by(subject), ("subject", ColumnType::String, "Name or URL.")),
        (Some(Sum::First), ("first_seen", ColumnType::Time, "Time of the first row, UTC.")),
        (Some(Sum::Last), ("last_seen", ColumnType::Time, "Time of the last row, UTC.")),
        (Some(Sum::Count), (CONNECTIONS, whole, "Rows.")),
        (packets.map(Sum::Total), ("packets", whole, "Packets of all rows.")),
        (packets.map(Sum::Most), ("largest_packets", whole, "Packets of the row with the most.")),
        (packets.map(Sum::Mean), ("mean_packets", ColumnType::Double, "Packets of a row on average.")),
        (bytes.map(Sum::Total), (BYTES, whole, "Bytes of all rows.")),
        (bytes.map(Sum::Most), ("largest_bytes", whole, "Bytes of the row with the most.")),
        (bytes.map(Sum::Mean), ("mean_bytes", ColumnType::Double, "Bytes of a row on average.")),
    ];
    all.into_iter().filter_map(|(sum, shown)| Some(Part { shown, sum: sum? })).collect()
}

/// The first columns of the answer about an address: the peer, and the direction.
fn peer(ends: &Ends<'_>) -> [Shown; 2] {
    let kind = match [ends.source, ends.destination].map(|end| ends.raw[end].kind) {
        [ColumnType::Address, ColumnType::Address] => ColumnType::Address,
        _ => ColumnType::String,
    };
    let ways = "Direction of the traffic on these days, seen from the address: inbound, outbound or two-way.";
    [("peer", kind, "The other end."), ("ways", ColumnType::String, ways)]
}

/// Names of the sums by which rows are sorted.
const CONNECTIONS: &str = "connections";
const BYTES: &str = "bytes";

/// Sums up what an address did, or the rows about a name or a URL.
///
/// # Errors
/// If the pipeline does not declare the ends of its raw rows, or what they are about, or the database cannot be queried.
pub(super) fn ask(
    session: &mut dyn Session,
    request: &QueryRequest<'_>,
    subject: &Subject,
    by: Largest,
) -> Result<Answer> {
    let ends = Ends::of(request.chosen.model, "query investigate")?;
    let which = days(ends.raw, request.from, request.to)?;
    let (which, address) = match subject {
        Subject::Address(address) => (which.add(ends.have(address)), Some(address.as_str())),
        Subject::Text(text) => (which.add(is_about(&ends, text)?), None),
    };
    let ways = match address {
        Some(address) => ways(session, &ends, which.clone(), address)?,
        None => HashMap::new(),
    };
    let parts = parts(&ends);
    let largest = match by {
        Largest::Bytes if ends.roles.bytes.is_some() => BYTES,
        Largest::Bytes | Largest::Connections => CONNECTIONS,
    };
    let time = ends.time(session.dialect())?;
    // On some engines the type of a sum is wider than any type of an answer.
    let whole = |expr: Expr| Expr::expr(expr).cast_as("bigint");
    let mut select = Query::select();
    select.from(derive::raw_table(&ends.raw.name)).cond_where(which);
    select.order_by_with_nulls(Alias::new(largest), Order::Desc, NullOrdering::Last);
    for Part { shown: (name, ..), sum } in &parts {
        let value = match sum {
            Sum::By(column) => {
                select.add_group_by([ends.column(*column)]).order_by(Alias::new(*name), Order::Asc);
                ends.column(*column)
            }
            Sum::First => Func::min(time.clone()).into(),
            Sum::Last => Func::max(time.clone()).into(),
            Sum::Count => whole(Func::count(Expr::val(1)).into()),
            Sum::Total(column) => whole(Func::sum(ends.column(*column)).into()),
            Sum::Most(column) => whole(Func::max(ends.column(*column)).into()),
            Sum::Mean(_) => continue,
        };
        select.expr_as(value, Alias::new(*name));
    }
    if let Some(most) = most_rows(request.limit) {
        select.limit(most + 1);
    }
    let rows = session.select(select)?;
    let rows = rows.iter().map(|row| answered(row, &parts, address, &ways)).collect();
    let peer = address.map(|_| peer(&ends));
    let shown: Vec<Shown> = peer.into_iter().flatten().chain(parts.iter().map(|part| part.shown)).collect();
    Ok(answer::of_sums(request, ends.raw, &shown, rows))
}

/// The condition for rows about a name or a URL: in the column of the subject, or at an end that need not be an address.
fn is_about(ends: &Ends<'_>, text: &str) -> Result<Cond> {
    let can_be_text = |end: &ColumnId| ends.raw[*end].kind != ColumnType::Address;
    let named = [ends.source, ends.destination].into_iter().filter(can_be_text);
    let columns: Vec<ColumnId> = named.chain(ends.roles.subject).collect();
    if columns.is_empty() {
        return Err(Error::Usage(format!(
            "query investigate: {text:?} is no address, and no column of {} has the role `subject`, which holds names or \
             URLs",
            ends.raw.name
        )));
    }
    Ok(columns.into_iter().fold(Cond::any(), |any, column| any.add(ends.column(column).eq(text))))
}

/// The directions of traffic between each peer and the address.
fn ways(
    session: &mut dyn Session,
    ends: &Ends<'_>,
    which: Cond,
    address: &str,
) -> Result<HashMap<String, Ways>> {
    let mut select = Query::select();
    select
        .distinct()
        .expr(ends.column(ends.source))
        .expr(ends.column(ends.destination))
        .from(derive::raw_table(&ends.raw.name))
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

/// A row of the answer. Without an address, it has no peer.
fn answered(row: &[Value], parts: &[Part], address: Option<&str>, ways: &HashMap<String, Ways>) -> Row {
    let text = |at: usize| match row.get(at) {
        Some(Value::String(Some(text))) => text.as_str(),
        _ => "",
    };
    let (from, to) = (text(0), text(1));
    let mut answered = Vec::new();
    if let Some(address) = address {
        let peer = if from == address { to } else { from };
        answered.push(Some(Datum::Text(peer.to_owned())));
        answered.push(ways.get(peer).map(|way| Datum::Text(way.name().to_owned())));
    }
    let mut sums = row.iter();
    let (mut rows, mut totals) = (0.0, HashMap::new());
    for Part { shown: (_, kind, _), sum } in parts {
        let number = |value: Option<&Value>| match value {
            Some(Value::BigInt(Some(number))) => *number as f64,
            _ => 0.0,
        };
        let value = match sum {
            Sum::Mean(column) => {
                let mean = totals.get(column).map(|total: &f64| total / rows);
                answered.push(mean.filter(|_| rows > 0.0).map(Datum::Real));
                continue;
            }
            Sum::Count => {
                let value = sums.next();
                rows = number(value);
                value
            }
            Sum::Total(column) => {
                let value = sums.next();
                totals.insert(*column, number(value));
                value
            }
            Sum::By(_) | Sum::First | Sum::Last | Sum::Most(_) => sums.next(),
        };
        answered.push(value.and_then(|value| datum(value, *kind)));
    }
    answered
}

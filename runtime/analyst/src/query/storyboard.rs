//! What a storyboard shows of an address besides its timeline: its impact, by direction and network; its progression,
//! from the first peer to the last; and the locations of its peers.

use std::collections::BTreeMap;

use flow_oa_schema::answer::{Answer, Datum};
use flow_oa_schema::types::ColumnType;

use super::answer::{self, Columns, Row};
use super::peers::{self, Circle, Ends, Known, Ways};
use super::{QueryRequest, Question, days};
use flow_oa_engine::Session;
use flow_oa_site::{Error, Result};

const WAYS: (&str, ColumnType, &str) =
    ("ways", ColumnType::String, "Direction, as seen from the address: inbound, outbound or two-way.");
const CONTEXT: (&str, ColumnType, &str) = (
    "context",
    ColumnType::String,
    "Name of the network of the peer; without a name: internal, external or not known.",
);
const PEER: (&str, ColumnType, &str) = ("peer", ColumnType::Address, "Peer.");
const CONNECTIONS: (&str, ColumnType, &str) = ("connections", ColumnType::Bigint, "Raw rows.");
const BYTES: (&str, ColumnType, &str) = ("bytes", ColumnType::Bigint, "Bytes of all rows.");

const IMPACT: Columns<'static> =
    &[WAYS, CONTEXT, ("peers", ColumnType::Bigint, "Number of peers."), CONNECTIONS, BYTES];

const PROGRESSION: Columns<'static> = &[
    WAYS,
    CONTEXT,
    PEER,
    ("first_seen", ColumnType::Time, "Time of the first row, UTC."),
    ("last_seen", ColumnType::Time, "Time of the last row, UTC."),
    CONNECTIONS,
    BYTES,
];

const GLOBE: Columns<'static> = &[
    ("peer", ColumnType::Address, "The address itself, or a peer."),
    ("kind", ColumnType::String, "itself, or the direction: inbound, outbound or two-way."),
    ("internal", ColumnType::Bit, "Whether it is in one of the site's own ranges."),
    ("location", ColumnType::String, "Location: State;City Owner."),
    ("latitude", ColumnType::Double, "Degrees north."),
    ("longitude", ColumnType::Double, "Degrees east."),
    CONNECTIONS,
    BYTES,
];

/// Answers one of the queries about an address.
///
/// # Errors
/// If the pipeline does not declare the meaning of its raw columns, or the database or the context cannot be read.
pub(super) fn ask(session: &mut dyn Session, request: &QueryRequest<'_>, address: &str) -> Result<Answer> {
    let ends = Ends::of(request.chosen.model, &format!("query {}", request.question.name()))?;
    let which = days(ends.raw, request.from, request.to)?;
    let circle = peers::circle(session, (request.settings, request.progress), ends, which, address)?;
    let (columns, rows) = match &request.question {
        Question::Impact(_) => (IMPACT, impact(&circle)),
        Question::Progression(_) => (PROGRESSION, progression(&circle)),
        Question::Globe(_) => (GLOBE, globe(&circle)),
        other => return Err(Error::Internal(format!("{} is not a query about an address", other.name()))),
    };
    Ok(answer::of_sums(request, ends.raw, columns, rows))
}

fn text(it: &str) -> Option<Datum> {
    Some(Datum::Text(it.to_owned()))
}

/// The sums over the peers with the same direction and context.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Impact {
    pub(crate) peers: i64,
    pub(crate) connections: i64,
    pub(crate) bytes: i64,
}

/// The impact by direction and context.
pub(crate) fn impacts(circle: &Circle) -> BTreeMap<(Ways, &str), Impact> {
    let mut impacts: BTreeMap<(Ways, &str), Impact> = BTreeMap::new();
    for peer in &circle.peers {
        let it = impacts.entry((peer.ways, peer.known.context())).or_default();
        it.peers += 1;
        it.connections = it.connections.saturating_add(peer.connections);
        it.bytes = it.bytes.saturating_add(peer.bytes);
    }
    impacts
}

fn impact(circle: &Circle) -> Vec<Row> {
    let row = |((ways, context), impact): ((Ways, &str), Impact)| {
        let numbers = [impact.peers, impact.connections, impact.bytes].map(Datum::Whole).map(Some);
        [text(ways.name()), text(context)].into_iter().chain(numbers).collect()
    };
    impacts(circle).into_iter().map(row).collect()
}

fn progression(circle: &Circle) -> Vec<Row> {
    let row = |peer: &peers::Peer| {
        vec![
            text(peer.ways.name()),
            text(peer.known.context()),
            text(&peer.address),
            text(&peer.first_seen),
            text(&peer.last_seen),
            Some(Datum::Whole(peer.connections)),
            Some(Datum::Whole(peer.bytes)),
        ]
    };
    circle.peers.iter().map(row).collect()
}

fn globe(circle: &Circle) -> Vec<Row> {
    let sum = |of: fn(&peers::Peer) -> i64| circle.peers.iter().map(of).fold(0, i64::saturating_add);
    let itself =
        located(&circle.address, "itself", &circle.known, [sum(|it| it.connections), sum(|it| it.bytes)]);
    let peer = |peer: &peers::Peer| {
        located(&peer.address, peer.ways.name(), &peer.known, [peer.connections, peer.bytes])
    };
    [itself].into_iter().chain(circle.peers.iter().map(peer)).collect()
}

fn located(address: &str, kind: &str, known: &Known, numbers: [i64; 2]) -> Row {
    let (north, east) = known.place.unzip();
    let mut row = vec![
        text(address),
        text(kind),
        known.internal.map(Datum::Truth),
        text(&known.location),
        north.map(Datum::Real),
        east.map(Datum::Real),
    ];
    row.extend(numbers.map(|number| Some(Datum::Whole(number))));
    row
}

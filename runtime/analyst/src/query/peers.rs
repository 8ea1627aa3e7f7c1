//! The peers of an address: directions, times and amounts of traffic, and their context. Storyboards are built from
//! this.

use std::collections::HashMap;
use std::net::IpAddr;

use flow_oa_core::{Answers, Subject, shown};
use flow_oa_schema::model::{ColumnId, Pipeline, RankColumns, Table};
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Query, Value};

use flow_oa_context as context;
use flow_oa_engine::Session;
use flow_oa_files::Progress;
use flow_oa_runtime::error::{Error, Result};
use flow_oa_runtime::site::deployment::Settings;
use flow_oa_runtime::site::downloads::Downloader;

/// The directions of flows, seen from the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ways {
    /// Only the peer sent.
    Inbound,
    /// Only the address sent.
    Outbound,
    /// Both sent.
    TwoWay,
}

impl Ways {
    /// All, in the order in which they are listed.
    pub(crate) const ALL: [Self; 3] = [Self::Inbound, Self::Outbound, Self::TwoWay];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::TwoWay => "two-way",
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        if self == other { self } else { Self::TwoWay }
    }
}

/// The context for an address, insofar as the site has any.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    pub(crate) internal: Option<bool>,
    /// The name of its network; empty if there is none.
    pub(crate) network: String,
    /// Its location; empty if unknown.
    pub(crate) location: String,
    /// Degrees north and east.
    pub(crate) place: Option<(f64, f64)>,
}

impl Known {
    /// The group in which it is listed: the name of its network, or on which side of the site's border it is.
    pub(crate) fn context(&self) -> &str {
        match (self.network.as_str(), self.internal) {
            ("", Some(true)) => "internal",
            ("", Some(false)) => "external",
            ("", None) => "not known",
            (name, _) => name,
        }
    }
}

/// An address that communicated with the address in question.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) address: String,
    pub(crate) ways: Ways,
    /// The times of the first and the last flow, UTC.
    pub(crate) first_seen: String,
    pub(crate) last_seen: String,
    /// The number of flows.
    pub(crate) connections: i64,
    pub(crate) bytes: i64,
    pub(crate) known: Known,
}

/// An address and its peers.
#[derive(Debug)]
pub(crate) struct Circle {
    pub(crate) address: String,
    pub(crate) known: Known,
    /// Sorted by the time of the first flow, then by address.
    pub(crate) peers: Vec<Peer>,
}

/// The raw table, and the meaning of its columns.
///
/// # Errors
/// If the pipeline does not declare it.
pub(crate) fn raw<'a>(model: &'a Pipeline, asked: &str) -> Result<(&'a Table, &'a RankColumns)> {
    match (model.raw_table(), model.rank.as_ref()) {
        (Some(raw), Some(columns)) => Ok((raw, columns)),
        _ => Err(Error::Usage(format!(
            "{asked}: {} does not say which of its raw columns are addresses, ports and bytes (`rank` in its configuration)",
            model.name
        ))),
    }
}

/// The condition for raw rows that have an address at either end.
pub(crate) fn of_address(raw: &Table, columns: &RankColumns, address: &str) -> Cond {
    let is = |column: ColumnId| Expr::col(Alias::new(&raw[column].name)).eq(address);
    Cond::any().add(is(columns.source)).add(is(columns.destination))
}

/// Reads the peers of an address on some days.
pub(crate) fn circle(
    session: &mut dyn Session,
    (settings, progress): (&Settings, &Progress),
    (raw, columns): (&Table, &RankColumns),
    days: Cond,
    address: &str,
) -> Result<Circle> {
    let mut peers = seen(session, raw, columns, days.add(of_address(raw, columns, address)), address)?;
    let mut known = known(settings, progress, peers.iter().map(|it| it.address.as_str()).chain([address]))?;
    for peer in &mut peers {
        peer.known = known.remove(&peer.address).unwrap_or_default();
    }
    let known = known.remove(address).unwrap_or_default();
    Ok(Circle { address: address.to_owned(), known, peers })
}

/// The peers, without their context.
fn seen(
    session: &mut dyn Session,
    raw: &Table,
    columns: &RankColumns,
    which: Cond,
    address: &str,
) -> Result<Vec<Peer>> {
    let column = |column: ColumnId| Expr::col(Alias::new(&raw[column].name));
    let whole = |expr: Expr| Expr::expr(expr).cast_as("bigint");
    let mut select = Query::select();
    select
        .expr(column(columns.source))
        .expr(column(columns.destination))
        .expr(Func::min(column(columns.time)))
        .expr(Func::max(column(columns.time)))
        .expr(whole(Func::count(Expr::val(1)).into()))
        .expr(whole(Func::sum(column(columns.bytes)).into()))
        .from(Alias::new(&raw.name))
        .cond_where(which)
        .add_group_by([column(columns.source), column(columns.destination)]);
    let mut found: HashMap<String, Peer> = HashMap::new();
    for row in session.select(select)? {
        let Some(peer) = one_way(&row, address) else {
            let found = row.iter().map(shown).collect::<Vec<_>>().join(", ");
            return Err(Error::Internal(format!("summing up {} by its ends gave {found}", raw.name)));
        };
        match found.get_mut(&peer.address) {
            Some(other) => other.add(peer),
            None => drop(found.insert(peer.address.clone(), peer)),
        }
    }
    // An address is not its own peer.
    found.remove(address);
    let mut peers: Vec<Peer> = found.into_values().collect();
    peers.sort_unstable_by(|a, b| (&a.first_seen, &a.address).cmp(&(&b.first_seen, &b.address)));
    Ok(peers)
}

/// The traffic in one direction between the address and a peer.
fn one_way(row: &[Value], address: &str) -> Option<Peer> {
    let [
        Value::String(Some(from)),
        Value::String(Some(to)),
        Value::String(Some(first)),
        Value::String(Some(last)),
        Value::BigInt(Some(connections)),
        bytes,
    ] = row
    else {
        return None;
    };
    let is_sent = from == address;
    Some(Peer {
        address: if is_sent { to.clone() } else { from.clone() },
        ways: if is_sent { Ways::Outbound } else { Ways::Inbound },
        first_seen: first.clone(),
        last_seen: last.clone(),
        connections: *connections,
        bytes: if let Value::BigInt(Some(it)) = bytes { *it } else { 0 },
        known: Known::default(),
    })
}

impl Peer {
    /// Adds the traffic in the other direction.
    fn add(&mut self, other: Self) {
        self.ways = self.ways.and(other.ways);
        if other.first_seen < self.first_seen {
            self.first_seen = other.first_seen;
        }
        if other.last_seen > self.last_seen {
            self.last_seen = other.last_seen;
        }
        self.connections = self.connections.saturating_add(other.connections);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// The context of addresses from the site's files. No service is queried: nothing here needs a reputation.
fn known<'a>(
    settings: &Settings,
    progress: &Progress,
    addresses: impl Iterator<Item = &'a str>,
) -> Result<HashMap<String, Known>> {
    let mut settings = settings.without_reputation();
    settings.context.codes.clear();
    let context = Downloader::new(&settings, progress).context()?;
    let named = |error: flow_oa_core::ContextError| context.as_named(error.into());
    let mut ips: Vec<IpAddr> = addresses.filter_map(context::address).collect();
    ips.sort_unstable();
    ips.dedup();
    let subject = |ip| Subject { ip, answers: Answers::default() };
    let mut subjects: Vec<Subject> = ips.into_iter().map(subject).collect();
    for mut source in context::open(&context.files, &context.asking).map_err(named)? {
        source.answer(&mut subjects).map_err(named)?;
    }
    Ok(subjects.into_iter().map(|subject| (subject.ip.to_string(), of_answers(&subject.answers))).collect())
}

fn of_answers(answers: &Answers) -> Known {
    Known {
        internal: answers.network.internal,
        network: answers.network.name.to_string(),
        location: answers.geo.location.to_string(),
        // Geolocation files have 0 for both if the place is unknown; that would be a place in the sea.
        place: answers.geo.latitude.zip(answers.geo.longitude).filter(|point| *point != (0.0, 0.0)),
    }
}

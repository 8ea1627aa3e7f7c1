//! The peers of an address: directions, times and amounts of traffic, and their context. Storyboards are built from
//! this.

use std::collections::HashMap;
use std::net::IpAddr;

use flow_oa_core::{Answers, Subject, shown};
use flow_oa_schema::Dialect;
use flow_oa_schema::model::{ColumnId, Pipeline, Roles, Table};
use sea_query::{Cond, Expr, ExprTrait, Func, Query, Value};

use flow_oa_context as context;
use flow_oa_engine::Session;
use flow_oa_files::Progress;
use flow_oa_runtime::day::derive;
use flow_oa_site::deployment::Settings;
use flow_oa_site::downloads::Downloader;
use flow_oa_site::{Error, Result};

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

/// The raw table, and the roles of its columns that tell who communicated with whom.
#[derive(Clone, Copy)]
pub(crate) struct Ends<'a> {
    pub(crate) raw: &'a Table,
    pub(crate) roles: &'a Roles,
    pub(crate) source: ColumnId,
    pub(crate) destination: ColumnId,
}

impl<'a> Ends<'a> {
    /// # Errors
    /// If the pipeline does not declare the two ends.
    pub(crate) fn of(model: &'a Pipeline, asked: &str) -> Result<Self> {
        let roles = &model.roles;
        match (model.raw_table(), roles.first_end(), roles.destination) {
            (Some(raw), Some(source), Some(destination)) => Ok(Self { raw, roles, source, destination }),
            _ => Err(Error::Usage(format!(
                "{asked}: the configuration of {} does not name the columns of the source or the client, and of the destination (`roles`)",
                model.name
            ))),
        }
    }

    /// A column of the raw table, in a statement that reads from [`derive::raw_table`].
    pub(crate) fn column(&self, column: ColumnId) -> Expr {
        derive::raw_column(&self.raw[column].name)
    }

    /// The time of a row.
    ///
    /// # Errors
    /// If the pipeline does not declare it.
    pub(crate) fn time(&self, dialect: Dialect) -> Result<Expr> {
        let time = self.roles.time.as_ref().ok_or_else(|| {
            Error::Usage(format!("{}: no column has the role `time`, so nothing tells when", self.raw.name))
        })?;
        derive::computed(dialect, self.raw, time)
    }

    /// The condition for raw rows that have an address at either end.
    pub(crate) fn have(&self, address: &str) -> Cond {
        let is = |column: ColumnId| self.column(column).eq(address);
        Cond::any().add(is(self.source)).add(is(self.destination))
    }
}

/// Reads the peers of an address on some days.
pub(crate) fn circle(
    session: &mut dyn Session,
    (settings, progress): (&Settings, &Progress),
    ends: Ends<'_>,
    days: Cond,
    address: &str,
) -> Result<Circle> {
    let mut peers = seen(session, ends, days.add(ends.have(address)), address)?;
    let mut known = known(settings, progress, peers.iter().map(|it| it.address.as_str()).chain([address]))?;
    for peer in &mut peers {
        peer.known = known.remove(&peer.address).unwrap_or_default();
    }
    let known = known.remove(address).unwrap_or_default();
    Ok(Circle { address: address.to_owned(), known, peers })
}

/// The peers, without their context. Without a role `bytes`, no peer has bytes.
fn seen(session: &mut dyn Session, ends: Ends<'_>, which: Cond, address: &str) -> Result<Vec<Peer>> {
    let whole = |expr: Expr| Expr::expr(expr).cast_as("bigint");
    let time = ends.time(session.dialect())?;
    let bytes = ends.roles.bytes.map_or_else(|| Expr::val(0), |bytes| ends.column(bytes));
    let mut select = Query::select();
    select
        .expr(ends.column(ends.source))
        .expr(ends.column(ends.destination))
        .expr(Func::min(time.clone()))
        .expr(Func::max(time))
        .expr(whole(Func::count(Expr::val(1)).into()))
        .expr(whole(Func::sum(bytes).into()))
        .from(derive::raw_table(&ends.raw.name))
        .cond_where(which)
        .add_group_by([ends.column(ends.source), ends.column(ends.destination)]);
    let mut found: HashMap<String, Peer> = HashMap::new();
    for row in session.select(select)? {
        let Some(peer) = one_way(&row, address) else {
            let found = row.iter().map(shown).collect::<Vec<_>>().join(", ");
            return Err(Error::Internal(format!("summing up {} by its ends gave {found}", ends.raw.name)));
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
    let mut subjects: Vec<Subject> = ips.into_iter().map(Subject::address).collect();
    for mut source in context::open(&context.files, &context.asking).map_err(named)? {
        source.answer(&mut subjects).map_err(named)?;
    }
    Ok(subjects.into_iter().map(|subject| (subject.of.to_string(), of_answers(&subject.answers))).collect())
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

//! The context sources and the facts that each provides. A new source needs an entry in each list here, an expression in
//! the table document and a module in the runtime.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::range::Range;
use crate::types::{ColumnType, TextKind};

/// A fact from the network context.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NetworkFact {
    /// Whether the address is in one of the site's own ranges.
    Internal,
    /// The name of the most specific entry that contains the address.
    Name,
    /// The most specific entry that contains the address.
    Entry,
}

/// A fact from geolocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GeoFact {
    /// The location, as `State;City Owner`.
    Location,
    /// The domain of the network.
    Domain,
    /// The two-letter country code (ISO 3166).
    Country,
    /// The latitude in degrees north.
    Latitude,
    /// The longitude in degrees east.
    Longitude,
}

/// A fact from the IANA registries about a number or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IanaFact {
    /// The keyword of a protocol, which is given by its number or name.
    ProtocolName,
    /// The number of a protocol, which is given by its number or name. No value if the protocol is unknown.
    ProtocolNumber,
    /// The service of a port, such as `https`; needs the protocol in `with`.
    Service,
    /// The ICMP message in the destination port, such as `Destination Unreachable: Port Unreachable`; needs the
    /// protocol in `with`.
    IcmpMessage,
    /// The ICMP type in the destination port; needs the protocol in `with`. No value if the protocol is not ICMP.
    IcmpType,
    /// The ICMP code in the destination port; needs the protocol in `with`. No value if the protocol is not ICMP.
    IcmpCode,
    /// The names of TCP flags, such as `ACK PSH SYN FIN` for `.AP.SF`.
    TcpFlags,
}

impl IanaFact {
    /// The type of the fact.
    pub fn kind(self) -> ColumnType {
        if self.may_be_absent() { ColumnType::Int } else { ColumnType::String }
    }

    /// The range of the fact, if it is a number.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::ProtocolNumber | Self::IcmpType | Self::IcmpCode => Some(Range::whole(0, 255)),
            Self::ProtocolName | Self::Service | Self::IcmpMessage | Self::TcpFlags => None,
        }
    }

    /// The fact in words, for messages.
    pub fn words(self) -> &'static str {
        match self {
            Self::ProtocolName => "protocol name",
            Self::ProtocolNumber => "protocol number",
            Self::Service => "service",
            Self::IcmpMessage => "ICMP message",
            Self::IcmpType => "ICMP type",
            Self::IcmpCode => "ICMP code",
            Self::TcpFlags => "TCP flags",
        }
    }

    /// Whether the fact is about a port and needs the protocol in `with`. The others are about a protocol or flags.
    pub fn is_of_port(self) -> bool {
        matches!(self, Self::Service | Self::IcmpMessage | Self::IcmpType | Self::IcmpCode)
    }

    /// Whether the fact may be unknown, so that the column has no value. A text is empty instead.
    pub fn may_be_absent(self) -> bool {
        matches!(self, Self::ProtocolNumber | Self::IcmpType | Self::IcmpCode)
    }
}

/// One fact of one context source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// A fact from the network context.
    Network(NetworkFact),
    /// A fact from geolocation.
    Geo(GeoFact),
    /// The verdicts of the reputation services on an address, a domain or a URL.
    Reputation(TextKind),
}

impl Fact {
    /// The name of the source, and the name of the fact in its answer.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Network(NetworkFact::Internal) => ("network", "internal"),
            Self::Network(NetworkFact::Name) => ("network", "name"),
            Self::Network(NetworkFact::Entry) => ("network", "entry"),
            Self::Geo(GeoFact::Location) => ("geo", "location"),
            Self::Geo(GeoFact::Domain) => ("geo", "domain"),
            Self::Geo(GeoFact::Country) => ("geo", "country"),
            Self::Geo(GeoFact::Latitude) => ("geo", "latitude"),
            Self::Geo(GeoFact::Longitude) => ("geo", "longitude"),
            Self::Reputation(_) => ("reputation", "verdict"),
        }
    }

    /// The type of the fact.
    pub fn kind(self) -> ColumnType {
        match self {
            Self::Network(NetworkFact::Internal) => ColumnType::Bit,
            Self::Geo(GeoFact::Latitude | GeoFact::Longitude) => ColumnType::Double,
            Self::Network(NetworkFact::Name | NetworkFact::Entry)
            | Self::Geo(GeoFact::Location | GeoFact::Domain | GeoFact::Country)
            | Self::Reputation(_) => ColumnType::String,
        }
    }

    /// The range of the fact, if it is a number.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::Geo(GeoFact::Latitude) => Some(Range::real(-90.0, 90.0)),
            Self::Geo(GeoFact::Longitude) => Some(Range::real(-180.0, 180.0)),
            Self::Network(NetworkFact::Internal | NetworkFact::Name | NetworkFact::Entry)
            | Self::Geo(GeoFact::Location | GeoFact::Domain | GeoFact::Country)
            | Self::Reputation(_) => None,
        }
    }

    /// Whether the fact may be unknown, so that the column has no value. A text is empty instead.
    pub fn may_be_absent(self) -> bool {
        !self.kind().is_text()
    }
}

//! The list of context sources and what each can give. A new source is a line in each list here, an
//! origin in the table document and a module in the runtime.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::range::Range;
use crate::types::ColumnType;

/// What the network context can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum NetworkFact {
    /// Whether the address lies in a range of the site's own.
    Internal,
    /// The name of the most specific entry that holds the address.
    Name,
    /// That entry.
    Entry,
}

/// What geolocation can give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum GeoFact {
    /// `State;City Owner`.
    Location,
    /// Domain of the network.
    Domain,
    /// Code of the country: two letters (ISO 3166).
    Country,
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
}

/// What the registries of the Internet say of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum IanaFact {
    /// The keyword of a protocol, given by its number or name.
    ProtocolName,
    /// The number of a protocol, given by its number or name; none where nobody knows.
    ProtocolNumber,
    /// The service of a port, `with` the protocol: `https`.
    Service,
    /// The message of ICMP in the destination port, `with` the protocol: `Destination Unreachable: Port Unreachable`.
    IcmpMessage,
    /// The type of ICMP in the destination port, `with` the protocol; none where that is another one.
    IcmpType,
    /// The code of ICMP, likewise.
    IcmpCode,
    /// The names of TCP flags: `ACK PSH SYN FIN` for `.AP.SF`.
    TcpFlags,
}

impl IanaFact {
    /// The type that it has.
    pub fn kind(self) -> ColumnType {
        if self.may_be_absent() { ColumnType::Int } else { ColumnType::String }
    }

    /// The numbers that it can be, where it is one.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::ProtocolNumber | Self::IcmpType | Self::IcmpCode => Some(Range::whole(0, 255)),
            Self::ProtocolName | Self::Service | Self::IcmpMessage | Self::TcpFlags => None,
        }
    }

    /// What it is, in words.
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

    /// Whether it is about a port, `with` the protocol beside it; the others are about a text.
    pub fn is_of_port(self) -> bool {
        matches!(self, Self::Service | Self::IcmpMessage | Self::IcmpType | Self::IcmpCode)
    }

    /// Whether it may be unknown, so that the column has no value then; text is empty instead.
    pub fn may_be_absent(self) -> bool {
        matches!(self, Self::ProtocolNumber | Self::IcmpType | Self::IcmpCode)
    }
}

/// One fact of one context source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// From the network context.
    Network(NetworkFact),
    /// From geolocation.
    Geo(GeoFact),
    /// From the reputation services.
    Reputation,
}

impl Fact {
    /// The source's name, and the name of the fact within its answer.
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
            Self::Reputation => ("reputation", "verdict"),
        }
    }

    /// The type that it has.
    pub fn kind(self) -> ColumnType {
        match self {
            Self::Network(NetworkFact::Internal) => ColumnType::Bit,
            Self::Geo(GeoFact::Latitude | GeoFact::Longitude) => ColumnType::Double,
            Self::Network(NetworkFact::Name | NetworkFact::Entry)
            | Self::Geo(GeoFact::Location | GeoFact::Domain | GeoFact::Country)
            | Self::Reputation => ColumnType::String,
        }
    }

    /// The numbers that it can be, where it is one.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::Geo(GeoFact::Latitude) => Some(Range::real(-90.0, 90.0)),
            Self::Geo(GeoFact::Longitude) => Some(Range::real(-180.0, 180.0)),
            Self::Network(NetworkFact::Internal | NetworkFact::Name | NetworkFact::Entry)
            | Self::Geo(GeoFact::Location | GeoFact::Domain | GeoFact::Country)
            | Self::Reputation => None,
        }
    }

    /// Whether it may be unknown, so that the column has no value then; text is empty instead.
    pub fn may_be_absent(self) -> bool {
        !self.kind().is_text()
    }
}

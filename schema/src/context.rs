//! The list of context sources and what each can give. A new source is a line in each list here, an
//! origin in the table document and a module in the runtime.

use schemars::JsonSchema;
use serde::Deserialize;

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
    /// Degrees north.
    Latitude,
    /// Degrees east.
    Longitude,
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
            | Self::Geo(GeoFact::Location | GeoFact::Domain)
            | Self::Reputation => ColumnType::String,
        }
    }

    /// Whether it may be unknown, so that the column has no value then; text is empty instead.
    pub fn may_be_absent(self) -> bool {
        !self.kind().is_text()
    }
}

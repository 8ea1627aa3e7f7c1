//! The closed list of column types and of the parts of a time.
//!
//! # Decisions
//!
//! - **A column of type `float`** is held in double precision in rows, so that SQLite stores the decimal number that
//!   was in the file.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::range::Range;

/// The type of a column: how its values are stored, and which values are valid.
///
/// Types with a range are named kinds of numbers, as an address is a kind of text. Each target (Rust, every dialect)
/// has one exhaustive match over [`Storage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text.
    String,
    /// A time, stored as UTC text `YYYY-MM-DD HH:MM:SS`.
    Time,
    /// An IPv4 or IPv6 address, stored as canonical text.
    Address,
    /// A URL, or another text that may be longer than an index of PostgreSQL can hold (2.7 kB). Keys hold its hash there.
    Url,
    /// A 16-bit whole number.
    Smallint,
    /// A 32-bit whole number.
    Int,
    /// A 64-bit whole number.
    Bigint,
    /// A number in single precision.
    Float,
    /// A number in double precision.
    Double,
    /// True or false.
    Bit,
    /// A TCP or UDP port, or ICMP type × 256 + code: 0 to 65535, stored as an `int`.
    Port,
    /// An 8-bit field, such as the type of service: 0 to 255, stored as an `int`.
    Byte,
    /// A number of things, such as bytes, packets or rows: 0 or more, stored as a `bigint`.
    Count,
    /// The number of an autonomous system: 0 to 4294967295, stored as a `bigint`.
    Asn,
    /// The SNMP index of an interface: 0 to 4294967295, which means that it is not known; stored as a `bigint`.
    Interface,
    /// A duration in seconds: 0 to 4294967296 (136 years), stored as a `float`. In raw rows a negative duration becomes
    /// 0, with a warning.
    Seconds,
}

/// How the values of a column are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Storage {
    /// Text.
    Text,
    /// A 16-bit whole number.
    Smallint,
    /// A 32-bit whole number.
    Int,
    /// A 64-bit whole number.
    Bigint,
    /// A number in single precision.
    Float,
    /// A number in double precision.
    Double,
    /// True or false.
    Bit,
}

impl Storage {
    /// Whether it holds whole numbers.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Smallint | Self::Int | Self::Bigint)
    }

    /// Whether it holds numbers with a fraction.
    pub fn is_real(self) -> bool {
        matches!(self, Self::Float | Self::Double)
    }

    /// Whether every value of `other` can be stored without loss.
    fn has_room_for(self, other: Self) -> bool {
        self == other
            || match self {
                Self::Int => other == Self::Smallint,
                Self::Bigint => other.is_whole(),
                Self::Double => other == Self::Float,
                Self::Text | Self::Smallint | Self::Float | Self::Bit => false,
            }
    }
}

impl ColumnType {
    /// All types.
    pub const ALL: [ColumnType; 16] = [
        Self::String,
        Self::Time,
        Self::Address,
        Self::Url,
        Self::Smallint,
        Self::Int,
        Self::Bigint,
        Self::Float,
        Self::Double,
        Self::Bit,
        Self::Port,
        Self::Byte,
        Self::Count,
        Self::Asn,
        Self::Interface,
        Self::Seconds,
    ];

    /// The name of the type in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Time => "time",
            Self::Address => "address",
            Self::Url => "url",
            Self::Smallint => "smallint",
            Self::Int => "int",
            Self::Bigint => "bigint",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bit => "bit",
            Self::Port => "port",
            Self::Byte => "byte",
            Self::Count => "count",
            Self::Asn => "asn",
            Self::Interface => "interface",
            Self::Seconds => "seconds",
        }
    }

    /// The storage of the values.
    pub fn storage(self) -> Storage {
        match self {
            Self::String | Self::Time | Self::Address | Self::Url => Storage::Text,
            Self::Smallint => Storage::Smallint,
            Self::Int | Self::Port | Self::Byte => Storage::Int,
            Self::Bigint | Self::Count | Self::Asn | Self::Interface => Storage::Bigint,
            Self::Float | Self::Seconds => Storage::Float,
            Self::Double => Storage::Double,
            Self::Bit => Storage::Bit,
        }
    }

    /// The valid numbers, if they are fewer than the storage can hold.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::String | Self::Time | Self::Address | Self::Url | Self::Bit => None,
            Self::Smallint | Self::Int | Self::Bigint | Self::Float | Self::Double => None,
            Self::Port => Some(Range::whole(0, 65_535)),
            Self::Byte => Some(Range::whole(0, 255)),
            Self::Count => Some(Range::NOT_NEGATIVE),
            Self::Asn | Self::Interface => Some(Range::whole(0, 4_294_967_295)),
            // A power of two, so that rounding to single precision never exceeds the range.
            Self::Seconds => Some(Range::real(0.0, 4_294_967_296.0)),
        }
    }

    /// The type with the same storage and no range. Times and addresses keep their type.
    pub fn plain(self) -> Self {
        match self.storage() {
            Storage::Text if self == Self::Url => Self::String,
            Storage::Text => self,
            Storage::Smallint => Self::Smallint,
            Storage::Int => Self::Int,
            Storage::Bigint => Self::Bigint,
            Storage::Float => Self::Float,
            Storage::Double => Self::Double,
            Storage::Bit => Self::Bit,
        }
    }

    /// Whether values are stored as text.
    pub fn is_text(self) -> bool {
        self.storage() == Storage::Text
    }

    /// Whether any text is a valid value.
    pub fn is_any_text(self) -> bool {
        matches!(self, Self::String | Self::Url)
    }

    /// Whether values are whole numbers.
    pub fn is_whole(self) -> bool {
        self.storage().is_whole()
    }

    /// Whether values are numbers, whole or not.
    pub fn is_number(self) -> bool {
        self.is_whole() || self.storage().is_real()
    }

    /// Whether every value of `self` is a valid value of `wider`.
    pub fn fits(self, wider: ColumnType) -> bool {
        self.fits_within(self.range(), wider)
    }

    /// Whether every value of `self` in `range` is a valid value of `wider`.
    pub fn fits_within(self, range: Option<Range>, wider: ColumnType) -> bool {
        match wider {
            Self::Time | Self::Address => self == wider,
            _ => {
                let is_in_range = |outer: Range| range.is_some_and(|range| outer.holds(range));
                wider.storage().has_room_for(self.storage()) && wider.range().is_none_or(is_in_range)
            }
        }
    }
}

/// What reputation services are asked about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TextKind {
    /// An address.
    #[default]
    Address,
    /// A host name.
    Domain,
    /// A URL.
    Url,
}

/// A kind of subject of comments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// An address.
    Address,
    /// Any other text, such as a host name.
    Text,
}

/// A unit to which times are truncated, and within which two times match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimeUnit {
    /// A minute: `YYYY-MM-DD HH:MM`.
    Minute,
    /// An hour: `YYYY-MM-DD HH`.
    Hour,
    /// A day: `YYYY-MM-DD`.
    Day,
}

impl TimeUnit {
    /// The name of the unit in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// The number of characters at the start of a time's text that name the unit.
    pub fn length(self) -> usize {
        match self {
            Self::Minute => 16,
            Self::Hour => 13,
            Self::Day => 10,
        }
    }

    /// The parts of a time that are equal within the unit.
    pub fn parts(self) -> &'static [TimePart] {
        const PARTS: [TimePart; 5] =
            [TimePart::Year, TimePart::Month, TimePart::Day, TimePart::Hour, TimePart::Minute];
        match self {
            Self::Minute => &PARTS,
            Self::Hour => &PARTS[..4],
            Self::Day => &PARTS[..3],
        }
    }
}

/// A part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimePart {
    /// Calendar year, 1 to 9999.
    Year,
    /// Month, 1 to 12.
    Month,
    /// Day of the month, 1 to 31.
    Day,
    /// Hour, 0 to 23.
    Hour,
    /// Minute, 0 to 59.
    Minute,
    /// Second, 0 to 59.
    Second,
    /// Whole seconds since 1970-01-01 00:00:00 UTC.
    Epoch,
}

impl TimePart {
    /// The name of the part in the JSON, which is also the name of the method of a moment that returns it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Epoch => "epoch",
        }
    }

    /// The position, from 1, and the length of the part in `YYYY-MM-DD HH:MM:SS`; `None` for the epoch.
    pub fn place(self) -> Option<(i32, usize)> {
        match self {
            Self::Year => Some((1, 4)),
            Self::Month => Some((6, 2)),
            Self::Day => Some((9, 2)),
            Self::Hour => Some((12, 2)),
            Self::Minute => Some((15, 2)),
            Self::Second => Some((18, 2)),
            Self::Epoch => None,
        }
    }

    /// The narrowest type that can hold the part.
    pub fn kind(self) -> ColumnType {
        if self == Self::Epoch { ColumnType::Bigint } else { ColumnType::Smallint }
    }

    /// The range of the part; `None` for the epoch.
    pub fn range(self) -> Option<Range> {
        match self {
            Self::Year => Some(Range::whole(1, 9999)),
            Self::Month => Some(Range::whole(1, 12)),
            Self::Day => Some(Range::whole(1, 31)),
            Self::Hour => Some(Range::whole(0, 23)),
            Self::Minute | Self::Second => Some(Range::whole(0, 59)),
            Self::Epoch => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_the_name_that_documents_have() {
        for kind in ColumnType::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(serde_json::from_value::<ColumnType>(kind.name().into()).unwrap(), kind);
        }
    }

    #[test]
    fn a_range_lies_within_what_its_storage_holds() {
        for kind in ColumnType::ALL {
            let Some(range) = kind.range() else { continue };
            let room = match kind.storage() {
                Storage::Smallint => Range::whole(i16::MIN.into(), i16::MAX.into()),
                Storage::Int => Range::whole(i32::MIN.into(), i32::MAX.into()),
                Storage::Bigint => Range::whole(i64::MIN, i64::MAX),
                Storage::Float => Range::real(f32::MIN.into(), f32::MAX.into()),
                Storage::Double => Range::real(f64::MIN, f64::MAX),
                Storage::Text | Storage::Bit => panic!("{} is not a number", kind.name()),
            };
            assert!(room.holds(range), "{}", kind.name());
        }
    }

    #[test]
    fn a_type_fits_where_no_value_of_it_is_lost() {
        use ColumnType::{
            Address, Bigint, Byte, Count, Double, Float, Int, Port, Seconds, Smallint, String, Time,
        };
        for (kind, wider) in [
            (Port, Port),
            (Port, Int),
            (Port, Bigint),
            (Port, Count),
            (Byte, Port),
            (Count, Bigint),
            (Seconds, Double),
            (Smallint, Int),
            (Time, String),
        ] {
            assert!(kind.fits(wider), "{} in {}", kind.name(), wider.name());
        }
        for (kind, wider) in [
            (Int, Port),
            (Port, Byte),
            (Count, Int),
            (Smallint, Count),
            (Count, Port),
            (Float, Seconds),
            (Double, Float),
            (Int, Double),
            (String, Time),
            (Address, Time),
        ] {
            assert!(!kind.fits(wider), "{} in {}", kind.name(), wider.name());
        }
        assert!(Smallint.fits_within(TimePart::Hour.range(), Byte));
    }
}

//! The closed list of column types and of parts of a time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The type of a column. Each target (Rust, every dialect) has one exhaustive match over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text.
    String,
    /// A time, stored as UTC text `YYYY-MM-DD HH:MM:SS`.
    Time,
    /// An IPv4 or IPv6 address, stored as canonical text.
    Address,
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
    /// Yes or no.
    Bit,
}

impl ColumnType {
    /// All of them.
    pub const ALL: [ColumnType; 9] = [
        Self::String,
        Self::Time,
        Self::Address,
        Self::Smallint,
        Self::Int,
        Self::Bigint,
        Self::Float,
        Self::Double,
        Self::Bit,
    ];

    /// Its name in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Time => "time",
            Self::Address => "address",
            Self::Smallint => "smallint",
            Self::Int => "int",
            Self::Bigint => "bigint",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bit => "bit",
        }
    }

    /// Whether it is stored as text.
    pub fn is_text(self) -> bool {
        matches!(self, Self::String | Self::Time | Self::Address)
    }

    /// Whether it is a whole number.
    pub fn is_whole(self) -> bool {
        matches!(self, Self::Smallint | Self::Int | Self::Bigint)
    }

    /// Whether every value of `self` is one of `wider` too.
    pub fn fits(self, wider: ColumnType) -> bool {
        self == wider
            || match wider {
                Self::String => self.is_text(),
                Self::Int => self == Self::Smallint,
                Self::Bigint => self.is_whole(),
                Self::Double => self == Self::Float,
                Self::Time | Self::Address | Self::Smallint | Self::Float | Self::Bit => false,
            }
    }
}

/// A part of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum TimePart {
    /// Calendar year.
    Year,
    /// 1 to 12.
    Month,
    /// Day of the month.
    Day,
    /// 0 to 23.
    Hour,
    /// 0 to 59.
    Minute,
    /// 0 to 59.
    Second,
    /// Whole seconds since 1970-01-01 00:00:00 UTC.
    Epoch,
}

impl TimePart {
    /// Its name in the JSON, and of the method of a moment that gives it.
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

    /// The narrowest type that holds it.
    pub fn kind(self) -> ColumnType {
        if self == Self::Epoch { ColumnType::Bigint } else { ColumnType::Smallint }
    }
}

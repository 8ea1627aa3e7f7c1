//! Thrift's binary protocol in its strict form: only the parts that HiveServer2 needs.
//!
//! It is written by hand from the description of the protocol. It knows no message of HiveServer2, and no socket.

mod read;
mod write;

pub(crate) use read::{Bytes, Decoder, Field};
pub(crate) use write::Encoder;

use crate::fault::Fault;

/// The types of values, by their numbers on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Byte,
    Double,
    I16,
    I32,
    I64,
    /// Text or binary.
    Binary,
    Struct,
    Map,
    Set,
    List,
}

impl Kind {
    /// Its name in Thrift, for messages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Byte => "byte",
            Self::Double => "double",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::Binary => "binary",
            Self::Struct => "struct",
            Self::Map => "map",
            Self::Set => "set",
            Self::List => "list",
        }
    }

    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Bool => 2,
            Self::Byte => 3,
            Self::Double => 4,
            Self::I16 => 6,
            Self::I32 => 8,
            Self::I64 => 10,
            Self::Binary => 11,
            Self::Struct => 12,
            Self::Map => 13,
            Self::Set => 14,
            Self::List => 15,
        }
    }

    fn of(code: u8) -> Result<Self, Fault> {
        const ALL: [Kind; 11] = [
            Kind::Bool,
            Kind::Byte,
            Kind::Double,
            Kind::I16,
            Kind::I32,
            Kind::I64,
            Kind::Binary,
            Kind::Struct,
            Kind::Map,
            Kind::Set,
            Kind::List,
        ];
        let found = ALL.into_iter().find(|kind| kind.code() == code);
        found.ok_or_else(|| Fault::Malformed(format!("a value of kind {code}, which there is not")))
    }

    /// The fewest bytes of a value of this type.
    fn least(self) -> usize {
        match self {
            Self::Bool | Self::Byte | Self::Struct => 1,
            Self::I16 => 2,
            Self::I32 | Self::Binary => 4,
            Self::Set | Self::List => 5,
            Self::Map => 6,
            Self::Double | Self::I64 => 8,
        }
    }
}

/// The types of messages, by their numbers on the wire.
pub(crate) mod message {
    /// The upper half of the first four bytes of a message.
    pub(crate) const VERSION: u32 = 0x8001_0000;
    pub(crate) const CALL: u32 = 1;
    pub(crate) const REPLY: u32 = 2;
    pub(crate) const EXCEPTION: u32 = 3;
}

//! `sources/<source>.json`: one raw format, and how its columns map to those of the raw table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;

/// One raw format: comma-separated text that is recognized by its header, or the text that a program prints for a
/// binary file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa raw format")]
pub struct SourceDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The name of the format. It is also the name of the file.
    pub source: String,
    /// The format in a few words, such as the program that writes it.
    pub description: String,
    /// The names of the columns, in order.
    pub header: Vec<String>,
    /// Columns that may follow those of `header`: all of them are present, or none.
    #[serde(default)]
    pub optional: Vec<String>,
    /// For each `input` column of the raw table, the value that it takes.
    pub columns: BTreeMap<String, ReadDoc>,
    /// Lines after the last record that are not records.
    pub trailer: Option<TrailerDoc>,
    /// The binary file format from which a program prints this text, if flow-oa starts such a program.
    pub binary: Option<BinaryDoc>,
}

impl Document for SourceDoc {
    const KIND: &'static str = "raw format";
}

/// How the value of a column is read: from a column of the format, or computed from one or more columns.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReadDoc {
    /// The value of a column of the format, unchanged.
    Column(String),
    /// A computed or constant value.
    Reading(ReadingDoc),
}

/// The ways to compute the value of a column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadingDoc {
    /// The time when the flow arrived: `received` if it is at most one second before the first packet and at most one
    /// hour after the last, else `last`. If the flow ends before it starts, or one of its times is before the year
    /// 2000, `received` is used nevertheless, unless it is before 2000 too; such rows are counted in a warning.
    Arrival {
        /// The column of the time when the collector received the flow.
        received: String,
        /// The column of the time of the first packet.
        first: String,
        /// The column of the time of the last packet.
        last: String,
    },
    /// The time when the flow ended: its start plus its duration. A negative duration counts as 0.
    End {
        /// The column of the time of the first packet.
        start: String,
        /// The column of the duration in seconds.
        duration: String,
    },
    /// The last characters of a text.
    Last {
        /// The column of the text.
        of: String,
        /// The number of characters.
        characters: u8,
    },
    /// The name of a protocol, as nfdump prints it. A number is replaced by its name if it has one.
    Protocol {
        /// The column of the protocol.
        of: String,
    },
    /// A port. An ICMP type and code such as `3.13` become type × 256 + code.
    Port {
        /// The column of the port.
        of: String,
    },
    /// A value that is replaced according to a list. Values that are not in the list are taken unchanged.
    Map {
        /// The column of the value.
        of: String,
        /// The replacements: each value of the file, and the value that is stored instead.
        values: BTreeMap<String, String>,
    },
    /// The same value in every row, for a column that the format does not have.
    Value(ValueDoc),
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueDoc {
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
}

/// Lines after the last record, such as a summary.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrailerDoc {
    /// The first field of the first of these lines.
    pub starts: String,
    /// The number of lines.
    pub lines: u8,
}

/// A binary file format, and the program that prints its records.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BinaryDoc {
    /// The first bytes of these files, in hexadecimal.
    pub magic: String,
    /// The program and its arguments. It is started without a shell and with `TZ=UTC`, and must print the records
    /// without a header. `{file}` is replaced by the path of the file.
    pub run: Vec<String>,
    /// What to install if the program is missing.
    pub install: String,
}

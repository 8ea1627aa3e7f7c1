//! `sources/<source>.json`: one raw format, and how its columns become those of the raw table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;

/// One raw format: comma-separated text that is recognised by its header, or what a program prints for
/// a binary file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa raw format")]
pub struct SourceDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The format's name, which is also the file's.
    pub source: String,
    /// What prints it.
    pub description: String,
    /// The names of its columns, in order.
    pub header: Vec<String>,
    /// Columns that may follow, all of them or none.
    #[serde(default)]
    pub optional: Vec<String>,
    /// For each `input` column of the raw table, what it is read from.
    pub columns: BTreeMap<String, ReadDoc>,
    /// Lines after the last record that hold no records.
    pub trailer: Option<TrailerDoc>,
    /// The binary file that this text is made of, where the text is printed by a program that we start.
    pub binary: Option<BinaryDoc>,
}

impl Document for SourceDoc {
    const KIND: &'static str = "raw format";
}

/// What a column is read from: a column of the format, or something made of one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReadDoc {
    /// A column of the format, taken as it is.
    Column(String),
    /// Anything else.
    Reading(ReadingDoc),
}

/// What a column may be made of.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadingDoc {
    /// When the flow arrived: `received` where it lies within a second before the first and an hour
    /// after the last packet, else `last`.
    Arrival {
        /// When the collector received it.
        received: String,
        /// Its first packet.
        first: String,
        /// Its last packet.
        last: String,
    },
    /// When the flow ended: its start plus its duration.
    End {
        /// Its first packet.
        start: String,
        /// Its duration in seconds.
        duration: String,
    },
    /// The last characters of a text.
    Last {
        /// The column.
        of: String,
        /// How many characters.
        characters: u8,
    },
    /// The name of a protocol, as nfdump prints it; a number is replaced by its name where it has one.
    Protocol {
        /// The column.
        of: String,
    },
    /// A port; where ICMP's type and code stand there as `3.13`, type × 256 + code.
    Port {
        /// The column.
        of: String,
    },
    /// A replacement of what is found by what is meant; what is not listed is taken as it is.
    Map {
        /// The column.
        of: String,
        /// What is found, and what it means.
        values: BTreeMap<String, String>,
    },
    /// The same value in every row, for a column that the format lacks.
    Value(ValueDoc),
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueDoc {
    /// A whole number.
    Int(i64),
    /// A number.
    Real(f64),
    /// A text.
    Text(String),
}

/// Lines after the last record.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrailerDoc {
    /// The first field of its first line.
    pub starts: String,
    /// How many lines it has.
    pub lines: u8,
}

/// A binary file and the program that prints it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BinaryDoc {
    /// The first bytes of such a file, in hexadecimal.
    pub magic: String,
    /// The program and its arguments, started without a shell and with `TZ=UTC`; `{file}` stands for the
    /// file's path. It prints records without a header.
    pub run: Vec<String>,
    /// What to install where the program is absent.
    pub install: String,
}

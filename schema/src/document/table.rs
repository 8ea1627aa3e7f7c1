//! `tables/<table>.json`: everything about one table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;
use crate::types::ColumnType;

/// One table: the origin of its rows, its columns, partition, key, indexes and storage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa table")]
pub struct TableDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The name of the table. It is also the name of the file.
    pub table: String,
    /// What one row represents.
    pub description: String,
    /// How the rows are produced.
    pub rows: RowsDoc,
    /// The columns, in order, without those of the partition.
    pub columns: Vec<ColumnDoc>,
    /// The columns that hold the day, by which rows are found and replaced. They are the last columns of the table.
    pub partition: PartitionDoc,
    /// The columns of the primary key, in engines that have keys.
    #[serde(default)]
    pub key: Vec<String>,
    /// The indexes, each a list of columns, in engines that have indexes.
    #[serde(default)]
    pub indexes: Vec<Vec<String>>,
    /// Storage in Impala and Hive. Default: Parquet, in the folder `{pipeline}/hive/{table}`.
    pub hive: Option<HiveDoc>,
}

impl Document for TableDoc {
    const KIND: &'static str = "table";
}

/// How the rows of a table are produced.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RowsDoc {
    /// Raw rows, one per record of a raw file, read with the formats in `sources/`.
    Ingest {},
    /// Scored rows: the first rows of the results file of the day, up to the limit, in the order of the file.
    Results {},
    /// All raw rows between the two ends of a scored row, in both directions, in the same minute.
    Details(DetailsDoc),
    /// The traffic between each address that has two or more distinct peers among the scored rows and each of these
    /// peers, summed up by direction.
    Chords(ChordsDoc),
    /// The number of raw rows in each minute of the day.
    Counts(CountsDoc),
    /// Sums of raw rows that are updated during ingest, so that a run need not read all raw rows. One row per day and
    /// combination of the columns whose origin is a plain name. Only SQLite and PostgreSQL have these tables.
    Rollup(RollupDoc),
    /// Scores of analysts: one row per scored row that an analyst judged. Plain names are columns of the table of
    /// scores; the plain names in the key identify a scored row. A run never changes these rows.
    Judged(JudgedDoc),
    /// Comments of analysts: one row per address and day. A run never changes these rows.
    Comments {},
    /// The traffic of an address that an analyst commented on: the raw rows of this address on that day, grouped by the
    /// columns whose origin is a plain name. A run never changes these rows.
    Timeline(TimelineDoc),
    /// Other rows that analysts write. A run never changes them.
    Analyst {},
}

/// The source of a timeline.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimelineDoc {
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
}

/// The rows that analysts judge.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgedDoc {
    /// The table of scores.
    pub of: String,
}

/// How raw rows are matched with a scored row.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailsDoc {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
    /// The two ends: each key is a column of the table of scores, each value the column of the raw table with the same
    /// meaning.
    pub between: BTreeMap<String, String>,
    /// The column of the time in the table of scores, and that in the raw table. Both times must be in the same minute.
    pub same_minute: BTreeMap<String, String>,
}

/// The source of the sums of traffic, and the two ends by which they are grouped.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChordsDoc {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
    /// The two ends: each key is a column of the table of scores, each value the column of the raw table with the same
    /// meaning.
    pub between: BTreeMap<String, String>,
}

/// The rows that are counted per minute.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountsDoc {
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
    /// The column of the raw table that holds the time. It must be the column whose date is the partition.
    pub per_minute_of: String,
}

/// The source of a rollup.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollupDoc {
    /// The raw table.
    pub of: String,
}

/// A column of a table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnDoc {
    /// The name of the column.
    pub name: String,
    /// The type of the column.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// The origin of the value.
    pub from: FromDoc,
    /// What the value means, with its unit.
    pub description: String,
}

/// The origin of a value: the name of a column or field of the source of the rows (the results file, the raw table or
/// the table of scores), or another origin.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FromDoc {
    /// A field of the results file, or a column of the raw table or the table of scores, unchanged.
    Name(String),
    /// Any other origin.
    Origin(OriginDoc),
}

/// Origins other than a plain name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OriginDoc {
    /// A value that each raw format defines, in `sources/`.
    Input {},
    /// A value that an analyst writes.
    Analyst {},
    /// The severity that an analyst gives to a scored row: 1 high, 2 medium, 3 low.
    Severity {},
    /// The address that an analyst commented on.
    Subject {},
    /// The title of a comment.
    Title {},
    /// The note of a score, or the text of a comment.
    Note {},
    /// The time when the row was scored or written, UTC.
    When {},
    /// The name of the analyst who scored or wrote the row.
    Who {},
    /// A part of a time column of this table.
    Part {
        /// The time column.
        of: String,
        /// The part.
        give: crate::types::TimePart,
    },
    /// The sum of columns of the same raw row. A missing value counts as 0.
    Add(Vec<String>),
    /// The sum of a raw column over the raw rows of a group.
    Total(String),
    /// The earliest value of a raw time column in the raw rows of a group.
    First(String),
    /// The latest value of a raw time column in the raw rows of a group.
    Last(String),
    /// The number of raw rows of a group.
    Count {},
    /// The minute of the raw rows, as `YYYY-MM-DD HH:MM`.
    Minute {},
    /// The address with two or more peers to which the traffic of a row of `chords` belongs.
    Hub {},
    /// The position of the row in the results file, from 0.
    Rank {},
    /// A fact about an address from the network context.
    Network {
        /// The column of this table that holds the address.
        of: String,
        /// The fact.
        give: crate::context::NetworkFact,
    },
    /// A fact about an address from geolocation.
    Geo {
        /// The column of this table that holds the address.
        of: String,
        /// The fact.
        give: crate::context::GeoFact,
    },
    /// A name or number from the IANA registries: the meaning of a protocol, port, ICMP message or TCP flags.
    Iana {
        /// The column of this table that holds the number or text.
        of: String,
        /// The column of this table that holds the protocol. Required if the fact is about a port, else not allowed.
        with: Option<String>,
        /// The fact.
        give: crate::context::IanaFact,
    },
    /// The name of a code, from a file of the site (`context.codes` in the settings). A code that is not in the file is
    /// stored unchanged.
    Code {
        /// The column of this table that holds the code.
        of: String,
        /// The name of the file in `context.codes`.
        #[serde(rename = "in")]
        table: String,
    },
    /// The verdicts of the reputation services: `service:LABEL:value` of each, joined by `::`.
    Reputation {
        /// The column of this table that holds the address.
        of: String,
    },
}

/// The columns that hold the day, by which rows are found and replaced. They are whole numbers and the last columns of
/// the table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionDoc {
    /// The date that the columns hold.
    pub date: PartitionDateDoc,
    /// The names of the columns for year, month and day, and for the hour if rows are stored by hour.
    pub columns: Vec<String>,
}

/// The date that a partition holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PartitionDateDoc {
    /// The date of the run.
    Run {},
    /// The date of a time column.
    Of(String),
}

/// Storage in Impala and Hive.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HiveDoc {
    /// The file format.
    pub format: FormatDoc,
    /// The folder, relative to the root of locations.
    pub location: String,
}

/// File formats of Impala and Hive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatDoc {
    /// Apache Parquet.
    Parquet,
    /// Tab-delimited text.
    Textfile,
}

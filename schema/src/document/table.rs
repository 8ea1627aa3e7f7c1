//! `tables/<table>.json`: everything about one table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;
use crate::types::ColumnType;

/// One table: where its rows come from, its columns, its partition, keys, indexes and storage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa table")]
pub struct TableDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The table's name, which is also the file's.
    pub table: String,
    /// What one row stands for.
    pub description: String,
    /// Where its rows come from.
    pub rows: RowsDoc,
    /// Its columns, in order, without those of the partition.
    pub columns: Vec<ColumnDoc>,
    /// The columns by which a day is found and replaced; they come last in the table.
    pub partition: PartitionDoc,
    /// Columns that together name a row; in engines that have keys.
    #[serde(default)]
    pub key: Vec<String>,
    /// Lists of columns to index; in engines that have indexes.
    #[serde(default)]
    pub indexes: Vec<Vec<String>>,
    /// How the Hive family stores it. Default: Parquet, below a folder of the table's name.
    pub hive: Option<HiveDoc>,
}

impl Document for TableDoc {
    const KIND: &'static str = "table";
}

/// Where the rows of a table come from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum RowsDoc {
    /// From raw files, one row a record, by the formats in `sources/`.
    Ingest {},
    /// From the results file of the day, the first rows up to the limit, in the order of the file.
    Results {},
    /// All raw rows between the two ends of a scored row, both ways, in the same minute.
    Details(DetailsDoc),
    /// The traffic of every address that has two or more peers among the scored rows, by direction.
    Chords(ChordsDoc),
    /// The number of raw rows in each minute of the day.
    Counts(CountsDoc),
    /// Raw rows summed up while they are ingested, so that a run need not read them all: one row for each
    /// day and combination of the columns that are plain names. Kept by engines that can add to a row.
    Rollup(RollupDoc),
    /// What analysts think of scored rows: one row for each that somebody judged. Plain names are columns of the table of
    /// scores; those in the key say which rows are one and the same. Never touched by a run.
    Judged(JudgedDoc),
    /// What analysts wrote about addresses: one row for each address of a day. Never touched by a run.
    Comments {},
    /// When an address that analysts wrote about spoke to whom: the raw rows of that address on that day, summed up by the
    /// columns that are plain names. Never touched by a run.
    Timeline(TimelineDoc),
    /// From analysts; never touched by a run.
    Analyst {},
}

/// Whose raw rows a timeline is made of.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TimelineDoc {
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
}

/// What is judged.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgedDoc {
    /// The table of scores.
    pub of: String,
}

/// Which raw rows explain a scored row.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailsDoc {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
    /// The two ends: a column of the table of scores, and the column of the raw table that holds the same.
    pub between: BTreeMap<String, String>,
    /// The time of the scored row and the time of the raw row, which must fall into the same minute.
    pub same_minute: BTreeMap<String, String>,
}

/// Between whom traffic is summed up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChordsDoc {
    /// The table of scores.
    pub of: String,
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
    /// The two ends: a column of the table of scores, and the column of the raw table that holds the same.
    pub between: BTreeMap<String, String>,
}

/// What is counted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CountsDoc {
    /// The raw table.
    #[serde(rename = "in")]
    pub raw: String,
    /// The raw table's column of time.
    pub per_minute_of: String,
}

/// What is summed up.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollupDoc {
    /// The raw table.
    pub of: String,
}

/// One column.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ColumnDoc {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Where its value comes from.
    pub from: FromDoc,
    /// What it says, with its unit.
    pub description: String,
}

/// Where a value comes from: a name of the rows' source (a field of the results file, a column of the
/// raw table), or one of the other origins.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum FromDoc {
    /// A field of the results file or a column of the raw table, taken as it is.
    Name(String),
    /// Anything else.
    Origin(OriginDoc),
}

/// Origins other than a plain name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OriginDoc {
    /// Given by each raw format, in `sources/`.
    Input {},
    /// Given by an analyst.
    Analyst {},
    /// How severe an analyst finds it: 1 high, 2 medium, 3 low.
    Severity {},
    /// The address that is written about.
    Subject {},
    /// The title of what is written about it.
    Title {},
    /// What the analyst wrote.
    Note {},
    /// When it was judged or written, UTC.
    When {},
    /// Who judged or wrote it.
    Who {},
    /// A part of a column of time of this table.
    Part {
        /// The column of time.
        of: String,
        /// Which part of it.
        give: crate::types::TimePart,
    },
    /// The sum of columns of the same raw row; an absent value counts as 0.
    Add(Vec<String>),
    /// The sum of a raw column over all rows that become one.
    Total(String),
    /// The first value of a raw column of time over all rows that become one.
    First(String),
    /// The last one.
    Last(String),
    /// The number of raw rows that become one.
    Count {},
    /// The minute that is counted, as `YYYY-MM-DD HH:MM`.
    Minute {},
    /// The address whose peers these are.
    Hub {},
    /// The row's position in the results file, from 0.
    Rank {},
    /// From the network context of an address.
    Network {
        /// The column of this table that holds the address.
        of: String,
        /// Which answer.
        give: crate::context::NetworkFact,
    },
    /// From the geolocation of an address.
    Geo {
        /// The column of this table that holds the address.
        of: String,
        /// Which answer.
        give: crate::context::GeoFact,
    },
    /// From the registries of the Internet: what a protocol, a port or flags stand for.
    Iana {
        /// The column of this table that holds the number or text.
        of: String,
        /// The column of this table that holds the protocol, where a port is asked about.
        with: Option<String>,
        /// Which answer.
        give: crate::context::IanaFact,
    },
    /// The name of a code, from a file of the site (`context.codes` in the settings); a code that it does not have stays
    /// as it is.
    Code {
        /// The column of this table that holds the code.
        of: String,
        /// The name of the file in the settings.
        #[serde(rename = "in")]
        table: String,
    },
    /// From the reputation services: each one's `service:LABEL:value`, joined by `::`.
    Reputation {
        /// The column of this table that holds the address.
        of: String,
    },
}

/// The columns by which a day is found and replaced: whole numbers, last in the table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PartitionDoc {
    /// Whose date it is.
    pub date: PartitionDateDoc,
    /// Names for year, month and day, and for the hour where rows are kept by hour.
    pub columns: Vec<String>,
}

/// Whose date a partition is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PartitionDateDoc {
    /// The date of the run.
    Run {},
    /// The date of a column of time.
    Of(String),
}

/// Storage in the Hive family.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HiveDoc {
    /// The file format.
    pub format: FormatDoc,
    /// The folder, below the location root.
    pub location: String,
}

/// File formats of the Hive family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FormatDoc {
    /// Apache Parquet.
    Parquet,
    /// Delimited text.
    Textfile,
}

//! `tables/<table>.json`: everything about one table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Document, ExpectDoc, ExprDoc, RowsDoc};
use crate::types::ColumnType;

/// One table: its rows, its columns, partition, key, indexes and storage.
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
    /// The earlier name of the table, or several: `flow-oa migrate` renames a table that has one.
    pub was: Option<NamesDoc>,
    /// The columns that `flow-oa migrate` may drop, with their values.
    #[serde(default)]
    pub dropped: Vec<String>,
    /// Breaking changes of the table that are intended: the code of the rule, and the reason. `flow-oa explain FO0071` says
    /// when they count.
    #[serde(default)]
    pub breaks: BreaksDoc,
}

impl Document for TableDoc {
    const KIND: &'static str = "table";
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
    /// Where the value comes from.
    pub from: ExprDoc,
    /// What the values should be like. An ingest checks the raw rows of each file, and a run the rows that it stores.
    /// Default: nothing is expected.
    pub expect: Option<ExpectDoc>,
    /// What the value means, with its unit.
    pub description: String,
    /// The earlier name of the column, or several: `flow-oa migrate` renames a column that has one.
    pub was: Option<NamesDoc>,
    /// Breaking changes of the column that are intended: the code of the rule, and the reason. `flow-oa explain FO0071` says
    /// when they count.
    #[serde(default)]
    pub breaks: BreaksDoc,
}

/// Breaking changes that are intended: the reason for each, by the code of its rule. `flow-oa check --against` accepts
/// a change if the earlier version does not give the same reason for its code.
pub type BreaksDoc = BTreeMap<String, String>;

/// A name, or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NamesDoc {
    /// A name.
    One(String),
    /// Several names, the latest first.
    Several(Vec<String>),
}

impl NamesDoc {
    /// The names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
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
    /// The date of a time: a column of type `time`, or the `time` of other columns.
    Of(ExprDoc),
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

impl FormatDoc {
    /// The name of the format in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Textfile => "textfile",
        }
    }
}

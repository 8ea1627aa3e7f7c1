//! `tables/<table>.json`: everything about one table.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Document, ExprDoc, RowsDoc};
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
    /// What the value means, with its unit.
    pub description: String,
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

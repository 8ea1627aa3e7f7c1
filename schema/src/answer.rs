//! The format of answers to queries about stored rows. Scripts and notebooks depend on it. Its JSON Schema is
//! `meta/answer.schema.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::types::ColumnType;

/// The answer to a query: rows of one table, and a description of their columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa answer")]
pub struct Answer {
    /// The query, as `flow-oa query` names it: `suspicious`, `threats`, `comments`, `timeline`, `details`, `chords`,
    /// `summary`, `investigate`, `impact`, `progression` or `globe`.
    pub query: String,
    /// The name of the pipeline.
    pub pipeline: String,
    /// The name of the queried table.
    pub table: String,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    /// The last day, `YYYY-MM-DD`.
    pub to: String,
    /// The columns of the rows, in order.
    pub columns: Vec<AnswerColumn>,
    /// The rows. Each has one value per column, or null.
    pub rows: Vec<Vec<Option<Datum>>>,
    /// Whether more rows match than the limit allows.
    pub has_more: bool,
}

impl Document for Answer {
    const KIND: &'static str = "answer";
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerColumn {
    /// The name of the column.
    pub name: String,
    /// The type of the column. Values of type `string`, `time` and `address` are texts, those of type `bit` true or
    /// false, all others numbers. A type that only adds a range, such as `port`, is reported as the type that stores
    /// it, such as `int`.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// What the value means, with its unit.
    pub description: String,
    /// The role of the column of the raw table whose value this is, such as `client` or `subject`; or `rank`, `score` or
    /// `why` of the results, `story` or `rows` of a story, or `partition`. Absent for other columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Datum {
    /// A value of type `bit`.
    Truth(bool),
    /// A value of type `smallint`, `int` or `bigint`.
    Whole(i64),
    /// A value of type `float` or `double`.
    Real(f64),
    /// A value of type `string`, `time` or `address`.
    Text(String),
}

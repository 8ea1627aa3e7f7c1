//! The shape in which questions about stored rows are answered: what scripts and notebooks rely on. Its JSON Schema is
//! `meta/answer.schema.json`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::Document;
use crate::types::ColumnType;

/// An answer: rows of one table, and what their columns are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa answer")]
pub struct Answer {
    /// The question, as `flow-oa query` names it: `suspicious`, `threats`, `comments`, `timeline`, `details`, `chords`, `summary`,
    /// `investigate`, `impact`, `progression` or `globe`.
    pub query: String,
    /// The pipeline.
    pub pipeline: String,
    /// The table that answered.
    pub table: String,
    /// The first day, `YYYY-MM-DD`.
    pub from: String,
    /// The last day, `YYYY-MM-DD`.
    pub to: String,
    /// The columns of the rows, in order.
    pub columns: Vec<AnswerColumn>,
    /// The rows, each a value for every column.
    pub rows: Vec<Vec<Option<Datum>>>,
    /// Whether there are more rows than the limit lets through.
    pub has_more: bool,
}

impl Document for Answer {
    const KIND: &'static str = "answer";
}

/// A column of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerColumn {
    /// Its name.
    pub name: String,
    /// Its type: `string`, `time` and `address` are texts, `bit` is true or false, all else are numbers. A type that only adds
    /// a range, such as `port`, is given as that which stores it, such as `int`.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// What it says, with its unit.
    pub description: String,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Datum {
    /// Of a `bit`.
    Truth(bool),
    /// Of a `smallint`, `int` or `bigint`.
    Whole(i64),
    /// Of a `float` or `double`.
    Real(f64),
    /// Of a `string`, `time` or `address`.
    Text(String),
}

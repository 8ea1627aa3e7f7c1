//! What a question gives: one shape for every table and engine.

use flow_oa_schema::model::Table;
use flow_oa_schema::types::ColumnType;
use sea_query::Value;
use serde::Serialize;

use super::Request;
use crate::error::{Error, Result};

/// An answer.
#[derive(Debug, Clone, Serialize)]
pub struct Answer {
    /// The question: `suspicious`, `details`, `chords`, `summary`.
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
    pub rows: Vec<Vec<serde_json::Value>>,
    /// Whether there are more rows than the limit lets through.
    pub has_more: bool,
}

/// A column of an answer.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerColumn {
    /// Its name.
    pub name: String,
    /// Its type in the schema: `string`, `time` and `address` are texts, `bit` is true or false, all else are numbers.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it says, with its unit.
    pub description: String,
}

impl Answer {
    pub(super) fn new(request: &Request<'_>, table: &Table, mut found: Vec<Vec<Value>>) -> Self {
        let limit = usize::try_from(request.limit).ok().filter(|it| *it > 0).unwrap_or(usize::MAX);
        let has_more = found.len() > limit;
        found.truncate(limit);
        let column = |it: &flow_oa_schema::model::Column| AnswerColumn {
            name: it.name.clone(),
            kind: it.kind.name(),
            description: it.description.clone(),
        };
        let kinds: Vec<ColumnType> = table.columns.iter().map(|it| it.kind).collect();
        let row = |row: Vec<Value>| row.iter().zip(&kinds).map(|(value, kind)| json(value, *kind)).collect();
        Self {
            query: request.question.name().to_owned(),
            pipeline: request.chosen.model.name.clone(),
            table: table.name.clone(),
            from: request.from.to_string(),
            to: request.to.to_string(),
            columns: table.columns.iter().map(column).collect(),
            rows: found.into_iter().map(row).collect(),
            has_more,
        }
    }
}

impl Answer {
    /// RFC 4180, with a header.
    ///
    /// # Errors
    /// None that input can bring about.
    pub fn to_csv(&self) -> Result<String> {
        let fault = |reason: String| Error::Internal(format!("writing the answer as CSV: {reason}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        let names = self.columns.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
        let rows = self.rows.iter().map(|row| row.iter().map(field).collect());
        for record in std::iter::once(names).chain(rows) {
            writer.write_record(&record).map_err(|error| fault(error.to_string()))?;
        }
        let bytes = writer.into_inner().map_err(|error| fault(error.to_string()))?;
        String::from_utf8(bytes).map_err(|error| fault(error.to_string()))
    }

    /// Rows as JSON, an object a line.
    pub fn to_lines(&self) -> String {
        let names = || self.columns.iter().map(|it| it.name.clone());
        let object = |row: &Vec<_>| serde_json::Value::Object(names().zip(row.iter().cloned()).collect());
        self.rows.iter().map(|row| format!("{}\n", object(row))).collect()
    }
}

/// A value as a field of a table: no value and an empty text are both empty.
pub fn field(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A value as JSON: the same whether an engine keeps truth as a number or as such.
fn json(value: &Value, kind: ColumnType) -> serde_json::Value {
    match value {
        Value::BigInt(Some(it)) if kind == ColumnType::Bit => (*it != 0).into(),
        Value::BigInt(Some(it)) if !kind.is_whole() => (*it as f64).into(),
        Value::BigInt(Some(it)) => (*it).into(),
        Value::Double(Some(it)) => (*it).into(),
        Value::String(Some(it)) => it.as_str().into(),
        _ => serde_json::Value::Null,
    }
}

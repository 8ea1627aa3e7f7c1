//! Converts rows of a database into an answer, and an answer into CSV and JSON lines.

use flow_oa_schema::answer::{Answer, AnswerColumn, Datum};
use flow_oa_schema::model::{Column, Table};
use flow_oa_schema::types::ColumnType;
use sea_query::Value;

use super::QueryRequest;
use crate::cells::data;
use flow_oa_runtime::error::{Error, Result};

pub(super) type Row = Vec<Option<Datum>>;

/// Columns of an answer that belong to no table: name, type, and meaning.
pub(super) type Columns = &'static [(&'static str, ColumnType, &'static str)];

/// The answer from rows of a table; `found` may have more rows than the limit.
pub(super) fn of(request: &QueryRequest<'_>, table: &Table, found: Vec<Vec<Value>>) -> Answer {
    let column = |column: &Column| AnswerColumn {
        name: column.name.clone(),
        kind: column.kind.plain(),
        description: column.description.clone(),
    };
    let rows = found.iter().map(|row| data(table, row));
    limited(request, table, table.columns.iter().map(column).collect(), rows)
}

/// The answer from sums over the rows of a table; `rows` may have more rows than the limit.
pub(super) fn of_sums(request: &QueryRequest<'_>, table: &Table, columns: Columns, rows: Vec<Row>) -> Answer {
    let column = |(name, kind, description): &(&str, ColumnType, &str)| AnswerColumn {
        name: (*name).to_owned(),
        kind: *kind,
        description: (*description).to_owned(),
    };
    limited(request, table, columns.iter().map(column).collect(), rows.into_iter())
}

fn limited(
    request: &QueryRequest<'_>,
    table: &Table,
    columns: Vec<AnswerColumn>,
    mut rows: impl Iterator<Item = Row>,
) -> Answer {
    let most = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    Answer {
        query: request.question.name().to_owned(),
        pipeline: request.chosen.model.name.clone(),
        table: table.name.clone(),
        from: request.from.to_string(),
        to: request.to.to_string(),
        columns,
        rows: rows.by_ref().take(most).collect(),
        has_more: rows.next().is_some(),
    }
}

/// An answer as CSV by RFC 4180, with a header.
///
/// # Errors
/// Only on an internal fault; no input causes one.
pub fn to_csv(answer: &Answer) -> Result<String> {
    let fault = |reason: String| Error::Internal(format!("writing the answer as CSV: {reason}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    let names = answer.columns.iter().map(|it| it.name.clone()).collect::<Vec<_>>();
    let rows = answer.rows.iter().map(|row| row.iter().map(field).collect());
    for record in std::iter::once(names).chain(rows) {
        writer.write_record(&record).map_err(|error| fault(error.to_string()))?;
    }
    let bytes = writer.into_inner().map_err(|error| fault(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| fault(error.to_string()))
}

/// The rows of an answer as JSON, one object per line.
pub fn to_lines(answer: &Answer) -> String {
    let names = || answer.columns.iter().map(|it| it.name.clone());
    let json = |value: &Option<Datum>| serde_json::to_value(value).unwrap_or_default();
    let object = |row: &Vec<_>| serde_json::Value::Object(names().zip(row.iter().map(json)).collect());
    answer.rows.iter().map(|row| format!("{}\n", object(row))).collect()
}

/// A value as a field of a table: a missing value and an empty text are both empty.
pub fn field(value: &Option<Datum>) -> String {
    match value {
        None => String::new(),
        Some(Datum::Truth(it)) => it.to_string(),
        Some(Datum::Whole(it)) => it.to_string(),
        Some(Datum::Real(it)) => format!("{it:?}"),
        Some(Datum::Text(it)) => it.clone(),
    }
}

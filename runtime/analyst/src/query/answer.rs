//! Converts rows of a database into an answer, and an answer into CSV and JSON lines.

use flow_oa_schema::answer::{Answer, AnswerColumn, Datum};
use flow_oa_schema::model::Table;
use flow_oa_schema::names::nearest;
use flow_oa_schema::types::ColumnType;
use sea_query::Value;

use super::QueryRequest;

/// The column of an answer with the name of a story.
pub const STORY: &str = "story";

/// How the names of the columns about a whole story begin, besides its own name.
pub const OF_STORY: &str = "story_";

/// The column of an answer with the number of rows of a story.
pub const STORY_ROWS: &str = "story_rows";

/// The column of an answer with the bytes of all rows of a story.
pub(super) const STORY_BYTES: &str = "story_bytes";
use crate::cells::data;
use flow_oa_site::{Error, Result};

pub(super) type Row = Vec<Option<Datum>>;

/// Columns of an answer that belong to no table: name, type, and meaning.
pub(super) type Columns<'a> = &'a [(&'static str, ColumnType, &'static str)];

/// The answer from rows of a table; `found` may have more rows than the limit.
pub(super) fn of(request: &QueryRequest<'_>, table: &Table, found: Vec<Vec<Value>>) -> Answer {
    let rows = found.iter().map(|row| data(table, row)).collect();
    limited(request, whole(request, table, columns_of(request, table).collect(), rows))
}

/// The answer from rows of a table, without a limit. The columns of its story come before those of each row.
pub(super) fn of_stories(
    request: &QueryRequest<'_>,
    table: &Table,
    own: &[(String, ColumnType, String)],
    found: Vec<(Row, Vec<Value>)>,
) -> Answer {
    let own = own.iter().map(|(name, kind, description)| AnswerColumn {
        name: name.clone(),
        kind: kind.plain(),
        description: description.clone(),
        role: own_role(name).map(str::to_owned),
    });
    let rows = found.into_iter().map(|(own, row)| [own, data(table, &row)].concat());
    whole(request, table, own.chain(columns_of(request, table)).collect(), rows.collect())
}

fn columns_of<'a>(
    request: &'a QueryRequest<'_>,
    table: &'a Table,
) -> impl Iterator<Item = AnswerColumn> + use<'a> {
    table.columns.iter().map(move |column| AnswerColumn {
        name: column.name.clone(),
        kind: column.kind.plain(),
        description: column.description.clone(),
        role: request.chosen.model.role_of(table, column).map(str::to_owned),
    })
}

/// The answer from sums over the rows of a table; `rows` may have more rows than the limit.
pub(super) fn of_sums(
    request: &QueryRequest<'_>,
    table: &Table,
    columns: Columns<'_>,
    rows: Vec<Row>,
) -> Answer {
    let column = |(name, kind, description): &(&str, ColumnType, &str)| AnswerColumn {
        name: (*name).to_owned(),
        kind: *kind,
        description: (*description).to_owned(),
        role: own_role(name).map(str::to_owned),
    };
    limited(request, whole(request, table, columns.iter().map(column).collect(), rows))
}

/// The role of a column that a query computes.
fn own_role(name: &str) -> Option<&'static str> {
    Some(match name {
        STORY => "story",
        STORY_ROWS | "connections" => "rows",
        STORY_BYTES | "bytes" | "largest_bytes" | "mean_bytes" => "bytes",
        "packets" => "packets",
        "source" => "source",
        "destination" => "destination",
        "source_port" => "source_port",
        "destination_port" => "destination_port",
        "protocol" => "protocol",
        "first_seen" => "time",
        _ => return None,
    })
}

fn whole(request: &QueryRequest<'_>, table: &Table, columns: Vec<AnswerColumn>, rows: Vec<Row>) -> Answer {
    Answer {
        query: request.question.name().to_owned(),
        pipeline: request.chosen.model.name.clone(),
        table: table.name.clone(),
        from: request.from.to_string(),
        to: request.to.to_string(),
        columns,
        rows,
        has_more: false,
    }
}

/// The answer with at most as many rows as requested.
pub(super) fn limited(request: &QueryRequest<'_>, mut answer: Answer) -> Answer {
    let most = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    answer.has_more = answer.rows.len() > most;
    answer.rows.truncate(most);
    answer
}

/// An answer with only these columns, in this order.
///
/// # Errors
/// If it has none of a name: which it has.
pub fn only(answer: Answer, names: &[String]) -> Result<Answer> {
    let known = || answer.columns.iter().map(|column| column.name.as_str());
    let places =
        names.iter().map(|name| named(known(), "--columns", name)).collect::<Result<Vec<usize>>>()?;
    let columns = places.iter().map(|at| answer.columns[*at].clone()).collect();
    let rows = answer.rows.iter().map(|row| places.iter().map(|at| row[*at].clone()).collect()).collect();
    Ok(Answer { columns, rows, ..answer })
}

/// The position of a name that an option gives, among the names of columns.
///
/// # Errors
/// If there is none of this name: which there are.
pub(super) fn named<'a>(names: impl Iterator<Item = &'a str>, option: &str, name: &str) -> Result<usize> {
    let names: Vec<&str> = names.collect();
    names.iter().position(|known| *known == name).ok_or_else(|| {
        let meant = nearest(name, names.iter().copied());
        let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        Error::Usage(format!("{option}: there is no column {name:?}, but {}{meant}", names.join(", ")))
    })
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

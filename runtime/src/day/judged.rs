//! The table of judgements of a pipeline, and how its rows are matched with scored rows.

use flow_oa_schema::model::{Column, ColumnId, Expr, Rows, Table};

use flow_oa_core::value::shown;
use flow_oa_site::deployment::Chosen;
use flow_oa_site::{Error, Result};
use sea_query::Value;

/// The table of judgements of a pipeline's scores.
///
/// # Errors
/// If the pipeline has none.
pub fn table_of(chosen: Chosen<'_>) -> Result<&Table> {
    let found = chosen.model.tables.iter().find(|table| matches!(table.rows, Rows::Judged(_)));
    found.ok_or_else(|| {
        Error::Usage(format!(
            "score: {} has no table of judgements (`\"rows\": {{\"judged\": {{\"of\": …}}}}`)",
            chosen.model.name
        ))
    })
}

/// The columns by which a judgement is matched with a scored row: the key column, and the column of the scores.
pub fn same_connection<'a>(scores: &'a Table, judged: &'a Table) -> Vec<(&'a str, &'a str)> {
    let days = judged.partition_columns().iter().zip(scores.partition_columns());
    let plain = plain(judged).map(|(column, scored)| (column, &scores[scored]));
    let all = days.chain(plain).map(|(own, scored)| (own.name.as_str(), scored.name.as_str()));
    all.filter(|(own, _)| judged.names(&judged.key).any(|key| key == *own)).collect()
}

/// The positions of the columns by which a judgement is matched with a scored row: in the judgement, and in the row.
pub fn same_places(scores: &Table, judged: &Table) -> (Vec<usize>, Vec<usize>) {
    let place = |table: &Table, name: &str| table.columns.iter().position(|column| column.name == name);
    let same = same_connection(scores, judged).into_iter();
    same.filter_map(|(own, scored)| Some((place(judged, own)?, place(scores, scored)?))).unzip()
}

/// A text that identifies the connection of a row by the columns at these positions.
pub fn connection(row: &[Value], key: &[usize]) -> String {
    key.iter().map(|at| format!("{}\u{1f}", row.get(*at).map_or_else(String::new, shown))).collect()
}

/// The columns of the table of judgements with a plain name, and the columns of the scores that they correspond to.
pub fn plain(table: &Table) -> impl Iterator<Item = (&Column, ColumnId)> {
    table.own_columns().iter().filter_map(|column| Some((column, column.from.column()?)))
}

/// The columns of the table of judgements that keep values of the scored row: plain names, and what is computed from
/// them.
pub fn kept(table: &Table) -> impl Iterator<Item = &Column> {
    table.own_columns().iter().filter(|column| is_kept(&column.from))
}

/// Whether the value is one of the scored row, rather than of the analyst.
pub fn is_kept(from: &Expr) -> bool {
    from.given().is_none()
}

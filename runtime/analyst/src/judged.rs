//! The table of judgements of a pipeline, and how its rows are matched with scored rows.

use flow_oa_schema::model::{Column, ColumnId, Rows, Table};

use flow_oa_runtime::error::{Error, Result};
use flow_oa_runtime::site::deployment::Chosen;

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
pub(crate) fn same_connection<'a>(scores: &'a Table, judged: &'a Table) -> Vec<(&'a str, &'a str)> {
    let days = judged.partition.columns.iter().zip(&scores.partition.columns);
    let days = days.map(|(own, scored)| (own.as_str(), scored.as_str()));
    let plain = plain(judged).map(|(column, scored)| (column.name.as_str(), scores[scored].name.as_str()));
    days.chain(plain).filter(|(own, _)| judged.key.iter().any(|it| it == own)).collect()
}

/// The columns of the table of judgements with a plain name, and the columns of the scores that they correspond to.
pub(crate) fn plain(table: &Table) -> impl Iterator<Item = (&Column, ColumnId)> {
    table.own_columns().iter().filter_map(|column| Some((column, column.from.column()?)))
}

//! Resolves what tables name: each column, field and table in rows and expressions becomes a position in the model, and
//! the type of every expression is determined. What cannot be resolved is a fault.
//!
//! A table whose rows are read from a file is resolved first, since the others are made of such tables.

mod expression;
mod ranking;
mod rows;

use super::{Loaded, PipelineDocs};
use crate::diagnostics::Faults;
use crate::document::{ConfigDoc, PartitionDateDoc, RowsDoc, TableDoc};
use crate::expression::{Expr, Typed};
use crate::model::{ColumnId, FieldId, TableId};
use crate::path;
use crate::ranking::Ranking;
use crate::rows::{Rows, Writer};

/// A table as far as it could be resolved.
pub(crate) struct Draft {
    /// The kind of rows; `None` if it has a fault.
    pub(crate) rows: Option<Rows>,
    /// Where the value of each column comes from, without the partition; `None` if it has a fault.
    pub(crate) from: Vec<Option<Expr>>,
    /// The values of each column. Those of a column with a fault are limited by its type only.
    pub(crate) typed: Vec<Typed>,
    /// The time whose date the partition holds; `None` for the date of the run, or if it has a fault.
    pub(crate) time: Option<Expr>,
}

/// Resolves how a pipeline ranks a day; `None` if it does not, or there is a fault.
pub(super) fn ranking(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) -> Option<Ranking> {
    ranking::resolve(pipeline, drafts, faults)
}

/// Resolves all tables of a pipeline, in their order.
pub(super) fn tables(pipeline: &PipelineDocs, faults: &mut Faults) -> Vec<Draft> {
    let mut drafts: Vec<Option<Draft>> = pipeline.tables.iter().map(|_| None).collect();
    for from_file in [true, false] {
        for (at, table) in pipeline.tables.iter().enumerate() {
            if is_read_from_a_file(&table.doc.rows) == from_file {
                drafts[at] = Some(draft(pipeline, table, &drafts, faults));
            }
        }
    }
    drafts.into_iter().flatten().collect()
}

fn is_read_from_a_file(rows: &RowsDoc) -> bool {
    match rows {
        RowsDoc::Ingest {} | RowsDoc::Results {} => true,
        RowsDoc::Select(_) | RowsDoc::Judged(_) | RowsDoc::Comments {} => false,
    }
}

fn draft(
    pipeline: &PipelineDocs,
    table: &Loaded<TableDoc>,
    earlier: &[Option<Draft>],
    faults: &mut Faults,
) -> Draft {
    let declared: Vec<Typed> = table.doc.columns.iter().map(|column| Typed::of(column.kind)).collect();
    let rows = rows::resolve(pipeline, table, faults);
    let base = rows.as_ref().and_then(Rows::base);
    let (base_doc, base_typed) = match base.and_then(|TableId(at)| Some((at, earlier.get(at)?.as_ref()?))) {
        Some((at, draft)) => (&pipeline.tables[at].doc, draft.typed.as_slice()),
        None => (&table.doc, declared.as_slice()),
    };
    let (mut from, mut time) = (vec![None; declared.len()], None);
    if let Some(rows) = &rows {
        let fields = pipeline.config.as_ref().map(|config| &config.doc);
        let scope =
            expression::Scope { file: &table.file, table, rows, fields, base: base_doc, typed: base_typed };
        from = (0..declared.len()).map(|at| scope.column(at, faults)).collect();
        if let (PartitionDateDoc::Of(doc), Writer::Ingest) = (&table.doc.partition.date, rows.writer()) {
            let here = path!["partition", "date", "of"];
            time = scope.time(doc, &here, faults);
        }
    }
    let typed = declared.iter().zip(&from).map(|(declared, from)| {
        let given = from.as_ref().and_then(|from| from.typed(base_typed));
        given.map_or(*declared, |given| given.stored_as(declared.kind))
    });
    let typed = typed.collect();
    Draft { rows, from, typed, time }
}

/// The column of a table with this name.
pub(super) fn column_of(table: &TableDoc, name: &str) -> Option<ColumnId> {
    table.columns.iter().position(|column| column.name == name).map(ColumnId)
}

/// The field of the results file with this name.
pub(super) fn field_of(config: &ConfigDoc, name: &str) -> Option<FieldId> {
    config.results_fields.get(name).map(|index| FieldId(*index as usize))
}

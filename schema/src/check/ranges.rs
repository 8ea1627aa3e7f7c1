//! The range of a column. A range that follows from the origin need not be repeated by the type.

use super::PipelineDocs;
use crate::context::Fact;
use crate::document::{ColumnDoc, FromDoc, OriginDoc, RowsDoc, TableDoc};
use crate::range::Range;

/// The range of a column: the intersection of the ranges of its type and its origin.
pub(super) fn of(pipeline: &PipelineDocs, table: &TableDoc, column: &ColumnDoc) -> Option<Range> {
    match (column.kind.range(), given(pipeline, &table.rows, &column.from)) {
        (Some(own), Some(given)) => Some(own.and(given)),
        (own, given) => own.or(given),
    }
}

/// The range of an origin; `None` if it is not limited.
pub(super) fn given(pipeline: &PipelineDocs, rows: &RowsDoc, from: &FromDoc) -> Option<Range> {
    let origin = match from {
        FromDoc::Name(_) if matches!(rows, RowsDoc::Results {}) => return None,
        FromDoc::Name(name) => return named(pipeline, rows, name),
        FromDoc::Origin(origin) => origin,
    };
    match origin {
        OriginDoc::Part { give, .. } => give.range(),
        OriginDoc::Add(names) => sum(names.iter().map(|name| named(pipeline, rows, name))),
        OriginDoc::Total(name) => sum([named(pipeline, rows, name)].into_iter()),
        OriginDoc::Count {} => Some(Range::NOT_NEGATIVE),
        OriginDoc::Rank {} => Some(Range::whole(0, i32::MAX as i64)),
        OriginDoc::Severity {} => Some(Range::whole(1, 3)),
        OriginDoc::Network { give, .. } => Fact::Network(*give).range(),
        OriginDoc::Geo { give, .. } => Fact::Geo(*give).range(),
        OriginDoc::Iana { give, .. } => give.range(),
        OriginDoc::Input {}
        | OriginDoc::Analyst {}
        | OriginDoc::Subject {}
        | OriginDoc::Title {}
        | OriginDoc::Note {}
        | OriginDoc::When {}
        | OriginDoc::Who {}
        | OriginDoc::First(_)
        | OriginDoc::Last(_)
        | OriginDoc::Minute {}
        | OriginDoc::Hub {}
        | OriginDoc::Code { .. }
        | OriginDoc::Reputation { .. } => None,
    }
}

/// The range of a column of the table that the rows are derived from. This is always a raw table or a table of scores,
/// so the recursion ends; a table that names itself is a fault that another rule reports.
fn named(pipeline: &PipelineDocs, rows: &RowsDoc, name: &str) -> Option<Range> {
    let source =
        pipeline.raw_of(rows).filter(|it| matches!(it.rows, RowsDoc::Ingest {} | RowsDoc::Results {}))?;
    of(pipeline, source, source.columns.iter().find(|column| column.name == name)?)
}

/// The range of a sum: not negative if no summand can be negative.
fn sum(summands: impl Iterator<Item = Option<Range>>) -> Option<Range> {
    let mut summed = None;
    for summand in summands {
        summed = match summand.filter(|it| it.is_not_negative())? {
            Range::Whole { .. } => summed.or(Some(Range::NOT_NEGATIVE)),
            Range::Real { .. } => Some(Range::real(0.0, f64::MAX)),
        };
    }
    summed
}

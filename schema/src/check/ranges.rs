//! Which numbers can a column have? What its origin says need not be said by its type, too.

use super::PipelineDocs;
use super::columns::raw_of;
use crate::context::Fact;
use crate::document::{ColumnDoc, FromDoc, OriginDoc, RowsDoc, TableDoc};
use crate::range::Range;

/// The numbers that a column can have: those of its type that its origin can give.
pub(super) fn of(pipeline: &PipelineDocs, table: &TableDoc, column: &ColumnDoc) -> Option<Range> {
    match (column.kind.range(), given(pipeline, &table.rows, &column.from)) {
        (Some(own), Some(given)) => Some(own.and(given)),
        (own, given) => own.or(given),
    }
}

/// The numbers that an origin gives, where it does not give any that a type holds.
pub(super) fn given(pipeline: &PipelineDocs, rows: &RowsDoc, from: &FromDoc) -> Option<Range> {
    let origin = match from {
        FromDoc::Name(_) if matches!(rows, RowsDoc::Results {}) => return None,
        FromDoc::Name(name) => return named(pipeline, rows, name),
        FromDoc::Origin(origin) => origin,
    };
    match origin {
        OriginDoc::Part { give, .. } => give.range(),
        OriginDoc::Add(names) => sum(names.iter().map(|it| named(pipeline, rows, it))),
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

/// The numbers that a column of the rows' source has. Rows are made of no others than raw rows and scores, and a table that
/// names itself as its source is a fault that another rule reports.
fn named(pipeline: &PipelineDocs, rows: &RowsDoc, name: &str) -> Option<Range> {
    let source =
        raw_of(pipeline, rows).filter(|it| matches!(it.rows, RowsDoc::Ingest {} | RowsDoc::Results {}))?;
    of(pipeline, source, source.columns.iter().find(|it| it.name == name)?)
}

/// The numbers that a sum can be: not negative where no summand is.
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

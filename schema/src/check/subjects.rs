//! Do the columns exist for which context is looked up, and do they have a suitable type?

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{ColumnDoc, FromDoc, OriginDoc, RowsDoc, TableDoc};
use crate::path;
use crate::tree::Step;
use crate::types::ColumnType;

/// A column of this table that an origin refers to.
struct Subject<'a> {
    of: &'a str,
    /// The types that the column may have.
    kinds: Kinds,
    code: Code,
    /// The path at which it is named.
    here: Vec<Step>,
}

/// A test of types, and the description of these types in messages.
type Kinds = (fn(ColumnType) -> bool, &'static str);

const ADDRESS: Kinds = (|it| it == ColumnType::Address, "`address`");
const TIME: Kinds = (|it| it == ColumnType::Time, "`time`");
const TEXT: Kinds = (|it| it == ColumnType::String, "`string`");
const WHOLE: Kinds = (ColumnType::is_whole, "a whole number");
const TEXT_OR_WHOLE: Kinds = (|it| it == ColumnType::String || it.is_whole(), "`string` or a whole number");

fn named(at: usize, from: &FromDoc) -> Vec<Subject<'_>> {
    let FromDoc::Origin(origin) = from else { return Vec::new() };
    let subject = |of, kinds, code, key, word| {
        let here = path!["columns", at, "from", key, word];
        Subject { of, kinds, code, here }
    };
    let asked = |of, kinds, key| subject(of, kinds, Code::SubjectType, key, "of");
    match origin {
        OriginDoc::Part { of, .. } => vec![subject(of, TIME, Code::TimeType, "part", "of")],
        OriginDoc::Network { of, .. } => vec![asked(of, ADDRESS, "network")],
        OriginDoc::Geo { of, .. } => vec![asked(of, ADDRESS, "geo")],
        OriginDoc::Reputation { of } => vec![asked(of, ADDRESS, "reputation")],
        OriginDoc::Code { of, .. } => vec![asked(of, TEXT_OR_WHOLE, "code")],
        OriginDoc::Iana { of, with, give } => {
            let of = asked(of, if give.is_of_port() { WHOLE } else { TEXT_OR_WHOLE }, "iana");
            let with = with.iter().map(|it| subject(it, TEXT, Code::SubjectType, "iana", "with"));
            [of].into_iter().chain(with).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn ports_have_a_protocol(pipeline: &PipelineDocs, faults: &mut Faults) {
    for (table, at, column) in pipeline.columns() {
        let FromDoc::Origin(OriginDoc::Iana { with, give, .. }) = &column.from else { continue };
        let here = path!["columns", at, "from", "iana"];
        match with {
            None if give.is_of_port() => {
                let message = "expected `with`, the column of the protocol: a port has no name without it";
                faults.add(Code::ProtocolBeside, &table.file, here, message);
            }
            Some(_) if !give.is_of_port() => {
                let message = "this answer is not about a port, and needs no `with`";
                let here = path!["columns", at, "from", "iana", "with"];
                faults.add(Code::ProtocolBeside, &table.file, here, message);
            }
            _ => {}
        }
    }
}

/// Columns of raw rows always have a value, since they are compared and summed up.
pub(super) fn raw_rows_lack_nothing(pipeline: &PipelineDocs, faults: &mut Faults) {
    for (table, at, column) in
        pipeline.columns().filter(|column| matches!(column.0.doc.rows, RowsDoc::Ingest {}))
    {
        let FromDoc::Origin(OriginDoc::Iana { give, .. }) = &column.from else { continue };
        if give.may_be_absent() {
            let message = format!(
                "a column of `ingest` rows always has a value, and a {} may be unknown",
                give.words()
            );
            let help = "take an answer that is a text, or ask in the scores";
            let here = path!["columns", at, "from", "iana", "give"];
            faults.add(Code::OriginNotHere, &table.file, here, message).help(help);
        }
    }
}

pub(super) fn are_there(table: &Loaded<TableDoc>, at: usize, column: &ColumnDoc, faults: &mut Faults) {
    for subject in named(at, &column.from) {
        is_there(table, subject, faults);
    }
}

fn is_there(table: &Loaded<TableDoc>, subject: Subject<'_>, faults: &mut Faults) {
    let Subject { of, kinds: (fits, expected), code, here } = subject;
    let Some(found) = table.doc.columns.iter().find(|column| column.name == of) else {
        let known = table.doc.columns.iter().map(|it| it.name.as_str());
        let message = format!("`{}` has no column `{of}`", table.doc.table);
        faults.add(Code::AbsentColumn, &table.file, here, message).meant(of, known);
        return;
    };
    if !fits(found.kind) {
        let message = format!("`{of}` is of type `{}`, not {expected}", found.kind.name());
        faults.add(code, &table.file, here, message);
    } else if !matches!(found.from, FromDoc::Name(_) | FromDoc::Origin(OriginDoc::Input {})) {
        faults.add(code, &table.file, here, format!("`{of}` is not read from the file itself"));
    }
}

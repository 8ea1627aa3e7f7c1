//! Does each key identify one row?

use std::collections::BTreeSet;

use super::resolve::Draft;
use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{ColumnDoc, TableDoc};
use crate::expression::Expr;
use crate::path;
use crate::rows::{Rows, Uniqueness, Which};
use crate::types::SubjectKind;

/// A table, its kind of rows, and what could be resolved of it.
type Resolved<'a> = (&'a Loaded<TableDoc>, &'a Rows, &'a Draft);

fn resolved<'a>(pipeline: &'a PipelineDocs, drafts: &'a [Draft]) -> impl Iterator<Item = Resolved<'a>> {
    let tables = pipeline.tables.iter().zip(drafts);
    tables.filter_map(|(table, draft)| Some((table, draft.rows.as_ref()?, draft)))
}

/// The columns by which rows are unique: the partition, and the columns by which rows are grouped.
fn unique_by<'a>(table: &'a TableDoc, rows: &Rows, draft: &Draft) -> Vec<&'a str> {
    let groups = |(column, from): &(&ColumnDoc, &Option<Expr>)| match rows {
        Rows::Select(_) => !column.from.is_aggregate(),
        Rows::Comments => matches!(from, Some(Expr::Subject(_))),
        Rows::Ingest | Rows::Results | Rows::Judged(_) | Rows::Program => false,
    };
    let own = table.columns.iter().zip(&draft.from).filter(groups);
    let partition = table.partition.columns.iter().map(String::as_str);
    partition.chain(own.map(|(column, _)| column.name.as_str())).collect()
}

fn is_grouped(table: &TableDoc, rows: &Rows) -> bool {
    let is_distinct = rows.select().is_some_and(|select| select.distinct);
    is_distinct || table.columns.iter().any(|column| column.from.is_aggregate())
}

pub(super) fn keys_make_rows_unique(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    for (table, rows, draft) in resolved(pipeline, drafts) {
        match rows.uniqueness(is_grouped(&table.doc, rows)) {
            Uniqueness::None if !table.doc.key.is_empty() => {
                let message =
                    "raw rows that are equal in every column are different rows, so no key can name one";
                faults.add(Code::KeyRepeats, &table.file, path!["key"], message).help("take the key away");
            }
            Uniqueness::None => {}
            Uniqueness::Grouped => {
                holds(table, &unique_by(&table.doc, rows, draft), Code::KeyRepeats, faults);
            }
            Uniqueness::Exact => is_exactly(table, rows, &unique_by(&table.doc, rows, draft), faults),
            Uniqueness::Judged => is_of_the_scored_row(table, draft, faults),
        }
    }
}

fn holds(table: &Loaded<TableDoc>, needed: &[&str], code: Code, faults: &mut Faults) {
    let key = &table.doc.key;
    let absent = needed.iter().filter(|name| !key.iter().any(|column| column == *name));
    let absent: Vec<String> = absent.map(|name| format!("`{name}`")).collect();
    if !key.is_empty() && !absent.is_empty() {
        let message = format!("rows repeat in this key, which lacks {}", absent.join(", "));
        faults.add(code, &table.file, path!["key"], message);
    }
}

/// Ingest updates the row with the key of a rollup, and a new comment replaces the rows with the key of an earlier one.
/// So the key consists of all columns by which rows are grouped, and of nothing else.
fn is_exactly(table: &Loaded<TableDoc>, rows: &Rows, needed: &[&str], faults: &mut Faults) {
    let code = if rows.are_rollup() { Code::RollupKey } else { Code::Subject };
    let listed = needed.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let key = &table.doc.key;
    if key.is_empty() {
        let message = format!("`{}` needs the key {listed}", table.doc.table);
        faults.add(code, &table.file, Vec::new(), message);
    }
    for (at, name) in key.iter().enumerate().filter(|(_, name)| !needed.contains(&name.as_str())) {
        let message = format!("`{name}` does not identify a row; the key is {listed}");
        faults.add(code, &table.file, path!["key", at], message);
    }
    holds(table, needed, code, faults);
}

/// An analyst who scores a row again replaces the earlier score. So the key consists of the partition and of columns of
/// the scored row, without any value that the analyst writes.
fn is_of_the_scored_row(table: &Loaded<TableDoc>, draft: &Draft, faults: &mut Faults) {
    let is_plain = |name: &String| {
        let at = table.doc.columns.iter().position(|column| column.name == *name);
        at.and_then(|at| draft.from.get(at)).is_some_and(|from| matches!(from, Some(Expr::Column(_)) | None))
    };
    let (partition, key) = (&table.doc.partition.columns, &table.doc.key);
    if !key.iter().any(is_plain) || !partition.iter().all(|name| key.contains(name)) {
        let message =
            "expected a key of the partition and of plain names, by which a scored row is found again";
        faults.add(Code::Judged, &table.file, path!["key"], message);
    }
    for (at, name) in key.iter().enumerate().filter(|(_, name)| !partition.contains(name) && !is_plain(name))
    {
        let message = format!("`{name}` describes a row and does not identify it");
        faults.add(Code::Judged, &table.file, path!["key", at], message);
    }
}

/// Columns without which rows cannot be written or found again: the hub, the severities, the subject.
/// Analysts write to one table of comments and one of judgements.
pub(super) fn analysts_write_to_one_table(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    let (mut comments, mut judged) = (None, None);
    for (table, rows, _) in resolved(pipeline, drafts) {
        let (first, code) = match rows {
            Rows::Comments => (&mut comments, Code::Subject),
            Rows::Judged(_) => (&mut judged, Code::Judged),
            Rows::Ingest | Rows::Results | Rows::Select(_) | Rows::Program => continue,
        };
        match first {
            None => *first = Some(table.doc.table.clone()),
            Some(first) => {
                let message = format!(
                    "`{first}` has `{}` rows already, and nothing would write to this table",
                    rows.name()
                );
                faults.add(code, &table.file, path!["rows"], message).help("remove one of the two tables");
            }
        }
    }
}

pub(super) fn special_columns_are_clear(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    for (table, rows, draft) in resolved(pipeline, drafts) {
        let Some(all) = draft.from.iter().map(Option::as_ref).collect::<Option<Vec<&Expr>>>() else {
            continue;
        };
        let (wanted, code, is_clear) = match rows {
            Rows::Judged(_) => {
                let wanted = "one column of `severity`, or several with different `of`";
                (wanted, Code::Judged, are_severities(&all))
            }
            Rows::Comments => {
                let wanted = "one column of `subject`, or two: as `address` and as `text`";
                (wanted, Code::Subject, are_subjects(&all))
            }
            Rows::Select(select) => match select.which {
                Which::Subjects(_) => {
                    ("one column of `subject`", Code::Subject, is_one(&all, &Expr::Subject(None)))
                }
                Which::Hubs(_) => ("one column of `hub`", Code::Select, is_one(&all, &Expr::Hub)),
                Which::Day | Which::Rollup | Which::Results(_) => continue,
            },
            Rows::Ingest | Rows::Results | Rows::Program => continue,
        };
        if !is_clear {
            faults.add(code, &table.file, path!["columns"], format!("expected {wanted}"));
        }
    }
}

fn are_severities(all: &[&Expr]) -> bool {
    let named = all.iter().filter_map(|from| if let Expr::Severity(of) = from { Some(of) } else { None });
    let named: Vec<&Option<String>> = named.collect();
    let distinct: BTreeSet<_> = named.iter().collect();
    !named.is_empty()
        && distinct.len() == named.len()
        && (named.len() == 1 || named.iter().all(|of| of.is_some()))
}

fn are_subjects(all: &[&Expr]) -> bool {
    let count = |kind: Option<SubjectKind>| all.iter().filter(|from| ***from == Expr::Subject(kind)).count();
    let of_kind = (count(Some(SubjectKind::Address)), count(Some(SubjectKind::Text)));
    matches!((count(None), of_kind), (1, (0, 0)) | (0, (1, 1)))
}

fn is_one(all: &[&Expr], wanted: &Expr) -> bool {
    all.iter().filter(|from| **from == wanted).count() == 1
        && all.iter().filter(|from| from.is_subject()).count() <= 1
}

pub(super) fn key_columns_always_have_a_value(
    pipeline: &PipelineDocs,
    drafts: &[Draft],
    faults: &mut Faults,
) {
    for (table, draft) in pipeline.tables.iter().zip(drafts) {
        let is_optional = |name: &String| {
            let at = table.doc.columns.iter().position(|column| column.name == *name);
            at.is_some_and(|at| draft.typed[at].is_optional)
        };
        for (at, name) in table.doc.key.iter().enumerate().filter(|(_, name)| is_optional(name)) {
            let message = format!("`{name}` has no value where the context source knows nothing");
            faults.add(Code::KeyRepeats, &table.file, path!["key", at], message);
        }
    }
}

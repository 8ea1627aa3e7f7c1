//! Can each expectation be checked, and can its column meet and break it?

use super::resolve::{Draft, column_of};
use super::sources::{described, value_fits};
use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{ColumnDoc, ExpectDoc, ExpectationDoc, TableDoc, ValueDoc};
use crate::expectation::{Expectation, Rule};
use crate::expression::Typed;
use crate::path;
use crate::range::Range;
use crate::rows::{Rows, Writer};
use crate::tree::{Step, below};

/// The model of what is expected of a column. `None` means that a rule of the check is missing.
pub(super) fn lowered(table: &TableDoc, column: &ColumnDoc) -> Option<Vec<Expectation>> {
    let mut lowered = Vec::new();
    for (_, doc) in column.expect.iter().flat_map(ExpectDoc::all) {
        let unique_with = match &doc.unique_with {
            Some(names) => {
                let columns: Option<Vec<_>> = names.iter().map(|name| column_of(table, name)).collect();
                Some(Rule::UniqueWith(columns?))
            }
            None => None,
        };
        let rules = [
            doc.not_null.then_some(Rule::NotNull),
            doc.range.map(|[from, to]| Rule::Range(Range::real(from, to))),
            doc.one_of.clone().map(Rule::OneOf),
            doc.empty_at_most.map(Rule::EmptyAtMost),
            unique_with,
        ];
        let otherwise = doc.otherwise;
        lowered.extend(rules.into_iter().flatten().map(|rule| Expectation { rule, otherwise }));
    }
    Some(lowered)
}

/// Each column of a table with its position and what is expected of it.
fn expected(table: &TableDoc) -> impl Iterator<Item = (usize, &ColumnDoc, &ExpectDoc)> {
    let columns = table.columns.iter().enumerate();
    columns.filter_map(|(at, column)| Some((at, column, column.expect.as_ref()?)))
}

/// Only an ingest of raw rows and a run check rows.
pub(super) fn rows_are_checked(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    for (table, draft) in pipeline.tables.iter().zip(drafts) {
        let Some(reason) = draft.rows.as_ref().and_then(unchecked) else { continue };
        for (at, ..) in expected(&table.doc) {
            faults.add(Code::Unchecked, &table.file, path!["columns", at, "expect"], reason);
        }
    }
}

/// Why the rows of a table are not checked; `None` if they are.
fn unchecked(rows: &Rows) -> Option<&'static str> {
    match rows.writer() {
        Writer::Ingest if rows.are_rollup() => {
            Some("an ingest checks the raw rows, not the sums that it updates; expect it of the raw table")
        }
        Writer::Analyst => Some("analysts write these rows, and only an ingest and a run check rows"),
        Writer::Ingest | Writer::Run | Writer::Program => None,
    }
}

pub(super) fn rules_fit_their_columns(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    for (table, draft) in pipeline.tables.iter().zip(drafts) {
        for (at, column, expect) in expected(&table.doc) {
            let here = path!["columns", at, "expect"];
            let all = expect.all();
            if all.is_empty() {
                faults.add(Code::Expectation, &table.file, here.clone(), "expected at least one expectation");
            }
            for (place, doc) in all {
                let here = below(&here, place.map(Step::Index).into_iter().collect());
                Asked { table, column, typed: draft.typed[at], doc, here }.check(faults);
            }
        }
    }
}

/// An expectation of a column.
struct Asked<'a> {
    table: &'a Loaded<TableDoc>,
    column: &'a ColumnDoc,
    typed: Typed,
    doc: &'a ExpectationDoc,
    here: Vec<Step>,
}

impl Asked<'_> {
    fn check(&self, faults: &mut Faults) {
        let ExpectationDoc { not_null, range, one_of, empty_at_most, unique_with, otherwise: _ } = self.doc;
        let is_empty = !not_null
            && range.is_none()
            && one_of.is_none()
            && empty_at_most.is_none()
            && unique_with.is_none();
        if is_empty {
            let message = "nothing is expected: name a rule, such as `one_of` or `empty_at_most`";
            faults.add(Code::Expectation, &self.table.file, self.here.clone(), message);
        }
        if *not_null {
            self.may_be_null(faults);
        }
        if let Some([from, to]) = range {
            self.has_range(*from, *to, faults);
        }
        if let Some(values) = one_of {
            self.has_values(values, faults);
        }
        if let Some(share) = empty_at_most {
            self.may_be_empty(*share, faults);
        }
        if let Some(names) = unique_with {
            self.is_unique_with(names, faults);
        }
    }

    fn name_and_type(&self) -> String {
        format!("`{}` is of type {}", self.column.name, described(self.column.kind))
    }

    fn may_be_null(&self, faults: &mut Faults) {
        if self.typed.is_optional {
            return;
        }
        let message = format!("`{}` is never NULL, so this is always met", self.column.name);
        let fault = faults.add(Code::Expectation, &self.table.file, self.at("not_null"), message);
        if self.column.kind.is_text() {
            fault.help("say `\"empty_at_most\": 0` if no text should be empty");
        }
    }

    fn has_range(&self, from: f64, to: f64, faults: &mut Faults) {
        let fault = if !self.column.kind.is_number() {
            format!("{}; a range is about numbers", self.name_and_type())
        } else if from > to {
            format!("no number is in the range {from} to {to}; the least number comes first")
        } else {
            return;
        };
        faults.add(Code::Expectation, &self.table.file, self.at("range"), fault);
    }

    fn has_values(&self, values: &[ValueDoc], faults: &mut Faults) {
        let kind = self.column.kind;
        let here = self.at("one_of");
        if !(kind.is_any_text() || kind.is_whole()) {
            let message = format!("{}; a list is of texts or whole numbers", self.name_and_type());
            faults.add(Code::Expectation, &self.table.file, here, message);
        } else if values.is_empty() {
            faults.add(Code::Expectation, &self.table.file, here, "expected at least one value");
        } else {
            for (at, _) in values.iter().enumerate().filter(|(_, value)| !value_fits(value, kind)) {
                let message = format!("{}, which cannot hold this", self.name_and_type());
                faults.add(Code::ValueType, &self.table.file, below(&here, path![at]), message);
            }
        }
    }

    fn may_be_empty(&self, share: f64, faults: &mut Faults) {
        let here = self.at("empty_at_most");
        if !(0.0..=1.0).contains(&share) {
            let message = format!("expected a share from 0 to 1, found {share}");
            faults.add(Code::OutOfRange, &self.table.file, here, message);
        } else if !self.typed.is_optional && !self.column.kind.is_text() {
            let message = format!("`{}` always has a number, so it is never empty", self.column.name);
            faults.add(Code::Expectation, &self.table.file, here, message);
        }
    }

    fn is_unique_with(&self, names: &[String], faults: &mut Faults) {
        let table = &self.table.doc;
        for (at, name) in names.iter().enumerate() {
            faults.uses(&table.table, name);
            let here = below(&self.at("unique_with"), path![at]);
            if column_of(table, name).is_none() {
                let message = format!("`{}` has no column `{name}`", table.table);
                let known = table.columns.iter().map(|column| column.name.as_str());
                let fault = faults.add(Code::AbsentColumn, &self.table.file, here, message);
                fault.absent(&table.table, name, known);
            } else if *name == self.column.name {
                let message = "this is the column itself, which is one of the columns already";
                faults.add(Code::Expectation, &self.table.file, here, message);
            } else if names[..at].contains(name) {
                faults.add(Code::Expectation, &self.table.file, here, format!("`{name}` is given twice"));
            }
        }
    }

    fn at(&self, key: &str) -> Vec<Step> {
        below(&self.here, path![key])
    }
}

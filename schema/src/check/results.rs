//! Are the results file, the filter, the score fields and the table of scores consistent?

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::PipelineDocs;
use crate::code::Code;
use crate::diagnostics::{Faults, SourceFile};
use crate::document::{ColumnDoc, ExprDoc, RowsDoc};
use crate::path;
use crate::tree::Step;

pub(super) fn indices_run_from_0(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(config) = &pipeline.config else { return };
    let key = format!("{}_results_fields", pipeline.name);
    numbered(
        &config.file,
        &key,
        &config.doc.results_fields,
        (Code::DuplicateIndex, Code::MissingIndex),
        faults,
    );
}

pub(super) fn feedback_runs_from_0(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(config) = &pipeline.config else { return };
    let key = format!("{}_feedback_fields", pipeline.name);
    if let Some(fields) = &config.doc.feedback_fields {
        numbered(&config.file, &key, fields, (Code::Feedback, Code::Feedback), faults);
    }
}

fn numbered(
    file: &Arc<SourceFile>,
    key: &str,
    fields: &BTreeMap<String, u32>,
    (twice, gap): (Code, Code),
    faults: &mut Faults,
) {
    let mut by_index: BTreeMap<u32, &str> = BTreeMap::new();
    for (name, index) in fields {
        if let Some(other) = by_index.insert(*index, name) {
            let message = format!("`{name}` and `{other}` both have the index {index}");
            faults.add(twice, file, path![key, name], message);
        }
    }
    if fields.is_empty() {
        faults.add(gap, file, path![key], "expected at least one field");
    }
    let absent = (0..).zip(by_index.keys()).find(|(expected, found)| expected != *found);
    if let Some((expected, found)) = absent {
        let name = by_index[found];
        let message = format!("no field has the index {expected}, but `{name}` has {found}");
        faults.add(gap, file, path![key, name], message);
    }
}

pub(super) fn one_table_takes_the_results(pipeline: &PipelineDocs, faults: &mut Faults) {
    let mut found = pipeline.tables.iter().filter(|table| matches!(table.doc.rows, RowsDoc::Results {}));
    let Some(first) = found.next() else {
        if pipeline.lacks_tables() {
            return;
        }
        let message = "no table has `\"rows\": {\"results\": {}}`";
        faults.add_place(Code::ResultsTable, format!("{}/tables", pipeline.folder), message);
        return;
    };
    for another in found {
        let message = format!("the table `{}` takes the results already", first.doc.table);
        faults.add(Code::ResultsTable, &another.file, path!["rows"], message);
    }
}

pub(super) fn the_filter_names_fields(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(config) = &pipeline.config else { return };
    let filter = config.doc.column_indexes_filter.as_deref().unwrap_or_default();
    for (at, index) in filter.iter().enumerate() {
        let here = path!["column_indexes_filter", at];
        if !config.doc.results_fields.values().any(|value| value == index) {
            let last = config.doc.results_fields.values().max().copied().unwrap_or_default();
            let message = format!("no field has the index {index}; the last one is {last}");
            faults.add(Code::FilterOutside, &config.file, here, message);
        } else if filter[..at].contains(index) {
            faults.add(Code::FilterTwice, &config.file, here, format!("{index} is given a second time"));
        }
    }
}

/// The fields that the table of scores takes, each with the position of its column.
fn taken(pipeline: &PipelineDocs) -> Vec<(&str, usize)> {
    let columns = pipeline.scores().map(|it| it.doc.columns.as_slice()).unwrap_or_default();
    columns.iter().enumerate().filter_map(|(at, column)| Some((column.from.named_field()?, at))).collect()
}

pub(super) fn the_filter_and_the_table_agree(pipeline: &PipelineDocs, faults: &mut Faults) {
    let (Some(config), Some(scores)) = (&pipeline.config, pipeline.scores()) else { return };
    let Some(filter) = &config.doc.column_indexes_filter else { return };
    let fields = &config.doc.results_fields;
    let taken = taken(pipeline);
    let indices: BTreeSet<u32> = taken.iter().filter_map(|(name, _)| fields.get(*name).copied()).collect();
    for (at, index) in filter.iter().enumerate() {
        let name = fields.iter().find(|(_, field)| *field == index).map(|(name, _)| name);
        if let (Some(name), false) = (name, indices.contains(index)) {
            let message = format!("no column of `{}` takes the field `{name}` ({index})", scores.doc.table);
            faults.add(Code::FilterUnused, &config.file, path!["column_indexes_filter", at], message);
        }
    }
    for (name, at) in taken {
        if let Some(index) = fields.get(name).filter(|field| !filter.contains(field)) {
            let message =
                format!("the field `{name}` has the index {index}, which `column_indexes_filter` leaves out");
            faults.add(Code::FilterLacks, &scores.file, path!["columns", at, "from"], message);
        }
    }
}

pub(super) fn score_fields_line_up(pipeline: &PipelineDocs, faults: &mut Faults) {
    let (Some(config), Some(scores)) = (&pipeline.config, pipeline.scores()) else { return };
    let Some(fields) = &config.doc.score_fields else { return };
    let key = format!("{}_score_fields", pipeline.name);
    numbered(&config.file, &key, fields, (Code::ScoreFields, Code::ScoreFields), faults);
    let columns = &scores.doc.columns;
    for (name, index) in fields {
        let here = path![&key, name];
        let named = columns.iter().position(|column| column.name.eq_ignore_ascii_case(name));
        match (columns.get(*index as usize), named) {
            (Some(column), _) if column.name.eq_ignore_ascii_case(name) => {}
            (Some(column), None) => {
                let message = format!("column {index} of `{}` is called `{}`", scores.doc.table, column.name);
                faults.add(Code::OtherName, &config.file, here, message);
            }
            (found, _) => {
                let found = found.map_or("no such column".to_owned(), |column| format!("`{}`", column.name));
                let message =
                    format!("column {index} (from 0) of `{}` is {found}, not `{name}`", scores.doc.table);
                faults.add(Code::ScoreFields, &config.file, here, message);
            }
        }
    }
    let listed = fields.len();
    for (at, column) in columns.iter().enumerate().skip(listed) {
        let field = column.from.named_field();
        let may_lack = column.from.optional_field();
        let is_listed = may_lack.is_none_or(|field| config.doc.results_fields.contains_key(field));
        if field.is_some() && is_listed {
            let message =
                format!("`{}` is a field of the results file, so `{key}` must list it", column.name);
            faults.add(Code::ScoreFields, &scores.file, path!["columns", at, "name"], message);
        }
    }
}

/// The table decides what has a reputation; Spot's list must agree.
pub(super) fn reputation_is_added(pipeline: &PipelineDocs, faults: &mut Faults) {
    let (Some(config), Some(scores)) = (&pipeline.config, pipeline.scores()) else { return };
    let columns = &scores.doc.columns;
    let asked = columns.iter().filter_map(|column| match &column.from {
        ExprDoc::Form(form) => form.asks_reputation_of(),
        ExprDoc::Name(_) | ExprDoc::Field(_) => None,
    });
    let asked: Vec<&str> = asked.collect();
    for (name, index) in config.doc.add_reputation.iter().flatten() {
        let field = config.doc.results_fields.iter().find(|(_, at)| *at == index).map(|(field, _)| field);
        let takes_it =
            |column: &&ColumnDoc| field.is_some() && column.from.named_field() == field.map(String::as_str);
        let message = match (field, columns.iter().find(takes_it)) {
            (_, Some(column)) if asked.contains(&column.name.as_str()) => continue,
            (None, _) => format!("no field has the index {index}"),
            (Some(field), _) => {
                format!(
                    "no column of `{}` is the `reputation` of the field `{field}` ({index})",
                    scores.doc.table
                )
            }
        };
        faults.add(Code::AddReputation, &config.file, path!["add_reputation", name], message);
    }
}

pub(super) fn the_path_has_a_date(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(config) = &pipeline.config else { return };
    let Some(path) = &config.doc.results else { return };
    let rest = path.replace("{pipeline}", "").replace("{date}", "");
    let reason = if !path.contains("{date}") {
        "expected `{date}` in it, so that each day has a file of its own"
    } else if rest.contains(['{', '}']) {
        "only `{pipeline}` and `{date}` are allowed in braces"
    } else if path.starts_with('/') || path.split('/').any(|part| part == "..") {
        "it must lie below the root of results"
    } else {
        return;
    };
    faults.add(Code::ResultsPath, &config.file, vec![Step::from("results")], reason);
}

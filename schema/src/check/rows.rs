//! Can the rows of each table be derived from the tables that it names?

use std::collections::BTreeMap;

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{CountsDoc, PartitionDateDoc, RowsDoc, TableDoc};
use crate::path;
use crate::tree::Step;
use crate::types::ColumnType;

pub(super) fn the_raw_table_is_clear(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(config) = &pipeline.config else { return };
    let raw: Vec<&str> = pipeline
        .tables
        .iter()
        .filter(|table| matches!(table.doc.rows, RowsDoc::Ingest {}))
        .map(|it| it.doc.table.as_str())
        .collect();
    if let Some(name) = &config.doc.raw_table {
        if !raw.contains(&name.as_str()) {
            let message = format!("`{name}` is no table whose rows are `ingest`");
            faults
                .add(Code::RawTable, &config.file, path!["raw_table"], message)
                .meant(name, raw.iter().copied());
        }
        return;
    }
    let needed = !pipeline.sources.is_empty() || config.doc.rank.is_some();
    match raw.as_slice() {
        [] if needed => {
            let message = "no table has `\"rows\": {\"ingest\": {}}`, but there are raw formats or a rank";
            faults.add(Code::RawTable, &config.file, Vec::new(), message);
        }
        [_, _, ..] => {
            let message = format!("`raw_table` must say which of `{}` is meant", raw.join("`, `"));
            faults.add(Code::RawTable, &config.file, Vec::new(), message);
        }
        _ => {}
    }
}

/// The tables that rows are derived from: the kind of rows, the key, the table that it names, and whether this must be
/// the table of scores.
fn references(rows: &RowsDoc) -> Vec<(&'static str, &'static str, &str, bool)> {
    match rows {
        RowsDoc::Details(it) => vec![("details", "of", &it.of, true), ("details", "in", &it.raw, false)],
        RowsDoc::Chords(it) => vec![("chords", "of", &it.of, true), ("chords", "in", &it.raw, false)],
        RowsDoc::Counts(it) => vec![("counts", "in", &it.raw, false)],
        RowsDoc::Rollup(it) => vec![("rollup", "of", &it.of, false)],
        RowsDoc::Judged(it) => vec![("judged", "of", &it.of, true)],
        RowsDoc::Timeline(it) => vec![("timeline", "in", &it.raw, false)],
        RowsDoc::Ingest {} | RowsDoc::Results {} | RowsDoc::Comments {} | RowsDoc::Analyst {} => Vec::new(),
    }
}

pub(super) fn rows_are_made_of_the_right_tables(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        for (kind, key, name, is_scores) in references(&table.doc.rows) {
            let here = path!["rows", kind, key];
            let Some(other) = pipeline.table(name) else {
                let message = format!("the pipeline has no table `{name}`");
                faults.add(Code::AbsentTable, &table.file, here, message).meant(name, pipeline.table_names());
                continue;
            };
            let (fits, wanted) = match is_scores {
                true => (matches!(other.doc.rows, RowsDoc::Results {}), "results"),
                false => (matches!(other.doc.rows, RowsDoc::Ingest {}), "ingest"),
            };
            if !fits {
                let message = format!("expected a table whose rows are `{wanted}`, which `{name}` is not");
                faults.add(Code::RowsOf, &table.file, here, message);
            }
        }
    }
}

pub(super) fn pairs_name_columns(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        match &table.doc.rows {
            RowsDoc::Details(it) => {
                let (of, raw) = (pipeline.table(&it.of), pipeline.table(&it.raw));
                pairs(table, ("details", "between"), &it.between, 2, (of, raw), faults);
                ends(table, "details", &it.between, raw, faults);
                pairs(table, ("details", "same_minute"), &it.same_minute, 1, (of, raw), faults);
                times(table, &it.same_minute, (of, raw), faults);
            }
            RowsDoc::Chords(it) => {
                let (of, raw) = (pipeline.table(&it.of), pipeline.table(&it.raw));
                pairs(table, ("chords", "between"), &it.between, 2, (of, raw), faults);
                ends(table, "chords", &it.between, raw, faults);
            }
            RowsDoc::Counts(it) => {
                let here = path!["rows", "counts", "per_minute_of"];
                let kind = column(pipeline.table(&it.raw), table, &it.per_minute_of, here.clone(), faults);
                if kind == Some(ColumnType::Time) {
                    is_time_of_the_day(table, it, pipeline.table(&it.raw), here.clone(), faults);
                }
                time(table, &it.per_minute_of, kind, here, faults);
            }
            RowsDoc::Rollup(_)
            | RowsDoc::Judged(_)
            | RowsDoc::Timeline(_)
            | RowsDoc::Comments {}
            | RowsDoc::Ingest {}
            | RowsDoc::Results {}
            | RowsDoc::Analyst {} => {}
        }
    }
}

type Table<'a> = Option<&'a Loaded<TableDoc>>;

fn pairs(
    table: &Loaded<TableDoc>,
    (kind, key): (&str, &str),
    pairs: &BTreeMap<String, String>,
    expected: usize,
    (of, raw): (Table<'_>, Table<'_>),
    faults: &mut Faults,
) {
    if pairs.len() != expected {
        let message = format!("expected pairs: {expected}, found {}", pairs.len());
        faults.add(Code::Pairs, &table.file, path!["rows", kind, key], message);
    }
    for (scored, other) in pairs {
        let at_key = vec![Step::from("rows"), Step::from(kind), Step::from(key), Step::KeyOf(scored.clone())];
        let left = column(of, table, scored, at_key, faults);
        let here = path!["rows", kind, key, scored];
        let right = column(raw, table, other, here.clone(), faults);
        if let (Some(left), Some(right)) = (left, right)
            && left != right
        {
            let message =
                format!("`{scored}` is of type `{}`, `{other}` of type `{}`", left.name(), right.name());
            faults.add(Code::OriginType, &table.file, here, message);
        }
    }
}

/// Checks that the two ends are two columns, and that both are stored as text.
fn ends(
    table: &Loaded<TableDoc>,
    kind: &str,
    between: &BTreeMap<String, String>,
    raw: Table<'_>,
    faults: &mut Faults,
) {
    let mut seen: Vec<&str> = Vec::new();
    for (scored, other) in between {
        let here = path!["rows", kind, "between", scored];
        let column = raw.and_then(|raw| raw.doc.columns.iter().find(|column| column.name == *other));
        if seen.contains(&other.as_str()) {
            let message = format!("`{other}` is the other end already");
            faults.add(Code::Pairs, &table.file, here, message);
        } else if let Some(column) = column.filter(|column| !column.kind.is_text()) {
            let message =
                format!("an end is a text or an address; `{other}` is of type `{}`", column.kind.name());
            faults.add(Code::Pairs, &table.file, here, message);
        }
        seen.push(other);
    }
}

fn is_time_of_the_day(
    table: &Loaded<TableDoc>,
    counts: &CountsDoc,
    raw: Table<'_>,
    path: Vec<Step>,
    faults: &mut Faults,
) {
    let Some(PartitionDateDoc::Of(time)) = raw.map(|it| &it.doc.partition.date) else { return };
    if *time != counts.per_minute_of {
        let message = format!("the days of `{}` are those of `{time}`", counts.raw);
        let help = format!("count the minutes of `{time}`");
        faults.add(Code::CountedTime, &table.file, path, message).help(help);
    }
}

/// The type of a named column. A missing column is a fault. Returns `None` without a fault if the table itself is
/// missing, which another rule reports.
fn column(
    of: Table<'_>,
    here: &Loaded<TableDoc>,
    name: &str,
    path: Vec<Step>,
    faults: &mut Faults,
) -> Option<ColumnType> {
    let of = of?;
    let found = of.doc.columns.iter().find(|column| column.name == name).map(|it| it.kind);
    if found.is_none() {
        let known = of.doc.columns.iter().map(|it| it.name.as_str());
        let message = format!("`{}` has no column `{name}`", of.doc.table);
        faults.add(Code::AbsentColumn, &here.file, path, message).meant(name, known);
    }
    found
}

fn times(
    table: &Loaded<TableDoc>,
    pairs: &BTreeMap<String, String>,
    (of, raw): (Table<'_>, Table<'_>),
    faults: &mut Faults,
) {
    let kind = |table: Table<'_>, name: &str| {
        table?.doc.columns.iter().find(|column| column.name == name).map(|it| it.kind)
    };
    for (scored, other) in pairs {
        let at_key = vec![
            Step::from("rows"),
            Step::from("details"),
            Step::from("same_minute"),
            Step::KeyOf(scored.clone()),
        ];
        time(table, scored, kind(of, scored), at_key, faults);
        time(table, other, kind(raw, other), path!["rows", "details", "same_minute", scored], faults);
    }
}

fn time(
    table: &Loaded<TableDoc>,
    name: &str,
    kind: Option<ColumnType>,
    path: Vec<Step>,
    faults: &mut Faults,
) {
    if let Some(kind) = kind.filter(|kind| *kind != ColumnType::Time) {
        let message = format!("`{name}` is of type `{}`, not `time`", kind.name());
        faults.add(Code::TimeType, &table.file, path, message);
    }
}

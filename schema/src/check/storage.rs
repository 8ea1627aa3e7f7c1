//! Can the table be stored with its partition, key and indexes?

use std::collections::HashSet;

use super::PipelineDocs;
use super::resolve::Draft;
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{PartitionDateDoc, RowsDoc, TableDoc};
use crate::expression::Expr;
use crate::names::forms;
use crate::path;
use crate::rows::{Rows, Writer};
use crate::tree::Step;
use crate::types::ColumnType;

pub(super) fn partitions_have_three_or_four_columns(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let found = table.doc.partition.columns.len();
        let hours_are_kept = matches!(table.doc.rows, RowsDoc::Ingest {});
        if found != 3 && !(found == 4 && hours_are_kept) {
            let most = if hours_are_kept { ", and perhaps the hour" } else { "" };
            let message = format!("expected names for year, month and day{most}; found {found} names");
            faults.add(Code::PartitionColumns, &table.file, path!["partition", "columns"], message);
        }
    }
}

pub(super) fn partitions_do_not_clash(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let mut taken: HashSet<String> =
            table.doc.columns.iter().flat_map(|column| forms(&column.name)).collect();
        for (at, name) in table.doc.partition.columns.iter().enumerate() {
            if forms(name).iter().any(|form| taken.contains(form)) {
                let message = format!("the table has a column `{name}` already");
                faults.add(Code::PartitionClash, &table.file, path!["partition", "columns", at], message);
            }
            taken.extend(forms(name));
        }
    }
}

/// Rows that an ingest writes are kept by the date of their own time, all others by the date of the run.
pub(super) fn partitions_have_the_right_date(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    for (table, draft) in pipeline.tables.iter().zip(drafts) {
        let Some(rows) = &draft.rows else { continue };
        let here = path!["partition", "date"];
        match (&table.doc.partition.date, rows.writer()) {
            (PartitionDateDoc::Of(_), Writer::Ingest) => {
                let raw = rows.base().map(|raw| (&pipeline.tables[raw.0].doc, &drafts[raw.0].time));
                if let (Some((raw, Some(days))), Some(time)) = (raw, &draft.time)
                    && days != time
                {
                    let message = format!("the days of `{}` are those of another time", raw.table);
                    let here = path!["partition", "date", "of"];
                    let help = "name the time that the partition of that table names";
                    faults.add(Code::PartitionDate, &table.file, here, message).help(help);
                }
            }
            (PartitionDateDoc::Run {}, Writer::Ingest) => {
                let message = "raw rows are kept by the date of their own time";
                faults.add(Code::PartitionDate, &table.file, here, message).help("say `{\"of\": COLUMN}`");
            }
            (PartitionDateDoc::Of(_), Writer::Run | Writer::Analyst | Writer::Program) => {
                let message = "these rows are kept by the date of the run";
                faults.add(Code::PartitionDate, &table.file, here, message).help("say `{\"run\": {}}`");
            }
            (PartitionDateDoc::Run {}, Writer::Run | Writer::Analyst | Writer::Program) => {}
        }
    }
}

/// Only the time by which raw rows are kept is known to be a time in every row that an ingest accepted.
pub(super) fn rollups_read_no_other_time(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    for (table, draft) in pipeline.tables.iter().zip(drafts) {
        if !draft.rows.as_ref().is_some_and(Rows::are_rollup) {
            continue;
        }
        for (at, from) in draft.from.iter().enumerate() {
            let Some(Expr::Truncate(time, _)) = from else { continue };
            if time.can_fail() && draft.time.as_ref() != Some(&**time) {
                let message =
                    "an ingest keeps starts of the time of the partition, and of columns of type `time`";
                faults.add(
                    Code::Select,
                    &table.file,
                    path!["columns", at, "from", "truncate", "of"],
                    message,
                );
            }
        }
    }
}

pub(super) fn keys_and_indexes_name_columns(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let indexes = table.doc.indexes.iter().enumerate().map(|(at, index)| (path!["indexes", at], index));
        let key = (!table.doc.key.is_empty()).then(|| (path!["key"], &table.doc.key));
        for name in table.doc.key.iter().chain(table.doc.indexes.iter().flatten()) {
            faults.uses(&table.doc.table, name);
        }
        for (place, columns) in key.into_iter().chain(indexes) {
            if columns.is_empty() {
                faults.add(Code::IndexColumns, &table.file, place, "an index needs a column");
                continue;
            }
            for (at, name) in columns.iter().enumerate() {
                let mut here = place.clone();
                here.push(Step::Index(at));
                if !column_names(&table.doc).any(|column_name| column_name == name) {
                    let message = format!("`{}` has no column `{name}`", table.doc.table);
                    let known = table.doc.columns.iter().map(|column| column.name.as_str());
                    faults.add(Code::AbsentColumn, &table.file, here, message).absent(
                        &table.doc.table,
                        name,
                        known,
                    );
                } else if place.first() == Some(&Step::from("indexes")) && is_url(&table.doc, name) {
                    let message = format!("`{name}` is a `url`, which may be too long for an index");
                    faults.add(Code::IndexColumns, &table.file, here, message);
                } else if columns[..at].contains(name) {
                    faults.add(Code::IndexColumns, &table.file, here, format!("`{name}` is given twice"));
                }
            }
        }
    }
}

fn is_url(table: &TableDoc, name: &str) -> bool {
    table.columns.iter().any(|column| column.name == name && column.kind == ColumnType::Url)
}

/// The names of all columns of a table, including those of the partition.
pub(super) fn column_names(table: &TableDoc) -> impl Iterator<Item = &str> {
    let own = table.columns.iter().map(|it| it.name.as_str());
    own.chain(table.partition.columns.iter().map(String::as_str))
}

//! Does each key identify one row?

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::context::Fact;
use crate::diagnostics::Faults;
use crate::document::{ColumnDoc, FromDoc, OriginDoc, RowsDoc, TableDoc};
use crate::path;

pub(super) fn rows_that_may_be_equal_have_no_key(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in
        pipeline.tables.iter().filter(|table| !table.doc.key.is_empty() && may_be_equal(&table.doc.rows))
    {
        let message = "raw rows that are equal in every column are different rows, so no key can name one";
        faults.add(Code::KeyRepeats, &table.file, path!["key"], message).help("take the key away");
    }
}

fn may_be_equal(rows: &RowsDoc) -> bool {
    matches!(rows, RowsDoc::Ingest {} | RowsDoc::Details(_))
}

pub(super) fn keys_hold_what_makes_a_row_one(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in
        pipeline.tables.iter().filter(|table| !table.doc.key.is_empty() && !may_be_equal(&table.doc.rows))
    {
        let absent: Vec<String> = needed(&table.doc)
            .into_iter()
            .filter(|it| !table.doc.key.iter().any(|name| name == it))
            .map(|it| format!("`{it}`"))
            .collect();
        if !absent.is_empty() {
            let message = format!("rows repeat in this key, which lacks {}", absent.join(", "));
            faults.add(Code::KeyRepeats, &table.file, path!["key"], message);
        }
    }
}

/// The columns that the key must contain so that rows of this kind are unique.
fn needed(table: &TableDoc) -> Vec<&str> {
    let is_needed = |column: &&ColumnDoc| match (&table.rows, &column.from) {
        (RowsDoc::Chords(chords), FromDoc::Name(name)) => chords.between.values().any(|value| value == name),
        (RowsDoc::Chords(_), FromDoc::Origin(OriginDoc::Hub {})) => true,
        (RowsDoc::Counts(_) | RowsDoc::Rollup(_), FromDoc::Origin(OriginDoc::Minute {})) => true,
        (RowsDoc::Rollup(_), FromDoc::Name(_)) => true,
        _ => false,
    };
    let own = table.columns.iter().filter(is_needed).map(|it| it.name.as_str());
    let partition = table.partition.columns.iter().map(String::as_str);
    match table.rows {
        RowsDoc::Judged(_) | RowsDoc::Comments {} | RowsDoc::Timeline(_) | RowsDoc::Analyst {} => Vec::new(),
        _ => partition.chain(own).collect(),
    }
}

/// Ingest updates the row with the key of a rollup. So the key must contain all columns by which rows are grouped, and
/// no sum.
pub(super) fn rollups_have_the_key_that_they_are_summed_up_by(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in pipeline.tables.iter().filter(|table| matches!(table.doc.rows, RowsDoc::Rollup(_))) {
        let needed = needed(&table.doc);
        let listed = || needed.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        if table.doc.key.is_empty() {
            let message = format!("a rollup needs the key {}", listed());
            faults.add(Code::RollupKey, &table.file, Vec::new(), message);
        }
        for (at, name) in table.doc.key.iter().enumerate().filter(|(_, it)| !needed.contains(&it.as_str())) {
            let message = format!("`{name}` is summed up; the key is {}", listed());
            faults.add(Code::RollupKey, &table.file, path!["key", at], message);
        }
    }
}

/// An analyst who scores a row again replaces the earlier score. So the key must consist of the partition and of
/// columns of the scored row, without any value that the analyst writes.
pub(super) fn judged_rows_are_found_again(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in pipeline.tables.iter().filter(|table| matches!(table.doc.rows, RowsDoc::Judged(_))) {
        let severities = table.doc.columns.iter().filter(|column| is_severity(column)).count();
        if severities != 1 {
            let message = format!("expected one column of `severity`, found {severities}");
            faults.add(Code::Judged, &table.file, path!["columns"], message);
        }
        let is_plain = |name: &String| {
            table
                .doc
                .columns
                .iter()
                .any(|column| column.name == *name && matches!(column.from, FromDoc::Name(_)))
        };
        let (partition, key) = (&table.doc.partition.columns, &table.doc.key);
        if !key.iter().any(is_plain) || !partition.iter().all(|it| key.contains(it)) {
            let message =
                "expected a key of the partition and of plain names, by which a scored row is found again";
            faults.add(Code::Judged, &table.file, path!["key"], message);
        }
        for (at, name) in key.iter().enumerate().filter(|(_, it)| !partition.contains(it) && !is_plain(it)) {
            let message = format!("`{name}` describes a row and does not identify it");
            faults.add(Code::Judged, &table.file, path!["key", at], message);
        }
    }
}

fn is_severity(column: &ColumnDoc) -> bool {
    matches!(column.from, FromDoc::Origin(OriginDoc::Severity {}))
}

pub(super) fn key_columns_always_have_a_value(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        for (at, name) in table.doc.key.iter().enumerate().filter(|(_, name)| may_be_absent(table, name)) {
            let message = format!("`{name}` has no value where the context source knows nothing");
            faults.add(Code::KeyRepeats, &table.file, path!["key", at], message);
        }
    }
}

fn may_be_absent(table: &Loaded<TableDoc>, name: &str) -> bool {
    let column = table.doc.columns.iter().find(|column| column.name == name);
    let fact = match column.map(|it| &it.from) {
        Some(FromDoc::Origin(OriginDoc::Network { give, .. })) => Fact::Network(*give),
        Some(FromDoc::Origin(OriginDoc::Geo { give, .. })) => Fact::Geo(*give),
        Some(FromDoc::Origin(OriginDoc::Iana { give, .. })) => return give.may_be_absent(),
        _ => return false,
    };
    fact.may_be_absent()
}

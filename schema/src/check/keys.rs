//! Does a key name one row?

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::context::Fact;
use crate::diagnostics::Faults;
use crate::document::{ColumnDoc, FromDoc, OriginDoc, RowsDoc, TableDoc};
use crate::path;

pub(super) fn rows_that_may_be_equal_have_no_key(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in pipeline.tables.iter().filter(|it| !it.doc.key.is_empty() && may_be_equal(&it.doc.rows)) {
        let message = "raw rows that are equal in every column are different rows, so no key can name one";
        faults.add(Code::KeyRepeats, &table.file, path!["key"], message).help("take the key away");
    }
}

fn may_be_equal(rows: &RowsDoc) -> bool {
    matches!(rows, RowsDoc::Ingest {} | RowsDoc::Details(_))
}

pub(super) fn keys_hold_what_makes_a_row_one(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in pipeline.tables.iter().filter(|it| !it.doc.key.is_empty() && !may_be_equal(&it.doc.rows)) {
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

/// The columns without which rows of a kind repeat.
fn needed(table: &TableDoc) -> Vec<&str> {
    let is_needed = |it: &&ColumnDoc| match (&table.rows, &it.from) {
        (RowsDoc::Chords(chords), FromDoc::Name(name)) => chords.between.values().any(|it| it == name),
        (RowsDoc::Chords(_), FromDoc::Origin(OriginDoc::Hub {})) => true,
        (RowsDoc::Counts(_), FromDoc::Origin(OriginDoc::Minute {})) => true,
        _ => false,
    };
    let own = table.columns.iter().filter(is_needed).map(|it| it.name.as_str());
    let partition = table.partition.columns.iter().map(String::as_str);
    match table.rows {
        RowsDoc::Analyst {} => Vec::new(),
        _ => partition.chain(own).collect(),
    }
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
    let column = table.doc.columns.iter().find(|it| it.name == name);
    let fact = match column.map(|it| &it.from) {
        Some(FromDoc::Origin(OriginDoc::Network { give, .. })) => Fact::Network(*give),
        Some(FromDoc::Origin(OriginDoc::Geo { give, .. })) => Fact::Geo(*give),
        _ => return false,
    };
    fact.may_be_absent()
}

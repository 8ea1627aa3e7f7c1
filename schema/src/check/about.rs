//! Can rows about addresses be found again by their address, so that analysts can update them?

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{ColumnDoc, FromDoc, OriginDoc, RowsDoc, TableDoc};
use crate::path;

pub(super) fn rows_about_addresses_are_found_again(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        match table.doc.rows {
            RowsDoc::Comments {} => has_one_subject(table, faults),
            RowsDoc::Timeline(_) => {
                has_one_subject(table, faults);
                raw_addresses_are_known(pipeline, table, faults);
            }
            _ => {}
        }
    }
}

fn has_one_subject(table: &Loaded<TableDoc>, faults: &mut Faults) {
    let subjects = table.doc.columns.iter().filter(|column| is_subject(column)).count();
    if subjects != 1 {
        let message = format!("expected one column of `subject`, found {subjects}");
        faults.add(Code::Subject, &table.file, path!["columns"], message);
        return;
    }
    let named = table
        .doc
        .columns
        .iter()
        .filter(|column| is_subject(column) || matches!(column.from, FromDoc::Name(_)));
    let partition = table.doc.partition.columns.iter();
    let expected: Vec<&String> = partition.chain(named.map(|it| &it.name)).collect();
    let key = &table.doc.key;
    let is_it = key.len() == expected.len() && expected.iter().all(|it| key.contains(it));
    if !is_it {
        let listed = expected.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ");
        faults.add(Code::Subject, &table.file, path!["key"], format!("expected the key {listed}"));
    }
}

fn is_subject(column: &ColumnDoc) -> bool {
    matches!(column.from, FromDoc::Origin(OriginDoc::Subject {}))
}

fn raw_addresses_are_known(pipeline: &PipelineDocs, table: &Loaded<TableDoc>, faults: &mut Faults) {
    if pipeline.config.as_ref().is_some_and(|it| it.doc.rank.is_none()) {
        let message = "the configuration has no `rank`, which says which raw columns are the two addresses";
        faults.add(Code::Subject, &table.file, path!["rows", "timeline"], message);
    }
}

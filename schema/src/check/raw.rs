//! Is it clear which table holds the raw rows of a pipeline?

use super::PipelineDocs;
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{RolesDoc, RowsDoc};
use crate::path;

pub(super) fn is_clear(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(config) = pipeline.config.as_ref().filter(|_| !pipeline.lacks_tables()) else { return };
    let is_raw = |rows: &RowsDoc| matches!(rows, RowsDoc::Ingest {});
    let tables = pipeline.tables.iter().filter(|table| is_raw(&table.doc.rows));
    let raw: Vec<&str> = tables.map(|table| table.doc.table.as_str()).collect();
    if let Some(name) = &config.doc.raw_table {
        if !raw.contains(&name.as_str()) {
            let message = format!("`{name}` is no table whose rows are `ingest`");
            faults
                .add(Code::RawTable, &config.file, path!["raw_table"], message)
                .meant(name, raw.iter().copied());
        }
        return;
    }
    let needed = !pipeline.sources.is_empty() || config.doc.roles != RolesDoc::default();
    match raw.as_slice() {
        [] if needed => {
            let message = "no table has `\"rows\": {\"ingest\": {}}`, but there are raw formats or roles";
            faults.add(Code::RawTable, &config.file, Vec::new(), message);
        }
        [_, _, ..] => {
            let message = format!("`raw_table` must say which of `{}` is meant", raw.join("`, `"));
            faults.add(Code::RawTable, &config.file, Vec::new(), message);
        }
        [] | [_] => {}
    }
}

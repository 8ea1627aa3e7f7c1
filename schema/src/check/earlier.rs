//! What the JSON says of earlier versions: are the names that tables and columns had, and those of what may be dropped,
//! free, and do declarations of breaking changes say what is meant?

use std::collections::HashSet;
use std::sync::Arc;

use super::PipelineDocs;
use crate::code::Code;
use crate::diagnostics::{Faults, SourceFile};
use crate::document::{BreaksDoc, NamesDoc};
use crate::names::fault_in;
use crate::path;
use crate::tree::{Step, below};

/// An earlier name, and where it is given.
type Given<'a> = (&'a Arc<SourceFile>, Vec<Step>, &'a str);

pub(super) fn columns_are_free(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let (file, doc) = (&table.file, &table.doc);
        let today: Vec<&str> =
            doc.columns.iter().map(|it| it.name.as_str()).chain(names(&doc.partition.columns)).collect();
        let was = doc
            .columns
            .iter()
            .enumerate()
            .flat_map(|(at, column)| earlier(file, column.was.as_ref(), path!["columns", at, "was"]));
        let given: Vec<Given<'_>> = was.chain(listed(file, &doc.dropped)).collect();
        each_is_free(&given, &today, "column", faults);
    }
}

pub(super) fn tables_are_free(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let today: Vec<&str> = pipelines.iter().flat_map(PipelineDocs::table_names).collect();
    let mut given: Vec<Given<'_>> = Vec::new();
    for pipeline in pipelines {
        for table in &pipeline.tables {
            given.extend(earlier(&table.file, table.doc.was.as_ref(), path!["was"]));
        }
        given.extend(pipeline.config.iter().flat_map(|config| listed(&config.file, &config.doc.dropped)));
    }
    each_is_free(&given, &today, "table", faults);
}

fn names(all: &[String]) -> impl Iterator<Item = &str> {
    all.iter().map(String::as_str)
}

fn earlier<'a>(file: &'a Arc<SourceFile>, was: Option<&'a NamesDoc>, here: Vec<Step>) -> Vec<Given<'a>> {
    match was {
        None => Vec::new(),
        Some(NamesDoc::One(name)) => vec![(file, here, name)],
        Some(NamesDoc::Several(all)) => {
            let path = |at| here.iter().cloned().chain(path![at]).collect();
            names(all).enumerate().map(|(at, name)| (file, path(at), name)).collect()
        }
    }
}

fn listed<'a>(file: &'a Arc<SourceFile>, dropped: &'a [String]) -> impl Iterator<Item = Given<'a>> {
    names(dropped).enumerate().map(move |(at, name)| (file, path!["dropped", at], name))
}

/// Databases compare names without regard to case.
fn each_is_free(given: &[Given<'_>], today: &[&str], what: &str, faults: &mut Faults) {
    let mut seen = HashSet::new();
    for (file, path, name) in given {
        let message = if let Some(reason) = fault_in(name) {
            format!("`{name}` cannot have been a name: {reason}")
        } else if today.iter().any(|today| today.eq_ignore_ascii_case(name)) {
            format!("a {what} has the name `{name}` today")
        } else if !seen.insert(name.to_ascii_lowercase()) {
            format!("the earlier name `{name}` is given a second time")
        } else {
            continue;
        };
        faults.add(Code::EarlierName, file, path.clone(), message);
    }
}

/// Declarations of breaking changes name a rule about changes, and say why.
pub(super) fn declarations_have_codes_and_reasons(pipeline: &PipelineDocs, faults: &mut Faults) {
    if let Some(config) = &pipeline.config {
        declarations(&config.file, &config.doc.breaks, path!["breaks"], faults);
    }
    for table in &pipeline.tables {
        declarations(&table.file, &table.doc.breaks, path!["breaks"], faults);
        for (at, column) in table.doc.columns.iter().enumerate() {
            declarations(&table.file, &column.breaks, path!["columns", at, "breaks"], faults);
        }
    }
}

fn declarations(file: &Arc<SourceFile>, breaks: &BreaksDoc, here: Vec<Step>, faults: &mut Faults) {
    for (id, reason) in breaks {
        let message = match Code::by_id(id) {
            None => format!("no rule has the code `{id}`"),
            Some(code) if code.id() != id => format!("the code is `{}`, with capital letters", code.id()),
            Some(code) if !code.is_about_changes() => {
                format!("the rule `{id}` is not about changes between two versions")
            }
            Some(_) if reason.trim().is_empty() => format!("the reason for the change `{id}` is empty"),
            Some(_) => continue,
        };
        let path = below(&here, path![id]);
        faults.add(Code::Declaration, file, path, message);
    }
}

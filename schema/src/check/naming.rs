//! Are the names legal and distinguishable?

use std::collections::HashMap;
use std::sync::Arc;

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::{Faults, SourceFile};
use crate::document::TableDoc;
use crate::names::{OWN_PREFIX, fault_in, forms};
use crate::path;
use crate::tree::Step;

pub(super) fn names_are_legal(pipeline: &PipelineDocs, faults: &mut Faults) {
    if let Some(reason) = fault_in(&pipeline.name) {
        let message = format!("the folder `{}` names a pipeline, but {reason}", pipeline.name);
        faults.add_place(Code::IllegalName, pipeline.folder.clone(), message);
    } else if is_own(&pipeline.name) {
        let message = format!("names that begin with `{OWN_PREFIX}` are the program's own");
        faults.add_place(Code::ReservedName, pipeline.folder.clone(), message);
    }
    if let Some(config) = &pipeline.config {
        for field in config.doc.results_fields.keys() {
            let key = format!("{}_results_fields", pipeline.name);
            legal(field, &config.file, vec![Step::Key(key), Step::KeyOf(field.clone())], faults);
        }
    }
    for (table, at, field) in optional_fields(pipeline) {
        legal(field, &table.file, path!["columns", at, "from", "field"], faults);
    }
    for table in &pipeline.tables {
        legal(&table.doc.table, &table.file, path!["table"], faults);
        for (at, column) in table.doc.columns.iter().enumerate() {
            legal(&column.name, &table.file, path!["columns", at, "name"], faults);
        }
        for (at, name) in table.doc.partition.columns.iter().enumerate() {
            legal(name, &table.file, path!["partition", "columns", at], faults);
        }
    }
    for source in &pipeline.sources {
        legal(&source.doc.source, &source.file, path!["source"], faults);
    }
}

fn legal(name: &str, file: &Arc<SourceFile>, path: Vec<Step>, faults: &mut Faults) {
    if let Some(reason) = fault_in(name) {
        faults.add(Code::IllegalName, file, path, format!("`{name}` cannot be a name: {reason}"));
    } else if is_own(name) {
        let message = format!("names that begin with `{OWN_PREFIX}` are the program's own");
        faults.add(Code::ReservedName, file, path, message);
    }
}

fn is_own(name: &str) -> bool {
    name.to_ascii_lowercase().starts_with(OWN_PREFIX)
}

/// The prefixes of an engine's own tables, and the engine.
const ENGINE_TABLES: [(&str, &str); 2] = [("sqlite_", "SQLite"), ("pg_", "PostgreSQL")];

/// The system columns of an engine's tables, and the engine.
const ENGINE_COLUMNS: [(&str, &str); 9] = [
    ("tableoid", "PostgreSQL"),
    ("xmin", "PostgreSQL"),
    ("cmin", "PostgreSQL"),
    ("xmax", "PostgreSQL"),
    ("cmax", "PostgreSQL"),
    ("ctid", "PostgreSQL"),
    ("input__file__name", "the Hive family"),
    ("block__offset__inside__file", "the Hive family"),
    ("file__position", "the Hive family"),
];

pub(super) fn names_are_free_in_every_engine(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let name = table.doc.table.to_ascii_lowercase();
        if let Some((prefix, engine)) = ENGINE_TABLES.iter().find(|(prefix, _)| name.starts_with(prefix)) {
            let message = format!("names of tables that begin with `{prefix}` belong to {engine}");
            faults.add(Code::ReservedName, &table.file, path!["table"], message);
        }
        let own = table.doc.columns.iter().enumerate();
        let own = own.map(|(at, column)| (column.name.as_str(), path!["columns", at, "name"]));
        let partition = table.doc.partition.columns.iter().enumerate();
        let partition = partition.map(|(at, name)| (name.as_str(), path!["partition", "columns", at]));
        for (name, path) in own.chain(partition) {
            if let Some((_, engine)) =
                ENGINE_COLUMNS.iter().find(|(column, _)| column.eq_ignore_ascii_case(name))
            {
                let message = format!("every table has a column `{name}` of its own in {engine}");
                faults.add(Code::ReservedName, &table.file, path, message);
            }
        }
    }
}

pub(super) fn files_are_named_after_what_they_hold(pipeline: &PipelineDocs, faults: &mut Faults) {
    let tables = pipeline.tables.iter().map(|table| (&table.file, "table", &table.doc.table));
    let sources = pipeline.sources.iter().map(|source| (&source.file, "source", &source.doc.source));
    for (file, key, name) in tables.chain(sources) {
        let stem =
            file.path.rsplit('/').next().and_then(|part| part.strip_suffix(".json")).unwrap_or_default();
        if stem != name {
            let message = format!("the file is called `{stem}`, but holds `{name}`");
            faults.add(Code::FileName, file, path![key], message).help("rename one of the two");
        }
    }
}

pub(super) fn columns_can_be_told_apart(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let names = table.doc.columns.iter().map(|it| it.name.as_str());
        let names = names.enumerate().map(|(at, name)| (name, path!["columns", at, "name"]));
        collisions(&table.file, names, faults);
    }
    if let Some(config) = &pipeline.config {
        let key = format!("{}_results_fields", pipeline.name);
        let names = config.doc.results_fields.keys();
        let names =
            names.map(|name| (name.as_str(), vec![Step::Key(key.clone()), Step::KeyOf(name.clone())]));
        collisions(&config.file, names, faults);
        for (table, at, field) in optional_fields(pipeline) {
            let listed = config.doc.results_fields.keys().map(String::as_str);
            let listed = listed.filter(|name| *name != field).map(|name| (name, Vec::new()));
            let own = (field, path!["columns", at, "from", "field"]);
            collisions(&table.file, listed.chain([own]), faults);
        }
    }
}

/// The fields that records of the results file may lack, each with the position of its column.
fn optional_fields(pipeline: &PipelineDocs) -> impl Iterator<Item = (&Loaded<TableDoc>, usize, &str)> {
    pipeline.scores().into_iter().flat_map(|table| {
        let columns = table.doc.columns.iter().enumerate();
        columns.filter_map(move |(at, column)| Some((table, at, column.from.optional_field()?)))
    })
}

/// Each raw format becomes a function of one Rust module.
pub(super) fn sources_can_be_told_apart(pipeline: &PipelineDocs, faults: &mut Faults) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for source in &pipeline.sources {
        let name = source.doc.source.as_str();
        let forms = forms(name);
        if let Some(earlier) =
            forms.iter().find_map(|form| seen.get(form)).filter(|earlier| **earlier != name)
        {
            let message = format!("`{name}` cannot be distinguished from the raw format `{earlier}`");
            faults.add(Code::NameCollision, &source.file, path!["source"], message);
        }
        seen.extend(forms.map(|form| (form, name)));
    }
}

/// Each pipeline becomes a Rust module, and a folder for data and notebooks.
pub(super) fn pipelines_can_be_told_apart(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for pipeline in pipelines {
        let forms = forms(&pipeline.name);
        if let Some(earlier) = forms.iter().find_map(|form| seen.get(form)) {
            let message =
                format!("`{}` cannot be distinguished from the pipeline `{earlier}`", pipeline.name);
            faults.add_place(Code::NameCollision, pipeline.folder.clone(), message);
        }
        seen.extend(forms.map(|form| (form, pipeline.name.as_str())));
    }
}

fn collisions<'a>(
    file: &Arc<SourceFile>,
    names: impl Iterator<Item = (&'a str, Vec<Step>)>,
    faults: &mut Faults,
) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (name, path) in names {
        let forms = forms(name);
        if let Some(earlier) = forms.iter().find_map(|form| seen.get(form)) {
            let message = if *earlier == name {
                format!("`{name}` is given a second time")
            } else {
                format!("`{name}` and `{earlier}` cannot be distinguished in SQL or in Rust")
            };
            faults.add(Code::NameCollision, file, path, message);
            continue;
        }
        seen.extend(forms.map(|form| (form, name)));
    }
}

pub(super) fn one_pipeline_is_the_default(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let configs = pipelines.iter().filter_map(|pipeline| Some((pipeline, pipeline.config.as_ref()?)));
    let mut defaults = configs.filter(|(_, config)| config.doc.default);
    let Some((first, _)) = defaults.next() else { return };
    for (_, config) in defaults {
        let message = format!("the pipeline `{}` is the default already", first.name);
        faults.add(Code::DefaultPipeline, &config.file, path!["default"], message);
    }
}

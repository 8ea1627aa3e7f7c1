//! From documents to the checked model. Every rule reads all documents and reports every fault that it finds. The model
//! is built only if no rule finds a fault.
//!
//! Each module holds the rules of one question, and each function is one rule.

mod database;
mod description;
mod earlier;
mod expect;
mod feedback;
mod keys;
mod lower;
mod naming;
mod raw;
mod resolve;
mod results;
mod roles;
mod sources;
mod storage;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::code::Code;
use crate::diagnostics::{Faults, SourceFile};
use crate::document::{ConfigDoc, Document, RowsDoc, SourceDoc, TableDoc};
use crate::files::{CONFIG, Files};
use crate::model::{FieldId, Schema};
use crate::tree::{self, Node, Value};
use crate::{meta, shape, upgrade};
pub(crate) use database::default_location;
use resolve::Draft;

/// A document and the file that it was read from.
pub(crate) struct Loaded<D> {
    pub(crate) file: Arc<SourceFile>,
    pub(crate) doc: D,
}

/// The documents of one pipeline.
pub(crate) struct PipelineDocs {
    pub(crate) name: String,
    /// The folder, as messages show it.
    pub(crate) folder: String,
    pub(crate) config: Option<Loaded<ConfigDoc>>,
    pub(crate) tables: Vec<Loaded<TableDoc>>,
    pub(crate) sources: Vec<Loaded<SourceDoc>>,
    /// The files that could not be read, relative to the folder. What they hold is unknown.
    pub(crate) unread: Vec<String>,
}

impl PipelineDocs {
    /// Whether a table of this name may be in a file that could not be read.
    pub(crate) fn may_have(&self, table: &str) -> bool {
        self.unread.iter().any(|file| *file == format!("tables/{table}.json"))
    }

    /// Whether any table is in a file that could not be read.
    pub(crate) fn lacks_tables(&self) -> bool {
        self.unread.iter().any(|file| file.starts_with("tables/"))
    }

    pub(crate) fn table_names(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|it| it.doc.table.as_str())
    }

    /// The table of scores; `None` unless there is exactly one.
    pub(crate) fn scores(&self) -> Option<&Loaded<TableDoc>> {
        let mut found = self.tables.iter().filter(|table| matches!(table.doc.rows, RowsDoc::Results {}));
        found.next().filter(|_| found.next().is_none())
    }

    /// The field of the results file that records may have after those that the configuration lists.
    pub(crate) fn optional_field(&self) -> Option<&str> {
        let fields = &self.config.as_ref()?.doc.results_fields;
        let mut named = self.scores()?.doc.columns.iter().filter_map(|column| column.from.optional_field());
        named.find(|name| !fields.contains_key(*name))
    }

    /// The position of a field in the records of the results file.
    pub(crate) fn field(&self, name: &str) -> Option<FieldId> {
        let fields = &self.config.as_ref()?.doc.results_fields;
        let listed = fields.get(name).map(|index| *index as usize);
        listed.or_else(|| (self.optional_field() == Some(name)).then_some(fields.len())).map(FieldId)
    }

    /// The raw table: the table that the configuration names, else the only one.
    pub(crate) fn raw(&self) -> Option<&Loaded<TableDoc>> {
        let mut found = self.tables.iter().filter(|table| matches!(table.doc.rows, RowsDoc::Ingest {}));
        match self.config.as_ref().and_then(|it| it.doc.raw_table.as_ref()) {
            Some(name) => found.find(|found| found.doc.table == *name),
            None => found.next().filter(|_| found.next().is_none()),
        }
    }
}

/// A rule within one pipeline.
type Rule = fn(&PipelineDocs, &mut Faults);

/// Rules that need only one file at a time.
const RULES_OF_A_FILE: [Rule; 16] = [
    naming::names_are_legal,
    naming::names_are_free_in_every_engine,
    naming::files_are_named_after_what_they_hold,
    naming::columns_can_be_told_apart,
    earlier::columns_are_free,
    earlier::declarations_have_codes_and_reasons,
    naming::sources_can_be_told_apart,
    description::tables_have_columns,
    description::everything_is_described,
    description::descriptions_can_be_printed,
    storage::partitions_have_three_or_four_columns,
    storage::partitions_do_not_clash,
    storage::keys_and_indexes_name_columns,
    sources::something_is_counted,
    results::indices_run_from_0,
    results::feedback_runs_from_0,
];

/// Rules across the files of a pipeline.
const RULES_ACROSS_FILES: [Rule; 14] = [
    results::one_table_takes_the_results,
    results::the_filter_names_fields,
    results::the_filter_and_the_table_agree,
    results::score_fields_line_up,
    results::the_path_has_a_date,
    results::reputation_is_added,
    roles::files_of_storyboards_fit,
    raw::is_clear,
    sources::formats_read_what_the_table_needs,
    sources::conditions_name_fields,
    sources::headers_can_be_found,
    sources::binary_formats_can_be_run,
    roles::columns_fit,
    roles::a_ranking_can_be_written,
];

/// A rule about resolved tables.
type DraftRule = fn(&PipelineDocs, &[Draft], &mut Faults);

/// Rules about resolved tables.
const RULES_OF_DRAFTS: [DraftRule; 9] = [
    storage::partitions_have_the_right_date,
    storage::rollups_read_no_other_time,
    keys::keys_make_rows_unique,
    keys::special_columns_are_clear,
    keys::analysts_write_to_one_table,
    keys::key_columns_always_have_a_value,
    expect::rows_are_checked,
    expect::rules_fit_their_columns,
    feedback::fields_have_values,
];

/// A rule across all pipelines.
type FolderRule = fn(&[PipelineDocs], &mut Faults);

/// Rules across pipelines.
const RULES_OF_A_FOLDER: [FolderRule; 8] = [
    naming::one_pipeline_is_the_default,
    naming::pipelines_can_be_told_apart,
    sources::headers_are_unique,
    sources::binary_formats_can_be_told_apart,
    database::tables_are_unique,
    earlier::tables_are_free,
    database::indexes_keys_and_logs_take_no_tables_name,
    database::locations_do_not_overlap,
];

/// Checks all documents and builds the model.
///
/// # Errors
/// All faults, sorted by file and position.
pub fn check(files: &Files) -> Result<Schema, Faults> {
    let mut faults = Faults::default();
    let mut documents = BTreeMap::new();
    let pipelines = load(files, &mut documents, &mut faults);
    let mut drafts = Vec::new();
    for pipeline in &pipelines {
        for rule in RULES_OF_A_FILE {
            rule(pipeline, &mut faults);
        }
        for rule in RULES_ACROSS_FILES {
            rule(pipeline, &mut faults);
        }
        let resolved = resolve::tables(pipeline, &mut faults);
        for rule in RULES_OF_DRAFTS {
            rule(pipeline, &resolved, &mut faults);
        }
        let ranking = resolve::ranking(pipeline, &resolved, &mut faults);
        drafts.push((resolved, ranking));
    }
    for rule in RULES_OF_A_FOLDER {
        rule(&pipelines, &mut faults);
    }
    faults.sort();
    faults.gather();
    let warnings = faults.take_warnings();
    if faults.is_empty() {
        let lowered = pipelines.iter().zip(&drafts).map(|(docs, (drafts, ranking))| {
            let own = documents.iter().filter(|(path, _)| path.split('/').next() == Some(&docs.name));
            let own = own.map(|(path, document)| (path.clone(), document.clone())).collect();
            lower::pipeline(docs, drafts, ranking.clone(), Files::fingerprint(&own))
        });
        if let Some(lowered) = lowered.collect::<Option<Vec<_>>>() {
            let canonical = Files::canonical(&documents);
            let fingerprint = Files::fingerprint(&documents);
            return Ok(Schema { pipelines: lowered, canonical, fingerprint, warnings });
        }
        let message =
            "the rules passed, but no model could be made: this is a fault of flow-oa, please report it";
        faults.add_place(Code::NoPipeline, files.shown.clone(), message);
    }
    faults.keep_warnings(warnings);
    Err(faults)
}

/// Reads a single document, such as the settings.
///
/// # Errors
/// All structural faults.
pub fn read_document<D: Document>(path: &str, text: &str) -> Result<(D, Arc<SourceFile>), Faults> {
    let mut faults = Faults::default();
    let loaded = read::<D>(path.to_owned(), text.to_owned(), None, &mut faults).map(|it| it.0);
    match loaded {
        Some(loaded) if faults.is_empty() => Ok((loaded.doc, loaded.file)),
        _ => Err(faults),
    }
}

fn load(files: &Files, documents: &mut BTreeMap<String, Json>, faults: &mut Faults) -> Vec<PipelineDocs> {
    let shown = |path: &str| match (files.shown.as_str(), path) {
        ("", path) => path.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, path) => format!("{folder}/{path}"),
    };
    let mut pipelines: BTreeMap<&str, PipelineDocs> = BTreeMap::new();
    for (path, text) in &files.texts {
        let (name, inner) = path.split_once('/').unwrap_or((path, ""));
        let empty = || PipelineDocs::new(name, shown(name));
        let text = match text {
            Ok(text) => text,
            Err(reason) => {
                faults.add_place(Code::Unreadable, shown(path), format!("reading it failed: {reason}"));
                if !name.is_empty() {
                    pipelines.entry(name).or_insert_with(empty).unread.push(inner.to_owned());
                }
                continue;
            }
        };
        let pipeline = pipelines.entry(name).or_insert_with(empty);
        let is_outdated = report_outdated(files, path, shown(path), text, faults);
        let json = if is_outdated { None } else { pipeline.take(inner, shown(path), text, faults) };
        match json {
            Some(json) => drop(documents.insert(path.clone(), json)),
            None => pipeline.unread.push(inner.to_owned()),
        }
    }
    for pipeline in pipelines.values() {
        if pipeline.config.is_none() && pipeline.unread.is_empty() {
            let expected = format!("expected the file {}{CONFIG} here", pipeline.name);
            faults.add_place(Code::NoPipeline, pipeline.folder.clone(), expected);
        }
    }
    if files.texts.is_empty() {
        let expected = format!("expected a folder with `NAME/NAME{CONFIG}` in it, or that inner folder");
        faults.add_place(Code::NoPipeline, shown(""), expected);
    }
    pipelines.into_values().collect()
}

impl PipelineDocs {
    fn new(name: &str, folder: String) -> Self {
        let name = name.to_owned();
        Self { name, folder, config: None, tables: Vec::new(), sources: Vec::new(), unread: Vec::new() }
    }

    /// Reads one file of the pipeline. Returns its JSON unless it has a structural fault.
    fn take(&mut self, inner: &str, shown: String, text: &str, faults: &mut Faults) -> Option<Json> {
        let text = text.to_owned();
        if inner.starts_with("tables/") {
            let (loaded, json) = read(shown, text, None, faults)?;
            self.tables.push(loaded);
            Some(json)
        } else if inner.starts_with("sources/") {
            let (loaded, json) = read(shown, text, None, faults)?;
            self.sources.push(loaded);
            Some(json)
        } else if inner == format!("{}{CONFIG}", self.name) {
            let (loaded, json) = read(shown, text, Some(&self.name), faults)?;
            self.config = Some(loaded);
            Some(json)
        } else {
            let message =
                format!("this folder's pipeline is `{0}`, so the file would be `{0}{CONFIG}`", self.name);
            faults.add_place(Code::FileName, shown, message);
            None
        }
    }
}

/// Reports the constructs of earlier versions in a file, and returns whether there are any.
fn report_outdated(files: &Files, path: &str, shown: String, text: &str, faults: &mut Faults) -> bool {
    let Ok(tree) = tree::parse(text) else { return false };
    let found = upgrade::outdated(files, path, &tree);
    let file = Arc::new(SourceFile { path: shown, text: text.to_owned(), tree });
    for outdated in &found {
        let message = format!("`{}` is of an earlier version of the language", outdated.name);
        let help = match &outdated.replacement {
            Some(replacement) => format!("write `{replacement}`"),
            None => "there is no replacement; `flow-oa explain FO0061` says what to do".to_owned(),
        };
        faults.add(Code::Outdated, &file, outdated.path.clone(), message).help(help);
    }
    !found.is_empty()
}

fn read<D: Document>(
    path: String,
    text: String,
    pipeline: Option<&str>,
    faults: &mut Faults,
) -> Option<(Loaded<D>, Json)> {
    let text = if D::ALLOWS_COMMENTS { tree::without_comments(&text) } else { text };
    let parsed = tree::parse(&text);
    let tree = match &parsed {
        Ok(tree) => tree.clone(),
        Err(_) => Node { span: 0..0, value: Value::Null },
    };
    let file = Arc::new(SourceFile { path, text, tree });
    if let Err((message, span)) = parsed {
        faults.add_span(Code::Syntax, &file, Vec::new(), span, message);
        return None;
    }
    let before = faults.count();
    shape::check(&file, &meta::shared_schema_of::<D>(pipeline), faults);
    if faults.count() > before {
        return None;
    }
    let json = file.tree.to_json();
    match serde_json::from_value(without_prefix::<D>(json.clone(), pipeline)) {
        Ok(doc) => Some((Loaded { file, doc }, json)),
        Err(error) => {
            faults.add(
                Code::WrongType,
                &file,
                Vec::new(),
                format!("the {} cannot be read: {error}", D::KIND),
            );
            None
        }
    }
}

fn without_prefix<D: Document>(mut json: Json, pipeline: Option<&str>) -> Json {
    if let (Some(object), Some(pipeline)) = (json.as_object_mut(), pipeline) {
        for key in D::PREFIXED {
            if let Some(value) = object.shift_remove(&format!("{pipeline}_{key}")) {
                object.insert((*key).to_owned(), value);
            }
        }
    }
    json
}

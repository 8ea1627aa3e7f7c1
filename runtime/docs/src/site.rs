//! What all pages are made of: the schema, its lineage, and the file of each page.

use std::collections::BTreeMap;

use flow_oa_schema::lineage::{Lineage, Lookup, Place};
use flow_oa_schema::model::{FieldId, Table, TableId};
use flow_oa_schema::{Schema, ledger};

use crate::files::{self, Page};
use crate::html::{code, link, text};
use crate::{format, index, pipeline, table};

/// The site of a schema.
pub(crate) struct Site<'a> {
    pub(crate) schema: &'a Schema,
    /// The lineage of each pipeline.
    pub(crate) lineages: Vec<Lineage<'a>>,
    /// The program's own tables.
    pub(crate) own: Vec<Table>,
    files: BTreeMap<Page, String>,
}

impl<'a> Site<'a> {
    pub(crate) fn new(schema: &'a Schema) -> Self {
        let lineages: Vec<Lineage<'a>> = schema.pipelines.iter().map(Lineage::of).collect();
        let own = ledger::tables();
        let files = files::names(&lineages, &own);
        Self { schema, lineages, own, files }
    }

    /// Every page, and the name of its file.
    pub(crate) fn pages(&self) -> impl Iterator<Item = (Page, &str)> {
        self.files.iter().map(|(page, name)| (*page, name.as_str()))
    }

    /// The file of a page.
    pub(crate) fn file(&self, page: Page) -> &str {
        self.files.get(&page).map_or("", String::as_str)
    }

    /// The text of a page.
    pub(crate) fn text(&self, page: Page) -> String {
        let content = match page {
            Page::Index => index::content(self),
            Page::Pipeline(at) => pipeline::content(self, at),
            Page::Table(at, id) => table::content(self, at, id),
            Page::Format(at, format) => format::content(self, at, format),
            Page::Own(at) => table::own(self, at),
        };
        content.framed(&self.schema.fingerprint)
    }

    /// The way to a page of a pipeline.
    pub(crate) fn trail(&self, pipeline: Option<usize>) -> Vec<(String, String)> {
        let mut trail = vec![(self.file(Page::Index).to_owned(), index::TITLE.to_owned())];
        if let Some(at) = pipeline {
            let name = self.lineages[at].pipeline.name.clone();
            trail.push((self.file(Page::Pipeline(at)).to_owned(), name));
        }
        trail
    }

    /// A link to a table.
    pub(crate) fn table(&self, pipeline: usize, id: TableId) -> String {
        let name = &self.lineages[pipeline].pipeline[id].name;
        link(self.file(Page::Table(pipeline, id)), &code(name))
    }

    /// A link to a column, by its own name.
    pub(crate) fn column(&self, pipeline: usize, place: Place) -> String {
        let name = &self.lineages[pipeline].pipeline[place.table][place.column].name;
        let target = format!("{}#{}", self.file(Page::Table(pipeline, place.table)), column_id(name));
        link(&target, &code(name))
    }

    /// A link to a raw format.
    pub(crate) fn format(&self, pipeline: usize, format: usize) -> String {
        let name = &self.lineages[pipeline].pipeline.sources[format].name;
        link(self.file(Page::Format(pipeline, format)), &code(name))
    }

    /// A link to a field of the results file.
    pub(crate) fn field(&self, pipeline: usize, field: FieldId) -> String {
        let name = &self.lineages[pipeline].pipeline.results.fields[field.at()];
        link(&format!("{}#{}", self.file(Page::Pipeline(pipeline)), field_id(name)), &code(name))
    }

    /// A link to what a pipeline looks up in a source of context.
    pub(crate) fn lookup(&self, pipeline: usize, lookup: &Lookup) -> String {
        let target = format!("{}#{}", self.file(Page::Pipeline(pipeline)), lookup_id(lookup));
        link(&target, &text(lookup.source_in_words()))
    }
}

/// The fragment of a column in the page of its table.
pub(crate) fn column_id(name: &str) -> String {
    format!("column-{}", text(name))
}

/// The fragment of a field of the results file in the page of its pipeline.
pub(crate) fn field_id(name: &str) -> String {
    format!("field-{}", text(name))
}

/// The fragment of a source of context in the page of a pipeline.
pub(crate) fn lookup_id(lookup: &Lookup) -> String {
    format!("context-{}", lookup.source())
}

//! Where a change is declared: in a file of the new schema, or of the old one if nothing of it is left.

use crate::diagnostics::SourceFile;
use crate::files::{CONFIG, Files};
use crate::model::Table;
use crate::path;
use crate::tree::{self, Step};

/// One of the two versions of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The earlier version.
    Old,
    /// The later version.
    New,
}

/// A place in a file of a schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// The version.
    pub side: Side,
    /// The path of the file, relative to the schema folder.
    pub file: String,
    /// The path in the document.
    pub path: Vec<Step>,
}

impl Place {
    pub(super) fn in_config(side: Side, pipeline: &str, path: Vec<Step>) -> Self {
        Self { side, file: format!("{pipeline}/{pipeline}{CONFIG}"), path }
    }

    pub(super) fn in_table(side: Side, pipeline: &str, table: &str, path: Vec<Step>) -> Self {
        Self { side, file: format!("{pipeline}/tables/{table}.json"), path }
    }

    pub(super) fn in_source(side: Side, pipeline: &str, source: &str, path: Vec<Step>) -> Self {
        Self { side, file: format!("{pipeline}/sources/{source}.json"), path }
    }

    /// The key of a column, or the partition if the column belongs to it.
    pub(super) fn of_column(table: &Table, at: usize, key: &str) -> Vec<Step> {
        if at < table.own_columns().len() { path!["columns", at, key] } else { path!["partition", "columns"] }
    }

    /// The file, and the line and column if the document has such a place: `file:line:column`.
    pub fn shown(&self, files: &Files) -> String {
        let file = match files.shown.as_str() {
            "" => self.file.clone(),
            folder => format!("{folder}/{}", self.file),
        };
        let Some(Ok(text)) = files.texts.get(&self.file) else { return file };
        let Ok(tree) = tree::parse(text) else { return file };
        let file = SourceFile { path: file, text: text.clone(), tree };
        let (line, column) = file.position(file.tree.span_at(&self.path).start);
        format!("{}:{line}:{column}", file.path)
    }
}

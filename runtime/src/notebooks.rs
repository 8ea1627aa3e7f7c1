//! Notebooks of a day: copies of templates with the day and the database filled in. A copy that somebody
//! edited is never written over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flow_oa_core::Date;

use crate::deployment::compact;
use crate::error::{Error, Result};
use crate::whole_file::write_whole;

/// A notebook to copy.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// The file's name.
    pub name: &'static str,
    /// Its text, with `{{…}}` where values go.
    pub text: &'static str,
}

/// What is filled in.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// `{{pipeline}}`.
    pub pipeline: &'a str,
    /// `{{date}}`, `{{year}}`, `{{month}}`, `{{day}}`.
    pub day: Date,
    /// `{{database}}`, within a Python text.
    pub database: &'a str,
}

/// What became of a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was not there.
    Written,
    /// It was there as it would be written.
    Unchanged,
    /// It was there, from an older template, and nobody had edited it.
    Renewed,
    /// Somebody edited it, so it was kept.
    KeptEdited,
}

/// A notebook of the day.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Notebook {
    /// Where it is.
    pub path: PathBuf,
    /// What became of it.
    pub state: State,
}

/// The file in which the hashes of what was written are kept, to tell whether a copy was edited.
const WRITTEN: &str = ".flow_oa_written.json";

/// Copies `templates` into `folder`.
///
/// # Errors
/// Where a file cannot be written.
pub fn copy(templates: &[Template], folder: &Path, values: &Values<'_>) -> Result<Vec<Notebook>> {
    let fault = |error| Error::Write { path: folder.to_owned(), error };
    std::fs::create_dir_all(folder).map_err(fault)?;
    let record = folder.join(WRITTEN);
    let before = read_record(&record);
    let mut after = before.clone();
    let mut notebooks = Vec::new();
    for template in templates {
        let path = folder.join(template.name);
        let text = values.fill(template.text);
        let state = match std::fs::read(&path) {
            Err(_) => State::Written,
            Ok(found) if found == text.as_bytes() => State::Unchanged,
            Ok(found) if before.get(template.name) == Some(&hash(&found)) => State::Renewed,
            Ok(_) => State::KeptEdited,
        };
        if matches!(state, State::Written | State::Renewed) {
            write_whole(&path, |out| out.write_all(text.as_bytes()))?;
        }
        if state != State::KeptEdited {
            after.insert(template.name.to_owned(), hash(text.as_bytes()));
        }
        notebooks.push(Notebook { path, state });
        fail_point!("run-notebook");
    }
    if after != before {
        let text = serde_json::to_string_pretty(&after).unwrap_or_default();
        write_whole(&record, |out| writeln!(out, "{text}"))?;
    }
    Ok(notebooks)
}

/// Without a record that can be read every copy counts as edited, and is kept.
fn read_record(path: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Values<'_> {
    fn fill(&self, text: &str) -> String {
        let two = |number: i8| format!("{number:02}");
        // Twice: the text stands within a Python text, which stands within a JSON text.
        let database = escaped(&escaped(self.database));
        text.replace("{{pipeline}}", self.pipeline)
            .replace("{{date}}", &compact(self.day))
            .replace("{{year}}", &self.day.year().to_string())
            .replace("{{month}}", &two(self.day.month()))
            .replace("{{day}}", &two(self.day.day()))
            .replace("{{database}}", &database)
    }
}

/// A text as it stands between the quotes of a JSON text, which Python reads the same way.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::String(text.to_owned()).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: [Template; 1] = [Template { name: "a.ipynb", text: "{{date}} {{database}}" }];
    const TWO: [Template; 1] = [Template { name: "a.ipynb", text: "new {{year}}-{{month}}-{{day}}" }];

    fn values() -> Values<'static> {
        Values { pipeline: "p", day: jiff::civil::date(2016, 7, 8), database: "sqlite:a\"b.db" }
    }

    fn state(templates: &[Template], folder: &Path) -> State {
        copy(templates, folder, &values()).unwrap()[0].state
    }

    #[test]
    fn an_edited_copy_is_kept_and_an_untouched_one_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ipynb");
        assert_eq!(state(&ONE, folder.path()), State::Written);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), r#"20160708 sqlite:a\\\"b.db"#);
        assert_eq!(state(&ONE, folder.path()), State::Unchanged);
        assert_eq!(state(&TWO, folder.path()), State::Renewed);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new 2016-07-08");
        std::fs::write(&path, "mine").unwrap();
        assert_eq!(state(&ONE, folder.path()), State::KeptEdited);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
    }
}

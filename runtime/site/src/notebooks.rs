//! Notebooks of a day: copies of templates of the program and the site, with the day and the command for this program
//! filled in. A copy that the user edited is never overwritten, and no copy contains a password.
//!
//! # Decisions
//!
//! - **Notebooks query the program, not the database.** The functions of `flow_oa.py` next to them start `flow-oa` with
//!   `--output json`, so they work on every engine, need no driver, hold no password and cannot disagree with the
//!   command line; a query costs the start of a process, about ten milliseconds. Data frames are built from an answer's
//!   own columns and types. A copy is a notebook of the day: its hash shows whether it was edited. Tests run every cell
//!   on a kernel, compare what each chart holds with the rows of the database, operate the panel through its handlers,
//!   and open the pages in a browser that reaches no other host.

use flow_oa_core::{Date, fail_point};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use flow_oa_schema::printable;

use crate::deployment::{Settings, compact};
use crate::error::{Error, Result};
use flow_oa_files::atomic::{sweep_all, write_whole};
use flow_oa_files::regular;

/// A file to copy: a notebook, or a module that notebooks import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    name: Cow<'static, str>,
    /// The text, with `{{…}}` as placeholders of values.
    text: Cow<'static, str>,
}

impl Template {
    /// A template that is built into the program.
    pub const fn shipped(name: &'static str, text: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), text: Cow::Borrowed(text) }
    }
}

/// The values of placeholders.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a> {
    /// `{{pipeline}}`.
    pub pipeline: &'a str,
    /// `{{date}}` (`YYYYMMDD`), `{{year}}`, `{{month}}`, `{{day}}`.
    pub day: Date,
    /// `{{options}}`, a list of texts in JSON, which is also valid Python; `{{program}}`, the path of this program, is
    /// a text of the same form.
    pub options: &'a [String],
}

/// What to do with a newer version of a copy that the user edited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edited {
    /// Discard the newer version.
    #[default]
    Keep,
    /// Write it next to the edited copy.
    WriteBeside,
}

/// The outcome for a notebook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It was missing and was written.
    Written,
    /// It existed with the same content.
    Unchanged,
    /// It was from an older template and not edited, and was replaced.
    Renewed,
    /// The user edited it, so it was kept.
    KeptEdited,
    /// It was written next to a copy that the user edited.
    WrittenBeside,
}

/// A notebook of the day.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Notebook {
    /// The path of the notebook.
    pub path: PathBuf,
    /// The outcome.
    pub state: State,
}

/// The file with the hashes of written copies, which show whether a copy was edited.
const WRITTEN: &str = ".flow_oa_written.json";

/// The templates of a pipeline: those of the site, and those of the program whose names the site does not use.
///
/// # Errors
/// If the site's folder or a file in it cannot be read.
pub fn of(shipped: &[Template], settings: &Settings) -> Result<Vec<Template>> {
    let Some(folder) = &settings.notebooks else { return Ok(shipped.to_vec()) };
    let fault = |path: &Path, error: std::io::Error| {
        Error::Configuration(format!(
            "reading the site's notebooks from {}: {error}; `notebooks` in the settings names the folder",
            printable::path(path)
        ))
    };
    let mut all: BTreeMap<Cow<'static, str>, Template> =
        shipped.iter().map(|template| (template.name.clone(), template.clone())).collect();
    for entry in std::fs::read_dir(folder).map_err(|error| fault(folder, error))? {
        let path = entry.map_err(|error| fault(folder, error))?.path();
        let Some(name) = path.file_name().and_then(|it| it.to_str()) else { continue };
        if !path.is_file() || name.starts_with('.') {
            continue;
        }
        let text = regular::read_text(&path).map_err(|error| fault(&path, error))?;
        let name: Cow<'static, str> = Cow::Owned(name.to_owned());
        all.insert(name.clone(), Template { name, text: Cow::Owned(text) });
    }
    Ok(all.into_values().collect())
}

/// Copies `templates` into `folder`, and adds to `notebooks` what was done with each.
///
/// # Errors
/// If a file cannot be written; `notebooks` has those that were done before.
pub fn copy(
    templates: &[Template],
    folder: &Path,
    values: &Values<'_>,
    edited: Edited,
    notebooks: &mut Vec<Notebook>,
) -> Result<()> {
    let fault = |error| Error::unwritten(folder.to_owned(), error);
    std::fs::create_dir_all(folder).map_err(fault)?;
    // Writing a file removes only leftovers of that same file; this removes the others, which would otherwise stay.
    sweep_all(folder, |_| true);
    let record = folder.join(WRITTEN);
    let before = read_record(&record);
    let mut after = before.clone();
    for template in templates {
        let text = values.fill(template)?;
        let kept = place(folder, &template.name, &text, &mut after)?;
        let is_edited = kept.state == State::KeptEdited;
        notebooks.push(kept);
        if is_edited && edited == Edited::WriteBeside {
            let mut beside = place(folder, &beside(&template.name), &text, &mut after)?;
            if matches!(beside.state, State::Written | State::Renewed) {
                beside.state = State::WrittenBeside;
            }
            notebooks.push(beside);
        }
        fail_point!("run-notebook");
    }
    if after != before {
        let text = serde_json::to_string_pretty(&after).unwrap_or_default();
        write_whole(&record, |out| writeln!(out, "{text}"))?;
    }
    Ok(())
}

/// A text with the number and folder of the notebooks that were written; `None` if none was.
pub fn written(notebooks: &[Notebook]) -> Option<String> {
    let is_written = |notebook: &&Notebook| {
        matches!(notebook.state, State::Written | State::Renewed | State::WrittenBeside)
    };
    let count = notebooks.iter().filter(is_written).count();
    let folder = notebooks.first()?.path.parent()?;
    (count > 0).then(|| format!("files of notebooks written to {}: {count}", printable::path(folder)))
}

/// The name of a newer copy: `Advanced_Mode.new.ipynb`.
fn beside(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, kind)) => format!("{stem}.new.{kind}"),
        None => format!("{name}.new"),
    }
}

/// Writes a copy, unless the user edited the existing one.
fn place(folder: &Path, name: &str, text: &str, record: &mut BTreeMap<String, String>) -> Result<Notebook> {
    let path = folder.join(name);
    let state = match regular::read(&path) {
        Err(_) => State::Written,
        Ok(found) if found == text.as_bytes() => State::Unchanged,
        Ok(found) if record.get(name) == Some(&hash(&found)) => State::Renewed,
        Ok(_) => State::KeptEdited,
    };
    if matches!(state, State::Written | State::Renewed) {
        write_whole(&path, |out| out.write_all(text.as_bytes()))?;
    }
    if state != State::KeptEdited {
        record.insert(name.to_owned(), hash(text.as_bytes()));
    }
    Ok(Notebook { path, state })
}

/// The recorded hashes. Without a readable record, every copy counts as edited, and is kept.
fn read_record(path: &Path) -> BTreeMap<String, String> {
    let text = regular::read_text(path).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

fn hash(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Values<'_> {
    fn fill(&self, template: &Template) -> Result<String> {
        let two = |number: i8| format!("{number:02}");
        let program = std::env::current_exe().map_err(|error| {
            Error::Internal(format!("where this program is cannot be found out: {error}"))
        })?;
        // A notebook is JSON, so the value is inside a JSON string.
        let written = |value: serde_json::Value| match template.name.ends_with(".ipynb") {
            true => within_text(&value.to_string()),
            false => value.to_string(),
        };
        let program = written(program.display().to_string().into());
        let options = written(self.options.into());
        Ok(template
            .text
            .replace("{{pipeline}}", self.pipeline)
            .replace("{{date}}", &compact(self.day))
            .replace("{{year}}", &self.day.year().to_string())
            .replace("{{month}}", &two(self.day.month()))
            .replace("{{day}}", &two(self.day.day()))
            .replace("{{program}}", &program)
            .replace("{{options}}", &options))
    }
}

/// A text, escaped for use between the quotes of a JSON string.
fn within_text(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: [Template; 1] = [Template::shipped("a.ipynb", "[\"{{date}} {{options}}\"]")];
    const TWO: [Template; 1] = [Template::shipped("a.ipynb", "new {{year}}-{{month}}-{{day}}")];

    fn states(templates: &[Template], folder: &Path, edited: Edited) -> Vec<State> {
        let options = ["--home".to_owned(), "a \"b\"\\".to_owned()];
        let values = Values { pipeline: "p", day: jiff::civil::date(2016, 7, 8), options: &options };
        let mut notebooks = Vec::new();
        copy(templates, folder, &values, edited, &mut notebooks).unwrap();
        notebooks.iter().map(|it| it.state).collect()
    }

    #[test]
    fn an_edited_copy_is_kept_and_an_untouched_one_renewed() {
        let folder = tempfile::tempdir().unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        let state = |templates: &[Template], edited| states(templates, folder.path(), edited);
        assert_eq!(state(&ONE, Edited::Keep), [State::Written]);
        let [cell]: [String; 1] = serde_json::from_str(&read("a.ipynb")).unwrap();
        assert_eq!(cell, r#"20160708 ["--home","a \"b\"\\"]"#);
        std::fs::write(folder.path().join(".flow_oa_written.json.1.part"), "half").unwrap();
        assert_eq!(state(&ONE, Edited::Keep), [State::Unchanged]);
        assert!(
            !folder.path().join(".flow_oa_written.json.1.part").exists(),
            "left by a run that was killed"
        );
        assert_eq!(state(&TWO, Edited::Keep), [State::Renewed]);
        assert_eq!(read("a.ipynb"), "new 2016-07-08");
        std::fs::write(folder.path().join("a.ipynb"), "mine").unwrap();
        assert_eq!(state(&ONE, Edited::Keep), [State::KeptEdited]);
        assert_eq!(state(&TWO, Edited::WriteBeside), [State::KeptEdited, State::WrittenBeside]);
        assert_eq!((read("a.ipynb"), read("a.new.ipynb")), ("mine".to_owned(), "new 2016-07-08".to_owned()));
        std::fs::write(folder.path().join("a.new.ipynb"), "mine, too").unwrap();
        assert_eq!(state(&ONE, Edited::WriteBeside), [State::KeptEdited, State::KeptEdited]);
        assert_eq!(read("a.new.ipynb"), "mine, too");
    }
}

//! The documents of a schema: read from a folder, or from the canonical text that a program was built with.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Map, Value as Json};

/// The JSON files of pipelines, by their path relative to the schema folder (`flow/tables/flow_edge.json`). A file that
/// could not be read has the reason instead of its text.
#[derive(Debug, Default)]
pub struct Files {
    /// The folder, which messages show before each path. Empty for an embedded schema.
    pub shown: String,
    /// The text, or why the file could not be read.
    pub texts: BTreeMap<String, Result<String, String>>,
}

/// The maximum size of a document in bytes, so that another file that is named by mistake takes little memory and time.
pub const LONGEST: u64 = 1 << 20;

/// Reads the text of a document.
///
/// # Errors
/// If the document cannot be read, is too long, or is not UTF-8. The error states what was found, and what to do.
pub fn read_document(path: &Path) -> std::io::Result<String> {
    let fault = |reason: String| Err(std::io::Error::new(std::io::ErrorKind::InvalidData, reason));
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return fault("it is a folder; expected a file of JSON".to_owned());
    }
    // A pipe that a shell passes, such as `<(…)`, is intended. Any other pipe may never have a writer.
    if !kind.is_file()
        && !["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|prefix| path.starts_with(prefix))
    {
        return fault("it is a named pipe or a device; expected a file of JSON".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LONGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LONGEST {
        return fault(format!("it is longer than {} MiB; expected a file of JSON", LONGEST >> 20));
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return fault("it is UTF-16 text; convert it with `iconv -f UTF-16 -t UTF-8`".to_owned());
    }
    String::from_utf8(bytes).or_else(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        fault(format!("line {line} is not UTF-8 text; save the file as UTF-8"))
    })
}

/// The suffix of the name of the configuration file of a pipeline.
pub(crate) const CONFIG: &str = "_config.json";

impl Files {
    /// Reads a schema folder, or the folder of one pipeline. Does not fail: a missing or unreadable file becomes a
    /// fault of the check.
    pub fn read(folder: &Path) -> Self {
        let shown = folder.display().to_string();
        let mut files = Self { shown: shown.trim_end_matches('/').to_owned(), texts: BTreeMap::new() };
        if has_config(folder) {
            let name = std::path::absolute(folder)
                .ok()
                .and_then(|path| path.file_name().map(|name| name.to_owned()));
            let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.read_pipeline(folder, &name);
            if let Some(parent) = files.shown.strip_suffix(&name) {
                files.shown = parent.trim_end_matches('/').to_owned();
            }
            return files;
        }
        match std::fs::read_dir(folder) {
            Ok(entries) => {
                for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
                    if has_config(&entry.path()) || entry.path().join("tables").is_dir() {
                        files.read_pipeline(&entry.path(), &entry.file_name().to_string_lossy());
                    }
                }
            }
            Err(error) => {
                files.texts.insert(String::new(), Err(error.to_string()));
            }
        }
        files
    }

    fn read_pipeline(&mut self, folder: &Path, name: &str) {
        for part in ["", "tables", "sources"] {
            let inner = if part.is_empty() { folder.to_owned() } else { folder.join(part) };
            let prefix = if part.is_empty() { name.to_owned() } else { format!("{name}/{part}") };
            let entries = match std::fs::read_dir(&inner) {
                Ok(entries) => entries,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    self.texts.insert(prefix, Err(error.to_string()));
                    continue;
                }
            };
            for entry in entries.flatten() {
                let file = entry.file_name().to_string_lossy().into_owned();
                if is_document(part, &file) {
                    let text = read_document(&entry.path()).map_err(|it| it.to_string());
                    self.texts.insert(format!("{prefix}/{file}"), text);
                }
            }
        }
    }

    /// The documents of a folder that is not on disk, with the paths of all of its files relative to it. The folder is a
    /// schema folder, or that of one pipeline, and `shown` ends with its name. `read` returns the text of a file, or why
    /// it could not be read.
    pub fn of_paths<'a>(
        shown: &str,
        paths: &[&'a str],
        mut read: impl FnMut(&'a str) -> Result<String, String>,
    ) -> Self {
        let is_pipeline = paths.iter().any(|path| is_document("", path));
        let (folder, name) = match is_pipeline {
            true => shown.rsplit_once(['/', ':']).unwrap_or(("", shown)),
            false => (shown, ""),
        };
        let mut files = Self { shown: folder.to_owned(), texts: BTreeMap::new() };
        for path in paths {
            let (pipeline, inner) = match is_pipeline {
                true => (name, *path),
                false => path.split_once('/').unwrap_or(("", path)),
            };
            let (part, file) = inner.rsplit_once('/').unwrap_or(("", inner));
            if !pipeline.is_empty() && ["", "tables", "sources"].contains(&part) && is_document(part, file) {
                files.texts.insert(format!("{pipeline}/{inner}"), read(path));
            }
        }
        files
    }

    /// Restores the documents from the canonical text of a checked schema.
    ///
    /// # Errors
    /// If `text` is not a canonical text.
    pub fn from_canonical(text: &str) -> Result<Self, serde_json::Error> {
        let documents: Map<String, Json> = serde_json::from_str(text)?;
        let texts = documents.into_iter().map(|(path, json)| (path, Ok(format!("{json:#}\n")))).collect();
        Ok(Self { shown: String::new(), texts })
    }

    /// All documents as one JSON text: an object with the document of each path, in the order of the paths.
    pub(crate) fn canonical(documents: &BTreeMap<String, Json>) -> String {
        Json::Object(documents.iter().map(|(path, json)| (path.clone(), json.clone())).collect()).to_string()
    }

    /// A hash of the structure of `documents`: everything except descriptions, what `was`, `dropped` and `breaks` say
    /// of earlier versions, and the `$schema` of editors. 16 hexadecimal digits.
    pub(crate) fn fingerprint(documents: &BTreeMap<String, Json>) -> String {
        let mut bare = documents.clone();
        for document in bare.values_mut() {
            strip(document);
            if let Some(columns) = document.get_mut("columns").and_then(Json::as_array_mut) {
                columns.iter_mut().for_each(strip);
            }
        }
        blake3::hash(Self::canonical(&bare).as_bytes()).to_hex()[..16].to_owned()
    }
}

fn strip(value: &mut Json) {
    if let Some(object) = value.as_object_mut() {
        for key in ["description", "$schema", "was", "dropped", "breaks"] {
            object.shift_remove(key);
        }
    }
}

/// Whether a file in the folder of a pipeline, or in the folder `part` of it, is a document.
fn is_document(part: &str, file: &str) -> bool {
    let is_wanted = if part.is_empty() { file.ends_with(CONFIG) } else { file.ends_with(".json") };
    is_wanted && !file.contains('/') && !file.starts_with('.')
}

fn has_config(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().ends_with(CONFIG))
}

#[cfg(test)]
mod tests {
    use super::Files;

    /// The folder that messages show, and the documents.
    fn found(shown: &str, paths: &[&str]) -> (String, Vec<String>) {
        let files = Files::of_paths(shown, paths, |path| Ok(path.to_owned()));
        (files.shown, files.texts.into_keys().collect())
    }

    #[test]
    fn documents_are_found_by_their_paths() {
        let flow = ["README.md", "flow_config.json", "sources/a.json", "tables/.b.json", "tables/c/d.json"];
        let documents = ["flow/flow_config.json".to_owned(), "flow/sources/a.json".to_owned()];
        assert_eq!(found("main:schema/flow", &flow), ("main:schema".to_owned(), documents.to_vec()));
        let within: Vec<String> = flow.iter().map(|path| format!("flow/{path}")).collect();
        let within: Vec<&str> = within.iter().map(String::as_str).chain(["meta/table.schema.json"]).collect();
        assert_eq!(found("main:schema", &within), ("main:schema".to_owned(), documents.to_vec()));
        assert_eq!(found("main:schema", &["README.md"]), ("main:schema".to_owned(), Vec::new()));
    }
}

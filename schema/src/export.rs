//! The files of a schema as a maintainer writes them, from the text that a program was built with: one column a line.

use serde_json::Value as Json;

use crate::files::Files;
use crate::meta;

/// The files of a schema folder, by their path in it: the documents, and the JSON Schemas for editors.
///
/// # Errors
/// If `canonical` is not the canonical text of a schema.
pub fn files(canonical: &str) -> Result<Vec<(String, String)>, serde_json::Error> {
    let documents = Files::exported(canonical)?.texts.into_iter();
    let documents = documents.map(|(path, text)| (path, text.unwrap_or_default()));
    Ok(documents.chain(meta()).collect())
}

/// The JSON Schemas for editors, by their path in a schema folder.
pub fn meta() -> impl Iterator<Item = (String, String)> {
    meta::files().into_iter().map(|(name, text)| (format!("meta/{name}"), text))
}

impl Files {
    /// The documents of a schema as a maintainer writes them.
    ///
    /// # Errors
    /// If `canonical` is not the canonical text of a schema.
    pub fn exported(canonical: &str) -> Result<Self, serde_json::Error> {
        let mut files = Self::from_canonical(canonical)?;
        for text in files.texts.values_mut() {
            if let Ok(json) = text {
                *text = Ok(written(&serde_json::from_str(json)?));
            }
        }
        Ok(files)
    }
}

/// A document: one key a line, and one element a line in a list of objects.
pub(crate) fn written(document: &Json) -> String {
    let Json::Object(entries) = document else { return format!("{}\n", in_line(document)) };
    let entry =
        |(key, value): (&String, &Json)| format!("  {}: {}", Json::from(key.as_str()), value_of_key(value));
    let lines: Vec<String> = entries.iter().map(entry).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}

fn value_of_key(value: &Json) -> String {
    match value {
        Json::Array(items) if items.iter().any(Json::is_object) => {
            let lines: Vec<String> = items.iter().map(|item| format!("    {}", in_line(item))).collect();
            format!("[\n{}\n  ]", lines.join(",\n"))
        }
        other => in_line(other),
    }
}

/// A value in one line, with a space behind each comma and colon.
fn in_line(value: &Json) -> String {
    match value {
        Json::Array(items) => format!("[{}]", items.iter().map(in_line).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => {
            let entry =
                |(key, value): (&String, &Json)| format!("{}: {}", Json::from(key.as_str()), in_line(value));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value.to_string(),
    }
}

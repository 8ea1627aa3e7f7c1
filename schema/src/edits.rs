//! Edits of a schema folder that declare what a database still has otherwise: earlier names, and what may be dropped.
//! The text and the order of everything else in the files stay.

use std::collections::BTreeMap;

use crate::files::{CONFIG, Files};
use crate::tree::{self, Entry, Node, Value};

/// One declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A column had another name.
    #[expect(missing_docs, reason = "the fields are what their names say")]
    ColumnWas { table: String, column: String, was: String },
    /// A table had another name.
    #[expect(missing_docs, reason = "the fields are what their names say")]
    TableWas { table: String, was: String },
    /// A migration may drop a column, with its values.
    #[expect(missing_docs, reason = "the fields are what their names say")]
    DropColumn { table: String, column: String },
    /// A migration may drop a table, with its rows.
    #[expect(missing_docs, reason = "the fields are what their names say")]
    DropTable { pipeline: String, table: String },
}

/// The same files with some declarations. Files that cannot be read stay as they are.
///
/// # Errors
/// The declaration that has no place in the files.
pub fn edited<'a>(files: &Files, edits: &'a [Edit]) -> Result<Files, &'a Edit> {
    let mut texts = files.texts.clone();
    for edit in edits {
        if apply(&mut texts, edit).is_none() {
            return Err(edit);
        }
    }
    Ok(Files { shown: files.shown.clone(), texts })
}

type Texts = BTreeMap<String, Result<String, String>>;

fn apply(texts: &mut Texts, edit: &Edit) -> Option<()> {
    let (path, text, document) = match edit {
        Edit::ColumnWas { table, .. } | Edit::TableWas { table, .. } | Edit::DropColumn { table, .. } => {
            document_of(texts, |path, document| {
                path.contains("/tables/") && text_of(document, "table") == Some(table)
            })?
        }
        Edit::DropTable { pipeline, .. } => {
            document_of(texts, |path, _| path == format!("{pipeline}/{pipeline}{CONFIG}"))?
        }
    };
    let new = match edit {
        Edit::ColumnWas { column, was, .. } => {
            let Value::List(columns) = &get(&document, "columns")?.value else { return None };
            let found = columns.iter().find(|found| text_of(found, "name") == Some(column))?;
            with_name(&text, found, "was", was, End::First)
        }
        Edit::TableWas { was, .. } => with_name(&text, &document, "was", was, End::First),
        Edit::DropColumn { column, .. } => with_name(&text, &document, "dropped", column, End::Last),
        Edit::DropTable { table, .. } => with_name(&text, &document, "dropped", table, End::Last),
    }?;
    texts.insert(path, Ok(new));
    Some(())
}

/// The first document that is wanted, with its path and text.
fn document_of(texts: &Texts, is_wanted: impl Fn(&str, &Node) -> bool) -> Option<(String, String, Node)> {
    texts.iter().find_map(|(path, text)| {
        let text = text.as_ref().ok()?;
        let document = tree::parse(text).ok().filter(|document| is_wanted(path, document))?;
        Some((path.clone(), text.clone(), document))
    })
}

/// Where a name belongs among others: earlier names begin with the latest.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    First,
    Last,
}

/// The text in which the list under `key` of an object also has `name`.
fn with_name(text: &str, object: &Node, key: &str, name: &str, end: End) -> Option<String> {
    let quoted = serde_json::Value::from(name).to_string();
    let Value::Object(entries) = &object.value else { return None };
    let Some(found) = entries.iter().find(|entry| entry.key == key) else {
        let value = if key == "was" { quoted } else { format!("[{quoted}]") };
        return Some(with_entry(text, object, entries, &format!("\"{key}\": {value}")));
    };
    let span = found.value.span.clone();
    let given = match &found.value.value {
        Value::Text(_) => text.get(span.clone())?,
        Value::List(_) => text.get(span.start + 1..span.end.checked_sub(1)?)?.trim(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
    };
    let all = match end {
        _ if given.is_empty() => quoted,
        End::First => format!("{quoted}, {given}"),
        End::Last => format!("{given}, {quoted}"),
    };
    let mut new = text.to_owned();
    new.replace_range(span, &format!("[{all}]"));
    Some(new)
}

/// The text in which an object has one more entry, at its end: on a line of its own, indented as the last one, if that
/// is.
fn with_entry(text: &str, object: &Node, entries: &[Entry], entry: &str) -> String {
    let mut new = text.to_owned();
    let Some(last) = entries.last() else {
        new.insert_str(object.span.start + 1, entry);
        return new;
    };
    let line = text[..last.key_span.start].rsplit('\n').next().unwrap_or_default();
    let is_on_its_own = line.trim().is_empty() && line.len() < last.key_span.start;
    let between = if is_on_its_own { format!(",\n{line}") } else { ", ".to_owned() };
    new.insert_str(last.value.span.end, &format!("{between}{entry}"));
    new
}

fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    match &node.value {
        Value::Object(entries) => entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value),
        _ => None,
    }
}

fn text_of<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    match &get(node, key)?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "{\n  \"table\": \"t\",\n  \"columns\": [\n    { \"name\": \"a\",  \"type\": \"int\" },\n    \
                         { \"name\": \"b\", \"was\": \"c\" }\n  ]\n}\n";

    fn after(edits: &[Edit]) -> String {
        let texts = [("p/tables/t.json", TABLE), ("p/p_config.json", "{\"dropped\": [\"x\"]}")];
        let texts = texts.map(|(path, text)| (path.to_owned(), Ok(text.to_owned()))).into();
        let files = edited(&Files { texts, ..Files::default() }, edits).unwrap();
        files.texts.values().map(|text| text.clone().unwrap()).collect()
    }

    fn column(name: &str, was: &str) -> Edit {
        Edit::ColumnWas { table: "t".into(), column: name.into(), was: was.into() }
    }

    #[test]
    fn a_name_is_added_and_everything_else_stays() {
        let edits = [
            column("a", "A1"),
            column("b", "d"),
            Edit::TableWas { table: "t".into(), was: "s".into() },
            Edit::DropColumn { table: "t".into(), column: "e".into() },
            Edit::DropColumn { table: "t".into(), column: "f".into() },
            Edit::DropTable { pipeline: "p".into(), table: "y".into() },
        ];
        assert_eq!(
            after(&edits),
            "{\"dropped\": [\"x\", \"y\"]}{\n  \"table\": \"t\",\n  \"columns\": [\n    \
             { \"name\": \"a\",  \"type\": \"int\", \"was\": \"A1\" },\n    { \"name\": \"b\", \"was\": [\"d\", \"c\"] }\n  ],\n  \
             \"was\": \"s\",\n  \"dropped\": [\"e\", \"f\"]\n}\n"
        );
    }

    #[test]
    fn what_has_no_place_is_reported() {
        let edits = [column("z", "y")];
        assert_eq!(edited(&Files::default(), &edits).unwrap_err(), &edits[0]);
    }
}

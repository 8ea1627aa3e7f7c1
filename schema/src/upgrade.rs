//! What has changed in the language: finds the constructs of earlier versions in a document, and what to write
//! instead.
//!
//! The check reports them, and `flow-oa schema upgrade` rewrites them.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::files::{CONFIG, Files};
use crate::path;
use crate::tree::{self, Entry, Node, Step, Value};

/// A construct of an earlier version of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outdated {
    /// Its bytes in the file.
    pub span: Range<usize>,
    /// Where it is in the document.
    pub path: Vec<Step>,
    /// Its name.
    pub name: &'static str,
    /// What to write instead; `None` if there is no replacement.
    pub replacement: Option<String>,
}

/// The constructs of earlier versions in the document at `path`, which is relative to the schema folder.
pub(crate) fn outdated(files: &Files, path: &str, document: &Node) -> Vec<Outdated> {
    let Some((pipeline, inner)) = path.split_once('/') else { return Vec::new() };
    if inner.starts_with("tables/") {
        in_table(document, config_of(&files.texts, pipeline).as_ref())
    } else if inner == format!("{pipeline}{CONFIG}") {
        in_config(document)
    } else {
        Vec::new()
    }
}

/// The constructs in a table. `config` is the configuration of its pipeline, if it could be read.
fn in_table(table: &Node, config: Option<&Node>) -> Vec<Outdated> {
    let rows = get(table, "rows");
    let kind = rows.and_then(|rows| entries(rows).first());
    let mut found = Vec::new();
    let mut time = None;
    if let (Some(rows), Some(kind)) = (rows, kind)
        && let Some((name, replacement)) = rows_instead(kind, (table, config))
    {
        time = minute_of(table, kind);
        found.push(Outdated { span: rows.span.clone(), path: path!["rows"], name, replacement });
    }
    let columns = match get(table, "columns").map(|columns| &columns.value) {
        Some(Value::List(columns)) => columns.as_slice(),
        _ => &[],
    };
    for (at, column) in columns.iter().enumerate() {
        let Some(from) = get(column, "from") else { continue };
        let Some(form) = entries(from).first() else { continue };
        let (name, replacement) = match form.key.as_str() {
            "minute" => {
                let text = |time: &str| {
                    format!("{{\"truncate\": {{\"of\": {}, \"to\": \"minute\"}}}}", quoted(time))
                };
                ("minute", time.as_deref().map(text))
            }
            "analyst" => ("analyst", None),
            _ => continue,
        };
        let path = path!["columns", at, "from"];
        found.push(Outdated { span: from.span.clone(), path, name, replacement });
    }
    found
}

/// The constructs in a configuration.
fn in_config(config: &Node) -> Vec<Outdated> {
    let rank = entries(config).iter().filter(|entry| entry.key == "rank");
    rank.map(|entry| Outdated {
        span: entry.key_span.clone(),
        path: vec![Step::KeyOf(entry.key.clone())],
        name: "rank",
        replacement: Some(quoted("roles")),
    })
    .collect()
}

/// The name of an earlier kind of rows, and what to write instead.
fn rows_instead(
    kind: &Entry,
    (table, config): (&Node, Option<&Node>),
) -> Option<(&'static str, Option<String>)> {
    let text = |key: &str| get(&kind.value, key).and_then(text_of);
    let pairs = |key: &str| {
        let pairs = get(&kind.value, key).map(entries).unwrap_or_default();
        let pair =
            |entry: &Entry| Some(format!("[{}, {}]", quoted(&entry.key), quoted(text_of(&entry.value)?)));
        pairs.iter().map(pair).collect::<Option<Vec<_>>>()
    };
    let select = |from: Option<&str>, rest: &str| {
        from.map(|from| format!("{{\"select\": {{\"from\": {}{rest}}}}}", quoted(from)))
    };
    Some(match kind.key.as_str() {
        "details" => {
            let rest = pairs("between").zip(pairs("same_minute")).map(|(between, minute)| {
                format!(
                    ", \"matching\": {{\"results\": {{\"either_way\": [{}], \"within\": {{\"minute\": {}}}}}}}",
                    between.join(", "),
                    minute.concat()
                )
            });
            ("details", rest.and_then(|rest| select(text("in"), &rest)))
        }
        "chords" => {
            let rest = pairs("between").map(|between| {
                format!(", \"matching\": {{\"hubs\": {{\"between\": [{}]}}}}", between.join(", "))
            });
            ("chords", rest.and_then(|rest| select(text("in"), &rest)))
        }
        "counts" => ("counts", select(text("in"), "")),
        "rollup" => ("rollup", select(text("of"), ", \"kept_by\": \"ingest\"")),
        "timeline" => {
            let roles = config.and_then(|config| get(config, "roles").or_else(|| get(config, "rank")));
            let end = |key: &str| roles.and_then(|roles| get(roles, key)).and_then(text_of);
            // These rows were the 20 with the most bytes, unless the analyst said otherwise.
            let largest = end("bytes").and_then(|bytes| total_of(table, bytes));
            let few = largest.map_or_else(String::new, |column| {
                format!(", \"order\": [{{\"descending\": {}}}], \"limit\": 20", quoted(column))
            });
            let rest = end("source").zip(end("destination")).map(|(source, destination)| {
                format!(
                    ", \"matching\": {{\"subjects\": [{}, {}]}}{few}",
                    quoted(source),
                    quoted(destination)
                )
            });
            ("timeline", rest.and_then(|rest| select(text("in"), &rest)))
        }
        "analyst" => ("analyst", None),
        _ => return None,
    })
}

/// The column of a table that holds the total of a column.
fn total_of<'a>(table: &'a Node, column: &str) -> Option<&'a str> {
    let columns = match get(table, "columns").map(|columns| &columns.value) {
        Some(Value::List(columns)) => columns.as_slice(),
        _ => &[],
    };
    let is_total = |found: &&Node| {
        let total = get(found, "from").and_then(|from| get(from, "total")).and_then(text_of);
        total == Some(column)
    };
    columns.iter().find(is_total).and_then(|found| get(found, "name")).and_then(text_of)
}

/// The time whose minutes the rows of an earlier version counted.
fn minute_of(table: &Node, kind: &Entry) -> Option<String> {
    let counted = get(&kind.value, "per_minute_of");
    let of_day = || get(get(get(table, "partition")?, "date")?, "of");
    counted.or_else(of_day).and_then(text_of).map(str::to_owned)
}

/// A file of a schema folder that has constructs of an earlier version.
#[derive(Debug)]
pub struct Upgraded {
    /// Its path, relative to the schema folder.
    pub path: String,
    /// The new text, in which every construct with a replacement is replaced.
    pub text: String,
    /// The constructs.
    pub found: Vec<Outdated>,
}

/// The files of a schema folder that have constructs of earlier versions. Files that cannot be read or parsed are left
/// to the check.
pub fn upgrade(files: &Files) -> Vec<Upgraded> {
    let mut upgraded = Vec::new();
    for (path, text) in &files.texts {
        let Ok(text) = text else { continue };
        let Ok(document) = tree::parse(text) else { continue };
        let found = outdated(files, path, &document);
        if !found.is_empty() {
            upgraded.push(Upgraded { path: path.clone(), text: rewritten(text, &found), found });
        }
    }
    upgraded
}

/// The configuration of a pipeline, if it can be read and parsed.
fn config_of(texts: &BTreeMap<String, Result<String, String>>, pipeline: &str) -> Option<Node> {
    let text = texts.get(&format!("{pipeline}/{pipeline}{CONFIG}"))?.as_ref().ok()?;
    tree::parse(text).ok()
}

/// A text with all replacements.
fn rewritten(text: &str, found: &[Outdated]) -> String {
    let mut new = text.to_owned();
    let mut replaced: Vec<_> =
        found.iter().filter_map(|outdated| Some((&outdated.span, outdated.replacement.as_ref()?))).collect();
    replaced.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
    for (span, replacement) in replaced {
        new.replace_range((*span).clone(), replacement);
    }
    new
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn entries(node: &Node) -> &[Entry] {
    match &node.value {
        Value::Object(entries) => entries,
        _ => &[],
    }
}

fn get<'a>(node: &'a Node, key: &str) -> Option<&'a Node> {
    entries(node).iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

//! The reference of the language: every key with its type, default and meaning, and an example of every expression, as
//! Markdown. It is derived from the JSON Schemas, so it cannot differ from what the check accepts.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use crate::document::{ConfigDoc, SourceDoc, TableDoc};
use crate::meta;
use crate::model::{Expr, Pipeline, Schema};
use crate::printable::in_line;

/// Examples of rows and expressions: the type of the document, the key, and the JSON. A test checks each in the schema
/// of flows.
pub const EXAMPLES: [(&str, &str, &str); 45] = [
    ("RowsDoc", "ingest", r#"{"ingest": {}}"#),
    ("RowsDoc", "results", r#"{"results": {}}"#),
    ("RowsDoc", "select", r#"{"select": {"from": "flow", "kept_by": "ingest"}}"#),
    ("RowsDoc", "judged", r#"{"judged": {"of": "flow_scores"}}"#),
    ("RowsDoc", "comments", r#"{"comments": {}}"#),
    (
        "MatchingDoc",
        "results",
        r#"{"results": {"either_way": [["srcip", "sip"], ["dstip", "dip"]], "within": {"minute": ["tstart", "treceived"]}}}"#,
    ),
    ("MatchingDoc", "hubs", r#"{"hubs": {"between": [["srcip", "sip"], ["dstip", "dip"]]}}"#),
    ("MatchingDoc", "subjects", r#"{"subjects": ["sip", "dip"]}"#),
    ("FormDoc", "input", r#"{"input": {}}"#),
    ("FormDoc", "value", r#"{"value": 1}"#),
    ("FormDoc", "severity", r#"{"severity": {}}"#),
    ("FormDoc", "subject", r#"{"subject": {}}"#),
    ("FormDoc", "title", r#"{"title": {}}"#),
    ("FormDoc", "note", r#"{"note": {}}"#),
    ("FormDoc", "when", r#"{"when": {}}"#),
    ("FormDoc", "who", r#"{"who": {}}"#),
    ("FormDoc", "rank", r#"{"rank": {}}"#),
    ("FormDoc", "hub", r#"{"hub": {}}"#),
    ("FormDoc", "time", r#"{"time": "unix_tstamp"}"#),
    ("FormDoc", "part", r#"{"part": {"of": "treceived", "give": "hour"}}"#),
    ("FormDoc", "truncate", r#"{"truncate": {"of": "treceived", "to": "hour"}}"#),
    ("FormDoc", "add", r#"{"add": ["ibyt", "obyt"]}"#),
    ("FormDoc", "concat", r#"{"concat": ["proto", {"value": "/"}, "flag"]}"#),
    ("FormDoc", "lower", r#"{"lower": "proto"}"#),
    ("FormDoc", "length", r#"{"length": "proto"}"#),
    (
        "FormDoc",
        "map",
        r#"{"map": {"of": "proto", "values": {"TCP": "tcp", "UDP": "udp"}, "else": {"value": "other"}}}"#,
    ),
    (
        "FormDoc",
        "if",
        r#"{"if": {"all": [{"equal": ["opkt", {"value": 0}]}], "then": {"value": "one way"}, "else": {"value": "both ways"}}}"#,
    ),
    ("FormDoc", "keep", r#"{"keep": {"of": "proto", "characters": "TCP"}}"#),
    ("FormDoc", "last_labels", r#"{"last_labels": {"of": "proto", "count": 2}}"#),
    ("FormDoc", "bit_length", r#"{"bit_length": "ipkt"}"#),
    ("FormDoc", "entropy", r#"{"entropy": "proto"}"#),
    ("FormDoc", "hash", r#"{"hash": {"concat": ["srcip", "dstip"]}}"#),
    ("FormDoc", "registered_domain", r#"{"registered_domain": "proto"}"#),
    ("FormDoc", "network", r#"{"network": {"of": "srcip", "give": "internal"}}"#),
    ("FormDoc", "geo", r#"{"geo": {"of": "srcip", "give": "country"}}"#),
    ("FormDoc", "reputation", r#"{"reputation": {"of": "dstip"}}"#),
    ("FormDoc", "iana", r#"{"iana": {"of": "dport", "with": "proto", "give": "service"}}"#),
    (
        "FormDoc",
        "code",
        r#"{"code": {"of": "proto", "in": "protocols", "else": {"concat": [{"value": "Unknown ("}, "proto", {"value": ")"}]}}}"#,
    ),
    ("FormDoc", "count", r#"{"count": {}}"#),
    ("FormDoc", "count_distinct", r#"{"count_distinct": "sip"}"#),
    ("FormDoc", "total", r#"{"total": {"add": ["ipkt", "opkt"]}}"#),
    ("FormDoc", "min", r#"{"min": "ibyt"}"#),
    ("FormDoc", "max", r#"{"max": "ibyt"}"#),
    ("FormDoc", "first", r#"{"first": "treceived"}"#),
    ("FormDoc", "last", r#"{"last": "treceived"}"#),
];

/// One part of the reference.
#[derive(Debug, Clone)]
pub struct Section {
    /// The word by which a user asks for it.
    pub topic: String,
    /// The part, as Markdown with a heading.
    pub text: String,
}

/// The reference of the language: one section for each kind of document and each kind of value in it.
pub fn language() -> Vec<Section> {
    let mut sections = Vec::new();
    for (topic, title, schema) in [
        ("pipeline", "The pipeline: `<pipeline>_config.json`", meta::schema_of::<ConfigDoc>(None)),
        ("table", "A table: `tables/<table>.json`", meta::schema_of::<TableDoc>(None)),
        ("source", "A raw format: `sources/<format>.json`", meta::schema_of::<SourceDoc>(None)),
    ] {
        sections.extend(document(topic, title, &schema));
    }
    let mut seen = BTreeSet::new();
    sections.retain(|section| seen.insert(section.topic.clone()));
    sections
}

/// The numbers that the columns of raw tables accept, as exporters document them.
pub fn ranges(schema: &Schema) -> Section {
    let mut text = "## Ranges of the columns of raw tables\n\nA number beyond its range is rejected with its line and \
                    column. So is a time outside the years 1 to 9999, and a text that is not an address where one is \
                    expected. Texts have no limit but that of a record, 1 MiB.\n\n\
                    | table | column | type | numbers | stored as |\n|---|---|---|---|---|\n"
        .to_owned();
    for table in schema.pipelines.iter().filter_map(Pipeline::raw_table) {
        let read = table.columns.iter().filter(|column| column.from == Expr::Input);
        for column in read.filter(|column| column.kind.is_number()) {
            let range = column.range.map_or_else(|| "all".to_owned(), |range| range.to_string());
            let (table, name, kind) = (&table.name, &column.name, column.kind.name());
            let stored = column.kind.plain().name();
            let _ = writeln!(text, "| `{table}` | `{name}` | `{kind}` | {range} | `{stored}` |");
        }
    }
    Section { topic: "ranges".to_owned(), text }
}

/// The reference of one kind of document, from its JSON Schema.
pub fn document(topic: &str, title: &str, schema: &Json) -> Vec<Section> {
    let text = format!("## {title}\n\n{}", body("", schema, schema));
    let mut sections = vec![Section { topic: topic.to_owned(), text }];
    for name in reachable(schema) {
        let definition = &schema["$defs"][&name];
        let text = format!("### {}\n\n{}", title_of(&name, definition), body(&name, definition, schema));
        sections.push(Section { topic: topic_of(&name, definition), text });
    }
    sections
}

/// The section of a topic; if there is none, the parts of sections about a key of that name. `None` if there are none.
pub fn about(sections: &[Section], topic: &str) -> Option<Vec<Section>> {
    if let Some(section) = sections.iter().find(|section| section.topic == topic) {
        return Some(vec![section.clone()]);
    }
    let found: Vec<Section> = sections.iter().filter_map(|section| section.about(topic)).collect();
    (!found.is_empty()).then_some(found)
}

impl Section {
    /// The heading and the lines about a key.
    fn about(&self, key: &str) -> Option<Self> {
        let start = format!("- `{key}`");
        let mut is_about = false;
        let about = |line: &&str| {
            is_about = if line.starts_with("- ") {
                line.starts_with(&start)
            } else {
                is_about && line.starts_with(' ')
            };
            is_about
        };
        let lines: Vec<&str> = self.text.lines().filter(about).collect();
        let heading = self.text.lines().next().unwrap_or_default();
        let text = format!("{heading}\n\n{}\n", lines.join("\n"));
        (!lines.is_empty()).then(|| Self { topic: self.topic.clone(), text })
    }
}

/// The heading of the reference of the language.
pub const INTRODUCTION: &str = "# The schema language\n\nGenerated from the types of the documents: `flow-oa language` prints it. An \
     expression says where a value comes from, and a table says which rows it has.\n";

/// A whole reference as one text.
pub fn markdown(introduction: &str, sections: &[Section]) -> String {
    let mut text = introduction.to_owned();
    for section in sections {
        let _ = write!(text, "\n{}", section.text);
    }
    text
}

/// The definitions that a schema uses, in the order in which they are first mentioned.
fn reachable(schema: &Json) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut waiting = vec![&schema["properties"], &schema["patternProperties"]];
    waiting.reverse();
    while let Some(node) = waiting.pop() {
        if let Some(name) = definition_of(node)
            && !found.contains(&name)
        {
            waiting.push(&schema["$defs"][&name]);
            found.push(name);
        }
        match node {
            Json::Object(entries) => waiting.extend(entries.values().rev()),
            Json::Array(items) => waiting.extend(items.iter().rev()),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    found
}

fn definition_of(node: &Json) -> Option<String> {
    node["$ref"].as_str()?.strip_prefix("#/$defs/").map(str::to_owned)
}

/// `Partition date` of `PartitionDateDoc`, unless the definition has a title.
fn title_of(name: &str, definition: &Json) -> String {
    if let Some(title) = definition["title"].as_str() {
        return title.to_owned();
    }
    let mut title = String::new();
    for letter in name.strip_suffix("Doc").unwrap_or(name).chars() {
        if letter.is_ascii_uppercase() && !title.is_empty() {
            title.push(' ');
            title.push(letter.to_ascii_lowercase());
        } else {
            title.push(letter);
        }
    }
    title
}

fn topic_of(name: &str, definition: &Json) -> String {
    title_of(name, definition).to_lowercase().replace(' ', "-")
}

/// The description and the keys or alternatives of a value.
fn body(name: &str, schema: &Json, root: &Json) -> String {
    let mut text = description(schema);
    text.push('\n');
    let alternatives = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(alternatives) = alternatives {
        text.push_str("\nOne of:\n\n");
        for alternative in alternatives {
            text.push_str(&one(name, alternative, root));
        }
        return text;
    }
    let keys = keys(schema, root, 0);
    if !keys.is_empty() {
        let _ = write!(text, "\n{keys}");
    }
    text
}

/// One of several values: a word, an object with one key, or a value of another type.
fn one(definition: &str, alternative: &Json, root: &Json) -> String {
    let meaning = description(alternative);
    if let Some(word) = alternative["const"].as_str() {
        return format!("- `{}`: {meaning}\n", in_line(word));
    }
    let Some((key, value)) = alternative["properties"].as_object().and_then(|keys| keys.iter().next()) else {
        return format!("- {}: {meaning}\n", type_of(alternative, root));
    };
    let kind = match keys(value, root, 1).is_empty() {
        true if value["type"] == "object" => "`{}`".to_owned(),
        true => type_of(value, root),
        false => "an object".to_owned(),
    };
    let mut text = format!("- `{key}` ({kind}): {meaning}");
    let is_of = |(of, name, _): &&(&str, &str, &str)| *of == definition && name == key;
    if let Some((_, _, example)) = EXAMPLES.iter().find(is_of) {
        let _ = write!(text, " Example: `{example}`");
    }
    text.push('\n');
    text + &keys(value, root, 1)
}

/// The keys of an object, one a line.
fn keys(schema: &Json, root: &Json, depth: usize) -> String {
    let empty = Map::new();
    let named = |group: &str| schema[group].as_object().unwrap_or(&empty).iter();
    let required =
        |key: &str| schema["required"].as_array().is_some_and(|list| list.iter().any(|name| name == key));
    let mut text = String::new();
    let prefixed = named("patternProperties").map(|(key, value)| {
        let shown = key.rsplit("]*_").next().unwrap_or(key).trim_end_matches('$');
        (format!("<pipeline>_{shown}"), value)
    });
    let all = prefixed.chain(named("properties").map(|(key, value)| (key.clone(), value)));
    for (key, value) in all.filter(|(key, _)| key != "$schema") {
        let kind = type_of(value, root);
        let needed = if required(&key) { ", required" } else { "" };
        let _ = writeln!(text, "{}- `{key}` ({kind}{needed}): {}", "  ".repeat(depth), description(value));
    }
    text
}

fn description(schema: &Json) -> String {
    schema["description"].as_str().unwrap_or_default().replace('\n', " ")
}

/// The type of a value, in words; a link if it has a section.
fn type_of(schema: &Json, root: &Json) -> String {
    if let Some(name) = definition_of(schema) {
        let definition = &root["$defs"][&name];
        return format!("[{}](#{})", title_of(&name, definition).to_lowercase(), topic_of(&name, definition));
    }
    if let Some(alternatives) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let kinds = alternatives
            .iter()
            .filter(|alternative| alternative["type"] != "null")
            .map(|alternative| type_of(alternative, root));
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    let kinds = match &schema["type"] {
        Json::String(kind) => vec![kind.as_str()],
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).filter(|kind| *kind != "null").collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => Vec::new(),
    };
    let word = |kind: &str| match kind {
        "string" => "text".to_owned(),
        "integer" => "whole number".to_owned(),
        "boolean" => "true or false".to_owned(),
        "array" => match schema["minItems"].as_u64() {
            Some(count) => format!("list of {count}: {}", type_of(&schema["items"], root)),
            None => format!("list: {}", type_of(&schema["items"], root)),
        },
        "object" => match schema["additionalProperties"].is_object() {
            true => format!("object: {}", type_of(&schema["additionalProperties"], root)),
            false => "object".to_owned(),
        },
        other => other.to_owned(),
    };
    kinds.into_iter().map(word).collect::<Vec<_>>().join(" or ")
}

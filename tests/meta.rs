//! The JSON Schemas in `schema/meta` are generated from the document types, and the reference of the language with
//! them.

#![allow(clippy::expect_used, reason = "a test that panics has found something")]

use flow_oa_schema::document::TableDoc;
use flow_oa_schema::types::ColumnType;
use flow_oa_schema::{Files, check, reference};

#[path = "support/golden.rs"]
mod golden;

#[test]
fn json_schemas_are_current() {
    let folder = golden::tests_folder().join("../schema/meta");
    for (name, text) in flow_oa_schema::meta::files() {
        golden::hold(&folder.join(name), &text);
    }
}

#[test]
fn every_property_is_described() {
    for (name, text) in flow_oa_schema::meta::files() {
        let schema: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        described(&schema, name, "");
    }
}

fn described(schema: &serde_json::Value, file: &str, path: &str) {
    for group in ["properties", "patternProperties"] {
        for (key, property) in schema[group].as_object().into_iter().flatten() {
            let said = property["description"].is_string() || schema["description"].is_string();
            assert!(said, "{file}: {path}/{key} has no description for editors to show");
            described(property, file, &format!("{path}/{key}"));
        }
    }
    for group in ["$defs"] {
        for (key, inner) in schema[group].as_object().into_iter().flatten() {
            described(inner, file, &format!("{path}/{key}"));
        }
    }
    for group in ["oneOf", "anyOf"] {
        for inner in schema[group].as_array().into_iter().flatten() {
            described(inner, file, path);
        }
    }
}

#[test]
fn the_reference_is_current() {
    let path = golden::tests_folder().join("../schema/README.md");
    let schema = check(&Files::read(&golden::tests_folder().join("../schema"))).expect("the schema is valid");
    let mut sections = reference::language();
    sections.push(reference::ranges(&schema));
    golden::hold(&path, &reference::markdown(reference::INTRODUCTION, &sections));
}

/// The text of a table of the `flow` folder.
fn table(files: &Files, name: &str) -> serde_json::Value {
    let text = files.texts[&format!("flow/tables/{name}.json")].as_ref().expect("can be read");
    serde_json::from_str(text).expect("is JSON")
}

/// The tables to which the example of a computed expression is added as a column.
const COMPUTED_IN: [&str; 4] = ["flow", "flow_scores", "flow_edge", "flow_ingest_summary"];

#[test]
fn every_example_of_the_reference_is_valid() {
    let own = || Files::read(&golden::tests_folder().join("../schema"));
    let canonical = check(&own()).expect("the schema of flows is valid").canonical;
    let is_used = |example: &serde_json::Value| canonical.contains(&example.to_string());
    for (_, name, example) in reference::EXAMPLES {
        let example: serde_json::Value = serde_json::from_str(example).expect("is JSON");
        assert_eq!(
            example.as_object().and_then(|object| object.keys().next()).map(String::as_str),
            Some(name)
        );
        let is_valid = |(table_name, kind): (&str, ColumnType)| {
            let mut files = own();
            let mut table = table(&files, table_name);
            let column = serde_json::json!(
                {"name": "example", "type": kind.name(), "from": example, "description": "An example."}
            );
            table["columns"].as_array_mut().expect("a list").push(column);
            files.texts.insert(format!("flow/tables/{table_name}.json"), Ok(table.to_string()));
            check(&files).is_ok()
        };
        let mut places = COMPUTED_IN.iter().flat_map(|table| ColumnType::ALL.map(|kind| (*table, kind)));
        assert!(is_used(&example) || places.any(is_valid), "{name}: {example} is not valid in any table");
    }
}

#[test]
fn every_form_of_an_expression_and_kind_of_rows_has_an_example() {
    let schema = flow_oa_schema::meta::schema_of::<TableDoc>(None);
    for definition in ["FormDoc", "RowsDoc", "MatchingDoc"] {
        for alternative in schema["$defs"][definition]["oneOf"].as_array().expect("alternatives") {
            let name = alternative["properties"]
                .as_object()
                .and_then(|properties| properties.keys().next())
                .expect("a key");
            let is_it = |(of, key, _): &(&str, &str, &str)| *of == definition && key == name;
            let has_example = reference::EXAMPLES.iter().any(is_it);
            assert!(has_example, "{name} has no example in the reference");
        }
    }
}

//! The JSON Schemas in `schema/meta` are generated from the document types, and the documents of the project follow
//! them.

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

//! The JSON Schemas of the document kinds, generated from their Rust types: for editors, and for the
//! structural check.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use crate::answer::Answer;
use crate::document::{ConfigDoc, Document, SourceDoc, TableDoc};

/// The schema of a kind of document. With the pipeline's name the prefixed keys are spelt out, as the
/// structural check needs them; without it they become patterns, which fit the files of any pipeline.
pub fn schema_of<D: Document>(pipeline: Option<&str>) -> Json {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<D>().to_value();
    if let Some(root) = schema.as_object_mut() {
        for key in D::PREFIXED {
            prefix(root, key, pipeline);
        }
    }
    schema
}

fn prefix(root: &mut Map<String, Json>, key: &str, pipeline: Option<&str>) {
    let property =
        root.get_mut("properties").and_then(Json::as_object_mut).and_then(|it| it.shift_remove(key));
    let Some(property) = property else { return };
    let (group, name) = match pipeline {
        Some(pipeline) => ("properties", format!("{pipeline}_{key}")),
        None => ("patternProperties", format!("^[A-Za-z_][A-Za-z0-9_]*_{key}$")),
    };
    if let Some(group) = root.entry(group).or_insert_with(|| json!({})).as_object_mut() {
        group.insert(name.clone(), property);
    }
    let Some(required) = root.get_mut("required").and_then(Json::as_array_mut) else { return };
    let was_required = required.iter().any(|it| it == key);
    required.retain(|it| it != key);
    if was_required && pipeline.is_some() {
        required.push(Json::String(name));
    }
}

/// The schema files of the language: their names below `schema/meta/` and their texts. That of the settings stands beside them.
pub fn files() -> [(&'static str, String); 4] {
    let text = |schema: Json| format!("{schema:#}\n");
    [
        ("pipeline.schema.json", text(schema_of::<ConfigDoc>(None))),
        ("table.schema.json", text(schema_of::<TableDoc>(None))),
        ("source.schema.json", text(schema_of::<SourceDoc>(None))),
        ("answer.schema.json", text(schema_of::<Answer>(None))),
    ]
}

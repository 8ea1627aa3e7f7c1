//! The lineage as data, in the form of OpenLineage: datasets with the facets `schema`, `documentation` and
//! `columnLineage`.
//!
//! # Decisions
//!
//! - **A namespace says what a dataset is**, not where it is stored: a schema knows no database. Pipelines, formats,
//!   results files and context have one each, so that no two datasets share a name.
//! - **Inputs are those of other datasets.** An expression over columns of the same table is replaced by what these are
//!   read from, since the facet connects datasets.

use flow_oa_schema::lineage::{Input, Lineage, Lookup, Origin, Place, Use};
use flow_oa_schema::model::{FieldId, Table, TableId};
use flow_oa_schema::{Schema, ledger};
use serde_json::{Map, Value, json};

/// What wrote the facets, as OpenLineage requires.
const PRODUCER: &str = concat!("urn:flow-oa:", env!("CARGO_PKG_VERSION"));

const COLUMN_LINEAGE: &str = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet";
const SCHEMA: &str =
    "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet";
const DOCUMENTATION: &str = "https://openlineage.io/spec/facets/1-1-0/DocumentationDatasetFacet.json#/$defs/DocumentationDatasetFacet";

/// All datasets of a schema: raw formats, results files, tables, the program's own tables, and context.
pub fn datasets(schema: &Schema) -> Value {
    let mut all = Vec::new();
    let mut lookups: Vec<&Lookup> = Vec::new();
    let lineages: Vec<Lineage<'_>> = schema.pipelines.iter().map(Lineage::of).collect();
    for lineage in &lineages {
        all.extend(formats(lineage));
        all.push(results(lineage));
        all.extend(lineage.pipeline.ids().map(|id| table(lineage, id)));
        for origin in lineage.origins() {
            if let Origin::Context(lookup) = origin
                && !lookups.contains(&lookup)
            {
                lookups.push(lookup);
            }
        }
    }
    all.extend(
        ledger::tables().iter().map(|own| dataset((OWN, &own.name), &own.description, columns(own), None)),
    );
    all.extend(context(&lookups));
    Value::Array(all)
}

/// The namespaces of what belongs to no pipeline.
const OWN: &str = "flow-oa:///tables";
const CONTEXT: &str = "flow-oa:///context";

fn namespace(lineage: &Lineage<'_>, kind: &str) -> String {
    format!("flow-oa://{}/{kind}", lineage.pipeline.name)
}

fn facet(schema: &str, entries: Value) -> Value {
    let mut facet = Map::from_iter([
        ("_producer".to_owned(), Value::from(PRODUCER)),
        ("_schemaURL".to_owned(), Value::from(schema)),
    ]);
    if let Value::Object(entries) = entries {
        facet.extend(entries);
    }
    Value::Object(facet)
}

fn dataset(
    (namespace, name): (&str, &str),
    description: &str,
    fields: Vec<Value>,
    lineage: Option<Value>,
) -> Value {
    let mut facets = json!({
        "documentation": facet(DOCUMENTATION, json!({"description": description})),
        "schema": facet(SCHEMA, json!({"fields": fields})),
    });
    if let Some(lineage) = lineage {
        facets["columnLineage"] = facet(COLUMN_LINEAGE, lineage);
    }
    json!({"namespace": namespace, "name": name, "facets": facets})
}

fn formats(lineage: &Lineage<'_>) -> Vec<Value> {
    let own = namespace(lineage, "formats");
    let fields = |names: &[String]| {
        let fields = names.iter().enumerate();
        fields.map(|(at, name)| json!({"name": name, "ordinal_position": at + 1})).collect()
    };
    let sources = lineage.pipeline.sources.iter();
    sources.map(|it| dataset((&own, &it.name), &it.description, fields(&it.fields), None)).collect()
}

fn results(lineage: &Lineage<'_>) -> Value {
    let results = &lineage.pipeline.results;
    let fields = results.fields.iter().enumerate();
    let fields = fields.map(|(at, name)| json!({"name": name, "ordinal_position": at + 1})).collect();
    let inputs = lineage.pipeline.ranking.as_ref().map(|_| {
        let of = |id: FieldId| (results.fields[id.at()].clone(), (lineage.field(id).to_vec(), ranked()));
        facet_of(lineage, results.ids().map(of).collect(), lineage.list())
    });
    let description = "The ranked rows of a day, the most suspicious first.";
    dataset((&namespace(lineage, "results"), &results.path), description, fields, inputs)
}

fn ranked() -> String {
    "as `flow-oa rank` writes it".to_owned()
}

fn columns(own: &Table) -> Vec<Value> {
    let columns = own.columns.iter().enumerate();
    let field = |(at, column): (usize, &flow_oa_schema::model::Column)| {
        json!({
            "name": column.name,
            "type": column.kind.name(),
            "description": column.description,
            "ordinal_position": at + 1,
        })
    };
    columns.map(field).collect()
}

fn table(lineage: &Lineage<'_>, id: TableId) -> Value {
    let own = &lineage.pipeline[id];
    let of = |column| {
        let inputs = outside(lineage, Place { table: id, column });
        (own[column].name.clone(), (inputs, lineage.pipeline.origin_in_words(own, &own[column])))
    };
    let fields = facet_of(lineage, own.ids().map(of).collect(), &lineage.table(id).rows);
    dataset((&namespace(lineage, "tables"), &own.name), &own.description, columns(own), Some(fields))
}

fn context(lookups: &[&Lookup]) -> Vec<Value> {
    let mut sources: Vec<(&Lookup, Vec<Value>)> = Vec::new();
    for lookup in lookups {
        let field = json!({"name": lookup.fact()});
        match sources.iter_mut().find(|(first, _)| first.source() == lookup.source()) {
            Some((_, fields)) => fields.push(field),
            None => sources.push((lookup, vec![field])),
        }
    }
    let dataset = |(first, fields): (&Lookup, Vec<Value>)| {
        dataset((CONTEXT, first.source()), first.source_in_words(), fields, None)
    };
    sources.into_iter().map(dataset).collect()
}

/// The inputs of a column in other datasets.
fn outside(lineage: &Lineage<'_>, place: Place) -> Vec<Input> {
    let mut found = Vec::new();
    follow(
        lineage,
        place,
        &Input { origin: Origin::Column(place), how: Use::Identity, is_hashed: false },
        (&mut Vec::new(), &mut found),
    );
    found
}

/// Adds the inputs of a column, which is itself read in the way of `through`. Columns that were passed on the way are
/// not followed again.
fn follow(
    lineage: &Lineage<'_>,
    place: Place,
    through: &Input,
    (passed, found): (&mut Vec<Place>, &mut Vec<Input>),
) {
    if passed.contains(&place) {
        return;
    }
    passed.push(place);
    for input in lineage.column(place) {
        let how = input.how.max(through.how);
        let input = Input { how, is_hashed: input.is_hashed || through.is_hashed, ..input.clone() };
        if let Origin::Column(inner) = input.origin
            && inner.table == place.table
        {
            follow(lineage, inner, &input, (passed, found));
        } else if !found.contains(&input) {
            found.push(input);
        }
    }
    passed.pop();
}

/// A column lineage facet: the inputs of each field, and of all rows.
fn facet_of(lineage: &Lineage<'_>, fields: Vec<(String, (Vec<Input>, String))>, rows: &[Input]) -> Value {
    let fields = fields.into_iter().map(|(name, (inputs, words))| {
        (name, json!({"inputFields": input_fields(lineage, &inputs, Some(&words))}))
    });
    json!({"fields": fields.collect::<Map<_, _>>(), "dataset": input_fields(lineage, rows, None)})
}

/// Inputs that are fields of datasets, each with all of its uses.
fn input_fields(lineage: &Lineage<'_>, inputs: &[Input], words: Option<&str>) -> Vec<Value> {
    let mut found: Vec<(&Origin, Vec<Value>)> = Vec::new();
    for input in inputs {
        let transformation = transformation(input, words);
        match found.iter_mut().find(|(origin, _)| **origin == input.origin) {
            Some((_, all)) => all.push(transformation),
            None => found.push((&input.origin, vec![transformation])),
        }
    }
    let field = |(origin, transformations): (&Origin, Vec<Value>)| {
        let [namespace, name, field] = dataset_of(lineage, origin)?;
        Some(
            json!({"namespace": namespace, "name": name, "field": field, "transformations": transformations}),
        )
    };
    found.into_iter().filter_map(field).collect()
}

/// The namespace, the dataset and the field of a place; `None` for what is no field, such as a constant or an analyst.
fn dataset_of(lineage: &Lineage<'_>, origin: &Origin) -> Option<[String; 3]> {
    let pipeline = lineage.pipeline;
    match origin {
        Origin::Column(Place { table, column }) => {
            let own = &pipeline[*table];
            Some([namespace(lineage, "tables"), own.name.clone(), own[*column].name.clone()])
        }
        Origin::Field(field) => {
            let name = pipeline.results.fields[field.at()].clone();
            Some([namespace(lineage, "results"), pipeline.results.path.clone(), name])
        }
        Origin::Raw { format, field } => {
            let source = &pipeline.sources[*format];
            Some([namespace(lineage, "formats"), source.name.clone(), source.fields.get(*field)?.clone()])
        }
        Origin::Context(lookup) => Some([CONTEXT.to_owned(), lookup.source().to_owned(), lookup.fact()]),
        Origin::Rows(_) | Origin::Position | Origin::Run | Origin::Constant => None,
        Origin::Analyst | Origin::Clock | Origin::Program => None,
    }
}

fn transformation(input: &Input, words: Option<&str>) -> Value {
    let kind = if input.how.is_direct() { "DIRECT" } else { "INDIRECT" };
    let subtype = match input.how {
        Use::Identity => "IDENTITY",
        Use::Transformation => "TRANSFORMATION",
        Use::Aggregation => "AGGREGATION",
        Use::Conditional => "CONDITIONAL",
        Use::Filter => "FILTER",
        Use::Join => "JOIN",
        Use::GroupBy => "GROUP_BY",
        Use::Sort => "SORT",
        Use::Window => "WINDOW",
    };
    let words = words.unwrap_or(input.how.in_words());
    json!({"type": kind, "subtype": subtype, "description": words, "masking": input.is_hashed})
}

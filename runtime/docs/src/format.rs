//! The page of a raw format: how its text is divided, which records become rows, and which columns its fields fill.

use std::collections::BTreeMap;

use flow_oa_schema::lineage::{Origin, Place};
use flow_oa_schema::model::{Expr, Source};

use crate::html::{code, facts, list, table, text, words};
use crate::page::Content;
use crate::site::Site;

/// The page of a raw format.
pub(crate) fn content(site: &Site<'_>, pipeline: usize, format: usize) -> Content {
    let source = &site.lineages[pipeline].pipeline.sources[format];
    let mut html = format!(
        "<h1>{}</h1>\n<p class=\"lead\">{}</p>\n{}",
        code(&source.name),
        words(&source.description),
        about(source)
    );
    let fields: Vec<Vec<String>> =
        (0..source.fields.len()).map(|field| row(site, pipeline, format, field)).collect();
    html.push_str("<h2 id=\"fields\">Fields</h2>\n");
    let heads = ["Field", "Found", "Other spellings", "Read by"];
    html.push_str(&table("Fields of a record, and what reads them", &heads, &fields));
    html.push_str("<h2 id=\"columns\">Columns</h2>\n");
    html.push_str(&columns(site, pipeline, source));
    Content { title: source.name.clone(), trail: site.trail(Some(pipeline)), html }
}

fn about(source: &Source) -> String {
    let codes = |names: &mut dyn Iterator<Item = &String>| names.map(|name| code(name)).collect::<Vec<_>>();
    let of = |fields: &[usize]| codes(&mut fields.iter().filter_map(|at| source.fields.get(*at))).join(", ");
    let only: Vec<String> = source.only.iter().map(|only| words(&only.in_words(source))).collect();
    let options: Vec<String> = source
        .options
        .iter()
        .map(|(name, values)| format!("{}: {}", code(name), codes(&mut values.iter()).join(", ")))
        .collect();
    let nulls: Vec<String> = source
        .nulls
        .iter()
        .map(|null| if null.is_empty() { "an empty text".to_owned() } else { code(null) })
        .collect();
    let trailer = source.trailer.as_ref().map(|(starts, lines)| {
        format!("{lines} lines behind the records, the first of which starts with {}", code(starts))
    });
    let binary = source.binary.as_ref().map(|binary| code(&binary.run.join(" ")));
    facts(&[
        ("Text", words(&source.text_in_words())),
        ("Recognized by", of(&source.needs)),
        ("Rows are records with", list("plain", &only)),
        ("No value", nulls.join(", ")),
        ("Options", list("plain", &options)),
        ("Trailer", trailer.unwrap_or_default()),
        ("Printed by", binary.unwrap_or_default()),
    ])
}

/// A field: where it is, how else it is spelled, and what reads it.
fn row(site: &Site<'_>, pipeline: usize, format: usize, field: usize) -> Vec<String> {
    let source = &site.lineages[pipeline].pipeline.sources[format];
    let spellings: Vec<String> = source.spellings[field].iter().map(|name| code(name)).collect();
    vec![
        code(&source.fields[field]),
        text(&source.place_in_words(field)),
        spellings.join(", "),
        site.read_by(pipeline, &Origin::Raw { format, field }),
    ]
}

/// How each column of the raw table is read.
fn columns(site: &Site<'_>, pipeline: usize, source: &Source) -> String {
    let model = site.lineages[pipeline].pipeline;
    let Some(raw) = model.raw else { return String::new() };
    let reads: &BTreeMap<_, _> = &source.reads;
    let rows = model[raw].ids().filter(|id| model[raw][*id].from == Expr::Input).filter_map(|column| {
        let read = reads.get(&model[raw][column].name)?;
        let link = site.column(pipeline, Place { table: raw, column });
        Some(vec![link, words(&read.in_words(source)), words(&model[raw][column].description)])
    });
    let rows: Vec<Vec<String>> = rows.collect();
    let caption = "Columns of the raw table, and what they are read from";
    table(caption, &["Column", "Read from", "Description"], &rows)
}

//! The page of a pipeline: its picture, tables, raw formats, results file, context, roles and ranking.

use flow_oa_schema::lineage::{Lookup, Origin, Place};
use flow_oa_schema::model::{FieldId, Pipeline};

use crate::html::{code, facts, list, table, text, words};
use crate::page::Content;
use crate::picture;
use crate::site::{Site, field_id, lookup_id};

/// The page of a pipeline.
pub(crate) fn content(site: &Site<'_>, at: usize) -> Content {
    let pipeline = site.lineages[at].pipeline;
    let lead = pipeline.raw_table().map_or("", |raw| raw.description.as_str());
    let mut html = format!(
        "<h1>Pipeline {}</h1>\n<p class=\"lead\">{}</p>\n{}",
        code(&pipeline.name),
        words(lead),
        picture::figure(site, at)
    );
    for (id, title, part) in [
        ("tables", "Tables", tables(site, at)),
        ("formats", "Raw formats", formats(site, at)),
        ("results", "Results file", results(site, at)),
        ("context", "Context", context(site, at)),
        ("roles", "Roles", roles(site, at)),
        ("ranking", "Ranking", ranking(pipeline)),
        ("files", "Files for analysts and learning", files(pipeline)),
    ] {
        if !part.is_empty() {
            html.push_str(&format!("<h2 id=\"{id}\">{title}</h2>\n{part}"));
        }
    }
    Content { title: pipeline.name.clone(), trail: site.trail(None), html }
}

fn tables(site: &Site<'_>, at: usize) -> String {
    let pipeline = site.lineages[at].pipeline;
    let rows = pipeline.ids().map(|id| {
        let own = &pipeline[id];
        let sentences: Vec<String> = pipeline.rows_in_words(own).iter().map(|it| words(it)).collect();
        vec![
            site.table(at, id),
            words(&own.description),
            sentences.join(" "),
            words(own.rows.writer().in_words()),
        ]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    table("Tables of the pipeline", &["Table", "Description", "Rows", "Written by"], &rows)
}

fn formats(site: &Site<'_>, at: usize) -> String {
    let sources = &site.lineages[at].pipeline.sources;
    let row = |format: usize| {
        vec![
            site.format(at, format),
            words(&sources[format].description),
            words(&sources[format].text_in_words()),
        ]
    };
    let rows: Vec<Vec<String>> = (0..sources.len()).map(row).collect();
    match rows.is_empty() {
        true => String::new(),
        false => table("Raw formats that are recognized", &["Format", "Description", "Text"], &rows),
    }
}

fn results(site: &Site<'_>, at: usize) -> String {
    let (lineage, pipeline) = (&site.lineages[at], site.lineages[at].pipeline);
    let row = |field: FieldId| {
        let name = &pipeline.results.fields[field.at()];
        let optional =
            if field.at() < pipeline.results.required { "" } else { " <span class=\"how\">optional</span>" };
        vec![
            format!("<span id=\"{}\">{}</span>{optional}", field_id(name), code(name)),
            field.at().to_string(),
            site.direct(at, lineage.field(field)),
            site.read_by(at, &Origin::Field(field)),
        ]
    };
    let rows: Vec<Vec<String>> = pipeline.results.ids().map(row).collect();
    let about = facts(&[
        ("Path", format!("{} below the results root", code(&pipeline.results.path))),
        (
            "Text",
            "Lines with fields that are separated by tabs, without a header, the most suspicious first"
                .to_owned(),
        ),
        ("Rows by <code>flow-oa rank</code>", site.direct(at, lineage.list())),
    ]);
    let heads = ["Field", "Position", "Written by <code>flow-oa rank</code> from", "Read by"];
    about + &table("Fields of the results file", &heads, &rows)
}

/// What the pipeline looks up, by source.
fn context(site: &Site<'_>, at: usize) -> String {
    let mut sources: Vec<(&Lookup, Vec<&Lookup>)> = Vec::new();
    for origin in site.lineages[at].origins() {
        let Some(lookup) = lookup(origin) else { continue };
        match sources.iter_mut().find(|(first, _)| first.source() == lookup.source()) {
            Some((_, all)) => all.push(lookup),
            None => sources.push((lookup, vec![lookup])),
        }
    }
    let mut html = String::new();
    for (first, all) in sources {
        html.push_str(&format!(
            "<h3 id=\"{}\">{}</h3>\n",
            lookup_id(first),
            capital(first.source_in_words())
        ));
        let read = all
            .into_iter()
            .map(|lookup| vec![words(&lookup.fact()), site.read_by(at, &Origin::Context(lookup.clone()))]);
        let caption = format!("Facts from: {}", first.source_in_words());
        html.push_str(&table(&caption, &["Fact", "Read by"], &read.collect::<Vec<_>>()));
    }
    html
}

fn lookup(origin: &Origin) -> Option<&Lookup> {
    match origin {
        Origin::Context(lookup) => Some(lookup),
        Origin::Column(_) | Origin::Rows(_) | Origin::Field(_) | Origin::Raw { .. } => None,
        Origin::Position | Origin::Run | Origin::Constant => None,
        Origin::Analyst | Origin::Clock | Origin::Program => None,
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    text(&first.into_iter().chain(letters).collect::<String>())
}

fn roles(site: &Site<'_>, at: usize) -> String {
    let pipeline = site.lineages[at].pipeline;
    let Some(table_id) = pipeline.raw else { return String::new() };
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (role, column) in pipeline.roles.named() {
        let link = site.column(at, Place { table: table_id, column });
        rows.push(vec![code(role), format!("{link} of {}", site.table(at, table_id))]);
    }
    for (role, field) in [("score", pipeline.roles.score), ("why", pipeline.roles.why)] {
        if let Some(field) = field {
            rows.push(vec![code(role), format!("the field {} of the results file", site.field(at, field))]);
        }
    }
    table("Roles, by which commands find columns", &["Role", "Column"], &rows)
}

fn ranking(pipeline: &Pipeline) -> String {
    let (Some(ranking), Some(raw)) = (&pipeline.ranking, pipeline.raw_table()) else { return String::new() };
    let of = |from| words(&pipeline.in_words(raw, from));
    let keys: Vec<Vec<String>> =
        ranking.keys.iter().map(|key| vec![code(&key.name), of(&key.from), of(&key.reply)]).collect();
    let values: Vec<Vec<String>> = ranking
        .values
        .iter()
        .map(|value| {
            let read = match &value.of {
                flow_oa_schema::model::Said::Key(at) => {
                    ranking.keys.get(*at).map_or(String::new(), |key| format!("the key {}", code(&key.name)))
                }
                flow_oa_schema::model::Said::Row(from) => of(from),
            };
            let within: Vec<String> = value.within.iter().map(of).collect();
            vec![code(&value.name), read, within.join(", "), text(&value.why.text)]
        })
        .collect();
    let mut html = "<p>Rows with the same keys are a group. A group is the more suspicious the rarer its keys and values \
                    are.</p>\n"
        .to_owned();
    html.push_str(&table("Keys of a group", &["Key", "From", "From, in a reply"], &keys));
    html.push_str(&table(
        "Values that count",
        &["Value", "From", "Among rows with the same", "Reason"],
        &values,
    ));
    html
}

fn files(pipeline: &Pipeline) -> String {
    let mut items = Vec::new();
    if !pipeline.feedback.is_empty() {
        let names: Vec<String> = pipeline.feedback.iter().map(|field| code(&field.name)).collect();
        items.push(format!("The feedback file holds {}.", names.join(", ")));
    }
    for file in &pipeline.story_files {
        let lists: Vec<String> = file.lists.iter().map(|list| code(&list.name)).collect();
        items.push(format!("A comment comes with the file {}: {}.", code(&file.file), lists.join(", ")));
    }
    list("plain", &items)
}

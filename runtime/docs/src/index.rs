//! The first page: the pipelines, all tables, and the program's own tables.

use flow_oa_schema::lineage::Lineage;
use flow_oa_schema::types::ColumnType;

use crate::files::Page;
use crate::html::{code, link, table, text, words};
use crate::page::Content;
use crate::site::Site;

/// The title of the first page.
pub(crate) const TITLE: &str = "Data dictionary";

/// The first page.
pub(crate) fn content(site: &Site<'_>) -> Content {
    let mut html = format!(
        "<h1>{TITLE}</h1>\n<p class=\"lead\">Every table and column, where each value comes from, down to the fields \
         of raw files, and what reads it.</p>\n<h2 id=\"pipelines\">Pipelines</h2>\n<ul class=\"cards\">\n"
    );
    for (at, lineage) in site.lineages.iter().enumerate() {
        html.push_str(&card(site, at, lineage));
    }
    html.push_str("</ul>\n<h2 id=\"tables\">Tables</h2>\n");
    html.push_str(&tables(site));
    html.push_str("<h2 id=\"own\">The program's own tables</h2>\n");
    html.push_str(&own_tables(site));
    html.push_str("<h2 id=\"types\">Types</h2>\n");
    html.push_str(&types());
    Content { title: TITLE.to_owned(), trail: Vec::new(), html }
}

fn card(site: &Site<'_>, at: usize, lineage: &Lineage<'_>) -> String {
    let pipeline = lineage.pipeline;
    let raw = pipeline.raw_table().map_or("", |raw| raw.description.as_str());
    let link = link(site.file(Page::Pipeline(at)), &code(&pipeline.name));
    let counts =
        [counted(pipeline.tables.len(), "table"), counted(pipeline.sources.len(), "raw format")].join(", ");
    format!("<li><h3>{link}</h3><p>{}</p><p class=\"how\">{counts}</p></li>\n", words(raw))
}

fn tables(site: &Site<'_>) -> String {
    let mut rows = Vec::new();
    for (at, lineage) in site.lineages.iter().enumerate() {
        for id in lineage.pipeline.ids() {
            let own = &lineage.pipeline[id];
            rows.push(vec![
                site.table(at, id),
                link(site.file(Page::Pipeline(at)), &code(&lineage.pipeline.name)),
                code(own.rows.name()),
                own.columns.len().to_string(),
                words(&own.description),
            ]);
        }
    }
    table("Tables of all pipelines", &["Table", "Pipeline", "Rows", "Columns", "Description"], &rows)
}

fn own_tables(site: &Site<'_>) -> String {
    let row = |(at, own): (usize, &flow_oa_schema::model::Table)| {
        let link = link(site.file(Page::Own(at)), &code(&own.name));
        vec![link, own.columns.len().to_string(), words(&own.description)]
    };
    let rows: Vec<Vec<String>> = site.own.iter().enumerate().map(row).collect();
    table("Tables that the program keeps for itself", &["Table", "Columns", "Description"], &rows)
}

fn types() -> String {
    let row = |kind: ColumnType| {
        let range = kind.range().map(|range| range.to_string()).unwrap_or_default();
        vec![code(kind.name()), code(kind.plain().name()), text(&range)]
    };
    let rows: Vec<Vec<String>> = ColumnType::ALL.map(row).into();
    table("Types of columns, and the numbers that they hold", &["Type", "Stored as", "Numbers"], &rows)
}

/// A number of things: `1 table`, `2 tables`.
fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}

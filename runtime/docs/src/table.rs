//! The page of a table: its rows and storage, its columns, and for each column where its values come from and what
//! reads them.

use flow_oa_schema::Dialect;
use flow_oa_schema::lineage::{Origin, Place};
use flow_oa_schema::model::{Column, ColumnId, Expr, Format, Table, TableId};

use crate::chain::Shown;
use crate::files::Page;
use crate::html::{code, facts, list, table, text, words};
use crate::page::Content;
use crate::site::{Site, column_id};

/// The page of a table of a pipeline.
pub(crate) fn content(site: &Site<'_>, pipeline: usize, id: TableId) -> Content {
    let model = site.lineages[pipeline].pipeline;
    let own = &model[id];
    let mut html = head(own, site.pipeline_link(pipeline), &model.rows_in_words(own));
    html.push_str(&columns(own));
    html.push_str("<h2 id=\"origins\">Origins and readers</h2>\n");
    for column in own.ids() {
        html.push_str(&origins(site, pipeline, Place { table: id, column }));
    }
    let rows = site.direct(pipeline, &site.lineages[pipeline].table(id).rows);
    if !rows.is_empty() {
        html.push_str(&format!("<h2 id=\"rows\">What decides which rows there are</h2>\n<p>{rows}</p>\n"));
    }
    html.push_str(&records(site, pipeline, id));
    Content { title: own.name.clone(), trail: site.trail(Some(pipeline)), html }
}

/// The conditions by which each format says which records become rows of the raw table.
fn records(site: &Site<'_>, pipeline: usize, id: TableId) -> String {
    let model = site.lineages[pipeline].pipeline;
    let sources = model.sources.iter().enumerate();
    let rows: Vec<Vec<String>> = sources
        .filter(|(_, source)| model.raw == Some(id) && !source.only.is_empty())
        .map(|(format, source)| {
            let only: Vec<String> = source.only.iter().map(|only| words(&only.in_words(source))).collect();
            vec![site.format(pipeline, format), list("plain", &only)]
        })
        .collect();
    match rows.is_empty() {
        true => String::new(),
        false => {
            let caption = "Conditions on records; other records are skipped";
            format!(
                "<h2 id=\"records\">Records that become rows</h2>\n{}",
                table(caption, &["Format", "Conditions"], &rows)
            )
        }
    }
}

/// The page of one of the program's own tables, which belong to no pipeline.
pub(crate) fn own(site: &Site<'_>, at: usize) -> Content {
    let own = &site.own[at];
    let html = head(own, "none; it is one of the program's own".to_owned(), &[]) + &columns(own);
    Content { title: own.name.clone(), trail: site.trail(None), html }
}

impl Site<'_> {
    fn pipeline_link(&self, at: usize) -> String {
        crate::html::link(self.file(Page::Pipeline(at)), &code(&self.lineages[at].pipeline.name))
    }
}

/// The heading, the description, and facts about the whole table.
fn head(own: &Table, pipeline: String, rows: &[String]) -> String {
    let codes = |columns: &[ColumnId]| own.names(columns).map(code).collect::<Vec<_>>().join(", ");
    let rows: Vec<String> = rows.iter().map(|sentence| words(sentence)).collect();
    let indexes: Vec<String> = own.indexes.iter().map(|index| codes(index)).collect();
    let partition: Vec<ColumnId> = own.ids().filter(|id| own.is_partition(*id)).collect();
    let engines: Vec<&str> = Dialect::ALL.iter().filter(|it| it.has(own)).map(|it| product(*it)).collect();
    let format = match own.hive.format {
        Format::Parquet => "Parquet",
        Format::Textfile => "text with tabs",
    };
    let facts = facts(&[
        ("Pipeline", pipeline),
        ("Rows", list("plain", &rows)),
        ("Written by", words(own.rows.writer().in_words())),
        ("Partition", codes(&partition)),
        ("Key", codes(&own.key)),
        ("Indexes", list("plain", &indexes)),
        ("Engines", engines.join(", ")),
        ("Files in Impala", format!("{format}, in {} below the root of locations", code(&own.hive.location))),
    ]);
    format!("<h1>{}</h1>\n<p class=\"lead\">{}</p>\n{facts}", code(&own.name), words(&own.description))
}

/// The name of the product of a dialect.
pub(crate) fn product(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
        Dialect::Impala => "Impala",
    }
}

fn columns(own: &Table) -> String {
    let mut heads = vec!["Column", "Type"];
    heads.extend(Dialect::ALL.map(product));
    heads.push("Description");
    let row = |column: &Column| {
        // The program's own tables have no section for each column.
        let (id, name) = (column_id(&column.name), code(&column.name));
        let name = if column.from == Expr::Program {
            format!("<span id=\"{id}\">{name}</span>")
        } else {
            crate::html::link(&format!("#{id}"), &name)
        };
        let mut cells = vec![name, kind(column)];
        cells.extend(Dialect::ALL.map(|dialect| match dialect.has(own) {
            true => code(dialect.type_of(column)),
            false => "–".to_owned(),
        }));
        cells.push(words(&column.description));
        cells
    };
    let rows: Vec<Vec<String>> = own.columns.iter().map(row).collect();
    format!(
        "<h2 id=\"columns\">Columns</h2>\n{}",
        table("Columns, with their type in each engine", &heads, &rows)
    )
}

/// The type of a column, with the values that it can have.
fn kind(column: &Column) -> String {
    let mut remarks = Vec::new();
    remarks.extend(column.range.map(|range| range.to_string()));
    if column.may_be_absent() {
        remarks.push("may have no value".to_owned());
    }
    let remark = match remarks.is_empty() {
        true => String::new(),
        false => format!(" <span class=\"how\">{}</span>", text(&remarks.join("; "))),
    };
    format!("{}{remark}", code(column.kind.name()))
}

/// Where the values of a column come from, and what reads them.
fn origins(site: &Site<'_>, pipeline: usize, place: Place) -> String {
    let model = site.lineages[pipeline].pipeline;
    let column = &model[place.table][place.column];
    let chain = if column.from == Expr::Input {
        site.readings(pipeline, place, Shown::Open)
    } else {
        site.chain(pipeline, place)
    };
    let readers = site.read_by(pipeline, &Origin::Column(place));
    let readers = if readers.is_empty() {
        "nothing in the schema; queries and other programs may read it".to_owned()
    } else {
        readers
    };
    let facts = facts(&[
        ("Value", words(&model.origin_in_words(&model[place.table], column))),
        ("Comes from", chain),
        ("Read by", readers),
    ]);
    let (id, name) = (column_id(&column.name), code(&column.name));
    format!(
        "<section class=\"column\" id=\"{id}\">\n<h3>{name}</h3>\n<p>{}</p>\n{facts}</section>\n",
        words(&column.description)
    )
}

//! The site of `flow-oa docs`, of the project's own schema, of the schemas of the tests, and of one whose texts try to be
//! markup: it is complete, its links lead somewhere, it asks nothing of the network, and a text is never more than a
//! text. The lineage as data has what OpenLineage requires.

#![allow(clippy::expect_used, reason = "a test that panics has found something")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use flow_oa_docs::{datasets, site};
use flow_oa_schema::lineage::{Lineage, Origin, Place, Reader, Use};
use flow_oa_schema::model::{Expr, Pipeline};
use flow_oa_schema::{Files, Schema, check, ledger};
use serde_json::Value;

#[path = "docs/browser.rs"]
mod browser;
#[path = "support/golden.rs"]
mod golden;
#[path = "docs/markup.rs"]
mod markup;

use markup::Element;

type Site = BTreeMap<String, String>;

fn read(folder: &Path) -> Schema {
    check(&Files::read(folder)).unwrap_or_else(|faults| panic!("{faults}"))
}

fn folders() -> Vec<PathBuf> {
    let tests = golden::tests_folder();
    vec![
        tests.join("../schema"),
        tests.join("goldens/schemas/logins"),
        tests.join("goldens/schemas/hostile"),
        tests.join("goldens/ddl/hostile/schema"),
    ]
}

fn own() -> Schema {
    read(&folders()[0])
}

fn schemas() -> Vec<Schema> {
    folders().iter().map(|folder| read(folder)).collect()
}

/// The pages of a site, parsed. It is well-formed if that succeeds.
fn pages(site: &Site) -> BTreeMap<&str, Vec<Element>> {
    let pages = site.iter().filter(|(name, _)| name.ends_with(".html"));
    let parsed = |(name, text): (&'_ String, &'_ String)| {
        markup::parsed(text).unwrap_or_else(|fault| panic!("{name}: {fault}"))
    };
    pages.map(|page| (page.0.as_str(), parsed(page))).collect()
}

#[test]
fn every_page_is_well_formed_and_every_link_leads_somewhere() {
    for site in schemas().iter().map(site) {
        let pages = pages(&site);
        let ids = |page: &str| {
            pages[page].iter().filter_map(|element| element.get("id").map(str::to_owned)).collect::<Vec<_>>()
        };
        let known: BTreeMap<&str, Vec<String>> = pages.keys().map(|page| (*page, ids(page))).collect();
        for (page, elements) in &pages {
            let different: BTreeSet<&String> = known[page].iter().collect();
            assert_eq!(different.len(), known[page].len(), "{page} has an id twice");
            for target in elements.iter().filter_map(|element| element.get("href")) {
                let (file, id) = target.split_once('#').unwrap_or((target, ""));
                let file = if file.is_empty() { page } else { file };
                assert!(file == "data:," || site.contains_key(file), "{page}: {target}");
                assert!(id.is_empty() || known[file].iter().any(|known| known == id), "{page}: {target}");
            }
        }
    }
}

#[test]
fn nothing_is_fetched_or_run() {
    for site in schemas().iter().map(site) {
        for (page, elements) in pages(&site) {
            for element in elements {
                let name = element.name.as_str();
                assert!(
                    !["script", "iframe", "object", "embed", "img", "form", "base"].contains(&name),
                    "{page}"
                );
                for (attribute, value) in &element.attributes {
                    assert!(!attribute.starts_with("on") && attribute != "style", "{page}: {attribute}");
                    let is_address =
                        ["href", "src", "xlink:href", "action", "srcset"].contains(&attribute.as_str());
                    let is_elsewhere = value.contains("//") || value.contains(':') && value != "data:,";
                    assert!(!(is_address && is_elsewhere), "{page}: {value}");
                }
            }
        }
        let style = &site["style.css"];
        assert!(!style.contains("url(") && !style.contains("@import"), "{style}");
    }
}

#[test]
fn every_column_is_on_the_page_of_its_table_with_its_type_in_each_engine() {
    for schema in schemas() {
        let site = site(&schema);
        let own = ledger::tables();
        for table in schema.tables().chain(&own) {
            let page = page_of(&site, &table.name);
            for column in &table.columns {
                let id = format!("id=\"column-{}\"", column.name);
                assert!(page.contains(&id), "{}.{}", table.name, column.name);
            }
            assert!(page.contains("<th scope=\"col\">PostgreSQL</th>"), "{}", table.name);
        }
        for (_, text) in site.iter().filter(|(name, _)| name.ends_with(".html")) {
            assert!(text.contains(&schema.fingerprint));
        }
    }
}

/// The page whose heading is the name of a table.
fn page_of<'s>(site: &'s Site, table: &str) -> &'s str {
    let heading = format!("<h1><code>{table}</code></h1>");
    let of_tables = site.iter().filter(|(name, _)| name.starts_with("table-"));
    of_tables.map(|(_, text)| text).find(|text| text.contains(&heading)).expect("every table has a page")
}

#[test]
fn every_format_says_what_each_raw_column_is_read_from() {
    for schema in schemas() {
        let site = site(&schema);
        for pipeline in &schema.pipelines {
            let Some(raw) = pipeline.raw_table() else { continue };
            let page = page_of(&site, &raw.name);
            for column in raw.columns.iter().filter(|column| column.from == Expr::Input) {
                for source in &pipeline.sources {
                    let read = source.reads.get(&column.name).expect("every column has a reading");
                    assert!(!read.uses().is_empty() || read.in_words(source).starts_with("always "));
                    let (start, end) = (format!("id=\"column-{}\"", column.name), "</section>");
                    let section = page.split(&start).nth(1).expect("its section");
                    let section = section.split(end).next().unwrap_or_default();
                    assert!(
                        section.contains(&format!("<code>{}</code></a>", source.name)),
                        "{}",
                        source.name
                    );
                }
            }
        }
    }
}

#[test]
fn the_same_schema_makes_the_same_bytes() {
    for folder in folders() {
        assert_eq!(site(&read(&folder)), site(&read(&folder)));
        assert_eq!(datasets(&read(&folder)), datasets(&read(&folder)));
    }
}

#[test]
fn no_text_of_a_schema_is_markup() {
    let folder = tempfile::tempdir().expect("a folder");
    let hostile = "</td><script>alert(1)</script>\\\"'&<img src=x onerror=y>{{content}}`<b>`";
    for (path, text) in flow_oa_schema::export::files(&own().canonical).expect("the canonical text") {
        let place = folder.path().join(path);
        std::fs::create_dir_all(place.parent().expect("a folder")).expect("can be made");
        let mut text = text.replace("Raw network flows.", hostile).replace("Source address.", hostile);
        if place.ends_with("sources/nfdump.json") {
            text = text.replace("\"sa\"", &format!("\"{hostile}\"")).replace("nfdump -o csv,", hostile);
        }
        std::fs::write(place, text).expect("can be written");
    }
    let site = site(&read(folder.path()));
    assert!(site.values().any(|text| text.contains("&lt;/td&gt;&lt;script&gt;alert(1)")));
    assert!(site["format-flow-nfdump.html"].matches("&lt;script&gt;").count() > 2);
    for (name, elements) in pages(&site) {
        let is_own = |element: &Element| !["script", "img", "b"].contains(&element.name.as_str());
        assert!(elements.iter().all(is_own), "{name}");
    }
}

fn place(pipeline: &Pipeline, table: &str, column: &str) -> Place {
    let table = pipeline.ids().find(|id| pipeline[*id].name == table).expect("a table");
    Place { table, column: pipeline[table].find(|it| it.name == column).expect("a column") }
}

#[test]
fn a_column_is_followed_to_the_table_and_the_results_that_it_is_read_from() {
    let schema = own();
    let lineage = Lineage::of(schema.pipeline("flow").expect("the pipeline"));
    let inputs = |table: &str, column: &str| -> Vec<(String, Use)> {
        let inputs = lineage.column(place(lineage.pipeline, table, column));
        inputs.iter().map(|input| (shown(lineage.pipeline, &input.origin), input.how)).collect()
    };
    let of = |name: &str, how| (name.to_owned(), how);
    assert_eq!(inputs("flow_scores", "srcip"), [of("results.sip", Use::Identity)]);
    assert_eq!(
        inputs("flow_scores", "src_country"),
        [of("flow_scores.srcip", Use::Transformation), of("geo country", Use::Transformation)]
    );
    assert_eq!(inputs("flow_chords", "ibyt"), [of("flow.ibyt", Use::Aggregation)]);
    assert_eq!(
        inputs("flow_chords", "ip_threat"),
        [of("flow.sip", Use::Transformation), of("flow.dip", Use::Transformation)]
    );
    assert_eq!(inputs("flow", "trhour"), [of("flow.treceived", Use::Transformation)]);
    assert_eq!(inputs("flow_ingest_summary", "total"), [of("the rows of flow", Use::Aggregation)]);
    assert_eq!(inputs("flow_timeline", "ip_threat"), [of("flow_storyboard.ip_threat", Use::Identity)]);
    assert_eq!(inputs("flow_scores", "y"), [of("other", Use::Transformation)]);
}

fn shown(pipeline: &Pipeline, origin: &Origin) -> String {
    match origin {
        Origin::Column(Place { table, column }) => {
            format!("{}.{}", pipeline[*table].name, pipeline[*table][*column].name)
        }
        Origin::Rows(table) => format!("the rows of {}", pipeline[*table].name),
        Origin::Field(field) => format!("results.{}", pipeline.results.fields[field.at()]),
        Origin::Context(lookup) => format!("{} {}", lookup.source(), lookup.fact()),
        _ => "other".to_owned(),
    }
}

#[test]
fn a_column_names_what_reads_it() {
    let schema = own();
    let lineage = Lineage::of(schema.pipeline("flow").expect("the pipeline"));
    let pipeline = lineage.pipeline;
    let of = |table, column| Origin::Column(place(pipeline, table, column));
    let readers = lineage.readers(&of("flow", "sip"));
    let edge = place(pipeline, "flow_edge", "srcip");
    assert!(readers.contains(&Reader::Column(edge, Use::Identity)));
    assert!(readers.contains(&Reader::Rows(edge.table, Use::Join)));
    assert!(readers.contains(&Reader::Role("source")));
    assert!(readers.iter().any(|reader| matches!(reader, Reader::Ranking(_))));
    assert!(readers.iter().any(|reader| matches!(reader, Reader::Field(_, Use::Identity))));
    let scored = lineage.readers(&of("flow_scores", "srcip"));
    assert!(scored.contains(&Reader::Feedback("srcIP".to_owned())));
    assert!(scored.contains(&Reader::Rows(edge.table, Use::Join)));
}

#[test]
fn the_lineage_as_data_has_what_open_lineage_requires() {
    for schema in schemas() {
        let data = datasets(&schema);
        let all = data.as_array().expect("a list");
        let fields: BTreeSet<[String; 3]> = all.iter().flat_map(fields_of).collect();
        let names: BTreeSet<_> = all.iter().map(|it| (text(it, "namespace"), text(it, "name"))).collect();
        assert_eq!(names.len(), all.len(), "two datasets have one name");
        for dataset in all {
            let facets = dataset["facets"].as_object().expect("facets");
            for facet in facets.values() {
                assert!(
                    text(facet, "_producer").contains(':')
                        && text(facet, "_schemaURL").starts_with("https://")
                );
            }
            assert!(facets.contains_key("schema") && facets.contains_key("documentation"));
            let Some(lineage) = facets.get("columnLineage") else { continue };
            let own: BTreeSet<String> = fields_of(dataset).into_iter().map(|[_, _, field]| field).collect();
            let columns = lineage["fields"].as_object().expect("fields");
            assert!(columns.keys().all(|column| own.contains(column)));
            let inputs =
                columns.values().flat_map(|column| column["inputFields"].as_array().expect("a list"));
            for input in inputs.chain(lineage["dataset"].as_array().expect("a list")) {
                let key = ["namespace", "name", "field"].map(|key| text(input, key));
                assert!(fields.contains(&key), "{key:?} is no field of a dataset");
                for transformation in input["transformations"].as_array().expect("a list") {
                    let kind = text(transformation, "type");
                    let allowed: &[&str] = match kind.as_str() {
                        "DIRECT" => &["IDENTITY", "TRANSFORMATION", "AGGREGATION"],
                        "INDIRECT" => &["JOIN", "GROUP_BY", "FILTER", "SORT", "WINDOW", "CONDITIONAL"],
                        other => panic!("{other}"),
                    };
                    assert!(allowed.contains(&text(transformation, "subtype").as_str()));
                    assert!(transformation["masking"].is_boolean());
                }
            }
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_else(|| panic!("{key} is no text in {value}")).to_owned()
}

fn fields_of(dataset: &Value) -> Vec<[String; 3]> {
    let fields = dataset["facets"]["schema"]["fields"].as_array().expect("a list");
    let of = |field: &Value| [text(dataset, "namespace"), text(dataset, "name"), text(field, "name")];
    fields.iter().map(of).collect()
}

#[test]
fn no_two_boxes_of_a_picture_overlap() {
    for site in schemas().iter().map(site) {
        for (page, elements) in pages(&site).into_iter().filter(|(page, _)| page.starts_with("pipeline-")) {
            let boxes: Vec<[f64; 4]> = elements
                .iter()
                .filter(|element| element.name == "rect" && element.get("class").is_none())
                .map(|element| ["x", "y", "width", "height"].map(|name| number(element, name)))
                .collect();
            assert!(boxes.len() > 2, "{page}");
            for (at, [x, y, width, height]) in boxes.iter().enumerate() {
                for [left, top, wide, high] in &boxes[at + 1..] {
                    let is_beside = x + width < *left || left + wide < *x;
                    assert!(is_beside || y + height < *top || top + high < *y, "{page}");
                }
            }
        }
    }
}

fn number(element: &Element, name: &str) -> f64 {
    element.get(name).and_then(|value| value.parse().ok()).expect("a number")
}

#[test]
fn rows_and_readings_are_told_in_words() {
    let schema = own();
    let flow = schema.pipeline("flow").expect("the pipeline");
    let rows = |table: &str| flow.rows_in_words(flow.table(table).expect("a table"));
    assert_eq!(
        rows("flow_edge"),
        [
            "The rows of `flow` that match a row of `flow_scores`: `treceived` is in the same minute as `tstart` and `sip` \
          equals `srcip` and `dip` equals `dstip`, or the other way round."
        ]
    );
    assert_eq!(
        rows("flow_pair"),
        [
            "All rows of `flow`, added up as they are ingested.",
            "Rows with the same `sip` and `dip` are one row."
        ]
    );
    let read = |format: &str, column: &str| {
        let source = flow.sources.iter().find(|source| source.name == format).expect("a format");
        source.reads[column].in_words(source)
    };
    assert_eq!(read("zeek_conn", "tdur"), "`duration`; default `0`");
    assert_eq!(read("zeek_conn", "fwd"), "always `0`");
    assert_eq!(read("nfdump", "treceived"), "`tr` if it fits the times `ts` and `te`, else `te`");
    assert_eq!(read("azure_nsg", "proto"), "`protocol`, with `T` as `TCP` and `U` as `UDP`");
}

#[test]
fn a_hash_masks_what_it_is_made_of() {
    let data = datasets(&read(&folders()[1]));
    let scores = data.as_array().expect("a list").iter().find(|it| it["name"] == "login_score");
    let fields = &scores.expect("the table")["facets"]["columnLineage"]["fields"];
    let masking = |column: &str| fields[column]["inputFields"][0]["transformations"][0]["masking"].clone();
    assert_eq!((masking("digest"), masking("client")), (true.into(), false.into()));
}

#[test]
fn chromium_shows_the_pages_without_scripts_or_network() {
    let Some(browser) = browser::Browser::new() else { return };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("docs");
    let _ = std::fs::remove_dir_all(&out);
    std::fs::create_dir_all(&out).expect("can be made");
    for (name, text) in site(&own()) {
        std::fs::write(out.join(name), text).expect("can be written");
    }
    for (page, heading) in [
        ("index.html", "Data dictionary"),
        ("pipeline-flow.html", "flow_threat_investigation"),
        ("table-flow_scores.html", "src_geoloc"),
    ] {
        let shown = browser.opens(&out.join(page));
        assert!(shown.contains(heading), "{page}");
        let picture = browser.photographs(&out.join(page));
        assert!(picture > 20_000, "{page}: the picture has {picture} bytes");
    }
}

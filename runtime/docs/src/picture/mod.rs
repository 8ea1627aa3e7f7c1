//! The picture of a pipeline: raw formats, the raw table, the results file, and tables, with an arrow from each to what
//! reads it. The arrows are those of the lineage.

mod layout;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use flow_oa_schema::lineage::{Input, Lineage, Origin, Place};
use flow_oa_schema::model::TableId;
use flow_oa_schema::rows::{Rows, Which, Writer};

use crate::files::Page;
use crate::html::text;
use crate::site::Site;
use layout::{Layout, Point, Size, layout};

/// Something with a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Node {
    Formats,
    Results,
    Table(TableId),
}

/// The columns of the picture, from left to right, and their headings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Formats,
    Raw,
    Results,
    Scores,
    Derived,
    Analysts,
    Subjects,
}

impl Stage {
    const ALL: [Self; 7] = [
        Self::Formats,
        Self::Raw,
        Self::Results,
        Self::Scores,
        Self::Derived,
        Self::Analysts,
        Self::Subjects,
    ];

    fn heading(self) -> &'static str {
        match self {
            Self::Formats => "Raw formats",
            Self::Raw => "Raw rows",
            Self::Results => "Results file",
            Self::Scores => "Scores",
            Self::Derived => "Derived",
            Self::Analysts => "Analysts",
            Self::Subjects => "About subjects",
        }
    }

    fn of(rows: &Rows) -> Self {
        match rows {
            Rows::Ingest => Self::Raw,
            Rows::Results => Self::Scores,
            Rows::Select(select) => match select.which {
                Which::Day | Which::Rollup | Which::Results(_) | Which::Hubs(_) => Self::Derived,
                Which::Subjects(_) => Self::Subjects,
            },
            Rows::Judged(_) | Rows::Comments | Rows::Program => Self::Analysts,
        }
    }
}

/// What an arrow stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Arrow {
    /// Only which rows there are.
    Rows,
    /// Values.
    Values,
}

/// A box: its lines of text, each with the page that it opens.
struct Drawn {
    node: Node,
    stage: Stage,
    class: &'static str,
    lines: Vec<(String, String)>,
}

/// The width of a letter of the monospaced font, and the heights of a line and of the space around lines.
const LETTER: f64 = 7.9;
const LINE: f64 = 20.0;
const AROUND: f64 = 12.0;
/// The space around the picture, and above it for headings.
const MARGIN: f64 = 12.0;
const HEADING: f64 = 30.0;

/// The picture as a figure, with a description of all arrows for readers who do not see it.
pub(crate) fn figure(site: &Site<'_>, pipeline: usize) -> String {
    let lineage = &site.lineages[pipeline];
    let drawn = boxes(site, pipeline);
    let arrows = arrows(lineage, &drawn);
    let used: Vec<Stage> =
        Stage::ALL.into_iter().filter(|stage| drawn.iter().any(|drawn| drawn.stage == *stage)).collect();
    let sizes: Vec<Size> = drawn.iter().map(|drawn| size(drawn, &used)).collect();
    let ends: Vec<(usize, usize)> = arrows.keys().copied().collect();
    let placed = layout(&sizes, &ends);
    let mut svg = opened(&lineage.pipeline.name, &placed, &said(&drawn, &arrows));
    for (stage, (x, _)) in used.iter().zip(&placed.columns) {
        let _ = writeln!(svg, "<text class=\"stage\" x=\"{x:.1}\" y=\"-14\">{}</text>", stage.heading());
    }
    for (points, kind) in placed.arrows.iter().zip(arrows.values()) {
        svg.push_str(&line(points, *kind));
    }
    for ((drawn, size), corner) in drawn.iter().zip(&sizes).zip(&placed.boxes) {
        svg.push_str(&boxed(drawn, *size, (corner.x, corner.y)));
    }
    format!(
        "<figure class=\"picture\">\n<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Picture of the pipeline\">\n\
         {svg}</svg>\n</div>\n<figcaption>{LEGEND}</figcaption>\n</figure>\n"
    )
}

/// What colors and lines mean.
const LEGEND: &str = "<span class=\"key writer ingest\">written by <code>flow-oa ingest</code></span> \
     <span class=\"key writer run\">by <code>flow-oa run</code></span> \
     <span class=\"key writer analysts\">by analysts</span> <span class=\"key values\">gives values</span> \
     <span class=\"key rows\">decides which rows there are</span>";

fn boxes(site: &Site<'_>, pipeline: usize) -> Vec<Drawn> {
    let model = site.lineages[pipeline].pipeline;
    let mut drawn = Vec::new();
    let formats: Vec<(String, String)> = model
        .sources
        .iter()
        .enumerate()
        .map(|(at, source)| (source.name.clone(), site.file(Page::Format(pipeline, at)).to_owned()))
        .collect();
    if !formats.is_empty() {
        drawn.push(Drawn { node: Node::Formats, stage: Stage::Formats, class: "formats", lines: formats });
    }
    let results = vec![("results".to_owned(), "#results".to_owned())];
    drawn.push(Drawn { node: Node::Results, stage: Stage::Results, class: "results", lines: results });
    for id in model.ids() {
        let rows = &model[id].rows;
        let class = match rows.writer() {
            Writer::Ingest => "ingest",
            Writer::Run => "run",
            Writer::Analyst | Writer::Program => "analysts",
        };
        let lines = vec![(model[id].name.clone(), site.file(Page::Table(pipeline, id)).to_owned())];
        drawn.push(Drawn { node: Node::Table(id), stage: Stage::of(rows), class, lines });
    }
    drawn
}

fn size(drawn: &Drawn, used: &[Stage]) -> Size {
    let column = used.iter().position(|stage| *stage == drawn.stage).unwrap_or_default();
    let letters = drawn.lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let width = letters as f64 * LETTER + 2.0 * AROUND;
    Size { column, width, height: drawn.lines.len() as f64 * LINE + AROUND }
}

/// The arrows between boxes, by their positions. Arrows within a column are left out: their boxes are read from the
/// same place.
fn arrows(lineage: &Lineage<'_>, drawn: &[Drawn]) -> BTreeMap<(usize, usize), Arrow> {
    let mut found = BTreeMap::new();
    for (to, target) in drawn.iter().enumerate() {
        for input in inputs(lineage, target.node) {
            let from = drawn.iter().position(|drawn| Some(drawn.node) == node_of(&input.origin));
            if let Some(from) = from.filter(|from| drawn[*from].stage < target.stage) {
                let kind = if input.how.is_direct() { Arrow::Values } else { Arrow::Rows };
                let known = found.entry((from, to)).or_insert(kind);
                *known = kind.max(*known);
            }
        }
    }
    found
}

/// Everything that a box reads.
fn inputs<'l>(lineage: &'l Lineage<'_>, node: Node) -> Vec<&'l Input> {
    match node {
        Node::Formats => Vec::new(),
        Node::Results => {
            let fields = lineage.pipeline.results.ids().flat_map(|field| lineage.field(field));
            fields.chain(lineage.list()).collect()
        }
        Node::Table(id) => {
            let table = lineage.table(id);
            table.columns.iter().flatten().chain(&table.rows).collect()
        }
    }
}

/// The box of a place.
fn node_of(origin: &Origin) -> Option<Node> {
    match origin {
        Origin::Column(Place { table, .. }) | Origin::Rows(table) => Some(Node::Table(*table)),
        Origin::Field(_) | Origin::Position => Some(Node::Results),
        Origin::Raw { .. } => Some(Node::Formats),
        Origin::Context(_) | Origin::Run | Origin::Constant => None,
        Origin::Analyst | Origin::Clock | Origin::Program => None,
    }
}

/// The arrows in words.
fn said(drawn: &[Drawn], arrows: &BTreeMap<(usize, usize), Arrow>) -> String {
    let name = |at: usize| match drawn[at].node {
        Node::Formats => "raw formats",
        Node::Results => "the results file",
        Node::Table(_) => drawn[at].lines.first().map_or("", |(name, _)| name.as_str()),
    };
    let read = arrows.keys().map(|(from, to)| format!("{} reads {}", name(*to), name(*from)));
    let mut read = read.collect::<Vec<_>>().join("; ");
    read.push('.');
    read
}

fn opened(pipeline: &str, placed: &Layout, said: &str) -> String {
    let (width, height) = (placed.width + 2.0 * MARGIN, placed.height + HEADING + 2.0 * MARGIN);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"group\" aria-labelledby=\"picture-title picture-text\" \
         viewBox=\"{:.1} {:.1} {width:.1} {height:.1}\" width=\"{width:.0}\" height=\"{height:.0}\">\n\
         <title id=\"picture-title\">The pipeline {}</title>\n<desc id=\"picture-text\">{}</desc>\n\
         <defs>\n{}{}</defs>\n",
        -MARGIN,
        -MARGIN - HEADING,
        text(pipeline),
        text(said),
        marker("values"),
        marker("rows"),
    )
}

/// The head of an arrow.
fn marker(class: &str) -> String {
    format!(
        "<marker id=\"head-{class}\" class=\"{class}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" \
         markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\"/></marker>\n"
    )
}

/// An arrow: straight within a column, and a curve between two columns.
fn line(points: &[Point], kind: Arrow) -> String {
    let class = match kind {
        Arrow::Rows => "rows",
        Arrow::Values => "values",
    };
    let mut path = String::new();
    for (at, (x, y)) in points.iter().enumerate() {
        let _ = match at {
            0 => write!(path, "M{x:.1} {y:.1}"),
            _ if at % 2 == 1 => write!(path, "H{x:.1}"),
            _ => {
                let (from, start) = points[at - 1];
                let middle = (from + x) / 2.0;
                write!(path, "C{middle:.1} {start:.1} {middle:.1} {y:.1} {x:.1} {y:.1}")
            }
        };
    }
    format!("<path class=\"arrow {class}\" d=\"{path}\" marker-end=\"url(#head-{class})\"/>\n")
}

/// A box at a place, with a link for each line.
fn boxed(drawn: &Drawn, size: Size, (x, y): Point) -> String {
    let mut svg = format!("<g class=\"box {}\">\n", drawn.class);
    let _ = writeln!(
        svg,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\" rx=\"6\"/>",
        size.width, size.height
    );
    for (at, (name, file)) in drawn.lines.iter().enumerate() {
        let top = y + AROUND / 2.0 + at as f64 * LINE;
        let _ = writeln!(
            svg,
            "<a href=\"{}\"><rect class=\"target\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{LINE}\" rx=\"4\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\">{}</text></a>",
            text(file),
            x + AROUND / 2.0,
            size.width - AROUND,
            x + AROUND,
            top + LINE - 6.0,
            text(name)
        );
    }
    svg.push_str("</g>\n");
    svg
}

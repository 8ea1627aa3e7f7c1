//! The notebook of a day: frames and charts are compared with the rows of the database, and the cell that resets is
//! run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::stage::{Played, Stage};

const NOTEBOOK: &str = "Advanced_Mode";

/// The contents of the charts in the output of cells, by the source of the cell.
const CHARTS: &str = r#"
import json
print(json.dumps({In[at]: content(it) for at, it in Out.items() if type(it).__name__ == "Figure"}))
"#;

/// What an analyst sees when scoring a connection again: the preview, and after confirmation the changes. The scores
/// are then as before.
const SCORES_AGAIN: &str = r#"
import json
def severities():
    return [int(oa.threats().set_index("rank")["score"].get(rank, 0)) for rank in (0,)]
first, shown = severities(), []
try:
    oa.score("low", rank=0)
except oa.Unconfirmed as error:
    shown = [[it["from"], it["to"], it["connections"]] for it in error.preview["changes"]]
oa.score("low", rank=0, yes=True)
steps = first + severities()
oa.unscore(rank=0, yes=True)
steps += severities()
oa.score("high", rank=0)
again = severities()
oa.score("low", rank=0, yes=True)
again += severities()
oa.score("high", rank=0, yes=True)
print(json.dumps([shown, steps, again]))
"#;

/// Runs all cells and checks every chart.
pub(crate) fn shows_the_day(stage: &Stage) {
    let played = stage.plays(NOTEBOOK, &[CHARTS]);
    let scores = stage.site.count("flow_scores");
    let said = played.cell("import flow_oa")["stdout"].as_str().unwrap();
    assert_eq!(said, format!("{scores} connections of {} wait for an opinion\n", stage.day));
    assert_eq!(played.rows("import flow_oa"), scores.min(20));
    frames(stage, &played);
    let charts = Charts(&played);
    summary(stage, &charts.of("plot_summary"));
    let points = &charts.of("plot_scores")["points"];
    assert_eq!(points, &serde_json::json!([scores]));
    ports(stage, &charts.of("plot_ports"));
    countries(stage, &charts.of("plot_countries"));
    chords(stage, &charts.of("plot_chords"));
    map(stage, &charts.of("plot_map"));
}

fn frames(stage: &Stage, played: &Played) {
    let columns =
        crate::site::MODEL.tables().find(|table| table.name == "flow_scores").unwrap().columns.len();
    assert_eq!(played.rows("oa.describe"), columns);
    let internal = |text: &str| matches!(text, "1" | "t" | "true");
    let outward = stage.site.rows("SELECT srcip_internal, destip_internal FROM flow_scores").into_iter();
    let outward = outward
        .filter(|outward| outward.split_once('|').is_some_and(|(from, to)| internal(from) && !internal(to)));
    let said = played.cell("outward = ")["stdout"].as_str().unwrap();
    assert_eq!(said, format!("{} go from inside to outside\n", outward.count()));
    let pairs = stage.site.rows("SELECT DISTINCT srcip, dstip FROM flow_scores").len();
    assert_eq!(played.rows("pairs = "), pairs.min(10));
    let low = stage.site.count("flow_scores WHERE proto = 'TCP' AND dport < 1024");
    assert_eq!(played.rows("--filter"), low.min(10));
    let polars = played.cell("polars")["stdout"].as_str().unwrap();
    for row in stage.site.rows("SELECT proto, count(*) FROM flow_scores GROUP BY proto") {
        let (proto, number) = row.split_once('|').unwrap();
        assert!(polars.lines().any(|line| line.contains(proto) && line.contains(number)), "{row}: {polars}");
    }
    let edges = "flow_edge e, flow_scores s WHERE s.rank = 0 AND substr(e.tstart, 1, 16) = substr(s.tstart, 1, 16) AND \
        ((e.srcip = s.srcip AND e.dstip = s.dstip) OR (e.srcip = s.dstip AND e.dstip = s.srcip))";
    let edges = stage.site.count(edges);
    assert!(edges > 0);
    // pandas shows the first and the last rows of a long frame, separated by a row of dots.
    assert_eq!(played.rows("oa.details"), if edges > 60 { 11 } else { edges });
}

/// The charts of the played notebook.
struct Charts<'a>(&'a Played);

impl Charts<'_> {
    /// The contents of the chart that a cell showed; its picture must not be blank.
    fn of(&self, call: &str) -> Value {
        let by_source = self.0.probes[0].as_object().unwrap();
        let (source, content) = by_source.iter().find(|(source, _)| source.contains(call)).unwrap();
        let pictures = self.0.cell(source)["pictures"].as_array().unwrap();
        let [picture] = pictures.as_slice() else { panic!("{source}: {pictures:?}") };
        assert!(picture["inked"].as_f64().unwrap() > 0.01, "{picture}");
        assert!(picture["width"].as_u64().unwrap() > 300, "{picture}");
        content.clone()
    }
}

fn numbers(chart: &Value, key: &str) -> Vec<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bars of whole numbers")]
    chart[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap().round() as u64).collect()
}

/// One bar per quarter of an hour.
fn summary(stage: &Stage, chart: &Value) {
    let mut bars = vec![0; 96];
    for row in stage.site.rows("SELECT tdate, total FROM flow_ingest_summary") {
        let (minute, total) = row.split_once('|').unwrap();
        let [hour, minute] = [11..13, 14..16].map(|range| minute[range].parse::<usize>().unwrap());
        bars[(hour * 60 + minute) / 15] += total.parse::<u64>().unwrap();
    }
    assert_eq!(numbers(chart, "heights"), bars);
    assert!(bars.iter().sum::<u64>() > 4000);
}

/// The counts of each value, in descending order, at most ten.
fn top(values: impl Iterator<Item = String>) -> Vec<u64> {
    let mut counted = BTreeMap::new();
    values.for_each(|value| *counted.entry(value).or_default() += 1);
    let mut counts: Vec<u64> = counted.into_values().collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    counts.truncate(10);
    counts
}

fn ports(stage: &Stage, chart: &Value) {
    let ports = stage.site.rows("SELECT proto, dport FROM flow_scores");
    assert_eq!(numbers(chart, "widths"), top(ports.into_iter()));
}

fn countries(stage: &Stage, chart: &Value) {
    let ends =
        stage.site.rows("SELECT src_country FROM flow_scores UNION ALL SELECT dst_country FROM flow_scores");
    let wanted = top(ends.into_iter().filter(|end| !matches!(end.as_str(), "" | "-" | "NULL")));
    assert!(!wanted.is_empty());
    assert_eq!(numbers(chart, "widths"), wanted);
}

/// An arc for each address, as long as its bytes, and a ribbon for each direction.
fn chords(stage: &Stage, chart: &Value) {
    let address = chart["title"].as_str().unwrap().split_once(": ").unwrap().0;
    let rows = stage.site.rows(&format!(
        "SELECT srcip, dstip, ibyt FROM flow_chords WHERE ip_threat = '{address}' AND ibyt > 0"
    ));
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split('|').collect()).collect();
    let ends: BTreeSet<&str> = rows.iter().flat_map(|row| [row[0], row[1]]).collect();
    assert!(ends.len() > 2, "{address}: {rows:?}");
    assert_eq!(chart["ribbons"], rows.len());
    let arcs: Vec<f64> = chart["arcs"].as_array().unwrap().iter().map(|it| it.as_f64().unwrap()).collect();
    assert_eq!(arcs.len(), ends.len());
    let named: BTreeSet<&str> =
        chart["texts"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert_eq!(named, ends);
    // Every byte counts at both ends, so the arc of the address is half of all if it is an end of every connection.
    let arc = arcs[0] / arcs.iter().sum::<f64>();
    assert!((arc - 0.5).abs() < 1e-6, "{arc}");
}

/// A point for each address with a known location.
fn map(stage: &Stage, chart: &Value) {
    let address = chart["title"].as_str().or_else(|| chart["texts"][0].as_str()).unwrap();
    let address = address.split_once(": ").unwrap().0.to_owned();
    let globe = stage.site.json(&["query", "globe", &address, "-d", stage.day, "--limit", "0"]);
    let at =
        globe["columns"].as_array().unwrap().iter().position(|column| column["name"] == "latitude").unwrap();
    let known = globe["rows"].as_array().unwrap().iter().filter(|row| !row[at].is_null()).count();
    assert!(known > 0 && chart["land"].as_u64() > Some(50), "{chart}");
    assert_eq!(numbers(chart, "points").iter().sum::<u64>(), known as u64);
}

/// The cell does nothing as delivered. Without its `#` it shows what it would delete. With confirmation it deletes
/// the scores and comments of this day only.
pub(crate) fn resets_the_day_and_no_other(stage: &Stage) {
    let site = &stage.site;
    let score = |rank: &str| site.does(&["score", "-d", stage.day, "--rank", rank, "--severity", "high"]);
    score("0");
    score("5");
    let analysts = ["flow_threat_investigation", "flow_storyboard", "flow_timeline"];
    let counts = || analysts.map(|analyst| site.count(analyst));
    assert!(counts().iter().all(|counts| *counts > 0), "{:?}", counts());
    let columns = "tstart, srcip, dstip, srcport, dstport, score, proto, rank, note, y, m, d";
    site.database.note(
        analysts[0],
        columns,
        "'2016-07-09 10:00:00', '10.9.9.9', '10.9.9.8', 0, 0, 1, 'TCP', 0, '', 2016, 7, 9",
    );
    let before = counts();
    stage.plays(NOTEBOOK, &[]);
    assert_eq!(counts(), before);
    let cell = stage.cell(NOTEBOOK, "reset_scored_connections");
    let uncommented = cell.replacen("# ", "", 1);
    assert_ne!(cell, uncommented);
    let source = format!(
        "try:\n    {uncommented}\n    shown = None\nexcept oa.Unconfirmed as error:\n    shown = error.preview\n\
         import json\nprint(json.dumps([shown, len(oa.threats())]))"
    );
    let played = stage.plays(NOTEBOOK, &[&source, SCORES_AGAIN]);
    assert_eq!(played.probes[0][0]["tables"].as_array().map(Vec::len), Some(3), "{}", played.probes[0]);
    assert_eq!((&played.probes[0][1], counts()), (&2.into(), before));
    assert_eq!(played.probes[1], serde_json::json!([[["high", "low", 1]], [1, 3, 0], [1, 3]]));
    let with_yes = uncommented.replacen("()", "(yes=True)", 1);
    assert_ne!(uncommented, with_yes);
    let source = format!(
        "import json\nbackup = {with_yes}\nprint(json.dumps([backup, len(oa.threats()), len(oa.suspicious())]))"
    );
    let played = stage.plays(NOTEBOOK, &[&source]);
    let [backup, threats, suspicious] = played.probes[0].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((threats, suspicious), (&0.into(), &site.count("flow_scores").into()));
    assert_eq!(counts(), [1, 0, 0]);
    site.does(&["restore", backup.as_str().unwrap()]);
    assert_eq!(counts(), before);
}

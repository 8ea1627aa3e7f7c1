//! The notebook of a day: frames and charts are compared with the rows of the database, and the cell that resets is
//! run.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::charts::{CHARTS, Charts, numbers, summary, top};
use crate::stage::{Played, Stage};

const NOTEBOOK: &str = "Advanced_Mode";

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
    assert_eq!(said, format!("{scores} connections of {} are not scored yet\n", stage.day));
    assert_eq!(played.rows("import flow_oa"), scores.min(20));
    frames(stage, &played);
    let charts = Charts(&played);
    assert!(summary(stage, "flow_ingest_summary", &charts) > 4000);
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
    let arcs: Vec<f64> = chart["arcs"].as_array().unwrap().iter().map(|arc| arc.as_f64().unwrap()).collect();
    assert_eq!(arcs.len(), ends.len());
    let named: BTreeSet<&str> =
        chart["texts"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
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

//! A complete run with all files on a real HDFS.

use crate::hdfs::{address, folder, put, text};
use crate::home::{DAY, Home, at, flow, result, results_of};

#[test]
fn spots_layout_works_by_configuration_alone() {
    let Some(http) = address() else { return };
    let user = folder("spot");
    put(
        &http,
        &format!("{user}/{}", results_of(DAY)),
        &result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"),
    );
    put(&http, &format!("{user}/ipranges.csv"), "10.0.0.0/8,Own\n");
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    let settings = serde_json::json!({
        "results_root": format!("hdfs://namenode{user}"),
        "context": {"ranges": format!("hdfs://namenode:8020{user}/ipranges.csv")},
        "hdfs": {"user": "hdfs", "namenodes": {"namenode:8020": [format!("http://{http}")]}}
    });
    home.write("flow_oa.json", settings.to_string());
    let done = home.json(&["run", "-d", DAY]);
    let place = format!("hdfs://namenode{user}/{}", results_of(DAY));
    assert_eq!((done["results"].as_str(), done["stored"].as_u64()), (Some(place.as_str()), Some(1)));
    assert_eq!(home.value("SELECT srcip_internal FROM flow_scores"), "1");
    home.does(&["score", "-d", DAY, "--rank", "0", "-s", "low", "--by", "ann"])
        .says(&["hdfs://namenode", "ml_feedback.csv"]);
    let feedback = text(&http, &format!("{user}/flow/scored_results/{DAY}/feedback/ml_feedback.csv"));
    let lines: Vec<&str> = feedback.lines().collect();
    assert_eq!((lines.len(), lines[1].split('\t').next()), (2, Some("3")), "{feedback}");
    let range = home.run(&["run", "--from-date", DAY, "--to-date", "20160709"]).ends_with(66);
    assert!(range.out.contains("0 run, 1 unchanged, 1 without results"), "{}", range.out);
    home.run(&["run", "-d", "20160709"])
        .ends_with(66)
        .complains(&["hdfs://namenode", "FileNotFoundException"]);
    home.run(&["rank", "-d", DAY]).ends_with(73).complains(&["hdfs://namenode", "--replace"]);
    let mut other = home.command(&["rank", "-d", DAY, "--replace"]);
    let denied = crate::home::Outcome::of(other.env("HADOOP_USER_NAME", "nobody")).ends_with(73);
    denied.complains(&["writing hdfs://namenode", "Permission denied", "HADOOP_USER_NAME"]);
    let ranked = home.json(&["rank", "-d", DAY, "--replace"]);
    assert_eq!(ranked["results"].as_str(), Some(place.as_str()), "rank writes where run reads");
    assert_eq!(home.json(&["run", "-d", DAY])["stored"], 1);
}

//! What the schema expects of a column is counted alike in every database, by an ingest and by a run, and the history
//! has the counts.

use crate::home::{DAY, at, flow, result};
use crate::site::Site;

on_every_engine! {
    rows_that_are_not_as_expected_are_counted,
}

fn rows_that_are_not_as_expected_are_counted(site: &Site) {
    let good = flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100);
    let bad = good.replace(",TCP,", ",,");
    site.home.write("flows.csv", crate::home::spot(&[good.clone(), bad.clone(), good, bad]));
    let ingested = site.json(&["ingest", "flows.csv"])[0].clone();
    let expected = serde_json::json!([{
        "table": "flow", "column": "proto", "rule": "not empty", "or": "warn",
        "checked": 4, "violated": 2, "met": false, "example": null, "at": "flows.csv:3",
    }]);
    assert_eq!(ingested["expectations"], expected);
    let warning = "flow.proto: expected not empty; 2 of 4 rows are empty, such as the one at flows.csv:3";
    assert_eq!(ingested["warnings"], serde_json::json!([warning]));

    let good = result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.25");
    site.has_results(&[good.clone(), good.replace("\tTCP\t", "\t\t"), good]);
    let ran = site.json(&["run", "-d", DAY]);
    let counts = |of: &serde_json::Value| ["checked", "violated"].map(|key| of[key].as_u64().unwrap());
    assert_eq!(counts(&ran["expectations"][0]), [3, 1], "{ran}");
    let warnings = ran["warnings"].to_string();
    assert!(warnings.contains("flow_scores.proto: expected not empty; 1 of 3 rows is empty"), "{warnings}");

    let rows =
        "SELECT name, column_name, rule, checked, violated, outcome FROM flow_oa_expectation ORDER BY name";
    assert_eq!(
        site.rows(rows),
        ["flow|proto|not empty|4|2|warned", "flow_scores|proto|not empty|3|1|warned"]
    );
    let history = site.json(&["history"]);
    let outcomes = history["entries"].as_array().unwrap().iter().map(|entry| {
        let of = &entry["expectations"][0];
        (of["table"].as_str().unwrap(), counts(of), of["outcome"].as_str().unwrap())
    });
    let found: Vec<_> = outcomes.collect();
    assert_eq!(found, [("flow_scores", [3, 1], "warned"), ("flow", [4, 2], "warned")]);
}

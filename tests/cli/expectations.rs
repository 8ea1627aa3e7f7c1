//! What the schema expects of columns: warnings, `flow-oa history`, metrics, and the dry run. The tests of the second
//! pipeline show what stops a command.

use crate::home::{DAY, Home, at, flow, result, spot};

/// A home with a file of three flows, two of which have no protocol.
fn home() -> Home {
    let home = Home::new();
    let good = flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100);
    let bad = good.replace(",TCP,", ",,");
    home.write("flows.csv", spot(&[good, bad.clone(), bad]));
    home
}

const WARNING: &str = "flow.proto: expected not empty; 2 of 3 rows are empty, such as the one at flows.csv:3";

#[test]
fn what_is_not_met_is_a_warning_and_stays_in_the_history() {
    let home = home();
    home.does(&["ingest", "flows.csv"]).complains(&[WARNING]);
    home.write("good.csv", spot(&[flow("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", 1)]));
    let good = home.json(&["ingest", "good.csv"]);
    assert_eq!(
        (good[0]["warnings"].as_array().unwrap().len(), good[0]["expectations"][0]["met"].as_bool()),
        (0, Some(true))
    );
    let shown = home.does(&["history"]);
    let words = "ingest 1 warned: flow.proto: expected not empty; 2 of 3 rows are not so";
    assert_eq!(shown.says(&[words]).out.matches("expected").count(), 1, "what is met is not listed");
}

#[test]
fn metrics_have_the_counts_of_all_files_together() {
    let home = home();
    home.write("good.csv", spot(&[flow("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", 1)]));
    home.does(&["ingest", "flows.csv", "good.csv", "--metrics", "ingest.prom"]);
    let metrics = home.read("ingest.prom");
    let labels = r#"{pipeline="flow",table="flow",column="proto",rule="not empty",or="warn"}"#;
    for (name, value) in [("rows", 4), ("violations", 2), ("met", 0)] {
        let sample = format!("flow_oa_ingest_expectation_{name}{labels} {value}\n");
        assert_eq!(metrics.matches(&sample).count(), 1, "{sample}{metrics}");
    }
}

#[test]
fn a_dry_run_counts_and_leaves_no_trace() {
    let home = home();
    let good = result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.25");
    home.has_results(&[good.replace("\tTCP\t", "\t\t"), good]);
    let dry = home.json(&["run", "-d", DAY, "--dry-run"]);
    let counts = ["checked", "violated"].map(|key| dry["expectations"][0][key].as_u64());
    assert_eq!(counts, [Some(2), Some(1)], "{dry}");
    assert_eq!(home.count("flow_oa_expectation"), 0);
}

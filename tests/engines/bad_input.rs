//! Unusable input changes nothing, and the exit code reports it.

use crate::home::{DAY, at, flow, result};
use crate::site::Site;

on_every_engine! {
    a_run_on_bad_input_changes_nothing,
    an_ingest_of_bad_input_changes_nothing,
    records_that_may_be_left_out_are,
    a_database_without_tables_is_refused,
}

fn has_a_day(site: &Site) {
    site.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100)]);
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.25")]);
    site.runs_day();
}

fn a_run_on_bad_input_changes_nothing(site: &Site) {
    has_a_day(site);
    let before = site.everything();
    let good = result(&at("10:00:00"), "10.0.0.1", "10.0.0.3", "0.5");
    site.home.write("bad.csv", format!("{good}\n{}\n", good.replace("10.0.0.3", "10.0.0.333")));
    let cases: [(&[&str], i32); 6] = [
        (&["-d", DAY, "--results", "bad.csv"], 65),
        (&["-d", DAY, "--results", "none.csv"], 66),
        (&["-d", "20160710"], 66),
        (&["-d", "20160230"], 2),
        (&["-d", DAY, "-l", "0"], 2),
        (&["-d", DAY, "--settings", "none.json"], 78),
    ];
    for (arguments, code) in cases {
        site.run(&[&["run"], arguments].concat()).ends_with(code);
        assert_eq!(site.everything(), before, "{arguments:?}");
    }
    site.home.write("context/ipranges.csv", "10.0.0.9,10.0.0.1,backwards\n");
    site.run(&["run", "-d", DAY]).ends_with(65);
    assert_eq!(site.everything(), before);
}

fn an_ingest_of_bad_input_changes_nothing(site: &Site) {
    has_a_day(site);
    let before = site.everything();
    // Good flows of a new day come first: their stored rows must be removed again.
    let mut lines: Vec<String> =
        (0..5000).map(|bytes| flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", bytes)).collect();
    lines.extend((0..5000).map(|bytes| flow("2016-07-11 11:00:00", "10.0.0.1", "10.0.0.2", bytes)));
    lines.push(lines[0].replace("10.0.0.1", "10.0.0.256"));
    site.home.write("bad.csv", crate::home::spot(&lines));
    site.home.write("other.csv", "a,b,c\n1,2,3\n");
    for (arguments, code) in [
        (&["bad.csv"][..], 65),
        (&["other.csv"], 65),
        (&["none.csv"], 66),
        (&["flows.csv"], 65),
        (&["bad.csv", "--replace-day", DAY], 65),
    ] {
        site.run(&[&["ingest"], arguments].concat()).ends_with(code);
        assert_eq!(site.everything(), before, "{arguments:?}");
        assert_eq!(site.count("flow_oa_ingest"), 1, "{arguments:?}");
    }
}

fn records_that_may_be_left_out_are(site: &Site) {
    let good = result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.25");
    site.has_results(&[good.clone(), "nonsense".to_owned(), good.replace("10.0.0.2", "10.0.0.3")]);
    let summary = site.json(&["run", "-d", DAY, "--max-rejects", "1"]);
    let counts = ["read", "stored", "rejected", "skipped"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counts, [3, 2, 1, 0]);
    assert_eq!(site.rows("SELECT rank FROM flow_scores ORDER BY rank"), ["0", "2"]);
}

fn a_database_without_tables_is_refused(site: &Site) {
    has_a_day(site);
    let before = site.table("flow");
    site.database.sql("DROP TABLE flow_edge");
    for command in [&["run", "-d", DAY][..], &["ingest", "flows.csv", "--again"]] {
        site.run(command).ends_with(78).complains(&["flow_edge: the table is missing", "flow-oa init"]);
    }
    assert_eq!(site.table("flow"), before);
    assert_eq!(site.json(&["init"])["tables"], serde_json::json!(["flow_edge"]));
    site.runs_day();
    assert_eq!(site.count("flow_edge"), 1);
}

//! Raw rows that are replaced or deleted.

use crate::home::{DAY, at, flow, result, spot};
use crate::site::Site;

on_every_engine! {
    a_file_is_replaced_by_what_it_holds_now [ReplaceFiles],
    a_file_beside_others_is_replaced_alone [ReplaceFiles],
    a_day_is_replaced_by_a_file,
    days_before_a_date_are_purged,
    a_purge_of_named_tables_leaves_the_others,
    a_file_is_ingested_once_unless_again,
}

fn lines(time: &str, bytes: &[i64]) -> Vec<String> {
    bytes.iter().map(|byte| flow(time, "10.0.0.1", "10.0.0.2", *byte)).collect()
}

/// Raw rows and sums, which must agree.
fn flows(site: &Site) -> Vec<String> {
    if site.has("flow_pair") {
        let sums = "SELECT d, sum(ibyt) FROM flow GROUP BY d ORDER BY d";
        assert_eq!(site.rows("SELECT d, ibyt FROM flow_pair ORDER BY d"), site.rows(sums));
    }
    if site.has("flow_minute") {
        let flows = site.rows("SELECT coalesce(sum(flows), 0) FROM flow_minute");
        assert_eq!(flows, [site.count("flow").to_string()]);
    }
    site.rows("SELECT d, ibyt FROM flow ORDER BY d, ibyt")
}

fn a_file_is_replaced_by_what_it_holds_now(site: &Site) {
    site.has_flows(&lines(&at("10:00:00"), &[1, 2]));
    site.home.write("flows.csv", spot(&lines("2016-07-09 10:00:00", &[3])));
    let summary = &site.json(&["ingest", "flows.csv", "--replace"])[0];
    assert_eq!((&summary["replaced"], &summary["stored"]), (&2.into(), &1.into()));
    assert_eq!(flows(site), ["9|3"]);
}

fn a_file_beside_others_is_replaced_alone(site: &Site) {
    site.has_flows(&lines(&at("10:00:00"), &[1, 2]));
    site.home.write("other.csv", spot(&lines(&at("10:00:00"), &[10, 20])));
    site.does(&["ingest", "other.csv"]);
    site.home.write("flows.csv", spot(&lines(&at("10:00:00"), &[5])));
    site.does(&["ingest", "flows.csv", "--replace"]);
    assert_eq!(flows(site), ["8|5", "8|10", "8|20"]);
}

fn a_day_is_replaced_by_a_file(site: &Site) {
    site.has_flows(&lines(&at("10:00:00"), &[1, 2]));
    site.home.write("next.csv", spot(&lines("2016-07-09 00:00:00", &[7])));
    site.does(&["ingest", "next.csv"]);
    site.home.write("day.csv", spot(&lines(&at("23:00:00"), &[3, 4, 5])));
    for _ in 0..2 {
        site.does(&["ingest", "day.csv", "--replace-day", DAY]);
        assert_eq!(flows(site), ["8|3", "8|4", "8|5", "9|7"]);
    }
    site.home.write("wrong.csv", spot(&lines("2016-07-10 00:00:00", &[7])));
    site.run(&["ingest", "wrong.csv", "--replace-day", DAY]).ends_with(65);
    assert_eq!(flows(site), ["8|3", "8|4", "8|5", "9|7"]);
}

fn has_days(site: &Site) {
    for (day, bytes) in [("07", 1), ("08", 2), ("09", 3)] {
        let time = format!("2016-07-{day} 10:00:00");
        let name = format!("{day}.csv");
        site.home.write(&name, spot(&lines(&time, &[bytes])));
        site.does(&["ingest", &name]);
        let day = format!("201607{day}");
        site.has_results_of(&day, &[result(&time, "10.0.0.1", "10.0.0.2", "0.5")]);
        site.does(&["run", "-d", &day]);
    }
    site.database.note("flow_storyboard", "ip_threat, y, m, d", "'i', 2016, 7, 7");
}

fn days_before_a_date_are_purged(site: &Site) {
    has_days(site);
    let purged = site.json(&["purge", "--before", "20160709", "--yes"]);
    let of = |name: &str| {
        purged["purged"].as_array().unwrap().iter().find(|entry| entry["table"] == name).unwrap()["rows"]
            .clone()
    };
    let tables = ["flow", "flow_pair", "flow_minute", "flow_scores", "flow_edge", "flow_ingest_summary"];
    for table in tables.into_iter().filter(|table| site.has(table)) {
        assert_eq!(of(table), 2, "{table}");
        assert_eq!(site.rows(&format!("SELECT d FROM {table}")), ["9"], "{table}");
    }
    assert_eq!((site.count("flow_storyboard"), site.count("flow_oa_ingest")), (1, 1));
    // A deleted file can be ingested again, but only once.
    site.does(&["ingest", "08.csv"]);
    site.does(&["run", "-d", DAY]);
    assert_eq!(flows(site), ["8|2", "9|3"]);
    assert_eq!(site.rows("SELECT d FROM flow_scores ORDER BY d"), ["8", "9"]);
}

fn a_purge_of_named_tables_leaves_the_others(site: &Site) {
    has_days(site);
    site.does(&[
        "purge",
        "--before",
        "20160708",
        "--table",
        "flow_edge",
        "--table",
        "flow_storyboard",
        "--yes",
    ]);
    assert_eq!((site.count("flow_edge"), site.count("flow_storyboard")), (2, 0));
    assert_eq!((site.count("flow"), site.count("flow_scores")), (3, 3));
}

fn a_file_is_ingested_once_unless_again(site: &Site) {
    site.has_flows(&lines(&at("10:00:00"), &[1, 2]));
    site.run(&["ingest", "flows.csv"]).ends_with(65).complains(&["was ingested before", "--again"]);
    site.does(&["ingest", "flows.csv", "--again"]);
    assert_eq!(flows(site), ["8|1", "8|1", "8|2", "8|2"]);
}

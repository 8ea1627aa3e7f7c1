//! Tables, raw flows, a run, the same run again, other days, many rows and none.

use serde_json::json;

use crate::home::{DAY, at, flow, result};
use crate::site::Site;

on_every_engine! {
    tables_are_made_once,
    a_day_gets_its_rows,
    the_same_run_again_gives_the_same_rows,
    another_day_is_left_alone,
    each_day_of_a_range_is_run_and_those_that_would_not_change_are_skipped,
    a_day_without_flows_has_scores_alone_and_one_without_results_stays,
    three_thousand_rows_keep_their_order,
    flows_of_several_days_are_each_in_theirs,
    the_scores_file_has_the_rows_of_the_table,
    a_forgotten_limit_and_results_of_another_day_change_nothing,
}

/// Two peers of one address, in both directions, and an unrelated address.
fn has_a_day(site: &Site) {
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100),
        flow(&at("10:00:30"), "10.0.0.2", "10.0.0.1", 40),
        flow(&at("10:00:31"), "10.0.0.1", "10.0.0.3", 7),
        flow(&at("10:00:31"), "10.0.0.1", "10.0.0.3", 7),
        flow(&at("10:01:00"), "10.0.0.9", "10.0.0.8", 1),
    ]);
    site.has_results(&[
        result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.25"),
        result(&at("10:00:31"), "10.0.0.1", "10.0.0.3", "2.26E-07"),
    ]);
}

fn tables_are_made_once(site: &Site) {
    let made = site.json(&["init"]);
    assert_eq!((&made["tables"], &made["columns"]), (&json!([]), &json!([])));
    for table in site.tables() {
        assert_eq!(site.count(&table.name), 0, "{}", table.name);
    }
    assert_eq!(site.count("flow_oa_history"), 0);
}

fn a_day_gets_its_rows(site: &Site) {
    has_a_day(site);
    site.runs_day();
    assert_eq!(
        site.columns("flow_scores", &["rank", "tstart", "srcip", "dstip", "score", "y", "m", "d"]),
        [
            "0|2016-07-08 10:00:00|10.0.0.1|10.0.0.2|0.25|2016|7|8",
            "1|2016-07-08 10:00:31|10.0.0.1|10.0.0.3|0.000000226|2016|7|8"
        ]
    );
    assert_eq!(
        site.columns("flow_edge", &["srcip", "dstip", "ibyt", "pkts", "hh", "md", "d"]),
        [
            "10.0.0.1|10.0.0.2|100|5|10|0|8",
            "10.0.0.1|10.0.0.3|7|5|10|0|8",
            "10.0.0.1|10.0.0.3|7|5|10|0|8",
            "10.0.0.2|10.0.0.1|40|5|10|0|8",
        ]
    );
    assert_eq!(
        site.columns("flow_chords", &["ip_threat", "srcip", "dstip", "ibyt", "ipkt"]),
        [
            "10.0.0.1|10.0.0.1|10.0.0.2|100|3",
            "10.0.0.1|10.0.0.1|10.0.0.3|14|6",
            "10.0.0.1|10.0.0.2|10.0.0.1|40|3"
        ]
    );
    assert_eq!(
        site.columns("flow_ingest_summary", &["tdate", "total"]),
        ["2016-07-08 10:00|4", "2016-07-08 10:01|1"]
    );
    let first = "2016-07-08 10:00:00|1467972000|2016|7|8|10|0|0|0.5|10.0.0.1|10.0.0.2|1025|80|TCP|.AP.SF|0|0|3|100|2|50|\
                 1|2|0|0|0|0|192.0.2.1|2016|7|8|10";
    assert_eq!(site.table("flow")[0], first);
}

fn the_same_run_again_gives_the_same_rows(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let (rows, scores) = (site.everything(), site.home.read("data/flow/20160708/flow_scores.csv"));
    for more in [&[][..], &["--limit", "500"]] {
        site.does(&[&["run", "-d", DAY], more].concat());
        assert_eq!(site.everything(), rows);
        assert_eq!(site.home.read("data/flow/20160708/flow_scores.csv"), scores);
    }
    site.does(&["run", "-d", DAY, "--limit", "1"]);
    assert_eq!((site.count("flow_scores"), site.count("flow_chords")), (1, 0));
    site.runs_day();
    assert_eq!(site.everything(), rows);
}

fn another_day_is_left_alone(site: &Site) {
    has_a_day(site);
    let (next, time) = ("20160709", "2016-07-09 10:00:00");
    site.home.write("next.csv", crate::home::spot(&[flow(time, "10.0.0.1", "10.0.0.2", 5)]));
    site.does(&["ingest", "next.csv"]);
    site.has_results_of(next, &[result(time, "10.0.0.1", "10.0.0.2", "0.5")]);
    site.does(&["run", "-d", next]);
    let of_next = |site: &Site| -> Vec<String> {
        site.everything().into_iter().filter(|row| row.contains("|2016|7|9")).collect()
    };
    let before = of_next(site);
    let rollups = ["flow_pair", "flow_minute"].into_iter().filter(|table| site.has(table)).count();
    assert_eq!(before.len(), 4 + rollups, "{before:?}");
    site.runs_day();
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.25")]);
    site.runs_day();
    assert_eq!(of_next(site), before);
    assert_eq!(site.rows("SELECT d, count(*) FROM flow_scores GROUP BY d ORDER BY d"), ["8|1", "9|1"]);
}

fn each_day_of_a_range_is_run_and_those_that_would_not_change_are_skipped(site: &Site) {
    for day in ["08", "10"] {
        let time = format!("2016-07-{day} 10:00:00");
        site.home.write("flows.csv", crate::home::spot(&[flow(&time, "10.0.0.1", "10.0.0.2", 5)]));
        site.does(&["ingest", "flows.csv"]);
        site.has_results_of(&format!("201607{day}"), &[result(&time, "10.0.0.1", "10.0.0.2", "0.5")]);
    }
    let range = ["run", "--from-date", "20160708", "--to-date", "20160710"];
    site.run(&range).ends_with(66);
    let rows = site.everything();
    assert_eq!(site.rows("SELECT d FROM flow_scores ORDER BY d"), ["8", "10"]);
    let runs = "SELECT count(*) FROM flow_oa_history WHERE command = 'run' AND status = 'done'";
    assert_eq!(site.rows(runs), ["2"]);
    site.run(&range).ends_with(66);
    assert_eq!((site.everything(), site.rows(runs)), (rows.clone(), vec!["2".to_owned()]));
    site.run(&[&range[..], &["--force"]].concat()).ends_with(66);
    assert_eq!((site.everything(), site.rows(runs)), (rows, vec!["4".to_owned()]));
}

fn a_day_without_flows_has_scores_alone_and_one_without_results_stays(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let rows = site.everything();
    site.has_results(&[]);
    site.run(&["run", "-d", DAY]).ends_with(65).complains(&["no records"]);
    assert_eq!(site.everything(), rows);
    let time = "2016-01-01 10:00:00";
    site.has_results_of("20160101", &[result(time, "10.0.0.1", "10.0.0.2", "0.5")]);
    site.does(&["run", "-d", "20160101"]);
    let of_day = |table: &str| site.rows(&format!("SELECT count(*) FROM {table} WHERE m = 1")).concat();
    let tables = ["flow_scores", "flow_edge", "flow_chords", "flow_ingest_summary"];
    assert_eq!(tables.map(of_day), ["1", "0", "0", "0"]);
}

fn three_thousand_rows_keep_their_order(site: &Site) {
    let address = |at: usize| format!("10.{}.{}.{}", at % 3, at / 250 % 250, at % 250);
    let second = |nth: usize| at(&format!("{:02}:{:02}:{:02}", nth / 3600 % 24, nth / 60 % 60, nth % 60));
    let flows: Vec<_> =
        (0..6000).map(|nth| flow(&second(nth / 2), "10.9.0.1", &address(nth / 2), 1)).collect();
    site.has_flows(&flows);
    let results: Vec<_> = (0..3500)
        .map(|nth| result(&second(nth), "10.9.0.1", &address(nth), &format!("0.{nth:05}1")))
        .collect();
    site.has_results(&results);
    site.does(&["run", "-d", DAY, "-l", "3000"]);
    let rows = site.rows("SELECT rank, dstip FROM flow_scores ORDER BY rank");
    let expected: Vec<_> = (0..3000).map(|nth| format!("{nth}|{}", address(nth))).collect();
    assert_eq!(rows, expected);
    assert_eq!(site.count("flow_edge"), 6000);
    assert_eq!(site.rows("SELECT count(*), sum(ibyt) FROM flow_chords"), ["3000|6000"]);
}

fn flows_of_several_days_are_each_in_theirs(site: &Site) {
    let times = ["2015-12-31 23:59:59", "2016-01-01 00:00:00", "2016-02-29 12:00:00", "2016-07-08 00:00:00"];
    site.has_flows(&times.map(|time| flow(time, "10.0.0.1", "10.0.0.2", 1)));
    assert_eq!(
        site.rows("SELECT y, m, d, h, count(*) FROM flow GROUP BY y, m, d, h ORDER BY y, m, d, h"),
        ["2015|12|31|23|1", "2016|1|1|0|1", "2016|2|29|12|1", "2016|7|8|0|1"]
    );
    for (table, kept, made) in
        [("flow_pair", "ibyt, ipkt", "sum(ibyt), sum(ipkt)"), ("flow_minute", "flows", "count(*)")]
    {
        let sorted = |query: &str| site.rows(&format!("{query} ORDER BY 1, 2, 3"));
        if site.has(table) {
            let kept = sorted(&format!("SELECT y, m, d, {kept} FROM {table}"));
            assert_eq!(kept, sorted(&format!("SELECT y, m, d, {made} FROM flow GROUP BY y, m, d")));
        }
    }
}

fn the_scores_file_has_the_rows_of_the_table(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let file = site.home.read("data/flow/20160708/flow_scores.csv");
    let lines: Vec<&str> = file.lines().collect();
    assert_eq!(lines.len(), 3, "{file}");
    assert!(lines[1].contains("10.0.0.2") && lines[2].contains("10.0.0.3"), "{file}");
}

fn a_forgotten_limit_and_results_of_another_day_change_nothing(site: &Site) {
    has_a_day(site);
    let line = result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.25");
    site.has_results(&vec![line.clone(); 502]);
    site.does(&["run", "-d", DAY, "-l", "501"]);
    let before = site.everything();
    for dry in [&[][..], &["--dry-run"]] {
        site.run(&[&["run", "-d", DAY], dry].concat()).ends_with(2).complains(&["has 501 rows", "-l 501"]);
    }
    let range = ["run", "--from-date", "20160708", "--to-date", "20160708"];
    site.run(&range).ends_with(2).says(&["1 refused"]);
    let other = result("2016-07-07 10:00:00", "10.0.0.1", "10.0.0.2", "0.25");
    site.has_results(&[line, other.clone(), other]);
    site.run(&["run", "-d", DAY]).ends_with(65).complains(&["1 of 3 rows are of 2016-07-08"]);
    assert_eq!(site.everything(), before);
    site.does(&["run", "-d", DAY, "--allow-other-day"]);
    assert_eq!(site.count("flow_scores"), 3);
}

//! A run: details, chords and the summary, which are computed from the raw flows of the day.

use crate::home::{Home, at, flow, result};

const EDGES: &str = "SELECT tstart, srcip, dstip, ibyt FROM flow_edge ORDER BY tstart, srcip, dstip, ibyt";

const CHORDS: &str = "SELECT ip_threat, srcip, dstip, ibyt, ipkt FROM flow_chords ORDER BY 1, 2, 3";

/// A home where the day was run with these flows and suspicious connections.
fn day(flows: &[String], suspicious: &[String]) -> Home {
    let home = Home::new();
    home.has_flows(flows);
    home.has_results(suspicious);
    home.runs_day();
    home
}

fn suspicious(time: &str, from: &str, to: &str) -> String {
    result(&at(time), from, to, "0.1")
}

#[test]
fn edges_are_the_flows_of_both_directions_in_the_same_minute() {
    let home = day(
        &[
            flow(&at("10:00:59"), "10.0.0.1", "10.0.0.2", 1),
            flow(&at("10:01:00"), "10.0.0.1", "10.0.0.2", 2),
            flow(&at("10:01:59"), "10.0.0.2", "10.0.0.1", 3),
            flow(&at("10:02:00"), "10.0.0.1", "10.0.0.2", 4),
            flow(&at("10:01:30"), "10.0.0.1", "10.0.0.3", 5),
            flow(&at("11:01:30"), "10.0.0.1", "10.0.0.2", 6),
            flow("2016-07-07 10:01:30", "10.0.0.1", "10.0.0.2", 7),
        ],
        &[suspicious("10:01:30", "10.0.0.1", "10.0.0.2")],
    );
    assert_eq!(
        home.rows(EDGES),
        ["2016-07-08 10:01:00|10.0.0.1|10.0.0.2|2", "2016-07-08 10:01:59|10.0.0.2|10.0.0.1|3"]
    );
}

#[test]
fn an_edge_holds_what_the_flow_holds() {
    let home = day(
        &[flow(&at("10:01:02"), "10.0.0.1", "10.0.0.2", 100)],
        &[suspicious("10:01:30", "10.0.0.1", "10.0.0.2")],
    );
    let columns = "tstart, srcip, dstip, sport, dport, proto, flags, tos, ibyt, ipkt, pkts, input, output, rip, obyt, \
                   opkt, hh, md, y, m, d";
    assert_eq!(
        home.rows(&format!("SELECT {columns} FROM flow_edge")),
        [
            "2016-07-08 10:01:02|10.0.0.1|10.0.0.2|1025|80|TCP|.AP.SF|0|100|3|5|1|2|192.0.2.1|50|2|10|1|2016|7|8"
        ]
    );
}

#[test]
fn a_flow_is_one_edge_however_many_suspicious_rows_ask_for_it() {
    let home = day(
        &[flow(&at("10:01:00"), "10.0.0.1", "10.0.0.2", 1)],
        &[
            suspicious("10:01:00", "10.0.0.1", "10.0.0.2"),
            suspicious("10:01:00", "10.0.0.1", "10.0.0.2"),
            suspicious("10:01:59", "10.0.0.2", "10.0.0.1"),
        ],
    );
    assert_eq!(home.rows(EDGES), ["2016-07-08 10:01:00|10.0.0.1|10.0.0.2|1"]);
}

#[test]
fn flows_that_are_equal_in_every_column_are_different_edges() {
    let twice = flow(&at("10:01:00"), "10.0.0.1", "10.0.0.2", 1);
    let home = day(&[twice.clone(), twice], &[suspicious("10:01:00", "10.0.0.1", "10.0.0.2")]);
    assert_eq!(home.count("flow_edge"), 2);
}

#[test]
fn a_flow_of_an_address_to_itself_is_one_edge_and_no_chord() {
    let home = day(
        &[flow(&at("10:01:00"), "10.0.0.1", "10.0.0.1", 1)],
        &[suspicious("10:01:00", "10.0.0.1", "10.0.0.1")],
    );
    assert_eq!((home.count("flow_edge"), home.count("flow_chords")), (1, 0));
}

#[test]
fn a_suspicious_row_of_the_evening_before_has_the_edges_of_that_evening_in_the_day_of_the_run() {
    let home = day(
        &[
            flow("2016-07-07 23:59:10", "10.0.0.1", "10.0.0.2", 1),
            flow(&at("23:59:20"), "10.0.0.1", "10.0.0.2", 2),
        ],
        &[
            result("2016-07-07 23:59:50", "10.0.0.1", "10.0.0.2", "0.1"),
            result(&at("12:00:00"), "10.0.0.8", "10.0.0.9", "0.2"),
        ],
    );
    let columns = "tstart, ibyt, hh, md, y, m, d";
    assert_eq!(
        home.rows(&format!("SELECT {columns} FROM flow_edge")),
        ["2016-07-07 23:59:10|1|23|59|2016|7|8"]
    );
    assert_eq!(
        home.rows("SELECT tstart, y, m, d FROM flow_scores WHERE rank = 0"),
        ["2016-07-07 23:59:50|2016|7|8"]
    );
}

#[test]
fn addresses_meet_in_their_canonical_form() {
    let home = day(
        &[flow(&at("10:01:00"), "2001:DB8:0::1", "134.123.139.04", 1)],
        &[suspicious("10:01:00", "2001:0db8::0001", "134.123.139.4")],
    );
    assert_eq!(home.rows(EDGES), ["2016-07-08 10:01:00|2001:db8::1|134.123.139.4|1"]);
}

#[test]
fn chords_are_the_days_traffic_by_direction_of_addresses_with_two_peers_or_more() {
    let home = day(
        &[
            flow(&at("01:00:00"), "10.0.0.1", "10.0.0.2", 1),
            flow(&at("02:00:00"), "10.0.0.1", "10.0.0.2", 10),
            flow(&at("03:00:00"), "10.0.0.2", "10.0.0.1", 100),
            flow(&at("04:00:00"), "10.0.0.3", "10.0.0.1", 1000),
            flow(&at("05:00:00"), "10.0.0.1", "10.0.0.4", 1),
            flow(&at("06:00:00"), "10.0.0.2", "10.0.0.3", 1),
            flow(&at("07:00:00"), "10.0.0.5", "10.0.0.6", 1),
            flow("2016-07-07 01:00:00", "10.0.0.1", "10.0.0.2", 1),
        ],
        &[
            suspicious("01:00:00", "10.0.0.1", "10.0.0.2"),
            suspicious("04:00:00", "10.0.0.3", "10.0.0.1"),
            suspicious("07:00:00", "10.0.0.5", "10.0.0.6"),
        ],
    );
    assert_eq!(
        home.rows(CHORDS),
        [
            "10.0.0.1|10.0.0.1|10.0.0.2|11|6",
            "10.0.0.1|10.0.0.2|10.0.0.1|100|3",
            "10.0.0.1|10.0.0.3|10.0.0.1|1000|3",
        ]
    );
}

#[test]
fn an_address_is_no_peer_of_itself_and_a_peer_counts_once() {
    let flows = [flow(&at("01:00:00"), "10.0.0.1", "10.0.0.2", 1)];
    let home = day(
        &flows,
        &[
            suspicious("01:00:00", "10.0.0.1", "10.0.0.1"),
            suspicious("01:00:00", "10.0.0.1", "10.0.0.2"),
            suspicious("02:00:00", "10.0.0.2", "10.0.0.1"),
        ],
    );
    assert_eq!(home.count("flow_chords"), 0);
}

#[test]
fn two_hubs_each_have_the_traffic_between_them() {
    let home = day(
        &[flow(&at("01:00:00"), "10.0.0.1", "10.0.0.2", 7)],
        &[
            suspicious("01:00:00", "10.0.0.1", "10.0.0.2"),
            suspicious("01:00:00", "10.0.0.1", "10.0.0.3"),
            suspicious("01:00:00", "10.0.0.2", "10.0.0.4"),
        ],
    );
    assert_eq!(home.rows(CHORDS), ["10.0.0.1|10.0.0.1|10.0.0.2|7|3", "10.0.0.2|10.0.0.1|10.0.0.2|7|3"]);
}

#[test]
fn the_summary_counts_the_days_flows_by_minute_and_a_minute_without_any_has_no_row() {
    let home = day(
        &[
            flow("2016-07-07 23:59:59", "10.0.0.1", "10.0.0.2", 1),
            flow(&at("00:00:00"), "10.0.0.1", "10.0.0.2", 1),
            flow(&at("10:05:00"), "10.0.0.1", "10.0.0.2", 1),
            flow(&at("10:05:59"), "10.0.0.3", "10.0.0.4", 1),
        ],
        &[suspicious("10:00:00", "10.0.0.1", "10.0.0.2")],
    );
    assert_eq!(
        home.rows("SELECT tdate, total, y, m, d FROM flow_ingest_summary ORDER BY tdate"),
        ["2016-07-08 00:00|1|2016|7|8", "2016-07-08 10:05|2|2016|7|8"]
    );
}

#[test]
fn a_day_without_raw_flows_is_run_with_a_warning() {
    let home = Home::new();
    home.has_results(&[suspicious("10:00:00", "10.0.0.1", "10.0.0.2")]);
    home.runs_day().complains(&["warning: flow has no rows of 2016-07-08", "flow-oa ingest"]);
    assert_eq!((home.count("flow_scores"), home.count("flow_edge")), (1, 0));
}

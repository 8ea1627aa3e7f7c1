//! Repeated ingest of the same flows.

use crate::home::{Home, Outcome, at, flow, gzip, spot};

/// `count` flows of an hour of the day.
fn hour(hour: u32, count: i64) -> Vec<String> {
    (1..=count).map(|bytes| flow(&at(&format!("{hour:02}:00:00")), "10.0.0.1", "10.0.0.2", bytes)).collect()
}

/// `count` flows of the evening before.
fn evening_before(count: i64) -> Vec<String> {
    (1..=count).map(|bytes| flow("2016-07-07 23:59:00", "10.0.0.1", "10.0.0.2", bytes)).collect()
}

const BY_HOUR: &str = "SELECT d, h, count(*) FROM flow GROUP BY d, h ORDER BY d, h";

#[test]
fn a_file_that_was_ingested_is_refused_whatever_it_is_called_and_however_it_is_packed() {
    let home = Home::new();
    let text = spot(&hour(10, 2));
    home.write("a.csv", &text);
    home.write("b.csv", &text);
    home.write("c.csv.gz", gzip(text.as_bytes()));
    home.does(&["ingest", "a.csv"]);
    for again in ["a.csv", "b.csv", "c.csv.gz"] {
        home.run(&["ingest", again]).ends_with(65).complains(&[
            again,
            "was ingested before, as a.csv",
            "--again",
            "--replace",
        ]);
    }
    let mut from_input = home.command(&["ingest", "-"]);
    Outcome::of(from_input.write_stdin(text)).ends_with(65).complains(&["was ingested before, as a.csv"]);
    assert_eq!(home.count("flow"), 2);
}

#[test]
fn again_ingests_it_beside_what_is_there() {
    let home = Home::new();
    home.has_flows(&hour(10, 2));
    home.does(&["ingest", "flows.csv", "--again"]);
    assert_eq!(home.count("flow"), 4);
}

#[test]
fn replace_takes_out_what_the_same_name_gave_and_nothing_else() {
    let home = Home::new();
    home.write("other.csv", spot(&hour(9, 3)));
    home.does(&["ingest", "other.csv"]);
    home.has_flows(&hour(10, 2));
    home.write("flows.csv", spot(&hour(11, 4)));
    let summary = &home.json(&["ingest", "flows.csv", "--replace"])[0];
    assert_eq!((&summary["replaced"], &summary["stored"]), (&2.into(), &4.into()));
    assert_eq!(home.rows(BY_HOUR), ["8|9|3", "8|11|4"]);
    assert_eq!(
        home.rows("SELECT file, stored FROM flow_oa_ingest ORDER BY id"),
        ["other.csv|3", "flows.csv|4"]
    );
}

#[test]
fn replace_of_the_same_content_changes_nothing() {
    let home = Home::new();
    home.has_flows(&hour(10, 2));
    home.does(&["ingest", "flows.csv", "--replace"]);
    assert_eq!(home.rows(BY_HOUR), ["8|10|2"]);
}

#[test]
fn replace_refuses_content_that_another_name_gave() {
    let home = Home::new();
    home.has_flows(&hour(10, 2));
    home.write("copy.csv", spot(&hour(10, 2)));
    home.run(&["ingest", "copy.csv", "--replace"]).ends_with(65).complains(&["as flows.csv"]);
    assert_eq!(home.count("flow"), 2);
}

#[test]
fn replace_leaves_alone_what_took_the_place_of_a_replaced_day() {
    let home = Home::new();
    let mut both = evening_before(2);
    both.extend(hour(10, 3));
    home.has_flows(&both);
    home.write("day.csv", spot(&hour(11, 2)));
    home.does(&["ingest", "day.csv", "--replace-day", "2016-07-08"]);
    home.write("more.csv", spot(&evening_before(1)));
    home.does(&["ingest", "more.csv"]);
    home.write("flows.csv", spot(&hour(12, 1)));
    home.does(&["ingest", "flows.csv", "--replace"]);
    assert_eq!(home.rows(BY_HOUR), ["7|23|1", "8|11|2", "8|12|1"]);
}

#[test]
fn replace_says_nothing_of_standard_input_which_has_no_name() {
    let home = Home::new();
    home.run(&["ingest", "-", "--replace"]).ends_with(2).complains(&["--replace", "standard input"]);
}

#[test]
fn replace_day_replaces_the_whole_day_and_no_other() {
    let home = Home::new();
    home.has_flows(&[evening_before(2), hour(10, 3)].concat());
    home.write("day.csv", spot(&hour(11, 1)));
    let summary = &home.json(&["ingest", "day.csv", "--replace-day", "20160708"])[0];
    assert_eq!(summary["replaced"], 3);
    assert_eq!(home.rows(BY_HOUR), ["7|23|2", "8|11|1"]);
    home.does(&["ingest", "day.csv", "--replace-day", "20160708"]);
    assert_eq!(home.rows(BY_HOUR), ["7|23|2", "8|11|1"], "again: the same");
}

#[test]
fn replace_day_refuses_flows_of_other_days_with_their_count() {
    let home = Home::new();
    home.has_flows(&hour(10, 3));
    home.write("day.csv", spot(&[evening_before(2), hour(11, 1)].concat()));
    home.run(&["ingest", "day.csv", "--replace-day", "20160708"])
        .ends_with(65)
        .complains(&["2 of 3 rows are of other days than 2016-07-08 (2016-07-07)", "nothing was changed"]);
    assert_eq!(home.rows(BY_HOUR), ["8|10|3"]);
}

#[test]
fn replace_day_takes_one_file() {
    let home = Home::new();
    home.run(&["ingest", "a.csv", "b.csv", "--replace-day", "20160708"])
        .ends_with(2)
        .complains(&["one file"]);
}

#[test]
fn ways_to_repeat_exclude_each_other() {
    let home = Home::new();
    for ways in [
        ["--again", "--replace"],
        ["--again", "--replace-day=20160708"],
        ["--replace", "--replace-day=20160708"],
    ] {
        home.run(&[&["ingest", "a.csv"], &ways[..]].concat())
            .ends_with(2)
            .complains(&["cannot be used with"]);
    }
}

#[test]
fn where_a_later_file_fails_the_earlier_ones_are_there_and_it_is_said() {
    let home = Home::new();
    home.write("a.csv", spot(&hour(10, 2)));
    home.write("b.csv", "what is this\n");
    home.write("c.csv", spot(&hour(11, 2)));
    home.run(&["ingest", "a.csv", "b.csv", "c.csv"])
        .ends_with(65)
        .complains(&["b.csv", "stored: a.csv (2 rows); nothing else was changed"]);
    assert_eq!(home.rows(BY_HOUR), ["8|10|2"]);
}

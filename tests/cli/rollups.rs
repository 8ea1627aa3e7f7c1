//! The sums that ingest stores in rollups equal those of the raw flows, whatever was replaced or added.

use crate::home::{Home, flow, spot};

const KEPT_PAIRS: &str =
    "SELECT y, m, d, sip, dip, flows, ipkt, ibyt, opkt, obyt FROM flow_pair ORDER BY 1, 2, 3, 4, 5";
const TRUE_PAIRS: &str = "SELECT y, m, d, sip, dip, count(*), sum(ipkt), sum(ibyt), sum(opkt), sum(obyt) FROM flow \
                          GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5";
const KEPT_MINUTES: &str = "SELECT y, m, d, minute, flows FROM flow_minute ORDER BY 1, 2, 3, 4";
const TRUE_MINUTES: &str =
    "SELECT y, m, d, substr(treceived, 1, 16), count(*) FROM flow GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4";

fn agree(home: &Home, when: &str) {
    assert_eq!(home.rows(KEPT_PAIRS), home.rows(TRUE_PAIRS), "{when}");
    assert_eq!(home.rows(KEPT_MINUTES), home.rows(TRUE_MINUTES), "{when}");
}

/// Flows of two days between a few addresses. `salt` makes the bytes differ between files.
fn flows(salt: i64) -> String {
    let one = |n: i64| {
        let time = format!("2016-07-0{} 10:{:02}:{:02}", 7 + n % 2, n % 3, n % 60);
        flow(&time, &format!("10.0.0.{}", n % 4), &format!("10.0.1.{}", n % 5), n * 1000 + salt)
    };
    spot(&(0..200).map(one).collect::<Vec<_>>())
}

#[test]
fn sums_follow_every_ingest_and_every_replacement() {
    let home = Home::new();
    home.write("a.csv", flows(0));
    home.write("b.csv", flows(7));
    home.does(&["ingest", "a.csv"]);
    agree(&home, "after one file");
    home.does(&["ingest", "b.csv"]);
    agree(&home, "after another file of the same pairs");
    home.does(&["ingest", "--again", "a.csv"]);
    agree(&home, "after the same file again");
    home.write("a.csv", flows(3));
    home.does(&["ingest", "--replace", "a.csv"]);
    agree(&home, "after a file was replaced");
    home.write("day.csv", spot(&[flow("2016-07-07 01:02:03", "10.0.0.1", "10.0.0.9", 5)]));
    home.does(&["ingest", "--replace-day", "2016-07-07", "day.csv"]);
    agree(&home, "after a day was replaced");
}

#[test]
fn a_refused_file_leaves_the_sums_as_they_were() {
    let home = Home::new();
    home.write("a.csv", flows(0));
    home.does(&["ingest", "a.csv"]);
    let before = (home.rows(KEPT_PAIRS), home.rows(KEPT_MINUTES));
    home.run(&["ingest", "a.csv"]).ends_with(65);
    assert_eq!((home.rows(KEPT_PAIRS), home.rows(KEPT_MINUTES)), before);
}

//! Rows that are sent to HiveServer2 as literals of statements, because the program cannot access the folder of the
//! tables, or was built without Parquet.

use crate::hive::{Tables, derived, location_in};
use crate::home::{DAY, Home, at, flow, result, spot};
use crate::site::Site;

/// The refusal of raw flows, which are never sent as literals.
const REFUSED: &str = if cfg!(feature = "parquet") {
    "the folder of the tables cannot be reached from here"
} else {
    "this program was built without Parquet"
};

/// A site that cannot send files to the server.
fn cut_off() -> Option<Site> {
    let home = Home::bare();
    let location = location_in(&home.path(""));
    // A path without a scheme does not say whose file system it is in.
    let location = if cfg!(feature = "parquet") { location.replacen("file://", "", 1) } else { location };
    Some(Site { database: Box::new(Tables::at(location)?), home })
}

#[test]
fn a_run_is_stored_and_raw_flows_are_refused_with_the_reason() {
    let Some(site) = cut_off() else { return };
    site.does(&["init"]);
    site.home.write("flows.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    site.run(&["ingest", "flows.csv"]).ends_with(73).complains(&[REFUSED, "nothing was changed"]);
    assert_eq!(site.count("flow"), 0);
    site.has_results(&[
        result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1"),
        result(&at("10:00:01"), "10.0.0.1", "2001:db8::1", "0.25"),
    ]);
    site.runs_day();
    assert_eq!(site.columns("flow_scores", &["dstip", "score"]), ["10.0.0.2|0.1", "2001:db8::1|0.25"]);
    assert_eq!(derived().map(|table| site.count(table)).sum::<usize>(), 2, "scores alone");
    site.does(&["score", "-d", DAY, "--rank", "0", "-s", "high"]);
    assert_eq!(site.count("flow_threat_investigation"), 1);
}

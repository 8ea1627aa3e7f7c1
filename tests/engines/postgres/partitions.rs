//! Partitions of raw flows: those that the program creates, and those that an administrator created before.

use super::{bare, fill};
use crate::home::{DAY, flow, spot};
use crate::site::Site;

/// The partitions of raw flows and their bounds.
fn partitions(site: &Site) -> Vec<String> {
    site.database
        .rows(
            "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid \
             WHERE i.inhparent = 'flow'::regclass ORDER BY c.relname",
        )
        .into_iter()
        .map(|row| row.join(" "))
        .collect()
}

fn names(site: &Site) -> Vec<String> {
    partitions(site).into_iter().map(|partition| partition.split(' ').next().unwrap().to_owned()).collect()
}

/// A site whose flow table was changed with the SQL `made`.
fn with(made: &str) -> Option<Site> {
    let (site, _) = bare()?;
    site.does(&["init"]);
    site.database.sql(made);
    Some(site)
}

const JULY: &str =
    "CREATE TABLE july PARTITION OF flow FOR VALUES FROM (2016, 7, MINVALUE) TO (2016, 8, MINVALUE)";
const REST: &str = "CREATE TABLE rest PARTITION OF flow DEFAULT";

/// One flow for each of `days`.
fn days(site: &Site, name: &str, days: &[&str]) {
    let flows: Vec<String> =
        days.iter().map(|day| flow(&format!("{day} 10:00:00"), "10.0.0.1", "10.0.0.2", 9)).collect();
    site.home.write(name, spot(&flows));
    site.does(&["ingest", name]);
}

fn stored(site: &Site) -> Vec<String> {
    site.rows("SELECT m, d, ibyt FROM flow ORDER BY m, d, ibyt")
}

#[test]
fn each_day_has_a_partition_that_goes_with_it() {
    let Some((site, _)) = bare() else { return };
    fill(&site);
    site.does(&super::INGEST_NEXT);
    assert_eq!(
        partitions(&site),
        [
            "flow_20160708 FOR VALUES FROM ('2016', '7', '8') TO ('2016', '7', '9')",
            "flow_20160709 FOR VALUES FROM ('2016', '7', '9') TO ('2016', '7', '10')"
        ]
    );
    let indexes = "SELECT count(*) FROM pg_index WHERE indrelid = 'flow_20160708'::regclass";
    assert_eq!(site.rows(indexes), ["1"]);
    site.does(&["purge", "--before", "20160709", "--yes"]);
    assert_eq!(names(&site), ["flow_20160709"]);
    assert_eq!(site.rows("SELECT count(*) FROM pg_class WHERE relname = 'flow_20160708' AND relnamespace = 'flow'::regclass::oid"), ["0"]);
    site.does(&["ingest", "flows.csv"]);
    assert_eq!(stored(&site), ["7|8|1", "7|8|2", "7|9|5"]);
}

/// Changes of one day leave the other days of its partition unchanged.
fn one_day_among_others(made: &str) {
    let Some(site) = with(made) else { return };
    let before = names(&site);
    days(&site, "others.csv", &["2016-07-01", "2016-07-07", "2016-07-09", "2016-07-31"]);
    fill(&site);
    assert_eq!(names(&site), before, "a place for every day was there");
    assert_eq!(site.count("flow_edge"), 1);
    site.does(&["ingest", "late.csv", "--replace-day", DAY]);
    assert_eq!(stored(&site), ["7|1|9", "7|7|9", "7|8|4", "7|9|9", "7|31|9"]);
    site.runs_day();
    site.does(&["purge", "--before", "20160709", "--yes"]);
    assert_eq!(stored(&site), ["7|9|9", "7|31|9"]);
    assert_eq!(site.rows("SELECT d FROM flow_pair ORDER BY d"), ["9", "31"]);
    assert_eq!(names(&site), before);
    site.does(&["ingest", "others.csv", "--replace"]);
    assert_eq!(stored(&site), ["7|1|9", "7|7|9", "7|9|9", "7|31|9"]);
}

#[test]
fn a_partition_of_a_month_is_used_and_only_days_of_it_are_emptied() {
    one_day_among_others(JULY);
}

#[test]
fn a_default_partition_is_used_and_only_days_of_it_are_emptied() {
    one_day_among_others(REST);
}

#[test]
fn a_month_beside_a_default_partition_is_used_too() {
    one_day_among_others(&format!("{JULY}; {REST}"));
}

#[test]
fn a_table_without_partitions_is_used_as_it_is() {
    one_day_among_others(
        "ALTER TABLE flow RENAME TO old; CREATE TABLE flow (LIKE old INCLUDING ALL); DROP TABLE old",
    );
}

#[test]
fn a_month_that_is_partitioned_by_day_itself_is_used() {
    one_day_among_others(
        "CREATE TABLE july PARTITION OF flow FOR VALUES FROM (2016, 7, MINVALUE) TO (2016, 8, MINVALUE) \
         PARTITION BY RANGE (d); CREATE TABLE first PARTITION OF july FOR VALUES FROM (MINVALUE) TO (8); \
         CREATE TABLE eighth PARTITION OF july FOR VALUES FROM (8) TO (9); \
         CREATE TABLE last PARTITION OF july FOR VALUES FROM (9) TO (MAXVALUE)",
    );
}

#[test]
fn partitions_by_hash_are_used() {
    one_day_among_others(
        "ALTER TABLE flow RENAME TO old; CREATE TABLE flow (LIKE old INCLUDING ALL) PARTITION BY HASH (sip); DROP TABLE old; \
         CREATE TABLE one PARTITION OF flow FOR VALUES WITH (MODULUS 2, REMAINDER 0); \
         CREATE TABLE two PARTITION OF flow FOR VALUES WITH (MODULUS 2, REMAINDER 1)",
    );
}

/// The server's identifier of the day's partition, whatever its name.
fn identity(site: &Site) -> Vec<String> {
    site.rows("SELECT 'flow_20160708'::regclass::oid")
}

#[test]
fn a_day_that_is_replaced_gets_a_partition_like_the_one_it_had() {
    let Some((site, _)) = bare() else { return };
    fill(&site);
    let of_it = "SELECT relkind, relname, pg_get_expr(relpartbound, c.oid), relacl, \
        (SELECT count(*) FROM pg_inherits h JOIN pg_index x ON x.indexrelid = h.inhrelid WHERE x.indrelid = c.oid), \
        (SELECT count(*) FROM pg_constraint WHERE conrelid = c.oid) FROM pg_class c WHERE c.oid = 'flow_20160708'::regclass";
    let (before, identity_before) = (site.rows(of_it), identity(&site));
    for _ in 0..2 {
        site.does(&["ingest", "late.csv", "--replace-day", DAY]);
        assert_eq!(stored(&site), ["7|8|4"]);
        assert_eq!(site.rows(of_it), before);
    }
    assert_ne!(identity(&site), identity_before);
    assert_eq!(names(&site), ["flow_20160708"]);
}

#[test]
fn a_partition_that_somebody_gave_something_of_its_own_is_kept_when_its_day_is_replaced() {
    for given in [
        "CREATE VIEW eighth AS SELECT * FROM flow_20160708",
        "GRANT SELECT ON flow_20160708 TO PUBLIC",
        "CREATE INDEX ON flow_20160708 (ibyt)",
    ] {
        let Some((site, _)) = bare() else { return };
        fill(&site);
        site.database.sql(given);
        let before = identity(&site);
        site.does(&["ingest", "late.csv", "--replace-day", DAY]);
        assert_eq!((stored(&site), identity(&site)), (vec!["7|8|4".to_owned()], before), "{given}");
        assert_eq!(site.rows("SELECT count(to_regclass('flow_20160708_new'))"), ["0"], "{given}");
    }
}

#[test]
fn days_outside_the_partitions_that_are_there_get_theirs() {
    let Some(site) = with(JULY) else { return };
    days(&site, "a.csv", &["2016-06-30", "2016-07-31", "2016-08-01"]);
    assert_eq!(names(&site), ["flow_20160630", "flow_20160801", "july"]);
    site.does(&["purge", "--before", "20160801", "--yes"]);
    assert_eq!(stored(&site), ["8|1|9"]);
}

#[test]
fn a_name_that_is_taken_is_said() {
    let Some(site) = with("CREATE TABLE flow_20160708 (x int)") else { return };
    let (flows, name) = ([flow("2016-07-08 10:00:00", "10.0.0.1", "10.0.0.2", 9)], "a.csv");
    site.home.write(name, spot(&flows));
    let outcome = site.run(&["ingest", name]);
    assert!([70, 73, 78].contains(&outcome.code), "{}: {}", outcome.code, outcome.err);
    outcome.complains(&["flow_20160708", "nothing was changed"]);
    assert_eq!((site.count("flow"), site.count("flow_pair")), (0, 0));
}

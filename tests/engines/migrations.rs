//! A database with rows follows its schema: to another schema by edits of each kind, and back again, on every engine.

use crate::edits::{fits, judges, other_schema, own_schema, with_a_day};
use crate::first_release::of_the_first_release;
use crate::home::DAY;
use crate::site::{MODEL, Site};

on_every_engine! {
    a_database_of_the_first_release_follows_its_schema_there_and_back,
    a_new_database_has_what_the_schema_says,
    parts_of_the_time_of_raw_rows_are_computed_again [Transactions],
}

fn a_new_database_has_what_the_schema_says(site: &Site) {
    site.does(&["diff"]).says(&["the database has what the schema says"]);
    site.does(&["migrate"]).says(&["there is nothing to migrate"]);
    site.does(&["migrate", "--apply", "--yes"]).says(&["no step was needed"]);
    site.does(&["init"]).says(&["nothing was changed"]);
}

fn parts_of_the_time_of_raw_rows_are_computed_again(site: &Site) {
    let before = with_a_day(site);
    site.database.sql(
        "DROP VIEW IF EXISTS flow_typed; ALTER TABLE flow DROP COLUMN trday; ALTER TABLE flow DROP COLUMN unix_tstamp; \
         ALTER TABLE flow DROP COLUMN rip",
    );
    assert_eq!(site.json(&["migrate"])["stay_empty"], serde_json::json!(["flow.rip"]));
    site.does(&["migrate", "--apply", "--yes"]);
    site.does(&["diff"]).says(&["the database has what the schema says"]);
    assert_eq!(site.rows("SELECT count(*) FROM flow WHERE rip IS NULL"), ["3"]);
    site.database.sql("UPDATE flow SET rip = '192.0.2.1'");
    assert_eq!(site.everything(), before);
}

fn a_database_of_the_first_release_follows_its_schema_there_and_back(today: &Site) {
    with_a_day(today);
    let site = &of_the_first_release(today);
    let raw = site.count("flow");
    site.run(&["diff"]).ends_with(1).says(&["dns: the table is missing", "flow_scores.why"]);
    site.does(&["migrate", "--apply", "--yes"]);
    assert_eq!(site.run(&["diff", "--output", "json"]).json()["fits"], true);
    assert_eq!(site.count("flow"), raw);
    assert_eq!(site.rows("SELECT note FROM flow_threat_investigation"), ["a"]);
    site.runs_day();
    // The first release did not store who judged: a judgement that says the same is not written again.
    judges(site, "low");
    judges(site, "high");
    let (old, fresh) = (timeless(site), timeless(today));
    let differ = old.iter().zip(&fresh).find(|(old, fresh)| old != fresh);
    assert_eq!((old.len(), differ), (fresh.len(), None), "as in a fresh database");

    let before = site.everything();
    other_schema(site, "other");
    own_schema(site, "own");
    drops_old(site, "own");
    let plan = site.json(&["migrate", "--schema", "other"]);
    assert!(plan["steps"].as_array().unwrap().len() > 9, "{plan:#}");
    assert_eq!(site.everything(), before, "a plan changes nothing");
    site.run(&["diff", "--schema", "other"]).ends_with(1).says(&["flow_links: the table still has the name"]);
    site.does(&["migrate", "--schema", "other", "--apply", "--yes"]);
    fits(site, "other");
    assert_eq!(site.rows("SELECT bytes_both_ways FROM flow_edge ORDER BY 1"), ["150", "250", "450"]);
    assert_eq!(site.rows("SELECT second_of_minute FROM flow_edge ORDER BY 1"), ["0", "0", "30"]);
    assert_eq!(site.rows("SELECT dport, flows FROM flow_ports"), ["80|3"]);
    assert_eq!(site.rows("SELECT second_again FROM flow ORDER BY ibyt"), ["0", "30", "0"]);
    assert_eq!(site.rows("SELECT both_ways FROM flow ORDER BY ibyt"), ["150", "250", "450"]);
    let judged = site.rows("SELECT remark, obyt FROM flow_threat_investigation");
    assert_eq!(judged, ["a|NULL"]);
    let links = before.iter().filter(|row| row.starts_with("flow_chords|")).count();
    assert_eq!(site.count("flow_links"), links);
    site.run(&["run", "-d", DAY]).ends_with(78).complains(&["flow_chords: the table is missing"]);
    drops_old(site, "other");
    site.does(&["migrate", "--schema", "own", "--apply", "--yes"]);
    fits(site, "own");
    let sorted = |mut rows: Vec<String>| {
        rows.sort();
        rows
    };
    assert_eq!(sorted(site.everything()), sorted(before.clone()), "the dropped table is filled, too");
    site.runs_day();
    assert_eq!(site.everything(), before);
    let steps = site.rows("SELECT count(*) FROM flow_oa_migration WHERE status = 'done'");
    assert!(steps[0].parse::<u32>().unwrap() > 15, "{steps:?}");
    assert_eq!(site.rows("SELECT count(*) FROM flow_oa_migration WHERE status <> 'done'"), ["0"]);
}

/// Drops the tables that a migration replaced, if the engine keeps them.
fn drops_old(site: &Site, schema: &str) {
    if site.run(&["diff", "--schema", schema]).out.contains("_flow_oa_old") {
        site.does(&["migrate", "--schema", schema, "--apply", "--yes", "--drop-old"]);
    }
}

/// Every row, without the times at which analysts judged.
fn timeless(site: &Site) -> Vec<String> {
    const JUDGED: &str = "flow_threat_investigation";
    let judged = MODEL.tables().find(|table| table.name == JUDGED).unwrap();
    let columns = judged.columns.iter().map(|column| column.name.as_str());
    let mut rows = site.everything();
    rows.retain(|row| !row.starts_with(JUDGED));
    rows.extend(site.columns(JUDGED, &columns.filter(|name| *name != "scored_at").collect::<Vec<_>>()));
    rows
}

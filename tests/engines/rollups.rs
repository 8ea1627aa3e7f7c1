//! A run takes sums from a rollup only if a mark states that it holds all raw rows of the day. A change that makes a
//! mark wrong invalidates it, and `init` compares and fills.

use crate::home::{DAY, at, flow, result, spot};
use crate::site::Site;

on_every_engine! {
    a_rollup_that_init_creates_is_filled[Transactions],
    a_rollup_without_a_mark_is_not_read[Transactions],
    a_rollup_that_was_emptied_or_created_by_hand_is_not_read[Transactions],
    a_database_without_marks_is_used_as_before[Transactions],
    rows_that_somebody_deletes_are_found_and_filled_again[Transactions],
    rows_of_a_program_that_knows_no_marks_make_them_invalid[Transactions],
    rows_that_no_ingest_lists_keep_a_day_from_being_marked[Transactions],
    a_column_that_is_added_to_a_rollup_is_filled[Transactions],
    marks_follow_whatever_changes_raw_rows[ReplaceFiles],
}

const WARNING: &str = "`flow-oa init` checks and fills them";

/// Flows of a day whose first address is a hub, and its results.
fn has_a_day(site: &Site) {
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1),
        flow(&at("10:01:00"), "10.0.0.1", "10.0.0.3", 2),
        flow(&at("10:01:30"), "10.0.0.1", "10.0.0.3", 5),
    ]);
    site.has_results(&[
        result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"),
        result(&at("10:01:00"), "10.0.0.1", "10.0.0.3", "0.2"),
    ]);
}

/// The rows that runs take from rollups.
fn derived(site: &Site) -> Vec<String> {
    let chords = site.rows("SELECT 'chord', dstip, ibyt FROM flow_chords ORDER BY dstip");
    let minutes = site.rows("SELECT 'minute', tdate, total FROM flow_ingest_summary ORDER BY tdate");
    [chords, minutes].concat()
}

const DERIVED: [&str; 4] =
    ["chord|10.0.0.2|1", "chord|10.0.0.3|7", "minute|2016-07-08 10:00|1", "minute|2016-07-08 10:01|2"];

/// A run reads rollups, without a message about them.
fn runs_from_rollups(site: &Site, when: &str) {
    let outcome = site.runs_day();
    assert!(!outcome.err.contains(WARNING), "{when}: {}", outcome.err);
    let found = site.does(&["doctor", "-d", DAY]).out;
    assert!(found.contains("1 day agrees with the raw rows"), "{when}: {found}");
}

fn a_rollup_that_init_creates_is_filled(site: &Site) {
    has_a_day(site);
    site.database.sql("DROP TABLE flow_pair; DROP TABLE flow_minute;");
    site.run(&["run", "-d", DAY])
        .ends_with(78)
        .complains(&["flow_pair: the table is missing", "flow-oa init"]);
    let made = site.json(&["init"]);
    assert_eq!(made["tables"], serde_json::json!(["flow_minute", "flow_pair"]));
    let filled = |table: &str| serde_json::json!({"table": table, "compared": 1, "filled": 1});
    assert_eq!(made["rollups"], serde_json::json!([filled("flow_minute"), filled("flow_pair")]));
    runs_from_rollups(site, "filled");
    assert_eq!(derived(site), DERIVED);
    assert_eq!(
        site.rows("SELECT dip, flows, ibyt FROM flow_pair ORDER BY dip"),
        ["10.0.0.2|1|1", "10.0.0.3|2|7"]
    );
    assert_eq!(site.json(&["init"])["rollups"], serde_json::json!([]), "a second time compares nothing");
}

fn a_rollup_without_a_mark_is_not_read(site: &Site) {
    has_a_day(site);
    site.database.sql("DELETE FROM flow_pair; DELETE FROM flow_minute; DELETE FROM flow_oa_rollup_day;");
    let warned = ["flow_minute, flow_pair: no mark says that all rows of flow of 2016-07-08", WARNING];
    site.run(&["run", "-d", DAY, "--dry-run"]).ends_with(0).complains(&warned);
    site.runs_day().complains(&warned);
    assert_eq!(derived(site), DERIVED);
    let found = site.does(&["doctor"]).out;
    assert!(found.contains("flow_minute, flow_pair: no mark says") && found.contains(WARNING), "{found}");
    site.home.write("late.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 4)]));
    site.does(&["ingest", "late.csv"]);
    site.runs_day().complains(&warned);
    assert_eq!(site.rows("SELECT ibyt FROM flow_chords ORDER BY dstip"), ["5", "7"], "a file adds no mark");
    site.does(&["init"]);
    runs_from_rollups(site, "after init");
    assert_eq!(site.rows("SELECT ibyt FROM flow_chords ORDER BY dstip"), ["5", "7"]);
}

fn a_rollup_that_was_emptied_or_created_by_hand_is_not_read(site: &Site) {
    has_a_day(site);
    let ddl = site.does(&["ddl", "--dialect", dialect(site), "--table", "flow_minute"]).out;
    site.database.sql(&format!("DELETE FROM flow_pair; DROP TABLE flow_minute; {ddl}"));
    site.runs_day().complains(&[WARNING]);
    assert_eq!(derived(site), DERIVED);
    site.does(&["init"]);
    runs_from_rollups(site, "after init");
    assert_eq!(derived(site), DERIVED);
}

fn dialect(site: &Site) -> &'static str {
    if site.database.url().starts_with("sqlite:") { "sqlite" } else { "postgres" }
}

fn a_database_without_marks_is_used_as_before(site: &Site) {
    has_a_day(site);
    site.database.sql("DROP TABLE flow_oa_rollup_day");
    let missing = "flow_oa_rollup_day: the table is missing; `flow-oa init` creates it";
    site.runs_day().complains(&[missing, WARNING]);
    assert_eq!(derived(site), DERIVED);
    let found = site.does(&["doctor", "-d", DAY]).out;
    assert!(found.contains(missing) && found.contains("a run would work"), "{found}");
    site.does(&["history"]);
    let late = flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 4);
    site.home.write("late.csv", spot(std::slice::from_ref(&late)));
    site.does(&["ingest", "late.csv"]).complains(&[missing]);
    site.does(&["ingest", "late.csv", "--replace"]);
    site.does(&["purge", "--before", "2016-07-01", "--yes"]);
    let made = site.json(&["init"]);
    assert_eq!(made["tables"], serde_json::json!(["flow_oa_rollup_day"]));
    let agreed = |table: &str| serde_json::json!({"table": table, "compared": 1, "filled": 0});
    assert_eq!(made["rollups"], serde_json::json!([agreed("flow_minute"), agreed("flow_pair")]));
    runs_from_rollups(site, "after init");
}

fn rows_that_somebody_deletes_are_found_and_filled_again(site: &Site) {
    has_a_day(site);
    site.runs_day();
    site.database.sql("DELETE FROM flow_pair WHERE dip = '10.0.0.3'");
    for asked in [&["doctor"][..], &["doctor", "-d", DAY]] {
        let found = site.run(asked).ends_with(65).out;
        let words = "flow_pair of 2016-07-08: flows adds up to 1, but to 3 in flow";
        assert!(found.contains(words) && found.contains("`flow-oa init --compare-rollups`"), "{found}");
    }
    site.does(&["init", "--compare-rollups"]);
    runs_from_rollups(site, "filled");
    assert_eq!(derived(site), DERIVED);
}

/// Adds a flow of the day like a program that maintains no rollups: an earlier version, or a program with another
/// schema.
const OLDER: &str = "INSERT INTO flow_oa_ingest (id, pipeline, file, content, format, stored, finished) \
                     VALUES (99, 'flow', 'old.csv', 'x', 'spot', 1, '2016-07-09 00:00:00'); \
                     INSERT INTO flow_oa_ingest_day (ingest, day, stored) VALUES (99, '2016-07-08', 1);";

/// Stores the first flow of the day again, without the program.
fn add_flow(site: &Site) {
    let columns = site.tables().find(|table| table.name == "flow").unwrap().columns.iter();
    let columns: Vec<String> = columns.map(|column| format!("\"{}\"", column.name)).collect();
    let columns = columns.join(", ");
    site.database.sql(&format!(
        "INSERT INTO flow (flow_oa_id, {columns}) SELECT 999, {columns} FROM flow WHERE dip = '10.0.0.2'"
    ));
}

fn rows_of_a_program_that_knows_no_marks_make_them_invalid(site: &Site) {
    has_a_day(site);
    add_flow(site);
    site.database.sql(OLDER);
    site.runs_day().complains(&[WARNING]);
    assert_eq!(site.rows("SELECT ibyt FROM flow_chords ORDER BY dstip"), ["2", "7"]);
    site.does(&["init"]);
    runs_from_rollups(site, "after init");
    assert_eq!(site.rows("SELECT ibyt FROM flow_chords ORDER BY dstip"), ["2", "7"]);
}

fn rows_that_no_ingest_lists_keep_a_day_from_being_marked(site: &Site) {
    has_a_day(site);
    // A user empties the tables but forgets the rollups.
    site.database.sql("DELETE FROM flow; DELETE FROM flow_oa_ingest; DELETE FROM flow_oa_ingest_day;");
    site.does(&["ingest", "flows.csv"]);
    site.runs_day().complains(&[WARNING]);
    assert_eq!(derived(site), DERIVED);
    site.does(&["init"]);
    runs_from_rollups(site, "after init");
    assert_eq!(derived(site), DERIVED);
}

fn a_column_that_is_added_to_a_rollup_is_filled(site: &Site) {
    has_a_day(site);
    site.database.sql("ALTER TABLE flow_pair DROP COLUMN ibyt");
    site.does(&["init", "--add-columns"]);
    runs_from_rollups(site, "after init");
    assert_eq!(derived(site), DERIVED);
    assert_eq!(site.rows("SELECT ibyt FROM flow_pair ORDER BY dip"), ["1", "7"]);
}

fn marks_follow_whatever_changes_raw_rows(site: &Site) {
    has_a_day(site);
    runs_from_rollups(site, "one file");
    site.home.write("late.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 4)]));
    site.does(&["ingest", "late.csv"]);
    runs_from_rollups(site, "a second file");
    site.home.write("late.csv", spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 9)]));
    site.does(&["ingest", "late.csv", "--replace"]);
    runs_from_rollups(site, "a file replaced");
    site.does(&["ingest", "flows.csv", "--replace-day", DAY]);
    runs_from_rollups(site, "a day replaced");
    assert_eq!(derived(site), DERIVED);
    let other = "sqlite:other.db";
    site.does(&["init", "--database", other]);
    site.does(&["copy", "--from", &site.database.url(), "--to", other]);
    let outcome = site.does(&["run", "-d", DAY, "--database", other]);
    assert!(!outcome.err.contains(WARNING), "copied: {}", outcome.err);
    site.does(&["copy", "--from", other, "--to", &site.database.url()]);
    runs_from_rollups(site, "copied back");
    assert_eq!(derived(site), DERIVED);
    site.does(&["purge", "--before", "2016-07-09", "--yes"]);
    assert_eq!(site.count("flow_oa_rollup_day"), 0);
    site.does(&["ingest", "flows.csv"]);
    runs_from_rollups(site, "purged, and ingested again");
    assert_eq!(derived(site), DERIVED);
}

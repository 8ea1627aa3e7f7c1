//! What a migration of SQLite must not lose: rows and columns of others, and days whose raw rows are gone.

use crate::home::Home;
use crate::migrations::{migrates, remade, with_a_run};

/// Writes the built-in schema to the folder `other`, with `from` replaced by `to` in a file of a table of flows.
fn other_schema(home: &Home, table: &str, from: &str, to: &str) {
    home.does(&["schema", "export", "other"]);
    let file = format!("other/flow/tables/{table}.json");
    let text = home.read(&file);
    assert!(text.contains(from), "{from:?} is not in\n{text}");
    home.write(&file, text.replacen(from, to, 1));
}

const TO_OTHER: [&str; 5] = ["migrate", "--schema", "other", "--apply", "--yes"];

#[test]
fn rows_and_triggers_of_others_that_name_a_rebuilt_table_stay() {
    let home = with_a_run();
    remade(&home, "flow", "\"sip\" TEXT", "\"sip\" TEXT NOT NULL");
    home.sql(
        "CREATE TABLE note (flow INTEGER REFERENCES flow (flow_oa_id) ON DELETE CASCADE, text TEXT); \
         INSERT INTO note SELECT flow_oa_id, 'evidence' FROM flow; CREATE TABLE tally (n INTEGER); \
         CREATE TRIGGER counted AFTER INSERT ON tally BEGIN UPDATE flow SET dir = new.n; END",
    );
    assert_eq!(home.count("note"), 2);
    home.does(&["migrate", "--apply", "--yes"]).says(&["rebuild the table flow"]);
    assert_eq!(home.count("note"), 2);
    home.sql("INSERT INTO tally VALUES (1)");
    assert_eq!(home.value("SELECT group_concat(DISTINCT dir) FROM flow"), "1");
    // References count again.
    home.sql("DELETE FROM flow");
    assert_eq!(home.count("note"), 0);
}

#[test]
fn a_reference_to_a_key_that_changes_stops_the_migration() {
    let home = with_a_run();
    let key = "PRIMARY KEY (\"y\", \"m\", \"d\", \"rank\")";
    remade(&home, "flow_scores", key, "PRIMARY KEY (\"y\", \"rank\")");
    home.sql(
        "CREATE TABLE theirs (y, rank, FOREIGN KEY (y, rank) REFERENCES flow_scores (y, rank)); \
         INSERT INTO theirs VALUES (2016, 0)",
    );
    let before = home.everything();
    home.run(&["migrate", "--apply", "--yes"]).ends_with(78).complains(&[
        "theirs",
        "flow_scores",
        "remove this reference",
        "nothing was changed",
    ]);
    assert_eq!(home.everything(), before);
}

#[test]
fn columns_of_others_in_a_table_that_is_selected_again_stay() {
    let home = with_a_run();
    home.sql(
        "ALTER TABLE flow_edge DROP COLUMN rip; ALTER TABLE flow_edge ADD COLUMN ticket TEXT; \
         UPDATE flow_edge SET ticket = 't'",
    );
    let stay = "stored rows have no value in flow_edge.rip";
    home.does(&["migrate"]).says(&[stay, "not without losing columns of others"]);
    home.does(&["migrate", "--apply", "--yes"]);
    assert_eq!(home.rows("SELECT ticket, rip FROM flow_edge"), ["t|NULL", "t|NULL"]);
}

#[test]
fn a_day_without_all_of_its_raw_rows_is_not_selected_again() {
    let home = with_a_run();
    home.sql("ALTER TABLE flow_edge DROP COLUMN rip; DELETE FROM flow WHERE sip = '10.0.0.1' AND ibyt = 1");
    home.does(&["migrate", "--apply", "--yes"]).says(&[
        "flow_edge of 2016-07-08 stays as it is, without values in new columns: 2 rows are stored, and the raw rows of \
         today give 1",
    ]);
    assert_eq!(home.rows("SELECT ibyt, rip FROM flow_edge ORDER BY ibyt"), ["1|NULL", "2|NULL"]);
    home.does(&["diff"]);
}

#[test]
fn sums_of_raw_rows_that_are_gone_stay() {
    for (gone, left) in [("1 = 1", 0), ("ibyt = 1", 1)] {
        let home = with_a_run();
        home.sql(&format!("ALTER TABLE flow_pair DROP COLUMN obyt; DELETE FROM flow WHERE {gone}"));
        let before = home.rows("SELECT sip, dip, ibyt FROM flow_pair ORDER BY dip");
        home.does(&["migrate", "--apply", "--yes"]).says(&[&format!(
            "flow_pair of 2016-07-08 stays as it is, since sums would be lost: raw rows of that day are missing in flow, \
             which has {left} of them"
        )]);
        home.does(&["init"]);
        assert_eq!(home.rows("SELECT sip, dip, ibyt FROM flow_pair ORDER BY dip"), before);
    }
}

#[test]
fn whole_numbers_that_a_narrower_type_does_not_hold_are_an_obstacle() {
    let home = with_a_run();
    other_schema(
        &home,
        "flow",
        "\"name\": \"sas\", \"type\": \"asn\"",
        "\"name\": \"sas\", \"type\": \"smallint\"",
    );
    home.sql("UPDATE flow SET sas = 100000 WHERE ibyt = 1");
    home.run(&TO_OTHER)
        .ends_with(78)
        .complains(&["flow.sas: values do not fit the type smallint (1 rows)", "nothing was changed"]);
    home.sql("UPDATE flow SET sas = 100");
    home.does(&TO_OTHER);
    home.does(&["diff", "--schema", "other"]);
}

#[test]
fn a_column_under_both_its_names_is_an_obstacle() {
    let home = with_a_run();
    other_schema(&home, "flow_edge", "\"name\": \"flags\",", "\"name\": \"tcp_flags\", \"was\": \"flags\",");
    home.sql("ALTER TABLE flow_edge ADD COLUMN tcp_flags TEXT");
    home.run(&TO_OTHER)
        .ends_with(78)
        .complains(&["flow_edge: the table has the column tcp_flags and flags, an earlier name of it"]);
    home.sql("UPDATE flow_edge SET tcp_flags = flags; ALTER TABLE flow_edge DROP COLUMN flags");
    home.does(&TO_OTHER);
}

#[test]
fn an_index_that_the_key_covers_and_a_key_in_another_order_are_kept_as_the_schema_has_them() {
    let home = with_a_run();
    let key = "\"key\": [\"y\", \"m\", \"d\", \"ip_threat\", \"srcip\", \"dstip\"]";
    other_schema(
        &home,
        "flow_chords",
        key,
        &format!("\"indexes\": [[\"y\", \"m\", \"d\", \"ip_threat\"]], {key}"),
    );
    let ddl = home.does(&["ddl", "--schema", "other"]).out;
    rusqlite::Connection::open(home.path("new.db")).unwrap().execute_batch(&ddl).unwrap();
    home.does(&["diff", "--schema", "other", "--database", "sqlite:new.db"]);

    remade(
        &home,
        "flow_chords",
        "\"ip_threat\", \"srcip\", \"dstip\")",
        "\"srcip\", \"dstip\", \"ip_threat\")",
    );
    home.run(&["diff"])
        .ends_with(1)
        .says(&["flow_chords: expected the key (y, m, d, ip_threat, srcip, dstip)"]);
    migrates(&home);
}

#[test]
fn ddl_that_finds_all_tables_records_no_other_schema() {
    let home = with_a_run();
    let recorded = || home.value("SELECT group_concat(fingerprint) FROM flow_oa_schema");
    let before = recorded();
    other_schema(&home, "flow_edge", "\"name\": \"flags\",", "\"name\": \"tcp_flags\", \"was\": \"flags\",");
    home.sql(&home.does(&["ddl", "--schema", "other"]).out);
    assert_eq!(recorded(), before);
    // Steps to a schema that the database did not get are not done.
    home.sql(
        "INSERT INTO flow_oa_migration (migration, step, what, statements, fingerprint, status) \
         VALUES (1, 1, 'other', '', 'ffff', 'planned')",
    );
    home.does(&["migrate", "--apply", "--yes"]);
    assert_eq!(home.value("SELECT status FROM flow_oa_migration WHERE what = 'other'"), "replaced");
}

#[test]
fn an_index_gets_the_name_of_its_renamed_table() {
    let home = with_a_run();
    other_schema(
        &home,
        "flow_edge",
        "\"table\": \"flow_edge\",",
        "\"table\": \"flow_detail\", \"was\": \"flow_edge\",",
    );
    let file = home.path("other/flow/tables/flow_edge.json");
    std::fs::rename(&file, file.with_file_name("flow_detail.json")).unwrap();
    home.does(&TO_OTHER).says(&["rename the indexes of flow_detail"]);
    home.does(&["diff", "--schema", "other"]);
    // Another table gets the earlier name, and its own index.
    home.does(&["init"]);
    home.run(&["diff", "--output", "json"]).ends_with(1).says(&["\"fits\": true"]);
    let owners = "SELECT name, tbl_name FROM sqlite_schema WHERE name LIKE 'flow_edge_index_1' OR name LIKE 'flow_detail_index_1' ORDER BY 1";
    assert_eq!(home.rows(owners), ["flow_detail_index_1|flow_detail", "flow_edge_index_1|flow_edge"]);
}

//! Database, program and schema files must agree.

use crate::home::{DAY, Home, at, flow, result, spot};

/// A home that is ready for a run and an ingest.
fn ready() -> Home {
    let home = Home::new();
    home.write("flows.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home
}

/// Each command that writes to the database must refuse, with 78 and these words.
fn all_refuse(home: &Home, words: &[&str]) {
    for command in [&["run", "-d", DAY][..], &["ingest", "flows.csv"], &["rank", "-d", DAY]] {
        home.run(command).ends_with(78).complains(words);
    }
}

/// Recreates a table from its DDL, with `from` replaced by `to`.
fn remade(home: &Home, table: &str, from: &str, to: &str) {
    let ddl = home.does(&["ddl", "--table", table]).out;
    assert!(ddl.contains(from), "{from:?} is not in\n{ddl}");
    home.sql(&format!("DROP TABLE {table};\n{}", ddl.replacen(from, to, 1)));
}

#[test]
fn init_makes_the_tables_and_again_changes_nothing() {
    let home = Home::bare();
    let made = home.does(&["init"]);
    assert!(made.out.contains("made the table flow_scores"), "{}", made.out);
    let schema = home.rows("SELECT sql FROM sqlite_schema ORDER BY name");
    let again = home.does(&["init"]);
    assert!(again.out.contains("nothing was changed"), "{}", again.out);
    assert_eq!(home.rows("SELECT sql FROM sqlite_schema ORDER BY name"), schema);
}

#[test]
fn init_makes_what_ddl_prints() {
    let home = Home::new();
    let by_hand = rusqlite::Connection::open_in_memory().unwrap();
    by_hand.execute_batch(&home.does(&["ddl"]).out).unwrap();
    let objects = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name";
    assert_eq!(home.rows(objects), crate::home::rows(&by_hand, objects));
}

#[test]
fn a_database_that_is_not_there_is_not_made_by_a_command_that_needs_one() {
    let home = Home::bare();
    home.write("flows.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    all_refuse(&home, &["data/flow_oa.db", "flow-oa init"]);
    assert!(!home.path("data").exists());
}

#[test]
fn a_missing_table_is_refused_with_the_command_that_makes_it() {
    let home = ready();
    home.sql("DROP TABLE flow_edge");
    all_refuse(&home, &["flow_edge: the table is missing", "`flow-oa init`", "nothing was changed"]);
    home.does(&["init"]);
    home.does(&["run", "-d", DAY]);
}

#[test]
fn a_missing_column_is_refused_with_the_command_that_adds_it() {
    let home = ready();
    home.sql("ALTER TABLE flow_scores DROP COLUMN src_rep");
    let words = ["flow_scores.src_rep: the column (TEXT) is missing", "`flow-oa migrate` shows the changes"];
    all_refuse(&home, &words);
    home.run(&["init"]).ends_with(78).complains(&words);
    let added = home.does(&["init", "--add-columns"]);
    assert!(added.out.contains("made the column flow_scores.src_rep"), "{}", added.out);
    home.does(&["run", "-d", DAY]);
    assert_eq!(home.rows("SELECT src_rep FROM flow_scores"), [""], "the run fills it");
}

#[test]
fn all_differences_are_shown_at_once() {
    let home = ready();
    home.sql("DROP TABLE flow_edge; ALTER TABLE flow_chords DROP COLUMN ipkt;");
    all_refuse(&home, &["flow_edge: ", "flow_chords.ipkt: ", "`flow-oa migrate` shows the changes"]);
    home.does(&["init", "--add-columns"]);
    home.does(&["run", "-d", DAY]);
}

#[test]
fn a_column_more_that_rows_may_leave_empty_is_a_warning() {
    let home = ready();
    home.sql(
        "ALTER TABLE flow_scores ADD COLUMN note TEXT;
         ALTER TABLE flow_scores ADD COLUMN loaded_by TEXT NOT NULL DEFAULT 'flow-oa';",
    );
    home.does(&["run", "-d", DAY])
        .complains(&["warning: flow_scores.note", "warning: flow_scores.loaded_by"]);
    assert_eq!(home.rows("SELECT note, loaded_by FROM flow_scores"), ["NULL|flow-oa"]);
}

#[test]
fn a_column_more_that_rows_need_a_value_for_is_refused() {
    let home = ready();
    remade(&home, "flow_scores", "  \"tstart\" TEXT", "  site TEXT NOT NULL,\n  \"tstart\" TEXT");
    all_refuse(
        &home,
        &["flow_scores.site: the schema does not know this column", "give the column a default"],
    );
}

#[test]
fn a_column_of_another_type_is_refused() {
    let home = ready();
    remade(&home, "flow_chords", "\"ibyt\" INTEGER", "\"ibyt\" TEXT");
    all_refuse(
        &home,
        &["flow_chords.ibyt: expected the type INTEGER, found TEXT", "`flow-oa migrate` shows the changes"],
    );
    home.run(&["init", "--add-columns"]).ends_with(78).complains(&["flow_chords.ibyt"]);
}

#[test]
fn schema_files_that_differ_from_the_program_stop_a_run_with_the_difference() {
    let home = ready();
    copy_schema(&home);
    home.does(&["run", "-d", DAY]);
    let table = home.read("schema/flow/tables/flow_chords.json");
    let other = table.replace("\"name\": \"ipkt\"", "\"name\": \"packets\"");
    home.write("schema/flow/tables/flow_chords.json", other);
    home.run(&["run", "-d", DAY]).ends_with(78).complains(&[
        "only in this program: flow_chords.ipkt",
        "only in the files:    flow_chords.packets",
        "nothing was changed",
    ]);
    let described = table.replace("Address whose peers these are.", "Another description.");
    home.write("schema/flow/tables/flow_chords.json", described);
    home.does(&["run", "-d", DAY]);
}

#[test]
fn schema_files_with_faults_stop_a_run_with_their_places() {
    let home = ready();
    copy_schema(&home);
    home.write("schema/flow/tables/flow_chords.json", "{\"table\": 3}");
    home.run(&["run", "-d", DAY]).ends_with(78).complains(&["flow_chords.json:1:"]);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let home = Home::bare();
    home.write(
        "data/flow_oa.db",
        "this is a text, and longer than the header of a database would be. ".repeat(20),
    );
    home.run(&["init"]).ends_with(69).complains(&["data/flow_oa.db", "not a database"]);
}

#[test]
fn the_database_is_where_the_url_says() {
    let home = Home::bare();
    home.does(&["init", "--database", "sqlite:elsewhere/my.db"]);
    assert!(home.path("elsewhere/my.db").is_file() && !home.path("data").exists());
}

#[test]
fn a_url_of_no_known_engine_is_refused() {
    let home = Home::bare();
    home.run(&["init", "--database", "oracle://somewhere"])
        .ends_with(78)
        .complains(&["sqlite:", "\"oracle\""]);
}

/// Copies the project's schema files into the home.
fn copy_schema(home: &Home) {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/flow");
    for folder in ["", "tables", "sources"] {
        for entry in std::fs::read_dir(source.join(folder)).unwrap().map(Result::unwrap) {
            if entry.path().is_file() {
                let name = entry.file_name().into_string().unwrap();
                let content = std::fs::read(entry.path()).unwrap();
                home.write(&format!("schema/flow/{folder}/{name}"), content);
            }
        }
    }
}

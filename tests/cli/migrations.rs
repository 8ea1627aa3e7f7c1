//! How a SQLite database follows its schema: from every earlier version, with what others added to it, and where that
//! cannot be.

use rusqlite::Connection;

use crate::golden;
use crate::home::{DAY, Home};

/// A home with a day that was run.
pub(crate) fn with_a_run() -> Home {
    let home = Home::with_a_day();
    home.does(&["run", "-d", DAY]);
    home
}

/// A home with a run, whose database was changed by these statements.
fn changed(change: &str) -> Home {
    let home = with_a_run();
    home.sql(change);
    home
}

/// Creates a table again from its DDL, with `from` replaced by `to`, and its rows.
pub(crate) fn remade(home: &Home, table: &str, from: &str, to: &str) {
    let ddl = home.does(&["ddl", "--table", table]).out;
    assert!(ddl.contains(from), "{from:?} is not in\n{ddl}");
    home.sql(&format!("CREATE TABLE kept AS SELECT * FROM {table}; DROP TABLE {table};"));
    home.sql(&ddl.replacen(from, to, 1));
    home.sql(&format!("INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept;"));
}

pub(crate) fn migrates(home: &Home) {
    home.does(&["migrate", "--apply", "--yes"]).says(&["migrated: "]);
    home.does(&["diff"]).says(&["the database has what the schema says"]);
}

/// Adds a row to every table that has no row numbers: a number or a text in each column.
fn with_a_row_in_each_table(database: &Connection) -> Vec<(String, i64)> {
    let names = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut statement = database.prepare(names).unwrap();
    let names: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    for name in &names {
        let columns = format!("SELECT name, type FROM pragma_table_info('{name}')");
        let mut statement = database.prepare(&columns).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        let (columns, values): (Vec<String>, Vec<String>) = rows
            .unwrap()
            .map(Result::unwrap)
            .map(|(name, kind)| (format!("\"{name}\""), value(&name, &kind)))
            .unzip();
        let insert =
            format!("INSERT OR IGNORE INTO {name} ({}) VALUES ({})", columns.join(", "), values.join(", "));
        database.execute_batch(&insert).unwrap_or_else(|error| panic!("{insert}: {error}"));
    }
    counts(database, &names)
}

fn value(name: &str, kind: &str) -> String {
    match (name, kind) {
        ("y" | "tryear", _) => "2016".to_owned(),
        (_, "INTEGER") => "1".to_owned(),
        (_, "REAL") => "0.5".to_owned(),
        _ => "'2016-07-08 10:00:00'".to_owned(),
    }
}

fn counts(database: &Connection, names: &[String]) -> Vec<(String, i64)> {
    let count = |name: &String| {
        let sql = format!("SELECT count(*) FROM {name}");
        (name.clone(), database.query_row(&sql, [], |row| row.get(0)).unwrap())
    };
    names.iter().map(count).collect()
}

#[test]
fn databases_of_all_earlier_versions_become_what_the_schema_says_with_their_rows() {
    let all = golden::folders(&golden::tests_folder().join("goldens/ddl/earlier"));
    assert!(all.len() > 20, "{all:?}");
    for folder in all {
        let home = Home::bare();
        std::fs::create_dir_all(home.path("data")).unwrap();
        let database = home.database();
        database.execute_batch(&std::fs::read_to_string(folder.join("sqlite.sql")).unwrap()).unwrap();
        let before = with_a_row_in_each_table(&database);
        home.does(&["migrate", "--apply", "--yes"]);
        assert_eq!(home.run(&["diff", "--output", "json"]).json()["fits"], true, "{}", folder.display());
        let names: Vec<String> = before.iter().map(|(name, _)| name.clone()).collect();
        for ((name, before), (_, after)) in before.iter().zip(counts(&database, &names)) {
            assert!(after >= *before, "{}: {name}: {before} rows became {after}", folder.display());
        }
    }
}

#[test]
fn each_change_that_needs_another_table_keeps_the_rows() {
    for (table, from, to) in [
        ("flow_chords", "\"ibyt\" INTEGER", "\"ibyt\" TEXT"),
        ("flow_edge", "\"hh\" INTEGER", "\"hh\" REAL"),
        ("flow_edge", "\"md\" INTEGER", "\"md\" ANY"),
        ("flow_edge", "\"sport\" INTEGER CHECK (\"sport\" BETWEEN 0 AND 65535)", "\"sport\" INTEGER"),
        ("flow_scores", "PRIMARY KEY (\"y\", \"m\", \"d\", \"rank\")", "PRIMARY KEY (\"y\", \"rank\")"),
        ("flow", "\"sip\" TEXT", "\"sip\" TEXT NOT NULL"),
    ] {
        let home = with_a_run();
        let before = home.everything();
        remade(&home, table, from, to);
        home.run(&["diff"]).ends_with(1).says(&[table]);
        home.does(&["migrate"]).says(&[&format!("rebuild the table {table}"), "nothing was changed"]);
        migrates(&home);
        assert_eq!(home.everything(), before, "{table}: {to}");
        home.does(&["run", "-d", DAY]);
    }
}

#[test]
fn a_rollup_is_filled_and_is_not_read_before_that() {
    for (change, plan) in [
        (
            "ALTER TABLE flow_pair DROP COLUMN obyt",
            "read raw rows in the place of flow_pair until they are summed up",
        ),
        ("DROP TABLE flow_pair", "create the table flow_pair"),
    ] {
        let home = with_a_run();
        let sums = || {
            let marks = home.rows("SELECT * FROM flow_oa_rollup_day ORDER BY name, day");
            (home.rows("SELECT sip, dip, ibyt, obyt FROM flow_pair ORDER BY sip, dip"), marks)
        };
        let before = sums();
        home.sql(change);
        let forgets = "DELETE FROM \"flow_oa_rollup_day\" WHERE \"name\" = 'flow_pair';";
        home.does(&["migrate"]).says(&[plan, forgets, "sum up the stored raw rows, by day"]);
        migrates(&home);
        assert_eq!(sums(), before, "{change}");
    }
}

#[test]
fn a_script_leaves_what_only_the_program_computes_to_the_next_migration() {
    let home = with_a_run();
    let values = || home.rows("SELECT trday, unix_tstamp FROM flow ORDER BY 2");
    let (before, scores) = (values(), home.everything());
    home.sql("ALTER TABLE flow DROP COLUMN trday; ALTER TABLE flow DROP COLUMN unix_tstamp; DROP TABLE flow_chords");
    let script = home.does(&["migrate", "--sql"]).says(&["`flow-oa migrate --apply` does this step"]).out;
    home.database().execute_batch(&script).unwrap();
    assert_eq!(home.value("SELECT count(trday) FROM flow"), "0");
    home.does(&["migrate"])
        .says(&["fill unix_tstamp, trday", "select the rows of flow_chords for the stored days"]);
    migrates(&home);
    assert_eq!(values(), before);
    let chords = |rows: &[String]| rows.iter().filter(|row| row.starts_with("flow_chords")).count();
    assert_eq!(chords(&home.everything()), chords(&scores));
    home.does(&["migrate", "--sql"]).says(&["there is nothing to migrate"]);
}

#[test]
fn a_limited_migration_leaves_a_table_with_other_changes_alone() {
    let home = with_a_run();
    remade(&home, "flow_threat_investigation", "\"note\" TEXT", "\"note\" INTEGER");
    let before = home.everything();
    home.does(&["init", "--widen"]).says(&["widened the column flow_threat_investigation.note"]);
    assert_eq!(home.everything(), before);
    remade(&home, "flow_threat_investigation", "\"note\" TEXT", "\"note\" INTEGER");
    home.sql(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (\"srcport\" BETWEEN 0 AND 65535)', '') \
         WHERE name = 'flow_threat_investigation'; PRAGMA writable_schema = RESET; SELECT 1",
    );
    home.run(&["init", "--widen"]).ends_with(78).complains(&[
        "flow_threat_investigation: the table must be rebuilt, and other changes would be made with it",
        "nothing was changed",
    ]);
    migrates(&home);
    assert_eq!(home.everything(), before);
}

#[test]
fn texts_that_are_no_numbers_are_obstacles_and_absent_ones_are_none() {
    for (value, fits) in
        [("'1.5'", true), ("'1e3'", true), ("NULL", true), ("'10.0.0.1'", false), ("'2016-07-08'", false)]
    {
        let home = with_a_run();
        remade(&home, "flow", "\"tdur\" REAL CHECK (\"tdur\" BETWEEN 0 AND 4294967296)", "\"tdur\" TEXT");
        home.sql(&format!("UPDATE flow SET tdur = {value}"));
        let found = home.run(&["migrate", "--apply", "--yes"]);
        match fits {
            true => found.ends_with(0),
            false => found.ends_with(78).complains(&["flow.tdur: values do not fit the type REAL (2)"]),
        };
    }
}

#[test]
fn a_new_index_and_a_dropped_column_have_no_index_of_others_in_their_way() {
    let home = with_a_run();
    // The index of the schema has the name of another place, and a longer one has a column that goes.
    home.sql("DROP INDEX flow_edge_index_1; CREATE INDEX flow_edge_index_1 ON flow_edge (y, m, d, dstip)");
    migrates(&home);
    home.sql("ALTER TABLE flow_edge ADD COLUMN note TEXT; CREATE INDEX by_note ON flow_edge (note)");
    home.does(&["schema", "export", "other"]);
    let file = "other/flow/tables/flow_edge.json";
    let text = home.read(file).replacen("\"rows\"", "\"dropped\": [\"note\"], \"rows\"", 1);
    home.write(file, text);
    let migrate = ["migrate", "--schema", "other", "--apply", "--yes"];
    home.run(&migrate).ends_with(78).complains(&["the index by_note is on it", "nothing was changed"]);
    home.sql("DROP INDEX by_note; CREATE VIEW theirs AS SELECT note FROM flow_edge");
    home.run(&migrate).ends_with(78).complains(&["the view theirs depends on it", "nothing was changed"]);
    home.sql("DROP VIEW theirs");
    home.does(&migrate);
    for index in [
        "CREATE UNIQUE INDEX mine ON flow_edge (tstart, ibyt)",
        "CREATE INDEX mine ON flow_edge (ibyt) WHERE ibyt > 1",
    ] {
        remade(&home, "flow_edge", "\"hh\" INTEGER", "\"hh\" REAL");
        home.sql(index);
        home.run(&["migrate", "--apply", "--yes"]).ends_with(78).complains(&["mine", "nothing was changed"]);
        home.sql("DROP INDEX mine");
        migrates(&home);
    }
}

#[test]
fn what_others_added_is_kept_or_named() {
    let home = changed("ALTER TABLE flow_edge ADD COLUMN note TEXT; UPDATE flow_edge SET note = 'n';");
    home.sql("CREATE TABLE mine (x)");
    let ddl = "SELECT sql FROM sqlite_schema WHERE name = 'flow_edge'";
    home.sql(&format!(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, ' CHECK (\"hh\" BETWEEN 0 AND 23)', '') \
         WHERE name = 'flow_edge'; PRAGMA writable_schema = RESET; {ddl}"
    ));
    home.does(&["migrate", "--apply", "--yes"]);
    home.run(&["diff"]).ends_with(1).says(&[
        "flow_edge.note: only the database has this column",
        "mine: only the database has this table",
        "and more",
    ]);
    assert_eq!(home.value("SELECT group_concat(DISTINCT note) FROM flow_edge"), "n");
}

#[test]
fn views_triggers_and_rows_that_do_not_fit_are_obstacles_and_nothing_is_changed() {
    for (change, words) in [
        ("CREATE VIEW v AS SELECT ibyt FROM flow_chords", &["the view v depends on it"][..]),
        (
            "CREATE TRIGGER t AFTER INSERT ON flow_chords BEGIN SELECT 1; END",
            &["the trigger t depends on it"],
        ),
        ("UPDATE flow_chords SET ibyt = 'many'", &["flow_chords.ibyt: values do not fit the type INTEGER"]),
    ] {
        let home = with_a_run();
        remade(&home, "flow_chords", "\"ibyt\" INTEGER CHECK (\"ibyt\" >= 0)", "\"ibyt\" TEXT");
        home.sql(change);
        let before = home.everything();
        home.run(&["migrate", "--apply", "--yes"])
            .ends_with(78)
            .complains(words)
            .complains(&["cannot be migrated", "nothing was changed"]);
        assert_eq!(home.everything(), before);
    }
}

#[test]
fn a_migration_asks_backs_up_and_prints_a_script() {
    let home = changed("DROP INDEX flow_edge_index_1; ALTER TABLE flow_scores DROP COLUMN why;");
    home.run(&["migrate", "--apply"]).ends_with(2).complains(&["repeat the command with --yes"]);
    let script = home.does(&["migrate", "--sql"]).out;
    let copy = home.path("copy.db");
    std::fs::copy(home.path("data/flow_oa.db"), &copy).unwrap();
    Connection::open(&copy).unwrap().execute_batch(&script).unwrap();
    home.does(&["diff", "--database", "sqlite:copy.db"]).says(&["the database has what the schema says"]);
    home.does(&["migrate", "--apply", "--yes", "--backup", "before.db"]);
    home.run(&["diff", "--database", "sqlite:before.db"]).ends_with(1).says(&["flow_scores.why"]);
    home.does(&["diff"]).says(&["the database has what the schema says"]);
    home.run(&["migrate", "--apply", "--yes", "--backup", "before.db"])
        .ends_with(2)
        .complains(&["before.db exists already", "nothing was changed"]);
    let report = home.json(&["migrate"]);
    assert_eq!(report["steps"], serde_json::json!([]));
}

#[test]
fn a_database_of_a_later_version_is_refused() {
    let home = changed("UPDATE flow_oa_schema SET format = 99");
    for command in [
        &["run", "-d", DAY][..],
        &["ingest", "flows.csv"],
        &["init"],
        &["query", "suspicious"],
        &["diff"],
        &["migrate"],
        &["migrate", "--sql"],
        &["migrate", "--apply", "--yes"],
        &["adopt"],
    ] {
        home.run(command).ends_with(78).complains(&["has the format 99", "a later one"]);
    }
    assert_eq!(home.value("SELECT count(*) FROM flow_oa_schema"), "1");
}

#[test]
fn the_schema_of_a_database_is_recorded_once_for_each_change() {
    let home = Home::new();
    let recorded = || home.value("SELECT group_concat(fingerprint) FROM flow_oa_schema");
    let first = recorded();
    assert_eq!(first.len(), 16, "{first}");
    home.does(&["init"]);
    home.does(&["migrate", "--apply", "--yes"]);
    assert_eq!(recorded(), first);
}

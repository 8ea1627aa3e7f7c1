//! Keys and indexes are compared like columns. Each difference is reported with the statement that restores it.

use crate::home::{DAY, at, flow, result, spot};
use crate::site::Site;

on_every_engine! {
    a_key_that_is_missing_is_refused_with_the_statement_that_restores_it[Transactions],
    an_index_that_is_missing_is_a_warning_with_the_statement_that_restores_it[Transactions],
}

fn has_a_day(site: &Site) {
    site.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    site.home.write("late.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 4)]));
}

fn is_sqlite(site: &Site) -> bool {
    site.database.url().starts_with("sqlite:")
}

/// Removes the key of a table. SQLite has no statement for that, but `CREATE TABLE … AS` omits the key.
fn without_key(site: &Site, table: &str) {
    if is_sqlite(site) {
        let columns = site.rows(&format!(
            "SELECT group_concat('\"' || name || '\" ' || type) FROM pragma_table_info('{table}')"
        ));
        site.database.sql(&format!(
            "ALTER TABLE {table} RENAME TO old; CREATE TABLE {table} ({}); INSERT INTO {table} SELECT * FROM old; DROP TABLE old;",
            columns[0]
        ));
    } else {
        site.database.sql(&format!("ALTER TABLE {table} DROP CONSTRAINT {table}_pkey"));
    }
}

/// The statement in a message.
fn restores(text: &str) -> String {
    let (_, statement) =
        text.split_once("this restores it: ").unwrap_or_else(|| panic!("no statement in {text}"));
    statement.lines().next().unwrap().to_owned()
}

fn a_key_that_is_missing_is_refused_with_the_statement_that_restores_it(site: &Site) {
    has_a_day(site);
    site.runs_day();
    let before = site.everything();
    for (table, columns) in [
        ("flow_pair", "y, m, d, sip, dip"),
        ("flow_scores", "y, m, d, rank"),
        ("flow_oa_history", "id"),
        ("flow_oa_rollup_day", "name, day"),
    ] {
        without_key(site, table);
        let words = format!("{table}: the key ({columns}) is missing");
        for command in
            [&["run", "-d", DAY][..], &["ingest", "late.csv"], &["init"], &["run", "-d", DAY, "--dry-run"]]
        {
            site.run(command).ends_with(78).complains(&[&words]);
        }
        let found = site.run(&["doctor"]).ends_with(78);
        assert!(found.out.contains(&words), "{}", found.out);
        assert_eq!(site.everything(), before, "{table}");
        site.database.sql(&restores(&site.run(&["init"]).err));
        site.does(&["init"]);
    }
    site.does(&["ingest", "late.csv"]);
    assert_eq!(site.rows("SELECT flows, ibyt FROM flow_pair"), ["2|5"]);
    if is_sqlite(site) {
        // The numbers of raw rows are a key too.
        without_key(site, "flow");
        site.run(&["ingest", "late.csv", "--again"])
            .ends_with(78)
            .complains(&["flow: the key (flow_oa_id) is missing"]);
        site.database.sql(&restores(&site.run(&["init"]).err));
        site.does(&["ingest", "late.csv", "--again"]);
        assert_eq!(site.rows("SELECT flow_oa_id, ibyt FROM flow ORDER BY 1"), ["1|1", "2|4", "3|4"]);
    }
    let outcome = site.runs_day();
    assert!(!outcome.err.contains("missing"), "{}", outcome.err);
}

fn an_index_that_is_missing_is_a_warning_with_the_statement_that_restores_it(site: &Site) {
    has_a_day(site);
    let name = if is_sqlite(site) {
        "SELECT name FROM pragma_index_list('flow') WHERE origin = 'c'"
    } else {
        "SELECT indexname FROM pg_indexes WHERE tablename = 'flow' AND schemaname = current_schema()"
    };
    let names = site.rows(name);
    assert_eq!(names.len(), 1, "{names:?}");
    site.database.sql(&format!("DROP INDEX \"{}\"", names[0]));
    let words = "flow: an index on (y, m, d, trhour, trminute, sip, dip) is missing";
    site.runs_day().complains(&[words]);
    let found = site.does(&["doctor"]).out;
    assert!(found.contains(words), "{found}");
    site.database.sql(&restores(&site.does(&["init"]).err));
    let outcome = site.runs_day();
    assert!(!outcome.err.contains("missing"), "{}", outcome.err);
    assert_eq!(site.rows(name), names);
}

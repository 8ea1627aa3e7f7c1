//! `flow-oa copy` to PostgreSQL and back: the rows are the same afterwards.

use std::io::Write as _;

use flow_oa_engine::{Store as _, Transaction};
use flow_oa_postgres::Postgres;

use crate::consistent::rollups_hold;
use crate::copies::{everything, ledger, team, url};
use crate::home::{Home, PATIENCE};

/// Names a database in which schemas may be created.
const VARIABLE: &str = "FLOW_OA_TEST_POSTGRES";

/// A schema of a test; dropped at the end of the test.
pub(crate) struct Schema {
    url: String,
    name: String,
}

impl Schema {
    /// Returns `None` and reports the skipped test if there is no server.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let Some(server) = std::env::var(VARIABLE).ok().filter(|server| !server.is_empty()) else {
            let _ = writeln!(std::io::stderr(), "skipped: copies with PostgreSQL: {VARIABLE} is not set");
            return None;
        };
        let name = format!("copies_{test}_{}", std::process::id());
        let mark = if server.contains('?') { '&' } else { '?' };
        let schema = Self { url: format!("{server}{mark}schema={name}"), name };
        schema.drop_it();
        Some(schema)
    }

    /// The database URL of this schema.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn drop_it(&self) {
        let mut store = Postgres::open(&self.url, PATIENCE).unwrap();
        let mut unit = store.begin(Transaction::Latest).unwrap();
        unit.script(&format!("DROP SCHEMA IF EXISTS {} CASCADE", self.name)).unwrap();
        unit.commit().unwrap();
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        self.drop_it();
    }
}

#[test]
fn what_goes_to_postgresql_comes_back_the_same() {
    let Some(schema) = Schema::new("round") else { return };
    let (home, back) = (team(), Home::new());
    home.does(&["init", "--database", &schema.url]);
    for time in ["first", "again, over what is there"] {
        home.does(&["copy", "--to", &schema.url]);
        back.does(&["copy", "--from", &schema.url, "--to", "sqlite:data/flow_oa.db"]);
        assert_eq!(everything(&back), everything(&home), "{time}");
        assert_eq!(ledger(&back), ledger(&home), "{time}");
        rollups_hold(&|query| back.rows(query), time);
    }
}

#[test]
fn the_files_of_a_copy_are_known_to_postgresql() {
    let Some(schema) = Schema::new("files") else { return };
    let (home, back) = (team(), Home::new());
    home.does(&["init", "--database", &schema.url]);
    home.does(&["copy", "--to", &schema.url]);
    let database = ["--database", &schema.url];
    home.run(&[&["ingest", "a.csv"], &database[..]].concat())
        .ends_with(65)
        .complains(&["was ingested before"]);
    let replaced = home.json(&[&["ingest", "midnight.csv", "--replace"], &database[..]].concat());
    assert_eq!(replaced[0]["replaced"], 2);
    home.does(&[&["run", "--from-date", "20160708", "--to-date", "20160709"], &database[..]].concat());
    back.does(&["copy", "--from", &schema.url, "--to", &url(&back)]);
    assert_eq!(
        everything(&back),
        everything(&home),
        "a run on the copy gives what a run on the original gave"
    );
}

#[test]
fn schemas_of_one_database_are_told_apart_and_the_same_one_is_refused() {
    let (Some(one), Some(other)) = (Schema::new("one"), Schema::new("other")) else { return };
    let (home, back) = (team(), Home::new());
    for schema in [&one, &other] {
        home.does(&["init", "--database", &schema.url]);
    }
    home.does(&["copy", "--to", &one.url]);
    home.does(&["copy", "--from", &one.url, "--to", &other.url]);
    back.does(&["copy", "--from", &other.url, "--to", &url(&back)]);
    assert_eq!(everything(&back), everything(&home));
    let by_another_name = format!("{}&application_name=other", one.url);
    for to in [&one.url, &by_another_name] {
        home.run(&["copy", "--from", &one.url, "--to", to]).ends_with(2).complains(&["the same database"]);
    }
}

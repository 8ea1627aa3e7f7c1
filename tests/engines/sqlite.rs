//! SQLite for the suite: a file in the home.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::backend::{Backend, Can, Database, NULL, Template};
use crate::home::Home;

pub(crate) struct Sqlite;

impl Backend for Sqlite {
    fn can(&self) -> &'static [Can] {
        &[Can::AtomicRuns, Can::Transactions, Can::ReplaceFiles, Can::ConcurrentWriters]
    }

    fn fresh(&self, home: &Path) -> Option<Box<dyn Database>> {
        Some(Box::new(File(home.to_owned())))
    }
}

/// The database of the home in that folder.
struct File(PathBuf);

impl File {
    fn path(&self) -> PathBuf {
        self.0.join("data/flow_oa.db")
    }

    fn open(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }
}

impl Database for File {
    fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let database = self.open();
        let mut statement = database.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let width = statement.column_count();
        let row =
            |row: &rusqlite::Row<'_>| Ok((0..width).map(|at| shown(row.get_ref(at).unwrap())).collect());
        let rows = statement.query_map([], row).unwrap();
        rows.map(|row| row.unwrap_or_else(|error| panic!("{query}: {error}"))).collect()
    }

    fn sql(&self, sql: &str) {
        self.open().execute_batch(sql).unwrap();
    }

    fn of_version(&self, ddl: &Path, home: &Path) -> Box<dyn Database> {
        let database = Self(home.to_owned());
        std::fs::create_dir_all(home.join("data")).unwrap();
        database.sql(&std::fs::read_to_string(ddl.join("sqlite.sql")).unwrap());
        Box::new(database)
    }

    fn as_template(&self) -> Option<&dyn Template> {
        Some(self)
    }
}

impl Template for File {
    fn contents(&self) -> Vec<String> {
        let home = Home::at(&self.0);
        assert_eq!(home.value("PRAGMA integrity_check"), "ok");
        let mut found = home.everything();
        found.extend(home.rows("SELECT 'schema', name, sql FROM sqlite_schema ORDER BY name"));
        if home.value("SELECT count(*) FROM sqlite_schema WHERE name = 'flow_oa_ingest_day'") == "1" {
            found.extend(home.rows(
                "SELECT file, content, i.stored, first_row, last_row, day, d.stored
                 FROM flow_oa_ingest i JOIN flow_oa_ingest_day d ON d.ingest = i.id ORDER BY i.id, day",
            ));
        }
        found
    }

    fn copied(&self, home: &Path) -> Box<dyn Database> {
        Box::new(Self(home.to_owned()))
    }
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => NULL.to_owned(),
        ValueRef::Integer(it) => it.to_string(),
        ValueRef::Real(it) => it.to_string(),
        ValueRef::Text(it) => String::from_utf8(it.to_vec()).expect("the database holds UTF-8"),
        ValueRef::Blob(it) => format!("{it:?}"),
    }
}

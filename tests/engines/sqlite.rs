//! SQLite, for the suite: a file in the home.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::backend::{Backend, Can, Database, NULL};

pub(crate) struct Sqlite;

impl Backend for Sqlite {
    fn can(&self) -> &'static [Can] {
        &[Can::AtomicRuns, Can::Transactions, Can::ReplaceFiles, Can::ConcurrentWriters]
    }

    fn fresh(&self, home: &Path) -> Option<Box<dyn Database>> {
        Some(Box::new(File(home.join("data/flow_oa.db"))))
    }
}

struct File(PathBuf);

impl File {
    fn open(&self) -> Connection {
        Connection::open(&self.0).unwrap()
    }
}

impl Database for File {
    fn url(&self) -> String {
        format!("sqlite:{}", self.0.display())
    }

    fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let database = self.open();
        let mut statement = database.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
        let width = statement.column_count();
        let row =
            |row: &rusqlite::Row<'_>| Ok((0..width).map(|at| shown(row.get_ref(at).unwrap())).collect());
        let rows = statement.query_map([], row).unwrap();
        rows.map(|it| it.unwrap_or_else(|error| panic!("{query}: {error}"))).collect()
    }

    fn sql(&self, sql: &str) {
        self.open().execute_batch(sql).unwrap();
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

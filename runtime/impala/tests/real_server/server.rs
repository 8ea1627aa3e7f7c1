//! A session with a separate database, and helpers to query it.

use std::io::Write as _;
use std::path::Path;

use flow_oa_core::{Batch, Cell};
use flow_oa_hs2::{Session, Settings, Value};
use flow_oa_impala::sql::statements;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::{Dialect, Files, Schema, check};

/// A session, its own database, and the folder of its tables; all are removed at the end.
pub(crate) struct Server {
    session: Session,
    pub(crate) place: Place,
    pub(crate) folder: tempfile::TempDir,
}

impl Server {
    pub(crate) fn open(test: &str) -> Option<Self> {
        let Ok(text) = std::env::var("FLOW_OA_TEST_HS2") else {
            let line = "skipped: statements on HiveServer2: FLOW_OA_TEST_HS2 is not set\n";
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        };
        let mut words = text.split_whitespace();
        let (host, port) = words.next().and_then(|word| word.rsplit_once(':')).expect("host:port");
        let mut settings = Settings::new(host, port.parse().expect("a port"));
        settings.user = words.find_map(|word| word.strip_prefix("user=")).unwrap_or("tester").to_owned();
        settings.options =
            vec![("set:hiveconf:hive.exec.dynamic.partition.mode".to_owned(), "nonstrict".into())];
        let folder = tempfile::tempdir().unwrap();
        let database = format!("flow_oa_{test}_{}", std::process::id());
        let root = format!("file://{}", folder.path().display());
        let mut server = Self {
            session: Session::open(&settings).unwrap(),
            place: Place { database: Some(database.clone()), location_root: Some(root) },
            folder,
        };
        server.run(&statements::create_database(&database));
        Some(server)
    }

    pub(crate) fn run(&mut self, sql: &str) {
        self.session
            .run(sql)
            .unwrap_or_else(|error| panic!("{error}\n{}", sql.chars().take(2_000).collect::<String>()));
    }

    /// Names of the columns, and rows of texts, `None` for NULL.
    pub(crate) fn query(&mut self, sql: &str) -> (Vec<String>, Vec<Vec<Option<String>>>) {
        let mut operation = self.session.execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let names = operation.columns().unwrap().iter().map(|it| it.name.clone()).collect();
        let mut rows = Vec::new();
        while let Some(page) = operation.fetch(1_000).unwrap() {
            rows.extend(page.iter().map(|row| row.map(|row| row.map(shown)).collect::<Vec<_>>()));
        }
        operation.close().unwrap();
        (names, rows)
    }

    pub(crate) fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.query(sql).1
    }

    /// Like [`Self::query`], with an empty text for NULL, as answers are parsed.
    pub(crate) fn texts(&mut self, sql: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let (names, rows) = self.query(sql);
        (
            names,
            rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect(),
        )
    }

    pub(crate) fn name(&self, table: &str) -> String {
        Dialect::Impala.qualified(table, &self.place)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let name = Dialect::Impala.quoted(self.place.database.as_deref().unwrap_or_default());
        let _ = self.session.run(&format!("DROP DATABASE IF EXISTS {name} CASCADE"));
    }
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Bool(it) => it.to_string(),
        Value::I8(it) => it.to_string(),
        Value::I16(it) => it.to_string(),
        Value::I32(it) => it.to_string(),
        Value::I64(it) => it.to_string(),
        Value::Double(it) => format!("{it:?}"),
        Value::Text(it) => it.to_owned(),
        Value::Binary(it) => format!("{it:?}"),
    }
}

pub(crate) fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|text| Some((*text).to_owned())).collect()
}

pub(crate) fn schema() -> Schema {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema");
    check(&Files::read(&root)).unwrap()
}

/// Rows of cells.
pub(crate) struct Rows<'r>(pub(crate) Vec<Vec<Cell<'r>>>);

impl Batch for Rows<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        out.extend(self.0[index].iter().copied());
    }
}

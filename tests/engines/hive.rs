//! HiveServer2 for the suite: a database of its own on the server that `FLOW_OA_TEST_HS2` names, such as that of
//! `tests/services/hs2-server.sh`, with its tables in the test's home. The client alone reads and changes it.
//!
//! A statement takes a tenth of a second or more, so a few scenes represent the suite.

use std::path::Path;

use flow_oa_hs2::{Session, Settings, Value};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::impala::log;
use flow_oa_schema::model::Table;
use secrecy::ExposeSecret as _;

use crate::backend::{Backend, Can, Database, NULL};
use crate::home::{at, flow, result};
use crate::psql::{unique, variable};
use crate::site::{MODEL, Site};

pub(crate) struct Hive;

impl Backend for Hive {
    fn can(&self) -> &'static [Can] {
        &[]
    }

    fn fresh(&self, home: &Path) -> Option<Box<dyn Database>> {
        Some(Box::new(Tables::at(location_in(home))?))
    }
}

/// A database, which the program creates; dropped at the end of the test.
pub(crate) struct Tables {
    /// The settings of the connection.
    settings: Settings,
    /// The same settings as URL parameters.
    parameters: String,
    name: String,
    /// The folder of its tables, as a URL.
    location: String,
}

impl Tables {
    /// A database whose tables are in a home.
    pub(crate) fn new(settings: Settings, parameters: String, home: &Path) -> Self {
        Self { settings, parameters, name: unique("test"), location: location_in(home) }
    }

    /// A database on the server without a password, with its tables at a URL.
    pub(crate) fn at(location: String) -> Option<Self> {
        let server = variable("FLOW_OA_TEST_HS2", "HiveServer2 tests")?;
        let (host, port) = server.split_whitespace().next()?.rsplit_once(':')?;
        let settings = Settings::new(host, port.parse().unwrap());
        Some(Self { settings, parameters: "auth=nosasl".to_owned(), name: unique("test"), location })
    }

    /// Creates the database, as another program would.
    pub(crate) fn create(&self) {
        self.session().run(&format!("CREATE DATABASE `{}`", self.name)).unwrap();
    }

    fn session(&self) -> Session {
        Session::open(&self.settings).unwrap()
    }
}

impl Database for Tables {
    fn url(&self) -> String {
        let Settings { host, port, user, password, .. } = &self.settings;
        let password =
            password.as_ref().map_or_else(String::new, |password| format!(":{}", password.expose_secret()));
        let Self { parameters, name, location, .. } = self;
        format!("hive2://{user}{password}@{host}:{port}/{name}?{parameters}&location={location}")
    }

    fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let mut session = self.session();
        session.run(&format!("USE `{}`", self.name)).unwrap();
        let mut operation = session.execute(&query.replace('"', "`")).unwrap();
        let mut rows = Vec::new();
        while let Some(page) = operation.fetch(10_000).unwrap() {
            rows.extend(page.iter().map(|row| row.map(shown).collect::<Vec<_>>()));
        }
        operation.close().unwrap();
        rows
    }

    fn of_version(&self, ddl: &Path, home: &Path) -> Box<dyn Database> {
        let (settings, parameters) = (self.settings.clone(), self.parameters.clone());
        let tables = Self::new(settings, parameters, home);
        tables.create();
        let ddl = std::fs::read_to_string(ddl.join("impala.sql")).unwrap();
        let ddl = ddl.replace("'/flow_oa/", &format!("'{}/", tables.location));
        ddl.split(";\n").filter(|statement| statement.contains("CREATE ")).for_each(|sql| tables.sql(sql));
        Box::new(tables)
    }

    fn has(&self, table: &Table) -> bool {
        Dialect::Impala.has(table)
    }

    /// Analysts' rows are appended to the log of the table, each with a number of its own.
    fn note(&self, table: &str, columns: &str, values: &str) {
        let table = MODEL.tables().find(|found| found.name == table).unwrap();
        let given: Vec<(&str, &str)> = columns.split(", ").zip(values.split(", ")).collect();
        let mut row = vec!["1", "false"];
        let of =
            |name: &str| given.iter().find(|(column, _)| *column == name).map_or("NULL", |(_, value)| value);
        row.extend(log::order(table).map(|column| of(&column.name)));
        self.sql(&format!("INSERT INTO {} VALUES ({})", log::name_of(&table.name), row.join(", ")));
    }

    fn rounds(&self) -> u32 {
        2
    }

    fn sql(&self, sql: &str) {
        let mut session = self.session();
        session.run(&format!("USE `{}`", self.name)).unwrap();
        session.run(sql).unwrap();
    }
}

impl Drop for Tables {
    fn drop(&mut self) {
        // If the test fails, its own message matters.
        let _ = self.session().run(&format!("DROP DATABASE IF EXISTS `{}` CASCADE", self.name));
    }
}

/// The location of tables in a home.
pub(crate) fn location_in(home: &Path) -> String {
    format!("file://{}", home.join("tables").display())
}

fn shown(value: Option<Value<'_>>) -> String {
    match value {
        None => NULL.to_owned(),
        Some(Value::Bool(it)) => it.to_string(),
        Some(Value::I8(it)) => it.to_string(),
        Some(Value::I16(it)) => it.to_string(),
        Some(Value::I32(it)) => it.to_string(),
        Some(Value::I64(it)) => it.to_string(),
        Some(Value::Double(it)) => it.to_string(),
        Some(Value::Text(it)) => it.to_owned(),
        Some(Value::Binary(it)) => String::from_utf8_lossy(it).into_owned(),
    }
}

/// A site with tables, a few flows and the results of their day.
pub(crate) fn prepared(backend: &Hive) -> Option<Site> {
    let site = Site::bare(backend)?;
    site.does(&["init"]);
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100),
        flow(&at("10:00:30"), "10.0.0.2", "10.0.0.1", 50),
        flow(&at("11:00:00"), "10.0.0.1", "10.0.0.3", 100),
    ]);
    site.has_results(&[
        result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1"),
        result(&at("11:00:01"), "10.0.0.1", "10.0.0.3", "0.2"),
    ]);
    Some(site)
}

/// The tables of this family that a run writes.
pub(crate) fn derived() -> impl Iterator<Item = &'static str> {
    MODEL.tables().filter(|it| it.is_written_by_run()).map(|it| it.name.as_str())
}

/// The staging tables of units of work that are in progress or were abandoned.
pub(crate) fn staged(site: &Site) -> Vec<String> {
    let found =
        site.database.rows("SHOW TABLES LIKE 'flow_oa_aside*|flow_oa_raw*|flow_oa_chord*|flow_oa_asked*'");
    found.into_iter().filter_map(|row| row.into_iter().nth(1)).collect()
}

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
use crate::home::{DAY, at, flow, result};
use crate::psql::{unique, variable};
use crate::site::{MODEL, Site};
use crate::under_way::{UnderWay, until};

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

#[test]
fn a_day_is_replaced_run_dry_and_purged() {
    let Some(site) = prepared(&Hive) else { return };
    assert!(site.does(&["init"]).out.contains("nothing was changed"));
    site.runs_day();
    let rows = |site: &Site| derived().map(|table| site.table(table)).collect::<Vec<_>>();
    let first = rows(&site);
    assert_eq!((site.count("flow_scores"), site.count("flow_edge")), (2, 3));
    let killed = "flow_oa_chord_0000000000000001";
    site.database.sql(&format!("CREATE TABLE {killed} (hub STRING)"));
    for _ in 0..2 {
        site.runs_day();
        assert_eq!(rows(&site), first);
        // The current run and the previous one, to which the partition can be reset.
        let runs =
            std::fs::read_dir(site.home.path("tables/flow/hive/oa/suspicious/y=2016/m=7/d=8")).unwrap();
        assert_eq!(runs.count(), 2);
    }
    assert_eq!(
        site.database.rows(&format!("SHOW TABLES LIKE '{killed}'")).len(),
        0,
        "what a killed run left"
    );
    let expected = site.json(&["run", "-d", DAY, "--dry-run"]);
    let counts: Vec<_> =
        expected["tables"].as_array().unwrap().iter().map(|table| table["rows"].clone()).collect();
    assert_eq!(counts[0], 2);
    assert_eq!(rows(&site), first);
    assert_eq!(site.json(&["history"])["entries"].as_array().unwrap().len(), 4);
    site.run(&["ingest", "flows.csv"]).ends_with(65).complains(&["ingested before"]);
    site.run(&["ingest", "--replace", "flows.csv"]).ends_with(2).complains(&["--replace-day"]);
    site.does(&["ingest", "--replace-day", DAY, "flows.csv"]);
    assert_eq!(site.count("flow"), 3);
    site.does(&["purge", "--before", "20160709", "--yes"]);
    assert_eq!((site.count("flow"), site.count("flow_scores"), site.count("flow_edge")), (0, 0, 0));
}

/// The first file of rows in a folder or below it.
fn rows_file(folder: &Path) -> Option<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.into_iter().find_map(|path| match path.is_dir() {
        true => rows_file(&path),
        false => {
            Some(path).filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with(['.', '_']))
        }
    })
}

#[test]
fn files_that_a_purge_could_not_delete_are_reported_and_never_rows_again() {
    let Some(site) = prepared(&Hive) else { return };
    let hour = site.home.path("tables/flow/hive/flow/y=2016/m=7/d=8/h=10");
    let kept = site.home.path("kept");
    std::fs::copy(rows_file(&hour).unwrap(), &kept).unwrap();
    let purge = ["purge", "--before", "20160709", "--yes"];
    site.does(&purge);
    assert!(!hour.exists());
    std::fs::create_dir_all(&hour).unwrap();
    std::fs::rename(&kept, hour.join("part-0")).unwrap();
    site.run(&purge).ends_with(73).complains(&["files of the purged days", "y=2016/m=7/d=8"]);
    site.does(&["ingest", "flows.csv"]);
    assert_eq!(site.count("flow"), 3, "rows of the old file came back");
    site.does(&purge);
    assert!(!hour.exists(), "the folder of a partition goes with all that is in it");
}

#[test]
fn a_run_that_is_killed_leaves_the_old_day_and_the_same_command_again_makes_the_new_one() {
    let Some(site) = prepared(&Hive) else { return };
    site.runs_day();
    site.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let run = UnderWay::start(&site, &["run", "-d", DAY]);
    let newest = "SELECT status FROM flow_oa_history ORDER BY id DESC LIMIT 1";
    until("the run has begun", || site.rows(newest) == ["running"]);
    run.signal("-KILL");
    assert!(run.ends().is_none());
    assert_eq!(site.count("flow_scores"), 2);
    site.runs_day();
    assert_eq!((site.count("flow_scores"), site.count("flow_edge")), (1, 2));
    let statuses = site.rows("SELECT status FROM flow_oa_history ORDER BY id DESC LIMIT 2");
    assert_eq!(statuses, ["done", "killed"]);
}

#[test]
fn a_run_that_is_interrupted_cancels_its_statement_and_leaves_the_old_day_and_nothing_else() {
    let Some(site) = prepared(&Hive) else { return };
    site.runs_day();
    let rows = || derived().flat_map(|table| site.table(table)).collect::<Vec<_>>();
    let before = rows();
    site.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let run = UnderWay::start(&site, &["run", "-d", DAY]);
    until("something is written aside", || !staged(&site).is_empty());
    run.signal("-INT");
    let outcome = run.ends().expect("it ends by itself").ends_with(130);
    let outcome = outcome.complains(&["interrupted"]);
    outcome.changes_nothing();
    assert!(!outcome.err.contains("left behind"), "{}", outcome.err);
    assert_eq!(staged(&site), Vec::<String>::new());
    let folder = site.home.path("tables/flow/hive/oa/suspicious/y=2016/m=7/d=8");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "folders of runs");
    assert_eq!(rows(), before);
    assert_eq!(site.rows("SELECT status FROM flow_oa_history ORDER BY id DESC LIMIT 1"), ["failed"]);
    site.runs_day();
    assert_eq!(site.count("flow_scores"), 1);
}

#[test]
fn texts_and_extremes_arrive_as_they_were() {
    let Some(site) = prepared(&Hive) else { return };
    let mut odd = flow(&at("12:00:00"), "10.0.0.9", "10.0.0.8", 7);
    odd = odd.replace("TCP", "\"it's \\ ${x} é\"");
    site.home.write("odd.csv", crate::home::spot(&[odd]));
    site.does(&["ingest", "odd.csv"]);
    assert_eq!(site.rows("SELECT proto FROM flow WHERE sip = '10.0.0.9'"), ["it's \\ ${x} é"]);
}

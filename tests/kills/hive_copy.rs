//! A copy into a HiveServer2 (`FLOW_OA_TEST_HS2`) whose counts differ, or that ends before it publishes: the day is
//! the old one, nothing else remains except the staged data of a killed copy, and the same command again copies the
//! new day.

use std::io::Write as _;

use flow_oa_core::failpoints::VARIABLE;
use flow_oa_hs2::{Session, Settings};

use crate::home::{DAY, Home, Outcome, at, flow, result, spot};

/// A database on the server; dropped at the end of the test.
struct Database {
    settings: Settings,
    name: String,
    url: String,
}

impl Database {
    /// Returns `None` and reports the skipped test if there is no server.
    fn new(home: &Home) -> Option<Self> {
        let Ok(server) = std::env::var("FLOW_OA_TEST_HS2") else {
            let _ =
                writeln!(std::io::stderr(), "skipped: copies to HiveServer2: FLOW_OA_TEST_HS2 is not set");
            return None;
        };
        let server = server.split_whitespace().next().unwrap();
        let (host, port) = server.rsplit_once(':').unwrap();
        let name = format!("flow_oa_kills_{}", std::process::id());
        let folder = home.path("tables").display().to_string();
        let url = format!("hive2://{server}/{name}?auth=nosasl&location=file://{folder}");
        Some(Self { settings: Settings::new(host, port.parse().unwrap()), name, url })
    }

    fn session(&self) -> Session {
        Session::open(&self.settings).unwrap()
    }

    /// The numbers of rows of flows and scores, and the number of staging tables.
    fn counts(&self) -> [usize; 3] {
        let mut session = self.session();
        session.run(&format!("USE `{}`", self.name)).unwrap();
        ["SELECT * FROM flow", "SELECT * FROM flow_scores", "SHOW TABLES LIKE 'flow_oa_*_0*'"].map(|query| {
            let mut operation = session.execute(query).unwrap();
            let mut rows = 0;
            while let Some(page) = operation.fetch(1000).unwrap() {
                rows += page.iter().count();
            }
            operation.close().unwrap();
            rows
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // If the test fails, its own message matters.
        let _ = self.session().run(&format!("DROP DATABASE IF EXISTS `{}` CASCADE", self.name));
    }
}

#[test]
fn counts_that_differ_and_ends_before_the_last_step_leave_the_old_day() {
    let home = Home::new();
    let Some(hive) = Database::new(&home) else { return };
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100)]);
    home.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home.runs_day();
    home.does(&["init", "--database", &hive.url]);
    let copy = ["copy", "--to", &hive.url, "-d", DAY];
    home.does(&copy);
    assert_eq!(hive.counts(), [1, 1, 0]);
    home.write("more.csv", spot(&[flow(&at("11:00:00"), "10.0.0.3", "10.0.0.4", 7)]));
    home.does(&["ingest", "more.csv"]);
    home.has_results(&["10.0.0.2", "10.0.0.3"].map(|to| result(&at("10:00:01"), "10.0.0.1", to, "0.1")));
    home.runs_day();
    let disturbed = |plan: &str| {
        let mut command = home.command(&copy);
        command.env(VARIABLE, plan);
        let output = command.output().unwrap();
        output.status.code().map(|code| Outcome {
            code,
            out: String::new(),
            err: String::from_utf8(output.stderr).unwrap(),
        })
    };
    // The first table, then the second.
    for plan in ["copy-rows=miscount", "copy-rows:2=miscount"] {
        let outcome = disturbed(plan).unwrap().ends_with(70);
        outcome.complains(&["rows were read of", "are there now", "nothing was changed"]);
        assert_eq!(hive.counts(), [1, 1, 0], "{plan}");
    }
    disturbed("copy-done=error").unwrap().ends_with(73).complains(&["stopped on purpose"]);
    assert_eq!(hive.counts(), [1, 1, 0]);
    assert!(disturbed("copy-done=abort").is_none());
    assert_eq!(hive.counts()[..2], [1, 1]);
    home.does(&copy);
    assert_eq!(hive.counts()[..2], [2, 2]);
}

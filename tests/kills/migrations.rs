//! A migration that is stopped before any statement or between any two steps: no row is lost, and the same command again
//! completes it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use flow_oa_core::failpoints::VARIABLE;

use crate::backend::Backend;
use crate::edits::{copy, fits, other_schema, with_a_day};
use crate::hive::Hive;
use crate::home::Home;
use crate::psql::Postgres;
use crate::site::Site;
use crate::sqlite::Sqlite;
use crate::stride;

const MIGRATE: [&str; 5] = ["migrate", "--schema", "other", "--apply", "--yes"];

/// The rows that a migration to the other schema must not lose, whatever their tables and columns are called.
const KEPT: [(&str, &[&str]); 5] = [
    ("ibyt, sip, treceived", &["flow", "flow_flow_oa_old"]),
    ("rank, srcip, score", &["flow_scores"]),
    ("ibyt, srcip, dstip", &["flow_edge", "flow_edge_flow_oa_old"]),
    ("ibyt, ip_threat, srcip", &["flow_chords", "flow_links"]),
    (
        "score, scored_by, srcip",
        &[
            "flow_threat_investigation",
            "flow_threat_investigation_log",
            "flow_threat_investigation_log_flow_oa_old",
        ],
    ),
];

/// The number of concurrent cases.
const AT_ONCE: usize = 4;

struct Prepared {
    site: Site,
    kept: Vec<Vec<String>>,
}

impl Prepared {
    fn new(backend: &dyn Backend) -> Option<Self> {
        let site = Site::bare(backend)?;
        site.does(&["init"]);
        with_a_day(&site);
        other_schema(&site, "other");
        let kept = kept(&site);
        Some(Self { site, kept })
    }

    fn copied(&self) -> Site {
        let home = Home::bare();
        copy(&self.site.home.path(""), &home.path(""));
        let database = self.site.database.as_template().unwrap().copied(&home.path(""));
        Site { home, database }
    }

    /// How often the migration passes each fail point.
    fn passed(&self) -> BTreeMap<String, u32> {
        let site = self.copied();
        let plan = format!("all=note:{}", site.home.path("passed").display());
        assert!(site.command(&MIGRATE).env(VARIABLE, plan).output().unwrap().status.success());
        let mut passed = BTreeMap::new();
        for point in site.home.read("passed").lines() {
            *passed.entry(point.to_owned()).or_default() += 1;
        }
        passed
    }

    fn outlives(&self, plan: &str) {
        let site = self.copied();
        let output = site.command(&MIGRATE).env(VARIABLE, plan).output().unwrap();
        assert!(!output.status.success(), "{plan}");
        assert_eq!(kept(&site), self.kept, "{plan}: rows are lost");
        site.does(&MIGRATE);
        assert_eq!(kept(&site), self.kept, "{plan}: rows are lost by the second command");
        has_computed_values(&site, plan);
        fits(&site, "other");
        assert_eq!(
            site.rows("SELECT count(*) FROM flow_oa_migration WHERE status = 'planned'"),
            ["0"],
            "{plan}"
        );
    }
}

/// The values that the migration computes.
fn has_computed_values(site: &Site, plan: &str) {
    for (query, expected) in [
        ("SELECT bytes_both_ways FROM flow_edge ORDER BY 1", &["150", "250", "450"][..]),
        ("SELECT second_of_minute FROM flow_edge ORDER BY 1", &["0", "0", "30"]),
        ("SELECT second_again FROM flow ORDER BY 1", &["0", "0", "30"]),
        ("SELECT flows FROM flow_ports", &["3"]),
    ] {
        assert_eq!(site.rows(query), expected, "{plan}: {query}");
    }
}

/// The rows of each table, under the name that it has.
fn kept(site: &Site) -> Vec<Vec<String>> {
    let url = site.database.url();
    let (_, query) = NAMES.iter().find(|(scheme, _)| url.starts_with(scheme)).unwrap();
    let names: Vec<Vec<String>> = site.database.rows(query);
    let rows = |(columns, tables): &(&str, &[&str])| {
        let exists = |table: &&&str| names.iter().flatten().any(|name| name == **table);
        let table = tables.iter().find(exists).unwrap();
        let mut rows = site.rows(&format!("SELECT {columns} FROM {table}"));
        rows.sort();
        rows
    };
    KEPT.iter().map(rows).collect()
}

/// The queries for the names of tables, by the scheme of the URL.
const NAMES: [(&str, &str); 3] = [
    ("sqlite", "SELECT name FROM sqlite_schema WHERE type = 'table'"),
    ("postgres", "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"),
    ("hive2", "SHOW TABLES"),
];

/// Stops between any two steps, and before each `step`th statement.
fn stop_everywhere(backend: &dyn Backend, step: usize) {
    let Some(prepared) = Prepared::new(backend) else { return };
    let passed = prepared.passed();
    for point in ["migrate-step", "migrate-planned", "migrate-alone", "migrate-derived", "migrate-recorded"] {
        assert!(passed.contains_key(point), "{point} is not passed: {passed:?}");
    }
    let mut plans = Vec::new();
    for (point, often) in &passed {
        // An error before a statement is an error of that step.
        let (actions, step): (&[&str], usize) = match point == "statement" {
            true => (&["abort"], step),
            false => (&["error", "abort"], 1),
        };
        for time in (1..=*often).step_by(stride(step)) {
            plans.extend(actions.iter().map(|action| format!("{point}:{time}={action}")));
        }
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(plan) = plans.get(next.fetch_add(1, Ordering::SeqCst)) {
                    prepared.outlives(plan);
                }
            });
        }
    });
}

#[test]
fn a_stopped_migration_loses_no_row_and_is_completed_by_the_same_command_on_sqlite() {
    stop_everywhere(&Sqlite, 1);
}

#[test]
fn a_stopped_migration_loses_no_row_and_is_completed_by_the_same_command_on_postgres() {
    stop_everywhere(&Postgres, 23);
}

/// One migration that is killed again and again, each time some statements later: a server without transactions takes
/// seconds for each.
#[test]
fn a_migration_that_is_killed_again_and_again_loses_no_row_and_is_completed_on_hive() {
    let Some(Prepared { site, kept: before }) = Prepared::new(&Hive) else { return };
    for time in [3, 9, 14, 17, 20, 23, 26] {
        let plan = format!("statement:{time}=abort");
        if site.command(&MIGRATE).env(VARIABLE, &plan).output().unwrap().status.success() {
            break;
        }
        assert_eq!(kept(&site), before, "{plan}");
    }
    site.does(&MIGRATE);
    assert_eq!(kept(&site), before);
    has_computed_values(&site, "in the end");
    fits(&site, "other");
}

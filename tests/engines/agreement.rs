//! Every engine stores the same rows of real days (in `../shared/data` beside the workspace): of every table that it
//! has, including the rollups, and of the files that a run and a ranking write. SQLite is the reference.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::hive::Hive;
use crate::psql::{Postgres, skipped};
use crate::site::Site;
use crate::sqlite::Sqlite;

/// The folder of a real day. Returns `None` and reports the skipped test if it is missing.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !folder.is_dir() {
        skipped(&format!("{name} in several engines"), "../shared/data is not there");
        return None;
    }
    Some(folder.canonicalize().unwrap())
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A real day: its files and the results of runs.
struct Day {
    folder: PathBuf,
    day: &'static str,
    flows: &'static str,
    results: &'static str,
    context: Value,
    /// Runs by their limit, each with the numbers of scores, details and chords.
    runs: &'static [(&'static str, [usize; 3])],
}

fn oni() -> Option<Day> {
    let (oni, geo, reputation) = (folder("oni-20160708")?, folder("geo")?, folder("reputation")?);
    let context = json!({
        "ranges": oni.join("ipranges.csv"),
        "names": oni.join("networkcontext_1.csv"),
        "geo": geo.join("iploc.csv"),
        "reputation": {"demo": reputation.join("reputation_demo.csv")},
    });
    let runs = &[("500", [282, 4304, 157]), ("500", [282, 4304, 157])];
    Some(Day { folder: oni, day: "20160708", flows: "flow.csv", results: "flow_results.csv", context, runs })
}

fn rita() -> Option<Day> {
    let (rita, geo) = (folder("rita-20240419")?, folder("geo")?);
    let context = json!({"ranges": rita.join("ipranges.csv"), "geo": geo.join("iploc.csv")});
    let runs = &[("500", [500, 1157, 294]), ("3000", [3000, 4501, 1903])];
    Some(Day {
        folder: rita,
        day: "20240419",
        flows: "nfdump.csv.gz",
        results: "flow_results.csv",
        context,
        runs,
    })
}

fn apt29() -> Option<Day> {
    let (apt29, geo) = (folder("apt29-20200501")?, folder("geo")?);
    let (flows, results) = ("apt29-day2.flow.csv.gz", "apt29-day2.flow_results.20200501.csv.gz");
    let context = json!({"geo": geo.join("iploc.csv")});
    Some(Day { folder: apt29, day: "20200501", flows, results, context, runs: &[("3000", [1573, 1573, 30])] })
}

/// The day in SQLite and in another engine; `None` if one is not available.
fn sites(day: &Day, other: &dyn Backend) -> Option<[Site; 2]> {
    let sites = [Site::bare(&Sqlite)?, Site::bare(other)?];
    for site in &sites {
        site.home.write("flow_oa.json", json!({ "context": day.context }).to_string());
        site.does(&["init"]);
        site.does(&["ingest", text(&day.folder.join(day.flows))]);
    }
    Some(sites)
}

/// Asserts that all persistent data is the same in both, except for engine-specific parts.
fn agree(sites: &[Site; 2], day: &Day, what: &str) {
    for table in sites[1].tables() {
        let [one, other] = sites.each_ref().map(|site| site.table(&table.name));
        assert_eq!(one.len(), other.len(), "{what}: rows of {}", table.name);
        let differs = one.iter().zip(&other).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{what}: {}", table.name);
    }
    let scores = format!("data/flow/{}/flow_scores.csv", day.day);
    let [one, other] = sites.each_ref().map(|site| site.home.read(&scores));
    assert!(one == other, "{what}: {scores}");
}

/// Runs and ranks a day in SQLite and in another engine. If raw rows have no numbers, lines of a ranking with equal
/// sort keys may be in any order.
fn the_day_is_the_same(day: Option<Day>, other: &dyn Backend, are_numbered: bool) {
    let Some(day) = day else { return };
    let Some(sites) = sites(&day, other) else { return };
    let results = day.folder.join(day.results);
    for (round, (limit, counts)) in day.runs.iter().enumerate() {
        for site in &sites {
            site.does(&["run", "-d", day.day, "-l", limit, "--results", text(&results)]);
            assert_eq!(["flow_scores", "flow_edge", "flow_chords"].map(|table| site.count(table)), *counts);
        }
        agree(&sites, &day, &format!("run {round}"));
    }
    let ranked = sites.each_ref().map(|site| {
        site.does(&["rank", "-d", day.day, "--max", "3000", "--out", "ranked.csv"]);
        let mut lines: Vec<String> = site.home.read("ranked.csv").lines().map(str::to_owned).collect();
        if !are_numbered {
            lines.sort();
        }
        lines
    });
    assert!(!ranked[0].is_empty() && ranked[0] == ranked[1], "the rankings");
}

/// Defines a test of each day for each engine except SQLite.
macro_rules! on_every_other_engine {
    ($($day:ident),*) => {
        mod on_postgres {
            $(#[test] fn $day() { super::the_day_is_the_same(super::$day(), &super::Postgres, true); })*
        }
        mod on_hive {
            $(#[test] fn $day() { super::the_day_is_the_same(super::$day(), &super::Hive, false); })*
        }
    };
}

on_every_other_engine! { oni, rita, apt29 }

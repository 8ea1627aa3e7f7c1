//! Days on HiveServer2: replaced, purged, killed and interrupted.

use std::path::Path;

use crate::hive::{Hive, derived, prepared, staged};
use crate::home::{DAY, at, flow, result};
use crate::site::Site;
use crate::under_way::{UnderWay, until};

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

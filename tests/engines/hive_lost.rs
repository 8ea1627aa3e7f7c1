//! A run on HiveServer2 whose connection is cut in the middle: staged data is removed in another session, and what
//! cannot be removed is reported.

use std::thread;

use flow_oa_core::failpoints::{STATEMENT, VARIABLE};

use crate::hive::{Hive, derived, prepared, staged};
use crate::home::{DAY, Outcome, at, result};
use crate::relay::relayed;
use crate::site::Site;
use crate::under_way::{UnderWay, until};

/// A statement in the middle of a run, when some tables are staged.
const IN_THE_MIDDLE: usize = 14;

/// A run that loses its connection in the middle.
fn cut_off(site: &Site, is_shut: bool) -> Outcome {
    let (passing, url) = relayed(site);
    let wait = site.home.path("waits");
    let mut command = site.command(&["run", "-d", DAY]);
    command.env("FLOW_OA_DATABASE", url);
    command.env(VARIABLE, format!("{STATEMENT}:{IN_THE_MIDDLE}=wait:{}", wait.display()));
    let running = thread::spawn(move || Outcome::of(&mut command));
    until("the run is in the middle", || wait.exists());
    assert_ne!(staged(site), Vec::<String>::new());
    passing.cut(is_shut);
    std::fs::remove_file(&wait).unwrap();
    running.join().unwrap()
}

#[test]
fn what_a_run_wrote_aside_is_taken_away_when_its_connection_is_lost_or_named() {
    let Some(site) = prepared(&Hive) else { return };
    site.runs_day();
    let rows = || derived().flat_map(|table| site.table(table)).collect::<Vec<_>>();
    let before = rows();
    let outcome = cut_off(&site, false).ends_with(69);
    outcome.complains(&["was lost"]).changes_nothing();
    assert_eq!(staged(&site), Vec::<String>::new());
    let outcome = cut_off(&site, true).ends_with(69);
    let outcome = outcome.complains(&["was lost", "possibly left behind"]);
    for table in staged(&site) {
        assert!(outcome.err.contains(&table), "{table}: {}", outcome.err);
    }
    assert_eq!(rows(), before);
    site.runs_day();
    assert_eq!(rows(), before);
}

#[test]
fn a_run_that_is_killed_in_the_middle_of_a_statement_leaves_the_old_day() {
    let Some(site) = prepared(&Hive) else { return };
    site.runs_day();
    site.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let (passing, url) = relayed(&site);
    // The statement that fills the details: the server receives it, and its answer never arrives.
    passing.halt_after("SELECT CAST(`raw`.`treceived`");
    let run = UnderWay::start(&site, &["run", "-d", DAY, "--database", &url]);
    until("the server fills the details", || passing.is_halted());
    run.signal("-KILL");
    assert!(run.ends().is_none());
    assert_eq!((site.count("flow_scores"), site.count("flow_edge")), (2, 3));
    site.runs_day();
    assert_eq!((site.count("flow_scores"), site.count("flow_edge")), (1, 2));
}

#[test]
fn whatever_a_killed_ingest_staged_has_a_table_by_which_it_is_found_later() {
    let Some(site) = prepared(&Hive) else { return };
    site.home.write(
        "late.csv",
        crate::home::spot(&[crate::home::flow("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", 1)]),
    );
    for time in 1.. {
        let mut command = site.command(&["ingest", "late.csv"]);
        let output = command.env(VARIABLE, format!("{STATEMENT}:{time}=abort")).output().unwrap();
        let found = std::fs::read_dir(site.home.path("tables/staged")).into_iter().flatten();
        let folders: Vec<String> =
            found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let tables = staged(&site);
        for folder in folders {
            assert!(tables.contains(&folder), "statement {time}: {folder} and {tables:?}");
        }
        // The command has fewer statements than `time`: it succeeds, or reports that an earlier attempt did.
        if output.status.code().is_some() {
            break;
        }
    }
}

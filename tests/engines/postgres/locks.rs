//! Locks of other sessions, and locks of a run while it reads.

use std::io::Write as _;

use super::{INGEST, RUN, blocked_by, with_a_day};
use crate::home::{DAY, Home, Outcome, at, flow, spot};
use crate::site::Site;
use crate::under_way::{UnderWay, until};

/// The program with a short lock timeout.
fn impatient(site: &Site, arguments: &[&str]) -> Outcome {
    Outcome::of(site.command(arguments).env("FLOW_OA_DATABASE_WAIT_MS", "200"))
}

#[test]
fn a_table_that_another_session_holds_stops_what_would_write_it() {
    let Some((site, place)) = with_a_day() else { return };
    let before = site.everything();
    let mut session = place.session();
    for (table, command) in [
        ("flow_scores", &RUN[..]),
        ("flow_edge", &RUN),
        ("flow_pair", &INGEST),
        ("flow", &INGEST),
        ("flow_edge", &["purge", "--before", "20200101", "--yes"]),
    ] {
        session.does(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE;"));
        impatient(&site, command).ends_with(75).complains(&[
            "held by another program",
            "nothing was changed",
            "try again later",
        ]);
        session.does("COMMIT;");
        assert_eq!(site.everything(), before, "{table}");
    }
    site.runs_day();
    site.does(&INGEST);
}

#[test]
fn a_second_run_of_the_day_is_refused_at_once_wherever_it_is_started() {
    let Some((site, place)) = with_a_day() else { return };
    let mut session = place.session();
    session.does("BEGIN; LOCK TABLE flow_edge IN EXCLUSIVE MODE;");
    let first = UnderWay::start(&site, &RUN);
    blocked_by(&mut session);
    let before = site.everything();
    let other = Home::bare();
    other.write("results.csv", site.home.read(&crate::home::results_of(DAY)));
    for home in [&site.home, &other] {
        let results = site.home.path(&crate::home::results_of(DAY)).display().to_string();
        let outcome = Outcome::of(&mut site.command_in(home, &["run", "-d", DAY, "--results", &results]));
        outcome.ends_with(75).complains(&["another flow-oa is running", "nothing was changed"]);
    }
    assert_eq!(site.everything(), before);
    assert_eq!(site.json(&["history"])["entries"][0]["status"], "running");
    session.does("COMMIT;");
    assert_eq!(first.ends().unwrap().code, 0);
    assert_eq!(site.count("flow_scores"), 2);
}

/// A run that has read the day and waits, then a command that removes the day's flows; then both continue.
fn beside_a_run(command: &[&str]) -> Option<Site> {
    let (site, place) = with_a_day()?;
    site.does(&INGEST);
    let mut session = place.session();
    session.does("BEGIN; LOCK TABLE flow_edge IN EXCLUSIVE MODE;");
    let run = UnderWay::start(&site, &RUN);
    blocked_by(&mut session);
    // A command that cannot wait reports it.
    let flows = site.table("flow");
    let outcome = impatient(&site, command);
    assert!([0, 75].contains(&outcome.code), "{}", outcome.err);
    if outcome.code == 75 {
        assert_eq!(site.table("flow"), flows);
    }
    let change = UnderWay::start(&site, command);
    if outcome.code == 0 {
        assert_eq!(change.ends().unwrap().code, 0);
        session.does("COMMIT;");
    } else {
        // The command waits for the run, which waits for the session.
        session.does("COMMIT;");
        change.ends().unwrap().ends_with(0);
    }
    run.ends().unwrap().ends_with(0);
    Some(site)
}

#[test]
fn a_day_that_is_replaced_while_a_run_reads_it_is_whole_in_the_run() {
    let Some(site) = beside_a_run(&["ingest", "late.csv", "--replace-day", DAY]) else { return };
    // The details of the flows at the start of the run.
    assert_eq!(site.rows("SELECT ibyt FROM flow_edge ORDER BY ibyt"), ["1", "2"]);
    assert_eq!(site.rows("SELECT ibyt FROM flow"), ["4"]);
    assert_eq!(site.json(&["history"])["stale"][0]["day"], "2016-07-08");
    site.runs_day();
    assert_eq!(site.count("flow_edge"), 0);
}

#[test]
fn readers_of_a_day_that_is_replaced_find_the_old_one_and_then_the_new_one() {
    let Some((site, place)) = with_a_day() else { return };
    let mut reader = place.session();
    reader.does("SET lock_timeout = '20s';");
    let day = "SELECT ibyt FROM flow WHERE y = 2016 AND m = 7 AND d = 8 ORDER BY ibyt;";
    let mut ingest = UnderWay::start(&site, &["ingest", "-", "--replace-day", DAY]);
    let flows = spot(&vec![flow(&at("12:00:00"), "10.0.0.1", "10.0.0.2", 7); 5000]);
    // Far more than a pipe holds, and not the end of the input.
    ingest.input.as_mut().unwrap().write_all(flows.as_bytes()).unwrap();
    let looked = "SELECT count(*) FROM pg_locks WHERE relation = 'flow_20160708'::regclass AND pid <> pg_backend_pid();";
    until("the ingest has found what it replaces", || reader.does(looked).trim() != "0");
    assert_eq!(reader.does(day), "1\n2\n");
    ingest.input.as_mut().unwrap().write_all(flows.as_bytes()).unwrap();
    assert_eq!(reader.does(day), "1\n2\n");
    ingest.ends().unwrap().ends_with(0);
    assert_eq!(reader.does(&day.replace("ibyt FROM", "DISTINCT ibyt FROM")), "7\n");
    // The second header is skipped.
    assert_eq!(site.rows("SELECT count(*), sum(ibyt) FROM flow"), ["10000|70000"]);
    assert_eq!(site.rows("SELECT ibyt FROM flow_pair"), ["70000"]);
}

#[test]
fn a_day_is_replaced_beside_whoever_reads_another_one() {
    let Some((site, place)) = with_a_day() else { return };
    site.does(&super::INGEST_NEXT);
    let mut session = place.session();
    session.does("BEGIN; SELECT count(*) FROM flow WHERE y = 2016 AND m = 7 AND d = 9;");
    impatient(&site, &["ingest", "late.csv", "--replace-day", DAY]).ends_with(0);
    assert_eq!(site.rows("SELECT d, ibyt FROM flow ORDER BY d"), ["8|4", "9|5"]);
    assert_eq!(site.rows("SELECT d, ibyt FROM flow_pair ORDER BY d"), ["8|4", "9|5"]);
    assert_eq!(site.rows("SELECT count(to_regclass('flow_20160708_new'))"), ["0"]);
    session.does("COMMIT;");
}

#[test]
fn a_day_that_is_purged_while_a_run_reads_it_is_whole_in_the_run() {
    let Some(site) = beside_a_run(&["purge", "--before", "20160709", "--table", "flow", "--yes"]) else {
        return;
    };
    assert_eq!(site.rows("SELECT ibyt FROM flow_edge ORDER BY ibyt"), ["1", "2"]);
    assert_eq!((site.count("flow"), site.count("flow_pair")), (0, 0));
}

#[test]
fn a_new_day_is_ingested_while_a_run_reads_another() {
    let Some((site, place)) = with_a_day() else { return };
    let mut session = place.session();
    session.does("BEGIN; LOCK TABLE flow_edge IN EXCLUSIVE MODE;");
    let run = UnderWay::start(&site, &RUN);
    blocked_by(&mut session);
    impatient(&site, &super::INGEST_NEXT).ends_with(0);
    impatient(&site, &INGEST).ends_with(0);
    session.does("COMMIT;");
    run.ends().unwrap().ends_with(0);
    assert_eq!(site.rows("SELECT d, ibyt FROM flow ORDER BY d, ibyt"), ["8|1", "8|2", "8|4", "9|5"]);
    assert_eq!(site.rows("SELECT ibyt FROM flow_edge ORDER BY ibyt"), ["1", "2"]);
}

#[test]
fn a_dry_run_claims_nothing_and_waits_for_nobody() {
    let Some((site, place)) = with_a_day() else { return };
    let before = site.everything();
    let mut session = place.session();
    // No other session may write one of these tables, or add an entry to the history.
    session.does(
        "BEGIN; LOCK TABLE flow_scores, flow_edge, flow_chords, flow_ingest_summary, flow_oa_history, \
         flow_oa_history_table IN EXCLUSIVE MODE;",
    );
    let dry = ["run", "-d", DAY, "--dry-run"];
    let expected = impatient(&site, &[&dry[..], &["--output", "json"]].concat()).ends_with(0).json();
    impatient(&site, &["run", "--from-date", DAY, "--to-date", DAY, "--dry-run"]).ends_with(0);
    session.does("COMMIT;");
    assert_eq!(site.everything(), before);
    assert_eq!(site.rows("SELECT max(id), count(*) FROM flow_oa_history"), ["2|2"]);
    let done = site.json(&RUN);
    let rows = |value: &serde_json::Value| {
        let tables = value["tables"].as_array().unwrap().iter();
        tables
            .map(|table| format!("{} {} {}", table["table"], table["rows"], table["replaced"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&expected), rows(&done));
}

#[test]
fn a_dry_run_holds_nothing_that_another_command_needs() {
    let Some((site, place)) = with_a_day() else { return };
    let mut session = place.session();
    // The dry run holds all its locks when it reaches the table that it reads last.
    session.does("BEGIN; LOCK TABLE flow_minute IN ACCESS EXCLUSIVE MODE;");
    let dry = UnderWay::start(&site, &["run", "-d", DAY, "--dry-run"]);
    let backend = blocked_by(&mut session);
    let held = format!(
        "SELECT DISTINCT mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE l.pid = {backend} \
         AND c.relnamespace = current_schema()::regnamespace;"
    );
    assert_eq!(session.does(&held), "AccessShareLock\n");
    let claims = format!("SELECT count(*) FROM pg_locks WHERE pid = {backend} AND locktype = 'advisory';");
    assert_eq!(session.does(&claims), "0\n");
    session.does("COMMIT;");
    dry.ends().unwrap().ends_with(0);
}

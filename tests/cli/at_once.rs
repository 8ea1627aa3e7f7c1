//! Several concurrent commands on one database: no wrong day, and no endless wait.

use std::time::{Duration, Instant};

use crate::home::{DAY, Home, Outcome, at, flow, result, results_of, spot};
use crate::scenes::{Scene, State, large};
use crate::sqlite::Sqlite;

/// The longest time for which SQLite waits for a writer, plus some work. A command that takes longer waits forever.
const BOUND: Duration = Duration::from_secs(120);

/// Runs commands concurrently. Returns their outcomes in order.
fn at_once(home: &Home, commands: &[&[&str]]) -> Vec<Outcome> {
    let start = Instant::now();
    let outcomes = std::thread::scope(|scope| {
        let started: Vec<_> = commands.iter().map(|command| scope.spawn(|| home.run(command))).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(start.elapsed() < BOUND);
    assert_eq!(home.value("PRAGMA integrity_check"), "ok");
    outcomes
}

/// A scene with the rows of a day.
fn scene(name: &str) -> Scene {
    large(&Sqlite).unwrap().into_iter().find(|scene| scene.name == name).unwrap()
}

/// Asserts that the exit codes are `expected`, in any order.
fn codes(outcomes: &[Outcome], expected: &[i32]) {
    let mut found: Vec<i32> = outcomes.iter().map(|it| it.code).collect();
    found.sort_unstable();
    let said: Vec<&str> = outcomes.iter().map(|it| it.err.as_str()).collect();
    assert_eq!(found, expected, "{said:?}");
}

fn count(home: &Home, table: &str) -> u64 {
    home.value(&format!("SELECT count(*) FROM {table}")).parse().unwrap()
}

#[test]
fn two_runs_of_one_day_give_one_day() {
    let scene = scene("run");
    let site = scene.site();
    let home = &site.home;
    let outcomes = at_once(home, &[scene.command, scene.command]);
    for it in outcomes.iter().filter(|outcome| outcome.code != 0) {
        assert_eq!(it.code, 75, "{}", it.err);
        assert!(it.err.contains("another flow-oa"), "{}", it.err);
    }
    assert!(outcomes.iter().any(|outcome| outcome.code == 0));
    assert_eq!(State::of(&site), scene.after);
}

#[test]
fn two_runs_of_different_days_are_both_done() {
    let scene = scene("run");
    let site = scene.site();
    let home = &site.home;
    home.write(&results_of("20160709"), result("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", "0.3"));
    let outcomes = at_once(home, &[scene.command, &["run", "-d", "20160709"]]);
    codes(&outcomes, &[0, 0]);
    let of = |day: u32| home.value(&format!("SELECT count(*) FROM flow_scores WHERE d = {day}"));
    let expected = scene.after.tables.iter().filter(|table| table.starts_with("flow_scores|")).count();
    assert_eq!((of(8), of(9)), (expected.to_string(), "1".to_owned()));
}

#[test]
fn a_run_beside_an_ingest_sees_all_of_it_or_nothing() {
    let scene = scene("run");
    let more =
        [flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 7), flow(&at("10:00:00"), "10.0.0.2", "10.0.0.1", 8)];
    let (site, first, last) = (scene.site(), scene.site(), scene.site());
    for it in [&site, &first, &last] {
        it.home.write("more.csv", spot(&more));
    }
    first.does(&["ingest", "more.csv"]);
    first.does(scene.command);
    last.does(scene.command);
    last.does(&["ingest", "more.csv"]);
    codes(&at_once(&site.home, &[scene.command, &["ingest", "more.csv"]]), &[0, 0]);
    let found = State::of(&site).tables;
    assert!(found == State::of(&first).tables || found == State::of(&last).tables);
}

#[test]
fn two_ingests_of_different_files_are_both_stored_and_of_the_same_file_one_is() {
    let scene = scene("ingest");
    let site = scene.site();
    let home = &site.home;
    home.write("more.csv", spot(&[flow(&at("12:00:00"), "10.0.0.1", "10.0.0.9", 7)]));
    codes(&at_once(home, &[scene.command, &["ingest", "more.csv"]]), &[0, 0]);
    let flows = |state: &State| state.tables.iter().filter(|table| table.starts_with("flow|")).count() as u64;
    assert_eq!(count(home, "flow"), flows(&scene.after) + 1);
    let site = scene.site();
    let home = &site.home;
    let outcomes = at_once(home, &[scene.command, scene.command]);
    codes(&outcomes, &[0, 65]);
    assert!(outcomes.iter().any(|outcome| outcome.err.contains("was ingested before")));
    assert_eq!(State::of(&site), scene.after);
}

#[test]
fn an_init_beside_a_run_changes_nothing() {
    let scene = scene("run");
    let site = scene.site();
    let home = &site.home;
    codes(&at_once(home, &[scene.command, &["init", "--add-columns"], &["init"]]), &[0, 0, 0]);
    assert_eq!(State::of(&site), scene.after);
}

#[test]
fn a_reader_that_holds_the_database_stops_a_run_with_75_and_the_day_stays() {
    let scene = scene("run");
    let site = scene.site();
    let home = &site.home;
    let reader = home.database();
    reader.execute_batch("BEGIN").unwrap();
    assert_eq!(crate::home::rows(&reader, "SELECT count(*) > 0 FROM flow_scores"), ["1"]);
    let start = Instant::now();
    Outcome::of(home.command(scene.command).env("FLOW_OA_DATABASE_WAIT_MS", "100"))
        .ends_with(75)
        .complains(&["held by another program", "nothing was changed", "try again later"]);
    assert!(start.elapsed() < Duration::from_secs(25), "the wait can be set");
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(State::of(&site), scene.before);
    home.does(scene.command);
    assert_eq!(State::of(&site), scene.after);
}

#[test]
fn a_wait_that_is_no_number_is_refused() {
    let home = Home::new();
    Outcome::of(home.command(&["run", "-d", DAY]).env("FLOW_OA_DATABASE_WAIT_MS", "soon"))
        .ends_with(78)
        .complains(&["FLOW_OA_DATABASE_WAIT_MS", "soon"]);
}

/// The number of concurrent analysts, and of rounds.
const ANALYSTS: usize = 8;
const ROUNDS: usize = 6;

/// A day with one connection per analyst.
fn day_of_analysts() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    let row = |number: usize| result(&at("10:00:00"), "10.0.0.1", &format!("10.0.0.{}", number + 2), "0.1");
    home.has_results(&(0..ANALYSTS).map(row).collect::<Vec<_>>());
    home.runs_day();
    home
}

/// Runs the commands of all analysts concurrently; each must succeed.
fn all_analysts(home: &Home, command: impl Fn(String) -> Vec<String>) {
    let commands: Vec<Vec<String>> = (0..ANALYSTS).map(|analyst| command(analyst.to_string())).collect();
    let words: Vec<Vec<&str>> =
        commands.iter().map(|command| command.iter().map(String::as_str).collect()).collect();
    let words: Vec<&[&str]> = words.iter().map(Vec::as_slice).collect();
    codes(&at_once(home, &words), &[0; ANALYSTS]);
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn the_feedback_has_the_scores_of_all_analysts() {
    let home = day_of_analysts();
    for _ in 0..ROUNDS {
        all_analysts(&home, |by| words(&["score", "-d", DAY, "--by", &by, "--rank", &by, "-s", "low"]));
        let feedback = home.read("flow/scored_results/20160708/feedback/ml_feedback.csv");
        assert_eq!(feedback.lines().count(), ANALYSTS + 1, "{feedback}");
        home.does(&["reset", "-d", DAY, "--yes"]);
    }
}

#[test]
fn of_several_stories_of_one_address_rows_and_files_are_those_of_one() {
    let home = day_of_analysts();
    for _ in 0..ROUNDS {
        all_analysts(&home, |by| {
            words(&["storyboard", "-d", DAY, "10.0.0.1", "--by", &by, "--title", &by, "--text", "", "--yes"])
        });
        let reported = home.value("SELECT title FROM flow_storyboard");
        let stats: serde_json::Value =
            serde_json::from_str(&home.read("data/flow/20160708/stats-10.0.0.1.json")).unwrap();
        assert_eq!(stats["name"], reported.as_str());
    }
}

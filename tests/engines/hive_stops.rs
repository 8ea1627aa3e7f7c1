//! A run on HiveServer2 that is stopped before one of its statements: each table has the old day or the new one, the
//! message lists which, and the same command again completes the day. There are no transactions.

use std::collections::BTreeMap;

use flow_oa_core::failpoints::{STATEMENT, VARIABLE};

use crate::agreement::folder;
use crate::hive::{Hive, derived, prepared, staged};
use crate::home::{DAY, Outcome, at, result};
use crate::site::Site;

/// The number of statements to skip at once, until a run publishes its data.
const STEP: usize = 6;

/// More statements than any run has.
const MANY: usize = 100;

/// A statement in the middle of a run, when scores are staged and nothing is published.
const IN_THE_MIDDLE: usize = 16;

/// The rows of each table that a run writes.
type Tables = BTreeMap<&'static str, Vec<String>>;

fn tables(site: &Site) -> Tables {
    derived().map(|table| (table, site.table(table))).collect()
}

fn arguments(which: usize) -> [&'static str; 5] {
    ["run", "-d", DAY, "--results", ["one.csv", "two.csv"][which]]
}

/// A site with flows and two results files of the day; of the real day, if it is available.
fn with_two_results() -> Option<Site> {
    let Some(oni) = folder("oni-20160708") else {
        let site = prepared(&Hive)?;
        site.home.write("one.csv", result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1") + "\n");
        site.home.write("two.csv", result(&at("11:00:01"), "10.0.0.1", "10.0.0.3", "0.2") + "\n");
        return Some(site);
    };
    let site = Site::bare(&Hive)?;
    site.does(&["init"]);
    site.does(&["ingest", oni.join("flow.csv").to_str().unwrap()]);
    let results = std::fs::read_to_string(oni.join("flow_results.csv")).unwrap();
    let lines: Vec<&str> = results.split_inclusive('\n').collect();
    let (first, second) = (&lines[..200], &lines[lines.len() - 200..]);
    site.home.write("one.csv", first.concat());
    site.home.write("two.csv", second.concat());
    Some(site)
}

#[test]
fn a_run_that_is_stopped_says_what_is_new_and_the_same_command_again_mends_it() {
    let Some(site) = with_two_results() else { return };
    let states = [1, 0].map(|which| {
        site.does(&arguments(which));
        tables(&site)
    });
    let states = [&states[1], &states[0]];
    let (mut day, mut time, mut was_mixed, mut left) = (0, 1, false, 0);
    loop {
        let (old, new) = (states[day], states[1 - day]);
        let action = if time % 2 == 0 { "abort" } else { "error" };
        let what = format!("{action} at statement {time}");
        let mut command = site.command(&arguments(1 - day));
        let output = command.env(VARIABLE, format!("{STATEMENT}:{time}={action}")).output().unwrap();
        let found = tables(&site);
        let is_new = |text: &&str| found[text] == new[text] && old[text] != new[text];
        for table in derived() {
            assert!(found[table] == old[table] || found[table] == new[table], "{what}: {table}");
        }
        let changed = derived().filter(|table| old[table] != new[table]).count();
        let renewed = derived().filter(is_new).count();
        was_mixed |= (1..changed).contains(&renewed);
        if output.status.success() {
            assert_eq!(&found, new, "{what}");
            break;
        }
        // A killed process cannot clean up; a run a day later does.
        if action == "abort" {
            left = staged(&site).len();
        } else {
            assert_eq!(staged(&site).len(), left, "{what}: tables that were left");
            let err = String::from_utf8(output.stderr).unwrap();
            let outcome = Outcome { code: output.status.code().unwrap(), out: String::new(), err };
            let advice = if renewed > 0 { "the same command again repairs that" } else { STATEMENT };
            let outcome = outcome.ends_with(73).complains(&[advice]);
            for table in derived().filter(is_new) {
                let (renewed, _) = outcome.err.split_once("; old:").unwrap();
                assert!(renewed.contains(table), "{what}: {table}: {}", outcome.err);
            }
        }
        site.does(&arguments(1 - day));
        assert_eq!(&tables(&site), new, "{what}: again");
        day = 1 - day;
        time += if renewed > 0 { 1 } else { STEP };
        assert!(time < MANY);
    }
    assert!(was_mixed, "no run was stopped between two tables");
}

/// The folders of the day's runs, oldest first.
fn runs(site: &Site) -> Vec<String> {
    let folder = site.home.path("tables/flow/hive/oa/suspicious/y=2016/m=7/d=8");
    let found =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = found.collect();
    names.sort();
    names
}

#[test]
fn as_many_earlier_runs_are_kept_as_are_asked_for_and_none_that_was_killed_before_its_end() {
    let Some(site) = prepared(&Hive) else { return };
    let kept = |keep: &str| {
        site.does(&["run", "-d", DAY, "--keep", keep]);
        runs(&site)
    };
    let first = kept("1");
    let mut command = site.command(&["run", "-d", DAY]);
    let killed = command.env(VARIABLE, format!("{STATEMENT}:{IN_THE_MIDDLE}=abort")).output().unwrap();
    assert!(!killed.status.success());
    let with_killed = runs(&site);
    assert_eq!((with_killed.len(), &with_killed[0]), (2, &first[0]));
    let second = kept("1");
    assert_eq!((second.len(), &second[0]), (2, &first[0]), "the one that was published is kept");
    assert!(!second.contains(&with_killed[1]));
    assert_eq!([kept("3").len(), kept("3").len(), kept("3").len()], [3, 4, 4]);
    assert_eq!(kept("0").len(), 1);
}

//! Several concurrent commands, also from several homes, on one database: no wrong day, and no endless wait.

use std::time::{Duration, Instant};

use crate::home::{Home, Outcome, at, flow, result, spot};
use crate::site::Site;
use crate::under_way::{TwoDays, many_flows};

on_every_engine! {
    two_runs_of_one_day_give_one_of_their_days,
    two_runs_from_two_homes_give_one_of_their_days [SharedClaims],
    runs_of_two_days_are_both_done,
    ingests_of_different_files_are_all_stored [ConcurrentWriters],
    ingests_of_one_file_store_it_once [ConcurrentWriters],
    a_run_beside_an_ingest_sees_all_of_it_or_nothing [Transactions],
    an_init_beside_a_run_changes_nothing,
}

/// The longest time for which a writer waits, plus some work. A command that takes longer waits forever.
const BOUND: Duration = Duration::from_secs(150);

/// Runs commands concurrently, each in its home. Returns their outcomes in order.
fn at_once(site: &Site, commands: &[(&Home, &[&str])]) -> Vec<Outcome> {
    let start = Instant::now();
    let commands: Vec<_> =
        commands.iter().map(|(home, arguments)| site.command_in(home, arguments)).collect();
    let outcomes = std::thread::scope(|scope| {
        let started: Vec<_> =
            commands.into_iter().map(|mut command| scope.spawn(move || Outcome::of(&mut command))).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(start.elapsed() < BOUND);
    outcomes
}

fn codes(outcomes: &[Outcome]) -> Vec<i32> {
    let mut codes: Vec<i32> = outcomes.iter().map(|it| it.code).collect();
    codes.sort_unstable();
    codes
}

fn two_runs_of_one_day_give_one_of_their_days(site: &Site) {
    run_two(site, &site.home);
}

fn two_runs_from_two_homes_give_one_of_their_days(site: &Site) {
    run_two(site, &Home::bare());
}

/// Whether or not the runs overlap, each one succeeds, and the day is that of one of them.
fn run_two(site: &Site, other: &Home) {
    let days = TwoDays::of(site);
    TwoDays::place(other);
    for _ in 0..site.database.rounds() {
        let runs = [(&site.home, &TwoDays::arguments(0)[..]), (other, &TwoDays::arguments(1)[..])];
        let outcomes = at_once(site, &runs);
        assert!(outcomes.iter().any(|outcome| outcome.code == 0), "{:?}", codes(&outcomes));
        for it in outcomes.iter().filter(|outcome| outcome.code != 0) {
            assert_eq!(it.code, 75, "{}", it.err);
            assert!(it.err.contains("nothing was changed"), "{}", it.err);
        }
        let found = site.everything();
        match outcomes.iter().position(|outcome| outcome.code != 0) {
            Some(which) => assert!(found == days.states[1 - which], "not the day of the run that was done"),
            None => assert!(days.states.contains(&found), "neither the one day nor the other"),
        }
    }
}

fn runs_of_two_days_are_both_done(site: &Site) {
    let days = TwoDays::of(site);
    let (other, time) = (Home::bare(), "2016-07-09 10:00:00");
    other.write("next.csv", result(time, "10.0.0.1", "10.0.0.2", "0.3") + "\n");
    let next = ["run", "-d", "20160709", "--results", "next.csv"];
    let outcomes = at_once(site, &[(&site.home, &TwoDays::arguments(1)), (&other, &next)]);
    assert_eq!(codes(&outcomes), [0, 0], "{:?}", outcomes.iter().map(|it| &it.err).collect::<Vec<_>>());
    let of_next = |text: &String| text.contains("|2016|7|9");
    let (next, day): (Vec<String>, Vec<String>) = site.everything().into_iter().partition(of_next);
    assert!(day == days.states[1]);
    assert_eq!(next.len(), 1);
}

fn ingests_of_different_files_are_all_stored(site: &Site) {
    let homes = [Home::bare(), Home::bare(), Home::bare()];
    for (salt, home) in homes.iter().enumerate() {
        home.write("many.csv", many_flows(i64::try_from(salt).unwrap() * 10_000));
    }
    // All commands on a new day, and on an existing one.
    for round in 1..=2 {
        let commands: Vec<(&Home, &[&str])> =
            homes.iter().map(|home| (home, &["ingest", "many.csv", "--again"][..])).collect();
        let outcomes = at_once(site, &commands);
        assert_eq!(
            codes(&outcomes),
            [0, 0, 0],
            "{:?}",
            outcomes.iter().map(|it| &it.err).collect::<Vec<_>>()
        );
        assert_eq!((site.count("flow"), site.count("flow_oa_ingest")), (18_000 * round, 3 * round));
        let sums = "SELECT sum(ibyt), sum(ipkt) FROM";
        assert_eq!(site.rows(&format!("{sums} flow")), site.rows(&format!("{sums} flow_pair")));
    }
}

fn ingests_of_one_file_store_it_once(site: &Site) {
    let homes = [Home::bare(), Home::bare()];
    for home in &homes {
        home.write("many.csv", many_flows(0));
    }
    let commands: Vec<(&Home, &[&str])> =
        homes.iter().map(|home| (home, &["ingest", "many.csv"][..])).collect();
    let outcomes = at_once(site, &commands);
    assert_eq!(codes(&outcomes), [0, 65], "{:?}", outcomes.iter().map(|it| &it.err).collect::<Vec<_>>());
    assert!(outcomes.iter().any(|outcome| outcome.err.contains("was ingested before")));
    assert_eq!(site.count("flow"), 6000);
}

fn a_run_beside_an_ingest_sees_all_of_it_or_nothing(site: &Site) {
    let days = TwoDays::of(site);
    let more =
        [flow(&at("10:00:00"), "10.0.0.0", "10.0.1.0", 7), flow(&at("10:00:00"), "10.0.1.0", "10.0.0.0", 8)];
    site.home.write("more.csv", spot(&more));
    let other = Home::bare();
    other.write("more.csv", spot(&more));
    let outcomes = at_once(site, &[(&site.home, &TwoDays::arguments(0)), (&other, &["ingest", "more.csv"])]);
    assert_eq!(codes(&outcomes), [0, 0], "{:?}", outcomes.iter().map(|it| &it.err).collect::<Vec<_>>());
    let derived = |rows: &[String]| -> Vec<String> {
        let is_derived = |text: &&String| {
            ["flow_edge|", "flow_chords|", "flow_ingest"].iter().any(|name| text.starts_with(name))
        };
        rows.iter().filter(is_derived).cloned().collect()
    };
    let found = derived(&site.everything());
    TwoDays::run(site, 0).ends_with(0);
    let with_all = derived(&site.everything());
    assert_eq!(with_all.len(), derived(&days.states[0]).len() + 3, "two details, one chord or none");
    assert!(found == derived(&days.states[0]) || found == with_all);
}

fn an_init_beside_a_run_changes_nothing(site: &Site) {
    let days = TwoDays::of(site);
    let (one, two) = (Home::bare(), Home::bare());
    let outcomes = at_once(
        site,
        &[(&site.home, &TwoDays::arguments(1)), (&one, &["init", "--add-columns"]), (&two, &["init"])],
    );
    assert_eq!(codes(&outcomes), [0, 0, 0], "{:?}", outcomes.iter().map(|it| &it.err).collect::<Vec<_>>());
    assert!(site.everything() == days.states[1]);
}

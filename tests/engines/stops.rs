//! Ctrl-C and kills in the middle: the day is replaced completely or not at all, and the same command again completes
//! it.

use std::io::Write as _;
use std::time::Instant;

use crate::home::{at, flow, spot};
use crate::site::Site;
use crate::under_way::{TwoDays, UnderWay, many_flows};

on_every_engine! {
    an_interrupt_of_an_ingest_takes_everything_back [Transactions],
    a_run_that_is_interrupted_leaves_a_whole_day [AtomicRuns],
    a_run_that_is_killed_leaves_a_whole_day [AtomicRuns],
    an_ingest_that_is_killed_leaves_all_of_the_file_or_nothing [Transactions],
}

/// Moments at which a command is hit.
const MOMENTS: u32 = 8;

fn an_interrupt_of_an_ingest_takes_everything_back(site: &Site) {
    let mut running = UnderWay::start(site, &["ingest", "-"]);
    let flows = spot(&vec![flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1); 10_000]);
    let mut input = running.input.take().unwrap();
    // Far more than a pipe holds: once it is read, the program handles interrupts.
    input.write_all(flows.as_bytes()).unwrap();
    running.signal("-INT");
    while input.write_all(flows.as_bytes()).is_ok() {}
    let outcome = running.ends().unwrap().ends_with(130);
    outcome.complains(&["interrupted", "nothing was changed"]);
    assert_eq!((site.count("flow"), site.count("flow_oa_ingest")), (0, 0));
}

/// Hits runs with a signal at moments spread over their run time. Each run switches the day between two states.
fn hit_runs(site: &Site, signal: &str) {
    let days = TwoDays::of(site);
    let start = Instant::now();
    TwoDays::run(site, 0).ends_with(0);
    let whole = start.elapsed();
    let (mut old, mut was_hit) = (0, 0);
    // Each moment once; then again until some runs were hit in the middle, since the run time varies.
    let moments = (0..MOMENTS).chain((0..MOMENTS).cycle().take(100));
    for (round, moment) in (0..).zip(moments) {
        if round >= MOMENTS && was_hit > 1 {
            break;
        }
        let new = 1 - old;
        let running = UnderWay::start(site, &TwoDays::arguments(new));
        std::thread::sleep(whole * moment / MOMENTS);
        running.signal(signal);
        let outcome = running.ends();
        let found = site.everything();
        let what = format!("{signal} at {moment}/{MOMENTS} of {whole:?}");
        match &outcome {
            Some(it) if it.code == 0 => assert!(found == days.states[new], "{what}: not the new day"),
            _ => {
                was_hit += 1;
                assert!(days.states.contains(&found), "{what}: neither the old day nor the new one");
            }
        }
        if let Some(it) = outcome.filter(|outcome| outcome.code != 0) {
            assert_eq!(it.code, 130, "{what}: {}", it.err);
        }
        TwoDays::run(site, new).ends_with(0);
        assert!(site.everything() == days.states[new], "{what}: again");
        old = new;
    }
    assert!(was_hit > 1, "{was_hit} were hit");
}

fn a_run_that_is_interrupted_leaves_a_whole_day(site: &Site) {
    hit_runs(site, "-INT");
}

fn a_run_that_is_killed_leaves_a_whole_day(site: &Site) {
    hit_runs(site, "-KILL");
    let history = site.json(&["history", "--last", "100"]);
    let entries = history["entries"].as_array().unwrap();
    assert!(entries.iter().all(|entry| entry["status"] != "running"), "what was killed does not run");
}

fn an_ingest_that_is_killed_leaves_all_of_the_file_or_nothing(site: &Site) {
    for moment in 0..MOMENTS {
        let salt = i64::from(moment);
        let before = site.count("flow");
        site.home.write("many.csv", many_flows(salt));
        let running = UnderWay::start(site, &["ingest", "many.csv"]);
        std::thread::sleep(std::time::Duration::from_millis(30) * moment);
        running.signal("-KILL");
        let _ = running.ends();
        let found = site.count("flow");
        assert!([before, before + 6000].contains(&found), "{before} became {found}");
        let again = site.run(&["ingest", "many.csv"]);
        assert!(again.code == 0 || again.code == 65 && found > before, "{}", again.err);
        assert_eq!(site.count("flow"), before + 6000);
        let sums = "SELECT sum(ibyt), sum(ipkt) FROM";
        assert_eq!(site.rows(&format!("{sums} flow")), site.rows(&format!("{sums} flow_pair")));
    }
}

//! Connections that either side ends in the middle of a command.

use std::time::{Duration, Instant};

use super::{INGEST, INGEST_NEXT, RUN, blocked_by, with_a_day};
use crate::home::DAY;
use crate::psql::{Place, Session};
use crate::site::Site;
use crate::under_way::{UnderWay, until};

/// Commands, and a table for whose lock each waits in the middle of its work.
const IN_THE_MIDDLE: [(&str, &[&str]); 5] = [
    ("flow_scores", &RUN),
    ("flow_edge", &RUN),
    ("flow_pair", &INGEST),
    ("flow_pair", &INGEST_NEXT),
    ("flow_pair", &["ingest", "late.csv", "--replace-day", "20160708"]),
];

/// Commands of analysts, and a table for whose lock each waits in the middle of its work.
const OF_ANALYSTS: [(&str, &[&str]); 4] = [
    ("flow_threat_investigation", &["score", "-d", DAY, "--by", "bob", "--rank", "0", "-s", "high", "--yes"]),
    (
        "flow_timeline",
        &["storyboard", "-d", DAY, "10.0.0.1", "--by", "bob", "--title", "new", "--text", "", "-y"],
    ),
    ("flow_timeline", &["reset", "-d", DAY, "--yes"]),
    ("flow_timeline", &["restore", "backup.json"]),
];

/// Analysts' data: their rows, the feedback, and the files of a storyboard.
fn of_analysts(site: &Site) -> Vec<String> {
    let read = |name: &str| std::fs::read_to_string(site.home.path(name)).unwrap_or_default();
    let mut found = site.everything();
    found.push(read("flow/scored_results/20160708/feedback/ml_feedback.csv"));
    found.extend(
        ["stats", "threat-dendro", "globe"]
            .map(|name| read(&format!("data/flow/{DAY}/{name}-10.0.0.1.json"))),
    );
    found
}

#[test]
fn what_analysts_have_is_left_as_it_was_when_the_backend_is_terminated() {
    for (table, command) in OF_ANALYSTS {
        let Some((site, place)) = with_a_day() else { return };
        site.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]);
        site.does(&["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "old", "--text", ""]);
        if command[0] == "restore" {
            let backup = site.json(&["reset", "-d", DAY, "--yes"])["backup"].as_str().unwrap().to_owned();
            site.home.write("backup.json", site.home.read(&backup));
        }
        let before = of_analysts(&site);
        let mut session = place.session();
        session.does(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE;"));
        let running = UnderWay::start(&site, command);
        let backend = blocked_by(&mut session);
        place.psql(&format!("SELECT pg_terminate_backend({backend})"));
        let outcome = running.ends().unwrap().ends_with(69).complains(&["was lost"]);
        assert_eq!(outcome.err.contains("flow-oa restore"), command[0] == "reset", "{}", outcome.err);
        session.does("COMMIT;");
        assert_eq!(of_analysts(&site), before, "{command:?}");
        site.does(command);
        assert_ne!(of_analysts(&site), before, "{command:?}: again");
    }
}

/// A command in the middle of its work, which waits for a session.
struct Halted {
    site: Site,
    place: Place,
    session: Session,
    running: UnderWay,
    backend: String,
    /// The rows before it started.
    before: Vec<String>,
}

fn halted(table: &str, command: &[&str]) -> Option<Halted> {
    let (site, place) = with_a_day()?;
    let before = site.everything();
    let mut session = place.session();
    session.does(&format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE;"));
    let running = UnderWay::start(&site, command);
    let backend = blocked_by(&mut session);
    Some(Halted { site, place, session, running, backend, before })
}

/// The same command again succeeds, and the history has no running entry.
fn again(site: &Site, command: &[&str], before: &[String]) {
    site.does(command);
    assert_ne!(site.everything(), before);
    let entries = site.json(&["history"]);
    let statuses: Vec<&str> = entries["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses[0], "done", "{statuses:?}");
    assert!(!statuses.contains(&"running"), "{statuses:?}");
}

#[test]
fn a_backend_that_is_terminated_takes_everything_back() {
    for (table, command) in IN_THE_MIDDLE {
        let Some(halted) = halted(table, command) else { return };
        let Halted { site, place, mut session, running, backend, before } = halted;
        place.psql(&format!("SELECT pg_terminate_backend({backend})"));
        let outcome = running.ends().unwrap().ends_with(69);
        outcome.complains(&["was lost"]).changes_nothing();
        session.does("COMMIT;");
        assert_eq!(site.everything(), before, "{command:?}");
        again(&site, command, &before);
    }
}

#[test]
fn an_interrupt_stops_the_statement_under_way() {
    for (table, command) in IN_THE_MIDDLE {
        let Some(Halted { site, mut session, running, before, .. }) = halted(table, command) else { return };
        let start = Instant::now();
        running.signal("-INT");
        let outcome = running.ends().unwrap().ends_with(130);
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        outcome.complains(&["interrupted"]).changes_nothing();
        assert_eq!(site.everything(), before, "{command:?}");
        session.does("COMMIT;");
        again(&site, command, &before);
    }
}

#[test]
fn a_kill_in_the_middle_leaves_the_old_day_and_the_server_lets_it_go() {
    for (table, command) in IN_THE_MIDDLE {
        let Some(halted) = halted(table, command) else { return };
        let Halted { site, place, mut session, running, backend, before } = halted;
        running.signal("-KILL");
        assert!(running.ends().is_none());
        // From version 14 on, a server checks during its work whether its client is still connected.
        let version: u32 = place.psql("SHOW server_version_num").trim().parse().unwrap();
        if version >= 140_000 {
            let there = format!("SELECT count(*) FROM pg_stat_activity WHERE pid = {backend}");
            until("the server sees that its client is gone", || place.psql(&there).trim() == "0");
        }
        session.does("COMMIT;");
        assert_eq!(site.everything(), before, "{command:?}");
        until("the server took back what was not done", || site.run(&["history"]).out.contains("killed"));
        again(&site, command, &before);
    }
}

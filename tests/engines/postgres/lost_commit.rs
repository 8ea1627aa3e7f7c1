//! A connection that ends while the server commits: the program cannot know whether the work was stored. It reports
//! that, and the command that shows it.

use super::with_a_day;
use crate::home::DAY;
use crate::relay::relayed;
use crate::under_way::{UnderWay, until};

/// Commands that have no history entry, and the command that shows whether each was stored.
const COMMANDS: [(&[&str], &str); 6] = [
    (&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "high"], "`flow-oa query threats` shows"),
    (
        &["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "t", "--text", "t"],
        "`flow-oa query storyboard` shows",
    ),
    (&["reset", "-d", DAY, "--yes"], "restores whatever is missing from the backup"),
    (&["restore", "backup.json"], "the same command again is safe"),
    (&["migrate", "--apply", "--yes"], "`flow-oa diff` shows"),
    (&["init"], "`flow-oa diff` shows"),
];

#[test]
fn a_lost_commit_without_a_history_entry_is_reported_as_unknown_with_the_command_that_shows_it() {
    for (command, shows) in COMMANDS {
        let Some((site, _)) = with_a_day() else { return };
        if ["migrate", "init"].contains(&command[0]) {
            site.database.sql("COMMENT ON TABLE flow IS 'other'; DROP TABLE flow_timeline CASCADE");
        }
        if ["storyboard", "reset", "restore"].contains(&command[0]) {
            site.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]);
        }
        if command[0] == "restore" {
            let backup = site.json(&["reset", "-d", DAY, "--yes"])["backup"].as_str().unwrap().to_owned();
            site.home.write("backup.json", site.home.read(&backup));
        }
        let (passing, url) = relayed(&site);
        passing.halt_after("COMMIT");
        let running = UnderWay::start(&site, &[command, &["--database", &url, "--output", "json"]].concat());
        until("the server was asked to commit", || passing.is_halted());
        passing.cut(true);
        let outcome = running.ends().unwrap().ends_with(69);
        let outcome = outcome.complains(&["the changes may be stored or not", shows]);
        for wrong in ["nothing was changed", "history"] {
            assert!(!outcome.err.contains(wrong), "{command:?}: {}", outcome.err);
        }
        assert_eq!(outcome.json()["effect"], "unknown", "{command:?}");
    }
}

#[test]
fn a_lost_commit_of_a_run_names_the_history() {
    let Some((site, _)) = with_a_day() else { return };
    let (passing, url) = relayed(&site);
    passing.halt_after("COMMIT");
    let running = UnderWay::start(&site, &["run", "-d", DAY, "--database", &url]);
    until("the server was asked to commit", || passing.is_halted());
    passing.cut(true);
    running.ends().unwrap().ends_with(69).complains(&["may be stored or not", "`flow-oa history` shows it"]);
}

//! What must hold of a home in which a command was disturbed: by an error, a kill, or a full disk.

use std::path::Path;

use crate::home::{Home, Outcome};
use crate::scenes::{Scene, State};

/// What must hold after a command was disturbed.
pub(crate) fn holds(scene: &Scene, home: &Home, outcome: Option<&Outcome>, what: &str) {
    let found = State::of(home);
    let is_new = found.tables == scene.after.tables && scene.before.tables != scene.after.tables;
    if !is_new {
        assert_eq!(found.tables, scene.before.tables, "{what}: neither the old day nor the new one");
        assert_eq!(found.file, scene.before.file, "{what}: the file is not of the old day");
    }
    let whole = found.file == scene.before.file || found.file == scene.after.file;
    assert!(whole, "{what}: {:?}", found.file);
    rollups_hold(home, what);
    if let Some(outcome) = outcome {
        assert!(parts(&home.path("")).is_empty(), "{what}: {:?}", parts(&home.path("")));
        let is_told = outcome.err.contains("the database has the day already");
        assert_eq!(is_told, is_new, "{what}: {}", outcome.err);
    }
    // A command that ended by itself wrote how; of one that did not, only the program can tell.
    let status = if outcome.is_some() { written(scene, home, "status") } else { told(scene, home) };
    let mut status: Vec<&str> = status.iter().map(String::as_str).collect();
    // A copy has an entry for each file too.
    status.dedup();
    let expected: &[&[&str]] = match (outcome, is_new) {
        _ if !scene.is_told => &[&[]],
        (Some(_), _) => &[&[], &["failed"]],
        (None, true) => &[&["done"]],
        (None, false) => &[&[], &["killed"]],
    };
    assert!(expected.contains(&status.as_slice()), "{what}: {status:?}, changed: {is_new}");
}

/// The same command again, undisturbed, gives what it would have given at once.
pub(crate) fn mends(scene: &Scene, home: &Home, what: &str) {
    let again = home.run(scene.command);
    let was_done = again.code == 65 && again.err.contains("was ingested before");
    assert!(again.code == 0 || was_done, "{what}: again: {}", again.err);
    assert_eq!(State::of(home), scene.after, "{what}: again");
    assert!(parts(&home.path("")).is_empty(), "{what}: {:?}", parts(&home.path("")));
    for status in written(scene, home, "status") {
        assert_ne!(status, "running", "{what}: again");
    }
    for sum in written(scene, home, "status <> 'done' OR records = stored + rejected + skipped") {
        assert_eq!(sum, "1", "{what}: the counts of the history");
    }
}

/// A value of every entry of the history since the scene began, as the database has it.
pub(crate) fn written(scene: &Scene, home: &Home, value: &str) -> Vec<String> {
    if !scene.is_told {
        return Vec::new();
    }
    home.rows(&format!("SELECT {value} FROM flow_oa_history WHERE id > {} ORDER BY id", scene.told_before()))
}

/// How the commands since the scene began ended, as the program tells it.
fn told(scene: &Scene, home: &Home) -> Vec<String> {
    if !scene.is_told {
        return Vec::new();
    }
    let is_new = |it: &&serde_json::Value| it["id"].as_u64().unwrap() > scene.told_before();
    let history = home.json(&["history"]);
    let new = history["entries"].as_array().unwrap().iter().filter(is_new);
    new.map(|it| it["status"].as_str().unwrap().to_owned()).collect()
}

/// Sums that ingest keeps are those of the rows.
pub(crate) fn rollups_hold(home: &Home, what: &str) {
    for (kept, made) in [
        (
            "SELECT y, m, d, sip, dip, ibyt, ipkt FROM flow_pair ORDER BY 1, 2, 3, 4, 5",
            "SELECT y, m, d, sip, dip, sum(ibyt), sum(ipkt) FROM flow GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5",
        ),
        ("SELECT coalesce(sum(flows), 0) FROM flow_minute", "SELECT count(*) FROM flow"),
    ] {
        assert_eq!(home.rows(kept), home.rows(made), "{what}");
    }
}

/// Temporary files, and locks of commands that are gone.
fn parts(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(parts(&entry.path()));
        } else if name.ends_with(".part") || name.starts_with(".entry-") {
            found.push(name);
        }
    }
    found
}

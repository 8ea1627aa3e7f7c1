//! What must hold for a site after a command was disturbed by an error, a kill, or a full disk.

use std::path::Path;

use crate::home::Outcome;
use crate::scenes::{Scene, State};
use crate::site::Site;

/// Messages for the case that the database is updated and a file is not.
const DONE: [&str; 7] = [
    "the database has the day already",
    "the scores are stored",
    "the comment and the timeline are stored",
    "the rows are deleted",
    "the rows are restored",
    "the tables are made",
    "steps of the migration are done",
];

/// Asserts what must hold after a command was disturbed.
pub(crate) fn holds(scene: &Scene, site: &Site, outcome: Option<&Outcome>, what: &str) {
    let found = State::of(site);
    let is_new = found.tables == scene.after.tables && scene.before.tables != scene.after.tables;
    if !is_new {
        assert_eq!(found.tables, scene.before.tables, "{what}: neither the old day nor the new one");
        assert_eq!(found.file, scene.before.file, "{what}: the file is not of the old day");
        assert_eq!(
            found.by_analysts, scene.before.by_analysts,
            "{what}: files of analysts are not those of the old day"
        );
    }
    for name in found.by_analysts.keys().chain(scene.before.by_analysts.keys()) {
        let is = |state: &State| found.by_analysts.get(name) == state.by_analysts.get(name);
        assert!(is(&scene.before) || is(&scene.after), "{what}: {name}: {:?}", found.by_analysts.get(name));
    }
    let whole = found.file == scene.before.file || found.file == scene.after.file;
    assert!(whole, "{what}: {:?}", found.file);
    rollups_hold(&|query| site.rows(query), what);
    if let Some(outcome) = outcome {
        assert!(parts(&site.home.path("")).is_empty(), "{what}: {:?}", parts(&site.home.path("")));
        let is_reported = DONE.iter().any(|words| outcome.err.contains(words));
        assert_eq!(is_reported, is_new, "{what}: {}", outcome.err);
    }
    let mut status = written(scene, site);
    // A command that ended by itself recorded its outcome. If it was killed, or had no disk space to record it, only
    // `flow-oa history` can determine the outcome.
    let is_silent = outcome.is_none_or(|outcome| outcome.code == 73 && status == ["running"]);
    if is_silent {
        status = reported(scene, site);
    }
    let mut status: Vec<&str> = status.iter().map(String::as_str).collect();
    // A copy also has an entry for each file.
    status.dedup();
    let expected: &[&[&str]] = match (outcome, is_new) {
        _ if !scene.is_recorded => &[&[]],
        (Some(_), false) if is_silent => &[&["killed"]],
        (Some(_), _) => &[&[], &["failed"]],
        (None, true) => &[&["done"]],
        (None, false) => &[&[], &["killed"]],
    };
    assert!(expected.contains(&status.as_slice()), "{what}: {status:?}, changed: {is_new}");
}

/// The same command again, undisturbed, must have the result of an undisturbed first run.
pub(crate) fn recovers(scene: &Scene, site: &Site, what: &str) {
    let again = scene.run(site);
    let was_done = again.code == 65 && again.err.contains("was ingested before");
    assert!(again.code == 0 || was_done, "{what}: again: {}", again.err);
    assert_eq!(State::of(site), scene.after, "{what}: again");
    assert!(parts(&site.home.path("")).is_empty(), "{what}: {:?}", parts(&site.home.path("")));
    for status in written(scene, site) {
        assert!(["done", "failed", "killed"].contains(&status.as_str()), "{what}: again: {status}");
    }
}

/// The outcome of each history entry since the scene began, as stored in the database, and whether its counts are
/// wrong.
pub(crate) fn written(scene: &Scene, site: &Site) -> Vec<String> {
    if !scene.is_recorded {
        return Vec::new();
    }
    site.rows(&format!(
        "SELECT status || CASE WHEN status <> 'done' OR records = stored + rejected + skipped THEN '' ELSE ', wrong' END \
         FROM flow_oa_history WHERE id > {} ORDER BY id",
        scene.newest_before()
    ))
}

/// The outcomes of the commands since the scene began, as `flow-oa history` reports them.
fn reported(scene: &Scene, site: &Site) -> Vec<String> {
    if !scene.is_recorded {
        return Vec::new();
    }
    let is_new = |value: &&serde_json::Value| value["id"].as_u64().unwrap() > scene.newest_before();
    let history = site.json(&["history"]);
    let new = history["entries"].as_array().unwrap().iter().filter(is_new);
    new.map(|new| new["status"].as_str().unwrap().to_owned()).collect()
}

/// The sums that ingest stores must equal those of the rows. `rows` runs a query.
pub(crate) fn rollups_hold(rows: &dyn Fn(&str) -> Vec<String>, what: &str) {
    let kept = "SELECT y, m, d, sip, dip, ibyt, ipkt FROM flow_pair \
                UNION ALL SELECT 0, 0, 0, '', '', coalesce(sum(flows), 0), 0 FROM flow_minute";
    let made = "SELECT y, m, d, sip, dip, sum(ibyt), sum(ipkt) FROM flow GROUP BY 1, 2, 3, 4, 5 \
                UNION ALL SELECT 0, 0, 0, '', '', count(*), 0 FROM flow";
    let differing = format!(
        "SELECT 'kept', a.* FROM (SELECT * FROM ({kept}) AS k EXCEPT SELECT * FROM ({made}) AS m) AS a \
         UNION ALL SELECT 'made', b.* FROM (SELECT * FROM ({made}) AS m EXCEPT SELECT * FROM ({kept}) AS k) AS b"
    );
    assert_eq!(rows(&differing), [""; 0], "{what}");
}

/// Temporary files, and locks of processes that have ended.
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

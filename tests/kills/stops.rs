//! Errors and ends at every point, at every time that it is passed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flow_oa_runtime::failpoints::{MISCOUNTS, POINTS, VARIABLE};

use crate::home::{DAY, Home, Outcome};
use crate::scenes::{Scene, State, all};

/// No point is passed more often by a command of these tests.
const OFTEN: u32 = 400;

/// As many cases at once as are worth it.
const AT_ONCE: usize = 8;

#[test]
fn wherever_it_stops_the_day_is_the_old_or_the_new_one_and_the_same_command_again_mends_it() {
    let scenes = all();
    let cases: Vec<(usize, &str, &str)> = (0..scenes.len())
        .flat_map(|scene| POINTS.iter().map(move |point| (scene, *point)))
        .flat_map(|(scene, point)| ["error", "abort"].map(|action| (scene, point, action)))
        .collect();
    let (next, passed) = (AtomicUsize::new(0), Mutex::new(BTreeMap::<_, Vec<u32>>::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((scene, point, action)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let times = times(&scenes[*scene], point, action);
                    passed.lock().unwrap().entry((*point, *scene)).or_default().push(times);
                }
            });
        }
    });
    let passed = passed.into_inner().unwrap();
    for ((point, scene), times) in &passed {
        assert_eq!(times[0], times[1], "{}: {point}: an error was not heeded", scenes[*scene].name);
    }
    let is_passed = |point: &&str| passed.iter().any(|((it, _), times)| it == point && times[0] > 0);
    let never: Vec<_> = POINTS.iter().filter(|it| !is_passed(it)).collect();
    assert!(never.is_empty(), "points that no command passes: {never:?}");
}

/// Disturbs a scene at every time that it passes the point, and gives how often it does.
fn times(scene: &Scene, point: &str, action: &str) -> u32 {
    for time in 1..OFTEN {
        let home = scene.home();
        let plan = format!("{point}:{time}={action}");
        let what = format!("{}: {plan}", scene.name);
        let outcome = scene.disturbed(&home, &plan);
        if outcome.as_ref().is_some_and(|it| it.code == 0) {
            assert_eq!(State::of(&home), scene.after, "{what}");
            return time - 1;
        }
        holds(scene, &home, outcome.as_ref(), &what);
        mends(scene, &home, &what);
    }
    panic!("{}: {point} is passed more than {OFTEN} times", scene.name);
}

/// What must hold after a command was disturbed.
fn holds(scene: &Scene, home: &Home, outcome: Option<&Outcome>, what: &str) {
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
        assert_eq!(outcome.code, 73, "{what}: {}", outcome.err);
        assert!(parts(&home.path("")).is_empty(), "{what}: {:?}", parts(&home.path("")));
        let is_told = outcome.err.contains("the database has the day already");
        assert_eq!(is_told, is_new, "{what}: {}", outcome.err);
    }
    // A command that ended by itself wrote how; of one that did not, only the program can tell.
    let status = if outcome.is_some() { written(scene, home, "status") } else { told(scene, home) };
    let status: Vec<&str> = status.iter().map(String::as_str).collect();
    let expected: &[&[&str]] = match (outcome, is_new) {
        _ if !scene.is_told => &[&[]],
        (Some(_), _) => &[&[], &["failed"]],
        (None, true) => &[&["done"]],
        (None, false) => &[&[], &["killed"]],
    };
    assert!(expected.contains(&status.as_slice()), "{what}: {status:?}, changed: {is_new}");
}

/// The same command again, undisturbed, gives what it would have given at once.
fn mends(scene: &Scene, home: &Home, what: &str) {
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
fn written(scene: &Scene, home: &Home, value: &str) -> Vec<String> {
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
fn rollups_hold(home: &Home, what: &str) {
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

#[test]
fn a_count_that_is_wrong_is_found_by_the_program_itself_before_anything_lasts() {
    let scenes = all();
    for point in MISCOUNTS {
        let name = point.split('-').next().unwrap();
        let scene = scenes.iter().find(|it| it.name == name).unwrap();
        let home = scene.home();
        let outcome = scene.disturbed(&home, &format!("{point}=miscount")).unwrap();
        outcome.ends_with(70).complains(&["internal fault", "nothing was changed"]);
        assert_eq!(State::of(&home), scene.before, "{point}");
        assert_eq!(written(scene, &home, "status"), ["failed"], "{point}");
        mends(scene, &home, point);
    }
}

#[test]
fn a_point_that_is_not_known_is_refused() {
    let home = Home::new();
    let mut command = home.command(&["run", "-d", DAY]);
    Outcome::of(command.env(VARIABLE, "run-lok=abort")).ends_with(2).complains(&["run-lok"]);
}

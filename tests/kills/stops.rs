//! Errors and ends at every point, at every time that it is passed.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use flow_oa_runtime::failpoints::{MISCOUNTS, POINTS, VARIABLE};

use crate::home::{DAY, Home, Outcome};
use crate::outlived::{holds, mends, written};
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
        let outcome = disturbed(scene, &home, &plan);
        if outcome.as_ref().is_some_and(|it| it.code == 0) {
            assert_eq!(State::of(&home), scene.after, "{what}");
            return time - 1;
        }
        if let Some(outcome) = &outcome {
            assert_eq!(outcome.code, 73, "{what}: {}", outcome.err);
        }
        holds(scene, &home, outcome.as_ref(), &what);
        mends(scene, &home, &what);
    }
    panic!("{}: {point} is passed more than {OFTEN} times", scene.name);
}

/// Runs the scene's command with `plan` for its fail points; gives nothing where it did not end by itself.
fn disturbed(scene: &Scene, home: &Home, plan: &str) -> Option<Outcome> {
    let output = home.command(scene.command).env(VARIABLE, plan).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    output.status.code().map(|code| Outcome { code, out, err })
}

#[test]
fn a_count_that_is_wrong_is_found_by_the_program_itself_before_anything_lasts() {
    let scenes = all();
    for point in MISCOUNTS {
        let name = point.split('-').next().unwrap();
        let scene = scenes.iter().find(|it| it.name == name).unwrap();
        let home = scene.home();
        let outcome = disturbed(scene, &home, &format!("{point}=miscount")).unwrap();
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

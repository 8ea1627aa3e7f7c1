//! Kills and interrupts at moments spread over the run time of a command. After each, the day is
//! replaced completely or not at all, and the same command again completes it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::consistent::{holds, recovers};
use crate::home::{Outcome, PROGRAM};
use crate::scenes::{Scene, State, large};
use crate::site::Site;
use crate::sqlite::Sqlite;

/// The number of moments at which each command is hit.
const MOMENTS: u32 = 20;

/// Starts the scene's command, sends `signal` after `delay` (the command may have ended by then), and waits for its
/// end. Returns `None` if the signal ended it.
fn hit(scene: &Scene, site: &Site, signal: &str, delay: Duration) -> Option<Outcome> {
    let child = Command::new(PROGRAM)
        .args(scene.arguments(site))
        .current_dir(site.home.path(""))
        .env("FLOW_OA_HOME", site.home.path(""))
        .env("FLOW_OA_DATABASE", site.database.url())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(delay);
    // `kill` fails if the command has ended.
    let _ = Command::new("kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    output.status.code().map(|code| Outcome { code, out, err })
}

/// Hits every scene at every moment. `ended` checks commands that ended by themselves with an error.
fn at_every_moment(signal: &str, ended: impl Fn(&Outcome, &str)) {
    for scene in large(&Sqlite).unwrap() {
        let start = Instant::now();
        scene.run(&scene.site()).ends_with(0);
        let whole = start.elapsed();
        for moment in 0..MOMENTS {
            let delay = whole * moment / MOMENTS;
            let what = format!("{}: {signal} after {delay:?} of {whole:?}", scene.name);
            let site = scene.site();
            let outcome = hit(&scene, &site, signal, delay);
            if outcome.as_ref().is_some_and(|outcome| outcome.code == 0) {
                assert_eq!(State::of(&site), scene.after, "{what}");
            } else {
                outcome.iter().for_each(|outcome| ended(outcome, &what));
                holds(&scene, &site, outcome.as_ref(), &what);
                recovers(&scene, &site, &what);
            }
        }
    }
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_day_or_the_new_one() {
    at_every_moment("-KILL", |outcome, what| panic!("{what}: ended with {}: {}", outcome.code, outcome.err));
}

#[test]
fn an_interrupt_at_any_moment_ends_with_130_and_says_that_nothing_was_changed() {
    at_every_moment("-INT", |outcome, what| {
        assert_eq!(outcome.code, 130, "{what}: {}", outcome.err);
        outcome.changes_nothing();
    });
}

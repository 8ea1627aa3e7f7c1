//! Errors and aborts at every fail point: at every pass in SQLite, and at some passes in PostgreSQL.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use flow_oa_core::failpoints::{MISCOUNTS, POINTS, VARIABLE};

use crate::backend::Backend;
use crate::consistent::{holds, recovers, written};
use crate::home::{DAY, Home, Outcome};
use crate::psql::Postgres;
use crate::scenes::{Scene, State, all};
use crate::site::Site;
use crate::sqlite::Sqlite;
use crate::stride;

/// The number of concurrent cases.
const AT_ONCE: usize = 8;

/// The actions at a fail point.
const ACTIONS: [&str; 2] = ["error", "abort"];

#[test]
fn wherever_it_stops_the_day_is_the_old_or_the_new_one_and_the_same_command_again_mends_it_on_sqlite() {
    stop_everywhere(&Sqlite, "sqlite", |often| (1..=often).collect());
}

#[test]
fn wherever_it_stops_the_day_is_the_old_or_the_new_one_and_the_same_command_again_mends_it_on_postgres() {
    // The steps are those of SQLite, where every pass is disturbed. Here that would take a quarter of an hour.
    stop_everywhere(&Postgres, "postgres", |often| (1..often).step_by(stride(16)).chain([often]).collect());
}

/// Disturbs every scene at every fail point of the engine, except those of migrations, which have tests of their own.
/// `times` selects from the passes of a point.
fn stop_everywhere(backend: &dyn Backend, engine: &str, times: fn(u32) -> Vec<u32>) {
    let Some(scenes) = all(backend) else { return };
    let passed: Vec<BTreeMap<String, u32>> = scenes.iter().map(passed).collect();
    let never: Vec<_> = POINTS
        .iter()
        .filter(|point| {
            !passed.iter().any(|points| points.contains_key(**point))
                && (engine == "postgres" || !point.starts_with("postgres-"))
                && !point.starts_with("migrate-")
        })
        .collect();
    assert!(never.is_empty(), "points that no command passes: {never:?}");
    let mut cases = Vec::new();
    for (scene, passed) in scenes.iter().zip(&passed) {
        for (point, often) in passed {
            let plans = times(*often)
                .into_iter()
                .flat_map(|time| ACTIONS.map(|action| format!("{point}:{time}={action}")));
            cases.extend(plans.map(|plan| (scene, plan)));
        }
    }
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((scene, plan)) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                    outlives(scene, plan);
                }
            });
        }
    });
}

/// How often the scene's command passes each fail point.
fn passed(scene: &Scene) -> BTreeMap<String, u32> {
    let site = scene.site();
    let plan = format!("all=note:{}", site.home.path("passed").display());
    disturbed(scene, &site, &plan).unwrap().ends_with(0);
    let mut passed = BTreeMap::new();
    for point in site.home.read("passed").lines() {
        *passed.entry(point.to_owned()).or_default() += 1;
    }
    passed
}

/// Disturbs a scene and checks the result.
fn outlives(scene: &Scene, plan: &str) {
    let site = scene.site();
    let what = format!("{}: {plan}", scene.name);
    let outcome = disturbed(scene, &site, plan);
    let code = outcome.as_ref().map(|it| it.code);
    let expected = if plan.ends_with("=abort") { None } else { Some(73) };
    assert_eq!(code, expected, "{what}: {}", outcome.as_ref().map_or("", |it| &it.err));
    holds(scene, &site, outcome.as_ref(), &what);
    recovers(scene, &site, &what);
}

/// Runs the scene's command with `plan` for its fail points. Returns `None` if the command did not end by itself.
fn disturbed(scene: &Scene, site: &Site, plan: &str) -> Option<Outcome> {
    let output = scene.command(site).env(VARIABLE, plan).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    output.status.code().map(|code| Outcome { code, out, err })
}

#[test]
fn a_count_that_is_wrong_is_found_by_the_program_itself_before_anything_lasts() {
    for scenes in [all(&Sqlite), all(&Postgres)].iter().flatten() {
        for point in MISCOUNTS {
            let name = point.split('-').next().unwrap();
            let scene = scenes.iter().find(|scene| scene.name == name).unwrap();
            let site = scene.site();
            let outcome = disturbed(scene, &site, &format!("{point}=miscount")).unwrap();
            outcome.ends_with(70).complains(&["internal fault"]).changes_nothing();
            assert_eq!(State::of(&site), scene.before, "{point}");
            assert_eq!(written(scene, &site), ["failed"], "{point}");
            recovers(scene, &site, point);
        }
    }
}

#[test]
fn a_rollup_that_is_filled_while_init_is_killed_is_marked_or_as_it_was() {
    for backend in [&Sqlite as &dyn Backend, &Postgres] {
        let Some(site) = Site::bare(backend) else { continue };
        site.does(&["init"]);
        let time = crate::home::at("10:00:00");
        site.has_flows(&[crate::home::flow(&time, "10.0.0.1", "10.0.0.2", 1)]);
        site.database.sql("DELETE FROM flow_pair; DELETE FROM flow_oa_rollup_day");
        let output = site.command(&["init"]).env(VARIABLE, "init-marked=abort").output().unwrap();
        assert_eq!(output.status.code(), None);
        let state = || (site.count("flow_pair"), site.count("flow_oa_rollup_day"));
        assert_eq!(state(), (0, 0));
        site.does(&["init"]);
        assert_eq!(state(), (1, 2));
    }
}

#[test]
fn a_point_that_is_not_known_is_refused() {
    let home = Home::new();
    let mut command = home.command(&["run", "-d", DAY]);
    Outcome::of(command.env(VARIABLE, "run-lok=abort")).ends_with(2).complains(&["run-lok"]);
}

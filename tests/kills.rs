//! The program, stopped at every fail point and before statements: nothing is lost, and nothing is half done. With
//! `FLOW_OA_TEST_EVERY_STOP` in the environment it is stopped at every pass of every point; without
//! it, at some passes of the points that are passed often.
//!
//! Needs the feature `failpoints`: `cargo test -p flow-oa --features failpoints --test kills`.
//! `runtime/core/src/failpoints` describes the points.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[allow(dead_code, reason = "shared with the tests of the program")]
#[path = "cli/home.rs"]
mod home;

#[allow(dead_code, unused_macros, reason = "shared with the tests of the engines")]
#[path = "engines/backend.rs"]
mod backend;
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/edits.rs"]
mod edits;
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/hive.rs"]
mod hive;
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/psql.rs"]
mod psql;
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/site.rs"]
mod site;
#[path = "engines/sqlite.rs"]
mod sqlite;
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/under_way.rs"]
mod under_way;

#[path = "kills/changes.rs"]
mod changes;
#[path = "cli/consistent.rs"]
mod consistent;
#[path = "kills/hive_copy.rs"]
mod hive_copy;
#[path = "kills/migrations.rs"]
mod migrations;
#[allow(dead_code, reason = "shared with the tests of the program")]
#[path = "cli/scenes.rs"]
mod scenes;
#[path = "kills/stops.rs"]
mod stops;

/// The distance between the passes of a point at which the program is stopped.
fn stride(usual: usize) -> usize {
    if std::env::var_os("FLOW_OA_TEST_EVERY_STOP").is_some() { 1 } else { usual }
}

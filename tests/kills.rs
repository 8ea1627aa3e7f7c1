//! The program, stopped at every fail point and before every statement: nothing is lost, and nothing is half done.
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
#[path = "engines/psql.rs"]
mod psql;
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/site.rs"]
mod site;
#[path = "engines/sqlite.rs"]
mod sqlite;

#[path = "kills/changes.rs"]
mod changes;
#[path = "cli/consistent.rs"]
mod consistent;
#[path = "kills/hive_copy.rs"]
mod hive_copy;
#[allow(dead_code, reason = "shared with the tests of the program")]
#[path = "cli/scenes.rs"]
mod scenes;
#[path = "kills/stops.rs"]
mod stops;

//! One suite of scenes that runs on every engine through the program: what holds for a day in SQLite must hold in
//! every other database. Beside the suite are tests of what only a server can cause.
//!
//! A scene knows no engine. It names the capabilities that it needs, and is skipped for an engine without them. A new
//! engine is a module that creates a fresh database and reads its rows, and a line in `on_every_engine!`. Stored rows
//! are read with other programs than flow-oa.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
#[path = "cli/home.rs"]
mod home;

#[allow(dead_code, reason = "shared with the tests that stop the program")]
#[path = "engines/backend.rs"]
#[macro_use]
mod backend;
#[allow(dead_code, reason = "shared with the tests that stop the program")]
#[path = "engines/psql.rs"]
mod psql;
#[path = "engines/relay.rs"]
mod relay;
#[path = "engines/site.rs"]
mod site;
#[allow(dead_code, reason = "shared with the tests that stop the program")]
#[path = "engines/sqlite.rs"]
mod sqlite;
#[path = "engines/under_way.rs"]
mod under_way;

#[path = "support/golden.rs"]
mod golden;
#[path = "support/hdfs.rs"]
mod hdfs;
#[allow(dead_code, reason = "shared with the tests of the client, which use all of it")]
#[path = "../runtime/hs2/tests/stand_in/server.rs"]
mod stand_in;

#[path = "engines/adopt.rs"]
mod adopt;
#[path = "engines/agreement.rs"]
mod agreement;
#[path = "engines/bad_input.rs"]
mod bad_input;
#[path = "engines/changes.rs"]
mod changes;
#[path = "engines/days.rs"]
mod days;
#[path = "engines/edits.rs"]
mod edits;
#[path = "engines/expectations.rs"]
mod expectations;
#[path = "engines/first_release.rs"]
mod first_release;
#[path = "engines/hive.rs"]
mod hive;
#[path = "engines/hive_copy.rs"]
mod hive_copy;
#[path = "engines/hive_days.rs"]
mod hive_days;
#[path = "engines/hive_hdfs.rs"]
mod hive_hdfs;
#[path = "engines/hive_literals.rs"]
mod hive_literals;
#[cfg(feature = "failpoints")]
#[path = "engines/hive_lost.rs"]
mod hive_lost;
#[path = "engines/hive_read_back.rs"]
mod hive_read_back;
#[cfg(feature = "failpoints")]
#[path = "engines/hive_stops.rs"]
mod hive_stops;
#[path = "engines/hive_ways.rs"]
mod hive_ways;
#[path = "engines/impala_statements.rs"]
mod impala_statements;
#[path = "engines/keys.rs"]
mod keys;
#[path = "engines/migrations.rs"]
mod migrations;
#[path = "engines/postgres/mod.rs"]
mod postgres;
#[path = "engines/questions.rs"]
mod questions;
#[path = "engines/ranges.rs"]
mod ranges;
#[path = "engines/rollups.rs"]
mod rollups;
#[path = "engines/stops.rs"]
mod stops;
#[path = "engines/together.rs"]
mod together;
#[path = "engines/values.rs"]
mod values;

//! The notebooks of a day, played on a Jupyter kernel as by an analyst: every cell, the charts, the panel through its
//! handlers, the cell that resets, and their pages in a browser. Their output and what they store are compared with
//! the database, which other programs read.
//!
//! `tests/notebooks/install` prints where a Python with Jupyter and a Chromium are. Without them the tests report
//! that they are skipped. The pictures and pages stay in `target/tmp/notebooks` for inspection.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[path = "cli/home.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
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
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/sqlite.rs"]
mod sqlite;

#[path = "notebooks/advanced.rs"]
mod advanced;
#[path = "notebooks/charts.rs"]
mod charts;
#[path = "notebooks/dns.rs"]
mod dns;
#[path = "notebooks/investigation.rs"]
mod investigation;
#[path = "notebooks/page.rs"]
mod page;
#[path = "notebooks/proxy.rs"]
mod proxy;
#[path = "notebooks/stage.rs"]
mod stage;

use stage::{Day, Stage};

/// Plays both notebooks of a day in a database.
fn play(engine: &dyn backend::Backend, name: &str, day: fn(&site::Site) -> Option<Day>) {
    let Some(stage) = Stage::new(engine, name, day) else { return };
    advanced::shows_the_day(&stage);
    investigation::by_the_panel_and_without(&stage);
    advanced::resets_the_day_and_no_other(&stage);
}

#[test]
fn a_made_up_day_on_sqlite() {
    play(&sqlite::Sqlite, "sample-sqlite", stage::made_up);
}

#[test]
fn a_made_up_day_on_postgres() {
    play(&psql::Postgres, "sample-postgres", stage::made_up);
}

#[test]
fn oni_on_sqlite() {
    play(&sqlite::Sqlite, "oni-sqlite", stage::oni);
}

#[test]
fn oni_on_postgres() {
    play(&psql::Postgres, "oni-postgres", stage::oni);
}

#[test]
fn a_made_up_day_of_dns() {
    let Some(stage) = Stage::new(&sqlite::Sqlite, "sample-dns", dns::made_up) else { return };
    dns::shows_the_day(&stage);
    dns::is_investigated(&stage);
}

#[test]
fn a_made_up_day_of_a_proxy() {
    let Some(stage) = Stage::new(&sqlite::Sqlite, "sample-proxy", proxy::made_up) else { return };
    proxy::shows_the_day(&stage);
    proxy::is_investigated(&stage);
}

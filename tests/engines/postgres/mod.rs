//! What only a server can cause: refused connections, missing rights, locks of other sessions, connections that end,
//! full disks, and partitions that an administrator created.

mod access;
mod breaks;
mod full_disk;
mod locks;
mod lost_commit;
mod migrations;
mod partitions;
mod rights;
mod role;
mod structure;
mod tls;

use crate::home::{DAY, Home, Outcome, at, flow, result};
use crate::psql::{Place, Schema, Session, unique};
use crate::site::Site;
use crate::under_way::until;

/// A site with a schema that the program will create, and the place of that schema.
fn bare() -> Option<(Site, Place)> {
    named(&unique("test"))
}

fn named(schema: &str) -> Option<(Site, Place)> {
    let place = Place::new(schema)?;
    Some((Site { home: Home::bare(), database: Box::new(Schema::new(place.clone())) }, place))
}

/// A site with tables, a day of flows, their results, and a run; then other results, and flows that are not ingested.
fn with_a_day() -> Option<(Site, Place)> {
    let (site, place) = bare()?;
    fill(&site);
    Some((site, place))
}

fn fill(site: &Site) {
    site.does(&["init"]);
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1),
        flow(&at("10:00:01"), "10.0.0.1", "10.0.0.3", 2),
    ]);
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    site.runs_day();
    site.has_results(&[
        result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"),
        result(&at("10:00:01"), "10.0.0.1", "10.0.0.3", "0.2"),
    ]);
    site.home.write("late.csv", crate::home::spot(&[flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 4)]));
    let next = flow("2016-07-09 11:00:00", "10.0.0.1", "10.0.0.2", 5);
    site.home.write("next.csv", crate::home::spot(&[next]));
}

const RUN: [&str; 3] = ["run", "-d", DAY];
const INGEST: [&str; 2] = ["ingest", "late.csv"];
const INGEST_NEXT: [&str; 2] = ["ingest", "next.csv"];

/// Runs the program with another URL.
fn at_url(site: &Site, url: &str, arguments: &[&str]) -> Outcome {
    Outcome::of(site.command(arguments).env("FLOW_OA_DATABASE", url))
}

/// Waits until a program waits for a lock of `session`. Returns the process id of its backend.
fn blocked_by(session: &mut Session) -> String {
    let holder = session.does("SELECT pg_backend_pid();").trim().to_owned();
    let query = format!(
        "SELECT pid FROM pg_stat_activity WHERE application_name = 'flow-oa' AND pg_blocking_pids(pid) @> ARRAY[{holder}];"
    );
    let mut blocked = String::new();
    // A transaction sees one snapshot of the activity view unless it clears it.
    until("a program waits for the lock", || {
        session.does("SELECT pg_stat_clear_snapshot();");
        blocked = session.does(&query).trim().to_owned();
        !blocked.is_empty()
    });
    blocked
}

//! Missing rights of a role, and its time limits.

use super::role::Role;
use super::{INGEST, INGEST_NEXT, RUN, at_url, bare, fill, with_a_day};
use crate::site::Site;

/// A role that may only read.
fn reader(place: &crate::psql::Place) -> Role {
    let role = Role::new(place, "");
    let schema = place.quoted();
    role.sql(&format!("GRANT USAGE ON SCHEMA {schema} TO ROLE_NAME"));
    role.sql(&format!("GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO ROLE_NAME"));
    role
}

#[test]
fn a_role_that_may_only_read_changes_nothing_and_may_ask() {
    let Some((site, place)) = with_a_day() else { return };
    let role = reader(&place);
    let (before, url) = (site.everything(), place.url_at(&role.server()));
    for command in [&RUN[..], &INGEST, &INGEST_NEXT, &["purge", "--before", "20200101", "--yes"]] {
        at_url(&site, &url, command).ends_with(73).complains(&[
            "permission denied",
            "GRANT",
            "nothing was changed",
        ]);
        assert_eq!(site.everything(), before, "{command:?}");
    }
    at_url(&site, &url, &["doctor"]).ends_with(73).says(&[
        "FAULT    rights",
        "permission denied",
        "would not work: 1 fault",
    ]);
    at_url(&site, &url, &["history"]).ends_with(0);
    at_url(&site, &url, &["rank", "-d", "20160708", "--out", "ranked.csv"]).ends_with(0);
    assert_eq!(site.home.read("ranked.csv").lines().count(), 2);
}

#[test]
fn a_role_that_may_make_no_schema_is_told_so() {
    let Some((site, place)) = bare() else { return };
    let role = Role::new(&place, "");
    at_url(&site, &place.url_at(&role.server()), &["init"])
        .ends_with(73)
        .complains(&["permission denied", "GRANT"]);
}

#[test]
fn a_role_that_is_set_to_read_only_changes_nothing() {
    let Some((site, place)) = with_a_day() else { return };
    let role = Role::new(&place, "SUPERUSER");
    role.sql("ALTER ROLE ROLE_NAME SET default_transaction_read_only = on");
    let (before, url) = (site.everything(), place.url_at(&role.server()));
    for command in [&RUN[..], &INGEST, &INGEST_NEXT, &["purge", "--before", "20200101", "--yes"]] {
        at_url(&site, &url, command).ends_with(73).complains(&["read only", "nothing was changed"]);
        assert_eq!(site.everything(), before, "{command:?}");
    }
    let other = bare().unwrap().1;
    at_url(&site, &other.url_at(&role.server()), &["init"]).ends_with(73).complains(&["read only"]);
}

#[test]
fn a_statement_that_takes_longer_than_the_server_allows_is_said() {
    let Some((site, place)) = with_a_day() else { return };
    let role = Role::new(&place, "SUPERUSER");
    role.sql("ALTER ROLE ROLE_NAME SET statement_timeout = 300");
    let before = site.everything();
    let mut session = place.session();
    session.does("BEGIN; LOCK TABLE flow_edge IN EXCLUSIVE MODE;");
    let outcome = at_url(&site, &place.url_at(&role.server()), &RUN).ends_with(73);
    outcome.complains(&["statement timeout", "statement_timeout", "nothing else was changed"]);
    session.does("COMMIT;");
    assert_eq!(site.everything(), before);
}

#[test]
fn rights_to_tables_are_rights_to_partitions_that_others_made_of_them() {
    let Some((site, place)) = bare() else { return };
    site.does(&["init"]);
    let role = reader(&place);
    let schema = place.quoted();
    role.sql(&format!("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO ROLE_NAME"));
    // The partition of the day is created now, and no GRANT names it.
    fill(&site);
    let url = place.url_at(&role.server());
    let does = |arguments: &[&str]| at_url(&site, &url, arguments).ends_with(0);
    does(&RUN);
    assert_eq!(site.count("flow_edge"), 2);
    does(&INGEST);
    does(&["ingest", "late.csv", "--replace-day", "20160708"]);
    assert_eq!(site.rows("SELECT ibyt FROM flow"), ["4"]);
    does(&["purge", "--before", "20160709", "--yes"]);
    assert_eq!(site.count("flow"), 0);
    // A day without a partition is different.
    at_url(&site, &url, &INGEST_NEXT).ends_with(73).complains(&["permission denied"]);
}

#[test]
fn a_role_that_owns_its_schema_needs_no_other_right() {
    let Some((site, place)) = bare() else { return };
    let role = Role::new(&place, "");
    role.sql(&format!("CREATE SCHEMA {} AUTHORIZATION ROLE_NAME", place.quoted()));
    let site = Site { database: Box::new(As { place, role }), ..site };
    fill(&site);
    site.does(&INGEST_NEXT);
    site.runs_day();
    assert_eq!((site.count("flow"), site.count("flow_edge")), (3, 2));
}

#[test]
fn a_role_with_rights_to_rows_alone_stores_where_there_are_partitions() {
    let Some((site, place)) = bare() else { return };
    site.does(&["init"]);
    site.database.sql("CREATE TABLE flow_rest PARTITION OF flow DEFAULT");
    let role = reader(&place);
    let schema = place.quoted();
    role.sql(&format!("GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO ROLE_NAME"));
    let site = Site { database: Box::new(As { place: place.clone(), role }), ..site };
    fill(&site);
    site.does(&INGEST);
    site.does(&INGEST_NEXT);
    site.runs_day();
    site.does(&["ingest", "late.csv", "--replace-day", "20160708"]);
    assert_eq!(site.rows("SELECT d, ibyt FROM flow ORDER BY d"), ["8|4", "9|5"]);
    site.does(&["ingest", "next.csv", "--replace"]);
    site.does(&["purge", "--before", "20160709", "--yes"]);
    assert_eq!(site.rows("SELECT d, ibyt FROM flow ORDER BY d"), ["9|5"]);
}

/// The schema as seen by a role.
struct As {
    place: crate::psql::Place,
    role: Role,
}

impl crate::backend::Database for As {
    fn url(&self) -> String {
        self.place.url_at(&self.role.server())
    }

    fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let output = self.place.psql(query);
        output.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()
    }

    fn sql(&self, sql: &str) {
        self.place.psql(sql);
    }
}

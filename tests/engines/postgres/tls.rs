//! Encrypted connections: what each mode verifies, with the server's own authority. The server refuses the role
//! without TLS, so a role that connects has it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::role::Role;
use super::{RUN, at_url, bare, blocked_by, fill};
use crate::psql::{Place, encoded, variable};
use crate::under_way::UnderWay;

struct Server {
    place: Place,
    role: Role,
    authority: String,
    site: crate::site::Site,
}

/// A server with TLS, described by its variables.
fn server() -> Option<Server> {
    let (site, place) = bare()?;
    let authority = variable("FLOW_OA_TEST_POSTGRES_CA", "TLS of PostgreSQL")?;
    let group = variable("FLOW_OA_TEST_POSTGRES_TLS_GROUP", "TLS of PostgreSQL")?;
    let role = Role::new(&place, &format!("IN ROLE {group}"));
    Some(Server { place, role, authority, site })
}

impl Server {
    /// A URL with which the role connects to `host`.
    fn url(&self, host: &str, parameters: &str) -> String {
        let url = self.place.url_at(&self.role.server()).replace("127.0.0.1", host);
        format!("{url}&{parameters}")
    }

    fn checked(&self, host: &str, mode: &str, authority: &str) -> String {
        self.url(host, &format!("sslmode={mode}&sslrootcert={}", encoded(authority)))
    }
}

#[test]
fn each_mode_checks_what_its_name_says() {
    let Some(server) = server() else { return };
    let other = server.authority.replace("ca.pem", "other.pem");
    let own = server.authority.as_str();
    // A role that connects finds no tables. The server refuses a role that connects without TLS.
    let (inside, plain) = (&["the table is missing"][..], &["pg_hba.conf"][..]);
    let refused = &["certificate", "sslrootcert"][..];
    for (url, code, words) in [
        (server.url("127.0.0.1", "sslmode=disable"), 78, plain),
        (server.url("127.0.0.1", "sslmode=prefer"), 78, inside),
        (server.url("127.0.0.1", "sslmode=require"), 78, inside),
        (server.checked("127.0.0.1", "verify-ca", own), 78, inside),
        (server.checked("localhost", "verify-ca", own), 78, inside),
        (server.checked("localhost", "verify-full", own), 78, inside),
        (server.checked("127.0.0.1", "verify-full", own), 69, refused),
        (server.checked("localhost", "verify-ca", &other), 69, refused),
        (server.checked("localhost", "verify-full", &other), 69, refused),
        (server.checked("localhost", "require", &other), 69, refused),
        (server.url("localhost", "sslmode=verify-full"), 69, refused),
        (server.checked("localhost", "verify-full", "/no/such/ca.pem"), 78, &["/no/such/ca.pem"]),
        (server.url("localhost", "sslmode=perhaps"), 78, &["sslmode", "perhaps"]),
    ] {
        let outcome = at_url(&server.site, &url, &["history"]);
        assert_eq!(outcome.code, code, "{url}: {}", outcome.err);
        outcome.complains(words);
    }
}

#[test]
fn a_day_is_stored_by_tls_and_an_interrupt_gets_through() {
    let Some(server) = server() else { return };
    let schema = server.place.quoted();
    server.role.sql(&format!("CREATE SCHEMA {schema} AUTHORIZATION ROLE_NAME"));
    let (site, url) = (&server.site, server.checked("localhost", "verify-full", &server.authority));
    at_url(site, &url, &["init"]).ends_with(0);
    fill(site);
    server.role.sql(&format!("GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO ROLE_NAME"));
    at_url(site, &url, &["ingest", "next.csv"]).ends_with(0);
    at_url(site, &url, &RUN).ends_with(0);
    let before = site.everything();
    let mut session = server.place.session();
    session.does("BEGIN; LOCK TABLE flow_edge IN EXCLUSIVE MODE;");
    let running = UnderWay::start(
        site,
        &[&RUN[..], &["--force", "--database", &url]].concat()[..3]
            .iter()
            .copied()
            .chain(["--database", &url])
            .collect::<Vec<_>>(),
    );
    blocked_by(&mut session);
    running.signal("-INT");
    running.ends().unwrap().ends_with(130).complains(&["nothing else was changed"]);
    session.does("COMMIT;");
    assert_eq!(site.everything(), before);
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_a_must() {
    let Some((site, _)) = bare() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 8]);
            let _ = stream.write_all(b"N");
        }
    });
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("postgres://u@127.0.0.1:{port}/d?sslmode={mode}");
        at_url(&site, &url, &["init"]).ends_with(69).complains(&["TLS", "sslmode"]);
    }
}

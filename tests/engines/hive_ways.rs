//! The program with the HiveServer2 connections that its other tests do not use: password, HTTP, TLS. The same
//! variables name the servers as in the tests of the client; `tests/services/hs2-tests.sh` starts each.

use std::path::PathBuf;

use flow_oa_hs2::{Auth, Settings, Tls, Transport};
use flow_oa_tls::{Check, Roots};

use crate::hive::Tables;
use crate::home::{Home, Outcome, at, flow, result};
use crate::psql::variable;
use crate::site::Site;

/// A server, and the settings of its connection.
struct Way {
    settings: Settings,
    parameters: String,
}

/// The server that a variable names: `host:port`, then `key=value` as needed.
fn way(name: &str, auth: Auth) -> Option<Way> {
    let text = variable(name, "HiveServer2 tests")?;
    let mut words = text.split_whitespace();
    let (host, port) = words.next().and_then(|word| word.rsplit_once(':')).expect("host:port");
    let mut settings = Settings::new(host, port.parse().expect("a port"));
    let mut parameters = if auth == Auth::Plain { "auth=plain" } else { "auth=nosasl" }.to_owned();
    settings.auth = auth;
    for word in words {
        match word.split_once('=').expect("key=value") {
            ("user", it) => it.clone_into(&mut settings.user),
            ("password", it) => settings.password = Some(it.into()),
            ("path", it) => {
                settings.transport = Transport::Http { path: it.to_owned() };
                parameters.push_str(&format!("&transport=http&path={it}"));
            }
            ("ca", it) => {
                settings.tls = Some(Tls { roots: Roots::File(PathBuf::from(it)), check: Check::Full });
                parameters.push_str(&format!("&tls=true&ca={it}"));
            }
            ("auth", _) => {}
            other => panic!("{other:?}"),
        }
    }
    Some(Way { settings, parameters })
}

/// Stores a day and reads it back.
fn stores_a_day(way: Way) -> Site {
    let home = Home::bare();
    let database = Box::new(Tables::new(way.settings, way.parameters, &home.path("")));
    let site = Site { home, database };
    site.does(&["init"]);
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100),
        flow(&at("10:00:30"), "10.0.0.2", "10.0.0.1", 50),
    ]);
    site.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1")]);
    site.runs_day();
    assert_eq!((site.count("flow"), site.count("flow_scores"), site.count("flow_edge")), (2, 1, 2));
    assert_eq!(site.columns("flow_scores", &["srcip", "score"]), ["10.0.0.1|0.1"]);
    site
}

/// Connects with a URL that is changed in one place.
fn asks_wrongly(site: &Site, right: &str, wrong: &str) -> Outcome {
    let url = site.database.url();
    assert!(url.contains(right), "{url}");
    site.run(&["history", "--database", &url.replace(right, wrong)])
}

/// A wrong password is reported as such, and not printed.
fn refuses_another_password(site: &Site) {
    let outcome = asks_wrongly(site, ":spot-secret@", ":not-the-secret@").ends_with(78);
    let outcome = outcome.complains(&["refused user spot", "check user, password", "nothing was changed"]);
    assert!(!outcome.err.contains("not-the-secret"), "{}", outcome.err);
}

#[test]
fn by_a_password() {
    let Some(way) = way("FLOW_OA_TEST_HS2_PLAIN", Auth::Plain) else { return };
    let site = stores_a_day(way);
    refuses_another_password(&site);
    asks_wrongly(&site, "auth=plain", "auth=nosasl")
        .ends_with(69)
        .complains(&["gave no usable answer", "was tried"]);
}

#[test]
fn over_http() {
    let Some(way) = way("FLOW_OA_TEST_HS2_HTTP", Auth::Plain) else { return };
    let site = stores_a_day(way);
    refuses_another_password(&site);
    asks_wrongly(&site, "path=cliservice", "path=nothing")
        .ends_with(69)
        .complains(&["gave no usable answer", "nothing"]);
}

#[test]
fn with_tls() {
    let Some(way) = way("FLOW_OA_TEST_HS2_TLS", Auth::NoSasl) else { return };
    let encrypted = way.parameters.replace("auth=nosasl", "");
    let site = stores_a_day(way);
    asks_wrongly(&site, "/ca.pem", "/other.pem")
        .ends_with(69)
        .complains(&["encrypting the connection", "certificate"]);
    asks_wrongly(&site, "/ca.pem", "/none.pem").ends_with(78).complains(&["none.pem", "No such file"]);
    asks_wrongly(&site, &encrypted, "").ends_with(69).complains(&["gave no usable answer", "TLS"]);
}

#[test]
fn what_is_not_there_is_said_without_a_server() {
    let home = Home::bare();
    home.run(&["history", "--database", "hive2://host/flows?auth=kerberos"]).ends_with(78).complains(&[
        "auth=kerberos is not there yet",
        "nosasl, plain and ldap",
        "nothing was changed",
    ]);
}

//! Services that are queried, tested against servers and programs that behave correctly or fail.

mod addresses;
mod answers;
mod failures;
mod services;

use std::path::Path;

use flow_oa_core::{ContextSource, Evidence, Named, Observable, Subject, Text};
use flow_oa_settings::{Origin, Outside, ServiceDoc, reputation};

use super::Asked;
use super::service::Service;
use crate::Asking;
use crate::tests::{asking, subjects};

#[path = "../../../../tests/support/http.rs"]
mod server;
use server::{Server, says};

/// The service `name` of a settings text, with its answers cached in `folder`.
fn service(text: &str, name: &str, folder: &Path, asking: &Asking) -> Service {
    let outside = Outside { is_zone: &|_| true, fault_of_place: &|_| None, is_local: &|_| true };
    let mut doc =
        reputation("services.json", text, Origin::Local, &outside).unwrap_or_else(|error| panic!("{error}"));
    let Some(ServiceDoc::Declared(doc)) = doc.0.shift_remove(name) else { panic!("no {name}") };
    let asked = Asked::of(doc.kind_of(name).unwrap(), &doc, folder).unwrap();
    Service::new(name, &asked, Some(folder), asking)
}

/// A service that queries `server`, with these additional options.
fn http(server: &Server, options: &str, folder: &Path) -> Service {
    let text = format!(
        r#"{{"own": {{"kind": "http", "url": "{}", "headers": {{"Key": "s3cret"}}, "verdict": "/v",
        "meanings": {{"bad": "HIGH", "good": "NONE"}}, "tries": 1{options}}}}}"#,
        server.url("/{address}")
    );
    service(&text, "own", folder, &asking())
}

fn verdicts(service: &mut Service, ips: &[&str]) -> (Vec<String>, Vec<String>) {
    let mut asked = subjects(ips);
    service.answer(&mut asked).unwrap();
    (said(asked), service.remarks())
}

fn said(subjects: Vec<Subject>) -> Vec<String> {
    subjects.into_iter().map(|it| it.answers.reputation.verdict.into()).collect()
}

fn bad() -> Server {
    Server::new(|_, _| says("200 OK", &[], r#"{"v": "bad"}"#))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Names as the executor passes them: distinct and ascending.
fn names(names: &[(Named, &str)]) -> Vec<Subject> {
    let name = |(named, text): &(Named, &str)| Subject::new(Observable::name(*named, &Text::from(*text)));
    let mut subjects: Vec<Subject> = names.iter().map(name).collect();
    subjects.sort_by(|one, other| one.of.cmp(&other.of));
    subjects
}

fn explained_name(service: &mut Service, named: Named, text: &str) -> Vec<Evidence> {
    service.explain(&Observable::name(named, &Text::from(text)), &[]).unwrap()
}

fn explained(service: &mut Service, ip: &str) -> Vec<Evidence> {
    let range = Evidence {
        entry: "line 3: 9.0.0.0-9.255.255.255".to_owned(),
        says: vec![("internal", "1".to_owned())],
        ..Evidence::default()
    };
    let entries = if ip.starts_with("9.") { vec![range] } else { vec![] };
    service.explain(&Observable::Address(ip.parse().unwrap()), &entries).unwrap()
}

//! Which addresses a service is asked about, how often, and how fast.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flow_oa_core::{ContextError, ContextSource};
use flow_oa_files::Progress;

use super::server::{Reply, Server, says};
use super::{bad, explained, folder, http, said, service, verdicts};
use crate::reputation::{self, Asked};
use crate::tests::{asking, subjects};
use crate::{Asking, ContextFiles};

#[test]
fn addresses_that_are_not_of_the_internet_or_internal_are_never_sent_out() {
    let (server, folder) = (bad(), folder());
    let ips = ["1.1.1.1", "8.8.8.8", "10.0.0.1", "127.0.0.1", "224.0.0.1", "::1", "2001:4860::1", "fe80::1"];
    let mut asked = subjects(&ips);
    asked[0].answers.network.internal = Some(true);
    asked[1].answers.network.internal = Some(false);
    http(&server, "", folder.path()).answer(&mut asked).unwrap();
    let mut sent: Vec<String> = server.heard().into_iter().map(|it| it.target).collect();
    sent.sort_unstable();
    assert_eq!(sent, ["/2001%3A4860%3A%3A1", "/8.8.8.8"]);
    assert_eq!(said(asked), ["", "own:HIGH:3", "", "", "", "", "own:HIGH:3", ""]);
}

#[test]
fn an_ipv4_address_is_asked_about_once_however_it_is_written_and_never_if_it_is_not_of_the_internet() {
    let (server, folder) = (bad(), folder());
    let ips = [
        "8.8.8.8",
        "::8.8.8.8",
        "::10.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:10.0.0.1",
        "::ffff:0:8.8.8.8",
        "::ffff:0:10.0.0.1",
        "64:ff9b::8.8.8.8",
        "64:ff9b::10.0.0.1",
        "2002:808:404::1",
        "2002:808:808::1",
        "2002:a00:1::1",
    ];
    let mut asked = subjects(&ips);
    asked[9].answers.network.internal = Some(true);
    let mut service = http(&server, "", folder.path());
    service.answer(&mut asked).unwrap();
    let sent: Vec<String> = server.heard().into_iter().map(|it| it.target).collect();
    assert_eq!(sent, ["/8.8.8.8"]);
    let high = "own:HIGH:3";
    assert_eq!(said(asked), [high, high, "", high, "", high, "", high, "", "", high, ""]);
    let entries = explained(&mut service, "::ffff:8.8.8.8");
    assert_eq!(entries[0].says, [("verdict", high.to_owned())]);
    let entries = explained(&mut service, "64:ff9b::10.0.0.1");
    assert_eq!(entries[0].entry, "not asked: the address is private");
}

#[test]
fn questions_have_a_budget_and_a_pace() {
    let (server, folder) = (bad(), folder());
    let ips = ["1.1.1.1", "8.8.4.4", "8.8.8.8"];
    let (found, remarks) = verdicts(&mut http(&server, r#", "requests_per_run": 1"#, folder.path()), &ips);
    assert_eq!(found, ["own:HIGH:3", "own:UNVERIFIED:-1", "own:UNVERIFIED:-1"]);
    assert!(remarks[0].contains("2 of 3 addresses were not asked about"), "{remarks:?}");
    let start = Instant::now();
    verdicts(&mut http(&server, r#", "requests_per_minute": 200, "cache_hours": 0"#, folder.path()), &ips);
    assert!(start.elapsed() >= Duration::from_millis(600), "{:?}", start.elapsed());
    let server = Server::new(|_, _| says("500 Internal Server Error", &[], ""));
    let text = format!(
        r#"{{"own": {{"kind": "http", "url": "{}", "verdict": "/v", "meanings": {{}}, "tries": 2,
        "requests_per_minute": 100}}}}"#,
        server.url("/{address}")
    );
    let start = Instant::now();
    verdicts(&mut service(&text, "own", folder.path(), &asking()), &["8.8.8.8"]);
    assert!(start.elapsed() >= Duration::from_millis(600), "second tries keep it: {:?}", start.elapsed());
    assert_eq!(server.heard().len(), 2);
}

#[test]
fn an_interrupt_ends_the_waiting() {
    let server = Server::new(|_, _| Reply::Stalls(Vec::new()));
    let (folder, progress) = (folder(), Progress::default());
    let asking = Asking { watch: Arc::new(progress.clone()), ..asking() };
    let text = format!(
        r#"{{"own": {{"kind": "http", "url": "{}", "verdict": "/v", "meanings": {{"*": "LOW"}}}}}}"#,
        server.url("/{address}")
    );
    let mut service = service(&text, "own", folder.path(), &asking);
    let stopper = std::thread::spawn(move || {
        while server.heard().is_empty() {
            std::thread::sleep(Duration::from_millis(10));
        }
        progress.interrupt();
        server
    });
    let start = Instant::now();
    let ended = service.answer(&mut subjects(&["8.8.8.8"]));
    assert!(matches!(ended, Err(ContextError::Interrupted)), "{ended:?}");
    assert!(start.elapsed() < Duration::from_secs(10));
    stopper.join().unwrap();
}

#[test]
fn a_probe_asks_each_service_one_harmless_question() {
    let server = Server::new(|request, _| match request.target.as_str() {
        "/good/8.8.8.8" => says("200 OK", &[], r#"{"v": "good"}"#),
        _ => says("401 Unauthorized", &[], ""),
    });
    let folder = folder();
    let declared = |path: &str| {
        let url = server.url(path);
        format!(
            r#"{{"kind": "http", "url": "{url}/{{address}}", "verdict": "/v", "meanings": {{"good": "NONE"}}}}"#
        )
    };
    let asked = |name: &str, path: &str| {
        let doc: flow_oa_settings::DeclaredDoc = serde_json::from_str(&declared(path)).unwrap();
        let asked = Asked::of(doc.kind_of(name).unwrap(), &doc, folder.path()).unwrap();
        (name.to_owned(), reputation::Service::Asked(Box::new(asked)))
    };
    let list = reputation::Service::list(folder.path().join("own.csv"));
    let reputation = vec![asked("z", "/good"), ("own".to_owned(), list), asked("bad", "/bad")];
    let files =
        ContextFiles { reputation, cache: Some(folder.path().join("data")), ..ContextFiles::default() };
    let found = reputation::probe(&files, &asking(), &Progress::default()).unwrap();
    let entries: Vec<_> =
        found.iter().map(|found| (found.name.as_str(), found.said.as_deref().ok())).collect();
    assert_eq!(entries, [("z", Some("z:NONE:0")), ("bad", None)], "lists are not asked");
    assert!(found.iter().all(|found| (0.0..60.0).contains(&found.seconds)));
    assert_eq!(server.heard().len(), 2);
    assert!(!folder.path().join("data").exists(), "nothing is kept");
}

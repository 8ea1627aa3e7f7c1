//! What a service that fails, or repeats its secrets, leaves behind.

use flow_oa_core::{ContextError, ContextSource};

use super::server::{Server, says};
use super::{folder, http, service, verdicts};
use crate::reputation;
use crate::tests::{asking, subjects};

#[test]
fn a_service_that_fails_leaves_unknown_and_a_remark_and_is_not_asked_for_ever() {
    for (status, body, questions, expected) in [
        ("500 Internal Server Error", "", 3, "500 Internal Server Error"),
        ("200 OK", "<html>", 3, "expected JSON"),
        ("200 OK", "{}", 3, "nothing at /v"),
        ("200 OK", r#"{"v": "new"}"#, 3, "no meaning"),
        ("401 Unauthorized", "", 1, "401 Unauthorized"),
        ("404 Not Found", "", 3, "404 Not Found"),
    ] {
        let (server, folder) = (Server::new(move |_, _| says(status, &[], body)), folder());
        let (found, remarks) =
            verdicts(&mut http(&server, "", folder.path()), &["1.1.1.1", "8.8.4.4", "8.8.8.8", "9.9.9.9"]);
        assert_eq!(found, ["own:UNVERIFIED:-1"; 4]);
        assert_eq!((server.heard().len(), remarks.len()), (questions, 1), "{status} {body}");
        assert!(remarks[0].contains("4 of 4 addresses") && remarks[0].contains(expected), "{remarks:?}");
        assert!(!remarks[0].contains("s3cret"), "{remarks:?}");
        let mut required = http(&server, r#", "required": true"#, folder.path());
        match required.answer(&mut subjects(&["8.8.8.8"])) {
            Err(ContextError::Service { reason, .. }) => assert!(reason.contains(expected), "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_service_that_repeats_its_secrets_does_not_show_them() {
    let (cut, long) = ("x".repeat(180), "x".repeat(10_000));
    for (status, headers, body) in [
        ("200 OK", &[][..], r#"{"v": "s3cret, te/st"}"#.to_owned()),
        ("200 OK", &[], format!(r#"{{"v": "{cut}s3cret{long}"}}"#)),
        ("500 s3cret te/st", &[], String::new()),
        ("401 Unauthorized", &[], String::new()),
        ("302 Found", &["Location: http://elsewhere.test/?x=te%2Fst"], String::new()),
    ] {
        let server = Server::new(move |request, _| {
            assert!(request.target.starts_with("/te%2Fst/"), "{}", request.target);
            says(status, headers, body.as_str())
        });
        let folder = folder();
        let text = format!(
            r#"{{"own": {{"kind": "http", "url": "{}", "secret": "te/st", "headers": {{"Key": "s3cret"}},
            "verdict": "/v", "meanings": {{"bad": "HIGH"}}, "tries": 1}}}}"#,
            server.url("/{secret}/{address}")
        );
        let mut service = service(&text, "own", folder.path(), &asking());
        let probed = format!("{:?}", service.probe(reputation::HARMLESS));
        let (_, remarks) = verdicts(&mut service, &["8.8.8.8"]);
        for said in [&probed, &remarks[0]] {
            assert!(!said.contains("s3cret") && !said.contains("te/st"), "{said}");
            assert!(!said.contains("te%2Fst") && said.contains("***") && said.len() < 1000, "{said}");
        }
    }
}

#[test]
fn one_failure_costs_one_answer_and_what_was_answered_is_kept() {
    let server = Server::new(|request, _| match request.target.as_str() {
        "/8.8.4.4" => says("500 Internal Server Error", &[], ""),
        _ => says("200 OK", &[], r#"{"v": "good"}"#),
    });
    let folder = folder();
    let ips = ["1.1.1.1", "8.8.4.4", "8.8.8.8"];
    let (found, remarks) = verdicts(&mut http(&server, "", folder.path()), &ips);
    assert_eq!(found, ["own:NONE:0", "own:UNVERIFIED:-1", "own:NONE:0"]);
    assert!(remarks[0].contains("1 of 3 addresses"), "{remarks:?}");
    verdicts(&mut http(&server, "", folder.path()), &ips);
    assert_eq!(server.heard().len(), 4, "only what had no answer is asked again");
}

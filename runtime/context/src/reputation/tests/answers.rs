//! Which answers are kept, for how long, and what is explained about them.

use std::path::Path;

use flow_oa_core::{ContextSource as _, Observable};

use super::server::{Server, says};
use super::{bad, explained, folder, http, service, verdicts};
use crate::ContextFiles;
use crate::reputation::{self, Asked};
use crate::tests::asking;

#[test]
fn answers_are_kept_until_they_are_too_old_or_the_service_is_declared_in_another_way() {
    let (server, folder) = (bad(), folder());
    for _ in 0..2 {
        let found = verdicts(&mut http(&server, "", folder.path()), &["8.8.8.8"]);
        assert_eq!(found, (vec!["own:HIGH:3".to_owned()], vec![]));
    }
    assert_eq!(server.heard().len(), 1);
    verdicts(&mut http(&server, r#", "not_found": "LOW""#, folder.path()), &["8.8.8.8"]);
    assert_eq!(server.heard().len(), 2);
    verdicts(&mut http(&server, r#", "cache_hours": 0"#, folder.path()), &["8.8.8.8"]);
    assert_eq!(server.heard().len(), 3);
}

#[test]
fn declarations_that_differ_in_a_secret_or_in_the_text_of_a_header_share_no_answers() {
    let (server, folder) = (bad(), folder());
    let declared = |secret: &str, header: &str| {
        let text = format!(
            r#"{{"own": {{"kind": "http", "url": "{}", "secret": "{secret}", "headers": {{"Feed": "{header}"}},
            "verdict": "/v", "meanings": {{"bad": "HIGH"}}, "tries": 1}}}}"#,
            server.url("/{address}?{secret}")
        );
        service(&text, "own", folder.path(), &asking())
    };
    let all = [("s3cret1", "free"), ("s3cret2", "free"), ("s3cret1", "paid")];
    for asked in 1..=all.len() {
        let (secret, header) = all[asked - 1];
        verdicts(&mut declared(secret, header), &["8.8.8.8"]);
        verdicts(&mut declared(secret, header), &["8.8.8.8"]);
        assert_eq!(server.heard().len(), asked, "{secret} {header}");
    }
    let kept: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap()).collect();
    assert_eq!(kept.len(), all.len(), "a file each");
    for file in kept {
        let (name, text) = (file.file_name(), std::fs::read_to_string(file.path()).unwrap());
        assert!(!format!("{name:?}{text}").contains("s3cret"), "{name:?} {text}");
    }
}

#[test]
fn how_fast_a_service_is_asked_changes_none_of_its_answers() {
    let (server, folder) = (bad(), folder());
    for options in ["", r#", "requests_per_run": 5"#, r#", "cache_hours": 48, "timeout_seconds": 7"#] {
        verdicts(&mut http(&server, options, folder.path()), &["8.8.8.8"]);
    }
    assert_eq!(server.heard().len(), 1);
}

#[test]
fn whoever_explains_tells_of_answers_old_and_new_and_asks_nobody() {
    let (server, folder) = (bad(), folder());
    for (options, expected) in
        [("", "answer of 0 minutes ago"), (r#", "cache_hours": 0"#, "0 minutes ago, expired")]
    {
        verdicts(&mut http(&server, options, folder.path()), &["8.8.8.8"]);
        let entries = explained(&mut http(&server, options, folder.path()), "8.8.8.8");
        assert_eq!(entries[0].says, [("verdict", "own:HIGH:3".to_owned())]);
        assert!(
            entries.len() == 1 && entries[0].entry.ends_with(expected) && !entries[0].as_of.is_empty(),
            "{entries:?}"
        );
    }
    let heard = server.heard().len();
    for (ip, expected) in [
        ("8.8.4.4", "no answer is cached in "),
        ("10.0.0.1", "not asked: the address is private"),
        (
            "9.9.9.9",
            "not asked: the address is internal, by line 3: 9.0.0.0-9.255.255.255 of the network ranges",
        ),
    ] {
        let entries = explained(&mut http(&server, "", folder.path()), ip);
        assert!(entries[0].entry.starts_with(expected) && entries[0].says.is_empty(), "{entries:?}");
    }
    assert_eq!(server.heard().len(), heard);
}

#[test]
fn whoever_explains_tells_why_there_was_no_answer() {
    let server = Server::new(|_, _| says("500 Internal Server Error", &[], ""));
    let folder = folder();
    let ips = ["1.1.1.1", "8.8.4.4", "8.8.8.8", "9.9.9.9"];
    verdicts(&mut http(&server, "", folder.path()), &ips);
    for (ip, expected) in
        [("1.1.1.1", "no answer: "), ("9.9.9.9", "since the questions before it had no answer")]
    {
        // No evidence of other sources is passed here, so 9.9.9.9 is not internal, unlike in other tests.
        let entries =
            http(&server, "", folder.path()).explain(&Observable::Address(ip.parse().unwrap()), &[]).unwrap();
        assert_eq!(entries[0].says, [("verdict", "own:UNVERIFIED:-1".to_owned())]);
        assert!(entries.len() == 1 && entries[0].entry.contains(expected), "{entries:?}");
        assert!(
            entries[0].entry.contains("500 Internal Server Error") && entries[0].entry.contains("ago"),
            "{entries:?}"
        );
    }
    let options = r#", "requests_per_run": 0, "cache_hours": 1"#;
    verdicts(&mut http(&server, options, folder.path()), &["1.1.1.1"]);
    let entries = explained(&mut http(&server, options, folder.path()), "1.1.1.1");
    assert!(entries[0].entry.starts_with("not asked, since a run asks 0 questions at most"), "{entries:?}");
}

#[test]
fn a_context_is_another_one_where_a_service_is_declared_in_another_way_but_for_its_secrets() {
    let identity = |text: &str| {
        let doc: flow_oa_settings::DeclaredDoc = serde_json::from_str(text).unwrap();
        let asked = Asked::of(doc.kind_of("fb").unwrap(), &doc, Path::new(".")).unwrap();
        let reputation = vec![("fb".to_owned(), reputation::Service::Asked(Box::new(asked)))];
        crate::identity(&ContextFiles { reputation, ..ContextFiles::default() })
    };
    let one = identity(r#"{"app_id": "1", "app_secret": "a"}"#);
    assert_eq!(one, identity(r#"{"app_id": "1", "app_secret": "b"}"#));
    assert_ne!(one, identity(r#"{"app_id": "1", "app_secret": "a", "version": "v1.0"}"#));
    assert_ne!(one, identity(r#"{"app_id": "1", "app_secret": "a", "cache_hours": 1}"#));
}

//! Services that are queried, tested against servers and programs that behave correctly or fail.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flow_oa_core::{ContextError, ContextSource, Evidence, Subject};
use flow_oa_settings::ServiceDoc;
use flow_oa_settings::{Origin, Outside, reputation};

use super::Asked;
use super::service::Service;
use crate::tests::{asking, subjects};
use crate::{Asking, ContextFiles};
use flow_oa_files::Progress;

#[path = "../../../../tests/support/http.rs"]
mod server;
use server::{Reply, Server, says};

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
        r#"{{"own": {{"kind": "http", "url": "{}", "headers": {{"Key": "geheim"}}, "verdict": "/v",
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
    let told = explained(&mut service, "::ffff:8.8.8.8");
    assert_eq!(told[0].says, [("verdict", high.to_owned())]);
    let told = explained(&mut service, "64:ff9b::10.0.0.1");
    assert_eq!(told[0].entry, "not asked: the address is private");
}

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
    let all = [("geheim1", "free"), ("geheim2", "free"), ("geheim1", "paid")];
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
        assert!(!format!("{name:?}{text}").contains("geheim"), "{name:?} {text}");
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

fn explained(service: &mut Service, ip: &str) -> Vec<Evidence> {
    let range = Evidence {
        entry: "line 3: 9.0.0.0-9.255.255.255".to_owned(),
        says: vec![("internal", "1".to_owned())],
        ..Evidence::default()
    };
    let told = if ip.starts_with("9.") { vec![range] } else { vec![] };
    service.explain(ip.parse().unwrap(), &told).unwrap()
}

#[test]
fn whoever_explains_tells_of_answers_old_and_new_and_asks_nobody() {
    let (server, folder) = (bad(), folder());
    for (options, expected) in [
        ("", "answer of 0 minutes ago"),
        (r#", "cache_hours": 0"#, "0 minutes ago, too old to be used again"),
    ] {
        verdicts(&mut http(&server, options, folder.path()), &["8.8.8.8"]);
        let told = explained(&mut http(&server, options, folder.path()), "8.8.8.8");
        assert_eq!(told[0].says, [("verdict", "own:HIGH:3".to_owned())]);
        assert!(
            told.len() == 1 && told[0].entry.ends_with(expected) && !told[0].as_of.is_empty(),
            "{told:?}"
        );
    }
    let heard = server.heard().len();
    for (ip, expected) in [
        ("8.8.4.4", "neither an answer nor why there is none is noted in "),
        ("10.0.0.1", "not asked: the address is private"),
        (
            "9.9.9.9",
            "not asked: the address is internal, by line 3: 9.0.0.0-9.255.255.255 of the network ranges",
        ),
    ] {
        let told = explained(&mut http(&server, "", folder.path()), ip);
        assert!(told[0].entry.starts_with(expected) && told[0].says.is_empty(), "{told:?}");
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
        let told = http(&server, "", folder.path()).explain(ip.parse().unwrap(), &[]).unwrap();
        assert_eq!(told[0].says, [("verdict", "own:UNVERIFIED:-1".to_owned())]);
        assert!(told.len() == 1 && told[0].entry.contains(expected), "{told:?}");
        assert!(
            told[0].entry.contains("500 Internal Server Error") && told[0].entry.contains("ago"),
            "{told:?}"
        );
    }
    let options = r#", "requests_per_run": 0, "cache_hours": 1"#;
    verdicts(&mut http(&server, options, folder.path()), &["1.1.1.1"]);
    let told = explained(&mut http(&server, options, folder.path()), "1.1.1.1");
    assert!(told[0].entry.starts_with("not asked, since a run asks 0 questions at most"), "{told:?}");
}

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
        assert!(!remarks[0].contains("geheim"), "{remarks:?}");
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
        ("200 OK", &[][..], r#"{"v": "geheim, te/st"}"#.to_owned()),
        ("200 OK", &[], format!(r#"{{"v": "{cut}geheim{long}"}}"#)),
        ("500 geheim te/st", &[], String::new()),
        ("401 Unauthorized", &[], String::new()),
        ("302 Found", &["Location: http://elsewhere.test/?x=te%2Fst"], String::new()),
    ] {
        let server = Server::new(move |request, _| {
            assert!(request.target.starts_with("/te%2Fst/"), "{}", request.target);
            says(status, headers, body.as_str())
        });
        let folder = folder();
        let text = format!(
            r#"{{"own": {{"kind": "http", "url": "{}", "secret": "te/st", "headers": {{"Key": "geheim"}},
            "verdict": "/v", "meanings": {{"bad": "HIGH"}}, "tries": 1}}}}"#,
            server.url("/{secret}/{address}")
        );
        let mut service = service(&text, "own", folder.path(), &asking());
        let probed = format!("{:?}", service.probe(super::HARMLESS));
        let (_, remarks) = verdicts(&mut service, &["8.8.8.8"]);
        for said in [&probed, &remarks[0]] {
            assert!(!said.contains("geheim") && !said.contains("te/st"), "{said}");
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
fn threatexchange_is_asked_25_addresses_at_once() {
    let server = Server::new(|request, _| {
        let form = String::from_utf8(request.body.clone()).unwrap();
        assert!(form.starts_with("access_token=1%7Cgeheim&batch="), "{form}");
        let asked = form.matches("threat_indicators").count();
        let of = |at: usize| match at {
            0 => serde_json::json!({"code": 500, "body": null}),
            3 if asked == 25 => {
                let data = r#"{"data": [{"indicator": {"indicator": "8.8.0.3"}, "status": "MALICIOUS"}]}"#;
                serde_json::json!({"code": 200, "body": data})
            }
            _ => serde_json::json!({"code": 200, "body": r#"{"data": []}"#}),
        };
        let answers: Vec<_> = (0..asked).flat_map(|at| [serde_json::Value::Null, of(at)]).collect();
        says("200 OK", &[], serde_json::Value::from(answers).to_string())
    });
    let text =
        format!(r#"{{"fb": {{"app_id": "1", "app_secret": "geheim", "url": "{}"}}}}"#, server.url("/"));
    let ips: Vec<String> = (0..30).map(|host| format!("8.8.0.{host}")).collect();
    let ips: Vec<&str> = ips.iter().map(String::as_str).collect();
    let folder = folder();
    let (found, remarks) = verdicts(&mut service(&text, "fb", folder.path(), &asking()), &ips);
    assert!(found.iter().all(|found| found == "fb:UNKNOWN:-1" || found == "fb:MALICIOUS:3"), "{found:?}");
    assert_eq!((found[3].as_str(), found[4].as_str(), found.len()), ("fb:MALICIOUS:3", "fb:UNKNOWN:-1", 30));
    let heard = server.heard();
    let requests = heard
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).matches("threat_indicators").count());
    assert_eq!(requests.collect::<Vec<_>>(), [25, 5]);
    assert!(remarks.len() == 1 && remarks[0].contains("2 of 30 addresses have no answer"), "{remarks:?}");
    assert!(remarks[0].contains("of code 500"), "{remarks:?}");
    verdicts(&mut service(&text, "fb", folder.path(), &asking()), &ips);
    let again = String::from_utf8_lossy(&server.heard()[2].body).matches("threat_indicators").count();
    assert_eq!(again, 2, "those without an answer are asked about again, and nobody else");
}

/// A program in `folder` that runs a shell script.
#[cfg(unix)]
fn program(folder: &Path, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("refclient");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(unix)]
fn gti(folder: &Path, options: &str) -> Service {
    let text = format!(
        r####"{{"gti": {{"server": "gti.example; touch pwned", "user": "u", "password": "geheim",
        "ci": "{{\"q\":[###QUERY###]}}", "refclient": "./refclient"{options}}}}}"####
    );
    service(&text, "gti", folder, &asking())
}

#[cfg(unix)]
#[test]
fn refclient_is_given_its_arguments_as_they_are_and_answers_in_order() {
    let folder = folder();
    let seen = folder.path().join("seen");
    let print = r#"printf '%s' '{"a": [{"rep": 10}, {"rep": 99, "cat": [7]}]}'"#;
    program(
        folder.path(),
        &format!("for it in \"$@\" \"$GTI_PASSWORD\"; do echo \"$it\"; done > '{}'\n{print}", seen.display()),
    );
    std::fs::write(folder.path().join("categories.csv"), "7,Botnet,Security\n").unwrap();
    let ips = ["8.8.8.8", "2001:4860::1"];
    let options = r#", "category_file": "categories.csv""#;
    let (found, remarks) = verdicts(&mut gti(folder.path(), options), &ips);
    assert_eq!(
        (found, remarks),
        (vec!["gti:Minimal:1".to_owned(), "gti:High:3:Botnet|Security".to_owned()], vec![])
    );
    let question = r#"{"q":[{"op":"ip","ip":"8.8.8.8"},{"op":"ip","ip":"2001:4860::1"}]}"#;
    let arguments = |path: &Path| std::fs::read_to_string(path).unwrap();
    let expected = format!("-s\ngti.example; touch pwned\n-q\n{question}\n-i\nu\n-p\ngeheim\n-t\n\n");
    assert_eq!(arguments(&seen), expected);
    verdicts(&mut gti(folder.path(), r#", "password_variable": "GTI_PASSWORD", "cache_hours": 0"#), &ips);
    let expected = format!("-s\ngti.example; touch pwned\n-q\n{question}\n-i\nu\n-t\ngeheim\n");
    assert_eq!(arguments(&seen), expected, "the password is no argument then");
}

#[cfg(unix)]
#[test]
fn a_refclient_that_fails_hangs_or_talks_nonsense_leaves_unknown() {
    for (script, expected) in [
        ("echo geheim >&2; exit 3", "exit status: 3"),
        ("sleep 60", "did not end in 1 s"),
        ("echo hello", "no JSON"),
        ("echo '{\"a\": []}'", "0 have an answer"),
    ] {
        let folder = folder();
        program(folder.path(), script);
        let options = r#", "timeout_seconds": 1, "tries": 1"#;
        let (found, remarks) = verdicts(&mut gti(folder.path(), options), &["8.8.8.8"]);
        assert_eq!(found, ["gti:Unverified:-1"]);
        assert!(remarks[0].contains(expected) && !remarks[0].contains("geheim"), "{remarks:?}");
    }
    let folder = folder();
    let (found, remarks) = verdicts(&mut gti(folder.path(), ""), &["8.8.8.8"]);
    assert!(found == ["gti:Unverified:-1"] && remarks[0].contains("cannot be started"), "{remarks:?}");
}

#[cfg(unix)]
#[test]
fn a_refclient_that_fails_is_started_again_as_often_as_the_settings_say() {
    let folder = folder();
    let fails = r#"echo once >> "$0.tries"; exit 1"#;
    let once = format!(r#"[ -e "$0.tries" ] && echo '{{"a": [{{"rep": 10}}]}}' && exit; {fails}"#);
    program(folder.path(), &once);
    let (found, remarks) = verdicts(&mut gti(folder.path(), ""), &["8.8.8.8"]);
    assert_eq!((found, remarks), (vec!["gti:Minimal:1".to_owned()], vec![]));
    program(folder.path(), fails);
    let (found, remarks) = verdicts(&mut gti(folder.path(), r#", "tries": 2"#), &["8.8.4.4"]);
    assert_eq!(found, ["gti:Unverified:-1"]);
    assert!(remarks[0].contains("tried 2 times"), "{remarks:?}");
    let tries = std::fs::read_to_string(folder.path().join("refclient.tries")).unwrap();
    assert_eq!(tries.lines().count(), 3);
}

/// A declaration from the templates, with its server replaced.
fn shipped(name: &str, host: &str, server: &Server, folder: &Path) -> Service {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../templates/reputation/{name}.json"));
    let text = std::fs::read_to_string(path).unwrap();
    assert!(text.contains(host) && text.contains("{\"env\": \""), "{text}");
    let text = text.replace(host, &server.url("")).replace("{\"env\": \"", "{\"command\": [\"echo\", \"");
    let text = text
        .replace("_KEY\"}", "_KEY\"]}")
        .replace("\"requests_per_minute\": 60", "\"requests_per_minute\": 6000");
    service(&text, name, folder, &asking())
}

#[cfg(unix)]
#[test]
fn the_declaration_for_abuseipdb_reads_what_it_answers() {
    let server = Server::new(|request, _| {
        assert_eq!(request.header("key"), Some("ABUSEIPDB_KEY"));
        assert!(request.target.starts_with("/api/v2/check?"), "{}", request.target);
        let ip = request.parameter("ipAddress").unwrap_or_default();
        let score = match ip {
            "1.1.1.1" => 0,
            "8.8.4.4" => 3,
            "8.8.8.8" => 50,
            _ => 100,
        };
        let answer = serde_json::json!({"data": {"ipAddress": ip, "abuseConfidenceScore": score, "isWhitelisted": false}});
        says("200 OK", &["Content-Type: application/json"], answer.to_string())
    });
    let folder = folder();
    let mut service = shipped("abuseipdb", "https://api.abuseipdb.com", &server, folder.path());
    let (found, remarks) = verdicts(&mut service, &["1.1.1.1", "8.8.4.4", "8.8.8.8", "2001:4860::1"]);
    let expected = ["abuseipdb:NONE:0", "abuseipdb:LOW:1", "abuseipdb:MEDIUM:2", "abuseipdb:HIGH:3"];
    assert_eq!((found, remarks), (expected.map(str::to_owned).to_vec(), vec![]));
}

#[cfg(unix)]
#[test]
fn the_declaration_for_greynoise_reads_what_it_answers() {
    let server = Server::new(|request, _| {
        assert_eq!(request.header("key"), Some("GREYNOISE_KEY"));
        let ip = request.target.strip_prefix("/v3/community/").unwrap_or_default().to_owned();
        let class = match ip.as_str() {
            "1.1.1.1" => "benign",
            "8.8.4.4" => "malicious",
            "8.8.8.8" => "unknown",
            _ => {
                return says(
                    "404 Not Found",
                    &[],
                    r#"{"noise": false, "riot": false, "message": "not observed"}"#,
                );
            }
        };
        says(
            "200 OK",
            &[],
            serde_json::json!({"ip": ip, "noise": true, "riot": false, "classification": class}).to_string(),
        )
    });
    let folder = folder();
    let mut service = shipped("greynoise", "https://api.greynoise.io", &server, folder.path());
    let (found, remarks) = verdicts(&mut service, &["1.1.1.1", "8.8.4.4", "8.8.8.8", "9.9.9.9"]);
    let expected =
        ["greynoise:NONE:0", "greynoise:HIGH:3", "greynoise:UNVERIFIED:-1", "greynoise:UNVERIFIED:-1"];
    assert_eq!((found, remarks), (expected.map(str::to_owned).to_vec(), vec![]));
}

#[test]
fn every_entry_of_a_real_list_of_counts_has_its_verdict() {
    use std::io::Write as _;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/reputation/ipsum.txt");
    let Ok(text) = std::fs::read_to_string(&path) else {
        let _ = writeln!(std::io::stderr(), "skipped: ipsum.txt: ../shared/data/reputation is not there");
        return;
    };
    let counts = text.lines().filter_map(|line| line.split_once('\t')).filter_map(|(ip, count)| {
        Some((ip.parse::<std::net::IpAddr>().ok()?, count.trim().parse::<u32>().ok()?))
    });
    let counts: std::collections::BTreeMap<_, _> = counts.collect();
    assert!(counts.len() > 100_000);
    let subject = |ip: &std::net::IpAddr| Subject { ip: *ip, answers: flow_oa_core::Answers::default() };
    let mut asked: Vec<Subject> = counts.keys().map(subject).collect();
    super::ListSource::open("ipsum", &path, super::ListOptions::default())
        .unwrap()
        .answer(&mut asked)
        .unwrap();
    for (found, count) in said(asked).iter().zip(counts.values()) {
        let expected = match count {
            1..=2 => "ipsum:LOW:1",
            3..=4 => "ipsum:MEDIUM:2",
            _ => "ipsum:HIGH:3",
        };
        assert_eq!(found, expected);
    }
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
        (name.to_owned(), super::Service::Asked(Box::new(asked)))
    };
    let list = super::Service::list(folder.path().join("own.csv"));
    let reputation = vec![asked("z", "/good"), ("own".to_owned(), list), asked("bad", "/bad")];
    let files =
        ContextFiles { reputation, cache: Some(folder.path().join("data")), ..ContextFiles::default() };
    let found = super::probe(&files, &asking(), &Progress::default()).unwrap();
    let told: Vec<_> = found.iter().map(|found| (found.name.as_str(), found.said.as_deref().ok())).collect();
    assert_eq!(told, [("z", Some("z:NONE:0")), ("bad", None)], "lists are not asked");
    assert!(found.iter().all(|found| (0.0..60.0).contains(&found.seconds)));
    assert_eq!(server.heard().len(), 2);
    assert!(!folder.path().join("data").exists(), "nothing is kept");
}

#[test]
fn a_context_is_another_one_where_a_service_is_declared_in_another_way_but_for_its_secrets() {
    let identity = |text: &str| {
        let doc: flow_oa_settings::DeclaredDoc = serde_json::from_str(text).unwrap();
        let asked = Asked::of(doc.kind_of("fb").unwrap(), &doc, Path::new(".")).unwrap();
        let reputation = vec![("fb".to_owned(), super::Service::Asked(Box::new(asked)))];
        crate::identity(&ContextFiles { reputation, ..ContextFiles::default() })
    };
    let one = identity(r#"{"app_id": "1", "app_secret": "a"}"#);
    assert_eq!(one, identity(r#"{"app_id": "1", "app_secret": "b"}"#));
    assert_ne!(one, identity(r#"{"app_id": "1", "app_secret": "a", "version": "v1.0"}"#));
    assert_ne!(one, identity(r#"{"app_id": "1", "app_secret": "a", "cache_hours": 1}"#));
}

//! Each kind of service, the declarations in the templates, and a real list.

use std::path::Path;

use flow_oa_core::{ContextSource, Named, Subject};

use super::server::{Server, says};
use super::{bad, explained_name, folder, http, names, said, service, verdicts};
use crate::reputation;
use crate::reputation::service::Service;
use crate::tests::{asking, subjects};

#[test]
fn threatexchange_is_asked_25_addresses_at_once() {
    let server = Server::new(|request, _| {
        let form = String::from_utf8(request.body.clone()).unwrap();
        assert!(form.starts_with("access_token=1%7Cpassword&batch="), "{form}");
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
        format!(r#"{{"fb": {{"app_id": "1", "app_secret": "password", "url": "{}"}}}}"#, server.url("/"));
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
    assert_eq!(again, 2, "those without an answer are asked about again, and no others");
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
        r####"{{"gti": {{"server": "gti.example; touch pwned", "user": "u", "password": "password",
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
    let expected = format!("-s\ngti.example; touch pwned\n-q\n{question}\n-i\nu\n-p\npassword\n-t\n\n");
    assert_eq!(arguments(&seen), expected);
    verdicts(&mut gti(folder.path(), r#", "password_variable": "GTI_PASSWORD", "cache_hours": 0"#), &ips);
    let expected = format!("-s\ngti.example; touch pwned\n-q\n{question}\n-i\nu\n-t\npassword\n");
    assert_eq!(arguments(&seen), expected, "the password is not an argument then");
}

#[cfg(unix)]
#[test]
fn refclient_is_asked_about_names_as_urls_and_each_verdict_is_kept_for_its_kind() {
    let folder = folder();
    let seen = folder.path().join("seen");
    let print = r#"printf '%s' '{"a": [{"rep": 10}, {"rep": 30}, {"rep": 99}]}'"#;
    program(folder.path(), &format!("echo \"$4\" >> '{}'\n{print}", seen.display()));
    let url = "Evil.com/a?q=\"'";
    let ask = || {
        let mut asked = subjects(&["8.8.8.8"]);
        asked.extend(names(&[(Named::Domain, "Evil.com"), (Named::Domain, "db.local"), (Named::Url, url)]));
        let mut gti = gti(folder.path(), "");
        gti.answer(&mut asked).unwrap();
        assert_eq!(gti.remarks(), [""; 0]);
        said(asked)
    };
    let expected = ["gti:Minimal:1", "", "gti:Medium:2", "gti:High:3"];
    assert_eq!(ask(), expected);
    assert_eq!(ask(), expected);
    let question = r#"{"q":[{"op":"ip","ip":"8.8.8.8"},{"op":"url","url":"evil.com"},{"op":"url","url":"Evil.com/a?q=\"'"}]}"#;
    assert_eq!(std::fs::read_to_string(&seen).unwrap().trim_end(), question, "once");
    let explain = |text| explained_name(&mut gti(folder.path(), ""), Named::Domain, text);
    assert_eq!(explain("EVIL.com")[0].says, [("verdict", "gti:Medium:2".to_owned())]);
    assert_eq!(explain("db.local")[0].entry, "not asked: its host is not of the public Internet");
}

#[cfg(unix)]
#[test]
fn a_url_that_is_too_long_for_an_argument_is_not_sent_and_the_others_are() {
    let folder = folder();
    program(folder.path(), r#"printf '%s' '{"a": [{"rep": 99}]}'"#);
    let long = format!("evil.com/{}", "a".repeat(128 << 10));
    let mut asked = names(&[(Named::Url, &long), (Named::Url, "evil.com/a")]);
    let options = r#", "required": true"#;
    let mut service = gti(folder.path(), options);
    service.answer(&mut asked).unwrap();
    assert_eq!(said(asked), ["gti:High:3", ""], "in order");
    let remarks = service.remarks();
    assert!(remarks.len() == 1 && remarks[0].contains("not asked about 1 of 2 names"), "{remarks:?}");
    let found = explained_name(&mut service, Named::Url, &long);
    assert!(found[0].entry.starts_with("not asked: it is too long for an argument"), "{}", found[0].entry);
    // The longest argument that Linux takes.
    let rest = r#"{"q":[{"op":"url","url":"evil.com/"}]}"#.len() + 1;
    let fits = format!("evil.com/{}", "a".repeat((128 << 10) - rest));
    let mut asked = names(&[(Named::Url, &fits)]);
    service.answer(&mut asked).unwrap();
    assert_eq!((said(asked), service.remarks()), (vec!["gti:High:3".to_owned()], vec![]));
}

#[test]
fn a_service_that_takes_addresses_only_says_so_once() {
    let (server, folder) = (bad(), folder());
    let mut asked = subjects(&["8.8.8.8"]);
    asked.extend(names(&[(Named::Domain, "evil.com"), (Named::Url, "evil.com/a")]));
    let mut service = http(&server, "", folder.path());
    service.answer(&mut asked).unwrap();
    assert_eq!(said(asked), ["own:HIGH:3", "", ""]);
    assert_eq!(server.heard().len(), 1);
    let remarks = service.remarks();
    assert!(remarks.len() == 1 && remarks[0].contains("not asked about 2 names"), "{remarks:?}");
    let found = explained_name(&mut service, Named::Domain, "evil.com");
    assert_eq!(found[0].entry, "not asked: the service takes addresses only");
}

#[cfg(unix)]
#[test]
fn a_refclient_that_fails_hangs_or_talks_nonsense_leaves_unknown() {
    for (script, expected) in [
        ("echo password >&2; exit 3", "exit status: 3"),
        ("sleep 60", "did not end in 1 s"),
        ("echo hello", "no JSON"),
        ("echo '{\"a\": []}'", "0 have an answer"),
    ] {
        let folder = folder();
        program(folder.path(), script);
        let options = r#", "timeout_seconds": 1, "tries": 1"#;
        let (found, remarks) = verdicts(&mut gti(folder.path(), options), &["8.8.8.8"]);
        assert_eq!(found, ["gti:Unverified:-1"]);
        assert!(remarks[0].contains(expected) && !remarks[0].contains("password"), "{remarks:?}");
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
    let mut asked: Vec<Subject> = counts.keys().copied().map(Subject::address).collect();
    reputation::ListSource::open("ipsum", &path, reputation::ListOptions::default())
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
fn real_lists_of_names_have_the_verdicts_that_were_published() {
    use std::io::Write as _;
    for (list, named) in [
        ("dns-oni-20160708/reputation_gti.csv", Named::Domain),
        ("dns-oni-20160708/reputation_fb.csv", Named::Domain),
        ("proxy-oni-20160708/reputation_gti.csv", Named::Url),
    ] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(list);
        let Ok(text) = std::fs::read_to_string(&path) else {
            let _ = writeln!(std::io::stderr(), "skipped: {list}: ../shared/data does not have it");
            continue;
        };
        let lines: Vec<(&str, &str)> = text.lines().skip(1).filter_map(|line| line.split_once(',')).collect();
        assert!(lines.len() >= 49, "{list}");
        let mut source =
            reputation::ListSource::open("l", &path, reputation::ListOptions::default()).unwrap();
        for (name, verdict) in lines {
            let mut asked = names(&[(named, name)]);
            source.answer(&mut asked).unwrap();
            assert_eq!(said(asked), [format!("l:{}", verdict.replace(',', ":"))], "{name}");
        }
    }
}

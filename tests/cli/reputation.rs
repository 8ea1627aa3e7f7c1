//! A run that calls reputation services.

use crate::home::{DAY, Home, at, result};
use crate::http::{Server, says};

/// A home with results of one connection from an internal to an external address, and these settings of services.
fn home(reputation: &str) -> Home {
    let home = Home::new();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "8.8.8.8", "0.1")]);
    home.write("flow_oa.json", format!(r#"{{"context": {{"reputation": {reputation}}}}}"#));
    home
}

fn asked(server: &Server, more: &str) -> String {
    format!(
        r#"{{"z": {{"kind": "http", "url": "{}", "headers": {{"Key": "s3cret"}}, "verdict": "/v",
        "meanings": {{"bad": "HIGH"}}, "tries": 1{more}}}, "a": "a.csv"}}"#,
        server.url("/{address}")
    )
}

const VERDICTS: &str = "SELECT src_rep, dst_rep FROM flow_scores";

#[test]
fn services_answer_in_the_order_of_the_settings_and_only_outside_is_asked_about() {
    let server = Server::new(|_, _| says("200 OK", &[], r#"{"v": "bad"}"#));
    let home = home(&asked(&server, ""));
    home.write("a.csv", "8.8.8.8,LOW\n10.0.0.1,NONE\n");
    home.runs_day();
    assert_eq!(home.rows(VERDICTS), ["a:NONE:0|z:HIGH:3::a:LOW:1"]);
    home.runs_day();
    let sent: Vec<String> = server.heard().into_iter().map(|it| it.target).collect();
    assert_eq!(sent, ["/8.8.8.8"], "the answer was kept");
}

#[test]
fn a_service_that_fails_is_a_warning_and_a_required_one_stops_the_run() {
    let server = Server::new(|_, _| says("403 Forbidden", &[], ""));
    let home = home(&asked(&server, ""));
    home.write("a.csv", "8.8.8.8,LOW\n");
    let outcome = home.runs_day().complains(&["warning: reputation service z: 1 of 1 addresses", "403"]);
    assert!(!format!("{}{}", outcome.out, outcome.err).contains("s3cret"));
    assert_eq!(home.rows(VERDICTS), ["|z:UNVERIFIED:-1::a:LOW:1"]);
    let reported = home.json(&["run", "-d", DAY]);
    assert!(reported.to_string().contains("reputation service z"), "{reported}");
    let before = home.everything();
    let settings = asked(&server, r#", "required": true"#);
    home.write("flow_oa.json", format!(r#"{{"context": {{"reputation": {settings}}}}}"#));
    let outcome = home.run(&["run", "-d", DAY]).ends_with(69).complains(&["z", "403", "nothing was changed"]);
    assert!(!outcome.err.contains("s3cret"));
    assert_eq!(home.everything(), before);
}

#[test]
fn a_dry_run_and_the_history_show_no_secret() {
    let server = Server::new(|_, _| says("200 OK", &[], r#"{"v": "bad"}"#));
    let home = home(&asked(&server, ""));
    home.write("a.csv", "8.8.8.8,LOW\n");
    for arguments in [&["run", "-d", DAY, "--dry-run"][..], &["run", "-d", DAY], &["history"]] {
        let outcome = home.does(arguments);
        assert!(!format!("{}{}", outcome.out, outcome.err).contains("s3cret"), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_may_read_is_refused_before_anything_is_started_or_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = Server::new(|_, _| says("200 OK", &[], r#"{"v": "bad"}"#));
    let more = r#", "required": false"#;
    let declared = asked(&server, more)
        .replace(r#""Key": "s3cret""#, r#""A": {"command": ["touch", "STARTED"]}, "B": {"file": "key"}"#);
    let home = home("");
    let declared = declared.replace("STARTED", &home.path("started").display().to_string());
    home.write("flow_oa.json", format!(r#"{{"context": {{"reputation": {declared}}}}}"#));
    home.write("a.csv", "8.8.8.8,LOW\n");
    home.write("key", "s3cret\n");
    std::fs::set_permissions(home.path("key"), std::fs::Permissions::from_mode(0o640)).unwrap();
    for arguments in [&["run", "-d", DAY][..], &["geo", "lookup", "8.8.8.8"]] {
        let outcome = home.run(arguments).ends_with(78).complains(&["service z", "mode 640", "chmod 600"]);
        assert!(!outcome.err.contains("s3cret"), "{}", outcome.err);
    }
    home.run(&["doctor"]).says(&["mode 640"]);
    assert!(!home.path("started").exists() && server.heard().is_empty());
    std::fs::set_permissions(home.path("key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    home.runs_day();
    assert!(home.path("started").exists());
}

#[test]
fn secrets_of_the_settings_and_of_the_command_line_are_in_no_message() {
    let home = Home::new();
    for settings in [
        r#""database": "postgres://ann:s3cret@127.0.0.1:1/d", "limt": 1"#,
        r#""database": "postgres://ann:s3cret@127.0.0.1:1/d", "limt": 1,}"#,
        r#""database": "impala://ann:s3cret@127.0.0.1:1/d?PASSWORD=s3cret""#,
        r#""results_root": "s3://ann:s3cret@h/d?token=s3cret""#,
        r#""results_root": "http://ann:gehe/im@127.0.0.1:1/d""#,
        r#""query_options": {"PASSWORD": "s3cret"}, "time_zone": "Mars""#,
        r#""context": {"ranges": "https://ann:s3cret@127.0.0.1:1/r?key=s3cret", "names": 1}"#,
        r#""context": {"ranges": "http://ann:s3cret@127.0.0.1:1/r?key=s3cret"}"#,
        r#""context": {"reputation": "http://ann:s3cret@127.0.0.1:1/r?key=s3cret"}"#,
    ] {
        home.write("flow_oa.json", format!("{{{settings}}}"));
        for arguments in [
            &["run", "-d", DAY][..],
            &["run", "-d", DAY, "--log-format", "json", "--output", "json"],
            &["run", "-d", DAY, "--dry-run"],
            &["doctor"],
            &["history", "--output", "json"],
            &["check", "--context"],
        ] {
            let outcome = home.run(arguments);
            let shown = format!("{}{}", outcome.out, outcome.err);
            assert!(!shown.contains("gehe") && !shown.contains("im@"), "{settings} {arguments:?}:\n{shown}");
        }
    }
    home.write("flow_oa.json", "{}");
    for arguments in [
        &["run", "-d", DAY, "postgres://ann:s3cret@h/d"][..],
        &["run", "-d", DAY, "postgres://ann:s3cret@h/d", "--log-format", "json"],
        &["run", "-d", DAY, "--database", "postgres://ann:gehe/im@127.0.0.1:1/d"],
        &["run", "-d", DAY, "--database", "impala://ann:gehe/im@127.0.0.1:1/d"],
        &["run", "-d", DAY, "--results", "http://ann:s3cret@127.0.0.1:1/r?sig=s3cret"],
        &["ingest", "http://ann:s3cret@127.0.0.1:1/r?sig=s3cret"],
    ] {
        let outcome = home.run(arguments);
        let shown = format!("{}{}", outcome.out, outcome.err);
        assert!(!shown.contains("gehe") && !shown.contains("im@"), "{arguments:?}:\n{shown}");
    }
}

#[test]
fn a_fault_of_the_settings_shows_no_secret() {
    for reputation in [
        r#"{"fb": {"app_id": "1", "app_secrt": "s3cret"}}"#,
        r#"{"fb": {"app_id": "1", "app_secret": "s3cret", "kidn": "fb"}}"#,
        r#"{"x": {"kind": "http", "headers": {"Key": "s3cret"}}}"#,
    ] {
        let outcome = home(reputation).run(&["run", "-d", DAY]).ends_with(78);
        assert!(!outcome.err.contains("s3cret"), "{}", outcome.err);
    }
}

#[test]
fn the_file_of_spot_loads_as_it_is() {
    let home = home("\"conf/reputation_config.json\"");
    let spot = r####"{"gti": {"server": "s", "user": "u", "password": "s3cret", "ci": "{\"q\":[###QUERY###]}",
        "refclient": "/no/such/refclient", "category_file": ""}, "fb": {"app_id": "", "app_secret": ""}}"####;
    home.write("conf/reputation_config.json", spot);
    home.runs_day().complains(&[
        "reputation service gti: 1 of 1 addresses",
        "cannot be started",
        "reputation service fb",
    ]);
    assert_eq!(home.rows(VERDICTS), ["|gti:Unverified:-1::fb:UNKNOWN:-1"]);
    home.write("conf/reputation_config.json", "{\"gti\": {}}");
    home.run(&["run", "-d", DAY]).ends_with(78).complains(&["reputation_config.json", "`ci` is missing"]);
}

#[test]
fn where_a_verdict_came_from_is_told_without_asking_again() {
    let server = Server::new(|_, _| says("200 OK", &[], r#"{"v": "bad"}"#));
    let home = home(&asked(&server, ""));
    home.write("a.csv", "8.8.8.8,LOW\n");
    home.runs_day();
    let reported = home.does(&["explain-row", "-d", DAY, "--rank", "0"]).out;
    for words in ["answer of 0 minutes ago", "the service z", "line 1: 8.8.8.8", "not asked: the address is"]
    {
        assert!(reported.contains(words), "{words} is not in {reported}");
    }
    assert!(!reported.contains("today it gives") && !reported.contains("s3cret"), "{reported}");
    assert_eq!(server.heard().len(), 1);
    home.does(&["doctor"]).says(&["good     service z", "answered z:HIGH:3"]);
    assert_eq!(server.heard().len(), 2, "one harmless question");
    home.write("context/ipranges.csv", "# ours\n8.8.8.0/24,Site\n");
    home.does(&["explain-row", "-d", DAY, "--rank", "0"])
        .says(&["not asked: the address is internal, by line 2: 8.8.8.0-8.8.8.255 of the network ranges"]);
}

#[test]
fn why_a_service_gave_no_verdict_is_told_by_row_and_by_address() {
    let server = Server::new(|_, _| says("200 OK", &[], r#"{"v": "s3cret"}"#));
    let home = home(&asked(&server, ""));
    home.write("a.csv", "8.8.8.8,LOW\n");
    home.runs_day();
    let reported = home
        .does(&["explain-row", "-d", DAY, "--rank", "0"])
        .says(&["no answer: the answer says \"***\" at /v"]);
    assert!(
        !reported.out.contains("today it gives") && !reported.out.contains("no answer is cached"),
        "{}",
        reported.out
    );
    let reported = home.does(&["geo", "lookup", "8.8.8.8", "1.1.1.1", "10.0.0.1"]);
    reported
        .says(&["z:UNVERIFIED:-1", "the service z: no answer: ", "z:UNVERIFIED:-1::a:LOW:1", "all together"])
        .says(&["not asked: the address is private"])
        .complains(&["warning: reputation service z: 2 of 2 addresses have no answer"]);
    let json = home.json(&["geo", "lookup", "8.8.8.8"]);
    assert!(
        json["warnings"][0].as_str().is_some_and(|warning| warning.contains("1 of 1 addresses")),
        "{json}"
    );
    for arguments in [
        &["geo", "lookup", "8.8.8.8", "--log-format", "json"][..],
        &["run", "-d", DAY, "--dry-run"],
        &["explain-row", "-d", DAY, "--rank", "0", "--output", "json"],
        &["doctor"],
    ] {
        let outcome = home.does(arguments);
        assert!(!format!("{}{}", outcome.out, outcome.err).contains("s3cret"), "{arguments:?}");
    }
}

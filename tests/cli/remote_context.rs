//! Context on another server.

use crate::home::{DAY, Home, at, flow, result, results_of};
use crate::http::{Reply, Request, Server, answer, says};

const GEO: &str = "167772160,184549375,ZZ,-,State,City,0,0,Owner,example.org\n";

/// A home with results of two days and with context from a server.
fn prepared(server: &Server) -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    for day in ["07", DAY.get(6..).unwrap()] {
        let time = format!("2016-07-{day} 10:00:00");
        home.write(&results_of(&format!("201607{day}")), result(&time, "10.0.0.1", "10.0.0.2", "0.1"));
    }
    let url = |name: &str| server.url(name);
    let settings = format!(
        r#"{{"context": {{"ranges": "{}", "names": "{}", "geo": "{}", "reputation": {{"own": "{}"}}}}}}"#,
        url("/ranges"),
        url("/names"),
        url("/geo"),
        url("/list")
    );
    home.write("flow_oa.json", settings);
    home
}

/// Each file has an entity tag. A request with that tag gets 304, since no file changes.
fn serves(request: &Request) -> Reply {
    let body = match request.target.as_str() {
        "/ranges" => "10.0.0.1,10.0.0.1,Own\n",
        "/names" => "10.0.0.2,Printer\n",
        "/geo" => GEO,
        "/list" => "10.0.0.1,HIGH\n",
        other => panic!("{other}"),
    };
    let etag = format!("\"{}\"", request.target);
    if request.header("if-none-match") == Some(&etag) {
        return Reply::Bytes(answer("304 Not Modified", &[], ""));
    }
    says("200 OK", &[&format!("ETag: {etag}")], body)
}

const ANSWERS: &str =
    "SELECT srcip_internal, destip_internal, src_geoloc, src_domain, src_rep FROM flow_scores";

#[test]
fn context_comes_from_a_web_server_and_an_unchanged_file_only_once() {
    let server = Server::new(|request, _| serves(request));
    let home = prepared(&server);
    home.runs_day();
    let expected = ["1|0|State;City Owner|example.org|own:HIGH:3"];
    assert_eq!(home.rows(ANSWERS), expected);
    home.runs_day();
    assert_eq!(home.rows(ANSWERS), expected);
    let heard = server.heard();
    let conditional = heard.iter().filter(|request| request.header("if-none-match").is_some()).count();
    assert_eq!((heard.len(), conditional), (8, 4));
}

#[test]
fn a_command_asks_once_and_days_are_unchanged_while_the_context_is() {
    let server = Server::new(|request, _| serves(request));
    let home = prepared(&server);
    let range = ["run", "--from-date", "20160707", "--to-date", DAY];
    let outcome = home.does(&range);
    assert!(outcome.out.contains("2 run, 0 unchanged"), "{}", outcome.out);
    assert_eq!(server.heard().len(), 4);
    let outcome = home.does(&range);
    assert!(outcome.out.contains("0 run, 2 unchanged"), "{}", outcome.out);
}

#[test]
fn a_file_that_changed_is_brought_again_and_its_days_are_run() {
    let server = Server::new(|request, number| match request.target.as_str() {
        // The reply has no header that identifies the version.
        "/list" => says("200 OK", &[], if number < 8 { "10.0.0.1,HIGH\n" } else { "10.0.0.1,LOW\n" }),
        _ => serves(request),
    });
    let home = prepared(&server);
    let run = |expected: &str| {
        let outcome = home.does(&["run", "--from-date", DAY, "--to-date", DAY]);
        assert!(outcome.out.contains(expected), "{}", outcome.out);
    };
    run("1 run, 0 unchanged");
    run("0 run, 1 unchanged");
    run("1 run, 0 unchanged");
    assert_eq!(home.value("SELECT src_rep FROM flow_scores"), "own:LOW:1");
}

#[test]
fn a_file_that_cannot_be_had_keeps_none_of_the_others_from_being_looked_at() {
    let server = Server::new(|request, number| match request.target.as_str() {
        "/geo" if number >= 4 => says("404 Not Found", &[], ""),
        "/ranges" if number >= 4 => says("200 OK", &[], "10.0.0.9,10.0.0.1,Back\n"),
        _ => serves(request),
    });
    let home = prepared(&server);
    home.runs_day();
    for (command, place) in [(&["check", "--context"][..], "/ranges:1: fault"), (&["doctor"], "line 1: ")] {
        let outcome = home.run(command).ends_with(65);
        outcome.says(&[place, "ends before it starts", "/geo", "404"]);
    }
}

#[test]
fn whoever_asks_is_told_of_when_a_file_from_a_server_is() {
    let server = Server::new(|request, _| match request.target.as_str() {
        "/results" => {
            let line = result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1");
            says("200 OK", &["Last-Modified: Fri, 08 Jul 2016 11:00:00 GMT"], line)
        }
        "/geo" => says("200 OK", &["Last-Modified: Fri, 08 Jul 2016 10:00:00 GMT"], GEO),
        _ => serves(request),
    });
    let home = prepared(&server);
    home.does(&["run", "-d", DAY, "--results", &server.url("/results")]);
    let reported = home.does(&["doctor"]).out;
    let line = |word: &str| reported.lines().find(|line| line.contains(word)).unwrap_or_default().to_owned();
    assert!(line("/geo").contains("1 entry, changed ") && line("/geo").contains("days ago"), "{reported}");
    assert!(
        line("/list").contains("1 entry, downloaded today"),
        "it does not say when it changed: {reported}"
    );
    let reported = home.does(&["explain-row", "-d", DAY, "--rank", "0"]);
    reported.says(&["2016-07-08 10:00:00", "2016-07-08 11:00:00"]);
    home.does(&["geo", "lookup", "10.0.0.1"]).says(&["2016-07-08 10:00:00"]);
}

#[test]
fn a_line_that_cannot_be_read_is_named_by_the_url() {
    let server = Server::new(|request, _| match request.target.as_str() {
        "/names" => says("200 OK", &[], "10.0.0.2,Printer\nno address,x\n"),
        _ => serves(request),
    });
    let home = prepared(&server);
    let place = format!("context: {}:2: ", server.url("/names"));
    home.run(&["run", "-d", DAY]).ends_with(65).complains(&[&place, "nothing was changed"]);
    assert_eq!(home.count("flow_scores"), 0);
}

#[test]
fn context_that_is_missing_or_cannot_be_had_stops_the_run() {
    let missing = Server::new(|request, _| match request.target.as_str() {
        "/geo" => says("404 Not Found", &[], ""),
        _ => serves(request),
    });
    let home = prepared(&missing);
    let words = ["reading context from", "/geo", "404 Not Found", "nothing was changed"];
    home.run(&["run", "-d", DAY]).ends_with(66).complains(&words);
    let broken = Server::new(|_, _| says("501 Not Implemented", &[], ""));
    let home = prepared(&broken);
    home.run(&["run", "-d", DAY]).ends_with(69).complains(&["reading context from", "501", "tried 4 times"]);
    assert_eq!(home.count("flow_scores"), 0);
}

#[test]
fn the_services_themselves_may_be_listed_elsewhere() {
    let server = Server::new(|request, _| match request.target.as_str() {
        "/services" => {
            let host = request.header("host").unwrap();
            says("200 OK", &[], format!(r#"{{"own": "http://{host}/list"}}"#))
        }
        "/faulty" => says("200 OK", &[], r#"{"own": 7}"#),
        "/gone" => says("404 Not Found", &[], ""),
        _ => says("200 OK", &[], "10.0.0.1,HIGH\n"),
    });
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let listed = |name: &str| {
        let settings = format!(r#"{{"context": {{"reputation": "{}"}}}}"#, server.url(name));
        home.write("flow_oa.json", settings);
    };
    listed("/services");
    home.does(&["history"]);
    assert!(server.heard().is_empty(), "who needs no context asks nobody");
    home.runs_day();
    assert_eq!(home.rows("SELECT src_rep, dst_rep FROM flow_scores"), ["own:HIGH:3|"]);
    listed("/faulty");
    home.run(&["run", "-d", DAY]).ends_with(78).complains(&["reading the reputation services", "/faulty"]);
    // Commands that check everything continue without them.
    home.write("context/ipranges.csv", "10.0.0.9,10.0.0.1,Back\n");
    for name in ["/faulty", "/gone"] {
        listed(name);
        for command in [&["check", "--context"][..], &["doctor"]] {
            home.run(command).ends_with(65).says(&["ends before it starts", "reputation services", name]);
        }
    }
}

#[test]
fn services_from_a_server_run_and_read_nothing_here() {
    let server = Server::new(|request, _| match request.target.as_str() {
        "/command" => says(
            "200 OK",
            &[],
            r#"{"x": {"kind": "http", "url": "http://127.0.0.1:1/{address}", "verdict": "/v", "meanings": {},
            "headers": {"Key": {"command": ["touch", "started"]}}}}"#,
        ),
        "/gti" => says(
            "200 OK",
            &[],
            r#"{"gti": {"server": "s", "user": "u", "password": "p", "ci": "[###QUERY###]", "refclient": "./touch"}}"#,
        ),
        "/env" => says("200 OK", &[], r#"{"fb": {"app_id": {"env": "HOME"}, "app_secret": "x"}}"#),
        "/file" => says("200 OK", &[], r#"{"fb": {"app_id": "1", "app_secret": {"file": "/etc/hostname"}}}"#),
        _ => says("200 OK", &[], r#"{"own": "secret.csv"}"#),
    });
    let home = Home::new();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "8.8.8.8", "0.1")]);
    home.write("secret.csv", "s3cret\n");
    for (name, expected) in [
        ("/command", "start no program"),
        ("/gti", "start no program"),
        ("/env", "read no variable"),
        ("/file", "read no file"),
        ("/list", "name no file"),
    ] {
        home.write("flow_oa.json", format!(r#"{{"context": {{"reputation": "{}"}}}}"#, server.url(name)));
        for command in [&["run", "-d", DAY][..], &["geo", "lookup", "8.8.8.8"]] {
            let outcome = home.run(command).ends_with(78).complains(&[expected, name]);
            assert!(!outcome.err.contains("s3cret"), "{}", outcome.err);
        }
        home.run(&["doctor"]).says(&[expected]);
    }
    assert!(!home.path("started").exists());
    assert_eq!(home.count("flow_scores"), 0);
}

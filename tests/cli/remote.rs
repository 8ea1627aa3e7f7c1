//! Results on another server.

use std::path::Path;

use crate::home::{DAY, Home, at, flow, result, results_of};
use crate::http::{Reply, Server, answer, says};
use crate::interrupts::Running;

/// A result of the day.
fn line() -> String {
    result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")
}

/// A home with a flow of the day.
fn prepared() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home
}

/// Every file and folder below the home.
fn files(home: &Home) -> Vec<String> {
    fn below(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            found.push(path.display().to_string());
            if path.is_dir() {
                below(&path, found);
            }
        }
    }
    let mut found = Vec::new();
    below(&home.path(""), &mut found);
    found.sort();
    found
}

#[test]
fn results_are_read_from_a_web_server_and_called_by_their_url() {
    let home = prepared();
    let server = Server::new(|_, _| says("200 OK", &[], crate::home::gzip(line().as_bytes())));
    let url = server.url("/flow results.csv.gz");
    let done = home.json(&["run", "-d", DAY, "--results", &url]);
    let shown = url.replace(' ', "%20");
    assert_eq!((done["results"].as_str(), done["stored"].as_u64()), (Some(shown.as_str()), Some(1)));
    assert_eq!(done["steps"][0]["step"], "fetch results");
    assert_eq!((home.count("flow_scores"), home.count("flow_edge")), (1, 1));
    assert_eq!(home.value("SELECT input FROM flow_oa_history WHERE command = 'run'"), shown);
    let mut names: Vec<String> = std::fs::read_dir(home.path(&format!("data/flow/{DAY}")))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, [".lock", "flow_scores.csv"], "the download is gone");
}

#[test]
fn a_root_of_results_may_be_elsewhere_and_a_day_that_it_lacks_is_passed_over() {
    let home = prepared();
    let server = Server::new(|request, _| {
        if request.target == format!("/user/spot/{}?v=1", results_of(DAY)) {
            says("200 OK", &[], line())
        } else {
            says("404 Not Found", &[], "")
        }
    });
    let root = server.url("/user/spot?v=1");
    home.write("flow_oa.json", format!(r#"{{"results_root": "{root}"}}"#));
    let range = ["run", "--from-date", "20160707", "--to-date", DAY];
    let outcome = home.run(&range).ends_with(66);
    assert!(outcome.out.contains("1 run, 0 unchanged, 1 without results"), "{}", outcome.out);
    let absent = format!("2016-07-07: skipped: there are no results in {}", server.url("/user/spot/flow"));
    assert!(outcome.err.contains(&absent), "{}", outcome.err);
    assert_eq!(home.value("SELECT count(*) FROM flow_oa_history WHERE command = 'run'"), "1");
    let again = home.run(&range).ends_with(66);
    assert!(again.out.contains("0 run, 1 unchanged"), "{}", again.out);
    let option = home.json(&["run", "-d", DAY, "--results-root", &root]);
    assert_eq!(option["stored"], 1);
}

#[test]
fn missing_results_are_no_input_and_change_nothing() {
    let home = prepared();
    let server = Server::new(|_, _| says("404 Not Found", &[], ""));
    let before = (files(&home), home.everything());
    let url = server.url("/a.csv");
    for arguments in
        [&["run", "-d", DAY, "--results", &url][..], &["run", "-d", DAY, "--dry-run", "--results", &url]]
    {
        home.run(arguments).ends_with(66).complains(&[&url, "404 Not Found", "--results PATH"]);
        assert_eq!((files(&home), home.everything()), before);
    }
}

#[test]
fn a_download_that_breaks_off_changes_nothing_and_leaves_nothing() {
    let home = prepared();
    let server = Server::new(|_, _| Reply::Bytes(answer("200 OK", &["Content-Length: 9999"], line())));
    let before = (files(&home), home.everything());
    let url = server.url("/a.csv");
    let words = [&url, "of 9999", "tried 4 times", "nothing was changed"];
    home.run(&["run", "-d", DAY, "--results", &url]).ends_with(69).complains(&words);
    assert_eq!((files(&home), home.everything()), before);
    assert_eq!(server.heard().len(), 4);
}

#[test]
fn an_interrupt_or_a_kill_ends_a_download_and_leaves_nothing() {
    for end in ["interrupt", "kill"] {
        let home = prepared();
        let server = Server::new(|_, _| Reply::Stalls(answer("200 OK", &["Content-Length: 9999"], line())));
        let before = (files(&home), home.everything());
        let running = Running::start(&home, &["run", "-d", DAY, "--results", &server.url("/a.csv")]);
        while server.heard().is_empty() {
            std::thread::yield_now();
        }
        if end == "interrupt" {
            running.interrupt();
            running.ends_interrupted(&["interrupted", "nothing was changed"]);
        } else {
            running.ends_killed();
        }
        assert_eq!((files(&home), home.everything()), before, "{end}");
    }
}

#[test]
fn a_download_that_stalls_or_is_too_large_is_given_up_as_the_settings_say() {
    let home = prepared();
    home.write("flow_oa.json", r#"{"downloads": {"stall_seconds": 1, "max_bytes": 9000}}"#);
    let server = Server::new(|_, _| Reply::Stalls(answer("200 OK", &["Content-Length: 9000"], line())));
    let run = |url: &str| home.run(&["run", "-d", DAY, "--results", url]).ends_with(69);
    run(&server.url("/a.csv")).complains(&["of 9000", "tried 4 times"]);
    let server = Server::new(|_, _| says("200 OK", &[], [b'x'; 9001]));
    run(&server.url("/a.csv")).complains(&["9001 bytes", "9000 are allowed"]);
}

#[test]
fn a_download_that_drips_or_takes_too_long_is_given_up_as_the_settings_say() {
    let home = prepared();
    let drips = || {
        let mut pieces = vec![answer("200 OK", &["Content-Length: 9000"], "")];
        pieces.extend(vec![b"x".to_vec(); 30]);
        Server::new(move |_, _| Reply::Slowly(pieces.clone(), std::time::Duration::from_millis(100)))
    };
    home.write("flow_oa.json", r#"{"downloads": {"stall_seconds": 1, "min_bytes_per_second": 100}}"#);
    let run = |url: &str| home.run(&["run", "-d", DAY, "--results", url]).ends_with(69);
    let words = ["too slow", "of 9000; at least 100 bytes a second", "min_bytes_per_second", "tried 4 times"];
    run(&drips().url("/a.csv")).complains(&words);
    home.write("flow_oa.json", r#"{"downloads": {"max_seconds": 1, "min_bytes_per_second": 0}}"#);
    let outcome =
        run(&drips().url("/a.csv")).complains(&["takes longer than 1 s", "of 9000 came", "max_seconds"]);
    assert!(!outcome.err.contains("tried"), "{}", outcome.err);
}

#[test]
fn a_row_that_cannot_be_read_is_named_by_the_url_and_no_secret_is_shown() {
    let home = prepared();
    let server =
        Server::new(|_, _| says("200 OK", &[], line() + "\n" + &line().replace("\t80\t", "\tx\t") + "\n"));
    let url = format!("http://me:s3cret@{}/a.csv", server.at);
    let shown = format!("http://me:***@{}/a.csv", server.at);
    let outcome = home.run(&["run", "-d", DAY, "--results", &url]).ends_with(65);
    let outcome = outcome.complains(&[&format!("{shown}:2"), "--max-rejects 1"]);
    assert!(!outcome.err.contains("s3cret"), "{}", outcome.err);
    let done = home.json(&["run", "-d", DAY, "--results", &url, "--max-rejects", "1"]);
    assert_eq!((done["results"].as_str(), done["rejected"].as_u64()), (Some(shown.as_str()), Some(1)));
    let inputs = home.rows("SELECT input FROM flow_oa_history WHERE command = 'run'");
    assert_eq!(inputs, [shown.as_str(), shown.as_str()]);
}

#[test]
fn a_url_of_another_kind_is_refused() {
    let home = prepared();
    let outcome = home.run(&["run", "-d", DAY, "--results", "s3://me:s3cret@bucket/a.csv"]).ends_with(2);
    let outcome = outcome.complains(&["nowhere else"]);
    home.run(&["run", "-d", DAY, "--results-root", "s3://bucket"]).ends_with(78).complains(&["nowhere else"]);
    home.write("flow_oa.json", r#"{"results_root": "hdfs:///user/spot"}"#);
    home.run(&["run", "-d", DAY]).ends_with(78).complains(&["flow_oa.json:1:18", "name the NameNode"]);
    assert!(!outcome.err.contains("s3cret"), "{}", outcome.err);
    home.write("flow_oa.json", r#"{"results_root": "ftp://me:s3cret@server/spot"}"#);
    let outcome =
        home.run(&["run", "-d", DAY]).ends_with(78).complains(&["ftp://***@server", "nowhere else"]);
    assert!(!outcome.err.contains("s3cret"), "{}", outcome.err);
}

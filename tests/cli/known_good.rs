//! Known-good entries and scores of earlier days in `flow-oa rank`.

use serde_json::{Value, json};

use crate::home::{Home, flow};

/// The names of a day of the week.
fn day(number: usize) -> String {
    format!("2016-07-0{number}")
}

fn flow_of(day: &str, client: &str, server: &str, port: u16) -> String {
    let mut fields: Vec<String> =
        flow(&format!("{day} 10:00:00"), client, server, 100).split(',').map(str::to_owned).collect();
    fields[11] = port.to_string();
    fields.join(",")
}

/// The same flow, reset without an answer.
fn reset(flow: &str) -> String {
    let fields = flow.split(',').zip(0..).map(|(field, at)| match at {
        13 => "...R..",
        18 | 19 => "0",
        _ => field,
    });
    fields.collect::<Vec<_>>().join(",")
}

/// A day with forty usual flows, and four of equally rare services.
fn flows(day: &str) -> Vec<String> {
    let usual = (0..40).map(|_| flow_of(day, "10.0.0.1", "10.0.0.2", 443));
    let odd = [
        ("10.0.0.3", "10.0.0.6", 9002),
        ("10.0.0.5", "10.0.0.6", 9001),
        ("10.0.0.7", "10.0.0.8", 8081),
        ("10.0.0.9", "10.0.0.250", 123),
    ];
    usual.chain(odd.map(|(client, server, port)| flow_of(day, client, server, port))).collect()
}

/// A home with a week of such days.
fn week() -> Home {
    let home = Home::new();
    let mut all = Vec::new();
    for number in 1..=7 {
        let mut of_day = flows(&day(number));
        if number == 5 {
            of_day[42] = reset(&of_day[42]);
        }
        all.append(&mut of_day);
    }
    home.has_flows(&all);
    home
}

fn knows(home: &Home, entry: &Value, more: &Value) {
    let mut ranking = json!({"known": [entry]});
    ranking.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    home.write("flow_oa.json", json!({"ranking": ranking}).to_string());
}

fn time_servers() -> Value {
    json!({
        "pipeline": "flow", "keys": {"client": "10.0.0.8/29", "service": "tcp:12*"}, "reason": "time servers",
        "owner": "network team", "until": "2016-07-06"
    })
}

/// The last number of the client's address, and the reasons, of each line of a ranking.
fn listed(home: &Home, day: &str) -> Vec<(String, String)> {
    home.does(&["rank", "-d", day, "--out", "listed.csv", "--replace"]);
    let text = home.read("listed.csv");
    let lines = text.lines().map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields[8].trim_start_matches("10.0.0.").to_owned(), fields[18].to_owned())
    });
    lines.collect()
}

/// The clients of the first lines, and of the last ones.
fn ends(lines: &[(String, String)], first: usize, last: usize) -> (String, String) {
    let clients =
        |lines: &[(String, String)]| lines.iter().map(|line| line.0.clone()).collect::<Vec<_>>().join(" ");
    (clients(&lines[..first]), clients(&lines[lines.len() - last..]))
}

fn is(lines: &[(String, String)], first: &str, last: &str) {
    let counts = [first, last].map(|clients| clients.split(' ').filter(|client| !client.is_empty()).count());
    assert_eq!(ends(lines, counts[0], counts[1]), (first.to_owned(), last.to_owned()), "{lines:#?}");
    assert_eq!(lines.len(), 44, "no row is dropped");
}

#[test]
fn a_week_of_what_people_know() {
    let home = week();
    is(&listed(&home, &day(1)), "3 5 7 9 1", "1");
    knows(&home, &time_servers(), &json!({}));
    let first = listed(&home, &day(1));
    is(&first, "3 5 7 1", "1 9");
    assert!(
        first[43].1.starts_with("known good: time servers (network team, until 2016-07-06); TCP:123"),
        "{first:?}"
    );
    let report = home.json(&["rank", "-d", &day(1)]);
    assert_eq!(
        report["held_back"],
        json!([{"by": "client=10.0.0.8/29 service=tcp:12*: time servers (network team, until 2016-07-06)", "groups": 1, "rows": 1}])
    );
    home.does(&["run", "-d", &day(1), "-l", "44"]);
    // `explain-row` finds the same reasons.
    home.does(&["explain-row", "-d", &day(1), "--rank", "43"]).says(&["known good: time servers"]);
    assert!(!home.does(&["explain-row", "-d", &day(1), "--rank", "43"]).out.contains("other reasons"));
    home.does(&["score", "-d", &day(1), "--by", "ann", "--rank", "2", "-s", "low"]);
    home.does(&["score", "-d", &day(1), "--by", "ann", "--rank", "1", "-s", "high"]);
    // What was scored on a day moves nothing on this day, but on later ones.
    is(&listed(&home, &day(1)), "3 5 7 1", "1 9");
    for number in [2, 3, 4, 6] {
        let lines = listed(&home, &day(number));
        is(&lines, "5 3 1", "1 7 9");
        assert!(lines[0].1.starts_with("scored high on 2016-07-01; "), "{lines:?}");
        assert!(lines[42].1.starts_with("scored low on 2016-07-01; "), "{lines:?}");
    }
    // Its behaviour changes: it is reset without an answer.
    let changed = listed(&home, &day(5));
    is(&changed, "7 5 3 1", "1 9");
    assert!(changed[0].1.starts_with("scored low on 2016-07-01, but does something new; "), "{changed:?}");
    // The entry has ended.
    let warnings = home.json(&["rank", "-d", &day(7)])["warnings"].to_string();
    assert!(warnings.contains("entry 1") && warnings.contains("counted until 2016-07-06"), "{warnings}");
    is(&listed(&home, &day(7)), "5 3 9 1", "1 7");
}

#[test]
fn scores_do_not_count_if_the_site_says_so() {
    let home = week();
    home.does(&["rank", "-d", &day(1)]);
    home.does(&["run", "-d", &day(1), "-l", "44"]);
    home.does(&["score", "-d", &day(1), "--by", "ann", "--rank", "2", "-s", "low"]);
    is(&listed(&home, &day(2)), "3 5 9 1", "1 7");
    knows(&home, &time_servers(), &json!({"learn": false}));
    is(&listed(&home, &day(2)), "3 5 7 1", "1 9");
}

#[test]
fn a_later_score_replaces_an_earlier_one_and_without_raw_rows_a_low_score_holds() {
    let home = week();
    for (number, severity) in [(1, "low"), (2, "high")] {
        home.does(&["rank", "-d", &day(number)]);
        home.does(&["run", "-d", &day(number), "-l", "44"]);
        let lines = listed(&home, &day(number));
        let at = lines.iter().position(|line| line.0 == "7").unwrap().to_string();
        home.does(&["score", "-d", &day(number), "--by", "ann", "--rank", &at, "-s", severity]);
        if number == 1 {
            // What its rows said then is not known any more, so nothing is new.
            home.sql("DELETE FROM flow WHERE d = 1");
            is(&listed(&home, &day(5)), "3 5 9 1", "1 7");
        }
    }
    is(&listed(&home, &day(3)), "7 3 5 9 1", "1");
}

#[test]
fn a_medium_score_moves_nothing_and_takes_back_an_earlier_low_one() {
    let home = week();
    for (number, severity, first, last) in [(1, "low", "3 5 9 1", "1 7"), (2, "medium", "3 5 7 9 1", "1")] {
        home.does(&["rank", "-d", &day(number)]);
        home.does(&["run", "-d", &day(number), "-l", "44"]);
        let lines = listed(&home, &day(number));
        let at = lines.iter().position(|line| line.0 == "7").unwrap().to_string();
        home.does(&["score", "-d", &day(number), "--by", "ann", "--rank", &at, "-s", severity]);
        is(&listed(&home, &day(number + 1)), first, last);
    }
}

#[test]
fn an_entry_that_held_back_nothing_for_a_month_is_reported() {
    let home = week();
    home.write("later.csv", crate::home::spot(&flows("2016-08-05")));
    home.does(&["ingest", "later.csv"]);
    let mut entry = time_servers();
    entry.as_object_mut().unwrap().remove("until");
    for (client, reported) in [("10.0.0.9", false), ("10.9.0.0/16", true)] {
        entry["keys"]["client"] = json!(client);
        home.write("known.json", format!("// for all sites\n{{\"known\": [{entry}]}}"));
        home.write("flow_oa.json", r#"{"ranking": {"known_file": "known.json"}}"#);
        for day in ["2016-07-05", "2016-08-05"] {
            let report = home.json(&["rank", "-d", day, "--out", "listed.csv", "--replace"]);
            let warnings = report["warnings"].to_string();
            let is_late = reported && day == "2016-08-05";
            assert_eq!(warnings.contains("known.json, entry 1"), is_late, "{client} {day}: {warnings}");
            assert_eq!(warnings.contains("has held back nothing since 2016-07-05"), is_late, "{warnings}");
        }
    }
}

#[test]
fn an_entry_that_can_never_match_is_named_with_its_place() {
    let home = week();
    for (change, words) in [
        (json!({"keys": {"peer": "10.0.0.1"}}), &["entry 1", "no key `peer`", "client, server, service"][..]),
        (json!({"keys": {"client": "10.0.0.1/8"}}), &["entry 1", "client", "bits beyond its prefix"]),
        (json!({"keys": {}}), &["entry 1", "`keys` is empty"]),
        (json!({"until": "soon"}), &["entry 1", "until", "soon"]),
        (json!({"reason": " "}), &["entry 1", "`reason` is empty"]),
        (json!({"pipeline": "flows"}), &["entry 1", "no pipeline \"flows\"", "dns, flow, proxy"]),
        (json!({"why": "x"}), &["why"]),
    ] {
        let mut entry = time_servers();
        entry.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        knows(&home, &entry, &json!({}));
        home.run(&["rank", "-d", &day(1), "--out", "listed.csv"]).ends_with(78).complains(words);
    }
    home.write("flow_oa.json", r#"{"ranking": {"known_file": "gone.json"}}"#);
    home.run(&["rank", "-d", &day(1)]).ends_with(78).complains(&["known_file", "gone.json"]);
}

#[test]
fn scores_of_answers_and_requests_count_on_later_days_too() {
    for (pipeline, at) in [("dns", 4), ("proxy", 3)] {
        let home = Home::new();
        let days = ["2016-07-08", "2016-07-09"];
        let of_day = |day: &str| {
            home.does(&["rank", "-t", pipeline, "-d", day, "--out", &format!("{day}.tsv"), "--replace"]);
            let text = home.read(&format!("{day}.tsv"));
            let fields = |line: &str| line.split('\t').map(str::to_owned).collect::<Vec<_>>();
            text.lines().map(fields).collect::<Vec<_>>()
        };
        for day in days {
            home.does(&["sample", "-t", pipeline, "--date", day, "--rows", "2000", "--out", day]);
            home.does(&["ingest", &format!("{day}/{pipeline}.csv")]);
        }
        let beacon = |row: &Vec<String>| row[at] == "sync.metrics-relay.example";
        let first = of_day(days[0]).iter().position(beacon).unwrap().to_string();
        home.does(&["run", "-t", pipeline, "-d", days[0], "-l", "2000", "--results", "2016-07-08.tsv"]);
        assert!(of_day(days[1]).iter().position(beacon).unwrap() < 100, "{pipeline}: not yet");
        home.does(&["score", "-t", pipeline, "-d", days[0], "--by", "ann", "--rank", &first, "-s", "low"]);
        let rows = of_day(days[1]);
        let place = rows.iter().position(beacon).unwrap();
        assert!(rows[place..].iter().all(beacon), "{pipeline}: behind all others");
        assert!(rows[place].last().unwrap().starts_with("scored low on 2016-07-08; "), "{:?}", rows[place]);
    }
}

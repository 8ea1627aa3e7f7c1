//! `flow-oa storyboard`, and the queries of an address: comments, timeline, impact, progression, globe.

use serde_json::{Value, json};

use crate::golden;
use crate::home::{DAY, Home, Outcome, at, flow, result};

/// A line of `iploc.csv` for one address.
fn located(ip: [u8; 4], north: &str, east: &str) -> String {
    let number = u32::from_be_bytes(ip);
    let fields = ["DE", "Germany", "Berlin", "Berlin", north, east, "Host", "example.org"];
    format!("\"{number}\",\"{number}\",\"{}\"\n", fields.join("\",\""))
}

/// An address that sent to one peer, received from another, and did both with a third. Two of them are in a named
/// network, one has a location with coordinates, and one has no known location.
fn home() -> Home {
    let home = Home::new();
    home.write("context/ipranges.csv", "10.0.0.0,10.255.255.255,ours\n");
    home.write("context/networkcontext_1.csv", "10.0.0.0/24,office\n");
    home.write(
        "context/iploc.csv",
        located([192, 0, 2, 7], "52.5", "13.4") + &located([192, 0, 2, 9], "0", "0"),
    );
    home.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "192.0.2.7", 100),
        flow(&at("10:00:05"), "10.0.0.1", "192.0.2.7", 50),
        flow(&at("10:00:07"), "192.0.2.7", "10.0.0.1", 7),
        flow(&at("09:00:00"), "10.0.0.1", "192.0.2.9", 1000),
        flow(&at("11:00:00"), "10.0.0.2", "10.0.0.1", 3),
        flow(&at("11:00:00"), "10.0.0.1", "10.0.0.1", 4),
        flow(&at("12:00:00"), "10.0.0.2", "10.0.0.3", 5),
    ]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1")]);
    home.runs_day();
    home
}

/// Selected columns of the rows of an answer.
fn asked(home: &Home, arguments: &[&str], columns: &[usize]) -> Value {
    let answer = home.json(&[&["query"], arguments, &["-d", DAY]].concat());
    let rows = answer["rows"].as_array().unwrap().iter();
    rows.map(|row| columns.iter().map(|column| row[*column].clone()).collect::<Value>()).collect()
}

#[test]
fn an_address_is_told_of_by_way_in_time_and_in_place() {
    let home = home();
    assert_eq!(
        asked(&home, &["impact", "10.0.0.1"], &[0, 1, 2, 3, 4]),
        json!([
            ["inbound", "office", 1, 1, 3],
            ["outbound", "external", 1, 1, 1000],
            ["two-way", "external", 1, 3, 157],
        ])
    );
    assert_eq!(
        asked(&home, &["progression", "10.0.0.1"], &[0, 1, 2, 3, 4, 5, 6]),
        json!([
            ["outbound", "external", "192.0.2.9", at("09:00:00"), at("09:00:00"), 1, 1000],
            ["two-way", "external", "192.0.2.7", at("10:00:00"), at("10:00:07"), 3, 157],
            ["inbound", "office", "10.0.0.2", at("11:00:00"), at("11:00:00"), 1, 3],
        ])
    );
    assert_eq!(
        asked(&home, &["globe", "10.0.0.1"], &[0, 1, 2, 4, 5]),
        json!([
            ["10.0.0.1", "itself", true, null, null],
            ["192.0.2.9", "outbound", false, null, null],
            ["192.0.2.7", "two-way", false, 52.5, 13.4],
            ["10.0.0.2", "inbound", true, null, null],
        ]),
        "0 and 0 is where nobody knows"
    );
    home.run(&["query", "impact", "10.0.0.1", "-d", DAY, "--filter", "bytes>1"]).ends_with(2);
}

#[test]
fn a_story_is_stored_as_written_and_drawn_into_files() {
    let home = home();
    let (title, text) =
        ("It's \"<b>\" $(x) `y`", "a\n\\\n; DROP TABLE flow; -- <script>alert(1)</script> \u{e9}");
    let report =
        home.json(&["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", title, "--text", text]);
    assert_eq!((report["peers"].as_u64(), report["timeline_rows"].as_u64()), (Some(3), Some(5)));
    let comments = asked(&home, &["comments"], &[0, 1, 2, 4]);
    assert_eq!(comments, json!([["10.0.0.1", title, text, "ann"]]));
    assert_eq!(
        asked(&home, &["timeline", "10.0.0.1"], &[1, 2, 3, 4, 9]),
        json!([
            [at("09:00:00"), at("09:00:00"), "10.0.0.1", "192.0.2.9", 1000],
            [at("10:00:00"), at("10:00:05"), "10.0.0.1", "192.0.2.7", 150],
            [at("10:00:07"), at("10:00:07"), "192.0.2.7", "10.0.0.1", 7],
            [at("11:00:00"), at("11:00:00"), "10.0.0.1", "10.0.0.1", 4],
            [at("11:00:00"), at("11:00:00"), "10.0.0.2", "10.0.0.1", 3],
        ])
    );
    let file = |kind: &str| {
        let text = home.read(&format!("data/flow/20160708/{kind}-10.0.0.1.json"));
        serde_json::from_str::<Value>(&text).unwrap()
    };
    let stats = file("stats");
    assert_eq!((&stats["name"], &stats["size"]), (&json!(title), &json!(3)));
    let inbound = json!({"name": "Inbound Only", "size": 1, "children": [{"name": "office", "size": 1}]});
    assert_eq!(stats["children"][0], inbound);
    assert_eq!(file("threat-dendro")["children"][2]["children"][0]["children"][0]["name"], "192.0.2.7");
    for side in ["sourceips", "destips"] {
        assert_eq!(file("globe")[side][0]["geometry"]["coordinates"], json!([13.4, 52.5]), "{side}");
    }
}

#[test]
fn writing_again_replaces_that_address_alone() {
    let home = home();
    let tell = |ip: &str, title: &str, top: &str| {
        home.does(&[
            "storyboard",
            "-d",
            DAY,
            ip,
            "--by",
            "ann",
            "--title",
            title,
            "--text",
            "-t",
            "--top",
            top,
            "--yes",
        ]);
    };
    tell("10.0.0.1", "first", "0");
    tell("10.0.0.2", "other", "1");
    tell("10.0.0.1", "second", "2");
    let titles = home.rows("SELECT ip_threat, title, text FROM flow_storyboard ORDER BY ip_threat");
    assert_eq!(titles, ["10.0.0.1|second|-t", "10.0.0.2|other|-t"]);
    let moments = home.rows("SELECT ip_threat, dstip, ibyt FROM flow_timeline ORDER BY ip_threat, ibyt");
    assert_eq!(moments, ["10.0.0.1|192.0.2.7|150", "10.0.0.1|192.0.2.9|1000", "10.0.0.2|10.0.0.3|5"]);
    home.runs_day();
    assert_eq!(home.count("flow_storyboard"), 2, "a run touches none of it");
    assert!(home.path("data/flow/20160708/stats-10.0.0.2.json").exists());
}

#[test]
fn an_address_without_flows_is_told_of_all_the_same() {
    let home = home();
    let about = |ip: &str| {
        home.run(&["storyboard", "-d", DAY, ip, "--by", "ann", "--title", "t", "--text", "x", "--yes"])
    };
    about("2001:DB8::1").ends_with(0).complains(&["flow has no rows of 2016-07-08 with 2001:db8::1"]);
    assert_eq!(home.rows("SELECT ip_threat FROM flow_storyboard"), ["2001:db8::1"]);
    assert!(home.path("data/flow/20160708/globe-2001_db8__1.json").exists());
    about("nobody").ends_with(2);
}

#[test]
fn a_story_whose_files_cannot_be_written_is_stored_and_says_so() {
    let home = home();
    std::fs::create_dir(home.path("data/flow/20160708/globe-10.0.0.1.json")).unwrap();
    let write_comment = ["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "t", "--text", "x"];
    home.run(&write_comment)
        .ends_with(73)
        .complains(&["are stored, but not all files are written", "globe-10.0.0.1.json"]);
    assert_eq!(home.count("flow_storyboard"), 1);
}

#[test]
fn a_story_with_a_nul_is_refused_and_the_largest_number_is_all_rows() {
    let home = home();
    let write_comment = ["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "t", "--text", "-"];
    Outcome::of(home.command(&write_comment).write_stdin("a\0b"))
        .ends_with(65)
        .complains(&["the text holds the character NUL"]);
    assert_eq!(home.count("flow_storyboard"), 0);
    let all = [&write_comment[..], &["--top", "18446744073709551615"]].concat();
    Outcome::of(home.command(&all).write_stdin("a")).ends_with(0);
    assert_eq!(home.count("flow_timeline"), 5);
}

#[test]
fn the_files_have_the_shapes_that_spot_reads() {
    let home = home();
    let places =
        [([10, 0, 0, 1], "1.5", "2.5"), ([10, 0, 0, 2], "3.5", "-4.5"), ([192, 0, 2, 7], "52.5", "13.4")];
    let unknown = located([192, 0, 2, 9], "-", "-");
    let places: String = places.iter().map(|(ip, north, east)| located(*ip, north, east)).collect();
    home.write("context/iploc.csv", places + &unknown);
    let write_comment =
        ["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "title", "--text", "", "--top", "1"];
    home.does(&write_comment);
    assert_eq!(home.count("flow_timeline"), 1, "what is cut is the timeline");
    for kind in ["stats", "threat-dendro", "globe"] {
        let text = home.read(&format!("data/flow/20160708/{kind}-10.0.0.1.json"));
        golden::hold(&golden::tests_folder().join(format!("goldens/storyboard/{kind}.json")), &text);
    }
    home.does(&[
        "storyboard",
        "-d",
        DAY,
        "203.0.113.1",
        "--by",
        "ann",
        "--title",
        "t",
        "--text",
        "",
        "--yes",
    ]);
    let stats: Value = serde_json::from_str(&home.read("data/flow/20160708/stats-203.0.113.1.json")).unwrap();
    let ways: Vec<_> =
        stats["children"].as_array().unwrap().iter().map(|child| child["name"].as_str().unwrap()).collect();
    assert_eq!(ways, ["Inbound Only", "Outbound Only", "two way"], "each has its place");
}

#[test]
fn a_story_that_would_replace_another_is_refused_without_a_yes_and_the_same_again_writes_its_files() {
    let home = home();
    let tell = |by: &str, title: &str, top: &str, more: &[&str]| {
        let write_comment =
            ["storyboard", "-d", DAY, "10.0.0.1", "--by", by, "--title", title, "--text", "x", "--top", top];
        home.run(&[&write_comment[..], more].concat())
    };
    tell("ann", "first", "0", &[]).ends_with(0);
    let stats = "data/flow/20160708/stats-10.0.0.1.json";
    let (before, drawn) = (home.everything(), home.read(stats));
    let refused = tell("bob", "second", "0", &["--output", "json"]).ends_with(2);
    let preview = refused.json()["preview"].clone();
    assert_eq!(
        (&preview["comments"][0]["title"], &preview["comments"][0]["by"]),
        (&json!("first"), &json!("ann"))
    );
    assert_eq!((&preview["address"], &preview["timeline"]), (&json!("10.0.0.1"), &Value::Null));
    refused.complains(&[
        "the story of 10.0.0.1 on 2016-07-08 would be replaced",
        "title: first; text: x (ann, ",
        "--yes",
    ]);
    assert_eq!((home.everything(), home.read(stats)), (before.clone(), drawn.clone()));
    std::fs::remove_file(home.path(stats)).unwrap();
    tell("bob", "first", "0", &[]).ends_with(0);
    assert_eq!((home.everything(), home.read(stats)), (before, drawn));
}

#[test]
fn a_timeline_is_not_shortened_without_a_yes_when_its_flows_are_purged() {
    let home = home();
    let write_comment = ["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "t", "--text", "x"];
    home.does(&write_comment);
    home.does(&["purge", "--before", "20160709", "--yes"]);
    home.run(&write_comment)
        .ends_with(2)
        .complains(&["the timeline of 10.0.0.1", "timeline: 0 rows instead of 5"]);
    assert_eq!(home.count("flow_timeline"), 5);
    home.does(&[&write_comment[..], &["--yes"]].concat());
    assert_eq!(home.count("flow_timeline"), 0);
}

#[test]
fn a_subject_that_the_day_has_never_seen_is_asked_about() {
    let home = home();
    let about = |address: &'static str| ["storyboard", address, "--title", "t", "--text", "x", "-d", DAY];
    home.run(&about("10.9.9.9")).ends_with(2).complains(&[
        "a comment about 10.9.9.9 on 2016-07-08 would be stored",
        "no raw row of the day is about it: is it misspelt",
        "--yes",
    ]);
    assert_eq!(home.count("flow_storyboard"), 0);
    home.does(&[&about("10.9.9.9")[..], &["--yes"]].concat());
    // What is stored already needs no question, nor does an address with rows.
    home.does(&about("10.9.9.9"));
    home.does(&about("10.0.0.1"));
    assert_eq!(home.count("flow_storyboard"), 2);
}

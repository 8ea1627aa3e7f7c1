//! A run: the context of both addresses of a connection.

use crate::home::{DAY, Home, at, result};

/// A home with results of one connection, from an internal to an external address.
fn home() -> Home {
    let home = Home::new();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1")]);
    home
}

const CONTEXT: &str = "SELECT srcip_internal, destip_internal, src_geoloc, dst_geoloc, src_domain, dst_domain, src_rep, \
    dst_rep FROM flow_scores";

#[test]
fn without_context_files_nothing_is_known_and_each_kind_is_warned_of() {
    let home = home();
    home.runs_day().complains(&[
        "warning: no context file for network",
        "warning: no context file for geo",
        "warning: no context file for reputation",
    ]);
    assert_eq!(home.rows(CONTEXT), ["NULL|NULL||||||"]);
}

#[test]
fn context_is_found_in_the_context_folder() {
    let home = home();
    home.write("context/ipranges.csv", "10.0.0.1,10.255.255.255,Internal\r\n");
    home.write(
        "context/iploc.csv",
        "\"3221225984\",\"3221226239\",\"XX\",\"Land\",\"State\",\"City\",\"1.0\",\"2.0\",\"Owner, Inc\",\"example.net\"\n",
    );
    home.write("context/reputation.csv", "ip,label,value\n192.0.2.7,HIGH,3\n");
    let outcome = home.runs_day();
    assert!(!outcome.err.contains("no context file"), "{}", outcome.err);
    assert_eq!(home.rows(CONTEXT), ["1|0||State;City Owner, Inc||example.net||list:HIGH:3"]);
    assert_eq!(home.rows("SELECT src_country, dst_country FROM flow_scores"), ["|XX"]);
    let found = |filter: &str| {
        let answer = home.json(&["query", "suspicious", "--rows", "-d", DAY, "--filter", filter]);
        answer["rows"].as_array().unwrap().len()
    };
    assert_eq!((found("dst_country=xx"), found("src_country=XX")), (1, 0));
}

#[test]
fn reputation_services_are_named_in_the_settings_and_joined() {
    let home = home();
    home.write(
        "flow_oa.json",
        r#"{"context": {"reputation": {"gti": "lists/gti.csv", "own": "lists/own.csv"}}}"#,
    );
    home.write("lists/gti.csv", "192.0.2.0/24,MEDIUM,2\n");
    home.write("lists/own.csv", "192.0.2.7,LOW,1\n10.0.0.1,NONE,0\n");
    home.runs_day();
    assert_eq!(home.rows("SELECT src_rep, dst_rep FROM flow_scores"), ["own:NONE:0|gti:MEDIUM:2::own:LOW:1"]);
}

#[test]
fn names_without_ranges_leave_open_what_is_internal_and_it_is_said() {
    let home = home();
    home.write("context/networkcontext_1.csv", "10.0.0.1,Printer\n");
    home.runs_day().complains(&["what is internal is not known"]);
    assert_eq!(home.rows("SELECT srcip_internal FROM flow_scores"), ["NULL"]);
}

#[test]
fn a_context_file_that_is_configured_and_absent_stops_the_run_with_nothing_changed() {
    let home = home();
    home.runs_day();
    let before = home.everything();
    home.has_results(&[result(&at("11:00:00"), "10.0.0.1", "192.0.2.7", "0.1")]);
    for context in [r#"{"ranges": "no.csv"}"#, r#"{"geo": "no.csv"}"#, r#"{"reputation": {"gti": "no.csv"}}"#]
    {
        home.write("flow_oa.json", format!(r#"{{"context": {context}}}"#));
        home.run(&["run", "-d", DAY]).ends_with(66).complains(&["no.csv"]);
        assert_eq!(home.everything(), before, "{context}");
    }
}

#[test]
fn a_context_file_with_a_line_that_cannot_be_understood_stops_the_run_with_its_place() {
    let home = home();
    for (file, text, place) in [
        ("ipranges.csv", "10.0.0.1,10.0.0.9,a\n10.0.0.9,10.0.0.1,b\n", "ipranges.csv:2"),
        ("iploc.csv", "\"0\",\"x\"\n", "iploc.csv:1"),
        ("reputation.csv", "192.0.2.7,HIGH,3\nhere,HIGH,3\n", "reputation.csv:2"),
    ] {
        home.write(&format!("context/{file}"), text);
        home.run(&["run", "-d", DAY]).ends_with(65).complains(&[place]);
        std::fs::remove_file(home.path(&format!("context/{file}"))).unwrap();
    }
    assert_eq!(home.count("flow_scores"), 0);
}

#[test]
fn a_check_of_the_context_names_every_bad_line_and_what_overlaps() {
    let home = Home::bare();
    home.run(&["check", "--context"]).ends_with(0).says(&["no context file is configured"]);
    home.write(
        "context/ipranges.csv",
        "10.0.0.0/8,Site\n10.0.0.0,10.1.0.0,Floor\n10.0.200.0,10.2.0.0,Yard\n",
    );
    home.write("context/networkcontext_1.csv", "10.0.0.1,one\n");
    home.run(&["check", "--context"]).ends_with(0).says(&[
        "ipranges.csv: network ranges, 3 entries: 1 warning",
        "ipranges.csv:3: warning: overlaps line 2: 10.0.200.0-10.1.0.0 is in both",
        "networkcontext_1.csv: network names, 1 entry: no faults",
    ]);
    home.write("context/networkcontext_1.csv", "10.0.0.1,one\n10.0.0.9-10.0.0.1,back\nnowhere,two\n");
    home.run(&["check", "--context"]).ends_with(65).says(&[
        "networkcontext_1.csv:2: fault: the range 10.0.0.9-10.0.0.1 ends before it starts",
        "networkcontext_1.csv:3: fault: expected an address",
    ]);
    let json = home.run(&["check", "--context", "--output", "json"]).ends_with(65).json();
    let faults = json["files"].as_array().unwrap().iter().map(|file| file["faults"].as_u64().unwrap());
    assert_eq!(faults.sum::<u64>(), 2);
    assert_eq!(json["files"][1]["findings"][0]["line"], 2);
    home.write("flow_oa.json", r#"{"context": {"geo": "none.csv"}}"#);
    home.run(&["check", "--context"])
        .ends_with(65)
        .says(&["none.csv: fault: No such file", "networkcontext_1.csv:3: fault"]);
    home.run(&["check", "--context", "schema"]).ends_with(2);
}

//! `flow-oa query` shows stored rows to analysts.

use flow_oa_schema::answer::{Answer, Datum};
use flow_oa_schema::types::ColumnType;

use crate::home::{DAY, Home, at, flow, result};

/// A day on which one address communicates with two peers.
fn home() -> Home {
    let home = Home::new();
    home.has_flows(&[
        flow(&at("10:00:05"), "10.0.0.1", "192.0.2.7", 100),
        flow(&at("10:00:59"), "192.0.2.7", "10.0.0.1", 7),
        flow(&at("10:01:00"), "10.0.0.1", "192.0.2.7", 1000),
        flow(&at("11:00:00"), "10.0.0.1", "198.51.100.1", 10),
    ]);
    home.has_results(&[
        result(&at("10:00:05"), "10.0.0.1", "192.0.2.7", "1e-9"),
        result(&at("11:00:00"), "10.0.0.1", "198.51.100.1", "0.5"),
    ]);
    home.write("context/ipranges.csv", "10.0.0.0/8,Site\n");
    home.write("context/reputation.csv", "198.51.100.1,HIGH\n");
    home.runs_day();
    home
}

/// The `columns` of the rows that a query returns, separated by `|`.
fn asked(home: &Home, arguments: &[&str], columns: &[&str]) -> Vec<String> {
    let out = home.does(&[&["query", "--output", "ndjson"], arguments].concat()).out;
    let row = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
        let cell = |text: &&str| {
            row.get(*text).map_or_else(|| panic!("{text} is not in {row}"), ToString::to_string)
        };
        columns.iter().map(cell).collect::<Vec<_>>().join("|")
    };
    out.lines().map(row).collect()
}

#[test]
fn the_suspicious_are_listed_by_rank_with_typed_values() {
    let home = home();
    let rows = asked(
        &home,
        &["suspicious", "--rows", "-d", DAY],
        &["rank", "srcip", "score", "srcip_internal", "dst_rep"],
    );
    assert_eq!(rows, ["0|\"10.0.0.1\"|1e-9|true|\"\"", "1|\"10.0.0.1\"|0.5|true|\"list:HIGH:3\""]);
    home.does(&["query", "suspicious", "--rows", "-d", DAY]).says(&["tstart", "192.0.2.7", "list:HIGH:3"]);
    assert_eq!(asked(&home, &["suspicious", "--rows", "-d", "2016-07-09"], &["rank"]).len(), 0);
}

#[test]
fn filters_compare_in_the_type_of_their_column() {
    let home = home();
    for (filter, ranks) in [
        ("score<1e-6", "0"),
        ("score>=0.5", "1"),
        ("dst_rep~HIGH", "1"),
        ("dst_rep=", "0"),
        ("destip_internal=false", "0 1"),
        ("srcip_internal!=yes", ""),
        ("dstip=192.0.2.007", "0"),
        ("DPORT=80", "0 1"),
        ("dport>80", ""),
        ("proto=tcp", "0 1"),
        ("proto!=tcp", ""),
        ("dst_rep~high", "1"),
        ("proto~'; DROP TABLE flow_scores; --", ""),
        ("proto~%", ""),
        ("tstart>2016-07-08 10:30", "1"),
    ] {
        let rows = asked(&home, &["suspicious", "--rows", "-d", DAY, "--filter", filter], &["rank"]);
        assert_eq!(rows.join(" "), ranks, "{filter}");
    }
    let both = [
        "suspicious",
        "--rows",
        "-d",
        DAY,
        "--filter",
        "dport=80",
        "--filter",
        "rank=1",
        "--address",
        "198.51.100.1",
    ];
    assert_eq!(asked(&home, &both, &["rank"]), ["1"]);
    for port in ["1025", "80"] {
        assert_eq!(asked(&home, &["suspicious", "--rows", "-d", DAY, "--port", port], &["rank"]), ["0", "1"]);
        assert_eq!(asked(&home, &["details", "-d", DAY, "--rank", "1", "--port", port], &["ibyt"]), ["10"]);
    }
    assert!(asked(&home, &["suspicious", "--rows", "-d", DAY, "--port", "0"], &["rank"]).is_empty());
    home.does(&["score", "-d", DAY, "--rank", "0", "-s", "low", "--by", "ann"]);
    assert_eq!(asked(&home, &["threats", "-d", DAY, "--port", "80"], &["rank"]), ["0"]);
    assert_eq!(home.count("flow_scores"), 2);
}

#[test]
fn details_are_those_of_one_connection_in_its_minute_both_ways() {
    let home = home();
    let rows = asked(&home, &["details", "-d", DAY, "--rank", "0"], &["tstart", "ibyt"]);
    assert_eq!(rows, ["\"2016-07-08 10:00:05\"|100", "\"2016-07-08 10:00:59\"|7"]);
    assert_eq!(asked(&home, &["details", "-d", DAY, "--rank", "1"], &["ibyt"]), ["10"]);
    home.run(&["query", "details", "-d", DAY, "--rank", "2"])
        .ends_with(66)
        .complains(&["none of rank 2", "query suspicious"]);
}

#[test]
fn chords_are_those_of_an_address_the_largest_first() {
    let home = home();
    let rows = asked(&home, &["chords", "10.0.0.01", "-d", DAY], &["srcip", "dstip", "ibyt"]);
    assert_eq!(
        rows,
        [
            "\"10.0.0.1\"|\"192.0.2.7\"|1100",
            "\"10.0.0.1\"|\"198.51.100.1\"|10",
            "\"192.0.2.7\"|\"10.0.0.1\"|7"
        ]
    );
    assert_eq!(
        asked(&home, &["chords", "192.0.2.7", "-d", DAY], &["ibyt"]).len(),
        0,
        "one peer makes no hub"
    );
}

#[test]
fn an_address_is_investigated_by_peer_and_ports() {
    let home = home();
    let columns = [
        "peer",
        "ways",
        "source",
        "connections",
        "bytes",
        "largest_bytes",
        "mean_bytes",
        "packets",
        "mean_packets",
    ];
    let all = asked(&home, &["investigate", "10.0.0.1", "-d", DAY], &columns);
    assert_eq!(
        all,
        [
            "\"192.0.2.7\"|\"two-way\"|\"10.0.0.1\"|2|1100|1000|550.0|6|3.0",
            "\"198.51.100.1\"|\"outbound\"|\"10.0.0.1\"|1|10|10|10.0|3|3.0",
            "\"192.0.2.7\"|\"two-way\"|\"192.0.2.7\"|1|7|7|7.0|3|3.0",
        ]
    );
    let by_bytes = asked(
        &home,
        &["investigate", "192.0.2.7", "-d", DAY, "--by", "bytes", "-l", "1"],
        &["bytes", "ways"],
    );
    assert_eq!(by_bytes, ["1100|\"two-way\""]);
    let seen =
        asked(&home, &["investigate", "198.51.100.1", "-d", DAY], &["ways", "first_seen", "last_seen"]);
    assert_eq!(seen, ["\"inbound\"|\"2016-07-08 11:00:00\"|\"2016-07-08 11:00:00\""]);
    assert!(asked(&home, &["investigate", "203.0.113.1", "-d", DAY], &["peer"]).is_empty());
}

#[test]
fn a_summary_may_be_of_several_days() {
    let home = home();
    let minutes = ["\"2016-07-08 10:00\"|2", "\"2016-07-08 10:01\"|1", "\"2016-07-08 11:00\"|1"];
    assert_eq!(asked(&home, &["summary", "-d", DAY], &["tdate", "total"]), minutes);
    let range =
        |from, to| asked(&home, &["summary", "--from-date", from, "--to-date", to], &["tdate", "total"]);
    assert_eq!(range("2016-06-30", "2016-08-01"), minutes);
    assert_eq!(range("2016-07-08", "2016-07-09"), minutes);
    assert!(range("2016-07-09", "2016-07-31").is_empty() && range("2015-01-01", "2016-07-07").is_empty());
}

#[test]
fn a_limit_is_said_and_more_rows_are_told_of() {
    let home = home();
    home.does(&["query", "suspicious", "--rows", "-d", DAY, "-l", "1"])
        .complains(&["1 row is shown, and there are more"]);
    let all = home.does(&["query", "suspicious", "--rows", "-d", DAY, "-l", "2"]);
    assert_eq!(all.err, "");
    let json = home.json(&["query", "suspicious", "--rows", "-d", DAY, "-l", "1"]);
    assert_eq!((json["has_more"].as_bool(), json["rows"].as_array().map(Vec::len)), (Some(true), Some(1)));
    for all in ["0", "4294967296", "9223372036854775807", "18446744073709551615"] {
        assert_eq!(asked(&home, &["summary", "-d", DAY, "-l", all], &["total"]).len(), 3, "{all}");
        assert_eq!(
            asked(&home, &["investigate", "10.0.0.1", "-d", DAY, "-l", all], &["peer"]).len(),
            3,
            "{all}"
        );
    }
}

#[test]
fn that_a_day_has_nothing_at_all_is_said() {
    let home = home();
    let said = |arguments: &[&str], words: &str| {
        home.does(&[&["query"], arguments].concat()).complains(&[words]);
    };
    said(
        &["suspicious", "--rows", "-d", "2016-07-09"],
        "flow_scores has no rows of 2016-07-09 at all; `flow-oa run` makes them",
    );
    said(
        &["threats", "--from-date", "2016-07-09", "--to-date", "2016-07-31"],
        "no rows of 2016-07-09 to 2016-07-31",
    );
    said(
        &["investigate", "10.0.0.1", "-d", "2016-07-09"],
        "flow has no rows of 2016-07-09 at all; `flow-oa ingest`",
    );
    assert_eq!(home.does(&["query", "threats", "-d", DAY]).err, "", "nobody scored, but the day is there");
}

#[test]
fn answers_have_the_shape_that_their_schema_says() {
    let home = home();
    home.sql("UPDATE flow_scores SET srcip_internal = NULL, src_domain = '' WHERE rank = 1");
    home.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]);
    home.does(&["storyboard", "-d", DAY, "--by", "ann", "10.0.0.1", "--title", "t", "--text", ""]);
    for question in [
        &["suspicious", "--rows"][..],
        &["threats"],
        &["details", "--rank", "0"],
        &["chords", "10.0.0.1"],
        &["summary"],
        &["investigate", "10.0.0.1"],
        &["comments"],
        &["timeline"],
        &["impact", "10.0.0.1"],
        &["progression", "10.0.0.1"],
        &["globe", "10.0.0.1"],
    ] {
        let text = home.does(&[&["query"], question, &["-d", DAY, "--output", "json"]].concat()).out;
        let read = flow_oa_schema::check::read_document::<Answer>("answer", &text);
        let (answer, _) = read.unwrap_or_else(|faults| panic!("{question:?}: {faults}\n{text}"));
        assert!(!answer.rows.is_empty() && !answer.has_more, "{text}");
        for row in &answer.rows {
            assert_eq!(row.len(), answer.columns.len());
            for (value, column) in row.iter().zip(&answer.columns) {
                let fits = match value {
                    None => !column.kind.is_text(),
                    Some(Datum::Truth(_)) => column.kind == ColumnType::Bit,
                    Some(Datum::Whole(_)) => column.kind.is_whole(),
                    Some(Datum::Real(_)) => matches!(column.kind, ColumnType::Float | ColumnType::Double),
                    Some(Datum::Text(_)) => column.kind.is_text(),
                };
                assert!(fits, "{question:?}: {} of type {:?} holds {value:?}", column.name, column.kind);
            }
        }
    }
}

#[test]
fn csv_has_a_header_and_quotes_what_needs_it() {
    let home = home();
    home.sql("UPDATE flow_scores SET src_domain = 'a \"b\", c' WHERE rank = 0");
    let out = home.does(&["query", "suspicious", "--rows", "-d", DAY, "--output", "csv"]).out;
    let mut reader = csv::Reader::from_reader(out.as_bytes());
    let at = reader.headers().unwrap().iter().position(|name| name == "src_domain").expect("the column");
    let records: Vec<csv::StringRecord> = reader.records().map(|it| it.unwrap()).collect();
    assert_eq!((records.len(), &records[0][at]), (2, "a \"b\", c"));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let home = home();
    let refused = |arguments: &[&str], words: &[&str]| {
        home.run(&[&["query"], arguments].concat()).ends_with(2).complains(words);
    };
    refused(&["suspicious", "--rows", "-d", DAY, "--filter", "dprt=1"], &["did you mean \"dport\""]);
    refused(
        &["suspicious", "--rows", "-d", DAY, "--filter", "dport=x"],
        &["dport is of type port", "expected 0 to 65535, not \"x\""],
    );
    refused(&["suspicious", "--rows", "-d", DAY, "--filter", "dport~8"], &["expected a text"]);
    refused(&["suspicious", "--rows", "-d", DAY, "--filter", "srcip_internal>0"], &["more or less"]);
    for filter in ["srcip~10", "srcip<10.0.0.2", "srcip>=10.0.0.0/8"] {
        refused(
            &["suspicious", "--rows", "-d", DAY, "--filter", filter],
            &["srcip is of type address", "= or != with an address"],
        );
    }
    for filter in ["srcip=host", "srcip=10.0.0.0/33", "srcip=10.0.0"] {
        refused(
            &["suspicious", "--rows", "-d", DAY, "--filter", filter],
            &["expected an address, or a network such as"],
        );
    }
    refused(
        &["suspicious", "--rows", "-d", DAY, "--filter", "tstart~10:00"],
        &["tstart is of type time", "= != < <= > >="],
    );
    for filter in ["tstart>yesterday", "tstart>2016-07-32", "tstart=10:00", "tstart>2016-07-08 10:00:00.5"] {
        refused(
            &["suspicious", "--rows", "-d", DAY, "--filter", filter],
            &["expected a time in UTC, such as 2016-07-08"],
        );
    }
    refused(&["suspicious", "--rows", "-d", DAY, "--filter", "dport"], &["such as dport=53"]);
    refused(&["suspicious", "--rows", "-d", DAY, "--address", "host"], &["expected an IPv4 or IPv6 address"]);
    refused(&["suspicious", "--rows", "-d", DAY, "--port", "65536"], &["65536"]);
    refused(&["summary", "-d", DAY, "--port", "80"], &["no column of ports"]);
    refused(&["globe", "10.0.0.1", "-d", DAY, "--port", "80"], &["sums of one subject"]);
    refused(&["summary", "-d", DAY, "--address", "10.0.0.1"], &["no column of addresses"]);
    refused(&["summary", "--from-date", "2016-07-09", "--to-date", DAY], &["is after the last"]);
    refused(
        &["details", "--from-date", DAY, "--to-date", "2016-07-09", "--rank", "0"],
        &["a rank is of one day"],
    );
    refused(&["suspicious", "--rows", "-d", DAY, "--table", "flow_edges"], &["flow_scores"]);
    refused(&["investigate", "10.0.0.1", "-d", DAY, "--filter", "dport=80"], &["sums of one subject"]);
    home.run(&["history", "--output", "csv"])
        .ends_with(2)
        .complains(&["csv and ndjson are for the rows of `query`"]);
}

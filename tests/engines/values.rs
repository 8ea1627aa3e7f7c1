//! Values are stored unchanged: text with SQL syntax, the limits of every type, and NULL.

use std::fmt::Write as _;

use crate::backend::NULL;
use crate::home::{DAY, at, result, spot};
use crate::site::Site;

on_every_engine! {
    text_arrives_as_it_is,
    text_of_raw_flows_arrives_as_it_is_also_where_it_is_copied,
    the_ends_of_every_type_are_kept,
    what_is_not_known_is_absent,
    an_ipv4_address_written_as_ipv6_is_known_as_ipv4_and_stored_as_it_is_written,
    sums_beyond_64_bits_are_bad_data [ReplaceFiles],
}

/// Quotes, backslashes, a tab, control characters, other scripts, and text that looks like SQL or like the end of a
/// COPY.
const TEXTS: [&str; 8] = [
    "O'Brien \"& Söhne\"",
    r"back\slash\n\N\.",
    "\u{1}bell\u{7}\u{7f}\u{85}",
    "tab\tand\ttab",
    "日本語 Ж 👍 e\u{301}",
    "'; DROP TABLE flow_scores; --",
    "$$ {} %s ? $1 :name",
    "  blanks  ",
];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn text_arrives_as_it_is(site: &Site) {
    let (mut geo, mut results) = (String::new(), Vec::new());
    for (row, text) in TEXTS.iter().enumerate() {
        let (address, owner) = (3_221_225_984 + row, quoted(text));
        let _ = writeln!(
            geo,
            "\"{address}\",\"{address}\",\"XX\",\"Land\",\"S\",\"C\",\"1\",\"2\",{owner},\"d\""
        );
        results.push(result(&at("10:00:00"), "10.0.0.1", &format!("192.0.2.{row}"), "0.1"));
    }
    site.home.write("context/iploc.csv", geo);
    site.has_results(&results);
    site.runs_day();
    let found: Vec<String> = site.database.rows("SELECT dst_geoloc FROM flow_scores ORDER BY rank").concat();
    assert_eq!(found, TEXTS.map(|text| format!("S;C {text}")));
}

fn text_of_raw_flows_arrives_as_it_is_also_where_it_is_copied(site: &Site) {
    let texts = [&TEXTS[..], &["two\nlines\r\nand 'a' \"third\"\\"]].concat();
    let (mut flows, mut results) = (Vec::new(), Vec::new());
    for (row, text) in texts.iter().enumerate() {
        let (time, to) = (at(&format!("10:00:{row:02}")), format!("10.0.1.{row}"));
        let plain = crate::home::flow(&time, "10.0.0.1", &to, 1);
        flows.push(plain.replace("TCP", &quoted(text)).replace("192.0.2.1", &quoted(text)));
        results.push(result(&time, "10.0.0.1", &to, "0.1"));
    }
    // Only the blanks around a text of a raw file are not kept.
    let texts: Vec<&str> = texts.iter().map(|text| text.trim_ascii()).collect();
    site.has_flows(&flows);
    site.has_results(&results);
    site.runs_day();
    for query in [
        "SELECT proto FROM flow ORDER BY treceived",
        "SELECT rip FROM flow ORDER BY treceived",
        "SELECT proto FROM flow_edge ORDER BY tstart",
        "SELECT rip FROM flow_edge ORDER BY tstart",
    ] {
        assert_eq!(site.database.rows(query).concat(), texts, "{query}");
    }
}

fn the_ends_of_every_type_are_kept(site: &Site) {
    let (asn, big) = (i64::from(u32::MAX), i64::MAX);
    let line = |time: &str,
                from: &str,
                to: &str,
                duration: &str,
                [port, byte, interface, asn, count]: [i64; 5]| {
        format!(
            "{time},0,0,0,0,0,0,{duration},{from},{to},{port},{port},TCP,UAPRSF,{byte},{byte},{count},{count},{count},{count},\
             {interface},{interface},{asn},{asn},{byte},1,ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
        )
    };
    site.has_flows(&[
        line("1970-01-01 00:00:00", "0.0.0.0", "255.255.255.255", "0", [0; 5]),
        line("2000-02-29 12:00:00", "::1", "127.0.0.1", "4294967296", [1; 5]),
        line(
            "2099-12-31 23:59:59",
            "::",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
            "16777216.5",
            [65535, 255, asn, asn, big],
        ),
    ]);
    let columns = ["treceived", "sip", "dip", "sport", "fwd", "ibyt", "input", "das", "h", "tdur"];
    assert_eq!(
        site.columns("flow", &columns),
        [
            "1970-01-01 00:00:00|0.0.0.0|255.255.255.255|0|0|0|0|0|0|0".to_owned(),
            "2000-02-29 12:00:00|::1|127.0.0.1|1|1|1|1|1|12|4294967300".to_owned(),
            format!(
                "2099-12-31 23:59:59|::|ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff|65535|255|{big}|{asn}|{asn}|23|16777216"
            ),
        ]
    );
    if site.has("flow_pair") {
        assert_eq!(site.rows("SELECT max(ibyt), min(ibyt) FROM flow_pair"), [format!("{big}|0")]);
    }
    let scores = ["5e-324", "1.7976931348623157e308", "-1.7976931348623157e308", "0", "-1e-7", "0.1"];
    let scored = |score| result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", score);
    site.has_results(&scores.map(scored));
    site.runs_day();
    site.has_results(&["NaN", "1"].map(scored));
    site.run(&["run", "-d", DAY]).ends_with(65).complains(&["a finite number", "NaN"]);
    let found = site.database.rows("SELECT score FROM flow_scores ORDER BY rank").concat();
    let found: Vec<f64> = found.iter().map(|score| score.parse().unwrap()).collect();
    assert_eq!(found, scores.map(|score| score.parse::<f64>().unwrap()));
}

/// Sums within one file, sums added to those of another file, and sums over stored rows.
fn sums_beyond_64_bits_are_bad_data(site: &Site) {
    let flows = |bytes: &[i64]| {
        let one = |number: &i64| crate::home::flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", *number);
        spot(&bytes.iter().map(one).collect::<Vec<_>>())
    };
    let half = i64::MAX / 2 + 1;
    site.home.write("half.csv", flows(&[half]));
    site.does(&["ingest", "half.csv"]);
    let refused = |arguments: &[&str]| {
        let before = (site.everything(), site.count("flow_oa_ingest"));
        site.run(arguments).ends_with(65).complains(&[
            "flow_pair",
            "ibyt",
            "64 bits",
            "nothing was changed",
            "remove them from their file",
            "--replace",
        ]);
        assert_eq!((site.everything(), site.count("flow_oa_ingest")), before, "{arguments:?}");
    };
    site.home.write("whole.csv", flows(&[half, half]));
    refused(&["ingest", "whole.csv"]);
    site.home.write("other.csv", flows(&[half, 0]));
    refused(&["ingest", "other.csv"]);
    for (name, bytes) in [("fits.csv", half - 1), ("third.csv", 0)] {
        site.home.write(name, flows(&[bytes]));
        site.does(&["ingest", name]);
    }
    assert_eq!(site.rows("SELECT ibyt FROM flow_pair"), [i64::MAX.to_string()]);
    site.database.sql(&format!("UPDATE flow SET ibyt = {half}"));
    site.home.write("third.csv", flows(&[1]));
    refused(&["ingest", "third.csv", "--replace"]);
}

fn what_is_not_known_is_absent(site: &Site) {
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "192.0.2.7", "0.1")]);
    let known = ["srcip_internal", "destip_internal", "src_geoloc", "dst_domain", "src_rep"];
    site.runs_day();
    assert_eq!(site.columns("flow_scores", &known), [format!("{NULL}|{NULL}|||")]);
    site.home.write("context/ipranges.csv", "10.0.0.0/8,ours\n");
    site.does(&["run", "-d", DAY]);
    assert_eq!(site.columns("flow_scores", &known), ["1|0|||"]);
}

fn an_ipv4_address_written_as_ipv6_is_known_as_ipv4_and_stored_as_it_is_written(site: &Site) {
    let ends = [
        ("::a00:1", "::c000:207"),
        ("::ffff:10.0.0.1", "::ffff:192.0.2.7"),
        ("::ffff:0:a00:1", "::ffff:0:c000:207"),
        ("64:ff9b::a00:1", "64:ff9b::c000:207"),
        ("2002:a00:1::5", "2002:c000:207::5"),
    ];
    let rows: Vec<String> = ends.iter().map(|(from, to)| result(&at("10:00:00"), from, to, "0.1")).collect();
    site.has_results(&rows);
    site.home.write("context/ipranges.csv", "10.0.0.0/8,ours\n");
    site.home.write("context/reputation.csv", "::ffff:192.0.2.0/120,HIGH\n");
    site.home.write(
        "context/iploc.csv",
        "\"3221225984\",\"3221226239\",\"XX\",\"Land\",\"S\",\"C\",\"1\",\"2\",\"O\",\"d\"\n",
    );
    site.runs_day();
    let known = [
        "srcip",
        "dstip",
        "srcip_internal",
        "destip_internal",
        "src_geoloc",
        "dst_geoloc",
        "src_rep",
        "dst_rep",
    ];
    let mut expected = ends.map(|(from, to)| format!("{from}|{to}|1|0||S;C O||list:HIGH:3"));
    expected.sort_unstable();
    let mut found = site.columns("flow_scores", &known);
    found.sort_unstable();
    assert_eq!(found, expected);
    let reported = site.does(&["geo", "lookup", "::ffff:192.0.2.7"]);
    reported.says(&["S;C O", "list:HIGH:3", "192.0.2.0-192.0.2.255"]);
    site.does(&["explain-row", "-d", DAY, "--rank", "0"]).says(&["10.0.0.0-10.255.255.255"]);
}

//! Numbers outside the range of a column: readers reject them, a new database refuses them, and a database of an
//! earlier version still works.

use std::panic::{AssertUnwindSafe, catch_unwind};

use flow_oa_schema::dialect::Place;
use flow_oa_schema::model::Table;
use flow_oa_schema::{Dialect, ledger};

use crate::home::{DAY, Home, at, flow, result, spot};
use crate::site::{MODEL, Site};

on_every_engine! {
    records_with_impossible_numbers_are_rejected,
    negative_durations_become_0_with_a_warning,
    a_flow_whose_times_cannot_be_has_the_time_at_which_it_was_received,
    a_new_database_refuses_impossible_numbers [Transactions],
    a_database_without_checks_is_a_note_and_works [Transactions],
    a_copy_reports_every_column_with_impossible_numbers,
    filters_ask_for_numbers_that_can_be,
}

/// A flow with another value in the column of this index.
fn with(column: usize, value: &str) -> String {
    let line = flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100);
    let mut fields: Vec<&str> = line.split(',').collect();
    fields[column] = value;
    fields.join(",")
}

fn records_with_impossible_numbers_are_rejected(site: &Site) {
    const IMPOSSIBLE: [(usize, &str); 8] = [
        (10, "-1"),
        (11, "70000"),
        (15, "256"),
        (16, "-3"),
        (17, "-100"),
        (20, "-1"),
        (22, "4294967296"),
        (0, "0000-07-08 10:00:00"),
    ];
    let possible = [(10, "0"), (11, "65535"), (15, "255"), (17, "9223372036854775000"), (22, "4294967295")];
    let lines = possible.iter().chain(&IMPOSSIBLE).map(|(column, value)| with(*column, value));
    site.home.write("flows.csv", spot(&lines.collect::<Vec<_>>()));
    site.run(&["ingest", "flows.csv"]).ends_with(65).complains(&[
        "8 records cannot be read",
        "flows.csv:7: column 11 (sp): expected a port from 0 to 65535, or an ICMP type and code such as 3.13, found \"-1\"",
        "flows.csv:8: column 12 (dp): expected a port from 0 to 65535, or an ICMP type and code such as 3.13, found \"70000\"",
        "--max-rejects 8",
    ]);
    assert_eq!(site.count("flow"), 0);
    let done = site.json(&["ingest", "flows.csv", "--max-rejects", "8"]);
    assert_eq!((&done[0]["stored"], &done[0]["rejected"]), (&5.into(), &8.into()));
    let row = |to: &str, port: &str| {
        result(&at("10:00:00"), "10.0.0.1", to, "0.1").replace("\t80\t", &format!("\t{port}\t"))
    };
    site.has_results(&[row("10.0.0.2", "65535"), row("10.0.0.3", "65536"), row("10.0.0.4", "-1")]);
    site.run(&["run", "-d", DAY])
        .ends_with(65)
        .complains(&["flow_results.csv:2: column 12 (dport): expected a whole number from 0 to 65535"]);
    site.does(&["run", "-d", DAY, "--max-rejects", "2"]);
    assert_eq!(site.columns("flow_scores", &["dstip", "dport", "rank"]), ["10.0.0.2|65535|0"]);
}

fn negative_durations_become_0_with_a_warning(site: &Site) {
    let head = "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n";
    let line =
        |duration: &str| format!("{},{duration},6,10.0.0.1,1,192.0.2.7,22,7,900,1\n", at("10:00:00.900"));
    let lines: String = ["-0.061", "18446744073709.551", "0", "2.5"].map(line).concat();
    site.home.write("short.csv", format!("{head}{lines}"));
    let outcome = site.does(&["ingest", "short.csv", "--output", "json"]);
    let words = "2 records have a negative duration: stored as 0 seconds";
    let outcome = outcome.complains(&["short.csv: ", words]);
    assert!(outcome.json()[0]["warnings"][0].as_str().is_some_and(|warning| warning.contains(words)));
    assert_eq!(
        site.columns("flow", &["treceived", "tdur"]),
        [
            format!("{}|0", at("10:00:00")),
            format!("{}|0", at("10:00:00")),
            format!("{}|0", at("10:00:00")),
            format!("{}|2.5", at("10:00:03")),
        ]
    );
    site.home.write("good.csv", spot(&[with(7, "0.5")]));
    let good = site.does(&["ingest", "good.csv"]);
    assert!(!good.err.contains("negative"), "{}", good.err);
    site.home.write("spot.csv", spot(&[with(7, "-1")]));
    site.does(&["ingest", "spot.csv"]).complains(&["1 record has a negative duration"]);
}

fn a_flow_whose_times_cannot_be_has_the_time_at_which_it_was_received(site: &Site) {
    let head = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,dvln,\
                ismc,odmc,idmc,osmc,mpls1,mpls2,mpls3,mpls4,mpls5,mpls6,mpls7,mpls8,mpls9,mpls10,cl,sl,al,ra,eng,exid,tr";
    let line = |first: &str, last: &str, received: &str| {
        let rest = "0.5,10.0.0.1,10.0.0.2,1,443,TCP,.AP.SF,0,0,3,100,0,0,1,2,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0,0,0,0,0,\
                    0,0,0,0,0,0,0,0,0,0,0,0,0,192.0.2.1,0/0,0";
        format!("{first},{last},{rest},{received}")
    };
    let never = "1970-01-01 00:00:00";
    let lines = [
        line(never, never, &at("10:00:05")),
        line(&at("10:00:02"), &at("10:00:01"), &at("12:00:05")),
        line(&at("10:00:02"), &at("10:00:01"), "1970-01-02 00:00:00"),
        line(&at("10:00:01"), &at("10:00:03"), &at("10:00:04")),
    ];
    site.home.write("nfdump.csv", format!("{head}\n{}\n", lines.join("\n")));
    site.does(&["ingest", "nfdump.csv"]).complains(&["3 records have an end before the start"]);
    let expected = ["10:00:02", "10:00:04", "10:00:05", "12:00:05"].map(at);
    let mut times = site.columns("flow", &["treceived"]);
    times.sort();
    assert_eq!(times, expected);
}

/// Whether the database refuses a statement.
fn refuses(site: &Site, sql: &str) -> bool {
    catch_unwind(AssertUnwindSafe(|| site.database.sql(sql))).is_err()
}

fn a_new_database_refuses_impossible_numbers(site: &Site) {
    site.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100)]);
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    site.runs_day();
    let before = site.everything();
    for (table, column, value) in [
        ("flow", "dport", "65536"),
        ("flow", "tdur", "-0.5"),
        ("flow", "trhour", "24"),
        ("flow", "sas", "4294967296"),
        ("flow_scores", "sport", "-1"),
        ("flow_scores", "rank", "-1"),
        ("flow_edge", "pkts", "-1"),
        ("flow_edge", "hh", "24"),
        ("flow_pair", "ibyt", "-1"),
        ("flow_minute", "flows", "-1"),
        ("flow_chords", "ipkt", "-1"),
        ("flow_ingest_summary", "m", "13"),
        ("flow_threat_investigation", "score", "4"),
    ] {
        if table == "flow_chords" {
            site.database.sql("INSERT INTO flow_chords (y, m, d, ip_threat, srcip, dstip) VALUES (2016, 7, 8, '::', '::', '::')");
        }
        if table == "flow_threat_investigation" {
            site.does(&["score", "-d", DAY, "--rank", "0", "--severity", "high"]);
        }
        assert!(
            refuses(site, &format!("UPDATE {table} SET {column} = {value}")),
            "{table}.{column} = {value}"
        );
    }
    site.database.sql("DELETE FROM flow_chords");
    site.database.sql("DELETE FROM flow_threat_investigation");
    assert_eq!(site.everything(), before);
    let doctor = site.json(&["doctor"]);
    assert_eq!(ranges_of(&doctor)["state"], "good", "{doctor}");
}

fn ranges_of(doctor: &serde_json::Value) -> &serde_json::Value {
    let checks = doctor["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == "ranges").unwrap_or_else(|| panic!("no ranges: {doctor}"))
}

/// The statements that created a table before CHECKs of ranges existed.
fn earlier(dialect: Dialect, table: &Table) -> String {
    let guards = table.columns.iter().filter_map(|column| dialect.guard(column));
    guards.fold(dialect.create(table, &Place::default()), |ddl, guard| ddl.replace(&format!(" {guard}"), ""))
}

/// Recreates all tables as an earlier version created them.
fn is_of_an_earlier_version(site: &Site) {
    let dialect = if site.database.url().starts_with("sqlite") { Dialect::Sqlite } else { Dialect::Postgres };
    for table in site.tables().cloned().chain(ledger::tables()) {
        let name = dialect.quoted(&table.name);
        site.database.sql(&format!("DROP TABLE {name}; {}", earlier(dialect, &table)));
    }
}

fn a_database_without_checks_is_a_note_and_works(site: &Site) {
    is_of_an_earlier_version(site);
    site.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100)]);
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    site.runs_day();
    let doctor = site.json(&["doctor", "-d", DAY]);
    let note = ranges_of(&doctor);
    assert_eq!((&note["state"], &doctor["works"]), (&"warning".into(), &true.into()), "{doctor}");
    let found = note["found"].as_str().unwrap();
    assert!(found.contains("flow.") && found.contains("have no CHECK of their range"), "{found}");
    site.home.write("bad.csv", spot(&[with(11, "70000")]));
    site.run(&["ingest", "bad.csv"]).ends_with(65).complains(&["expected a port from 0 to 65535"]);
    site.does(&["init"]);
}

fn a_copy_reports_every_column_with_impossible_numbers(site: &Site) {
    let from = Home::new();
    let old = |table: &str| {
        let table = MODEL.tables().find(|found| found.name == table).unwrap();
        from.sql(&format!("DROP TABLE {}; {}", table.name, earlier(Dialect::Sqlite, table)));
    };
    old("flow");
    old("flow_scores");
    from.has_flows(&[1, 2, 3].map(|bytes| flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", bytes)));
    from.has_results(
        &[1, 2].map(|host| result(&at("10:00:00"), "10.0.0.1", &format!("10.0.0.{host}"), "0.1")),
    );
    from.runs_day();
    from.sql("UPDATE flow SET dport = 70000 + ibyt WHERE ibyt > 1; UPDATE flow SET opkt = -5 WHERE ibyt = 1");
    let url = format!("sqlite:{}", from.path("data/flow_oa.db").display());
    let to = site.database.url();
    let copy = |more: &[&str]| site.run(&[&["copy", "--from", &url, "--to", &to], more].concat());
    copy(&["--table", "flow_scores"]).ends_with(0);
    from.sql("UPDATE flow_scores SET sport = -1 WHERE rank = 1; UPDATE flow_scores SET score = 9e999 WHERE rank = 0");
    let before = site.everything();
    copy(&["--table", "flow_scores"]).ends_with(65).complains(&[
        "flow_scores of 2016-07-08 in sqlite:",
        "sport in 1 row (expected 0 to 65535, the first has -1)",
        "score in 1 row (expected a finite number, the first has inf)",
        "--table",
    ]);
    if site.has("flow_pair") {
        copy(&["--table", "flow"]).ends_with(65).complains(&[
            "flow of 2016-07-08 in sqlite:",
            "dport in 2 rows (expected 0 to 65535, the first has 7000",
            "opkt in 1 row (expected 0 or more, the first has -5)",
        ]);
    }
    assert_eq!(site.everything(), before);
    from.sql("UPDATE flow_scores SET sport = 1, score = 0.5");
    copy(&["--table", "flow_scores"]).ends_with(0);
}

fn filters_ask_for_numbers_that_can_be(site: &Site) {
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    site.runs_day();
    let query = |filter: &str| site.run(&["query", "suspicious", "--rows", "-d", DAY, "--filter", filter]);
    query("dport=70000").ends_with(2).complains(&["dport", "expected 0 to 65535", "70000"]);
    query("ibyt!=-1").ends_with(2).complains(&["ibyt", "expected 0 or more"]);
    query("dport<70000").ends_with(0).says(&["10.0.0.2"]);
    query("dport>=0").ends_with(0).says(&["10.0.0.2"]);
    query("dport=80").ends_with(0).says(&["10.0.0.2"]);
}

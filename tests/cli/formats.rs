//! Ingest: which formats are recognised, and which fields of a record are stored.

use crate::home::{DAY, Home, Outcome, SPOT_HEADER, at, flow, gzip, spot};

/// The 48 columns of nfdump.
pub(crate) const NFDUMP_HEADER: &str = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,dir,nh,nhb,svln,\
    dvln,ismc,odmc,idmc,osmc,mpls1,mpls2,mpls3,mpls4,mpls5,mpls6,mpls7,mpls8,mpls9,mpls10,cl,sl,al,ra,eng,\
    exid,tr";

/// The 10 columns of nfdump.
pub(crate) const SHORT_HEADER: &str =
    "firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows";

/// Spot's table of flows: 28 columns.
pub(crate) const TABLE_HEADER: &str = "treceived,unix_tstamp,tryear,trmonth,trday,trhour,trminute,trsec,tdur,sip,dip,sport,dport,proto,flag,\
    fwd,stos,ipkt,ibyt,opkt,obyt,input,output,sas,das,dtos,dir,rip";

/// The summary that nfdump prints after the flows.
pub(crate) const SUMMARY: &str = "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n1,100,3,1,1,1\n";

/// A flow in the 48 columns of nfdump.
pub(crate) fn nfdump(first: &str, last: &str, received: &str) -> String {
    let mac = "00:00:00:00:00:00";
    let rest = format!("{mac},{mac},{mac},{mac},{}", "0-0-0,".repeat(10));
    format!(
        "{first},{last},1.5,192.0.2.1,198.51.100.2,1025,443,TCP,...AP.SF,0,8,3,100,2,50,4,5,64500,64501,24,16,\
         16,1,0.0.0.0,0.0.0.0,0,0,{rest}    0.000,    0.000,    0.000,203.0.113.9,0/0,0,{received}"
    )
}

const ALL_BUT_TIME: &str = "SELECT tdur, sip, dip, sport, dport, proto, flag, fwd, stos, ipkt, ibyt, opkt, obyt, input, output, \
    sas, das, dtos, dir, rip FROM flow";

const PARTITION: &str =
    "SELECT treceived, tryear, trmonth, trday, trhour, trminute, trsec, y, m, d, h FROM flow";

/// The format that is recognised for this content.
fn format_of(content: &str) -> (Home, String) {
    let home = Home::new();
    home.write("flows", content);
    let summary = home.json(&["ingest", "flows"]);
    let format = summary[0]["format"].as_str().unwrap().to_owned();
    (home, format)
}

#[test]
fn nfdump_with_48_columns_is_known_by_its_header_and_its_summary_is_no_flow() {
    let line = nfdump(&at("10:00:00"), &at("10:00:01"), &at("10:00:02.500"));
    let (home, format) = format_of(&format!("{NFDUMP_HEADER}\n{line}\n{SUMMARY}"));
    assert_eq!(format, "nfdump");
    let expected =
        "1.5|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|0|8|3|100|2|50|4|5|64500|64501|16|1|203.0.113.9";
    assert_eq!(home.rows(ALL_BUT_TIME), [expected]);
    assert_eq!(home.rows(PARTITION), ["2016-07-08 10:00:02|2016|7|8|10|0|2|2016|7|8|10"]);
    assert_eq!(home.value("SELECT unix_tstamp FROM flow"), "1467972002");
}

#[test]
fn spots_nfdump_with_27_columns_is_known_by_its_header_and_its_parts_of_the_time_are_recomputed() {
    let line = "2016-07-08 23:59:59,1999,1,1,1,1,1,0.250,::1,2001:DB8:0:0:0:0:0:1,0,128,ICMP6,......,0,0,1,64,0,0,0,\
                0,0,0,0,0,0.0.0.0";
    let (home, format) = format_of(&format!("{SPOT_HEADER}\n{line}\n{SUMMARY}"));
    assert_eq!(format, "spot_nfdump");
    assert_eq!(
        home.rows(ALL_BUT_TIME),
        ["0.25|::1|2001:db8::1|0|128|ICMP6|......|0|0|1|64|0|0|0|0|0|0|0|0|0.0.0.0"]
    );
    assert_eq!(home.rows(PARTITION), ["2016-07-08 23:59:59|2016|7|8|23|59|59|2016|7|8|23"]);
}

#[test]
fn nfdump_with_10_columns_is_known_by_its_header_and_its_flows_arrive_when_they_end() {
    let line = "2016-07-08 23:59:58.900,1.200,6,192.0.2.1,1025,198.51.100.2,22,7,900,1";
    let (home, format) = format_of(&format!("{SHORT_HEADER}\n{line}\n"));
    assert_eq!(format, "nfdump_short");
    assert_eq!(
        home.rows(ALL_BUT_TIME),
        ["1.2|192.0.2.1|198.51.100.2|1025|22|TCP|......|0|0|7|900|0|0|0|0|0|0|0|0|0.0.0.0"]
    );
    assert_eq!(home.rows(PARTITION), ["2016-07-09 00:00:00|2016|7|9|0|0|0|2016|7|9|0"]);
}

#[test]
fn spots_table_is_known_with_and_without_its_partition_which_is_never_trusted() {
    let line = "2016-07-08 10:20:30,0,0,0,0,0,0,0,0.000,172.30.0.70,134.123.139.04,0,3840,ICMP,......,0,0,1,28,0,0,2,\
                1,0,0,0,0,10.1.1.1";
    for (header, end) in [("", ""), (",y,m,d,h", ",2001,2,3,4")] {
        let (home, format) = format_of(&format!("{TABLE_HEADER}{header}\n{line}{end}\n"));
        assert_eq!(format, "spot_flow");
        assert_eq!(home.rows("SELECT sip, dip FROM flow"), ["172.30.0.70|134.123.139.4"]);
        assert_eq!(home.rows(PARTITION), ["2016-07-08 10:20:30|2016|7|8|10|20|30|2016|7|8|10"]);
        assert_eq!(home.value("SELECT unix_tstamp FROM flow"), "1467973230");
    }
}

/// A shell's `<(command)`, which can be opened and read only once.
#[test]
fn a_pipe_with_a_name_is_read_as_a_file_is() {
    let home = Home::new();
    let pipe = home.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let text = spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    let writer = std::thread::spawn(move || std::fs::write(pipe, gzip(text.as_bytes())).unwrap());
    home.does(&["ingest", "pipe"]);
    writer.join().unwrap();
    assert_eq!(home.count("flow"), 1);
}

#[test]
fn a_time_of_receipt_is_believed_from_a_second_before_the_flow_to_an_hour_after_it() {
    for (received, arrived) in [
        ("2016-07-08 09:59:59", "2016-07-08 09:59:59"),
        ("2016-07-08 09:59:58.999", "2016-07-08 10:00:05"),
        ("2016-07-08 11:00:05", "2016-07-08 11:00:05"),
        ("2016-07-08 11:00:05.001", "2016-07-08 10:00:05"),
        ("1970-01-01 00:00:00.000", "2016-07-08 10:00:05"),
        ("2026-01-01 00:00:00.000", "2016-07-08 10:00:05"),
    ] {
        let line = nfdump(&at("10:00:00"), &at("10:00:05"), received);
        let (home, _) = format_of(&format!("{NFDUMP_HEADER}\n{line}\n"));
        assert_eq!(home.value("SELECT treceived FROM flow"), arrived, "{received}");
    }
}

#[test]
fn times_are_read_in_the_time_zone_of_the_settings_and_stored_in_utc() {
    let home = Home::new();
    home.write("flow_oa.json", r#"{"time_zone": "America/New_York"}"#);
    home.has_flows(&[flow("2016-07-07 23:30:00", "10.0.0.1", "10.0.0.2", 1)]);
    assert_eq!(home.rows(PARTITION), ["2016-07-08 03:30:00|2016|7|8|3|30|0|2016|7|8|3"]);
}

#[test]
fn a_time_zone_that_does_not_exist_is_refused() {
    let home = Home::bare();
    home.write("flow_oa.json", r#"{"time_zone": "Europe/Atlantis"}"#);
    home.run(&["init"]).ends_with(78).complains(&["flow_oa.json", "time_zone", "Europe/Atlantis"]);
}

#[test]
fn gzip_and_zstd_are_known_by_their_first_bytes() {
    let text = spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    let zstd = zstd::encode_all(text.as_bytes(), 0).unwrap();
    for content in [gzip(text.as_bytes()), zstd] {
        let home = Home::new();
        home.write("flows.csv", content);
        home.does(&["ingest", "flows.csv"]);
        assert_eq!(home.count("flow"), 1);
    }
}

#[test]
fn standard_input_is_read_where_the_file_is_a_dash_compressed_too() {
    for compress in [|it: &[u8]| it.to_vec(), gzip] {
        let home = Home::new();
        let text = spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
        let mut command = home.command(&["ingest", "-"]);
        Outcome::of(command.write_stdin(compress(text.as_bytes()))).ends_with(0);
        assert_eq!(home.rows("SELECT file, stored FROM flow_oa_ingest"), ["-|1"]);
    }
}

#[test]
fn files_put_one_after_another_are_one_file_with_headers_summaries_and_blank_lines_in_it() {
    let home = Home::new();
    let part = |time: &str| format!("{}{SUMMARY}\n", spot(&[flow(&at(time), "10.0.0.1", "10.0.0.2", 1)]));
    home.write("flows.csv", part("10:00:00") + &part("11:00:00"));
    let summary = &home.json(&["ingest", "flows.csv"])[0];
    let counts = ["read", "stored", "rejected", "skipped"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counts, [12, 2, 0, 10], "2 headers, 2 summaries of 3 lines, 2 blank lines");
}

#[test]
fn a_file_from_windows_is_the_same_file() {
    let home = Home::new();
    let text = spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.write("flows.csv", format!("\u{feff}{text}\n{SUMMARY}").replace('\n', "\r\n"));
    home.does(&["ingest", "flows.csv"]);
    assert_eq!(home.rows("SELECT treceived, rip FROM flow"), ["2016-07-08 10:00:00|192.0.2.1"]);
}

#[test]
fn a_last_line_without_its_end_is_a_flow() {
    let home = Home::new();
    home.write("flows.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]).trim_end());
    home.does(&["ingest", "flows.csv"]);
    assert_eq!(home.count("flow"), 1);
}

#[test]
fn counts_have_64_bits() {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", i64::MAX)]);
    assert_eq!(home.value("SELECT ibyt FROM flow"), i64::MAX.to_string());
}

#[test]
fn a_file_without_a_header_is_read_as_the_format_that_is_named() {
    let home = Home::new();
    home.write("flows.csv", flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1) + "\n");
    let summary = &home.json(&["ingest", "flows.csv", "--format", "spot_nfdump"])[0];
    assert_eq!((&summary["read"], &summary["stored"]), (&1.into(), &1.into()));
}

#[test]
fn a_file_that_has_the_header_of_another_format_than_the_one_that_is_named_is_refused() {
    let home = Home::new();
    home.write("flows.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    home.run(&["ingest", "flows.csv", "--format", "nfdump"])
        .ends_with(2)
        .complains(&["flows.csv: its header is that of spot_nfdump, not of nfdump"]);
}

#[test]
fn a_format_that_does_not_exist_is_refused_with_those_that_do() {
    let home = Home::new();
    home.write("flows.csv", "a\n");
    home.run(&["ingest", "flows.csv", "--format", "nfdum"]).ends_with(2).complains(&[
        "\"nfdum\"",
        "nfdump_short",
        "did you mean nfdump?",
    ]);
}

#[test]
fn the_day_of_a_flow_is_its_own_whatever_the_file_holds() {
    let home = Home::new();
    home.write(
        "flows.csv",
        spot(&[
            flow("2016-07-07 23:59:59", "10.0.0.1", "10.0.0.2", 1),
            flow(&at("00:00:00"), "10.0.0.1", "10.0.0.2", 1),
            flow(&at("00:00:01"), "10.0.0.1", "10.0.0.2", 1),
        ]),
    );
    let summary = &home.json(&["ingest", "flows.csv"])[0];
    assert_eq!(summary["days"], serde_json::json!({"2016-07-07": 1, "2016-07-08": 2}));
    assert_eq!(home.rows("SELECT d, h, count(*) FROM flow GROUP BY d, h"), ["7|23|1", "8|0|2"]);
    home.run(&["run", "-d", DAY]).ends_with(66);
}

#[test]
fn text_in_a_flow_arrives_as_it_was() {
    let home = Home::new();
    let hostile = "'; DROP TABLE flow; --\n\"é\t日本";
    let quoted = format!("\"{}\"", hostile.replace('"', "\"\""));
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1).replace("TCP", &quoted)]);
    assert_eq!(home.value("SELECT proto FROM flow"), hostile);
}

//! The raw formats of flows that other programs and clouds write. All samples here are synthetic.

use std::path::{Path, PathBuf};

use crate::home::{Home, Outcome, gzip};

const COLUMNS: &str = "SELECT treceived, tdur, sip, dip, sport, dport, proto, flag, ipkt, ibyt, opkt, obyt FROM flow \
                       ORDER BY flow_oa_id";

/// Ingests a text. Returns its format, and the rows.
fn ingested(text: &str) -> (String, Vec<String>) {
    let home = Home::new();
    home.write("flows", text);
    let summary = home.json(&["ingest", "flows"]);
    (summary[0]["format"].as_str().unwrap().to_owned(), home.rows(COLUMNS))
}

fn gives(format: &str, text: &str, rows: &[&str]) {
    let found = ingested(text);
    assert_eq!(
        (found.0.as_str(), found.1.iter().map(String::as_str).collect::<Vec<_>>()),
        (format, rows.to_vec()),
        "{text}"
    );
}

const ZEEK_HEADER: &str =
    "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n";

#[test]
fn a_log_of_zeek_may_be_rotated_within_a_file() {
    let text = format!(
        "{ZEEK_HEADER}#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\thistory\torig_pkts\torig_ip_bytes\n\
         1467972000.5\t192.0.2.1\t1025\t198.51.100.2\t443\ttcp\t1.5\tShADadFf\t3\t200\n#close\tx\n\
         {ZEEK_HEADER}#fields\tproto\tid.resp_h\tid.resp_p\tid.orig_h\tid.orig_p\tts\n\
         icmp\t198.51.100.2\t1\t192.0.2.1\t3\t1467972001\n#close\tx\n"
    );
    let rows = [
        "2016-07-08 10:00:02|1.5|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|3|200|0|0",
        "2016-07-08 10:00:01|0|192.0.2.1|198.51.100.2|0|769|ICMP|......|0|0|0|0",
    ];
    gives("zeek_conn", &text, &rows);
    let other = text.replacen("#path\tconn\n#fields\tproto", "#path\tdns\n#fields\tproto", 1);
    let home = Home::new();
    home.write("flows", &other);
    home.run(&["ingest", "flows"])
        .ends_with(65)
        .complains(&["flows:14: the header is that of the log \"dns\""]);
    assert_eq!(home.count("flow"), 0);
}

/// Of types that have an answer, Zeek has the type of the answer where others have the code, which is 0.
#[test]
fn icmp_of_zeek_has_its_code_and_its_version() {
    let line = |from: &str, kind: u8, other: u8, to: &str| {
        format!(
            "{{\"ts\":1467972000,\"id.orig_h\":\"{from}\",\"id.orig_p\":{kind},\"id.resp_h\":\"{to}\",\"id.resp_p\":{other},\
             \"proto\":\"icmp\",\"conn_state\":\"OTH\"}}\n"
        )
    };
    let text = [
        line("192.0.2.1", 13, 14, "192.0.2.2"),
        line("192.0.2.1", 3, 4, "192.0.2.2"),
        line("2001:db8::1", 128, 129, "2001:db8::2"),
        line("2001:db8::1", 1, 4, "2001:db8::2"),
    ];
    let rows = [
        "2016-07-08 10:00:00|0|192.0.2.1|192.0.2.2|0|3328|ICMP|......|0|0|0|0",
        "2016-07-08 10:00:00|0|192.0.2.1|192.0.2.2|0|772|ICMP|......|0|0|0|0",
        "2016-07-08 10:00:00|0|2001:db8::1|2001:db8::2|0|32768|ICMP6|......|0|0|0|0",
        "2016-07-08 10:00:00|0|2001:db8::1|2001:db8::2|0|260|ICMP6|......|0|0|0|0",
    ];
    gives("zeek_conn_json", &text.concat(), &rows);
}

#[test]
fn a_log_of_zeek_in_json_leaves_out_lines_of_other_logs() {
    let text = "{\"@stream\":\"dns\",\"ts\":1,\"uid\":\"x\"}\n\
                {\"ts\":\"2016-07-08T10:00:00.5Z\",\"id_orig_h\":\"2001:db8::1\",\"id_orig_p\":1025,\"id_resp_h\":\"2001:db8::2\",\
                \"id_resp_p\":53,\"proto\":\"udp\",\"conn_state\":\"SF\",\"orig_pkts\":1,\"orig_ip_bytes\":60}\n";
    let row = "2016-07-08 10:00:00|0|2001:db8::1|2001:db8::2|1025|53|UDP|......|1|60|0|0";
    gives("zeek_conn_json", text, &[row]);
}

#[test]
fn suricata_writes_flows_among_other_events() {
    let text = "{\"timestamp\":\"2016-07-08T12:00:09.000000+0200\",\"event_type\":\"stats\",\"stats\":{\"uptime\":1}}\n\
                {\"timestamp\":\"2016-07-08T12:00:09.000000+0200\",\"event_type\":\"flow\",\"src_ip\":\"192.0.2.1\",\
                \"src_port\":1025,\"dest_ip\":\"198.51.100.2\",\"dest_port\":443,\"proto\":\"TCP\",\"flow\":{\"pkts_toserver\":3,\
                \"pkts_toclient\":2,\"bytes_toserver\":200,\"bytes_toclient\":100,\"start\":\"2016-07-08T12:00:00.000000+0200\",\
                \"end\":\"2016-07-08T12:00:02.500000+0200\"},\"tcp\":{\"tcp_flags\":\"1f\",\"tcp_flags_ts\":\"1b\"}}\n";
    gives(
        "suricata_eve",
        text,
        &["2016-07-08 10:00:02|2.5|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|3|200|2|100"],
    );
}

#[test]
fn flow_logs_of_aws_have_their_fields_in_any_order_or_no_header() {
    let header = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action \
                  log-status";
    let records = "2 1 eni-1 192.0.2.1 198.51.100.2 1025 443 6 3 200 1467972000 1467972060 ACCEPT OK\n\
                   2 1 eni-1 - - - - - - - 1467972000 1467972060 - NODATA\n";
    let row = ["2016-07-08 10:01:00|60|192.0.2.1|198.51.100.2|1025|443|TCP|......|3|200|0|0"];
    gives("aws_vpc", &format!("{header}\n{records}"), &row);
    gives("aws_vpc", records, &row);
    // Files with other columns, one after the other.
    let other = "log-status end start dstaddr srcaddr protocol tcp-flags\nOK 1467972000 1467971999 192.0.2.1 198.51.100.2 17 -\n";
    let rows = [row[0], "2016-07-08 10:00:00|1|198.51.100.2|192.0.2.1|0|0|UDP|......|0|0|0|0"];
    gives("aws_vpc", &format!("{header}\n{records}{other}"), &rows);
}

/// A report of a flow by Google Cloud.
fn gcp(reporter: &str) -> String {
    format!(
        "{{\"jsonPayload\":{{\"bytes_sent\":\"200\",\"connection\":{{\"protocol\":6,\"src_ip\":\"192.0.2.1\",\"src_port\":1025,\
         \"dest_ip\":\"198.51.100.2\",\"dest_port\":443}},\"end_time\":\"2016-07-08T10:00:02.5Z\",\"packets_sent\":\"3\",\
         \"reporter\":\"{reporter}\",\"start_time\":\"2016-07-08T10:00:00Z\"}}}}\n"
    )
}

#[test]
fn an_option_keeps_one_of_two_reports_of_google_cloud() {
    let text = [gcp("SRC"), gcp("DEST")].concat();
    let row = "2016-07-08 10:00:02|2.5|192.0.2.1|198.51.100.2|1025|443|TCP|......|3|200|0|0";
    gives("gcp_vpc", &text, &[row, row]);
    let home = Home::new();
    home.write("flows", &text);
    home.does(&["ingest", "flows", "--option", "reporter=src"]);
    assert_eq!(home.rows(COLUMNS), [row]);
    for (option, complaint) in [
        ("reporter=both", "the option reporter of the format gcp_vpc is one of src, dest, not \"both\""),
        ("sampling=multiply", "the format gcp_vpc has no option \"sampling\"; it has reporter"),
        ("reporter", "expected NAME=VALUE"),
    ] {
        home.run(&["ingest", "flows", "--again", "--option", option]).ends_with(2).complains(&[complaint]);
    }
}

#[test]
fn an_option_multiplies_by_the_sampling_rate() {
    let text = "{\"type\":\"SFLOW_5\",\"sampling_rate\":100,\"sampler_address\":\"192.0.2.9\",\"time_flow_start_ns\":1467972000000000000,\
                \"time_flow_end_ns\":1467972001500000000,\"bytes\":1500,\"packets\":2,\"src_addr\":\"192.0.2.1\",\
                \"dst_addr\":\"198.51.100.2\",\"proto\":\"IPv6-ICMP\",\"src_port\":0,\"dst_port\":0,\"icmp_type\":128,\"icmp_code\":0}\n";
    let row =
        |counts| format!("2016-07-08 10:00:01|1.5|192.0.2.1|198.51.100.2|0|32768|ICMP6|......|{counts}|0|0");
    gives("goflow2", text, &[&row("2|1500")]);
    let home = Home::new();
    home.write("flows", text);
    home.does(&["ingest", "flows", "--option", "sampling=multiply"]);
    assert_eq!(home.rows(COLUMNS), [row("200|150000")]);
    let home = Home::new();
    home.write("flows", text);
    home.write("flow_oa.json", r#"{"formats": {"goflow2": {"sampling": "multiply"}}}"#);
    home.does(&["ingest", "flows"]);
    assert_eq!(home.rows(COLUMNS), [row("200|150000")]);
    for (formats, complaint) in [
        (
            r#"{"goflow": {"sampling": "multiply"}}"#,
            "no raw format \"goflow\"; those with options are gcp_vpc, goflow2",
        ),
        (
            r#"{"goflow2": {"sample": "multiply"}}"#,
            "formats: goflow2: the format goflow2 has no option \"sample\"",
        ),
        (r#"{"goflow2": {"sampling": "add"}}"#, "is one of multiply, not \"add\""),
    ] {
        home.write("flow_oa.json", format!("{{\"formats\": {formats}}}"));
        home.run(&["ingest", "flows", "--again"]).ends_with(78).complains(&[complaint]);
    }
}

#[test]
fn tuples_of_azure_are_texts_deep_in_a_document() {
    let nsg = "{\"records\":[{\"properties\":{\"Version\":1,\"flows\":[{\"rule\":\"r\",\"flows\":[{\"mac\":\"m\",\"flowTuples\":[\n\
               \"1467972000,192.0.2.1,198.51.100.2,1025,443,T,I,A\",\n\"1467972001,192.0.2.1,198.51.100.2,1026,53,U,I,D\"]}]}]}}]}";
    let rows = [
        "2016-07-08 10:00:00|0|192.0.2.1|198.51.100.2|1025|443|TCP|......|0|0|0|0",
        "2016-07-08 10:00:01|0|192.0.2.1|198.51.100.2|1026|53|UDP|......|0|0|0|0",
    ];
    gives("azure_nsg", nsg, &rows);
    let second = nsg.replace("T,I,A\"", "T,I,A,E,3,200,2,100\"").replace("U,I,D\"", "U,I,A,B,,,,\"");
    gives(
        "azure_nsg",
        &second,
        &["2016-07-08 10:00:00|0|192.0.2.1|198.51.100.2|1025|443|TCP|......|3|200|2|100"],
    );
    let vnet = "{\"records\":[{\"flowRecords\":{\"flows\":[{\"flowGroups\":[{\"rule\":\"r\",\"flowTuples\":[\
                \"1467972000500,192.0.2.1,198.51.100.2,1025,443,6,O,E,NX,3,200,2,100\"]}]}]}}]}";
    gives(
        "azure_vnet",
        vnet,
        &["2016-07-08 10:00:00|0|192.0.2.1|198.51.100.2|1025|443|TCP|......|3|200|2|100"],
    );
}

#[test]
fn nfdump_writes_json_as_a_list_or_line_by_line() {
    let object = "{\"type\":\"FLOW\",\"first\":\"2016-07-08T10:00:00.000\",\"last\":\"2016-07-08T10:00:02.500\",\
                  \"received\":\"2016-07-08T10:00:03.000\",\"in_packets\":3,\"in_bytes\":200,\"proto\":1,\"tcp_flags\":\"........\",\
                  \"icmp_type\":8,\"icmp_code\":0,\"src4_addr\":\"192.0.2.1\",\"dst4_addr\":\"198.51.100.2\"}";
    let row = "2016-07-08 10:00:03|2.5|192.0.2.1|198.51.100.2|0|2048|ICMP|......|3|200|0|0";
    gives("nfdump_json", &format!("{object}\n{object}\n"), &[row, row]);
    gives("nfdump_json", &format!("[\n{},\n{object}\n]\n", object.replace(',', ",\n\t")), &[row, row]);
}

#[test]
fn nfdumps_fast_csv_has_times_in_milliseconds() {
    let text = "cnt,af,firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,srcAS,dstAS,input,output,flags,srcTos,packets,\
                bytes\n1,2,1467972000000,1467972002500,6,192.0.2.1,1025,198.51.100.2,443,1,2,3,4,...AP.SF,0,3,200\n";
    gives(
        "nfdump_csv_fast",
        text,
        &["2016-07-08 10:00:02|2.5|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|3|200|0|0"],
    );
}

/// Names of a header that `-o csv-fast` has, too, with times as text, are read as what they are.
#[test]
fn nfdumps_own_columns_are_read_by_name() {
    let all = "routerIP,bytes,lastSeen,firstSeen,srcAddr,dstAddr,srcPort,dstPort,proto,flags,inPackets,outPackets,input,output,srcAS,dstAS\n\
               192.0.2.9,200,2016-07-08 10:00:02.500,2016-07-08 10:00:00.000,192.0.2.1,198.51.100.2,1025,443,6,...AP.SF,3,2,7,4294967295,64500,64501\n";
    gives(
        "nfdump_short",
        all,
        &["2016-07-08 10:00:02|2.5|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|3|200|2|0"],
    );
    let part = "firstSeen,lastSeen,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes\n";
    let rest = "6,192.0.2.1,1025,198.51.100.2,443,3,200\n";
    let row = "2016-07-08 10:00:02|2.5|192.0.2.1|198.51.100.2|1025|443|TCP|......|3|200|0|0";
    gives("nfdump_short", &format!("{part}2016-07-08 10:00:00.000,2016-07-08 10:00:02.500,{rest}"), &[row]);
    gives("nfdump_short", &format!("{part}1467972000.000,1467972002.500,{rest}"), &[row]);
    gives("nfdump_csv_fast", &format!("cnt,af,{part}1,2,1467972000000,1467972002500,{rest}"), &[row]);
    let home = Home::new();
    home.write("flows", all);
    home.does(&["ingest", "flows"]);
    assert_eq!(
        home.value("SELECT input || '|' || output || '|' || sas || '|' || rip FROM flow"),
        "7|4294967295|64500|192.0.2.9"
    );
}

#[test]
fn pmacct_has_the_columns_that_it_aggregates() {
    let row = "2016-07-08 10:00:00|0|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|3|200|0|0";
    let text = "PROTOCOL,SRC_IP,DST_IP,SRC_PORT,DST_PORT,TCP_FLAGS,TIMESTAMP_START,TIMESTAMP_END,BYTES,PACKETS\n\
                tcp,192.0.2.1,198.51.100.2,1025,443,27,2016-07-08 10:00:00.5,0000-00-00 00:00:00.000000,200,3\n";
    gives("pmacct", text, &[row]);
    let text = "{\"event_type\":\"purge_init\",\"writer_id\":\"x\"}\n{\"event_type\":\"purge\",\"ip_src\":\"192.0.2.1\",\
                \"ip_dst\":\"198.51.100.2\",\"port_src\":1025,\"port_dst\":443,\"tcp_flags\":\"27\",\"ip_proto\":\"tcp\",\
                \"timestamp_start\":\"2016-07-08 10:00:00.5\",\"timestamp_end\":\"0000-00-00 00:00:00\",\"packets\":3,\"bytes\":200}\n";
    gives("pmacct_json", text, &[row]);
}

#[test]
fn argus_is_separated_by_commas_or_tabs() {
    let text = "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,SrcBytes\n\
                2016/07/08 10:00:00.5,2.5,tcp,192.0.2.1,1025,->,198.51.100.2,443,FSPA_FSPA,0,,5,300,200\n\
                2016-07-08+10:00:00,,icmp,192.0.2.1,0x0103,->,198.51.100.2,0xc0cb,URH,0,,1,90,90\n\
                2016/07/08 10:00:00,1,arp,192.0.2.1,,who,198.51.100.2,,INT,,,2,84,84\n\
                2016/07/08 10:00:00,1,llc,00:00:5e:00:53:01,,->,00:00:5e:00:53:02,,INT,,,2,84,84\n";
    let rows = [
        "2016-07-08 10:00:03|2.5|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|5|200|0|100",
        "2016-07-08 10:00:00|0|192.0.2.1|198.51.100.2|0|769|ICMP|......|1|90|0|0",
    ];
    gives("argus", text, &rows);
    gives("argus_tab", &text.replace(',', "\t"), &rows);
}

#[test]
fn rwcut_of_silk_pads_its_columns_and_ends_lines_with_a_bar() {
    let text = "         sIP|          dIP|sPort|dPort|pro|packets|bytes|   flags|                  sTime| duration|                  eTime|sen|\n\
                   192.0.2.1| 198.51.100.2| 1025|  443|  6|      3|  200|FS PA   |2016/07/08T10:00:00.000|    2.500|2016/07/08T10:00:02.500| S0|\n";
    gives(
        "silk_rwcut",
        text,
        &["2016-07-08 10:00:02|2.5|192.0.2.1|198.51.100.2|1025|443|TCP|.AP.SF|3|200|0|0"],
    );
}

#[test]
fn columns_of_nfdump_and_of_hive_are_found_by_their_names() {
    let text = "da,sa,te,ts,pr,ibyt,ipkt,xyz,sp\n198.51.100.2,192.0.2.1,2016-07-08 10:00:02,2016-07-08 10:00:00,TCP,200,3,?,1025\n";
    let row = "2016-07-08 10:00:02|0|192.0.2.1|198.51.100.2|1025|0|TCP|......|3|200|0|0";
    gives("nfdump", text, &[row]);
    let text = "flow.dip,flow.sip,flow.treceived,flow.PROTO,flow.ibyt,flow.ipkt,flow.sport\n\
                198.51.100.2,192.0.2.1,2016-07-08 10:00:02,TCP,200,3,1025\n";
    gives("spot_flow", text, &[row]);
}

#[test]
fn json_is_recognized_when_compressed_and_from_standard_input() {
    let home = Home::new();
    let mut command = home.command(&["ingest", "-"]);
    Outcome::of(command.write_stdin(gzip(format!("\u{feff}{}", gcp("SRC")).as_bytes()))).ends_with(0);
    assert_eq!(home.count("flow"), 1);
}

#[test]
fn a_table_that_a_client_drew_is_refused_with_the_options_of_an_export() {
    let home = Home::new();
    home.write(
        "flows",
        "+---+---+\n| treceived | unix_tstamp |\n+---+---+\n| 2016-07-08 10:00:00 | 1467972000 |\n",
    );
    home.run(&["ingest", "flows"])
        .ends_with(65)
        .complains(&["flows:1: this is a table", "--outputformat=csv2"]);
}

#[test]
fn a_file_that_fits_no_format_is_told_which_is_nearest() {
    let home = Home::new();
    home.write("columns", "srcaddr dstaddr protocol start bytes\n192.0.2.1 198.51.100.2 6 1 1\n");
    home.write("keys", "{\"ip_src\":\"192.0.2.1\",\"ip_dst\":\"198.51.100.2\",\"packets\":1,\"bytes\":1}\n");
    home.write("twice", "ts,te,sa,sa,da,pr\n1,2,3,4,5,6\n");
    for (file, complaint) in [
        ("columns", "the nearest format is aws_vpc, but these are missing: end"),
        ("keys", "the nearest format is pmacct_json, but these are missing: ip_proto, timestamp_start"),
        ("twice", "the nearest format is nfdump, but the header has `sa` twice"),
    ] {
        home.run(&["ingest", file]).ends_with(65).complains(&[complaint]);
    }
    assert_eq!(home.count("flow"), 0);
}

fn folder_of_formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/flow/sources")
}

/// A format that this program was not built with.
const PROBE: &str = r#"{
  "source": "probe",
  "description": "What a probe writes: JSON with nested keys.",
  "text": {"json": {"each": "flows"}},
  "nulls": ["none"],
  "columns": {
    "treceived": {"time": {"of": "flows.when", "form": "%d.%m.%Y %H:%M:%S"}},
    "tdur": {"scale": {"of": "flows.took", "by": 0.001}},
    "sip": "flows.from.ip", "dip": "flows.to.ip", "dport": "flows.to.port", "proto": {"value": "TCP"},
    "ibyt": {"subtract": {"of": "flows.all", "less": "flows.back"}}, "obyt": "flows.back"
  }
}
"#;

#[test]
fn a_format_is_added_by_json_alone_recognized_read_and_compared() {
    let home = Home::bare();
    home.write("probe.json", PROBE);
    home.write(
        "sample",
        "{\"site\":\"x\",\"flows\":[{\"when\":\"08.07.2016 10:00:00\",\"took\":1500,\"from\":{\"ip\":\"192.0.2.1\"},\
         \"to\":{\"ip\":\"198.51.100.2\",\"port\":\"none\"},\"all\":300,\"back\":100,\"colour\":\"red\"}]}\n",
    );
    home.write(
        "good.csv",
        "tdur,sip,dport,flag,ibyt,treceived\n1.5004,192.0.2.1,0,......,200,2016-07-08 10:00:00\n",
    );
    home.write("bad.csv", "sip,ibyt\n192.0.2.1,201\n192.0.2.1,200\n");
    let test = |expected: &str| home.run(&["format", "test", "probe.json", "sample", expected]);
    test("good.csv").ends_with(0).says(&[
        "recognized as probe (pipeline flow)",
        "not read: flows.colour",
        "the rows are as expected",
    ]);
    test("bad.csv")
        .ends_with(65)
        .says(&["expected 2 rows, found 1", "row 1: ibyt: expected \"201\", found \"200\""]);
    home.write("other.csv", "nothing\n1\n");
    test("other.csv").ends_with(65).complains(&["other.csv: `nothing` is not a column of flow"]);
    home.write("probe.json", PROBE.replace("\"obyt\"", "\"obytes\""));
    test("good.csv")
        .ends_with(65)
        .complains(&["probe.json: the format cannot be used", "`flow` has no column `obytes`"]);
}

#[test]
fn a_format_like_another_one_is_said_to_be_ambiguous() {
    let home = Home::bare();
    let text = std::fs::read_to_string(folder_of_formats().join("gcp_vpc.json")).unwrap();
    let text = text.replace("\"gcp_vpc\"", "\"gcp_again\"");
    home.write("gcp_again.json", text.replace("\"ibyt\":", "\"sas\": \"jsonPayload.as\", \"ibyt\":"));
    home.write("flows", gcp("SRC"));
    home.does(&["format", "test", "gcp_again.json", "flows"]).says(&["it fits gcp_again, gcp_vpc"]);
}

#[test]
fn every_format_is_short() {
    for entry in std::fs::read_dir(folder_of_formats()).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let is_own = text.lines().count() <= 40 && text.lines().all(|line| line.chars().count() <= 120);
        // The output format of nfdump is a single long argument.
        assert!(is_own || path.ends_with("nfcapd.json"), "{}", path.display());
    }
}

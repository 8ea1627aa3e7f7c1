//! Ingest of DNS responses and proxy requests: which fields of each raw format are stored, and which records are skipped.

use crate::home::Home;

/// The columns of Spot's table of DNS responses.
const DNS: &str = "frame_time,unix_tstamp,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class,dns_qry_type,dns_qry_rcode,dns_a";

/// The columns of Spot's table of proxy requests.
const PROXY: &str = "p_date,p_time,clientip,host,reqmethod,useragent,resconttype,duration,username,authgroup,exceptionid,\
    filterresult,webcat,referer,respcode,action,urischeme,uriport,uripath,uriquery,uriextension,serverip,scbytes,\
    csbytes,virusid,bcappname,bcappoper,fulluri";

/// The fields of Blue Coat's main format.
const BLUE_COAT: &str = "date time time-taken c-ip cs-username cs-auth-group x-exception-id sc-filter-result cs-categories \
    cs(Referer) sc-status s-action cs-method rs(Content-Type) cs-uri-scheme cs-host cs-uri-port cs-uri-path \
    cs-uri-query cs-uri-extension cs(User-Agent) s-ip sc-bytes cs-bytes x-virus-id x-bluecoat-application-name \
    x-bluecoat-application-operation";

/// Ingests a text. Returns the format, and the numbers of records that were read, stored and skipped.
fn ingested(home: &Home, pipeline: &str, text: &str) -> (String, [u64; 3]) {
    home.write("raw", text);
    let summary = &home.json(&["ingest", "-t", pipeline, "raw"])[0];
    assert_eq!(summary["pipeline"], pipeline);
    let format = summary["format"].as_str().unwrap().to_owned();
    (format, ["read", "stored", "skipped"].map(|key| summary[key].as_u64().unwrap()))
}

/// All rows of a raw table, in their order, without the columns that number them.
fn rows_of(home: &Home, columns: &str, table: &str) -> Vec<String> {
    home.rows(&format!("SELECT {columns}, y, m, d, h FROM {table} ORDER BY flow_oa_id"))
}

#[test]
fn spots_table_of_dns_is_known_with_and_without_its_partition_which_is_never_trusted() {
    let line = "Feb 29 2024 23:59:59.9 UTC,1709251199,90,192.0.2.07,2001:DB8::1,\"a,b.Example\",0x0001,28,3,";
    for (header, end) in [("", ""), (",y,m,d,h", ",2001,2,3,4")] {
        let home = Home::new();
        let found = ingested(&home, "dns", &format!("{DNS}{header}\n{line}{end}\n"));
        assert_eq!(found, ("spot_dns".to_owned(), [2, 1, 1]));
        assert_eq!(
            rows_of(&home, DNS, "dns"),
            [
                "Feb 29 2024 23:59:59.9 UTC|1709251199|90|192.0.2.7|2001:db8::1|a,b.Example|0x0001|28|3||2024|2|29|23"
            ]
        );
    }
}

/// What tshark prints: a name, no name, no address, a name in upper case without an address in the answer.
fn tshark(what: &str) -> String {
    format!(
        "frame.time,frame.time_epoch,frame.len,ip.src,ip.dst,dns.{what}.name,dns.{what}.type,dns.{what}.class,\
         dns.flags.rcode,dns.a
Feb 29, 2024 10:00:00.861976000 UTC,1709200800.861976000,249,198.51.100.53,192.0.2.5,www.example.com,1,0x0001,0,\
         203.0.113.7
Feb 29, 2024 10:00:01.000000000 UTC,1709200801.000000000,114,192.0.2.4,224.0.0.251,,,,0,192.0.2.4
Feb 29, 2024 10:00:02.000000000 UTC,1709200802.000000000,134,,,_x._tcp.local,1,0x0001,0,
Feb  1, 2024 10:00:03.999999999 UTC,1706781603.999999999,70,198.51.100.53,192.0.2.5,WPAD.local,28,0x00fe,3,
"
    )
}

#[test]
fn tsharks_fields_are_known_by_their_header_and_records_without_a_name_or_an_address_are_skipped() {
    for (what, format) in [("qry", "tshark_dns"), ("resp", "tshark_dns_answers")] {
        let home = Home::new();
        assert_eq!(ingested(&home, "dns", &tshark(what)), (format.to_owned(), [5, 2, 3]));
        assert_eq!(
            rows_of(&home, DNS, "dns"),
            [
                "Feb 29 2024 10:00:00.861976000 UTC|1709200800|249|192.0.2.5|198.51.100.53|www.example.com|0x0001|1|0|\
                 203.0.113.7|2024|2|29|10",
                "Feb  1 2024 10:00:03.999999999 UTC|1706781603|70|192.0.2.5|198.51.100.53|WPAD.local|0x00fe|28|3||\
                 2024|2|1|10",
            ]
        );
    }
}

#[test]
fn a_bad_record_of_tshark_is_reported_with_its_line_and_its_field() {
    let home = Home::new();
    home.write("raw", tshark("qry").replace("1706781603.9", "17067816o3.9"));
    home.run(&["ingest", "-t", "dns", "raw"]).ends_with(65).complains(&[
        "raw:5: column 3 (frame.time_epoch): expected a number of at most 64 bits, found \"17067816o3.999999999\"",
    ]);
}

#[test]
fn spots_table_of_proxy_requests_is_known_and_its_partition_is_never_trusted() {
    let line = "2024-02-29,7:11:11,192.0.2.07,www.example.com:8080,GET,\"a \"\"b\"\", c\",text/html,50,-,-,-,OBSERVED,\
                A;B,-,0,TCP_NC_MISS,http,8080,/a,?q=1,-, - ,9223372036854775807,0,-,none,none,other";
    for (header, end) in [("", ""), (",y,m,d,h", ",2001,2,3,4")] {
        let home = Home::new();
        let found = ingested(&home, "proxy", &format!("{PROXY}{header}\n{line}{end}\n"));
        assert_eq!(found, ("spot_proxy".to_owned(), [2, 1, 1]));
        assert_eq!(
            rows_of(&home, PROXY, "proxy"),
            [
                "2024-02-29|7:11:11|192.0.2.7|www.example.com:8080|GET|a \"b\", c|text/html|50|-|-|-|OBSERVED|A;B|-|0|\
                 TCP_NC_MISS|http|8080|/a|?q=1|-|-|9223372036854775807|0|-|none|none|other|2024|2|29|7"
            ]
        );
    }
}

#[test]
fn a_log_of_blue_coat_is_known_by_its_header_or_its_first_record() {
    let comments = format!("#Software: SGOS\n#Fields: {BLUE_COAT}\n#Remark: 0 \"proxy\n");
    let records = "2024-02-29 10:00:00 50 192.0.2.7 - - - OBSERVED \"A;B C\" -  200 TCP_NC_MISS GET text/html http \
                   www.example.com 80 /a%20b ?q=\"x\",y htm \"Agent  (a, \"\"b\"\")\" 203.0.113.9 1024 99 - \"none\" \
                   \"none\"
2024-02-29 10:00:01 0 192.0.2.7 - - - DENIED - http://example.org/ 503 TCP_ERR_MISS CONNECT - tcp www.example.net \
                   443 / - - - - 0 0 - none none
";
    for (comments, skipped) in [(comments.as_str(), 3), ("", 0)] {
        let home = Home::new();
        let found = ingested(&home, "proxy", &format!("{comments}{records}"));
        assert_eq!(found, ("bluecoat".to_owned(), [2 + skipped, 2, skipped]));
        assert_eq!(
            rows_of(&home, PROXY, "proxy"),
            [
                "2024-02-29|10:00:00|192.0.2.7|www.example.com|GET|Agent  (a, \"b\")|text/html|50|-|-|-|OBSERVED|A;B C|-|\
                 200|TCP_NC_MISS|http|80|/a%20b|?q=\"x\",y|htm|203.0.113.9|1024|99|-|none|none|\
                 www.example.com/a%20b?q=\"x\",y|2024|2|29|10",
                "2024-02-29|10:00:01|192.0.2.7|www.example.net|CONNECT|-|-|0|-|-|-|DENIED|-|http://example.org/|503|\
                 TCP_ERR_MISS|tcp|443|/|-|-|-|0|0|-|none|none|www.example.net|2024|2|29|10",
            ]
        );
    }
}

/// A record of Blue Coat's main format.
const REQUEST: &str = "2024-02-29 10:00:01 0 192.0.2.7 - - - DENIED - http://example.org/ 503 TCP_ERR_MISS CONNECT - tcp \
    www.example.net 443 / - - - - 0 0 - none none\n";

/// Blue Coat's main format with two columns exchanged.
fn exchanged() -> String {
    BLUE_COAT.replace("date time time-taken", "date time-taken time")
}

#[test]
fn a_named_format_does_not_read_a_log_with_another_header() {
    let home = Home::new();
    let other = exchanged();
    home.write("raw", format!("#Software: SGOS\n#Fields: {other}\n{REQUEST}"));
    home.run(&["ingest", "--format", "bluecoat", "raw"]).ends_with(65).complains(&[
        "raw: the columns of the file are not those of bluecoat",
        "expected 27 columns, date,time,time-taken,c-ip",
        "found 27 columns, date,time-taken,time,c-ip",
    ]);
    home.write("raw", format!("#Fields: {other}\n#Fields: {BLUE_COAT}\n{REQUEST}"));
    home.does(&["ingest", "--format", "bluecoat", "raw"]);
}

#[test]
fn a_log_whose_columns_change_is_refused_at_the_line_of_the_change() {
    let home = Home::new();
    let other = exchanged();
    let quoted = REQUEST.replace("DENIED - ", "DENIED \"a\n#Fields: b\n\" ");
    let same = format!("#Fields: {BLUE_COAT}\n{quoted}\n# Fields:  {BLUE_COAT}\r\n{REQUEST}");
    home.write("raw", format!("{same}#Fields: {other}\n#Fields: {BLUE_COAT}\n{REQUEST}#Fields: {other}\n"));
    let summary = &home.json(&["ingest", "raw"])[0];
    assert_eq!(summary["stored"], 3, "{summary}");
    home.write("raw", format!("{same}#Remark: restarted\n#Fields: {other}\n{REQUEST}"));
    let refused = home.run(&["ingest", "raw", "--max-rejects", "9"]).ends_with(65).complains(&[
        "raw:9: the columns of the log change",
        "found 27 columns, date,time-taken,time,c-ip",
        "to another file",
    ]);
    assert!(!refused.err.contains("damaged"), "{}", refused.err);
}

#[test]
fn files_of_tshark_may_be_concatenated() {
    for what in ["qry", "resp"] {
        let home = Home::new();
        let found = ingested(&home, "dns", &tshark(what).repeat(2));
        assert_eq!(found.1, [10, 4, 6], "{what}");
    }
}

#[test]
fn a_rejected_record_of_a_log_is_corrected_and_read_again() {
    let home = Home::new();
    let bad = REQUEST.replace("2024-02-29", "2024-02-30").replace("DENIED - ", "DENIED \"A;B  C\" ");
    home.write("raw", format!("#Fields: {BLUE_COAT}\n{REQUEST}{bad}"));
    let summary = &home.json(&["ingest", "--max-rejects", "1", "raw"])[0];
    let kept = summary["rejects_file"].as_str().unwrap();
    let mut kept = csv::Reader::from_path(home.path(kept)).unwrap();
    let rejected = kept.records().next().unwrap().unwrap();
    assert!(
        rejected[2].starts_with("2024-02-30 10:00:01 0 192.0.2.7 - - - DENIED \"A;B  C\" "),
        "{rejected:?}"
    );
    home.write("corrected", rejected[2].replace("02-30", "02-29"));
    assert_eq!(home.json(&["ingest", "corrected"])[0]["stored"], 1);
    let webcat = home.rows("SELECT webcat FROM proxy ORDER BY flow_oa_id");
    assert_eq!(webcat, ["-", "A;B  C"]);
}

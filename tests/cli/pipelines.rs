//! The three pipelines beside each other: which one a command takes, what it needs, and what analysts do with DNS responses
//! and proxy requests.

use serde_json::json;

use super::home::{DAY, Home, flow, result, results_of};

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema");

const DNS: &str = "frame_time,unix_tstamp,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class,dns_qry_type,dns_qry_rcode,dns_a
Jul  8 2016 10:00:01 UTC,1467972001,90,10.0.0.1,10.0.0.53,a.Example.com,0x0001,1,0,192.0.2.1
Jul  8 2016 10:59:59 UTC,1467975599,90,10.0.0.2,10.0.0.53,a.Example.com,0x0001,1,0,192.0.2.1
Jul  8 2016 11:00:00 UTC,1467975600,90,10.0.0.2,10.0.0.53,a.Example.com,0x0001,1,3,
Jul  8 2016 10:00:02 UTC,1467972002,80,10.0.0.1,10.0.0.53,b.example.net,0x0001,16,0,
Jul  8 2016 10:00:02 UTC,1467972002,80,10.0.0.1,10.0.0.53,b.example.net,0x0001,16,0,
";

const DNS_RESULTS: &str =
    "Jul  8 2016 10:00:01 UTC\t1467972001\t90\t10.0.0.1\ta.Example.com\t0x0001\t1\t0\t1.5E-8
Jul  8 2016 10:00:02 UTC\t1467972002\t80\t10.0.0.1\tb.example.net\t0x0001\t16\t0\t0.25
";

const PROXY_HEADER: &str = "p_date,p_time,clientip,host,reqmethod,useragent,resconttype,duration,username,authgroup,exceptionid,\
     filterresult,webcat,referer,respcode,action,urischeme,uriport,uripath,uriquery,uriextension,serverip,scbytes,csbytes,\
     virusid,bcappname,bcappoper,fulluri";

fn request(time: &str, client: &str, status: &str, url: &str, referer: &str) -> String {
    let (host, path) = url.split_once('/').unwrap();
    format!(
        "2016-07-08,{time},{client},{host},GET,agent,text/html,7,-,-,-,-,none,{referer},{status},-,http,80,/{path},-,-,-,\
         100,10,-,-,-,{url}\n"
    )
}

fn proxy_results() -> String {
    "2016-07-08\t7:11:11\t10.0.0.1\tgood.example\tGET\tagent\ttext/html\t7\t-\tnone\t-\t404\t80\t/a\t-\t-\t100\t10\t\
     good.example/a\tword\t1e-9\n"
        .to_owned()
}

/// A home with a day of DNS responses and of proxy requests, both run.
fn home() -> Home {
    let home = Home::bare();
    home.write("context/networkcontext_1.csv", "10.0.0.0/8,office\n10.0.0.1,desk\n");
    home.write("context/reputation.csv", "name,label,value\nA.example.COM,HIGH,3\ngood.example/a,LOW,1\n");
    home.write("class.csv", "Decimal,Hexadecimal,Name\n1,0x00000001,Internet\n");
    home.write("type.csv", "TYPE,Value\nA,1\n");
    home.write("rcode.csv", "RCODE,Name\n0,NoError\n0,Other\n3,NXDomain\n");
    home.write("http.csv", "CODE,DESCRIPTION\n200,OK\n404,Not Found\n");
    let codes = json!({
        "dns_qry_class": "class.csv", "dns_qry_type": "type.csv", "dns_qry_rcode": "rcode.csv",
        "proxy_http_rcode": "http.csv"
    });
    home.write("flow_oa.json", json!({"context": {"codes": codes}}).to_string());
    home.write("dns.csv", DNS);
    home.write(&results_of(DAY).replace("flow", "dns"), DNS_RESULTS);
    let requests = [
        request("7:11:11", "10.0.0.1", "404", "good.example/a", "-"),
        request("07:59:59", "10.0.0.1", "200", "good.example/a", "other.example/"),
        request("08:00:00", "10.0.0.1", "200", "good.example/a", "-"),
        request("07:12:00", "10.0.0.2", "200", "good.example/a", "-"),
        request("07:13:00", "10.0.0.2", "200", "third.example/b", "good.example/a"),
    ];
    home.write("proxy.csv", format!("{PROXY_HEADER}\n{}", requests.concat()));
    home.write(&results_of(DAY).replace("flow", "proxy"), proxy_results());
    home.does(&["init"]);
    home.does(&["ingest", "dns.csv", "proxy.csv"]);
    home.does(&["run", "-t", "dns", "-d", DAY]);
    home.does(&["run", "-t", "proxy", "-d", DAY]);
    home
}

#[test]
fn a_database_of_the_previous_release_runs_flow_without_init() {
    let home = Home::with_a_day();
    home.has_results(&[result("2016-07-08 10:00:00", "10.0.0.1", "10.0.0.2", "0.5")]);
    let others = home.rows(
        "SELECT 'DROP TABLE ' || name || ';' FROM sqlite_schema WHERE type = 'table' AND (name LIKE 'dns%' OR name LIKE \
         'proxy%')",
    );
    assert_eq!(others.len(), 15);
    home.sql(&others.concat());
    home.runs_day();
    home.has_flows(&[flow("2016-07-08 11:00:00", "10.0.0.1", "10.0.0.3", 10)]);
    let doctor = home.does(&["doctor", "-d", DAY]);
    assert!(doctor.out.contains("dns: not set up; `flow-oa init` creates its tables"), "{}", doctor.out);
    home.run(&["query", "suspicious", "--rows", "-t", "dns", "-d", DAY])
        .ends_with(78)
        .complains(&["dns_scores: the table is missing", "flow-oa init"]);
    home.does(&["init"]);
    home.does(&["query", "suspicious", "--rows", "-t", "dns", "-d", DAY]);
}

#[test]
fn a_pipeline_depends_on_its_own_schema_files_only() {
    let home = Home::with_a_day();
    home.has_results(&[result("2016-07-08 10:00:00", "10.0.0.1", "10.0.0.2", "0.5")]);
    home.does(&["schema", "export", "schema"]);
    home.write("schema/dns/dns_config.json", "{");
    home.runs_day();
    home.run(&["query", "suspicious", "--rows", "-d", DAY]).ends_with(0);
    home.write(&results_of(DAY).replace("flow", "dns"), DNS_RESULTS);
    home.run(&["run", "-t", "dns", "-d", DAY]).ends_with(78).complains(&["dns/dns_config.json"]);
}

#[test]
fn the_setting_overrides_the_default_pipeline() {
    let home = home();
    home.write("flow_oa.json", r#"{"pipeline": "dns"}"#);
    assert_eq!(home.json(&["query", "suspicious", "--rows", "-d", DAY])["table"], "dns_scores");
    // A raw file shows its pipeline itself.
    let ingested = home.json(&["ingest", "--again", "proxy.csv"]);
    assert_eq!(ingested[0]["pipeline"], "proxy");
    home.write("flow_oa.json", "{}");
    assert_eq!(home.json(&["query", "suspicious", "--rows", "-d", DAY])["table"], "flow_scores");
}

#[test]
fn spots_configurations_load_with_warnings_for_other_names() {
    let home = Home::bare();
    for name in ["dns", "proxy"] {
        for entry in ["tables", "sources"].map(|folder| format!("{SCHEMA}/{name}/{folder}")) {
            for file in std::fs::read_dir(entry).unwrap() {
                let path = file.unwrap().path();
                let place = path.strip_prefix(SCHEMA).unwrap();
                home.write(&format!("schema/{}", place.display()), std::fs::read(&path).unwrap());
            }
        }
    }
    home.write(
        "schema/dns/dns_config.json",
        r#"{"dns_results_fields": {"frame_time": 0, "unix_tstamp": 1, "frame_len": 2, "ip_dst": 3, "dns_qry_name": 4,
            "dns_qry_class": 5, "dns_qry_type": 6, "dns_qry_rcode": 7, "score": 8},
          "column_indexes_filter": [0, 1, 2, 3, 4, 5, 6, 7, 8],
          "dns_score_fields": {"frame_time": 0, "unix_tstamp": 1, "frame_len": 2, "ip_dst": 3, "dns_qry_name": 4,
            "dns_qry_class": 5, "dns_qry_type": 6, "dns_qry_rcode": 7, "score": 8, "tld": 9, "query_rep": 10, "hh": 11,
            "dns_qry_class_name": 12, "dns_qry_type_name": 13, "dns_qry_rcode_name": 14, "network_context": 15},
          "add_reputation": {"query_rep": 4}}"#,
    );
    let fields: Vec<&str> =
        "p_date p_time clientip host reqmethod useragent resconttype duration username webcat referer \
                             respcode uriport uripath uriquery serverip scbytes csbytes fulluri word score"
            .split_whitespace()
            .collect();
    let numbered = |names: &[&str]| -> serde_json::Map<String, serde_json::Value> {
        names.iter().zip(0..).map(|(name, at)| ((*name).to_owned(), json!(at))).collect()
    };
    let scored = [&fields[..], &["uri_rep", "respcode_name", "network_context"]].concat();
    let config = json!({
        "proxy_results_fields": numbered(&fields),
        "column_indexes_filter": (0..21).collect::<Vec<_>>(),
        "proxy_score_fields": numbered(&scored),
        "add_reputation": {"fulluri": 18}
    });
    home.write("schema/proxy/proxy_config.json", config.to_string());
    let checked = home.does(&["check"]);
    assert!(checked.out.contains("column 8 of `dns_scores` is called `ml_score`"), "{}", checked.out);
    let json = home.json(&["check"]);
    let warned: Vec<&str> = json["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["path"].as_str().unwrap())
        .collect();
    assert_eq!(
        warned,
        [
            "/dns_score_fields/score",
            "/proxy_score_fields/p_date",
            "/proxy_score_fields/p_time",
            "/proxy_score_fields/score"
        ]
    );
    assert_eq!(json["faults"], json!([]));
}

#[test]
fn dns_answers_have_context_and_the_rows_behind_them() {
    let home = home();
    assert_eq!(
        home.rows(
            "SELECT ml_score, tld, query_rep, hh, dns_qry_class_name, dns_qry_type_name, dns_qry_rcode_name, \
             network_context, rank FROM dns_scores ORDER BY rank"
        ),
        [
            "0.000000015|example.com|list:HIGH:3|10|Internet|A|NoError|desk|0",
            "0.25|example.net||10|Internet|Unknown (16)|NoError|desk|1",
        ]
    );
    // The same name, as it is written, by any client and in the same hour; equal rows are different rows.
    assert_eq!(
        home.rows(
            "SELECT unix_tstamp, ip_dst, dns_qry_type_name, network_context FROM dns_edge ORDER BY 1, 2"
        ),
        [
            "1467972001|10.0.0.1|A|desk",
            "1467972002|10.0.0.1|Unknown (16)|desk",
            "1467972002|10.0.0.1|Unknown (16)|desk",
            "1467975599|10.0.0.2|A|office",
        ]
    );
    assert_eq!(home.count("dns_dendro"), 2);
    let behind = home.json(&["query", "details", "-t", "dns", "-d", DAY, "--rank", "0"]);
    assert_eq!(behind["rows"].as_array().unwrap().len(), 2, "{behind}");
    let explained = home.does(&["explain-row", "-t", "dns", "-d", DAY, "--rank", "0"]);
    assert!(explained.out.contains("line 2: A.example.COM"), "{}", explained.out);
}

/// The cells of an answer in CSV, without its header.
fn cells(csv: &str) -> Vec<Vec<&str>> {
    csv.lines().skip(1).map(|line| line.split(',').collect()).collect()
}

#[test]
fn names_and_urls_are_found_by_the_role_of_their_column() {
    let home = home();
    let asked = |more: &[&str]| {
        home.does(&[&["query"], more, &["-d", DAY, "--output", "csv"]].concat()).out.replace("\r\n", "\n")
    };
    let names = asked(&["investigate", "b.example.net", "-t", "dns"]);
    assert!(
        names.starts_with("source,destination,service,subject,first_seen,last_seen,connections,"),
        "{names}"
    );
    assert_eq!(
        cells(&names).iter().map(|row| [row[0], row[2], row[6]]).collect::<Vec<_>>(),
        [["10.0.0.1", "16", "2"]]
    );
    let client = asked(&["investigate", "10.0.0.2", "-t", "dns"]);
    assert_eq!(
        cells(&client).iter().map(|row| [row[0], row[4], row[5], row[8]]).collect::<Vec<_>>(),
        [["10.0.0.53", "1", "a.Example.com", "2"]]
    );
    let host = asked(&["investigate", "third.example", "-t", "proxy"]);
    assert_eq!(cells(&host).len(), 1, "{host}");
    let url = asked(&["investigate", "good.example/a", "-t", "proxy"]);
    assert_eq!(cells(&url).len(), 2, "{url}");
    let rows = asked(&["suspicious", "--rows", "--subject", "b.example.net", "-t", "dns"]);
    assert_eq!(cells(&rows).len(), 1, "{rows}");
    let flows = home.run(&["query", "investigate", "b.example.net", "-d", DAY]).ends_with(2);
    assert!(flows.err.contains("no column of flow has the role `subject`"), "{}", flows.err);

    home.does(&["score", "-t", "dns", "-d", DAY, "--subject", "b.example.net", "-s", "high"]);
    home.does(&["score", "-t", "dns", "-d", DAY, "--src", "10.0.0.1", "--service", "1", "-s", "low"]);
    let scored = home.rows("SELECT dns_qry_name, dns_sev FROM dns_threat_investigation ORDER BY 1");
    assert_eq!(scored, ["a.Example.com|3", "b.example.net|1"]);
    let ports = home.run(&["score", "-t", "dns", "-d", DAY, "--dport", "53", "-s", "low"]).ends_with(2);
    assert!(ports.err.contains("no column of dns_scores has the role `destination_port`"), "{}", ports.err);
}

/// The program reads the values that it looks up in pages of 65,536.
#[test]
fn context_reaches_every_row_however_many_clients_there_are() {
    const CLIENTS: u32 = 70_000;
    let home = home();
    let header = DNS.lines().next().unwrap();
    let client = |n: u32| format!("10.{}.{}.{}", 1 + n / 65_536, n / 256 % 256, n % 256);
    let asked = |n| {
        let client = client(n);
        format!("t,1467972003,90,{client},10.0.0.53,a.Example.com,0x0001,{},0,\n", n % 2)
    };
    home.write("many.csv", format!("{header}\n{}", (0..CLIENTS).map(asked).collect::<String>()));
    home.does(&["ingest", "many.csv"]);
    home.does(&["run", "-t", "dns", "-d", DAY]);
    let found = home.rows(
        "SELECT count(*), sum(network_context = 'office'), sum(dns_qry_type_name = 'A'), \
         sum(dns_qry_type_name = 'Unknown (0)') FROM dns_edge WHERE unix_tstamp = 1467972003",
    );
    assert_eq!(found, ["70000|70000|35000|35000"]);
}

#[test]
fn a_row_may_have_several_severities() {
    let home = home();
    let score = |rank: &str, severity: &str| {
        home.run(&["score", "-t", "dns", "-d", DAY, "--rank", rank, "-s", severity, "--by", "ann", "--yes"])
    };
    score("0", "dns=low").ends_with(0);
    score("1", "high").ends_with(0);
    let severities = "SELECT dns_qry_name, ip_sev, dns_sev FROM dns_threat_investigation ORDER BY 1";
    assert_eq!(home.rows(severities), ["a.Example.com|0|3", "b.example.net|1|1"]);
    score("0", "url=low").ends_with(2).complains(&["no severity \"url\"; it has ip, dns"]);
    let json = home.json(&["query", "threats", "-t", "dns", "-d", DAY]);
    assert_eq!(json["rows"][0][2], "b.example.net", "a severity that was not given comes last: {json}");
    // Among several severities, the highest of a row counts.
    score("0", "ip=low").ends_with(0);
    score("1", "dns=high").ends_with(0);
    let json = home.json(&["query", "threats", "-t", "dns", "-d", DAY]);
    assert_eq!(
        (&json["rows"][0][2], &json["rows"][1][2]),
        (&json!("b.example.net"), &json!("a.Example.com"))
    );
    score("0", "dns=low").ends_with(0);
    let feedback = home.read("dns/scored_results/20160708/feedback/ml_feedback.csv");
    let lines: Vec<Vec<&str>> = feedback.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!((lines[0][11], lines[0][12], lines[0].len()), ("ip_sev", "dns_sev", 18));
    assert_eq!((lines[1][3], lines[1][11], lines[1][12]), ("a.Example.com", "0", "3"));
    home.does(&["reset", "-t", "dns", "-d", DAY, "--yes"]);
    assert_eq!(home.count("dns_threat_investigation"), 0);
}

#[test]
fn comments_are_about_addresses_names_and_urls() {
    let home = home();
    let comment = |pipeline: &str, subject: &str| {
        let arguments =
            ["storyboard", "-t", pipeline, "-d", DAY, subject, "--title", "a", "--text", "b", "--by", "ann"];
        home.run(&[&arguments[..], &["--yes"]].concat())
    };
    comment("dns", "10.0.0.01").ends_with(0);
    comment("dns", "a.Example.com").ends_with(0);
    assert_eq!(
        home.rows("SELECT ip_threat, dns_threat FROM dns_storyboard ORDER BY 1"),
        ["|a.Example.com", "10.0.0.1|"]
    );
    assert_eq!(
        home.rows(
            "SELECT anchor, total, dns_qry_name, ip_dst FROM dns_threat_dendro ORDER BY 1, 2 DESC, 3, 4"
        ),
        [
            "10.0.0.1|2|b.example.net|10.0.0.1",
            "10.0.0.1|1|a.Example.com|10.0.0.1",
            "a.Example.com|2|a.Example.com|10.0.0.2",
            "a.Example.com|1|a.Example.com|10.0.0.1",
        ]
    );
    comment("flow", "a.Example.com").ends_with(2).complains(&["is not an address"]);
    let done = comment("proxy", "good.example/a").ends_with(0);
    assert_eq!(
        home.rows(
            "SELECT tstart, tend, duration, clientip, respcode, respcodename FROM proxy_timeline ORDER BY 1"
        ),
        [
            "2016-07-08 07:11:11|2016-07-08 07:11:11|7|10.0.0.1|404|Not Found",
            "2016-07-08 07:12:00|2016-07-08 07:12:00|7|10.0.0.2|200|OK",
            "2016-07-08 07:59:59|2016-07-08 07:59:59|7|10.0.0.1|200|OK",
            "2016-07-08 08:00:00|2016-07-08 08:00:00|7|10.0.0.1|200|OK",
        ]
    );
    let file = "data/proxy/20160708/incident-progression-c962dd2ef3044a299d7b96e812cc6975.json";
    assert!(done.out.contains("incident-progression-"), "{}", done.out);
    let name = done.out.lines().find(|line| line.contains("incident-progression-")).unwrap_or(file);
    let progression: serde_json::Value = serde_json::from_str(&home.read(name)).unwrap();
    assert_eq!(progression["fulluri"], "good.example/a");
    assert_eq!(progression["referer_for"], json!(["third.example/b"]));
    assert_eq!(
        progression["requests"],
        json!([
            {"clientip": "10.0.0.1", "referer": "-", "reqmethod": "GET", "resconttype": "text/html"},
            {"clientip": "10.0.0.1", "referer": "other.example/", "reqmethod": "GET", "resconttype": "text/html"},
            {"clientip": "10.0.0.2", "referer": "-", "reqmethod": "GET", "resconttype": "text/html"},
        ])
    );
    // A URL may be an address, and has the files of both.
    let done = comment("proxy", " 10.0.0.9 ").ends_with(0);
    assert!(
        done.out.contains("incident-progression-") && done.out.contains("globe-10.0.0.9"),
        "{}",
        done.out
    );
    comment("dns", " ").ends_with(2).complains(&["the subject is empty"]);
    let reset = home.does(&["reset", "-t", "proxy", "-d", DAY, "--yes"]);
    assert!(!home.path(name).exists(), "{}", reset.out);
    let backup = reset.out.split('`').find_map(|part| part.strip_prefix("flow-oa restore ")).unwrap();
    home.does(&["restore", backup]);
    assert!(home.path(name).exists());
    assert_eq!(home.count("proxy_timeline"), 4);
}

#[test]
fn requests_are_found_by_date_and_time_in_two_columns() {
    let home = home();
    assert_eq!(
        home.rows("SELECT time, hh, respcode_name FROM proxy_edge ORDER BY 1"),
        ["07:59:59|7|OK", "7:11:11|7|Not Found"]
    );
    let behind = home.json(&["query", "details", "-t", "proxy", "-d", DAY, "--rank", "0"]);
    assert_eq!(behind["rows"].as_array().unwrap().len(), 2, "{behind}");
    assert_eq!(
        home.rows("SELECT uri_rep, respcode_name, network_context FROM proxy_scores"),
        ["list:LOW:1|Not Found|desk"]
    );
    home.does(&["score", "-t", "proxy", "-d", DAY, "--rank", "0", "-s", "low", "--by", "ann"]);
    let feedback = home.read("proxy/scored_results/20160708/feedback/ml_feedback.csv");
    let line: Vec<&str> = feedback.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!((line[0], line[1], line[22], line.len()), ("2016-07-08", "7:11:11", "3", 26));
    // The MD5 hash of `10.0.0.1good.example/a`, and the hour.
    assert_eq!(line[25], "190eaf577377598c815a53b7548888fc7");
}

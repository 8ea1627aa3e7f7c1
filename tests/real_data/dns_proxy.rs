//! DNS responses and proxy requests of real days: the counts and sums that were determined independently, in every engine.

use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use super::home::{Home, rows};
use super::{folder, skipped, text};

/// A day of a pipeline, and the expected numbers, in the order of the pipeline's queries.
struct Day {
    folder: &'static str,
    date: &'static str,
    limit: &'static str,
    expected: &'static [i64],
    /// Whether it is run on HiveServer2 too, where a day takes half a minute.
    is_run_on_hive: bool,
}

/// Scores, edges, answers of clients, minutes, bytes of the edges, raw rows of the day, registered domains, names
/// without one.
const DNS_NUMBERS: [&str; 8] = [
    "SELECT count(*) FROM dns_scores",
    "SELECT count(*) FROM dns_edge",
    "SELECT count(*) FROM dns_dendro",
    "SELECT count(*) FROM dns_ingest_summary",
    "SELECT sum(frame_len) FROM dns_edge",
    "SELECT sum(total) FROM dns_ingest_summary",
    "SELECT count(DISTINCT tld) FROM dns_scores WHERE tld <> ''",
    "SELECT count(*) FROM dns_scores WHERE tld = ''",
];

/// Scores, edges, minutes, bytes of the edges in both directions, raw rows of the day.
const PROXY_NUMBERS: [&str; 6] = [
    "SELECT count(*) FROM proxy_scores",
    "SELECT count(*) FROM proxy_edge",
    "SELECT count(*) FROM proxy_ingest_summary",
    "SELECT sum(scbytes) FROM proxy_edge",
    "SELECT sum(csbytes) FROM proxy_edge",
    "SELECT sum(total) FROM proxy_ingest_summary",
];

const fn day(folder: &'static str, date: &'static str, limit: &'static str, expected: &'static [i64]) -> Day {
    Day { folder, date, limit, expected, is_run_on_hive: false }
}

#[test]
fn days_of_dns_have_their_counts_and_sums() {
    let oni = day("dns-oni-20160708", "20160708", "500", &[500, 1179, 4021, 303, 310_091, 4021, 48, 10]);
    let wrccdc = "dns-wrccdc-20180324";
    let days = [
        Day { is_run_on_hive: true, ..oni },
        day("dns-oni-20160708", "20160708", "250", &[250, 885, 4021, 303, 225_035, 4021, 36, 6]),
        day("dns-apt29-20200501", "20200501", "50", &[50, 56, 91, 25, 8947, 171, 9, 24]),
        day("dns-apt29-20200501", "20200501", "500", &[171, 171, 122, 25, 29_529, 171, 21, 69]),
        day(wrccdc, "20180324", "500", &[500, 2196, 7183, 22, 312_814, 44_109, 68, 42]),
        day(wrccdc, "20180324", "3000", &[3000, 11_293, 9069, 22, 1_370_188, 44_109, 223, 158]),
    ];
    require("dns", &days, &DNS_NUMBERS);
}

#[test]
fn days_of_the_proxy_have_their_counts_and_sums() {
    let oni = day("proxy-oni-20160708", "20160708", "500", &[250, 269, 93, 2_639_521, 373_984, 362]);
    let m57 = "proxy-m57-20091118";
    let days = [
        Day { is_run_on_hive: true, ..oni },
        day("proxy-oni-20160708", "20160708", "100", &[100, 117, 93, 1_037_166, 295_819, 362]),
        day(m57, "20091118", "500", &[500, 640, 237, 116_291_180, 95_081, 3711]),
        day(m57, "20091118", "3000", &[3000, 3115, 237, 152_314_400, 236_928, 3711]),
    ];
    require("proxy", &days, &PROXY_NUMBERS);
}

fn require(pipeline: &str, days: &[Day], queries: &[&str]) {
    for day in days {
        let Some(data) = folder(day.folder) else { continue };
        let home = site(&data);
        for database in databases(&home, day) {
            let found = run(&home, &data, (pipeline, day), &database);
            let numbers: Vec<i64> =
                queries.iter().map(|query| rows(&found, query)[0].parse().unwrap()).collect();
            assert_eq!(numbers, day.expected, "{} of {} in {database}", day.limit, day.folder);
            require_names(pipeline, &found);
        }
    }
}

/// Every row of the scores and of the edges has the names of its codes and of its client.
fn require_names(pipeline: &str, database: &Connection) {
    let code = if pipeline == "dns" { "dns_qry_rcode" } else { "respcode" };
    for table in ["scores", "edge"] {
        let unnamed = format!(
            "SELECT count(*) FROM {pipeline}_{table} WHERE {code}_name IS NULL OR {code}_name LIKE 'Unknown%' AND {code} \
             NOT IN (0, 911)"
        );
        assert_eq!(rows(database, &unnamed), ["0"], "{unnamed}");
    }
}

/// A home with the lists of codes and the names of clients.
fn site(data: &Path) -> Home {
    let home = Home::bare();
    let iana = data.join("../iana");
    let list = |name: &str| iana.join(name).canonicalize().unwrap();
    let settings = json!({"context": {
        "names": data.join("networkcontext_1.csv"),
        "codes": {
            "dns_qry_class": list("dns-qclass.csv"), "dns_qry_type": list("dns-qtype.csv"),
            "dns_qry_rcode": list("dns-rcode.csv"), "proxy_http_rcode": list("http-rcode.csv")
        }
    }});
    home.write("flow_oa.json", settings.to_string());
    home
}

/// SQLite, and the servers that the environment names.
fn databases(home: &Home, day: &Day) -> Vec<String> {
    let name = format!("flow_oa_{}_{}_{}", std::process::id(), day.folder.replace('-', "_"), day.limit);
    let named = |variable: &str, what: &str| {
        let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
        if value.is_none() {
            skipped(&format!("{} on {what}", day.folder), &format!("{variable} is not set"));
        }
        value
    };
    let postgres = named("FLOW_OA_TEST_POSTGRES", "PostgreSQL").map(|server| {
        let mark = if server.contains('?') { '&' } else { '?' };
        format!("{server}{mark}schema={name}")
    });
    let hive = day.is_run_on_hive.then(|| named("FLOW_OA_TEST_HS2", "HiveServer2")).flatten();
    let hive = hive.and_then(|server| {
        let (place, folder) = (server.split_whitespace().next()?, home.path("warehouse"));
        Some(format!("hive2://{place}/{name}?auth=nosasl&location=file://{}", folder.display()))
    });
    std::iter::once("sqlite:data/flow_oa.db".to_owned()).chain(postgres).chain(hive).collect()
}

/// Ingests and runs a day in a database, and returns the rows in SQLite.
fn run(home: &Home, data: &Path, (pipeline, day): (&str, &Day), database: &str) -> Connection {
    let file = |name: &str| {
        let plain = data.join(format!("{name}.csv"));
        if plain.is_file() { plain } else { data.join(format!("{name}.csv.gz")) }
    };
    let on = |arguments: &[&str]| home.does(&[arguments, &["--database", database]].concat());
    on(&["init"]);
    on(&["ingest", text(&file(pipeline))]);
    let results = file(&format!("{pipeline}_results"));
    on(&["run", "-t", pipeline, "-d", day.date, "-l", day.limit, "--results", text(&results)]);
    let Some(sqlite) = database.strip_prefix("sqlite:") else {
        let copy = format!("copy_{}.db", database.split(':').next().unwrap());
        let to = format!("sqlite:{copy}");
        home.does(&["init", "--database", &to]);
        home.does(&["copy", "-t", pipeline, "--from", database, "--to", &to]);
        return Connection::open(home.path(&copy)).unwrap();
    };
    Connection::open(home.path(sqlite)).unwrap()
}

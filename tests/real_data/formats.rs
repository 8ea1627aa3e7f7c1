//! Samples of every raw format of flows, in `../shared/data/inputs`: each gives the rows that an independent converter made
//! of it, in SQLite and, where the environment names one, in PostgreSQL.

use std::path::{Path, PathBuf};

use flow_oa_engine::{Store as _, Transaction};
use flow_oa_postgres::Postgres;

use super::home::{Home, PATIENCE};
use super::{folder, skipped, text, unzipped};

/// The raw format that each sample must be recognized as, the sample, and the file of its rows.
const SAMPLES: [(&str, &str, &str); 30] = [
    ("argus", "argus/apt29.newyork.binetflow", "argus/expected.apt29.newyork.csv"),
    ("argus", "argus/mix.binetflow", "argus/expected.mix.csv"),
    ("argus", "argus/mix.flags.binetflow", "argus/expected.mix.flags.csv"),
    ("aws_vpc", "aws-vpc/docs-v2.log", "aws-vpc/expected.docs-v2.csv"),
    ("aws_vpc", "aws-vpc/docs-v2.noheader.log", "aws-vpc/expected.docs-v2.noheader.csv"),
    ("aws_vpc", "aws-vpc/docs-v3-custom.log", "aws-vpc/expected.docs-v3-custom.csv"),
    ("aws_vpc", "aws-vpc/docs-v5-custom.log", "aws-vpc/expected.docs-v5-custom.csv"),
    ("aws_vpc", "aws-vpc/v2.synthetic.log", "aws-vpc/expected.v2.synthetic.csv"),
    ("aws_vpc", "aws-vpc/v5-custom.synthetic.log", "aws-vpc/expected.v5-custom.synthetic.csv"),
    ("azure_nsg", "azure/nsg-v2.docs.json", "azure/expected.nsg-v2.docs.csv"),
    ("azure_vnet", "azure/vnet-v4.docs.json", "azure/expected.vnet-v4.docs.csv"),
    ("azure_vnet", "azure/vnet-v4.synthetic.json", "azure/expected.vnet-v4.synthetic.csv"),
    ("gcp_vpc", "gcp-vpc/flows.synthetic.json", "gcp-vpc/expected.flows.synthetic.csv"),
    ("gcp_vpc", "gcp-vpc/reader-fixture.json", "gcp-vpc/expected.reader-fixture.csv"),
    ("goflow2", "goflow2/flows.synthetic.json", "goflow2/expected.flows.synthetic.csv"),
    ("goflow2", "goflow2/readme-example.json", "goflow2/expected.readme-example.csv"),
    ("nfdump_csv_fast", "nfdump-csv-fast/apt29.nfdump-1.7.8.csv", "nfdump-csv-fast/expected.apt29.csv.gz"),
    ("nfdump_csv_fast", "nfdump-csv-fast/mix.nfdump-1.7.8.csv", "nfdump-csv-fast/expected.mix.csv"),
    (
        "nfdump_json",
        "nfdump-json/apt29.nfdump-1.7.8.ndjson",
        "nfdump-json/expected.apt29.nfdump-1.7.8.ndjson.csv",
    ),
    ("nfdump_json", "nfdump-json/mix.nfdump-1.7.1.json.gz", "nfdump-json/expected.mix.nfdump-1.7.1.json.csv"),
    ("nfdump_json", "nfdump-json/mix.nfdump-1.7.8.json.gz", "nfdump-json/expected.mix.nfdump-1.7.8.json.csv"),
    (
        "nfdump_json",
        "nfdump-json/mix.nfdump-1.7.8.ndjson",
        "nfdump-json/expected.mix.nfdump-1.7.8.ndjson.csv",
    ),
    ("pmacct", "pmacct/apt29.csv", "pmacct/expected.apt29.csv.csv"),
    ("pmacct_json", "pmacct/apt29.json", "pmacct/expected.apt29.json.csv"),
    ("silk_rwcut", "silk-rwcut/flows.synthetic.txt", "silk-rwcut/expected.flows.synthetic.csv"),
    ("suricata_eve", "suricata-eve/eve.json.gz", "suricata-eve/expected.csv"),
    ("zeek_conn", "zeek-conn-tsv/conn.log", "zeek-conn-tsv/expected.csv"),
    ("zeek_conn_json", "zeek-conn-json/conn.iso.json", "zeek-conn-json/expected.conn.iso.csv"),
    ("zeek_conn_json", "zeek-conn-json/conn.json", "zeek-conn-json/expected.conn.csv"),
    ("zeek_conn_json", "zeek-conn-json/conn2.json", "zeek-conn-json/expected.conn2.csv"),
];

/// Sources round durations differently.
const TOLERANCE: f64 = 0.001;

/// The header and the rows of a CSV file of the table.
fn table(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let content =
        if text(path).ends_with(".gz") { unzipped(path) } else { std::fs::read_to_string(path).unwrap() };
    let mut records = csv::Reader::from_reader(content.as_bytes());
    let fields = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let header = fields(records.headers().unwrap());
    (header, records.records().map(|record| fields(&record.unwrap())).collect())
}

/// The first difference of rows from those that are expected.
fn difference(found: &[Vec<String>], expected: &[Vec<String>], duration: usize) -> Option<String> {
    if found.len() != expected.len() {
        return Some(format!("{} rows, expected {}", found.len(), expected.len()));
    }
    let number = |text: &String| text.parse::<f64>().unwrap();
    let differs = |(at, (one, other)): (usize, (&String, &String))| match at == duration {
        true => (number(one) - number(other)).abs() > TOLERANCE * 1.001,
        false => one != other,
    };
    let rows = found.iter().zip(expected).enumerate();
    let mut wrong = rows.filter(|(_, (one, other))| one.iter().zip(*other).enumerate().any(differs));
    wrong.next().map(|(at, (one, other))| format!("row {}: {one:?}\nexpected {other:?}", at + 1))
}

fn samples() -> Option<PathBuf> {
    folder("inputs")
}

#[test]
fn every_sample_is_recognized_and_gives_its_rows() {
    let Some(inputs) = samples() else { return };
    for (format, sample, expected) in SAMPLES {
        let home = Home::new();
        let summary = home.json(&["ingest", text(&inputs.join(sample))]);
        assert_eq!(summary[0]["format"], format, "{sample}");
        let (header, expected) = table(&inputs.join(expected));
        let query = format!("SELECT {} FROM flow ORDER BY flow_oa_id", header.join(", "));
        let found: Vec<Vec<String>> =
            home.rows(&query).iter().map(|row| row.split('|').map(str::to_owned).collect()).collect();
        let duration = header.iter().position(|name| name == "tdur").unwrap();
        assert_eq!(difference(&found, &expected, duration), None, "{sample}");
    }
}

#[test]
fn every_sample_gives_the_same_rows_in_postgresql() {
    let Some(inputs) = samples() else { return };
    let Some(server) = std::env::var("FLOW_OA_TEST_POSTGRES").ok().filter(|server| !server.is_empty()) else {
        return skipped("samples in PostgreSQL", "FLOW_OA_TEST_POSTGRES is not set");
    };
    let mark = if server.contains('?') { '&' } else { '?' };
    let name = format!("formats_{}", std::process::id());
    let url = format!("{server}{mark}schema={name}");
    let (home, back) = (Home::new(), Home::new());
    home.does(&["init", "--database", &url]);
    let files: Vec<PathBuf> = SAMPLES.iter().map(|(_, sample, _)| inputs.join(sample)).collect();
    let ingest: Vec<&str> =
        ["ingest", "--again"].into_iter().chain(files.iter().map(|file| text(file))).collect();
    home.does(&ingest);
    home.does(&[&ingest[..], &["--database", &url]].concat());
    back.does(&["copy", "--from", &url, "--to", "sqlite:data/flow_oa.db"]);
    // PostgreSQL holds durations in single precision.
    let all = |home: &Home| {
        let query = "SELECT * FROM (SELECT round(tdur, 3), treceived, sip, dip, sport, dport, proto, flag, fwd, stos, ipkt, \
                     ibyt, opkt, obyt, input, output, sas, das, dtos, dir, rip, y, m, d, h FROM flow) ORDER BY 2, 3, 4, 5, 6, \
                     7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 1";
        let rows = home.rows(query).into_iter();
        rows.map(|row| row.split('|').map(str::to_owned).collect()).collect::<Vec<Vec<String>>>()
    };
    assert_eq!(difference(&all(&back), &all(&home), 0), None);
    let mut store = Postgres::open(&url, PATIENCE).unwrap();
    let mut unit = store.begin(Transaction::Latest).unwrap();
    unit.script(&format!("DROP SCHEMA IF EXISTS {name} CASCADE")).unwrap();
    unit.commit().unwrap();
}

//! The program on real days, in `../shared/data` beside the workspace: independently determined counts and sums,
//! files of several versions of nfdump with the same flows, and rankings that must be equal byte for byte to those of an independent implementation. Without
//! the data, the tests report that they are skipped.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[path = "real_data/dns_proxy.rs"]
mod dns_proxy;
#[path = "real_data/formats.rs"]
mod formats;
#[path = "support/hdfs.rs"]
mod hdfs;
#[path = "cli/home.rs"]
#[allow(dead_code, reason = "shared with the tests of the command line, which use all of it")]
mod home;

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use home::Home;

/// Reports, past libtest's capture, that a test is skipped.
fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}: {why}");
}

/// The folder of a real day. Returns `None` and reports the skipped test if it is missing.
fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !folder.is_dir() {
        skipped(name, "../shared/data is not there");
        return None;
    }
    Some(folder.canonicalize().unwrap())
}

fn is_nfdump_installed() -> bool {
    std::process::Command::new("nfdump").arg("-V").output().is_ok()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn unzipped(path: &Path) -> String {
    let mut content = String::new();
    flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap())
        .read_to_string(&mut content)
        .unwrap();
    content
}

/// A home with the flows of `files`.
fn with_flows(files: &[PathBuf]) -> Home {
    let home = Home::new();
    for file in files {
        home.does(&["ingest", text(file)]);
    }
    home
}

/// Runs a day on a results file.
fn run(home: &Home, day: &str, limit: &str, results: &Path) {
    home.does(&["run", "-d", day, "-l", limit, "--results", text(results)]);
}

/// The numbers of rows of scores, edges, chords and minutes, and the sums of the bytes of edges and chords.
fn counts(home: &Home) -> [u64; 6] {
    [
        "SELECT count(*) FROM flow_scores",
        "SELECT count(*) FROM flow_edge",
        "SELECT count(*) FROM flow_chords",
        "SELECT count(*) FROM flow_ingest_summary",
        "SELECT sum(ibyt) FROM flow_edge",
        "SELECT sum(ibyt) FROM flow_chords",
    ]
    .map(|query| home.value(query).parse().unwrap())
}

/// The fields that every version and format prints for a flow; all flows, sorted.
fn common(home: &Home) -> Vec<String> {
    home.rows(
        "SELECT sip, dip, sport, dport, proto, ipkt, ibyt, tdur FROM flow ORDER BY sip, dip, sport, dport, proto, \
         ipkt, ibyt, tdur",
    )
}

#[test]
fn the_published_day_of_oni_has_its_counts_and_sums() {
    let Some(oni) = folder("oni-20160708") else { return };
    let home = with_flows(&[oni.join("flow.csv")]);
    run(&home, "20160708", "500", &oni.join("flow_results.csv"));
    assert_eq!(counts(&home), [282, 4304, 157, 119, 2_656_232, 3_257_387]);
}

#[test]
fn the_published_day_of_oni_comes_out_the_same_from_hdfs_in_spots_layout() {
    let (Some(oni), Some(at)) = (folder("oni-20160708"), hdfs::address()) else { return };
    let (home, user) = (with_flows(&[oni.join("flow.csv")]), hdfs::folder("oni"));
    let put = |file: &str, path: &str| {
        let text = std::fs::read_to_string(oni.join(file)).unwrap();
        hdfs::put(&at, &format!("{user}/{path}"), &text);
        format!("hdfs://namenode{user}/{path}")
    };
    put("flow_results.csv", &home::results_of("20160708"));
    let settings = serde_json::json!({
        "results_root": format!("hdfs://namenode{user}"),
        "context": {"ranges": put("ipranges.csv", "ipranges.csv"), "names": put("networkcontext_1.csv", "names.csv")},
        "hdfs": {"user": "hdfs", "namenodes": {"namenode": [format!("http://{at}")]}}
    });
    home.write("flow_oa.json", settings.to_string());
    home.does(&["run", "-d", "20160708"]);
    assert_eq!(counts(&home), [282, 4304, 157, 119, 2_656_232, 3_257_387]);
}

#[test]
fn the_published_scores_of_oni_are_those_of_the_run() {
    let Some(oni) = folder("oni-20160708") else { return };
    let home = Home::new();
    run(&home, "20160708", "500", &oni.join("flow_results.csv"));
    let mut published = csv::Reader::from_path(oni.join("flow_scores.published.csv")).unwrap();
    let headers = published.headers().unwrap().clone();
    let names = ["rank", "tstart", "srcIP", "dstIP", "sport", "dport", "proto", "lda_score"];
    let columns = names.map(|name| headers.iter().position(|header| header == name).unwrap());
    let expected: Vec<String> = published
        .records()
        .map(|row| {
            let row = row.unwrap();
            let [rank, time, source, destination, sport, dport, proto, score] = columns.map(|at| &row[at]);
            let (day, minute) = time.split_once(' ').unwrap();
            let score: f64 = score.parse().unwrap();
            let destination = destination.replace(".04", ".4");
            format!("{rank}|{day} {minute:0>5}|{source}|{destination}|{sport}|{dport}|{proto}|{score}")
        })
        .collect();
    let found = home.rows(
        "SELECT rank, substr(tstart, 1, 16), srcip, dstip, sport, dport, proto, score FROM flow_scores ORDER BY rank",
    );
    assert_eq!(found, expected);
}

#[test]
fn the_day_of_rita_has_its_counts_and_sums_whichever_format_its_flows_came_in() {
    let Some(rita) = folder("rita-20240419") else { return };
    let mut flows = Vec::new();
    for file in ["flow.csv.gz", "nfdump.csv.gz", "spot27.csv.gz"] {
        let home = with_flows(&[rita.join(file)]);
        for (limit, expected) in [
            ("500", [500, 1157, 294, 1440, 221_336, 1_678_534]),
            ("3000", [3000, 4501, 1903, 1440, 3_906_583, 8_309_118]),
        ] {
            run(&home, "20240419", limit, &rita.join("flow_results.csv"));
            assert_eq!(counts(&home), expected, "{file}, limit {limit}");
        }
        flows.push(home.rows("SELECT * FROM flow ORDER BY flow_oa_id"));
    }
    assert_eq!(flows[0].len(), 31_367);
    assert!(flows[0] == flows[1], "flow.csv.gz and nfdump.csv.gz");
    assert!(flows[0] == flows[2], "flow.csv.gz and spot27.csv.gz");
}

#[test]
fn flows_of_the_evening_before_are_in_the_partition_of_that_evening() {
    let Some(rita) = folder("rita-20240419") else { return };
    let home = with_flows(&[rita.join("nfdump.csv.gz")]);
    assert_eq!(
        home.rows("SELECT y, m, d, h, count(*) FROM flow WHERE d <> 19 GROUP BY 1, 2, 3, 4"),
        ["2024|4|18|23|2"]
    );
    assert_eq!(home.value("SELECT count(*) FROM flow WHERE instr(sip, ':') > 0"), "47");
}

#[test]
fn old_versions_of_nfdump_and_the_old_layout_hold_one_set_of_flows() {
    let Some(apt29) = folder("apt29-20200501") else { return };
    let mut files = vec!["apt29-day2.spot-nfdump-1.6.12.csv.gz", "apt29-day2.nfdump-1.6.25.csv.gz"];
    if is_nfdump_installed() {
        files.push("apt29-day2.nfcapd.202005010700.v1");
    } else {
        skipped("nfcapd layout v1", "nfdump is not installed");
    }
    one_set(&apt29, &files, 1599);
}

#[test]
fn new_versions_of_nfdump_and_the_new_layout_hold_one_set_of_flows() {
    let Some(apt29) = folder("apt29-20200501") else { return };
    let mut files =
        vec!["apt29-day2.nfdump-1.7.1.csv.gz", "apt29-day2.nfdump-1.7.8.csv.gz", "apt29-day2.flow.csv.gz"];
    if is_nfdump_installed() {
        files.push("apt29-day2.nfcapd.202005010700.v2");
    } else {
        skipped("nfcapd layout v2", "nfdump is not installed");
    }
    one_set(&apt29, &files, 1573);
}

fn one_set(folder: &Path, files: &[&str], flows: usize) {
    let sets: Vec<_> = files.iter().map(|file| common(&with_flows(&[folder.join(file)]))).collect();
    for (file, set) in files.iter().zip(&sets) {
        assert_eq!(set.len(), flows, "{file}");
        let differs = set.iter().zip(&sets[0]).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{file} and {}", files[0]);
    }
}

#[test]
fn merged_pairs_have_packets_both_ways() {
    let Some(apt29) = folder("apt29-20200501") else { return };
    let home = with_flows(&[apt29.join("apt29-day2.nfdump-1.7.1-bidir.csv.gz")]);
    assert_eq!(home.count("flow"), 696);
    let split = with_flows(&[apt29.join("apt29-day2.nfdump-1.7.1.csv.gz")]);
    let packets = "SELECT sum(ipkt) + sum(opkt), sum(ibyt) + sum(obyt) FROM flow";
    assert_eq!(home.rows(packets), split.rows(packets));
    assert_ne!(home.value("SELECT sum(opkt) FROM flow"), "0");
}

#[test]
fn a_converted_capture_has_the_times_of_its_packets_whatever_its_times_of_receipt() {
    let Some(apt29) = folder("apt29-20200501") else { return };
    for file in [
        "apt29-day2.nfdump-1.6.25.csv.gz",
        "apt29-day2.nfdump-1.7.1.csv.gz",
        "apt29-day2.nfdump-1.7.8.csv.gz",
    ] {
        let home = with_flows(&[apt29.join(file)]);
        assert_eq!(home.rows("SELECT DISTINCT y, m, d, h FROM flow"), ["2020|5|1|7"], "{file}");
    }
}

/// The FNV-1a hashes of the first 50 lines, of the first 3,000 and of all, without their reasons, and their number.
fn hashes(lines: &str) -> ([u64; 3], usize) {
    let without = lines.lines().map(|line| {
        let (fields, why) = line.rsplit_once('\t').unwrap();
        assert_eq!(fields.split('\t').count(), 18, "{line}");
        assert!(why.ends_with("of its group"), "{line}");
        format!("{fields}\n")
    });
    let lines: String = without.collect();
    let of_first = |most: usize| {
        let bytes = lines.split_inclusive('\n').take(most).flat_map(str::bytes);
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    ([50, 3000, usize::MAX].map(of_first), lines.lines().count())
}

/// Ranks a day as declared, and with the options of a site; shorter lists are the start of the whole.
fn ranked(home: &Home, day: &str) -> [([u64; 3], usize); 2] {
    home.does(&["rank", "-d", day, "--out", "declared.csv"]);
    let declared = home.read("declared.csv");
    for most in [1, 50, 500] {
        home.does(&["rank", "-d", day, "--max", &most.to_string(), "--out", "first.csv", "--replace"]);
        let first: String = declared.split_inclusive('\n').take(most).collect();
        assert_eq!(home.read("first.csv"), first, "the first {most}");
    }
    let own = ["--popular", "--internal", "10.0.0.0/8,192.168.0.0/16", "--out", "own.csv"];
    home.does(&[&["rank", "-d", day], &own[..]].concat());
    [hashes(&declared), hashes(&home.read("own.csv"))]
}

// The hashes below are of the lists of an independent implementation of the model in Python, with the addresses in
// canonical form. All lines are equal, with their scores.

#[test]
fn rank_lists_the_day_of_oni_as_the_definition_says() {
    let Some(oni) = folder("oni-20160708") else { return };
    let declared = [0x1b27_186e_4b32_6fad, 0x7abc_d626_e0c7_9331, 0x33e1_cd16_2918_9900];
    let own = [0x65b5_d1ba_2090_2a22, 0x2286_1aa4_bc03_d926, 0x9a99_7474_ca91_f43d];
    let found = ranked(&with_flows(&[oni.join("flow.csv")]), "20160708");
    assert_eq!(found, [(declared, 4305), (own, 4305)]);
}

#[test]
fn rank_lists_the_day_of_rita_as_the_definition_says() {
    let Some(rita) = folder("rita-20240419") else { return };
    let declared = [0xd4ae_bee2_5236_dd9c, 0x6e32_f431_c576_2b99, 0x9aa0_e93c_52e4_8252];
    let own = [0xa3b2_f9fd_5a1d_6f3d, 0x26db_6397_4605_9e8c, 0xa52e_d88d_ade5_725d];
    let found = ranked(&with_flows(&[rita.join("flow.csv.gz")]), "20240419");
    assert_eq!(found, [(declared, 31_365), (own, 31_365)]);
}

#[test]
fn rank_lists_the_day_of_apt29_as_the_definition_says() {
    let Some(apt29) = folder("apt29-20200501") else { return };
    let declared = [0xdc31_5fbb_120e_c591, 0xa2a6_ea4e_aabe_67e8, 0xa2a6_ea4e_aabe_67e8];
    let own = [0x44ac_1020_e4ad_20a9, 0x4e29_ef82_ae94_4d7b, 0x4e29_ef82_ae94_4d7b];
    let found = ranked(&with_flows(&[apt29.join("apt29-day2.flow.csv.gz")]), "20200501");
    assert_eq!(found, [(declared, 1573), (own, 1573)]);
}

/// A home whose settings name the real context files, and the ranges of `day`.
fn with_context(day: &Path) -> Option<Home> {
    let (geo, reputation) = (folder("geo")?, folder("reputation")?);
    let home = Home::new();
    let settings = serde_json::json!({"context": {
        "ranges": text(&day.join("ipranges.csv")),
        "geo": text(&geo.join("iploc.csv")),
        "reputation": {"demo": text(&reputation.join("reputation_demo.csv"))},
    }});
    home.write("flow_oa.json", settings.to_string());
    Some(home)
}

/// The context that a run found for addresses, each as `internal|location|domain|reputation`. Each address has a
/// single answer, at either end and in every row.
fn has_context(home: &Home, expected: &[(&str, &str)]) {
    for (address, answer) in expected {
        let found = home.rows(&format!(
            "SELECT srcip_internal, src_geoloc, src_domain, src_rep FROM flow_scores WHERE srcip = '{address}' UNION \
             SELECT destip_internal, dst_geoloc, dst_domain, dst_rep FROM flow_scores WHERE dstip = '{address}'"
        ));
        assert_eq!(found, [*answer], "{address}");
    }
}

/// The rows of a table as its CSV file has them, with their partition.
fn published(path: &Path) -> Vec<String> {
    let text =
        if text(path).ends_with(".gz") { unzipped(path) } else { std::fs::read_to_string(path).unwrap() };
    let mut records = csv::Reader::from_reader(text.as_bytes());
    records.records().map(|record| record.unwrap().iter().collect::<Vec<_>>().join("|")).collect()
}

/// Checks that each raw file gives the rows of the CSV file of the table, which is the first of them.
fn gives_its_rows(pipeline: &str, folder: &Path, files: &[(&str, &str)], count: usize) {
    let expected = published(&folder.join(files[0].0));
    assert_eq!(expected.len(), count);
    for (file, format) in files {
        let home = Home::new();
        let summary = home.json(&["ingest", "-t", pipeline, text(&folder.join(file))]);
        assert_eq!(summary[0]["format"], *format, "{file}");
        let table = home.rows(&format!("SELECT * FROM {pipeline} ORDER BY flow_oa_id"));
        let found: Vec<&str> = table.iter().map(|row| row.split_once('|').unwrap().1).collect();
        assert_eq!(found.len(), count, "{file}");
        let differs = found.iter().zip(&expected).find(|(found, expected)| found != expected);
        assert_eq!(differs, None, "{file}");
    }
}

#[test]
fn dns_answers_are_the_same_rows_from_tshark_and_from_spots_table() {
    let files = [("dns.csv", "spot_dns"), ("dns.tshark.csv", "tshark_dns")];
    if let Some(apt29) = folder("dns-apt29-20200501") {
        gives_its_rows("dns", &apt29, &files, 240);
    }
    let files = [("dns.csv.gz", "spot_dns"), ("dns.tshark.csv.gz", "tshark_dns")];
    if let Some(oni) = folder("dns-oni-20160708") {
        gives_its_rows("dns", &oni, &files, 4021);
    }
    if let Some(wrccdc) = folder("dns-wrccdc-20180324") {
        gives_its_rows("dns", &wrccdc, &[("dns.csv.gz", "spot_dns")], 44_109);
    }
}

#[test]
fn dns_answers_of_spots_tshark_have_the_name_of_the_first_answer() {
    let Some(apt29) = folder("dns-apt29-20200501") else { return };
    let home = Home::new();
    let file = apt29.join("dns.tshark-spot-options.csv");
    let summary = &home.json(&["ingest", "-t", "dns", text(&file)])[0];
    assert_eq!(summary["format"], "tshark_dns_answers");
    // 58 answers have no record, 6 have no IPv4 address, and one line is the header.
    let counts = ["read", "stored", "rejected", "skipped"].map(|key| summary[key].as_u64().unwrap());
    assert_eq!(counts, [253, 188, 0, 65]);
    let first = "May  1 2020 07:03:39.861976000 UTC|1588316619|249|10.0.1.5|10.0.0.4|ctldl.windowsupdate.com|0x0001|5|0|\
                 23.62.7.160|2020|5|1|7";
    assert_eq!(home.rows("SELECT * FROM dns ORDER BY flow_oa_id LIMIT 1"), [format!("1|{first}")]);
}

#[test]
fn proxy_requests_are_the_same_rows_from_blue_coat_and_from_spots_table() {
    let files = [("proxy.csv.gz", "spot_proxy"), ("proxy.bluecoat.log.gz", "bluecoat")];
    if let Some(m57) = folder("proxy-m57-20091118") {
        gives_its_rows("proxy", &m57, &files, 4894);
    }
    if let Some(oni) = folder("proxy-oni-20160708") {
        gives_its_rows("proxy", &oni, &[("proxy.csv", "spot_proxy")], 362);
    }
}

#[test]
fn addresses_of_oni_have_the_context_that_the_files_give_them() {
    let Some(oni) = folder("oni-20160708") else { return };
    let Some(home) = with_context(&oni) else { return };
    run(&home, "20160708", "500", &oni.join("flow_results.csv"));
    has_context(
        &home,
        &[
            ("10.13.77.49", "1|-;- Private IP Address LAN|-|"),
            ("172.30.0.46", "0|-;- Private IP Address LAN|-|"),
            ("123.151.42.61", "0|Tianjin;Tianjin Tianjij,300000|-|"),
            ("134.123.139.4", "0|District of Columbia;Washington D.C. -|-|"),
            ("224.0.0.252", "0|-;- Multicast|-|"),
        ],
    );
}

#[test]
fn addresses_of_rita_have_the_context_that_the_files_give_them() {
    let Some(rita) = folder("rita-20240419") else { return };
    let Some(home) = with_context(&rita) else { return };
    run(&home, "20240419", "3000", &rita.join("flow_results.csv"));
    has_context(
        &home,
        &[
            ("64.225.56.201", "1|New Jersey;Clifton DigitalOcean, LLC|-|"),
            ("95.214.53.134", "0|Mazovia;Warsaw (Mokotów) MEVSPACE sp. z o.o.|-|demo:LOW:1"),
            ("104.236.128.7", "0|California;San Francisco DigitalOcean, LLC|stretchoid.com|"),
        ],
    );
    let verdicts = "SELECT rep, count(*) FROM (SELECT srcip, src_rep AS rep FROM flow_scores \
         UNION SELECT dstip, dst_rep FROM flow_scores) WHERE rep <> '' GROUP BY rep ORDER BY rep";
    assert_eq!(home.rows(verdicts), ["demo:HIGH:3|20", "demo:LOW:1|232", "demo:MEDIUM:2|138"]);
}

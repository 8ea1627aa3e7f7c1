//! A whole run with everything on a real HDFS, where FLOW_OA_TEST_WEBHDFS names one.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::home::{DAY, Home, at, flow, result, results_of};

/// Asks once, and gives the answer with its headers.
fn exchange(at: &str, head: &str, body: &[u8]) -> String {
    let mut stream = TcpStream::connect(at).unwrap();
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: {at}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Writes a file as Hadoop's documentation says: the first answer names the server that takes the bytes.
fn put(at: &str, path: &str, text: &str) {
    let first = format!("PUT /webhdfs/v1{path}?op=CREATE&overwrite=true&user.name=hdfs");
    let answer = exchange(at, &first, b"");
    let location =
        answer.lines().find_map(|it| it.strip_prefix("Location: http://")).expect("a redirect").trim();
    let (server, target) = location.split_once('/').unwrap();
    let answer = exchange(server, &format!("PUT /{target}"), text.as_bytes());
    // DataNodes say 100 first, though nobody asked.
    assert!(answer.contains("HTTP/1.1 201"), "{answer}");
}

#[test]
fn spots_layout_works_by_configuration_alone() {
    let Ok(address) = std::env::var("FLOW_OA_TEST_WEBHDFS") else {
        let _ = writeln!(std::io::stderr(), "skipped: HDFS tests: FLOW_OA_TEST_WEBHDFS is not set");
        return;
    };
    let http = address.strip_prefix("http://").expect("an address such as http://127.0.0.1:9870");
    let http = http.trim_end_matches("/webhdfs/v1").trim_end_matches('/');
    let user = format!("/tmp/flow-oa-tests/{}-spot", std::process::id());
    put(
        http,
        &format!("{user}/{}", results_of(DAY)),
        &result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"),
    );
    put(http, &format!("{user}/ipranges.csv"), "10.0.0.0/8,Own\n");
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    let settings = serde_json::json!({
        "results_root": format!("hdfs://namenode{user}"),
        "context": {"ranges": format!("hdfs://namenode:8020{user}/ipranges.csv")},
        "hdfs": {"user": "hdfs", "namenodes": {"namenode:8020": [format!("http://{http}")]}}
    });
    home.write("flow_oa.json", settings.to_string());
    let done = home.json(&["run", "-d", DAY]);
    let place = format!("hdfs://namenode{user}/{}", results_of(DAY));
    assert_eq!((done["results"].as_str(), done["stored"].as_u64()), (Some(place.as_str()), Some(1)));
    assert_eq!(home.value("SELECT srcip_internal FROM flow_scores"), "1");
    let range = home.run(&["run", "--from-date", DAY, "--to-date", "20160709"]).ends_with(66);
    assert!(range.out.contains("0 run, 1 unchanged, 1 without results"), "{}", range.out);
    home.run(&["run", "-d", "20160709"])
        .ends_with(66)
        .complains(&["hdfs://namenode", "FileNotFoundException"]);
    let mut other = home.command(&["rank", "-d", DAY]);
    let denied = crate::home::Outcome::of(other.env("HADOOP_USER_NAME", "nobody")).ends_with(73);
    denied.complains(&["writing hdfs://namenode", "Permission denied", "HADOOP_USER_NAME"]);
    let ranked = home.json(&["rank", "-d", DAY]);
    assert_eq!(ranked["results"].as_str(), Some(place.as_str()), "rank writes where run reads");
    assert_eq!(home.json(&["run", "-d", DAY])["stored"], 1);
}

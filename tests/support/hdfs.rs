//! A real HDFS for tests, if FLOW_OA_TEST_WEBHDFS names one, such as that of `tests/services/hdfs-server.sh`. These
//! functions access it with plain HTTP, not with the code under test.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// The HTTP address of its NameNode, `HOST:PORT`. Returns `None` and reports the skipped test if there is none.
pub(crate) fn address() -> Option<String> {
    let Ok(address) = std::env::var("FLOW_OA_TEST_WEBHDFS") else {
        let _ = writeln!(std::io::stderr(), "skipped: HDFS tests: FLOW_OA_TEST_WEBHDFS is not set");
        return None;
    };
    let at = address.strip_prefix("http://").expect("an address such as http://127.0.0.1:9870");
    Some(at.trim_end_matches('/').trim_end_matches("/webhdfs/v1").to_owned())
}

/// A folder of its own for a test.
pub(crate) fn folder(test: &str) -> String {
    format!("/tmp/flow-oa-tests/{}-{test}", std::process::id())
}

/// Sends one request and returns the reply with its headers.
#[allow(dead_code, reason = "see `put`")]
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

/// Writes a file as Hadoop's documentation describes: the first reply names the server that takes the bytes.
#[allow(dead_code, reason = "a test program that writes by the crate has no use for it")]
pub(crate) fn put(at: &str, path: &str, text: &str) {
    let first = format!("PUT /webhdfs/v1{path}?op=CREATE&overwrite=true&user.name=hdfs");
    let answer = exchange(at, &first, b"");
    let location =
        answer.lines().find_map(|line| line.strip_prefix("Location: http://")).expect("a redirect").trim();
    let (server, target) = location.split_once('/').unwrap();
    let answer = exchange(server, &format!("PUT /{target}"), text.as_bytes());
    // DataNodes send status 100 first, even without a request for it.
    assert!(answer.contains("HTTP/1.1 201"), "{answer}");
}

/// Creates a folder that every user may write to.
#[allow(dead_code, reason = "see `put`")]
pub(crate) fn open_folder(at: &str, path: &str) {
    let answer = exchange(at, &format!("PUT /webhdfs/v1{path}?op=MKDIRS&permission=777&user.name=hdfs"), b"");
    assert!(answer.contains("200 OK"), "{answer}");
}

/// The sorted names in a folder; empty if it does not exist.
#[allow(dead_code, reason = "see `put`")]
pub(crate) fn names(at: &str, path: &str) -> Vec<String> {
    let answer = exchange(at, &format!("GET /webhdfs/v1{path}?op=LISTSTATUS&user.name=hdfs"), b"");
    let name = |text: &str| text.split('"').next().map(str::to_owned);
    let mut names: Vec<String> = answer.split("\"pathSuffix\":\"").skip(1).filter_map(name).collect();
    names.sort();
    names
}

/// The contents of a small file.
#[allow(dead_code, reason = "see `put`")]
pub(crate) fn text(at: &str, path: &str) -> String {
    let answer = exchange(at, &format!("GET /webhdfs/v1{path}?op=OPEN&user.name=hdfs"), b"");
    let location =
        answer.lines().find_map(|line| line.strip_prefix("Location: http://")).expect("a redirect");
    let (server, target) = location.trim().split_once('/').unwrap();
    let answer = exchange(server, &format!("GET /{target}"), b"");
    answer.split_once("\r\n\r\n").expect("a body").1.to_owned()
}

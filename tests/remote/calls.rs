//! Calls of web services: secrets are sent only to the named server.

use std::time::{Duration, Instant};

use flow_oa_remote::{Call, RemoteError, Site};

use crate::http::{Reply, Server, answer, says};
use crate::{Reading, holds, impatient};

fn get(url: String) -> Call {
    Call { url, headers: vec![("Key".to_owned(), "s3cret".to_owned())], body: None }
}

fn call(call: &Call) -> Result<String, RemoteError> {
    Reading::new().client.call(call).map(|body| String::from_utf8(body).unwrap())
}

#[test]
fn a_question_carries_its_headers_and_what_is_posted() {
    let server = Server::new(|request, _| says("200 OK", &[], &request.body));
    assert_eq!(call(&get(server.url("/a?ip=1"))).unwrap(), "");
    let post = Call { body: Some(b"a=b".to_vec()), ..get(server.url("/b")) };
    assert_eq!(call(&post).unwrap(), "a=b");
    let heard = server.heard();
    let requests: Vec<_> = heard
        .iter()
        .map(|request| (request.method.as_str(), request.target.as_str(), request.header("key")))
        .collect();
    assert_eq!(requests, [("GET", "/a?ip=1", Some("s3cret")), ("POST", "/b", Some("s3cret"))]);
}

#[test]
fn what_passes_is_tried_again_when_the_server_says() {
    let server = Server::new(|_, number| match number {
        0 => says("429 Too Many Requests", &["Retry-After: 1"], ""),
        1 => says("503 Busy", &[], ""),
        2 => Reply::Bytes(answer("200 OK", &["Content-Length: 9"], "cut")),
        _ => says("200 OK", &[], "yes"),
    });
    let start = Instant::now();
    assert_eq!(call(&get(server.url("/"))).unwrap(), "yes");
    assert!(start.elapsed() >= Duration::from_secs(1));
    let patient = Server::new(|_, _| says("429 Too Many Requests", &["Retry-After: 3600"], ""));
    holds(call(&get(patient.url("/"))).unwrap_err(), &["429", "after 3600 s"]);
    assert_eq!(patient.heard().len(), 1);
}

#[test]
fn a_redirect_is_followed_on_the_same_server_and_to_no_other() {
    let other = Server::new(|_, _| says("200 OK", &[], "caught"));
    let location = format!("Location: {}", other.url("/"));
    let server = Server::new(move |request, _| match request.target.as_str() {
        "/away" => says("302 Found", &[&location], ""),
        "/near" => says("302 Found", &["Location: /there"], ""),
        "/kept" => says("307 Temporary Redirect", &["Location: /there"], ""),
        "/round" => says("302 Found", &["Location: /round"], ""),
        _ => says("200 OK", &[], "there"),
    });
    assert_eq!(call(&get(server.url("/near"))).unwrap(), "there");
    holds(call(&get(server.url("/away"))).unwrap_err(), &["another server", "secret"]);
    holds(call(&get(server.url("/round"))).unwrap_err(), &["more than 5 times"]);
    let post = |path| Call { body: Some(b"s3cret".to_vec()), ..get(server.url(path)) };
    assert_eq!(call(&post("/kept")).unwrap(), "there");
    let error = holds(call(&post("/near")).unwrap_err(), &["what was posted"]);
    assert!(!error.to_string().contains("s3cret"));
    assert!(other.heard().is_empty());
}

#[test]
fn an_answer_comes_whole_in_time_and_within_bounds() {
    let mut site = impatient();
    site.policy.whole = Some(Duration::from_millis(600));
    site.policy.tries = 1;
    site.policy.largest = 100;
    let asks = |url| Reading::of(Site { ..site.clone() }).client.call(&get(url)).unwrap_err();
    // Each part arrives in time, but all of them together do not.
    let slow = Server::new(|_, _| {
        let begun = answer("200 OK", &["Content-Length: 50"], "");
        let parts = std::iter::once(begun).chain((0..50).map(|_| b"x".to_vec()));
        Reply::Slowly(parts.collect(), Duration::from_millis(100))
    });
    let start = Instant::now();
    holds(asks(slow.url("/")), &["broke off"]);
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    let long = Server::new(|_, _| says("200 OK", &[], "x".repeat(101)));
    holds(asks(long.url("/")), &["longer than 100 bytes"]);
    let silent = Server::new(|_, _| Reply::Stalls(Vec::new()));
    holds(asks(silent.url("/")), &["nothing came in time"]);
}

#[test]
fn a_key_that_is_no_header_is_refused_and_not_shown() {
    let key = vec![("Key".to_owned(), "s3cret\nX: y".to_owned())];
    let error = call(&Call { url: "http://127.0.0.1:1/".to_owned(), headers: key, body: None }).unwrap_err();
    assert!(matches!(error, RemoteError::Configuration(_)), "{error}");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

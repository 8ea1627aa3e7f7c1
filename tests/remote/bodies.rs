//! A download is complete, or it is an error.

use std::sync::atomic::Ordering;
use std::time::Duration;

use flow_oa_remote::{Fetched, RemoteError};

use crate::http::{Reply, Server, answer, says};
use crate::{Reading, fault, holds};

#[test]
fn a_file_comes_whole_and_is_known_by_what_its_server_says() {
    let server = Server::new(|request, _| match request.header("if-none-match") {
        Some("\"1\"") => Reply::Bytes(answer("304 Not Modified", &[], "")),
        _ => says("200 OK", &["ETag: \"1\"", "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT"], "whole"),
    });
    let (reading, url) = (Reading::new(), server.url("/a"));
    let (fetched, text) = reading.fetch_unless(&url, None).unwrap();
    assert_eq!(text, "whole");
    let Fetched::Whole { version: Some(version), .. } = fetched else { panic!("{fetched:?}") };
    assert_eq!(reading.fetch_unless(&url, Some(&version)).unwrap().0, Fetched::Unchanged);
    let asked = server.heard();
    assert_eq!(asked[1].header("if-modified-since"), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(asked[0].header("accept-encoding"), Some("identity"));
    assert_eq!(reading.waiting.moved.load(Ordering::SeqCst), 5);
}

#[test]
fn a_file_without_anything_to_know_it_by_is_read_each_time() {
    let server = Server::new(|_, _| says("200 OK", &[], ""));
    let (fetched, text) = Reading::new().fetch_unless(&server.url("/"), None).unwrap();
    assert_eq!((fetched, text.as_str()), (Fetched::Whole { version: None, bytes: 0 }, ""));
}

#[test]
fn chunks_need_no_length() {
    let body = "3\r\nwho\r\n2\r\nle\r\n0\r\n\r\n";
    let whole = answer("200 OK", &["Transfer-Encoding: chunked"], body);
    let server = Server::new(move |_, _| Reply::Bytes(whole.clone()));
    assert_eq!(Reading::new().fetch(&server.url("/")).unwrap(), "whole");
}

#[test]
fn a_short_body_is_begun_anew_and_then_an_error() {
    let short = || Reply::Bytes(answer("200 OK", &["Content-Length: 9"], "half"));
    let server = Server::new(move |_, _| short());
    let error = fault(&server.url("/"), &["after 4 bytes of 9", "tried 4 times"]);
    assert!(matches!(error, RemoteError::Short { .. }), "{error:?}");
    let server =
        Server::new(move |_, number| if number < 2 { short() } else { says("200 OK", &[], "whole") });
    assert_eq!(Reading::new().fetch(&server.url("/")).unwrap(), "whole", "nothing of the halves is left");
}

#[test]
fn chunks_without_an_end_are_short() {
    let half = answer("200 OK", &["Transfer-Encoding: chunked"], "4\r\nhalf\r\n");
    let server = Server::new(move |_, _| Reply::Bytes(half.clone()));
    assert!(matches!(fault(&server.url("/"), &["4 bytes"]), RemoteError::Short { .. }));
}

#[test]
fn what_has_neither_length_nor_end_is_refused() {
    let server = Server::new(|_, _| Reply::Bytes(answer("200 OK", &[], "whole or half?")));
    fault(&server.url("/"), &["neither how long"]);
    assert_eq!(server.heard().len(), 1, "another try would give the same");
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read_or_as_soon_as_it_shows() {
    let server = Server::new(|_, _| Reply::Bytes(answer("200 OK", &["Content-Length: 1000001"], "")));
    let error = fault(&server.url("/"), &["1000001 bytes", "max_bytes"]);
    assert!(matches!(error, RemoteError::TooLarge { .. }), "{error:?}");
    let endless =
        [answer("200 OK", &["Transfer-Encoding: chunked"], ""), b"f4241\r\n".to_vec(), vec![b'x'; 1_000_001]];
    let server = Server::new(move |_, _| Reply::Bytes(endless.concat()));
    assert!(matches!(fault(&server.url("/"), &[]), RemoteError::TooLarge { .. }));
}

/// The times differ widely, so that a busy machine does not confuse them.
#[test]
fn a_stall_ends_the_wait_and_slowness_does_not() {
    let mut site = crate::impatient();
    site.policy.stall = Duration::from_secs(3);
    (site.policy.slowest, site.policy.tries) = (1, 2);
    let reading = Reading::of(site);
    let server = Server::new(|_, _| Reply::Stalls(answer("200 OK", &["Content-Length: 9"], "half")));
    holds(reading.fetch(&server.url("/")).unwrap_err(), &["after 4 bytes of 9", "tried 2 times"]);
    let server = Server::new(|_, _| Reply::Stalls(Vec::new()));
    holds(reading.fetch(&server.url("/")).unwrap_err(), &["nothing came in time"]);
    let server = Server::new(|_, _| letters("slowly", Duration::from_millis(700)));
    assert_eq!(reading.fetch(&server.url("/")).unwrap(), "slowly");
}

/// `text`, a byte at a time, with `pause` before each.
fn letters(text: &str, pause: Duration) -> Reply {
    let length = format!("Content-Length: {}", text.len());
    let head = answer("200 OK", &[&length], "");
    Reply::Slowly(std::iter::once(head).chain(text.bytes().map(|byte| vec![byte])).collect(), pause)
}

#[test]
fn a_download_below_the_least_rate_or_beyond_its_whole_time_is_given_up() {
    let trickle = || Server::new(|_, _| letters(&"x".repeat(100), Duration::from_millis(100)));
    let mut site = crate::impatient();
    site.policy.tries = 2;
    let error = Reading::of(site.clone()).fetch(&trickle().url("/")).unwrap_err();
    holds(error, &["too slow", "of 100", "at least 1024 bytes a second", "tried 2 times"]);
    site.policy.longest = Duration::from_millis(150);
    let server = trickle();
    let error = Reading::of(site).fetch(&server.url("/")).unwrap_err();
    holds(error, &["takes longer than 0.15 s", "of 100", "max_seconds"]);
    assert_eq!(server.heard().len(), 1, "another try would take as long");
}

#[test]
fn an_interrupt_ends_a_stalled_download_at_once() {
    let server = Server::new(|_, _| Reply::Stalls(answer("200 OK", &["Content-Length: 9"], "half")));
    let mut site = crate::impatient();
    site.policy.stall = Duration::from_secs(60);
    let reading = Reading::of(site);
    let waiting = std::sync::Arc::clone(&reading.waiting);
    std::thread::spawn(move || {
        while waiting.moved.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        waiting.stopped.store(true, Ordering::SeqCst);
    });
    let error = reading.fetch(&server.url("/")).unwrap_err();
    assert!(matches!(error, RemoteError::Interrupted), "{error:?}");
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let server = Server::new(|_, _| says("200 OK", &[], "whole"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("full");
    std::fs::write(&path, "").unwrap();
    let file = std::fs::File::open(&path).unwrap();
    let reading = Reading::new();
    let from = flow_oa_remote::Remote::parse(&server.url("/")).unwrap();
    let error = reading.client.fetch(&from, &file, &path, None).unwrap_err();
    assert!(matches!(holds(error, &["full"]), RemoteError::Local { .. }));
}

#[test]
fn nothing_is_written_over_http() {
    let server = Server::new(|_, _| says("200 OK", &[], ""));
    let error = Reading::new().put("text", &server.url("/a")).unwrap_err();
    assert!(matches!(holds(error, &["not written over http"]), RemoteError::Configuration(_)));
    assert!(server.heard().is_empty());
}

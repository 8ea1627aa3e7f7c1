//! Temporary faults are retried, permanent faults are not.

use std::time::Instant;

use flow_oa_remote::RemoteError;

use crate::http::{Reply, Server, says};
use crate::{Reading, fault};

#[test]
fn what_passes_is_tried_again() {
    for status in ["408 Request Timeout", "429 Too Many Requests", "500 Internal Server Error", "503 Busy"] {
        let server =
            Server::new(
                move |_, number| {
                    if number < 3 { says(status, &[], "no") } else { says("200 OK", &[], "yes") }
                },
            );
        assert_eq!(Reading::new().fetch(&server.url("/")).unwrap(), "yes", "{status}");
    }
    let server = Server::new(
        |_, number| if number == 0 { Reply::Bytes(Vec::new()) } else { says("200 OK", &[], "yes") },
    );
    assert_eq!(Reading::new().fetch(&server.url("/")).unwrap(), "yes", "a connection that broke off");
}

#[test]
fn tries_come_to_an_end() {
    let server = Server::new(|_, _| says("502 Bad Gateway", &[], "no"));
    let error = fault(&server.url("/a"), &["the server answered 502 Bad Gateway", "tried 4 times", "/a"]);
    assert!(matches!(error, RemoteError::Unavailable { .. }), "{error:?}");
    assert_eq!(server.heard().len(), 4);
    let gone = server.url("/");
    drop(server);
    fault(&gone, &["tried 4 times"]);
}

#[test]
fn a_refusal_is_not_tried_again() {
    let kind = |error: &RemoteError| match error {
        RemoteError::NotFound { .. } => "not found",
        RemoteError::Denied { .. } => "denied",
        RemoteError::Unavailable { .. } => "unavailable",
        other => panic!("{other:?}"),
    };
    for (status, expected) in [
        ("404 Not Found", "not found"),
        ("410 Gone", "not found"),
        ("403 Forbidden", "denied"),
        ("401 Unauthorized", "denied"),
        ("400 Bad Request", "unavailable"),
        ("206 Partial Content", "unavailable"),
        ("304 Not Modified", "unavailable"),
    ] {
        let server = Server::new(move |_, _| says(status, &[], ""));
        let error = fault(&server.url("/"), &[status]);
        assert_eq!((kind(&error), server.heard().len()), (expected, 1), "{status}");
    }
}

#[test]
fn a_server_says_when_to_come_back_within_reason() {
    let busy = |after: &'static str| {
        Server::new(move |_, number| {
            if number == 0 {
                says("429 Slow", &[&format!("Retry-After: {after}")], "")
            } else {
                says("200 OK", &[], "yes")
            }
        })
    };
    let (server, start) = (busy("1"), Instant::now());
    assert_eq!(Reading::new().fetch(&server.url("/")).unwrap(), "yes");
    assert!(start.elapsed().as_secs_f64() >= 1.0);
    let server = busy("3600");
    fault(&server.url("/"), &["after 3600 s"]);
    assert_eq!(server.heard().len(), 1);
}

#[test]
fn what_is_no_http_is_said_to_be_none() {
    for bytes in ["SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 twohundred OK\r\n\r\n", "\0\0\0\0\0\0\0\0\r\n\r\n"] {
        let server = Server::new(move |_, _| Reply::Bytes(bytes.into()));
        let error = fault(&server.url("/"), &[]);
        assert!(matches!(error, RemoteError::Unavailable { .. }), "{error:?}");
    }
}

#[test]
fn a_kerberos_server_is_named_for_what_it_is() {
    let server = Server::new(|_, _| says("401 Unauthorized", &["WWW-Authenticate: Negotiate"], ""));
    fault(&server.url("/"), &["Kerberos", "does not speak"]);
}

#[test]
fn user_and_password_are_sent_and_never_shown() {
    let server = Server::new(|request, _| match request.header("authorization") {
        // me:ge heim
        Some("Basic bWU6Z2UgaGVpbQ==") => says("200 OK", &[], "yes"),
        _ => says("401 Unauthorized", &["WWW-Authenticate: Basic realm=a"], ""),
    });
    let url = |user: &str| format!("http://{user}@{}/a?token=s3cret", server.at);
    assert_eq!(Reading::new().fetch(&url("me:ge%20heim")).unwrap(), "yes");
    let error = fault(&url("me:s3cret"), &["me:***@", "token=***", "wants user and password"]);
    assert!(!format!("{error} {error:?}").contains("s3cret"));
}

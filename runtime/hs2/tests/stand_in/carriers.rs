//! Opening a session, with success or not: SASL, HTTP, versions, and servers of another protocol.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use flow_oa_hs2::{Auth, Hs2Error, Session, Settings, Tls, Transport};
use flow_oa_tls::{Check, Roots};

use super::server::{Act, Carrier, StandIn, bad, good, i32_field, text};
use super::{at, bare, calls, open, settings};

fn sasl(answer: &[u8]) -> (StandIn, Settings) {
    let server = StandIn::start(Carrier::Sasl(answer.to_vec()), |_, _| None);
    let settings = Settings { auth: Auth::Plain, ..settings(&server) };
    (server, settings)
}

fn http(
    head: &str,
    chunked: bool,
    script: impl FnMut(&str, usize) -> Option<Act> + Send + 'static,
) -> (StandIn, Settings) {
    let server = StandIn::start(Carrier::Http { head: head.to_owned(), chunked }, script);
    let transport = Transport::Http { path: "cliservice".to_owned() };
    let settings = Settings { transport, ..settings(&server) };
    (server, settings)
}

fn refused(settings: &Settings) -> Hs2Error {
    let begun = Instant::now();
    let error = Session::open(settings).unwrap_err();
    assert!(begun.elapsed() < Duration::from_secs(3), "{error}: {:?}", begun.elapsed());
    error
}

/// The advice of the error for a wrong authentication or transport.
fn advice(settings: &Settings) -> String {
    match refused(settings) {
        Hs2Error::WrongMode { advice, .. } => advice,
        other => panic!("{other:?}"),
    }
}

#[test]
fn sasl_sends_user_and_password_and_x_where_there_is_none() {
    for (password, sent) in [(Some("p ü"), "p ü"), (Some(""), "x"), (None, "x")] {
        let (server, settings) = sasl(&[5, 0, 0, 0, 0]);
        let settings = Settings { password: password.map(Into::into), ..settings };
        let mut session = Session::open(&settings).unwrap();
        assert_eq!(session.run("SELECT 1").unwrap(), None);
        session.close().unwrap();
        let seen = server.seen();
        assert_eq!(
            seen[..3],
            ["0 PLAIN".to_owned(), format!("0 \\0tester\\0{sent}"), "0 OpenSession".to_owned()]
        );
        assert_eq!(seen.last().unwrap(), "0 CloseSession");
    }
}

#[test]
fn a_refusal_by_sasl_is_one_of_the_user() {
    for status in [3, 4] {
        let (server, settings) = sasl(&[&[status][..], &text(b"Error validating the login")].concat());
        let error = refused(&Settings { password: Some("hush".into()), ..settings });
        assert!(matches!(error, Hs2Error::Auth { .. }), "{error}");
        let said = error.to_string();
        assert!(
            said.contains("user tester") && said.contains("validating") && !said.contains("hush"),
            "{said}"
        );
        assert_eq!(calls(&server, "OpenSession"), 0);
    }
}

#[test]
fn frames_and_texts_of_sasl_are_no_longer_than_they_may_be() {
    let (_server, settings) = sasl(&[5, 0x7f, 255, 255, 255]);
    assert!(matches!(refused(&settings), Hs2Error::WrongMode { .. }));
    let (_server, settings) = sasl(&[&[5, 0, 0, 0, 0][..], &0x4000_0000_u32.to_be_bytes()].concat());
    let error = refused(&settings).to_string();
    assert!(error.contains("1073741824 bytes, and the largest that is taken 268435456"), "{error}");
}

#[test]
fn a_server_that_speaks_otherwise_is_recognised_by_what_it_says() {
    for (said, word) in [
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], "HTTP transport"),
        (&[0x15, 3, 3, 0, 2, 2, 40], "try it with TLS"),
        (&[4, 0, 0, 0, 1, b'?'], "auth plain or ldap"),
        (b"5.7.1 hello\r\n", "or it is no HiveServer2"),
    ] {
        let server = at("OpenSession", Act::Raw(said.to_vec()));
        let advice = advice(&settings(&server));
        assert!(advice.contains(word), "{advice}");
    }
}

#[test]
fn a_server_that_says_nothing_or_goes_is_spoken_to_in_a_wrong_way() {
    for act in [Act::Hang, Act::Close] {
        let server = at("OpenSession", act);
        let error = refused(&settings(&server));
        assert!(matches!(error, Hs2Error::WrongMode { .. }), "{error}");
        assert!(
            error.to_string().contains("auth nosasl over binary transport without TLS was tried"),
            "{error}"
        );
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let nosasl = Settings { handshake_timeout: Duration::from_millis(300), ..settings(&bare(|_, _| None)) };
    let nosasl = Settings { port, connect_timeout: Duration::from_millis(300), ..nosasl };
    assert!(advice(&nosasl).contains("auth plain"));
    assert!(advice(&Settings { auth: Auth::Ldap, ..nosasl.clone() }).contains("auth nosasl"));
    let tls = Some(Tls { roots: Roots::System, check: Check::Nothing });
    assert!(advice(&Settings { tls, ..nosasl.clone() }).contains("without TLS"));
    let transport = Transport::Http { path: "cliservice".to_owned() };
    assert!(advice(&Settings { transport, ..nosasl }).contains("binary transport"));
}

#[test]
fn a_plain_server_is_not_taken_for_one_of_tls() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Write::write_all(&mut stream, b"no TLS is spoken here");
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        }
    });
    let tls = Some(Tls { roots: Roots::System, check: Check::Nothing });
    let advice = advice(&Settings { port, tls, ..settings(&bare(|_, _| None)) });
    assert!(advice.contains("does not speak TLS"), "{advice}");
}

#[test]
fn what_does_not_listen_or_is_not_known_is_no_connection() {
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = refused(&Settings { port: gone, ..settings(&bare(|_, _| None)) });
    assert!(
        matches!(&error, Hs2Error::Connect { .. }) && error.to_string().contains("nothing listens"),
        "{error}"
    );
}

#[test]
fn versions_sessions_and_refusals_are_looked_at() {
    let old = at("OpenSession", Act::Answer([good(), i32_field(2, 4), session()].concat()));
    let error = refused(&settings(&old)).to_string();
    assert!(error.contains("version 5 of the protocol; version 6 is needed"), "{error}");
    assert!(old.saw("0 CloseSession"));
    let none = at("OpenSession", Act::Answer([good(), i32_field(2, 5)].concat()));
    assert!(refused(&settings(&none)).to_string().contains("without a handle"));
    let full = at("OpenSession", Act::Answer(bad("08004", 0, "too many sessions")));
    assert!(refused(&settings(&full)).to_string().contains("says: too many sessions (SQLSTATE 08004)"));
}

fn session() -> Vec<u8> {
    super::server::nested(3, &super::server::nested(1, &[]))
}

#[test]
fn the_database_is_chosen_by_a_statement_of_its_own_and_a_name_cannot_break_out_of_it() {
    let server = bare(|_, _| None);
    let mut settings = settings(&server);
    settings.database = Some("a b".to_owned());
    Session::open(&settings).unwrap().close().unwrap();
    assert_eq!(calls(&server, "ExecuteStatement"), 1);
    settings.database = Some("a`; DROP".to_owned());
    assert!(matches!(refused(&settings), Hs2Error::Setting { .. }));
    assert_eq!(calls(&server, "ExecuteStatement"), 1);
}

#[test]
fn http_says_who_asks_keeps_its_connection_and_gives_cookies_back() {
    for chunked in [false, true] {
        let head = "Set-Cookie: hive.server2.auth=\"cu=me&s=1=\"; Path=/; HttpOnly\r\nset-cookie: private=1; Secure\r\n";
        let (server, settings) = http(head, chunked, |_, _| None);
        let settings = Settings { password: Some("open sesame".into()), ..settings };
        let mut session = Session::open(&settings).unwrap();
        session.run("SELECT 1").unwrap();
        session.close().unwrap();
        let seen = server.seen();
        assert!(seen.iter().all(|entry| entry.starts_with("0 ")), "{seen:?}");
        assert_eq!(seen[0], "0 POST /cliservice HTTP/1.1");
        let count = |line: &str| seen.iter().filter(|entry| entry[2..] == *line).count();
        assert_eq!(count("Authorization: Basic dGVzdGVyOm9wZW4gc2VzYW1l"), 5);
        assert_eq!(count("Cookie: hive.server2.auth=\"cu=me&s=1=\""), 4);
        assert_eq!(count(&format!("Host: 127.0.0.1:{}", server.port)), 5);
    }
}

#[test]
fn http_connects_anew_where_the_server_closes_and_sends_nothing_twice() {
    let (server, settings) = http("Connection: close\r\n", false, |_, _| None);
    let mut session = Session::open(&settings).unwrap();
    session.run("SELECT 1").unwrap();
    assert!(server.saw("1 ExecuteStatement") && server.saw("3 CloseOperation"));
    let (server, settings) =
        http("", false, |method, _| (method == "ExecuteStatement").then_some(Act::Close));
    let mut session = Session::open(&settings).unwrap();
    assert!(matches!(session.run("SELECT 1"), Err(Hs2Error::Lost { .. })));
    drop(session);
    assert!(server.saw("1 CloseSession"));
    assert_eq!(calls(&server, "ExecuteStatement"), 1);
}

#[test]
fn an_answer_of_http_that_is_none_says_what_to_do() {
    let error = |answer: &str| {
        let answer = Act::Raw(format!("HTTP/1.1 {answer}\r\n\r\n").into_bytes());
        let (_server, settings) = http("", false, move |_, _| Some(answer.clone()));
        refused(&settings)
    };
    assert!(matches!(error("401 Unauthorized\r\nContent-Length: 0"), Hs2Error::Auth { .. }));
    let lost = error("404 Not Found\r\nContent-Length: 0");
    assert!(matches!(&lost, Hs2Error::WrongMode { advice, .. } if advice.contains("HTTP path")), "{lost}");
    let moved = error("302 Found\r\nLocation: https://elsewhere.example/").to_string();
    assert!(moved.contains("302") && moved.contains("names another place"), "{moved}");
    for (answer, word) in [
        ("500 No", "HTTP status 500"),
        ("200 OK\r\nContent-Length: 99999999999", "99999999999 bytes, and the largest"),
        ("200 OK\r\nContent-Length: many", "it has \"many\" bytes"),
        ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz", "a chunk of the answer begins with \"zz\""),
        ("200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff", "bytes, and the largest"),
        ("200 OK\r\nContent-Length: 4\r\n\r\nnope", "begins with"),
        ("200 OK\r\nbroken line", "the head of the answer"),
    ] {
        let error = error(answer).to_string();
        assert!(error.contains(word), "{answer:?}: {error}");
    }
    let chunks = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n";
    let (_server, settings) = http("", false, |_, _| Some(Act::Raw(chunks.as_bytes().to_vec())));
    let error = refused(&Settings { max_message: 12, ..settings }).to_string();
    assert!(error.contains("16 bytes, and the largest that is taken 12"), "{error}");
    let (_server, settings) = http("", false, |_, _| Some(Act::Raw(vec![0x15, 3, 3, 0, 2, 1, 0])));
    assert!(advice(&settings).contains("TLS"));
}

#[test]
fn no_secret_is_printed() {
    let (_server, settings) = http("Set-Cookie: a=crumb\r\n", false, |_, _| None);
    let settings = Settings { password: Some("hush".into()), ..settings };
    let mut session = Session::open(&settings).unwrap();
    let operation = session.execute("SELECT 1").unwrap();
    let text = format!("{operation:?}");
    assert!(text.contains("tester"), "{text}");
    for secret in ["hush", "crumb", "secret", "115, 101"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_session_that_is_open_is_closed_and_says_so_where_the_server_does_not() {
    let server = at("CloseSession", Act::Answer(bad("", 0, "no such session")));
    let error = open(&server).close().unwrap_err().to_string();
    assert!(error.contains("closing a session") && error.contains("no such session"), "{error}");
    assert_eq!(calls(&server, "CloseSession"), 1);
}

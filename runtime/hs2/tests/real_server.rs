//! The client against a real HiveServer2, which `tests/services/hs2-server.sh` starts.
//!
//! The servers are named by `FLOW_OA_TEST_HS2=host:port` (no SASL), and for the other kinds of connection by
//! `FLOW_OA_TEST_HS2_PLAIN`, `_HTTP` and `_TLS`: `host:port`, then, if needed, `user=…`, `password=…`, `path=…`, `ca=…`
//! and `auth=plain|nosasl`, separated by blanks. Tests without a server for their kind are skipped, with a message.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use flow_oa_hs2::{Auth, Hs2Error, Interrupter, Operation, Session, Settings, Tls, Transport, Value};
use flow_oa_tls::{Check, Roots};

/// Prints a line past libtest's capture, in one piece.
fn say(line: &str) {
    let _ = std::io::stderr().write_all(format!("{line}\n").as_bytes());
}

/// The settings of the server that a variable names, with the defaults of `way`.
fn server(variable: &str, way: impl FnOnce(&mut Settings)) -> Option<Settings> {
    let Ok(text) = std::env::var(variable) else {
        say(&format!("skipped: HiveServer2 tests: {variable} is not set"));
        return None;
    };
    let mut words = text.split_whitespace();
    let (host, port) = words.next().and_then(|word| word.rsplit_once(':')).expect("host:port");
    let mut settings = Settings::new(host, port.parse().expect("a port"));
    settings.user = "tester".to_owned();
    way(&mut settings);
    for word in words {
        match word.split_once('=').expect("key=value") {
            ("user", value) => settings.user = value.to_owned(),
            ("password", value) => settings.password = Some(value.into()),
            ("path", value) => settings.transport = Transport::Http { path: value.to_owned() },
            ("ca", value) => {
                settings.tls = Some(Tls { roots: Roots::File(value.into()), check: Check::Full });
            }
            ("auth", "plain") => settings.auth = Auth::Plain,
            ("auth", "nosasl") => settings.auth = Auth::NoSasl,
            other => panic!("{other:?}"),
        }
    }
    Some(settings)
}

fn nosasl() -> Option<Settings> {
    server("FLOW_OA_TEST_HS2", |_| {})
}

fn plain() -> Option<Settings> {
    server("FLOW_OA_TEST_HS2_PLAIN", |settings| settings.auth = Auth::Plain)
}

fn http() -> Option<Settings> {
    server("FLOW_OA_TEST_HS2_HTTP", |settings| {
        settings.transport = Transport::Http { path: "cliservice".to_owned() }
    })
}

fn tls() -> Option<Settings> {
    server("FLOW_OA_TEST_HS2_TLS", |_| {})
}

/// All rows, each value in its debug format.
fn rows(mut operation: Operation<'_>, page: usize) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    while let Some(page) = operation.fetch(page).unwrap() {
        for row in page.iter() {
            rows.push(row.map(|cell| cell.map_or("NULL".to_owned(), |cell| format!("{cell:?}"))).collect());
        }
    }
    operation.close().unwrap();
    rows
}

/// Checks what must hold for every kind of connection.
fn speaks(settings: &Settings) {
    let mut session = Session::open(settings).unwrap();
    let page = session.execute("SELECT 7, 'Grüße\n\"\\\\', CAST(NULL AS STRING)").unwrap();
    assert_eq!(rows(page, 100), [["I32(7)", r#"Text("Grüße\n\"\\")"#, "NULL"]]);
    let long = "x".repeat(200_000);
    let page = session.execute(&format!("SELECT '{long}'")).unwrap();
    assert_eq!(rows(page, 100)[0][0].len(), long.len() + 8);
    let many = session.execute("SELECT id, concat('row ', id) FROM range(10000)").unwrap();
    let many = rows(many, 1024);
    assert_eq!((many.len(), many[9_999][1].as_str()), (10_000, r#"Text("row 9999")"#));
    assert!(matches!(session.execute("SELEC 1"), Err(Hs2Error::Server { .. })));
    assert_eq!(rows(session.execute("SELECT 1").unwrap(), 1), [["I32(1)"]]);
    session.close().unwrap();
    is_interrupted(settings);
}

/// Connects to a server in a wrong way: the error must come soon and advise what to try instead.
fn is_reported(wrong: Settings, word: &str) {
    let wrong = Settings { handshake_timeout: Duration::from_secs(3), ..wrong };
    let begun = Instant::now();
    match Session::open(&wrong).unwrap_err() {
        Hs2Error::WrongMode { advice, .. } => assert!(advice.contains(word), "{advice}"),
        other => panic!("{other}"),
    }
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

/// A statement that takes far too long is stopped soon after the interrupt, and the server is free again.
fn is_interrupted(settings: &Settings) {
    let flag = Interrupter::new();
    let mut session = Session::open_under(settings, &flag).unwrap();
    let other = session.interrupter();
    let begun = Instant::now();
    let stopper = thread::spawn(move || {
        thread::sleep(Duration::from_millis(1500));
        other.interrupt();
        Instant::now()
    });
    let error = session.run("SELECT count(*) FROM range(3000000) a CROSS JOIN range(3000000) b").unwrap_err();
    assert!(matches!(error, Hs2Error::Interrupted { .. }), "{error}");
    let stopped = stopper.join().unwrap();
    assert!(begun.elapsed() > Duration::from_millis(1400));
    assert!(stopped.elapsed() < Duration::from_secs(3), "{:?}", stopped.elapsed());
    assert!(matches!(session.run("SELECT 1"), Err(Hs2Error::Interrupted { .. })));
    // The server no longer runs the stopped statement.
    let begun = Instant::now();
    let mut other = Session::open(settings).unwrap();
    assert_eq!(rows(other.execute("SELECT count(*) FROM range(100000)").unwrap(), 1), [["I64(100000)"]]);
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
}

#[test]
fn without_sasl() {
    if let Some(settings) = nosasl() {
        speaks(&settings);
    }
}

#[test]
fn by_sasl_plain() {
    let Some(settings) = plain() else { return };
    speaks(&settings);
    let wrong = Settings { password: Some("wrong".into()), ..settings };
    let error = Session::open(&wrong).unwrap_err();
    assert!(matches!(error, Hs2Error::Auth { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("\"wrong\""), "{error:?}");
    is_reported(Settings { auth: Auth::NoSasl, ..wrong }, "auth plain");
}

#[test]
fn over_http() {
    let Some(settings) = http() else { return };
    speaks(&settings);
    let lost = Settings { transport: Transport::Http { path: "elsewhere".to_owned() }, ..settings.clone() };
    let error = Session::open(&lost).unwrap_err();
    assert!(
        matches!(&error, Hs2Error::WrongMode { .. }) && error.to_string().contains("/elsewhere"),
        "{error}"
    );
    is_reported(Settings { transport: Transport::Binary, ..settings.clone() }, "HTTP transport");
    if settings.password.is_some() {
        let wrong = Settings { password: Some("wrong".into()), ..settings };
        let error = Session::open(&wrong).unwrap_err();
        assert!(matches!(error, Hs2Error::Auth { .. }), "{error}");
    }
}

#[test]
fn with_tls() {
    let Some(settings) = tls() else { return };
    speaks(&settings);
    is_reported(Settings { tls: None, ..settings.clone() }, "TLS");
    let system = Settings { tls: Some(Tls::default()), ..settings };
    let error = Session::open(&system).unwrap_err();
    assert!(matches!(error, Hs2Error::Tls { .. } | Hs2Error::Roots(_)), "{error}");
}

#[test]
fn every_type_comes_as_it_is_and_null_too() {
    let Some(settings) = nosasl() else { return };
    let mut session = Session::open(&settings).unwrap();
    let cells = [
        ("CAST(true AS BOOLEAN)", "BOOLEAN", "Bool(true)"),
        ("CAST(-128 AS TINYINT)", "TINYINT", "I8(-128)"),
        ("CAST(-32768 AS SMALLINT)", "SMALLINT", "I16(-32768)"),
        ("CAST(-2147483648 AS INT)", "INT", "I32(-2147483648)"),
        ("CAST(9223372036854775807 AS BIGINT)", "BIGINT", "I64(9223372036854775807)"),
        ("CAST(0.1 AS FLOAT)", "FLOAT", "Double(0.1)"),
        ("CAST(0.1 AS DOUBLE)", "DOUBLE", "Double(0.1)"),
        ("CAST('NaN' AS DOUBLE)", "DOUBLE", "Double(NaN)"),
        ("CAST('-Infinity' AS DOUBLE)", "DOUBLE", "Double(-inf)"),
        ("CAST(12.50 AS DECIMAL(9,3))", "DECIMAL", r#"Text("12.500")"#),
        ("DATE'2024-02-29'", "DATE", r#"Text("2024-02-29")"#),
        ("TIMESTAMP'2024-02-29 01:02:03.5'", "TIMESTAMP", r#"Text("2024-02-29 01:02:03.5")"#),
        ("''", "STRING", r#"Text("")"#),
        ("'日本\n\t'", "STRING", r#"Text("日本\n\t")"#),
        ("CAST(X'00FF80' AS BINARY)", "BINARY", "Binary([0, 255, 128])"),
        ("array(1, 2)", "ARRAY", r#"Text("[1,2]")"#),
    ];
    let select: Vec<String> =
        cells.iter().enumerate().map(|(n, cell)| format!("{} AS c{n}", cell.0)).collect();
    let nulls: Vec<String> = (0..cells.len()).map(|n| format!("IF(id = 1, NULL, c{n}) AS c{n}")).collect();
    let sql = format!(
        "SELECT {} FROM (SELECT {}, id FROM range(3)) ORDER BY id",
        nulls.join(", "),
        select.join(", ")
    );
    let mut operation = session.execute(&sql).unwrap();
    let columns = operation.columns().unwrap();
    for (n, column) in columns.iter().enumerate() {
        assert_eq!((column.name.clone(), column.type_name), (format!("c{n}"), cells[n].1));
    }
    let found = rows(operation, 100);
    let expected: Vec<_> = cells.iter().map(|it| it.2.to_owned()).collect();
    assert_eq!(found, [expected.clone(), vec!["NULL".to_owned(); cells.len()], expected]);
}

#[test]
fn pages_follow_each_other_until_there_are_no_more() {
    let Some(settings) = nosasl() else { return };
    let mut session = Session::open(&settings).unwrap();
    let sql = "SELECT id, IF(id % 3 = 0, NULL, id) FROM range(2500) ORDER BY id";
    let mut operation = session.execute(sql).unwrap();
    let (mut pages, mut next) = (0, 0);
    while let Some(page) = operation.fetch(1000).unwrap() {
        pages += 1;
        for row in 0..page.rows() {
            assert_eq!(page.get(row, 0), Some(Value::I64(next)));
            assert_eq!(page.get(row, 1), (next % 3 != 0).then_some(Value::I64(next)));
            next += 1;
        }
    }
    assert_eq!((pages, next), (3, 2500));
    assert!(operation.fetch(1000).unwrap().is_none());
    operation.close().unwrap();
    let empty = session.execute("SELECT id FROM range(10) WHERE id < 0").unwrap();
    assert!(rows(empty, 10).is_empty());
}

#[test]
fn tables_are_made_filled_and_dropped_in_a_database_of_their_own() {
    let Some(mut settings) = nosasl() else { return };
    let database = format!("flow_oa_{}", std::process::id());
    let mut session = Session::open(&settings).unwrap();
    session.run(&format!("CREATE DATABASE {database}")).unwrap();
    settings.database = Some(database.clone());
    settings.options = vec![("set:hiveconf:flow.oa.word".to_owned(), "hello".into())];
    let mut within = Session::open(&settings).unwrap();
    within.run("CREATE TABLE t (a INT, b STRING) STORED AS PARQUET").unwrap();
    within.run(r"INSERT INTO t VALUES (1, 'it\'s'), (2, NULL)").unwrap();
    let found = rows(within.execute("SELECT a, b FROM t ORDER BY a").unwrap(), 10);
    assert_eq!(found, [["I32(1)", r#"Text("it's")"#], ["I32(2)", "NULL"]]);
    let option = rows(within.execute("SET flow.oa.word").unwrap(), 10);
    assert_eq!(option, [[r#"Text("flow.oa.word")"#, r#"Text("hello")"#]]);
    drop(within);
    session.run(&format!("DROP DATABASE {database} CASCADE")).unwrap();
    let error = Session::open(&settings).unwrap_err();
    assert!(matches!(&error, Hs2Error::Server { .. }) && error.to_string().contains(&database), "{error}");
}

#[test]
fn what_the_server_refuses_is_said_in_a_line_with_its_sqlstate() {
    let Some(settings) = nosasl() else { return };
    let mut session = Session::open(&settings).unwrap();
    for (sql, state, word) in [
        ("SELEC 1", "42601", "SELEC"),
        ("SELECT * FROM no_such_table", "42P01", "no_such_table"),
        ("SELECT raise_error('on purpose')", "", "on purpose"),
    ] {
        let error = session.run(sql).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(word) && !text.contains('\n'), "{error:?}");
        let Hs2Error::Server { error, .. } = error else { panic!("{text}") };
        assert!(state.is_empty() || error.sql_state.as_deref() == Some(state), "{error:?}");
    }
}

#[test]
fn a_server_that_is_spoken_to_in_a_wrong_way_is_told_from_one_that_is_down() {
    let Some(settings) = nosasl() else { return };
    let tls = Some(Tls { roots: Roots::System, check: Check::Nothing });
    let http = Transport::Http { path: "cliservice".to_owned() };
    is_reported(Settings { auth: Auth::Plain, ..settings.clone() }, "auth nosasl");
    is_reported(Settings { tls, ..settings.clone() }, "without TLS");
    is_reported(Settings { transport: http, ..settings.clone() }, "binary transport");
    let mut down = settings;
    down.port = 1;
    assert!(matches!(Session::open(&down), Err(Hs2Error::Connect { .. })));
}

#[test]
fn a_trivial_statement_is_timed() {
    let Some(settings) = nosasl() else { return };
    let mut session = Session::open(&settings).unwrap();
    let mut times: Vec<Duration> = (0..20)
        .map(|_| {
            let begun = Instant::now();
            assert_eq!(rows(session.execute("SELECT 1").unwrap(), 10), [["I32(1)"]]);
            begun.elapsed()
        })
        .collect();
    times.sort();
    say(&format!("SELECT 1: median {:?}, longest {:?}", times[10], times[19]));
}

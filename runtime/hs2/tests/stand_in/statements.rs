//! The course of statements: how they fail, how they are stopped, how their rows arrive.

use std::thread;
use std::time::{Duration, Instant};

use flow_oa_hs2::{Hs2Error, Interrupter, Session, Settings, Value};

use super::server::{Act, bad, binary, good, i32_field, list, nested, rows, text};
use super::{at, bare, calls, failure, open, settings};

/// The status of a statement, with the number of its state.
fn state(number: i32, more: &[Vec<u8>]) -> Act {
    Act::Answer([good(), i32_field(2, number), more.concat()].concat())
}

#[test]
fn a_statement_that_is_refused_at_once_has_its_reason_and_is_not_sent_again() {
    let server = at("ExecuteStatement", Act::Answer(bad("42000", 7, "a.b.CException: no\n\tat d")));
    let error = failure(&server);
    assert!(error.to_string().ends_with("says: no (SQLSTATE 42000, error 7)"), "{error}");
    let Hs2Error::Server { error, .. } = error else { panic!("{error}") };
    assert_eq!((error.sql_state.as_deref(), error.code), (Some("42000"), Some(7)));
    assert!(error.message.contains("at d"));
    assert_eq!(server.seen(), ["0 OpenSession", "0 ExecuteStatement", "0 CloseSession"]);
}

#[test]
fn a_statement_that_fails_later_has_its_reason_and_is_closed() {
    let why = [binary(3, b"22012"), i32_field(4, 0), binary(5, b"division by zero")];
    let server = at("GetOperationStatus", state(5, &why));
    let error = failure(&server);
    assert!(error.to_string().ends_with("says: division by zero (SQLSTATE 22012)"), "{error}");
    let asked =
        ["0 OpenSession", "0 ExecuteStatement", "0 GetOperationStatus", "0 CloseOperation", "0 CloseSession"];
    assert_eq!(server.seen(), asked);
}

#[test]
fn a_reason_that_comes_a_moment_after_the_failure_is_waited_for() {
    let server = bare(|method, nth| match (method, nth) {
        ("GetOperationStatus", 0 | 1) => Some(state(5, &[])),
        ("GetOperationStatus", _) => Some(state(5, &[binary(5, b"now I know")])),
        _ => None,
    });
    assert!(failure(&server).to_string().contains("now I know"));
    let never = at("GetOperationStatus", state(5, &[]));
    assert!(failure(&never).to_string().contains("nothing but that it failed"));
}

#[test]
fn every_other_end_of_a_statement_is_said() {
    for (number, word) in [(3, "cancelled"), (4, "closed"), (8, "longer than it may"), (42, "state 42")] {
        let server = at("GetOperationStatus", state(number, &[]));
        let error = failure(&server).to_string();
        assert!(error.contains(word), "{error}");
        assert_eq!(calls(&server, "CloseOperation"), 1);
    }
    let error = failure(&at("GetOperationStatus", Act::Answer(good()))).to_string();
    assert!(error.contains("which state"), "{error}");
    let error =
        failure(&at("GetOperationStatus", Act::Answer(bad("HY000", 0, "Invalid handle")))).to_string();
    assert!(error.contains("Invalid handle"), "{error}");
}

#[test]
fn a_statement_is_asked_for_until_it_ends_and_tells_what_it_changed() {
    let changed = [10, 0, 11, 0, 0, 0, 0, 0, 0, 0, 12];
    let server = bare(move |method, nth| {
        let running = [0, 7, 1, 1].get(nth);
        (method == "GetOperationStatus").then(|| match running {
            Some(number) => state(*number, &[]),
            None => state(2, &[changed.to_vec()]),
        })
    });
    assert_eq!(open(&server).run("INSERT").unwrap(), Some(12));
    assert_eq!(calls(&server, "GetOperationStatus"), 5);
}

#[test]
fn an_answer_that_does_not_come_is_a_timeout_and_the_statement_is_stopped_on_another_connection() {
    for act in [Act::Hang, Act::Trickle] {
        let server = at("GetOperationStatus", act);
        let mut session = open(&server);
        let begun = Instant::now();
        let error = session.run("SELECT 1").unwrap_err();
        assert!(matches!(&error, Hs2Error::Timeout { seconds, .. } if *seconds == 0.9), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(3));
        let tail = ["1 CancelOperation", "1 CloseOperation", "1 CloseSession"];
        assert_eq!(server.seen()[3..], tail);
        assert!(matches!(session.run("SELECT 1"), Err(Hs2Error::Lost { .. })));
        assert_eq!(calls(&server, "ExecuteStatement"), 1);
    }
}

#[test]
fn a_statement_whose_answer_is_lost_is_never_sent_again() {
    for act in [Act::Close, Act::Hang] {
        let server = at("ExecuteStatement", act.clone());
        let error = failure(&server);
        assert!(matches!(error, Hs2Error::Lost { .. } | Hs2Error::Timeout { .. }), "{error}");
        assert!(server.saw("1 CloseSession"));
        assert_eq!(calls(&server, "ExecuteStatement"), 1);
    }
}

#[test]
fn a_connection_that_ends_within_an_answer_is_lost_wherever_it_is_cut() {
    let fields = [good(), i32_field(2, 2)].concat();
    // The last cut lacks only the end of the message's struct, a single byte.
    for cut in [0, 1, 4, 20, 33, 40, 48, 52] {
        let error = failure(&at("GetOperationStatus", Act::Cut(fields.clone(), cut)));
        assert!(matches!(error, Hs2Error::Lost { .. }), "cut {cut}: {error}");
    }
}

#[test]
fn garbage_in_an_open_session_is_not_understood_and_says_what_came() {
    let error = failure(&at("ExecuteStatement", Act::Raw(b"SSH-2.0-dropbear".to_vec())));
    assert!(matches!(&error, Hs2Error::Protocol { .. }) && error.to_string().contains("SSH-"), "{error}");
    // A text of nearly 2 GiB is announced: no answer may be that long.
    let error = failure(&at("GetOperationStatus", Act::Raw(vec![0x80, 1, 0, 2, 0x7f, 255, 255, 255])));
    assert!(error.to_string().contains("a length of 2147483647"), "{error}");
    let wrong = [good(), binary(2, b"RUNNING")].concat();
    let error = failure(&at("GetOperationStatus", Act::Answer(wrong))).to_string();
    assert!(error.contains("field 2 is binary where i32 is due"), "{error}");
    let deep = [good(), [12, 0, 99].repeat(500)].concat();
    let error = failure(&at("GetOperationStatus", Act::Answer(deep))).to_string();
    assert!(error.contains("nested deeper"), "{error}");
}

/// Sets the flag from another thread.
fn soon(flag: Interrupter) -> thread::JoinHandle<Instant> {
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(300));
        flag.interrupt();
        Instant::now()
    })
}

#[test]
fn a_running_statement_is_cancelled_on_its_connection_and_the_session_goes_on() {
    let server = bare(|method, nth| (method == "GetOperationStatus" && nth < 1000).then(|| state(1, &[])));
    let mut session = open(&server);
    let flag = session.interrupter();
    let stopper = soon(flag.clone());
    let error = session.run("SELECT 1").unwrap_err();
    assert!(matches!(error, Hs2Error::Interrupted { .. }), "{error}");
    assert!(stopper.join().unwrap().elapsed() < Duration::from_millis(1500));
    let seen = server.seen();
    assert_eq!(seen[seen.len() - 2..], ["0 CancelOperation", "0 CloseOperation"]);
    assert!(matches!(session.run("SELECT 1"), Err(Hs2Error::Interrupted { .. })));
    assert_eq!(calls(&server, "ExecuteStatement"), 1);
    flag.reset();
    let again = soon(flag);
    assert!(matches!(session.run("SELECT 2"), Err(Hs2Error::Interrupted { .. })));
    again.join().unwrap();
    assert_eq!(calls(&server, "ExecuteStatement"), 2);
}

#[test]
fn an_interrupt_while_the_server_says_nothing_ends_the_wait_and_cancels_elsewhere() {
    let server = at("GetOperationStatus", Act::Hang);
    let settings = Settings { read_timeout: Duration::from_secs(60), ..settings(&server) };
    let mut session = Session::open(&settings).unwrap();
    let stopper = soon(session.interrupter());
    let error = session.run("SELECT 1").unwrap_err();
    assert!(matches!(error, Hs2Error::Interrupted { .. }), "{error}");
    assert!(stopper.join().unwrap().elapsed() < Duration::from_secs(4));
    assert_eq!(server.seen()[3..], ["1 CancelOperation", "1 CloseOperation", "1 CloseSession"]);
}

#[test]
fn fetching_and_opening_are_interrupted_too() {
    let later = [good(), vec![2, 0, 2, 1]].concat();
    let server = at("FetchResults", Act::Answer(later));
    let mut session = open(&server);
    let flag = session.interrupter();
    let mut operation = session.execute("SELECT 1").unwrap();
    let stopper = soon(flag);
    assert!(matches!(operation.fetch(10), Err(Hs2Error::Interrupted { .. })));
    drop(operation);
    assert!(stopper.join().unwrap().elapsed() < Duration::from_millis(1500));
    assert_eq!(calls(&server, "CancelOperation"), 1);

    let flag = Interrupter::new();
    flag.interrupt();
    let server = bare(|_, _| None);
    let error = Session::open_under(&settings(&server), &flag).unwrap_err();
    assert!(matches!(error, Hs2Error::Interrupted { .. }), "{error}");
}

#[test]
fn rows_come_page_by_page_with_nulls_and_an_empty_page_is_no_end_where_more_is_promised() {
    let more = vec![2, 0, 2, 1];
    let server = bare(move |method, nth| {
        (method == "FetchResults").then(|| {
            // The second column has nine rows but one byte of NULLs: the other byte was zero, and omitted.
            let first: &[i64] = &[0, 1, 2, 3, 4, 5, 6, 7, 8];
            Act::Answer(match nth {
                0 => [good(), more.clone(), rows(&[(&[], &[]), (&[], &[])])].concat(),
                1 => nested(1, &i32_field(1, 2)),
                2 => [good(), rows(&[(first, &[]), (first, &[0b1000_0010])])].concat(),
                _ => [good(), rows(&[(&[], &[]), (&[], &[])])].concat(),
            })
        })
    });
    let mut session = open(&server);
    let mut operation = session.execute("SELECT").unwrap();
    let page = operation.fetch(100).unwrap().unwrap();
    assert_eq!((page.rows(), page.columns()), (9, 2));
    for row in 0..9 {
        let value = Some(Value::I64(i64::try_from(row).unwrap()));
        assert_eq!(page.get(row, 0), value);
        assert_eq!(page.get(row, 1), if row == 1 || row == 7 { None } else { value });
    }
    assert_eq!((page.get(9, 0), page.get(0, 2)), (None, None));
    assert_eq!(operation.fetch(100).unwrap(), None);
    assert_eq!(operation.fetch(100).unwrap(), None);
    operation.close().unwrap();
    assert_eq!(calls(&server, "FetchResults"), 4);
}

#[test]
fn a_statement_that_fails_while_its_rows_are_fetched_says_why() {
    let server = at("FetchResults", Act::Answer(bad("22012", 0, "too late")));
    let mut session = open(&server);
    let mut operation = session.execute("SELECT").unwrap();
    let error = operation.fetch(1).unwrap_err().to_string();
    assert!(error.starts_with("fetching rows") && error.contains("too late (SQLSTATE 22012)"), "{error}");
}

#[test]
fn columns_are_named_and_typed() {
    let entry = |name: &str, kind: i32| {
        let primitive = [nested(1, &i32_field(1, kind)), vec![0]].concat();
        [binary(1, name.as_bytes()), nested(2, &list(1, 12, &[primitive])), i32_field(3, 1), vec![0]].concat()
    };
    let columns = [entry("a", 4), entry("ü", 15), entry("c", 99)];
    let schema = nested(2, &list(1, 12, &columns));
    let server = at("GetResultSetMetadata", Act::Answer([good(), schema].concat()));
    let mut session = open(&server);
    let columns = session.execute("SELECT").unwrap().columns().unwrap();
    let columns: Vec<_> = columns.iter().map(|column| (column.name.as_str(), column.type_name)).collect();
    assert_eq!(columns, [("a", "BIGINT"), ("ü", "DECIMAL"), ("c", "UNKNOWN")]);
}

#[test]
fn pages_that_contradict_themselves_are_refused() {
    let refused = |page: Vec<u8>| {
        let server = at("FetchResults", Act::Answer([good(), page].concat()));
        let mut session = open(&server);
        session.execute("SELECT").unwrap().fetch(9).unwrap_err().to_string()
    };
    assert!(refused(rows(&[(&[1, 2], &[]), (&[1], &[])])).contains("column 1 has 1 cells, column 0 has 2"));
    let by_row = nested(3, &list(2, 12, &[vec![0]]));
    assert!(refused(by_row).contains("by row"));
    let column = |id: u8, fields: &[u8]| nested(3, &list(3, 12, &[[nested(id, fields), vec![0]].concat()]));
    assert!(refused(column(9, &[])).contains("column 0 is of a type"));
    assert!(refused(column(5, &list(1, 8, &[vec![0; 4]]))).contains("a list of i32, not of i64"));
    let texts =
        |texts: &[&[u8]]| column(7, &list(1, 11, &texts.iter().map(|bytes| text(bytes)).collect::<Vec<_>>()));
    assert!(refused(texts(&[b"ok", &[0xff]])).contains("row 1 of the page holds a text that is no UTF-8"));
    // Two halves of a character are valid UTF-8 together, but not separately.
    assert!(refused(texts(&[&[0xc3], &[0xbc]])).contains("row 0"));
}

//! Standby and faulty NameNodes. The module `hdfs` tests a real one.

use std::collections::BTreeMap;

use flow_oa_remote::{Hadoop, RemoteError, Site};

use crate::http::{Reply, Request, Server, answer, says};
use crate::{Reading, holds, impatient};

fn exception(status: &str, name: &str) -> Reply {
    let body =
        format!(r#"{{"RemoteException":{{"exception":"{name}","javaClassName":"x","message":"why"}}}}"#);
    says(status, &["Content-Type: application/json"], body)
}

fn status(length: u64, modified: u64) -> Reply {
    let body = format!(
        r#"{{"FileStatus":{{"type":"FILE","length":{length},"modificationTime":{modified},"fileId":7}}}}"#
    );
    says("200 OK", &[], body)
}

/// A NameNode with one file, which is also its DataNode.
fn active(request: &Request) -> Reply {
    match (request.parameter("op"), request.target.starts_with("/data")) {
        (Some("GETFILESTATUS"), _) => status(5, 1),
        (Some("OPEN"), _) => says("307 Temporary Redirect", &["Location: /data/a"], ""),
        (_, true) => Reply::Bytes(answer("200 OK", &["Connection: close"], "whole")),
        other => panic!("{other:?}"),
    }
}

fn site(namenodes: &[&Server]) -> Site {
    let urls = namenodes.iter().map(|namenode| namenode.url("")).collect();
    let hadoop = Hadoop::new(Some("spot".into()), &BTreeMap::from([("nn".to_owned(), urls)])).unwrap();
    Site { hadoop, ..impatient() }
}

#[test]
fn a_standby_is_passed_over() {
    let standby = Server::new(|_, _| exception("403 Forbidden", "StandbyException"));
    let other = Server::new(|request, _| active(request));
    let reading = Reading::of(site(&[&standby, &other]));
    // The length is known from the status, so the DataNode need not send it.
    assert_eq!(reading.fetch("hdfs://nn/user/a b%c;d").unwrap(), "whole");
    assert!(
        other.heard()[0].target.starts_with("/webhdfs/v1/user/a%20b%25c%3Bd?op=GETFILESTATUS&user.name=")
    );
}

#[test]
fn a_lone_standby_says_what_to_do() {
    let standby = Server::new(|_, _| exception("403 Forbidden", "StandbyException"));
    let error = Reading::of(site(&[&standby])).fetch("hdfs://nn/a").unwrap_err();
    assert!(matches!(
        holds(error, &["standby", "hdfs, namenodes", "tried 4 times"]),
        RemoteError::Unavailable { .. }
    ));
}

#[test]
fn a_namenode_that_starts_is_waited_for() {
    let server = Server::new(|request, number| match number {
        0 => exception("403 Forbidden", "RetriableException"),
        _ => active(request),
    });
    assert_eq!(Reading::of(site(&[&server])).fetch("hdfs://nn/a").unwrap(), "whole");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_refused() {
    let server = Server::new(|request, number| match request.parameter("op") {
        Some("GETFILESTATUS") => status(5, number as u64),
        _ => active(request),
    });
    let error = Reading::of(site(&[&server])).fetch("hdfs://nn/a").unwrap_err();
    assert!(matches!(error, RemoteError::Changed { .. }), "{error:?}");
}

#[test]
fn less_than_the_status_promised_is_short() {
    let server = Server::new(|request, _| match request.parameter("op") {
        Some("GETFILESTATUS") => status(9, 1),
        _ => active(request),
    });
    let error = Reading::of(site(&[&server])).fetch("hdfs://nn/a").unwrap_err();
    assert!(matches!(holds(error, &["5 bytes came of 9"]), RemoteError::Short { .. }));
}

#[test]
fn a_web_server_is_no_namenode() {
    for body in ["<html>", "{}"] {
        let server = Server::new(move |_, _| says("200 OK", &[], body));
        let error = Reading::of(site(&[&server])).fetch("hdfs://nn/a").unwrap_err();
        holds(error, &["is it WebHDFS?"]);
    }
}

//! The program is declarative: a pipeline unrelated to flows, in JSON only, is built with `FLOW_OA_SCHEMA` and taken
//! from its files to checked rows in SQLite.
//!
//! The test builds the whole program in its own target folder. `tests/run --quick` therefore skips it, by the word
//! trybuild in its name.

#![allow(missing_docs, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rusqlite::Connection;

const RAW: &str = "time,seconds,who,from,host,result,passwords
2024-02-29 10:00:05,1.5,eve,10.0.0.7,db1,0,3
2024-02-29 10:00:06,1,eve,192.0.2.9,db1,1,1
2024-02-29 10:00:06,1,eve,192.0.2.9,db1,1,1
2024-02-29 10:00:59,1.0,eve,192.0.2.9,db1,1,1
2024-02-29 10:00:20,0,bob,10.0.0.8,db1,1,1
2024-02-29 10:07:00,0,bob,10.0.0.8,db2,1,1
";

const RANKED: &str = "2024-02-29 10:00:07\teve\t192.0.2.9\tdb1\tpassword\t4\t1e-7\t6\t22\t.AP.S.
2024-02-29 10:07:00\tbob\t10.0.0.8\tdb2\tkey\t1\t0.25\tICMP\t771\t......
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Builds the program with the schema folder of the test, in a target folder of its own.
fn build() -> PathBuf {
    let target = root().join("target/second-pipeline");
    let built = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["build", "--locked", "--package", "flow-oa", "--target-dir"])
        .arg(&target)
        .env("FLOW_OA_SCHEMA", "tests/goldens/schemas/logins")
        .output()
        .expect("cargo can be started");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target.join("debug/flow-oa")
}

fn ok(program: &Path, home: &Path, arguments: &[&str]) -> Output {
    let done = Command::new(program).current_dir(home).args(arguments).output().expect("the program starts");
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done
}

fn rows(database: &Connection, sql: &str) -> Vec<String> {
    let mut statement = database.prepare(sql).expect("a good query");
    let width = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let cell = |at| match row.get_ref(at).expect("a column") {
            rusqlite::types::ValueRef::Null => "-".to_owned(),
            rusqlite::types::ValueRef::Integer(it) => it.to_string(),
            rusqlite::types::ValueRef::Real(it) => it.to_string(),
            rusqlite::types::ValueRef::Text(it) => String::from_utf8_lossy(it).into_owned(),
            rusqlite::types::ValueRef::Blob(_) => "blob".to_owned(),
        };
        Ok((0..width).map(cell).collect::<Vec<_>>().join("|"))
    };
    statement.query_map([], row).expect("rows").map(|row| row.expect("a row")).collect()
}

#[test]
fn trybuild_a_pipeline_of_logins_needs_json_only() {
    let program = build();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path();
    for (path, text) in [
        ("audit.csv", RAW),
        ("ranked/20240229.tsv", RANKED),
        ("context/ipranges.csv", "10.0.0.0/8,ours\n"),
        ("context/networkcontext_1.csv", "10.0.0.8,desk of bob\n192.0.2.0/24,far away\n"),
        ("context/reputation.csv", "192.0.2.9,HIGH,3\n"),
        ("context/iploc.csv", "3221225984,3221226239,XX,Land,State,City,52.5,-13.25,Owner,example.net\n"),
        ("flow_oa.json", r#"{"context": {"codes": {"roles": "context/roles.csv"}}}"#),
        ("context/roles.csv", "server,role\ndb1,\"billing, and\naudit\"\n"),
    ] {
        let path = home.join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("can be made");
        std::fs::write(path, text).expect("can be written");
    }
    ok(&program, home, &["init"]);
    ok(&program, home, &["ingest", "audit.csv"]);
    let done = ok(&program, home, &["run", "-t", "login", "-d", "2024-02-29", "-l", "10"]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("login_score") && said.contains("2 read = 2 stored"), "{said}");

    let database = Connection::open(home.join("data/flow_oa.db")).expect("the database");
    let scores = rows(&database, "SELECT * FROM login_score ORDER BY position");
    assert_eq!(
        scores,
        [
            "2024-02-29 10:00:07|eve|192.0.2.9|db1|4|0.0000001|6|22|.AP.S.|0|0|far away|52.5|-13.25|list:HIGH:3|\
             billing, and\naudit|TCP|6|ssh||-|-|ACK PSH SYN|10|2024|2|29",
            "2024-02-29 10:07:00|bob|10.0.0.8|db2|1|0.25|ICMP|771|......|1|1|desk of bob|-|-||\
             db2|ICMP|1||Destination Unreachable: Port Unreachable|3|3||10|2024|2|29",
        ]
    );
    let explained = ok(&program, home, &["explain-row", "-d", "2024-02-29", "--rank", "0"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("the name of `server` in the codes \"roles\", line 2: db1"), "{explained}");
    assert!(!explained.contains("today it gives"), "{explained}");
    let explained = ok(&program, home, &["explain-row", "-d", "2024-02-29", "--rank", "1"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("the codes \"roles\" have no name for \"db2\""), "{explained}");
    let details = rows(
        &database,
        "SELECT at, account, server, client, succeeded, secrets, service FROM login_detail ORDER BY 1, 2, 4",
    );
    assert_eq!(
        details,
        [
            "2024-02-29 10:00:06|eve|db1|10.0.0.7|0|3|ssh",
            "2024-02-29 10:00:07|eve|db1|192.0.2.9|1|1|ssh",
            "2024-02-29 10:00:07|eve|db1|192.0.2.9|1|1|ssh",
            "2024-02-29 10:07:00|bob|db2|10.0.0.8|1|1|ssh",
        ],
        "rows that are equal stay apart, and the one that ended in the next minute is not among them"
    );
    let minutes = rows(&database, "SELECT minute, logins FROM login_minute ORDER BY 1");
    assert_eq!(minutes, ["2024-02-29 10:00|4", "2024-02-29 10:01|1", "2024-02-29 10:07|1"]);
}

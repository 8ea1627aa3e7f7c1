//! The program is declarative: a pipeline unrelated to flows, in JSON only, is built with `FLOW_OA_SCHEMA` and taken
//! from its files to checked rows in every engine. Its tables select rows in all ways of the language.
//!
//! The test builds the whole program in its own target folder. `tests/run --quick` therefore skips it, by the word
//! trybuild in its name.

#![allow(missing_docs, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use rusqlite::Connection;

const RAW: &str = "time,seconds,who,from,host,result,passwords,stamp,day,clock
2024-02-29 10:00:05,1.5,eve,10.0.0.7,db1,0,3,1709200806,2024-02-29,9:05:00
2024-02-29 10:00:06,1,eve,192.0.2.9,db1,1,1,1709200807,2024-02-29,9:05:00
2024-02-29 10:00:06,1,eve,192.0.2.9,db1,1,1,1709200807,2024-02-29,9:05:00
2024-02-29 10:00:59,1.0,eve,192.0.2.9,db1,1,1,1709200860,2024-02-29,23:00:01
2024-02-29 10:00:20,0,bob,10.0.0.8,db1,1,1,1709200820,2024-02-29,23:00:01
2024-02-29 10:07:00,0,bob,10.0.0.8,db2,1,1,-1,2024-02-29,23:00:01
2024-02-29 10:08:00,0,bob,10.0.0.8,db2,1,1,2,2024-02-29,23:00:01
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

/// A home with the files of the pipeline.
fn home() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
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
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("can be made");
        std::fs::write(path, text).expect("can be written");
    }
    folder
}

/// Ingests and runs the day in a database.
fn run(program: &Path, home: &Path, database: &str) {
    let on = |arguments: &[&str]| ok(program, home, &[arguments, &["--database", database]].concat());
    on(&["init"]);
    on(&["ingest", "audit.csv"]);
    let done = on(&["run", "-t", "login", "-d", "2024-02-29", "-l", "10"]);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(said.contains("login_score") && said.contains("2 read = 2 stored"), "{said}");
}

/// Checks every row that the run stored.
fn require_rows(database: &Connection) {
    let expect = |query: &str, expected: &[&str]| assert_eq!(rows(database, query), expected, "{query}");
    expect(
        "SELECT * FROM login_score ORDER BY position",
        &[
            "2024-02-29 10:00:07|eve|192.0.2.9|db1|4|0.0000001|6|22|.AP.S.|0|0|far away|52.5|-13.25|list:HIGH:3|\
             billing, and\naudit|TCP|6|ssh||-|-|ACK PSH SYN|10|eve@db1|6|9|2024-02-29 10|3|1970-01-02 00:00:00|\
             billing, and\naudit|example.co.uk|9ebc305cd7d848a83421dea0039b2ef5|known|2024|2|29",
            "2024-02-29 10:07:00|bob|10.0.0.8|db2|1|0.25|ICMP|771|......|1|1|desk of bob|-|-||\
             db2|ICMP|1||Destination Unreachable: Port Unreachable|3|3||10|bob@db2|6|3|2024-02-29 10|3|\
             1970-01-02 00:00:00|Unknown (db2)|example.co.uk|3490de807bf0b39390478417e067b0bb|new bob|2024|2|29",
        ],
    );
    // Rows that are equal stay apart, and the one that ended in the next minute is not among them.
    expect(
        "SELECT at, account, server, client, succeeded, secrets, service FROM login_detail ORDER BY 1, 2, 4",
        &[
            "2024-02-29 10:00:06|eve|db1|10.0.0.7|0|3|ssh",
            "2024-02-29 10:00:07|eve|db1|192.0.2.9|1|1|ssh",
            "2024-02-29 10:00:07|eve|db1|192.0.2.9|1|1|ssh",
            "2024-02-29 10:07:00|bob|db2|10.0.0.8|1|1|ssh",
        ],
    );
    expect(
        "SELECT minute, logins FROM login_minute ORDER BY 1",
        &["2024-02-29 10:00|4", "2024-02-29 10:01|1", "2024-02-29 10:07|1", "2024-02-29 10:08|1"],
    );
    // The port of bob's odd attempt is no port of the raw rows.
    expect(
        "SELECT * FROM login_hour ORDER BY 1",
        &[
            "2024-02-29 10:00:06|eve|22|eve@db1|6|13|main|2024|2|29",
            "2024-02-29 10:00:07|eve|22|eve@db1|7|11|main|2024|2|29",
            "2024-02-29 10:00:07|eve|22|eve@db1|7|11|main|2024|2|29",
            "2024-02-29 10:01:00|eve|22|eve@db1|0|11|main|2024|2|29",
        ],
    );
    // Times that are computed from numbers and texts, also before 1970.
    expect("SELECT DISTINCT client_hour FROM login ORDER BY 1", &["0", "10", "23"]);
    expect(
        "SELECT minute, hour, logins FROM login_clock ORDER BY 1, 2",
        &[
            "1969-12-31 23:59|2024-02-29 23|1",
            "1970-01-01 00:00|2024-02-29 23|1",
            "2024-02-29 10:00|2024-02-29 09|3",
            "2024-02-29 10:00|2024-02-29 23|1",
            "2024-02-29 10:01|2024-02-29 23|1",
        ],
    );
    expect(
        "SELECT stamp, account FROM login_stamp ORDER BY 1",
        &["1709200806|eve", "1709200807|eve", "1709200807|eve"],
    );
    expect("SELECT stamp, account FROM login_first", &["2|bob"]);
    expect(
        "SELECT at, account FROM login_late ORDER BY 1",
        &["2024-02-29 10:00:07|eve", "2024-02-29 10:00:07|eve", "2024-02-29 10:01:00|eve"],
    );
    expect(
        "SELECT client, account, server FROM login_client ORDER BY 1, 2, 3",
        &["10.0.0.8|bob|db1", "10.0.0.8|bob|db2", "192.0.2.9|eve|db1"],
    );
    expect(
        "SELECT account, attempts, servers, secrets, quickest, most, first, last FROM login_account ORDER BY 1",
        &[
            "bob|3|2|3|0|1|2024-02-29 10:00:20|2024-02-29 10:08:00",
            "eve|4|1|6|1|3|2024-02-29 10:00:06|2024-02-29 10:01:00",
        ],
    );
}

#[test]
fn trybuild_a_pipeline_of_logins_needs_json_only() {
    let program = build();
    let folder = home();
    let home = folder.path();
    run(&program, home, "sqlite:data/flow_oa.db");
    require_rows(&Connection::open(home.join("data/flow_oa.db")).expect("the database"));
    let explained = ok(&program, home, &["explain-row", "-d", "2024-02-29", "--rank", "0"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("the name of `server` in the codes \"roles\", line 2: db1"), "{explained}");
    assert!(explained.contains("`account` in lower case and a constant and `server`"), "{explained}");
    assert!(!explained.contains("today it gives"), "{explained}");
    let explained = ok(&program, home, &["explain-row", "-d", "2024-02-29", "--rank", "1"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("the codes \"roles\" have no name for \"db2\""), "{explained}");
    let asked = ["query", "details", "-d", "2024-02-29", "--rank", "0", "--output", "csv", "--table"];
    let details = |table| ok(&program, home, &[&asked[..], &[table]].concat());
    let lines = |table| String::from_utf8_lossy(&details(table).stdout).lines().count();
    assert_eq!([lines("login_stamp"), lines("login_hour")], [4, 5], "a header and the rows behind the first");
    for database in servers(home) {
        run(&program, home, &database);
        // A copy shows all rows through SQLite.
        let copy = format!("sqlite:copy_{}.db", database.split(':').next().unwrap_or_default());
        ok(&program, home, &["init", "--database", &copy]);
        ok(&program, home, &["copy", "--from", &database, "--to", &copy]);
        let copied = copy.strip_prefix("sqlite:").expect("a file");
        require_rows(&Connection::open(home.join(copied)).expect("the copy"));
    }
}

/// The databases on the servers that the environment names. A server that it does not name is reported as skipped.
fn servers(home: &Path) -> Vec<String> {
    let name = format!("flow_oa_logins_{}", std::process::id());
    let named = |variable: &str, what: &str| {
        let value = std::env::var(variable).ok().filter(|value| !value.is_empty());
        if value.is_none() {
            let _ = writeln!(std::io::stderr(), "skipped: logins on {what}: {variable} is not set");
        }
        value
    };
    let postgres = named("FLOW_OA_TEST_POSTGRES", "PostgreSQL").map(|server| {
        let mark = if server.contains('?') { '&' } else { '?' };
        format!("{server}{mark}schema={name}")
    });
    let hive = named("FLOW_OA_TEST_HS2", "HiveServer2").and_then(|server| {
        let place = server.split_whitespace().next()?;
        let folder = home.join("warehouse").display().to_string();
        Some(format!("hive2://{place}/{name}?auth=nosasl&location=file://{folder}"))
    });
    postgres.into_iter().chain(hive).collect()
}

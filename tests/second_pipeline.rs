//! The program is declarative: a pipeline unrelated to flows, in JSON only, is built with `FLOW_OA_SCHEMA` and taken
//! from its files to checked rows in every engine. Its tables select rows in all ways of the language. A second
//! pipeline, of requests, has raw formats with all notions of the language, which are recognized across pipelines.
//!
//! The test builds the whole program in its own target folder. `tests/run --quick` therefore skips it, by the word
//! trybuild in its name.

#![allow(missing_docs, clippy::expect_used, reason = "a test stops at the first surprise")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

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

/// The program of both tests, which run at the same time: it is built once.
static PROGRAM: LazyLock<PathBuf> = LazyLock::new(build);

/// Builds the program with the schema folder of the test, in a target folder of its own. A test is built with it, since
/// this selects the features of libraries that the build of the tests has.
fn build() -> PathBuf {
    let target = root().join("target/second-pipeline");
    take_libraries(&target.join("debug"));
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(root())
        .args(["test", "--locked", "--workspace", "--no-run", "--test", "corpus", "--target-dir"])
        .arg(&target)
        .env("FLOW_OA_SCHEMA", "tests/goldens/schemas/logins");
    // What cargo says of the package of the test: libraries that ask for it would be built again.
    for (name, _) in std::env::vars() {
        if ["CARGO_PKG_", "CARGO_MANIFEST_", "OUT_DIR"].iter().any(|own| name.starts_with(own)) {
            command.env_remove(name);
        }
    }
    let built = command.output().expect("cargo can be started");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target.join("debug/flow-oa")
}

/// Takes the libraries that were built for the tests, and what cargo knows of them, to another folder, so that only the
/// project's own crates are built again. Cargo decides which of them it can use.
fn take_libraries(folder: &Path) {
    let test = std::env::current_exe().expect("the path of the test");
    let built = test.ancestors().nth(2).expect("the folder of the profile");
    let is_own = |name: &str| name.starts_with("flow-oa") || name.starts_with("libflow_oa");
    // Cargo replaces a library as a whole. It writes into other files.
    let link = |from: &Path, to: &Path| std::fs::hard_link(from, to).expect("a library can be linked");
    take(&built.join("deps"), &folder.join("deps"), &|name| name.starts_with("lib") && !is_own(name), &link);
    for part in [".fingerprint", "build"] {
        take(&built.join(part), &folder.join(part), &|name| !is_own(name), &copy);
    }
}

/// Takes the wanted entries of a folder, with what is in them, unless they are there.
fn take(from: &Path, to: &Path, is_wanted: &dyn Fn(&str) -> bool, file: &dyn Fn(&Path, &Path)) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder of cargo").map(|entry| entry.expect("an entry")) {
        let (path, taken) = (entry.path(), to.join(entry.file_name()));
        if !is_wanted(&entry.file_name().to_string_lossy()) {
            continue;
        }
        if path.is_dir() {
            take(&path, &taken, &|_| true, file);
        } else if !taken.exists() {
            file(&path, &taken);
        }
    }
}

/// Copies a file with its time, which cargo compares.
fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).expect("a file can be copied");
    let changed = from.metadata().and_then(|it| it.modified()).expect("a file has a time");
    let copied = std::fs::File::options().append(true).open(to).expect("a copy can be opened");
    copied.set_modified(changed).expect("a time can be set");
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
        ("context/reputation.csv", "name,label,value\n192.0.2.9,HIGH,3\ndb2.example.com,LOW,1\n"),
        ("context/iploc.csv", "3221225984,3221226239,XX,Land,State,City,52.5,-13.25,Owner,example.net\n"),
        ("flow_oa.json", r#"{"pipeline": "login", "context": {"codes": {"roles": "context/roles.csv"}}}"#),
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

/// The expectations that rows of the newest command of that name violated: column, rule, rows checked and violated, and
/// what came of it.
fn came(program: &Path, home: &Path, database: &str, command: &str) -> Vec<String> {
    let shown = ok(program, home, &["history", "--output", "json", "--database", database]);
    let history: serde_json::Value = serde_json::from_slice(&shown.stdout).expect("is JSON");
    let entries = history["entries"].as_array().expect("a list");
    let newest = entries.iter().find(|entry| entry["command"] == command).expect("an entry");
    let line = |of: &serde_json::Value| {
        ["table", "column", "rule", "checked", "violated", "outcome"]
            .map(|key| of[key].to_string().replace(['"', '\\'], ""))
            .join("|")
    };
    newest["expectations"].as_array().expect("a list").iter().map(line).collect()
}

/// Checks what the schema expects of the rows of the day: some warn, and none stops.
fn require_expected(program: &Path, home: &Path, database: &str) {
    assert_eq!(
        came(program, home, database, "ingest"),
        ["login|took|in the range 0 to 1|7|1|warned", "login|account|unique with stamp|7|2|warned",]
    );
    assert_eq!(
        came(program, home, database, "run"),
        [
            "login_score|client_latitude|not NULL|2|1|warned",
            "login_account|attempts|in the range 1 to 3|2|1|warned",
            "login_detail|service|one of telnet, rlogin|4|4|warned",
            "login_detail|at|unique with account, client|4|2|warned",
        ]
    );
}

/// Rows that stop an ingest, and a run, change nothing.
fn what_is_not_expected_stops(program: &Path, home: &Path, database: &str) {
    let on = |arguments: &[&str]| said(program, home, &[arguments, &["--database", database]].concat());
    let next = RAW.replace("2024-02-29", "2024-03-01");
    std::fs::write(home.join("other.csv"), next.replacen("eve", "mallory", 1)).expect("can be written");
    let (code, error) = on(&["ingest", "other.csv", "--metrics", "stopped.prom"]);
    let reason = "other.csv: login.account: expected one of eve, bob; 1 of 7 rows has another value, such as \
                  \"mallory\" at other.csv:2";
    assert!(code == Some(65) && error.contains(reason) && error.contains("nothing was changed"), "{error}");
    assert_eq!(came(program, home, database, "ingest")[0], "login|account|one of eve, bob|7|1|stopped");
    let metrics = std::fs::read_to_string(home.join("stopped.prom")).expect("metrics");
    let labels =
        "{pipeline=\"login\",table=\"login\",column=\"account\",rule=\"one of eve, bob\",or=\"stop\"}";
    assert!(metrics.contains(&format!("flow_oa_ingest_expectation_violations{labels} 1\n")), "{metrics}");

    // Without that row, the day has an account that tried more passwords than a run accepts.
    std::fs::write(home.join("other.csv"), next.replace(",3,", ",300,")).expect("can be written");
    std::fs::write(home.join("ranked/20240301.tsv"), RANKED.replace("2024-02-29", "2024-03-01"))
        .expect("can be written");
    assert_eq!(on(&["ingest", "other.csv"]).0, Some(0));
    let (code, error) = on(&["run", "-t", "login", "-d", "2024-03-01"]);
    let reason = "login of 2024-03-01: login_account.secrets: expected in the range 0 to 100; 1 of 2 rows is outside, \
                  such as \"303\"";
    assert!(
        code == Some(65) && error.contains(reason) && error.contains("nothing else was changed"),
        "{error}"
    );
    let counts = came(program, home, database, "run");
    assert!(
        counts.contains(&"login_account|secrets|in the range 0 to 100|2|1|stopped".to_owned()),
        "{counts:?}"
    );
    let shown = ok(
        program,
        home,
        &["query", "suspicious", "-t", "login", "-d", "2024-03-01", "--database", database],
    );
    assert!(!String::from_utf8_lossy(&shown.stdout).contains("192.0.2.9"), "no row of the day is stored");
}

/// Checks every row that the run stored.
fn require_rows(database: &Connection) {
    let expect = |query: &str, expected: &[&str]| assert_eq!(rows(database, query), expected, "{query}");
    expect(
        "SELECT * FROM login_score ORDER BY position",
        &[
            "2024-02-29 10:00:07|eve|192.0.2.9|db1|4|0.0000001|6|22|.AP.S.|0|0|far away|52.5|-13.25|list:HIGH:3|\
             billing, and\naudit|TCP|6|ssh||-|-|ACK PSH SYN|10|eve@db1|6|9|2024-02-29 10|3|1970-01-02 00:00:00|\
             billing, and\naudit|example.co.uk|9ebc305cd7d848a83421dea0039b2ef5|known|3|ee|9|often|0|2024|2|29",
            "2024-02-29 10:07:00|bob|10.0.0.8|db2|1|0.25|ICMP|771|......|1|1|desk of bob|-|-||\
             db2|ICMP|1||Destination Unreachable: Port Unreachable|3|3||10|bob@db2|6|3|2024-02-29 10|3|\
             1970-01-02 00:00:00|Unknown (db2)|example.co.uk|3490de807bf0b39390478417e067b0bb|new bob|1|o|9|bob|1|2024|2|29",
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
    // The port of bob's odd attempt is not a port of the raw rows.
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
    // Rows are grouped by what the program looks up for them.
    expect(
        "SELECT client_name, inside, verdict, server_verdict, role, number, icmp_type, label, digest, epoch_hour, logins \
         FROM login_origin ORDER BY digest, epoch_hour",
        &[
            "desk of bob|1||list:LOW:1|Unknown (db2)|6|-|bob/3/22|3490de807bf0b39390478417e067b0bb|1709247601|2",
            "far away|0|list:HIGH:3||billing, and\naudit|6|-|eve/3/22|9ebc305cd7d848a83421dea0039b2ef5|1709197500|2",
            "far away|0|list:HIGH:3||billing, and\naudit|6|-|eve/3/22|9ebc305cd7d848a83421dea0039b2ef5|1709247601|1",
            "ours|1|||billing, and\naudit|6|-|eve/3/22|b1423fd33f4d4341a5daabfb27935ee0|1709197500|1",
            "desk of bob|1|||billing, and\naudit|6|-|bob/3/22|e29da2f3c4f4f201d56f17372787f68f|1709247601|1",
        ],
    );
    expect("SELECT account, server, tries FROM login_top ORDER BY tries DESC", &["eve|db1|6", "bob|db2|2"]);
    expect(
        "SELECT at, client, account, role FROM login_few ORDER BY at, client",
        &[
            "2024-02-29 10:00:06|10.0.0.7|eve|billing, and\naudit",
            "2024-02-29 10:00:07|192.0.2.9|eve|billing, and\naudit",
            "2024-02-29 10:00:20|10.0.0.8|bob|billing, and\naudit",
            "2024-02-29 10:07:00|10.0.0.8|bob|db2",
        ],
    );
    // Each client counts once, and the key columns are not part of what is distinct.
    expect(
        "SELECT client, account FROM login_way ORDER BY 1",
        &["10.0.0.7|eve", "10.0.0.8|bob", "192.0.2.9|eve"],
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
    let program: &Path = &PROGRAM;
    let folder = home();
    let home = folder.path();
    run(program, home, "sqlite:data/flow_oa.db");
    require_rows(&Connection::open(home.join("data/flow_oa.db")).expect("the database"));
    require_expected(program, home, "sqlite:data/flow_oa.db");
    what_is_not_expected_stops(program, home, "sqlite:data/flow_oa.db");
    let explained = ok(program, home, &["explain-row", "-d", "2024-02-29", "--rank", "0"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("the name of `server` in the codes \"roles\", line 2: db1"), "{explained}");
    assert!(explained.contains("`account` in lower case and a constant and `server`"), "{explained}");
    assert!(!explained.contains("today it gives"), "{explained}");
    let explained = ok(program, home, &["explain-row", "-d", "2024-02-29", "--rank", "1"]);
    let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
    assert!(explained.contains("the codes \"roles\" have no name for \"db2\""), "{explained}");
    let asked = ["query", "details", "-d", "2024-02-29", "--rank", "0", "--output", "csv", "--table"];
    let details = |table| ok(program, home, &[&asked[..], &[table]].concat());
    let lines = |table| String::from_utf8_lossy(&details(table).stdout).lines().count();
    assert_eq!([lines("login_stamp"), lines("login_hour")], [4, 5], "a header and the rows behind the first");
    rows_without_values_are_answered(program, home);
    for database in servers(home) {
        run(program, home, &database);
        // A copy shows all rows through SQLite.
        let copy = format!("sqlite:copy_{}.db", database.split(':').next().unwrap_or_default());
        ok(program, home, &["init", "--database", &copy]);
        ok(program, home, &["copy", "--from", &database, "--to", &copy]);
        let copied = copy.strip_prefix("sqlite:").expect("a file");
        require_rows(&Connection::open(home.join(copied)).expect("the copy"));
        require_expected(program, home, &database);
        what_is_not_expected_stops(program, home, &database);
    }
}

/// Raw rows have no value in a column that was added after they were ingested.
fn rows_without_values_are_answered(program: &Path, home: &Path) {
    let database = Connection::open(home.join("data/flow_oa.db")).expect("the database");
    let change = "UPDATE login SET server = NULL WHERE client = '10.0.0.7';
        UPDATE login SET server = '', port = NULL WHERE account = 'eve' AND client <> '10.0.0.7'";
    database.execute_batch(change).expect("rows change");
    ok(program, home, &["run", "-t", "login", "-d", "2024-02-29", "-l", "10"]);
    let found = "SELECT client_name, role, label, logins FROM login_origin WHERE label LIKE 'eve%' ORDER BY 1, epoch_hour";
    assert_eq!(
        rows(&database, found),
        ["far away|Unknown ()|eve/0/|2", "far away|Unknown ()|eve/0/|1", "ours|Unknown ()|eve/0/22|1"]
    );
    assert_eq!(rows(&database, "SELECT sum(logins) FROM login_origin"), ["7"]);
}

/// Comments, runs of blanks and quoted fields; line 6 is the first record.
const WEB_LOG: &str = "#Software: a \"server
#Fields: date time epoch client method host path query kilobytes
#Remark: 1


2024-02-29 T10:00:05  1709200805.999 192.0.2.07 G www.example.com /a ?q=\"x\"   1.5
# 2024-02-29
2024-02-29 10:00:06 1709200806 192.0.2.8 \"POST  IT\" www.example.com / - 0
";

/// The header has 6 names and records have 7 fields, or one more of each.
const PROBE: &str = "when\tepoch\tclient\turl\tmethod\tsize
Thu 29\t10:00\t1709200807\t192.0.2.9\twww.example.com\tGET\t1
Thu 29\t10:00\t1709200807\t\twww.example.com\tGET\tx
Thu 29\t10:00\t1709200807\t-\twww.example.com\tGET\t1
# no record
Thu 29\t10:00\t1709200807\tnowhere\twww.example.com\tHEAD\t1
Thu 29\t10:01\t1709200808\t2001:DB8::1\twww.example.com/#\tPOST\t2\t\"a
note\"
";

/// Runs a command, and returns its exit code and its error output.
fn said(program: &Path, home: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let done = Command::new(program).current_dir(home).args(arguments).output().expect("the program starts");
    (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
}

#[test]
fn trybuild_formats_are_recognized_across_pipelines() {
    let program: &Path = &PROGRAM;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let home = folder.path();
    let write = |name: &str, text: &str| std::fs::write(home.join(name), text).expect("can be written");
    for (name, text) in [("audit.csv", RAW), ("web.log", WEB_LOG), ("probe.tsv", PROBE)] {
        write(name, text);
    }
    ok(program, home, &["init"]);
    let files = ["audit.csv", "web.log", "probe.tsv"];
    let done = ok(
        program,
        home,
        &[&["ingest"], &files[..], &["--metrics", "out.prom", "--output", "json"]].concat(),
    );
    let summaries: Vec<serde_json::Value> = serde_json::from_slice(&done.stdout).expect("is JSON");
    let fields = ["pipeline", "table", "format", "read", "stored", "skipped"];
    let found: Vec<String> = summaries
        .iter()
        .map(|summary| fields.map(|field| summary[field].to_string().replace('"', "")).join(" "))
        .collect();
    assert_eq!(
        found,
        ["login login audit 8 7 1", "request request web_log 8 2 6", "request request probe 7 2 5",]
    );
    let database = Connection::open(home.join("data/flow_oa.db")).expect("the database");
    assert_eq!(
        rows(&database, "SELECT * FROM request ORDER BY stamp"),
        [
            "1|2024-02-29 10:00:05|1709200805|192.0.2.7|www.example.com/a?q=\"x\"|GET|1|2024|2|29",
            "2|2024-02-29 10:00:06|1709200806|192.0.2.8|www.example.com|POST  IT|0|2024|2|29",
            "3|Thu 29 10:00|1709200807|192.0.2.9|www.example.com|GET|1|2024|2|29",
            "4|Thu 29 10:01|1709200808|2001:db8::1|www.example.com/#|POST|2|2024|2|29",
        ]
    );
    let metrics = std::fs::read_to_string(home.join("out.prom")).expect("metrics");
    for sample in [
        "flow_oa_ingest_records_stored{pipeline=\"login\"} 7\n",
        "flow_oa_ingest_records_stored{pipeline=\"request\"} 4\n",
        "flow_oa_ingest_success{pipeline=\"request\"} 1\n",
    ] {
        assert!(metrics.contains(sample), "{metrics}");
    }

    // Without its header, a log has the fields of two formats.
    let bare: String =
        WEB_LOG.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    write("bare.log", &bare);
    let (code, error) = said(program, home, &["ingest", "bare.log"]);
    let both = "web_log (pipeline request), web_mirror (pipeline request)";
    assert!(code == Some(2) && error.contains(both) && error.contains("--format"), "{error}");
    ok(program, home, &["ingest", "bare.log", "--format", "web_mirror"]);
    assert_eq!(
        rows(&database, "SELECT at, client FROM request WHERE flow_oa_id > 4"),
        ["T10:00:05|192.0.2.7", "10:00:06|192.0.2.8"]
    );

    // A file with bad records keeps its lines and the folder of its pipeline.
    write("bad.log", &WEB_LOG.replace("192.0.2.8", "192.0.2.800"));
    let (code, error) = said(program, home, &["ingest", "bad.log"]);
    let reason = "bad.log:8: column 4 (client): expected an IPv4 or IPv6 address";
    assert!(code == Some(65) && error.contains(reason), "{error}");
    ok(program, home, &["ingest", "bad.log", "--max-rejects", "1"]);
    assert!(home.join("data/request/rejects").is_dir() && !home.join("data/login/rejects").exists());

    // Names after the text of the header that no format has.
    write("other.log", &WEB_LOG.replace("Fields: date", "Fields: day"));
    let (code, error) = said(program, home, &["ingest", "other.log"]);
    let reason =
        "other.log: the names after `Fields:` are not the header of a known format: found 9 columns, day";
    assert!(code == Some(65) && error.contains(reason), "{error}");

    // A pipeline that is named limits the search, and a message says to which one the file belongs.
    let belongs = "web.log: the file has the format web_log of the pipeline request, but";
    let (code, error) = said(program, home, &["ingest", "-t", "login", "web.log"]);
    assert!(code == Some(2) && error.contains(&format!("{belongs} --type is login")), "{error}");
    write("flow_oa.json", "{\"pipeline\": \"login\"}");
    let (code, error) = said(program, home, &["ingest", "-t", "login", "--format", "web_log", "web.log"]);
    assert!(code == Some(2) && error.contains("there is no raw format \"web_log\", but audit"), "{error}");
    // The pipeline of the settings does not.
    ok(program, home, &["ingest", "--again", "web.log"]);
    ok(program, home, &["ingest", "--again", "--format", "web_log", "web.log"]);
    ok(program, home, &["ingest", "--again", "-t", "request", "web.log"]);
    let entries =
        rows(&database, "SELECT pipeline, status FROM flow_oa_history WHERE command = 'ingest' ORDER BY id");
    assert_eq!(
        entries,
        [
            "login|done",
            "request|done",
            "request|done",
            "|failed",
            "request|done",
            "request|failed",
            "request|done",
            "|failed",
            "login|failed",
            "login|failed",
            "request|done",
            "request|done",
            "request|done",
        ]
    );
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

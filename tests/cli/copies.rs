//! `flow-oa copy`: days are copied from one database to another with all their rows, or not at all.

use serde_json::json;

use crate::consistent::rollups_hold;
use crate::home::{Home, Outcome, flow, result, results_of, spot};

/// The days of [`team`].
const DAYS: [&str; 2] = ["2016-07-08", "2016-07-09"];

/// The URL of a home's own database.
pub(crate) fn url(home: &Home) -> String {
    format!("sqlite:{}", home.path("data/flow_oa.db").display())
}

fn line(day: &str, time: &str, to: &str, bytes: i64) -> String {
    flow(&format!("{day} {time}"), "10.0.0.1", to, bytes)
}

/// A home with two days in three files (one spans midnight), runs of both days, and a storyboard.
pub(crate) fn team() -> Home {
    let home = Home::new();
    home.write("context/ipranges.csv", "10.0.0.0/31,us\n");
    let [first, second] = DAYS;
    home.write(
        "a.csv",
        spot(&[line(first, "10:00:00", "10.0.0.2", 1), line(first, "10:00:05", "10.0.0.3", 2)]),
    );
    home.write(
        "midnight.csv",
        spot(&[line(first, "23:59:59", "10.0.0.2", 3), line(second, "00:00:00", "10.0.0.2", 4)]),
    );
    home.write(
        "b.csv",
        spot(&[line(second, "10:00:00", "10.0.0.4", 5), line(second, "10:00:00", "10.0.0.4", 5)]),
    );
    home.does(&["ingest", "a.csv", "midnight.csv", "b.csv"]);
    for (day, to) in DAYS.iter().zip([["10.0.0.2", "10.0.0.3"], ["10.0.0.4", "10.0.0.2"]]) {
        let one = |to: &str| result(&format!("{day} 10:00:00"), "10.0.0.1", to, "0.1") + "\n";
        home.write(&results_of(&day.replace('-', "")), to.map(one).concat());
    }
    home.does(&["run", "--from-date", first, "--to-date", second]);
    home.sql("INSERT INTO flow_storyboard (ip_threat, title, y, m, d) VALUES ('10.0.0.1', 'it''s they', 2016, 7, 8)");
    home
}

/// Every row of every table except the program's own, without the numbers of raw rows.
pub(crate) fn everything(home: &Home) -> Vec<String> {
    of_tables(home, "1")
}

/// The rows of a day of July 2016.
fn of_day(home: &Home, day: u32) -> Vec<String> {
    of_tables(home, &format!("y = 2016 AND m = 7 AND d = {day}"))
}

fn of_tables(home: &Home, which: &str) -> Vec<String> {
    let tables = home.rows(
        "SELECT t.name, group_concat('\"' || c.name || '\"', ', ') FROM sqlite_schema t, pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE 'flow_oa_%' AND c.name <> 'flow_oa_id' GROUP BY t.name",
    );
    let rows = |table: String| {
        let (name, columns) = table.split_once('|').unwrap();
        let mut rows = home.rows(&format!("SELECT '{name}', {columns} FROM {name} WHERE {which}"));
        rows.sort();
        rows
    };
    tables.into_iter().flat_map(rows).collect()
}

/// What the ledger records for each file and day.
pub(crate) fn ledger(home: &Home) -> Vec<String> {
    home.rows(
        "SELECT day, file, content, format, d.stored FROM flow_oa_ingest i JOIN flow_oa_ingest_day d ON d.ingest = i.id \
         ORDER BY day, i.id",
    )
}

/// Copies from one home to another.
fn copied(from: &Home, to: &Home, options: &[&str]) -> serde_json::Value {
    to.json(&[&["copy", "--from", &url(from), "--to", "sqlite:data/flow_oa.db"], options].concat())
}

#[test]
fn days_go_along_with_all_that_belongs_to_them() {
    let (from, to) = (team(), Home::new());
    let before = from.rows("SELECT * FROM flow_oa_history");
    let report = copied(&from, &to, &[]);
    assert_eq!(everything(&to), everything(&from));
    assert_eq!(ledger(&to), ledger(&from));
    rollups_hold(&|query| to.rows(query), "copied");
    assert_eq!(from.rows("SELECT * FROM flow_oa_history"), before, "the source is left alone");
    let flows = report["days"][0]["tables"]
        .as_array()
        .unwrap()
        .iter()
        .find(|table| table["table"] == "flow")
        .unwrap();
    assert_eq!((&flows["rows"], &flows["stored"], &flows["replaced"]), (&json!(3), &json!(3), &json!(0)));
    assert_eq!(to.value("SELECT count(*) FROM flow_oa_history WHERE status <> 'done'"), "0");
    assert!(from.rows("SELECT file FROM flow_oa_ingest").contains(&"midnight.csv".to_owned()));
}

#[test]
fn the_report_is_a_table_and_the_history_names_each_file() {
    let (from, to) = (team(), Home::new());
    let outcome = to.does(&["copy", "--from", &url(&from), "--to", "sqlite:data/flow_oa.db", "-d", DAYS[0]]);
    for word in ["2016-07-08", "flow_edge", "the counts of both agree"] {
        assert!(outcome.out.contains(word), "{}", outcome.out);
    }
    let reported =
        to.rows("SELECT id, command, day, input, status, records, stored FROM flow_oa_history ORDER BY id");
    let whole = &reported[2];
    assert_eq!(reported[..2], ["1|copy|NULL|a.csv|done|2|2", "2|copy|NULL|midnight.csv|done|1|1"]);
    assert!(whole.starts_with("3|copy|2016-07-08|sqlite:") && whole.contains("|done|"), "{whole}");
    assert_eq!(to.rows("SELECT id FROM flow_oa_ingest ORDER BY id"), ["1", "2"]);
    assert!(to.does(&["history"]).out.contains("midnight.csv"));
}

#[test]
fn a_file_can_be_replaced_in_the_target_and_is_refused_a_second_time() {
    let (from, to) = (team(), Home::new());
    copied(&from, &to, &[]);
    to.write("midnight.csv", from.read("midnight.csv"));
    to.run(&["ingest", "midnight.csv"]).ends_with(65).complains(&["was ingested before"]);
    to.write("midnight.csv", spot(&[line(DAYS[1], "00:00:00", "10.0.0.9", 9)]));
    let replaced = to.json(&["ingest", "--replace", "midnight.csv"]);
    assert_eq!(replaced[0]["replaced"], 2);
    assert_eq!(to.rows("SELECT ibyt FROM flow ORDER BY ibyt"), ["1", "2", "5", "5", "9"]);
    rollups_hold(&|query| to.rows(query), "replaced");
}

#[test]
fn what_the_target_has_of_the_day_makes_way_and_its_other_days_stay() {
    let (from, to) = (team(), team());
    from.write("more.csv", spot(&[line(DAYS[0], "12:00:00", "10.0.0.2", 7)]));
    from.does(&["ingest", "more.csv"]);
    from.does(&["run", "-d", DAYS[0], "-l", "1"]);
    let other_day = of_day(&to, 9);
    let report = copied(&from, &to, &["--date", DAYS[0]]);
    assert_eq!(report["days"].as_array().unwrap().len(), 1);
    assert_eq!((of_day(&to, 8), of_day(&to, 9)), (of_day(&from, 8), other_day));
    assert_eq!(ledger(&to), ledger(&from));
    rollups_hold(&|query| to.rows(query), "copied over");
    copied(&from, &to, &[]);
    assert_eq!((everything(&to), ledger(&to)), (everything(&from), ledger(&from)), "again");
}

#[test]
fn only_the_days_of_a_range_go() {
    let (from, to) = (team(), Home::new());
    copied(&from, &to, &["--from-date", "20160709", "--to-date", "20161231"]);
    assert_eq!((of_day(&to, 8), of_day(&to, 9)), (Vec::new(), of_day(&from, 9)));
    let from = url(&from);
    let copy = |options: &[&str]| {
        to.run(&[&["copy", "--from", &from, "--to", "sqlite:data/flow_oa.db"], options].concat())
    };
    copy(&["--from-date", "20160709", "--to-date", "20160708"]).ends_with(2).complains(&["no day is meant"]);
    copy(&["--from-date", "20160709"]).ends_with(2);
    let before = to.everything();
    copy(&["-d", "20160710"]).ends_with(65).complains(&["no rows of 2016-07-10", "nothing was changed"]);
    assert_eq!(to.everything(), before);
}

#[test]
fn only_named_tables_go() {
    let (from, to) = (team(), Home::new());
    copied(&from, &to, &["--table", "flow_scores", "--table", "flow_edge"]);
    for table in ["flow_scores", "flow_edge"] {
        let query = format!("SELECT * FROM {table} ORDER BY 1, 2, 3, 4, 5, 6, 7, 8");
        assert_eq!(to.rows(&query), from.rows(&query));
    }
    for table in ["flow", "flow_pair", "flow_chords", "flow_storyboard", "flow_oa_ingest"] {
        assert_eq!(to.count(table), 0, "{table}");
    }
    let from = url(&from);
    let copy =
        |table: &str| to.run(&["copy", "--from", &from, "--to", "sqlite:data/flow_oa.db", "--table", table]);
    copy("flow_edges").ends_with(2).complains(&["did you mean flow_edge?"]);
    copy("flow_pair").ends_with(2).complains(&["flow_pair sums up flow", "--table flow"]);
}

#[test]
fn analysts_rows_are_added_and_never_taken_out() {
    let (from, to) = (team(), Home::new());
    let story = |home: &Home, ip: &str, title: &str| {
        home.sql(&format!(
            "INSERT INTO flow_storyboard (ip_threat, title, y, m, d) VALUES ('{ip}', '{title}', 2016, 7, 8)"
        ));
    };
    story(&to, "10.0.0.9", "ours");
    copied(&from, &to, &[]);
    story(&from, "10.0.0.2", "later");
    story(&from, "10.0.0.3", "later");
    let report = copied(&from, &to, &["--table", "flow_storyboard"]);
    let titles = to.rows("SELECT title FROM flow_storyboard ORDER BY title");
    assert_eq!(titles, ["it's they", "later", "later", "ours"]);
    assert_eq!(
        report["days"][0]["tables"],
        json!([{"table": "flow_storyboard", "rows": 3, "stored": 2, "replaced": 0, "kept": 2}])
    );
}

#[test]
fn rows_of_no_known_file_are_those_of_the_source() {
    let (from, to) = (team(), Home::new());
    from.sql("UPDATE flow_oa_ingest SET last_row = first_row WHERE file = 'a.csv'");
    copied(&from, &to, &["-d", DAYS[0]]);
    assert_eq!(of_day(&to, 8), of_day(&from, 8));
    let files = to.rows("SELECT replace(file, rtrim(file, replace(file, '/', '')), ''), stored, last_row - first_row + 1 FROM flow_oa_ingest ORDER BY id");
    assert_eq!(files, ["a.csv|1|1", "midnight.csv|1|1", "flow_oa.db|1|1"]);
    rollups_hold(&|query| to.rows(query), "of no file");
}

#[test]
fn a_database_is_not_copied_into_itself() {
    let home = team();
    std::os::unix::fs::symlink(home.path("data/flow_oa.db"), home.path("link.db")).unwrap();
    let before = home.everything();
    for to in [url(&home), "sqlite:data/../data/flow_oa.db".to_owned(), "sqlite:link.db".to_owned()] {
        home.run(&["copy", "--to", &to])
            .ends_with(2)
            .complains(&["the same database", "nothing was changed"]);
    }
    assert_eq!(home.everything(), before);
}

#[test]
fn a_target_that_is_not_ready_is_refused_with_what_makes_it() {
    let home = team();
    home.run(&["copy", "--to", "sqlite:new.db"]).ends_with(78).complains(&[
        "--to",
        "no such file",
        "flow-oa init --database 'sqlite:new.db'",
    ]);
    assert!(!home.path("new.db").exists());
    home.write("new.db", "");
    home.run(&["copy", "--to", "sqlite:new.db"])
        .ends_with(78)
        .complains(&["flow_scores: the table is missing", "flow-oa init --database 'sqlite:new.db'"]);
    home.run(&["copy", "--from", "sqlite:none.db", "--to", "sqlite:new.db"])
        .ends_with(78)
        .complains(&["--from"]);
    home.run(&["copy"]).ends_with(2).complains(&["--to"]);
}

#[test]
fn a_source_that_somebody_writes_to_is_waited_for_and_then_left_alone() {
    let (from, to) = (team(), Home::new());
    let writer = from.database();
    writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM flow").unwrap();
    let mut command = to.command(&["copy", "--from", &url(&from), "--to", "sqlite:data/flow_oa.db"]);
    Outcome::of(command.env("FLOW_OA_DATABASE_WAIT_MS", "50"))
        .ends_with(75)
        .complains(&["held by another program", "done before it: none"]);
    assert_eq!(everything(&to), Vec::<String>::new());
    drop(writer);
    copied(&from, &to, &[]);
    assert_eq!(everything(&to), everything(&from));
}

#[test]
fn where_a_day_fails_the_days_before_it_stay() {
    let (from, to) = (team(), Home::new());
    to.sql("CREATE TRIGGER no BEFORE INSERT ON flow_scores WHEN NEW.d = 9 BEGIN SELECT RAISE(ABORT, 'not this'); END");
    let outcome = to
        .run(&["copy", "--from", &url(&from), "--to", "sqlite:data/flow_oa.db", "--output", "json"])
        .ends_with(70)
        .complains(&[
            "not this",
            "stopped at 2016-07-09; done before it: 2016-07-08",
            "the same command again",
        ]);
    assert_eq!(outcome.json()["stopped"]["day"], DAYS[1]);
    assert_eq!((of_day(&to, 8), of_day(&to, 9)), (of_day(&from, 8), Vec::new()));
    assert_eq!(to.rows("SELECT day FROM flow_oa_ingest_day"), [DAYS[0], DAYS[0]]);
    assert_eq!(
        to.value("SELECT status || day FROM flow_oa_history ORDER BY id DESC LIMIT 1"),
        "failed2016-07-09"
    );
    to.sql("DROP TRIGGER no");
    copied(&from, &to, &[]);
    assert_eq!(everything(&to), everything(&from));
}

#[test]
fn a_run_that_a_copy_replaced_is_no_reason_to_leave_the_day_alone() {
    let (from, to) = (team(), team());
    from.does(&["run", "-d", DAYS[0], "-l", "1"]);
    copied(&from, &to, &["--table", "flow_scores", "-d", DAYS[0]]);
    let range = to.json(&["run", "--from-date", DAYS[0], "--to-date", DAYS[1]]);
    let status = [0, 1].map(|at| range["days"][at]["status"].as_str().unwrap().to_owned());
    assert_eq!(status, ["done", "unchanged"]);
}

#[test]
fn flows_that_come_after_a_run_on_a_copy_make_the_day_stale() {
    let (from, to) = (team(), Home::new());
    copied(&from, &to, &["-d", DAYS[0]]);
    to.write(&results_of("20160708"), from.read(&results_of("20160708")));
    to.does(&["run", "-d", DAYS[0]]);
    assert_eq!(to.json(&["history"])["stale"], json!([]));
    copied(&from, &to, &["-d", DAYS[0], "--table", "flow"]);
    assert_eq!(to.json(&["history"])["stale"][0]["day"], DAYS[0]);
}

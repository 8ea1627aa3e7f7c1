//! `flow-oa copy` to the Hive family and back: a copied day equals the source. If a copy fails, each table is
//! completely old or new, and the message lists which.

use flow_oa_schema::Dialect;

use crate::backend::Backend;
use crate::hive::Hive;
use crate::home::{DAY, Outcome, flow, result, spot};
use crate::psql::Postgres;
use crate::site::{MODEL, Site};
use crate::sqlite::Sqlite;
use crate::under_way::{UnderWay, many_flows, many_results, until};

/// A day, and the next day.
const DAYS: [&str; 2] = ["2016-07-08", "2016-07-09"];

/// A flow of a day with a duration in seconds.
fn lasting(day: &str, time: &str, to: &str, seconds: &str) -> String {
    flow(&format!("{day} {time}"), "10.0.0.1", to, 100).replace(",0.5,", &format!(",{seconds},"))
}

/// A site with two days in three files (one spans midnight), runs of both, and a storyboard of the first.
pub(crate) fn team(backend: &dyn Backend) -> Option<Site> {
    let site = Site::bare(backend)?;
    site.does(&["init"]);
    site.home.write("context/ipranges.csv", "10.0.0.0/31,us\n");
    let [first, second] = DAYS;
    let odd = lasting(first, "10:00:05", "10.0.0.3", "0.1").replace("TCP", "\"it's \\ ${x} é\"");
    site.home.write("a.csv", spot(&[lasting(first, "10:00:00", "10.0.0.2", "0.001"), odd]));
    let over_midnight = [(first, "23:59:59", "3.25"), (second, "00:00:00", "1e-3")];
    site.home.write(
        "midnight.csv",
        spot(&over_midnight.map(|(day, at, seconds)| lasting(day, at, "10.0.0.2", seconds))),
    );
    let twice = lasting(second, "10:00:00", "10.0.0.4", "0.31");
    site.home.write("b.csv", spot(&[twice.clone(), twice]));
    site.does(&["ingest", "a.csv", "midnight.csv", "b.csv"]);
    for (day, to) in DAYS.iter().zip([["10.0.0.2", "10.0.0.3"], ["10.0.0.4", "10.0.0.2"]]) {
        let lines = to.map(|address| result(&format!("{day} 10:00:00"), "10.0.0.1", address, "0.1"));
        site.has_results_of(&day.replace('-', ""), &lines);
    }
    site.does(&["run", "--from-date", first, "--to-date", second]);
    site.database.sql(
        "INSERT INTO flow_storyboard (ip_threat, title, text, y, m, d) VALUES \
         ('10.0.0.1', 'it''s \\ ${x} \"é\"', NULL, 2016, 7, 8), ('10.0.0.2', '', 'a\nb', 2016, 7, 8), \
         ('10.0.0.3', '', 'a\nb', 2016, 7, 8)",
    );
    Some(site)
}

/// A database with empty tables.
fn empty(backend: &dyn Backend) -> Option<Site> {
    let site = Site::bare(backend)?;
    site.does(&["init"]);
    Some(site)
}

/// Copies from one site to another.
pub(crate) fn copied(from: &Site, to: &Site, options: &[&str]) -> Outcome {
    to.run(&[&["copy", "--from", &from.database.url(), "--to", &to.database.url()], options].concat())
}

/// Asserts that both have the same rows in every table that `dialect` has.
fn alike(one: &Site, other: &Site, dialect: Dialect) {
    for table in MODEL.tables().filter(|table| dialect.has(table)) {
        assert_eq!(other.table(&table.name), one.table(&table.name), "{}", table.name);
    }
}

/// The rows of a day of all tables that a run writes.
fn derived(site: &Site) -> Vec<Vec<String>> {
    MODEL.tables().filter(|it| it.is_written_by_run()).map(|table| site.table(&table.name)).collect()
}

#[test]
fn what_goes_there_from_sqlite_comes_back_the_same() {
    let (Some(from), Some(hive), Some(back)) = (team(&Sqlite), empty(&Hive), empty(&Sqlite)) else { return };
    copied(&from, &hive, &["--from-date", "20160709", "--to-date", "20161231"]).ends_with(0);
    assert_eq!((hive.count("flow"), hive.count("flow_scores"), hive.count("flow_storyboard")), (3, 2, 0));
    let report = copied(&from, &hive, &[]).ends_with(0);
    assert!(report.out.contains("the counts of both agree"), "{}", report.out);
    alike(&from, &hive, Dialect::Impala);
    copied(&hive, &back, &[]).ends_with(0);
    alike(&from, &back, Dialect::Sqlite);
    let files = "SELECT DISTINCT file FROM flow_oa_ingest ORDER BY file";
    assert_eq!(hive.rows(files), ["a.csv", "b.csv", "midnight.csv"]);
    hive.home.write("a.csv", from.home.read("a.csv"));
    hive.run(&["ingest", "a.csv"]).ends_with(65).complains(&["ingested before"]);
    let unknown = back.rows(files);
    assert!(unknown.len() == 1 && unknown[0].starts_with("hive2://"), "{unknown:?}");
    assert_eq!(hive.rows("SHOW TABLES LIKE 'flow_oa_*_0*'"), Vec::<String>::new(), "nothing is left aside");
}

#[test]
fn rows_of_many_batches_go_as_one_table() {
    let (Some(from), Some(hive)) = (empty(&Sqlite), empty(&Hive)) else { return };
    from.home.write("many.csv", many_flows(0));
    from.does(&["ingest", "many.csv"]);
    from.has_results(&many_results(0, 3000));
    from.does(&["run", "-d", DAY, "-l", "3000"]);
    let tables = ["flow", "flow_edge"];
    assert!(tables.iter().all(|table| from.count(table) > 2 * 2048), "more than batches hold");
    copied(&from, &hive, &["--table", "flow", "--table", "flow_edge"]).ends_with(0);
    for table in tables {
        assert!(hive.table(table) == from.table(table), "{table}");
    }
}

#[test]
fn what_goes_there_from_postgresql_comes_back_the_same() {
    let (Some(from), Some(hive), Some(back)) = (team(&Postgres), empty(&Hive), empty(&Postgres)) else {
        return;
    };
    copied(&from, &hive, &["-d", DAY]).ends_with(0);
    copied(&hive, &back, &["-d", DAY]).ends_with(0);
    for table in MODEL.tables() {
        let day = table.own_columns().len() + 2;
        let mut sent = from.table(&table.name);
        sent.retain(|row| row.split('|').nth(day) == Some("8"));
        assert_eq!(back.table(&table.name), sent, "{}", table.name);
    }
}

#[test]
fn a_copy_that_does_not_end_well_says_what_is_there() {
    let (Some(from), Some(hive)) = (team(&Sqlite), empty(&Hive)) else { return };
    copied(&from, &hive, &["-d", DAY]).ends_with(0);
    let old = derived(&hive);
    from.does(&["run", "-d", DAY, "-l", "1"]);
    cannot_go(&from, &hive);
    is_killed(&from, &hive);
    assert_eq!((derived(&hive), hive.count("flow")), (old, 3));
    fails_in_the_middle(&from, &hive);
    copied(&from, &hive, &["-d", DAY]).ends_with(0);
    assert_eq!((hive.count("flow"), hive.count("flow_edge"), hive.count("flow_scores")), (3, 1, 1));
    assert_eq!(hive.count("flow_storyboard"), 3);
    let statuses = hive.rows("SELECT status FROM flow_oa_history WHERE day IS NOT NULL ORDER BY id");
    assert_eq!(statuses, ["done", "failed", "failed", "killed", "failed", "done"]);
}

/// What the target cannot store or receive is refused before anything is changed.
fn cannot_go(from: &Site, hive: &Site) {
    let (source, target) = (from.database.url(), hive.database.url());
    // A path without a scheme: a folder in the server's file system, unknown to the program.
    let no_way = target.replace("location=file://", "location=");
    hive.run(&["copy", "--from", &source, "--to", &no_way, "-d", DAY]).ends_with(73).complains(&[
        "cannot be reached from here",
        "location=hdfs://HOST/PATH",
        "nothing was changed",
    ]);
    let another_name = target.replace("hive2://", "hive2://somebody");
    hive.run(&["copy", "--from", &target, "--to", &another_name])
        .ends_with(2)
        .complains(&["the same database", "nothing was changed"]);
    from.database.sql("PRAGMA ignore_check_constraints = ON; UPDATE flow SET sport = sport + 5000000000");
    copied(from, hive, &["-d", DAY]).ends_with(65).complains(&["sport", "5000001025", "nothing was changed"]);
    from.database.sql("UPDATE flow SET sport = sport - 5000000000");
}

fn is_killed(from: &Site, hive: &Site) {
    let (source, target) = (from.database.url(), hive.database.url());
    let command = UnderWay::start(hive, &["copy", "--from", &source, "--to", &target, "-d", DAY]);
    let newest = "SELECT status FROM flow_oa_history ORDER BY id DESC LIMIT 1";
    until("the copy has begun", || hive.rows(newest) == ["running"]);
    command.signal("-KILL");
    assert!(command.ends().is_none());
}

/// A view is read like the table, but its partitions cannot be changed.
fn fails_in_the_middle(from: &Site, hive: &Site) {
    hive.database.sql("ALTER TABLE flow_ingest_summary RENAME TO summary_before");
    hive.database.sql("CREATE VIEW flow_ingest_summary AS SELECT * FROM summary_before");
    copied(from, hive, &["-d", DAY]).ends_with(70).complains(&[
        "new: flow, flow_chords, flow_edge; old: flow_ingest_summary, flow_scores; the same command again repairs that",
    ]);
    assert_eq!((hive.count("flow_edge"), hive.count("flow_scores")), (1, 2));
    hive.database.sql("DROP VIEW flow_ingest_summary");
    hive.database.sql("ALTER TABLE summary_before RENAME TO flow_ingest_summary");
}

//! A day with tables in HDFS: the program writes files through WebHDFS, the server reads them with Hadoop's own
//! protocol.

use crate::hdfs;
use crate::hive::{Tables, derived, staged};
use crate::home::{DAY, Home, at, flow, result};
use crate::psql::variable;
use crate::site::Site;

/// The user of the test servers: the one who started them, which is the current user.
fn user() -> String {
    let id = std::process::Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(id.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_day_is_stored_and_replaced_where_its_tables_are_in_hdfs() {
    let Some(rpc) = variable("FLOW_OA_TEST_HDFS", "tables in HDFS") else { return };
    let Some(http) = hdfs::address() else { return };
    let folder = hdfs::folder("tables");
    let Some(tables) = Tables::at(format!("{rpc}{folder}")) else { return };
    hdfs::open_folder(&http, &folder);
    let site = Site { home: Home::bare(), database: Box::new(tables) };
    let namenode = rpc.strip_prefix("hdfs://").expect("hdfs://HOST:PORT");
    let settings =
        serde_json::json!({"hdfs": {"user": user(), "namenodes": {namenode: [format!("http://{http}")]}}});
    site.home.write("flow_oa.json", settings.to_string());
    site.does(&["init"]);
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100),
        flow(&at("10:00:30"), "10.0.0.2", "10.0.0.1", 50),
    ]);
    site.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let mut kept = Vec::new();
    for _ in 0..3 {
        site.runs_day();
        assert_eq!((site.count("flow"), site.count("flow_scores"), site.count("flow_edge")), (2, 1, 2));
        kept.push(hdfs::names(&http, &format!("{folder}/flow/hive/oa/suspicious/y=2016/m=7/d=8")));
    }
    assert_eq!(kept.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2], "{kept:?}");
    assert_eq!(kept[2][0], kept[1][1], "the one before is kept");
    assert_eq!(hdfs::names(&http, &format!("{folder}/staged")), Vec::<String>::new());
    assert_eq!(staged(&site), Vec::<String>::new());
    site.does(&["ingest", "--replace-day", DAY, "flows.csv"]);
    assert_eq!(site.count("flow"), 2);
    site.does(&["purge", "--before", "20160709", "--yes"]);
    for table in derived().chain(["flow"]) {
        assert_eq!(site.count(table), 0, "{table}");
    }
    assert_eq!(kept.len(), 3);
    assert!(hdfs::names(&http, &format!("{folder}/flow/hive/oa/suspicious/y=2016/m=7")).is_empty());
}

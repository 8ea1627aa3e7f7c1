//! Tables that Apache Spot filled become those of the schema, with all of their days. The DDL here has the names, columns,
//! types and partitions of Spot's tables, in our words.

use crate::backend::Database as _;
use crate::hive::{Tables, location_in};
use crate::home::{DAY, Home, at, flow, result};
use crate::site::Site;

/// The columns of the partition that holds a day.
const DAYS: &str = "y SMALLINT, m TINYINT, d TINYINT";

/// The columns of Spot's table of requests.
const REQUEST: &str = "p_date STRING, p_time STRING, clientip STRING, host STRING, reqmethod STRING, useragent STRING, \
    resconttype STRING, duration INT, username STRING, authgroup STRING, exceptionid STRING, filterresult STRING, \
    webcat STRING, referer STRING, respcode STRING, action STRING, urischeme STRING, uriport STRING, uripath STRING, \
    uriquery STRING, uriextension STRING, serverip STRING, scbytes INT, csbytes INT, virusid STRING, bcappname STRING, \
    bcappoper STRING, fulluri STRING";

/// The tables: name, columns, columns of the partition, and folder.
const TABLES: [(&str, &str, &str, &str); 14] = [
    (
        "flow",
        "treceived STRING, unix_tstamp BIGINT, tryear INT, trmonth INT, trday INT, trhour INT, trminute INT, trsec INT, \
         tdur FLOAT, sip STRING, dip STRING, sport INT, dport INT, proto STRING, flag STRING, fwd INT, stos INT, \
         ipkt BIGINT, ibyt BIGINT, opkt BIGINT, obyt BIGINT, input INT, output INT, sas INT, das INT, dtos INT, dir INT, \
         rip STRING",
        "y SMALLINT, m TINYINT, d TINYINT, h TINYINT",
        "flow/hive",
    ),
    (
        "flow_scores",
        "tstart STRING, srcip STRING, dstip STRING, sport INT, dport INT, proto STRING, ipkt INT, ibyt INT, opkt INT, \
         obyt INT, ml_score FLOAT, rank INT, srcip_internal INT, dstip_internal INT, src_geoloc STRING, \
         dst_geoloc STRING, src_domain STRING, dst_domain STRING, src_rep STRING, dst_rep STRING",
        DAYS,
        "flow/hive/oa/suspicious",
    ),
    (
        "flow_edge",
        "tstart STRING, srcip STRING, dstip STRING, sport INT, dport INT, proto STRING, flags STRING, tos INT, \
         ibyt BIGINT, ipkt BIGINT, input BIGINT, output BIGINT, rip STRING, obyt BIGINT, opkt BIGINT, hh INT, mn INT",
        DAYS,
        "flow/hive/oa/edge",
    ),
    (
        "flow_chords",
        "ip_threat STRING, srcip STRING, dstip STRING, ibyt BIGINT, ipkt BIGINT",
        DAYS,
        "flow/hive/oa/chords",
    ),
    ("flow_ingest_summary", "tdate STRING, total BIGINT", DAYS, "flow/hive/oa/summary"),
    ("flow_storyboard", "ip_threat STRING, title STRING, text STRING", DAYS, "flow/hive/oa/storyboard"),
    (
        "flow_threat_investigation",
        "tstart STRING, srcip STRING, dstip STRING, srcport INT, dstport INT, score INT",
        DAYS,
        "flow/hive/oa/threat_investigation",
    ),
    (
        "flow_timeline",
        "ip_threat STRING, tstart STRING, tend STRING, srcip STRING, dstip STRING, proto STRING, sport INT, dport INT, \
         ipkt BIGINT, ibyt BIGINT",
        DAYS,
        "flow/hive/oa/timeline",
    ),
    (
        "dns_scores",
        "frame_time STRING, unix_tstamp BIGINT, frame_len BIGINT, ip_dst STRING, dns_qry_name STRING, \
         dns_qry_class STRING, dns_qry_type INT, dns_qry_rcode INT, ml_score FLOAT, tld STRING, query_rep STRING, hh INT, \
         dns_qry_class_name STRING, dns_qry_type_name STRING, dns_qry_rcode_name STRING, network_context STRING",
        DAYS,
        "dns/hive/oa/suspicious",
    ),
    (
        "dns_threat_investigation",
        "unix_tstamp BIGINT, ip_dst STRING, dns_qry_name STRING, ip_sev INT, dns_sev INT",
        DAYS,
        "dns/hive/oa/threat_investigation",
    ),
    ("proxy", REQUEST, "y STRING, m STRING, d STRING, h STRING", "proxy/hive"),
    (
        "proxy_edge",
        "tdate STRING, time STRING, clientip STRING, host STRING, webcat STRING, respcode STRING, reqmethod STRING, \
         useragent STRING, resconttype STRING, referer STRING, uriport STRING, serverip STRING, scbytes INT, csbytes INT, \
         fulluri STRING, hh INT, respcode_name STRING",
        DAYS,
        "proxy/hive/oa/edge",
    ),
    (
        "proxy_scores",
        "tdate STRING, time STRING, clientip STRING, host STRING, reqmethod STRING, useragent STRING, \
         resconttype STRING, duration INT, username STRING, webcat STRING, referer STRING, respcode INT, uriport INT, \
         uripath STRING, uriquery STRING, serverip STRING, scbytes INT, csbytes INT, fulluri STRING, word STRING, \
         ml_score FLOAT, uri_rep STRING, respcode_name STRING, network_context STRING",
        DAYS,
        "proxy/hive/oa/suspicious",
    ),
    (
        "proxy_timeline",
        "p_threat STRING, tstart STRING, tend STRING, duration BIGINT, clientip STRING, respcode STRING, \
         respcodename STRING",
        DAYS,
        "proxy/hive/oa/timeline",
    ),
];

/// Rows of a table in the partition of a day, in SQL.
const ROWS: [(&str, &str, &str); 14] = [
    (
        "flow",
        "y=2016, m=7, d=7, h=10",
        "('2016-07-07 10:00:00', 1467885600, 2016, 7, 7, 10, 0, 0, 0.5, '10.0.0.1', '10.0.0.2', 1000, 80, 'TCP', '.AP.SF', \
         0, 0, 2, 200, 1, 100, 1, 2, 0, 0, 0, 0, '10.9.9.9')",
    ),
    (
        "flow",
        "y=2016, m=7, d=8, h=11",
        "('2016-07-08 11:00:00', 1467975600, 2016, 7, 8, 11, 0, 0, 0.25, '10.0.0.1', '10.0.0.3', 1001, 443, 'TCP', '.AP.SF', \
         0, 0, 3, 300, 1, 100, 1, 2, 0, 0, 0, 0, '10.9.9.9')",
    ),
    (
        "flow_scores",
        "y=2016, m=7, d=7",
        "('2016-07-07 10:00:00', '10.0.0.1', '10.0.0.2', 1000, 80, 'TCP', 2, 200, 1, 100, 0.25, 0, 1, 0, 'S;C O', 'S;C O', \
         'a.org', 'b.org', '', ''), \
         ('2016-07-07 10:00:30', '10.0.0.2', '10.0.0.1', 80, 1000, 'TCP', 2, 200, 1, 100, 0.5, 1, 0, 1, '', '', '', '', '', '')",
    ),
    (
        "flow_scores",
        "y=2016, m=7, d=8",
        "('2016-07-08 11:00:00', '10.0.0.1', '10.0.0.3', 1001, 443, 'TCP', 3, 300, 1, 100, 0.125, 0, 1, 1, '', '', '', '', '', '')",
    ),
    (
        "flow_edge",
        "y=2016, m=7, d=7",
        "('2016-07-07 10:00:00', '10.0.0.1', '10.0.0.2', 1000, 80, 'TCP', '.AP.SF', 0, 200, 2, 1, 2, '10.9.9.9', 100, 1, 10, 17)",
    ),
    (
        "flow_edge",
        "y=2016, m=7, d=8",
        "('2016-07-08 11:00:00', '10.0.0.1', '10.0.0.3', 1001, 443, 'TCP', '.AP.SF', 0, 300, 3, 1, 2, '10.9.9.9', 100, 1, 11, 18)",
    ),
    ("flow_chords", "y=2016, m=7, d=7", "('10.0.0.1', '10.0.0.1', '10.0.0.2', 200, 2)"),
    ("flow_storyboard", "y=2016, m=7, d=7", "('10.0.0.1', 'A title', 'It\\'s a scan')"),
    ("flow_storyboard", "y=2016, m=7, d=8", "('10.0.0.3', 'Another', 'Text')"),
    (
        "flow_threat_investigation",
        "y=2016, m=7, d=7",
        "('2016-07-07 10:00:00', '10.0.0.1', '10.0.0.2', 1000, 80, 1)",
    ),
    (
        "dns_scores",
        "y=2016, m=7, d=7",
        "('Jul 7', 1467885600, 90, '10.0.0.1', 'b.example.org', '0x00000001', 1, 0, 0.5, 'example.org', '', 10, 'IN', 'A', \
         'NoError', ''), ('Jul 7', 1467885601, 90, '10.0.0.1', 'a.example.org', '0x00000001', 1, 0, 0.25, 'example.org', '', \
         10, 'IN', 'A', 'NoError', '')",
    ),
    (
        "proxy",
        "y='2016', m='07', d='07', h='09'",
        "('2016-07-07', '09:05:00', '10.0.0.1', 'h.org', 'GET', 'curl', 'text/html', 12, '-', '-', '-', 'OBSERVED', 'News', '-', \
         '200', 'TCP_HIT', 'http', '80', '/a', '?b', 'html', '1.2.3.4', 900, 90, '-', '-', '-', 'h.org/a?b')",
    ),
    (
        "proxy",
        "y='2016', m='7', d='8', h='10'",
        "('2016-07-08', '10:05:00', '10.0.0.1', 'h.org', 'GET', 'curl', 'text/html', 12, '-', '-', '-', 'OBSERVED', 'News', '-', \
         '200', 'TCP_HIT', 'http', '80', '/a', '?b', 'html', '1.2.3.4', 901, 90, '-', '-', '-', 'h.org/a?b')",
    ),
    (
        "proxy_scores",
        "y=2016, m=7, d=7",
        "('2016-07-07', '09:05:00', '10.0.0.1', 'h.org', 'GET', 'curl', 'text/html', 12, '-', 'News', '-', 200, 80, '/a', '?b', \
         '1.2.3.4', 900, 90, 'h.org/a?b', 'w', 0.25, '', 'OK', '')",
    ),
];

/// A site whose database has Spot's tables with two days, in folders of Spot's layout.
fn with_tables_of_spot() -> Option<Site> {
    let home = Home::bare();
    let tables = Tables::at(location_in(&home.path("")))?;
    tables.create();
    let root = format!("file://{}", home.path("spot").display());
    for (name, columns, partition, folder) in TABLES {
        tables.sql(&format!(
            "CREATE EXTERNAL TABLE {name} ({columns}) PARTITIONED BY ({partition}) STORED AS PARQUET LOCATION \
             '{root}/{folder}'"
        ));
    }
    for (name, day, rows) in ROWS {
        tables.sql(&format!("INSERT INTO {name} PARTITION ({day}) VALUES {rows}"));
    }
    Some(Site { home, database: Box::new(tables) })
}

#[test]
fn tables_of_spot_become_those_of_the_schema_with_all_of_their_days() {
    let Some(site) = with_tables_of_spot() else { return };
    let proposed = site.json(&["adopt", "--out", "adopted"]);
    let names: Vec<String> = proposed["proposed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| format!("{}.{} {}", it["table"], it["column"], it["was"]).replace('"', ""))
        .collect();
    let expected =
        ["flow_edge.md mn", "flow_scores.score ml_score", "flow_scores.destip_internal dstip_internal"];
    for name in expected {
        assert!(names.iter().any(|found| found == name), "{names:?}");
    }
    assert_eq!(names.len(), expected.len(), "{names:?}");
    assert_eq!(proposed["questions"].as_array().unwrap().len(), 0, "{proposed:#}");
    assert_eq!(proposed["obstacles"].as_array().unwrap().len(), 0, "{proposed:#}");
    assert!(site.home.read("adopted/flow/tables/flow_edge.json").contains("\"was\": \"mn\""));
    site.does(&["check", "adopted"]);
    site.run(&["adopt", "--out", "adopted"]).ends_with(2).complains(&["exists already"]);

    // As if another migration had begun to copy, with other columns.
    site.database.sql("CREATE TABLE flow_scores_flow_oa_new (x INT)");
    site.does(&["migrate", "--schema", "adopted"])
        .says(&["drop the table flow_scores_flow_oa_new, a copy that was begun for another schema"]);
    site.does(&["migrate", "--schema", "adopted", "--apply", "--yes"]);
    assert!(site.fits());
    the_rows_are_there(&site);
    a_migration_that_was_stopped_goes_on(&site);
    the_days_can_be_used(&site);
}

/// As if the migration had been stopped when the old table had its new name, and the log not yet.
fn a_migration_that_was_stopped_goes_on(site: &Site) {
    site.database.sql("DROP VIEW flow_storyboard");
    site.database.sql("ALTER TABLE flow_storyboard_log RENAME TO flow_storyboard_log_flow_oa_new");
    site.does(&["migrate", "--schema", "adopted", "--apply", "--yes"]).says(&["as begun"]);
    assert_eq!(site.count("flow_storyboard"), 2);
}

impl Site {
    /// Whether the database fits its schema.
    fn fits(&self) -> bool {
        let report = self.run(&["diff", "--schema", "adopted", "--output", "json"]).json();
        let is_left = |line: &&serde_json::Value| line["is_kept"] == false;
        let left: Vec<_> =
            report["differences"].as_array().unwrap().iter().filter(is_left).cloned().collect();
        assert_eq!(left, Vec::<serde_json::Value>::new());
        report["fits"] == true
    }
}

fn the_rows_are_there(site: &Site) {
    assert_eq!(
        site.rows("SELECT d, rank, score, srcip_internal, destip_internal, ibyt, why FROM flow_scores ORDER BY d, rank"),
        ["7|0|0.25|true|false|200|NULL", "7|1|0.5|false|true|200|NULL", "8|0|0.125|true|true|300|NULL"]
    );
    assert_eq!(site.rows("SELECT d, hh, md, pkts FROM flow_edge ORDER BY d"), ["7|10|17|3", "8|11|18|4"]);
    assert_eq!(
        site.rows("SELECT d, h, sip, tdur FROM flow ORDER BY d"),
        ["7|10|10.0.0.1|0.5", "8|11|10.0.0.1|0.25"]
    );
    assert_eq!(
        site.rows("SELECT d, ip_threat, title, text, written_by FROM flow_storyboard ORDER BY d"),
        ["7|10.0.0.1|A title|It's a scan|NULL", "8|10.0.0.3|Another|Text|NULL"]
    );
    assert_eq!(site.count("flow_storyboard_flow_oa_old"), 2);
    assert_eq!(site.rows("SELECT score, srcport FROM flow_threat_investigation"), ["1|1000"]);
    assert_eq!(
        site.rows("SELECT y, m, d, h, scbytes FROM proxy ORDER BY d"),
        ["2016|7|7|9|900", "2016|7|8|10|901"]
    );
    assert_eq!(site.rows("SELECT rank, ml_score FROM proxy_scores"), ["0|0.25"]);
    assert_eq!(
        site.rows("SELECT rank, dns_qry_name FROM dns_scores ORDER BY rank"),
        ["0|a.example.org", "1|b.example.org"]
    );
}

fn the_days_can_be_used(site: &Site) {
    site.does(&["init"]);
    site.does(&["query", "suspicious", "-d", "20160707", "--rows"]).says(&["10.0.0.2"]);
    site.has_flows(&[flow(&at("12:00:00"), "10.0.0.1", "10.0.0.9", 100)]);
    site.has_results(&[result(&at("12:00:00"), "10.0.0.1", "10.0.0.9", "0.1")]);
    site.runs_day();
    assert_eq!(
        site.rows("SELECT d, dstip FROM flow_scores ORDER BY d, rank"),
        ["7|10.0.0.2", "7|10.0.0.1", "8|10.0.0.9"]
    );
    site.does(&["score", "-d", DAY, "--rank", "0", "-s", "high", "--by", "ann", "--yes"]);
    assert_eq!(site.count("flow_threat_investigation"), 2);
}

#[test]
fn partitions_that_would_be_lost_or_merged_are_obstacles() {
    let home = Home::bare();
    let Some(tables) = Tables::at(location_in(&home.path(""))) else { return };
    tables.create();
    let root = format!("file://{}", home.path("tables").display());
    let create = |name: &str, partition: &str, folder: &str| {
        tables.sql(&format!(
            "CREATE EXTERNAL TABLE {name} (tdate STRING, total INT) PARTITIONED BY ({partition}) STORED AS PARQUET LOCATION \
             '{root}/{folder}'"
        ));
    };
    create("flow_ingest_summary", "y STRING, m STRING, d STRING", "old/flow");
    create("dns_ingest_summary", "day STRING, month STRING, year STRING", "old/dns");
    create("proxy_ingest_summary", "d TINYINT, m TINYINT, y SMALLINT", "proxy/hive/oa/summary");
    let insert = |table: &str, day: &str| {
        tables.sql(&format!("INSERT INTO {table} PARTITION ({day}) VALUES ('2016-07-07 10:00', 7)"));
    };
    for day in ["07", "7", "8"] {
        insert("flow_ingest_summary", &format!("y='2016', m='7', d='{day}'"));
    }
    tables.sql(
        "INSERT INTO flow_ingest_summary SELECT '2016-07-09 10:00', 1, '2016', '7', CAST(NULL AS STRING)",
    );
    insert("proxy_ingest_summary", "d=7, m=6, y=2016");
    insert("dns_ingest_summary", "day='05', month='04', year='2016'");
    let site = Site { home, database: Box::new(tables) };
    let report = site.run(&["adopt", "--output", "json"]).ends_with(78).json();
    let obstacles = report["obstacles"].to_string();
    for words in [
        "the partitions y=2016/m=7/d=07 (rows: 1) and y=2016/m=7/d=7 (rows: 1) are the same day",
        "flow_ingest_summary: the partition y=2016/m=7/d=NULL (rows: 1) is no day",
        "proxy_ingest_summary: the table is stored in",
    ] {
        assert!(obstacles.contains(words), "{words}: {report:#}");
    }
    site.run(&["migrate", "--apply", "--yes"]).ends_with(78).complains(&["are the same day"]);

    site.database.sql("ALTER TABLE flow_ingest_summary DROP PARTITION (d='07')");
    site.database.sql("ALTER TABLE flow_ingest_summary DROP PARTITION (d='__HIVE_DEFAULT_PARTITION__')");
    site.database.sql(&format!("ALTER TABLE proxy_ingest_summary SET LOCATION '{root}/old/proxy'"));
    site.does(&["migrate", "--apply", "--yes"]);
    assert_eq!(
        site.rows("SELECT y, m, d, total FROM flow_ingest_summary ORDER BY d"),
        ["2016|7|7|7", "2016|7|8|7"]
    );
    assert_eq!(site.rows("SELECT y, m, d FROM proxy_ingest_summary"), ["2016|6|7"]);
    assert_eq!(site.rows("SELECT y, m, d FROM dns_ingest_summary"), ["2016|4|5"]);
}

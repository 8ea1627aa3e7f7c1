//! Tables that differ from the schema.

use super::{RUN, bare, with_a_day};
use crate::home::{DAY, at};

#[test]
fn differences_are_listed_and_nothing_is_changed() {
    let Some((site, _)) = with_a_day() else { return };
    // Views keep the types of their columns.
    site.database.sql("DROP VIEW flow_scores_typed, flow_edge_typed, flow_chords_typed");
    let before = site.everything();
    for (change, back, words) in [
        (
            "ALTER TABLE flow_scores ALTER COLUMN proto TYPE text COLLATE \"default\"",
            "ALTER TABLE flow_scores ALTER COLUMN proto TYPE text COLLATE \"C\"",
            &["flow_scores.proto", "expected the type text COLLATE \"C\", found text"][..],
        ),
        (
            "ALTER TABLE flow_scores ALTER COLUMN rank TYPE bigint",
            "ALTER TABLE flow_scores ALTER COLUMN rank TYPE integer",
            &["flow_scores.rank", "expected the type integer, found bigint"],
        ),
        (
            "ALTER TABLE flow_edge ALTER COLUMN tstart TYPE varchar(40) COLLATE \"C\"",
            "ALTER TABLE flow_edge ALTER COLUMN tstart TYPE text COLLATE \"C\"",
            &["flow_edge.tstart", "character varying(40)"],
        ),
        (
            "ALTER TABLE flow_edge RENAME COLUMN md TO minute",
            "ALTER TABLE flow_edge RENAME COLUMN minute TO md",
            &["flow_edge.md: the column (integer) is missing"],
        ),
        (
            "ALTER TABLE flow_edge ADD COLUMN more integer NOT NULL DEFAULT 1; ALTER TABLE flow_edge ALTER more DROP DEFAULT",
            "ALTER TABLE flow_edge DROP COLUMN more",
            &["flow_edge.more", "rows need a value for it"],
        ),
        (
            "ALTER TABLE flow_chords RENAME TO moved",
            "ALTER TABLE moved RENAME TO flow_chords",
            &["flow_chords: the table is missing", "flow-oa init"],
        ),
    ] {
        site.database.sql(change);
        site.run(&RUN).ends_with(78).complains(words).complains(&["nothing was changed"]);
        site.database.sql(back);
        assert_eq!(site.everything(), before, "{change}");
    }
    site.runs_day();
}

#[test]
fn a_column_more_that_needs_no_value_is_no_harm() {
    let Some((site, _)) = with_a_day() else { return };
    site.database
        .sql("ALTER TABLE flow_edge ADD COLUMN seen timestamptz DEFAULT now(), ADD COLUMN note text");
    site.runs_day().complains(&["flow_edge.note", "writes nothing to it"]);
    assert_eq!(site.rows("SELECT count(seen), count(note) FROM flow_edge"), ["2|0"]);
}

#[test]
fn columns_that_are_missing_are_added() {
    let Some((site, _)) = with_a_day() else { return };
    site.database.sql(
        "ALTER TABLE flow_scores DROP COLUMN src_rep CASCADE; ALTER TABLE flow DROP COLUMN rip CASCADE;",
    );
    site.run(&["init"]).ends_with(78).complains(&["flow_scores.src_rep", "flow-oa migrate"]);
    let added = site.json(&["init", "--add-columns"]);
    assert_eq!(added["columns"].as_array().unwrap().len(), 2, "{added}");
    let silent = "SELECT attrelid::regclass || '.' || attname FROM pg_attribute \
                  WHERE attrelid IN ('flow'::regclass, 'flow_scores'::regclass) AND attnum > 0 AND NOT attisdropped \
                  AND col_description(attrelid, attnum) IS NULL";
    assert_eq!(site.rows(silent), Vec::<String>::new(), "each column says what it holds");
    site.runs_day();
    site.does(&super::INGEST);
    assert_eq!(site.rows("SELECT rip FROM flow ORDER BY ibyt"), ["NULL", "NULL", "192.0.2.1"]);
}

/// Longer than an index of PostgreSQL can hold, and random, so that compression does not help.
fn long_url() -> String {
    let mut state = 7_u64;
    let letter = |_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(
            b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[(state >> 58) as usize],
        )
    };
    let path: String = (0..8000).map(letter).collect();
    format!("a.example/{path}")
}

#[test]
fn a_url_of_any_length_is_matched_scored_and_commented_on() {
    let Some((site, _)) = bare() else { return };
    let (url, host) = (long_url(), "a.example");
    let path = &url[host.len()..];
    site.does(&["init"]);
    let header = "p_date,p_time,clientip,host,reqmethod,useragent,resconttype,duration,username,authgroup,exceptionid,\
                  filterresult,webcat,referer,respcode,action,urischeme,uriport,uripath,uriquery,uriextension,serverip,\
                  scbytes,csbytes,virusid,bcappname,bcappoper,fulluri";
    let row = format!(
        "2016-07-08,7:11:11,10.0.0.1,{host},GET,agent,-,7,-,-,-,-,none,-,404,-,http,80,{path},-,-,-,1,1,-,-,-,{url}"
    );
    site.home.write("proxy.csv", format!("{header}\n{row}\n"));
    let scored = format!(
        "2016-07-08\t7:11:11\t10.0.0.1\t{host}\tGET\tagent\t-\t7\t-\tnone\t-\t404\t80\t{path}\t-\t-\t1\t1\t{url}\tword\t1e-9\n"
    );
    site.home.write("proxy/scored_results/20160708/scores/proxy_results.csv", scored);
    site.does(&["ingest", "proxy.csv"]);
    site.does(&["run", "-t", "proxy", "-d", DAY]);
    for severity in ["low", "high"] {
        site.does(&[
            "score", "-t", "proxy", "-d", DAY, "--rank", "0", "-s", severity, "--by", "ann", "--yes",
        ]);
    }
    site.does(&["storyboard", "-t", "proxy", "-d", DAY, &url, "--title", "a", "--text", "b", "--by", "ann"]);
    for (table, rows) in [
        ("proxy_edge", "1"),
        ("proxy_threat_investigation", "1"),
        ("proxy_timeline", "1"),
        ("proxy_storyboard", "1"),
    ] {
        assert_eq!(site.rows(&format!("SELECT count(*) FROM {table}")), [rows], "{table}");
    }
    site.database.sql("DROP INDEX proxy_storyboard_pkey");
    site.run(&["query", "comments", "-t", "proxy", "-d", DAY])
        .ends_with(78)
        .complains(&["the key (y, m, d, p_threat) is missing", "CREATE UNIQUE INDEX"]);
}

/// A table as an earlier version created it.
const EARLIER: &str = "ALTER TABLE flow DROP CONSTRAINT flow_input_check, ALTER COLUMN input TYPE integer, \
    ADD CONSTRAINT flow_input_check CHECK (input BETWEEN 0 AND 2147483647); \
    ALTER TABLE flow_edge DROP CONSTRAINT flow_edge_input_check, ALTER COLUMN input TYPE integer, \
    ADD CONSTRAINT flow_edge_input_check CHECK (input BETWEEN 0 AND 2147483647)";

#[test]
fn a_narrower_column_is_a_warning_refuses_what_does_not_fit_and_can_be_widened() {
    let Some((site, _)) = with_a_day() else { return };
    site.database.sql("DROP VIEW flow_typed, flow_edge_typed");
    site.database.sql(EARLIER);
    site.runs_day().complains(&[
        "flow.input: the type integer is narrower than bigint, so numbers beyond it are refused; `flow-oa migrate`",
    ]);
    let beyond = |time: &str| {
        let line = crate::home::flow(&at(time), "10.0.0.1", "10.0.0.2", 1);
        crate::home::spot(&[line.replace(",1,2,0,0,0,0,", ",4294967295,2,0,0,0,0,")])
    };
    site.home.write("beyond.csv", beyond("10:00:00"));
    site.home.write("new_day.csv", beyond("10:00:00").replace("2016-07-08", "2016-07-20"));
    let before = site.everything();
    for file in ["beyond.csv", "new_day.csv"] {
        let outcome = site.run(&["ingest", file]).ends_with(65);
        outcome
            .complains(&["the column input of the type int4 cannot hold 4294967295", "nothing was changed"]);
        assert_eq!(site.everything(), before);
    }
    site.does(&["init"]).complains(&["flow_edge.input: the type integer is narrower"]);
    assert_eq!(site.everything(), before);
    site.does(&["init", "--widen"])
        .says(&["widened the column flow.input", "widened the column flow_edge.input"]);
    assert_eq!(site.everything(), before);
    let outcome = site.does(&["ingest", "beyond.csv", "new_day.csv"]);
    assert!(!outcome.err.contains("narrower"), "{}", outcome.err);
    site.runs_day();
    assert_eq!(site.rows("SELECT count(*) FROM flow WHERE input = 4294967295"), ["2"]);
    assert_eq!(site.rows("SELECT count(*) FROM flow_edge WHERE input = 4294967295"), ["1"]);
    site.does(&["init", "--widen"]).says(&["nothing was changed"]);
}

//! Tables that differ from the schema.

use super::{RUN, with_a_day};

#[test]
fn differences_are_listed_and_nothing_is_changed() {
    let Some((site, _)) = with_a_day() else { return };
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
    site.database.sql("ALTER TABLE flow_scores DROP COLUMN src_rep; ALTER TABLE flow DROP COLUMN rip;");
    site.run(&["init"]).ends_with(78).complains(&["flow_scores.src_rep", "--add-columns"]);
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

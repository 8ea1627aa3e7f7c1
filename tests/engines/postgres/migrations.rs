//! Migrations of PostgreSQL: what only its catalog can have, and the DDL of earlier versions.

use super::role::Role;
use super::{bare, blocked_by, with_a_day};
use crate::home::DAY;
use crate::psql::{Place, psql, unique};
use crate::site::Site;
use crate::under_way::{UnderWay, until};

/// The plan of a migration, as text.
fn plan(site: &Site) -> String {
    site.does(&["migrate"]).out
}

fn migrate(site: &Site) {
    site.does(&["migrate", "--apply", "--yes"]);
    site.does(&["diff"]).says(&["the database has what the schema says"]);
}

#[test]
fn each_difference_of_the_catalog_is_found_and_removed() {
    let Some((site, _)) = with_a_day() else { return };
    let before = site.everything();
    for (change, found) in [
        (
            "ALTER TABLE flow_scores ALTER COLUMN rank TYPE bigint",
            "flow_scores.rank: expected the narrower type integer",
        ),
        (
            "ALTER TABLE flow_edge ALTER COLUMN hh TYPE smallint",
            "flow_edge.hh: expected the wider type integer",
        ),
        (
            "ALTER TABLE flow_edge DROP CONSTRAINT flow_edge_hh_check; ALTER TABLE flow_edge ALTER COLUMN hh TYPE text USING hh::text",
            "flow_edge.hh: expected the narrower type integer",
        ),
        (
            "ALTER TABLE flow_scores DROP CONSTRAINT flow_scores_pkey",
            "flow_scores: expected the key (y, m, d, rank), found none",
        ),
        (
            "ALTER TABLE flow_edge DROP CONSTRAINT flow_edge_sport_check",
            "flow_edge.sport: the constraint CHECK",
        ),
        (
            "ALTER TABLE flow_edge DROP CONSTRAINT flow_edge_sport_check, \
             ADD CONSTRAINT flow_edge_sport_check CHECK (sport BETWEEN 0 AND 99999)",
            "CHECK (((sport >= 0) AND (sport <= 99999))) is one of an earlier schema",
        ),
        (
            "ALTER TABLE flow_edge DROP CONSTRAINT flow_edge_sport_check, \
             ADD CONSTRAINT flow_edge_sport_check CHECK (sport BETWEEN 0 AND 65535) NOT VALID",
            "was not checked for all rows",
        ),
        ("DROP INDEX flow_edge_index_1", "flow_edge: the index on (y, m, d, srcip, dstip) is missing"),
        ("DROP INDEX flow_index_1", "flow: the index on"),
        (
            "DROP INDEX flow_index_1; CREATE INDEX flow_index_1 ON flow (y, m, d, dip)",
            "flow: the index on (y, m, d, trhour, trminute, sip, dip) is missing",
        ),
        (
            // What a migration that was stopped may have left of an index.
            "DROP INDEX flow_index_1; DO $$ BEGIN EXECUTE (SELECT format('CREATE INDEX flow_index_1_1 ON %s (y)', inhrelid::regclass) \
             FROM pg_inherits WHERE inhparent = 'flow'::regclass LIMIT 1); END $$",
            "flow: the index on",
        ),
        (
            "ALTER TABLE flow_edge ALTER COLUMN srcip TYPE inet USING srcip::inet",
            "flow_edge.srcip: expected the wider type text",
        ),
        (
            "ALTER TABLE flow_edge ALTER COLUMN tstart TYPE timestamptz USING (tstart || '+00')::timestamptz",
            "flow_edge.tstart: expected the wider type text",
        ),
        ("COMMENT ON COLUMN flow_edge.hh IS 'other'", "flow_edge.hh: expected the description"),
        ("COMMENT ON TABLE flow IS NULL", "flow: expected the description"),
        ("SELECT 1", "flow_edge: the view flow_edge_typed is missing"),
        ("ALTER TABLE flow_edge ALTER COLUMN hh SET NOT NULL", "flow_edge.hh: rows must have a value"),
    ] {
        // The view would keep the type of its columns.
        site.database.sql("DROP VIEW IF EXISTS flow_edge_typed, flow_scores_typed, flow_chords_typed");
        site.database.sql(change);
        site.run(&["diff"]).ends_with(1).says(&[found]);
        migrate(&site);
        assert_eq!(site.everything(), before, "{change}");
    }
}

#[test]
fn what_only_the_database_has_is_kept() {
    let Some((site, _)) = with_a_day() else { return };
    site.database.sql(
        "ALTER TABLE flow_edge ADD COLUMN note text, ADD CONSTRAINT short CHECK (length(note) < 9); \
         CREATE INDEX by_note ON flow_edge (note); CREATE TABLE mine (x int); UPDATE flow_edge SET note = 'n'; \
         DROP INDEX flow_edge_index_1; COMMENT ON TABLE flow_edge IS 'x'",
    );
    site.does(&["migrate", "--apply", "--yes"]);
    site.run(&["diff"]).ends_with(1).says(&[
        "flow_edge.note: only the database has this column",
        "only the database has the constraint short",
        "only the database has the index by_note on (note)",
        "mine: only the database has this table",
        "the database has what the schema says, and more",
    ]);
    assert_eq!(site.rows("SELECT DISTINCT note FROM flow_edge"), ["n"]);
}

#[test]
fn rows_that_do_not_fit_are_counted_and_nothing_is_changed() {
    let Some((site, _)) = with_a_day() else { return };
    for (change, words) in [
        (
            "DROP VIEW flow_edge_typed; ALTER TABLE flow_edge DROP CONSTRAINT flow_edge_hh_check, ALTER COLUMN hh TYPE bigint; \
             UPDATE flow_edge SET hh = 4000000000",
            "flow_edge.hh: values do not fit the type integer (1); this query counted them: SELECT",
        ),
        (
            "ALTER TABLE flow_edge DROP CONSTRAINT IF EXISTS flow_edge_hh_check; ALTER TABLE flow_edge ALTER COLUMN hh TYPE text USING 'ten'",
            "flow_edge.hh: values do not fit the type integer (1)",
        ),
        (
            "ALTER TABLE flow_edge ALTER COLUMN hh TYPE integer USING 99",
            "flow_edge.hh: values are outside \"hh\" BETWEEN 0 AND 23 (1)",
        ),
        (
            "UPDATE flow_edge SET hh = 10; ALTER TABLE flow_scores DROP CONSTRAINT flow_scores_pkey; \
             UPDATE flow_scores SET rank = 0; INSERT INTO flow_scores SELECT * FROM flow_scores",
            "flow_scores: several rows have the same key (y, m, d, rank) (1)",
        ),
        (
            "DROP VIEW flow_scores_typed; ALTER TABLE flow_scores DROP CONSTRAINT flow_scores_ibyt_check, \
             ALTER COLUMN ibyt TYPE integer; UPDATE flow_scores SET ibyt = -1",
            "flow_scores.ibyt: values are outside \"ibyt\" >= 0 (2)",
        ),
    ] {
        site.database.sql(change);
        let before = site.database.rows("SELECT hh, ibyt FROM flow_edge ORDER BY ibyt");
        for command in [&["migrate"][..], &["migrate", "--apply", "--yes"]] {
            site.run(command).ends_with(78).complains(&[words, "nothing was changed"]);
        }
        assert_eq!(site.database.rows("SELECT hh, ibyt FROM flow_edge ORDER BY ibyt"), before);
    }
}

#[test]
fn a_view_of_others_and_a_lock_of_others_stop_a_migration_that_changes_nothing() {
    let Some((site, place)) = with_a_day() else { return };
    site.database.sql(
        "DROP VIEW flow_edge_typed; ALTER TABLE flow_edge ALTER COLUMN hh TYPE bigint; \
         CREATE VIEW theirs AS SELECT hh FROM flow_edge",
    );
    site.run(&["migrate", "--apply", "--yes"]).ends_with(78).complains(&[
        "flow_edge: the view",
        "theirs depends on columns that change",
        "nothing was changed",
    ]);
    site.database.sql("DROP VIEW theirs");
    let before = site.everything();
    let mut other = place.session();
    other.does("BEGIN; LOCK TABLE flow_edge IN ACCESS SHARE MODE;");
    site.run(&["migrate", "--apply", "--yes"]).ends_with(75).complains(&["nothing was changed"]);
    other.does("COMMIT;");
    assert_eq!(site.everything(), before);
    migrate(&site);
}

#[test]
fn a_migration_that_ends_in_the_middle_changes_nothing_and_can_be_repeated() {
    for (ending, code, words) in [("lost", 69, "was lost"), ("interrupted", 130, "interrupted")] {
        let Some((site, place)) = with_a_day() else { return };
        site.database.sql(
            "DROP VIEW flow_edge_typed; ALTER TABLE flow_edge ALTER COLUMN hh TYPE bigint; COMMENT ON TABLE flow IS 'x'; \
             COMMENT ON TABLE flow_scores IS 'x'; DROP INDEX flow_index_1",
        );
        let (before, differs) = (site.everything(), site.run(&["diff"]).out);
        let mut other = place.session();
        other.does("BEGIN; LOCK TABLE flow_scores IN SHARE UPDATE EXCLUSIVE MODE;");
        let running = UnderWay::start(&site, &["migrate", "--apply", "--yes"]);
        let backend = blocked_by(&mut other);
        if ending == "lost" {
            place.psql(&format!("SELECT pg_terminate_backend({backend})"));
        } else {
            running.signal("-INT");
        }
        running.ends().unwrap().ends_with(code).complains(&[words]).changes_nothing();
        other.does("COMMIT;");
        assert_eq!((site.everything(), site.run(&["diff"]).out), (before.clone(), differs), "{ending}");
        migrate(&site);
        assert_eq!(site.everything(), before, "{ending}");
    }
}

#[test]
fn a_dropped_table_goes_with_its_view_and_not_with_those_of_others() {
    let Some((site, _)) = with_a_day() else { return };
    site.does(&["schema", "export", "other"]);
    std::fs::remove_file(site.home.path("other/proxy/tables/proxy_timeline.json")).unwrap();
    let config = site.home.read("other/proxy/proxy_config.json");
    site.home.write(
        "other/proxy/proxy_config.json",
        config.replacen('{', "{\"dropped\": [\"proxy_timeline\"],", 1),
    );
    let migrate = ["migrate", "--schema", "other", "--apply", "--yes"];
    site.database.sql("CREATE VIEW theirs AS SELECT * FROM proxy_timeline");
    site.run(&migrate).ends_with(78).complains(&["theirs depends on it", "nothing was changed"]);
    site.database.sql("DROP VIEW theirs");
    site.does(&migrate);
    site.does(&["diff", "--schema", "other"]).says(&["the database has what the schema says"]);
}

#[test]
fn rights_of_others_on_a_view_stay_and_their_triggers_are_named() {
    let Some((site, place)) = with_a_day() else { return };
    let reader = Role::new(&place, "");
    site.database.sql(&format!("GRANT SELECT ON flow_edge_typed TO {}", reader.name));
    site.does(&["schema", "export", "other"]);
    let file = "other/flow/tables/flow_edge.json";
    let schema = |from: &str, to: &str| {
        let text = site.home.read(file);
        assert!(text.contains(from), "{text}");
        site.home.write(file, text.replacen(from, to, 1));
    };
    let added = "{\"name\": \"das\", \"type\": \"asn\", \"from\": \"das\", \"description\": \"AS.\"},";
    schema("{\"name\": \"hh\"", &format!("{added}\n{{\"name\": \"hh\""));
    let migrate = ["migrate", "--schema", "other", "--apply", "--yes"];
    site.does(&migrate).says(&["grant the rights of others on flow_edge again"]);
    let can_read =
        format!("SELECT has_table_privilege('{}', 'flow_edge_typed', 'SELECT')::text", reader.name);
    assert_eq!(site.database.rows(&can_read), [["true"]]);
    site.database.sql(
        "CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END'; \
         CREATE TRIGGER theirs BEFORE INSERT ON flow_edge FOR EACH ROW EXECUTE FUNCTION theirs()",
    );
    schema("\"name\": \"flags\"", "\"name\": \"tcp_flags\", \"was\": \"flags\"");
    site.run(&migrate)
        .ends_with(78)
        .complains(&["flow_edge: the trigger theirs may name columns that change", "nothing was changed"]);
    site.database.sql("DROP TRIGGER theirs ON flow_edge");
    site.does(&migrate);
}

#[test]
fn an_index_that_was_not_completed_is_built_again() {
    let Some((site, _)) = with_a_day() else { return };
    site.database
        .sql("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'flow_edge_index_1'::regclass");
    site.run(&["diff"])
        .ends_with(1)
        .says(&["the index flow_edge_index_1 on (y, m, d, srcip, dstip) was not completed"]);
    migrate(&site);
}

#[test]
fn the_script_does_what_the_command_does() {
    let Some((site, place)) = with_a_day() else { return };
    let before = site.everything();
    site.database.sql(
        "ALTER TABLE flow_chords RENAME COLUMN ipkt TO packets; ALTER TABLE flow_chords DROP COLUMN packets CASCADE; \
         DROP INDEX flow_index_1; COMMENT ON TABLE flow IS 'x'",
    );
    let script = site.does(&["migrate", "--sql"]).out;
    assert!(script.contains("BEGIN;\nSET LOCAL lock_timeout"), "{script}");
    for statement in script.split(";\n") {
        psql(&place.server, &[statement]);
    }
    site.does(&["diff"]).says(&["the database has what the schema says"]);
    // What only the program can do is left to it.
    assert!(plan(&site).contains("select the rows of flow_chords for the stored days"));
    migrate(&site);
    assert_eq!(site.everything(), before);
}

/// The DDL of every earlier version.
fn earlier() -> Vec<std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens/ddl/earlier");
    let mut all: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn databases_of_all_earlier_versions_become_what_the_schema_says() {
    for folder in earlier() {
        let Some((site, place)) = bare() else { return };
        place.psql(&format!("CREATE SCHEMA IF NOT EXISTS {0}; SET search_path = {0}", place.quoted()));
        let ddl = std::fs::read_to_string(folder.join("postgres.sql")).unwrap();
        place.psql(&ddl);
        place.psql(
            "INSERT INTO flow_scores (tstart, srcip, dstip, sport, dport, proto, rank, y, m, d) \
             VALUES ('2016-07-08 10:00:00', '10.0.0.1', '10.0.0.2', 1, 2, 'TCP', 0, 2016, 7, 8)",
        );
        site.does(&["migrate", "--apply", "--yes"]);
        // Columns that only the database has may be left.
        assert_eq!(site.run(&["diff", "--output", "json"]).json()["fits"], true, "{}", folder.display());
        let rows = site.rows("SELECT srcip, dport, rank, d FROM flow_scores");
        assert_eq!(rows, ["10.0.0.1|2|0|8"], "{}", folder.display());
    }
}

#[test]
fn the_ddl_can_be_applied_again_and_its_grants_are_enough() {
    let Some(place) = Place::new(&unique("owned")) else { return };
    let [reader, analyst, operator] = [(); 3].map(|()| Role::new(&place, ""));
    let Some((site, _)) = super::named(&place.name) else { return };
    let ddl = site
        .does(&[
            "ddl",
            "--dialect",
            "postgres",
            "--into",
            &place.name,
            "--partitions",
            "20160708..20160709",
            "--grants",
            &format!("reader={}", reader.name),
            &format!("analyst={}", analyst.name),
            &format!("operator={}", operator.name),
        ])
        .out;
    for _ in 0..2 {
        psql(&place.server, &[&ddl]);
    }
    site.does(&["diff"]).says(&["the database has what the schema says"]);
    assert_eq!(site.rows("SELECT count(*) FROM flow_oa_schema"), ["1"]);
    site.home.write(
        "flows.csv",
        crate::home::spot(&[crate::home::flow(&crate::home::at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]),
    );
    site.has_results(&[crate::home::result(&crate::home::at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let as_operator = |arguments: &[&str]| {
        let url = place.url_at(&operator.server());
        site.run(&[arguments, &["--database", &url]].concat())
    };
    as_operator(&["ingest", "flows.csv"]).ends_with(0);
    as_operator(&["run", "-d", DAY]).ends_with(0);
    let as_reader = |arguments: &[&str]| {
        let url = place.url_at(&reader.server());
        site.run(&[arguments, &["--database", &url]].concat())
    };
    as_reader(&["query", "suspicious", "-d", DAY]).ends_with(0).says(&["10.0.0.1"]);
    let as_analyst = |arguments: &[&str]| {
        let url = place.url_at(&analyst.server());
        site.run(&[arguments, &["--database", &url]].concat())
    };
    let score = ["score", "-d", DAY, "--rank", "0", "-s", "high", "--by", "ann", "--yes"];
    as_reader(&score).complains(&["permission denied"]);
    as_analyst(&score).ends_with(0);
    as_analyst(&["run", "-d", DAY]).complains(&["permission denied", "nothing was changed"]);
    as_operator(&["migrate"]).ends_with(0).says(&["nothing to migrate"]);
    site.database.sql("DROP INDEX flow_edge_index_1");
    as_operator(&["migrate", "--apply", "--yes"]).complains(&["must be owner"]);
    as_reader(&["run", "-d", DAY]).complains(&["permission denied", "nothing was changed"]);
    assert_eq!(
        site.rows("SELECT host(srcip), tstart = timestamptz '2016-07-08 10:00:00+00' FROM flow_scores_typed"),
        ["10.0.0.1|t"]
    );
}

#[test]
fn a_second_migration_at_the_same_time_is_refused() {
    let Some((site, place)) = with_a_day() else { return };
    site.database.sql("DROP INDEX flow_edge_index_1; COMMENT ON TABLE flow_edge IS 'x'");
    let before = site.everything();
    let mut other = place.session();
    // A migration waits for the lock of the table while it holds the claim.
    other.does("BEGIN; LOCK TABLE flow_edge IN SHARE UPDATE EXCLUSIVE MODE;");
    let first = UnderWay::start(&site, &["migrate", "--apply", "--yes"]);
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COMMENT%{}%'",
        place.name
    );
    until("the migration has begun", || place.psql(&waiting).trim() != "0");
    site.run(&["migrate", "--apply", "--yes"])
        .ends_with(75)
        .complains(&["another migration", "nothing was changed"]);
    other.does("COMMIT;");
    let _ = first.ends();
    assert_eq!(site.everything(), before);
    migrate(&site);
}

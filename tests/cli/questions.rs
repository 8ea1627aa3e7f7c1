//! Commands that need no database, and behaviour that all commands share.

use std::process::{Command, Stdio};

use crate::golden;
use crate::home::{Home, PROGRAM};

/// The project's schema folder.
const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema");

#[test]
fn the_version_is_printed() {
    let outcome = Home::bare().does(&["--version"]);
    assert_eq!(outcome.out, format!("flow-oa {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn usage_errors_end_with_2_and_a_word() {
    let home = Home::bare();
    for (arguments, word) in [
        (&["fly"][..], "fly"),
        (&["run"], "--date"),
        (&["run", "-d", "20160230"], "a date that exists"),
        (&["run", "-d", "20160708", "-l", "0"], "--limit"),
        (&["run", "-d", "20160708", "-l", "many"], "--limit"),
        (&["ingest"], "FILE"),
        (&["explain", "FO9999"], "FO9999"),
        (&["ddl", "--dialect", "sqlit"], "did you mean sqlite?"),
        (&["ddl", "--table", "flow_edges"], "did you mean flow_edge?"),
    ] {
        home.run(arguments).ends_with(2).complains(&[word]);
    }
    assert_eq!(std::fs::read_dir(home.path("")).unwrap().count(), 0, "nothing was made");
}

#[test]
fn a_pipeline_that_was_not_built_in_is_refused() {
    let home = Home::new();
    home.run(&["run", "-d", "20160708", "-t", "mail"]).ends_with(2).complains(&["\"mail\"", "flow"]);
}

#[test]
fn check_finds_no_fault_in_the_projects_schema() {
    let outcome = Home::bare().does(&["check", SCHEMA]);
    assert!(
        outcome.out.starts_with(&format!("{SCHEMA}: 3 pipelines, 25 tables"))
            && outcome.out.contains("no faults"),
        "{}",
        outcome.out
    );
    let json = Home::bare().json(&["check", SCHEMA]);
    assert_eq!(json["faults"], serde_json::json!([]));
}

#[test]
fn check_reports_every_fault_with_its_code_and_place() {
    let home = Home::bare();
    home.write("schema/flow/flow_config.json", "{}");
    home.write("schema/flow/tables/a.json", "{\"table\": 3, \"colour\": 1}");
    let outcome = home.run(&["check"]).ends_with(78);
    assert!(outcome.out.contains("a.json:1:"), "{}", outcome.out);
    let json = home.run(&["check", "--output", "json"]).ends_with(78).json();
    let faults = json["faults"].as_array().unwrap();
    assert!(faults.len() >= 2, "{json:#}");
    for fault in faults {
        let code = fault["code"].as_str().unwrap();
        home.does(&["explain", code]);
        assert!(fault["location"].as_str().is_some() && fault["message"].as_str().is_some(), "{fault}");
    }
}

#[test]
fn check_of_a_folder_that_is_not_there_ends_with_78() {
    let outcome = Home::bare().run(&["check", "nowhere"]).ends_with(78);
    assert!(outcome.out.contains("nowhere"), "{}", outcome.out);
}

#[test]
fn explain_lists_all_codes_and_says_more_about_each() {
    let home = Home::bare();
    let json = home.json(&["explain"]);
    let list = home.does(&["explain"]).out;
    let codes = json.as_array().unwrap();
    assert!(codes.len() > 10);
    assert_eq!(list.lines().count(), codes.len());
    let code = codes[0]["code"].as_str().unwrap();
    let more = home.does(&["explain", code]).out;
    assert!(more.contains(codes[0]["explanation"].as_str().unwrap()), "{more}");
}

#[test]
fn ddl_of_the_compiled_schema_is_that_of_its_files_in_every_dialect() {
    let home = Home::bare();
    for dialect in ["sqlite", "postgres", "impala"] {
        let compiled = home.does(&["ddl", "--dialect", dialect]).out;
        let files = home.does(&["ddl", "--dialect", dialect, "--schema", SCHEMA]).out;
        assert_eq!(compiled, files, "{dialect}");
        for table in flow_oa_generated::SCHEMA.pipelines.iter().flat_map(|it| it.tables) {
            let embedded = table.ddl_in(dialect).unwrap_or_default();
            assert!(compiled.contains(embedded.trim()), "{dialect}: {}", table.name);
        }
        assert!(compiled.contains("flow_oa_ingest"), "{dialect}: the ledger");
    }
}

#[test]
fn ddl_is_printed_for_any_schema_folder() {
    let home = Home::bare();
    home.write("other/dns/dns_config.json", r#"{"dns_results_fields": {"name": 0, "score": 1}}"#);
    home.write(
        "other/dns/tables/dns_scores.json",
        r#"{"table": "dns_scores", "description": "Names.", "rows": {"results": {}},
            "columns": [
              {"name": "name", "type": "string", "from": "name", "description": "Name."},
              {"name": "score", "type": "double", "from": "score", "description": "Score."}],
            "partition": {"date": {"run": {}}, "columns": ["y", "m", "d"]},
            "hive": {"format": "parquet", "location": "dns/scores"}}"#,
    );
    let outcome = home.does(&["ddl", "--schema", "other"]);
    assert!(outcome.out.contains("dns_scores") && !outcome.out.contains("flow_edge"), "{}", outcome.out);
    home.run(&["ddl", "--schema", "nowhere"]).ends_with(78).complains(&["nowhere"]);
}

#[test]
fn ddl_is_printed_for_one_table_and_for_another_place() {
    let home = Home::bare();
    let one = home.does(&["ddl", "--table", "flow_chords"]).out;
    assert!(one.contains("flow_chords") && !one.contains("flow_edge"), "{one}");
    let place = ["--dialect", "impala", "--database", "spot", "--location-root", "/data"];
    let placed = home.does(&[&["ddl"], &place[..]].concat()).out;
    assert!(
        placed.contains("`spot`.`flow_chords`") && placed.contains("'/data/flow/hive/oa/chords"),
        "{placed}"
    );
    assert!(!placed.to_uppercase().contains("NOT NULL"), "{placed}");
}

#[test]
fn every_command_prints_one_json_value_where_it_is_asked_to() {
    let home = Home::new();
    for arguments in [&["init"][..], &["ddl"], &["explain"], &["check", SCHEMA]] {
        home.json(arguments);
    }
    let error = home.run(&["ingest", "absent", "--output", "json"]).ends_with(66).json();
    assert_eq!(error["exit_code"], 66);
    assert!(error["error"].as_str().unwrap().contains("absent"), "{error}");
}

#[test]
fn quiet_leaves_only_what_was_asked_for() {
    let home = Home::bare();
    assert_eq!(home.does(&["init", "--quiet"]).out, "");
    assert!(!home.does(&["ddl", "--quiet"]).out.is_empty());
}

#[test]
fn whoever_closes_the_output_early_is_no_reason_to_panic() {
    for arguments in [&["ddl"][..], &["explain"], &["ddl", "--output", "json"]] {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success() && complaint.is_empty(),
            "{arguments:?}: {}: {complaint}",
            output.status
        );
    }
}

#[test]
fn the_reference_of_the_language_is_printed_whole_and_by_topic() {
    let home = Home::bare();
    let whole = home.does(&["language"]);
    let own = golden::tests_folder().join("../schema/README.md");
    assert_eq!(whole.out, std::fs::read_to_string(own).unwrap());
    let section = home.does(&["language", "matching"]).out;
    assert!(section.starts_with("### Matching\n") && section.contains("- `hubs`"), "{section}");
    let form = home.does(&["language", "truncate"]).out;
    assert!(
        form.contains("- `truncate`") && form.contains("  - `to`") && !form.contains("- `add`"),
        "{form}"
    );
    let unknown = home.run(&["language", "trunkate"]).ends_with(2);
    assert!(unknown.err.contains("did you mean truncate?"), "{}", unknown.err);
}

#[test]
fn the_reference_of_the_settings_is_printed_whole_and_by_topic() {
    let home = Home::bare();
    let whole = home.does(&["settings"]).out;
    assert!(whole.starts_with("# The settings\n") && whole.contains("- `results_root`"), "{whole}");
    let service = home.does(&["settings", "cache_hours"]).out;
    assert!(service.contains("- `cache_hours`"), "{service}");
    home.run(&["settings", "nothing-like-it"]).ends_with(2);
}

//! `flow-oa adopt`: what it proposes for tables that another program filled, what it asks, and what it writes.

use serde_json::Value;

use crate::home::Home;

/// A home whose database has the tables of the schema, and one of them as the statements change it.
fn home(statements: &[&str]) -> Home {
    let home = Home::new();
    for statement in statements {
        home.sql(statement);
    }
    home
}

/// What is proposed: the name in the schema and the one in the database.
fn proposed(report: &Value) -> Vec<String> {
    let name = |it: &Value| match it["column"].as_str() {
        Some(column) => format!("{}.{column} {}", text(&it["table"]), text(&it["was"])),
        None => format!("{} {}", text(&it["table"]), text(&it["was"])),
    };
    report["proposed"].as_array().unwrap().iter().map(name).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn renamed(table: &str, from: &str, to: &str) -> String {
    format!("ALTER TABLE {table} RENAME COLUMN {from} TO {to}")
}

#[test]
fn names_are_proposed_with_their_reasons_and_nothing_is_changed() {
    let home = home(&[
        &renamed("flow_edge", "md", "mn"),
        &renamed("flow_edge", "tos", "Type_Of_Service"),
        &renamed("flow_scores", "score", "ml_score"),
        &renamed("flow_scores", "destip_internal", "dstip_internal"),
        &renamed("flow_scores", "src_rep", "SrcRep"),
        "ALTER TABLE flow_chords RENAME TO flow_chord",
    ]);
    let before = home.everything();
    let report = home.json(&["adopt"]);
    let mut names = proposed(&report);
    names.sort();
    assert_eq!(
        names,
        [
            "flow_chords flow_chord",
            "flow_edge.md mn",
            "flow_edge.tos Type_Of_Service",
            "flow_scores.destip_internal dstip_internal",
            "flow_scores.score ml_score",
            "flow_scores.src_rep SrcRep",
        ]
    );
    assert!(report["steps"].as_array().unwrap().len() > 4, "{report:#}");
    let shown = home.does(&["adopt"]);
    for words in [
        "flow_scores.score: was ml_score",
        "because one name is the other with a prefix or suffix; REAL holds the same kind of values; both follow obyt",
        "flow_scores.src_rep: was SrcRep (100 %), because the names differ only in case and underscores",
        "nothing was changed; --out DIR writes the schema with these names",
    ] {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    assert_eq!(home.everything(), before);
}

#[test]
fn the_schema_is_written_to_a_new_folder_and_a_migration_follows_it() {
    let home = home(&[&renamed("flow_edge", "md", "mn"), &renamed("flow_scores", "score", "ml_score")]);
    home.does(&["schema", "export", "mine"]);
    let edge = home.read("mine/flow/tables/flow_edge.json");
    let shown = home.does(&["adopt", "--schema", "mine", "--out", "adopted"]);
    assert!(shown.out.contains("flow-oa migrate --schema adopted --database sqlite:"), "{}", shown.out);
    assert_eq!(home.read("mine/flow/tables/flow_edge.json"), edge);
    let added: Vec<String> =
        home.read("adopted/flow/tables/flow_edge.json").lines().map(str::to_owned).collect();
    let changed: Vec<&String> =
        added.iter().filter(|line| !edge.lines().any(|old| old == line.as_str())).collect();
    assert!(matches!(changed.as_slice(), [line] if line.contains(", \"was\": \"mn\"}")), "{changed:?}");
    home.does(&["check", "adopted"]);
    home.run(&["adopt", "--out", "mine"])
        .ends_with(2)
        .complains(&["mine exists already", "name a new folder"]);
    home.does(&["migrate", "--schema", "adopted", "--apply", "--yes"]);
    home.does(&["diff", "--schema", "adopted"]).says(&["the database has what the schema says"]);
    home.does(&["adopt"]).says(&["there is nothing to migrate"]);
}

#[test]
fn what_is_ambiguous_is_asked_and_what_is_like_nothing_is_listed() {
    let home = home(&[
        "ALTER TABLE flow_edge RENAME COLUMN tos TO tos_in",
        "ALTER TABLE flow_edge ADD COLUMN tos_out INTEGER",
        "ALTER TABLE flow_edge ADD COLUMN colour TEXT",
        "CREATE TABLE flow_zebra (stripes INTEGER)",
        "CREATE TABLE zebra (stripes INTEGER)",
    ]);
    let outcome = home.run(&["adopt"]).ends_with(78);
    let outcome = outcome.says(&["flow_edge.tos: was it tos_in", "or flow_edge.tos: was it tos_out"]);
    assert!(
        outcome
            .out
            .contains("flow_edge.colour: add it to the schema, or let it be dropped with --drop-unknown")
    );
    assert!(!outcome.out.contains("  zebra"), "{}", outcome.out);
    let report = home.run(&["adopt", "--drop-unknown", "--out", "adopted", "--output", "json"]).json();
    assert_eq!(proposed(&report), Vec::<String>::new());
    assert_eq!(report["questions"][0]["candidates"].as_array().unwrap().len(), 2, "{report:#}");
    assert!(home.read("adopted/flow/tables/flow_edge.json").contains("\"dropped\": [\"colour\"]"));
    assert!(home.read("adopted/flow/flow_config.json").contains("\"dropped\": [\"flow_zebra\"]"));
}

//! `flow-oa schema upgrade`: a folder of an earlier version of the language is rewritten, and nothing else in it changes.
//! `flow-oa schema export`: the built-in schema is written as files.

use std::path::Path;

use crate::golden;
use crate::home::Home;

/// A home with the `flow` folder of an earlier version in `NAME/flow`.
fn home(name: &str) -> Home {
    let home = Home::bare();
    let from = golden::tests_folder().join("goldens/earlier/flow");
    for folder in ["", "tables", "sources"] {
        for file in std::fs::read_dir(from.join(folder)).unwrap().map(Result::unwrap) {
            if file.path().is_file() {
                let place = Path::new(name).join("flow").join(folder).join(file.file_name());
                home.write(place.to_str().unwrap(), std::fs::read(file.path()).unwrap());
            }
        }
    }
    home
}

const EDGE: &str = "flow/tables/flow_edge.json";

#[test]
fn an_earlier_folder_is_upgraded_and_then_passes_the_check() {
    let home = home("mine");
    let refused = home.run(&["check", "mine"]).ends_with(78);
    assert!(
        refused.out.contains("FO0061") && refused.out.contains("`details` is of an earlier version"),
        "{}",
        refused.out
    );

    let before = home.read(&format!("mine/{EDGE}"));
    let shown = home.does(&["schema", "upgrade", "mine", "--dry-run"]);
    assert!(shown.out.contains("mine: 9 constructs would be replaced"), "{}", shown.out);
    assert_eq!(home.read(&format!("mine/{EDGE}")), before);

    let done = home.json(&["schema", "upgrade", "mine"]);
    assert_eq!((&done["replaced"], &done["left"]), (&9.into(), &0.into()), "{done}");
    home.does(&["check", "mine"]);
    let after = home.read(&format!("mine/{EDGE}"));
    let other =
        |text: &str| text.lines().filter(|line| !line.contains("\"rows\"")).collect::<Vec<_>>().join("\n");
    assert_eq!(other(&after), other(&before));
    let again = home.does(&["schema", "upgrade", "mine"]);
    assert_eq!(again.out, "mine: 0 constructs replaced\n");
}

#[test]
fn the_folder_of_one_pipeline_is_upgraded_too() {
    let home = home(".");
    home.does(&["schema", "upgrade", "flow"]);
    home.does(&["check", "flow"]);
}

#[test]
fn what_has_no_replacement_is_reported() {
    let home = home("mine");
    home.write(
        "mine/flow/tables/flow_note.json",
        r#"{"table": "flow_note", "description": "Notes.", "rows": {"analyst": {}}, "columns": [
            {"name": "text", "type": "string", "from": {"analyst": {}}, "description": "A note."}
        ], "partition": {"date": {"run": {}}, "columns": ["y", "m", "d"]}}"#,
    );
    let done = home.run(&["schema", "upgrade", "mine"]).ends_with(78);
    assert!(done.out.contains("flow_note.json: `analyst` has no replacement"), "{}", done.out);
    assert!(done.out.contains("2 constructs have no replacement"), "{}", done.out);
}

#[test]
fn a_folder_that_cannot_be_read_is_refused_and_left_as_it_is() {
    let home = home("mine");
    let absent = home.run(&["schema", "upgrade", "absent"]).ends_with(78);
    assert!(absent.err.contains("absent") && absent.err.contains("No such file"), "{}", absent.err);
    home.write("empty/readme", "");
    let empty = home.run(&["schema", "upgrade", "empty"]).ends_with(78);
    assert!(empty.err.contains("empty has no pipeline"), "{}", empty.err);
    let before = home.read(&format!("mine/{EDGE}"));
    home.write("mine/flow/tables/flow_zone.json", "{");
    let broken = home.run(&["schema", "upgrade", "mine"]).ends_with(78);
    assert!(broken.err.contains("flow_zone.json: "), "{}", broken.err);
    assert_eq!(home.read(&format!("mine/{EDGE}")), before);
}

#[test]
fn the_built_in_schema_is_written_as_files_that_pass_the_check() {
    let home = Home::bare();
    home.does(&["schema", "export", "mine"]);
    home.does(&["check", "mine"]);
    let own = golden::tests_folder().join("../schema");
    for name in ["flow/tables/flow_pair.json", "flow/flow_config.json", "meta/table.schema.json"] {
        let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        let expected = json(&std::fs::read_to_string(own.join(name)).unwrap());
        assert_eq!(json(&home.read(&format!("mine/{name}"))), expected, "{name}");
    }
    let table = home.read("mine/flow/tables/flow_pair.json");
    assert_eq!(
        table.lines().filter(|line| line.contains("\"name\"")).count(),
        7,
        "one column a line:\n{table}"
    );
    let ddl = |folder: &str| home.does(&["ddl", "--dialect", "postgres", "--schema", folder]).out;
    assert_eq!(ddl("mine"), home.does(&["ddl", "--dialect", "postgres"]).out);
    let again = home.run(&["schema", "export", "mine"]).ends_with(2);
    assert!(again.err.contains("mine is not empty"), "{}", again.err);
}

#[test]
fn a_new_pipeline_begins_from_a_sample() {
    let home = Home::bare();
    home.write("mail.csv", "sent,From,size\n2024-02-29 10:00:00,eve@example.com,12\n");
    home.write("mail.tsv", "2024-02-29 10:00:00\teve@example.com\t12\t0.5\n");
    let done = home.does(&["schema", "new", "mail", "--from", "mail.csv"]);
    assert!(done.out.contains("schema/mail: 5 files written"), "{}", done.out);
    home.does(&["schema", "new", "mailbox", "--from", "mail.tsv"]);
    let checked = home.does(&["check"]);
    assert!(checked.out.contains("2 pipelines, 4 tables"), "{}", checked.out);
    home.run(&["schema", "new", "mail", "--from", "mail.csv"])
        .ends_with(2)
        .complains(&["schema/mail exists"]);
    home.write("logins.tsv", "at \t From\tcode\n1709200806\teve\t007\n");
    home.does(&["schema", "new", "logins", "--from", "logins.tsv"]);
    assert!(home.read("schema/logins/sources/logins_tsv.json").contains(r#""delimiter": "\t""#));
    assert!(home.read("schema/logins/tables/logins.json").contains(r#""name": "code", "type": "string""#));
    let checked = home.does(&["check"]);
    assert!(checked.out.contains("3 pipelines, 7 tables"), "{}", checked.out);
    home.write("numbers.csv", "1,2\n3,4\n");
    home.run(&["schema", "new", "other", "--from", "numbers.csv"])
        .ends_with(65)
        .complains(&["numbers.csv: the first line is not a header: it has \"1\""]);
    home.run(&["schema", "new", "other", "--from", "none.csv"]).ends_with(66);
}

//! `flow-oa diff` and `flow-oa check --against`: what a change of the JSON breaks, compared with a folder or with a
//! revision of git.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::golden;
use crate::home::Home;

const SCORES: &str = "schema/door/tables/door_scores.json";

/// A home with a schema of one pipeline in `schema`.
fn home() -> Home {
    let home = Home::bare();
    copy(&home, "schema");
    home
}

/// Copies the base of the goldens of changes to a folder of the home.
fn copy(home: &Home, name: &str) {
    let from = golden::tests_folder().join("goldens/changes/base/door");
    for folder in ["", "tables", "sources"] {
        for file in std::fs::read_dir(from.join(folder)).unwrap().map(Result::unwrap) {
            if file.path().is_file() {
                let place = Path::new(name).join("door").join(folder).join(file.file_name());
                home.write(place.to_str().unwrap(), std::fs::read(file.path()).unwrap());
            }
        }
    }
}

/// Replaces a text in a file.
fn edit(home: &Home, file: &str, from: &str, to: &str) {
    let text = home.read(file);
    assert!(text.contains(from), "{from:?} is not in {file}");
    home.write(file, text.replacen(from, to, 1));
}

/// Runs git in a home; false if it is not installed.
fn git(home: &Home, arguments: &[&str]) -> bool {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=me", "-c", "user.email=me@example.com", "-c", "commit.gpgsign=false"]);
    match command.args(arguments).current_dir(home.path("")).output() {
        Ok(output) => {
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            true
        }
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "skipped: check --against a revision: git: {error}");
            false
        }
    }
}

/// Makes a repository of a home, with all of its files on the branch `main`.
fn is_committed(home: &Home) -> bool {
    git(home, &["init", "-q", "-b", "main"])
        && git(home, &["add", "-A"])
        && git(home, &["commit", "-q", "-m", "first"])
}

/// The rename of a column of the table of scores, which is declared if `was` says so.
fn rename(home: &Home, was: &str) {
    edit(home, SCORES, r#""name": "inside""#, &format!(r#"{was}"name": "internal""#));
}

#[test]
fn equal_folders_do_not_differ() {
    let home = home();
    copy(&home, "the old one");
    home.does(&["diff", "the old one", "schema"]).says(&["the old one and schema do not differ"]);
    home.does(&["check", "--against", "the old one"]).says(&["no faults", "the old one: no changes"]);
    let json = home.json(&["check", "--against", "the old one"]);
    assert_eq!(json["against"]["changes"], serde_json::json!([]), "{json}");
}

#[test]
fn a_difference_ends_with_1_and_names_its_place_and_whom_it_affects() {
    let home = home();
    copy(&home, "old");
    edit(&home, SCORES, "Where.", "Where it was.");
    let found = home.run(&["diff", "old", "schema"]).ends_with(1);
    found.says(&["cosmetic:", &format!("FO0099 {SCORES}:8:"), "door_scores.lock", "affects: no user"]);
    rename(&home, "");
    let found = home.run(&["diff", "old", "schema", "--output", "json"]).ends_with(1).json();
    let gone = &found["changes"][0];
    for (key, value) in
        [("code", "FO0085"), ("severity", "breaking"), ("table", "door_scores"), ("item", "inside")]
    {
        assert_eq!(gone[key], value, "{found}");
    }
    assert_eq!(gone["declared"], false, "{found}");
    let place = gone["location"].as_str().unwrap();
    assert!(place.starts_with("old/door/tables/door_scores.json:11:"), "{place}");
    home.run(&["diff", "schema"]).ends_with(2);
}

#[test]
fn a_breaking_change_fails_the_check_unless_it_is_declared() {
    let home = home();
    copy(&home, "old");
    rename(&home, "");
    let refused = home.run(&["check", "schema", "--against", "old"]).ends_with(78);
    refused.says(&["FO0085", "if the column `internal` is this one, write \"was\" there", "1 breaking"]);
    home.run(&["check", "schema", "--against", "old", "--quiet"]).ends_with(78).says(&["FO0085"]);
    home.does(&["check", "schema"]);

    edit(&home, SCORES, r#""name": "internal""#, r#""was": "inside", "name": "internal""#);
    let declared = home.does(&["check", "schema", "--against", "old"]);
    declared.says(&["breaking, but declared:", "FO0086", "the column was called `inside`"]);
    let json = home.json(&["check", "schema", "--against", "old"]);
    assert_eq!(json["against"]["undeclared"], 0, "{json}");
    assert_eq!(json["against"]["changes"][0]["declared"], true, "{json}");
}

#[test]
fn a_declaration_with_a_reason_allows_one_change() {
    let home = home();
    copy(&home, "old");
    let in_raw = |from: &str, to: &str| edit(&home, "schema/door/tables/door.json", from, to);
    in_raw(r#""size", "type": "count""#, r#""size", "type": "smallint""#);
    let refused = home.run(&["check", "schema", "--against", "old"]).ends_with(78);
    refused.says(&[
        "FO0091",
        "if it is intended: write \"breaks\": {\"FO0091\": \"…\"} with the reason in the column",
    ]);

    in_raw(r#""size", "type""#, r#""size", "breaks": {"FO0091": "Also what was sent back."}, "type""#);
    let detail = "schema/door/tables/door_detail.json";
    edit(
        &home,
        detail,
        r#""size", "type": "bigint""#,
        r#""size", "breaks": {"FO0091": "Alike."}, "type": "bigint""#,
    );
    let declared = home.does(&["check", "schema", "--against", "old"]);
    declared.says(&["breaking, but declared:", "declared: Also what was sent back."]);
    let json = home.json(&["check", "schema", "--against", "old"]);
    assert_eq!(json["against"]["changes"][0]["reason"], "Also what was sent back.", "{json}");

    // The next change of the kind needs a reason of its own.
    std::fs::rename(home.path("schema"), home.path("second")).unwrap();
    copy(&home, "schema");
    for file in ["tables/door.json", "tables/door_detail.json"] {
        home.write(&format!("schema/door/{file}"), home.read(&format!("second/door/{file}")));
    }
    home.does(&["check", "schema", "--against", "second"]).says(&["no changes"]);
    in_raw(r#""type": "smallint""#, r#""type": "port""#);
    home.run(&["check", "schema", "--against", "second"]).ends_with(78).says(&["FO0091"]);
}

#[test]
fn every_code_of_a_change_is_explained() {
    let home = home();
    home.does(&["explain", "FO0085"]).says(&["column gone", "`dropped`"]);
    home.does(&["explain"]).says(&["FO0111  default pipeline changed"]);
}

#[test]
fn a_revision_of_git_is_compared_with_what_is_in_the_folder() {
    let home = home();
    if !is_committed(&home) {
        return;
    }
    home.does(&["check", "--against", "main:schema"]).says(&["main:schema: no changes"]);
    rename(&home, "");
    let refused = home.run(&["check", "--against", "main:schema/"]).ends_with(78);
    refused.says(&["FO0085 main:schema/door/tables/door_scores.json:11:14"]);
    home.run(&["check", "schema/door", "--against", "HEAD:schema/door"])
        .ends_with(78)
        .says(&["FO0085 HEAD:schema/door/"]);
    home.run(&["diff", "HEAD^{/fir:st|first}:schema", "schema"]).ends_with(1);
    edit(&home, SCORES, r#""name": "internal""#, r#""was": "inside", "name": "internal""#);
    home.does(&["check", "--against", "main:schema"]);
    assert!(git(&home, &["commit", "-q", "-a", "-m", "second"]));
    home.does(&["check", "--against", "HEAD:schema"]).says(&["no changes"]);
    home.does(&["check", "--against", "HEAD~1:schema"]).says(&["FO0086"]);
}

#[test]
fn a_repository_may_hold_the_schema_anywhere_and_a_folder_takes_precedence() {
    let home = Home::bare();
    copy(&home, "a b/é");
    copy(&home, "now");
    if !is_committed(&home) {
        return;
    }
    home.does(&["check", "now", "--against", "main:a b/é"]).says(&["no changes"]);
    copy(&home, "root");
    std::fs::rename(home.path("root/door"), home.path("door")).unwrap();
    assert!(git(&home, &["add", "door"]) && git(&home, &["commit", "-q", "-m", "root"]));
    home.does(&["check", "now", "--against", "main:"]).says(&["no changes"]);
    copy(&home, "main:now");
    edit(&home, "main:now/door/tables/door.json", "Uses of doors.", "All uses of doors.");
    home.does(&["check", "now", "--against", "main:now"]).says(&["FO0099"]);
}

#[test]
fn what_cannot_be_compared_with_is_reported() {
    let home = home();
    home.run(&["check", "--against", "none"])
        .ends_with(66)
        .complains(&["none: it is not a folder", "main:schema"]);
    let outside = home.run(&["check", "--against", "main:schema"]);
    outside.ends_with(66).complains(&["main:schema", "git repository"]);
    if !is_committed(&home) {
        return;
    }
    for (place, words) in [
        ("other:schema", "git has no revision \"other\""),
        ("main:none", "the revision main has no \"none\""),
        ("main:schema/door/door_config.json", "is not a folder there"),
        ("main:./schema", "begins at the root of the repository"),
        ("main:/schema", "begins at the root of the repository"),
        (":schema", "it is not a folder"),
        ("main", "it is not a folder"),
    ] {
        home.run(&["check", "--against", place]).ends_with(66).complains(&[words]);
    }
    let mut without = home.command(&["check", "--against", "main:schema"]);
    let without = crate::home::Outcome::of(without.env("PATH", home.path("schema")));
    without.ends_with(69).complains(&["git", "not installed"]);
}

#[test]
fn a_revision_is_never_an_option_or_a_command() {
    let home = home();
    if !is_committed(&home) {
        return;
    }
    for revision in [
        "--upload-pack=touch made",
        "--output=made",
        "-h",
        "--git-dir=/",
        "$(touch made)",
        "main;touch made",
        "main\nmain",
        "--all",
        "main..main",
        "^main",
    ] {
        let place = format!("--against={revision}:schema");
        home.run(&["check", &place]).ends_with(66).complains(&["git has no revision"]);
        assert!(!home.path("made").exists() && !home.path("schema/made").exists(), "{revision:?}");
    }
    for path in ["../schema", "schema/../../etc", "--output=made"] {
        home.run(&["check", &format!("--against=main:{path}")]).ends_with(66);
        assert!(!home.path("made").exists(), "{path:?}");
    }
}

#[test]
fn an_earlier_version_must_pass_the_check_itself_or_be_of_an_earlier_language() {
    let home = home();
    copy(&home, "old");
    edit(&home, "old/door/tables/door_scores.json", "\"address\"", "\"adress\"");
    let faulty = home.run(&["check", "--against", "old"]).ends_with(78);
    faulty.complains(&["old: it does not pass the check itself", "FO0007", "did you mean `address`?"]);

    let earlier = golden::tests_folder().join("goldens/earlier");
    let earlier = earlier.to_str().unwrap();
    home.does(&["schema", "export", "now"]);
    let compared = home.run(&["diff", earlier, "now/flow"]).ends_with(1);
    compared
        .complains(&["9 constructs of an earlier version of the language"])
        .says(&["FO0109 now/flow/sources/nfdump.json:"]);
}

#[test]
fn a_link_in_a_revision_is_not_followed() {
    let home = home();
    std::fs::rename(home.path(SCORES), home.path("scores.json")).unwrap();
    std::os::unix::fs::symlink("../../../scores.json", home.path(SCORES)).unwrap();
    home.does(&["check"]);
    if is_committed(&home) {
        home.run(&["check", "--against", "main:schema"])
            .ends_with(78)
            .complains(&["FO0001", "symbolic link"]);
    }
}

//! `flow-oa docs`: where the site is written, what is never overwritten, and the lineage as data.

use crate::home::Home;

const MANIFEST: &str = "flow_oa_docs.json";

/// The names in a folder, sorted.
fn names(home: &Home, folder: &str) -> Vec<String> {
    let entries = std::fs::read_dir(home.path(folder)).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_site_is_written_to_a_new_folder_and_again() {
    let home = Home::bare();
    let first = home.does(&["docs", "--out", "site"]);
    assert!(first.out.starts_with("site: ") && first.out.contains("open site/index.html"), "{}", first.out);
    let all = names(&home, "site");
    for file in ["index.html", "style.css", "pipeline-flow.html", "table-flow_scores.html", MANIFEST] {
        assert!(all.iter().any(|name| name == file), "{file} is missing in {all:?}");
    }
    let before = home.read("site/index.html");
    let again = home.does(&["docs", "--out", "site"]);
    assert!(again.out.contains(" 0 files written"), "{}", again.out);
    assert_eq!((names(&home, "site"), home.read("site/index.html")), (all, before));
}

#[test]
fn pages_of_tables_that_are_gone_are_removed() {
    let home = Home::bare();
    home.does(&["schema", "export", "mine"]);
    home.does(&["docs", "--out", "site", "--schema", "mine"]);
    std::fs::remove_file(home.path("mine/flow/tables/flow_chords.json")).unwrap();
    let done = home.does(&["docs", "--out", "site", "--schema", "mine"]);
    assert!(done.out.contains("1 removed"), "{}", done.out);
    assert!(!names(&home, "site").contains(&"table-flow_chords.html".to_owned()));
}

#[test]
fn what_another_wrote_is_kept_and_stops_the_command() {
    let home = Home::bare();
    home.write("full/notes.txt", "mine");
    let refused = home.run(&["docs", "--out", "full"]).ends_with(2);
    assert!(refused.err.contains("full is not empty") && refused.err.contains("nothing was changed"));
    assert_eq!(names(&home, "full"), ["notes.txt"]);

    home.does(&["docs", "--out", "site"]);
    for (file, text) in [("site/notes.txt", "mine"), ("site/index.html", "edited")] {
        home.write(file, text);
        let refused = home.run(&["docs", "--out", "site"]).ends_with(2);
        assert!(refused.err.contains(file.trim_start_matches("site/")), "{}", refused.err);
        assert_eq!(home.read(file), text);
        std::fs::remove_file(home.path(file)).unwrap();
    }
    home.does(&["docs", "--out", "site"]);
    assert!(home.read("site/index.html").contains("<h1>Data dictionary</h1>"));
}

#[test]
fn a_folder_that_cannot_be_one_and_a_schema_with_faults_are_reported() {
    let home = Home::bare();
    home.write("file", "");
    home.run(&["docs", "--out", "file"]).ends_with(73);
    home.write("bad/flow/flow_config.json", "{");
    home.run(&["docs", "--out", "site", "--schema", "bad"]).ends_with(78);
    assert!(!home.path("site").exists());
    let refused = home.run(&["docs"]).ends_with(2);
    assert!(refused.err.contains("--out"), "{}", refused.err);
}

#[test]
fn the_lineage_is_printed_as_data_with_or_without_a_site() {
    let home = Home::bare();
    let data = home.json(&["docs"]);
    let all = data.as_array().unwrap();
    let scores = all.iter().find(|it| it["name"] == "flow_scores").unwrap();
    assert_eq!(scores["namespace"], "flow-oa://flow/tables");
    let inputs = &scores["facets"]["columnLineage"]["fields"]["srcip"]["inputFields"];
    assert_eq!(
        (&inputs[0]["field"], &inputs[0]["transformations"][0]["subtype"]),
        (&"sip".into(), &"IDENTITY".into())
    );
    assert_eq!(home.json(&["docs", "--out", "site"]), data);
    assert!(home.path("site/index.html").exists());
}

//! The notebooks of a day: their variables, edits of analysts, notebooks of the site, and no password in any.

use crate::copies_postgres::Schema;
use crate::home::{Home, PROGRAM, at, flow, result};

const FOLDER: &str = "ipynb/flow/20160708";
const NOTEBOOK: &str = "ipynb/flow/20160708/Threat_Investigation.ipynb";

/// A home with a day that is ready for a run.
fn prepared() -> Home {
    let home = Home::new();
    home.has_flows(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]);
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home
}

#[test]
fn they_are_copied_with_the_day_and_the_way_to_call_the_program() {
    let home = prepared();
    home.runs_day();
    for name in ["Threat_Investigation", "Advanced_Mode"] {
        let text = home.read(&format!("{FOLDER}/{name}.ipynb"));
        let notebook: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(notebook["nbformat"], 4, "{name}");
        assert!(text.contains("2016-07-08") && !text.contains("{{"), "{name}");
    }
    let module = home.read(&format!("{FOLDER}/flow_oa.py"));
    let program = std::fs::canonicalize(PROGRAM).unwrap();
    let options =
        format!("OPTIONS = [\"--home\",\"{}\"", home.path("").display().to_string().trim_end_matches('/'));
    for part in ["DAY = \"20160708\"", "PIPELINE = \"flow\"", &program.display().to_string(), &options] {
        assert!(module.contains(part), "{part}\n{module}");
    }
    assert!(!module.contains("{{"));
}

#[test]
fn one_that_somebody_edited_is_kept_and_a_newer_one_stands_beside_it_where_asked() {
    let home = prepared();
    home.runs_day();
    home.write(NOTEBOOK, "my own");
    home.runs_day().says(&["Threat_Investigation.ipynb  (edited, so it was kept)"]);
    let beside = "ipynb/flow/20160708/Threat_Investigation.new.ipynb";
    assert!(!home.path(beside).exists());
    home.does(&["run", "-d", "20160708", "--refresh-notebooks"]).says(&["Threat_Investigation.new.ipynb"]);
    assert_eq!(home.read(NOTEBOOK), "my own");
    assert!(home.read(beside).contains("nbformat"));
}

#[test]
fn the_sites_own_are_in_every_later_days_copies() {
    let home = prepared();
    home.write("flow_oa.json", r#"{"notebooks": "ours"}"#);
    let before = home.everything();
    home.run(&["run", "-d", "20160708"]).ends_with(78).complains(&[
        "ours",
        "`notebooks`",
        "nothing was changed",
    ]);
    assert_eq!(home.everything(), before);
    home.write("ours/flow_oa.py", "DAY = \"{{date}}\"\ndef ours(): pass\n");
    home.write("ours/Ours.ipynb", r#"{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"#);
    home.runs_day();
    assert_eq!(home.read(&format!("{FOLDER}/flow_oa.py")), "DAY = \"20160708\"\ndef ours(): pass\n");
    for name in ["Ours", "Advanced_Mode", "Threat_Investigation"] {
        assert!(home.path(&format!("{FOLDER}/{name}.ipynb")).exists(), "{name}");
    }
}

#[test]
fn no_password_is_in_any() {
    let Some(schema) = Schema::new("notebooks") else { return };
    let home = Home::bare();
    let url = format!("{}&password=hunter2", schema.url());
    home.write("flow_oa.json", "{}");
    home.does(&["init", "--database", &url]);
    home.write("results.csv", result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"));
    home.does(&["run", "-d", "20160708", "--results", "results.csv", "--database", &url]);
    let module = home.read(&format!("{FOLDER}/flow_oa.py"));
    assert!(module.contains("\"--settings\",") && module.contains("\"--database\",\"postgres"), "{module}");
    assert!(module.contains("schema=copies_notebooks"), "{module}");
    for file in std::fs::read_dir(home.path(FOLDER)).unwrap() {
        let path = file.unwrap().path();
        assert!(!std::fs::read_to_string(&path).unwrap().contains("hunter2"), "{}", path.display());
    }
}

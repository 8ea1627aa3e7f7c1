//! A schema folder of an earlier version of the language: what is reported, and what `schema upgrade` makes of it.
//!
//! `goldens/earlier` is the `flow` folder as it was before `select` replaced five kinds of rows.

#![allow(clippy::expect_used, reason = "a test that panics has found something")]

use flow_oa_schema::dialect::Place;
use flow_oa_schema::model::Table;
use flow_oa_schema::upgrade::upgrade;
use flow_oa_schema::{Code, Dialect, Files, Schema, check};

#[path = "support/golden.rs"]
mod golden;

fn earlier() -> Files {
    Files::read(&golden::tests_folder().join("goldens/earlier"))
}

fn checked(files: &Files) -> Schema {
    check(files).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn an_earlier_folder_is_refused_with_a_replacement_for_each_construct() {
    let faults = check(&earlier()).expect_err("the language has changed");
    assert!(!faults.list().is_empty());
    for fault in faults.list() {
        assert_eq!(fault.code, Code::Outdated, "{}", fault.render());
        assert!(fault.help.as_deref().is_some_and(|help| help.starts_with("write `")), "{}", fault.render());
    }
}

#[test]
fn an_upgraded_folder_has_the_same_ddl_as_the_current_one() {
    let mut files = earlier();
    for upgraded in upgrade(&files) {
        files.texts.insert(upgraded.path, Ok(upgraded.text));
    }
    assert!(upgrade(&files).is_empty(), "nothing is left to upgrade");
    let timeline = files.texts["flow/tables/flow_timeline.json"].as_ref().expect("a text");
    assert!(timeline.contains(r#""order": [{"descending": "ibyt"}], "limit": 20"#), "{timeline}");
    let current = checked(&Files::read(&golden::tests_folder().join("../schema/flow")));
    for dialect in Dialect::ALL {
        let create = |table: &Table| dialect.create(table, &Place::default());
        let ddl = |schema: &Schema| schema.tables().map(create).collect::<String>();
        assert_eq!(ddl(&checked(&files)), ddl(&current), "{}", dialect.name());
    }
}

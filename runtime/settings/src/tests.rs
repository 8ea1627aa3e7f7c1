//! Reports of many or long errors, with the settings as an example; and the JSON Schema of the settings.

use flow_oa_schema::Faults;

use crate::{Outside, SettingsDoc, settings};

#[path = "../../../tests/support/golden.rs"]
mod golden;

/// The maximum number of reported errors.
const KEPT: usize = 100;

fn faults(text: &str) -> Faults {
    let outside = Outside { is_zone: &|_| true, fault_of_place: &|_| None, is_local: &|_| true };
    settings("flow_oa.json", text, &outside).map(|_| ()).expect_err("the text has a fault")
}

/// A text of about a megabyte that repeats a piece.
fn many(before: &str, part: impl Fn(usize) -> String, after: &str) -> String {
    let mut text = before.to_owned();
    for number in 0.. {
        text.push_str(&part(number));
        if text.len() > 1_000_000 {
            break;
        }
        text.push(',');
    }
    text + after
}

#[test]
fn a_megabyte_of_faults_is_reported_in_time_and_in_a_few_pages() {
    let long = "x".repeat(1_000_000);
    let texts = [
        many("{", |nth| format!("\"k{nth}\": 1"), "}"),
        many("{", |_| "\"k\": 1".to_owned(), "}"),
        many("{", |_| "\"time_zone\": 1".to_owned(), "}"),
        many("{\"context\": {\"geo\": [", |it| it.to_string(), "]}}"),
        many("{\"context\": {\"reputation\": {", |nth| format!("\"k{nth}\": {{\"kind\": \"gti\"}}"), "}}}"),
        many(&format!("{{\"{}\": {{", "k".repeat(500_000)), |nth| format!("\"k{nth}\": 1"), "}}"),
        format!("{{\"{long}\": 1}}"),
        format!("{{\"time_zone\": {}}}", "1".repeat(1_000_000)),
        format!("{{\"time_zone\": \"{long}"),
        "[".repeat(1_000_000),
        "{\"context\":".repeat(80_000),
        format!("{}\"a\"", "\n".repeat(1_000_000)),
    ];
    for text in texts {
        let faults = faults(&text);
        let report = faults.render();
        let (begin, end) = (&text[..20], report.lines().last().unwrap_or_default());
        assert!(faults.list().len() <= KEPT && faults.count() >= 1, "{begin}: {end}");
        assert!(report.len() < 300_000, "{begin}: a report of {} bytes", report.len());
    }
}

#[test]
fn the_rest_of_many_faults_is_counted() {
    let faults = faults(&many("{", |nth| format!("\"k{nth}\": 1"), "}"));
    assert_eq!(faults.list().len(), KEPT);
    assert_eq!(faults.count(), KEPT + faults.more());
    let last = format!("{} faults found, the first 100 of which are shown", faults.count());
    assert!(faults.render().contains(&last), "{last}");
}

#[test]
fn a_long_line_is_cut_around_its_fault_and_its_place_is_right() {
    let text = format!(
        "{{\n\"time_zone\": \"UTC\", {} \"é\": 1, {} \"a\": 2}}\n",
        " ".repeat(1000),
        " ".repeat(1000)
    );
    let faults = faults(&text);
    let column = text.lines().nth(1).and_then(|line| line.find('é')).unwrap_or_default();
    let report = faults.render();
    assert!(report.contains(&format!("flow_oa.json:2:{column}\n")), "{report}");
    // The value of an unknown key may be a secret.
    assert!(report.contains("\"é\": *"), "{report}");
    assert!(report.lines().all(|line| line.chars().count() < 600), "{report}");
}

#[test]
fn the_json_schema_is_current() {
    let schema = flow_oa_schema::meta::schema_of::<SettingsDoc>(None);
    golden::hold(
        &golden::tests_folder().join("../schema/meta/settings.schema.json"),
        &format!("{schema:#}\n"),
    );
}

#[test]
fn the_example_passes_the_check_and_has_every_key_of_the_settings() {
    use serde_json::Value;
    let outside = crate::Outside {
        is_zone: &|zone| zone == "Europe/Berlin",
        fault_of_place: &|_| None,
        is_local: &|place| !place.contains("://"),
    };
    let checked = settings("flow_oa.json", crate::EXAMPLE, &outside);
    if let Err(faults) = checked {
        panic!("{faults}");
    }
    let text = flow_oa_schema::tree::without_comments(crate::EXAMPLE);
    let example: Value = serde_json::from_str(&text).unwrap();
    let schema = flow_oa_schema::meta::schema_of::<crate::SettingsDoc>(None);
    let has_all = |properties: &Value, example: &Value| {
        for key in properties.as_object().unwrap().keys() {
            assert!(example.get(key).is_some(), "the example lacks {key:?}");
        }
    };
    has_all(&schema["properties"], &example);
    for (definition, key) in [("ContextDoc", "context"), ("HdfsDoc", "hdfs"), ("DownloadsDoc", "downloads")] {
        has_all(&schema["$defs"][definition]["properties"], &example[key]);
    }
}

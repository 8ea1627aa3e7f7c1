//! Edits of a schema, each of another kind, that a database has to follow.

use std::path::Path;

use serde_json::{Value, json};

use crate::home::{DAY, at, flow, result};
use crate::site::Site;

/// Copies the schema folder of the project into the home of a site.
fn schema_in(site: &Site, name: &str) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema");
    for pipeline in ["flow", "dns", "proxy"] {
        copy(&source.join(pipeline), &site.home.path(&format!("{name}/{pipeline}")));
    }
}

/// Copies a folder and its contents.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}

/// Changes a JSON file of a schema folder.
fn edit(site: &Site, file: &str, change: impl FnOnce(&mut Value)) {
    let mut document: Value = serde_json::from_str(&site.home.read(file)).unwrap();
    change(&mut document);
    site.home.write(file, document.to_string());
}

fn table(name: &str) -> String {
    format!("flow/tables/{name}.json")
}

fn column<'a>(document: &'a mut Value, name: &str) -> &'a mut Value {
    let columns = document["columns"].as_array_mut().unwrap();
    columns.iter_mut().find(|column| column["name"] == name).unwrap()
}

fn without(document: &mut Value, name: &str) {
    document["columns"].as_array_mut().unwrap().retain(|column| column["name"] != name);
}

fn rename(site: &Site, folder: &str, from: &str, to: &str) {
    edit(site, &format!("{folder}/{}", table(from)), |document| document["table"] = to.into());
    let path = |name: &str| site.home.path(&format!("{folder}/{}", table(name)));
    std::fs::rename(path(from), path(to)).unwrap();
}

/// Another schema: edits of the project's, each of another kind.
pub(crate) fn other_schema(site: &Site, folder: &str) {
    schema_in(site, folder);
    let file = |name: &str| format!("{folder}/{}", table(name));
    // A table with another name.
    edit(site, &file("flow_chords"), |document| document["was"] = "flow_chords".into());
    rename(site, folder, "flow_chords", "flow_links");
    edit(site, &file("flow_edge"), |document| {
        // A column with another name.
        let renamed = column(document, "tos");
        (renamed["name"], renamed["was"]) = ("type_of_service".into(), "tos".into());
        // A column that is not there, of selected rows.
        without(document, "pkts");
        document["dropped"] = json!(["pkts"]);
        // A wider type, and one without the constraint.
        column(document, "hh")["type"] = "bigint".into();
        column(document, "sport")["type"] = "int".into();
        // Columns more: one that is computed from the row, and one from the raw row behind it.
        let columns = document["columns"].as_array_mut().unwrap();
        let sum = json!({"add": ["ibyt", "obyt"]});
        columns
            .push(json!({"name": "bytes_both_ways", "type": "count", "from": sum, "description": "Bytes."}));
        columns.push(
            json!({"name": "second_of_minute", "type": "int", "from": "trsec", "description": "Second."}),
        );
        // Another index, another folder, and other descriptions.
        document["hive"] = json!({"format": "parquet", "location": "flow/hive/oa/details"});
        document["indexes"] = json!([["y", "m", "d", "dstip"]]);
        document["description"] = "Other words.".into();
        column(document, "proto")["description"] = "Other words.".into();
    });
    // Analysts' rows, which the Hive family stores as a log: another name, and a column that stays empty.
    edit(site, &file("flow_threat_investigation"), |document| {
        let renamed = column(document, "note");
        (renamed["name"], renamed["was"]) = ("remark".into(), "note".into());
        let columns = document["columns"].as_array_mut().unwrap();
        columns.push(json!({"name": "obyt", "type": "count", "from": "obyt", "description": "Bytes."}));
    });
    // A rollup.
    edit(site, &file("flow_pair"), |document| {
        let renamed = column(document, "ibyt");
        (renamed["name"], renamed["was"]) = ("bytes".into(), "ibyt".into());
    });
    // Another key.
    edit(site, &file("flow_timeline"), |document| {
        without(document, "dport");
        document["key"] = json!(["y", "m", "d", "ip_threat", "srcip", "dstip", "proto", "sport"]);
        document["dropped"] = json!(["dport"]);
    });
    // A partition without hours, and a column of raw rows more.
    edit(site, &file("flow"), |document| {
        document["partition"]["columns"] = json!(["y", "m", "d"]);
        let second = json!({"part": {"of": "treceived", "give": "second"}});
        let columns = document["columns"].as_array_mut().unwrap();
        columns
            .push(json!({"name": "second_again", "type": "int", "from": second, "description": "Second."}));
        let sum = json!({"add": ["ibyt", "obyt"]});
        columns.push(json!({"name": "both_ways", "type": "count", "from": sum, "description": "Bytes."}));
        document["dropped"] = json!(["h"]);
    });
    edit(site, &file("flow_scores"), |document| {
        // A column that is not there, from context.
        without(document, "dst_country");
        document["dropped"] = json!(["dst_country"]);
    });
    // A table that is not there, and a new one.
    std::fs::remove_file(site.home.path(&file("flow_ingest_summary"))).unwrap();
    edit(site, &format!("{folder}/flow/flow_config.json"), |config| {
        config["dropped"] = json!(["flow_ingest_summary"]);
    });
    let of_ports = json!({
        "table": "flow_ports", "description": "Flows by service.", "rows": {"select": {"from": "flow"}},
        "columns": [
            {"name": "dport", "type": "port", "from": "dport", "description": "Destination port."},
            {"name": "flows", "type": "count", "from": {"count": {}}, "description": "Flows."},
        ],
        "partition": {"date": {"run": {}}, "columns": ["y", "m", "d"]}, "key": ["y", "m", "d", "dport"],
    });
    site.home.write(&file("flow_ports"), of_ports.to_string());
}

/// The project's schema as it follows the other one.
pub(crate) fn own_schema(site: &Site, folder: &str) {
    schema_in(site, folder);
    let file = |name: &str| format!("{folder}/{}", table(name));
    edit(site, &file("flow_chords"), |document| document["was"] = "flow_links".into());
    edit(site, &file("flow_edge"), |document| {
        column(document, "tos")["was"] = json!(["type_of_service", "service_type"]);
        document["dropped"] = json!(["bytes_both_ways", "second_of_minute"]);
    });
    edit(site, &file("flow"), |document| document["dropped"] = json!(["second_again", "both_ways"]));
    edit(site, &file("flow_threat_investigation"), |document| {
        column(document, "note")["was"] = "remark".into();
        document["dropped"] = json!(["obyt"]);
    });
    edit(site, &file("flow_pair"), |document| column(document, "ibyt")["was"] = "bytes".into());
    edit(site, &format!("{folder}/flow/flow_config.json"), |config| {
        config["dropped"] = json!(["flow_ports"])
    });
}

pub(crate) fn with_a_day(site: &Site) -> Vec<String> {
    site.has_flows(&[
        flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100),
        flow(&at("10:00:30"), "10.0.0.2", "10.0.0.1", 200),
        flow(&at("10:01:00"), "10.0.0.1", "10.0.0.3", 400),
    ]);
    site.has_results(&[
        result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"),
        result(&at("10:01:00"), "10.0.0.1", "10.0.0.3", "0.2"),
    ]);
    site.home.write(
        "context/iploc.csv",
        "\"167772160\",\"184549375\",\"DE\",\"Germany\",\"S\",\"C\",\"0\",\"0\",\"O\",\"D\"\n",
    );
    site.runs_day();
    judges(site, "high");
    site.everything()
}

/// Judges the first row of the day.
pub(crate) fn judges(site: &Site, severity: &str) {
    site.does(&["score", "-d", DAY, "--rank", "0", "-s", severity, "--note", "a", "--by", "ann", "--yes"]);
}

/// The report of `diff` against a schema folder must have no difference that counts.
pub(crate) fn fits(site: &Site, folder: &str) {
    let outcome = site.run(&["diff", "--schema", folder, "--output", "json"]);
    let report = outcome.json();
    assert_eq!(report["fits"], true, "{report:#}");
}

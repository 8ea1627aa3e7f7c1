//! `--metrics`: metrics of a run or an ingest, for Prometheus.

use std::collections::BTreeMap;

use crate::home::{DAY, Home, at, flow, result, results_of, spot};

/// The samples of a file, which must be in the format of Prometheus.
fn samples(home: &Home, file: &str) -> BTreeMap<String, f64> {
    let (mut samples, mut announced) = (BTreeMap::new(), Vec::new());
    for line in home.read(file).lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(kind, "gauge");
            assert!(home.read(file).contains(&format!("# HELP {name} ")), "{name}");
            announced.push(name.to_owned());
        } else if !line.starts_with('#') {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert_eq!(announced.last().map(String::as_str), sample.split('{').next(), "{line}");
            assert!(samples.insert(sample.to_owned(), value.parse().unwrap()).is_none(), "twice: {line}");
        }
    }
    samples
}

/// A home with a flow and its result.
fn ready() -> Home {
    let home = Home::new();
    home.write("flows.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"), "bad".to_owned()]);
    home
}

const RUN: &str = "pipeline=\"flow\",date=\"2016-07-08\"";

#[test]
fn a_run_writes_its_figures() {
    let home = ready();
    home.does(&["ingest", "flows.csv"]);
    home.does(&["run", "-d", DAY, "--max-rejects", "1", "--metrics", "out/run.prom"]);
    let found = samples(&home, "out/run.prom");
    for (name, value) in [("read", 2.0), ("stored", 1.0), ("rejected", 1.0), ("skipped", 0.0)] {
        assert_eq!(found[&format!("flow_oa_run_records_{name}{{{RUN}}}")], value, "{name}");
    }
    for table in ["flow_scores", "flow_edge", "flow_ingest_summary"] {
        assert_eq!(found[&format!("flow_oa_run_table_rows{{{RUN},table=\"{table}\"}}")], 1.0, "{table}");
    }
    assert!(found[&format!("flow_oa_run_step_seconds{{{RUN},step=\"commit\",table=\"\"}}")] >= 0.0);
    assert_eq!(found[&format!("flow_oa_run_success{{{RUN}}}")], 1.0);
    assert!(found[&format!("flow_oa_run_timestamp_seconds{{{RUN}}}")] > 1.0e9);
    assert_eq!(std::fs::read_dir(home.path("out")).unwrap().count(), 1, "written whole");
}

#[test]
fn an_ingest_writes_its_figures_over_all_files() {
    let home = ready();
    home.write("more.csv", spot(&[flow("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", 1)]));
    home.does(&["ingest", "flows.csv", "more.csv", "--metrics", "ingest.prom"]);
    let found = samples(&home, "ingest.prom");
    assert_eq!(found["flow_oa_ingest_records_stored{pipeline=\"flow\"}"], 2.0);
    assert_eq!(found["flow_oa_ingest_records_skipped{pipeline=\"flow\"}"], 2.0);
    for date in ["2016-07-08", "2016-07-09"] {
        let sample = format!("flow_oa_ingest_table_rows{{pipeline=\"flow\",date=\"{date}\",table=\"flow\"}}");
        assert_eq!(found[&sample], 1.0);
    }
    assert_eq!(found["flow_oa_ingest_success{pipeline=\"flow\"}"], 1.0);
    home.run(&["ingest", "absent.csv", "--metrics", "ingest.prom"]).ends_with(66);
    let found = samples(&home, "ingest.prom");
    assert_eq!(found["flow_oa_ingest_success{pipeline=\"flow\"}"], 0.0);
    assert_eq!(found["flow_oa_ingest_records_stored{pipeline=\"flow\"}"], 0.0);
}

#[test]
fn an_ingest_has_figures_of_the_pipelines_of_its_files_whatever_the_settings_say() {
    let home = ready();
    home.write("flow_oa.json", r#"{"pipeline": "dns"}"#);
    let success = |arguments: &[&str]| -> Vec<(String, f64)> {
        home.run(&[&["ingest", "--metrics", "ingest.prom"], arguments].concat());
        let found = samples(&home, "ingest.prom").into_iter();
        found.filter(|(sample, _)| sample.starts_with("flow_oa_ingest_success{")).collect()
    };
    let of = |pipeline: &str, value| (format!("flow_oa_ingest_success{{pipeline=\"{pipeline}\"}}"), value);
    assert_eq!(success(&["flows.csv"]), [of("flow", 1.0)]);
    assert_eq!(success(&["--again", "--format", "spot_nfdump", "flows.csv"]), [of("flow", 1.0)]);
    home.write("bad.csv", spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.x", 1)]));
    assert_eq!(success(&["bad.csv"]), [of("flow", 0.0)]);
    assert_eq!(success(&["--again", "flows.csv", "absent.csv"]), [of("dns", 0.0), of("flow", 1.0)]);
    assert_eq!(success(&["-t", "flow", "absent.csv"]), [of("flow", 0.0)]);
}

#[test]
fn failures_are_figures_too() {
    let home = ready();
    home.run(&["run", "-d", DAY, "--metrics", "run.prom"]).ends_with(65);
    assert_eq!(samples(&home, "run.prom")[&format!("flow_oa_run_success{{{RUN}}}")], 0.0);
    let bare = Home::bare();
    bare.run(&["run", "-d", DAY, "--metrics", "run.prom"]).ends_with(78);
    assert_eq!(samples(&bare, "run.prom")[&format!("flow_oa_run_success{{{RUN}}}")], 0.0);
}

#[test]
fn a_range_has_the_figures_of_every_day() {
    let home = ready();
    home.write(&results_of("20160706"), result("2016-07-06 10:00:00", "10.0.0.1", "10.0.0.2", "0.1"));
    home.run(&["run", "--from-date", "20160706", "--to-date", "20160708", "--metrics", "run.prom"])
        .ends_with(65);
    let found = samples(&home, "run.prom");
    for (date, success) in [("06", 1.0), ("07", 0.0), ("08", 0.0)] {
        let sample = format!("flow_oa_run_success{{pipeline=\"flow\",date=\"2016-07-{date}\"}}");
        assert_eq!(found[&sample], success, "{date}");
    }
}

#[test]
fn figures_that_cannot_be_written_are_a_fault_unless_there_is_a_worse_one() {
    let home = ready();
    home.write("file", "");
    home.does(&["ingest", "flows.csv"]);
    let run = ["run", "-d", DAY, "--metrics", "file/run.prom"];
    home.run(&run).ends_with(65).complains(&["warning: writing file/run.prom", "flow_results.csv:2"]);
    home.run(&[&run[..], &["--max-rejects", "1"]].concat()).ends_with(73).complains(&["only its figures"]);
    assert_eq!(home.count("flow_scores"), 1);
}

#[test]
fn figures_replace_figures_and_no_other_file() {
    let home = Home::new();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let run = ["run", "-d", DAY, "--metrics", "run.prom"];
    home.write("run.prom", "mine\n");
    home.run(&run).ends_with(73).complains(&[
        "run.prom",
        "does not hold figures of flow-oa",
        "the work itself ended",
    ]);
    assert_eq!((home.read("run.prom").as_str(), home.count("flow_scores")), ("mine\n", 1));
    home.write("run.prom", "");
    home.does(&run);
    home.does(&run);
    assert!(home.read("run.prom").starts_with("# HELP flow_oa_run_"));
}

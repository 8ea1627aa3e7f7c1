//! The sample day as a whole: it is exactly reproducible, and its attack is at the top of the results that come with it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::civil::date;

use super::flow::Stage;
use super::*;

fn plan(kind: Kind, rows: u64) -> Plan {
    Plan { kind, date: date(2024, 4, 19), rows, seed: 1 }
}

/// The rows of a day's flows, without header and summary.
fn rows(file: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file).unwrap();
    let all = reader.records().map(Result::unwrap);
    all.filter(|row| row.len() == 48).collect()
}

/// The stage that a connection belongs to, according to [`Written`].
fn stage_of(row: &csv::StringRecord, stages: &[StageSummary]) -> Option<String> {
    let target = format!("{}:{}", &row[4], &row[6]);
    let found = stages.iter().find(|stage| {
        row[3] == stage.source.to_string() && stage.targets.contains(&target) && row[7] == *"TCP"
    });
    found.map(|stage| stage.what.clone())
}

#[test]
fn a_small_day_tells_the_whole_story() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(&plan(Kind::Flow, 2000), folder.path()).unwrap();
    assert!(written.attack_rows() <= 40);
    let found = Vec::from_iter(written.stages.iter().map(|stage| stage.what.clone()));
    assert_eq!(found, Stage::ALL.map(|stage| stage.to_string()));
    let found = rows(&written.file);
    assert_eq!(found.len(), 2000);
    let counted = found.iter().filter(|row| stage_of(row, &written.stages).is_some()).count();
    assert_eq!(counted as u64, written.attack_rows(), "nothing ordinary looks like a part of the attack");
}

/// The kinds of days that come with their results.
const WITH_RESULTS: [Kind; 2] = [Kind::Dns, Kind::Proxy];

/// The results of a plan, as fields.
fn results(plan: &Plan, most: usize) -> Vec<Vec<String>> {
    let mut bytes = Vec::new();
    plan.kind.results().unwrap()(plan, most, &mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    Vec::from_iter(text.lines().map(|line| Vec::from_iter(line.split('\t').map(str::to_owned))))
}

/// The raw rows of a plan by the names of their columns, and the attack in them.
fn raw(plan: &Plan) -> (Vec<BTreeMap<String, String>>, Vec<StageSummary>) {
    let folder = tempfile::tempdir().unwrap();
    let written = write(plan, folder.path()).unwrap();
    let mut reader = csv::Reader::from_path(written.file).unwrap();
    let rows = reader.deserialize().map(Result::unwrap).collect();
    (rows, written.stages)
}

/// The fields of the results, without those that only results have.
fn fields(kind: Kind) -> Vec<&'static str> {
    let text = match kind {
        Kind::Flow => "",
        Kind::Dns => {
            "frame_time unix_tstamp frame_len ip_dst dns_qry_name dns_qry_class dns_qry_type dns_qry_rcode"
        }
        Kind::Proxy => {
            "p_date p_time clientip host reqmethod useragent resconttype duration username webcat referer respcode \
             uriport uripath uriquery serverip scbytes csbytes fulluri"
        }
    };
    text.split(' ').collect()
}

#[test]
fn every_result_is_a_raw_row_and_the_least_likely_come_first() {
    for kind in WITH_RESULTS {
        let plan = plan(kind, 2000);
        let fields = fields(kind);
        let pick =
            |row: &BTreeMap<String, String>| Vec::from_iter(fields.iter().map(|&field| row[field].clone()));
        let mut raw = Vec::from_iter(raw(&plan).0.iter().map(pick));
        let results = results(&plan, usize::MAX);
        let scores = Vec::from_iter(results.iter().map(|row| row.last().unwrap().parse::<f64>().unwrap()));
        assert!(scores.is_sorted() && scores.iter().all(|score| (0.0..1.0).contains(score)), "{kind:?}");
        let mut ranked = Vec::from_iter(results.iter().map(|row| row[..fields.len()].to_vec()));
        raw.sort();
        ranked.sort();
        assert_eq!(ranked, raw, "{kind:?}");
    }
}

#[test]
fn fewer_results_are_the_first_of_all() {
    for kind in WITH_RESULTS {
        let plan = plan(kind, 2000);
        assert_eq!(results(&plan, 70), results(&plan, usize::MAX)[..70], "{kind:?}");
    }
}

#[test]
fn the_story_is_at_the_top_of_the_results() {
    for (kind, at) in [(Kind::Dns, 3), (Kind::Proxy, 2)] {
        for (seed, rows) in [(1, 2000), (1, 40_000), (2, 40_000), (3, 40_000)] {
            let plan = Plan { seed, ..plan(kind, rows) };
            let stages = raw(&plan).1;
            assert_eq!(stages.len(), 3, "{kind:?}");
            let top = results(&plan, 15);
            for stage in &stages {
                let source = stage.source.to_string();
                let ends = Vec::from_iter(stage.targets.iter().map(|target| target.trim_start_matches('*')));
                let belongs = |row: &Vec<String>| {
                    row[at] == source && row.iter().any(|field| ends.iter().any(|end| field.ends_with(end)))
                };
                assert!(top.iter().any(belongs), "{kind:?}, seed {seed}: no {} in {top:#?}", stage.what);
            }
        }
    }
}

#[test]
fn a_url_is_host_path_and_query() {
    for row in raw(&plan(Kind::Proxy, 3000)).0 {
        let parts = [&row["uripath"], &row["uriquery"]].map(|part| if part.len() > 1 { part } else { "" });
        assert_eq!(row["fulluri"], format!("{}{}", row["host"], parts.concat()));
    }
}

#[test]
fn every_code_has_a_name() {
    for (kind, lists) in [
        (Kind::Dns, &["dns_qry_class", "dns_qry_type", "dns_qry_rcode"][..]),
        (Kind::Proxy, &["proxy_http_rcode"]),
    ] {
        let files = kind.contexts();
        let rows = raw(&plan(kind, 3000)).0;
        for list in lists {
            let file = files.iter().find(|(name, _)| *name == format!("context/{list}.csv")).unwrap();
            let column = if kind == Kind::Proxy { "respcode" } else { list };
            for row in &rows {
                let code = row[column].trim_start_matches("0x0000000");
                assert!(file.1.contains(&format!("\n{code},")), "{list}: {code}");
            }
        }
    }
}

#[test]
fn a_file_of_two_kinds_has_one_text() {
    let mut texts = BTreeMap::new();
    for (name, text) in Kind::ALL.into_iter().flat_map(Kind::contexts) {
        assert_eq!(*texts.entry(name).or_insert_with(|| text.clone()), text, "{name}");
    }
}

#[test]
fn there_is_no_day_of_an_unknown_pipeline() {
    assert_eq!(Kind::named("dns").unwrap(), Kind::Dns);
    let error = Kind::named("logins").unwrap_err().to_string();
    assert!(error.contains("\"logins\"") && error.contains("flow, dns, proxy"), "{error}");
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    for kind in Kind::ALL {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [one, two] = folders.each_ref().map(|folder| write(&plan(kind, 1500), folder.path()).unwrap());
        let files = |written: &Written| {
            let all = written.context_files.iter().chain([&written.file]);
            Vec::from_iter(all.map(|path| fs::read(path).unwrap()))
        };
        assert_eq!(files(&one), files(&two));
        assert_eq!(files(&one).len(), kind.contexts().len() + 1);
        let hash = hash_of_rows(&plan(kind, 1500));
        assert_eq!(hash, hash_of(&one.file).unwrap());
        assert!(Record::of(folders[0].path()).has(kind.file(), &hash), "{kind:?}");
    }
}

/// FNV-1a, which is enough to detect a changed byte.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[test]
fn every_machine_writes_the_same_day() {
    // A deliberate change of the sample's world changes these numbers; another machine must not.
    for (kind, expected) in [
        (Kind::Flow, 0xd238_9101_049f_bfec),
        (Kind::Dns, 0xe5a4_0027_214d_77e0),
        (Kind::Proxy, 0xe5fb_e31e_ccc6_e2d2),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(kind, 3000);
        let mut bytes = fs::read(write(&plan, folder.path()).unwrap().file).unwrap();
        if let Some(write_results) = kind.results() {
            write_results(&plan, 100, &mut bytes).unwrap();
        }
        assert_eq!(checksum(&bytes), expected, "{kind:?}: {:#x}", checksum(&bytes));
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = write(&plan(Kind::Flow, 10), &blocked).unwrap_err();
    assert!(error.to_string().contains(&blocked.display().to_string()), "{error}");
}

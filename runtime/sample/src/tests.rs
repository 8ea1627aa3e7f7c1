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

/// The raw rows of a plan by the names of their columns, and the attack in them.
fn raw(plan: &Plan) -> (Vec<BTreeMap<String, String>>, Vec<StageSummary>) {
    let folder = tempfile::tempdir().unwrap();
    let written = write(plan, folder.path()).unwrap();
    let mut reader = csv::Reader::from_path(written.file).unwrap();
    let rows = reader.deserialize().map(Result::unwrap).collect();
    (rows, written.stages)
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
        (Kind::Dns, 0x297d_68ed_b506_aa31),
        (Kind::Proxy, 0x2f31_ffd7_0092_cd6d),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let plan = plan(kind, 3000);
        let bytes = fs::read(write(&plan, folder.path()).unwrap().file).unwrap();
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

//! The sample day as a whole: it is exactly reproducible, and a ranking puts its attack at the top.

use std::fs;
use std::path::Path;

use jiff::civil::date;

use super::*;
use flow_oa_rank::{Model, Observation, Ranking};

fn plan(flows: u64) -> Plan {
    Plan { date: date(2024, 4, 19), flows, seed: 1 }
}

/// The rows of a day's flows, without header and summary.
fn rows(file: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(file).unwrap();
    let all = reader.records().map(Result::unwrap);
    all.filter(|row| row.len() == 48).collect()
}

fn observed(row: &csv::StringRecord) -> Observation<'_> {
    let number = |text: &str| text.parse::<i64>().unwrap();
    // Whole seconds of the export time, such as `2024-04-19 09:30:15.123`.
    let time = &row[47][..19];
    Observation {
        source: &row[3],
        destination: &row[4],
        source_port: number(&row[5]),
        destination_port: number(&row[6]),
        protocol: &row[7],
        hour: number(&time[11..13]),
        minute: number(&time[14..16]),
        second: number(&time[17..19]),
        bytes: number(&row[12]),
        packets: number(&row[11]),
        time,
    }
}

/// The stage that a connection belongs to, according to [`Written`].
fn stage_of(row: &csv::StringRecord, chapters: &[Chapter]) -> Option<Stage> {
    let found = chapters.iter().find(|chapter| {
        row[3] == chapter.source.to_string()
            && chapter.destinations.iter().any(|destination| row[4] == destination.to_string())
            && chapter.ports.iter().any(|port| row[6] == port.to_string())
            && row[7] == *"TCP"
    });
    found.map(|chapter| chapter.stage)
}

fn top_stages(plan: &Plan, limit: usize) -> Vec<Option<Stage>> {
    let folder = tempfile::tempdir().unwrap();
    let written = write(plan, folder.path()).unwrap();
    let rows = rows(&written.flows_file);
    let (mut model, mut ranking) = (Model::default(), Ranking::new(Some(limit), 1.0));
    for row in &rows {
        assert!(model.learn(&observed(row)));
    }
    for row in &rows {
        let observation = observed(row);
        let score = model.score(&observation).unwrap();
        ranking.offer(&observation, score, || stage_of(row, &written.chapters));
    }
    ranking.into_sorted().into_iter().map(|ranked| ranked.payload).collect()
}

#[test]
fn the_attack_is_near_the_top_of_a_ranking() {
    for seed in 1..=3 {
        let top = top_stages(&Plan { seed, ..plan(40_000) }, 300);
        let first = top.iter().take(30).flatten().count();
        assert!(first >= 15, "seed {seed}: {first} of the top 30 belong to the attack");
        for stage in Stage::ALL {
            assert!(top.contains(&Some(stage)), "seed {seed}: no {stage} in the top 300");
        }
    }
}

#[test]
fn a_small_day_tells_the_whole_story() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(&plan(2000), folder.path()).unwrap();
    assert_eq!(written.flows, 2000);
    assert!(written.attack_flows <= 40);
    assert_eq!(Vec::from_iter(written.chapters.iter().map(|chapter| chapter.stage)), Stage::ALL);
    let told = rows(&written.flows_file);
    let counted = told.iter().filter(|row| stage_of(row, &written.chapters).is_some()).count();
    assert_eq!(counted as u64, written.attack_flows, "nothing ordinary looks like a part of the attack");
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [one, two] = folders.each_ref().map(|folder| write(&plan(1500), folder.path()).unwrap());
    let files = |written: &Written| {
        let mut all = written.context_files.clone();
        all.push(written.flows_file.clone());
        Vec::from_iter(all.iter().map(|path| fs::read(path).unwrap()))
    };
    assert_eq!(files(&one), files(&two));
    assert_eq!(files(&one).len(), 5);
}

/// FNV-1a, which is enough to detect a changed byte.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, &byte: &u8| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[test]
fn every_machine_writes_the_same_day() {
    let folder = tempfile::tempdir().unwrap();
    let written = write(&plan(3000), folder.path()).unwrap();
    // A deliberate change of the sample's world changes this number; another machine must not.
    assert_eq!(checksum(&fs::read(written.flows_file).unwrap()), 0xd238_9101_049f_bfec);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = write(&plan(10), &blocked).unwrap_err();
    assert!(error.to_string().contains(&blocked.display().to_string()), "{error}");
}

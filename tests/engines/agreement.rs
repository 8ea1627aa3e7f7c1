//! SQLite and PostgreSQL hold the same rows of real days, in `../shared/data` beside the workspace: of every table, the
//! rollups among them, and of the files that a run and a ranking write.

use std::path::{Path, PathBuf};

use crate::psql::{Postgres, skipped};
use crate::site::{MODEL, Site};
use crate::sqlite::Sqlite;

/// The folder of a real day; without it the test says that it is skipped.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !folder.is_dir() {
        skipped(&format!("{name} in two engines"), "../shared/data is not there");
        return None;
    }
    Some(folder.canonicalize().unwrap())
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Sites of both engines whose settings name the context of a day, with its flows.
fn sites(day: &Path, flows: &str, context: &serde_json::Value) -> Option<[Site; 2]> {
    let sites = [Site::bare(&Sqlite)?, Site::bare(&Postgres)?];
    for site in &sites {
        site.home.write("flow_oa.json", serde_json::json!({ "context": context }).to_string());
        site.does(&["init"]);
        site.does(&["ingest", text(&day.join(flows))]);
    }
    Some(sites)
}

/// All that lasts is the same in both, but for what an engine has of its own.
fn agree(sites: &[Site; 2], folder_of_day: &str, what: &str) {
    for table in MODEL.tables() {
        let [one, other] = sites.each_ref().map(|it| it.table(&table.name));
        assert_eq!(one.len(), other.len(), "{what}: rows of {}", table.name);
        let differs = one.iter().zip(&other).find(|(a, b)| a != b);
        assert_eq!(differs, None, "{what}: {}", table.name);
    }
    let scores = format!("data/flow/{folder_of_day}/flow_scores.csv");
    let [one, other] = sites.each_ref().map(|it| it.home.read(&scores));
    assert!(one == other, "{what}: {scores}");
}

/// Ranks the day in both, which gives the same file, byte by byte.
fn rank_alike(sites: &[Site; 2], day: &str) {
    let ranked = sites.each_ref().map(|site| {
        site.does(&["rank", "-d", day, "--max", "3000", "--out", "ranked.csv"]);
        site.home.read("ranked.csv")
    });
    assert!(!ranked[0].is_empty() && ranked[0] == ranked[1], "the rankings of {day}");
}

#[test]
fn the_published_day_of_oni() {
    let (Some(oni), Some(geo), Some(reputation)) =
        (folder("oni-20160708"), folder("geo"), folder("reputation"))
    else {
        return;
    };
    let context = serde_json::json!({
        "ranges": oni.join("ipranges.csv"),
        "names": oni.join("networkcontext_1.csv"),
        "geo": geo.join("iploc.csv"),
        "reputation": {"demo": reputation.join("reputation_demo.csv")},
    });
    let Some(sites) = sites(&oni, "flow.csv", &context) else { return };
    for round in ["once", "again"] {
        for site in &sites {
            let results = oni.join("flow_results.csv");
            site.does(&["run", "-d", "20160708", "-l", "500", "--results", text(&results)]);
            assert_eq!((site.count("flow_scores"), site.count("flow_edge")), (282, 4304));
        }
        agree(&sites, "20160708", round);
    }
    rank_alike(&sites, "20160708");
}

#[test]
fn the_day_of_rita() {
    let (Some(rita), Some(geo)) = (folder("rita-20240419"), folder("geo")) else { return };
    let context = serde_json::json!({"ranges": rita.join("ipranges.csv"), "geo": geo.join("iploc.csv")});
    let Some(sites) = sites(&rita, "nfdump.csv.gz", &context) else { return };
    let results = rita.join("flow_results.csv");
    for (limit, scores, edges, chords) in [("500", 500, 1157, 294), ("3000", 3000, 4501, 1903)] {
        for site in &sites {
            site.does(&["run", "-d", "20240419", "-l", limit, "--results", text(&results)]);
            let counts =
                ["flow_scores", "flow_edge", "flow_chords", "flow_ingest_summary"].map(|it| site.count(it));
            assert_eq!(counts, [scores, edges, chords, 1440]);
        }
        agree(&sites, "20240419", limit);
    }
    rank_alike(&sites, "20240419");
}

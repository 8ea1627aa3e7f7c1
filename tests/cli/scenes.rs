//! A scene is a prepared site, a command that is disturbed on it, and the states before and after the command, for
//! any engine. The tests that stop the program at fail points and those that kill it from outside share the scenes.

use std::collections::BTreeMap;
use std::path::Path;

use crate::backend::Backend;
use crate::home::{DAY, Home, Outcome, at, flow, result, results_of, spot};
use crate::site::Site;

/// A command on a site that was prepared for it.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    /// Its arguments; [`OURS`] stands for the site's database.
    pub(crate) command: &'static [&'static str],
    /// Whether the command has a history entry.
    pub(crate) is_recorded: bool,
    prepared: Site,
    newest: u64,
    pub(crate) before: State,
    pub(crate) after: State,
}

/// All persistent state except the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) tables: Vec<String>,
    /// The scores as CSV.
    pub(crate) file: Option<String>,
    /// Files derived from analysts' rows, by name: the feedback, and the files of storyboards.
    pub(crate) by_analysts: BTreeMap<String, String>,
}

const SCORES: &str = "data/flow/20160708/flow_scores.csv";
const FEEDBACK: &str = "flow/scored_results/20160708/feedback/ml_feedback.csv";
const FOLDER: &str = "data/flow/20160708";

/// In a command, the database URL of the site.
const OURS: &str = "OURS";

impl State {
    pub(crate) fn of(site: &Site) -> Self {
        let read = |name: &str| std::fs::read_to_string(site.home.path(name)).ok();
        let entries = std::fs::read_dir(site.home.path(FOLDER)).into_iter().flatten();
        let names = entries.map(|entry| format!("{FOLDER}/{}", entry.unwrap().file_name().display()));
        let is_story = |text: &String| text.ends_with(".json") && !text.contains("/analysts-");
        let by_analysts = names.filter(is_story).chain([FEEDBACK.to_owned()]);
        Self {
            tables: site.database.as_template().unwrap().contents().iter().map(|row| untimed(row)).collect(),
            file: read(SCORES),
            by_analysts: by_analysts.filter_map(|path| read(&path).map(|text| (path, text))).collect(),
        }
    }
}

/// A row without the times at which analysts wrote, which depend on the clock. The flows are of another year.
fn untimed(row: &str) -> String {
    let is_now =
        |text: &str| text.len() == "2016-07-08 10:00:00".len() && text.starts_with("20") && text > "2017";
    row.split(['|', ',']).map(|part| if is_now(part) { "now" } else { part }).collect::<Vec<_>>().join("|")
}

impl Scene {
    /// Returns `None` if the engine has no server here.
    fn new(
        backend: &dyn Backend,
        name: &'static str,
        command: &'static [&'static str],
        is_recorded: bool,
        prepare: impl Fn(&Site),
    ) -> Option<Self> {
        let prepared = Site::bare(backend)?;
        prepare(&prepared);
        let before = State::of(&prepared);
        let newest = prepared.rows("SELECT coalesce(max(id), 0) FROM flow_oa_history")[0].parse().unwrap();
        let scene = Self { name, command, is_recorded, prepared, newest, after: before.clone(), before };
        let site = scene.site();
        scene.run(&site).ends_with(0);
        Some(Self { after: State::of(&site), ..scene })
    }

    /// A prepared site.
    pub(crate) fn site(&self) -> Site {
        self.site_in(Home::bare())
    }

    /// A prepared site in an empty home.
    pub(crate) fn site_in(&self, home: Home) -> Site {
        copy(&self.prepared.home.path(""), &home.path(""));
        let database = self.prepared.database.as_template().unwrap().copied(&home.path(""));
        Site { home, database }
    }

    /// The arguments of the command on a site.
    pub(crate) fn arguments(&self, site: &Site) -> Vec<String> {
        self.command.iter().map(|argument| argument.replace(OURS, &site.database.url())).collect()
    }

    /// The command on a site, ready to start.
    pub(crate) fn command(&self, site: &Site) -> assert_cmd::Command {
        let arguments = self.arguments(site);
        site.command(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(crate) fn run(&self, site: &Site) -> Outcome {
        Outcome::of(&mut self.command(site))
    }

    /// The number of the newest history entry before the command.
    pub(crate) fn newest_before(&self) -> u64 {
        self.newest
    }
}

/// Copies a folder and its contents.
fn copy(from: &Path, to: &Path) {
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

/// One flow of the day for each number of bytes, and an invalid one.
fn flows(hour: u32, bytes: &[i64]) -> String {
    let mut lines: Vec<String> = bytes
        .iter()
        .map(|byte| {
            flow(
                &at(&format!("{hour:02}:00:{:02}", byte % 60)),
                "10.0.0.1",
                &format!("10.0.0.{}", byte % 3 + 2),
                *byte,
            )
        })
        .collect();
    lines.push(lines[0].replace("10.0.0.1", "10.0.0.256"));
    spot(&lines)
}

fn results(to: &[&str]) -> String {
    let mut text: String =
        to.iter().map(|address| result(&at("10:00:00"), "10.0.0.1", address, "0.1") + "\n").collect();
    text.push_str("a bad record\n");
    text
}

/// A site with an old day: flows, and a run with other results than the current ones.
fn old_day(site: &Site) {
    let home = &site.home;
    site.does(&["init"]);
    home.write("context/ipranges.csv", "10.0.0.0/31,us\n");
    home.write("a.csv", flows(10, &[1, 2, 3, 4]));
    site.does(&["ingest", "a.csv", "--max-rejects", "1"]);
    home.write(&results_of(DAY), results(&["10.0.0.2", "10.0.0.3"]));
    site.does(&["run", "-d", DAY, "--max-rejects", "1"]);
    home.write(&results_of(DAY), results(&["10.0.0.3", "10.0.0.4", "10.0.0.2"]));
    home.write("b.csv", flows(10, &[5, 6, 7]));
}

/// A day that was run, with a scored connection and a storyboard.
fn analysed_day(site: &Site) {
    old_day(site);
    site.does(&["score", "-d", DAY, "--by", "ann", "--rank", "0", "-s", "low"]);
    site.does(&["storyboard", "-d", DAY, "10.0.0.1", "--by", "ann", "--title", "old", "--text", "old"]);
}

/// What analysts do to such a day.
fn of_analysts(backend: &dyn Backend) -> Option<Vec<Scene>> {
    const SCORE: &[&str] = &["score", "-d", DAY, "--by", "bob", "--rank", "1", "-s", "low"];
    const TELL: &[&str] =
        &["storyboard", "-d", DAY, "10.0.0.1", "--by", "bob", "--title", "new", "--text", "new", "--yes"];
    const RESET: &[&str] = &["reset", "-d", DAY, "--yes"];
    Some(vec![
        Scene::new(backend, "score", SCORE, false, analysed_day)?,
        Scene::new(backend, "storyboard", TELL, false, analysed_day)?,
        Scene::new(backend, "reset", RESET, false, analysed_day)?,
        Scene::new(backend, "restore", &["restore", "backup.json"], false, |site| {
            analysed_day(site);
            let backup = site.json(RESET)["backup"].as_str().unwrap().to_owned();
            site.home.write("backup.json", site.home.read(&backup));
        })?,
    ])
}

/// The command that copies a day from another database in the same home.
const COPY: &[&str] = &["copy", "--from", FROM, "--to", OURS];
const FROM: &str = "sqlite:from.db";

/// The other database: the day with flows of `files`, and a run with the current results.
fn other_day(site: &Site, files: &[&str]) {
    site.does(&["init", "--database", FROM]);
    site.does(&[&["ingest", "--max-rejects", "1", "--database", FROM], files].concat());
    site.does(&["run", "-d", DAY, "--max-rejects", "1", "--database", FROM]);
}

/// A run, an ingest and a copy that take long enough to be hit while they run.
pub(crate) fn large(backend: &dyn Backend) -> Option<Vec<Scene>> {
    let flows = |salt: i64| {
        let one = |number: i64| {
            let time = at(&format!("10:{:02}:{:02}", number % 5, number % 60));
            flow(&time, &format!("10.0.0.{}", number % 7), &format!("10.0.1.{}", number % 200), number + salt)
        };
        spot(&(0..6000).map(one).collect::<Vec<_>>())
    };
    let results = |skip: i64| {
        let one = |number: i64| {
            let time = at(&format!("10:{:02}:00", number % 5));
            result(&time, &format!("10.0.0.{}", number % 7), &format!("10.0.1.{}", number % 200), "0.1")
                + "\n"
        };
        (skip..300).map(one).collect::<String>()
    };
    let prepare = |site: &Site| {
        let home = &site.home;
        site.does(&["init"]);
        home.write("a.csv", flows(0));
        site.does(&["ingest", "a.csv"]);
        home.write(&results_of(DAY), results(100));
        site.does(&["run", "-d", DAY]);
        home.write(&results_of(DAY), results(0));
        home.write("b.csv", flows(1));
    };
    Some(vec![
        Scene::new(backend, "run", &["run", "-d", DAY], true, prepare)?,
        Scene::new(backend, "ingest", &["ingest", "b.csv"], true, prepare)?,
        Scene::new(backend, "copy", COPY, true, |site| {
            prepare(site);
            other_day(site, &["a.csv", "b.csv"]);
        })?,
    ])
}

/// Every scene.
pub(crate) fn all(backend: &dyn Backend) -> Option<Vec<Scene>> {
    let mut scenes = vec![
        Scene::new(backend, "run", &["run", "-d", DAY, "--max-rejects", "1"], true, |site| {
            old_day(site);
            site.does(&["ingest", "b.csv", "--max-rejects", "1"]);
        })?,
        Scene::new(backend, "first run", &["run", "-d", DAY, "--max-rejects", "1"], true, |site| {
            old_day(site);
            std::fs::remove_dir_all(site.home.path("ipynb")).unwrap();
            std::fs::remove_dir_all(site.home.path("data/flow/20160708")).unwrap();
            site.database.sql("DELETE FROM flow_scores; DELETE FROM flow_edge; DELETE FROM flow_chords;");
        })?,
        Scene::new(backend, "ingest", &["ingest", "b.csv", "--max-rejects", "1"], true, old_day)?,
        Scene::new(
            backend,
            "replace",
            &["ingest", "a.csv", "--replace", "--max-rejects", "1"],
            true,
            |site| {
                old_day(site);
                site.does(&["ingest", "b.csv", "--max-rejects", "1"]);
                site.home.write("a.csv", flows(11, &[8, 9]));
            },
        )?,
        Scene::new(
            backend,
            "replace a day",
            &["ingest", "b.csv", "--replace-day", DAY, "--max-rejects", "1"],
            true,
            old_day,
        )?,
        Scene::new(backend, "copy", COPY, true, |site| {
            old_day(site);
            other_day(site, &["a.csv", "b.csv"]);
            site.database
                .sql("INSERT INTO flow_storyboard (ip_threat, y, m, d) VALUES ('10.0.0.1', 2016, 7, 8)");
        })?,
        Scene::new(backend, "init", &["init", "--add-columns"], false, |site| {
            old_day(site);
            site.database.sql("DROP TABLE flow_storyboard; DROP TABLE flow_timeline;");
            site.database.sql("ALTER TABLE flow_scores DROP COLUMN src_rep");
            site.database.sql("ALTER TABLE flow_edge DROP COLUMN md");
        })?,
        Scene::new(backend, "a missing table", &["init"], false, |site| {
            old_day(site);
            site.database.sql("DROP TABLE flow_storyboard");
        })?,
        Scene::new(backend, "marks of rollups", &["init"], false, |site| {
            old_day(site);
            site.database.sql("DELETE FROM flow_oa_rollup_day");
        })?,
    ];
    scenes.extend(of_analysts(backend)?);
    Some(scenes)
}

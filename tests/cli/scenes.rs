//! What is done to a home while it is disturbed: a home to begin with, a command, and what must hold before and
//! after it. Shared by the tests that stop it at points and those that kill it from outside.

use std::path::Path;

use crate::home::{DAY, Home, at, flow, result, results_of, spot};

/// A command on a home that was prepared for it.
pub(crate) struct Scene {
    pub(crate) name: &'static str,
    pub(crate) command: &'static [&'static str],
    /// Whether the history tells of it.
    pub(crate) is_told: bool,
    prepared: Home,
    told: u64,
    pub(crate) before: State,
    pub(crate) after: State,
}

/// Everything that lasts in a home, but for the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) tables: Vec<String>,
    /// The scores as CSV.
    pub(crate) file: Option<String>,
}

const SCORES: &str = "data/flow/20160708/flow_scores.csv";

impl State {
    pub(crate) fn of(home: &Home) -> Self {
        assert_eq!(home.value("PRAGMA integrity_check"), "ok");
        let mut tables = home.everything();
        tables.extend(home.rows("SELECT 'schema', name, sql FROM sqlite_schema ORDER BY name"));
        if home.value("SELECT count(*) FROM sqlite_schema WHERE name = 'flow_oa_ingest_day'") == "1" {
            tables.extend(home.rows(
                "SELECT file, content, i.stored, first_row, last_row, day, d.stored
                 FROM flow_oa_ingest i JOIN flow_oa_ingest_day d ON d.ingest = i.id ORDER BY i.id, day",
            ));
        }
        Self { tables, file: std::fs::read_to_string(home.path(SCORES)).ok() }
    }
}

impl Scene {
    fn new(
        name: &'static str,
        command: &'static [&'static str],
        is_told: bool,
        prepare: impl Fn(&Home),
    ) -> Self {
        let prepared = Home::bare();
        prepare(&prepared);
        let before = State::of(&prepared);
        let told = prepared.value("SELECT coalesce(max(id), 0) FROM flow_oa_history").parse().unwrap();
        let scene = Self { name, command, is_told, prepared, told, after: before.clone(), before };
        let home = scene.home();
        home.does(command);
        Self { after: State::of(&home), ..scene }
    }

    /// A home that is prepared.
    pub(crate) fn home(&self) -> Home {
        let home = Home::bare();
        copy(&self.prepared.path(""), &home.path(""));
        home
    }

    /// The number of the newest entry of the history before the command.
    pub(crate) fn told_before(&self) -> u64 {
        self.told
    }
}

/// Copies a folder and what is in it.
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

/// Flows of the day, of so many bytes, and one that cannot be read.
fn flows(hour: u32, bytes: &[i64]) -> String {
    let mut lines: Vec<String> = bytes
        .iter()
        .map(|it| {
            flow(
                &at(&format!("{hour:02}:00:{:02}", it % 60)),
                "10.0.0.1",
                &format!("10.0.0.{}", it % 3 + 2),
                *it,
            )
        })
        .collect();
    lines.push(lines[0].replace("10.0.0.1", "10.0.0.256"));
    spot(&lines)
}

fn results(to: &[&str]) -> String {
    let mut text: String =
        to.iter().map(|it| result(&at("10:00:00"), "10.0.0.1", it, "0.1") + "\n").collect();
    text.push_str("a bad record\n");
    text
}

/// A home with an old day: flows, and a run over other results than it has now.
fn old_day(home: &Home) {
    home.does(&["init"]);
    home.write("context/ipranges.csv", "10.0.0.0/31,us\n");
    home.write("a.csv", flows(10, &[1, 2, 3, 4]));
    home.does(&["ingest", "a.csv", "--max-rejects", "1"]);
    home.write(&results_of(DAY), results(&["10.0.0.2", "10.0.0.3"]));
    home.does(&["run", "-d", DAY, "--max-rejects", "1"]);
    home.write(&results_of(DAY), results(&["10.0.0.3", "10.0.0.4", "10.0.0.2"]));
    home.write("b.csv", flows(10, &[5, 6, 7]));
}

/// The command that copies a day of another database in the same home.
const COPY: &[&str] = &["copy", "--from", FROM, "--to", "sqlite:data/flow_oa.db"];
const FROM: &str = "sqlite:from.db";

/// The other database: the day with flows of `files`, and a run over the results that are there.
fn other_day(home: &Home, files: &[&str]) {
    home.does(&["init", "--database", FROM]);
    home.does(&[&["ingest", "--max-rejects", "1", "--database", FROM], files].concat());
    home.does(&["run", "-d", DAY, "--max-rejects", "1", "--database", FROM]);
}

/// A run, an ingest and a copy that take long enough to be hit while they are at work.
pub(crate) fn large() -> Vec<Scene> {
    let flows = |salt: i64| {
        let one = |it: i64| {
            let time = at(&format!("10:{:02}:{:02}", it % 5, it % 60));
            flow(&time, &format!("10.0.0.{}", it % 7), &format!("10.0.1.{}", it % 200), it + salt)
        };
        spot(&(0..6000).map(one).collect::<Vec<_>>())
    };
    let results = |skip: i64| {
        let one = |it: i64| {
            let time = at(&format!("10:{:02}:00", it % 5));
            result(&time, &format!("10.0.0.{}", it % 7), &format!("10.0.1.{}", it % 200), "0.1") + "\n"
        };
        (skip..300).map(one).collect::<String>()
    };
    let prepare = |home: &Home| {
        home.does(&["init"]);
        home.write("a.csv", flows(0));
        home.does(&["ingest", "a.csv"]);
        home.write(&results_of(DAY), results(100));
        home.does(&["run", "-d", DAY]);
        home.write(&results_of(DAY), results(0));
        home.write("b.csv", flows(1));
    };
    vec![
        Scene::new("run", &["run", "-d", DAY], true, prepare),
        Scene::new("ingest", &["ingest", "b.csv"], true, prepare),
        Scene::new("copy", COPY, true, |home| {
            prepare(home);
            other_day(home, &["a.csv", "b.csv"]);
        }),
    ]
}

/// Every scene.
pub(crate) fn all() -> Vec<Scene> {
    vec![
        Scene::new("run", &["run", "-d", DAY, "--max-rejects", "1"], true, |home| {
            old_day(home);
            home.does(&["ingest", "b.csv", "--max-rejects", "1"]);
        }),
        Scene::new("first run", &["run", "-d", DAY, "--max-rejects", "1"], true, |home| {
            old_day(home);
            std::fs::remove_dir_all(home.path("ipynb")).unwrap();
            std::fs::remove_dir_all(home.path("data/flow/20160708")).unwrap();
            home.sql("DELETE FROM flow_scores; DELETE FROM flow_edge; DELETE FROM flow_chords;");
        }),
        Scene::new("ingest", &["ingest", "b.csv", "--max-rejects", "1"], true, old_day),
        Scene::new("replace", &["ingest", "a.csv", "--replace", "--max-rejects", "1"], true, |home| {
            old_day(home);
            home.does(&["ingest", "b.csv", "--max-rejects", "1"]);
            home.write("a.csv", flows(11, &[8, 9]));
        }),
        Scene::new("copy", COPY, true, |home| {
            old_day(home);
            other_day(home, &["a.csv", "b.csv"]);
            home.sql("INSERT INTO flow_storyboard (title, y, m, d) VALUES ('ours', 2016, 7, 8)");
        }),
        Scene::new("init", &["init", "--add-columns"], false, |home| {
            old_day(home);
            home.sql("DROP TABLE flow_storyboard; DROP TABLE flow_timeline;");
            home.sql("ALTER TABLE flow_scores DROP COLUMN src_rep");
            home.sql("ALTER TABLE flow_edge DROP COLUMN md");
        }),
    ]
}

//! A day in a database with its notebooks, and the Python that plays them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use crate::backend::Backend;
use crate::home::{DAY, Outcome};
use crate::page::Browser;
use crate::psql::{skipped, variable};
use crate::site::Site;

/// The time limit for a notebook.
const PATIENCE: Duration = Duration::from_secs(300);

/// The day of a stage.
pub(crate) struct Day {
    pub(crate) pipeline: &'static str,
    /// `YYYYMMDD`.
    pub(crate) date: &'static str,
}

/// A day that was run.
pub(crate) struct Stage {
    pub(crate) site: Site,
    pub(crate) day: &'static str,
    pipeline: &'static str,
    python: PathBuf,
    pub(crate) browser: Browser,
    out: PathBuf,
}

/// The output of a notebook.
pub(crate) struct Played {
    /// Its code cells: `source`, `stdout`, `stderr`, `texts`, `pictures`.
    pub(crate) cells: Vec<Value>,
    /// What the probes printed.
    pub(crate) probes: Vec<Value>,
}

/// The day that `flow-oa sample` generates.
pub(crate) fn made_up(site: &Site) -> Option<Day> {
    site.does(&["sample", "--date", DAY, "--rows", "5000", "--out", "."]);
    let flows = std::fs::read_dir(site.home.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "csv") && !is_of_labels(path));
    site.does(&["ingest", flows.unwrap().to_str().unwrap()]);
    site.does(&["rank", "-d", DAY]);
    site.does(&["run", "-d", DAY, "-l", "200"]);
    Some(Day { pipeline: "flow", date: DAY })
}

/// Whether a file of a generated day names its attacks.
fn is_of_labels(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("_labels"))
}

/// The published day of Spot's predecessor.
pub(crate) fn oni(site: &Site) -> Option<Day> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    let oni = data.join("oni-20160708");
    if !oni.is_dir() {
        skipped("notebooks of oni-20160708", "../shared/data is not there");
        return None;
    }
    let context = json!({
        "ranges": oni.join("ipranges.csv"),
        "names": oni.join("networkcontext_1.csv"),
        "geo": data.join("geo/iploc.csv"),
        "reputation": {"demo": data.join("reputation/reputation_demo.csv")},
    });
    site.home.write("flow_oa.json", json!({ "context": context }).to_string());
    site.does(&["ingest", oni.join("flow.csv").to_str().unwrap()]);
    site.does(&["run", "-d", DAY, "--results", oni.join("flow_results.csv").to_str().unwrap()]);
    Some(Day { pipeline: "flow", date: DAY })
}

impl Stage {
    /// Returns `None` and reports the skipped test if something that it needs is missing.
    pub(crate) fn new(engine: &dyn Backend, name: &str, day: fn(&Site) -> Option<Day>) -> Option<Self> {
        let python = variable("FLOW_OA_TEST_JUPYTER", "notebooks")?.into();
        let browser = Browser(variable("FLOW_OA_TEST_CHROMIUM", "notebooks")?.into());
        let site = Site::bare(engine)?;
        site.does(&["init"]);
        let Day { pipeline, date: day } = day(&site)?;
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("notebooks").join(name);
        if out.exists() {
            std::fs::remove_dir_all(&out).unwrap();
        }
        std::fs::create_dir_all(&out).unwrap();
        Some(Self { site, day, pipeline, python, browser, out })
    }

    /// The folder of the day's notebooks.
    fn folder(&self) -> PathBuf {
        self.site.home.path(&format!("ipynb/{}/{}", self.pipeline, self.day))
    }

    /// The source of the only cell of a notebook that contains `words`.
    pub(crate) fn cell(&self, notebook: &str, words: &str) -> String {
        let text = std::fs::read_to_string(self.folder().join(format!("{notebook}.ipynb"))).unwrap();
        let notebook: Value = serde_json::from_str(&text).unwrap();
        let source = |cell: &Value| match &cell["source"] {
            Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect(),
            text => text.as_str().unwrap().to_owned(),
        };
        let code = notebook["cells"].as_array().unwrap().iter().filter(|cell| cell["cell_type"] == "code");
        let found: Vec<String> = code.map(source).filter(|text| text.contains(words)).collect();
        let [cell]: [String; 1] =
            found.try_into().unwrap_or_else(|found| panic!("{words:?} is in {found:?}"));
        cell
    }

    /// Plays a notebook and then the probes, and opens its page. Asserts that neither writes to standard error or the
    /// console.
    pub(crate) fn plays(&self, notebook: &str, probes: &[&str]) -> Played {
        let mut command = assert_cmd::Command::new(&self.python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/notebooks/play.py"));
        command.args([&self.folder().join(format!("{notebook}.ipynb")), &self.out]);
        command.write_stdin(serde_json::to_vec(probes).unwrap()).timeout(PATIENCE);
        // The copied notebooks name everything that they need, except a database URL that they may not store.
        for name in
            ["FLOW_OA_HOME", "FLOW_OA_DATABASE", "FLOW_OA_SETTINGS", "FLOW_OA_PROGRAM", "DATABASE_URL"]
        {
            command.env_remove(name);
        }
        let url = self.site.database.url();
        if !url.starts_with("sqlite:") {
            command.env("FLOW_OA_DATABASE", url);
        }
        let mut answer = Outcome::of(&mut command).ends_with(0).json();
        let played = Played { cells: list(&mut answer["cells"]), probes: list(&mut answer["probes"]) };
        for cell in &played.cells {
            assert_eq!(cell["stderr"], json!([]), "{}", cell["source"]);
        }
        self.browser.opens(&self.out.join(format!("{notebook}.html")));
        played
    }
}

fn list(value: &mut Value) -> Vec<Value> {
    match value.take() {
        Value::Array(found) => found,
        other => panic!("{other} is not a list"),
    }
}

impl Played {
    /// The cell whose source contains `words`.
    pub(crate) fn cell(&self, words: &str) -> &Value {
        let mut found = self.cells.iter().filter(|cell| cell["source"].as_str().unwrap().contains(words));
        found.next().unwrap_or_else(|| panic!("no cell holds {words:?}"))
    }

    /// The number of rows of the only table in the output of the cell.
    pub(crate) fn rows(&self, words: &str) -> usize {
        let texts = self.cell(words)["texts"].as_array().unwrap();
        let [Value::String(html)] = texts.as_slice() else { panic!("{words}: {texts:?}") };
        html.split("<tbody>").nth(1).unwrap().matches("<tr>").count()
    }
}

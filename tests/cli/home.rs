//! A home in a temporary folder, and the program that runs in it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// The program that cargo built.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_flow-oa");

/// The time limit of every test for a run of the program. A migration of all tables takes HiveServer2 minutes on a machine
/// that is busy with other tests.
pub(crate) const PATIENCE: Duration = Duration::from_secs(900);

/// The day of the tests, as in folder names.
pub(crate) const DAY: &str = "20160708";

/// The header of Spot's own nfdump, the shortest that has every column.
pub(crate) const SPOT_HEADER: &str = "tr,try,trm,trd,trh,trm,trs,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,\
     dtos,dir,ra";

/// The environment variables that affect the program.
const VARIABLES: [&str; 6] = [
    "FLOW_OA_HOME",
    "FLOW_OA_DATABASE",
    "FLOW_OA_SETTINGS",
    "FLOW_OA_RESULTS_ROOT",
    "HADOOP_USER_NAME",
    "DATABASE_URL",
];

/// A home; deleted at the end of the test.
pub(crate) struct Home {
    folder: PathBuf,
    _kept: Option<tempfile::TempDir>,
}

/// The result of a run of the program.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Home {
    /// A home with an empty database.
    pub(crate) fn new() -> Self {
        let home = Self::bare();
        home.does(&["init"]);
        home
    }

    /// A home with two flows and results of one minute of the day.
    pub(crate) fn with_a_day() -> Self {
        let home = Self::new();
        home.has_flows(&[
            flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1),
            flow(&at("10:00:01"), "10.0.0.1", "10.0.0.3", 2),
        ]);
        home.has_results(&[
            result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1"),
            result(&at("10:00:01"), "10.0.0.1", "10.0.0.3", "0.2"),
        ]);
        home
    }

    /// An empty home.
    pub(crate) fn bare() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { folder: folder.path().to_owned(), _kept: Some(folder) }
    }

    /// A home in an existing folder, which is kept.
    pub(crate) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), _kept: None }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a file, and creates its folder if it is missing.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Creates a named pipe, and its folder if it is missing.
    pub(crate) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program, with the home also as its current folder.
    pub(crate) fn command(&self, arguments: &[&str]) -> assert_cmd::Command {
        let mut command = assert_cmd::Command::new(PROGRAM);
        for variable in VARIABLES {
            command.env_remove(variable);
        }
        command.args(arguments).current_dir(&self.folder).env("FLOW_OA_HOME", &self.folder);
        command.timeout(PATIENCE);
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::of(&mut self.command(arguments))
    }

    /// Runs the program, which must exit with 0.
    pub(crate) fn does(&self, arguments: &[&str]) -> Outcome {
        self.run(arguments).ends_with(0)
    }

    /// Runs the program, which must exit with 0 and print a JSON value.
    pub(crate) fn json(&self, arguments: &[&str]) -> serde_json::Value {
        self.does(&[arguments, &["--output", "json"]].concat()).json()
    }

    /// Ingests `flows`, lines in the format of Spot's own nfdump.
    pub(crate) fn has_flows(&self, flows: &[String]) {
        self.write("flows.csv", spot(flows));
        self.does(&["ingest", "flows.csv"]);
    }

    /// Writes the results of the day where `run` reads them.
    pub(crate) fn has_results(&self, lines: &[String]) {
        self.write(&results_of(DAY), lines.join("\n") + "\n");
    }

    /// Runs the day.
    pub(crate) fn runs_day(&self) -> Outcome {
        self.does(&["run", "-d", DAY])
    }

    pub(crate) fn database(&self) -> Connection {
        Connection::open(self.path("data/flow_oa.db")).unwrap()
    }

    /// Changes the database without the program.
    pub(crate) fn sql(&self, sql: &str) {
        self.database().execute_batch(sql).unwrap();
    }

    /// The rows of a query as text: values separated by `|`, NULL as `NULL`.
    pub(crate) fn rows(&self, query: &str) -> Vec<String> {
        rows(&self.database(), query)
    }

    /// The single value of a query.
    pub(crate) fn value(&self, query: &str) -> String {
        let rows = self.rows(query);
        assert_eq!(rows.len(), 1, "{query}: {rows:?}");
        rows.into_iter().next().unwrap()
    }

    /// The number of rows of a table.
    pub(crate) fn count(&self, table: &str) -> u64 {
        self.value(&format!("SELECT count(*) FROM {table}")).parse().unwrap()
    }

    /// Every row of every table except the program's own ledger, to detect changes.
    pub(crate) fn everything(&self) -> Vec<String> {
        let tables = self.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'flow_oa_%' ORDER BY name",
        );
        let rows = |table: String| {
            let mut rows = self.rows(&format!("SELECT '{table}', * FROM {table}"));
            rows.sort();
            rows
        };
        tables.into_iter().flat_map(rows).collect()
    }
}

impl Outcome {
    pub(crate) fn of(command: &mut assert_cmd::Command) -> Self {
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
        let code = output.status.code().unwrap_or_else(|| panic!("was stopped: {}", output.status));
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }

    pub(crate) fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nerror output:\n{}", self.out, self.err);
        self
    }

    /// Asserts that the output contains each of `words`.
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.out.contains(word), "{word:?} is not in:\n{}", self.out);
        }
        self
    }

    /// Asserts that the error reports unchanged data, except for what it names.
    pub(crate) fn changes_nothing(&self) -> &Self {
        let is_said =
            ["nothing was changed", "nothing else was changed"].iter().any(|words| self.err.contains(words));
        assert!(is_said, "{}", self.err);
        self
    }

    /// Asserts that the error output contains each of `words`.
    pub(crate) fn complains(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "{word:?} is not in:\n{}", self.err);
        }
        self
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}:\n{}", self.out))
    }
}

pub(crate) fn rows(database: &Connection, query: &str) -> Vec<String> {
    let mut statement = database.prepare(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let width = statement.column_count();
    let mut found = statement.query([]).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = found.next().unwrap() {
        let values: Vec<String> = (0..width).map(|at| shown(row.get_ref(at).unwrap())).collect();
        rows.push(values.join("|"));
    }
    rows
}

fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(it) => it.to_string(),
        ValueRef::Real(it) => it.to_string(),
        ValueRef::Text(it) => String::from_utf8(it.to_vec()).expect("the database holds UTF-8"),
        ValueRef::Blob(it) => format!("{it:?}"),
    }
}

/// The path of a day's results in the home.
pub(crate) fn results_of(day: &str) -> String {
    format!("flow/scored_results/{day}/scores/flow_results.csv")
}

/// A file in the format of Spot's own nfdump.
pub(crate) fn spot(flows: &[String]) -> String {
    let mut text = format!("{SPOT_HEADER}\n");
    for flow in flows {
        let _ = writeln!(text, "{flow}");
    }
    text
}

/// A TCP flow in the format of Spot's own nfdump: 3 packets of `bytes` in one direction, 2 packets of 50 bytes back.
pub(crate) fn flow(at: &str, from: &str, to: &str, bytes: i64) -> String {
    format!("{at},0,0,0,0,0,0,0.5,{from},{to},1025,80,TCP,.AP.SF,0,0,3,{bytes},2,50,1,2,0,0,0,0,192.0.2.1")
}

/// A row of a results file for the same flow.
pub(crate) fn result(at: &str, from: &str, to: &str, score: &str) -> String {
    format!("{at}\t0\t0\t0\t0\t0\t0\t0.5\t{from}\t{to}\t1025\t80\tTCP\t3\t100\t2\t50\t{score}")
}

/// A time of the day.
pub(crate) fn at(time: &str) -> String {
    format!("2016-07-08 {time}")
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

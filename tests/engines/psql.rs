//! PostgreSQL, for the suite: a schema of its own on the server that `FLOW_OA_TEST_POSTGRES` names, such as that of
//! `tests/services/postgres-server.sh`. It is read and changed by `psql`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::backend::{Backend, Can, Database, NULL};

/// The URL of the server's superuser; without one the test says that it is skipped.
pub(crate) fn server() -> Option<String> {
    variable("FLOW_OA_TEST_POSTGRES", "PostgreSQL tests")
}

/// A variable by which the server is described; without it the test says that it is skipped.
pub(crate) fn variable(name: &str, what: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|it| !it.is_empty());
    if value.is_none() {
        skipped(what, &format!("{name} is not set"));
    }
    value
}

/// Says, past the capture of the test's output, that a test cannot run here.
pub(crate) fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}: {why}");
}

/// A name that nothing else on the server has.
pub(crate) fn unique(what: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("flow_oa_{what}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

pub(crate) struct Postgres;

impl Backend for Postgres {
    fn can(&self) -> &'static [Can] {
        &[Can::AtomicRuns, Can::Transactions, Can::ReplaceFiles, Can::SharedClaims, Can::ConcurrentWriters]
    }

    fn fresh(&self, _: &Path) -> Option<Box<dyn Database>> {
        Some(Box::new(Schema(Place::new(&unique("test"))?)))
    }
}

/// A schema on a server.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub(crate) server: String,
    pub(crate) name: String,
}

impl Place {
    pub(crate) fn new(name: &str) -> Option<Self> {
        Some(Self { server: server()?, name: name.to_owned() })
    }

    /// The name as SQL has it.
    pub(crate) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// The URL of this schema for whoever comes by `server`.
    pub(crate) fn url_at(&self, server: &str) -> String {
        let parameter = if server.contains('?') { '&' } else { '?' };
        format!("{server}{parameter}schema={}", encoded(&self.name))
    }

    /// Another connection to the schema.
    pub(crate) fn session(&self) -> Session {
        Session::new(&self.server, &self.quoted())
    }

    /// Does statements, and gives what they print.
    pub(crate) fn psql(&self, sql: &str) -> String {
        psql(&self.server, &[&format!("SET search_path = {}", self.quoted()), sql])
    }
}

/// A schema, which the program makes; gone with the test.
pub(crate) struct Schema(pub(crate) Place);

impl Database for Schema {
    fn url(&self) -> String {
        self.0.url_at(&self.0.server)
    }

    fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let output = self.0.psql(query);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(output.as_bytes());
        reader.records().map(|it| it.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn sql(&self, sql: &str) {
        self.0.psql(sql);
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.0.quoted());
        // Where the test fails, its own words matter.
        let _ = command(&self.0.server).args(["-c", "SET lock_timeout = '10s'", "-c", &drop]).output();
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// As a part of a URL.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    text.bytes().map(|it| if plain(it) { char::from(it).to_string() } else { format!("%{it:02X}") }).collect()
}

fn command(server: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-t", "--csv", "-P", &format!("null={NULL}"), "-v", "ON_ERROR_STOP=1"]);
    command.args(["-d", server]).env("PGCONNECT_TIMEOUT", "20").stdin(Stdio::null());
    command.env("PGOPTIONS", "-c client_min_messages=warning");
    command
}

/// Does statements one after another, and gives what they print.
pub(crate) fn psql(server: &str, statements: &[&str]) -> String {
    let mut command = command(server);
    for it in statements {
        command.args(["-c", it]);
    }
    let output = command.output().expect("psql is installed: Debian's postgresql-client");
    assert!(output.status.success(), "{statements:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("psql prints UTF-8")
}

/// A connection that stays open, with what it holds.
pub(crate) struct Session {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<std::process::ChildStdout>,
}

impl Session {
    fn new(server: &str, schema: &str) -> Self {
        let mut child = command(server).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut session = Self { child, input, output };
        session.does(&format!("SET search_path = {schema};"));
        session
    }

    /// Does statements, and comes back when they are done, with what they print.
    pub(crate) fn does(&mut self, sql: &str) -> String {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{sql}\n\\echo done").unwrap();
        let mut said = String::new();
        loop {
            let mut line = String::new();
            assert_ne!(self.output.read_line(&mut line).unwrap(), 0, "{sql}: psql ended");
            if line == "done\n" {
                return said;
            }
            said.push_str(&line);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

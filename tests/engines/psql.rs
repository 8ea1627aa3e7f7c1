//! PostgreSQL for the suite: a schema of its own on the server that `FLOW_OA_TEST_POSTGRES` names, such as that of
//! `tests/services/postgres-server.sh`. `psql` reads and changes it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::backend::{Backend, Can, Database, NULL, Template};

/// The URL of the server's superuser. Returns `None` and reports the skipped test if there is none.
pub(crate) fn server() -> Option<String> {
    variable("FLOW_OA_TEST_POSTGRES", "PostgreSQL tests")
}

/// A variable that describes the server. Returns `None` and reports the skipped test if it is not set.
pub(crate) fn variable(name: &str, what: &str) -> Option<String> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty());
    if value.is_none() {
        skipped(what, &format!("{name} is not set"));
    }
    value
}

/// Reports, past libtest's capture, that a test is skipped.
pub(crate) fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}: {why}");
}

/// A unique name on the server.
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
        Some(Box::new(Schema::new(Place::new(&unique("test"))?)))
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

    /// The name, quoted for SQL.
    pub(crate) fn quoted(&self) -> String {
        quoted(&self.name)
    }

    /// The URL of this schema on `server`, a URL with any role.
    pub(crate) fn url_at(&self, server: &str) -> String {
        let parameter = if server.contains('?') { '&' } else { '?' };
        format!("{server}{parameter}schema={}", encoded(&self.name))
    }

    /// Another connection to the schema.
    pub(crate) fn session(&self) -> Session {
        Session::new(&self.server, &self.quoted())
    }

    /// Runs statements and returns their output.
    pub(crate) fn psql(&self, sql: &str) -> String {
        psql(&self.server, &[&format!("SET search_path = {}", self.quoted()), sql])
    }
}

/// A schema, which the program creates; dropped at the end of the test.
pub(crate) struct Schema {
    place: Place,
    url: String,
    /// The statements that create it, cached after the first copy.
    dumped: OnceLock<String>,
}

impl Schema {
    pub(crate) fn new(place: Place) -> Self {
        Self { url: place.url_at(&place.server), place, dumped: OnceLock::new() }
    }

    /// The statements that create it, without the comments.
    fn dump(&self) -> String {
        let mut command = Command::new("pg_dump");
        command.args(["--no-comments", "--no-owner", "--schema", &self.place.name, "-d", &self.place.server]);
        let output = command.output().expect("pg_dump is installed: Debian's postgresql-client");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("pg_dump prints UTF-8")
    }
}

/// The contents of a schema except the history; see [`Template::contents`]. `NAME` is the name of the schema.
const CONTENTS: &str = r"
SET search_path = NAME;
DO $$ BEGIN
  WHILE EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'NAME') LOOP
    PERFORM pg_sleep(0.005), pg_stat_clear_snapshot();
  END LOOP;
END $$;
SELECT format('SELECT %L, %s FROM %I ORDER BY ROW(%2$s)', c.relname, columns.list, c.relname)
  FROM pg_class c, LATERAL (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS list FROM pg_attribute
    WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attname <> 'flow_oa_id') AS columns
  WHERE relnamespace = 'NAME'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND relname NOT LIKE 'flow_oa_%' ORDER BY relname \gexec
SELECT c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
  pg_get_expr(c.relpartbound, c.oid), replace(pg_get_indexdef(c.oid), 'NAME.', '')
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE relnamespace = 'NAME'::regnamespace AND attnum > 0 AND NOT attisdropped ORDER BY relname, attnum;
SELECT 'SELECT file, content, i.stored, first_row & 4294967295, last_row & 4294967295, day, d.stored
  FROM flow_oa_ingest i JOIN flow_oa_ingest_day d ON d.ingest = i.id ORDER BY i.id, day'
  WHERE to_regclass('flow_oa_ingest_day') IS NOT NULL \gexec
";

impl Database for Schema {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn rows(&self, query: &str) -> Vec<Vec<String>> {
        let output = self.place.psql(query);
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(output.as_bytes());
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    /// Drops the view of a table with what it shows, which the other engines need no word for.
    fn sql(&self, sql: &str) {
        let cascading = |statement: &str| {
            let words: Vec<&str> = statement.split_whitespace().collect();
            let drops = words.starts_with(&["DROP", "TABLE"])
                || words.windows(2).any(|pair| pair == ["DROP", "COLUMN"]);
            if drops && !statement.contains("CASCADE") {
                format!("{statement} CASCADE")
            } else {
                statement.to_owned()
            }
        };
        self.place.psql(&sql.split(';').map(cascading).collect::<Vec<_>>().join(";"));
    }

    fn of_version(&self, ddl: &Path, _: &Path) -> Box<dyn Database> {
        let place = Place { name: unique("earlier"), ..self.place.clone() };
        let ddl = std::fs::read_to_string(ddl.join("postgres.sql")).unwrap();
        psql(&place.server, &[&format!("CREATE SCHEMA {0}; SET search_path = {0}", place.quoted()), &ddl]);
        Box::new(Self::new(place))
    }

    fn as_template(&self) -> Option<&dyn Template> {
        Some(self)
    }
}

impl Template for Schema {
    fn contents(&self) -> Vec<String> {
        script(&self.place.server, &CONTENTS.replace("NAME", &self.place.name))
            .lines()
            .map(str::to_owned)
            .collect()
    }

    fn copied(&self, _: &Path) -> Box<dyn Database> {
        let place = Place { name: unique("copy"), ..self.place.clone() };
        let dumped = self.dumped.get_or_init(|| self.dump());
        script(&place.server, &dumped.replace(&self.place.name, &place.name));
        // The server lists the sessions of the schema by this name.
        let url = format!("{}&application_name={}", place.url_at(&place.server), place.name);
        Box::new(Self { place, url, dumped: OnceLock::new() })
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let drop = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.place.quoted());
        // If the test fails, its own message matters.
        let _ = command(&self.place.server).args(["-c", "SET lock_timeout = '10s'", "-c", &drop]).output();
    }
}

pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text, encoded for a URL.
pub(crate) fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn command(server: &str) -> Command {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-t", "--csv", "-P", &format!("null={NULL}"), "-v", "ON_ERROR_STOP=1"]);
    command.args(["-d", server]).env("PGCONNECT_TIMEOUT", "20").stdin(Stdio::null());
    command.env("PGOPTIONS", "-c client_min_messages=warning");
    command
}

/// Runs statements in order and returns their output.
pub(crate) fn psql(server: &str, statements: &[&str]) -> String {
    let mut command = command(server);
    for it in statements {
        command.args(["-c", it]);
    }
    let output = command.output().expect("psql is installed: Debian's postgresql-client");
    assert!(output.status.success(), "{statements:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("psql prints UTF-8")
}

/// Runs the statements and commands of a file and returns their output.
fn script(server: &str, text: &str) -> String {
    let mut command = command(server);
    command.args(["-f", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("psql is installed: Debian's postgresql-client");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{text}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("psql prints UTF-8")
}

/// A connection that stays open, with its locks.
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

    /// Runs statements, waits for them, and returns their output.
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

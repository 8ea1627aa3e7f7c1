//! A day in the Hive family, read by another client: impyla from PyPI, in the Python that `FLOW_OA_TEST_IMPYLA` names
//! and `tests/services/hs2-tests.sh` installs.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use flow_oa_schema::Dialect;
use serde_json::Value;

use crate::backend::NULL;
use crate::hive::Hive;
use crate::hive_copy::{copied, team};
use crate::home::DAY;
use crate::psql::variable;
use crate::site::{MODEL, Site};
use crate::sqlite::Sqlite;

/// The rows that impyla reads.
fn read(python: &str, site: &Site, query: &str) -> Vec<Vec<String>> {
    let url = site.database.url();
    let (at, rest) = url.split_once('@').unwrap().1.split_once('/').unwrap();
    let ((host, port), database) = (at.rsplit_once(':').unwrap(), rest.split_once('?').unwrap().0);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/services/impyla_rows.py");
    let mut command = Command::new(python);
    command.arg(script).args([host, port, database]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{python}: {error}"));
    child.stdin.take().unwrap().write_all(query.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{query}");
    let text = String::from_utf8(output.stdout).unwrap();
    let row = |line: &str| serde_json::from_str::<Vec<Value>>(line).unwrap().iter().map(shown).collect();
    text.lines().map(row).collect()
}

/// A value as text, in the format of our client's values.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => NULL.to_owned(),
        Value::String(it) => it.clone(),
        Value::Object(it) => it["double"].as_str().unwrap().parse::<f64>().unwrap().to_string(),
        other => other.to_string(),
    }
}

#[test]
fn impyla_reads_what_our_client_reads() {
    let Some(python) = variable("FLOW_OA_TEST_IMPYLA", "what impyla reads") else { return };
    let (Some(from), Some(hive)) = (team(&Sqlite), Site::bare(&Hive)) else { return };
    hive.does(&["init"]);
    copied(&from, &hive, &["-d", DAY]).ends_with(0);
    for table in MODEL.tables().filter(|table| Dialect::Impala.has(table)) {
        let columns: Vec<String> = table.columns.iter().map(|column| format!("`{}`", column.name)).collect();
        let columns = columns.join(", ");
        let query = format!("SELECT {columns} FROM {} ORDER BY {columns}", table.name);
        let ours = hive.database.rows(&query);
        assert_eq!(read(&python, &hive, &query), ours, "{}", table.name);
        let count =
            from.rows(&format!("SELECT count(*) FROM {} WHERE y = 2016 AND m = 7 AND d = 8", table.name));
        assert_eq!([ours.len().to_string()], *count, "{}", table.name);
    }
    let titles = hive.database.rows("SELECT title, text FROM flow_storyboard ORDER BY title DESC LIMIT 1");
    assert_eq!(titles, [["it's \\ ${x} \"é\"", NULL]], "what is hard to say is among the rows");
}

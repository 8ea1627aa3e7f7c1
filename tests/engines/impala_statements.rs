//! Every statement that the program sends to Impala, per command, as goldens in `tests/goldens/impala`: Impala cannot
//! be installed for the tests, and Spark accepts much that Impala refuses. The server is a stand-in that records what
//! it receives, changes nothing, and answers queries from a SQLite database in which the program stored the same day.

use std::path::Path;
use std::sync::{Arc, Mutex};

use flow_oa_schema::dialect::impala::{self, log};
use flow_oa_schema::ledger;
use flow_oa_schema::model::Table;
use rusqlite::Connection;
use rusqlite::types::Value;

use crate::golden;
use crate::home::{DAY, Home, Outcome, at, flow, result, results_of, spot};
use crate::site::MODEL;
use crate::stand_in::{Act, Call, Carrier, StandIn, bad, binary, good, i32_field, list, nested, text};

/// The day that is copied.
const COPIED: &str = "20160710";

/// The URL of the server in arguments.
const IMPALA: &str = "impala://…";

const DNS: &str = "frame_time,unix_tstamp,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class,dns_qry_type,dns_qry_rcode,dns_a
Jul  8 2016 10:00:01 UTC,1467972001,90,10.0.0.1,10.0.0.53,it's.example.com,0x0001,1,0,192.0.2.1
";

const DNS_RESULTS: &str =
    "Jul  8 2016 10:00:01 UTC\t1467972001\t90\t10.0.0.1\tit's.example.com\t0x0001\t1\t0\t1.5E-8\n";

const PROXY: &str = "p_date,p_time,clientip,host,reqmethod,useragent,resconttype,duration,username,authgroup,exceptionid,\
     filterresult,webcat,referer,respcode,action,urischeme,uriport,uripath,uriquery,uriextension,serverip,scbytes,csbytes,\
     virusid,bcappname,bcappoper,fulluri
2016-07-08,7:11:11,10.0.0.1,good.example,GET,agent,text/html,7,-,-,-,-,none,-,404,-,http,80,/a,-,-,-,100,10,-,-,-,good.example/a
";

const PROXY_RESULTS: &str = "2016-07-08\t7:11:11\t10.0.0.1\tgood.example\tGET\tagent\ttext/html\t7\t-\tnone\t-\t404\t80\t/a\t-\t-\t\
     100\t10\tgood.example/a\tword\t1e-9\n";

/// Column names and rows of an answer.
#[derive(Debug, Clone, Default)]
struct Answer {
    names: Vec<String>,
    rows: Vec<Vec<Value>>,
}

/// What the stand-in received, and its answer to the last statement.
#[derive(Default)]
struct Heard {
    options: String,
    statements: Vec<String>,
    answer: Option<Answer>,
    has_tables: bool,
    /// Whether the tables have narrower columns, as those of an earlier version.
    is_earlier: bool,
    /// The day of the month whose rows are counted.
    day: String,
    /// The beginning of statements that the stand-in refuses.
    refused: Option<&'static str>,
}

/// A home with a day in SQLite, and an Impala that appears to have the same day.
struct Stage {
    home: Home,
    server: StandIn,
    heard: Arc<Mutex<Heard>>,
}

impl Stage {
    fn new() -> Self {
        let home = Home::new();
        home.has_flows(&[
            flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 100),
            flow(&at("11:00:00"), "10.0.0.1", "10.0.0.3", 100),
        ]);
        home.has_results(&[
            result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1"),
            result(&at("11:00:01"), "10.0.0.1", "10.0.0.3", "0.2"),
        ]);
        home.runs_day();
        home.does(&["score", "-d", DAY, "--rank", "0", "-s", "low", "--by", "ann"]);
        home.write("small.csv", spot(&[flow("2016-07-10 10:00:00", "10.0.0.1", "10.0.0.2", 1)]));
        home.does(&["ingest", "small.csv"]);
        home.write(&results_of(COPIED), result("2016-07-10 10:00:00", "10.0.0.1", "10.0.0.2", "0.1"));
        home.does(&["run", "-d", COPIED]);
        for (pipeline, raw, results) in [("dns", DNS, DNS_RESULTS), ("proxy", PROXY, PROXY_RESULTS)] {
            home.write("raw.csv", raw);
            home.write(&results_of(DAY).replace("flow", pipeline), results);
            home.does(&["ingest", "raw.csv", "--replace"]);
            home.does(&["run", "-t", pipeline, "-d", DAY]);
        }
        home.write("late.csv", spot(&[flow(&at("12:00:00"), "10.0.0.1", "10.0.0.4", 1)]));
        home.write("flow_oa.json", r#"{"query_options": {"MEM_LIMIT": "2g", "REQUEST_POOL": "nightly"}}"#);
        let heard = Arc::new(Mutex::new(Heard { has_tables: true, ..Heard::default() }));
        let (kept, folder) = (Arc::clone(&heard), home.path(""));
        let server = StandIn::hearing(Carrier::Bare, move |call| kept.lock().unwrap().hear(call, &folder));
        Self { home, server, heard }
    }

    /// The statements of a command, which must succeed.
    fn sends(&self, arguments: &[&str]) -> String {
        self.sends_and_ends(arguments, 0)
    }

    /// The statements of a command, which must end with `code`.
    fn sends_and_ends(&self, arguments: &[&str], code: i32) -> String {
        let (outcome, all) = self.does(arguments);
        assert_eq!(outcome.code, code, "{arguments:?}: {}\n{all}", outcome.err);
        all
    }

    /// The outcome of a command, and its statements.
    fn does(&self, arguments: &[&str]) -> (Outcome, String) {
        let location = self.home.path("tables");
        let url =
            format!("impala://127.0.0.1:{}/oa?location=file://{}", self.server.port, location.display());
        let arguments: Vec<&str> =
            arguments.iter().map(|argument| if *argument == IMPALA { &url } else { *argument }).collect();
        let mut command = self.home.command(&arguments);
        command.env("FLOW_OA_DATABASE", &url);
        let day = if arguments.contains(&COPIED) { COPIED } else { DAY };
        day[6..].clone_into(&mut self.heard.lock().unwrap().day);
        let outcome = Outcome::of(&mut command);
        let statements = std::mem::take(&mut self.heard.lock().unwrap().statements);
        let all = statements
            .iter()
            .map(|statement| format!("{};\n", settled(statement, &self.home)))
            .collect::<String>();
        (outcome, all)
    }

    /// The golden of a name holds what some commands send.
    fn holds(&self, name: &str, commands: &[&[&str]]) {
        let mut all = String::new();
        for arguments in commands {
            all.push_str(&format!("-- flow-oa {}\n", arguments[..arguments.len().min(2)].join(" ")));
            all.push_str(&self.sends(arguments));
        }
        golden::hold(&golden::tests_folder().join("goldens/impala").join(format!("sent_{name}.sql")), &all);
    }
}

impl Heard {
    fn hear(&mut self, call: &Call<'_>, home: &Path) -> Option<Act> {
        match call.method {
            "OpenSession" => {
                self.options = String::from_utf8_lossy(call.body).into_owned();
                None
            }
            "ExecuteStatement" => {
                let sql = statement(call.body);
                let database = Connection::open(home.join("data/flow_oa.db")).unwrap();
                self.answer = Some(answer(&sql, &self.day, &database));
                let is_refused = self.refused.is_some_and(|refused| sql.starts_with(refused));
                self.statements.push(sql);
                is_refused.then(|| Act::Answer(bad("HY000", 0, "AnalysisException: it is too much")))
            }
            "GetColumns" => {
                let mut found = if self.has_tables { columns() } else { Answer::default() };
                let narrow = [Value::Text("input".to_owned()), Value::Text("output".to_owned())];
                let history = Value::Text("flow_oa_history".to_owned());
                for row in found.rows.iter_mut().filter(|row| narrow.contains(&row[3]) && row[2] != history) {
                    if self.is_earlier {
                        row[5] = Value::Text("INT".to_owned());
                    }
                }
                self.answer = Some(found);
                Some(begun())
            }
            "GetResultSetMetadata" => Some(described(self.answer.as_ref()?)),
            "FetchResults" => Some(page(self.answer.take().unwrap_or_default())),
            _ => None,
        }
    }
}

/// The text of a statement: the second field of this kind and number, after the secret of the session.
fn statement(body: &[u8]) -> String {
    let is_second = |bytes: &[u8]| bytes == [11, 0, 2];
    let at = body.windows(3).enumerate().filter(|(_, bytes)| is_second(bytes)).nth(1).unwrap().0 + 3;
    let length = u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
    String::from_utf8(body[at + 4..][..usize::try_from(length).unwrap()].to_vec()).unwrap()
}

/// Replaces a query that counts staged rows by one that counts the day of the target table. Nothing is staged here.
fn counting(sql: &str, day: &str) -> String {
    let name = sql.split('`').find(|part| part.starts_with("flow_oa_")).unwrap_or_else(|| panic!("{sql}"));
    let name = name.trim_start_matches("flow_oa_aside_").trim_start_matches("flow_oa_raw_");
    let (table, _) = name.rsplit_once('_').unwrap();
    format!("SELECT count(*) FROM {table} WHERE d = {day}")
}

/// Replaces a query for distinct values of rows that match staged rows by one for those of all rows.
fn distinct(sql: &str) -> Option<String> {
    let (columns, rest) = sql.split_once("SELECT DISTINCT ")?.1.split_once(" FROM ")?;
    let table = rest.split_whitespace().next()?;
    Some(format!("SELECT DISTINCT {columns} FROM {table} AS `raw` ORDER BY 1"))
}

/// The answer to a statement, from SQLite, which accepts names in backticks.
fn answer(sql: &str, day: &str, database: &Connection) -> Answer {
    if let Some(table) = sql.strip_prefix("SHOW PARTITIONS ") {
        return partitions(table, day, database);
    }
    if !sql.starts_with("SELECT ") {
        return Answer::default();
    }
    // SQLite has an operator for patterns, too, but of another kind: only the statement matters here.
    let own = sql.replace("`oa`.", "").replace(" RLIKE ", " GLOB ");
    let Ok(mut query) = database.prepare(&own) else {
        let instead = distinct(sql).unwrap_or_else(|| counting(sql, day));
        return answer(&instead, day, database);
    };
    let names: Vec<String> = query.column_names().map(str::to_owned).collect();
    let count = names.len();
    let row = |row: &rusqlite::Row<'_>| (0..count).map(|at| row.get(at)).collect();
    let rows = query.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap();
    Answer { names, rows }
}

/// The partitions in the format of Impala: a column for each part, counts, the folder, and a last row of totals.
fn partitions(table: &str, day: &str, database: &Connection) -> Answer {
    let name = table.rsplit('.').next().unwrap().trim_matches('`');
    let model = MODEL.tables().find(|table| table.name == name).unwrap();
    let parts: Vec<&str> = model.partition_columns().iter().map(|column| column.name.as_str()).collect();
    let parts = parts.join(", ");
    let found = answer(&format!("SELECT DISTINCT {parts} FROM {name} ORDER BY {parts}"), day, database);
    let more = ["#Rows", "#Files", "Location"].map(str::to_owned);
    let text = |text: &str| Value::Text(text.to_owned());
    let mut rows: Vec<Vec<Value>> = found.rows;
    for row in &mut rows {
        let part = |value: &Value| {
            if let Value::Integer(number) = value { text(&number.to_string()) } else { Value::Null }
        };
        *row = row.iter().map(part).collect();
        row.extend([Value::Integer(-1), Value::Integer(1), text(&format!("hdfs://n/{name}/run-1"))]);
    }
    let blank = vec![Value::Null; found.names.len() - 1];
    let total = [vec![text("Total")], blank, vec![Value::Integer(-1), Value::Integer(1), text("")]];
    rows.push(total.concat());
    Answer { names: [found.names, more.to_vec()].concat(), rows }
}

/// The reply to `GetColumns` for all tables.
fn columns() -> Answer {
    let own = ledger::tables();
    let mut rows = Vec::new();
    for table in MODEL.tables().chain(&own) {
        for (name, kind) in columns_of(table) {
            let cells = ["", "oa", &table.name, &name, "", &kind];
            rows.push(cells.map(|cell| Value::Text(cell.to_owned())).to_vec());
        }
    }
    Answer { names: vec![String::new(); 6], rows }
}

fn columns_of(table: &Table) -> Vec<(String, String)> {
    let kind = |column| impala::HiveType::of(column).name().to_owned();
    if log::has(table) {
        return log::order(table).map(|column| (column.name.clone(), kind(column))).collect();
    }
    impala::columns(table).into_iter().map(|(name, kind)| (name.to_owned(), kind.name().to_owned())).collect()
}

/// An operation that has started.
fn begun() -> Act {
    let identifier = nested(1, &[binary(1, b"guid"), binary(2, b"secret")].concat());
    Act::Answer([good(), nested(2, &[&identifier[..], &i32_field(2, 0), &[2, 0, 3, 1]].concat())].concat())
}

/// The type number of a column, derived from its cells.
fn kind_of(cells: &[&Value]) -> i32 {
    match cells.iter().find(|value| !matches!(value, Value::Null)) {
        Some(Value::Integer(_)) => 4,
        Some(Value::Real(_)) => 6,
        _ => 7,
    }
}

fn columns_at(answer: &Answer) -> impl Iterator<Item = (&str, Vec<&Value>)> {
    let cells = |at: usize| answer.rows.iter().map(|row| &row[at]).collect();
    answer.names.iter().enumerate().map(move |(at, name)| (name.as_str(), cells(at)))
}

fn described(answer: &Answer) -> Act {
    let column = |(name, cells): (&str, Vec<&Value>)| {
        let entry = [nested(1, &i32_field(1, kind_of(&cells))), vec![0]].concat();
        [binary(1, name.as_bytes()), nested(2, &list(1, 12, &[entry])), vec![0]].concat()
    };
    let columns: Vec<Vec<u8>> = columns_at(answer).map(column).collect();
    Act::Answer([good(), nested(2, &list(1, 12, &columns))].concat())
}

fn page(answer: Answer) -> Act {
    let column = |(_, cells): (&str, Vec<&Value>)| {
        let mut nulls = vec![0; cells.len().div_ceil(8)];
        for (row, _) in cells.iter().enumerate().filter(|(_, value)| matches!(value, Value::Null)) {
            nulls[row / 8] |= 1 << (row % 8);
        }
        let bytes = |value: &&Value| match value {
            Value::Integer(it) => it.to_be_bytes().to_vec(),
            Value::Real(it) => it.to_be_bytes().to_vec(),
            Value::Text(it) => text(it.as_bytes()),
            _ if kind_of(&cells) == 7 => text(b""),
            _ => vec![0; 8],
        };
        let values: Vec<Vec<u8>> = cells.iter().map(bytes).collect();
        // The identifier of a column, and the type of its cells.
        let (id, kind) = match kind_of(&cells) {
            4 => (5, 10),
            6 => (6, 4),
            _ => (7, 11),
        };
        [nested(id, &[list(1, kind, &values), binary(2, &nulls)].concat()), vec![0]].concat()
    };
    let columns: Vec<Vec<u8>> = columns_at(&answer).map(column).collect();
    Act::Answer([good(), nested(3, &list(3, 12, &columns))].concat())
}

/// The statements without what differs between runs of the test: the home, numbers, and times of the clock.
fn settled(sql: &str, home: &Home) -> String {
    let text = sql.replace(&home.path("").display().to_string(), "/home/");
    let mut settled = String::new();
    for part in text.split_inclusive(|letter: char| !letter.is_ascii_digit()) {
        let digits = part.trim_end_matches(|letter: char| !letter.is_ascii_digit());
        settled.push_str(if digits.len() >= 16 { "1" } else { digits });
        settled.push_str(&part[digits.len()..]);
    }
    let known = MODEL.pipelines.iter().map(|pipeline| (pipeline.fingerprint.as_str(), "fingerprint"));
    for (found, word) in known.chain([(env!("CARGO_PKG_VERSION"), "version")]) {
        settled = settled.replace(&format!("'{found}'"), &format!("'{word}'"));
    }
    let text = |text: &str| match text {
        text if is_now(text) => "now".to_owned(),
        text if text.len() == 64 && text.bytes().all(|it| it.is_ascii_hexdigit()) => "hash".to_owned(),
        text => text.to_owned(),
    };
    let settled = settled.split('\'').map(text).collect::<Vec<_>>().join("'");
    // The seconds that commands and their parts took.
    let parts: Vec<&str> = settled.split("CAST(CAST(").collect();
    let seconds = |text: &&str| match text.split_once(" AS DOUBLE)") {
        Some((number, more)) if number.parse::<f64>().is_ok() => format!("0.5 AS DOUBLE){more}"),
        _ => (*text).to_owned(),
    };
    match settled.contains("flow_oa_history") {
        true => parts.iter().map(seconds).collect::<Vec<_>>().join("CAST(CAST("),
        false => settled,
    }
}

/// Whether a text is a current time, and not one of the flows.
fn is_now(text: &str) -> bool {
    let shape = text.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter });
    shape.eq("0000-00-00 00:00:00".chars()) && !text.starts_with("2016")
}

#[test]
fn what_is_sent_to_impala_is_held_by_goldens() {
    let stage = Stage::new();
    stage.heard.lock().unwrap().has_tables = false;
    stage.holds("init", &[&["init"]]);
    stage.heard.lock().unwrap().has_tables = true;
    stage.holds("ingest", &[&["ingest", "late.csv"], &["ingest", "--replace-day", DAY, "late.csv"]]);
    assert!(stage.heard.lock().unwrap().options.contains("REQUEST_POOL"));
    stage.holds("run", &[&["run", "-d", DAY], &["run", "-d", DAY, "--keep", "0"]]);
    stage.holds("run_dns", &[&["run", "-t", "dns", "-d", DAY]]);
    stage.holds("run_proxy", &[&["run", "-t", "proxy", "-d", DAY]]);
    stage.holds(
        "query",
        &[
            &["query", "suspicious", "--rows", "-d", DAY, "--filter", "dport=80"],
            &[
                "query",
                "suspicious",
                "--rows",
                "-d",
                DAY,
                "--filter",
                "srcip=10.0.0.0/8",
                "--filter",
                "dstip!=2001:db8::/33",
            ],
            &["query", "suspicious", "--rows", "-d", DAY, "--filter", "tstart>2016-07-08T12:00"],
            &["query", "threats", "-d", DAY],
            &["query", "details", "-d", DAY, "--rank", "0"],
            &["query", "chords", "-d", DAY, "10.0.0.1"],
            &["query", "summary", "-d", DAY],
            &["query", "investigate", "-d", DAY, "10.0.0.1"],
        ],
    );
    stage.holds(
        "score",
        &[
            &["score", "-d", DAY, "--rank", "0", "-s", "high", "--note", "it's", "--by", "ann", "-y"],
            &["score", "-d", DAY, "--rank", "0", "-s", "low", "--by", "bob"],
            &["score", "-d", DAY, "--rank", "0", "--unscore", "--by", "ann", "-y"],
            &["feedback", "-d", DAY],
            &["storyboard", "-d", DAY, "10.0.0.1", "--title", "it's", "--text", "a\nb", "--by", "ann"],
            &["reset", "-d", DAY, "--yes"],
        ],
    );
    let unconfirmed = ["score", "-d", DAY, "--rank", "0", "-s", "high", "--by", "bob"];
    let sent = stage.sends_and_ends(&unconfirmed, 2);
    assert!(sent.contains("SELECT") && !sent.contains("INSERT"), "{sent}");
    let folder = std::fs::read_dir(stage.home.path("data/flow/20160708")).unwrap();
    let mut names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let backup = format!("data/flow/20160708/{}", names.find(|name| name.starts_with("analysts-")).unwrap());
    let of_another_day =
        stage.home.read(&backup).replace("\"day\": \"2016-07-08\"", "\"day\": \"2016-07-09\"");
    stage.home.write("other.json", of_another_day);
    let sent = stage.sends_and_ends(&["restore", "other.json"], 65);
    assert!(!sent.contains("INSERT"), "{sent}");
    stage.holds("rank", &[&["rank", "-d", DAY, "--out", "ranked.csv"]]);
    let copy = ["copy", "--from", "sqlite:data/flow_oa.db", "--to", IMPALA, "--date", COPIED];
    stage.holds("copy", &[&copy]);
    stage.holds("history", &[&["history"]]);
    stage.holds("purge", &[&["purge", "--before", "20160709", "--yes"]]);
}

/// The folder of raw flows, below that of the tables.
const RAW: &str = "tables/flow/hive/flow";

#[test]
fn files_of_purged_days_that_cannot_be_deleted_are_reported() {
    let stage = Stage::new();
    let purge = ["purge", "--before", "20160709", "--yes", "--output", "json"];
    // Hours of the day cannot be deleted, since the day is not a folder.
    stage.home.write(&format!("{RAW}/y=2016/m=7/d=8"), "");
    // No partition refers to this file, as after a purge that could not delete it.
    stage.home.write(&format!("{RAW}/y=2015/m=1/d=31/h=3/run-1/rows.parquet"), "rows");
    stage.home.write(&format!("{RAW}/y=2016/m=7/d=9/h=3/rows.parquet"), "rows");
    std::fs::create_dir_all(stage.home.path(&format!("{RAW}/y=2015/m=2/d=1/h=3/run-1"))).unwrap();
    for _ in 0..2 {
        let (outcome, sent) = stage.does(&purge);
        assert!(sent.contains("ALTER TABLE `oa`.`flow` DROP IF EXISTS PARTITION"), "{sent}");
        let left =
            outcome.ends_with(73).complains(&["y=2015/m=1/d=31", "d=8/h=10", "Delete these folders"]).json();
        let left: Vec<&str> =
            left["not_deleted"].as_array().unwrap().iter().map(|folder| folder.as_str().unwrap()).collect();
        let expected = ["y=2016/m=7/d=8/h=10", "y=2016/m=7/d=8/h=11", "y=2015/m=1/d=31"];
        assert_eq!(left.len(), expected.len(), "{left:?}");
        for (found, expected) in left.iter().zip(expected) {
            assert!(found.ends_with(&format!("{RAW}/{expected}")), "{left:?}");
        }
    }
    assert!(stage.home.path(&format!("{RAW}/y=2016/m=7/d=9/h=3/rows.parquet")).exists(), "it is kept");
    assert!(!stage.home.path(&format!("{RAW}/y=2015/m=2")).exists(), "a folder without files is left");

    std::fs::remove_file(stage.home.path(&format!("{RAW}/y=2016/m=7/d=8"))).unwrap();
    std::fs::remove_dir_all(stage.home.path(&format!("{RAW}/y=2015/m=1/d=31"))).unwrap();
    let (outcome, _) = stage.does(&purge);
    assert_eq!(outcome.ends_with(0).json()["not_deleted"].as_array().unwrap().len(), 0);
}

#[test]
fn every_new_partition_of_raw_rows_has_a_folder_of_its_own() {
    let stage = Stage::new();
    let all = stage.sends(&["ingest", "late.csv"]);
    let of = |what: &str| all.find(what).unwrap_or_else(|| panic!("{what} is not in\n{all}"));
    let added = of(
        "ALTER TABLE `oa`.`flow` ADD IF NOT EXISTS PARTITION (`y` = 2016, `m` = 7, `d` = 8, `h` = 12) LOCATION 'file:",
    );
    assert!(all[added..].lines().next().unwrap().ends_with("/y=2016/m=7/d=8/h=12/run-1';"), "{all}");
    assert!(added < of("INSERT INTO `oa`.`flow` PARTITION"), "{all}");
    of("COMPUTE INCREMENTAL STATS `oa`.`flow` PARTITION (`y` = 2016, `m` = 7, `d` = 8, `h` = 12);");
}

#[test]
fn refused_statistics_do_not_undo_what_is_stored() {
    let stage = Stage::new();
    stage.heard.lock().unwrap().refused = Some("COMPUTE INCREMENTAL STATS");
    for command in [&["ingest", "late.csv"][..], &["run", "-d", DAY]] {
        let (outcome, sent) = stage.does(command);
        outcome.ends_with(0).complains(&["computing statistics of flow", "it is too much", "stats=false"]);
        assert_eq!(sent.matches("COMPUTE INCREMENTAL STATS").count(), 1, "{sent}");
    }
}

#[test]
fn narrower_columns_of_an_earlier_version_keep_their_type_and_refuse_what_does_not_fit() {
    let stage = Stage::new();
    stage.heard.lock().unwrap().is_earlier = true;
    let (outcome, all) = stage.does(&["ingest", "late.csv"]);
    outcome.ends_with(0).complains(&["warning: flow.input: the type INT is narrower than BIGINT"]);
    assert!(all.contains("`input` INT, `output` INT") && !all.contains("`input` BIGINT"), "{all}");
    let all = stage.sends(&["run", "-d", DAY]);
    assert!(
        all.contains("CAST(`raw`.`input` AS INT)") && !all.contains("CAST(`raw`.`input` AS BIGINT)"),
        "{all}"
    );
    let beyond =
        flow(&at("13:00:00"), "10.0.0.1", "10.0.0.4", 1).replace(",1,2,0,0,0,0,", ",4294967295,2,0,0,0,0,");
    stage.home.write("beyond.csv", spot(&[beyond]));
    let (outcome, _) = stage.does(&["ingest", "beyond.csv"]);
    outcome.ends_with(65).complains(&[
        "cannot hold a number: the column input of type INT cannot hold 4294967295",
        "nothing was changed",
    ]);
}

#[test]
fn the_timeout_bounds_the_login_of_a_server_that_never_answers() {
    let home = Home::bare();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    for auth in ["nosasl", "plain"] {
        let url = format!("impala://ann@127.0.0.1:{port}/oa?timeout=1&auth={auth}");
        let begun = std::time::Instant::now();
        let outcome = home.run(&["history", "--database", &url]).ends_with(69);
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{auth}: {:?}", begun.elapsed());
        outcome.complains(&["within 1 s"]);
    }
}

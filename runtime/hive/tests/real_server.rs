//! Statements and files against a real HiveServer2, which `tests/services/hs2-server.sh` starts.
//!
//! `FLOW_OA_TEST_HS2=host:port` says where it is (no SASL); it has to see the files of this machine, since the tables
//! are in a temporary folder. Without it everything here is skipped, and says so.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use flow_oa_core::{Batch, Cell};
use flow_oa_hive::insert::{self, Bounds};
use flow_oa_hive::log::Log;
use flow_oa_hive::{answers, literal, script, select};
use flow_oa_hs2::{Session, Settings, Value};
use flow_oa_schema::dialect::Place;
use flow_oa_schema::dialect::impala::statements::{self, Partitions};
use flow_oa_schema::dialect::impala::{HiveType, log};
use flow_oa_schema::model::{Format, Table};
use flow_oa_schema::{Dialect, Files, Schema, check, ledger};
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Order, Query};

/// A session, a database of its own, and the folder of its tables; all of it goes at the end.
struct Server {
    session: Session,
    place: Place,
    folder: tempfile::TempDir,
}

impl Server {
    fn open(test: &str) -> Option<Self> {
        let Ok(text) = std::env::var("FLOW_OA_TEST_HS2") else {
            let line = "skipped: statements on HiveServer2: FLOW_OA_TEST_HS2 is not set\n";
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        };
        let mut words = text.split_whitespace();
        let (host, port) = words.next().and_then(|it| it.rsplit_once(':')).expect("host:port");
        let mut settings = Settings::new(host, port.parse().expect("a port"));
        settings.user = words.find_map(|it| it.strip_prefix("user=")).unwrap_or("tester").to_owned();
        settings.options =
            vec![("set:hiveconf:hive.exec.dynamic.partition.mode".to_owned(), "nonstrict".to_owned())];
        let folder = tempfile::tempdir().unwrap();
        let database = format!("flow_oa_{test}_{}", std::process::id());
        let root = format!("file://{}", folder.path().display());
        let mut server = Self {
            session: Session::open(&settings).unwrap(),
            place: Place { database: Some(database.clone()), location_root: Some(root) },
            folder,
        };
        server.run(&statements::create_database(&database));
        Some(server)
    }

    fn run(&mut self, sql: &str) {
        self.session
            .run(sql)
            .unwrap_or_else(|error| panic!("{error}\n{}", sql.chars().take(2_000).collect::<String>()));
    }

    /// Names of the columns, and rows of texts, nothing where a value is NULL.
    fn query(&mut self, sql: &str) -> (Vec<String>, Vec<Vec<Option<String>>>) {
        let mut operation = self.session.execute(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let names = operation.columns().unwrap().iter().map(|it| it.name.clone()).collect();
        let mut rows = Vec::new();
        while let Some(page) = operation.fetch(1_000).unwrap() {
            rows.extend(page.iter().map(|row| row.map(|it| it.map(shown)).collect::<Vec<_>>()));
        }
        operation.close().unwrap();
        (names, rows)
    }

    fn rows(&mut self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.query(sql).1
    }

    /// As [`Self::rows`], as answers are read.
    fn texts(&mut self, sql: &str) -> (Vec<String>, Vec<Vec<String>>) {
        let (names, rows) = self.query(sql);
        (
            names,
            rows.into_iter().map(|row| row.into_iter().map(Option::unwrap_or_default).collect()).collect(),
        )
    }

    fn name(&self, table: &str) -> String {
        Dialect::Impala.qualified(table, &self.place)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let name = Dialect::Impala.quoted(self.place.database.as_deref().unwrap_or_default());
        let _ = self.session.run(&format!("DROP DATABASE IF EXISTS {name} CASCADE"));
    }
}

fn shown(value: Value<'_>) -> String {
    match value {
        Value::Bool(it) => it.to_string(),
        Value::I8(it) => it.to_string(),
        Value::I16(it) => it.to_string(),
        Value::I32(it) => it.to_string(),
        Value::I64(it) => it.to_string(),
        Value::Double(it) => format!("{it:?}"),
        Value::Text(it) => it.to_owned(),
        Value::Binary(it) => format!("{it:?}"),
    }
}

fn some(texts: &[&str]) -> Vec<Option<String>> {
    texts.iter().map(|it| Some((*it).to_owned())).collect()
}

fn schema() -> Schema {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema");
    check(&Files::read(&root)).unwrap()
}

/// Texts that a statement could lose or take for something else.
fn texts() -> Vec<String> {
    let mut all: Vec<String> =
        (1..=0x20_u32).chain(0x7f..=0xa0).map(|it| format!("a{}1", char::from_u32(it).unwrap())).collect();
    all.extend(
        [
            "",
            " ",
            "it's",
            "''",
            "\\",
            "\\\\'",
            "'\\",
            "\"q\" `b`",
            "100%",
            "_",
            "\\%\\_",
            "\\n\\0\\u0041\\101",
            "${env:HOME}",
            "${system:user.name}",
            "${hiveconf:x}",
            "${spark.app.name}",
            "$${x}",
            "${",
            "{}",
            "-- no comment",
            "/* nor */ this",
            "a; DROP TABLE x; --",
            "?",
            "$1",
            "\u{0}",
            "\u{0}12",
            "größer",
            "日本語",
            "🚪👩‍👩‍👧",
            "e\u{301}",
            "\u{feff}",
            "\u{2028}",
            "\r\n",
            "line\nline\n",
            "\t|,",
        ]
        .map(str::to_owned),
    );
    all.push("x'\\🚪".repeat(12_500));
    all
}

#[test]
fn literals_are_read_as_they_were() {
    let Some(mut server) = Server::open("literals") else { return };
    let texts = texts();
    let select: Vec<String> = texts
        .iter()
        .enumerate()
        .map(|(at, it)| format!("SELECT {at} AS n, {} AS t", literal::text(it)))
        .collect();
    let sql = format!("SELECT t FROM ({}) x ORDER BY n", select.join(" UNION ALL "));
    let found: Vec<_> = server.rows(&sql).into_iter().map(|row| row[0].clone().unwrap()).collect();
    for (found, given) in found.iter().zip(&texts) {
        assert_eq!(found, given);
    }
    assert_eq!(found.len(), texts.len());
    for number in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
        let sql = format!("SELECT CAST({0} AS BIGINT), 1 - {0} = 1 OR true", literal::whole(number));
        let sql = if number == i64::MIN { format!("SELECT {}, true", literal::whole(number)) } else { sql };
        assert_eq!(server.rows(&sql)[0][0], Some(number.to_string()));
    }
    let doubles = [
        0.1,
        -0.0,
        5e-324,
        f64::MAX,
        f64::MIN,
        1e-300,
        123_456_789.123_456_79,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let select: Vec<String> = doubles.iter().map(|it| literal::double(*it)).collect();
    let expected: Vec<String> = doubles.iter().map(|it| format!("{it:?}")).collect();
    let found: Vec<String> =
        server.rows(&format!("SELECT {}", select.join(", "))).remove(0).into_iter().flatten().collect();
    assert_eq!(found, expected);
    for it in [0.1_f32, f32::MAX, f32::MIN_POSITIVE, -3.3e-30] {
        let exact = format!("SELECT CAST({} AS DOUBLE)", literal::float(it));
        assert_eq!(server.rows(&exact)[0][0], Some(format!("{:?}", f64::from(it))));
    }
}

#[test]
fn a_condition_finds_the_text_that_it_was_given() {
    let Some(mut server) = Server::open("conditions") else { return };
    let name = server.name("t");
    let location = format!("{}/t", server.place.location_root.clone().unwrap());
    server.run(&statements::create_staging(&name, &[("t", HiveType::String)], Format::Parquet, &location));
    let texts = ["it's", "a\\b", "${env:HOME}", "x\ny"];
    let rows = Rows(texts.iter().map(|it| vec![Cell::Text(it)]).collect());
    for statement in
        insert::values(&name, Partitions::None, &[("t", HiveType::String)], &rows, Bounds::default())
    {
        server.run(&statement.unwrap());
    }
    let database = server.place.database.clone().unwrap();
    for it in texts {
        let found = Query::select()
            .expr(Func::count(Expr::val(1)))
            .from((Alias::new(database.clone()), Alias::new("t")))
            .and_where(Expr::col(Alias::new("t")).eq(it))
            .to_owned();
        assert_eq!(server.rows(&select(&found).unwrap()), [some(&["1"])], "{it:?}");
    }
}

/// Rows of cells.
struct Rows<'r>(Vec<Vec<Cell<'r>>>);

impl Batch for Rows<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        out.extend(self.0[index].iter().copied());
    }
}

#[test]
fn the_tables_of_the_ddl_are_made_and_described_as_they_are() {
    let Some(mut server) = Server::open("ddl") else { return };
    let schema = schema();
    let ddl = Dialect::Impala.ddl(&schema, &server.place, &[]);
    for statement in script::statements(&ddl).into_iter().chain(script::statements(&ddl)) {
        server.run(statement);
    }
    let own = ledger::tables();
    for table in schema.tables().chain(&own).filter(|it| Dialect::Impala.has(it)) {
        let name = server.name(&table.name);
        let (_, rows) = server.texts(&statements::describe(&name));
        let found = answers::described(&rows);
        let expected: Vec<_> =
            table.columns.iter().map(|it| (it.name.clone(), HiveType::of(it).name().to_owned())).collect();
        assert_eq!(found.columns, expected, "{}", table.name);
        let partition = if log::has(table) { Vec::new() } else { table.partition.columns.clone() };
        assert_eq!(found.partition, partition, "{}", table.name);
        if log::has(table) {
            let log_name = server.name(&log::name_of(&table.name));
            let (_, rows) = server.texts(&statements::describe(&log_name));
            let expected: Vec<_> = log::columns(table)
                .into_iter()
                .map(|(name, kind)| (name.to_owned(), kind.name().to_owned()))
                .collect();
            assert_eq!(answers::described(&rows).columns, expected);
        }
    }
}

fn with_log(server: &mut Server, table: &Table) {
    for statement in script::statements(&Dialect::Impala.create(table, &server.place)) {
        server.run(statement);
    }
}

#[test]
fn a_row_with_a_key_is_what_was_last_said_of_it() {
    let Some(mut server) = Server::open("keyed") else { return };
    let table = ledger::tables().into_iter().find(|it| it.name == ledger::HISTORY_TABLES).unwrap();
    with_log(&mut server, &table);
    let place = server.place.clone();
    let log = Log::of(&table, &place).unwrap();
    let view = server.name(&table.name);
    let all = format!("SELECT entry, name, day, stored, seconds FROM {view} ORDER BY entry, name");
    assert_eq!(server.rows(&log.last().unwrap()), [[None]]);
    let row = |entry: i32, name: &str| -> Vec<(&'static str, Expr)> {
        vec![
            ("entry", entry.into()),
            ("name", name.into()),
            ("day", "2016-07-08".into()),
            ("seconds", 0.5.into()),
        ]
    };
    server.run(&log.append_rows(1, &[&row(1, "it's"), &row(1, "b"), &row(2, "c")]).unwrap());
    let expected = |entry: &str, name: &str, stored: Option<&str>| {
        let mut row = some(&[entry, name, "2016-07-08"]);
        row.extend([stored.map(str::to_owned), Some("0.5".to_owned())]);
        row
    };
    assert_eq!(
        server.rows(&all),
        [expected("1", "b", None), expected("1", "it's", None), expected("2", "c", None)]
    );
    let of = |entry: i32| Cond::all().add(Expr::col(Alias::new("entry")).eq(entry));
    server.run(&log.change(2, &[("stored", 7.into())], of(1)).unwrap());
    server.run(
        &log.change(
            3,
            &[("stored", Expr::col(Alias::new("stored")).add(1))],
            of(1).add(Expr::col(Alias::new("name")).eq("it's")),
        )
        .unwrap(),
    );
    server.run(&log.delete(4, of(2)).unwrap());
    assert_eq!(server.rows(&all), [expected("1", "b", Some("7")), expected("1", "it's", Some("8"))]);
    server.run(&log.append(5, &row(2, "c")).unwrap());
    server.run(&log.delete(6, of(1)).unwrap());
    assert_eq!(server.rows(&all), [expected("2", "c", None)]);
    assert_eq!(server.rows(&log.last().unwrap()), [some(&["6"])]);
}

#[test]
fn rows_without_a_key_count_each_until_they_are_taken_away() {
    let Some(mut server) = Server::open("keyless") else { return };
    let schema = schema();
    let table = schema.tables().find(|it| it.name == "flow_storyboard").unwrap();
    with_log(&mut server, table);
    let place = server.place.clone();
    let log = Log::of(table, &place).unwrap();
    let view = server.name(&table.name);
    let all = format!("SELECT title, text, y, m, d FROM {view} ORDER BY title, text");
    let row = |title: &str, text: Option<&str>| -> Vec<(&'static str, Expr)> {
        vec![
            ("title", title.into()),
            ("text", Expr::value(text.map(str::to_owned))),
            ("y", 2016.into()),
            ("m", 7.into()),
            ("d", 8.into()),
        ]
    };
    let shown = |title: &str, text: Option<&str>| {
        let mut row = vec![Some(title.to_owned()), text.map(str::to_owned)];
        row.extend(some(&["2016", "7", "8"]));
        row
    };
    let (a, b) = (row("a", Some("x\ny")), row("b", None));
    server.run(&log.append_rows(1, &[&a, &a, &b, &b]).unwrap());
    let (a, b) = (shown("a", Some("x\ny")), shown("b", None));
    assert_eq!(server.rows(&all), [a.clone(), a.clone(), b.clone(), b]);
    let is = |title: &str| Cond::all().add(Expr::col(Alias::new("title")).eq(title));
    server.run(&log.change(2, &[("text", "z".into())], is("a")).unwrap());
    server.run(&log.delete(3, is("b")).unwrap());
    let z = shown("a", Some("z"));
    assert_eq!(server.rows(&all), [z.clone(), z.clone()]);
    // A change that changes nothing leaves what it found.
    server.run(&log.change(4, &[("text", "z".into())], is("a")).unwrap());
    assert_eq!(server.rows(&all), [z.clone(), z]);
    server.run(&log.append(5, &row("b", None)).unwrap());
    server.run(&log.delete(6, is("a")).unwrap());
    assert_eq!(server.rows(&all), [shown("b", None)]);
}

#[test]
fn a_column_that_is_added_is_the_last_of_the_log_and_shown_by_a_new_view() {
    let Some(mut server) = Server::open("added") else { return };
    let schema = schema();
    let new = schema.tables().find(|it| it.name == "flow_storyboard").unwrap();
    let mut old = new.clone();
    let added = old.columns.remove(old.own_columns().len() - 1);
    with_log(&mut server, &old);
    let place = server.place.clone();
    server.run(
        &Log::of(&old, &place).unwrap().append(1, &[("title", "t".into()), ("y", 2016.into())]).unwrap(),
    );
    for text in
        [Dialect::Impala.add_column(new, &added, &place), log::drop_view(new, &place), log::view(new, &place)]
    {
        server.run(script::statements(&text)[0]);
    }
    server.run(
        &Log::of(new, &place).unwrap().append(2, &[("title", "u".into()), ("text", "x".into())]).unwrap(),
    );
    let view = server.name(&new.name);
    let found = server.rows(&format!("SELECT title, text, y FROM {view} ORDER BY title"));
    let (t, u) = (
        vec![Some("t".to_owned()), None, Some("2016".to_owned())],
        vec![Some("u".to_owned()), Some("x".to_owned()), None],
    );
    assert_eq!(found, [t, u]);
}

#[test]
fn rows_of_a_parquet_file_get_into_a_day_whose_folder_is_changed() {
    let Some(mut server) = Server::open("parquet") else { return };
    let columns = [
        ("text", HiveType::String),
        ("tiny", HiveType::Tinyint),
        ("small", HiveType::Smallint),
        ("int", HiveType::Int),
        ("big", HiveType::Bigint),
        ("float", HiveType::Float),
        ("double", HiveType::Double),
        ("bit", HiveType::Boolean),
    ];
    let long = "ü".repeat(40_000);
    let row = |text, whole: [i64; 4], float, double, bit| {
        let mut row = vec![Cell::Text(text)];
        row.extend(whole.map(Cell::Int));
        row.extend([Cell::Real(float), Cell::Real(double), Cell::Int(bit)]);
        row
    };
    let rows = Rows(vec![
        row("", [-128, -32_768, i32::MIN.into(), i64::MIN], -0.5, 5e-324, 0),
        vec![Cell::Null; 8],
        row(
            "größer\n日本\t🚪\r\n",
            [127, 32_767, i32::MAX.into(), i64::MAX],
            f64::from(f32::MAX),
            f64::MAX,
            1,
        ),
        row(&long, [0, 0, 0, 0], 0.1, 0.1, 1),
    ]);
    let staged = server.folder.path().join("staged");
    std::fs::create_dir(&staged).unwrap();
    write(&staged.join("rows.parquet"), &columns, &rows);
    let (name, root) = (server.name("staged"), server.place.location_root.clone().unwrap());
    server.run(&statements::create_staging(&name, &columns, Format::Parquet, &format!("{root}/staged")));
    let expected: Vec<Vec<Option<String>>> = (0..rows.len()).map(|at| text_of(&rows, at, &columns)).collect();
    let names: Vec<String> = columns.iter().map(|it| Dialect::Impala.quoted(it.0)).collect();
    let sorted = |mut rows: Vec<Vec<Option<String>>>| {
        rows.sort();
        rows
    };
    let found = server.rows(&format!("SELECT {} FROM {name}", names.join(", ")));
    assert_eq!(sorted(found), sorted(expected.clone()));

    // Into a day, by the cast of every column; then another folder for the day, and back.
    let days = server.name("days");
    let own: Vec<String> = columns.iter().map(|(name, kind)| format!("`{name}` {}", kind.name())).collect();
    server.run(&format!(
        "CREATE EXTERNAL TABLE {days} ({}) PARTITIONED BY (`y` SMALLINT, `m` TINYINT) STORED AS PARQUET LOCATION '{root}/days'",
        own.join(", ")
    ));
    let mut query = Query::select();
    let database = server.place.database.clone().unwrap();
    query.columns(columns.map(|it| Alias::new(it.0))).from((Alias::new(database), Alias::new("staged")));
    let mut kinds: Vec<HiveType> = columns.iter().map(|it| it.1).collect();
    let day = |m: i64| [("y".to_owned(), 2016), ("m".to_owned(), m)];
    server.run(&insert::of_query(&days, Partitions::One(&day(7)), &kinds, query.clone()).unwrap());
    query.expr(Expr::val(2016)).expr(Expr::val(8));
    kinds.extend([HiveType::Smallint, HiveType::Tinyint]);
    server.run(&insert::of_query(&days, Partitions::Named(&["y", "m"]), &kinds, query).unwrap());
    for m in [7, 8] {
        let found =
            server.rows(&format!("SELECT {} FROM {days} WHERE y = 2016 AND m = {m}", names.join(", ")));
        assert_eq!(sorted(found), sorted(expected.clone()));
    }
    let partitions = |server: &mut Server| {
        let (names, rows) = server.texts(&statements::show_partitions(&days));
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = answers::partitions(&names, &rows).unwrap();
        found.into_iter().map(|it| it.values).collect::<Vec<_>>()
    };
    assert_eq!(partitions(&mut server), [day(7), day(8)]);
    server.run(&statements::add_partition(&days, &day(9), Some(&format!("{root}/new"))));
    server.run(&statements::add_partition(&days, &day(9), None));
    let count = |server: &mut Server, m: i64| {
        server.rows(&format!("SELECT count(*) FROM {days} WHERE m = {m}"))[0][0].clone()
    };
    assert_eq!(count(&mut server, 9).as_deref(), Some("0"));
    server.run(&statements::set_location(&days, &day(9), &format!("{root}/days/y=2016/m=7")));
    server.run(&statements::refresh(&days, None));
    assert_eq!(count(&mut server, 9).as_deref(), Some("4"));
    server.run(&statements::drop_partition(&days, &day(8)));
    server.run(&statements::drop_partition(&days, &day(8)));
    assert_eq!(partitions(&mut server), [day(7), day(9)]);
    assert!(server.folder.path().join("days/y=2016/m=8").is_dir(), "the files stay");
    server.run(&statements::analyze(&name));
    server.run(&statements::drop_table(&name));
    server.run(&statements::drop_table(&name));
    assert!(staged.join("rows.parquet").is_file(), "the files of a table outside stay");
}

fn write(path: &Path, columns: &[flow_oa_hive::Column<'_>], rows: &Rows<'_>) {
    let file = File::create(path).unwrap();
    let mut writer = flow_oa_hive::parquet::Writer::create(&file, columns).unwrap();
    writer.write(rows).unwrap();
    assert_eq!(writer.finish().unwrap(), rows.len() as u64);
    file.sync_all().unwrap();
}

/// A row as the server shows it. A FLOAT travels as the double of its shortest digits.
fn text_of(rows: &Rows<'_>, at: usize, columns: &[flow_oa_hive::Column<'_>]) -> Vec<Option<String>> {
    let mut cells = Vec::new();
    rows.cells(at, &mut cells);
    let text = |(cell, (_, kind)): (&Cell<'_>, &flow_oa_hive::Column<'_>)| match (kind, cell) {
        (_, Cell::Null) => None,
        (HiveType::Boolean, Cell::Int(it)) => Some((*it == 1).to_string()),
        (HiveType::Float, Cell::Real(it)) => {
            let digits = format!("{:?}", *it as f32);
            digits.parse::<f64>().ok().map(|it| format!("{it:?}"))
        }
        (_, other) => Some(other.to_text().to_string()),
    };
    cells.iter().zip(columns).map(text).collect()
}

#[test]
fn grouping_and_ordering_by_an_alias_are_understood() {
    let Some(mut server) = Server::open("groups") else { return };
    let (name, root) = (server.name("g"), server.place.location_root.clone().unwrap());
    let columns = [("t", HiveType::String), ("n", HiveType::Int)];
    server.run(&statements::create_staging(&name, &columns, Format::Parquet, &format!("{root}/g")));
    let rows = Rows(vec![
        vec![Cell::Text("2016-07-08 10:11:12"), Cell::Int(1)],
        vec![Cell::Text("2016-07-08 10:11:59"), Cell::Int(-2)],
        vec![Cell::Text("2016-07-08 10:12:00"), Cell::Null],
    ]);
    for statement in
        insert::values(&name, Partitions::None, &columns, &rows, Bounds { rows: 2, bytes: 1 << 20 })
    {
        server.run(&statement.unwrap());
    }
    let cut = Func::cust(Alias::new("substr")).arg(Expr::col(Alias::new("t"))).arg(1).arg(16);
    let query = Query::select()
        .expr_as(cut, Alias::new("flow_oa_0"))
        .expr(Func::sum(Expr::col(Alias::new("n"))))
        .expr(Func::count(Expr::val(1)))
        .from((Alias::new(server.place.database.clone().unwrap()), Alias::new("g")))
        .group_by_col(Alias::new("flow_oa_0"))
        .order_by(Alias::new("flow_oa_0"), Order::Desc)
        .to_owned();
    let found = server.rows(&select(&query).unwrap());
    let first = vec![Some("2016-07-08 10:12".to_owned()), None, Some("1".to_owned())];
    assert_eq!(found, [first, some(&["2016-07-08 10:11", "-1", "2"])]);
}

//! Every kind of statement as text, checked against `tests/goldens/impala`. Spark accepts much that Impala refuses, so
//! these tests check Impala's rules without a server: no column list in an insert, a cast to the type of each column,
//! no bound value, no number that is taken for a position, names in backticks.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

use flow_oa_core::{Batch, Cell};
use flow_oa_impala::sql::insert::{self, Bounds, Insertion};
use flow_oa_impala::sql::log::{Log, LogError};
use flow_oa_impala::sql::statements::{self, Partitions};
use flow_oa_impala::sql::{RenderError, created, dropped, script, select};
use flow_oa_schema::dialect::Place;
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::model::{Format, Table};
use flow_oa_schema::{Dialect, Files, Schema, check, ledger};
use sea_query::{
    Alias, Cond, Expr, ExprTrait, Func, IntoIden, NullOrdering, Order, Query, SelectStatement,
    Table as Tables, UnionType,
};

#[path = "../../../tests/support/golden.rs"]
mod golden;

fn hold(name: &str, statements: &[String]) {
    let text: String = statements.iter().map(|statement| format!("{statement};\n")).collect();
    assert_eq!(script::statements(&text).len(), statements.len(), "{text}");
    golden::hold(&golden::tests_folder().join(format!("goldens/impala/{name}.sql")), &text);
}

fn column(name: &str) -> Expr {
    Expr::col(Alias::new(name))
}

fn from(table: &str) -> SelectStatement {
    Query::select().from(Alias::new(table)).to_owned()
}

fn of_schema(name: &str) -> Table {
    let schema: Schema = check(&Files::read(&golden::tests_folder().join("../schema"))).unwrap();
    schema.tables().find(|table| table.name == name).cloned().unwrap()
}

fn of_ledger(name: &str) -> Table {
    ledger::tables().into_iter().find(|table| table.name == name).unwrap()
}

#[test]
fn queries() {
    let cut = Func::cust(Alias::new("substr")).arg(column("treceived")).arg(1).arg(16);
    let minutes = from("flow")
        .expr_as(cut, Alias::new("minute"))
        .expr_as(Func::sum(column("ibyt")), Alias::new("bytes"))
        .cond_where(Cond::all().add(column("y").eq(2016)).add(column("m").eq(7)))
        .group_by_col(Alias::new("minute"))
        .order_by(Alias::new("minute"), Order::Asc)
        .limit(10)
        .to_owned();
    let joined = from("flow_oa_asked")
        .distinct()
        .column((Alias::new("raw"), Alias::new("sip")))
        .expr(Func::coalesce([Expr::col((Alias::new("raw"), Alias::new("opkt"))), Expr::val(0)]))
        .cross_join(sea_query::TableRef::from(Alias::new("flow")).alias(Alias::new("raw")))
        .cond_where(
            Expr::col((Alias::new("raw"), Alias::new("sip")))
                .equals((Alias::new("flow_oa_asked"), Alias::new("source"))),
        )
        .to_owned();
    let inner =
        from("flow_oa_ingest").column(Alias::new("id")).and_where(column("pipeline").eq("it's")).to_owned();
    let within = from("flow_oa_ingest_day")
        .expr(Func::count(Expr::val(1)))
        .and_where(column("ingest").in_subquery(inner.clone()))
        .and_where(column("day").lt("2016-07-08").or(column("stored").gt(-1)))
        .and_where(column("stored").is_not_null().and(column("ingest").not_in_subquery(inner)))
        .to_owned();
    let values = Query::select()
        .expr(Expr::val(f64::NAN))
        .expr(Expr::val(1e-300))
        .expr(Expr::val(true))
        .expr(Expr::val(i64::MIN))
        .expr(Expr::val(3).sub(-4))
        .expr(Expr::value(Option::<String>::None))
        .expr(Expr::cust_with_values("concat(?, ?)", ["a?", "${b}"]))
        .expr(Func::cast_as(column("x"), Alias::new("integer")))
        .expr(Func::cast_as_quoted(column("x"), "text"))
        .expr(column("a").is_in(Vec::<i64>::new()))
        .expr(column("a").between(1, 2))
        .expr(column("a").add(column("b")).mul(2))
        .to_owned();
    let ordered = from("t")
        .column(Alias::new("a`b"))
        .order_by_with_nulls(Alias::new("a`b"), Order::Desc, NullOrdering::Last)
        .order_by_with_nulls(Alias::new("c"), Order::Asc, NullOrdering::First)
        .union(UnionType::All, from("u").column(Alias::new("d")).to_owned())
        .to_owned();
    let all = [minutes, joined, within, values, ordered];
    hold("queries", &all.map(|query| select(&query).unwrap()));
}

#[test]
fn a_number_never_stands_for_a_position() {
    let refused = |query: &SelectStatement| matches!(select(query), Err(RenderError::Position { .. }));
    let by = |exprs: Vec<Expr>| from("t").column(Alias::new("a")).add_group_by(exprs).to_owned();
    assert!(refused(&by(vec![Expr::val(1)])));
    assert!(refused(&by(vec![Func::coalesce([column("a"), Expr::val(1)]).into(), Expr::val(-2)])));
    assert!(!refused(&by(vec![Func::coalesce([column("a"), Expr::val(1)]).into(), column("b")])));
    assert!(!refused(&by(vec![Expr::val("1, 2")])));
    let mut ordered = from("t").column(Alias::new("a")).order_by_expr(Expr::val(2), Order::Desc).to_owned();
    assert!(refused(&ordered));
    let outer =
        Query::select().from_subquery(ordered.take(), Alias::new("x")).column(Alias::new("a")).to_owned();
    assert!(refused(&outer));
}

/// Rows of cells.
struct Rows(Vec<Vec<Cell<'static>>>);

impl Batch for Rows {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        out.extend(&self.0[index]);
    }
}

const COLUMNS: [(&str, HiveType); 8] = [
    ("name", HiveType::String),
    ("is", HiveType::Boolean),
    ("small", HiveType::Smallint),
    ("count", HiveType::Int),
    ("total", HiveType::Bigint),
    ("part", HiveType::Float),
    ("whole", HiveType::Double),
    ("y", HiveType::Smallint),
];

fn rows() -> Rows {
    Rows(vec![
        vec![
            Cell::Text("it's"),
            Cell::Int(1),
            Cell::Int(-32_768),
            Cell::Int(-1),
            Cell::Int(i64::MIN),
            Cell::Real(0.1),
            Cell::Real(0.1),
            Cell::Int(2016),
        ],
        vec![
            Cell::Null,
            Cell::Int(0),
            Cell::Int(5),
            Cell::Null,
            Cell::Int(i64::MAX),
            Cell::Null,
            Cell::Real(1e300),
            Cell::Int(2017),
        ],
        vec![
            Cell::Text("x\n"),
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Null,
            Cell::Int(1),
        ],
    ])
}

#[test]
fn rows_become_bounded_statements() {
    let (rows, bounds) = (rows(), |rows, bytes| Bounds { rows, bytes });
    let made = |partitions, bounds| -> Vec<String> {
        insert::values("`t`", partitions, &COLUMNS, &rows, bounds).map(Result::unwrap).collect()
    };
    let mut all = made(Partitions::None, Bounds::default());
    all.extend(made(Partitions::Named(&["y"]), bounds(2, 1 << 20)));
    hold("values", &all);
    assert_eq!(made(Partitions::None, bounds(2, 1 << 20)).len(), 2);
    assert_eq!(made(Partitions::None, bounds(10, 1)).len(), 3);
    assert_eq!(made(Partitions::None, bounds(0, 0)).len(), 3);
    let longest = made(Partitions::None, bounds(10, 300)).iter().map(String::len).max();
    assert!(longest <= Some(300), "{longest:?}");
}

#[test]
fn a_row_that_does_not_fit_ends_the_statements() {
    let mut rows = rows();
    rows.0[1][3] = Cell::Int(i64::MAX);
    let made: Vec<_> =
        insert::values("`t`", Partitions::None, &COLUMNS, &rows, Bounds { rows: 1, bytes: 1 }).collect();
    assert_eq!(made.len(), 2);
    let error = made[1].as_ref().unwrap_err().to_string();
    assert_eq!(error, "the column count of type INT cannot hold 9223372036854775807");
    rows.0[0].pop();
    let error = insert::values("`t`", Partitions::None, &COLUMNS, &rows, Bounds::default()).next();
    assert!(error.unwrap().is_err());
}

#[test]
fn queries_are_inserted_with_a_cast_for_every_column() {
    let query = from("flow")
        .expr_as(column("sip"), Alias::new("flow_oa_0"))
        .expr_as(Func::sum(column("ipkt").add(column("opkt"))), Alias::new("flow_oa_1"))
        .expr(Expr::val(2016))
        .group_by_col(Alias::new("flow_oa_0"))
        .to_owned();
    let kinds = [HiveType::String, HiveType::Int, HiveType::Smallint];
    let made = |into, query: &SelectStatement| insert::of_query("`sums`", into, &kinds, query.clone());
    let day = [("y".to_owned(), 2016)];
    let named = Query::insert()
        .into_table((Alias::new("oa"), Alias::new("su`ms")))
        .columns(["sip", "a`b", "y"].map(|name| Alias::new(name).into_iden()))
        .select_from(query.clone())
        .unwrap()
        .to_owned();
    let taken = Insertion::of(&named).unwrap();
    assert_eq!(taken.table, "`oa`.`su``ms`");
    assert_eq!(taken.columns, ["sip", "a`b", "y"]);
    hold(
        "insert_query",
        &[
            made(Partitions::None, &query).unwrap(),
            made(Partitions::Named(&["y"]), &query).unwrap(),
            made(Partitions::One(&day), &query).unwrap(),
            taken.to_sql(Partitions::Named(&["y"])),
        ],
    );
    let narrow = from("t").column(Alias::new("a")).to_owned();
    assert_eq!(made(Partitions::None, &narrow), Err(RenderError::Columns { found: 1, expected: 3 }));
}

#[test]
fn tables_and_partitions() {
    let day = [("y".to_owned(), 2016), ("m".to_owned(), 7), ("date".to_owned(), 8)];
    let staging = [("sip", HiveType::String), ("order", HiveType::Tinyint)];
    let name = Dialect::Impala.qualified("flow", &Place { database: Some("oa".into()), location_root: None });
    hold(
        "statements",
        &[
            statements::create_database("oa"),
            statements::use_database("oa"),
            statements::create_staging(&name, &staging, Format::Parquet, "hdfs://n:8020/its x"),
            statements::create_staging(&name, &staging, Format::Textfile, "/tmp/x"),
            statements::drop_table(&name),
            statements::add_partitions(&name, &[(day.to_vec(), "/x".to_owned())]),
            statements::add_partitions(&name, &["/x", "/y"].map(|folder| (day.to_vec(), folder.to_owned()))),
            statements::set_location(&name, &day, "hdfs://x/y"),
            statements::drop_partition(&name, &day),
            statements::show_partitions(&name),
            statements::describe(&name),
            statements::refresh(&name, None),
            statements::refresh(&name, Some(&day)),
            statements::refresh_table(&name),
            statements::invalidate_metadata(&name),
            statements::compute_stats(&name),
            statements::compute_incremental_stats(&name, &day),
            statements::analyze(&name),
        ],
    );
}

#[test]
fn changes_of_logs() {
    let place = Place { database: Some("oa".into()), location_root: None };
    let (history, mut timeline) = (of_ledger(ledger::HISTORY_TABLES), of_schema("flow_timeline"));
    // As in a site's own table without a key.
    timeline.key.clear();
    let (keyed, keyless) = (Log::of(&history, &place).unwrap(), Log::of(&timeline, &place).unwrap());
    let row: [(&str, Expr); 3] = [("entry", 1.into()), ("name", "flow".into()), ("seconds", 0.5.into())];
    let which = || Cond::all().add(column("day").eq("2016-07-08"));
    let note: [(&str, Expr); 1] = [("ip_threat", "10.0.0.1".into())];
    hold(
        "logs",
        &[
            keyed.last().unwrap(),
            keyed.append(7, &row).unwrap(),
            keyed.append_rows(8, &[&row, &row[..2]]).unwrap(),
            keyed.change(9, &[("stored", column("stored").add(1))], which()).unwrap(),
            keyed.delete(10, which()).unwrap(),
            keyless.append(11, &note).unwrap(),
            keyless.append_from(11, "rows").unwrap(),
            keyless.change(12, &note, Cond::all().add(column("sport").eq(53))).unwrap(),
            keyless.delete(13, Cond::all().add(column("y").lt(2016))).unwrap(),
        ],
    );
    assert!(matches!(keyed.change(1, &[("day", "x".into())], which()), Err(LogError::Key { .. })));
    assert!(matches!(keyed.append(1, &[("dya", "x".into())]), Err(LogError::NoColumn { .. })));
    assert!(matches!(keyed.append_rows(1, &[]), Err(LogError::NoRows(_))));
    assert!(Log::of(&of_schema("flow"), &place).is_none());
}

#[test]
fn tables_that_sea_query_makes_are_taken_apart() {
    let mut create = Tables::create();
    create.table(Alias::new("asked")).temporary();
    create.col(sea_query::ColumnDef::new(Alias::new("a")).text().not_null());
    create.col(sea_query::ColumnDef::new(Alias::new("b")).big_integer().not_null());
    let expected =
        ("asked".to_owned(), vec![("a".to_owned(), HiveType::String), ("b".to_owned(), HiveType::Bigint)]);
    assert_eq!(created(&create), Ok(expected));
    create.col(sea_query::ColumnDef::new(Alias::new("c")).date());
    assert_eq!(created(&create), Err(RenderError::Type("c".to_owned())));
    let drop = |name: &str| dropped(&Tables::drop().table(Alias::new(name)).if_exists().to_owned());
    assert_eq!(drop("asked"), Ok("asked".to_owned()));
    assert!(drop("a\"b").is_err());
}

#[test]
fn no_golden_has_what_impala_refuses() {
    let folder = golden::tests_folder().join("goldens/impala");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for statement in script::statements(&text) {
            let bare = script::without_quoted(statement);
            let target = bare.strip_prefix("INSERT INTO ").map(|rest| rest.split(' ').nth(1));
            assert!(
                !target.flatten().is_some_and(|target| target.starts_with('(')),
                "a list of columns: {statement}"
            );
            for word in [
                "?",
                "\"",
                " UPDATE ",
                " DELETE ",
                "TEMPORARY",
                "RETURNING",
                "ON CONFLICT",
                "IFNULL",
                " text)",
            ] {
                assert!(!bare.contains(word), "{word} in {statement}");
            }
            let is_float =
                |word: &str| word.parse::<f64>().is_ok() && !word.bytes().all(|it| it.is_ascii_digit());
            for word in bare.split([' ', '(', ')', ',']).filter(|word| is_float(word)) {
                assert!(
                    bare.contains(&format!("CAST({word} AS ")) || word.starts_with('-'),
                    "{word} in {statement}"
                );
            }
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

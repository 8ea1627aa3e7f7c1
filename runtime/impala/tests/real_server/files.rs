//! Parquet files: the server reads them as they were written, and they are moved into days.

use std::fs::File;
use std::path::Path;

use flow_oa_core::{Batch, Cell};
use flow_oa_impala::sql::statements::{self, Partitions};
use flow_oa_impala::sql::{Column, answers, insert};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::model::Format;
use sea_query::{Alias, Expr, Query, SelectStatement};

use crate::server::{Rows, Server};

const COLUMNS: [Column<'static>; 8] = [
    ("text", HiveType::String),
    ("tiny", HiveType::Tinyint),
    ("small", HiveType::Smallint),
    ("int", HiveType::Int),
    ("big", HiveType::Bigint),
    ("float", HiveType::Float),
    ("double", HiveType::Double),
    ("bit", HiveType::Boolean),
];

type Texts = Vec<Vec<Option<String>>>;

fn rows(long: &str) -> Rows<'_> {
    let row = |text, whole: [i64; 4], float, double, bit| {
        let mut row = vec![Cell::Text(text)];
        row.extend(whole.map(Cell::Int));
        row.extend([Cell::Real(float), Cell::Real(double), Cell::Int(bit)]);
        row
    };
    let highest = [127, 32_767, i32::MAX.into(), i64::MAX];
    Rows(vec![
        row("", [-128, -32_768, i32::MIN.into(), i64::MIN], -0.5, 5e-324, 0),
        vec![Cell::Null; 8],
        row("größer\n日本\t🚪\r\n", highest, f64::from(f32::MAX), f64::MAX, 1),
        row(long, [0, 0, 0, 0], 0.1, 0.1, 1),
    ])
}

/// Creates the table `staged` on a file of rows. Returns the rows as the server shows them, sorted.
fn stage(server: &mut Server) -> Texts {
    let long = "ü".repeat(40_000);
    let rows = rows(&long);
    let folder = server.folder.path().join("staged");
    std::fs::create_dir(&folder).unwrap();
    write(&folder.join("rows.parquet"), &rows);
    let location = format!("{}/staged", root(server));
    let name = server.name("staged");
    server.run(&statements::create_staging(&name, &COLUMNS, Format::Parquet, &location));
    sorted((0..rows.len()).map(|at| text_of(&rows, at)).collect())
}

fn root(server: &Server) -> String {
    server.place.location_root.clone().unwrap()
}

fn sorted(mut rows: Texts) -> Texts {
    rows.sort();
    rows
}

/// The rows of a relation, sorted.
fn held(server: &mut Server, relation: &str) -> Texts {
    let names: Vec<String> = COLUMNS.iter().map(|column| Dialect::Impala.quoted(column.0)).collect();
    sorted(server.rows(&format!("SELECT {} FROM {relation}", names.join(", "))))
}

#[test]
fn rows_of_a_file_are_read_as_they_were_written() {
    let Some(mut server) = Server::open("file") else { return };
    let expected = stage(&mut server);
    let name = server.name("staged");
    assert_eq!(held(&mut server, &name), expected);
    server.run(&statements::analyze(&name));
    server.run(&statements::drop_table(&name));
    server.run(&statements::drop_table(&name));
    let file = server.folder.path().join("staged/rows.parquet");
    assert!(file.is_file(), "the files of a table outside stay");
}

fn day(m: i64) -> [(String, i64); 2] {
    [("y".to_owned(), 2016), ("m".to_owned(), m)]
}

/// Creates the partitioned table `days`.
fn make_days(server: &mut Server) -> String {
    let (name, root) = (server.name("days"), root(server));
    let own: Vec<String> = COLUMNS.iter().map(|(name, kind)| format!("`{name}` {}", kind.name())).collect();
    server.run(&format!(
        "CREATE EXTERNAL TABLE {name} ({}) PARTITIONED BY (`y` SMALLINT, `m` TINYINT) STORED AS PARQUET LOCATION '{root}/days'",
        own.join(", ")
    ));
    name
}

fn staged(server: &Server) -> SelectStatement {
    let database = server.place.database.clone().unwrap();
    let names = COLUMNS.map(|column| Alias::new(column.0));
    Query::select().columns(names).from((Alias::new(database), Alias::new("staged"))).to_owned()
}

#[test]
fn rows_of_a_file_get_into_days() {
    let Some(mut server) = Server::open("days") else { return };
    let expected = stage(&mut server);
    let days = make_days(&mut server);
    let mut query = staged(&server);
    let mut kinds: Vec<HiveType> = COLUMNS.iter().map(|it| it.1).collect();
    server.run(&insert::of_query(&days, Partitions::One(&day(7)), &kinds, query.clone()).unwrap());
    query.expr(Expr::val(2016)).expr(Expr::val(8));
    kinds.extend([HiveType::Smallint, HiveType::Tinyint]);
    server.run(&insert::of_query(&days, Partitions::Named(&["y", "m"]), &kinds, query).unwrap());
    for m in [7, 8] {
        assert_eq!(held(&mut server, &format!("{days} WHERE y = 2016 AND m = {m}")), expected);
    }
    assert_eq!(partitions(&mut server, &days), [day(7), day(8)]);
}

fn partitions(server: &mut Server, table: &str) -> Vec<Vec<(String, i64)>> {
    let (names, rows) = server.texts(&statements::show_partitions(table));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    answers::partitions(&names, &rows).unwrap().into_iter().map(|it| it.values).collect()
}

#[test]
fn a_day_is_pointed_at_another_folder() {
    let Some(mut server) = Server::open("folders") else { return };
    stage(&mut server);
    let (days, root) = (make_days(&mut server), root(&server));
    let count =
        |server: &mut Server| server.rows(&format!("SELECT count(*) FROM {days} WHERE m = 9"))[0][0].clone();
    let new = |text: &str| (day(9).to_vec(), format!("{root}/{text}"));
    server.run(&statements::add_partitions(&days, &[new("new")]));
    server.run(&statements::add_partitions(&days, &[new("other")]));
    assert_eq!(count(&mut server).as_deref(), Some("0"));
    server.run(&statements::set_location(&days, &day(9), &format!("{root}/staged")));
    server.run(&statements::refresh_table(&days));
    assert_eq!(count(&mut server).as_deref(), Some("4"));
    assert_eq!(partitions(&mut server, &days), [day(9)]);
    server.run(&statements::drop_partition(&days, &day(9)));
    server.run(&statements::drop_partition(&days, &day(9)));
    assert!(partitions(&mut server, &days).is_empty());
    assert!(server.folder.path().join("staged/rows.parquet").is_file(), "the files of a day stay");
}

fn write(path: &Path, rows: &Rows<'_>) {
    let file = File::create(path).unwrap();
    let mut writer = flow_oa_impala::sql::parquet::Writer::create(&file, &COLUMNS).unwrap();
    writer.write(rows).unwrap();
    assert_eq!(writer.finish().unwrap(), rows.len() as u64);
    file.sync_all().unwrap();
}

/// A row as the server shows it. A FLOAT arrives as the double with its shortest digits.
fn text_of(rows: &Rows<'_>, at: usize) -> Vec<Option<String>> {
    let mut cells = Vec::new();
    rows.cells(at, &mut cells);
    let text = |(cell, (_, kind)): (&Cell<'_>, &Column<'_>)| match (kind, cell) {
        (_, Cell::Null) => None,
        (HiveType::Boolean, Cell::Int(it)) => Some((*it == 1).to_string()),
        (HiveType::Float, Cell::Real(it)) => {
            let digits = format!("{:?}", *it as f32);
            digits.parse::<f64>().ok().map(|number| format!("{number:?}"))
        }
        (_, other) => Some(other.to_text().to_string()),
    };
    cells.iter().zip(&COLUMNS).map(text).collect()
}

//! The tables of the DDL, and queries on them.

use flow_oa_core::Cell;
use flow_oa_impala::sql::insert::{self, Bounds};
use flow_oa_impala::sql::statements::{self, Partitions};
use flow_oa_impala::sql::{answers, script, select};
use flow_oa_schema::dialect::impala::{HiveType, columns, log};
use flow_oa_schema::dialect::owners::Contents;
use flow_oa_schema::model::Format;
use flow_oa_schema::{Dialect, ledger};
use sea_query::{Alias, Expr, ExprTrait, Func, Order, Query};

use crate::server::{Rows, Server, schema, some};

#[test]
fn a_condition_finds_the_text_that_it_was_given() {
    let Some(mut server) = Server::open("conditions") else { return };
    let name = server.name("t");
    let location = format!("{}/t", server.place.location_root.clone().unwrap());
    server.run(&statements::create_staging(&name, &[("t", HiveType::String)], Format::Parquet, &location));
    let texts = ["it's", "a\\b", "${env:HOME}", "x\ny"];
    let rows = Rows(texts.iter().map(|text| vec![Cell::Text(text)]).collect());
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

#[test]
fn the_tables_of_the_ddl_are_made_and_described_as_they_are() {
    let Some(mut server) = Server::open("ddl") else { return };
    let schema = schema();
    let ddl = Dialect::Impala.ddl(&schema, &server.place, &Contents::default());
    for statement in script::statements(&ddl).into_iter().chain(script::statements(&ddl)) {
        server.run(statement);
    }
    let own = ledger::tables();
    for table in schema.tables().chain(&own).filter(|table| Dialect::Impala.has(table)) {
        let name = server.name(&table.name);
        let (_, rows) = server.texts(&statements::describe(&name));
        let found = answers::described(&rows);
        let expected: Vec<_> = columns(table)
            .into_iter()
            .map(|(name, kind)| (name.to_owned(), kind.name().to_owned()))
            .collect();
        assert_eq!(found.columns, expected, "{}", table.name);
        let partition = if log::has(table) {
            Vec::new()
        } else {
            table.partition_columns().iter().map(|column| column.name.clone()).collect()
        };
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

//! Rows that change: what is appended to a log, and what its view shows then.

use flow_oa_impala::sql::log::Log;
use flow_oa_impala::sql::script;
use flow_oa_schema::dialect::impala::log;
use flow_oa_schema::model::Table;
use flow_oa_schema::{Dialect, ledger};
use sea_query::{Alias, Cond, Expr, ExprTrait};

use crate::server::{Server, schema, some};

fn with_log(server: &mut Server, table: &Table) {
    for statement in script::statements(&Dialect::Impala.create(table, &server.place)) {
        server.run(statement);
    }
}

#[test]
fn a_row_with_a_key_is_what_was_last_said_of_it() {
    let Some(mut server) = Server::open("keyed") else { return };
    let table = ledger::tables().into_iter().find(|table| table.name == ledger::HISTORY_TABLES).unwrap();
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
    let mut table = schema.tables().find(|table| table.name == "flow_storyboard").unwrap().clone();
    table.key.clear();
    let table = &table;
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
    // A change without effect keeps the rows as they were.
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
    let new = schema.tables().find(|table| table.name == "flow_storyboard").unwrap();
    let mut old = new.clone();
    let added = old.columns.remove(old.own_columns().len() - 1);
    // The key refers to columns by their positions, and those of the partition have moved.
    let place = |name: &str| old.ids().find(|id| old[*id].name == name).unwrap();
    old.key = new.names(&new.key).map(place).collect();
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

//! The DDL of a new database in every dialect: of the project's own schema, which database administrators read, and
//! of a schema whose names are reserved words and whose descriptions try to break out of a comment.
//!
//! The text for SQLite is executed. Servers of the other engines are not always available, so their text is checked
//! against rules that a lenient server would not enforce.

#![allow(clippy::expect_used, reason = "a test that panics has found something")]

use std::path::PathBuf;

use flow_oa_schema::dialect::Place;
use flow_oa_schema::dialect::owners::Contents;
use flow_oa_schema::model::Table;
use flow_oa_schema::{Dialect, Files, Schema, check, ledger};
use rusqlite::Connection;

#[path = "support/golden.rs"]
mod golden;

fn goldens() -> PathBuf {
    golden::tests_folder().join("goldens/ddl")
}

fn schema(folder: PathBuf) -> Schema {
    check(&Files::read(&folder)).unwrap_or_else(|faults| panic!("{faults}"))
}

fn own() -> Schema {
    schema(golden::tests_folder().join("../schema"))
}

fn hostile() -> Schema {
    schema(goldens().join("hostile/schema"))
}

/// A place whose name needs quotes itself, if the dialect can escape them.
fn place(dialect: Dialect) -> Place {
    let (database, root) = match dialect {
        Dialect::Sqlite | Dialect::Postgres => ("order's", None),
        Dialect::Impala => ("order", Some("hdfs://n:8020/flow oa; -- größer/".to_owned())),
    };
    Place { database: Some(database.into()), location_root: root }
}

fn all_tables(schema: &Schema) -> Vec<Table> {
    schema.tables().cloned().chain(ledger::tables()).collect()
}

#[test]
fn the_projects_ddl_is_as_expected() {
    for dialect in Dialect::ALL {
        let path = goldens().join(format!("{}.sql", dialect.name()));
        golden::hold(&path, &dialect.ddl(&own(), &Place::default(), &Contents::default()));
    }
}

#[test]
fn hostile_names_and_descriptions_are_quoted() {
    for dialect in Dialect::ALL {
        let path = goldens().join(format!("hostile/{}.sql", dialect.name()));
        golden::hold(&path, &dialect.ddl(&hostile(), &place(dialect), &Contents::default()));
    }
}

#[test]
fn sqlite_makes_every_table_and_column() {
    for schema in [own(), hostile()] {
        let database = Connection::open_in_memory().expect("SQLite opens");
        database
            .execute_batch(&Dialect::Sqlite.ddl(&schema, &Place::default(), &Contents::default()))
            .expect("the DDL is SQL");
        for table in all_tables(&schema) {
            let found = columns(&database, &table.name);
            let expected: Vec<(String, String)> = table
                .columns
                .iter()
                .map(|column| (column.name.clone(), Dialect::Sqlite.type_name(column.kind).to_owned()))
                .collect();
            let own_key = found.len() - expected.len();
            assert_eq!(found[own_key..], expected, "{}", table.name);
            assert!(found[..own_key].iter().all(|(name, _)| name == ledger::ROW_ID), "{}", table.name);
        }
        let tables: i64 = database
            .query_row("SELECT count(*) FROM sqlite_schema WHERE type = 'table'", [], |row| row.get(0))
            .expect("a count");
        assert_eq!(usize::try_from(tables), Ok(all_tables(&schema).len()));
    }
}

/// The name and type of each column.
fn columns(database: &Connection, table: &str) -> Vec<(String, String)> {
    let mut statement = database.prepare("SELECT name, type FROM pragma_table_info(?)").expect("is SQL");
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?))).expect("runs");
    rows.map(|row| row.expect("two texts")).collect()
}

#[test]
fn sqlite_keeps_descriptions_with_the_table() {
    let schema = own();
    let database = Connection::open_in_memory().expect("SQLite opens");
    database
        .execute_batch(&Dialect::Sqlite.ddl(&schema, &Place::default(), &Contents::default()))
        .expect("the DDL is SQL");
    for table in schema.tables() {
        let kept: String = database
            .query_row("SELECT sql FROM sqlite_schema WHERE name = ?", [&table.name], |row| row.get(0))
            .expect("the table is there");
        for column in &table.columns {
            assert!(kept.contains(&column.description), "{}.{}", table.name, column.name);
        }
    }
}

#[test]
fn sqlite_holds_booleans_numbers_and_keys_to_what_they_are() {
    let database = Connection::open_in_memory().expect("SQLite opens");
    database
        .execute_batch(&Dialect::Sqlite.ddl(&hostile(), &Place::default(), &Contents::default()))
        .expect("the DDL is SQL");
    let insert = |yes: i64, rank: Option<i64>| {
        let sql = r#"INSERT INTO "self" ("UPPER", "rank", "y", "m", "d") VALUES (?, ?, 2016, 7, 8)"#;
        database.execute(sql, rusqlite::params![yes, rank])
    };
    assert!(insert(1, Some(0)).is_ok());
    assert!(insert(2, Some(1)).is_err(), "2 is not a boolean");
    assert!(insert(1, Some(0)).is_err(), "the key is there already");
    assert!(insert(1, None).is_err(), "a key has a value");
    assert!(insert(1, Some(-1)).is_err(), "a rank is not negative");
}

#[test]
fn impala_gets_nothing_that_it_refuses() {
    for (schema, place) in [(own(), Place::default()), (hostile(), place(Dialect::Impala))] {
        let bare =
            without_literals(Dialect::Impala, &Dialect::Impala.ddl(&schema, &place, &Contents::default()));
        for word in ["NOT NULL", "PRIMARY KEY", "CREATE INDEX", "CHECK", "COMMENT ON"] {
            assert!(!bare.contains(word), "{word} in\n{bare}");
        }
        for table in all_tables(&schema) {
            let text = Dialect::Impala.create(&table, &place);
            let longest =
                literals(Dialect::Impala, &text).iter().map(|literal| literal.encode_utf16().count()).max();
            assert!(longest <= Some(256), "{}: a comment of {longest:?} characters", table.name);
        }
    }
}

/// Impala stores the literals of comments and locations as they are written. Hive and Spark resolve escapes.
#[test]
fn impalas_comments_and_locations_read_the_same_with_and_without_escapes() {
    for (schema, place) in [(own(), Place::default()), (hostile(), place(Dialect::Impala))] {
        let ddl = Dialect::Impala.ddl(&schema, &place, &Contents::default());
        let comments: Vec<&str> = ddl.split("COMMENT '").skip(1).collect();
        assert!(comments.len() > 50);
        for raw in comments.into_iter().chain(ddl.split("LOCATION '").skip(1)) {
            let (raw, end) = raw.split_once('\'').expect("it ends");
            assert!(!raw.contains('\\') && !raw.contains("${"), "{raw}");
            assert!(end.starts_with([',', '\n', ';']), "a literal ends early: {raw}'{end:.20}");
            assert!(raw.encode_utf16().count() <= 256, "{raw}");
        }
    }
}

#[test]
fn places_that_impala_would_take_for_others_are_refused() {
    let of = |database: &str, root: &str| Place {
        database: Some(database.into()),
        location_root: Some(root.into()),
    };
    for bad in [of("o`a", "/f"), of("order's", "/f"), of("oa", "/it's"), of("oa", "/a\\b"), of("oa", "/${x}")]
    {
        assert!(Dialect::Impala.fault_in(&bad).is_some(), "{bad:?}");
        assert_eq!(Dialect::Postgres.fault_in(&bad), None);
    }
    assert_eq!(Dialect::Impala.fault_in(&place(Dialect::Impala)), None);
}

#[test]
fn every_name_is_quoted() {
    for schema in [own(), hostile()] {
        for dialect in Dialect::ALL {
            let bare =
                without_literals(dialect, &dialect.ddl(&schema, &place(dialect), &Contents::default()));
            let quote = if dialect == Dialect::Impala { '`' } else { '"' };
            let outside: String = bare.split(quote).step_by(2).collect::<Vec<_>>().join(" ");
            for word in outside.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')) {
                assert!(is_of_the_dialect(word), "{}: `{word}` stands without quotes", dialect.name());
            }
        }
    }
}

/// Keywords of the statements; everything else is a name.
fn is_of_the_dialect(word: &str) -> bool {
    const WORDS: &str = " CREATE DATABASE SCHEMA EXTERNAL TABLE IF NOT EXISTS NULL PRIMARY KEY CHECK BETWEEN IN STRICT WITHOUT ROWID \
        UNIQUE md5 INDEX ON COMMENT COLUMN IS PARTITIONED BY STORED AS PARQUET TEXTFILE LOCATION ROW FORMAT DELIMITED FIELDS \
        TERMINATED ESCAPED TEXT INTEGER REAL text smallint integer bigint real double precision boolean STRING \
        SMALLINT TINYINT INT BIGINT FLOAT DOUBLE BOOLEAN VIEW SELECT FROM WHERE AND OR NOT CASE WHEN THEN END OVER PARTITION RANGE COLLATE \
        ORDER DESC max row_number BEGIN COMMIT INSERT INTO HAVING COALESCE datetime to_char timezone now CAST NULLIF AS \
        timestamp AT TIME ZONE inet OR REPLACE id format fingerprint version finished ";
    word.bytes().all(|it| it.is_ascii_digit()) || WORDS.contains(&format!(" {word} "))
}

/// SQL without comments, and with empty literals.
fn without_literals(dialect: Dialect, sql: &str) -> String {
    split(dialect, sql)
        .into_iter()
        .map(|(is_literal, text)| if is_literal { "''".to_owned() } else { text })
        .collect()
}

fn literals(dialect: Dialect, sql: &str) -> Vec<String> {
    split(dialect, sql).into_iter().filter(|(is_literal, _)| *is_literal).map(|(_, text)| text).collect()
}

/// SQL split into literals (their text, with escapes resolved) and other parts, without comments, by the rules of the
/// dialect.
fn split(dialect: Dialect, sql: &str) -> Vec<(bool, String)> {
    let has_backslashes = dialect == Dialect::Impala;
    let mut pieces = vec![(false, String::new())];
    let mut rest = sql.chars().peekable();
    let mut open: Option<char> = None;
    while let Some(letter) = rest.next() {
        match (open, letter) {
            (None, '-') if rest.peek() == Some(&'-') => drop(rest.by_ref().find(|letter| *letter == '\n')),
            (None, '\'') => {
                open = Some(letter);
                pieces.push((true, String::new()));
                continue;
            }
            (None, '"' | '`') => open = Some(letter),
            (Some('\''), '\\') if has_backslashes => {
                let escaped = rest.next().expect("a backslash is followed by what it escapes");
                push(&mut pieces, escaped);
                continue;
            }
            (Some('\''), '\'') if !has_backslashes && rest.peek() == Some(&'\'') => drop(rest.next()),
            (Some('\''), '\'') => {
                open = None;
                pieces.push((false, String::new()));
                continue;
            }
            (Some(quote), it) if quote == it => open = None,
            _ => {}
        }
        push(&mut pieces, letter);
    }
    assert_eq!(open, None, "a quote is never closed");
    pieces
}

fn push(pieces: &mut [(bool, String)], letter: char) {
    if let Some((_, text)) = pieces.last_mut() {
        text.push(letter);
    }
}

#[test]
fn descriptions_arrive_whole() {
    let schema = hostile();
    let order = schema.tables().find(|table| table.name == "order").expect("is there");
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for dialect in [Dialect::Postgres, Dialect::Impala] {
        let found = literals(dialect, &dialect.create(order, &Place::default()));
        let descriptions = order.columns.iter().map(|it| &it.description).chain([&order.description]);
        for description in descriptions {
            let expected = match dialect {
                Dialect::Sqlite | Dialect::Postgres => one_line(description),
                // Without the characters that need an escape, since Impala would show the escape.
                Dialect::Impala => one_line(description).replace('\'', "\u{2019}").replace('\\', "/"),
            };
            assert!(found.contains(&expected), "{}: {description:?}", dialect.name());
        }
    }
}

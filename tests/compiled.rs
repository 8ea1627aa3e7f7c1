//! The generated goldens compile with the core crate alone, and implement their JSON.

#[allow(
    missing_docs,
    unreachable_pub,
    dead_code,
    clippy::all,
    reason = "generated text is read, not written, by people"
)]
mod generated {
    // An `include!`, not a module with its own file: rustfmt would follow the module and change the goldens.
    include!("goldens/generated/all.rs");
}

use csv::ByteRecord;
use flow_oa_core::{Asked, Batch, Cell, Cells, Contexts, FromResults, Readings, Row, Schema, Text, Zone};
use flow_oa_schema::Files;
use generated::{hostile, logins};

use logins::login::results::Record;
use logins::login::tables::login_score::{LoginScore, iden};

fn record(fields: &[&str]) -> ByteRecord {
    ByteRecord::from(fields.to_vec())
}

const LINE: [&str; 10] =
    ["2024-02-29 23:59:58.7", "eve \"x\"", "192.0.2.07", "db\n1", "key", "3", "1e-9", "other", "443", "0x12"];

#[test]
fn a_results_record_goes_through_the_filter_into_a_row_of_scores() {
    let line = record(&LINE);
    let read = Record::read(&Cells::new(&line, Record::FIELDS, &Zone::utc())).expect("a good record");
    let mut asked = Asked::default();
    read.asks(&mut asked);
    assert_eq!(asked.addresses, ["192.0.2.7"]);
    assert_eq!(asked.codes, [("roles", Text::from("db\n1")), ("roles", Text::from("db\n1"))]);
    let row = read.score(41, jiff::civil::date(2024, 3, 1), &Contexts::default());
    let expected = LoginScore {
        at: "2024-02-29 23:59:58".into(),
        account: "eve \"x\"".into(),
        client: "192.0.2.7".into(),
        server: "db\n1".into(),
        attempts: 3,
        likelihood: 1e-9,
        protocol: "other".into(),
        port: 443,
        flags: "0x12".into(),
        position: 41,
        from_inside: None,
        client_name: Text::default(),
        client_latitude: None,
        client_longitude: None,
        client_verdict: Text::default(),
        server_role: "db\n1".into(),
        protocol_name: "other".into(),
        protocol_number: None,
        service: Text::default(),
        message: Text::default(),
        icmp_type: None,
        icmp_code: None,
        flag_names: "ACK SYN".into(),
        hour: 23,
        label: "eve \"x\"@db\n1".into(),
        label_length: 11,
        double_tries: 7,
        hour_text: "2024-02-29 23".into(),
        version: 3,
        since: "1970-01-02 00:00:00".into(),
        role: "Unknown (db\n1)".into(),
        domain: "example.co.uk".into(),
        digest: "be0de6fc8eec79848e4e0e6fe0b73567".into(),
        known: "new eve \"x\"".into(),
        magnitude: 2,
        vowels: "ee".into(),
        evenness: 22,
        often: "eve \"x\"".into(),
        counted: 3,
        year: 2024,
        month: 3,
        day: 1,
    };
    assert_eq!(row, expected);
}

#[test]
fn a_fault_names_the_column_and_what_was_found() {
    let mut line = LINE;
    line[5] = "three";
    let line = record(&line);
    let fault = Record::read(&Cells::new(&line, Record::FIELDS, &Zone::utc())).expect_err("no number");
    let said = fault.to_string();
    assert!(said.starts_with("column 6 (attempts): expected") && said.ends_with("found \"three\""), "{said}");
}

#[test]
fn a_row_binds_its_values_in_the_order_of_its_columns() {
    let table = LoginScore::TABLE;
    let fields = [
        "2024-02-29 00:00:00",
        "a",
        "::1",
        "b",
        "1",
        "0.5",
        "TCP",
        "443",
        "f",
        "7",
        "",
        "n",
        "52.5",
        "-13.25",
        "v",
        "r",
        "TCP",
        "6",
        "https",
        "m",
        "3",
        "4",
        "SYN",
        "0",
        "a@b",
        "2",
        "3",
        "2024-02-29 00",
        "3",
        "1970-01-02 00:00:00",
        "u",
        "e",
        "d",
        "k",
        "2",
        "w",
        "7",
        "o",
        "5",
        "2024",
        "2",
        "29",
    ];
    let line = record(&fields);
    let row = LoginScore::read(&Cells::new(&line, table.columns, &Zone::utc())).expect("a good record");
    let rows = vec![row];
    let mut cells = Vec::new();
    rows.cells(0, &mut cells);
    assert_eq!(cells.len(), table.columns.len());
    assert_eq!(cells[10], Cell::Null, "an empty field of a column that may be absent");
    let written: Vec<Text> = cells.iter().map(Cell::to_text).collect();
    assert_eq!(written, fields);
}

#[test]
fn identifiers_are_the_names_of_the_json() {
    use flow_oa_core::sea_query::{Iden, PostgresQueryBuilder, Query};
    assert_eq!(iden::Column::FromInside.unquoted(), "from_inside");
    let query = Query::select().columns(iden::COLUMNS).from(iden::Table).to_string(PostgresQueryBuilder);
    assert!(query.starts_with(r#"SELECT "at", "account", "client""#), "{query}");
    assert!(query.ends_with(r#"FROM "login_score""#), "{query}");
}

/// The readings of a raw format for the compiled raw table.
#[allow(clippy::expect_used, reason = "a test that panics has found something")]
fn readings(schema: &Schema, pipeline: &str, format: &str) -> Readings {
    let files = Files::from_canonical(schema.canonical).expect("is canonical");
    let model = flow_oa_schema::check(&files).unwrap_or_else(|faults| panic!("{faults}"));
    let sources = &model.pipeline(pipeline).expect("is checked").sources;
    let source = sources.iter().find(|source| source.name == format).expect("is a format");
    let raw = schema.pipeline(pipeline).and_then(|pipeline| pipeline.raw).expect("has a raw table");
    Readings::new(source, raw.inputs(), Zone::utc()).expect("reads every input")
}

#[test]
fn a_raw_format_reads_into_the_raw_table() {
    let line = record(&[
        "2024-02-29 23:59:59",
        "1.5",
        "eve",
        "10.0.0.1",
        "db",
        "1",
        "2",
        "86399",
        "2024-02-29",
        "9:00:00",
    ]);
    let readings = readings(&logins::SCHEMA, "login", "audit");
    let (day, row) = logins::login::ingested(&readings.of(&line)).expect("a good record");
    assert_eq!(day, jiff::civil::date(2024, 3, 1), "it ended in the next month");
    assert_eq!((row.service.as_str(), row.protocol.as_str()), ("ssh", "TCP"), "by the registries");
    assert_eq!((row.at.as_str(), row.succeeded, row.keys, row.month), ("2024-03-01 00:00:00", true, 0, 3));
}

#[test]
fn a_time_that_a_selection_reads_is_checked_in_every_record() {
    let readings = readings(&logins::SCHEMA, "login", "audit");
    for (at, value) in [(7, "999999999999999"), (9, "25:00:00"), (9, "noon")] {
        let mut fields = [
            "2024-02-29 23:59:59",
            "1.5",
            "eve",
            "10.0.0.1",
            "db",
            "1",
            "2",
            "86399",
            "2024-02-29",
            "9:00:00",
        ];
        fields[at] = value;
        let line = record(&fields);
        assert!(logins::login::ingested(&readings.of(&line)).is_err(), "{value}");
    }
}

#[test]
fn hostile_names_are_only_names() {
    let pipeline = hostile::SCHEMA.pipeline("type").expect("is compiled");
    let names: Vec<&str> = pipeline.tables.iter().map(|it| it.name).collect();
    assert_eq!(names, ["Table", "gen", "order", "select", "self"]);
    let line = record(&["2024-02-29 23:59:59", "10.0.0.1", "::1"]);
    let readings = readings(&hostile::SCHEMA, "type", "fn");
    let (_, row) = hostile::r#type::ingested(&readings.of(&line)).expect("a good record");
    assert_eq!((row.r#type.as_str(), row.r#fn, row.r#while), ("2024-02-29 23:59:59", -1, 23));
}

#[test]
fn the_registry_reads_results_without_knowing_their_type() {
    let pipeline = logins::SCHEMA.pipeline("login").expect("is compiled");
    let mut rows = pipeline.results.open();
    rows.push(0, &record(&LINE)).expect("a good record");
    assert!(rows.push(1, &record(&["x"])).is_err());
    assert_eq!((rows.len(), rows.asked().addresses.len()), (1, 1));
    let scores = rows.score(jiff::civil::date(2024, 2, 29), &Contexts::default());
    assert_eq!(scores.len(), 1);
}

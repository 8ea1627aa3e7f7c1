//! The ten largest flows of a day, read as typed rows from a SQLite database of the program:
//!
//! ```text
//! cargo run -p flow-oa-generated --example largest_flows -- data/flow_oa.db 2016-07-08
//! ```
//!
//! Table, columns, row and DDL come from the schema's JSON, so a query that names a column which no longer exists does not
//! compile.

use std::error::Error;

use csv::ByteRecord;
use flow_oa_core::sea_query::{Expr, ExprTrait as _, Order, Query, SqliteQueryBuilder};
use flow_oa_core::{Cells, Date, Row as _, Zone};
use flow_oa_generated::flow::tables::flow::{Flow, iden};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

/// Flows that are shown.
const SHOWN: u64 = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, day] = arguments.as_slice() else {
        return Err("expected the database file and the day, YYYY-MM-DD".into());
    };
    #[expect(clippy::print_stdout, reason = "the output of the example")]
    for flow in largest(&Connection::open(file)?, day.parse()?)? {
        println!("{} {} -> {}:{} {} bytes", flow.treceived, flow.sip, flow.dip, flow.dport, flow.ibyt);
    }
    Ok(())
}

/// The flows of a day with the most bytes, the largest first.
fn largest(database: &Connection, day: Date) -> Result<Vec<Flow>, Box<dyn Error>> {
    let [year, month, of_month] = [day.year(), day.month().into(), day.day().into()];
    let query = Query::select()
        .columns(iden::COLUMNS)
        .from(iden::Table)
        .and_where(Expr::col(iden::Column::Y).eq(year))
        .and_where(Expr::col(iden::Column::M).eq(month))
        .and_where(Expr::col(iden::Column::D).eq(of_month))
        .order_by(iden::Column::Ibyt, Order::Desc)
        .limit(SHOWN)
        .to_string(SqliteQueryBuilder);
    let mut statement = database.prepare(&query)?;
    let mut rows = statement.query([])?;
    let (mut flows, zone) = (Vec::new(), Zone::utc());
    while let Some(row) = rows.next()? {
        let record = texts(row)?;
        flows.push(
            Flow::read(&Cells::new(&record, Flow::TABLE.columns, &zone))
                .map_err(|fault| fault.to_string())?,
        );
    }
    Ok(flows)
}

/// The values of a row as the texts that typed rows are read from.
fn texts(row: &Row<'_>) -> Result<ByteRecord, Box<dyn Error>> {
    let mut record = ByteRecord::new();
    for at in 0..Flow::TABLE.columns.len() {
        match row.get_ref(at)? {
            ValueRef::Null => record.push_field(b""),
            ValueRef::Integer(number) => record.push_field(number.to_string().as_bytes()),
            ValueRef::Real(number) => record.push_field(number.to_string().as_bytes()),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => record.push_field(bytes),
        }
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row of the table as texts, with these bytes and on this day of July.
    fn record(bytes: i64, day: i64) -> ByteRecord {
        let value = |name: &&str| match *name {
            "treceived" => format!("2016-07-{day:02} 10:00:00"),
            "sip" | "dip" | "rip" => "192.0.2.1".to_owned(),
            "proto" => "TCP".to_owned(),
            "flag" => ".A....".to_owned(),
            "ibyt" => bytes.to_string(),
            "tryear" | "y" => "2016".to_owned(),
            "trmonth" | "m" => "7".to_owned(),
            "trday" | "d" => day.to_string(),
            _ => "0".to_owned(),
        };
        ByteRecord::from(Flow::TABLE.columns.iter().map(value).collect::<Vec<_>>())
    }

    #[test]
    fn the_largest_flows_of_a_day_come_back_as_the_rows_that_were_stored() {
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch(Flow::TABLE.ddl_in("sqlite").unwrap()).unwrap();
        let mut insert = (Flow::TABLE.insert)();
        let zone = Zone::utc();
        let row = |bytes, day| {
            Flow::read(&Cells::new(&record(bytes, day), Flow::TABLE.columns, &zone))
                .map_err(|it| it.to_string())
        };
        for (bytes, day) in (1..=12).map(|bytes| (bytes, 8)).chain([(100, 9)]) {
            let flow = row(bytes, day).unwrap();
            let mut cells = Vec::new();
            flow.cells(&mut cells);
            insert.values_panic(cells.iter().map(|cell| Expr::val(cell.to_text().as_str())));
        }
        database.execute_batch(&insert.to_string(SqliteQueryBuilder)).unwrap();
        let found = largest(&database, "2016-07-08".parse().unwrap()).unwrap();
        let expected: Vec<Flow> = (3..=12).rev().map(|bytes| row(bytes, 8).unwrap()).collect();
        assert_eq!(found, expected);
    }
}

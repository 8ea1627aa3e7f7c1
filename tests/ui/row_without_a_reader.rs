//! A row must define how it is read and bound.

use flow_oa_core::{Cell, Row, Table};

struct Unreadable;

impl Row for Unreadable {
    const TABLE: &'static Table =
        &Table { name: "t", description: "", columns: &[], ddl: &[], insert: flow_oa_core::sea_query::Query::insert };

    fn cells<'a>(&'a self, _: &mut Vec<Cell<'a>>) {}
}

fn main() {}

//! Rows into tables by binary COPY; sums, which meet rows that are there, by way of a table beside.

use std::io::Write as _;

use crate::sql::{self, Copied};
use flow_oa_core::Batch;
use flow_oa_engine::Result;
use postgres::Client;
use postgres::types::Type;
use sea_query::{Alias, Expr, Func, IntoIden, Order, PostgresQueryBuilder, Query, SelectStatement, Values};

use super::{Postgres, copy};
use flow_oa_engine::{Engine, Sums, Target};

impl Postgres {
    /// Copies rows into a table, which has a place for each.
    pub(super) fn copy(&mut self, target: &Target<'_>, copied: Copied, rows: &dyn Batch) -> Result<u64> {
        let sql = sql::copy(target.table, target.columns, copied);
        self.notes.rows(|| sql.clone(), rows);
        let kinds = self.kinds(&sql, target)?;
        send(&mut self.client, &sql, &kinds, target, rows).map_err(|failed| match failed {
            Failed::AtServer(error) => self.fault(&sql, &error),
            Failed::Here(reason) => self.refused(&sql, reason),
        })
    }

    /// The types of the columns of a target.
    fn kinds(&mut self, copy: &str, target: &Target<'_>) -> Result<Vec<Type>> {
        if let Some(known) = self.kinds.get(copy) {
            return Ok(known.clone());
        }
        let sql = all_of(target.table, target.columns).to_string(PostgresQueryBuilder);
        let statement = self.client.prepare(&sql).map_err(|error| self.fault(&sql, &error))?;
        let kinds: Vec<Type> = statement.columns().iter().map(|it| it.type_().clone()).collect();
        self.kinds.insert(copy.to_owned(), kinds.clone());
        Ok(kinds)
    }

    /// COPY knows no conflicts: sums are copied beside the table, where they wait for [`Self::add_kept_sums`]. One
    /// insert of all of them costs a third of one insert a batch, since most keys come again and again.
    pub(super) fn keep_sums(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        let Target { table, columns, ref insert } = sums.target;
        let place = self.waiting.iter().position(|it| it == table);
        let name = beside(place.unwrap_or(self.waiting.len()));
        if place.is_none() {
            self.script(&sql::beside(&name, table))?;
            self.waiting.push(table.to_owned());
        }
        self.copy(&Target { table: &name, columns, insert: insert.clone() }, Copied::Plainly, rows)
            .map(|_| ())
    }

    /// Adds the sums that wait beside a table. Days that it has nothing of are inserted plainly, which takes two thirds of
    /// the time of an insert that is ready for rows of the same key; whoever else adds to them waits for the lock of the
    /// raw rows.
    pub(super) fn add_kept_sums(&mut self, sums: &Sums<'_>) -> Result<()> {
        let Target { table, columns, ref insert } = sums.target;
        let Some(place) = self.waiting.iter().position(|it| it == table) else { return Ok(()) };
        let beside = beside(place);
        let mut summed = Query::select();
        summed.from(Alias::new(&beside));
        for name in columns {
            let column = Expr::col(Alias::new(*name));
            if sums.summed.contains(name) {
                summed.expr(Func::sum(column));
            } else {
                summed.expr(column.clone()).add_group_by([column]).order_by(Alias::new(*name), Order::Asc);
            }
        }
        let is_met = self.query(&sql::shares(table, &beside, sums.day), &Values(Vec::new()))?;
        let mut insert = if is_met.is_empty() {
            let names = columns.iter().map(|it| Alias::new(*it).into_iden());
            Query::insert().into_table(Alias::new(table)).columns(names).to_owned()
        } else {
            insert.clone()
        };
        let insert = insert.select_from(summed).map(|it| it.to_owned());
        let insert = insert.map_err(|error| self.refused("INSERT", error.to_string()))?;
        self.run(&insert.into())?;
        // Whatever comes later for this table waits in another one.
        self.waiting[place].clear();
        Ok(())
    }
}

/// The name of a table beside another.
fn beside(place: usize) -> String {
    format!("flow_oa_added_{place}")
}

/// All rows of a table, with these columns.
fn all_of(table: &str, columns: &[&str]) -> SelectStatement {
    let columns = columns.iter().map(|it| Alias::new(*it).into_iden());
    Query::select().columns(columns).from(Alias::new(table)).to_owned()
}

/// Where a COPY failed.
enum Failed {
    AtServer(postgres::Error),
    Here(String),
}

/// Sends rows by a COPY. One that is not brought to its end leaves nothing.
fn send(
    client: &mut Client,
    sql: &str,
    kinds: &[Type],
    target: &Target<'_>,
    rows: &dyn Batch,
) -> std::result::Result<u64, Failed> {
    let mut writer = client.copy_in(sql).map_err(Failed::AtServer)?;
    let written = copy::encode(rows, kinds, target.columns, |part| writer.write_all(part));
    match written {
        Ok(()) => writer.finish().map_err(Failed::AtServer),
        Err(error) => Err(match error.downcast::<postgres::Error>() {
            Ok(said) => Failed::AtServer(said),
            Err(error) => Failed::Here(error.to_string()),
        }),
    }
}

//! Loads rows into tables by binary `COPY`. Sums, which may meet existing rows, are first copied into a temporary
//! table.

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
    /// Copies rows into a table, which must accept all of them.
    pub(super) fn copy(&mut self, target: &Target<'_>, copied: Copied, rows: &dyn Batch) -> Result<u64> {
        let sql = sql::copy(target.table, target.columns, copied);
        self.log.rows(|| sql.clone(), rows);
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

    /// `COPY` cannot handle conflicts. Therefore sums are copied into a temporary table, where they wait for
    /// [`Self::add_kept_sums`]. One `INSERT` of all sums costs a third of one `INSERT` for each batch, since most keys
    /// occur many times.
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

    /// Adds the sums of the temporary table to the table. If the table has no rows of their days, they are inserted
    /// without conflict handling, which takes two thirds of the time. This is safe because every other session that
    /// adds sums waits for the lock of the raw rows.
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
        // Further sums for this table go into another temporary table.
        self.waiting[place].clear();
        Ok(())
    }
}

/// The name of a temporary table for sums.
fn beside(place: usize) -> String {
    format!("flow_oa_added_{place}")
}

/// A query for these columns of a table.
fn all_of(table: &str, columns: &[&str]) -> SelectStatement {
    let columns = columns.iter().map(|it| Alias::new(*it).into_iden());
    Query::select().columns(columns).from(Alias::new(table)).to_owned()
}

/// The side on which a `COPY` failed.
enum Failed {
    AtServer(postgres::Error),
    Here(String),
}

/// Sends rows by `COPY`. A `COPY` that does not complete stores nothing.
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

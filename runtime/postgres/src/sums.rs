//! Sums, which may meet existing rows, are first copied into a temporary table.

use crate::sql::{self, Copied};
use flow_oa_core::Batch;
use flow_oa_engine::sql::run;
use flow_oa_engine::{Access, Result, Sums, Target};
use sea_query::{Alias, Expr, Func, IntoIden, Order, Query, Values};

use super::Postgres;

impl Postgres {
    /// `COPY` cannot handle conflicts. Therefore sums are copied into a temporary table, where they wait for
    /// [`Self::add_kept_sums`]. One `INSERT` of all sums costs a third of one `INSERT` for each batch, since most keys
    /// occur many times.
    pub(super) fn keep_sums(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        let Target { table, columns, ref insert } = sums.target;
        let place = self.waiting.iter().position(|waiting| waiting == table);
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
        let Some(place) = self.waiting.iter().position(|waiting| waiting == table) else { return Ok(()) };
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
            let names = columns.iter().map(|column| Alias::new(*column).into_iden());
            Query::insert().into_table(Alias::new(table)).columns(names).to_owned()
        } else {
            insert.clone()
        };
        let insert = insert.select_from(summed).map(|it| it.to_owned());
        let insert = insert.map_err(|error| self.refused("INSERT", error.to_string()))?;
        run(&mut self.link, Access::Write, &insert.into())?;
        // Further sums for this table go into another temporary table.
        self.waiting[place].clear();
        Ok(())
    }
}

/// The name of a temporary table for sums.
fn beside(place: usize) -> String {
    format!("flow_oa_added_{place}")
}

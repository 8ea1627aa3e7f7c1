//! What a unit of work replaces, stages and counts before it is published; see `publish`.

use crate::sql::statements::{self, Partitions};
use crate::sql::{insert, script, select};
use flow_oa_core::Batch;
use flow_oa_engine::{
    About, Access, Claims, Days, FoundColumn, FoundIndex, FoundTable, Observer, Outgoing, Relation, Result,
    Seen, Session, Statement, Sums, Target, Uncommitted, Unit, rows_on,
};
use flow_oa_schema::dialect::impala::{HiveType, log};
use flow_oa_schema::model::Table;
use sea_query::{Alias, Cond, Expr, Func, Query, SelectStatement, UnionType, Value, Values};

use super::bulk::columns_of;
use super::ledger::RECORDED;
use super::work::{DayValues, ImpalaUnit, RUN, StagedDay, day_folder};

impl ImpalaUnit<'_> {
    /// Ends the unit: what was staged and not published is removed. Returns what could not be removed.
    fn undo(&mut self) -> Option<String> {
        if !std::mem::take(&mut self.is_open) {
            return None;
        }
        // An interrupt stopped the work but must not stop the cleanup; a second interrupt ends the program.
        self.engine.link.connection().flag.reset();
        let left = self.discard();
        self.engine.link.forget_observers();
        left
    }

    fn count_staged(&mut self, name: &str) -> Result<u64> {
        let rows = self.engine.ask(&format!("SELECT count(*) FROM {name}"))?;
        let number = rows.first().and_then(|row| row.first()).and_then(|text| text.parse().ok());
        number.ok_or_else(|| self.engine.refused(name, "its rows could not be counted"))
    }

    /// The relations that hold the rows of these days of a table that rows are added to.
    fn relations(&self, table: &str, days: &Days) -> Vec<String> {
        let mut relations = self.added_to(table);
        let is_emptied = self.work.emptied.iter().any(|(of, day)| of.name == table && day == days.values());
        if !is_emptied {
            relations.push(table.to_owned());
        }
        relations
    }

    /// How many rows each table has on some days, by one statement; staged rows do not count.
    fn count_all(&mut self, what: &[(&str, Days)]) -> Result<Vec<u64>> {
        let count = |(place, (table, days)): (u64, &(&str, Days))| {
            let mut count = Query::select();
            count.expr(Expr::val(place)).expr(Func::count(Expr::val(1))).from(Alias::new(*table));
            count.cond_where(days.condition()).to_owned()
        };
        let mut each = (0..).zip(what).map(count);
        let Some(mut query) = each.next() else { return Ok(Vec::new()) };
        query.unions(each.map(|count| (UnionType::All, count)));
        let sql = select(&query).map_err(|error| self.engine.refused("SELECT", error))?;
        let mut found = vec![None; what.len()];
        for row in self.engine.link.rows(&sql, &Values(Vec::new()))? {
            if let [Value::BigInt(Some(place)), Value::BigInt(Some(rows)), ..] = row.as_slice()
                && let Some(count) = usize::try_from(*place).ok().and_then(|at| found.get_mut(at))
            {
                *count = Some(rows.unsigned_abs());
            }
        }
        let all: Option<Vec<u64>> = found.into_iter().collect();
        all.ok_or_else(|| self.engine.refused(&sql, "it gave no number for some table"))
    }

    /// Removes days of a table when the unit is published. Days that are filled again are staged.
    fn remove_days(&mut self, table: &str, days: &Days) -> Result<()> {
        let model = self.engine.table(table)?;
        if log::has(&model) {
            return self.log_statement(table, |log, revision| log.delete(revision, days.condition()));
        }
        match days {
            Days::On(day) if model.rows.are_raw() => self.work.emptied.push((model, day.clone())),
            Days::On(day) => self.stage_day(model, day.clone())?,
            Days::Before(_) => {
                for partition in self.engine.partitions(&model)? {
                    if is_before(&partition, days.values()) {
                        self.work.dropped.push((model.clone(), partition));
                    }
                }
                let day = days.values().to_vec();
                self.work.purged.push((model, day));
            }
        }
        Ok(())
    }

    /// Stages a day: records its folder and creates the table on it.
    fn stage_day(&mut self, table: Table, day: DayValues) -> Result<()> {
        let token = &self.work.token;
        let folder = format!("{}/{RUN}{token}", day_folder(&table, &day));
        let relation = format!("flow_oa_aside_{}_{token}", table.name);
        let name = self.engine.qualified(&relation);
        let columns: Vec<(&str, HiveType)> =
            table.own_columns().iter().map(|column| (column.name.as_str(), HiveType::of(column))).collect();
        let sql = statements::create_staging(&name, &columns, table.hive.format, &self.engine.uri(&folder));
        let is_there = self.engine.link.admits(&Outgoing::text(Access::Write, &sql))?;
        // Before the statement is sent: if the answer is lost, the table may exist.
        self.work.days.push(StagedDay {
            table,
            day,
            relation,
            name,
            is_there,
            folder,
            rows: 0,
            file: None,
            is_published: false,
            former: None,
        });
        if is_there { self.engine.link.connection().run(&sql) } else { Ok(()) }
    }
}

impl Drop for ImpalaUnit<'_> {
    fn drop(&mut self) {
        self.undo();
    }
}

impl Session for ImpalaUnit<'_> {
    fn about(&self) -> &About {
        self.engine.about()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.engine.render(statement)
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        self.engine.for_each(sql, values, seen)
    }

    /// Counts staged rows that were uploaded too.
    fn count(&mut self, table: &str, days: &Days) -> Result<u64> {
        if let Some(staged) = self.work.staged(table, Some(days)) {
            let (name, rows) = (staged.name.clone(), staged.rows);
            return if staged.is_there { self.count_staged(&name) } else { Ok(rows) };
        }
        let relations = self.relations(table, days);
        relations.iter().map(|relation| self.engine.count_rows(relation, days)).sum()
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        self.engine.columns(tables)
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        self.engine.indexes(tables)
    }

    fn described(&mut self, tables: &[&str], logs: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        self.engine.describe(tables, logs)
    }

    fn table_names(&mut self) -> Result<Vec<String>> {
        self.engine.names_of_tables()
    }

    fn claims(&mut self) -> Option<&mut dyn Claims> {
        self.engine.claims()
    }
}

impl Unit for ImpalaUnit<'_> {
    fn commit(mut self: Box<Self>) -> std::result::Result<(), Uncommitted> {
        if let Err(error) = self.publish() {
            return Err(Uncommitted { error, left: self.undo() });
        }
        self.is_open = false;
        self.engine.link.forget_observers();
        Ok(())
    }

    fn rollback(mut self: Box<Self>) -> Option<String> {
        self.undo()
    }

    fn observe(&mut self, observer: Box<dyn Observer>) {
        self.engine.link.observe(observer);
    }

    fn make_database(&mut self) -> Result<()> {
        let Some(database) = self.place().database.clone() else { return Ok(()) };
        if !self.engine.link.connection().enter()? {
            self.engine.send(&statements::create_database(&database))?;
            self.engine.link.connection().enter()?;
        }
        Ok(())
    }

    fn script(&mut self, sql: &str) -> Result<()> {
        script::statements(sql).into_iter().try_for_each(|statement| self.engine.send(statement))
    }

    fn run(&mut self, statement: &Statement) -> Result<u64> {
        let (sql, values) = self.render(statement);
        self.engine.link.execute(Access::Write, &sql, &values)
    }

    /// The Hive family has no locks.
    fn lock(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        self.stage_relation(relation, rows)
    }

    fn stage_more(&mut self, relation: &Relation<'_>, staged: &str, rows: &dyn Batch) -> Result<()> {
        self.engine.load_staged(staged, &columns_of(relation), rows)
    }

    fn unstage(&mut self, name: &str) -> Result<()> {
        self.engine.drop_staged(name)?;
        self.work.relations.retain(|relation| relation != name);
        Ok(())
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        let rows = self.count_all(&[(table, days.clone())])?;
        self.remove_days(table, days)?;
        Ok(rows.into_iter().sum())
    }

    fn remove_all(&mut self, what: &[(&str, Days)], published_last: &str) -> Result<Vec<u64>> {
        self.work.published_last = Some(published_last.to_owned());
        let rows = self.count_all(what)?;
        for (table, days) in what {
            self.remove_days(table, days)?;
        }
        Ok(rows)
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.remove(table, days)
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        self.load_rows(target.table, rows)
    }

    /// Writes the result of a query into the staged day of a table.
    fn fill(&mut self, table: &str, columns: &[&str], days: &Days, query: SelectStatement) -> Result<u64> {
        let Some(staged) = self.work.staged(table, Some(days)) else {
            return Err(self
                .engine
                .refused(table, "rows were to be written into a day that is not replaced"));
        };
        let (own, name, is_there) = (staged.table.own_columns(), staged.name.clone(), staged.is_there);
        if !own.iter().map(|it| it.name.as_str()).eq(columns.iter().copied()) {
            return Err(self
                .engine
                .refused(table, "rows were to be written with other columns than the table has"));
        }
        let kinds: Vec<HiveType> = own.iter().map(HiveType::of).collect();
        let sql = insert::of_query(&name, Partitions::None, &kinds, query.clone());
        let sql = sql.map_err(|error| self.engine.refused(table, error))?;
        self.engine.send(&sql)?;
        let rows = if is_there {
            self.count_staged(&name)?
        } else {
            let mut count = Query::select();
            count.expr(Func::count(Expr::val(1))).from_subquery(query, Alias::new("flow_oa_filled"));
            self.engine.number(&count)?
        };
        if let Some(staged) = self.work.staged(table, Some(days)) {
            staged.rows = rows;
        }
        Ok(rows)
    }

    fn rows(&mut self, table: &str, columns: &[&str], days: &Days) -> Option<SelectStatement> {
        if let Some(staged) = self.work.staged(table, Some(days)) {
            // All rows of a staged day are of that day, so it has no columns for it.
            let columns = columns.iter().map(|column| Alias::new(*column));
            let all = Query::select().columns(columns).from(Alias::new(&staged.relation)).to_owned();
            return staged.is_there.then_some(all);
        }
        let relations = self.relations(table, days);
        let mut each = relations.iter().map(|relation| rows_on(relation, columns, days));
        let mut all = each.next()?;
        all.unions(each.map(|rows| (UnionType::All, rows)));
        Some(all)
    }

    /// The Hive family keeps no rollups.
    fn add(&mut self, sums: &Sums<'_>, _: &dyn Batch) -> Result<()> {
        self.add_up(sums)
    }

    fn add_up(&mut self, sums: &Sums<'_>) -> Result<()> {
        Err(self.engine.refused(sums.target.table, "the Hive family keeps no sums"))
    }

    /// Uploads the rows that wait in local files.
    fn settle(&mut self) -> Result<()> {
        self.upload()
    }

    /// Takes the number from the clock: nothing prevents two programs from finding the same highest number.
    fn next_id(&mut self, _: &str) -> Result<i64> {
        Ok(self.engine.next_revision())
    }

    fn append(&mut self, table: &str, rows: Vec<Vec<(&str, Expr)>>) -> Result<()> {
        rows.chunks(RECORDED).try_for_each(|rows| self.log_rows(table, rows))
    }

    fn change(&mut self, table: &str, values: Vec<(&str, Expr)>, which: Cond) -> Result<u64> {
        self.log_statement(table, |log, revision| log.change(revision, &values, which)).map(|()| 0)
    }

    fn delete(&mut self, table: &str, which: Cond) -> Result<u64> {
        self.log_statement(table, |log, revision| log.delete(revision, which)).map(|()| 0)
    }
}

/// Whether the day of a partition is before another day.
fn is_before(partition: &[(String, i64)], day: &[(String, i64)]) -> bool {
    let values = |columns: &[(String, i64)]| {
        columns.iter().take(day.len()).map(|(_, value)| *value).collect::<Vec<_>>()
    };
    values(partition) < values(day)
}

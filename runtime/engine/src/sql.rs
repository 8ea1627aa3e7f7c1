//! The implementation of stores and units that engines with transactions share. An engine states only what it does in
//! its own way.

use flow_oa_core::{Batch, shown};
use sea_query::{Alias, Cond, Expr, Func, IntoIden, Query, SelectStatement, Table, Value, Values};

use flow_oa_schema::dialect::LookUps;

use crate::link::Link;
use crate::observer::{Access, Observer};
use crate::store::{Claims, Session, Store, Transaction, Uncommitted, Unit};
use crate::{
    About, Connection, Days, EngineError, FoundColumn, FoundIndex, FoundTable, Relation, Remark, Result,
    Seen, Statement, Sums, Target, Transactional,
};

/// The number of rows in one `INSERT` of [`Unit::append`], small enough for the number of values that a statement can
/// bind.
const APPENDED: usize = 500;

/// What an engine with transactions does in its own way; the methods are described in [`Session`] and [`Unit`].
#[expect(missing_docs, clippy::missing_errors_doc, reason = "described where the caller sees them")]
pub trait SqlEngine {
    /// The driver.
    type Driver: Transactional;

    /// The connection.
    fn link(&self) -> &Link<Self::Driver>;

    /// The connection.
    fn link_mut(&mut self) -> &mut Link<Self::Driver>;

    fn begin(&mut self, kind: Transaction<'_>) -> Result<()>;

    /// Does what must be done before the commit.
    fn before_commit(&mut self) -> Result<()>;

    /// Forgets everything about the transaction, which is over.
    fn ended(&mut self);

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64>;

    /// Loads rows into a temporary table that was created for them.
    fn load_staged(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<()>;

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64>;
    fn replace(&mut self, table: &str, days: &Days) -> Result<u64>;
    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()>;
    fn add_up(&mut self, sums: &Sums<'_>) -> Result<()>;
    fn settle(&mut self) -> Result<()>;
    fn lock(&mut self, name: &str) -> Result<()>;
    fn claims(&mut self) -> Option<&mut dyn Claims>;
    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>>;
    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>>;
    fn described(&mut self, tables: &[&str]) -> Result<Vec<Option<FoundTable>>>;
    fn table_names(&mut self) -> Result<Vec<String>>;
    fn make_database(&mut self) -> Result<()>;
}

/// Sends a statement that was built with sea-query.
///
/// # Errors
/// See [`Session`].
pub fn run<C: Connection>(link: &mut Link<C>, access: Access, statement: &Statement) -> Result<u64> {
    let (sql, values) = link.render(statement);
    link.execute(access, &sql, &values)
}

/// Deletes the matching rows of a table, and returns their number.
///
/// # Errors
/// See [`Session`].
pub fn delete<C: Connection>(link: &mut Link<C>, table: &str, which: Cond) -> Result<u64> {
    let delete = Query::delete().from_table(Alias::new(table)).cond_where(which).to_owned();
    run(link, Access::Write, &delete.into())
}

fn count<C: Connection>(link: &mut Link<C>, table: &str, days: &Days) -> Result<u64> {
    let mut select = Query::select();
    select.expr(Func::count(Expr::val(1))).from(Alias::new(table)).cond_where(days.condition());
    let (sql, values) = link.render(&Statement::Select(select));
    match link.rows(&sql, &values)?.first().and_then(|row| row.first()) {
        Some(Value::BigInt(Some(count))) => Ok(count.unsigned_abs()),
        found => Err(EngineError::Refused {
            database: link.about().url.clone(),
            reason: format!(
                "the number of rows was to be counted, and {} came back",
                found.map_or_else(|| "nothing".to_owned(), shown)
            ),
            statement: sql,
        }),
    }
}

impl<E: SqlEngine> Session for E {
    fn about(&self) -> &About {
        self.link().about()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.link().render(statement)
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        self.link_mut().query(sql, values, seen)
    }

    fn count(&mut self, table: &str, days: &Days) -> Result<u64> {
        count(self.link_mut(), table, days)
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        SqlEngine::columns(self, tables)
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        SqlEngine::indexes(self, tables)
    }

    fn described(&mut self, tables: &[&str], _: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        SqlEngine::described(self, tables)
    }

    fn table_names(&mut self) -> Result<Vec<String>> {
        SqlEngine::table_names(self)
    }

    fn claims(&mut self) -> Option<&mut dyn Claims> {
        SqlEngine::claims(self)
    }
}

impl<E: SqlEngine> Store for E {
    fn begin(&mut self, kind: Transaction<'_>) -> Result<Box<dyn Unit + '_>> {
        // Made first, so that a begin that fails halfway is rolled back.
        let unit = Box::new(SqlUnit { engine: self, is_open: true });
        SqlEngine::begin(unit.engine, kind)?;
        Ok(unit)
    }

    fn run_alone(&mut self, sql: &str) -> Result<()> {
        self.link_mut().script(Access::Write, sql)
    }

    /// A transaction keeps no earlier runs.
    fn keep_earlier(&mut self, _runs: usize) {}

    fn take_remarks(&mut self) -> Vec<Remark> {
        Vec::new()
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        self.link().interrupter()
    }
}

/// A transaction.
struct SqlUnit<'a, E: SqlEngine> {
    engine: &'a mut E,
    is_open: bool,
}

impl<E: SqlEngine> SqlUnit<'_, E> {
    fn end(&mut self) {
        self.is_open = false;
        self.engine.ended();
        self.engine.link_mut().forget_observers();
    }

    fn undo(&mut self) {
        if self.is_open {
            self.engine.link_mut().connection().rollback();
            self.end();
        }
    }
}

impl<E: SqlEngine> Drop for SqlUnit<'_, E> {
    fn drop(&mut self) {
        self.undo();
    }
}

impl<E: SqlEngine> Session for SqlUnit<'_, E> {
    fn about(&self) -> &About {
        self.engine.link().about()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.engine.link().render(statement)
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        self.engine.link_mut().query(sql, values, seen)
    }

    fn count(&mut self, table: &str, days: &Days) -> Result<u64> {
        count(self.engine.link_mut(), table, days)
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        SqlEngine::columns(self.engine, tables)
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        SqlEngine::indexes(self.engine, tables)
    }

    fn described(&mut self, tables: &[&str], _: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        SqlEngine::described(self.engine, tables)
    }

    fn table_names(&mut self) -> Result<Vec<String>> {
        SqlEngine::table_names(self.engine)
    }

    fn claims(&mut self) -> Option<&mut dyn Claims> {
        SqlEngine::claims(self.engine)
    }
}

impl<E: SqlEngine> Unit for SqlUnit<'_, E> {
    fn commit(mut self: Box<Self>) -> std::result::Result<(), Uncommitted> {
        let committed = self.engine.before_commit().and_then(|()| self.engine.link_mut().commit());
        if let Err(error) = committed {
            self.undo();
            return Err(Uncommitted { error, left: None });
        }
        self.end();
        Ok(())
    }

    fn rollback(mut self: Box<Self>) -> Option<String> {
        self.undo();
        None
    }

    fn observe(&mut self, observer: Box<dyn Observer>) {
        self.engine.link_mut().observe(observer);
    }

    fn make_database(&mut self) -> Result<()> {
        self.engine.make_database()
    }

    fn script(&mut self, sql: &str) -> Result<()> {
        self.engine.link_mut().script(Access::Write, sql)
    }

    fn run(&mut self, statement: &Statement) -> Result<u64> {
        run(self.engine.link_mut(), Access::Write, statement)
    }

    fn lock(&mut self, name: &str) -> Result<()> {
        self.engine.lock(name)
    }

    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        self.unstage(relation.name)?;
        let is_keyed = self.dialect().capabilities().look_ups == LookUps::CrossJoin;
        run(self.engine.link_mut(), Access::Stage, &relation.create(is_keyed).into())?;
        self.engine.load_staged(&relation.target(), rows)?;
        Ok(relation.name.to_owned())
    }

    fn stage_more(&mut self, relation: &Relation<'_>, _staged: &str, rows: &dyn Batch) -> Result<()> {
        self.engine.load_staged(&relation.target(), rows)
    }

    fn unstage(&mut self, name: &str) -> Result<()> {
        let drop = Table::drop().table(Alias::new(name)).if_exists().to_owned();
        run(self.engine.link_mut(), Access::Stage, &drop.into()).map(|_| ())
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.engine.remove(table, days)
    }

    /// A transaction publishes all tables at once.
    fn remove_all(&mut self, what: &[(&str, Days)], _published_last: &str) -> Result<Vec<u64>> {
        what.iter().map(|(table, days)| self.engine.remove(table, days)).collect()
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.engine.replace(table, days)
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        self.engine.load(target, rows)
    }

    fn fill(
        &mut self,
        table: &str,
        columns: &[&str],
        days: &Days,
        mut select: SelectStatement,
    ) -> Result<u64> {
        for (_, value) in days.values() {
            select.expr(Expr::val(*value));
        }
        let partition = days.values().iter().map(|(name, _)| name.as_str());
        let names = columns.iter().copied().chain(partition).map(|name| Alias::new(name).into_iden());
        let mut insert = Query::insert();
        insert.into_table(Alias::new(table)).columns(names);
        match insert.select_from(select) {
            Ok(insert) => self.run(&insert.to_owned().into()),
            Err(error) => Err(EngineError::Refused {
                database: self.url().to_owned(),
                reason: error.to_string(),
                statement: format!("INSERT INTO {table}"),
            }),
        }
    }

    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        self.engine.add(sums, rows)
    }

    fn add_up(&mut self, sums: &Sums<'_>) -> Result<()> {
        self.engine.add_up(sums)
    }

    fn settle(&mut self) -> Result<()> {
        self.engine.settle()
    }

    fn next_id(&mut self, table: &str) -> Result<i64> {
        let last = Func::max(Expr::col(Alias::new("id")));
        let rows = self.select(Query::select().expr(last).from(Alias::new(table)).to_owned())?;
        match rows.first().and_then(|row| row.first()) {
            Some(Value::BigInt(Some(last))) => Ok(last + 1),
            _ => Ok(1),
        }
    }

    fn append(&mut self, table: &str, rows: Vec<Vec<(&str, Expr)>>) -> Result<()> {
        let Some(first) = rows.first() else { return Ok(()) };
        let names: Vec<_> = first.iter().map(|(name, _)| Alias::new(*name).into_iden()).collect();
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let mut insert = Query::insert();
            insert.into_table(Alias::new(table)).columns(names.iter().cloned());
            for row in rows.by_ref().take(APPENDED) {
                insert.values_panic(row.into_iter().map(|(_, value)| value));
            }
            self.run(&insert.into())?;
        }
        Ok(())
    }

    fn change(&mut self, table: &str, values: Vec<(&str, Expr)>, which: Cond) -> Result<u64> {
        let values = values.into_iter().map(|(name, value)| (Alias::new(name), value));
        self.run(&Query::update().table(Alias::new(table)).values(values).cond_where(which).to_owned().into())
    }

    fn delete(&mut self, table: &str, which: Cond) -> Result<u64> {
        delete(self.engine.link_mut(), table, which)
    }
}

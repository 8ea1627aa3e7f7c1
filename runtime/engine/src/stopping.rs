//! A fail point before every call of an engine, so that a test can stop the program between any two calls. Compiled
//! only with the feature `failpoints`.

use flow_oa_core::Batch;
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use sea_query::{Cond, Expr, SelectStatement, Values};

use crate::{
    Claim, Days, Engine, EngineError, FoundColumn, FoundIndex, Recorded, Relation, Remark, Seen, Statement,
    StatementLog, Sums, Target, Transaction,
};
use flow_oa_core::failpoints::pass;

/// Wraps an engine with a fail point before each of its calls.
pub fn with_fail_points(engine: Box<dyn Engine>) -> Box<dyn Engine> {
    Box::new(Stopping { engine })
}

/// Passes a fail point before each call.
struct Stopping {
    engine: Box<dyn Engine>,
}

impl Stopping {
    /// The engine, unless the program is to stop here.
    fn on(&mut self) -> Result<&mut dyn Engine, EngineError> {
        pass("statement")?;
        Ok(&mut *self.engine)
    }
}

impl Engine for Stopping {
    fn dialect(&self) -> Dialect {
        self.engine.dialect()
    }

    fn place(&self) -> Place {
        self.engine.place()
    }

    fn url(&self) -> &str {
        self.engine.url()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.engine.render(statement)
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64, EngineError> {
        self.on()?.execute(sql, values)
    }

    fn for_each(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<(), EngineError> {
        self.on()?.for_each(sql, values, seen)
    }

    fn script(&mut self, sql: &str) -> Result<(), EngineError> {
        self.on()?.script(sql)
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        self.on()?.load(target, rows)
    }

    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<(), EngineError> {
        self.on()?.add(sums, rows)
    }

    fn add_up(&mut self, sums: &Sums<'_>) -> Result<(), EngineError> {
        self.on()?.add_up(sums)
    }

    fn stage(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String, EngineError> {
        self.on()?.stage(relation, rows)
    }

    fn unstage(&mut self, name: &str) -> Result<(), EngineError> {
        self.on()?.unstage(name)
    }

    fn fill(
        &mut self,
        table: &str,
        columns: &[&str],
        days: &Days,
        select: SelectStatement,
    ) -> Result<u64, EngineError> {
        self.on()?.fill(table, columns, days, select)
    }

    fn count(&mut self, table: &str, days: &Days) -> Result<u64, EngineError> {
        self.on()?.count(table, days)
    }

    fn next_id(&mut self, table: &str) -> Result<i64, EngineError> {
        self.on()?.next_id(table)
    }

    fn append(&mut self, table: &str, rows: Vec<Vec<(&str, Expr)>>) -> Result<(), EngineError> {
        self.on()?.append(table, rows)
    }

    fn change(&mut self, table: &str, values: Vec<(&str, Expr)>, which: Cond) -> Result<u64, EngineError> {
        self.on()?.change(table, values, which)
    }

    fn delete(&mut self, table: &str, which: Cond) -> Result<u64, EngineError> {
        self.on()?.delete(table, which)
    }

    fn remove_all(&mut self, what: &[(&str, Days)]) -> Result<Vec<u64>, EngineError> {
        self.on()?.remove_all(what)
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64, EngineError> {
        self.on()?.remove(table, days)
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<u64, EngineError> {
        self.on()?.replace(table, days)
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>, EngineError> {
        self.on()?.columns(tables)
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>, EngineError> {
        self.on()?.indexes(tables)
    }

    fn begin(&mut self, kind: Transaction<'_>) -> Result<(), EngineError> {
        self.on()?.begin(kind)
    }

    fn settle(&mut self) -> Result<(), EngineError> {
        self.on()?.settle()
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        self.on()?.commit()
    }

    fn rollback(&mut self) -> Option<String> {
        self.engine.rollback()
    }

    fn log(&mut self) -> &mut StatementLog {
        self.engine.log()
    }

    fn end_dry_run(&mut self) -> (Vec<Recorded>, Option<String>) {
        self.engine.end_dry_run()
    }

    fn make_database(&mut self) -> Result<(), EngineError> {
        self.on()?.make_database()
    }

    fn keep_earlier(&mut self, runs: usize) -> bool {
        self.engine.keep_earlier(runs)
    }

    fn take_remarks(&mut self) -> Vec<Remark> {
        self.engine.take_remarks()
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        self.engine.interrupter()
    }

    fn lock(&mut self, name: &str) -> Result<(), EngineError> {
        self.on()?.lock(name)
    }

    fn claim(&mut self, name: &str) -> Result<Claim, EngineError> {
        self.on()?.claim(name)
    }

    fn is_claimed(&mut self, name: &str) -> Result<Option<bool>, EngineError> {
        self.on()?.is_claimed(name)
    }

    fn release(&mut self, name: &str) {
        self.engine.release(name);
    }
}

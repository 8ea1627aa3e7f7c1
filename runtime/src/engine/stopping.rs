//! An engine that passes a fail point before every statement of another, so that a test can stop the program
//! between any two. Only there with the feature `failpoints`.

use flow_oa_core::Batch;
use sea_query::{Value, Values};

use super::{Engine, EngineError, FoundColumn, Statement, Target};
use crate::failpoints::pass;

/// Counts what goes to an engine.
pub(super) struct Stopping {
    pub(super) engine: Box<dyn Engine>,
}

const STATEMENT: &str = "statement";

impl Engine for Stopping {
    fn dialect(&self) -> &'static str {
        self.engine.dialect()
    }

    fn url(&self) -> &str {
        self.engine.url()
    }

    fn database(&self) -> Option<&str> {
        self.engine.database()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.engine.render(statement)
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64, EngineError> {
        pass(STATEMENT)?;
        self.engine.execute(sql, values)
    }

    fn for_each(
        &mut self,
        sql: &str,
        values: &Values,
        seen: &mut dyn FnMut(&[Value]),
    ) -> Result<(), EngineError> {
        pass(STATEMENT)?;
        self.engine.for_each(sql, values, seen)
    }

    fn script(&mut self, sql: &str) -> Result<(), EngineError> {
        pass(STATEMENT)?;
        self.engine.script(sql)
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        pass(STATEMENT)?;
        self.engine.load(target, rows)
    }

    fn columns(&mut self, table: &str) -> Result<Vec<FoundColumn>, EngineError> {
        pass(STATEMENT)?;
        self.engine.columns(table)
    }

    fn last_row(&mut self, table: &str) -> Result<Option<i64>, EngineError> {
        pass(STATEMENT)?;
        self.engine.last_row(table)
    }

    fn begin(&mut self) -> Result<(), EngineError> {
        pass(STATEMENT)?;
        self.engine.begin()
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        pass(STATEMENT)?;
        self.engine.commit()
    }

    fn rollback(&mut self) {
        self.engine.rollback();
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        self.engine.interrupter()
    }
}

//! A layer around an engine: sees every call that goes to the database before the engine does, and may keep it.
//! What a layer is for stands in the module that makes it.

use flow_oa_core::Batch;
use sea_query::{Value, Values};

use super::{Claim, Days, Engine, EngineError, FoundColumn, Statement, Target, Transaction};

/// A call to a database.
pub(crate) enum Call<'a> {
    /// A statement, or a query.
    Statement { sql: &'a str, values: &'a Values },
    /// Rows to load.
    Load { target: &'a Target<'a>, rows: &'a dyn Batch },
    /// Days to take out of a table.
    Remove { table: &'a str, days: &'a Days },
    /// The beginning of a transaction.
    Begin,
    /// Its end.
    Commit,
    /// Its end, without effect.
    Rollback,
    /// A question that is no part of the work: the columns of a table, a lock, a claim.
    Other,
}

/// Whether a call goes on to the engine.
pub(crate) enum Goes {
    On,
    NoFurther,
}

/// What a layer does, and the engine that it is around.
pub(crate) trait Watch {
    /// The engine.
    fn engine(&self) -> &dyn Engine;

    /// The engine, to pass a call on to.
    fn engine_mut(&mut self) -> &mut dyn Engine;

    /// Sees a call.
    fn before(&mut self, call: &Call<'_>) -> Result<Goes, EngineError>;
}

/// An engine behind a layer.
pub(crate) struct Layer<W>(pub(crate) W);

impl<W: Watch> Layer<W> {
    /// Lets `call` pass, and does `work` where it goes on; else gives `kept`.
    fn pass<T>(
        &mut self,
        call: &Call<'_>,
        kept: T,
        work: impl FnOnce(&mut dyn Engine) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match self.0.before(call)? {
            Goes::On => work(self.0.engine_mut()),
            Goes::NoFurther => Ok(kept),
        }
    }
}

impl<W: Watch> Engine for Layer<W> {
    fn dialect(&self) -> &'static str {
        self.0.engine().dialect()
    }

    fn url(&self) -> &str {
        self.0.engine().url()
    }

    fn database(&self) -> Option<&str> {
        self.0.engine().database()
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        self.0.engine().render(statement)
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64, EngineError> {
        self.pass(&Call::Statement { sql, values }, 0, |it| it.execute(sql, values))
    }

    fn for_each(
        &mut self,
        sql: &str,
        values: &Values,
        seen: &mut dyn FnMut(&[Value]),
    ) -> Result<(), EngineError> {
        self.pass(&Call::Statement { sql, values }, (), |it| it.for_each(sql, values, seen))
    }

    fn script(&mut self, sql: &str) -> Result<(), EngineError> {
        self.pass(&Call::Statement { sql, values: &Values(Vec::new()) }, (), |it| it.script(sql))
    }

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        self.pass(&Call::Load { target, rows }, 0, |it| it.load(target, rows))
    }

    fn add(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64, EngineError> {
        self.pass(&Call::Load { target, rows }, 0, |it| it.add(target, rows))
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64, EngineError> {
        self.pass(&Call::Remove { table, days }, 0, |it| it.remove(table, days))
    }

    fn columns(&mut self, table: &str) -> Result<Vec<FoundColumn>, EngineError> {
        self.pass(&Call::Other, Vec::new(), |it| it.columns(table))
    }

    fn begin(&mut self, kind: Transaction<'_>) -> Result<(), EngineError> {
        self.pass(&Call::Begin, (), |it| it.begin(kind))
    }

    fn commit(&mut self) -> Result<(), EngineError> {
        self.pass(&Call::Commit, (), |it| it.commit())
    }

    fn rollback(&mut self) {
        // A layer that stops what comes before a rollback leaves it to the end of the connection.
        let _ = self.pass(&Call::Rollback, (), |it| {
            it.rollback();
            Ok(())
        });
    }

    fn settle(&mut self, table: &str) -> Result<(), EngineError> {
        self.pass(&Call::Other, (), |it| it.settle(table))
    }

    fn make_database(&mut self) -> Result<(), EngineError> {
        self.pass(&Call::Other, (), |it| it.make_database())
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        self.0.engine().interrupter()
    }

    fn lock(&mut self, name: &str) -> Result<(), EngineError> {
        self.pass(&Call::Other, (), |it| it.lock(name))
    }

    fn claim(&mut self, name: &str) -> Result<Claim, EngineError> {
        self.pass(&Call::Other, Claim::Unkept, |it| it.claim(name))
    }

    fn is_claimed(&mut self, name: &str) -> Result<Option<bool>, EngineError> {
        self.pass(&Call::Other, None, |it| it.is_claimed(name))
    }

    fn release(&mut self, name: &str) {
        self.0.engine_mut().release(name);
    }
}

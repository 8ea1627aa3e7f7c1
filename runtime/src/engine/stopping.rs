//! A fail point before every call of an engine, so that a test can stop the program between any two. Only there
//! with the feature `failpoints`.

use super::layer::{Call, Goes, Watch};
use super::{Engine, EngineError};
use crate::failpoints::pass;

/// Counts what goes to an engine.
pub(super) struct Stopping {
    pub(super) engine: Box<dyn Engine>,
}

impl Watch for Stopping {
    fn engine(&self) -> &dyn Engine {
        &*self.engine
    }

    fn engine_mut(&mut self) -> &mut dyn Engine {
        &mut *self.engine
    }

    fn before(&mut self, call: &Call<'_>) -> Result<Goes, EngineError> {
        if !matches!(call, Call::Rollback) {
            pass("statement")?;
        }
        Ok(Goes::On)
    }
}

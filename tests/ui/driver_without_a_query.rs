//! A driver must do everything: no method of a connection has a default.

use flow_oa_engine::{About, Connection, Result};
use sea_query::Values;

struct Half;

impl Connection for Half {
    fn about(&self) -> &About {
        panic!()
    }

    fn execute(&mut self, _: &str, _: &Values) -> Result<u64> {
        Ok(0)
    }
}

fn main() {}

//! An engine must implement everything that has no default.

use flow_oa_engine::Engine;
use flow_oa_schema::Dialect;

struct Half;

impl Engine for Half {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn url(&self) -> &str {
        "half:"
    }
}

fn main() {}

//! An engine must say how it does everything that has no default.

use flow_oa_core::Engine;

struct Half;

impl Engine for Half {
    fn dialect(&self) -> &'static str {
        "half"
    }

    fn url(&self) -> &str {
        "half:"
    }
}

fn main() {}

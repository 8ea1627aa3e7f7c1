//! A context source must answer.

use flow_oa_core::ContextSource;

struct Silent;

impl ContextSource for Silent {
    fn name(&self) -> &'static str {
        "silent"
    }

    fn origin(&self) -> String {
        String::new()
    }
}

fn main() {}

//! What the program makes of a raw file are rows of the raw table only.

#[path = "../goldens/generated/logins/mod.rs"]
mod logins;

use flow_oa_core::pipeline::IngestedAs;
use logins::login::tables::login_score::LoginScore;

static WRONG: IngestedAs<LoginScore> = IngestedAs { inputs: &[], read: logins::login::ingested };

fn main() {}

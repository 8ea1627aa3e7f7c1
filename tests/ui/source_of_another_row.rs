//! A raw format reads rows of its own raw table only.

#[path = "../goldens/generated/logins/mod.rs"]
mod logins;

use flow_oa_core::pipeline::SourceOf;
use logins::login::tables::login_score::LoginScore;

static WRONG: SourceOf<LoginScore> = SourceOf { header: &[], read: logins::login::sources::audit };

fn main() {}

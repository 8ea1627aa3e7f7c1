//! A generated row takes values of its columns' types only.

#[path = "../goldens/generated/logins/mod.rs"]
mod logins;

use logins::login::tables::login_minute::LoginMinute;

fn main() {
    let _ = LoginMinute { minute: "2024-02-29 23:59".into(), logins: "many", year: 2024, month: 2, day: 29 };
}

// Every generated golden, to be compiled.
#[path = "hostile/mod.rs"]
pub mod hostile;
#[path = "logins/mod.rs"]
pub mod logins;

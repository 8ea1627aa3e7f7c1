// Every generated golden, to be compiled.
pub mod hostile {
    include!("hostile/mod.rs");
}
pub mod logins {
    include!("logins/mod.rs");
}

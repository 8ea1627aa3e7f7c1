//! A role for one test, which connects with its password.

use crate::psql::{Place, encoded, psql, unique};

/// Contains characters that are special in a URL, a password file, or SQL.
pub(super) const PASSWORD: &str = "pa:ss\\w'ö@rd/?#%";

pub(super) struct Role {
    server: String,
    pub(super) name: String,
}

impl Role {
    /// A role without rights; `more` are options of `CREATE ROLE`.
    pub(super) fn new(place: &Place, more: &str) -> Self {
        let role = Self { server: place.server.clone(), name: unique("role") };
        let password = PASSWORD.replace('\'', "''");
        psql(&role.server, &[&format!("CREATE ROLE {} LOGIN PASSWORD '{password}' {more}", role.name)]);
        role
    }

    /// The URL of the server for this role, with its password.
    pub(super) fn server(&self) -> String {
        self.server_with(&format!(":{}", encoded(PASSWORD)))
    }

    /// The same URL without a password.
    pub(super) fn server_without_password(&self) -> String {
        self.server_with("")
    }

    /// The URL with `password` after the name of the role; it may be empty.
    pub(super) fn server_with(&self, password: &str) -> String {
        let (scheme, rest) = self.server.split_once("://").unwrap();
        let host = rest.split_once('@').map_or(rest, |(_, host)| host);
        format!("{scheme}://{}{password}@{host}", self.name)
    }

    /// Whether the server asks the role for a password. Some servers trust every role.
    pub(super) fn is_asked(&self) -> bool {
        let mut command = std::process::Command::new("psql");
        command.args(["-X", "-w", "-q", "-c", "SELECT 1", "-d", &self.server_without_password()]);
        !command.env_remove("PGPASSWORD").output().unwrap().status.success()
    }

    pub(super) fn sql(&self, sql: &str) {
        psql(&self.server, &[&sql.replace("ROLE_NAME", &self.name)]);
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        let gone = [format!("DROP OWNED BY {} CASCADE", self.name), format!("DROP ROLE {}", self.name)];
        let mut command = std::process::Command::new("psql");
        command.args(["-X", "-q", "-d", &self.server]);
        // If the test fails, its own message matters.
        let _ = command.args(["-c", &gone[0], "-c", &gone[1]]).output();
    }
}

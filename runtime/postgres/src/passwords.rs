//! The password file of libpq: one line for each server, `host:port:database:user:password`, where `*` matches anything
//! and a backslash escapes a `:` or a backslash. A file that other users can read is refused.

use std::path::{Path, PathBuf};

use postgres::Config;
use postgres::config::Host;

use flow_oa_files::regular;
use flow_oa_schema::printable;

/// Returns the value of an environment variable.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Looks up the password for a configuration. The client crate supports only one password for all hosts.
///
/// # Errors
/// If the file exists and cannot be read, if other users can read it, or if it has different passwords for the hosts of
/// the configuration.
pub(super) fn look_up(
    config: &Config,
    environment: Environment<'_>,
    home: Option<&Path>,
) -> Result<Option<String>, String> {
    let named = environment("PGPASSFILE").filter(|path| !path.is_empty()).map(PathBuf::from);
    let Some(path) = named.or_else(|| home.map(|home| home.join(".pgpass"))) else { return Ok(None) };
    let text = match regular::read_text(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("reading passwords from {}: {error}", printable::path(&path))),
    };
    let wanted = wanted(config);
    let mut found = wanted.iter().filter_map(|host| Some((host, find(&text, host)?)));
    let Some((first, password)) = found.next() else { return Ok(None) };
    refuse_readable(&path)?;
    if let Some((other, _)) = found.find(|(_, another)| *another != password) {
        return Err(format!(
            "reading passwords from {}: it has another password for {}:{} than for {}:{}, and one is used for all hosts of \
             a URL; name one of the hosts, or give the password by PGPASSWORD",
            printable::path(&path),
            other[0],
            other[1],
            first[0],
            first[1]
        ));
    }
    Ok(Some(password))
}

#[cfg(unix)]
fn refuse_readable(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let fault = |error| format!("reading passwords from {}: {error}", printable::path(path));
    let mode = std::fs::metadata(path).map_err(fault)?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!(
        "reading passwords from {path}: others can read the file; `chmod 600 {path}` fixes that",
        path = printable::path(path)
    ))
}

#[cfg(not(unix))]
fn refuse_readable(_: &Path) -> Result<(), String> {
    Ok(())
}

/// Host, port, database and user as the file writes them, for each host. A socket is `localhost` there.
fn wanted(config: &Config) -> Vec<[String; 4]> {
    let user = config.get_user().map_or_else(super::system_user, str::to_owned);
    let database = config.get_dbname().map_or_else(|| user.clone(), str::to_owned);
    let ports = config.get_ports();
    let wanted = |(at, host): (usize, &Host)| {
        let host = match host {
            Host::Tcp(name) => name.clone(),
            Host::Unix(_) => "localhost".to_owned(),
        };
        let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        [host, port.to_string(), database.clone(), user.clone()]
    };
    match config.get_hosts() {
        [] => vec![wanted((0, &Host::Tcp("localhost".to_owned())))],
        hosts => hosts.iter().enumerate().map(wanted).collect(),
    }
}

/// The password of the first matching line.
fn find(text: &str, wanted: &[String; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let [host, port, database, user, password] = fields(line)?;
        let fits = [host, port, database, user]
            .iter()
            .zip(wanted)
            .all(|(field, wanted)| field == "*" || field == wanted);
        fits.then_some(password)
    })
}

fn fields(line: &str) -> Option<[String; 5]> {
    let mut fields: [String; 5] = Default::default();
    let (mut at, mut letters) = (0, line.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => fields[at].push(letters.next()?),
            ':' if at < 4 => at += 1,
            _ => fields[at].push(letter),
        }
    }
    (at == 4).then_some(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_gives_the_password() {
        let wanted = ["h".to_owned(), "5432".to_owned(), "d".to_owned(), "u".to_owned()];
        let find = |text: &str| find(text, &wanted);
        assert_eq!(find("# none\nx:5432:d:u:no\nh:*:d:u:yes\n*:*:*:*:late").as_deref(), Some("yes"));
        assert_eq!(find(r"h:5432:d:u:a\:b\\c:d").as_deref(), Some(r"a:b\c:d"));
        assert_eq!(find("h:5432:d\nh:5432:d:other:no"), None);
    }

    #[cfg(unix)]
    #[test]
    fn each_host_of_a_url_is_looked_up_and_all_have_one_password() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".pgpass");
        let look = |text: &str| {
            use std::os::unix::fs::PermissionsExt;
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
            let config: Config = "postgres://u@one:1,two:2/d".parse().unwrap();
            look_up(&config, &|_| None, Some(folder.path()))
        };
        assert_eq!(look("two:2:d:u:secret").unwrap().as_deref(), Some("secret"));
        assert_eq!(look("one:1:d:u:secret\ntwo:*:d:u:secret").unwrap().as_deref(), Some("secret"));
        assert_eq!(look("one:2:d:u:secret").unwrap(), None);
        let refused = look("one:1:d:u:secret\ntwo:2:d:u:hidden").unwrap_err();
        assert!(refused.contains("two:2") && refused.contains("one:1"), "{refused}");
        assert!(!refused.contains("secret") && !refused.contains("hidden"), "{refused}");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "*:*:*:*:secret\n").unwrap();
        let path = file.path().display().to_string();
        let environment = |name: &str| (name == "PGPASSFILE").then(|| path.clone());
        let look = || look_up(&Config::new(), &environment, None);
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(look().unwrap_err().contains("chmod 600"));
        std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(look().unwrap().as_deref(), Some("secret"));
    }
}

//! Database URLs: the parts that are the same for every engine that has a URL.

use flow_oa_core::decoded;
use secrecy::SecretString;

/// The parts of `SCHEME://USER:PASSWORD@HOST:PORT/PATH?NAME=VALUE&…`, decoded. There is no `Debug`: the value of a
/// parameter may be secret.
#[expect(missing_docs, reason = "the fields are named as in the URL")]
pub struct Parts {
    pub user: Option<String>,
    pub password: Option<SecretString>,
    pub host: String,
    pub port: Option<u16>,
    /// Without the leading slash.
    pub path: String,
    /// In the order of the URL.
    pub parameters: Vec<(String, String)>,
}

impl Parts {
    /// # Errors
    /// A description of the part that cannot be parsed.
    pub fn read(url: &str) -> Result<Self, String> {
        let (_, rest) = url.split_once("://").ok_or("it is SCHEME://HOST:PORT/NAME")?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, place) =
            authority.rsplit_once('@').map_or((None, authority), |(login, place)| (Some(login), place));
        let (user, password) =
            match login.map(|login| login.split_once(':').map_or((login, None), |(a, b)| (a, Some(b)))) {
                Some((user, password)) => (Some(text(user, "the user")?), password),
                None => (None, None),
            };
        let password = password.map(|password| text(password, "the password")).transpose()?;
        let password = password.map(SecretString::from);
        let (host, port) = host_and_port(place)?;
        let parameters =
            query.split('&').filter(|part| !part.is_empty()).map(parameter).collect::<Result<_, _>>()?;
        let user = user.filter(|user| !user.is_empty());
        Ok(Self { user, password, host, port, path: text(path, "the path")?, parameters })
    }
}

fn text(encoded: &str, what: &str) -> Result<String, String> {
    decoded(encoded).ok_or_else(|| format!("{what} is not well encoded"))
}

/// A name, an IPv4 address, or an IPv6 address in brackets, optionally followed by a colon and the port.
fn host_and_port(place: &str) -> Result<(String, Option<u16>), String> {
    let (host, port) = match place.strip_prefix('[').and_then(|place| place.split_once(']')) {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => place.rsplit_once(':').map_or((place, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err("it names no host".to_owned());
    }
    let number = |text: &str| {
        // If a password is not encoded, the part before its first slash is parsed as a port.
        text.parse().map_err(|_| {
            "expected the number of a port behind the host; in a password, `/`, `?` and `@` are written %2F, %3F and %40"
                .to_owned()
        })
    };
    Ok((text(host, "the host")?, port.map(number).transpose()?))
}

fn parameter(pair: &str) -> Result<(String, String), String> {
    let (name, value) = pair.split_once('=').ok_or_else(|| without_value(pair))?;
    Ok((text(name, "a parameter's name")?, text(value, &format!("the value of {name}"))?))
}

/// The message for a parameter without a value. The text may be the value of a parameter without a name, and thus a
/// secret.
pub fn without_value(parameter: &str) -> String {
    let is_name =
        parameter.len() <= 32 && parameter.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match is_name && !flow_oa_core::is_secret(parameter) {
        true => format!("the parameter `{parameter}` has no value"),
        false => "a parameter has no value: expected NAME=VALUE between the `&`".to_owned(),
    }
}

/// The URL without its password, also if the password is a parameter. The result can be used to connect only together
/// with the password.
pub fn without_secrets(url: &str) -> String {
    if !url.contains("://") {
        return url.to_owned();
    }
    let hidden = without_password(url).replacen(":***@", "@", 1);
    let Some((place, query)) = hidden.split_once('?') else { return hidden };
    let open: Vec<&str> = query.split('&').filter(|part| !part.ends_with("=***")).collect();
    if open.is_empty() { place.to_owned() } else { format!("{place}?{}", open.join("&")) }
}

/// The URL with `***` in place of its password, also if the password is a parameter.
pub fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    // A password may contain characters that should have been encoded. Even then no part of it may be shown.
    let (login, rest) = rest.rsplit_once('@').map_or((None, rest), |(login, rest)| (Some(login), rest));
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (host, after) = rest.split_at(end);
    let authority = match login.map(|login| login.split_once(':')) {
        Some(Some((user, _))) => format!("{user}:***@{host}"),
        Some(None) => format!("{}@{host}", login.unwrap_or_default()),
        None => host.to_owned(),
    };
    let shown = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let after = match after.split_once('?') {
        Some((path, query)) => {
            format!("{path}?{}", query.split('&').map(shown).collect::<Vec<_>>().join("&"))
        }
        None => after.to_owned(),
    };
    format!("{scheme}://{authority}{after}")
}

/// Whether a parameter may hold a secret. The login method and the path of a key file are not secrets.
fn is_secret(name: &str) -> bool {
    !matches!(name, "auth" | "sslkey" | "passfile") && flow_oa_core::is_secret(name)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn every_part_is_read() {
        let parts = Parts::read("impala://ann:p%40ss@h:21/db?auth=ldap&MEM_LIMIT=2g").unwrap();
        let password = parts.password.as_ref().map(SecretString::expose_secret);
        assert_eq!((parts.user.as_deref(), password), (Some("ann"), Some("p@ss")));
        assert_eq!((parts.host.as_str(), parts.port, parts.path.as_str()), ("h", Some(21), "db"));
        assert_eq!(parts.parameters[1], ("MEM_LIMIT".to_owned(), "2g".to_owned()));
        let bare = Parts::read("hive2://[::1]").unwrap();
        assert_eq!((bare.host.as_str(), bare.port, bare.path.as_str()), ("::1", None, ""));
        for (url, why) in [
            ("impala:x", "SCHEME://"),
            ("impala:///db", "no host"),
            ("impala://h:x/db", "port"),
            ("impala://h/db?x", "no value"),
            ("impala://h/%zz", "encoded"),
        ] {
            assert!(Parts::read(url).err().unwrap().contains(why), "{url}");
        }
    }

    #[test]
    fn a_url_without_its_password_is_one_to_connect_with() {
        for (url, open) in [
            ("sqlite:data/flow_oa.db", "sqlite:data/flow_oa.db"),
            ("postgres://u:secret@h:1/d?schema=s", "postgres://u@h:1/d?schema=s"),
            ("postgres://u@h/d?password=secret&sslmode=require", "postgres://u@h/d?sslmode=require"),
            ("postgres://h/d?sslpassword=secret", "postgres://h/d"),
            ("impala://u:se%40cret@h/d?auth=ldap", "impala://u@h/d?auth=ldap"),
        ] {
            assert_eq!(without_secrets(url), open);
        }
    }

    #[test]
    fn no_password_is_shown() {
        for url in [
            "postgres://u:secret@h/d",
            "postgresql://u:sec/ret@h:1/d?x=y",
            "postgres://h/d?user=u&password=secret",
            "postgres://u:se@cret@h/d",
            "postgres://u:secret?@h/d",
            "postgres://h/d?PASSWORD=secret",
            "postgres://h/d?p%61ssword=secret",
            "impala://h/d?ldap_password=secret&auth=ldap",
            "hive2://h/d?hive.server2.custom.token=secret",
        ] {
            let shown = without_password(url);
            assert!(!shown.contains("sec") && !shown.contains("cret"), "{shown}");
        }
        assert_eq!(without_password("postgres://u@h:1/d?schema=s"), "postgres://u@h:1/d?schema=s");
        for url in ["impala://u:sec/ret@h/d", "impala://h/d?secret", "impala://h/d?x=y&PASSWORD"] {
            let said = Parts::read(url).err().unwrap();
            assert!(!said.contains("sec") && !said.contains("PASSWORD"), "{said}");
        }
    }
}

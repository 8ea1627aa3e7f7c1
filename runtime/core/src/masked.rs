//! Hides secrets of URLs in text of any origin, such as messages of libraries that quote their input.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Words in the names of parameters whose values are hidden: signatures, tokens, passwords.
const SECRETS: [&str; 12] = [
    "sig",
    "token",
    "key",
    "secret",
    "pass",
    "pwd",
    "auth",
    "credential",
    "delegation",
    "cookie",
    "jwt",
    "bearer",
];

/// Whether a parameter of that name, percent-encoded or not, may hold a secret.
pub fn is_secret(parameter: &str) -> bool {
    let lower = decoded(parameter).unwrap_or_else(|| parameter.to_owned()).to_ascii_lowercase();
    SECRETS.iter().any(|word| lower.contains(word))
}

/// Hides the secrets of all URLs in a text, such as a message of another program. Nothing else changes, and a second
/// call changes nothing.
pub fn masked(text: &str) -> String {
    masked_to(text, NESTED)
}

/// The depth to which URLs within URLs are searched, such as a URL in a parameter.
const NESTED: usize = 4;

fn masked_to(text: &str, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, url) = rest.split_at(at + "://".len());
        out.push_str(before);
        let ends =
            |letter: char| letter.is_whitespace() || matches!(letter, '"' | '\'' | '`' | '<' | '>' | '|');
        let (url, behind) = url.split_at(url.find(ends).unwrap_or(url.len()));
        out.push_str(&masked_url(url, depth));
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// Hides the secrets in the part of a URL after `://`.
fn masked_url(url: &str, depth: usize) -> String {
    let end = url.find(['/', '?', '#']).unwrap_or(url.len());
    let is_port = |text: &str| !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
    let is_password =
        |text: &str| !text.starts_with('[') && text.rsplit_once(':').is_some_and(|(_, port)| !is_port(port));
    let at = match url[..end].rfind('@') {
        Some(at) if url[..at].ends_with(MASKED) || !url[..at].contains(':') => Some(at),
        // A password may contain characters that should have been encoded: it ends at the last `@`.
        Some(_) => url.rfind('@'),
        None if is_password(&url[..end]) => url.rfind('@'),
        None => None,
    };
    let (authority, target) = match at {
        Some(at) => (format!("{}@", login(&url[..at])), &url[at + 1..]),
        None => (String::new(), url),
    };
    let target = if depth == 0 { target.to_owned() } else { masked_to(target, depth - 1) };
    let Some((place, query)) = target.split_once('?') else { return authority + &target };
    let pair = |pair: &str| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=***"),
        _ => pair.to_owned(),
    };
    let query: Vec<String> = query.split('&').map(pair).collect();
    format!("{authority}{place}?{}", query.join("&"))
}

/// The user, with stars in place of the password.
fn login(text: &str) -> String {
    match text.split_once(':') {
        Some((user, _)) => format!("{user}{MASKED}"),
        None => text.to_owned(),
    }
}

/// The replacement for a password, with the colon before it.
const MASKED: &str = ":***";

/// Decodes the percent-encoding of a part of a URL (RFC 3986, 2.1). `None` if a `%` is not followed by two hexadecimal
/// digits, or if the bytes are not UTF-8.
pub fn decoded(text: &str) -> Option<String> {
    let is_escape = |rest: &str| {
        rest.as_bytes().get(..2).is_some_and(|as_byte| as_byte.iter().all(u8::is_ascii_hexdigit))
    };
    if !text.split('%').skip(1).all(is_escape) {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_of_urls_are_masked_in_any_text_and_the_rest_stays() {
        for (text, shown) in [
            ("no URL: a@b?key=x", "no URL: a@b?key=x"),
            (
                "bad uri: http://me:s3cret@a/b?x=1&t%6fken=s3cret, found",
                "bad uri: http://me:***@a/b?x=1&t%6fken=***",
            ),
            (
                "`postgres://u:ge/h@eim@h/d` and \"s3://b/a?sig=s3cret\".",
                "`postgres://u:***@h/d` and \"s3://b/a?sig=***\".",
            ),
            (
                "https://h:8443/@a/{address} http://[::1]:80/a@b",
                "https://h:8443/@a/{address} http://[::1]:80/a@b",
            ),
            ("http://me:***@a/?key=***", "http://me:***@a/?key=***"),
            ("http://h/a?to=http://me:s3cret@b/&x=1", "http://h/a?to=http://me:***@b/&x=1"),
        ] {
            let found = masked(text);
            assert!(found.starts_with(shown), "{found}");
            assert_eq!(masked(&found), found);
        }
    }

    proptest! {
        #[test]
        fn a_masked_text_stays_as_it_is(text in "[ -~é]{0,40}") {
            let once = masked(&text);
            prop_assert_eq!(masked(&once), once);
        }

        #[test]
        fn no_password_is_left_in_a_text(
            before in "[ -~]{0,8}",
            password in "[A-Z/?#@:]{4,12}",
            after in "( [ -~]{0,8})?",
        ) {
            let text = format!("{before} http://me:{password}@host/x{after}");
            let shown = masked(&text);
            let secrets = password.split(['/', '?', '#', '@', ':']).filter(|part| part.len() > 1);
            for part in secrets {
                prop_assert!(before.contains(part) || after.contains(part) || !shown.contains(part), "{}", shown);
            }
        }
    }
}

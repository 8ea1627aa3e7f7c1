//! The addresses, host names and URLs of a STIX pattern (STIX 2.1, 9): those that match the pattern on their own.
//!
//! Alternatives (`OR`) of comparisons with addresses, networks and names are read. A pattern that combines one with
//! another condition (`AND`, `FOLLOWEDBY`), or that excludes one (`NOT`, `!=`), tells nothing about it alone.

use super::entry::Kind;

/// A token of a pattern.
#[derive(Debug, PartialEq)]
enum Word {
    /// A name, an operator or a number.
    Bare(String),
    /// A quoted text.
    Text(String),
    /// A bracket, a comma or an operator sign.
    Sign(char),
}

/// The object properties that hold addresses or names.
const PROPERTIES: [(&str, Kind); 6] = [
    ("ipv4-addr:value", Kind::Ranges),
    ("ipv6-addr:value", Kind::Ranges),
    ("network-traffic:src_ref.value", Kind::Ranges),
    ("network-traffic:dst_ref.value", Kind::Ranges),
    ("domain-name:value", Kind::Names),
    ("url:value", Kind::Names),
];

/// The entries of a pattern, as they are written; empty if the pattern is about something else.
///
/// # Errors
/// If a quoted text is not closed.
pub(super) fn entries(pattern: &str) -> Result<Vec<(Kind, String)>, String> {
    let words = without_types(words(pattern)?);
    let joins = ["AND", "FOLLOWEDBY", "NOT", "WITHIN", "REPEATS", "START", "STOP"];
    let is_joined = |word: &Word| match word {
        Word::Bare(word) => joins.contains(&word.as_str()),
        Word::Sign(sign) => matches!(sign, '!' | '<' | '>'),
        Word::Text(_) => false,
    };
    if words.iter().any(is_joined) {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    let mut kind = None;
    for word in words {
        match word {
            Word::Bare(word) if word.contains(':') => {
                kind = PROPERTIES.iter().find(|(property, _)| *property == word).map(|(_, kind)| *kind);
            }
            Word::Bare(word) if ["LIKE", "MATCHES", "ISSUPERSET"].contains(&word.as_str()) => kind = None,
            Word::Text(text) => found.extend(kind.map(|kind| (kind, text))),
            Word::Bare(_) | Word::Sign(_) => {}
        }
    }
    Ok(found)
}

/// Removes comparisons that say only that the end of a connection is an address, as MISP writes them:
/// `network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1'`.
fn without_types(words: Vec<Word>) -> Vec<Word> {
    let says_only_the_type = |words: &[Word]| {
        matches!(words, [Word::Bare(property), Word::Sign('='), Word::Text(kind), Word::Bare(and), Word::Bare(next), ..]
        if and == "AND"
            && matches!(kind.as_str(), "ipv4-addr" | "ipv6-addr")
            && property.strip_suffix("_ref.type").is_some_and(|end| {
                end.starts_with("network-traffic:") && next.strip_prefix(end) == Some("_ref.value")
            }))
    };
    let mut kept = Vec::with_capacity(words.len());
    let mut skipped = 0;
    let starts: Vec<bool> = (0..words.len()).map(|at| says_only_the_type(&words[at..])).collect();
    for (word, starts) in words.into_iter().zip(starts) {
        if starts {
            skipped = 4;
        }
        if skipped > 0 {
            skipped -= 1;
        } else {
            kept.push(word);
        }
    }
    kept
}

fn words(pattern: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => words.push(Word::Text(quoted(&mut letters)?)),
            '[' | ']' | '(' | ')' | ',' | '=' | '!' | '<' | '>' => words.push(Word::Sign(letter)),
            it if it.is_whitespace() => {}
            it => {
                let mut word = String::from(it);
                while let Some(next) =
                    letters.next_if(|letter| !letter.is_whitespace() && !"[](),=!<>'".contains(*letter))
                {
                    word.push(next);
                }
                words.push(Word::Bare(word));
            }
        }
    }
    Ok(words)
}

/// A text up to its closing quote; a backslash escapes the next character.
fn quoted(letters: &mut impl Iterator<Item = char>) -> Result<String, String> {
    let mut text = String::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' => return Ok(text),
            '\\' => text.extend(letters.next()),
            other => text.push(other),
        }
    }
    Err(format!("the quote before `{text}` never closes: correct the pattern"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_that_are_enough_alone_are_found_and_no_others() {
        for (pattern, expected) in [
            ("[ipv4-addr:value = '192.0.2.1']", &["192.0.2.1"][..]),
            (
                "[ipv4-addr:value='192.0.2.0/24' OR ipv6-addr:value ISSUBSET '2001:db8::/32']",
                &["192.0.2.0/24", "2001:db8::/32"],
            ),
            (
                "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')] OR [domain-name:value = 'a.example']",
                &["192.0.2.1", "192.0.2.2", "a.example"],
            ),
            ("[network-traffic:dst_ref.value = '192.0.2.1']", &["192.0.2.1"]),
            (
                "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1'] OR \
                 [network-traffic:src_ref.type = 'ipv6-addr' AND network-traffic:src_ref.value = '2001:db8::1']",
                &["192.0.2.1", "2001:db8::1"],
            ),
            (
                "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:src_ref.value = '192.0.2.1']",
                &[],
            ),
            (
                "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '192.0.2.1' AND \
                 network-traffic:dst_port = 25]",
                &[],
            ),
            ("[url:value = 'http://192.0.2.1/AND']", &["http://192.0.2.1/AND"]),
            ("[url:value LIKE 'http://192.0.2.1/%']", &[]),
            (
                "[domain-name:value = 'a.example' AND domain-name:resolves_to_refs[*].value = '192.0.2.1']",
                &[],
            ),
            ("[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port = 25]", &[]),
            ("[ipv4-addr:value != '192.0.2.1']", &[]),
            ("[ipv4-addr:value LIKE '192.0.2.%']", &[]),
            ("[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [file:size = 1]", &[]),
        ] {
            let found: Vec<String> = entries(pattern).unwrap().into_iter().map(|(_, text)| text).collect();
            assert_eq!(found, expected, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_more_than_refused(pattern in "[\\[\\]a-z:'=, \\\\OR0-9.]{0,40}") {
            let _ = entries(&pattern);
        }
    }
}

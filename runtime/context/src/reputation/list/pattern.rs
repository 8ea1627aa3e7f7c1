//! The addresses of a STIX pattern (STIX 2.1, 9): those that match the pattern on their own.
//!
//! Alternatives (`OR`) of comparisons with addresses and networks are read. A pattern that combines an address with
//! another condition (`AND`, `FOLLOWEDBY`), or that excludes an address (`NOT`, `!=`), tells nothing about the address
//! alone.

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

/// The object properties that hold addresses.
const ADDRESSES: [&str; 4] =
    ["ipv4-addr:value", "ipv6-addr:value", "network-traffic:src_ref.value", "network-traffic:dst_ref.value"];

/// The addresses and networks of a pattern, as they are written; empty if the pattern is about something else.
///
/// # Errors
/// If a quoted text is not closed.
pub(super) fn addresses(pattern: &str) -> Result<Vec<String>, String> {
    let words = words(pattern)?;
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
    let mut is_address = false;
    for word in words {
        match word {
            Word::Bare(word) if word.contains(':') => is_address = ADDRESSES.contains(&word.as_str()),
            Word::Bare(word) if ["LIKE", "MATCHES", "ISSUPERSET"].contains(&word.as_str()) => {
                is_address = false
            }
            Word::Text(text) if is_address => found.push(text),
            _ => {}
        }
    }
    Ok(found)
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
    fn addresses_that_are_enough_alone_are_found_and_no_others() {
        for (pattern, expected) in [
            ("[ipv4-addr:value = '192.0.2.1']", &["192.0.2.1"][..]),
            (
                "[ipv4-addr:value='192.0.2.0/24' OR ipv6-addr:value ISSUBSET '2001:db8::/32']",
                &["192.0.2.0/24", "2001:db8::/32"],
            ),
            (
                "[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')] OR [domain-name:value = 'a.example']",
                &["192.0.2.1", "192.0.2.2"],
            ),
            ("[network-traffic:dst_ref.value = '192.0.2.1']", &["192.0.2.1"]),
            ("[url:value = 'http://192.0.2.1/AND']", &[]),
            ("[ipv4-addr:value = '192.0.2.1' AND network-traffic:dst_port = 25]", &[]),
            ("[ipv4-addr:value != '192.0.2.1']", &[]),
            ("[ipv4-addr:value LIKE '192.0.2.%']", &[]),
            ("[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [file:size = 1]", &[]),
        ] {
            assert_eq!(addresses(pattern).unwrap(), expected, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_more_than_refused(pattern in "[\\[\\]a-z:'=, \\\\OR0-9.]{0,40}") {
            let _ = addresses(&pattern);
        }
    }
}

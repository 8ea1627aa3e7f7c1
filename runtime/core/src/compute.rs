//! Values that generated code computes from other values of a row.

use md5::{Digest as _, Md5};

use crate::Text;
use crate::bits::{ONE, log2};

/// The first `length` bytes of a text, such as the minute of a time; the whole text if it is shorter.
pub fn start(text: &str, length: usize) -> Text {
    Text::from(text.get(..length).unwrap_or(text))
}

/// Texts, one after the other.
pub fn concat(texts: &[Text]) -> Text {
    texts.iter().map(Text::as_str).collect()
}

/// A text with its ASCII letters in lower case.
pub fn lower(text: &str) -> Text {
    let mut lower = Text::from(text);
    lower.make_ascii_lowercase();
    lower
}

/// The number of characters of a text; the greatest number of the type if there are more.
pub fn length(text: &str) -> i32 {
    text.chars().count().try_into().unwrap_or(i32::MAX)
}

/// The replacement of a text in a table of (found, meant); the text that `otherwise` returns if there is none.
pub fn mapped(text: Text, table: &[(&str, &str)], otherwise: impl FnOnce(Text) -> Text) -> Text {
    match table.iter().find(|(found, _)| *found == text) {
        Some((_, meant)) => Text::from(*meant),
        None => otherwise(text),
    }
}

/// The characters of a text that are in a list, in the order of the text.
pub fn keep(text: &str, characters: &str) -> Text {
    text.chars().filter(|character| characters.contains(*character)).collect()
}

/// The last `count` labels of a host name, in lower case, without a dot at the end.
pub fn last_labels(name: &str, count: usize) -> Text {
    let name = name.strip_suffix('.').unwrap_or(name);
    let dot = name.rmatch_indices('.').nth(count.saturating_sub(1)).map_or(0, |(at, _)| at + 1);
    lower(name.get(dot..).unwrap_or_default())
}

/// The number of binary digits of a number without its sign.
pub fn bit_length(number: i64) -> i32 {
    (i64::BITS - number.unsigned_abs().leading_zeros()).cast_signed()
}

/// Shannon's entropy of the characters of a text, in tenths of a bit per character, rounded down. By integers, so that
/// every machine gives the same number.
pub fn entropy(text: &str) -> i32 {
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    let all = characters.len() as u64;
    let of = |same: &[char]| (same.len() as u64).cast_signed() * log2(all, same.len() as u64);
    let bits: i64 = characters.chunk_by(char::eq).map(of).sum();
    let tenths = bits * 10 / (all.max(1).cast_signed() * i64::from(ONE));
    tenths.try_into().unwrap_or(i32::MAX)
}

/// The MD5 hash of a text, in hexadecimal.
pub fn hash(text: &str) -> Text {
    Md5::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The registered domain of a host name, in lower case: the public suffix by the ICANN rules of the public suffix list,
/// and one label before it. Empty if the name ends in no such suffix, or is a suffix itself.
pub fn registered_domain(name: &str) -> Text {
    let name = lower(name.strip_suffix('.').unwrap_or(name));
    // A private rule hides the ICANN rule for a shorter suffix.
    let mut end = name.as_str();
    let suffix = loop {
        match psl::suffix(end.as_bytes()) {
            Some(suffix) if suffix.typ() == Some(psl::Type::Icann) => break suffix.as_bytes().len(),
            Some(suffix) if suffix.typ() == Some(psl::Type::Private) => {
                let suffix = &end[end.len() - suffix.as_bytes().len()..];
                match suffix.split_once('.') {
                    Some((_, shorter)) => end = shorter,
                    None => return Text::default(),
                }
            }
            Some(_) | None => return Text::default(),
        }
    };
    let Some(before) = name[..name.len() - suffix].strip_suffix('.') else { return Text::default() };
    let label = before.rsplit('.').next().unwrap_or_default();
    if label.is_empty() { Text::default() } else { Text::from(&name[before.len() - label.len()..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_computed_from_characters() {
        assert_eq!(start("2016-07-08 23:59:59", 16), "2016-07-08 23:59");
        assert_eq!(start("2016", 16), "2016");
        assert_eq!(concat(&["a".into(), "".into(), "é".into()]), "aé");
        assert_eq!(lower("EXAMPLE.Ärger"), "example.Ärger");
        assert_eq!(length("Ärger"), 5);
        assert_eq!(mapped("I".into(), &[("I", "0"), ("E", "1")], |text| text), "0");
        assert_eq!(mapped("x".into(), &[("I", "0")], |text| concat(&["no ".into(), text])), "no x");
        assert_eq!(keep("UA.R.F", "RFPS"), "RF");
        assert_eq!([0, 1, 4, 7, -8, i64::MAX, i64::MIN].map(bit_length), [0, 1, 3, 3, 4, 63, 64]);
        assert_eq!(["", "aaaa", "abab", "abcd", "abc"].map(entropy), [0, 0, 10, 20, 15]);
        assert_eq!(hash("10.0.0.1example.com/"), "1182225861f260990b86676041f3cc39");
    }

    #[test]
    fn last_labels_end_a_name() {
        for (name, count, expected) in [
            ("pc-1.Office.test.", 2, "office.test"),
            ("pc-1.office.test", 1, "test"),
            ("office.test", 2, "office.test"),
            ("WPAD", 2, "wpad"),
            ("", 2, ""),
            (".", 2, ""),
        ] {
            assert_eq!(last_labels(name, count), expected, "{name}");
        }
    }

    #[test]
    fn registered_domains_follow_the_icann_rules() {
        for (name, domain) in [
            ("www.Example.co.uk", "example.co.uk"),
            ("example.com.", "example.com"),
            ("a.b.akamaiedge.net", "akamaiedge.net"),
            ("user.github.io", "github.io"),
            ("com", ""),
            ("co.uk", ""),
            ("printer.local", ""),
            ("localhost", ""),
            ("10.0.0.1", ""),
            (".com", ""),
            ("", ""),
        ] {
            assert_eq!(registered_domain(name), domain, "{name}");
        }
    }
}

//! Protocol numbers and their names, in both directions: as nfdump prints them, so that a flow reads the same in every
//! version and format, and as in the registry.

use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) const ICMP: u8 = 1;
pub(super) const ICMPV6: u8 = 58;

/// The names of all protocols, by number.
struct Names {
    keyword: [&'static str; 256],
    /// Empty if nfdump prints the number itself.
    nfdump: [&'static str; 256],
    /// Numbers by either name, in capitals.
    numbers: HashMap<String, u8>,
}

static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names { keyword: [""; 256], nfdump: [""; 256], numbers: HashMap::new() };
    for [number, keyword, nfdump] in super::entries(include_str!("../../data/protocols.csv")) {
        let Ok(number) = number.parse::<u8>() else { continue };
        names.keyword[usize::from(number)] = keyword;
        names.nfdump[usize::from(number)] = nfdump;
        for name in [nfdump, keyword].into_iter().filter(|name| !name.is_empty()) {
            // nfdump prints IDPR for two protocols: the first is used.
            names.numbers.entry(name.to_ascii_uppercase()).or_insert(number);
        }
    }
    names
});

/// The name of a protocol as nfdump prints it. `text` is its number or another name of it, in any case; text that is
/// neither is returned unchanged, and so is the number of a protocol without a name.
pub fn name(text: &str) -> &str {
    match text {
        "TCP" | "6" | "tcp" => "TCP",
        "UDP" | "17" | "udp" => "UDP",
        "ICMP" | "1" | "icmp" => "ICMP",
        other => {
            let name = number(other).map(|number| NAMES.nfdump[usize::from(number)]);
            name.filter(|name| !name.is_empty()).unwrap_or(other)
        }
    }
}

/// The keyword of a protocol in the registry. `text` is its number or either name, and is returned unchanged if there
/// is not a keyword.
pub fn keyword(text: &str) -> &str {
    let keyword = number(text).map(|number| NAMES.keyword[usize::from(number)]);
    keyword.filter(|keyword| !keyword.is_empty()).unwrap_or(text)
}

/// The number of a protocol. `text` is its number or either name, in any case; `None` for other text.
pub fn number(text: &str) -> Option<u8> {
    let text = text.trim();
    text.parse().ok().or_else(|| NAMES.numbers.get(&text.to_ascii_uppercase()).copied())
}

#[cfg(test)]
mod tests {
    use super::{keyword, name, number};

    #[test]
    fn numbers_become_names_and_names_stay() {
        assert_eq!(name("6"), "TCP");
        assert_eq!(name("17"), "UDP");
        assert_eq!(name("58"), "ICMP6");
        assert_eq!(name("0"), "0");
        assert_eq!(name("255"), "255");
        assert_eq!(name("256"), "256");
        assert_eq!(name("TCP"), "TCP");
        assert_eq!(name("OTHER"), "OTHER");
    }

    #[test]
    fn names_become_numbers_and_keywords() {
        for (text, expected) in [
            ("TCP", 6),
            ("udp", 17),
            ("ICMP6", 58),
            ("IPv6-ICMP", 58),
            ("47", 47),
            ("GRE", 47),
            ("HOPOPT", 0),
            ("IDPR", 35),
        ] {
            assert_eq!(number(text), Some(expected), "{text}");
        }
        assert_eq!((number("OTHER"), number("256"), number("")), (None, None, None));
        assert_eq!((keyword("ICMP6"), keyword("58"), keyword("6")), ("IPv6-ICMP", "IPv6-ICMP", "TCP"));
        assert_eq!((keyword("OTHER"), keyword("255"), keyword("0")), ("OTHER", "255", "HOPOPT"));
    }
}

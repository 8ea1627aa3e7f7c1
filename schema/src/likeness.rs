//! How alike two names are, and why: by their words and letters alone, so that it holds for any schema.

/// Why two names may mean the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// They differ in case and separators only.
    Same,
    /// One is the other with more words before or after it.
    Affix,
    /// The words of one abbreviate those of the other.
    Abbreviation,
    /// They are spelled alike.
    Spelling,
}

impl Why {
    /// The reason in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Same => "the names differ only in case and underscores",
            Self::Affix => "one name is the other with a prefix or suffix",
            Self::Abbreviation => "one name abbreviates the other",
            Self::Spelling => "some letters of the names agree",
        }
    }
}

/// How alike two names are, from 0 to 1, and what makes them so.
pub fn likeness(one: &str, other: &str) -> (f64, Why) {
    let (one, other) = (words(one), words(other));
    if one.concat() == other.concat() {
        return (1.0, Why::Same);
    }
    let is_affix = is_affix(&one, &other) || is_affix(&other, &one);
    let (by_word, is_abbreviation) = match has_initials(&one, &other) || has_initials(&other, &one) {
        true => (0.95, true),
        false => by_word(&one, &other),
    };
    let affix: f64 = if is_affix { 0.95 } else { 0.0 };
    let score = affix.max(by_word).max(spelled(&one.concat(), &other.concat()));
    let why = match (is_affix, is_abbreviation) {
        (true, _) => Why::Affix,
        (false, true) => Why::Abbreviation,
        (false, false) => Why::Spelling,
    };
    (score, why)
}

/// How alike the letters of two words are. Names of different ends, such as `sport` and `dport`, often differ in the
/// first letter only.
fn spelled(one: &str, other: &str) -> f64 {
    let alike = strsim::jaro_winkler(one, other);
    if one.chars().next() == other.chars().next() { alike } else { 0.7 * alike }
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let name = name.to_lowercase();
    let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Whether a name is the beginning or the end of a longer one.
fn is_affix(short: &[String], long: &[String]) -> bool {
    !short.is_empty() && short.len() < long.len() && (long.starts_with(short) || long.ends_with(short))
}

/// Whether a name is the initials of one with several words.
fn has_initials(short: &[String], long: &[String]) -> bool {
    let initials: String = long.iter().filter_map(|word| word.chars().next()).collect();
    long.len() > 1 && short.concat() == initials
}

/// How alike names of as many words are, word by word, and whether each word is equal to the other or abbreviates it.
fn by_word(one: &[String], other: &[String]) -> (f64, bool) {
    if one.len() != other.len() || one.is_empty() {
        return (0.0, false);
    }
    let mut is_abbreviated = true;
    let each = one.iter().zip(other).map(|(one, other)| {
        if one == other {
            1.0
        } else if abbreviates(one, other) || abbreviates(other, one) {
            0.9
        } else {
            is_abbreviated = false;
            spelled(one, other)
        }
    });
    let total: f64 = each.sum();
    #[expect(clippy::cast_precision_loss, reason = "a name has few words")]
    let count = one.len() as f64;
    (total / count, is_abbreviated)
}

/// Whether a word of two or more letters has the first letter and, in order, other letters of a longer one.
fn abbreviates(short: &str, long: &str) -> bool {
    let mut letters = long.chars();
    let count = short.chars().count();
    count > 1
        && count < long.chars().count()
        && short.chars().next() == long.chars().next()
        && short.chars().all(|letter| letters.any(|other| other == letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_mean_the_same_are_told_from_others() {
        for (one, other, why) in [
            ("resp_code", "RespCode", Why::Same),
            ("score", "ml_score", Why::Affix),
            ("bytes_in", "bytes", Why::Affix),
            ("dest_port", "dst_port", Why::Abbreviation),
            ("dstip_internal", "destip_internal", Why::Abbreviation),
            ("src", "srcip", Why::Abbreviation),
            ("tos", "type_of_service", Why::Abbreviation),
            ("received_at", "recieved_at", Why::Spelling),
        ] {
            let (found, reason) = likeness(one, other);
            assert!(found > 0.85 && reason == why, "{one}, {other}: {found} {reason:?}");
            assert!((found - likeness(other, one).0).abs() < 1e-9, "{one}, {other}");
        }
        for (one, other) in [("src_rep", "dst_rep"), ("why", "note"), ("sport", "dport"), ("", "a")] {
            assert!(likeness(one, other).0 < 0.85, "{one}, {other}: {:?}", likeness(one, other));
        }
    }
}

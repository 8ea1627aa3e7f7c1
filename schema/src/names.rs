//! How a name of the JSON is spelled in SQL and in Rust. Only this module derives these spellings.
//!
//! A name is an ASCII identifier, so it never has to be changed. SQL quotes it; Rust escapes a keyword with `r#`, and
//! appends an underscore to the words that cannot be escaped.

/// The maximum length of a name in bytes that no engine truncates (PostgreSQL: 63).
pub const LONGEST: usize = 63;

/// The prefix of names that are reserved for the program.
pub const OWN_PREFIX: &str = "flow_oa_";

/// Why a name is not legal; `None` if it is. A legal name is an ASCII letter or underscore followed by letters, digits
/// and underscores, at most [`LONGEST`] in total, with at least one letter or digit.
pub fn fault_in(name: &str) -> Option<String> {
    let mut bytes = name.bytes();
    let Some(first) = bytes.next() else { return Some("it is empty".into()) };
    if !(first.is_ascii_alphabetic() || first == b'_') {
        return Some("it must begin with an ASCII letter or '_'".into());
    }
    if let Some(odd) = name.chars().find(|letter| !(letter.is_ascii_alphanumeric() || *letter == '_')) {
        return Some(format!("it may hold ASCII letters, digits and '_', but not {odd:?}"));
    }
    if name.len() > LONGEST {
        return Some(format!("it has {} characters; {LONGEST} are the most", name.len()));
    }
    name.bytes().all(|byte| byte == b'_').then(|| "it has no letter or digit".into())
}

/// All forms in which a name may collide with another: SQL folds case, and Rust has one form for values and one for
/// types. Two names that share a form cannot be used together.
pub fn forms(name: &str) -> [String; 3] {
    [name.to_ascii_lowercase(), rust_value(name), rust_type(name)]
}

/// A quoted SQL identifier, with the quote character of the dialect.
pub fn quoted(name: &str, quote: char) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    text.push(quote);
    for letter in name.chars() {
        if letter == quote {
            text.push(quote);
        }
        text.push(letter);
    }
    text.push(quote);
    text
}

/// The name of a field, function or module in Rust: in lower case, escaped if it is a keyword.
pub fn rust_value(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    if UNESCAPABLE.contains(&lower.as_str()) {
        format!("{lower}_")
    } else if KEYWORDS.contains(&lower.as_str()) {
        format!("r#{lower}")
    } else {
        lower
    }
}

/// The name of a type or variant in Rust: `flow_scores` becomes `FlowScores`.
pub fn rust_type(name: &str) -> String {
    let mut text: String = name
        .split('_')
        .flat_map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|it| it.to_ascii_uppercase());
            first.into_iter().chain(letters.map(|it| it.to_ascii_lowercase()))
        })
        .collect();
    if text.starts_with(|it: char| it.is_ascii_digit()) {
        text.insert(0, '_');
    }
    if text == "Self" {
        text.push('_');
    }
    text
}

/// Keywords that cannot be raw identifiers. `_` cannot either, but [`fault_in`] refuses it.
const UNESCAPABLE: [&str; 3] = ["crate", "self", "super"];

/// Keywords of Rust 2024, strict and reserved (The Rust Reference, "Keywords").
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The name in `known` that is most similar to `written`, if one is similar enough to be meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A longer text is not a misspelled name.
    const LONGEST: usize = 100;
    if written.len() > LONGEST {
        return None;
    }
    let lower = written.to_ascii_lowercase();
    known
        .into_iter()
        .filter(|name| *name != written && name.len() <= LONGEST)
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_ascii_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}

/// Words of SQL and of other tools, and the word of the language with the same meaning.
const SYNONYMS: [(&str, &str); 29] = [
    ("bool", "bit"),
    ("boolean", "bit"),
    ("char", "string"),
    ("cidr", "address"),
    ("count_unique", "count_distinct"),
    ("datetime", "time"),
    ("date_trunc", "truncate"),
    ("decimal", "double"),
    ("duration", "seconds"),
    ("extract", "part"),
    ("float4", "float"),
    ("float8", "double"),
    ("inet", "address"),
    ("int2", "smallint"),
    ("int4", "int"),
    ("int8", "bigint"),
    ("integer", "int"),
    ("ip", "address"),
    ("len", "length"),
    ("literal", "value"),
    ("long", "bigint"),
    ("lowercase", "lower"),
    ("md5", "hash"),
    ("number", "double"),
    ("real", "double"),
    ("sum", "total"),
    ("text", "string"),
    ("timestamp", "time"),
    ("varchar", "string"),
];

/// The word in `known` that a word of another tool, such as `varchar(20)`, stands for; else the most similar one.
pub fn meant_word<'a>(written: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let word = written.split('(').next().unwrap_or_default().trim().to_ascii_lowercase();
    let ours = SYNONYMS.iter().find(|(other, _)| *other == word).map(|(_, ours)| *ours);
    let synonym = ours.and_then(|ours| known.clone().into_iter().find(|known| *known == ours));
    synonym.or_else(|| nearest(written, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_escaped_and_never_renamed_in_sql() {
        assert_eq!(rust_value("type"), "r#type");
        assert_eq!(rust_value("gen"), "r#gen");
        assert_eq!(rust_value("self"), "self_");
        assert_eq!(rust_value("rank"), "rank");
        assert_eq!(quoted("type", '"'), "\"type\"");
        assert_eq!(quoted("a`b", '`'), "`a``b`");
    }

    #[test]
    fn types_are_upper_camel_case() {
        assert_eq!(rust_type("flow_scores"), "FlowScores");
        assert_eq!(rust_type("self"), "Self_");
        assert_eq!(rust_type("_1st"), "_1st");
    }

    #[test]
    fn every_keyword_has_a_legal_spelling() {
        for word in KEYWORDS {
            assert_eq!(fault_in(word), None);
            assert_eq!(rust_value(word), format!("r#{word}"));
        }
    }

    #[test]
    fn names_that_rust_or_sql_cannot_tell_apart_share_a_form() {
        let meet = |a, b| forms(a).iter().zip(forms(b)).any(|(a, b)| *a == b);
        assert!(meet("srcIP", "srcip") && meet("a_b", "a__b") && meet("self", "self_"));
        assert!(!meet("src_ip", "srcip"));
    }

    #[test]
    fn illegal_names_say_why() {
        for name in ["", "1st", "a-b", "é", "_", "a b", &"x".repeat(64)] {
            assert!(fault_in(name).is_some(), "{name:?}");
        }
        assert_eq!(fault_in("_ok9"), None);
    }

    #[test]
    fn the_nearest_name_is_proposed_only_when_near() {
        assert_eq!(nearest("srcpi", ["dstip", "srcip"]), Some("srcip"));
        assert_eq!(nearest("zzz", ["dstip", "srcip"]), None);
    }
}

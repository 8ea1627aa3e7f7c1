//! Compares the CHECK constraints of a database with those of the schema. PostgreSQL rewrites conditions, and SQLite
//! keeps them only in the text of the statement that created a table.

use std::fmt::Write as _;

/// A part of an SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A keyword or a name.
    Word(String),
    /// A name that was quoted, without its quotes.
    Name(String),
    /// A number, with its sign.
    Number(String),
    /// A text, with its quotes.
    Text(String),
    /// Any other character, or a comparison.
    Sign(String),
}

impl Token {
    fn text(&self) -> &str {
        let (Self::Word(text) | Self::Name(text) | Self::Number(text) | Self::Text(text) | Self::Sign(text)) =
            self;
        text
    }
}

/// The conditions of all CHECK constraints in a `CREATE TABLE` statement.
pub fn in_statement(sql: &str) -> Vec<String> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let opens = tokens.get(at + 1).is_some_and(|next| *next == Token::Sign("(".into()));
        if matches!(token, Token::Word(word) if word.eq_ignore_ascii_case("check")) && opens {
            found.push(spelled(within(&tokens[at + 2..])));
        }
    }
    found
}

/// Whether an SQL text names a table.
pub fn names(sql: &str, table: &str) -> bool {
    let is_it =
        |token: &Token| matches!(token, Token::Word(it) | Token::Name(it) if it.eq_ignore_ascii_case(table));
    tokens(sql).iter().any(is_it)
}

/// A condition in a form that is the same for all spellings of bounds: `x BETWEEN 0 AND 3`, `x IN (0, 1)`, and what
/// PostgreSQL makes of them. Any other condition keeps its words.
pub fn canonical(condition: &str) -> String {
    let tokens = tokens(condition);
    bounds(&tokens).unwrap_or_else(|| spelled(&tokens))
}

/// The tokens up to the parenthesis that closes the one before them.
fn within(tokens: &[Token]) -> &[Token] {
    let mut depth = 1;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Sign(sign) if sign == "(" => depth += 1,
            Token::Sign(sign) if sign == ")" => depth -= 1,
            Token::Sign(_) | Token::Word(_) | Token::Name(_) | Token::Number(_) | Token::Text(_) => {}
        }
        if depth == 0 {
            return &tokens[..at];
        }
    }
    tokens
}

fn spelled(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        let part = token.text();
        let space = if text.is_empty() { "" } else { " " };
        let _ = write!(text, "{space}{part}");
    }
    text
}

/// The bounds of one column, as `column LEAST GREATEST`, where `*` stands for no bound.
fn bounds(tokens: &[Token]) -> Option<String> {
    let bare = without_casts(tokens);
    let words: Vec<&str> = bare.iter().map(Token::text).collect();
    let is = |word: &str, expected: &str| word.eq_ignore_ascii_case(expected);
    let (column, least, greatest) = match words.as_slice() {
        [column, between, least, and, greatest] if is(between, "between") && is(and, "and") => {
            (column, least, greatest)
        }
        [column, ">=", least] => (column, least, &"*"),
        [column, ">=", least, and, again, "<=", greatest] if is(and, "and") && column == again => {
            (column, least, greatest)
        }
        [column, of, "0", "1"] if is(of, "in") => (column, &"0", &"1"),
        [column, "=", any, array, "0", "1"] if is(any, "any") && is(array, "array") => (column, &"0", &"1"),
        _ => return None,
    };
    Some(format!("{column} {} {}", number(least)?, number(greatest)?))
}

/// A number without the differences that do not count, such as `1.0` and `1`.
fn number(text: &str) -> Option<String> {
    if text == "*" || text.parse::<i64>().is_ok() {
        return Some(text.to_owned());
    }
    text.parse::<f64>().ok().map(|number| number.to_string())
}

/// The tokens without parentheses, brackets, commas and `::type`.
fn without_casts(tokens: &[Token]) -> Vec<Token> {
    let mut bare = Vec::new();
    let mut rest = tokens.iter().peekable();
    while let Some(token) = rest.next() {
        match token {
            Token::Sign(sign) if sign == "::" => {
                while rest.next_if(|next| matches!(next, Token::Word(word) if is_of_type(word))).is_some() {}
            }
            Token::Sign(sign) if matches!(sign.as_str(), "(" | ")" | "[" | "]" | ",") => {}
            Token::Text(text) => bare.push(Token::Number(text.trim_matches('\'').to_owned())),
            Token::Sign(_) | Token::Word(_) | Token::Name(_) | Token::Number(_) => bare.push(token.clone()),
        }
    }
    bare
}

fn is_of_type(word: &str) -> bool {
    ["smallint", "integer", "bigint", "numeric", "real", "double", "precision"].contains(&word)
}

fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            it if it.is_whitespace() => (None, it.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or(rest.len(), |end| end + 2)),
            '"' | '`' => quoted_word(rest, first),
            '\'' => {
                let length = quoted(rest, first);
                (Some(Token::Text(rest[..length].to_owned())), length)
            }
            it if it.is_alphabetic() || it == '_' => {
                let length = length_of(rest, |letter| letter.is_alphanumeric() || letter == '_');
                (Some(Token::Word(rest[..length].to_owned())), length)
            }
            it if it.is_ascii_digit() || is_signed(rest, found.last()) => {
                let length = 1 + length_of(&rest[1..], |letter| letter.is_ascii_digit() || letter == '.');
                let length = length + exponent(&rest[length..]);
                (Some(Token::Number(rest[..length].to_owned())), length)
            }
            _ => {
                let double = ["::", ">=", "<=", "<>", "!="].iter().find(|sign| rest.starts_with(**sign));
                let length = double.map_or(first.len_utf8(), |sign| sign.len());
                (Some(Token::Sign(rest[..length].to_owned())), length)
            }
        };
        found.extend(token);
        rest = &rest[length..];
    }
    found
}

/// Whether a text begins with a negative number, and not with a subtraction.
fn is_signed(text: &str, before: Option<&Token>) -> bool {
    let after_value = matches!(before, Some(Token::Word(word)) if !word.eq_ignore_ascii_case("and")
        && !word.eq_ignore_ascii_case("between"))
        || matches!(before, Some(Token::Name(_) | Token::Number(_)));
    !after_value && text.starts_with('-') && text[1..].starts_with(|next: char| next.is_ascii_digit())
}

fn exponent(text: &str) -> usize {
    let sign = text.strip_prefix(['e', 'E']).map(|rest| usize::from(rest.starts_with(['+', '-'])));
    let digits = |sign: usize| length_of(&text[1 + sign..], |letter| letter.is_ascii_digit());
    sign.filter(|sign| digits(*sign) > 0).map_or(0, |sign| 1 + sign + digits(sign))
}

fn quoted_word(text: &str, quote: char) -> (Option<Token>, usize) {
    let length = quoted(text, quote);
    let inner = text[..length].trim_matches(quote).replace(&format!("{quote}{quote}"), &quote.to_string());
    (Some(Token::Name(inner)), length)
}

/// The length of a quoted text, in which a doubled quote stands for itself.
fn quoted(text: &str, quote: char) -> usize {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == quote && letters.next_if(|(_, next)| *next == quote).is_none() {
            return at + quote.len_utf8();
        }
    }
    text.len()
}

fn length_of(text: &str, is_part: impl Fn(char) -> bool) -> usize {
    text.find(|letter| !is_part(letter)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_of_bounds_are_one() {
        for (expected, spellings) in [
            (
                "sport 0 65535",
                vec![
                    "\"sport\" BETWEEN 0 AND 65535",
                    "((sport >= 0) AND (sport <= 65535))",
                    "sport between 0 and 65535",
                ],
            ),
            ("bit 0 1", vec!["\"bit\" IN (0, 1)", "(bit = ANY (ARRAY[0, 1]))"]),
            ("x 0 *", vec!["\"x\" >= 0", "((x >= 0))", "(x >= (0)::double precision)", "x >= '0'::numeric"]),
            ("x -1.5 1000", vec!["\"x\" BETWEEN -1.5 AND 1e3", "((x >= (-1.5)) AND (x <= 1000.0))"]),
        ] {
            for spelling in spellings {
                assert_eq!(canonical(spelling), expected, "{spelling}");
            }
        }
        assert_eq!(canonical("length(x) > 3"), "length ( x ) > 3");
    }

    #[test]
    fn constraints_are_found_in_the_text_of_a_statement() {
        let sql = "CREATE TABLE \"check\" ( -- CHECK (a)\n a INTEGER CHECK (\"a\" IN (0, 1)), -- it's\n b TEXT /* CHECK (b) */, \
                   c TEXT DEFAULT 'CHECK (c)', CHECK ((a > 0) OR b = ')'))";
        assert_eq!(in_statement(sql), ["a IN ( 0 , 1 )", "( a > 0 ) OR b = ')'"]);
        assert!(
            names("CREATE VIEW v AS SELECT * FROM main.\"Flow\"", "flow") && !names("SELECT 'flow'", "flow")
        );
    }
}

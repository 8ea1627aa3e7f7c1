//! Splits SQL text by the lexical rules of the family: literals in quotes with backslashes, names in backticks,
//! comments from `--` to the end of the line. It must not be used for another dialect.

/// The statements of a text such as DDL, without the `;` between them and without the comments before them. HiveServer2
/// accepts one statement at a time.
#[must_use]
pub fn statements(text: &str) -> Vec<&str> {
    let (mut found, mut start) = (Vec::new(), 0);
    for (at, kind, letter) in kinds(text) {
        if kind == Kind::Bare && letter == ';' {
            found.extend(text.get(start..at));
            start = at + 1;
        }
    }
    found.extend(text.get(start..));
    found.into_iter().map(without_comments_before).filter(|statement| !statement.is_empty()).collect()
}

fn without_comments_before(statement: &str) -> &str {
    let mut rest = statement.trim();
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    rest
}

/// The text without comments, each literal and quoted name replaced by one letter.
#[must_use]
pub fn without_quoted(text: &str) -> String {
    let shown = kinds(text).filter_map(|(_, kind, letter)| match kind {
        Kind::Bare => Some(letter),
        Kind::Opening => Some('q'),
        Kind::Quoted | Kind::Comment => None,
    });
    shown.collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Outside quotes and comments.
    Bare,
    /// The opening quote.
    Opening,
    /// After the opening quote, up to and including the closing quote.
    Quoted,
    /// Part of a comment, except the end of its line.
    Comment,
}

/// Each character with its byte position and its kind.
fn kinds(text: &str) -> impl Iterator<Item = (usize, Kind, char)> {
    let mut open: Option<char> = None;
    let (mut is_escaped, mut in_comment) = (false, false);
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (at, letter) = rest.next()?;
        let next = rest.peek().map(|it| it.1);
        let kind = match open {
            Some(quote) => {
                if is_escaped {
                    is_escaped = false;
                } else if letter == '\\' && quote != '`' {
                    is_escaped = true;
                } else if letter == quote {
                    open = None;
                }
                Kind::Quoted
            }
            None if in_comment && letter != '\n' => Kind::Comment,
            None => {
                in_comment = letter == '-' && next == Some('-');
                let is_quote = matches!(letter, '\'' | '"' | '`');
                open = Some(letter).filter(|_| is_quote);
                match (in_comment, is_quote) {
                    (true, _) => Kind::Comment,
                    (false, true) => Kind::Opening,
                    (false, false) => Kind::Bare,
                }
            }
        };
        Some((at, kind, letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_semicolon_ends_a_statement_only_where_it_stands_bare() {
        let text = "-- a; b\n\nCREATE TABLE `x;``y` (\n  a INT COMMENT 'it\\'s; \\\\'\n);\nSELECT 1; -- end; 'x\n;\n -- last";
        assert_eq!(
            statements(text),
            ["CREATE TABLE `x;``y` (\n  a INT COMMENT 'it\\'s; \\\\'\n)", "SELECT 1"]
        );
        assert!(statements(" \n").is_empty());
    }

    #[test]
    fn quoted_parts_become_a_letter() {
        assert_eq!(without_quoted("SELECT `a``b`, 'it\\'s (' FROM \"x\" -- 'y"), "SELECT qq, q FROM q ");
    }
}

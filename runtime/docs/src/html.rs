//! Text for HTML and SVG. Names and descriptions come from JSON that anyone may have written, so every text passes
//! through [`text`] or [`words`].

use flow_oa_schema::printable::in_line;

/// A text, escaped for content and for attributes in quotation marks. Line breaks and tabs become blanks, and characters
/// that are invisible or change the order of text are shown as escapes.
pub(crate) fn text(text: &str) -> String {
    let blank = |letter: char| matches!(letter, '\n' | '\r' | '\t');
    let mut escaped = String::with_capacity(text.len());
    for letter in in_line(&text.replace(blank, " ")).chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Words of the program, in which names are between backticks: these become code.
pub(crate) fn words(sentence: &str) -> String {
    let mut parts = sentence.split('`');
    let mut escaped = text(parts.next().unwrap_or_default());
    while let Some(name) = parts.next() {
        match parts.next() {
            Some(rest) => {
                escaped.push_str(&code(name));
                escaped.push_str(&text(rest));
            }
            // A backtick without a second one is a backtick.
            None => escaped.push_str(&text(&format!("`{name}"))),
        }
    }
    escaped
}

/// A name.
pub(crate) fn code(name: &str) -> String {
    format!("<code>{}</code>", text(name))
}

/// A link to a page of the site, around HTML.
pub(crate) fn link(target: &str, inner: &str) -> String {
    format!("<a href=\"{}\">{inner}</a>", text(target))
}

/// A list of HTML; empty if it has no items.
pub(crate) fn list(class: &str, items: &[String]) -> String {
    if items.is_empty() {
        return String::new();
    }
    let items: String = items.iter().map(|item| format!("<li>{item}</li>\n")).collect();
    format!("<ul class=\"{class}\">\n{items}</ul>\n")
}

/// Names and what they stand for, without those that stand for nothing.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let shown = facts.iter().filter(|(_, html)| !html.is_empty());
    let shown: String =
        shown.map(|(name, html)| format!("<div><dt>{name}</dt><dd>{html}</dd></div>\n")).collect();
    format!("<dl class=\"facts\">\n{shown}</dl>\n")
}

/// A table with a caption, of cells that are HTML. The first cell of a row is its heading.
pub(crate) fn table(caption: &str, columns: &[&str], rows: &[Vec<String>]) -> String {
    let head: String = columns.iter().map(|name| format!("<th scope=\"col\">{name}</th>")).collect();
    let mut body = String::new();
    for row in rows {
        let mut cells = row.iter();
        let first = cells.next().map_or("", String::as_str);
        let rest: String = cells.map(|cell| format!("<td>{cell}</td>")).collect();
        body.push_str(&format!("<tr><th scope=\"row\">{first}</th>{rest}</tr>\n"));
    }
    // A table that is wider than the window is scrolled, also by the keyboard.
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\">\n<table>\n<caption>{caption}</caption>\n\
         <thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        let hostile = "</p><script>alert('1')</script>\"&`<b>`\u{202e}\n";
        for shown in [text(hostile), words(hostile), code(hostile)] {
            let own = shown.replace("<code>", "").replace("</code>", "");
            assert!(!own.contains(['<', '>', '"', '\'', '\n', '\u{202e}']), "{shown}");
        }
        assert_eq!(text("a & b"), "a &amp; b");
    }

    #[test]
    fn names_between_backticks_are_code() {
        assert_eq!(words("the `a<b` of `c`"), "the <code>a&lt;b</code> of <code>c</code>");
        assert_eq!(words("a ` b"), "a ` b");
    }
}

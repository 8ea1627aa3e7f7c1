//! Makes text from any source safe to print. Characters that move the cursor, change the colors of a terminal, are
//! invisible or change the order of text are escaped. Letters of every script are kept.
//!
//! All output of a program passes through these functions, except data for other programs, such as CSV in a file.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::RangeInclusive;
use std::path::Path;

/// Invisible characters that affect other text: the format characters of Unicode (category Cf), and its line and
/// paragraph separators. The joiners U+200C and U+200D are not in the list, since Persian, Indic scripts and emoji need
/// them.
const UNSEEN: [RangeInclusive<char>; 11] = [
    '\u{ad}'..='\u{ad}',
    '\u{61c}'..='\u{61c}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200b}',
    '\u{200e}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e007f}',
];

fn is_unseen(letter: char) -> bool {
    letter.is_control() || (letter > '\u{a0}' && UNSEEN.iter().any(|range| range.contains(&letter)))
}

/// A value for output in one line: line breaks and tabs are escaped too.
pub fn in_line(text: &str) -> Cow<'_, str> {
    escaped(text, is_unseen, |letter, out| out.extend(letter.escape_default()))
}

/// A path for output in one line.
pub fn path(path: &Path) -> String {
    in_line(&path.to_string_lossy()).into_owned()
}

/// A text of several lines that the program has composed: its line breaks and tabs are kept.
pub fn in_lines(text: &str) -> Cow<'_, str> {
    let is_meant = |letter| is_unseen(letter) && !matches!(letter, '\n' | '\t');
    escaped(text, is_meant, |letter, out| out.extend(letter.escape_default()))
}

/// Equivalent JSON text in which such characters are escaped within strings.
pub fn in_json(text: &str) -> Cow<'_, str> {
    let is_meant = |letter| is_unseen(letter) && !matches!(letter, '\n' | '\t' | '\r');
    escaped(text, is_meant, |letter, out| {
        for unit in letter.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    })
}

fn escaped(text: &str, is_meant: impl Fn(char) -> bool, escape: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let Some(first) = text.find(&is_meant) else { return Cow::Borrowed(text) };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    for letter in text[first..].chars() {
        if is_meant(letter) {
            escape(letter, &mut out);
        } else {
            out.push(letter);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C0, DEL and C1 controls; the starts of CSI (color) and OSC (title) sequences, also as one byte; bidirectional
    /// marks and embeddings; separators; characters without width.
    const HOSTILE: [char; 28] = [
        '\0',
        '\u{7}',
        '\u{8}',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{80}',
        '\u{85}',
        '\u{9b}',
        '\u{9d}',
        '\u{ad}',
        '\u{61c}',
        '\u{200b}',
        '\u{200e}',
        '\u{200f}',
        '\u{2028}',
        '\u{2029}',
        '\u{202a}',
        '\u{202b}',
        '\u{202c}',
        '\u{202d}',
        '\u{202e}',
        '\u{2066}',
        '\u{2067}',
        '\u{2068}',
        '\u{2069}',
        '\u{feff}',
        '\u{e0041}',
    ];

    #[test]
    fn what_a_terminal_would_obey_is_escaped_wherever_it_is() {
        for letter in HOSTILE {
            let text = format!("a{letter}b");
            for shown in [in_line(&text), in_lines(&text)] {
                assert_eq!(shown, format!("a{}b", letter.escape_default()));
            }
        }
        assert_eq!(in_line("\u{1b}[31mred\u{1b}]0;title\u{7}"), "\\u{1b}[31mred\\u{1b}]0;title\\u{7}");
    }

    #[test]
    fn lines_stay_where_they_are_those_of_the_program() {
        assert_eq!(in_line("a\nb\tc"), "a\\nb\\tc");
        assert_eq!(in_lines("a\nb\tc\r\n"), "a\nb\tc\\r\n");
    }

    #[cfg(unix)]
    #[test]
    fn the_name_of_a_file_is_one_line_of_letters_also_where_it_is_no_text() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"a\xff\n\x1b[2J\xe2\x80\xae.csv");
        assert_eq!(path(Path::new(name)), "a\u{fffd}\\n\\u{1b}[2J\\u{202e}.csv");
    }

    #[test]
    fn letters_of_every_script_stay() {
        let text = "Málaga Ελλάδα שלום 中文 ไทย می\u{200c}خواهم क्\u{200d}ष 👩\u{200d}💻 “…” \u{a0}─";
        for shown in [in_line(text), in_lines(text), in_json(text)] {
            assert!(matches!(shown, Cow::Borrowed(it) if it == text));
        }
    }

    #[test]
    fn json_says_the_same_and_shows_none_of_it() {
        let value: String = HOSTILE.iter().chain(&['\n', '"', '\\', 'é']).collect();
        let json = serde_json::json!({ &value: [&value] });
        let text = format!("{json:#}");
        let shown = in_json(&text);
        assert!(!shown.chars().any(|letter| is_unseen(letter) && letter != '\n'), "{shown}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).ok(), Some(json));
    }
}

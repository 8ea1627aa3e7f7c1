//! A row as the model sees it: the keys of its group, and what it says.

use std::fmt;

/// The texts of a row. One is reused for all rows of a day, so that a row costs no allocation.
///
/// Push the keys of the group, then for each value its context and the value itself. Each text is what was pushed or
/// written since the last [`Row::end`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Row {
    text: String,
    ends: Vec<usize>,
}

/// Ends each text in [`Row::joined`]. No UTF-8 text contains this byte.
const END: u8 = 0xFF;

impl Row {
    /// An empty row.
    pub fn new() -> Self {
        Self::default()
    }

    /// Removes all texts.
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    /// Appends to the text that is being written.
    pub fn write(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Ends the text that is being written. The next one starts after it.
    pub fn end(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Adds a whole text.
    pub fn push(&mut self, text: &str) {
        self.write(text);
        self.end();
    }

    /// Adds an earlier text again.
    pub fn repeat(&mut self, at: usize) {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        if let Some(end) = self.ends.get(at).copied() {
            self.text.extend_from_within(start..end);
        }
        self.end();
    }

    /// The number of texts.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The text at a position; empty if there is none.
    pub fn get(&self, at: usize) -> &str {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        self.ends.get(at).and_then(|end| self.text.get(start..*end)).unwrap_or_default()
    }

    /// The texts from a position on as one sequence of bytes, which no other texts have.
    pub(super) fn joined(&self, from: usize, out: &mut Vec<u8>) {
        out.clear();
        for at in from..self.len() {
            out.extend_from_slice(self.get(at).as_bytes());
            out.push(END);
        }
    }
}

impl fmt::Write for Row {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.write(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_pushed() {
        let mut row = Row::new();
        row.push("old");
        row.clear();
        row.push("");
        row.write("TCP");
        row.write(":443");
        row.end();
        row.push("ü");
        row.repeat(1);
        assert_eq!(row.get(3), "TCP:443");
        assert_eq!((0..3).map(|at| row.get(at)).collect::<Vec<_>>(), ["", "TCP:443", "ü"]);
        assert_eq!((row.get(4), row.len(), row.is_empty()), ("", 4, false));
    }

    #[test]
    fn different_texts_are_joined_differently() {
        let joined = |texts: &[&str]| {
            let (mut row, mut out) = (Row::new(), Vec::new());
            texts.iter().for_each(|text| row.push(text));
            row.joined(0, &mut out);
            out
        };
        assert_ne!(joined(&["ab", "c"]), joined(&["a", "bc"]));
        assert_ne!(joined(&["a", ""]), joined(&["a"]));
    }
}

//! Values that generated code computes from other values of a row.

use crate::Text;

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
    }
}

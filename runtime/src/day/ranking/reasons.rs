//! Why a row of a ranking is where it is, in the words of the declaration: a line that an analyst reads at a glance.

use flow_oa_rank::Tail;
use flow_oa_schema::model::Reason;

/// Only a value is a reason that at most every second row of its context has, or a rarer one.
const LEAST_BITS: u32 = 1024;

/// The greatest number of values that are mentioned.
const MOST: usize = 3;

/// The greatest number of characters of a value.
const LONGEST: usize = 60;

/// The reasons for the place of a row: its rarest values, each with its words and what they show, and how often the list
/// has told of the same before. `place` is that of its group in its stories, and `number` that of the row in its group.
pub(super) fn why<'a>(
    values: impl Iterator<Item = (&'a Reason, &'a str, Tail)>,
    place: u32,
    number: u64,
) -> String {
    let mut notable: Vec<_> = values.filter(|(.., tail)| tail.bits() >= LEAST_BITS).collect();
    // The sort is stable: values that are equally rare stay in the order of the declaration.
    notable.sort_by_key(|(.., tail)| std::cmp::Reverse(tail.bits()));
    let mut parts: Vec<String> =
        notable.into_iter().take(MOST).map(|(reason, shown, tail)| filled(reason, shown, tail)).collect();
    if place > 1 {
        parts.push(format!("place {place} of its story"));
    }
    parts.push(format!("row {number} of its group"));
    parts.join("; ")
}

/// The text of a reason with its value and how rare it is. What a row holds is never taken for a placeholder.
fn filled(reason: &Reason, shown: &str, tail: Tail) -> String {
    let n = tail.one_in().to_string();
    let parts = reason.text.split("{value}").map(|part| part.replace("{n}", &n));
    parts.collect::<Vec<_>>().join(&in_words(reason, shown))
}

/// A value in the words of the declaration, shortened, in one line.
pub(super) fn in_words(reason: &Reason, shown: &str) -> String {
    let shown = reason.words.get(shown).map_or(shown, String::as_str);
    let mut value: String =
        shown.chars().take(LONGEST).map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    if shown.chars().nth(LONGEST).is_some() {
        value.push('…');
    }
    value
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn reason(text: &str, words: &[(&str, &str)]) -> Reason {
        let words = words.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned()));
        Reason { text: text.to_owned(), of: None, words: words.collect::<BTreeMap<_, _>>() }
    }

    fn tail(as_rare: u64, all: u64) -> Tail {
        Tail { rows: 1, as_rare, all }
    }

    #[test]
    fn the_rarest_values_come_first() {
        let service = reason("{value}: at most 1 flow in {n} uses a service this rare", &[]);
        let state = reason("{value} (1 in {n})", &[("1R", "reset without an answer")]);
        let values = [
            (&state, "1R", tail(10, 109)),
            (&service, "TCP:1177", tail(10, 429)),
            (&state, "2", tail(9, 10)),
        ];
        assert_eq!(
            why(values.into_iter(), 1, 1),
            "TCP:1177: at most 1 flow in 42 uses a service this rare; reset without an answer (1 in 10); row 1 of its group"
        );
    }

    #[test]
    fn at_most_three_values_are_mentioned() {
        let plain = reason("{value} ({n})", &[]);
        let values = ["a", "b", "c", "d"].map(|shown| (&plain, shown, tail(1, 8)));
        assert_eq!(
            why(values.into_iter(), 3, 12),
            "a (8); b (8); c (8); place 3 of its story; row 12 of its group"
        );
    }

    #[test]
    fn a_value_is_shown_as_it_is_but_shortened() {
        let plain = reason("{value} ({n})", &[]);
        let long = "x".repeat(70);
        let values = [(&plain, "{n}\t{value}", tail(1, 4)), (&plain, &long, tail(1, 2))];
        let expected = format!("{{n}} {{value}} (4); {}… (2); row 1 of its group", "x".repeat(60));
        assert_eq!(why(values.into_iter(), 1, 1), expected);
    }
}

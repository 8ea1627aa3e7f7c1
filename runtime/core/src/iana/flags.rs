//! The names of TCP flags.

use std::sync::LazyLock;

use crate::Text;

/// Bit, letter and name, the highest bit first.
static FLAGS: LazyLock<Vec<(u32, &'static str, &'static str)>> = LazyLock::new(|| {
    let flag = |[bit, letter, name]: [&'static str; 3]| Some((bit.parse().ok()?, letter, name));
    super::entries(include_str!("../../data/tcp_flags.csv")).filter_map(flag).collect()
});

/// The names of the flags in `text`, the highest bit first: `ACK PSH SYN FIN` for `.AP.SF`, as nfdump prints them, for
/// `0x1b` and for `27`. Empty if no flag is set; `text` itself if it has none of these forms.
pub fn names(text: &str) -> Text {
    let given = text.trim();
    let number = match given.strip_prefix("0x").or_else(|| given.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => given.parse().ok(),
    };
    let is_printed =
        given.chars().all(|sign| sign == '.' || FLAGS.iter().any(|(_, letter, _)| letter.starts_with(sign)));
    if number.is_none() && !is_printed {
        return Text::from(text);
    }
    let is_set =
        |bit: u32, letter: &str| number.map_or_else(|| given.contains(letter), |number| number & bit != 0);
    let mut names = Text::default();
    for (_, _, name) in FLAGS.iter().filter(|(bit, letter, _)| is_set(*bit, letter)) {
        if !names.is_empty() {
            names.push(' ');
        }
        names.push_str(name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn flags_are_named_however_they_are_printed() {
        for text in [".AP.SF", "...AP.SF", "0x1b", "0X1B", "27"] {
            assert_eq!(names(text), "ACK PSH SYN FIN", "{text}");
        }
        assert_eq!(names("CEUAPRSF"), "CWR ECE URG ACK PSH RST SYN FIN");
        assert_eq!((names("......"), names("0"), names("")), ("".into(), "".into(), "".into()));
        assert_eq!((names("XYZ"), names("0xzz")), ("XYZ".into(), "0xzz".into()));
    }
}

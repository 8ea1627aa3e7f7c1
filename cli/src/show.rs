//! Tables and numbers for people.

use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use flow_oa_schema::printable::in_line;

/// Only one line, below the headings, so that a table can be read and copied.
const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table with these headings. Columns with a heading that begins with `#` are right-aligned, for numbers.
pub(crate) fn table(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(STYLE).set_content_arrangement(ContentArrangement::Disabled);
    let is_number = |at: usize| headings.get(at).is_some_and(|heading| heading.starts_with('#'));
    let aligned = |at: usize, text: String| {
        let side = if is_number(at) { CellAlignment::Right } else { CellAlignment::Left };
        Cell::new(in_line(&text)).set_alignment(side)
    };
    table.set_header(
        headings.iter().enumerate().map(|(at, text)| aligned(at, text.trim_start_matches('#').to_owned())),
    );
    for row in rows {
        table.add_row(row.into_iter().enumerate().map(|(at, cell)| aligned(at, cell)));
    }
    let mut text: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    text.insert(0, '\n');
    text
}

/// A whole number with thousands separators.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> = digits
        .as_bytes()
        .rchunks(3)
        .rev()
        .map(|chunk| std::str::from_utf8(chunk).unwrap_or_default())
        .collect();
    groups.join(",")
}

/// A number with its noun, in the singular `one` or the plural `many`.
pub(crate) fn plural(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// Seconds, with two decimals.
pub(crate) fn seconds(seconds: f64) -> String {
    format!("{seconds:.2} s")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn a_cell_is_one_line_whatever_it_holds() {
        let text = table(&["na\u{1b}me"], [vec!["a\nb\u{202e}".into()]]);
        assert_eq!(text.lines().filter(|line| line.contains("a\\nb\\u{202e}")).count(), 1, "{text}");
        assert!(text.contains("na\\u{1b}me"), "{text}");
    }

    #[test]
    fn numbers_stand_to_the_right() {
        let text = table(&["name", "#rows"], [vec!["a".into(), "5".into()], vec!["b".into(), "1234".into()]]);
        assert!(text.contains("a         5"), "{text}");
    }
}

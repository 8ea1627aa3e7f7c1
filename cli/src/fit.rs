//! The answer to a query as a table that fits the terminal: the columns that matter most, values as people write them, and
//! the reasons of a row below it where they have no room beside it.
//!
//! # Decisions
//!
//! - **Columns of tables are chosen by their roles**, never by their names, and shown in the order of the answer. What a
//!   query counts of a whole story comes first, and what has no role last, as long as there is room.
//! - **Only a table on a terminal is abridged.** A pipe gets all columns, and every value as it is stored.

use flow_oa_analyst::query::{OF_STORY, field};
use flow_oa_core::iana::icmp;
use flow_oa_schema::answer::{Answer, AnswerColumn, Datum};
use flow_oa_schema::printable::in_line;
use unicode_width::UnicodeWidthStr;

use crate::show::{count, table};

/// Roles in the order in which their columns get room, after the columns of a whole story.
const ROLES: [&str; 14] = [
    "rows",
    "time",
    "source",
    "client",
    "destination",
    "service",
    "subject",
    "destination_port",
    "protocol",
    "bytes",
    "why",
    "packets",
    "source_port",
    "score",
];

/// The blanks between two columns.
const BETWEEN: usize = 3;

/// The least room for reasons beside a row.
const REASONS: usize = 40;

/// The longest cell, except for reasons.
const LONGEST: usize = 40;

/// A value for people, and whether it stands to the right.
struct Shown {
    text: String,
    is_number: bool,
}

/// The table of an answer in this many columns of a terminal.
pub(crate) fn fitted(answer: &Answer, width: usize) -> String {
    let is_one_day = answer.from == answer.to;
    let columns: Vec<Vec<Shown>> = (0..answer.columns.len())
        .map(|at| answer.rows.iter().map(|row| shown(answer, row, at, is_one_day)).collect())
        .collect();
    let chosen = chosen(answer, &columns, width);
    let heading = |at: &usize| {
        let name = heading(&answer.columns[*at]);
        if columns[*at].iter().any(|cell| cell.is_number) { format!("#{name}") } else { name }
    };
    let headings: Vec<String> = chosen.iter().map(heading).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    let rows = (0..answer.rows.len())
        .map(|row| chosen.iter().map(|at| columns[*at][row].text.clone()).collect::<Vec<String>>());
    let text = table(&headings, rows);
    let why = of_role(answer, "why").filter(|why| !chosen.contains(why));
    match why {
        Some(why) => with_reasons(&text, columns[why].iter().map(|cell| cell.text.as_str()), width),
        None => text,
    }
}

fn of_role(answer: &Answer, role: &str) -> Option<usize> {
    answer.columns.iter().position(|column| column.role.as_deref() == Some(role))
}

/// The columns that have room, in the order of the answer, but the rank first.
fn chosen(answer: &Answer, columns: &[Vec<Shown>], width: usize) -> Vec<usize> {
    let is = |at: usize, role: &str| answer.columns[at].role.as_deref() == Some(role);
    let importance = |at: &usize| {
        let column = &answer.columns[*at];
        let known = ROLES.iter().position(|role| is(*at, role)).unwrap_or(ROLES.len());
        match () {
            () if is(*at, "rank") => 0,
            () if is(*at, "story") => 1,
            () if column.name.starts_with(OF_STORY) => 2,
            () => 3 + known,
        }
    };
    let mut all: Vec<usize> = (0..columns.len()).collect();
    if answer.from == answer.to {
        all.retain(|at| !is(*at, "partition"));
    }
    all.sort_by_key(importance);
    let mut room = width;
    let mut chosen = Vec::new();
    for at in all {
        let widest = columns[at].iter().map(|cell| in_line(&cell.text).width()).max().unwrap_or_default();
        let needed = widest.max(heading(&answer.columns[at]).width()) + BETWEEN;
        let is_there = columns[at].iter().any(|cell| !cell.text.is_empty());
        if needed <= room && is_there && (!is(at, "why") || room >= needed.max(REASONS)) {
            room -= needed;
            chosen.push(at);
        }
    }
    chosen.sort_by_key(|at| (!is(*at, "rank"), *at));
    chosen
}

/// The heading of a column: of a story's own columns, without the word that all of them have.
fn heading(column: &AnswerColumn) -> String {
    column.name.strip_prefix(OF_STORY).unwrap_or(&column.name).to_owned()
}

/// The value in a row, as people write it.
fn shown(answer: &Answer, row: &[Option<Datum>], at: usize, is_one_day: bool) -> Shown {
    let role = answer.columns[at].role.as_deref();
    let text = |text: String| Shown { text, is_number: false };
    let number = |text: String| Shown { text, is_number: true };
    match (&row[at], role) {
        (Some(Datum::Whole(bytes)), Some("bytes")) => number(in_units(*bytes)),
        (Some(Datum::Whole(rows)), Some("rows" | "packets")) => number(of(*rows)),
        (Some(Datum::Whole(port)), Some("destination_port")) => match message(answer, row, *port) {
            Some(message) => text(message),
            None => number(port.to_string()),
        },
        (Some(Datum::Whole(other)), _) => number(other.to_string()),
        (Some(Datum::Real(real)), _) => number(short(*real)),
        (Some(Datum::Text(time)), Some("time")) if is_one_day => {
            let day = format!("{} ", answer.from);
            text(time.strip_prefix(&day).unwrap_or(time).to_owned())
        }
        (Some(Datum::Text(why)), Some("why")) => text(why.clone()),
        (Some(Datum::Text(place)), _) => text(cut(known(place))),
        (Some(Datum::Truth(truth)), _) => text(if *truth { "yes" } else { "no" }.to_owned()),
        (None, _) => text(field(&None)),
    }
}

/// The ICMP message of a row, if its protocol is ICMP.
fn message(answer: &Answer, row: &[Option<Datum>], port: i64) -> Option<String> {
    let Some(Datum::Text(protocol)) = &row[of_role(answer, "protocol")?] else { return None };
    Some(icmp::name(port, protocol).to_string()).filter(|name| !name.is_empty())
}

/// A text without the marks that stand for an unknown place: `-`, and `-;-` before the owner of a network.
fn known(place: &str) -> &str {
    if place == "-" { "" } else { place.strip_prefix("-;-").unwrap_or(place).trim_start() }
}

fn cut(text: &str) -> String {
    if text.width() <= LONGEST {
        return text.to_owned();
    }
    let mut start: String = text.chars().take(LONGEST - 1).collect();
    start.push('…');
    start
}

fn of(number: i64) -> String {
    u64::try_from(number).map_or_else(|_| number.to_string(), count)
}

/// Bytes with three digits and a unit: `532 B`, `1.24 kB`.
fn in_units(bytes: i64) -> String {
    const UNITS: [&str; 7] = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
    let (mut size, mut unit) = (bytes as f64, 0);
    // From 999.5 on, three digits would round to 1000.
    while size.abs() >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let decimals = match (unit, size.abs()) {
        (0, _) => 0,
        (_, size) if size < 9.995 => 2,
        (_, size) if size < 99.95 => 1,
        _ => 0,
    };
    format!("{size:.decimals$} {}", UNITS[unit])
}

/// A number with three digits.
fn short(number: f64) -> String {
    if number == 0.0 || (0.001..100_000.0).contains(&number.abs()) {
        let text = format!("{number:.3}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{number:.2e}")
}

/// A table with the reasons of each row below it.
fn with_reasons<'a>(table: &str, reasons: impl Iterator<Item = &'a str>, width: usize) -> String {
    let mut lines = table.split_inclusive('\n');
    // A blank line, the headings, and the line below them.
    let mut text: String = lines.by_ref().take(3).collect();
    for (line, reason) in lines.zip(reasons) {
        text.push_str(line);
        for part in wrapped(&in_line(reason), width.saturating_sub(INDENT.len()).max(REASONS)) {
            text.push_str(INDENT);
            text.push_str(&part);
            text.push('\n');
        }
    }
    text
}

const INDENT: &str = "      ";

/// The words of a text in lines of at most this width, if each word has room.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_three_digits_and_a_unit() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (9_996, "10.0 kB"),
            (99_960, "100 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (i64::MAX, "9.22 EB"),
            (-1500, "-1.50 kB"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(in_units(bytes), expected);
        }
    }

    #[test]
    fn numbers_are_short() {
        for (number, expected) in
            [(0.0, "0"), (1.5, "1.5"), (4.7415e-8, "4.74e-8"), (123_456.0, "1.23e5"), (420.0, "420")]
        {
            assert_eq!(short(number), expected);
        }
    }

    #[test]
    fn unknown_places_are_blank() {
        for (place, expected) in
            [("-", ""), ("-;-", ""), ("-;- Private network", "Private network"), ("a;b c", "a;b c")]
        {
            assert_eq!(known(place), expected);
        }
    }
}

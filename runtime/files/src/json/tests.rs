use std::io;

use super::*;
use crate::text::LONGEST;

fn shape(fields: &[&[&str]]) -> Shape {
    let fields = fields.iter().map(|spellings| spellings.iter().map(|name| (*name).to_owned()).collect());
    Shape { fields: fields.collect(), ..Shape::default() }
}

type Seen = Vec<(Next, Vec<String>)>;

fn read(text: impl Read, shape: &Shape) -> Result<Seen, Unread> {
    let mut records = JsonRecords::new(text, shape);
    let mut seen = Vec::new();
    while let Some(next) = records.next_record()? {
        let fields = records.current().iter().map(|field| String::from_utf8_lossy(field).into_owned());
        seen.push((next, fields.collect()));
    }
    Ok(seen)
}

fn record(line: u64, fields: &[&str]) -> (Next, Vec<String>) {
    (Next::Record(line), fields.iter().map(|field| (*field).to_owned()).collect())
}

#[test]
fn dots_stand_between_keys_or_in_them_and_values_keep_their_digits() {
    let shape = shape(&[&["id.orig_h", "id_orig_h"], &["ts"], &["a.b.c"]]);
    let text = "\u{feff}{\"id.orig_h\":\"x\",\"ts\":1588316975.9138490000001,\"a\":{\"b\":{\"c\":true}}}\r\n\n\
                {\"ID_ORIG_H\":\"\\u00e4\\n\",\"ts\":null,\"a\":{\"b.c\":-1}}\n{\"id\":{\"orig_h\":\"y\"},\"a.b\":{\"c\":[1]},\"a\":7}";
    assert_eq!(
        read(text.as_bytes(), &shape).unwrap(),
        [
            record(1, &["x", "1588316975.9138490000001", "true"]),
            record(3, &["ä\n", "", "-1"]),
            record(4, &["y", "", "[1]"]),
        ]
    );
}

#[test]
fn a_damaged_line_is_one_damaged_record() {
    let text = "{\"a\":1}\n{\"a\":\"2\n{\"a\":3} x\n[4]\n{\"a\":5,}\n{\"a\":6}\n";
    let seen = read(text.as_bytes(), &shape(&[&["a"]])).unwrap();
    let lines: Vec<u64> = seen
        .iter()
        .map(|(next, _)| match next {
            Next::Record(line) => line * 10,
            Next::Damaged(line, reason) => {
                assert!(reason.starts_with("column ") && reason.contains("not valid JSON"), "{reason}");
                *line
            }
        })
        .collect();
    assert_eq!(lines, [10, 2, 3, 4, 5, 60]);
}

#[test]
fn lists_and_objects_over_several_lines_are_read_one_by_one() {
    let expected = [record(2, &["1"]), record(5, &["}]\\"]), record(5, &["3"])];
    let text = "[\n{\n \"a\": 1\n},\n {\"a\":\"}]\\\\\"},{\"a\":3} ]\n";
    assert_eq!(read(text.as_bytes(), &shape(&[&["a"]])).unwrap(), expected);
    let text = "{\n \"a\": 1\n}\n{\n\"a\": 2}";
    assert_eq!(read(text.as_bytes(), &shape(&[&["a"]])).unwrap(), [record(1, &["1"]), record(4, &["2"])]);
}

fn tuples() -> Shape {
    Shape {
        each: Some("records.flows.tuples".to_owned()),
        tuple: Some((b',', 2, 3)),
        ..shape(&[&["records.rule"], &["records.flows.mac"]])
    }
}

#[test]
fn entries_of_lists_have_the_values_around_them() {
    let text = "{\"v\":[[1]],\"records\":[\n{\"rule\":\"r\",\"flows\":[{\"mac\":\"m\",\"tuples\":[\"1,2\",\n\"3,4,5\"]},\n\
                {\"tuples\":[\"6,7\",\"8\",9]}]},{\"flows\":{\"tuples\":[\"1,\"]}}],\"x\":1.5}\n{\"records\":[]}";
    let seen = read(text.as_bytes(), &tuples()).unwrap();
    assert_eq!(seen[0], record(2, &["r", "m", "1", "2", ""]));
    assert_eq!(seen[1], record(3, &["r", "m", "3", "4", "5"]));
    assert_eq!(seen[2], record(4, &["r", "", "6", "7", ""]));
    assert_eq!(seen[3].0, Next::Damaged(4, "expected a text with 2 to 3 fields, found 1".to_owned()));
    assert_eq!(seen[4].0, Next::Damaged(4, "expected a text with fields".to_owned()));
    assert_eq!(seen[5], record(4, &["", "", "1", "", ""]));
    assert_eq!(seen.len(), 6);
}

#[test]
fn a_list_may_hold_documents_with_lists() {
    let text = "[{\"records\":[{\"flows\":{\"tuples\":[\"1,2\"]}}]},\n{\"x\":1,\"records\":[{\"flows\":{\"tuples\":[\"3,4\"]}}]}]";
    let seen = read(text.as_bytes(), &tuples()).unwrap();
    assert_eq!(seen, [record(1, &["", "", "1", "2", ""]), record(2, &["", "", "3", "4", ""])]);
}

#[test]
fn a_document_without_its_list_is_named() {
    for text in
        ["{\"records\":[]}\n{\"error\":[1]}\n{\"records\":[]}", "[{\"records\":[]},\n{\"records\":null}]"]
    {
        let unread = read(text.as_bytes(), &tuples()).unwrap_err();
        assert_eq!(unread.line, 2);
        assert!(unread.reason.contains("has no list `records`"), "{}", unread.reason);
    }
}

#[test]
fn an_object_without_the_list_of_its_records_is_damaged_and_one_whose_list_is_empty_is_not() {
    let text = "{\"records\":[{\"rule\":\"r\"},{\"flows\":[{\"mac\":\"m\"}]},\n{\"flows\":[]},{\"flows\":[{\"tuples\":[]}]}]}";
    let seen = read(text.as_bytes(), &tuples()).unwrap();
    assert_eq!(seen.len(), 2, "{seen:?}");
    for (next, _) in seen {
        let Next::Damaged(1, reason) = next else { panic!("{next:?}") };
        assert!(reason.contains("lacks `records.flows.tuples`"), "{reason}");
    }
}

#[test]
fn a_value_behind_its_list_is_named() {
    let text = "{\"records\":[{\"flows\":[{\"tuples\":[\"1,2\"],\"mac\":\"m\"}]}]}";
    let seen = read(text.as_bytes(), &tuples()).unwrap();
    let Next::Damaged(1, reason) = &seen[0].0 else { panic!("{seen:?}") };
    assert!(reason.starts_with("`records.flows.mac` stands behind the list"), "{reason}");
}

#[test]
fn what_cannot_be_read_is_said_where_it_begins() {
    let deep = format!("{{\"b\":{}1{}}}", "[".repeat(70), "]".repeat(70));
    for (text, expected) in [
        ("[{\"a\":1},\n{\"a\":", "2: the file ends within the object that begins here"),
        ("[{\"a\":1}\n", "2: the file ends within a list"),
        ("[{\"a\":1},\n 7]", "2: expected an object in the list, found `7`"),
        ("x", "1: expected a JSON object or list, found `x`"),
        (&format!("[{deep}]"), "1: the object that begins here has more than 64 levels"),
    ] {
        let unread = read(text.as_bytes(), &shape(&[&["a"]])).unwrap_err();
        let message = format!("{}: {}", unread.line, unread.reason);
        assert!(message.starts_with(expected), "{text}: {message}");
    }
    let seen = read(format!("{deep}\n{{\"a\":1}}").as_bytes(), &shape(&[&["a"]])).unwrap();
    assert!(
        matches!(&seen[0].0, Next::Damaged(1, reason) if reason.starts_with("more than 64 levels")),
        "{seen:?}"
    );
    assert_eq!(seen[1], record(2, &["1"]));
}

#[test]
fn an_endless_line_or_object_is_refused_before_it_fills_the_memory() {
    for (start, what) in [("{\"a\":1}\n{\"a\":\"", "line"), ("[\n{\"a\":\"", "object")] {
        let unread = read(start.as_bytes().chain(io::repeat(b'x')), &shape(&[&["a"]])).unwrap_err();
        assert!(
            unread.line == 2 && unread.reason.contains(what) && unread.reason.contains("1 MiB"),
            "{unread:?}"
        );
    }
    let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(LONGEST as usize - 20));
    assert_eq!(read(long.as_bytes(), &shape(&[&["b"]])).unwrap().len(), 1);
}

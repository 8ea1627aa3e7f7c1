//! What readers of cells accept, refuse and correct.

use std::fmt;

use csv::ByteRecord;
use proptest::prelude::*;

use super::{CellFault, Cells};
use crate::Zone;

fn read<T>(text: &str, reader: impl Fn(&Cells<'_>, usize) -> Result<T, CellFault>) -> Result<T, CellFault> {
    let record = ByteRecord::from(vec!["x", text]);
    reader(&Cells::new(&record, &["first", "second"], &Zone::utc()), 1)
}

fn said<T: fmt::Debug>(fault: Result<T, CellFault>) -> String {
    fault.unwrap_err().to_string()
}

#[test]
fn a_fault_says_where_what_was_found_and_what_was_expected() {
    let expected = "column 2 (second): expected a whole number from -32768 to 32767, found \"32768\"";
    assert_eq!(said(read("32768", |record, at| record.smallint(at))), expected);
    assert_eq!(
        said(read("", |record, at| record.address(at))),
        "column 2 (second): expected an IPv4 or IPv6 address, found nothing"
    );
    let long = "9".repeat(100);
    assert!(said(read(&long, |record, at| record.bigint(at))).ends_with("9…\""));
}

#[test]
fn numbers_are_read_as_tools_write_them() {
    assert_eq!(read("    0.000", |record, at| record.double(at)), Ok(0.0));
    assert_eq!(read("2.26E-07", |record, at| record.double(at)), Ok(2.26e-7));
    assert_eq!(read("0.000000021", |record, at| record.double(at)), Ok(2.1e-8));
    assert_eq!(read("9223372036854775807", |record, at| record.bigint(at)), Ok(i64::MAX));
    for text in ["NaN", "inf", "-inf", "1e999", "0x10", "1_000", "1,5", ""] {
        assert!(read(text, |record, at| record.double(at)).is_err(), "{text}");
    }
    assert!(read("1e39", |record, at| record.float(at)).is_err(), "beyond single precision");
}

#[test]
fn a_number_outside_its_range_is_refused_with_the_range() {
    assert_eq!(read("65535", |record, at| record.whole(at, 0..=65_535)), Ok(65_535));
    assert_eq!(
        said(read("70000", |record, at| record.whole(at, 0..=65_535))),
        "column 2 (second): expected a whole number from 0 to 65535, found \"70000\""
    );
    for text in ["-1", "65536", "9999999999", "443.0", ""] {
        assert!(read(text, |record, at| record.whole(at, 0..=65_535)).is_err(), "{text}");
    }
    assert_eq!(
        said(read("-1", |record, at| record.whole(at, 0i64..))),
        "column 2 (second): expected a whole number from 0 on, of at most 64 bits, found \"-1\""
    );
    assert_eq!(read("90", |record, at| record.double_within(at, -90.0..=90.0)), Ok(90.0));
    assert_eq!(
        said(read("90.1", |record, at| record.double_within(at, -90.0..=90.0))),
        "column 2 (second): expected a number from -90 to 90, found \"90.1\""
    );
}

#[test]
fn text_loses_the_spaces_around_it_and_must_be_text() {
    assert_eq!(read(" a\tb\n", |record, at| record.text(at)).as_deref(), Ok("a\tb"));
    assert_eq!(
        read(" a ", |record, at| record.part(at)).as_deref(),
        Ok(" a "),
        "a part of a text keeps them"
    );
    assert!(said(read("a\0b", |record, at| record.text(at))).contains("without NUL"));
    let record = ByteRecord::from(vec![&b"\xff\xfe"[..]]);
    assert!(Cells::new(&record, &["raw"], &Zone::utc()).text(0).is_err());
}

#[test]
fn a_sum_beyond_its_type_is_a_fault() {
    assert_eq!(read("1", |record, at| record.sum(at, &[i64::MAX, -1, 1])), Ok(i64::MAX));
    assert!(read("1", |record, at| record.sum(at, &[i64::MAX, 1])).is_err());
    assert_eq!(read("1", |record, at| record.real_sum(at, &[0.5, 1.0])), Ok(1.5));
    assert!(read("1", |record, at| record.real_sum(at, &[f64::MAX, f64::MAX])).is_err());
}

proptest! {
    #[test]
    fn whole_numbers_read_back(number: i64) {
        prop_assert_eq!(read(&number.to_string(), |record, at| record.bigint(at)), Ok(number));
        prop_assert_eq!(read(&number.to_string(), |record, at| record.int(at)).ok(), i32::try_from(number).ok());
        prop_assert_eq!(read(&number.to_string(), |record, at| record.smallint(at)).ok(), i16::try_from(number).ok());
    }

    #[test]
    fn finite_numbers_read_back_exactly(bits: u64) {
        let number = f64::from_bits(bits);
        let found = read(&format!("{number:?}"), |record, at| record.double(at));
        prop_assert_eq!(found.ok(), Some(number).filter(|it| it.is_finite()));
    }

    #[test]
    fn no_cell_makes_a_reader_panic(text in ".{0,30}") {
        let _ = read(&text, |record, at| record.time(at));
        let _ = read(&text, |record, at| record.bit(at));
        let _ = read(&text, |record, at| record.float(at));
    }
}

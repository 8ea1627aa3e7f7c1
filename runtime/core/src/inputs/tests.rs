//! What readings make of the fields of a record.

use std::collections::BTreeMap;

use flow_oa_schema::model::EpochUnit;
use proptest::prelude::*;

use flow_oa_schema::model::Flags;

use super::*;

/// The fields of the records of these tests.
const NAMES: [&str; 3] = ["a", "b", "c"];

fn readings(read: Read, nulls: &[&str], is_numbered: bool) -> Readings {
    let names = NAMES.map(str::to_owned).to_vec();
    let places = (0..NAMES.len()).map(|at| is_numbered.then_some(at)).collect();
    Readings {
        reads: vec![read],
        nulls: nulls.iter().filter(|null| !null.is_empty()).map(|null| (*null).to_owned()).collect(),
        is_empty_null: nulls.contains(&""),
        columns: Columns { names, places },
        zone: Zone::utc(),
    }
}

/// What a reading gives for a record of JSON, in which `-` stands for no value.
fn give<T>(
    read: Read,
    record: [&str; 3],
    reader: impl Fn(&Inputs<'_>) -> Result<T, CellFault>,
) -> Result<T, String> {
    let (readings, record) = (readings(read, &["-"], false), ByteRecord::from(record.to_vec()));
    reader(&readings.of(&record)).map_err(|fault| fault.to_string())
}

fn text(read: Read, record: [&str; 3]) -> Result<String, String> {
    give(read, record, |inputs| inputs.text(0)).map(|text| text.to_string())
}

fn whole(read: Read, record: [&str; 3]) -> Result<i64, String> {
    give(read, record, |inputs| inputs.bigint(0))
}

fn real(read: Read, record: [&str; 3]) -> Result<f64, String> {
    give(read, record, |inputs| inputs.double(0))
}

fn time(read: Read, record: [&str; 3]) -> Result<String, String> {
    give(read, record, |inputs| inputs.time(0)).map(|moment| moment.text().to_string())
}

fn column(at: usize) -> Box<Read> {
    Box::new(Read::Column(at))
}

#[test]
fn a_fault_names_the_column_only_if_columns_are_numbered() {
    let record = ByteRecord::from(vec!["1", "70000", "3"]);
    let said = |is_numbered| {
        let readings = readings(Read::Column(1), &[], is_numbered);
        readings.of(&record).whole(0, 0..=65_535).unwrap_err().to_string()
    };
    assert_eq!(said(true), "column 2 (b): expected a whole number from 0 to 65535, found \"70000\"");
    assert_eq!(said(false), "b: expected a whole number from 0 to 65535, found \"70000\"");
}

#[test]
fn what_stands_for_no_value_gives_way_to_the_next_reading() {
    let or_7 = || Read::First(vec![Read::Column(0), Read::Column(1), Read::Value(Value::Int(7))]);
    assert_eq!(whole(or_7(), ["1", "2", ""]), Ok(1));
    assert_eq!(whole(or_7(), ["-", "2", ""]), Ok(2));
    assert_eq!(whole(or_7(), ["", " - ", ""]), Ok(7));
    assert!(whole(or_7(), ["x", "2", ""]).unwrap_err().starts_with("a: expected a whole number"));
    assert_eq!(
        give(Read::Column(0), ["-", "", ""], |inputs| inputs.address(0)),
        Err("a: expected an IPv4 or IPv6 address, found \"-\"".to_owned())
    );
}

#[test]
fn an_empty_cell_of_a_numbered_column_is_no_missing_value_unless_the_format_says_so() {
    let or_7 = || Read::First(vec![Read::Column(0), Read::Value(Value::Int(7))]);
    let record = ByteRecord::from(vec!["", "", ""]);
    let found = |nulls: &[&str]| {
        readings(or_7(), nulls, true).of(&record).bigint(0).map_err(|fault| fault.to_string())
    };
    assert!(found(&[]).unwrap_err().ends_with("found nothing"));
    assert_eq!(found(&[""]), Ok(7));
}

#[test]
fn times_are_numbers_since_1970_or_texts_with_an_offset() {
    let epoch = |unit| Read::Epoch { of: column(0), unit };
    for (unit, written, expected) in [
        (EpochUnit::Seconds, "1588316975.913849", "2020-05-01 07:09:35"),
        (EpochUnit::Seconds, "1.588316975913849E9", "2020-05-01 07:09:35"),
        (EpochUnit::Seconds, "-0.5", "1969-12-31 23:59:59"),
        (EpochUnit::Milliseconds, "1588316544441", "2020-05-01 07:02:24"),
        (EpochUnit::Microseconds, "1588316544999999", "2020-05-01 07:02:24"),
        (EpochUnit::Nanoseconds, "1713486727999999999", "2024-04-19 00:32:07"),
        (EpochUnit::Seconds, "2011-08-15T03:36:16.748830Z", "2011-08-15 03:36:16"),
    ] {
        assert_eq!(time(epoch(unit), [written, "", ""]).as_deref(), Ok(expected), "{written}");
    }
    for (written, expected) in [
        ("2018-10-30T10:42:41.365021+0100", "2018-10-30 09:42:41"),
        ("2018-10-30 10:42:41 -05:30", "2018-10-30 16:12:41"),
        ("2020/05/01T07:03:39.797806", "2020-05-01 07:03:39"),
        ("2020/05/01+07:03:39", "2020-05-01 07:03:39"),
        ("2018-11-13T12:00:35.3899262Z", "2018-11-13 12:00:35"),
    ] {
        assert_eq!(time(Read::Column(0), [written, "", ""]).as_deref(), Ok(expected), "{written}");
    }
    let form = Read::Time { of: column(0), form: "%d/%b/%Y:%H:%M:%S %z".to_owned() };
    assert_eq!(time(form, ["01/May/2020:09:03:39 +0200", "", ""]).as_deref(), Ok("2020-05-01 07:03:39"));
    for text in ["1e30", "99999999999999999999", "x", "1.2.3"] {
        assert!(time(epoch(EpochUnit::Seconds), [text, "", ""]).is_err(), "{text}");
    }
}

#[test]
fn a_time_of_zeros_is_not_known() {
    let read = || Read::First(vec![Read::Column(0), Read::Column(1)]);
    let record = ["0000-00-00 00:00:00.000000", "2020-05-01 07:03:39", ""];
    assert_eq!(time(read(), record).as_deref(), Ok("2020-05-01 07:03:39"));
}

#[test]
fn durations_are_added_to_starts_and_found_between_times() {
    let end = || Read::End { start: column(0), duration: column(1) };
    assert_eq!(time(end(), ["2020-05-01 07:03:39.9", "0.2", ""]).as_deref(), Ok("2020-05-01 07:03:40"));
    assert_eq!(time(end(), ["2020-05-01 07:03:39", "", ""]).as_deref(), Ok("2020-05-01 07:03:39"));
    assert!(
        time(end(), ["2020-05-01 07:03:39", "x", ""]).unwrap_err().starts_with("b: expected a finite number")
    );
    let elapsed = || Read::Elapsed { from: column(0), to: column(1) };
    let both = ["2020-05-01 07:02:02.186", "2020-05-01 07:02:12.966", ""];
    assert_eq!(real(elapsed(), both), Ok(10.78));
    assert!(real(elapsed(), ["2020-05-01 07:02:02", "", ""]).is_err());
}

#[test]
fn a_negative_duration_is_0_and_counted() {
    let record = ByteRecord::from(vec!["-0.061", "18446744073709.551", "2.5"]);
    let elapsed = |at: usize| {
        let readings = readings(Read::Column(at), &[], true);
        let inputs = readings.of(&record);
        (inputs.elapsed(0, 0.0..=100.0).ok(), inputs.corrected().durations)
    };
    assert_eq!([elapsed(0), elapsed(1), elapsed(2)], [(Some(0.0), 1), (Some(0.0), 1), (Some(2.5), 0)]);
    let back = Read::Elapsed { from: column(0), to: column(1) };
    let record = ["2020-05-01 07:02:02", "2020-05-01 07:02:01", ""];
    assert_eq!(give(back, record, |inputs| inputs.elapsed(0, 0.0..=100.0)), Ok(0.0));
}

#[test]
fn the_first_time_counts_if_a_time_of_arrival_lacks_one() {
    let arrival = || Read::Arrival { received: column(2), first: column(0), last: column(1), duration: None };
    let (first, last) = ("2020-05-01 07:02:02", "2020-05-01 07:02:12");
    assert_eq!(time(arrival(), [first, last, "2020-05-01 07:02:13"]).as_deref(), Ok("2020-05-01 07:02:13"));
    assert_eq!(time(arrival(), [first, last, "2026-05-01 07:02:13"]).as_deref(), Ok(last));
    assert_eq!(time(arrival(), [first, last, ""]).as_deref(), Ok(last));
    assert_eq!(time(arrival(), ["", "", last]).as_deref(), Ok(last));
}

#[test]
fn numbers_are_computed_without_loss() {
    let subtract = || Read::Subtract { of: column(0), less: column(1) };
    assert_eq!(whole(subtract(), ["9223372036854775807", "1", ""]), Ok(i64::MAX - 1));
    assert!(whole(subtract(), ["-9223372036854775808", "1", ""]).is_err());
    assert!(whole(subtract(), ["7", "", ""]).is_err());
    let multiply = || Read::Multiply { of: column(0), by: column(1) };
    for (rate, expected) in [("100", 700), ("0", 7), ("", 7)] {
        assert_eq!(whole(multiply(), ["7", rate, ""]), Ok(expected), "{rate}");
    }
    assert!(whole(multiply(), ["9223372036854775807", "2", ""]).is_err());
    assert_eq!(real(Read::Scale { of: column(0), by: 0.001 }, ["2500", "", ""]), Ok(2.5));
}

#[test]
fn a_decimal_number_is_rounded_down_digit_by_digit() {
    let floor = |text| whole(Read::Floor(column(0)), [text, "", ""]);
    assert_eq!(floor("1588316619.999999999"), Ok(1_588_316_619));
    assert_eq!(floor("9007199254740993.5"), Ok(9_007_199_254_740_993), "beyond the precision of a double");
    for (text, expected) in [("7", 7), ("7.0", 7), ("-7.0", -7), ("-7.01", -8), ("-0.5", -1)] {
        assert_eq!(floor(text), Ok(expected), "{text}");
    }
    for text in ["", ".", ".5", "5.", "1.5e3", "1.-5", "NaN", "1,5", "9223372036854775808.0"] {
        assert!(floor(text).is_err(), "{text}");
    }
}

#[test]
fn the_type_and_code_of_icmp_make_a_port() {
    let port = |text| whole(Read::Port(column(0)), [text, "", ""]);
    assert_eq!((port("443"), port("8.0"), port("3.13")), (Ok(443), Ok(2048), Ok(781)));
    assert!(port("256.0").is_err() && port("8.").is_err() && port("8.0.0").is_err());
    assert!(port("65536").is_err() && port("-1").is_err());
    let bytes = |record| whole(Read::Bytes { high: column(0), low: column(1) }, record);
    assert_eq!((bytes(["3", "13", ""]), bytes(["8", "", ""])), (Ok(781), Ok(2048)));
    assert_eq!(bytes(["256", "0", ""]), Err("a: expected a number from 0 to 255, found \"256\"".to_owned()));
    let of = |text, is_swapped| whole(Read::Hexadecimal { of: column(0), is_swapped }, [text, "", ""]);
    assert_eq!((of("0x0103", false), of("0x0103", true), of("771", true)), (Ok(259), Ok(769), Ok(771)));
    assert!(of("0x", false).is_err() && of("0x100000000", false).is_err());
}

#[test]
fn flags_are_letters_numbers_or_a_history() {
    let flags = |text, written| super::values::flags(text, written).map(|flags| flags.to_string());
    for (text, written) in [
        ("...AP.SF", Flags::Letters),
        ("FS PA   ", Flags::Letters),
        ("CEAPSF", Flags::Letters),
        ("27", Flags::Number),
        ("219", Flags::Number),
        ("1b", Flags::Hexadecimal),
        ("0xDB", Flags::Hexadecimal),
        ("ShADadFf", Flags::History),
    ] {
        assert_eq!(flags(text, written).as_deref(), Some(".AP.SF"), "{text}");
    }
    assert_eq!(flags("HR^x", Flags::History).as_deref(), Some(".A.RS."));
    for (text, written) in [("CON", Flags::Letters), ("1b", Flags::Number), ("xyz", Flags::Hexadecimal)] {
        assert_eq!(flags(text, written), None, "{text}");
    }
}

#[test]
fn texts_are_cut_and_joined() {
    let last = |text| super::values::last(text, 6).to_string();
    assert_eq!((last("CEUAPRSF"), last(".AP")), ("UAPRSF".to_owned(), ".AP".to_owned()));
    assert_eq!(super::values::last("aéé", 2), "éé");
    let longer = |given| text(Read::LongerThan { of: column(0), characters: 1 }, [given, "", ""]);
    for text in ["/", " é "] {
        assert_eq!(longer(text).as_deref(), Ok(""), "{text:?}");
    }
    assert_eq!(longer("éé").as_deref(), Ok("éé"));
    let before = |given| text(Read::Before { of: column(0), mark: "_".to_owned() }, [given, "", ""]);
    assert_eq!(before("S_RA").as_deref(), Ok("S"));
    assert!(before("CON").is_err());
    let joined = Read::Join(vec![Read::Column(0), Read::Value(Value::Text("-".to_owned())), Read::Column(1)]);
    assert_eq!(text(joined, ["a ", "", ""]).as_deref(), Ok("a -"));
}

#[test]
fn a_condition_selects_a_reading_whatever_the_case() {
    let read = || Read::When {
        of: 0,
        is: vec!["icmp".to_owned(), "1".to_owned()],
        then: Box::new(Read::Value(Value::Int(0))),
        otherwise: Some(column(1)),
    };
    assert_eq!((whole(read(), ["ICMP", "7", ""]), whole(read(), ["tcp", "7", ""])), (Ok(0), Ok(7)));
    let or_9 = Read::First(vec![read(), Read::Value(Value::Int(9))]);
    let said = give(or_9.clone(), ["tcp", "70000", ""], |inputs| inputs.whole(0, 0..=65_535));
    assert_eq!(said, Err("b: expected a whole number from 0 to 65535, found \"70000\"".to_owned()));
    assert_eq!((whole(or_9.clone(), ["tcp", "", ""]), whole(or_9, ["tcp", "7", ""])), (Ok(9), Ok(7)));
}

#[test]
fn a_map_replaces_what_it_lists_and_reads_the_rest() {
    let values = BTreeMap::from([("I".to_owned(), "0".to_owned()), ("E".to_owned(), "1".to_owned())]);
    let map = |text| whole(Read::Map { of: column(0), values: values.clone() }, [text, "", ""]);
    assert_eq!((map("E"), map("7")), (Ok(1), Ok(7)));
    assert!(map("X").is_err());
}

proptest! {
    #[test]
    fn no_field_makes_a_reading_panic(text in ".{0,30}", other in "[0-9.x+-]{0,24}") {
        let all = || [
            Read::Column(0),
            Read::End { start: column(0), duration: column(1) },
            Read::Elapsed { from: column(0), to: column(1) },
            Read::Epoch { of: column(1), unit: EpochUnit::Seconds },
            Read::Time { of: column(0), form: other.clone() },
            Read::Last { of: column(0), characters: 3 },
            Read::LongerThan { of: column(0), characters: 3 },
            Read::Before { of: column(0), mark: "é".to_owned() },
            Read::Floor(column(1)),
            Read::Subtract { of: column(0), less: column(1) },
            Read::Multiply { of: column(0), by: column(1) },
            Read::Protocol { of: column(0), address: Some(column(1)) },
            Read::Port(column(1)),
            Read::Bytes { high: column(1), low: column(1) },
            Read::Hexadecimal { of: column(1), is_swapped: true },
            Read::Flags { of: column(0), written: Flags::Letters },
        ];
        for read in all() {
            let record = [text.as_str(), other.as_str(), ""];
            let _ = self::text(read.clone(), record);
            let _ = whole(read.clone(), record);
            let _ = real(read.clone(), record);
            let _ = time(read, record);
        }
    }
}

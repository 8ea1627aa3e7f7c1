//! Invalid data from a server, byte by byte.

use proptest::prelude::*;

use super::*;

/// A list of two texts, an i64, a double, a bool, and a struct with a map that is skipped.
fn message() -> Vec<u8> {
    [
        &[0x80, 1, 0, 2, 0, 0, 0, 1, b'm', 0, 0, 0, 9][..],
        &[15, 0, 1, 11, 0, 0, 0, 2, 0, 0, 0, 1, b'a', 0, 0, 0, 0],
        &[10, 0, 2, 255, 255, 255, 255, 255, 255, 255, 254],
        &[4, 0, 3, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0],
        &[2, 0, 4, 1],
        &[12, 0, 99, 13, 0, 1, 11, 8, 0, 0, 0, 1, 0, 0, 0, 1, b'k', 0, 0, 0, 5, 6, 0, 2, 0, 1, 3, 0, 3, 7, 0],
        &[14, 0, 98, 10, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8],
        &[8, 0, 5, 0, 0, 0, 6, 0],
    ]
    .concat()
}

#[derive(Debug, Default, PartialEq)]
struct Read {
    texts: Vec<Vec<u8>>,
    long: i64,
    double: f64,
    truth: bool,
    int: i32,
}

fn read(bytes: &[u8], limit: usize) -> Result<Read, Fault> {
    let mut decoder = Decoder::new(bytes, limit);
    decoder.reply("m", 9)?;
    let mut read = Read::default();
    decoder.structure(|decoder, field| {
        match field.id {
            1 => {
                decoder.list(field, Kind::Binary, |decoder| {
                    read.texts.push(decoder.binary_value()?);
                    Ok(())
                })?;
            }
            2 => read.long = decoder.i64(field)?,
            3 => read.double = decoder.double(field)?,
            4 => read.truth = decoder.boolean(field)?,
            5 => read.int = decoder.i32(field)?,
            _ => decoder.skip(field)?,
        }
        Ok(())
    })?;
    Ok(read)
}

fn said<T: std::fmt::Debug>(result: Result<T, Fault>) -> String {
    match result {
        Err(Fault::Malformed(text) | Fault::Foreign(_, text)) => text,
        other => panic!("{other:?}"),
    }
}

/// Reads the struct alone, after the header that every test has.
fn body(bytes: &[u8]) -> Result<Read, Fault> {
    read(&[&message()[..13], bytes].concat(), 1 << 30)
}

#[test]
fn every_kind_is_read_and_what_nobody_asks_for_is_skipped() {
    let expected =
        Read { texts: vec![b"a".to_vec(), Vec::new()], long: -2, double: 0.5, truth: true, int: 6 };
    assert_eq!(read(&message(), message().len()).unwrap(), expected);
}

#[test]
fn a_message_that_is_cut_anywhere_is_an_error() {
    let message = message();
    for end in 0..message.len() {
        said(read(&message[..end], 1 << 30));
        said(read(&message[..end], end));
        // The message is complete, but longer than the limit.
        said(read(&message, end));
    }
}

#[test]
fn no_length_is_believed_that_cannot_be_true() {
    for length in [[0xff, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0x7f, 0xff, 0xff, 0xff]] {
        for head in
            [&[15, 0, 1, 11][..], &[11, 0, 77], &[13, 0, 77, 11, 11], &[14, 0, 77, 12], &[15, 0, 77, 2]]
        {
            let text = said(body(&[head, &length].concat()));
            assert!(text.contains("a length of"), "{text}");
        }
    }
    // Ten million longs are too many for 64 MiB, though the number itself is below that.
    let many = 10_000_000_u32.to_be_bytes();
    let bytes = [&[10][..], &many].concat();
    let mut decoder = Decoder::new(&bytes[..], 64 << 20);
    said(decoder.list(Field { id: 1, kind: Kind::List }, Kind::I64, |_| panic!("nothing is read")));
}

#[test]
fn a_long_text_that_does_not_come_takes_no_memory() {
    let mut value = Vec::new();
    let bytes = [&0x1000_0000_u32.to_be_bytes()[..], b"short"].concat();
    assert!(Decoder::new(&bytes[..], 1 << 30).binary_onto(&mut value).is_err());
    assert!(value.capacity() <= 2 * STEP, "{}", value.capacity());
}

#[test]
fn a_value_of_a_wrong_kind_is_named() {
    assert_eq!(said(body(&[8, 0, 1, 0, 0, 0, 0, 0])), "field 1 is i32 where list is due");
    assert_eq!(said(body(&[2, 0, 5, 1, 0])), "field 5 is bool where i32 is due");
    assert_eq!(said(body(&[15, 0, 1, 8, 0, 0, 0, 1])), "field 1 is a list of i32, not of binary");
    assert_eq!(said(body(&[7, 0, 1])), "a value of kind 7, which there is not");
    assert_eq!(said(body(&[15, 0, 77, 99, 0, 0, 0, 1, 0])), "a value of kind 99, which there is not");
    // An empty container does not need the type of its elements.
    assert!(body(&[15, 0, 1, 0, 0, 0, 0, 0, 13, 0, 77, 0, 0, 0, 0, 0, 0, 0]).is_ok());
}

#[test]
fn nesting_has_an_end() {
    let nested = |kind: &[u8], levels: usize| body(&kind.repeat(levels));
    assert!(said(nested(&[12, 0, 77], 1000)).contains("nested deeper"));
    let lists = [&[15, 0, 77][..], &[15, 0, 0, 0, 1].repeat(100_000)].concat();
    assert!(said(body(&lists)).contains("nested deeper"));
    let deep = usize::from(DEEPEST) - 1;
    assert!(body(&[&[12, 0, 77].repeat(deep)[..], &vec![0; deep + 1]].concat()).is_ok());
}

#[test]
fn an_answer_to_something_else_is_refused() {
    let mut other = message();
    other[12] = 8;
    assert!(said(read(&other, 1000)).contains("number 8"));
    let exception = [
        &[0x80, 1, 0, 3, 0, 0, 0, 1, b'm', 0, 0, 0, 9][..],
        &[8, 0, 2, 0, 0, 0, 1, 11, 0, 1, 0, 0, 0, 2, b'n', b'o', 0],
    ]
    .concat();
    assert!(said(read(&exception, 1000)).ends_with("and says: no"));
    let guess = |bytes: &[u8]| match read(bytes, 1000) {
        Err(Fault::Foreign(speaks, _)) => speaks,
        other => panic!("{other:?}"),
    };
    assert_eq!(guess(b"HTTP/1.1 400"), Speaks::Http);
    assert_eq!(guess(&[0x15, 3, 3, 0, 2]), Speaks::Tls);
    assert_eq!(guess(&[4, 0, 0, 0, 9]), Speaks::Sasl);
    assert_eq!(guess(b"SSH-2.0"), Speaks::Unknown);
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, 1 << 20);
        let _ = body(&bytes);
    }

    #[test]
    fn nor_does_one_byte_that_is_another(at in 0_usize..120, byte: u8) {
        let mut bytes = message();
        let length = bytes.len();
        bytes[at % length] = byte;
        let _ = read(&bytes, length);
    }
}

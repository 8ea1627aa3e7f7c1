//! The encoder. It cannot fail: the sender checks the size of a message, the only thing that can be wrong.

use super::{Kind, message};

/// Encodes one message.
#[derive(Debug, Default)]
pub(crate) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    /// Starts a message with the header of a call.
    pub(crate) fn call(method: &str, sequence: i32) -> Self {
        let mut encoder = Self::default();
        encoder.raw(&(message::VERSION | message::CALL).to_be_bytes());
        encoder.value(method.as_bytes());
        encoder.raw(&sequence.to_be_bytes());
        encoder
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Writes a field that is a struct, whose fields `inner` writes.
    pub(crate) fn structure(&mut self, id: i16, inner: impl FnOnce(&mut Self)) {
        self.field(Kind::Struct, id);
        inner(self);
        self.stop();
    }

    /// Ends the outermost struct of a message; [`Self::structure`] ends its own.
    pub(crate) fn stop(&mut self) {
        self.bytes.push(0);
    }

    pub(crate) fn boolean(&mut self, id: i16, value: bool) {
        self.field(Kind::Bool, id);
        self.bytes.push(u8::from(value));
    }

    pub(crate) fn i32(&mut self, id: i16, value: i32) {
        self.field(Kind::I32, id);
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn i64(&mut self, id: i16, value: i64) {
        self.field(Kind::I64, id);
        self.raw(&value.to_be_bytes());
    }

    pub(crate) fn double(&mut self, id: i16, value: f64) {
        self.field(Kind::Double, id);
        self.raw(&value.to_be_bytes());
    }

    /// Writes a text or binary.
    pub(crate) fn binary(&mut self, id: i16, value: &[u8]) {
        self.field(Kind::Binary, id);
        self.value(value);
    }

    /// Writes a map of texts; an empty map is omitted.
    pub(crate) fn texts(&mut self, id: i16, pairs: &[(String, String)]) {
        if pairs.is_empty() {
            return;
        }
        self.field(Kind::Map, id);
        self.raw(&[Kind::Binary.code(), Kind::Binary.code()]);
        self.length(pairs.len());
        for (key, value) in pairs {
            self.value(key.as_bytes());
            self.value(value.as_bytes());
        }
    }

    fn field(&mut self, kind: Kind, id: i16) {
        self.bytes.push(kind.code());
        self.raw(&id.to_be_bytes());
    }

    fn value(&mut self, value: &[u8]) {
        self.length(value.len());
        self.raw(value);
    }

    /// Writes a length. A length that does not fit belongs to a message that is too long to be sent.
    fn length(&mut self, length: usize) {
        self.raw(&i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes());
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_written_byte_by_byte_as_the_protocol_says() {
        let mut encoder = Encoder::call("Go", 7);
        encoder.structure(1, |encoder| {
            encoder.boolean(1, true);
            encoder.i32(2, -2);
            encoder.binary(3, b"ab");
            encoder.texts(4, &[]);
            encoder.texts(5, &[("k".to_owned(), String::new())]);
        });
        encoder.stop();
        let expected = [
            &[0x80, 1, 0, 1, 0, 0, 0, 2, b'G', b'o', 0, 0, 0, 7][..],
            &[12, 0, 1, 2, 0, 1, 1, 8, 0, 2, 255, 255, 255, 254],
            &[11, 0, 3, 0, 0, 0, 2, b'a', b'b'],
            &[13, 0, 5, 11, 11, 0, 0, 0, 1, 0, 0, 0, 1, b'k', 0, 0, 0, 0, 0, 0],
        ];
        assert_eq!(encoder.into_bytes(), expected.concat());
    }
}

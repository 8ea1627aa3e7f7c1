//! The decoder. It does not trust the server: every length is checked against the remaining limit, memory is allocated
//! as bytes arrive, unknown fields are skipped to a bounded depth, and a wrong type is an error.

use super::{Kind, message};
use crate::fault::{Fault, Speaks, shown};

/// Deeper than any message of HiveServer2, and shallow enough for every stack.
const DEEPEST: u8 = 24;

/// The most bytes that are read at a time for a long value.
const STEP: usize = 64 * 1024;

/// A source of bytes.
pub(crate) trait Bytes {
    /// Fills all of `into`.
    ///
    /// # Errors
    /// If the bytes cannot be read.
    fn fill(&mut self, into: &mut [u8]) -> Result<(), Fault>;
}

impl Bytes for &[u8] {
    fn fill(&mut self, into: &mut [u8]) -> Result<(), Fault> {
        let (head, rest) = self
            .split_at_checked(into.len())
            .ok_or_else(|| Fault::Malformed("the answer ends in the middle".to_owned()))?;
        into.copy_from_slice(head);
        *self = rest;
        Ok(())
    }
}

/// The header of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field {
    pub(crate) id: i16,
    kind: Kind,
}

impl Field {
    fn require(self, kind: Kind) -> Result<(), Fault> {
        if self.kind == kind {
            return Ok(());
        }
        let (found, kind) = (self.kind.name(), kind.name());
        Err(Fault::Malformed(format!("field {} is {found} where {kind} is due", self.id)))
    }
}

/// Decodes one message.
#[derive(Debug)]
pub(crate) struct Decoder<B> {
    bytes: B,
    /// How many more bytes may be read.
    left: usize,
    depth: u8,
}

impl<B: Bytes> Decoder<B> {
    /// Decodes a message of at most `limit` bytes.
    pub(crate) fn new(bytes: B, limit: usize) -> Self {
        Self { bytes, left: limit, depth: 0 }
    }

    /// Reads the header of the answer to a call.
    ///
    /// # Errors
    /// If it is not the header of that answer, or the server reports that it could not process the call.
    pub(crate) fn reply(&mut self, method: &str, sequence: i32) -> Result<(), Fault> {
        let first = self.array::<4>()?;
        let word = u32::from_be_bytes(first);
        if word & 0xffff_0000 != message::VERSION {
            let found = format!("the answer to {method} begins with {}", shown(&first));
            return Err(Fault::Foreign(Speaks::guess(first), found));
        }
        let name = self.binary_value()?;
        let number = self.i32_value()?;
        match word & 0xff {
            message::EXCEPTION => return Err(self.exception()?),
            message::REPLY if name == method.as_bytes() && number == sequence => return Ok(()),
            _ => {}
        }
        let found = shown(&name);
        Err(Fault::Malformed(format!(
            "an answer to {found}, number {number}, where {method}, {sequence}, is due"
        )))
    }

    /// Reads an exception of Thrift itself: field 1 is a text.
    fn exception(&mut self) -> Result<Fault, Fault> {
        let mut text = String::from("nothing");
        self.structure(|decoder, field| {
            match field.id {
                1 => text = decoder.text(field)?,
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(Fault::Malformed(format!("the server could not take the call, and says: {text}")))
    }

    /// Passes each field of a struct to `each`, which reads or skips it.
    pub(crate) fn structure(
        &mut self,
        mut each: impl FnMut(&mut Self, Field) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.enter()?;
        loop {
            let [code] = self.array()?;
            if code == 0 {
                break;
            }
            let field = Field { kind: Kind::of(code)?, id: i16::from_be_bytes(self.array()?) };
            each(self, field)?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Like [`Self::structure`], for a field that must be a struct.
    pub(crate) fn nested(
        &mut self,
        field: Field,
        each: impl FnMut(&mut Self, Field) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        field.require(Kind::Struct)?;
        self.structure(each)
    }

    /// Reads a field that must be a struct with `read`.
    pub(crate) fn inner<T>(
        &mut self,
        field: Field,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        field.require(Kind::Struct)?;
        read(self)
    }

    /// Reads a list of `of` with `each` for each element. Returns the number of elements.
    pub(crate) fn list(
        &mut self,
        field: Field,
        of: Kind,
        mut each: impl FnMut(&mut Self) -> Result<(), Fault>,
    ) -> Result<usize, Fault> {
        field.require(Kind::List)?;
        let [code] = self.array()?;
        let length = self.count(of)?;
        if length > 0 && Kind::of(code)? != of {
            let (found, of) = (Kind::of(code)?.name(), of.name());
            return Err(Fault::Malformed(format!("field {} is a list of {found}, not of {of}", field.id)));
        }
        for _ in 0..length {
            each(self)?;
        }
        Ok(length)
    }

    pub(crate) fn boolean(&mut self, field: Field) -> Result<bool, Fault> {
        field.require(Kind::Bool)?;
        self.boolean_value()
    }

    pub(crate) fn i32(&mut self, field: Field) -> Result<i32, Fault> {
        field.require(Kind::I32)?;
        self.i32_value()
    }

    pub(crate) fn i64(&mut self, field: Field) -> Result<i64, Fault> {
        field.require(Kind::I64)?;
        Ok(i64::from_be_bytes(self.array()?))
    }

    pub(crate) fn double(&mut self, field: Field) -> Result<f64, Fault> {
        field.require(Kind::Double)?;
        Ok(f64::from_be_bytes(self.array()?))
    }

    pub(crate) fn binary(&mut self, field: Field) -> Result<Vec<u8>, Fault> {
        field.require(Kind::Binary)?;
        self.binary_value()
    }

    /// Reads a text for messages: invalid UTF-8 is replaced, not refused.
    pub(crate) fn text(&mut self, field: Field) -> Result<String, Fault> {
        Ok(String::from_utf8_lossy(&self.binary(field)?).into_owned())
    }

    pub(crate) fn boolean_value(&mut self) -> Result<bool, Fault> {
        let [byte] = self.array()?;
        Ok(byte != 0)
    }

    pub(crate) fn i32_value(&mut self) -> Result<i32, Fault> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(crate) fn binary_value(&mut self) -> Result<Vec<u8>, Fault> {
        let mut value = Vec::new();
        self.binary_onto(&mut value)?;
        Ok(value)
    }

    /// Appends a text or binary to `value`.
    pub(crate) fn binary_onto(&mut self, value: &mut Vec<u8>) -> Result<(), Fault> {
        let mut length = self.count(Kind::Byte)?;
        while length > 0 {
            let step = length.min(STEP);
            let from = value.len();
            value.resize(from + step, 0);
            self.fill(&mut value[from..])?;
            length -= step;
        }
        Ok(())
    }

    /// Reads the next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        self.fill(&mut array)?;
        Ok(array)
    }

    /// Skips a field.
    pub(crate) fn skip(&mut self, field: Field) -> Result<(), Fault> {
        self.skip_value(field.kind)
    }

    fn skip_value(&mut self, kind: Kind) -> Result<(), Fault> {
        match kind {
            Kind::Bool | Kind::Byte => self.array::<1>().map(|_| ()),
            Kind::I16 => self.array::<2>().map(|_| ()),
            Kind::I32 => self.array::<4>().map(|_| ()),
            Kind::I64 | Kind::Double => self.array::<8>().map(|_| ()),
            Kind::Binary => self.skip_binary(),
            Kind::Struct => self.structure(Self::skip),
            Kind::Map => {
                let [key, value] = self.array()?;
                self.skip_elements(&[key, value])
            }
            Kind::Set | Kind::List => {
                let [element] = self.array()?;
                self.skip_elements(&[element])
            }
        }
    }

    /// Skips the elements of a container, each of which has one value of each of `codes`.
    fn skip_elements(&mut self, codes: &[u8]) -> Result<(), Fault> {
        self.enter()?;
        let length = self.count(Kind::Byte)?;
        for _ in 0..length {
            for code in codes {
                self.skip_value(Kind::of(*code)?)?;
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn skip_binary(&mut self) -> Result<(), Fault> {
        let mut length = self.count(Kind::Byte)?;
        let mut passed = [0; 512];
        while length > 0 {
            let step = length.min(passed.len());
            self.fill(&mut passed[..step])?;
            length -= step;
        }
        Ok(())
    }

    fn enter(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::Malformed(format!("the answer is nested deeper than {DEEPEST} levels")));
        }
        Ok(())
    }

    /// Reads a number of values of type `of`, which must fit into the remaining limit.
    fn count(&mut self, of: Kind) -> Result<usize, Fault> {
        let said = self.i32_value()?;
        let count = usize::try_from(said).ok();
        let fits =
            count.filter(|count| count.checked_mul(of.least()).is_some_and(|bytes| bytes <= self.left));
        fits.ok_or_else(|| {
            Fault::Malformed(format!(
                "a length of {said}, where at most {} bytes may follow of the largest answer that is taken",
                self.left
            ))
        })
    }

    fn fill(&mut self, into: &mut [u8]) -> Result<(), Fault> {
        self.left = self.left.checked_sub(into.len()).ok_or_else(|| {
            Fault::Malformed("the answer is longer than it says, or than any that is taken".to_owned())
        })?;
        self.bytes.fill(into)
    }
}

#[cfg(test)]
mod tests;

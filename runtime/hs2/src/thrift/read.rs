//! The reading half. It believes nothing: every length is held against what may still come, memory is taken as
//! bytes arrive, fields that nobody asks for are skipped to a bounded depth, and a wrong kind is an error.

use super::{Kind, message};
use crate::fault::{Fault, Speaks, shown};

/// Deeper than any message of HiveServer2, and shallow enough for every stack.
const DEEPEST: u8 = 24;

/// How much is taken at a time of something long.
const STEP: usize = 64 * 1024;

/// Where bytes come from.
pub(crate) trait Bytes {
    /// Fills all of `into`.
    ///
    /// # Errors
    /// Where they do not come.
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

/// The head of a field.
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

/// Reads one message.
#[derive(Debug)]
pub(crate) struct Decoder<B> {
    bytes: B,
    /// How many bytes may still come.
    left: usize,
    depth: u8,
}

impl<B: Bytes> Decoder<B> {
    /// Of a message of at most `limit` bytes.
    pub(crate) fn new(bytes: B, limit: usize) -> Self {
        Self { bytes, left: limit, depth: 0 }
    }

    /// The head of the answer to a call.
    ///
    /// # Errors
    /// Where it is the head of something else, or the server says that it could not even begin.
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

    /// What Thrift itself has to say: field 1 is a text.
    fn exception(&mut self) -> Result<Fault, Fault> {
        let mut text = String::from("nothing");
        self.structure(|it, field| {
            match field.id {
                1 => text = it.text(field)?,
                _ => it.skip(field)?,
            }
            Ok(())
        })?;
        Ok(Fault::Malformed(format!("the server could not take the call, and says: {text}")))
    }

    /// Hands each field of a struct to `each`, which reads or skips it.
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

    /// As [`Self::structure`], for a field that must be a struct.
    pub(crate) fn nested(
        &mut self,
        field: Field,
        each: impl FnMut(&mut Self, Field) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        field.require(Kind::Struct)?;
        self.structure(each)
    }

    /// A field that must be a struct, and that `read` reads as one.
    pub(crate) fn inner<T>(
        &mut self,
        field: Field,
        read: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        field.require(Kind::Struct)?;
        read(self)
    }

    /// A list of `of`, each element of which `each` reads. Gives the number of them.
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

    /// A text for people: what is no UTF-8 in it is replaced, not refused.
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

    /// Adds a text or binary to `value`.
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

    /// The next `N` bytes.
    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        self.fill(&mut array)?;
        Ok(array)
    }

    /// Passes over a field.
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

    /// The elements of a container, each of which is one value of each of `codes`.
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

    /// A number of values of kind `of`, no more than can still come.
    fn count(&mut self, of: Kind) -> Result<usize, Fault> {
        let said = self.i32_value()?;
        let count = usize::try_from(said).ok();
        let fits = count.filter(|it| it.checked_mul(of.least()).is_some_and(|bytes| bytes <= self.left));
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

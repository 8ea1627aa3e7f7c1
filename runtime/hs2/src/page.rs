//! Decodes pages of rows in HiveServer2's format: by column, each with a bitmap of NULLs.
//!
//! No value is converted: what is sent as text (DECIMAL, DATE, TIMESTAMP) stays text, and a FLOAT is the double
//! that was sent.

use crate::fault::Fault;
use crate::thrift::{Bytes, Decoder, Field, Kind};

/// A cell that is not NULL.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// BOOLEAN.
    Bool(bool),
    /// TINYINT.
    I8(i8),
    /// SMALLINT.
    I16(i16),
    /// INT.
    I32(i32),
    /// BIGINT.
    I64(i64),
    /// DOUBLE, and also FLOAT.
    Double(f64),
    /// STRING, and all types that are sent as text: DECIMAL, DATE, TIMESTAMP, CHAR, arrays and the like.
    Text(&'a str),
    /// BINARY.
    Binary(&'a [u8]),
}

/// Some rows of a result.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    columns: Vec<Column>,
    rows: usize,
}

impl Page {
    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns.len()
    }

    /// The cell of `row` and `column`, both from 0. `None` if it is NULL or does not exist.
    #[must_use]
    pub fn get(&self, row: usize, column: usize) -> Option<Value<'_>> {
        self.columns.get(column)?.get(row)
    }

    /// The cells of each row, in order; NULL is `None`.
    pub fn iter(&self) -> impl Iterator<Item = impl Iterator<Item = Option<Value<'_>>>> {
        (0..self.rows).map(move |row| self.columns.iter().map(move |column| column.get(row)))
    }

    /// Reads a `TRowSet`.
    pub(crate) fn read<B: Bytes>(from: &mut Decoder<B>, field: Field) -> Result<Self, Fault> {
        let mut columns = Vec::new();
        let mut by_row = 0;
        from.nested(field, |decoder, field| {
            match field.id {
                2 => {
                    by_row = decoder.list(field, Kind::Struct, |decoder| decoder.structure(Decoder::skip))?
                }
                3 => {
                    decoder.list(field, Kind::Struct, |decoder| {
                        columns.push(Column::read(decoder, columns.len())?);
                        Ok(())
                    })?;
                }
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        if by_row > 0 {
            return Err(Fault::Malformed("the rows came by row, where they are due by column".to_owned()));
        }
        let rows = columns.first().map_or(0, |it| it.cells.len());
        match columns.iter().position(|column| column.cells.len() != rows) {
            None => Ok(Self { columns, rows }),
            Some(other) => Err(Fault::Malformed(format!(
                "column {other} has {} cells, column 0 has {rows}",
                columns[other].cells.len()
            ))),
        }
    }
}

/// A column of a page.
#[derive(Debug, Clone, PartialEq)]
struct Column {
    cells: Cells,
    /// A bit for each row, the lowest bit first; it is set for NULL. Zero bytes at the end may be missing.
    nulls: Vec<u8>,
}

/// The cells of a column. NULL also has a cell, whose value has no meaning.
#[derive(Debug, Clone, PartialEq)]
enum Cells {
    Bool(Vec<bool>),
    I8(Vec<i8>),
    I16(Vec<i16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    Double(Vec<f64>),
    Text { text: String, ends: Vec<usize> },
    Binary { bytes: Vec<u8>, ends: Vec<usize> },
}

impl Cells {
    fn len(&self) -> usize {
        match self {
            Self::Bool(cells) => cells.len(),
            Self::I8(cells) => cells.len(),
            Self::I16(cells) => cells.len(),
            Self::I32(cells) => cells.len(),
            Self::I64(cells) => cells.len(),
            Self::Double(cells) => cells.len(),
            Self::Text { ends, .. } | Self::Binary { ends, .. } => ends.len(),
        }
    }

    fn get(&self, row: usize) -> Option<Value<'_>> {
        Some(match self {
            Self::Bool(cells) => Value::Bool(*cells.get(row)?),
            Self::I8(cells) => Value::I8(*cells.get(row)?),
            Self::I16(cells) => Value::I16(*cells.get(row)?),
            Self::I32(cells) => Value::I32(*cells.get(row)?),
            Self::I64(cells) => Value::I64(*cells.get(row)?),
            Self::Double(cells) => Value::Double(*cells.get(row)?),
            Self::Text { text, ends } => Value::Text(text.get(piece(ends, row)?)?),
            Self::Binary { bytes, ends } => Value::Binary(bytes.get(piece(ends, row)?)?),
        })
    }
}

/// The range of the value of `row`, among concatenated values.
fn piece(ends: &[usize], row: usize) -> Option<std::ops::Range<usize>> {
    let start = if row == 0 { 0 } else { *ends.get(row - 1)? };
    Some(start..*ends.get(row)?)
}

impl Column {
    fn get(&self, row: usize) -> Option<Value<'_>> {
        let null = self.nulls.get(row / 8).is_some_and(|null| null >> (row % 8) & 1 == 1);
        if null { None } else { self.cells.get(row) }
    }

    /// Reads a `TColumn`, a union: it has one field, whose number is the type.
    fn read<B: Bytes>(from: &mut Decoder<B>, number: usize) -> Result<Self, Fault> {
        let mut column = None;
        from.structure(|decoder, field| {
            let id = field.id;
            if !(1..=8).contains(&id) {
                return decoder.skip(field);
            }
            let mut found = Self { cells: Cells::Bool(Vec::new()), nulls: Vec::new() };
            let mut present = false;
            decoder.nested(field, |decoder, field| {
                match field.id {
                    1 => {
                        found.cells = read_cells(decoder, field, id, number)?;
                        present = true;
                    }
                    2 => found.nulls = decoder.binary(field)?,
                    _ => decoder.skip(field)?,
                }
                Ok(())
            })?;
            if present {
                column = Some(found);
            }
            Ok(())
        })?;
        column.ok_or_else(|| Fault::Malformed(format!("column {number} is of a type that there is not")))
    }
}

/// Converts bytes to texts; the whole and each piece must be valid UTF-8.
fn texts(bytes: Vec<u8>, ends: Vec<usize>, column: usize) -> Result<Cells, Fault> {
    let fault = |row: usize| {
        Fault::Malformed(format!(
            "column {column}, row {row} of the page holds a text that is no UTF-8; ask for its hex()"
        ))
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        fault(ends.partition_point(|end| *end <= good))
    })?;
    match ends.iter().position(|end| !text.is_char_boundary(*end)) {
        Some(row) => Err(fault(row)),
        None => Ok(Cells::Text { text, ends }),
    }
}

fn read_cells<B: Bytes>(from: &mut Decoder<B>, field: Field, id: i16, column: usize) -> Result<Cells, Fault> {
    Ok(match id {
        1 => Cells::Bool(gather(from, field, Kind::Bool, Decoder::boolean_value)?),
        2 => Cells::I8(gather(from, field, Kind::Byte, |decoder| Ok(i8::from_be_bytes(decoder.array()?)))?),
        3 => Cells::I16(gather(from, field, Kind::I16, |decoder| Ok(i16::from_be_bytes(decoder.array()?)))?),
        4 => Cells::I32(gather(from, field, Kind::I32, |decoder| Ok(i32::from_be_bytes(decoder.array()?)))?),
        5 => Cells::I64(gather(from, field, Kind::I64, |decoder| Ok(i64::from_be_bytes(decoder.array()?)))?),
        6 => Cells::Double(gather(from, field, Kind::Double, |decoder| {
            Ok(f64::from_be_bytes(decoder.array()?))
        })?),
        7 => {
            let (bytes, ends) = pieces(from, field)?;
            texts(bytes, ends, column)?
        }
        _ => {
            let (bytes, ends) = pieces(from, field)?;
            Cells::Binary { bytes, ends }
        }
    })
}

fn gather<B: Bytes, T>(
    from: &mut Decoder<B>,
    field: Field,
    kind: Kind,
    mut read: impl FnMut(&mut Decoder<B>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut cells = Vec::new();
    from.list(field, kind, |decoder| {
        cells.push(read(decoder)?);
        Ok(())
    })?;
    Ok(cells)
}

/// Reads texts or binaries into one buffer, and the end of each.
fn pieces<B: Bytes>(from: &mut Decoder<B>, field: Field) -> Result<(Vec<u8>, Vec<usize>), Fault> {
    let (mut bytes, mut ends) = (Vec::new(), Vec::new());
    from.list(field, Kind::Binary, |decoder| {
        decoder.binary_onto(&mut bytes)?;
        ends.push(bytes.len());
        Ok(())
    })?;
    Ok((bytes, ends))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A struct whose field 1 is a page of one column of texts.
    fn page(cells: &[Option<String>], cut: usize) -> Vec<u8> {
        let length = |at: usize| u32::try_from(at).unwrap().to_be_bytes();
        let mut nulls = vec![0_u8; cells.len().div_ceil(8)];
        for (row, _) in cells.iter().enumerate().filter(|it| it.1.is_none()) {
            nulls[row / 8] |= 1 << (row % 8);
        }
        for _ in 0..cut {
            let _ = nulls.pop_if(|byte| *byte == 0);
        }
        let mut bytes = vec![12, 0, 1, 15, 0, 3, 12, 0, 0, 0, 1, 12, 0, 7, 15, 0, 1, 11];
        bytes.extend(length(cells.len()));
        for cell in cells {
            let text = cell.as_deref().unwrap_or_default();
            bytes.extend([&length(text.len()), text.as_bytes()].concat());
        }
        bytes.extend([&[11, 0, 2][..], &length(nulls.len()), &nulls, &[0, 0, 0, 0]].concat());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Page, Fault> {
        let mut page = Page::default();
        Decoder::new(bytes, bytes.len()).structure(|decoder, field| {
            page = Page::read(decoder, field)?;
            Ok(())
        })?;
        Ok(page)
    }

    proptest! {
        #[test]
        fn texts_and_nulls_come_as_they_were_wherever_the_bitmap_is_cut(
            cells in prop::collection::vec(prop::option::of(".{0,5}"), 0..40),
            cut in 0_usize..5,
        ) {
            let page = read(&page(&cells, cut)).unwrap();
            prop_assert_eq!((page.rows(), page.columns()), (cells.len(), 1));
            let found: Vec<_> = page.iter().map(|mut row| row.next().unwrap()).collect();
            let expected: Vec<_> = cells.iter().map(|cell| cell.as_deref().map(Value::Text)).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_page_with_another_byte_in_it_never_makes_it_panic(at in 0_usize..80, byte: u8) {
            let cells = [Some("grün".to_owned()), None, Some(String::new())];
            let mut bytes = page(&cells, 0);
            let length = bytes.len();
            bytes[at % length] = byte;
            if let Ok(page) = read(&bytes) {
                page.iter().for_each(|row| row.for_each(drop));
            }
        }
    }
}

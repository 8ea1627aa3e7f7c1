//! Rows as a Parquet file, for tables of the Hive family that get many rows: the file is put into the folder of a
//! staging table. This module must not know where the file is, or what is done with it.
//!
//! Rows are buffered by column until a row group is full, so memory is bounded for any number of rows. Only what
//! Impala, Hive and Spark of any age read is written: Snappy, pages of version 1, plain values, and converted types.
//! There are no dictionaries: the crate calls their pages `RLE_DICTIONARY`, which Impala before 4.0 refuses
//! (IMPALA-6434). Impala matches columns by position, the others by name: the table on a file has its columns in the
//! same order.

use std::io::Write;
use std::sync::Arc;

use flow_oa_core::Batch;
use flow_oa_schema::dialect::impala::HiveType;
use parquet::basic::{Compression, ConvertedType, Encoding, Repetition, Type as Physical};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::Type;

use crate::sql::fit::{Fitted, Misfit, fit};
use crate::sql::{Column, insert};

/// Why rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A column cannot hold a value.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// The file cannot be written.
    #[error("writing rows as Parquet: {0}")]
    Parquet(#[from] ParquetError),
}

/// The limits of a row group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The most rows.
    pub rows: usize,
    /// The approximate limit of bytes of values, before compression.
    pub bytes: usize,
}

impl Default for Group {
    fn default() -> Self {
        Self { rows: 100_000, bytes: 64 << 20 }
    }
}

/// A Parquet file that rows are written to. The file is unreadable until it is finished.
pub struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    columns: Vec<Buffer>,
    group: Group,
    /// The number of buffered rows, and their approximate size in bytes.
    kept: (usize, usize),
    written: u64,
}

impl<W: Write + Send> Writer<W> {
    /// Begins a file with those columns.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create(file: W, columns: &[Column<'_>]) -> Result<Self, WriteError> {
        Self::create_in_groups(file, columns, Group::default())
    }

    /// Like [`Self::create`], with row groups of another size.
    ///
    /// # Errors
    /// As for [`Self::create`].
    pub fn create_in_groups(file: W, columns: &[Column<'_>], group: Group) -> Result<Self, WriteError> {
        let fields = columns.iter().map(|(name, kind)| field(name, *kind).map(Arc::new));
        let fields = fields.collect::<Result<Vec<_>, _>>()?;
        let schema = Type::group_type_builder("rows").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_writer_version(WriterVersion::PARQUET_1_0)
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::PLAIN)
            .set_compression(Compression::SNAPPY)
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .build();
        Ok(Self {
            file: SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))?,
            columns: columns.iter().map(|(name, kind)| Buffer::new(name, *kind)).collect(),
            group,
            kept: (0, 0),
            written: 0,
        })
    }

    /// Writes rows whose cells are those of the columns, in order.
    ///
    /// # Errors
    /// If a column cannot hold a value, or the file cannot be written. The file is unusable then.
    pub fn write(&mut self, rows: &dyn Batch) -> Result<(), WriteError> {
        let mut cells = Vec::with_capacity(self.columns.len());
        for row in 0..rows.len() {
            rows.cells(row, &mut cells);
            if cells.len() != self.columns.len() {
                return Err(insert::miscounted(cells.len(), self.columns.len()).into());
            }
            for (column, cell) in self.columns.iter_mut().zip(&cells) {
                let value = fit(*cell, &column.name, column.kind)?;
                self.kept.1 += column.push(value);
            }
            self.kept.0 += 1;
            if self.kept.0 >= self.group.rows || self.kept.1 >= self.group.bytes {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Completes the file, and returns the number of its rows.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self) -> Result<u64, WriteError> {
        self.flush()?;
        self.file.close()?;
        Ok(self.written)
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        if self.kept.0 == 0 {
            return Ok(());
        }
        let mut group = self.file.next_row_group()?;
        let mut columns = self.columns.iter_mut();
        while let (Some(mut writer), Some(column)) = (group.next_column()?, columns.next()) {
            column.write_to(&mut writer)?;
            writer.close()?;
        }
        group.close()?;
        self.written += self.kept.0 as u64;
        self.kept = (0, 0);
        Ok(())
    }
}

/// A column of the file's schema. Every column allows NULL, as in the family's tables.
fn field(name: &str, kind: HiveType) -> Result<Type, ParquetError> {
    let (physical, converted) = match kind {
        HiveType::String => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
        HiveType::Tinyint => (Physical::INT32, ConvertedType::INT_8),
        HiveType::Smallint => (Physical::INT32, ConvertedType::INT_16),
        HiveType::Int => (Physical::INT32, ConvertedType::NONE),
        HiveType::Bigint => (Physical::INT64, ConvertedType::NONE),
        HiveType::Float => (Physical::FLOAT, ConvertedType::NONE),
        HiveType::Double => (Physical::DOUBLE, ConvertedType::NONE),
        HiveType::Boolean => (Physical::BOOLEAN, ConvertedType::NONE),
    };
    Type::primitive_type_builder(name, physical)
        .with_repetition(Repetition::OPTIONAL)
        .with_converted_type(converted)
        .build()
}

/// The buffered values of a column.
struct Buffer {
    name: String,
    kind: HiveType,
    /// The definition level of each row: 1 for a value, 0 for NULL.
    levels: Vec<i16>,
    values: Values,
}

/// Values that are not NULL.
enum Values {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Float(Vec<f32>),
    Double(Vec<f64>),
    /// All texts in one buffer, and the end of each.
    Text {
        bytes: Vec<u8>,
        ends: Vec<usize>,
    },
}

impl Buffer {
    fn new(name: &str, kind: HiveType) -> Self {
        let values = match kind {
            HiveType::String => Values::Text { bytes: Vec::new(), ends: Vec::new() },
            HiveType::Tinyint | HiveType::Smallint | HiveType::Int => Values::Int32(Vec::new()),
            HiveType::Bigint => Values::Int64(Vec::new()),
            HiveType::Float => Values::Float(Vec::new()),
            HiveType::Double => Values::Double(Vec::new()),
            HiveType::Boolean => Values::Boolean(Vec::new()),
        };
        Self { name: name.to_owned(), kind, levels: Vec::new(), values }
    }

    /// Buffers a value, and returns its approximate size in bytes. Any value that [`fit`] returned for the column's
    /// type fits.
    fn push(&mut self, value: Fitted<'_>) -> usize {
        match (&mut self.values, value) {
            (Values::Boolean(kept), Fitted::Boolean(it)) => kept.push(it),
            (Values::Int32(kept), Fitted::Whole(it)) => kept.push(narrow(it)),
            (Values::Int64(kept), Fitted::Whole(it)) => kept.push(it),
            (Values::Float(kept), Fitted::Float(it)) => kept.push(it),
            (Values::Double(kept), Fitted::Double(it)) => kept.push(it),
            (Values::Text { bytes, ends }, Fitted::Text(it)) => {
                bytes.extend_from_slice(it.as_bytes());
                ends.push(bytes.len());
            }
            _ => {
                self.levels.push(0);
                return size_of::<i16>();
            }
        }
        self.levels.push(1);
        size_of::<i16>() + if let Fitted::Text(it) = value { size_of::<usize>() + it.len() } else { 8 }
    }

    fn write_to(&mut self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        let levels = &self.levels;
        match &mut self.values {
            Values::Boolean(kept) => write::<BoolType>(writer, kept, levels)?,
            Values::Int32(kept) => write::<Int32Type>(writer, kept, levels)?,
            Values::Int64(kept) => write::<Int64Type>(writer, kept, levels)?,
            Values::Float(kept) => write::<FloatType>(writer, kept, levels)?,
            Values::Double(kept) => write::<DoubleType>(writer, kept, levels)?,
            Values::Text { bytes, ends } => {
                let all = ByteArray::from(std::mem::take(bytes));
                let starts = std::iter::once(0).chain(ends.iter().copied());
                let mut texts =
                    starts.zip(ends.iter()).map(|(start, end)| all.slice(start, end - start)).collect();
                write::<ByteArrayType>(writer, &mut texts, levels)?;
                ends.clear();
            }
        }
        self.levels.clear();
        Ok(())
    }
}

/// Writes the values of a group and clears the buffer.
fn write<T: DataType>(
    writer: &mut SerializedColumnWriter<'_>,
    kept: &mut Vec<T::T>,
    levels: &[i16],
) -> Result<(), ParquetError> {
    writer.typed::<T>().write_batch(kept, Some(levels), None)?;
    kept.clear();
    Ok(())
}

/// Converts a number that is known to fit into 32 bits.
fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or_default()
}

#[cfg(test)]
#[path = "parquet_tests.rs"]
mod tests;

//! Rows in a local file, before it is uploaded to where the server reads it. The format is Parquet, an optional feature
//! of the build; without it there are no such files, and rows are sent as literals in statements.

#[cfg(feature = "parquet")]
pub(super) use there::Open;

#[cfg(not(feature = "parquet"))]
pub(super) use absent::Open;

use crate::sql::Misfit;

/// Whether this build has Parquet files.
pub(super) const IS_THERE: bool = cfg!(feature = "parquet");

/// Why a file has not all rows.
pub(super) enum Unwritten {
    /// A column cannot hold a value.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "without Parquet, no row is written to a file")
    )]
    Misfit(Misfit),
    /// The file cannot be created or written.
    File(String),
}

#[cfg(feature = "parquet")]
mod there {
    use std::fs::File;
    use std::io::BufWriter;

    use super::Unwritten;
    use crate::sql::parquet::{WriteError, Writer};
    use flow_oa_core::Batch;
    use flow_oa_schema::dialect::impala::HiveType;
    use tempfile::NamedTempFile;

    /// A file that accepts rows.
    pub(in super::super) struct Open {
        file: NamedTempFile,
        writer: Writer<BufWriter<File>>,
    }

    impl Open {
        pub(in super::super) fn create(columns: &[(&str, HiveType)]) -> Result<Self, Unwritten> {
            let file = NamedTempFile::new().map_err(|error| Unwritten::File(error.to_string()))?;
            let handle = file.reopen().map_err(|error| Unwritten::File(error.to_string()))?;
            let writer = Writer::create(BufWriter::new(handle), columns).map_err(Unwritten::from)?;
            Ok(Self { file, writer })
        }

        pub(in super::super) fn write(&mut self, rows: &dyn Batch) -> Result<(), Unwritten> {
            self.writer.write(rows).map(drop).map_err(Unwritten::from)
        }

        pub(in super::super) fn finish(self) -> Result<NamedTempFile, Unwritten> {
            self.writer.finish().map_err(Unwritten::from)?;
            Ok(self.file)
        }
    }

    impl From<WriteError> for Unwritten {
        fn from(error: WriteError) -> Self {
            match error {
                WriteError::Misfit(misfit) => Self::Misfit(misfit),
                WriteError::Parquet(error) => Self::File(WriteError::Parquet(error).to_string()),
            }
        }
    }
}

#[cfg(not(feature = "parquet"))]
mod absent {
    use flow_oa_core::Batch;
    use flow_oa_schema::dialect::impala::HiveType;
    use tempfile::NamedTempFile;

    use super::Unwritten;

    /// Never created: this build has no Parquet.
    pub(in super::super) enum Open {}

    impl Open {
        pub(in super::super) fn create(_: &[(&str, HiveType)]) -> Result<Self, Unwritten> {
            Err(Unwritten::File("this program was built without Parquet".to_owned()))
        }

        pub(in super::super) fn write(&mut self, _: &dyn Batch) -> Result<(), Unwritten> {
            match *self {}
        }

        pub(in super::super) fn finish(self) -> Result<NamedTempFile, Unwritten> {
            match self {}
        }
    }
}

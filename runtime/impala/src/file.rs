//! Rows in a local file, before it is uploaded to where the server reads it. The format is Parquet, an optional feature
//! of the build; without it there are no such files, and rows are sent as literals in statements.

#[cfg(feature = "parquet")]
pub(super) use there::Open;

#[cfg(not(feature = "parquet"))]
pub(super) use absent::Open;

/// Whether this build has Parquet files.
pub(super) const IS_THERE: bool = cfg!(feature = "parquet");

#[cfg(feature = "parquet")]
mod there {
    use std::fs::File;
    use std::io::BufWriter;

    use crate::sql::parquet::Writer;
    use flow_oa_core::Batch;
    use flow_oa_schema::dialect::impala::HiveType;
    use tempfile::NamedTempFile;

    /// A file that accepts rows.
    pub(in super::super) struct Open {
        file: NamedTempFile,
        writer: Writer<BufWriter<File>>,
    }

    impl Open {
        pub(in super::super) fn create(columns: &[(&str, HiveType)]) -> Result<Self, String> {
            let file = NamedTempFile::new().map_err(|error| error.to_string())?;
            let handle = file.reopen().map_err(|error| error.to_string())?;
            let writer =
                Writer::create(BufWriter::new(handle), columns).map_err(|error| error.to_string())?;
            Ok(Self { file, writer })
        }

        pub(in super::super) fn write(&mut self, rows: &dyn Batch) -> Result<(), String> {
            self.writer.write(rows).map(drop).map_err(|error| error.to_string())
        }

        pub(in super::super) fn finish(self) -> Result<NamedTempFile, String> {
            self.writer.finish().map_err(|error| error.to_string())?;
            Ok(self.file)
        }
    }
}

#[cfg(not(feature = "parquet"))]
mod absent {
    use flow_oa_core::Batch;
    use flow_oa_schema::dialect::impala::HiveType;
    use tempfile::NamedTempFile;

    /// Never created: this build has no Parquet.
    pub(in super::super) enum Open {}

    impl Open {
        pub(in super::super) fn create(_: &[(&str, HiveType)]) -> Result<Self, String> {
            Err("this program was built without Parquet".to_owned())
        }

        pub(in super::super) fn write(&mut self, _: &dyn Batch) -> Result<(), String> {
            match *self {}
        }

        pub(in super::super) fn finish(self) -> Result<NamedTempFile, String> {
            match self {}
        }
    }
}

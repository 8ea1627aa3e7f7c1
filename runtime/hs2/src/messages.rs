//! The calls of HiveServer2's service that the client makes, and the parts of the answers that it reads. The numbers
//! are the field numbers of Hive's interface `TCLIService`; other fields are skipped.
//!
//! This module only encodes and decodes: `session.rs` and `operation.rs` interpret the answers.

use crate::fault::Fault;
use crate::page::Page;
use crate::thrift::{Bytes, Decoder, Encoder, Field, Kind};

/// A method of the service.
pub(crate) trait Call {
    /// The name of the method.
    const METHOD: &'static str;
    /// The decoded answer.
    type Answer;
    /// Writes the fields of the request.
    fn write(&self, to: &mut Encoder);
    /// Reads the fields of the answer.
    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Self::Answer, Fault>;
}

/// Version 6 of the protocol, the first with results by column.
pub(crate) const V6: i32 = 5;

/// The outcome of a call, as the server reports it.
#[derive(Debug, Default, Clone)]
pub(crate) struct Status {
    pub(crate) code: Option<i32>,
    pub(crate) infos: Vec<String>,
    pub(crate) sql_state: Option<String>,
    pub(crate) error_code: Option<i32>,
    pub(crate) message: Option<String>,
}

impl Status {
    /// STILL_EXECUTING: there is no answer yet.
    pub(crate) const STILL: i32 = 2;

    /// SUCCESS, SUCCESS_WITH_INFO or STILL_EXECUTING.
    pub(crate) fn is_good(&self) -> bool {
        matches!(self.code, Some(0..=Self::STILL))
    }

    fn read<B: Bytes>(&mut self, from: &mut Decoder<B>, field: Field) -> Result<(), Fault> {
        from.nested(field, |decoder, field| {
            match field.id {
                1 => self.code = Some(decoder.i32(field)?),
                2 => {
                    let infos = &mut self.infos;
                    decoder.list(field, Kind::Binary, |decoder| {
                        infos.push(String::from_utf8_lossy(&decoder.binary_value()?).into_owned());
                        Ok(())
                    })?;
                }
                3 => self.sql_state = Some(decoder.text(field)?),
                4 => self.error_code = Some(decoder.i32(field)?),
                5 => self.message = Some(decoder.text(field)?),
                _ => decoder.skip(field)?,
            }
            Ok(())
        })
    }
}

/// Identifies a session or an operation: two byte strings that only the server interprets.
#[derive(Default, Clone)]
pub(crate) struct Identifier {
    guid: Vec<u8>,
    secret: Vec<u8>,
}

impl Identifier {
    fn write(&self, to: &mut Encoder) {
        to.structure(1, |encoder| {
            encoder.binary(1, &self.guid);
            encoder.binary(2, &self.secret);
        });
    }

    fn read<B: Bytes>(&mut self, from: &mut Decoder<B>, field: Field) -> Result<(), Fault> {
        from.nested(field, |decoder, field| {
            match field.id {
                1 => self.guid = decoder.binary(field)?,
                2 => self.secret = decoder.binary(field)?,
                _ => decoder.skip(field)?,
            }
            Ok(())
        })
    }
}

/// Identifies a session.
#[derive(Default, Clone)]
pub(crate) struct SessionHandle(Identifier);

/// Identifies an operation. It is sent back unchanged.
#[derive(Default, Clone)]
pub(crate) struct OperationHandle {
    id: Identifier,
    kind: i32,
    pub(crate) has_result_set: bool,
    modified: Option<f64>,
}

impl OperationHandle {
    fn write(&self, id: i16, to: &mut Encoder) {
        to.structure(id, |encoder| {
            self.id.write(encoder);
            encoder.i32(2, self.kind);
            encoder.boolean(3, self.has_result_set);
            if let Some(modified) = self.modified {
                encoder.double(4, modified);
            }
        });
    }

    fn read<B: Bytes>(from: &mut Decoder<B>, field: Field) -> Result<Self, Fault> {
        let mut handle = Self::default();
        from.nested(field, |decoder, field| {
            match field.id {
                1 => handle.id.read(decoder, field)?,
                2 => handle.kind = decoder.i32(field)?,
                3 => handle.has_result_set = decoder.boolean(field)?,
                4 => handle.modified = Some(decoder.double(field)?),
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(handle)
    }
}

/// Opens a session.
pub(crate) struct OpenSession<'a> {
    pub(crate) user: &'a str,
    pub(crate) options: &'a [(String, String)],
}

/// The new session, and the protocol version of the server.
#[derive(Default)]
pub(crate) struct Opened {
    pub(crate) status: Status,
    pub(crate) version: Option<i32>,
    pub(crate) session: Option<SessionHandle>,
}

impl Call for OpenSession<'_> {
    const METHOD: &'static str = "OpenSession";
    type Answer = Opened;

    fn write(&self, to: &mut Encoder) {
        to.i32(1, V6);
        to.binary(2, self.user.as_bytes());
        to.texts(4, self.options);
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Opened, Fault> {
        let mut opened = Opened::default();
        from.structure(|decoder, field| {
            match field.id {
                1 => opened.status.read(decoder, field)?,
                2 => opened.version = Some(decoder.i32(field)?),
                3 => {
                    let mut session = Identifier::default();
                    decoder.nested(field, |decoder, field| match field.id {
                        1 => session.read(decoder, field),
                        _ => decoder.skip(field),
                    })?;
                    opened.session = Some(SessionHandle(session));
                }
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(opened)
    }
}

/// Reads an answer of which only the status matters.
fn status_only<B: Bytes>(from: &mut Decoder<B>) -> Result<Status, Fault> {
    let mut status = Status::default();
    from.structure(|decoder, field| match field.id {
        1 => status.read(decoder, field),
        _ => decoder.skip(field),
    })?;
    Ok(status)
}

/// Closes a session.
pub(crate) struct CloseSession<'a>(pub(crate) &'a SessionHandle);

impl Call for CloseSession<'_> {
    const METHOD: &'static str = "CloseSession";
    type Answer = Status;

    fn write(&self, to: &mut Encoder) {
        to.structure(1, |encoder| self.0.0.write(encoder));
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Status, Fault> {
        status_only(from)
    }
}

/// Starts a statement; the answer does not wait for its end.
pub(crate) struct ExecuteStatement<'a> {
    pub(crate) session: &'a SessionHandle,
    pub(crate) sql: &'a str,
    pub(crate) options: &'a [(String, String)],
}

/// The operation that was started.
#[derive(Default)]
pub(crate) struct Executed {
    pub(crate) status: Status,
    pub(crate) operation: Option<OperationHandle>,
}

impl Call for ExecuteStatement<'_> {
    const METHOD: &'static str = "ExecuteStatement";
    type Answer = Executed;

    fn write(&self, to: &mut Encoder) {
        to.structure(1, |encoder| self.session.0.write(encoder));
        to.binary(2, self.sql.as_bytes());
        to.texts(3, self.options);
        to.boolean(4, true);
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Executed, Fault> {
        Executed::read(from)
    }
}

impl Executed {
    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Self, Fault> {
        let mut executed = Self::default();
        from.structure(|decoder, field| {
            match field.id {
                1 => executed.status.read(decoder, field)?,
                2 => executed.operation = Some(OperationHandle::read(decoder, field)?),
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(executed)
    }
}

/// Requests the columns of all tables whose database and name match these SQL patterns.
pub(crate) struct GetColumns<'a> {
    pub(crate) session: &'a SessionHandle,
    pub(crate) database: &'a str,
    pub(crate) table: &'a str,
}

impl Call for GetColumns<'_> {
    const METHOD: &'static str = "GetColumns";
    type Answer = Executed;

    fn write(&self, to: &mut Encoder) {
        to.structure(1, |encoder| self.session.0.write(encoder));
        to.binary(3, self.database.as_bytes());
        to.binary(4, self.table.as_bytes());
        // Every column.
        to.binary(5, b"%");
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Executed, Fault> {
        Executed::read(from)
    }
}

/// Requests the state of an operation.
pub(crate) struct GetOperationStatus<'a>(pub(crate) &'a OperationHandle);

/// The state of an operation, and its error if it failed.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) status: Status,
    pub(crate) state: Option<i32>,
    pub(crate) sql_state: Option<String>,
    pub(crate) error_code: Option<i32>,
    pub(crate) message: Option<String>,
    pub(crate) has_result_set: Option<bool>,
    pub(crate) rows_modified: Option<i64>,
}

impl Call for GetOperationStatus<'_> {
    const METHOD: &'static str = "GetOperationStatus";
    type Answer = Progress;

    fn write(&self, to: &mut Encoder) {
        self.0.write(1, to);
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Progress, Fault> {
        let mut progress = Progress::default();
        from.structure(|decoder, field| {
            match field.id {
                1 => progress.status.read(decoder, field)?,
                2 => progress.state = Some(decoder.i32(field)?),
                3 => progress.sql_state = Some(decoder.text(field)?),
                4 => progress.error_code = Some(decoder.i32(field)?),
                5 => progress.message = Some(decoder.text(field)?),
                9 => progress.has_result_set = Some(decoder.boolean(field)?),
                11 => progress.rows_modified = Some(decoder.i64(field)?),
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(progress)
    }
}

/// Cancels an operation.
pub(crate) struct CancelOperation<'a>(pub(crate) &'a OperationHandle);

impl Call for CancelOperation<'_> {
    const METHOD: &'static str = "CancelOperation";
    type Answer = Status;

    fn write(&self, to: &mut Encoder) {
        self.0.write(1, to);
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Status, Fault> {
        status_only(from)
    }
}

/// Closes an operation, so that the server releases its resources.
pub(crate) struct CloseOperation<'a>(pub(crate) &'a OperationHandle);

impl Call for CloseOperation<'_> {
    const METHOD: &'static str = "CloseOperation";
    type Answer = Status;

    fn write(&self, to: &mut Encoder) {
        self.0.write(1, to);
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Status, Fault> {
        status_only(from)
    }
}

/// Requests the columns of a result.
pub(crate) struct GetResultSetMetadata<'a>(pub(crate) &'a OperationHandle);

/// The columns of a result.
#[derive(Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) status: Status,
    pub(crate) columns: Vec<ColumnEntry>,
}

/// A column: its name, and the number of its type if that is a primitive type.
#[derive(Debug, Default)]
pub(crate) struct ColumnEntry {
    pub(crate) name: String,
    pub(crate) kind: Option<i32>,
}

impl ColumnEntry {
    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Self, Fault> {
        let mut column = Self::default();
        from.structure(|decoder, field| {
            match field.id {
                1 => column.name = decoder.text(field)?,
                2 => decoder.nested(field, |decoder, field| match field.id {
                    1 => decoder.list(field, Kind::Struct, |decoder| column.read_type(decoder)).map(|_| ()),
                    _ => decoder.skip(field),
                })?,
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(column)
    }

    /// Reads one entry of a type. The first entry is the type; further entries describe its components.
    fn read_type<B: Bytes>(&mut self, from: &mut Decoder<B>) -> Result<(), Fault> {
        from.structure(|decoder, field| match field.id {
            1 => decoder.nested(field, |decoder, field| {
                match field.id {
                    1 => {
                        let kind = decoder.i32(field)?;
                        self.kind.get_or_insert(kind);
                    }
                    _ => decoder.skip(field)?,
                }
                Ok(())
            }),
            _ => decoder.skip(field),
        })
    }
}

impl Call for GetResultSetMetadata<'_> {
    const METHOD: &'static str = "GetResultSetMetadata";
    type Answer = Metadata;

    fn write(&self, to: &mut Encoder) {
        self.0.write(1, to);
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Metadata, Fault> {
        let mut metadata = Metadata::default();
        from.structure(|decoder, field| {
            match field.id {
                1 => metadata.status.read(decoder, field)?,
                2 => decoder.nested(field, |decoder, field| match field.id {
                    1 => {
                        let columns = &mut metadata.columns;
                        decoder
                            .list(field, Kind::Struct, |decoder| {
                                columns.push(ColumnEntry::read(decoder)?);
                                Ok(())
                            })
                            .map(|_| ())
                    }
                    _ => decoder.skip(field),
                })?,
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(metadata)
    }
}

/// Requests the next rows, at most `max_rows`.
pub(crate) struct FetchResults<'a> {
    pub(crate) operation: &'a OperationHandle,
    pub(crate) max_rows: i64,
}

/// Some rows, and whether the server has more. Spark always answers that it has none.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    pub(crate) status: Status,
    pub(crate) more: bool,
    pub(crate) page: Page,
}

impl Call for FetchResults<'_> {
    const METHOD: &'static str = "FetchResults";
    type Answer = Fetched;

    fn write(&self, to: &mut Encoder) {
        self.operation.write(1, to);
        // FETCH_NEXT.
        to.i32(2, 0);
        to.i64(3, self.max_rows);
    }

    fn read<B: Bytes>(from: &mut Decoder<B>) -> Result<Fetched, Fault> {
        let mut fetched = Fetched::default();
        from.structure(|decoder, field| {
            match field.id {
                1 => fetched.status.read(decoder, field)?,
                2 => fetched.more = decoder.boolean(field)?,
                3 => fetched.page = Page::read(decoder, field)?,
                _ => decoder.skip(field)?,
            }
            Ok(())
        })?;
        Ok(fetched)
    }
}

//! The driver: the crate `postgres`, the state of its transaction, and binary `COPY`.

use std::collections::HashMap;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flow_oa_core::Batch;
use flow_oa_engine::{About, Connection, EngineError, Result, Seen, Statement, Target, Transactional};
use flow_oa_schema::dialect::Place;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{ToSql, Type};
use postgres::{Client, NoTls};
use sea_query::{Alias, IntoIden, PostgresQueryBuilder, Query, Values};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{SPOKEN, copy, fault};
use crate::bind::{Bound, value_of};

/// A connection to a server.
pub struct Driver {
    client: Client,
    tls: Option<MakeRustlsConnect>,
    about: About,
    is_interrupted: Arc<AtomicBool>,
    state: State,
    /// The types of the columns that rows were loaded into in this transaction, by the text of the `COPY`.
    kinds: HashMap<String, Vec<Type>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    InTransaction,
    /// A statement failed, and the server will roll back the transaction.
    Failed,
}

/// The side on which a `COPY` failed.
enum Failed {
    AtServer(postgres::Error),
    Here(String),
}

impl Driver {
    /// `url` is for messages; `schema` is the one that the URL names.
    pub(crate) fn new(
        client: Client,
        tls: Option<MakeRustlsConnect>,
        url: String,
        schema: Option<String>,
    ) -> Self {
        let place = Place { database: schema, location_root: None };
        Self {
            client,
            tls,
            about: About { dialect: SPOKEN, place, url, keeps_renamed: true },
            is_interrupted: Arc::default(),
            state: State::Idle,
            kinds: HashMap::new(),
        }
    }

    /// Refuses to go on after a statement of the transaction failed.
    pub(crate) fn require_sound(&self) -> Result<()> {
        match self.state {
            State::Idle | State::InTransaction => Ok(()),
            State::Failed => Err(self.refused("COMMIT", "a statement before it failed".to_owned())),
        }
    }

    /// Notes that the failed statement was undone by a savepoint.
    pub(crate) fn is_sound_again(&mut self) {
        self.state = State::InTransaction;
    }

    fn refused(&self, statement: &str, reason: String) -> EngineError {
        EngineError::Refused { database: self.about.url.clone(), reason, statement: statement.to_owned() }
    }

    /// The error for a statement that failed.
    fn fault(&mut self, sql: &str, error: &postgres::Error) -> EngineError {
        if self.state == State::InTransaction {
            self.state = State::Failed;
        }
        let was_canceled = error.code() == Some(&postgres::error::SqlState::QUERY_CANCELED);
        if self.is_interrupted.load(Ordering::SeqCst) && (was_canceled || fault::is_lost(error)) {
            return EngineError::Interrupted;
        }
        fault::of_statement(&self.about.url, sql, error)
    }

    /// The values of a statement, each with its type.
    fn bound<'a>(&self, sql: &str, values: &'a Values) -> Result<Vec<Bound<'a>>> {
        let bound: std::result::Result<_, _> = values.0.iter().map(Bound::of).collect();
        bound.map_err(|reason| self.refused(sql, reason))
    }

    /// The types of the columns of a target.
    fn kinds(&mut self, copy: &str, target: &Target<'_>) -> Result<Vec<Type>> {
        if let Some(known) = self.kinds.get(copy) {
            return Ok(known.clone());
        }
        let columns = target.columns.iter().map(|name| Alias::new(*name).into_iden());
        let all = Query::select().columns(columns).from(Alias::new(target.table)).to_owned();
        let sql = all.to_string(PostgresQueryBuilder);
        let statement = self.client.prepare(&sql).map_err(|error| self.fault(&sql, &error))?;
        let kinds: Vec<Type> = statement.columns().iter().map(|column| column.type_().clone()).collect();
        self.kinds.insert(copy.to_owned(), kinds.clone());
        Ok(kinds)
    }
}

impl Connection for Driver {
    fn about(&self) -> &About {
        &self.about
    }

    fn render(&self, statement: &Statement) -> (String, Values) {
        statement.build::<PostgresQueryBuilder>()
    }

    fn execute(&mut self, sql: &str, values: &Values) -> Result<u64> {
        let bound = self.bound(sql, values)?;
        let typed: Vec<(&(dyn ToSql + Sync), Type)> =
            bound.iter().map(|value| (value as &(dyn ToSql + Sync), value.kind())).collect();
        self.client.execute_typed(sql, &typed).map_err(|error| self.fault(sql, &error))
    }

    fn query(&mut self, sql: &str, values: &Values, seen: &mut Seen<'_>) -> Result<()> {
        let typed = self.bound(sql, values)?.into_iter().map(|value| {
            let kind = value.kind();
            (value, kind)
        });
        let mut cells = Vec::new();
        let visit = |client: &mut Client| -> std::result::Result<Option<String>, postgres::Error> {
            let mut rows = client.query_typed_raw(sql, typed)?;
            while let Some(row) = rows.next()? {
                cells.clear();
                for at in 0..row.len() {
                    match value_of(&row, at) {
                        Ok(value) => cells.push(value),
                        Err(error) => return Ok(Some(error.to_string())),
                    }
                }
                if seen(&cells).is_break() {
                    break;
                }
            }
            Ok(None)
        };
        match visit(&mut self.client) {
            Ok(None) => Ok(()),
            Ok(Some(unread)) => Err(self.refused(sql, unread)),
            Err(error) => Err(self.fault(sql, &error)),
        }
    }

    fn script(&mut self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).map_err(|error| self.fault(sql, &error))
    }

    fn interrupter(&self) -> Box<dyn Fn() + Send> {
        let (token, tls, flag) = (self.client.cancel_token(), self.tls.clone(), self.is_interrupted.clone());
        Box::new(move || {
            flag.store(true, Ordering::SeqCst);
            // If the cancel request fails, the statement runs to its end.
            let _ = match &tls {
                Some(tls) => token.cancel_query(tls.clone()),
                None => token.cancel_query(NoTls),
            };
        })
    }
}

impl Transactional for Driver {
    fn load(&mut self, sql: &str, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        let kinds = self.kinds(sql, target)?;
        send(&mut self.client, sql, &kinds, target, rows).map_err(|failed| match failed {
            Failed::AtServer(error) => self.fault(sql, &error),
            Failed::Here(reason) => EngineError::OutOfRange { database: self.about.url.clone(), reason },
        })
    }

    fn begin(&mut self, sql: &str) -> Result<()> {
        self.kinds.clear();
        self.state = State::InTransaction;
        self.script(sql)
    }

    fn commit(&mut self) -> Result<()> {
        self.require_sound()?;
        match self.client.batch_execute("COMMIT") {
            Ok(()) => {
                self.state = State::Idle;
                Ok(())
            }
            Err(error) if fault::is_lost(&error) => Err(fault::of_commit(&self.about.url, &error)),
            Err(error) => Err(self.fault("COMMIT", &error)),
        }
    }

    fn rollback(&mut self) {
        if self.state != State::Idle {
            // If the connection is lost, the server has rolled back.
            let _ = self.client.batch_execute("ROLLBACK");
            self.state = State::Idle;
        }
    }
}

/// Sends rows by `COPY`. A `COPY` that does not complete stores nothing.
fn send(
    client: &mut Client,
    sql: &str,
    kinds: &[Type],
    target: &Target<'_>,
    rows: &dyn Batch,
) -> std::result::Result<u64, Failed> {
    let mut writer = client.copy_in(sql).map_err(Failed::AtServer)?;
    let written = copy::encode(rows, kinds, target.columns, |part| writer.write_all(part));
    match written {
        Ok(()) => writer.finish().map_err(Failed::AtServer),
        Err(error) => Err(match error.downcast::<postgres::Error>() {
            Ok(said) => Failed::AtServer(said),
            Err(error) => Failed::Here(error.to_string()),
        }),
    }
}

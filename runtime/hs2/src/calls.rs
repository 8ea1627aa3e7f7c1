//! The calls of a session: each has a time limit, and none is made after an interrupt.

use std::time::Duration;

use crate::channel::Channel;
use crate::error::{Doing, Hs2Error, Phase, ServerError};
use crate::fault::Fault;
use crate::interrupt::{Interrupter, Wait};
use crate::messages::{
    Call, CancelOperation, CloseOperation, CloseSession, OperationHandle, SessionHandle, Status,
};
use crate::settings::{Settings, Transport};

/// The time limit for the calls of a cleanup whose result is ignored.
const TIDYING: Duration = Duration::from_secs(2);

/// What a session and its statements call. If it is dropped, the session is closed.
pub(crate) struct Calls {
    pub(crate) settings: Settings,
    pub(crate) channel: Channel,
    pub(crate) handle: SessionHandle,
    pub(crate) flag: Interrupter,
    /// Whether the session was closed on the server.
    pub(crate) closed: bool,
}

impl Calls {
    pub(crate) fn doing(&self, what: &'static str) -> Doing<'_> {
        Doing { what, phase: Phase::Open, settings: &self.settings }
    }

    /// Makes a call. Nothing is started after the flag was set.
    pub(crate) fn ask<C: Call>(&mut self, what: &'static str, call: &C) -> Result<C::Answer, Hs2Error> {
        let mut wait = Wait::new(self.settings.read_timeout, &self.flag);
        let answer = match wait.check_at_once() {
            Ok(()) if self.closed => {
                Err(Fault::Gone("the session was closed after an error before".to_owned()))
            }
            Ok(()) => self.channel.call(call, &mut wait),
            Err(fault) => Err(fault),
        };
        answer.map_err(|fault| self.doing(what).error(fault))
    }

    /// Closes an operation, and cancels it first if it may still be running. Errors are ignored.
    ///
    /// If the connection is out of sync, this is done on a new one, and the session is closed, too: some servers
    /// continue a statement long after its connection ended.
    pub(crate) fn let_go(&mut self, operation: &OperationHandle, at_work: bool) {
        let broken = self.channel.is_broken();
        let mut wait = Wait::tidying(TIDYING);
        if at_work {
            let _ = self.channel.call(&CancelOperation(operation), &mut wait);
        }
        let _ = self.channel.call(&CloseOperation(operation), &mut wait);
        if broken && !self.over_http() {
            self.let_session_go(&mut wait);
        }
    }

    fn over_http(&self) -> bool {
        matches!(self.settings.transport, Transport::Http { .. })
    }

    fn let_session_go(&mut self, wait: &mut Wait<'_>) {
        self.closed = true;
        let _ = self.channel.call(&CloseSession(&self.handle), wait);
    }

    /// Closes an operation, and reports errors.
    pub(crate) fn close_operation(&mut self, operation: &OperationHandle) -> Result<(), Hs2Error> {
        let mut wait = Wait::new(self.settings.read_timeout, &self.flag);
        let answered = self.channel.call(&CloseOperation(operation), &mut wait);
        self.require_good("closing a statement", answered)
    }

    /// Closes the session, and reports errors.
    pub(crate) fn close(&mut self) -> Result<(), Hs2Error> {
        self.closed = true;
        let mut wait = Wait::new(self.settings.read_timeout, &self.flag);
        let answered = self.channel.call(&CloseSession(&self.handle), &mut wait);
        self.require_good("closing a session", answered)
    }

    fn require_good(&self, what: &'static str, answered: Result<Status, Fault>) -> Result<(), Hs2Error> {
        let status = answered.map_err(|fault| self.doing(what).error(fault))?;
        if status.is_good() {
            return Ok(());
        }
        Err(self.doing(what).refused(ServerError::of_status(status)))
    }

    /// See [`crate::Session::is_over`].
    pub(crate) fn is_over(&self) -> bool {
        self.closed || (self.channel.is_broken() && !self.over_http())
    }
}

impl Drop for Calls {
    fn drop(&mut self) {
        if !self.closed {
            self.let_session_go(&mut Wait::tidying(TIDYING));
        }
    }
}

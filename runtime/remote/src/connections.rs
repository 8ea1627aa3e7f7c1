//! The connections of a client: how they are opened, and how they are cut when the caller stops the work.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::attempt::{self, Fault};
use crate::error::{RemoteError, Result};
use crate::policy::Site;
use crate::watch::{LOOK, Watch};

/// Whether the proxies of the environment are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// As `http_proxy` and similar variables state.
    ByProxies,
    /// Never: Hadoop's own client does not use proxies, and its servers are in the internal network.
    Direct,
}

/// The connections for one site.
pub(crate) struct Connections {
    pub(crate) site: Site,
    pub(crate) watch: Arc<dyn Watch>,
    roots: OnceLock<RootCerts>,
    /// Open connections, which are cut when the caller stops the transfer.
    agents: Mutex<Vec<Agent>>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Connections").field("site", &self.site).finish_non_exhaustive()
    }
}

impl Connections {
    pub(crate) fn new(site: Site, watch: Arc<dyn Watch>) -> Self {
        Self { site, watch, roots: OnceLock::new(), agents: Mutex::default() }
    }

    /// Runs `once` until it succeeds, fails permanently, or was tried often enough, and cuts its connections when it
    /// must stop.
    pub(crate) fn persist<T>(&self, once: impl FnMut() -> std::result::Result<T, Fault>) -> Result<T> {
        self.watched(|| attempt::persist(&self.site.policy, &*self.watch, once))
    }

    /// Runs `work`, and cuts its connections when it must stop.
    pub(crate) fn watched<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let (done, waiting) = channel::<()>();
        let found = std::thread::scope(|scope| {
            scope.spawn(move || {
                while waiting.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                    if self.watch.is_stopped() {
                        self.under_way().drain(..).for_each(Agent::shutdown);
                    }
                }
            });
            let found = work();
            drop(done);
            found
        });
        self.under_way().clear();
        found
    }

    fn under_way(&self) -> std::sync::MutexGuard<'_, Vec<Agent>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Creates an HTTP client for one exchange.
    pub(crate) fn agent(&self, is_secure: bool, reach: Reach) -> Result<Agent> {
        let policy = &self.site.policy;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("flow-oa/", env!("CARGO_PKG_VERSION")))
            .accept_encoding("identity")
            .timeout_global(policy.whole)
            .timeout_resolve(Some(policy.connect))
            .timeout_connect(Some(policy.connect))
            .timeout_per_read(Some(policy.stall))
            .timeout_per_write(Some(policy.stall));
        if reach == Reach::Direct {
            config = config.proxy(None);
        }
        if is_secure {
            let tls = TlsConfig::builder()
                .unversioned_rustls_crypto_provider(flow_oa_tls::provider())
                .root_certs(self.trusted()?);
            config = config.tls_config(tls.build());
        }
        let config: Config = config.build();
        let agent = Agent::new_with_config(config);
        self.under_way().push(agent.clone());
        Ok(agent)
    }

    fn trusted(&self) -> Result<RootCerts> {
        if let Some(roots) = self.roots.get() {
            return Ok(roots.clone());
        }
        let found = flow_oa_tls::certificates(&self.site.roots)
            .map_err(|error| RemoteError::Configuration(error.to_string()))?;
        let found: Vec<_> =
            found.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).collect();
        Ok(self.roots.get_or_init(|| RootCerts::new_with_certs(&found)).clone())
    }
}

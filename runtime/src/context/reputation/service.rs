//! What all services that are asked share: who is asked about, what is known already, how many questions there may be,
//! and what becomes of those without an answer.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flow_oa_core::{ContextError, ContextSource, Evidence, Subject};
use flow_oa_remote::Watch;
use jiff::Timestamp;

use super::add;
use super::asked::{Ask, Asked, Fault, Found, Means};
use super::cache::Cache;
use super::outside::special;
use crate::context::Asking;

/// After so many questions in a row that came to nothing, a run asks no more.
const FAILURES: u32 = 3;

/// How soon an interrupt is seen.
const LOOK: Duration = Duration::from_millis(50);

/// A service that is asked.
pub(super) struct Service {
    name: String,
    asked: Asked,
    asker: Box<dyn Ask>,
    means: Means,
    cache: Cache,
    questions: u32,
    last: Option<Instant>,
    remarks: Vec<String>,
}

/// What came of asking.
#[derive(Default)]
struct Outcome {
    /// By address, in ascending order.
    verdicts: Vec<(IpAddr, String)>,
    unanswered: usize,
    beyond_budget: usize,
    reason: Option<String>,
}

impl Outcome {
    /// Notes addresses that have no answer, and gives the failures that this counts for.
    fn miss(&mut self, ips: &[IpAddr], reason: String, failures: u32) -> u32 {
        self.unanswered += ips.len();
        self.reason = Some(reason);
        failures
    }
}

impl Service {
    /// Reads what is kept of earlier answers in `folder`; nobody is asked yet.
    pub(super) fn new(name: &str, asked: &Asked, folder: Option<&Path>, asking: &Asking) -> Self {
        let watch: Arc<dyn Watch> = Arc::clone(&asking.watch);
        let cache = Cache::open(folder, &format!("{name}-{}", asked.mark()), asked.cache_hours);
        Self {
            name: name.to_owned(),
            asker: asked.asker(),
            means: asked.means(&asking.site, &watch),
            asked: asked.clone(),
            remarks: cache.damage.iter().map(|it| format!("reputation service {name}: {it}")).collect(),
            cache,
            questions: 0,
            last: None,
        }
    }

    /// Asks one question about `ip` whatever is kept, and keeps nothing.
    pub(super) fn probe(&mut self, ip: IpAddr) -> Result<String, Fault> {
        let found = self.question(&[ip])?.into_iter().next();
        found.unwrap_or_else(|| Err("it gave no verdict".to_owned())).map_err(Fault::Unanswered)
    }

    /// Asks one question. What it says is what may be shown, whatever the service sent back.
    fn question(&mut self, ips: &[IpAddr]) -> Result<Vec<Found>, Fault> {
        let means = &self.means;
        match self.asker.ask(ips, means) {
            Ok(found) => Ok(found.into_iter().map(|it| it.map_err(|reason| means.shown(&reason))).collect()),
            Err(Fault::Unanswered(reason)) => Err(Fault::Unanswered(means.shown(&reason))),
            Err(Fault::Hopeless(reason)) => Err(Fault::Hopeless(means.shown(&reason))),
            Err(Fault::Interrupted) => Err(Fault::Interrupted),
        }
    }

    /// Asks about `ips`, which are ascending.
    fn ask(&mut self, ips: &[IpAddr]) -> Result<Outcome, Fault> {
        let mut outcome = Outcome::default();
        let (mut failures, mut left) = (0, ips);
        while !left.is_empty() && failures < FAILURES {
            if self.questions >= self.asked.requests_per_run {
                outcome.beyond_budget = left.len();
                return Ok(outcome);
            }
            let (batch, rest) = left.split_at(self.asker.batch().clamp(1, left.len()));
            left = rest;
            self.pace()?;
            self.questions += 1;
            let weight = match self.question(batch) {
                Ok(found) => self.take(batch, found, &mut outcome),
                Err(Fault::Interrupted) => return Err(Fault::Interrupted),
                Err(Fault::Unanswered(reason)) => outcome.miss(batch, reason, 1),
                Err(Fault::Hopeless(reason)) => outcome.miss(batch, reason, FAILURES),
            };
            // Where the service is required, one address without an answer stops the run.
            failures = match weight {
                0 => 0,
                _ if self.asked.required => FAILURES,
                weight => failures + weight,
            };
        }
        outcome.unanswered += left.len();
        Ok(outcome)
    }

    /// Keeps what was found on the addresses of a question, one by one. Gives the failures that it counts for: one
    /// where none of them has an answer.
    fn take(&mut self, batch: &[IpAddr], found: Vec<Found>, outcome: &mut Outcome) -> u32 {
        let (before, now) = (outcome.unanswered, Timestamp::now().as_second());
        for (ip, found) in batch.iter().zip(found) {
            match found {
                Ok(verdict) => {
                    self.cache.put(*ip, verdict.clone(), now);
                    outcome.verdicts.push((*ip, verdict));
                }
                Err(reason) => drop(outcome.miss(&[*ip], reason, 1)),
            }
        }
        let missed = outcome.unanswered - before;
        u32::from(missed == batch.len() || missed > 0 && self.asked.required)
    }

    /// Waits until the next question may be asked.
    fn pace(&mut self) -> Result<(), Fault> {
        if let (Some(last), Some(most)) = (self.last, self.asked.requests_per_minute) {
            let next = last + Duration::from_secs(60) / most.max(1);
            while Instant::now() < next {
                if self.means.watch.is_stopped() {
                    return Err(Fault::Interrupted);
                }
                std::thread::sleep(next.saturating_duration_since(Instant::now()).min(LOOK));
            }
        }
        self.last = Some(Instant::now());
        Ok(())
    }

    /// Tells what the user should know, or stops the run where the service is required.
    fn settle(&mut self, outcome: &Outcome, all: usize) -> Result<(), ContextError> {
        let unknown = format!("they are {}:{}", self.name, self.asker.unknown());
        if let Some(reason) = &outcome.reason {
            let found = format!("{} of {all} addresses have no answer: {reason}", outcome.unanswered);
            if self.asked.required {
                let reason =
                    format!("{found}; the settings call it required, so correct that or take `required` out");
                return Err(ContextError::Service {
                    service: format!("reputation service {}", self.name),
                    reason,
                });
            }
            self.remarks.push(format!("reputation service {}: {found}; {unknown}", self.name));
        }
        if outcome.beyond_budget > 0 {
            self.remarks.push(format!(
                "reputation service {}: {} of {all} addresses were not asked about, since a run asks {} questions at most \
                 (requests_per_run); {unknown}",
                self.name, outcome.beyond_budget, self.asked.requests_per_run
            ));
        }
        Ok(())
    }
}

/// Whether a service may hear of an address.
fn may_ask(subject: &Subject) -> bool {
    subject.answers.network.internal != Some(true) && special(subject.ip).is_none()
}

impl ContextSource for Service {
    fn name(&self) -> &'static str {
        "reputation"
    }

    fn origin(&self) -> String {
        format!("the service {}", self.name)
    }

    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
        let now = Timestamp::now().as_second();
        let asked = subjects.iter().filter(|it| may_ask(it)).map(|it| it.ip);
        let (known, new): (Vec<IpAddr>, Vec<IpAddr>) =
            asked.partition(|it| self.cache.get(*it, now).is_some());
        let outcome = self.ask(&new);
        // What was answered before an interrupt has been paid for, too.
        if let Err(error) = self.cache.save(Timestamp::now().as_second()) {
            self.remarks.push(format!("reputation service {}: its answers are not kept: {error}", self.name));
        }
        let outcome = outcome.map_err(|_| ContextError::Interrupted)?;
        self.settle(&outcome, known.len() + new.len())?;
        for subject in subjects.iter_mut().filter(|it| may_ask(it)) {
            let found = outcome.verdicts.binary_search_by_key(&subject.ip, |it| it.0).ok();
            let fresh = found.and_then(|at| outcome.verdicts.get(at)).map(|it| it.1.as_str());
            let kept = || self.cache.get(subject.ip, now).map(|it| it.verdict.as_str());
            let verdict = fresh.or_else(kept).unwrap_or(self.asker.unknown());
            add(&mut subject.answers.reputation, &self.name, verdict);
        }
        Ok(())
    }

    fn explain(&mut self, ip: IpAddr) -> Result<Vec<Evidence>, ContextError> {
        let origin = self.origin();
        if let Some(what) = special(ip) {
            let entry = format!("not asked: the address is {what}");
            return Ok(vec![Evidence { origin, entry, ..Evidence::default() }]);
        }
        let now = Timestamp::now();
        let Some(kept) = self.cache.get(ip, now.as_second()) else {
            let entry = "not asked: no answer is kept, and only a run asks, unless the address is internal"
                .to_owned();
            return Ok(vec![Evidence { origin, entry, ..Evidence::default() }]);
        };
        let entry = format!("answer of {} minutes ago", (now.as_second() - kept.at) / 60);
        let as_of = Timestamp::from_second(kept.at)
            .map_or_else(|_| String::new(), |it| it.strftime("%Y-%m-%d %H:%M:%S").to_string());
        let says = vec![("verdict", format!("{}:{}", self.name, kept.verdict))];
        Ok(vec![Evidence { origin, entry, as_of, says }])
    }

    fn remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }
}

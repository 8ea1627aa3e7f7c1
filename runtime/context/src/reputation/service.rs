//! The common part of all services that are queried: selection of addresses, cache, request budget, and the handling of
//! addresses without an answer.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use flow_oa_core::{ContextError, ContextSource, Evidence, Subject, address};
use flow_oa_remote::Watch;
use jiff::Timestamp;

use super::add;
use super::ask::{Ask, Fault, Found, Means};
use super::asked::Asked;
use super::cache::{Cache, Kept, Missed};
use super::outside::special;
use crate::Asking;

/// After this many failed requests in a row a run sends no more.
const FAILURES: u32 = 3;

/// A service that is queried.
pub(super) struct Service {
    name: String,
    asked: Asked,
    asker: Box<dyn Ask>,
    means: Means,
    cache: Cache,
    questions: u32,
    /// When the last request started, and when it ended.
    last: Option<(Instant, Instant)>,
    remarks: Vec<String>,
}

/// The result of querying a set of addresses.
#[derive(Default)]
struct Outcome {
    /// By address, in ascending order.
    verdicts: Vec<(IpAddr, String)>,
    unanswered: usize,
    beyond_budget: usize,
    reason: Option<String>,
}

impl Service {
    /// Reads the cached answers in `folder`; no request is sent yet.
    pub(super) fn new(name: &str, asked: &Asked, folder: Option<&Path>, asking: &Asking) -> Self {
        let watch: Arc<dyn Watch> = Arc::clone(&asking.watch);
        let cache = Cache::open(folder, &format!("{name}-{}", asked.mark()), asked.cache_hours);
        Self {
            name: name.to_owned(),
            asker: asked.asker(),
            means: asked.means(&asking.site, &watch),
            asked: asked.clone(),
            remarks: cache.damage.iter().map(|text| format!("reputation service {name}: {text}")).collect(),
            cache,
            questions: 0,
            last: None,
        }
    }

    /// Sends one request about `ip`. The cache is neither read nor written.
    pub(super) fn probe(&mut self, ip: IpAddr) -> Result<String, Fault> {
        let found = self.question(&[ip])?.into_iter().next();
        found.unwrap_or_else(|| Err("it gave no verdict".to_owned())).map_err(Fault::Unanswered)
    }

    /// Sends one request. Secrets are removed from its result, whatever the service sent back.
    fn question(&mut self, ips: &[IpAddr]) -> Result<Vec<Found>, Fault> {
        self.asked.require_private_files().map_err(Fault::Hopeless)?;
        let (means, start) = (&self.means, Instant::now());
        let asked = self.asker.ask(ips, means);
        self.last = Some((start, Instant::now()));
        match asked {
            Ok(found) => {
                Ok(found.into_iter().map(|answer| answer.map_err(|reason| means.shown(&reason))).collect())
            }
            Err(Fault::Unanswered(reason)) => Err(Fault::Unanswered(means.shown(&reason))),
            Err(Fault::Hopeless(reason)) => Err(Fault::Hopeless(means.shown(&reason))),
            Err(Fault::Interrupted) => Err(Fault::Interrupted),
        }
    }

    /// Queries `ips`, which are ascending.
    fn ask(&mut self, ips: &[IpAddr]) -> Result<Outcome, Fault> {
        let mut outcome = Outcome::default();
        let (mut failures, mut left) = (0, ips);
        while !left.is_empty() && failures < FAILURES {
            if self.questions >= self.asked.requests_per_run {
                outcome.beyond_budget = left.len();
                self.miss(left, &format!("not asked, since {}", self.budget()));
                return Ok(outcome);
            }
            let (batch, rest) = left.split_at(self.asker.batch().clamp(1, left.len()));
            left = rest;
            self.pace()?;
            self.questions += 1;
            let weight = match self.question(batch) {
                Ok(found) => self.take(batch, found, &mut outcome),
                Err(Fault::Interrupted) => return Err(Fault::Interrupted),
                Err(Fault::Unanswered(reason)) => self.lack(batch, reason, 1, &mut outcome),
                Err(Fault::Hopeless(reason)) => self.lack(batch, reason, FAILURES, &mut outcome),
            };
            // If the service is required, one address without an answer stops the run.
            failures = match weight {
                0 => 0,
                _ if self.asked.required => FAILURES,
                weight => failures + weight,
            };
        }
        outcome.unanswered += left.len();
        let reason = outcome.reason.as_deref().unwrap_or_default();
        self.miss(
            left,
            &format!("not asked, since the questions before it had no answer, the last one: {reason}"),
        );
        Ok(outcome)
    }

    /// Records why addresses have no answer.
    fn miss(&mut self, ips: &[IpAddr], reason: &str) {
        self.cache.miss(ips, reason, Timestamp::now().as_second());
    }

    /// Records and counts addresses that have no answer. Returns the number of failures that this counts as.
    fn lack(&mut self, ips: &[IpAddr], reason: String, failures: u32, outcome: &mut Outcome) -> u32 {
        self.miss(ips, &format!("no answer: {reason}"));
        outcome.unanswered += ips.len();
        outcome.reason = Some(reason);
        failures
    }

    fn budget(&self) -> String {
        format!("a run asks {} questions at most (requests_per_run)", self.asked.requests_per_run)
    }

    /// Caches the result for each address of a request. Returns the number of failures that the request counts as: one
    /// if no address has an answer, or if the service is required and any address has none.
    fn take(&mut self, batch: &[IpAddr], found: Vec<Found>, outcome: &mut Outcome) -> u32 {
        let (before, now) = (outcome.unanswered, Timestamp::now().as_second());
        for (ip, found) in batch.iter().zip(found) {
            match found {
                Ok(verdict) => {
                    self.cache.put(*ip, verdict.clone(), now);
                    outcome.verdicts.push((*ip, verdict));
                }
                Err(reason) => drop(self.lack(&[*ip], reason, 1, outcome)),
            }
        }
        let missed = outcome.unanswered - before;
        u32::from(missed == batch.len() || missed > 0 && self.asked.required)
    }

    /// Waits until the next request may be sent.
    fn pace(&mut self) -> Result<(), Fault> {
        let Some(interval) = self.asked.interval() else { return Ok(()) };
        if let Some((asked, ended)) = self.last {
            // A request that took longer than the interval may have been retried in the meantime.
            let from = if ended - asked > interval { ended } else { asked };
            self.means.wait_until(from + interval)?;
        }
        Ok(())
    }

    /// Adds warnings for the user, or stops the run if the service is required.
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
                "reputation service {}: {} of {all} addresses were not asked about, since {}; {unknown}",
                self.name,
                outcome.beyond_budget,
                self.budget()
            ));
        }
        Ok(())
    }

    /// A cached answer with its age.
    fn answered(&self, kept: &Kept, now: i64) -> Evidence {
        let is_old = if self.cache.holds(kept, now) { "" } else { ", too old to be used again" };
        let entry = format!("answer of {}{is_old}", ago(now - kept.at));
        self.noted(entry, kept.at, &kept.verdict)
    }

    /// Why there was no answer, and how long ago.
    fn missed(&self, missed: &Missed, now: i64) -> Evidence {
        let entry = format!("{} ({})", missed.reason, ago(now - missed.at));
        self.noted(entry, missed.at, self.asker.unknown())
    }

    fn noted(&self, entry: String, at: i64, verdict: &str) -> Evidence {
        let as_of = Timestamp::from_second(at)
            .map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string());
        let says = vec![("verdict", format!("{}:{verdict}", self.name))];
        Evidence { origin: self.origin(), entry, as_of, says }
    }
}

/// A duration in words, as in "5 minutes ago".
fn ago(seconds: i64) -> String {
    let minutes = seconds.max(0) / 60;
    match minutes {
        0..120 => format!("{minutes} minutes ago"),
        120..2880 => format!("{} hours ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// Why a service is not queried about an address, from the evidence of earlier sources; `None` if it is queried.
fn not_asked(ip: IpAddr, told: &[Evidence]) -> Option<String> {
    if let Some(what) = special(ip) {
        return Some(format!("not asked: the address is {what}"));
    }
    let own = told.iter().find(|evidence| evidence.says.contains(&("internal", "1".to_owned())))?;
    Some(format!("not asked: the address is internal, by {} of the network ranges", own.entry))
}

/// The address that is sent to a service: an IPv4 address in every notation maps to the same address.
fn question(ip: IpAddr) -> IpAddr {
    address::readings(ip).next().unwrap_or(ip)
}

/// Whether an address may be sent to a service.
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
        let mut asked: Vec<IpAddr> =
            subjects.iter().filter(|subject| may_ask(subject)).map(|subject| question(subject.ip)).collect();
        asked.sort_unstable();
        asked.dedup();
        let (known, new): (Vec<IpAddr>, Vec<IpAddr>) =
            asked.into_iter().partition(|ip| self.cache.get(*ip, now).is_some());
        let outcome = self.ask(&new);
        // Answers from before an interrupt are cached too, since they have been paid for.
        if let Err(error) = self.cache.save(Timestamp::now().as_second()) {
            self.remarks.push(format!("reputation service {}: its answers are not kept: {error}", self.name));
        }
        let outcome = outcome.map_err(|_| ContextError::Interrupted)?;
        self.settle(&outcome, known.len() + new.len())?;
        for subject in subjects.iter_mut().filter(|subject| may_ask(subject)) {
            let ip = question(subject.ip);
            let found = outcome.verdicts.binary_search_by_key(&ip, |it| it.0).ok();
            let fresh = found.and_then(|at| outcome.verdicts.get(at)).map(|it| it.1.as_str());
            let kept = || self.cache.get(ip, now).map(|it| it.verdict.as_str());
            let verdict = fresh.or_else(kept).unwrap_or(self.asker.unknown());
            add(&mut subject.answers.reputation, &self.name, verdict);
        }
        Ok(())
    }

    /// The last answer and its age, why there has been none since, and why the service is not queried.
    fn explain(&mut self, ip: IpAddr, told: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        let (noted, now) = (self.cache.noted(question(ip)), Timestamp::now().as_second());
        let answer = noted.answer.iter().map(|answer| self.answered(answer, now));
        let missed = noted.missed.iter().map(|missed| self.missed(missed, now));
        let mut found: Vec<Evidence> = answer.chain(missed).collect();
        let nothing = || format!("neither an answer nor why there is none is noted{}", self.cache.place());
        let why = not_asked(ip, told).or_else(|| found.is_empty().then(nothing));
        let origin = self.origin();
        found.extend(why.map(|entry| Evidence { origin, entry, ..Evidence::default() }));
        Ok(found)
    }

    fn remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }
}

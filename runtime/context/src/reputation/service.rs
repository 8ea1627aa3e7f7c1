//! The common part of all services that are queried: selection of addresses and names, cache, request budget, and the
//! handling of those without an answer.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use flow_oa_core::{ContextError, ContextSource, Evidence, Observable, Subject, address};
use flow_oa_remote::Watch;
use jiff::Timestamp;

use super::add;
use super::ask::{Ask, Fault, Found, Means};
use super::asked::Asked;
use super::cache::{Cache, Kept, Missed};
use super::outside::{special, special_name};
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

/// The result of querying a set of addresses and names.
#[derive(Default)]
struct Outcome {
    /// In ascending order.
    verdicts: Vec<(Observable, String)>,
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
        let found = self.question(&[Observable::Address(ip)])?.into_iter().next();
        found.unwrap_or_else(|| Err("it gave no verdict".to_owned())).map_err(Fault::Unanswered)
    }

    /// Sends one request. Secrets are removed from its result, whatever the service sent back.
    fn question(&mut self, asked: &[Observable]) -> Result<Vec<Found>, Fault> {
        self.asked.require_private_files().map_err(Fault::Hopeless)?;
        let (means, start) = (&self.means, Instant::now());
        let answered = self.asker.ask(asked, means);
        self.last = Some((start, Instant::now()));
        match answered {
            Ok(found) => {
                Ok(found.into_iter().map(|answer| answer.map_err(|reason| means.shown(&reason))).collect())
            }
            Err(Fault::Unanswered(reason)) => Err(Fault::Unanswered(means.shown(&reason))),
            Err(Fault::Hopeless(reason)) => Err(Fault::Hopeless(means.shown(&reason))),
            Err(Fault::Interrupted) => Err(Fault::Interrupted),
        }
    }

    /// Queries `asked`, which are ascending.
    fn ask(&mut self, asked: &[Observable]) -> Result<Outcome, Fault> {
        let mut outcome = Outcome::default();
        let (mut failures, mut left) = (0, asked);
        while !left.is_empty() && failures < FAILURES {
            if self.questions >= self.asked.requests_per_run {
                outcome.beyond_budget = left.len();
                self.miss(left, &format!("not asked, since {}", self.budget()));
                return Ok(outcome);
            }
            let (batch, rest) = left.split_at(self.asker.batch(left).clamp(1, left.len()));
            left = rest;
            self.pace()?;
            self.questions += 1;
            let weight = match self.question(batch) {
                Ok(found) => self.take(batch, found, &mut outcome),
                Err(Fault::Interrupted) => return Err(Fault::Interrupted),
                Err(Fault::Unanswered(reason)) => self.lack(batch, reason, 1, &mut outcome),
                Err(Fault::Hopeless(reason)) => self.lack(batch, reason, FAILURES, &mut outcome),
            };
            // If the service is required, one address or name without an answer stops the run.
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

    /// Records why addresses or names have no answer.
    fn miss(&mut self, asked: &[Observable], reason: &str) {
        self.cache.miss(asked, reason, Timestamp::now().as_second());
    }

    /// Records and counts addresses or names that have no answer. Returns the number of failures that this counts as.
    fn lack(&mut self, asked: &[Observable], reason: String, failures: u32, outcome: &mut Outcome) -> u32 {
        self.miss(asked, &format!("no answer: {reason}"));
        outcome.unanswered += asked.len();
        outcome.reason = Some(reason);
        failures
    }

    fn budget(&self) -> String {
        format!("a run asks {} questions at most (requests_per_run)", self.asked.requests_per_run)
    }

    /// Caches the results of a request. Returns the number of failures that the request counts as: one if it has no
    /// answer at all, or if the service is required and any answer is missing.
    fn take(&mut self, batch: &[Observable], found: Vec<Found>, outcome: &mut Outcome) -> u32 {
        let (before, now) = (outcome.unanswered, Timestamp::now().as_second());
        for (of, found) in batch.iter().zip(found) {
            match found {
                Ok(verdict) => {
                    self.cache.put(of, verdict.clone(), now);
                    outcome.verdicts.push((of.clone(), verdict));
                }
                Err(reason) => drop(self.lack(std::slice::from_ref(of), reason, 1, outcome)),
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
    fn settle(&mut self, outcome: &Outcome, asked: &[Observable]) -> Result<(), ContextError> {
        let all = counted(asked);
        let unknown = format!("they are {}:{}", self.name, self.asker.unknown());
        if let Some(reason) = &outcome.reason {
            let found = format!("{} of {all} have no answer: {reason}", outcome.unanswered);
            if self.asked.required {
                let reason = format!(
                    "{found}; the service is `required` in the settings: correct the cause, or remove `required`"
                );
                return Err(ContextError::Service {
                    service: format!("reputation service {}", self.name),
                    reason,
                });
            }
            self.remarks.push(format!("reputation service {}: {found}; {unknown}", self.name));
        }
        if outcome.beyond_budget > 0 {
            self.remarks.push(format!(
                "reputation service {}: {} of {all} were not asked about, since {}; {unknown}",
                self.name,
                outcome.beyond_budget,
                self.budget()
            ));
        }
        Ok(())
    }

    /// A cached answer with its age.
    fn answered(&self, kept: &Kept, now: i64) -> Evidence {
        let is_old = if self.cache.holds(kept, now) { "" } else { ", expired" };
        let entry = format!("answer of {}{is_old}", ago(now - kept.at));
        self.evidence(entry, kept.at, &kept.verdict)
    }

    /// Why there was no answer, and how long ago.
    fn missed(&self, missed: &Missed, now: i64) -> Evidence {
        let entry = format!("{} ({})", missed.reason, ago(now - missed.at));
        self.evidence(entry, missed.at, self.asker.unknown())
    }

    fn evidence(&self, entry: String, at: i64, verdict: &str) -> Evidence {
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

/// The number of addresses and names in words.
fn counted(asked: &[Observable]) -> String {
    let addresses = asked.iter().filter(|of| of.address().is_some()).count();
    match (addresses, asked.len() - addresses) {
        (addresses, 0) => format!("{addresses} addresses"),
        (0, names) => format!("{names} names"),
        (_, _) => format!("{} addresses and names", asked.len()),
    }
}

/// What is sent to a service: an IPv4 address in every notation maps to the same address.
fn question(of: &Observable) -> Observable {
    match of {
        Observable::Address(ip) => Observable::Address(address::readings(*ip).next().unwrap_or(*ip)),
        Observable::Name(..) => of.clone(),
    }
}

impl Service {
    /// Why the service is not queried; `None` if it is. `own` describes the range that makes an address internal.
    fn not_asked(&self, of: &Observable, own: Option<&str>) -> Option<String> {
        match of {
            Observable::Address(ip) => {
                special(*ip).map(|what| format!("the address is {what}")).or_else(|| {
                    own.map(|own| format!("the address is internal, by {own} of the network ranges"))
                })
            }
            Observable::Name(..) if !self.asker.takes_names() => {
                Some("the service takes addresses only".to_owned())
            }
            Observable::Name(named, text) => {
                special_name(*named, text).or_else(|| self.asker.unsendable(of)).map(str::to_owned)
            }
        }
    }

    fn may_ask(&self, subject: &Subject) -> bool {
        let own = (subject.answers.network.internal == Some(true)).then_some("");
        self.not_asked(&subject.of, own).is_none()
    }
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
        let names = subjects.iter().filter(|subject| subject.of.address().is_none()).count();
        if names > 0 && !self.asker.takes_names() {
            self.remarks.push(format!(
                "reputation service {}: it takes addresses only and was not asked about {names} names; use a list \
                 for names",
                self.name
            ));
        }
        let is_unsendable = |subject: &&Subject| match &subject.of {
            Observable::Address(_) => false,
            Observable::Name(named, text) => {
                special_name(*named, text).is_none() && self.asker.unsendable(&subject.of).is_some()
            }
        };
        let unsendable: Vec<&Subject> = subjects.iter().filter(is_unsendable).collect();
        if let Some(reason) = unsendable.first().and_then(|first| self.asker.unsendable(&first.of)) {
            self.remarks.push(format!(
                "reputation service {}: it was not asked about {} of {names} names and has no verdict on them; the first \
                 one: {reason}",
                self.name,
                unsendable.len()
            ));
        }
        let asked = subjects.iter().filter(|subject| self.may_ask(subject));
        let mut asked: Vec<Observable> = asked.map(|subject| question(&subject.of)).collect();
        asked.sort_unstable();
        asked.dedup();
        let new = asked.iter().filter(|of| self.cache.get(of, now).is_none());
        let new: Vec<Observable> = new.cloned().collect();
        let outcome = self.ask(&new);
        // Answers from before an interrupt are cached too, since they have been paid for.
        if let Err(error) = self.cache.save(Timestamp::now().as_second()) {
            self.remarks
                .push(format!("reputation service {}: its answers are not cached: {error}", self.name));
        }
        let outcome = outcome.map_err(|_| ContextError::Interrupted)?;
        self.settle(&outcome, &asked)?;
        for subject in subjects.iter_mut().filter(|subject| self.may_ask(subject)) {
            let of = question(&subject.of);
            let found = outcome.verdicts.binary_search_by(|(answered, _)| answered.cmp(&of)).ok();
            let fresh = found.and_then(|at| outcome.verdicts.get(at)).map(|(_, verdict)| verdict.as_str());
            let kept = || self.cache.get(&of, now).map(|kept| kept.verdict.as_str());
            let verdict = fresh.or_else(kept).unwrap_or(self.asker.unknown());
            add(&mut subject.answers.reputation, &self.name, verdict);
        }
        Ok(())
    }

    /// The last answer and its age, why there has been none since, and why the service is not queried.
    fn explain(&mut self, of: &Observable, earlier: &[Evidence]) -> Result<Vec<Evidence>, ContextError> {
        let (cached, now) = (self.cache.entry(&question(of)), Timestamp::now().as_second());
        let answer = cached.answer.iter().map(|answer| self.answered(answer, now));
        let missed = cached.missed.iter().map(|missed| self.missed(missed, now));
        let mut found: Vec<Evidence> = answer.chain(missed).collect();
        let own = earlier.iter().find(|evidence| evidence.says.contains(&("internal", "1".to_owned())));
        let not_asked = self.not_asked(of, own.map(|range| range.entry.as_str()));
        let not_asked = not_asked.map(|reason| format!("not asked: {reason}"));
        let nothing = || format!("no answer is cached{}, and no reason for its absence", self.cache.place());
        let why = not_asked.or_else(|| found.is_empty().then(nothing));
        let origin = self.origin();
        found.extend(why.map(|entry| Evidence { origin, entry, ..Evidence::default() }));
        Ok(found)
    }

    fn remarks(&mut self) -> Vec<String> {
        std::mem::take(&mut self.remarks)
    }
}

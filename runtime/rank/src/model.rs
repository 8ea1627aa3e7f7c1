//! Counts of the words of hosts, and the probability that follows from them.
//!
//! The model must not keep observations, only counts per host, per word, and per pair of host and word.

use std::collections::HashMap;

use compact_str::CompactString;

use super::Observation;
use super::intern::Interner;
use super::ratio::divide;
use super::words::{Word, spoken};

/// The default weight of the network's word frequencies against those of a host: as much as ten words of the host.
pub const DEFAULT_PRIOR: u32 = 10;

/// The probability of a connection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// The probability of the less probable of its two words, 0 to 1: the lower, the more suspicious.
    pub score: f64,
    /// The probability of the other word; breaks ties.
    pub other: f64,
}

/// The counts from the first pass over a day.
#[derive(Debug, Clone)]
pub struct Model {
    prior: u32,
    protocols: Interner<CompactString>,
    hosts: Interner<CompactString>,
    words: Interner<Word>,
    /// The number of words of each host.
    host_counts: Vec<u64>,
    /// The number of occurrences of each word.
    word_counts: Vec<u64>,
    /// The number of occurrences of a word at a host, by the numbers of host and word.
    pair_counts: HashMap<(u32, u32), u64>,
    observations: u64,
}

impl Default for Model {
    fn default() -> Self {
        Self::new(DEFAULT_PRIOR)
    }
}

impl Model {
    /// An empty model. `prior` (mu) is the weight of the network's word frequencies, in words.
    pub fn new(prior: u32) -> Self {
        Self {
            prior,
            protocols: Interner::default(),
            hosts: Interner::default(),
            words: Interner::default(),
            host_counts: Vec::new(),
            word_counts: Vec::new(),
            pair_counts: HashMap::new(),
            observations: 0,
        }
    }

    /// Adds an observation to the counts. Returns false, and changes nothing, if it is not usable.
    pub fn learn(&mut self, observation: &Observation<'_>) -> bool {
        if !observation.is_usable() {
            return false;
        }
        let protocol = self.protocols.intern(observation.protocol, || observation.protocol.into());
        let (source, destination) = spoken(observation, protocol);
        self.count(observation.source, source);
        self.count(observation.destination, destination);
        self.observations += 1;
        true
    }

    /// The probability of an observation, according to the counts; `None` if it is not usable.
    ///
    /// A word that was never learnt has probability 0. Call it after the last [`Model::learn`].
    pub fn score(&self, observation: &Observation<'_>) -> Option<Score> {
        if !observation.is_usable() {
            return None;
        }
        let protocol = self.protocols.find(observation.protocol);
        let (source, destination) = match protocol {
            Some(protocol) => {
                let (source, destination) = spoken(observation, protocol);
                let source = self.probability(observation.source, &source);
                (source, self.probability(observation.destination, &destination))
            }
            None => (0.0, 0.0),
        };
        Some(Score { score: source.min(destination), other: source.max(destination) })
    }

    /// The number of observations that were learnt.
    pub fn observations(&self) -> u64 {
        self.observations
    }

    /// The number of distinct hosts in them.
    pub fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// The number of distinct words in them.
    pub fn words(&self) -> usize {
        self.words.len()
    }

    fn count(&mut self, host: &str, word: Word) {
        let host = self.hosts.intern(host, || host.into());
        let word = self.words.intern(&word, || word);
        raise(&mut self.host_counts, host);
        raise(&mut self.word_counts, word);
        *self.pair_counts.entry((host, word)).or_default() += 1;
    }

    /// P(word | host). Numerator and denominator are multiplied by the number of all words, so that they are integers.
    fn probability(&self, host: &str, word: &Word) -> f64 {
        let Some(word) = self.words.find(word) else { return 0.0 };
        let host = self.hosts.find(host);
        let said = host.and_then(|host| self.pair_counts.get(&(host, word)).copied()).unwrap_or_default();
        let by_host = host.map_or(0, |host| counted(&self.host_counts, host));
        let by_all = counted(&self.word_counts, word);
        let (prior, all) = (u128::from(self.prior), 2 * u128::from(self.observations));
        match all * (u128::from(by_host) + prior) {
            0 => 0.0,
            whole => divide(u128::from(said) * all + prior * u128::from(by_all), whole),
        }
    }
}

/// Adds one to the count of `id`; if `id` is the next new number, its count is appended.
fn raise(counts: &mut Vec<u64>, id: u32) {
    match counts.get_mut(id as usize) {
        Some(count) => *count += 1,
        None => counts.push(1),
    }
}

fn counted(counts: &[u64], id: u32) -> u64 {
    counts.get(id as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::example;
    use super::*;

    fn taught(observations: &[Observation<'_>]) -> Model {
        let mut model = Model::default();
        for observation in observations {
            assert!(model.learn(observation));
        }
        model
    }

    #[test]
    fn probability_is_by_smoothed_counts() {
        // Three connections between the same two hosts: two alike, one at another hour. Six words in all.
        let (usual, rare) = (example(), Observation { hour: 3, ..example() });
        let model = taught(&[usual, usual, rare]);
        let expected = |said: f64| (said * 6.0 + 10.0 * said) / (6.0 * (3.0 + 10.0));
        assert_eq!(model.score(&usual), Some(Score { score: expected(2.0), other: expected(2.0) }));
        assert_eq!(model.score(&rare), Some(Score { score: expected(1.0), other: expected(1.0) }));
        assert_eq!((model.observations(), model.hosts(), model.words()), (3, 2, 4));
    }

    #[test]
    fn the_less_probable_side_decides() {
        // The server is busy; the second client has one word, and it is the client's only word.
        let stranger = Observation { source: "10.0.0.9", hour: 3, ..example() };
        let mut day = vec![example(); 20];
        day.push(stranger);
        let score = taught(&day).score(&stranger).map(|score| (score.score, score.other));
        let (all, by_all) = (42.0, 1.0);
        let server = (1.0 * all + 10.0 * by_all) / (all * (21.0 + 10.0));
        let client = (1.0 * all + 10.0 * by_all) / (all * (1.0 + 10.0));
        assert_eq!(score, Some((server, client)));
    }

    #[test]
    fn a_host_that_speaks_to_itself_is_counted_twice() {
        let own =
            Observation { destination: "10.0.0.1", source_port: 123, destination_port: 123, ..example() };
        let model = taught(&[own]);
        assert_eq!((model.hosts(), model.words()), (1, 1));
        assert_eq!(model.score(&own), Some(Score { score: 1.0, other: 1.0 }));
    }

    #[test]
    fn a_word_that_was_never_learnt_has_probability_zero() {
        let nothing = Some(Score { score: 0.0, other: 0.0 });
        assert_eq!(Model::default().score(&example()), nothing);
        let model = taught(&[example()]);
        assert_eq!(model.score(&Observation { protocol: "UDP", ..example() }), nothing);
        assert_eq!(model.score(&Observation { hour: 10, ..example() }), nothing);
    }

    #[test]
    fn the_unusable_is_neither_learnt_nor_scored() {
        let mut model = Model::default();
        let bad = Observation { bytes: -1, ..example() };
        assert!(!model.learn(&bad));
        assert_eq!((model.observations(), model.hosts()), (0, 0));
        assert_eq!(model.score(&bad), None);
    }
}

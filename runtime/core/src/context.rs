//! What context sources answer, and the one trait behind which they all stand.
//!
//! Every distinct value is asked about once per run: the executor collects the subjects of all rows,
//! sorts them, and lets each source fill in its part of the answers.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::Text;

/// What the network context knows of an address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Network {
    /// Whether it lies in a range of the site's own; none where no ranges are configured.
    pub internal: Option<bool>,
    /// Its name, or the name of the most specific range that it lies in; empty where there is none.
    pub name: Text,
    /// The entry that gave the name, as written in its file; empty where there is none.
    pub entry: Text,
}

/// Where an address is. Empty and none for an address outside every range.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Geo {
    /// Region, city and owner: `State;City Owner`.
    pub location: Text,
    /// Domain of the network.
    pub domain: Text,
    /// Code of the country by ISO 3166: two letters.
    pub country: Text,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

/// What reputation services say of an address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reputation {
    /// Each service's `service:LABEL:value` in configured order, joined by `::`.
    pub verdict: Text,
}

/// All that is known of one address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// From the network context.
    pub network: Network,
    /// From geolocation.
    pub geo: Geo,
    /// From the reputation services.
    pub reputation: Reputation,
}

/// One distinct address of a run, and what has been found out about it so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The address.
    pub ip: IpAddr,
    /// Filled in by each source in turn.
    pub answers: Answers,
}

/// One distinct code of a run, such as a response code of DNS, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// The list of codes that it is of, as the settings call it.
    pub list: &'static str,
    /// The code, as text.
    pub code: Text,
    /// Its name, filled in by the source that has the list; none where nobody knows it.
    pub name: Option<Text>,
}

/// What sources are asked about: the values of all rows, or of some.
#[derive(Debug, Default)]
pub struct Asked<'a> {
    /// Addresses, as text.
    pub addresses: Vec<&'a Text>,
    /// Codes, each with the list that it is of.
    pub codes: Vec<(&'static str, Text)>,
}

/// A context source could not answer; the run stops before anything is touched.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The file could not be opened or read.
    #[error("reading {what} from {}: {error}", path.display())]
    Read {
        /// What the file holds, such as "network ranges".
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// A line of the file could not be understood.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What was expected, what was found, and what to do.
        reason: String,
    },
    /// A service that the settings call required did not answer.
    #[error("asking {service}: {reason}")]
    Service {
        /// The service, by its name in the settings.
        service: String,
        /// What was found, and what to do.
        reason: String,
    },
    /// The user interrupted it.
    #[error("interrupted")]
    Interrupted,
}

impl ContextError {
    /// The exit code: those of `sysexits.h`, and 130 for an interrupt.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Read { error, .. } if error.kind() == std::io::ErrorKind::InvalidData => 65,
            Self::Line { .. } => 65,
            Self::Read { .. } => 66,
            Self::Service { .. } => 69,
            Self::Interrupted => 130,
        }
    }
}

/// One entry of a source that says something of an address, for people who ask where a value came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Where the entry stands: a file, a service.
    pub origin: String,
    /// Which entry it is: `line 12: 10.0.0.0/8`, `record 2.125.160.216/29`.
    pub entry: String,
    /// When the file was changed or built last, or when the service answered, in UTC: `2026-11-24 18:43:13`. Empty where
    /// nobody knows.
    pub as_of: String,
    /// What it says: the name of a fact, as columns ask for it, and its value.
    pub says: Vec<(&'static str, String)>,
}

/// A source of facts about addresses.
pub trait ContextSource: Send {
    /// What it is, for messages: `geolocation`.
    fn name(&self) -> &'static str;
    /// Where its facts come from, for messages: a path, a service.
    fn origin(&self) -> String;
    /// Fills in its part of the answers of every subject. `subjects` are distinct and in ascending
    /// order of `ip` (IPv4 before IPv6).
    ///
    /// # Errors
    /// Where the source cannot be read; a subject that it does not know is no error.
    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError>;
    /// Fills in the names of codes of its lists; they are distinct. Sources of something else have nothing to do.
    ///
    /// # Errors
    /// Where the source cannot be read; a code that it does not know is no error.
    fn decode(&mut self, _codes: &mut [Coded]) -> Result<(), ContextError> {
        Ok(())
    }
    /// The entries from which it answers for an address; none where it does not know it. It may take its time, and asks
    /// nobody outside. `told` is what the sources before it gave.
    ///
    /// # Errors
    /// Where the source cannot be read.
    fn explain(&mut self, ip: IpAddr, told: &[Evidence]) -> Result<Vec<Evidence>, ContextError>;
    /// What the user should know of the answers that were given, such as what a service could not be asked; each is told
    /// once.
    fn remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// The answers of a run.
#[derive(Debug, Default)]
pub struct Contexts {
    /// By canonical address.
    by_address: HashMap<Text, Answers>,
    remarks: Vec<String>,
    unknown: Answers,
    /// Names by list and code.
    names: HashMap<&'static str, HashMap<Text, Text>>,
}

impl Contexts {
    /// Asks `sources` in order about the distinct values of `asked`; a text that is no address has no answers.
    ///
    /// # Errors
    /// The first source that fails.
    pub fn ask(asked: Asked<'_>, sources: &mut [Box<dyn ContextSource>]) -> Result<Self, ContextError> {
        let mut ips: Vec<IpAddr> = asked.addresses.into_iter().filter_map(crate::row::ip_of).collect();
        ips.sort_unstable();
        ips.dedup();
        let mut subjects: Vec<Subject> =
            ips.into_iter().map(|ip| Subject { ip, answers: Answers::default() }).collect();
        let mut codes = asked.codes;
        codes.sort_unstable();
        codes.dedup();
        let mut codes: Vec<Coded> =
            codes.into_iter().map(|(list, code)| Coded { list, code, name: None }).collect();
        let mut remarks = Vec::new();
        for source in sources {
            source.answer(&mut subjects)?;
            source.decode(&mut codes)?;
            remarks.append(&mut source.remarks());
        }
        let mut names: HashMap<_, HashMap<_, _>> = HashMap::new();
        for Coded { list, code, name } in codes {
            names.entry(list).or_default().extend(name.map(|it| (code, it)));
        }
        let by_address =
            subjects.into_iter().map(|it| (compact_str::format_compact!("{}", it.ip), it.answers)).collect();
        Ok(Self { by_address, remarks, unknown: Answers::default(), names })
    }

    /// What is known of `address`; empty answers where nothing is.
    pub fn of(&self, address: &Text) -> &Answers {
        self.by_address.get(address).unwrap_or(&self.unknown)
    }

    /// The name of a code in a list; the code itself where it has none.
    pub fn name_of(&self, list: &str, code: Text) -> Text {
        self.names.get(list).and_then(|it| it.get(&code)).cloned().unwrap_or(code)
    }

    /// What the sources have to say of their answers.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// Number of distinct addresses that were asked about.
    pub fn len(&self) -> usize {
        self.by_address.len()
    }

    /// Whether nothing was asked.
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }
}

//! The answers of context sources, and the trait that all sources implement.
//!
//! A run asks about each distinct value once: the executor collects the values of all rows, sorts them, and lets each
//! source fill in its part of the answers.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

use crate::{Exit, Text};

/// The network context of an address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Network {
    /// Whether the address is in one of the site's own ranges; `None` if no ranges are configured.
    pub internal: Option<bool>,
    /// The name of the address, or of the most specific range that contains it; empty if there is none.
    pub name: Text,
    /// The entry that the name comes from, as written in its file; empty if there is none.
    pub entry: Text,
}

/// The location of an address. Fields are empty or `None` for an address outside every range.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Geo {
    /// Region, city and owner: `State;City Owner`.
    pub location: Text,
    /// The domain of the network.
    pub domain: Text,
    /// The two-letter country code of ISO 3166.
    pub country: Text,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
}

/// The verdicts of the reputation services on an address or a name.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reputation {
    /// `service:LABEL:value` for each service in configured order, joined by `::`.
    pub verdict: Text,
}

/// The context of an address or a name. A name has no network and no location.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    pub network: Network,
    pub geo: Geo,
    pub reputation: Reputation,
}

/// What a name is, which decides how it is compared and which question a service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Named {
    /// A host name, such as the name in a DNS question. Its case does not matter.
    Domain,
    /// A URL, with or without its scheme. It is compared as written.
    Url,
}

impl Named {
    /// The form of a name in which it is compared.
    fn compared(self, text: &Text) -> Text {
        match self {
            Self::Domain => crate::compute::lower(text),
            Self::Url => text.clone(),
        }
    }
}

/// What sources are asked about. Addresses come before names, and IPv4 before IPv6.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Observable {
    /// An address.
    Address(IpAddr),
    /// A name in the form in which it is compared; [`Observable::name`] builds it.
    Name(Named, Text),
}

impl Observable {
    /// A name, in the form in which names of its kind are compared.
    pub fn name(named: Named, text: &Text) -> Self {
        Self::Name(named, named.compared(text))
    }

    /// The address; `None` for a name.
    pub fn address(&self) -> Option<IpAddr> {
        match self {
            Self::Address(ip) => Some(*ip),
            Self::Name(..) => None,
        }
    }
}

impl fmt::Display for Observable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(ip) => ip.fmt(f),
            Self::Name(_, text) => text.fmt(f),
        }
    }
}

/// A distinct address or name of a run and the answers so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What is asked about.
    pub of: Observable,
    /// The answers, filled in by each source in turn.
    pub answers: Answers,
}

impl Subject {
    /// A subject without answers.
    pub fn new(of: Observable) -> Self {
        Self { of, answers: Answers::default() }
    }

    /// An address without answers.
    pub fn address(ip: IpAddr) -> Self {
        Self::new(Observable::Address(ip))
    }
}

/// A distinct code of a run, such as a DNS response code, and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coded {
    /// The list of codes, as the settings name it.
    pub list: Text,
    /// The code, as text.
    pub code: Text,
    /// The name, filled in by the source that has the list; `None` if no source knows it.
    pub name: Option<Text>,
}

/// The values of some or all rows that sources are asked about.
#[derive(Debug, Default)]
pub struct Asked<'a> {
    /// Addresses, as text.
    pub addresses: Vec<&'a Text>,
    /// Codes, each with the name of its list.
    pub codes: Vec<(&'a str, Text)>,
    /// Names whose reputation is asked for, as written.
    pub names: Vec<(Named, Text)>,
}

/// A context source failed. The run stops before it changes anything.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// A file could not be opened or read.
    #[error("reading {what} from {}: {error}", path.display())]
    Read {
        /// The content of the file, such as "network ranges".
        what: &'static str,
        path: PathBuf,
        error: std::io::Error,
    },
    /// A line of a file could not be parsed.
    #[error("{}:{line}: {reason}", path.display())]
    Line {
        path: PathBuf,
        /// The number of the line, counted from 1.
        line: u64,
        /// What was expected, what was found, and what to do.
        reason: String,
    },
    /// A service that the settings call required did not answer.
    #[error("asking {service}: {reason}")]
    Service {
        service: String,
        /// What happened, and what to do.
        reason: String,
    },
    #[error("interrupted")]
    Interrupted,
}

impl ContextError {
    /// The exit code of the command.
    pub fn exit_code(&self) -> Exit {
        match self {
            Self::Read { error, .. } if error.kind() == std::io::ErrorKind::InvalidData => Exit::BadData,
            Self::Line { .. } => Exit::BadData,
            Self::Read { .. } => Exit::NoInput,
            Self::Service { .. } => Exit::Unavailable,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

/// An entry of a source that applies to an address or a name. It tells a user where a value comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The source of the entry: a file or a service.
    pub origin: String,
    /// The entry: `line 12: 10.0.0.0/8`, `record 2.125.160.216/29`.
    pub entry: String,
    /// The time at which the file was last changed or built, or at which the service answered, in UTC: `2026-11-24
    /// 18:43:13`. Empty if unknown.
    pub as_of: String,
    /// The facts of the entry: the name of a fact, as columns refer to it, and its value.
    pub says: Vec<(&'static str, String)>,
}

/// A source of facts about addresses, names and codes.
pub trait ContextSource: Send {
    /// The kind of source, for messages: `geolocation`.
    fn name(&self) -> &'static str;
    /// The origin of its facts, for messages: a path or a service.
    fn origin(&self) -> String;
    /// Fills in its part of the answers for every subject that it can know; a source of facts about addresses leaves
    /// names unchanged. `subjects` are distinct and in ascending order of `of`.
    ///
    /// # Errors
    /// If the source cannot be read. An unknown subject is not an error.
    fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError>;
    /// Fills in the names of the codes in its lists. `codes` are distinct. A source without lists does nothing.
    ///
    /// # Errors
    /// If the source cannot be read. An unknown code is not an error.
    fn decode(&mut self, _codes: &mut [Coded]) -> Result<(), ContextError> {
        Ok(())
    }
    /// Returns the entries from which it answers; empty if it does not know `of`. This may be slow, and sends no request
    /// to a remote service. `earlier` holds the entries of the preceding sources.
    ///
    /// # Errors
    /// If the source cannot be read.
    fn explain(&mut self, of: &Observable, earlier: &[Evidence]) -> Result<Vec<Evidence>, ContextError>;
    /// Returns remarks on the answers for the user, such as questions that a service could not be asked. Each remark is
    /// returned once.
    fn remarks(&mut self) -> Vec<String> {
        Vec::new()
    }
}

/// The answers of a run.
#[derive(Debug, Default)]
pub struct Contexts {
    /// By canonical address.
    by_address: HashMap<Text, Answers>,
    /// The verdicts on names, in the form in which they are compared.
    verdicts: HashMap<Observable, Text>,
    remarks: Vec<String>,
    unknown: Answers,
    /// Names by list and code.
    names: HashMap<Text, HashMap<Text, Text>>,
}

impl Contexts {
    /// Asks `sources` in order about the distinct values of `asked`. Text that is not an address gets no answers.
    ///
    /// # Errors
    /// The error of the first source that fails.
    pub fn ask(asked: Asked<'_>, sources: &mut [Box<dyn ContextSource>]) -> Result<Self, ContextError> {
        let addresses = asked.addresses.into_iter().filter_map(crate::row::ip_of).map(Observable::Address);
        let names = asked.names.iter().map(|(named, text)| Observable::name(*named, text));
        let mut distinct: Vec<Observable> = addresses.chain(names).collect();
        distinct.sort_unstable();
        distinct.dedup();
        let mut subjects: Vec<Subject> = distinct.into_iter().map(Subject::new).collect();
        let mut codes = asked.codes;
        codes.sort_unstable();
        codes.dedup();
        let mut codes: Vec<Coded> =
            codes.into_iter().map(|(list, code)| Coded { list: list.into(), code, name: None }).collect();
        let mut remarks = Vec::new();
        for source in sources {
            source.answer(&mut subjects)?;
            source.decode(&mut codes)?;
            remarks.append(&mut source.remarks());
        }
        let mut names: HashMap<_, HashMap<_, _>> = HashMap::new();
        for Coded { list, code, name } in codes {
            names.entry(list).or_default().extend(name.map(|name| (code, name)));
        }
        let (mut by_address, mut verdicts) = (HashMap::new(), HashMap::new());
        for Subject { of, answers } in subjects {
            match of {
                Observable::Address(ip) => {
                    by_address.insert(crate::address::text(ip), answers);
                }
                Observable::Name(..) => {
                    verdicts.insert(of, answers.reputation.verdict);
                }
            }
        }
        Ok(Self { by_address, verdicts, remarks, unknown: Answers::default(), names })
    }

    /// The answers for `address`; empty if the address is unknown.
    pub fn of(&self, address: &Text) -> &Answers {
        self.by_address.get(address).unwrap_or(&self.unknown)
    }

    /// The verdicts on a name, in configured order; empty if no source knows the name.
    pub fn verdict_of(&self, named: Named, text: &Text) -> &Text {
        self.verdicts.get(&Observable::name(named, text)).unwrap_or(&self.unknown.reputation.verdict)
    }

    /// The name of a code in a list, or the text that `otherwise` returns for a code without a name.
    pub fn name_of(&self, list: &str, code: Text, otherwise: impl FnOnce(Text) -> Text) -> Text {
        let name = self.names.get(list).and_then(|names| names.get(&code)).cloned();
        name.unwrap_or_else(|| otherwise(code))
    }

    /// The remarks of the sources.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// The number of distinct addresses that were asked about.
    pub fn len(&self) -> usize {
        self.by_address.len()
    }

    /// Whether no address was asked about.
    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// Gives each subject its own text as its verdict, after those of earlier sources.
    struct Echo;

    impl ContextSource for Echo {
        fn name(&self) -> &'static str {
            "echo"
        }

        fn origin(&self) -> String {
            String::new()
        }

        fn answer(&mut self, subjects: &mut [Subject]) -> Result<(), ContextError> {
            assert!(subjects.is_sorted_by(|a, b| a.of < b.of), "{subjects:?}");
            for subject in subjects {
                write!(subject.answers.reputation.verdict, "[{}]", subject.of).unwrap();
            }
            Ok(())
        }

        fn explain(
            &mut self,
            _of: &Observable,
            _earlier: &[Evidence],
        ) -> Result<Vec<Evidence>, ContextError> {
            Ok(Vec::new())
        }
    }

    #[test]
    fn each_name_is_asked_about_once_and_only_domains_without_regard_to_case() {
        let address = Text::from("192.0.2.1");
        let names = [
            (Named::Url, "Host.example/A"),
            (Named::Url, "host.example/A"),
            (Named::Domain, "Host.Example"),
            (Named::Domain, "host.example"),
            (Named::Domain, "192.0.2.1"),
        ];
        let asked = Asked {
            addresses: vec![&address],
            names: names.map(|(named, text)| (named, Text::from(text))).to_vec(),
            ..Asked::default()
        };
        let contexts = Contexts::ask(asked, &mut [Box::new(Echo), Box::new(Echo)]).unwrap();
        for (named, text, expected) in [
            (Named::Domain, "HOST.example", "[host.example][host.example]"),
            (Named::Url, "Host.example/A", "[Host.example/A][Host.example/A]"),
            (Named::Url, "HOST.example/A", ""),
            (Named::Url, "host.example", ""),
            (Named::Domain, "192.0.2.1", "[192.0.2.1][192.0.2.1]"),
        ] {
            assert_eq!(contexts.verdict_of(named, &Text::from(text)), expected, "{named:?} {text}");
        }
        assert_eq!(contexts.len(), 1, "names are not addresses");
        assert_eq!(contexts.of(&address).reputation.verdict, "[192.0.2.1][192.0.2.1]");
    }
}

//! The model of a raw format: how its text is divided, which records become rows, and how the value of each column is
//! read.

use std::collections::BTreeMap;

use crate::model::{EpochUnit, Flags, Text, Value};

/// A raw format.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name of the format.
    pub name: String,
    /// The format in a few words.
    pub description: String,
    /// How the text is divided into records and fields.
    pub text: Text,
    /// The names in its header, optional columns last. Empty if they are not declared.
    pub header: Vec<String>,
    /// The names of the fields of a record, optional columns last. Readings and conditions refer to their positions.
    pub fields: Vec<String>,
    /// The number of optional columns.
    pub optional: usize,
    /// Whether columns are found by their names, in any order.
    pub is_by_name: bool,
    /// Other spellings of each field.
    pub spellings: Vec<Vec<String>>,
    /// The fields that a file must have.
    pub needs: Vec<usize>,
    /// The fields that readings and conditions use.
    pub used: Vec<usize>,
    /// The fields of a record in a file without a header, if that is declared: their positions in `fields`.
    pub without_header: Option<Vec<usize>>,
    /// Texts that stand for no value.
    pub nulls: Vec<String>,
    /// The options of the format, and the values of each.
    pub options: BTreeMap<String, Vec<String>>,
    /// The conditions that a record meets to become a row.
    pub only: Vec<Only>,
    /// How the value of each `input` column is read, by the name of the column.
    pub reads: BTreeMap<String, Read>,
    /// The first field of the trailer, and its number of lines.
    pub trailer: Option<(String, usize)>,
    /// The binary file format from which a program prints the text.
    pub binary: Option<Binary>,
}

/// A condition on the fields of a record, which are given by their positions from 0.
#[expect(missing_docs, reason = "the fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Only {
    /// The field is one of these texts.
    OneOf { field: usize, values: Vec<String> },
    /// The field is none of these texts.
    NoneOf { field: usize, values: Vec<String> },
    /// The field is an IP address.
    Address { field: usize },
    /// At least one of the conditions is met.
    Any(Vec<Only>),
    /// A condition that holds only with this value of an option.
    Option { name: String, is: String, only: Box<Only> },
}

/// How the value of a column is read. Fields are given by their positions in the record, from 0. See
/// [`ReadingDoc`](crate::document::ReadingDoc).
#[expect(missing_docs, reason = "described at the document")]
#[derive(Debug, Clone, PartialEq)]
pub enum Read {
    /// The value of a field, unchanged.
    Column(usize),
    Arrival {
        received: Box<Read>,
        first: Box<Read>,
        last: Box<Read>,
        duration: Option<Box<Read>>,
    },
    End {
        start: Box<Read>,
        duration: Box<Read>,
    },
    Elapsed {
        from: Box<Read>,
        to: Box<Read>,
    },
    Epoch {
        of: Box<Read>,
        unit: EpochUnit,
    },
    Time {
        of: Box<Read>,
        form: String,
    },
    Last {
        of: Box<Read>,
        characters: usize,
    },
    LongerThan {
        of: Box<Read>,
        characters: usize,
    },
    Before {
        of: Box<Read>,
        mark: String,
    },
    Join(Vec<Read>),
    First(Vec<Read>),
    When {
        of: usize,
        is: Vec<String>,
        then: Box<Read>,
        otherwise: Option<Box<Read>>,
    },
    Option {
        name: String,
        is: String,
        then: Box<Read>,
        otherwise: Box<Read>,
    },
    Floor(Box<Read>),
    Subtract {
        of: Box<Read>,
        less: Box<Read>,
    },
    Scale {
        of: Box<Read>,
        by: f64,
    },
    Multiply {
        of: Box<Read>,
        by: Box<Read>,
    },
    Protocol {
        of: Box<Read>,
        address: Option<Box<Read>>,
    },
    Port(Box<Read>),
    Bytes {
        high: Box<Read>,
        low: Box<Read>,
    },
    Hexadecimal {
        of: Box<Read>,
        is_swapped: bool,
    },
    Flags {
        of: Box<Read>,
        written: Flags,
    },
    Map {
        of: Box<Read>,
        values: BTreeMap<String, String>,
    },
    /// A constant.
    Value(Value),
}

/// The readings of which a reading is made, borrowed or mutably borrowed.
macro_rules! parts_of {
    ($read:expr, $as:ident, $iter:ident) => {
        match $read {
            Self::Column(_) | Self::Value(_) => Vec::new(),
            Self::Arrival { received, first, last, duration } => {
                [received, first, last].into_iter().chain(duration).map(Box::$as).collect()
            }
            Self::End { start: one, duration: other }
            | Self::Elapsed { from: one, to: other }
            | Self::Option { then: one, otherwise: other, .. }
            | Self::Subtract { of: one, less: other }
            | Self::Multiply { of: one, by: other }
            | Self::Bytes { high: one, low: other } => vec![one, other],
            Self::When { then, otherwise, .. } => {
                std::iter::once(then).chain(otherwise).map(Box::$as).collect()
            }
            Self::Protocol { of, address } => std::iter::once(of).chain(address).map(Box::$as).collect(),
            Self::Join(parts) | Self::First(parts) => parts.$iter().collect(),
            Self::Epoch { of, .. }
            | Self::Time { of, .. }
            | Self::Before { of, .. }
            | Self::Last { of, .. }
            | Self::LongerThan { of, .. }
            | Self::Scale { of, .. }
            | Self::Hexadecimal { of, .. }
            | Self::Flags { of, .. }
            | Self::Map { of, .. }
            | Self::Floor(of)
            | Self::Port(of) => vec![of],
        }
    };
}

impl Read {
    /// The readings of which this one is made.
    pub fn parts(&self) -> Vec<&Read> {
        parts_of!(self, as_ref, iter)
    }

    fn parts_mut(&mut self) -> Vec<&mut Read> {
        parts_of!(self, as_mut, iter_mut)
    }

    /// The first field that determines the value, to which an error is attributed.
    pub fn field(&self) -> Option<usize> {
        if let Self::Column(at) = self { Some(*at) } else { self.parts().into_iter().find_map(Self::field) }
    }

    /// All fields that are read.
    pub fn fields(&self) -> Vec<usize> {
        let own = if let Self::Column(at) | Self::When { of: at, .. } = self { Some(*at) } else { None };
        own.into_iter().chain(self.parts().into_iter().flat_map(Self::fields)).collect()
    }

    /// Whether there can be a value if only these fields have one.
    pub fn has_value(&self, is_there: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Column(at) => is_there(*at),
            Self::Value(_) => true,
            Self::First(all) => all.iter().any(|read| read.has_value(is_there)),
            Self::Arrival { last: of, .. } | Self::End { start: of, .. } => of.has_value(is_there),
            Self::Bytes { high: of, .. } | Self::Multiply { of, .. } | Self::Protocol { of, .. } => {
                of.has_value(is_there)
            }
            Self::When { of, then, otherwise, .. } => {
                let other = otherwise.as_ref().is_some_and(|other| other.has_value(is_there));
                is_there(*of) && then.has_value(is_there) || other
            }
            Self::Elapsed { .. } | Self::Subtract { .. } | Self::Join(_) | Self::Option { .. } => {
                self.parts().into_iter().all(|read| read.has_value(is_there))
            }
            Self::Epoch { of, .. }
            | Self::Time { of, .. }
            | Self::Before { of, .. }
            | Self::Last { of, .. }
            | Self::LongerThan { of, .. }
            | Self::Scale { of, .. }
            | Self::Hexadecimal { of, .. }
            | Self::Flags { of, .. }
            | Self::Map { of, .. }
            | Self::Floor(of)
            | Self::Port(of) => of.has_value(is_there),
        }
    }
}

/// A binary file format, and the program that prints its records.
#[derive(Debug, Clone)]
pub struct Binary {
    /// The first bytes of these files.
    pub magic: Vec<u8>,
    /// The program and its arguments.
    pub run: Vec<String>,
    /// What to install if the program is missing.
    pub install: String,
}

impl Source {
    /// Whether every column that must have a value can be read if only these fields are there, and the fields by which
    /// the format is recognized are among them.
    pub fn can_be_read(&self, is_there: &dyn Fn(usize) -> bool) -> bool {
        self.needs.iter().all(|at| is_there(*at)) && self.reads.values().all(|read| read.has_value(is_there))
    }

    /// The format with options of a site. Of an option that is not chosen, no value is.
    ///
    /// # Errors
    /// If the format has no such option, or the option no such value.
    pub fn with_options(&self, chosen: &BTreeMap<String, String>) -> Result<Self, String> {
        for (name, value) in chosen {
            let Some(values) = self.options.get(name) else {
                let known: Vec<&str> = self.options.keys().map(String::as_str).collect();
                let known = if known.is_empty() {
                    "it has none".to_owned()
                } else {
                    format!("it has {}", known.join(", "))
                };
                return Err(format!("the format {} has no option {name:?}; {known}", self.name));
            };
            if !values.contains(value) {
                let known = values.join(", ");
                return Err(format!(
                    "the option {name} of the format {} is one of {known}, not {value:?}",
                    self.name
                ));
            }
        }
        let is_set = |name: &str, value: &str| chosen.get(name).is_some_and(|chosen| chosen == value);
        let mut source = self.clone();
        source.only.retain_mut(|only| only.choose(&is_set));
        source.reads.values_mut().for_each(|read| read.choose(&is_set));
        Ok(source)
    }
}

impl Only {
    /// Replaces conditions by those that the options select, and returns whether one is left.
    fn choose(&mut self, is_set: &dyn Fn(&str, &str) -> bool) -> bool {
        match self {
            Self::OneOf { .. } | Self::NoneOf { .. } | Self::Address { .. } => true,
            Self::Any(all) => {
                all.retain_mut(|only| only.choose(is_set));
                !all.is_empty()
            }
            Self::Option { name, is, only } => {
                let is_chosen = is_set(name, is) && only.choose(is_set);
                let inner = (**only).clone();
                *self = inner;
                is_chosen
            }
        }
    }

    /// The same condition on other fields; `None` if one of its fields has no other.
    pub(crate) fn over(&self, other: &dyn Fn(usize) -> Option<usize>) -> Option<Self> {
        Some(match self {
            Self::OneOf { field, values } => Self::OneOf { field: other(*field)?, values: values.clone() },
            Self::NoneOf { field, values } => Self::NoneOf { field: other(*field)?, values: values.clone() },
            Self::Address { field } => Self::Address { field: other(*field)? },
            Self::Any(all) => Self::Any(all.iter().map(|only| only.over(other)).collect::<Option<_>>()?),
            Self::Option { name, is, only } => {
                Self::Option { name: name.clone(), is: is.clone(), only: Box::new(only.over(other)?) }
            }
        })
    }

    /// The fields that the condition is about.
    pub fn fields(&self) -> Vec<usize> {
        match self {
            Self::OneOf { field, .. } | Self::NoneOf { field, .. } | Self::Address { field } => vec![*field],
            Self::Any(all) => all.iter().flat_map(Self::fields).collect(),
            Self::Option { only, .. } => only.fields(),
        }
    }
}

impl Read {
    /// The same reading of other fields; `None` if one of its fields has no other.
    pub(crate) fn over(&self, other: &dyn Fn(usize) -> Option<usize>) -> Option<Self> {
        let mut read = self.clone();
        read.renumber(other).then_some(read)
    }

    fn renumber(&mut self, other: &dyn Fn(usize) -> Option<usize>) -> bool {
        if let Self::Column(at) | Self::When { of: at, .. } = self {
            let Some(new) = other(*at) else { return false };
            *at = new;
        }
        self.parts_mut().into_iter().all(|part| part.renumber(other))
    }

    /// Replaces readings by those that the options select.
    fn choose(&mut self, is_set: &dyn Fn(&str, &str) -> bool) {
        if let Self::Option { name, is, then, otherwise } = self {
            let chosen = if is_set(name, is) { then } else { otherwise };
            let chosen = (**chosen).clone();
            *self = chosen;
        }
        self.parts_mut().into_iter().for_each(|part| part.choose(is_set));
    }
}

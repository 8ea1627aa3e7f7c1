//! Which columns of a file are the fields of a format: by their names, whatever their order.
//!
//! # Decisions
//!
//! - **A header with exactly the names of the format needs no rearrangement** of records, so files of the programs that
//!   always print the same columns are read as fast as without names.

use std::collections::BTreeSet;

use csv::ByteRecord;
use flow_oa_core::Columns;
use flow_oa_schema::model::Source;

/// How the columns of a file become the fields of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) columns: Columns,
    /// The column of each field, if the fields of a record must be arranged.
    order: Option<Vec<Option<usize>>>,
    /// The numbers of fields that a record may have.
    widths: Vec<usize>,
    /// The names of the header, in order; empty without a header.
    names: Vec<String>,
}

/// Why a header is not that of a format.
#[derive(Debug, Default)]
pub(crate) struct Misfit {
    /// How many of the names that the format reads the header has.
    pub(crate) known: usize,
    /// The names that it lacks.
    pub(crate) missing: Vec<String>,
    /// A name that it has twice.
    pub(crate) twice: Option<String>,
}

impl Mapping {
    /// The columns of a file without a header.
    pub(crate) fn without_header(source: &Source) -> Self {
        let (columns, names) = (Columns::declared(source), Vec::new());
        match &source.without_header {
            None => Self { columns, order: None, widths: widths(source), names },
            Some(fields) => {
                let place = |at| fields.iter().position(|field| *field == at);
                let order: Vec<Option<usize>> = (0..source.fields.len()).map(place).collect();
                let columns = Columns { places: order.clone(), ..columns };
                Self { columns, order: Some(order), widths: vec![fields.len()], names }
            }
        }
    }

    /// The columns of a file whose header is this record.
    pub(crate) fn of_header(source: &Source, header: &ByteRecord) -> Result<Self, Misfit> {
        let names: Vec<String> =
            header.iter().map(|name| String::from_utf8_lossy(name.trim_ascii()).into_owned()).collect();
        if is_exact(source, header) {
            let present = source.fields.len() - (source.header.len() - header.len());
            let (mut columns, mut widths) = (Columns::declared(source), widths(source));
            if source.is_by_name {
                columns.places[present..].fill(None);
                widths = vec![present];
            }
            return Ok(Self { columns, order: None, widths, names });
        }
        if !source.is_by_name {
            return Err(Misfit::default());
        }
        let order = places(source, &names)?;
        let spelled = |(at, place): (usize, &Option<usize>)| {
            place.map_or_else(|| source.fields[at].clone(), |place| names[place].clone())
        };
        let columns =
            Columns { names: order.iter().enumerate().map(spelled).collect(), places: order.clone() };
        Ok(Self { columns, order: Some(order), widths: vec![names.len()], names })
    }

    /// Whether records of the file can have this number of fields.
    pub(crate) fn has_width(&self, fields: usize) -> bool {
        self.widths.contains(&fields)
    }

    /// The allowed numbers of fields, for messages.
    pub(crate) fn widths(&self) -> String {
        let widths: Vec<String> = self.widths.iter().map(usize::to_string).collect();
        widths.join(" or ")
    }

    /// Whether the header has exactly the names of the format.
    pub(crate) fn is_exact(&self) -> bool {
        self.order.is_none()
    }

    /// The names that the format reads or needs, by their positions in the header.
    pub(crate) fn used(&self, source: &Source) -> Vec<usize> {
        let known: BTreeSet<usize> = source.used.iter().chain(&source.needs).copied().collect();
        known.into_iter().filter_map(|at| self.columns.places.get(at).copied().flatten()).collect()
    }

    /// Whether a record may be a header: it begins as that of the file, or with a name that the format knows. Cheap, since
    /// it is asked of every record.
    pub(crate) fn may_be_header(&self, source: &Source, record: &ByteRecord) -> bool {
        let Some(first) = record.get(0).map(<[u8]>::trim_ascii) else { return false };
        if first.first().is_none_or(u8::is_ascii_digit) {
            return false;
        }
        let is_first = self.names.first().is_some_and(|name| name.as_bytes() == first);
        let is_known = |name: &String| name.as_bytes().eq_ignore_ascii_case(first);
        is_first
            || source.header.first().is_some_and(|name| name.as_bytes() == first)
            || source.is_by_name
                && (source.fields.iter().any(is_known) || source.spellings.iter().flatten().any(is_known))
    }

    /// Arranges the fields of a record as the format has them. `None` if they are arranged so.
    pub(crate) fn arranged(&self, record: &ByteRecord, into: &mut ByteRecord) -> bool {
        let Some(order) = &self.order else { return false };
        into.clear();
        for place in order {
            into.push_field(place.and_then(|place| record.get(place)).unwrap_or_default());
        }
        true
    }
}

/// The numbers of fields of a record without a header.
fn widths(source: &Source) -> Vec<usize> {
    let most = source.fields.len();
    if source.optional == 0 { vec![most] } else { vec![most - source.optional, most] }
}

/// Whether a record has exactly the names of a format, with or without its optional columns.
pub(crate) fn is_exact(source: &Source, record: &ByteRecord) -> bool {
    let (found, all) = (record.len(), source.header.len());
    all > 0
        && (found == all || found == all - source.optional)
        && record.iter().zip(&source.header).all(|(found, name)| found.trim_ascii() == name.as_bytes())
}

/// The place of each field of a format among the names of a header, which may be in any case, and may all begin with the
/// name of a table and a dot, as Hive prints them.
pub(crate) fn places(source: &Source, names: &[String]) -> Result<Vec<Option<usize>>, Misfit> {
    let table = names.first().and_then(|name| Some(&name[..=name.find('.')?]));
    let table = table.filter(|table| names.len() > 1 && names.iter().all(|name| name.starts_with(*table)));
    let bare = |name: &String| name[table.map_or(0, str::len)..].to_ascii_lowercase();
    let bare: Vec<String> = names.iter().map(bare).collect();
    let written: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut misfit = Misfit::default();
    let mut places = Vec::with_capacity(source.fields.len());
    for (at, field) in source.fields.iter().enumerate() {
        let spellings = || std::iter::once(field).chain(&source.spellings[at]);
        let is_it = |name: &String| spellings().any(|spelling| spelling.eq_ignore_ascii_case(name));
        let in_list = |list: &[String]| -> Vec<usize> {
            list.iter().enumerate().filter(|(_, name)| is_it(name)).map(|(place, _)| place).collect()
        };
        let mut found = in_list(&written);
        if found.is_empty() {
            found = in_list(&bare);
        }
        if source.used.contains(&at) {
            misfit.known += usize::from(!found.is_empty());
            if found.len() > 1 && misfit.twice.is_none() {
                misfit.twice = Some(field.clone());
            }
        }
        places.push(found.first().copied());
    }
    let is_there = |at: usize| places.get(at).is_some_and(Option::is_some);
    if misfit.twice.is_none() && source.can_be_read(&is_there) {
        return Ok(places);
    }
    misfit.missing = missing(source, &is_there);
    Err(misfit)
}

/// The names that a format needs and does not have.
pub(crate) fn missing(source: &Source, is_there: &dyn Fn(usize) -> bool) -> Vec<String> {
    let mut missing: Vec<usize> = source.needs.iter().copied().filter(|at| !is_there(*at)).collect();
    let unread = source.reads.values().filter(|read| !read.has_value(is_there));
    for at in unread.filter_map(|read| read.fields().into_iter().find(|at| !is_there(*at))) {
        if !missing.contains(&at) {
            missing.push(at);
        }
    }
    missing.into_iter().filter_map(|at| source.fields.get(at).cloned()).collect()
}

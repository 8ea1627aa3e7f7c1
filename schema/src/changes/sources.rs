//! Changes of raw formats: which files are recognized, which records become rows, and how values are read.

use super::matched::Tables;
use super::place::{Place, Side};
use super::what::What;
use super::{Change, Declared};
use crate::model::{Only, Pipeline, Read, Source};
use crate::path;
use crate::tree::Step;

pub(super) fn changes(old: &Pipeline, new: &Pipeline, tables: &Tables<'_>) -> Vec<Change> {
    let named = |pipeline: &Pipeline, name: &str| pipeline.sources.iter().position(|it| it.name == name);
    let change = |side, source: &Source, path, what| Change {
        pipeline: new.name.clone(),
        table: None,
        item: Some(source.name.clone()),
        place: Place::in_source(side, &new.name, &source.name, path),
        what,
        declared: Declared::No,
    };
    let gone = old.sources.iter().filter(|source| named(new, &source.name).is_none());
    let mut found: Vec<Change> =
        gone.map(|source| change(Side::Old, source, path!["source"], What::SourceGone)).collect();
    for source in &new.sources {
        let Some(was) = named(old, &source.name) else {
            found.push(change(Side::New, source, path!["source"], What::SourceAdded));
            continue;
        };
        let both = Both { old: &old.sources[was], new: source };
        let columns = |name: &str| {
            let (old, new) = (old.raw_table()?, new.raw_table()?);
            let id = old.find(|column| column.name == name)?;
            Some(new[tables.column(old, id, new)?].name.clone())
        };
        let all = both.changes(&columns);
        found.extend(all.into_iter().map(|(path, what)| change(Side::New, source, path, what)));
    }
    found
}

/// Both versions of a raw format.
struct Both<'a> {
    old: &'a Source,
    new: &'a Source,
}

impl Both<'_> {
    /// `column` gives the new name of an old column of the raw table.
    fn changes(&self, column: &dyn Fn(&str) -> Option<String>) -> Vec<(Vec<Step>, What)> {
        let mut found = Vec::new();
        let parts = self.narrower();
        if !parts.is_empty() {
            found.push((path![parts[0]], What::SourceNarrower { parts }));
        } else if self.is_wider() {
            found.push((path!["source"], What::SourceWider));
        }
        let columns = self.read_otherwise(column);
        if !columns.is_empty() {
            found.push((path!["columns", &columns[0]], What::SourceReads { columns }));
        }
        if self.only().as_ref() != Some(&self.new.only) {
            found.push((path!["only"], What::SourceRecords));
        }
        found.extend(self.options());
        let install = |source: &Source| source.binary.as_ref().map(|binary| binary.install.clone());
        if self.old.description != self.new.description || install(self.old) != install(self.new) {
            found.push((path!["description"], What::Description));
        }
        found
    }

    /// The field of the new format that an old field is: the one with the same name.
    fn field(&self, at: usize) -> Option<usize> {
        self.new.fields.iter().position(|field| *field == self.old.fields[at])
    }

    /// The keys because of which a file that was recognized may not be, or is divided in another way.
    fn narrower(&self) -> Vec<&'static str> {
        let (old, new) = (self.old, self.new);
        // The order of such fields does not matter, and those that must be there are in `needs`.
        let is_by_name = old.is_by_name && new.is_by_name;
        let firm = |source: &Source| source.fields[..source.fields.len() - source.optional].to_vec();
        let program = |source: &Source| source.binary.as_ref().map(|it| (it.magic.clone(), it.run.clone()));
        let without = old
            .without_header
            .as_ref()
            .map(|fields| fields.iter().map(|at| self.field(*at)).collect::<Option<Vec<_>>>());
        let needs_more =
            new.needs.iter().any(|now| !old.needs.iter().any(|was| self.field(*was) == Some(*now)));
        let lacks_optional = (0..old.fields.len()).any(|at| self.field(at).is_none());
        let spelled = (0..old.fields.len()).all(|at| {
            let now = self.field(at).map(|now| &new.spellings[now]);
            old.spellings[at].iter().all(|word| now.is_none_or(|now| now.contains(word)))
        });
        let differs = [
            ("text", old.text != new.text),
            ("header", !is_by_name && (firm(old) != firm(new) || firm_header(old) != firm_header(new))),
            ("optional", !is_by_name && lacks_optional && firm(old) == firm(new)),
            ("needs", old.is_by_name != new.is_by_name || needs_more),
            ("spellings", !spelled),
            ("without_header", without.is_some_and(|was| was != new.without_header)),
            ("nulls", old.nulls != new.nulls),
            ("trailer", old.trailer != new.trailer),
            ("binary", program(old) != program(new)),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key).collect()
    }

    fn is_wider(&self) -> bool {
        let (old, new) = (self.old, self.new);
        let optional = |source: &Source| source.fields.len() - source.optional;
        let words = |source: &Source| source.spellings.iter().map(Vec::len).sum::<usize>();
        new.fields.len() > old.fields.len()
            || optional(new) < optional(old)
            || words(new) > words(old)
            || new.needs.len() < old.needs.len()
            || (new.without_header.is_some() && old.without_header.is_none())
    }

    /// The columns of the raw table, by their new names, that are read in another way.
    fn read_otherwise(&self, column: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
        let mut found = Vec::new();
        for (name, was) in &self.old.reads {
            let Some(name) = column(name) else { continue };
            let Some(now) = self.new.reads.get(&name) else { continue };
            let was: Option<Read> = was.over(&|at| self.field(at));
            if was.as_ref() != Some(now) {
                found.push(name);
            }
        }
        found
    }

    fn only(&self) -> Option<Vec<Only>> {
        self.old.only.iter().map(|only| only.over(&|at| self.field(at))).collect()
    }

    fn options(&self) -> Vec<(Vec<Step>, What)> {
        let holds = |outer: &Source, inner: &Source| {
            inner.options.iter().all(|(name, values)| {
                outer.options.get(name).is_some_and(|all| values.iter().all(|value| all.contains(value)))
            })
        };
        let gone = (!holds(self.new, self.old)).then_some((path!["options"], What::OptionGone));
        let added = (!holds(self.old, self.new)).then_some((path!["options"], What::OptionAdded));
        gone.into_iter().chain(added).collect()
    }
}

/// The names in the header that every file has.
fn firm_header(source: &Source) -> Vec<String> {
    let optional = if source.header.is_empty() { 0 } else { source.optional };
    source.header[..source.header.len() - optional].to_vec()
}

//! What reads a value: columns by their table, and the parts of the configuration.

use flow_oa_schema::lineage::{Origin, Place, Reader, Use};
use flow_oa_schema::model::TableId;

use crate::chain::remark;
use crate::html::{code, list, words};
use crate::site::Site;

impl Site<'_> {
    /// Everything that reads a value; empty if nothing does.
    pub(crate) fn read_by(&self, pipeline: usize, of: &Origin) -> String {
        let readers = self.lineages[pipeline].readers(of);
        let mut items = self.columns(pipeline, readers);
        let mut fields: Vec<String> = Vec::new();
        let mut list_uses: Vec<Use> = Vec::new();
        for reader in readers {
            match reader {
                Reader::Column(..) | Reader::Rows(..) => {}
                Reader::Field(field, how) => {
                    fields.push(format!("{}{}", self.field(pipeline, *field), remark(&[*how], false)));
                }
                Reader::List(how) => list_uses.push(*how),
                Reader::Ranking(part) => items.push(format!("the ranking: {}", words(&part.in_words()))),
                Reader::Role(name) => items.push(format!("the role {}", code(name))),
                Reader::Feedback(name) => {
                    items.push(format!("the field {} of the feedback file", code(name)))
                }
                Reader::StoryFile(name) => items.push(format!("the file {} of a comment", code(name))),
            }
        }
        if !fields.is_empty() {
            items.push(format!("the results file of <code>flow-oa rank</code>: {}", fields.join(", ")));
        }
        if !list_uses.is_empty() {
            items.push(format!("the list of <code>flow-oa rank</code>{}", remark(&list_uses, false)));
        }
        list("readers", &items)
    }

    /// The columns and the rows of each table.
    fn columns(&self, pipeline: usize, readers: &[Reader]) -> Vec<String> {
        let mut tables: Vec<(TableId, Vec<String>)> = Vec::new();
        for (table, name, how) in self.by_target(pipeline, readers) {
            let shown = format!("{name}{}", remark(&how, false));
            match tables.iter_mut().find(|(known, _)| *known == table) {
                Some((_, all)) => all.push(shown),
                None => tables.push((table, vec![shown])),
            }
        }
        let item = |(table, all): (TableId, Vec<String>)| {
            format!("{}: {}", self.table(pipeline, table), all.join(", "))
        };
        tables.into_iter().map(item).collect()
    }

    /// Each column, and the rows of each table, with all of its uses.
    fn by_target(&self, pipeline: usize, readers: &[Reader]) -> Vec<(TableId, String, Vec<Use>)> {
        let mut found: Vec<(TableId, Option<Place>, Vec<Use>)> = Vec::new();
        for reader in readers {
            let (table, place, how) = match reader {
                Reader::Column(place, how) => (place.table, Some(*place), *how),
                Reader::Rows(table, how) => (*table, None, *how),
                Reader::Field(..) | Reader::List(_) | Reader::Ranking(_) => continue,
                Reader::Role(_) | Reader::Feedback(_) | Reader::StoryFile(_) => continue,
            };
            match found.iter_mut().find(|(of, at, _)| (*of, *at) == (table, place)) {
                Some((_, _, uses)) => uses.push(how),
                None => found.push((table, place, vec![how])),
            }
        }
        let named = |(table, place, how): (TableId, Option<Place>, Vec<Use>)| {
            let name = place.map_or("its rows".to_owned(), |place| self.column(pipeline, place));
            (table, name, how)
        };
        found.into_iter().map(named).collect()
    }
}

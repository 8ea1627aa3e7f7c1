//! The chain from a column to everything that its value comes from, as nested lists: columns of other tables, fields of
//! the results file, context, and at the end the fields of raw files.

use flow_oa_schema::lineage::{Input, Origin, Place, Use};
use flow_oa_schema::model::Expr;

use crate::html::{code, list, text, words};
use crate::site::Site;

/// A place that several inputs of a value name.
struct Grouped<'i> {
    origin: &'i Origin,
    how: Vec<Use>,
    is_hashed: bool,
}

/// The inputs by their place, in order. Fields of raw files are shown apart.
fn grouped(inputs: &[Input]) -> Vec<Grouped<'_>> {
    let mut found: Vec<Grouped<'_>> = Vec::new();
    for Input { origin, how, is_hashed } in inputs {
        if matches!(origin, Origin::Raw { .. }) {
            continue;
        }
        match found.iter_mut().find(|known| known.origin == origin) {
            Some(known) => {
                known.how.push(*how);
                known.is_hashed &= is_hashed;
            }
            None => found.push(Grouped { origin, how: vec![*how], is_hashed: *is_hashed }),
        }
    }
    found
}

/// How an input is used, as a remark.
pub(crate) fn remark(how: &[Use], is_hashed: bool) -> String {
    let mut remarks: Vec<&str> = how.iter().map(|how| how.in_words()).collect();
    if is_hashed {
        remarks.push("as a hash");
    }
    format!(" <span class=\"how\">{}</span>", text(&remarks.join(", ")))
}

impl Site<'_> {
    /// The chain of a column.
    pub(crate) fn chain(&self, pipeline: usize, place: Place) -> String {
        self.expanded(pipeline, place, &mut Vec::new())
    }

    /// What a column reads. `passed` are the columns on the way, which are not followed again.
    fn expanded(&self, pipeline: usize, place: Place, passed: &mut Vec<Place>) -> String {
        if passed.contains(&place) {
            return String::new();
        }
        passed.push(place);
        let lineage = &self.lineages[pipeline];
        let column = &lineage.pipeline[place.table][place.column];
        let shown = if column.from == Expr::Input {
            self.readings(pipeline, place, Shown::Closed)
        } else {
            self.inputs(pipeline, lineage.column(place), passed)
        };
        passed.pop();
        shown
    }

    /// The list of inputs, each with its own.
    fn inputs(&self, pipeline: usize, inputs: &[Input], passed: &mut Vec<Place>) -> String {
        let items: Vec<String> = grouped(inputs)
            .into_iter()
            .map(|Grouped { origin, how, is_hashed }| {
                let (name, below) = (self.named(pipeline, origin), self.below(pipeline, origin, passed));
                format!("{name}{}\n{below}", remark(&how, is_hashed))
            })
            .collect();
        list("chain", &items)
    }

    /// Inputs without their own, one after the other.
    pub(crate) fn direct(&self, pipeline: usize, inputs: &[Input]) -> String {
        let inputs = grouped(inputs).into_iter().map(|Grouped { origin, how, is_hashed }| {
            format!("{}{}", self.named(pipeline, origin), remark(&how, is_hashed))
        });
        inputs.collect::<Vec<_>>().join(", ")
    }

    /// A place, with a link if it has a page.
    fn named(&self, pipeline: usize, origin: &Origin) -> String {
        match origin {
            Origin::Column(place) => {
                format!("{} of {}", self.column(pipeline, *place), self.table(pipeline, place.table))
            }
            Origin::Rows(table) => format!("the rows of {}", self.table(pipeline, *table)),
            Origin::Field(field) => format!("the field {} of the results file", self.field(pipeline, *field)),
            Origin::Context(lookup) => {
                format!("{}: {}", self.lookup(pipeline, lookup), words(&lookup.fact()))
            }
            Origin::Raw { format, field } => {
                let source = &self.lineages[pipeline].pipeline.sources[*format];
                let name = source.fields.get(*field).map_or("", String::as_str);
                format!("{} of {}", code(name), self.format(pipeline, *format))
            }
            Origin::Position => "the position in the results file".to_owned(),
            Origin::Run => "the date of the run".to_owned(),
            Origin::Constant => "a constant".to_owned(),
            Origin::Analyst => "an analyst".to_owned(),
            Origin::Clock => "the clock".to_owned(),
            Origin::Program => "the program".to_owned(),
        }
    }

    /// What a place reads itself.
    fn below(&self, pipeline: usize, origin: &Origin, passed: &mut Vec<Place>) -> String {
        match origin {
            Origin::Column(place) => self.expanded(pipeline, *place, passed),
            Origin::Field(field) => {
                let written = self.inputs(pipeline, self.lineages[pipeline].field(*field), passed);
                if written.is_empty() {
                    return written;
                }
                format!("<p class=\"note\">If <code>flow-oa rank</code> writes the file:</p>\n{written}")
            }
            Origin::Rows(_) | Origin::Raw { .. } | Origin::Context(_) | Origin::Position => String::new(),
            Origin::Run | Origin::Constant | Origin::Analyst | Origin::Clock | Origin::Program => {
                String::new()
            }
        }
    }

    /// How each raw format reads a column: formats with the same words are one row.
    pub(crate) fn readings(&self, pipeline: usize, place: Place, shown: Shown) -> String {
        let model = self.lineages[pipeline].pipeline;
        if model.raw != Some(place.table) {
            return String::new();
        }
        let name = &model[place.table][place.column].name;
        let mut rows: Vec<(String, Vec<String>)> = Vec::new();
        for (format, source) in model.sources.iter().enumerate() {
            let Some(read) = source.reads.get(name) else { continue };
            let (reading, format) = (words(&read.in_words(source)), self.format(pipeline, format));
            match rows.iter_mut().find(|(known, _)| *known == reading) {
                Some((_, formats)) => formats.push(format),
                None => rows.push((reading, vec![format])),
            }
        }
        if rows.is_empty() {
            return String::new();
        }
        let rows: String = rows
            .into_iter()
            .map(|(reading, formats)| {
                format!("<li>{reading} <span class=\"in\">in {}</span></li>\n", formats.join(", "))
            })
            .collect();
        let open = match shown {
            Shown::Open => " open",
            Shown::Closed => "",
        };
        format!(
            "<details{open}>\n<summary>{} of raw files, by format</summary>\n<ul class=\"readings\">\n{rows}</ul>\n</details>\n",
            code(name)
        )
    }
}

/// Whether details are open when the page is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    Open,
    Closed,
}

//! Resolves how a day is ranked: the columns of the raw table and the keys that it names, and the types of its values.

use std::collections::BTreeMap;

use super::expression::Scope;
use super::{Draft, column_of};
use crate::check::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{
    ConditionDoc, ConfigDoc, DirectionDoc, ExprDoc, RankingDoc, ReasonDoc, TableDoc, ValueDoc,
};
use crate::expression::{Condition, Expr, Typed};
use crate::model::{ColumnId, TableId};
use crate::path;
use crate::ranking::{Direction, Popular, RankedKey, RankedValue, Ranking, Reason, Said, Written};
use crate::rows::{Rows, Select, Which};
use crate::tree::{Step, below};

/// The greatest number of bits for each doubling of a place.
const MOST_WEIGHT: f64 = 100.0;

/// The weight of a ranking that gives none, in thousandths.
const USUAL_WEIGHT: u32 = 2000;

/// Resolves the ranking of a pipeline; `None` if it has none, or a fault.
pub(super) fn resolve(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) -> Option<Ranking> {
    let config = pipeline.config.as_ref()?;
    let doc = config.doc.ranking.as_ref()?;
    let Some(raw) = pipeline.raw() else {
        let message = "the pipeline has no raw table, whose rows could be ranked";
        faults.add(Code::Ranking, &config.file, path!["ranking"], message);
        return None;
    };
    let at = pipeline.tables.iter().position(|table| table.doc.table == raw.doc.table)?;
    let select = Select {
        from: TableId(at),
        which: Which::Day,
        conditions: Vec::new(),
        distinct: false,
        order: Vec::new(),
        limit: None,
    };
    let rows = Rows::Select(Box::new(select));
    let scope = Scope {
        file: &config.file,
        table: raw,
        rows: &rows,
        fields: None,
        base: &raw.doc,
        typed: &drafts.get(at)?.typed,
    };
    Resolver { config, doc, raw, scope }.ranking(faults)
}

/// A place in the ranking.
fn at(rest: Vec<Step>) -> Vec<Step> {
    [path!["ranking"], rest].concat()
}

struct Resolver<'a> {
    config: &'a Loaded<ConfigDoc>,
    doc: &'a RankingDoc,
    raw: &'a Loaded<TableDoc>,
    scope: Scope<'a>,
}

impl Resolver<'_> {
    fn ranking(&self, faults: &mut Faults) -> Option<Ranking> {
        let doc = self.doc;
        for (key, is_empty) in [
            ("group", doc.group.is_empty()),
            ("values", doc.values.is_empty()),
            ("spread", doc.spread.is_empty()),
            ("ties", doc.ties.is_empty()),
        ] {
            if is_empty {
                self.fault(path![key], "expected at least one".to_owned(), faults);
            }
        }
        self.names_differ("group", doc.group.iter().map(|key| key.name.as_str()), faults);
        self.names_differ("values", doc.values.iter().map(|value| value.name.as_str()), faults);
        let keys = self.keys(faults);
        let reply = self.conditions(&doc.reply, &at(path!["reply"]), faults);
        if doc.reply.is_empty() && doc.popular.is_none() {
            let given = doc.group.iter().position(|key| key.reply.is_some());
            if let Some(at) = given {
                let message = "no row is a reply; expected `reply`, the conditions by which one is";
                self.fault(path!["group", at, "reply"], message.to_owned(), faults);
            }
        }
        let failed = self.conditions(&doc.failed, &at(path!["failed"]), faults);
        let values = self.values(faults);
        let spreads = self.spreads(faults);
        let weight = self.weight(faults);
        let ties = self.ties(faults);
        let direction = match &doc.direction {
            Some(direction) => Some(self.direction(direction, faults)?),
            None => None,
        };
        let popular = match &doc.popular {
            Some(popular) => {
                let conditions = path!["ranking", "popular", "where"];
                let conditions = self.conditions(&popular.conditions, &conditions, faults);
                let key = self.key(&popular.key, path!["popular", "key"], faults)?;
                if doc.group[key].reply.is_none() {
                    let message = format!("the key `{}` is the same in a reply", popular.key);
                    self.fault(path!["popular", "key"], message, faults);
                }
                Some(Popular { key, conditions: conditions? })
            }
            None => None,
        };
        let fields = self.fields(faults)?;
        Some(Ranking {
            keys: keys?,
            reply: reply?,
            values: values?,
            spreads: spreads?,
            weight: weight?,
            ties: ties?,
            fields,
            failed: failed?,
            direction,
            popular,
        })
    }

    fn fault(&self, rest: Vec<Step>, message: String, faults: &mut Faults) {
        let here = at(rest);
        faults.add(Code::Ranking, &self.config.file, here, message);
    }

    fn names_differ<'a>(&self, list: &str, names: impl Iterator<Item = &'a str>, faults: &mut Faults) {
        let mut seen = Vec::new();
        for (at, name) in names.enumerate() {
            if name.is_empty() || seen.contains(&name) {
                let message = match name {
                    "" => "expected a name".to_owned(),
                    _ => format!("`{name}` is the name of an earlier one"),
                };
                self.fault(path![list, at, "name"], message, faults);
            }
            seen.push(name);
        }
    }

    /// A text or a whole number.
    fn printed(&self, doc: &ExprDoc, here: Vec<Step>, faults: &mut Faults) -> Option<Expr> {
        let here = at(here);
        let (from, Typed { kind, .. }) = self.scope.any(doc, &here, faults)?;
        if kind.is_text() || kind.is_whole() {
            return Some(from);
        }
        let message = format!("expected a text or a whole number; this is `{}`", kind.name());
        faults.add(Code::TypeMismatch, &self.config.file, here, message);
        None
    }

    fn conditions(
        &self,
        docs: &[ConditionDoc],
        here: &[Step],
        faults: &mut Faults,
    ) -> Option<Vec<Condition>> {
        let each =
            docs.iter().enumerate().map(|(n, doc)| self.scope.condition(doc, &below(here, path![n]), faults));
        let each: Vec<Option<Condition>> = each.collect();
        each.into_iter().collect()
    }

    fn keys(&self, faults: &mut Faults) -> Option<Vec<RankedKey>> {
        let each = self.doc.group.iter().enumerate().map(|(n, key)| {
            let from = self.printed(&key.from, path!["group", n, "from"], faults);
            let reply = match &key.reply {
                Some(reply) => self.printed(reply, path!["group", n, "reply"], faults),
                None => from.clone(),
            };
            Some(RankedKey { name: key.name.clone(), from: from?, reply: reply? })
        });
        let each: Vec<Option<RankedKey>> = each.collect();
        each.into_iter().collect()
    }

    fn values(&self, faults: &mut Faults) -> Option<Vec<RankedValue>> {
        let each = self.doc.values.iter().enumerate().map(|(n, value)| {
            let of = match (&value.from, &value.key) {
                (Some(from), None) => self.printed(from, path!["values", n, "from"], faults).map(Said::Row),
                (None, Some(key)) => self.key(key, path!["values", n, "key"], faults).map(Said::Key),
                (Some(_), Some(_)) | (None, None) => {
                    let message = "expected either `from` or `key`: where the value comes from";
                    self.fault(path!["values", n], message.to_owned(), faults);
                    None
                }
            };
            let within = value.within.iter().enumerate();
            let within: Vec<Option<Expr>> =
                within.map(|(m, doc)| self.printed(doc, path!["values", n, "within", m], faults)).collect();
            let within = within.into_iter().collect::<Option<Vec<Expr>>>();
            let once_per = match &value.once_per {
                Some(key) => Some(self.key(key, path!["values", n, "once_per"], faults)?),
                None => None,
            };
            let why = self.reason(value.why.as_ref(), &value.name, path!["values", n, "why"], faults);
            Some(RankedValue { name: value.name.clone(), of: of?, once_per, within: within?, why: why? })
        });
        let each: Vec<Option<RankedValue>> = each.collect();
        each.into_iter().collect()
    }

    fn direction(&self, doc: &DirectionDoc, faults: &mut Faults) -> Option<Direction> {
        let why = self.reason(doc.why.as_ref(), "", path!["direction", "why"], faults);
        if doc.why.as_ref().is_some_and(|why| why.of.is_some()) {
            let message = "the direction is computed from the ranges of the site, not from columns";
            self.fault(path!["direction", "why", "of"], message.to_owned(), faults);
        }
        Some(Direction {
            from: self.key(&doc.from, path!["direction", "from"], faults)?,
            to: self.key(&doc.to, path!["direction", "to"], faults)?,
            why: why?,
        })
    }

    /// In which words a value is a reason.
    fn reason(
        &self,
        doc: Option<&ReasonDoc>,
        name: &str,
        here: Vec<Step>,
        faults: &mut Faults,
    ) -> Option<Reason> {
        let usual = format!("{name} {{value}} (1 in {{n}})").trim_start().to_owned();
        let Some(doc) = doc else { return Some(Reason { text: usual, of: None, words: BTreeMap::new() }) };
        let of = match &doc.of {
            Some(of) => Some(self.printed(of, below(&here, path!["of"]), faults)?),
            None => None,
        };
        let texts =
            doc.text.iter().map(|text| (path!["text"], text.replace("{value}", "").replace("{n}", "")));
        let words = doc.words.iter().map(|(value, words)| (path!["words", value], words.clone()));
        for (rest, text) in texts.chain(words) {
            if text.contains(['{', '}']) || text.contains(char::is_control) {
                let message = "expected a line of text, without braces but `{value}` and `{n}` in `text`";
                self.fault(below(&here, rest), message.to_owned(), faults);
            }
        }
        Some(Reason { text: doc.text.clone().unwrap_or(usual), of, words: doc.words.clone() })
    }

    fn key(&self, name: &str, rest: Vec<Step>, faults: &mut Faults) -> Option<usize> {
        let found = self.doc.group.iter().position(|key| key.name == name);
        if found.is_none() {
            let known = self.doc.group.iter().map(|key| key.name.as_str());
            let here = at(rest);
            let message = format!("the group has no key `{name}`");
            faults.add(Code::Ranking, &self.config.file, here, message).meant(name, known);
        }
        found
    }

    fn spreads(&self, faults: &mut Faults) -> Option<Vec<Vec<usize>>> {
        let each = self.doc.spread.iter().enumerate().map(|(n, names)| {
            if names.is_empty() {
                let message = "expected at least one key, or every group would be one story";
                self.fault(path!["spread", n], message.to_owned(), faults);
            }
            let keys: Vec<Option<usize>> = names
                .iter()
                .enumerate()
                .map(|(m, name)| self.key(name, path!["spread", n, m], faults))
                .collect();
            keys.into_iter().collect::<Option<Vec<usize>>>()
        });
        let each: Vec<Option<Vec<usize>>> = each.collect();
        each.into_iter().collect()
    }

    /// The weight in thousandths.
    fn weight(&self, faults: &mut Faults) -> Option<u32> {
        let weight = match &self.doc.weight {
            None => return Some(USUAL_WEIGHT),
            Some(ValueDoc::Int(number)) => i16::try_from(*number).ok().map(f64::from),
            Some(ValueDoc::Real(number)) => Some(*number),
            Some(ValueDoc::Text(_)) => None,
        };
        let thousandths =
            weight.filter(|weight| (0.0..=MOST_WEIGHT).contains(weight)).map(|weight| weight * 1000.0);
        let found = thousandths.filter(|thousandths| (thousandths - thousandths.round()).abs() < 1e-6);
        if found.is_none() {
            let message = "expected a number from 0 to 100, in thousandths".to_owned();
            self.fault(path!["weight"], message, faults);
        }
        found.map(|thousandths| thousandths.round() as u32)
    }

    fn ties(&self, faults: &mut Faults) -> Option<Vec<ColumnId>> {
        let each = self.doc.ties.iter().enumerate().map(|(n, name)| {
            faults.uses(&self.raw.doc.table, name);
            let found = column_of(&self.raw.doc, name);
            let here = path!["ranking", "ties", n];
            let Some(column) = found else {
                let known = self.raw.doc.columns.iter().map(|column| column.name.as_str());
                let message = format!("`{}` has no column `{name}`", self.raw.doc.table);
                let fault = faults.add(Code::AbsentColumn, &self.config.file, here, message);
                fault.absent(&self.raw.doc.table, name, known);
                return None;
            };
            let kind = self.raw.doc.columns[column.at()].kind;
            if !(kind.is_text() || kind.is_whole()) {
                let message =
                    format!("expected a text or a whole number; `{name}` is of type `{}`", kind.name());
                faults.add(Code::TypeMismatch, &self.config.file, here, message);
            }
            Some(column)
        });
        let each: Vec<Option<ColumnId>> = each.collect();
        each.into_iter().collect()
    }

    /// What every field of the results file receives.
    fn fields(&self, faults: &mut Faults) -> Option<Vec<Written>> {
        let config = &self.config.doc;
        let why = config.roles.why.as_ref();
        let Some(score) = &config.roles.score else {
            let message = "expected the role `score`, the field of the results file that receives the score";
            self.fault(Vec::new(), message.to_owned(), faults);
            return None;
        };
        for field in self.doc.fields.keys() {
            let here = path!["fields", field];
            if field == score {
                self.fault(here, "the ranking gives the score itself".to_owned(), faults);
            } else if Some(field) == why {
                self.fault(here, "the ranking gives the reasons itself".to_owned(), faults);
            } else if !config.results_fields.contains_key(field) {
                let known = config.results_fields.keys().map(String::as_str);
                let message = format!("the results file has no field `{field}`");
                let here = at(here);
                faults.add(Code::Ranking, &self.config.file, here, message).meant(field, known);
            }
        }
        // Another rule reports a score that is no field, and fields that are no column.
        config.results_fields.get(score)?;
        let mut fields: Vec<(u32, &String)> =
            config.results_fields.iter().map(|(name, index)| (*index, name)).collect();
        fields.sort_unstable();
        let extra = why.filter(|why| !config.results_fields.contains_key(*why));
        let each = fields.into_iter().map(|(_, name)| name).chain(extra).map(|name| {
            if name == score {
                return Some(Written::Score);
            }
            if Some(name) == why {
                return Some(Written::Why);
            }
            if let Some(doc) = self.doc.fields.get(name) {
                let here = path!["ranking", "fields", name];
                return self.scope.any(doc, &here, faults).map(|(from, _)| Written::Value(from));
            }
            column_of(&self.raw.doc, name).map(|column| Written::Value(Expr::Column(column)))
        });
        let each: Vec<Option<Written>> = each.collect();
        each.into_iter().collect()
    }
}

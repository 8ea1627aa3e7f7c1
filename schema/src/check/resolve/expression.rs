//! Resolves where the value of a column comes from: does the expression belong to the rows of its table, do the columns
//! in it exist, do they have suitable types, and can the column hold the values?

use std::sync::Arc;

use super::{column_of, field_of};
use crate::check::Loaded;
use crate::code::Code;
use crate::context::{Fact, IanaFact};
use crate::diagnostics::{Faults, SourceFile};
use crate::document::{ColumnDoc, ConditionDoc, ConfigDoc, ExprDoc, FieldDoc, FormDoc, TableDoc, ValueDoc};
use crate::expression::{Aggregate, Clock, Comparison, Condition, Expr, Typed};
use crate::form::{Class, Form};
use crate::model::{ColumnId, FieldId};
use crate::path;
use crate::rows::{Names, Rows, Which};
use crate::tree::{Step, below};
use crate::types::{ColumnType, TextKind};

/// What the names in the expressions of a table refer to.
pub(super) struct Scope<'a> {
    /// The file that the expressions are written in.
    pub(super) file: &'a Arc<SourceFile>,
    /// The table that they are columns of.
    pub(super) table: &'a Loaded<TableDoc>,
    pub(super) rows: &'a Rows,
    /// The configuration, which names the fields of the results file, unless it is missing.
    pub(super) fields: Option<&'a ConfigDoc>,
    /// The table whose columns the expressions refer to.
    pub(super) base: &'a TableDoc,
    /// The values of its columns.
    pub(super) typed: &'a [Typed],
}

/// The types that an operand may have, in words, and the code of the fault if it has another.
#[derive(Clone, Copy)]
struct Demand {
    fits: fn(ColumnType) -> bool,
    words: &'static str,
    code: Code,
}

const ADDRESS: Demand =
    Demand { fits: |kind| kind == ColumnType::Address, words: "`address`", code: Code::SubjectType };
const TIME: Demand = Demand { fits: |kind| kind == ColumnType::Time, words: "`time`", code: Code::TimeType };
const PROTOCOL: Demand =
    Demand { fits: |kind| kind == ColumnType::String, words: "`string`", code: Code::SubjectType };
const PORT: Demand = Demand { fits: ColumnType::is_whole, words: "a whole number", code: Code::SubjectType };
const CODE: Demand = Demand {
    fits: |kind| kind.is_any_text() || kind.is_whole(),
    words: "`string` or a whole number",
    code: Code::SubjectType,
};
const WHOLE: Demand = Demand { code: Code::TypeMismatch, ..PORT };
const NUMBER: Demand = Demand { fits: ColumnType::is_number, words: "a number", code: Code::TypeMismatch };
const TEXT: Demand = Demand { fits: ColumnType::is_text, words: "a text", code: Code::TypeMismatch };
const ORDERED: Demand = Demand {
    fits: |kind| kind.is_number() || kind == ColumnType::Time,
    words: "a number or `time`",
    code: Code::TypeMismatch,
};
const PRINTED: Demand = Demand {
    fits: |kind| kind.is_text() || kind.is_whole(),
    words: "a text or a whole number",
    code: Code::TypeMismatch,
};
const ANY: Demand = Demand { fits: |_| true, words: "any type", code: Code::TypeMismatch };

impl Scope<'_> {
    /// Resolves the expression of the column at a position.
    pub(super) fn column(&self, at: usize, faults: &mut Faults) -> Option<Expr> {
        let column = &self.table.doc.columns[at];
        let here = path!["columns", at, "from"];
        let from = self.outermost(&column.from, &here, faults)?;
        if self.rows.select().is_some() && !self.can_be_selected(&from, &here, faults) {
            return None;
        }
        if let Expr::Field(_) = from {
            self.fields_have_one_type(at, column, faults);
            self.can_be_empty(at, column, faults);
        }
        if self.rows.are_rollup() && from.in_rollup().is_none() {
            let message = "an ingest keeps columns, starts of times, and counts and totals of columns";
            faults.add(Code::Select, self.file, here, message).help("let the run keep the rows");
            return None;
        }
        let typed = from.typed(self.typed);
        if let Expr::Subject(None) = from
            && !(column.kind == ColumnType::Address || column.kind.is_any_text())
        {
            let message =
                format!("a subject is an address or a text, which `{}` cannot hold", column.kind.name());
            let here = path!["columns", at, "type"];
            faults.add(Code::TypeMismatch, self.file, here, message).help("say `address`, `string` or `url`");
        }
        let given = typed.into_iter().chain(self.ends_of_hubs().filter(|_| from == Expr::Hub));
        if let Some(typed) = given.into_iter().find(|typed| !typed.fits(column.kind)) {
            let (given, kind) = (typed.kind.name(), column.kind.name());
            let message = format!("`from` gives `{given}`, which `{kind}` cannot hold");
            let help = format!("say `{given}`");
            faults.add(Code::TypeMismatch, self.file, path!["columns", at, "type"], message).help(help);
        }
        let optional = typed.filter(|typed| typed.is_optional && self.rows.are_raw());
        if let (Some(_), ExprDoc::Form(form)) = (optional, &column.from) {
            let what =
                if let FormDoc::Iana { give, .. } = &**form { give.words() } else { form.form().name() };
            let message =
                format!("a column of `ingest` rows always has a value, and a {what} may be unknown");
            let help = "take an answer that is a text, or ask in the scores";
            let here = path!["columns", at, "from", form.form().name(), "give"];
            faults.add(Code::ExpressionNotHere, self.file, here, message).help(help);
        }
        Some(from)
    }

    /// Resolves an expression of any type, and determines its values.
    pub(super) fn any(&self, doc: &ExprDoc, here: &[Step], faults: &mut Faults) -> Option<(Expr, Typed)> {
        let resolved = self.operand(doc, here, ANY, faults)?;
        let typed = resolved.typed(self.typed)?;
        Some((resolved, typed))
    }

    /// Resolves an expression that is a time.
    pub(super) fn time(&self, doc: &ExprDoc, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        self.operand(doc, here, TIME, faults)
    }

    /// Whether the value of a column of selected rows can be computed. The database groups rows, so it computes what is
    /// within an aggregate; other values may be joined to the rows, which works for texts and whole numbers.
    fn can_be_selected(&self, from: &Expr, here: &[Step], faults: &mut Faults) -> bool {
        if from.is_aggregate() {
            let within = from.operands();
            return within.into_iter().all(|of| self.is_computed_in_sql(of, here, faults));
        }
        if !from.is_in_sql() && !from.is_subject() && from.columns().is_empty() {
            let message = "this is the same for every row; expected a column in it, or a `value`";
            faults.add(Code::ExpressionNotHere, self.file, here.to_vec(), message);
            return false;
        }
        let kind = from.typed(self.typed).map(|typed| typed.kind);
        if from.is_in_sql() || from.is_subject() || kind.is_none_or(|kind| !kind.storage().is_real()) {
            return true;
        }
        let message = "a number with a fraction cannot be looked up for selected rows";
        let help = "take it from a column of the table that rows are selected from, or ask in the scores";
        faults.add(Code::ExpressionNotHere, self.file, here.to_vec(), message).help(help);
        false
    }

    /// Reports an expression that not every database computes, where the database needs its value.
    pub(super) fn is_computed_in_sql(&self, from: &Expr, here: &[Step], faults: &mut Faults) -> bool {
        let is_computed = from.is_in_sql();
        if !is_computed {
            let message =
                "not every database computes this value, which is needed to select or to group rows";
            let help = "keep it in a column of the table that rows are selected from";
            faults.add(Code::ExpressionNotHere, self.file, here.to_vec(), message).help(help);
        }
        is_computed
    }

    /// The values of the two ends. Either end may be a hub.
    fn ends_of_hubs(&self) -> impl Iterator<Item = Typed> {
        let hubs = match self.rows.select().map(|select| &select.which) {
            Some(Which::Hubs(hubs)) => Some(hubs),
            Some(Which::Day | Which::Rollup | Which::Results(_) | Which::Subjects(_)) | None => None,
        };
        hubs.into_iter().flat_map(|hubs| &hubs.between).map(|pair| self.typed[pair.from.at()])
    }

    fn outermost(&self, doc: &ExprDoc, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        match doc {
            ExprDoc::Name(name) => match self.rows.names() {
                Names::Fields => self.field(name, here, faults),
                Names::Base => self.base_column(name, here, faults).map(Expr::Column),
                Names::Own | Names::None => {
                    self.is_not_here("a name", here, faults);
                    None
                }
            },
            ExprDoc::Field(doc) => match self.rows.names() {
                Names::Fields => self.optional_field(doc, here, faults),
                Names::Base | Names::Own | Names::None => {
                    self.is_not_here("`field`", here, faults);
                    None
                }
            },
            ExprDoc::Form(form) if self.rows.forms().contains(&form.form()) => self.form(form, here, faults),
            ExprDoc::Form(form) => {
                self.is_not_here(&format!("`{}`", form.form().name()), here, faults);
                None
            }
        }
    }

    fn is_not_here(&self, found: &str, here: &[Step], faults: &mut Faults) {
        let mut known: Vec<String> = match self.rows.names() {
            Names::Fields => vec!["a name".to_owned(), "`field`".to_owned()],
            Names::Base => vec!["a name".to_owned()],
            Names::Own | Names::None => Vec::new(),
        };
        known.extend(self.rows.forms().iter().map(|form| format!("`{}`", form.name())));
        let (rows, known) = (self.rows.name(), known.join(", "));
        let message = format!("columns of `{rows}` rows come from {known}, not from {found}");
        faults.add(Code::ExpressionNotHere, self.file, here.to_vec(), message);
    }

    /// An expression within another one.
    fn operand(&self, doc: &ExprDoc, here: &[Step], demand: Demand, faults: &mut Faults) -> Option<Expr> {
        let resolved = match doc {
            ExprDoc::Name(name) => match self.rows.names() {
                Names::Own | Names::Fields => self.own_column(name, here, demand, faults)?,
                Names::Base => Expr::Column(self.base_column(name, here, faults)?),
                Names::None => return None,
            },
            ExprDoc::Field(_) => return self.not_within("field", here, faults),
            ExprDoc::Form(form) => {
                let form_name = form.form();
                if form_name.class() != Class::Computed || !self.rows.forms().contains(&form_name) {
                    return self.not_within(form_name.name(), here, faults);
                }
                self.form(form, here, faults)?
            }
        };
        let kind = resolved.typed(self.typed).map(|typed| typed.kind);
        if let Some(kind) = kind.filter(|kind| !(demand.fits)(*kind)) {
            let what = match doc {
                ExprDoc::Name(name) => format!("`{name}` is of type"),
                ExprDoc::Field(_) | ExprDoc::Form(_) => "this gives".to_owned(),
            };
            let message = format!("{what} `{}`, not {}", kind.name(), demand.words);
            faults.add(demand.code, self.file, here.to_vec(), message);
            return None;
        }
        Some(resolved)
    }

    /// Reports an expression that cannot be within another one.
    fn not_within(&self, name: &str, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        let allowed = self.rows.forms().into_iter().filter(|form| form.class() == Class::Computed);
        let allowed: Vec<String> = allowed.map(|form| format!("`{}`", form.name())).collect();
        let message = format!(
            "`{name}` is not possible within another expression; expected a name or one of {}",
            allowed.join(", ")
        );
        faults.add(Code::ExpressionNotHere, self.file, here.to_vec(), message);
        None
    }

    fn form(&self, form: &FormDoc, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        let name = form.form().name();
        let inner = below(here, path![name]);
        let of = below(here, path![name, "of"]);
        let otherwise_at = below(here, path![name, "else"]);
        let mut one = |doc: &ExprDoc, here: &[Step], demand: Demand| {
            self.operand(doc, here, demand, faults).map(Box::new)
        };
        Some(match form {
            FormDoc::Input { .. } => Expr::Input,
            FormDoc::Value(value) => Expr::Value(value.clone()),
            FormDoc::Severity { of } => Expr::Severity(of.clone()),
            FormDoc::Subject { kind } => Expr::Subject(*kind),
            FormDoc::Title {} => Expr::Title,
            FormDoc::Note {} => Expr::Note,
            FormDoc::When {} => Expr::When,
            FormDoc::Who {} => Expr::Who,
            FormDoc::Rank {} => Expr::Rank,
            FormDoc::Hub {} => Expr::Hub,
            FormDoc::Count {} => Expr::Count,
            FormDoc::Time(value) => {
                let value = one(value, &inner, CODE)?;
                let is_text = value.typed(self.typed).is_none_or(|typed| typed.kind.is_text());
                Expr::Time(if is_text { Clock::Text } else { Clock::Epoch }, value)
            }
            FormDoc::Part { of: time, give } => Expr::Part(one(time, &of, TIME)?, *give),
            FormDoc::Truncate { of: time, to } => Expr::Truncate(one(time, &of, TIME)?, *to),
            FormDoc::Lower(text) => Expr::Lower(one(text, &inner, TEXT)?),
            FormDoc::Hash(text) => Expr::Hash(one(text, &inner, TEXT)?),
            FormDoc::RegisteredDomain(text) => Expr::RegisteredDomain(one(text, &inner, TEXT)?),
            FormDoc::Map { of: text, values, otherwise } => {
                let text = one(text, &of, TEXT);
                let otherwise = otherwise.as_ref().map(|text| one(text, &otherwise_at, TEXT));
                if values.is_empty() {
                    let here = below(here, path![name, "values"]);
                    faults.add(Code::TypeMismatch, self.file, here, "expected at least one replacement");
                }
                Expr::Map { of: text?, values: values.clone(), otherwise: transposed(otherwise)? }
            }
            FormDoc::Length(text) => Expr::Length(one(text, &inner, TEXT)?),
            FormDoc::Keep { of: text, characters } => {
                let text = one(text, &of, TEXT);
                if characters.is_empty() {
                    let here = below(here, path![name, "characters"]);
                    let message = "expected at least one character";
                    faults.add(Code::TypeMismatch, self.file, here, message);
                }
                Expr::Keep(text?, characters.clone())
            }
            FormDoc::LastLabels { of: text, count } => Expr::LastLabels(one(text, &of, TEXT)?, *count),
            FormDoc::BitLength(number) => Expr::BitLength(one(number, &inner, WHOLE)?),
            FormDoc::Entropy(text) => Expr::Entropy(one(text, &inner, TEXT)?),
            FormDoc::If { all, then, otherwise } => self.choice((all, then, otherwise), here, faults)?,
            FormDoc::Add(all) => Expr::Add(self.all(all, (name, "a sum"), here, NUMBER, faults)?),
            FormDoc::Concat(all) => Expr::Concat(self.all(all, (name, "a text"), here, PRINTED, faults)?),
            FormDoc::Network { of: address, give } => {
                Expr::Context(one(address, &of, ADDRESS)?, Fact::Network(*give))
            }
            FormDoc::Geo { of: address, give } => {
                Expr::Context(one(address, &of, ADDRESS)?, Fact::Geo(*give))
            }
            FormDoc::Reputation { of: asked, kind } => {
                let demand = match kind {
                    TextKind::Address => ADDRESS,
                    TextKind::Domain | TextKind::Url => TEXT,
                };
                Expr::Context(one(asked, &of, demand)?, Fact::Reputation(*kind))
            }
            FormDoc::Code { of: code, table, otherwise } => {
                let code = one(code, &of, CODE);
                let otherwise = otherwise.as_ref().map(|text| one(text, &otherwise_at, TEXT));
                Expr::Code { of: code?, table: table.clone(), otherwise: transposed(otherwise)? }
            }
            FormDoc::Iana { of: value, with, give } => {
                let demand = if give.is_of_port() { PORT } else { CODE };
                let value = one(value, &of, demand);
                let protocol =
                    with.as_ref().map(|with| one(with, &below(here, path![name, "with"]), PROTOCOL));
                self.port_has_a_protocol(with.is_some(), *give, here, faults);
                Expr::Iana { of: value?, with: transposed(protocol)?, fact: *give }
            }
            FormDoc::CountDistinct(value) => {
                Expr::Aggregate(Aggregate::CountDistinct, one(value, &inner, ANY)?)
            }
            FormDoc::Total(number) => Expr::Aggregate(Aggregate::Total, one(number, &inner, NUMBER)?),
            FormDoc::Min(value) => Expr::Aggregate(Aggregate::Min, one(value, &inner, ORDERED)?),
            FormDoc::Max(value) => Expr::Aggregate(Aggregate::Max, one(value, &inner, ORDERED)?),
            FormDoc::First(time) => Expr::Aggregate(Aggregate::Min, one(time, &inner, TIME)?),
            FormDoc::Last(time) => Expr::Aggregate(Aggregate::Max, one(time, &inner, TIME)?),
        })
    }

    /// One of two values, by conditions.
    fn choice(
        &self,
        (all, then, otherwise): (&[ConditionDoc], &ExprDoc, &ExprDoc),
        here: &[Step],
        faults: &mut Faults,
    ) -> Option<Expr> {
        let at = |rest: Vec<Step>| below(here, [path![Form::If.name()], rest].concat());
        if all.is_empty() {
            let message = "expected at least one condition";
            faults.add(Code::TypeMismatch, self.file, at(path!["all"]), message);
        }
        let met = all.iter().enumerate().map(|(n, doc)| self.condition(doc, &at(path!["all", n]), faults));
        let met: Vec<Option<Condition>> = met.collect();
        let then = self.any(then, &at(path!["then"]), faults);
        let otherwise = self.any(otherwise, &at(path!["else"]), faults);
        let ((then, first), (otherwise, second)) = (then?, otherwise?);
        if !are_comparable(first.kind, second.kind) {
            let (first, second) = (first.kind.name(), second.kind.name());
            let message = format!("`then` is of type `{first}`, so `else` cannot be of type `{second}`");
            faults.add(Code::TypeMismatch, self.file, at(path!["else"]), message);
            return None;
        }
        let all = met.into_iter().collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())?;
        Some(Expr::If { all, then: Box::new(then), otherwise: Box::new(otherwise) })
    }

    /// Resolves a condition.
    pub(super) fn condition(
        &self,
        doc: &ConditionDoc,
        here: &[Step],
        faults: &mut Faults,
    ) -> Option<Condition> {
        let (comparison, [one, other]) = match doc {
            ConditionDoc::Equal(values) => (Comparison::Equal, values),
            ConditionDoc::NotEqual(values) => (Comparison::NotEqual, values),
            ConditionDoc::Less(values) => (Comparison::Less, values),
            ConditionDoc::AtMost(values) => (Comparison::AtMost, values),
            ConditionDoc::OneOf { of, values } => return self.one_of(of, values, here, faults),
        };
        let name = comparison.name();
        let one = self.any(one, &below(here, path![name, 0]), faults);
        let other = self.any(other, &below(here, path![name, 1]), faults);
        let ((one, first), (other, second)) = (one?, other?);
        if !are_comparable(first.kind, second.kind) {
            let (first, second) = (first.kind.name(), second.kind.name());
            let message = format!("a value of type `{first}` cannot be compared with one of type `{second}`");
            faults.add(Code::TypeMismatch, self.file, below(here, path![name]), message);
            return None;
        }
        Some(Condition::Compared(comparison, one, other))
    }

    fn one_of(
        &self,
        of: &ExprDoc,
        values: &[ValueDoc],
        here: &[Step],
        faults: &mut Faults,
    ) -> Option<Condition> {
        let at = |rest: Vec<Step>| below(here, [path!["one_of"], rest].concat());
        let (of, typed) = self.any(of, &at(path!["of"]), faults)?;
        if values.is_empty() {
            let message = "expected at least one value";
            faults.add(Code::TypeMismatch, self.file, at(path!["values"]), message);
        }
        for (n, value) in values.iter().enumerate() {
            let kind = Expr::Value(value.clone()).typed(&[]).map_or(typed.kind, |typed| typed.kind);
            if !are_comparable(typed.kind, kind) {
                let (kind, own) = (kind.name(), typed.kind.name());
                let message = format!("a value of type `{own}` cannot be compared with one of type `{kind}`");
                faults.add(Code::TypeMismatch, self.file, at(path!["values", n]), message);
            }
        }
        Some(Condition::OneOf(of, values.to_vec()))
    }

    fn all(
        &self,
        docs: &[ExprDoc],
        (name, what): (&str, &str),
        here: &[Step],
        demand: Demand,
        faults: &mut Faults,
    ) -> Option<Vec<Expr>> {
        let here = below(here, path![name]);
        if docs.is_empty() {
            let message = format!("{what} needs at least one column");
            faults.add(Code::TypeMismatch, self.file, here, message);
            return None;
        }
        let each = docs.iter().enumerate().map(|(n, doc)| {
            let here = below(&here, path![n]);
            self.operand(doc, &here, demand, faults)
        });
        let resolved: Vec<Option<Expr>> = each.collect();
        resolved.into_iter().collect()
    }

    fn port_has_a_protocol(&self, has_protocol: bool, fact: IanaFact, here: &[Step], faults: &mut Faults) {
        let name = Form::Iana.name();
        if fact.is_of_port() && !has_protocol {
            let message = "expected `with`, the column of the protocol: a port has no name without it";
            faults.add(Code::ProtocolBeside, self.file, below(here, path![name]), message);
        } else if !fact.is_of_port() && has_protocol {
            let message = "this answer is not about a port, and needs no `with`";
            faults.add(Code::ProtocolBeside, self.file, below(here, path![name, "with"]), message);
        }
    }

    fn field(&self, name: &str, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        let config = self.fields?;
        let found = field_of(config, name);
        if found.is_none() {
            let known = config.results_fields.keys().map(String::as_str);
            let message = format!("the results file has no field `{name}`");
            faults.add(Code::AbsentField, self.file, here.to_vec(), message).meant(name, known);
        }
        found.map(Expr::Field)
    }

    /// A field that records may lack. It follows those that the configuration lists, so there is at most one.
    fn optional_field(&self, doc: &FieldDoc, here: &[Step], faults: &mut Faults) -> Option<Expr> {
        let config = self.fields?;
        if !doc.optional || config.results_fields.contains_key(&doc.field) {
            return self.field(&doc.field, &below(here, path!["field"]), faults);
        }
        let mut optional = self.table.doc.columns.iter().filter_map(|column| column.from.optional_field());
        let first = optional.find(|name| !config.results_fields.contains_key(*name));
        if let Some(first) = first.filter(|first| *first != doc.field) {
            let message =
                format!("a record can have one field more than the configuration lists, and `{first}` is it");
            let help = format!("list `{}` or `{first}` in the configuration", doc.field);
            let here = below(here, path!["field"]);
            faults.add(Code::OptionalField, self.file, here, message).help(help);
            return None;
        }
        Some(Expr::Field(FieldId(config.results_fields.len())))
    }

    /// A column can hold the empty text of a field that a record lacks.
    fn can_be_empty(&self, at: usize, column: &ColumnDoc, faults: &mut Faults) {
        let is_listed =
            |field: &str| self.fields.is_some_and(|config| config.results_fields.contains_key(field));
        let may_lack = column.from.optional_field().is_some_and(|field| !is_listed(field));
        if may_lack && !column.kind.is_any_text() {
            let message = format!(
                "a field that a record lacks is an empty text, which `{}` cannot hold",
                column.kind.name()
            );
            let here = path!["columns", at, "type"];
            faults.add(Code::OptionalField, self.file, here, message).help("say `string`");
        }
    }

    fn base_column(&self, name: &str, here: &[Step], faults: &mut Faults) -> Option<ColumnId> {
        let found = column_of(self.base, name);
        if found.is_none() {
            let known = self.base.columns.iter().map(|column| column.name.as_str());
            let message = format!("`{}` has no column `{name}`", self.base.table);
            let fault = faults.add(Code::AbsentColumn, self.file, here.to_vec(), message);
            fault.absent(&self.base.table, name, known);
        }
        faults.uses(&self.base.table, name);
        found
    }

    /// A column of this table. It must be read from the file, so that no expression refers to itself.
    fn own_column(&self, name: &str, here: &[Step], demand: Demand, faults: &mut Faults) -> Option<Expr> {
        let id = self.base_column(name, here, faults)?;
        let column = &self.base.columns[id.0];
        let is_read = match &column.from {
            ExprDoc::Name(_) | ExprDoc::Field(_) => true,
            ExprDoc::Form(form) => form.form() == Form::Input,
        };
        if !is_read && (demand.fits)(column.kind) {
            let message = format!("`{name}` is not read from the file itself");
            faults.add(demand.code, self.file, here.to_vec(), message);
            return None;
        }
        Some(Expr::Column(id))
    }

    /// A field of the results file is read once, as one type.
    fn fields_have_one_type(&self, at: usize, column: &ColumnDoc, faults: &mut Faults) {
        let Some(field) = column.from.named_field() else { return };
        let takes_it = |other: &&ColumnDoc| other.from.named_field() == Some(field);
        let first = self.table.doc.columns.iter().find(takes_it);
        if let Some(first) = first.filter(|first| first.kind != column.kind) {
            let message = format!("`{}` takes the field `{field}` as `{}`", first.name, first.kind.name());
            faults.add(Code::TypeMismatch, self.file, path!["columns", at, "type"], message);
        }
    }
}

/// An operand that may be missing, unless it has a fault.
fn transposed<T>(operand: Option<Option<T>>) -> Option<Option<T>> {
    operand.map_or(Some(None), |resolved| resolved.map(Some))
}

/// Whether two types are both numbers, or both texts. A database would refuse other comparisons, or convert a value.
fn are_comparable(one: ColumnType, other: ColumnType) -> bool {
    (one.is_number() && other.is_number()) || (one.is_text() && other.is_text())
}

//! The lineage in words: which rows a table has, and what inputs and readers are. Names are between backticks.

use super::readings::{counted, listed, quoted, value_in_words};
use super::{Lookup, RankingPart, Use};
use crate::context::{Fact, GeoFact, NetworkFact};
use crate::expression::{Comparison, Condition, Expr};
use crate::model::{Column, ColumnId, Pipeline, Table};
use crate::rows::{Hubs, Judged, Match, Pair, Rows, Select, Sorted, Which, Within, Writer};
use crate::types::TextKind;

impl Use {
    /// The use in a few words, for a value that reads an input.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Identity => "unchanged",
            Self::Transformation => "computed",
            Self::Aggregation => "over several rows",
            Self::Conditional => "as a condition",
            Self::Filter => "as a filter",
            Self::Join => "for matching",
            Self::GroupBy => "for grouping",
            Self::Sort => "for sorting",
            Self::Window => "for sorting within a group",
        }
    }
}

impl Lookup {
    /// The source, by the name that it has in the JSON.
    pub fn source(&self) -> &'static str {
        match self {
            Self::Fact(fact) => fact.names().0,
            Self::Iana(_) => "iana",
            Self::Codes(_) => "code",
            Self::PublicSuffixes => "registered_domain",
        }
    }

    /// What the source is.
    pub fn source_in_words(&self) -> &'static str {
        match self {
            Self::Fact(Fact::Network(_)) => "network context",
            Self::Fact(Fact::Geo(_)) => "geolocation",
            Self::Fact(Fact::Reputation(_)) => "reputation services",
            Self::Iana(_) => "IANA registries",
            Self::Codes(_) => "lists of codes",
            Self::PublicSuffixes => "public suffix list",
        }
    }

    /// What is looked up there.
    pub fn fact(&self) -> String {
        match self {
            Self::Fact(Fact::Network(fact)) => match fact {
                NetworkFact::Internal => "whether the address is internal".to_owned(),
                NetworkFact::Name => "name".to_owned(),
                NetworkFact::Entry => "entry".to_owned(),
            },
            Self::Fact(Fact::Geo(fact)) => match fact {
                GeoFact::Location => "location".to_owned(),
                GeoFact::Domain => "domain".to_owned(),
                GeoFact::Country => "country".to_owned(),
                GeoFact::Latitude => "latitude".to_owned(),
                GeoFact::Longitude => "longitude".to_owned(),
            },
            Self::Fact(Fact::Reputation(kind)) => match kind {
                TextKind::Address => "verdicts on the address".to_owned(),
                TextKind::Domain => "verdicts on the domain".to_owned(),
                TextKind::Url => "verdicts on the URL".to_owned(),
            },
            Self::Iana(fact) => fact.words().to_owned(),
            Self::Codes(list) => list.clone(),
            Self::PublicSuffixes => "registered domain".to_owned(),
        }
    }
}

impl RankingPart {
    /// The part in words.
    pub fn in_words(&self) -> String {
        match self {
            Self::Key(name) => format!("the key {} of groups", quoted(name)),
            Self::Reply => "how a reply is recognized".to_owned(),
            Self::Value(name) => format!("the value {}", quoted(name)),
            Self::Reason(name) => format!("the words for {}", quoted(name)),
            Self::Failed => "how a failure is recognized".to_owned(),
        }
    }
}

impl Writer {
    /// What writes the rows, in words.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::Ingest => "`flow-oa ingest`, which adds rows",
            Self::Run => "`flow-oa run`, which replaces the day",
            Self::Analyst => "analysts; a run never changes these rows",
            Self::Program => "the program, for itself",
        }
    }
}

impl Pipeline {
    /// Which rows a table has, in sentences.
    pub fn rows_in_words(&self, table: &Table) -> Vec<String> {
        match &table.rows {
            Rows::Ingest => vec!["One row for each record of a raw file.".to_owned()],
            Rows::Results => vec![
                "The first rows of the results file of the day, up to the limit of the run, in the order of the file."
                    .to_owned(),
            ],
            Rows::Select(select) => self.select_in_words(table, select),
            Rows::Judged(Judged { of }) => {
                vec![format!("One row for each row of `{}` that an analyst scored.", self[*of].name)]
            }
            Rows::Comments => vec!["One row for each subject and day that an analyst commented on.".to_owned()],
            Rows::Program => Vec::new(),
        }
    }

    /// Where the value of a column comes from, in words.
    pub fn origin_in_words(&self, table: &Table, column: &Column) -> String {
        match &column.from {
            Expr::Input => "a field of a raw file".to_owned(),
            Expr::Value(value) => format!("the constant {}", value_in_words(value)),
            Expr::Partition(part) => match &table.partition.time {
                Some(time) => format!("the {} of {}", part.name(), self.over(self.base(table), time)),
                None => format!("the {} of the date of the run", part.name()),
            },
            Expr::Context(of, fact) => fact_in_words(*fact, &self.over(self.base(table), of)),
            other => self.in_words(table, other),
        }
    }

    fn select_in_words(&self, table: &Table, select: &Select) -> Vec<String> {
        let from = &self[select.from];
        let mut words = vec![match &select.which {
            Which::Day => format!("All rows of `{}` of the day of the run.", from.name),
            Which::Rollup => format!("All rows of `{}`, added up as they are ingested.", from.name),
            Which::Results(matched) => self.match_in_words(from, matched),
            Which::Hubs(hubs) => self.hubs_in_words(from, hubs),
            Which::Subjects(columns) => format!(
                "The rows of `{}` of the day in which {} is the subject of a comment.",
                from.name,
                listed(&names(from, columns), "or")
            ),
        }];
        for condition in &select.conditions {
            words.push(format!("Only rows in which {}.", self.condition_in_words(table, condition)));
        }
        if table.is_grouped() {
            let grouped = table.own_columns().iter().filter(|column| !column.from.is_aggregate());
            let grouped: Vec<String> = grouped.map(|column| quoted(&column.name)).collect();
            words.push(match grouped.is_empty() {
                true => "All of them together are one row.".to_owned(),
                false => format!("Rows with the same {} are one row.", listed(&grouped, "and")),
            });
        }
        if select.distinct {
            words.push("Rows that are equal in every column are one row.".to_owned());
        }
        words.extend(limit_in_words(table, select));
        words
    }

    fn match_in_words(&self, from: &Table, matched: &Match) -> String {
        let mut ways: Vec<String> =
            matched.equal.iter().map(|pair| self.pair_in_words(from, *pair)).collect();
        let scores = self.scores_table();
        let day = match &matched.within {
            Some(Within { unit, scored, from: time }) => {
                let (time, scored) = (self.over(from, time), self.over(scores, scored));
                ways.push(format!("{time} is in the same {} as {scored}", unit.name()));
                String::new()
            }
            None => " of the day".to_owned(),
        };
        if let Some([one, other]) = matched.either_way {
            let (one, other) = (self.pair_in_words(from, one), self.pair_in_words(from, other));
            ways.push(format!("{one} and {other}, or the other way round"));
        }
        let ways = listed(&ways, "and");
        let most = match matched.at_most {
            Some(most) => format!(" At most {most} for each value of these columns."),
            None => String::new(),
        };
        format!("The rows of `{}`{day} that match a row of `{}`: {ways}.{most}", from.name, scores.name)
    }

    fn hubs_in_words(&self, from: &Table, hubs: &Hubs) -> String {
        let [one, other] = hubs.between.map(|pair| self.pair_in_words(from, pair));
        let scores = &self.scores_table().name;
        let peers = counted(hubs.peers, "peer");
        format!(
            "The rows of `{}` of the day between an address that has at least {peers} in `{scores}` and one of these \
             peers: {one} and {other}, or the other way round.",
            from.name
        )
    }

    fn pair_in_words(&self, from: &Table, pair: Pair) -> String {
        let (own, scored) = (&from[pair.from].name, &self.scores_table()[pair.scored].name);
        format!("{} equals {}", quoted(own), quoted(scored))
    }

    /// A condition of a table, in words.
    fn condition_in_words(&self, table: &Table, condition: &Condition) -> String {
        let words = |of: &Expr| match of {
            Expr::Value(value) => value_in_words(value),
            other => self.over(self.base(table), other),
        };
        match condition {
            Condition::Compared(comparison, one, other) => {
                let compared = match comparison {
                    Comparison::Equal => "equals",
                    Comparison::NotEqual => "does not equal",
                    Comparison::Less => "is less than",
                    Comparison::AtMost => "is at most",
                };
                format!("{} {compared} {}", words(one), words(other))
            }
            Condition::OneOf(of, values) => {
                let values: Vec<String> = values.iter().map(value_in_words).collect();
                format!("{} is {}", words(of), listed(&values, "or"))
            }
        }
    }

    /// An expression over the columns of a table, in words; a column is its name.
    fn over(&self, table: &Table, from: &Expr) -> String {
        match from.column() {
            Some(column) => quoted(&table[column].name),
            None => self.in_words_over(table, from),
        }
    }
}

/// A fact about a value, in words.
fn fact_in_words(fact: Fact, of: &str) -> String {
    let what = Lookup::Fact(fact).fact();
    match fact {
        Fact::Network(NetworkFact::Internal) => format!("whether {of} is internal, by the network context"),
        Fact::Network(NetworkFact::Name | NetworkFact::Entry) => {
            format!("the {what} of {of}, by the network context")
        }
        Fact::Geo(_) => format!("the {what} of {of}, by geolocation"),
        Fact::Reputation(_) => format!("the verdicts of the reputation services on {of}"),
    }
}

fn limit_in_words(table: &Table, select: &Select) -> Option<String> {
    let rows = counted(usize::try_from(select.limit?).unwrap_or(usize::MAX), "row");
    let order = select.order.iter().map(|Sorted { by, descending }| {
        let name = quoted(&table[*by].name);
        if *descending { format!("{name}, the largest first") } else { name }
    });
    let order: Vec<String> = order.collect();
    Some(match order.is_empty() {
        true => format!("Only the first {rows}."),
        false => format!("Only the first {rows}, sorted by {}.", order.join(", then ")),
    })
}

fn names(table: &Table, columns: &[ColumnId]) -> Vec<String> {
    columns.iter().map(|column| quoted(&table[*column].name)).collect()
}

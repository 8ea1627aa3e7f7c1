//! Stories: rows of a day's scores that tell of one thing, such as a scan, so that an analyst reads and scores it once.
//!
//! The ranking of a pipeline declares the keys of a group of rows, and which of them groups of one story share. Here the
//! same keys are computed from the stored rows of the scores, so the results file may come from another program.
//!
//! # Decisions
//!
//! - **A group is in one story**: the one of its declared combinations of keys that holds the most groups of the day, the
//!   first of equals. All stored rows of the day decide that, whatever the filters of a query are and whatever was scored
//!   since, so a row stays in its story.
//! - **The declared keys decide, not columns of the scores**: a pipeline without a ranking, or whose scores lack a column
//!   that a key needs, has no stories.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use flow_oa_core::Date;
use flow_oa_core::value::whole;
use flow_oa_schema::answer::{Answer, Datum};
use flow_oa_schema::model::{Column, ColumnId, Expr as Source, Pipeline, Table};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Query, Value};

use super::answer::{self, OF_STORY, Row, STORY, STORY_BYTES, STORY_ROWS};
use super::{QueryRequest, days};
use crate::cells::place_of;
use flow_oa_engine::Session;
use flow_oa_runtime::day::derive::Computer;
use flow_oa_site::Result;

/// How rows of the scores are divided into stories.
pub(crate) struct Stories<'a> {
    scores: &'a Table,
    /// The name of each key of a group, and its value from columns of the scores.
    keys: Vec<(&'a str, Source)>,
    /// The keys, by position, that the groups of a story share; the first of equals comes first.
    spreads: &'a [Vec<usize>],
    computer: Computer,
    /// The column with the position in the results.
    rank: &'a Column,
}

/// A row of the scores: its day, and its position in the results.
type Place = (Vec<i64>, i64);

/// A story: its day, which keys its groups share, and their values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Story {
    day: Vec<i64>,
    spread: usize,
    values: Vec<String>,
}

/// A row in its group and its story.
struct Told {
    group: Vec<String>,
    story: Story,
}

/// What the shown rows of a story have in common.
struct Sum {
    rows: i64,
    /// The values of each key.
    values: Vec<BTreeSet<String>>,
    bytes: Option<i64>,
    best: Vec<Value>,
}

impl<'a> Stories<'a> {
    /// The stories of a pipeline; `None` if it has none.
    pub(crate) fn of(model: &'a Pipeline) -> Option<Self> {
        let (ranking, raw, scores) = (model.ranking.as_ref()?, model.raw_table()?, model.scores_table());
        let rank = scores.column_from(&Source::Rank)?;
        let taken = |column: ColumnId| {
            let name = raw[column].name.as_str();
            scores.find(|own| model.taken_from(scores, own) == Some(name))
        };
        let keys = ranking.keys.iter().map(|key| {
            let from = match ranking.reply.as_slice() {
                [] => key.from.clone(),
                all => Source::If {
                    all: all.to_vec(),
                    then: Box::new(key.reply.clone()),
                    otherwise: Box::new(key.from.clone()),
                },
            };
            Some((key.name.as_str(), from.over(&taken)?))
        });
        let keys: Vec<(&str, Source)> = keys.collect::<Option<_>>()?;
        let computer = Computer::of(&keys.iter().map(|(_, from)| from).collect::<Vec<_>>(), scores);
        Some(Self { scores, keys, spreads: &ranking.spreads, computer, rank })
    }

    /// All rows of some days, in their stories.
    fn told(&self, session: &mut dyn Session, which: Cond) -> Result<HashMap<Place, Told>> {
        let mut select = Query::select();
        let names = self.computer.columns().map(|column| self.scores[column].name.as_str());
        let days = self.scores.day_columns().iter().map(|column| column.name.as_str());
        select
            .columns(names.chain(days).chain([self.rank.name.as_str()]).map(Alias::new))
            .from(Alias::new(&self.scores.name))
            .cond_where(which);
        let mut groups: Vec<(Place, Vec<String>)> = Vec::new();
        for row in session.select(select)? {
            let (values, place) = row.split_at(self.computer.columns().count().min(row.len()));
            let known = self.computer.row(values);
            let group = self.keys.iter().map(|(_, from)| {
                let mut text = String::new();
                known.write(from, &mut text)?;
                Ok(text)
            });
            let group = group.collect::<Result<Vec<String>>>()?;
            if let Some(place) = place_in(place.iter()) {
                groups.push((place, group));
            }
        }
        // How many groups share the keys of each story that they could be in.
        let distinct: BTreeSet<(&Vec<i64>, &Vec<String>)> =
            groups.iter().map(|((day, _), group)| (day, group)).collect();
        let mut sizes: HashMap<Story, u64> = HashMap::new();
        for (day, group) in distinct {
            (0..self.spreads.len()).for_each(|at| *sizes.entry(self.story(day, at, group)).or_default() += 1);
        }
        let told = groups.into_iter().filter_map(|((day, rank), group)| {
            let stories = (0..self.spreads.len()).map(|at| self.story(&day, at, &group));
            let size = |story: &Story| sizes.get(story).copied().unwrap_or_default();
            let story = stories.reduce(|best, next| if size(&next) > size(&best) { next } else { best })?;
            Some(((day, rank), Told { group, story }))
        });
        Ok(told.collect())
    }

    fn story(&self, day: &[i64], spread: usize, group: &[String]) -> Story {
        let values = self.spreads[spread].iter().map(|key| group[*key].clone());
        Story { day: day.to_vec(), spread, values: values.collect() }
    }

    /// The place of a row with all columns of the scores.
    fn place(&self, row: &[Value]) -> Option<Place> {
        let columns = self.scores.day_columns().iter().chain([self.rank]);
        let values: Option<Vec<&Value>> =
            columns.map(|column| row.get(place_of(self.scores, &column.name)?)).collect();
        place_in(values?.into_iter())
    }

    /// The name of a story: the keys that its groups share, with their values.
    fn name(&self, story: &Story) -> String {
        let keys = self.spreads[story.spread].iter().map(|key| self.keys[*key].0);
        let parts = keys.zip(&story.values).map(|(key, value)| format!("{key} {value}"));
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The positions in the results of all rows of the story that the row at a position is in; none if there is no such
    /// row.
    pub(crate) fn ranks(&self, session: &mut dyn Session, day: Date, rank: i64) -> Result<Vec<i64>> {
        let told = self.told(session, days(self.scores, day, day)?)?;
        let wanted = told.iter().find(|((_, at), _)| *at == rank).map(|(_, told)| &told.story);
        let same = told.iter().filter(|(_, told)| Some(&told.story) == wanted);
        let mut ranks: Vec<i64> = same.map(|((_, rank), _)| *rank).collect();
        ranks.sort_unstable();
        Ok(ranks)
    }

    /// The answer with the first of the rows of each story, and what its rows have in common. `rows` are all rows that
    /// match the query, sorted.
    pub(super) fn answer(
        &self,
        session: &mut dyn Session,
        request: &QueryRequest<'_>,
        rows: Vec<Vec<Value>>,
    ) -> Result<Answer> {
        let told = self.told(session, days(self.scores, request.from, request.to)?)?;
        let bytes = self.bytes(request.chosen.model);
        let (mut order, mut sums): (Vec<&Story>, HashMap<&Story, Sum>) = (Vec::new(), HashMap::new());
        for row in rows {
            let Some(Told { group, story }) = self.place(&row).and_then(|place| told.get(&place)) else {
                continue;
            };
            let own = bytes.and_then(|at| row.get(at)).and_then(whole);
            let sum = sums.entry(story).or_insert_with(|| {
                order.push(story);
                Sum { rows: 0, values: vec![BTreeSet::new(); group.len()], bytes: None, best: row }
            });
            sum.rows += 1;
            sum.bytes = own.map(|own| sum.bytes.unwrap_or_default().saturating_add(own)).or(sum.bytes);
            for (values, value) in sum.values.iter_mut().zip(group) {
                values.insert(value.clone());
            }
        }
        let lines = order.iter().filter_map(|story| {
            let sum = sums.remove(*story)?;
            let counts = sum.values.iter().map(|values| Some(Datum::Whole(values.len() as i64)));
            let before = [Some(Datum::Text(self.name(story))), Some(Datum::Whole(sum.rows))];
            let after = bytes.map(|_| sum.bytes.map(Datum::Whole));
            let own: Row = before.into_iter().chain(counts).chain(after).collect();
            Some((own, sum.best))
        });
        let lines: Vec<(Row, Vec<Value>)> = lines.collect();
        let mut answer = answer::of_stories(request, self.scores, &self.columns(bytes), lines);
        let names = || answer.columns.iter().map(|column| column.name.as_str());
        let sorts = request.sort.iter().map(|sort| Ok((sort.column(names())?, sort)));
        let sorts = sorts.collect::<Result<Vec<_>>>()?;
        answer.rows.sort_by(|one, other| {
            let orders = sorts.iter().map(|(at, sort)| sort.compare(&one[*at], &other[*at]));
            orders.fold(Ordering::Equal, Ordering::then)
        });
        Ok(answer::limited(request, answer))
    }

    /// The position of the column of the scores with the role `bytes`.
    fn bytes(&self, model: &Pipeline) -> Option<usize> {
        let name = model.raw_table()?[model.roles.bytes?].name.as_str();
        self.scores.columns.iter().position(|own| model.taken_from(self.scores, own) == Some(name))
    }

    /// The columns of an answer that tell of a whole story.
    fn columns(&self, bytes: Option<usize>) -> Vec<(String, ColumnType, String)> {
        let keys = self.keys.iter().map(|(key, _)| {
            let description = format!("Number of different values of the key `{key}` in these rows.");
            (format!("{OF_STORY}{}s", key.replace(' ', "_")), ColumnType::Count, description)
        });
        let text = |text: &str| text.to_owned();
        let story = (text(STORY), ColumnType::String, text("What the rows of the story have in common."));
        let rows = (text(STORY_ROWS), ColumnType::Count, text("Number of rows of the story."));
        let bytes =
            bytes.map(|_| (text(STORY_BYTES), ColumnType::Count, text("Sum of the bytes of these rows.")));
        [story, rows].into_iter().chain(keys).chain(bytes).collect()
    }
}

/// A day and a position in the results.
fn place_in<'v>(values: impl Iterator<Item = &'v Value>) -> Option<Place> {
    let mut numbers = values.map(whole).collect::<Option<Vec<i64>>>()?;
    let rank = numbers.pop()?;
    Some((numbers, rank))
}

//! Changes of the configuration of a pipeline: its results file, feedback, roles, ranking and files of storyboards.

use super::matched::{Tables, field};
use super::place::{Place, Side};
use super::what::{FieldChange, RankingChange, What};
use super::{Change, Declared};
use crate::expression::{Condition, Expr};
use crate::id::FieldId;
use crate::model::{
    Direction, FeedbackField, Pipeline, Popular, RankedKey, RankedValue, Ranking, Reason, Said, StoryFile,
    Table, Written,
};
use crate::path;
use crate::tree::Step;

pub(super) fn changes(old: &Pipeline, new: &Pipeline, tables: &Tables<'_>) -> Vec<Change> {
    let both = Both { old, new, tables };
    let mut found = both.fields();
    found.extend(both.path());
    found.extend(both.feedback());
    found.extend(both.roles());
    found.extend(both.ranking());
    found.extend(both.story_files());
    found
}

/// Both versions of a pipeline.
struct Both<'a> {
    old: &'a Pipeline,
    new: &'a Pipeline,
    tables: &'a Tables<'a>,
}

impl Both<'_> {
    fn change(&self, side: Side, path: Vec<Step>, item: &str, what: What) -> Change {
        Change {
            pipeline: self.new.name.clone(),
            table: None,
            item: Some(item.to_owned()),
            place: Place::in_config(side, &self.new.name, path),
            what,
            declared: Declared::No,
        }
    }

    fn field(&self, id: FieldId) -> Option<FieldId> {
        field(&self.old.results, id, &self.new.results)
    }

    fn fields(&self) -> Vec<Change> {
        let (old, new) = (&self.old.results, &self.new.results);
        let key = format!("{}_results_fields", self.new.name);
        let change =
            |side, name: &String, field| self.change(side, path![&key, name], name, What::Field(field));
        let mut found = Vec::new();
        let mut moved: Vec<(usize, usize)> = Vec::new();
        for (was, name) in old.fields.iter().enumerate() {
            let Some(FieldId(now)) = self.field(FieldId(was)) else {
                found.push(change(Side::Old, name, FieldChange::Gone));
                continue;
            };
            if was != now {
                moved.push((was, now));
            }
            let today = &new.fields[now];
            if today != name {
                found.push(change(Side::New, today, FieldChange::Renamed { was: name.clone() }));
            }
            match (was < old.required, now < new.required) {
                (true, false) => found.push(change(Side::New, today, FieldChange::Optional)),
                (false, true) => found.push(change(Side::New, today, FieldChange::Required)),
                (true, true) | (false, false) => {}
            }
        }
        if let Some((was, now)) = moved.first().copied() {
            let more = moved.len() - 1;
            found.push(change(Side::New, &new.fields[now], FieldChange::Moved { was, now, more }));
        }
        let kept: Vec<_> = (0..old.fields.len()).filter_map(|at| self.field(FieldId(at))).collect();
        for (at, name) in new.fields.iter().enumerate().filter(|(at, _)| !kept.contains(&FieldId(*at))) {
            let is_required = at < new.required;
            let field = if is_required { FieldChange::Added } else { FieldChange::AddedOptional };
            found.push(change(Side::New, name, field));
        }
        found
    }

    fn path(&self) -> Option<Change> {
        let (was, now) = (&self.old.results.path, &self.new.results.path);
        let what = What::ResultsPath { was: was.clone(), now: now.clone() };
        (was != now).then(|| self.change(Side::New, path!["results"], "results", what))
    }

    /// A column of the raw table; none if there is no raw table in one of the versions.
    fn raw(&self, from: &Expr) -> Option<Expr> {
        self.tables.expression(self.old.raw_table()?, from, self.new.raw_table()?)
    }
}

/// Feedback.
impl Both<'_> {
    fn feedback(&self) -> Vec<Change> {
        let key = format!("{}_feedback_fields", self.new.name);
        let names = |pipeline: &Pipeline| -> Vec<String> {
            pipeline.feedback.iter().map(|field| field.name.clone()).collect()
        };
        let (was, now) = (names(self.old), names(self.new));
        if !now.starts_with(&was) {
            return vec![self.change(Side::New, path![&key], &key, What::FeedbackFields { was, now })];
        }
        let kept = self.old.feedback.iter().zip(&self.new.feedback);
        let other = kept.filter(|(was, now)| !self.is_same_feedback(was, now));
        let other = other.map(|(_, now)| (now, What::FeedbackValue));
        let added = self.new.feedback[was.len()..].iter().map(|field| (field, What::FeedbackAppended));
        other
            .chain(added)
            .map(|(field, what)| self.change(Side::New, path![&key, &field.name], &field.name, what))
            .collect()
    }

    fn is_same_feedback(&self, was: &FeedbackField, now: &FeedbackField) -> bool {
        let (old, new) = (self.old.scores_table(), self.new.scores_table());
        let scored = was.scored.as_ref().map(|from| self.tables.expression(old, from, new));
        let judged = was.judged.map(|id| {
            judged(self.old).zip(judged(self.new)).and_then(|(old, new)| self.tables.column(old, id, new))
        });
        scored == now.scored.clone().map(Some) && judged == now.judged.map(Some)
    }
}

/// The table of judgements.
fn judged(pipeline: &Pipeline) -> Option<&Table> {
    pipeline.tables.iter().find(|table| matches!(table.rows, crate::rows::Rows::Judged(_)))
}

/// A role: its name, what has it in words, and what has it in terms of the new model.
struct Role {
    name: &'static str,
    words: Option<String>,
    value: Option<Expr>,
}

/// Roles.
impl Both<'_> {
    fn roles(&self) -> Vec<Change> {
        let (before, after) = (roles(self.old), roles(self.new));
        let changed = before.into_iter().zip(after).filter_map(|(was, now)| {
            let same = match &was.value {
                Some(from) => self.role_value(from) == now.value,
                None => now.value.is_none(),
            };
            let what = match (was.words, now.words) {
                _ if same => return None,
                (None, None) => return None,
                (Some(was), None) => What::RoleGone { was },
                (None, Some(now)) => What::RoleAdded { now },
                (Some(was), Some(now)) => What::RoleMoved { was, now },
            };
            Some(self.change(Side::New, path!["roles", now.name], now.name, what))
        });
        let mut changed: Vec<Change> = changed.collect();
        changed.extend(self.raw_table());
        changed
    }

    fn role_value(&self, from: &Expr) -> Option<Expr> {
        match from.field() {
            Some(id) => self.field(id).map(Expr::Field),
            None => self.raw(from),
        }
    }

    /// The raw table is a role, too: which of several tables of raw rows commands read.
    fn raw_table(&self) -> Option<Change> {
        let same = self.old.raw.and_then(|id| self.tables.table(self.old, id, self.new));
        let name = |pipeline: &Pipeline| pipeline.raw_table().map(|table| format!("`{}`", table.name));
        let what = match (name(self.old), name(self.new)) {
            _ if same == self.new.raw => return None,
            (None, None) => return None,
            (Some(was), None) => What::RoleGone { was },
            (None, Some(now)) => What::RoleAdded { now },
            (Some(was), Some(now)) => What::RoleMoved { was, now },
        };
        Some(self.change(Side::New, path!["raw_table"], "raw_table", what))
    }
}

fn roles(pipeline: &Pipeline) -> Vec<Role> {
    let roles = &pipeline.roles;
    let of_raw = |name, value: Option<Expr>| {
        let words = pipeline.raw_table().zip(value.as_ref()).map(|(raw, from)| pipeline.in_words(raw, from));
        Role { name, words, value }
    };
    let columns = roles.columns().map(|(name, id)| of_raw(name, id.map(Expr::Column)));
    let fields = [("score", roles.score), ("why", roles.why)].map(|(name, id)| Role {
        name,
        words: id.map(|id| format!("the field `{}`", pipeline.results.fields[id.at()])),
        value: id.map(Expr::Field),
    });
    std::iter::once(of_raw("time", roles.time.clone())).chain(columns).chain(fields).collect()
}

/// Files of storyboards.
impl Both<'_> {
    fn story_files(&self) -> Vec<Change> {
        let named = |files: &[StoryFile], name: &str| files.iter().position(|file| file.file == name);
        let (old, new) = (&self.old.story_files, &self.new.story_files);
        let gone = old.iter().enumerate().filter(|(_, file)| named(new, &file.file).is_none());
        let gone = gone.map(|(at, file)| {
            self.change(Side::Old, path!["storyboard", at, "file"], &file.file, What::StoryFileGone)
        });
        let rest = new.iter().enumerate().filter_map(|(at, file)| {
            let what = match named(old, &file.file) {
                None => What::StoryFileAdded,
                Some(was) if !self.is_same_story_file(&old[was], file) => What::StoryFileChanged,
                Some(_) => return None,
            };
            Some(self.change(Side::New, path!["storyboard", at, "file"], &file.file, what))
        });
        gone.chain(rest).collect()
    }

    fn is_same_story_file(&self, was: &StoryFile, now: &StoryFile) -> bool {
        let Some((old, new)) = self.old.raw_table().zip(self.new.raw_table()) else { return false };
        let column = |id| self.tables.column(old, id, new);
        let lists = was.lists.iter().zip(&now.lists).all(|(was, now)| {
            was.name == now.name
                && column(was.equal) == Some(now.equal)
                && self.tables.columns(old, &was.columns, new).as_ref() == Some(&now.columns)
        });
        column(was.subject) == Some(now.subject) && was.lists.len() == now.lists.len() && lists
    }
}

/// The ranking.
impl Both<'_> {
    fn ranking(&self) -> Option<Change> {
        let (side, what) = match (&self.old.ranking, &self.new.ranking) {
            (None, None) => return None,
            (Some(_), None) => (Side::Old, RankingChange::Gone),
            (None, Some(_)) => (Side::New, RankingChange::Added),
            (Some(was), Some(now)) => {
                let was = self.mapped(was);
                if was.as_ref() == Some(now) {
                    return None;
                }
                let is_same = was.map(wordless) == Some(wordless(now.clone()));
                (Side::New, if is_same { RankingChange::Words } else { RankingChange::Computed })
            }
        };
        Some(self.change(side, path!["ranking"], "ranking", What::Ranking(what)))
    }

    /// The old ranking over columns of the new raw table; `None` if one of them is gone. What a new field of the results
    /// file receives counts as the same: the field is a change of its own.
    fn mapped(&self, ranking: &Ranking) -> Option<Ranking> {
        let fields = self.new.ranking.iter().flat_map(|ranking| &ranking.fields).enumerate();
        let was = |now| (0..ranking.fields.len()).find(|was| self.field(FieldId(*was)) == Some(FieldId(now)));
        let fields = fields.map(|(at, now)| match was(at).map(|was| &ranking.fields[was]) {
            Some(Written::Value(from)) => self.raw(from).map(Written::Value),
            Some(Written::Score) => Some(Written::Score),
            Some(Written::Why) => Some(Written::Why),
            None => Some(now.clone()),
        });
        let direction = match &ranking.direction {
            Some(it) => Some(Direction { why: self.reason(&it.why)?, ..it.clone() }),
            None => None,
        };
        let popular = match &ranking.popular {
            Some(it) => Some(Popular { conditions: self.conditions(&it.conditions)?, ..it.clone() }),
            None => None,
        };
        Some(Ranking {
            keys: ranking.keys.iter().map(|key| self.key(key)).collect::<Option<_>>()?,
            reply: self.conditions(&ranking.reply)?,
            values: ranking.values.iter().map(|value| self.value(value)).collect::<Option<_>>()?,
            spreads: ranking.spreads.clone(),
            weight: ranking.weight,
            ties: self.tables.columns(self.old.raw_table()?, &ranking.ties, self.new.raw_table()?)?,
            fields: fields.collect::<Option<_>>()?,
            failed: self.conditions(&ranking.failed)?,
            direction,
            popular,
        })
    }

    fn key(&self, key: &RankedKey) -> Option<RankedKey> {
        Some(RankedKey { name: key.name.clone(), from: self.raw(&key.from)?, reply: self.raw(&key.reply)? })
    }

    fn value(&self, value: &RankedValue) -> Option<RankedValue> {
        Some(RankedValue {
            of: match &value.of {
                Said::Key(at) => Said::Key(*at),
                Said::Row(from) => Said::Row(self.raw(from)?),
            },
            within: value.within.iter().map(|from| self.raw(from)).collect::<Option<_>>()?,
            why: self.reason(&value.why)?,
            ..value.clone()
        })
    }

    fn reason(&self, why: &Reason) -> Option<Reason> {
        let of = match &why.of {
            Some(of) => Some(self.raw(of)?),
            None => None,
        };
        Some(Reason { of, ..why.clone() })
    }

    fn conditions(&self, conditions: &[Condition]) -> Option<Vec<Condition>> {
        conditions.iter().map(|condition| condition.over(&|from| self.raw(from))).collect()
    }
}

/// A ranking without the words of its reasons.
fn wordless(mut ranking: Ranking) -> Ranking {
    let reasons = ranking.values.iter_mut().map(|value| &mut value.why);
    for why in reasons.chain(ranking.direction.as_mut().map(|direction| &mut direction.why)) {
        *why = Reason { text: String::new(), of: None, words: Default::default() };
    }
    ranking
}

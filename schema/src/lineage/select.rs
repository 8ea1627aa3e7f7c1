//! What decides which rows a table has: the day, conditions, columns that match, and the order of what is kept.

use super::{Found, Origin, Place, Scope, Use};
use crate::expression::Expr;
use crate::id::TableId;
use crate::rows::{Hubs, Judged, Match, Pair, Rows, Select, Sorted, Which};

impl Scope<'_> {
    /// Adds what decides about the rows of the table.
    pub(super) fn rows(self, found: &mut Found) {
        match &self.own().rows {
            Rows::Ingest => self.records(found),
            Rows::Results | Rows::Comments | Rows::Program => {}
            Rows::Select(select) => self.selected(select, found),
            Rows::Judged(Judged { of }) => {
                for column in self.own().key.iter().filter_map(|id| self.own()[*id].from.column()) {
                    found.add(Origin::Column(Place { table: *of, column }), Use::Join);
                }
            }
        }
    }

    /// The fields by which each format says which records become rows.
    fn records(self, found: &mut Found) {
        if self.pipeline.raw != Some(self.table) {
            return;
        }
        for (format, source) in self.pipeline.sources.iter().enumerate() {
            for field in source.only.iter().flat_map(|only| only.fields()) {
                found.add(Origin::Raw { format, field }, Use::Filter);
            }
        }
    }

    fn selected(self, select: &Select, found: &mut Found) {
        match &select.which {
            Which::Day => self.day_of(select.from, found),
            Which::Rollup => {}
            Which::Results(matched) => self.matched(matched, select, found),
            Which::Hubs(Hubs { between, peers: _ }) => {
                self.day_of(select.from, found);
                between.iter().for_each(|pair| self.pair(*pair, found));
            }
            Which::Subjects(columns) => {
                self.day_of(select.from, found);
                columns.iter().for_each(|column| found.add(self.base(*column), Use::Join));
                self.subjects().for_each(|place| found.add(Origin::Column(place), Use::Join));
            }
        }
        self.conditions(&select.conditions, Use::Filter, found);
        let is_grouped = self.own().is_grouped();
        if is_grouped || select.distinct {
            self.all_columns(Use::GroupBy, &|from| !from.is_aggregate(), found);
        }
        if select.limit.is_some() {
            for Sorted { by, descending: _ } in &select.order {
                self.follow(&self.own()[*by].from, Use::Sort, found);
            }
            self.all_columns(Use::Sort, &|_| true, found);
        }
    }

    /// How rows match scored rows. Without a time, those of the day match.
    fn matched(self, matched: &Match, select: &Select, found: &mut Found) {
        matched.pairs().for_each(|pair| self.pair(pair, found));
        match &matched.within {
            Some(within) => {
                self.follow(&within.from, Use::Join, found);
                let scores = Scope { table: self.pipeline.scores, ..self };
                scores.follow(&within.scored, Use::Join, found);
            }
            None => self.day_of(select.from, found),
        }
        if matched.at_most.is_some() {
            matched.pairs().for_each(|pair| found.add(self.base(pair.from), Use::Window));
            if let Some(within) = &matched.within {
                self.follow(&within.from, Use::Window, found);
            }
            self.all_columns(Use::Window, &|_| true, found);
        }
    }

    fn pair(self, pair: Pair, found: &mut Found) {
        found.add(self.base(pair.from), Use::Join);
        found.add(Origin::Column(Place { table: self.pipeline.scores, column: pair.scored }), Use::Join);
    }

    /// The columns that hold the day of a row.
    pub(super) fn day_of(self, table: TableId, found: &mut Found) {
        let days = &self.pipeline[table];
        for column in days.ids().skip(days.own_columns().len()).take(days.day_columns().len()) {
            found.add(Origin::Column(Place { table, column }), Use::Filter);
        }
    }

    /// The inputs of the columns of the table whose expressions are as wanted, without those of the partition.
    fn all_columns(self, how: Use, is_wanted: &dyn Fn(&Expr) -> bool, found: &mut Found) {
        let mut read = Found::default();
        for column in self.own().own_columns().iter().filter(|column| is_wanted(&column.from)) {
            self.follow(&column.from, how, &mut read);
        }
        read.0
            .into_iter()
            .filter(|input| input.origin != Origin::Constant)
            .for_each(|input| found.push(input));
    }

    /// The two ends of a row, one of which is the hub.
    pub(super) fn hub(self, how: Use, found: &mut Found) {
        let Rows::Select(select) = &self.own().rows else { return };
        match &select.which {
            Which::Hubs(hubs) => {
                let how = how.max(Use::Transformation);
                hubs.between.iter().for_each(|pair| found.add(self.base(pair.from), how));
            }
            Which::Day | Which::Rollup | Which::Results(_) | Which::Subjects(_) => {}
        }
    }
}

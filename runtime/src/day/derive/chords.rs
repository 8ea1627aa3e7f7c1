//! Chords: for each address with two or more distinct peers among the suspicious rows, the day's traffic between the
//! address and each peer, summed up by direction.

use flow_oa_core::fail_point;
use std::collections::{BTreeMap, BTreeSet};

use flow_oa_core::{Batch, Date, Text};
use flow_oa_schema::model::{Chords, Origin, Pipeline, Table};
use sea_query::{Alias, Cond, Expr, ExprTrait, Query};

use super::basis::Basis;
use super::look_up::{go_through, look_up};
use super::staged::{Staged, positions, scored, texts};
use super::{DayRollups, Made, insert, on, raw_is};
use crate::error::{Error, Result};
use flow_oa_engine::{Relation, Unit};

const CHORDS: Relation<'_> = Relation {
    name: "flow_oa_chord",
    columns: &["source", "destination", "hub"],
    whole: &[false, false, false],
};

pub(super) fn fill(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    (table, rows): (&Table, &Chords),
    rollups: &DayRollups<'_>,
    day: Date,
    scores: &dyn Batch,
) -> Result<u64> {
    let raw = pipeline.table(&rows.raw).ok_or_else(|| Error::Internal(format!("no table {}", rows.raw)))?;
    let places = positions(pipeline.scores_table(), scored(&rows.ends))?;
    let staged = unit.stage(&CHORDS, &chords(&texts(scores, places)))?;
    fail_point!("run-staged");
    let ends = rows.ends.each_ref().map(|it| Origin::Raw(it.raw.clone()));
    let asked: Vec<Origin> = own_origins(table).chain(ends.iter().cloned()).collect();
    let basis = Basis::of(rollups, raw, &asked);
    let chord = |name: &str| Expr::col((Alias::new(&staged), Alias::new(name)));
    let mut fits = Cond::all().add(raw_is(&on(basis.table, day)));
    for (name, end) in CHORDS.columns.iter().zip(&ends) {
        let column = basis.value(end).ok_or_else(|| Error::Internal(format!("{} lacks an end", rows.raw)))?;
        fits = fits.add(column.eq(chord(name)));
    }
    let mut select = Query::select();
    if basis.is_keyed() {
        look_up(unit, &mut select, &staged, &basis.table.name, fits)?;
    } else {
        go_through(unit, &mut select, &staged, &basis.table.name, fits)?;
    }
    let value = |origin: &Origin| match origin {
        Origin::Hub => Some(chord("hub")),
        Origin::Raw(_) => ends.iter().position(|end| end == origin).map(|at| chord(CHORDS.columns[at])),
        _ => basis.value(origin),
    };
    let inserted = insert(unit, table, day, Made::OfGroups, select, value)?;
    unit.unstage(&staged)?;
    Ok(inserted)
}

/// The origins of the table's columns that come from raw rows.
fn own_origins(table: &Table) -> impl Iterator<Item = Origin> {
    table.own_columns().iter().map(|it| it.origin.clone()).filter(|it| *it != Origin::Hub)
}

/// Both directions of every pair of a hub and one of its peers.
fn chords(pairs: &[[Text; 2]]) -> Staged {
    let mut peers: BTreeMap<&Text, BTreeSet<&Text>> = BTreeMap::new();
    for [from, to] in pairs.iter().filter(|[from, to]| from != to) {
        peers.entry(from).or_default().insert(to);
        peers.entry(to).or_default().insert(from);
    }
    let hubs = peers.into_iter().filter(|(_, peers)| peers.len() >= 2);
    let both = |hub: &Text, peer: &Text| {
        [vec![hub.clone(), peer.clone(), hub.clone()], vec![peer.clone(), hub.clone(), hub.clone()]]
    };
    let rows = hubs.flat_map(|(hub, peers)| peers.into_iter().flat_map(move |peer| both(hub, peer)));
    Staged { rows: rows.map(|texts| (texts, Vec::new())).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_has_two_peers_besides_itself() {
        let pair = |from: &str, to: &str| [Text::from(from), Text::from(to)];
        let staged =
            chords(&[pair("a", "a"), pair("a", "b"), pair("b", "a"), pair("c", "d"), pair("e", "c")]);
        let rows: Vec<String> = staged.rows.iter().map(|(texts, _)| texts.join(" ")).collect();
        assert_eq!(rows, ["c d c", "d c c", "c e c", "e c c"]);
    }
}

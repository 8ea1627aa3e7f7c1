//! Rows of the day between a hub, which is an address with several distinct peers among the scored rows, and each of
//! these peers.

use flow_oa_core::{Batch, Date, Text, fail_point};
use std::collections::{BTreeMap, BTreeSet};

use flow_oa_schema::model::{Expr as Source, Hubs};
use sea_query::{Alias, Expr, ExprTrait, Query};

use super::computing::LookUp;
use super::look_up::{go_through, look_up};
use super::staged::{Staged, text};
use super::{DayRollups, Derived, Selected, insert, on, raw_is};
use flow_oa_engine::{Relation, Unit};
use flow_oa_site::Result;

const CHORDS: Relation<'_> = Relation {
    name: "flow_oa_chord",
    columns: &["source", "destination", "hub"],
    whole: &[false, false, false],
};

pub(super) fn fill(
    unit: &mut dyn Unit,
    derived: &Derived<'_>,
    hubs: &Hubs,
    rollups: &DayRollups<'_>,
    day: Date,
    scores: &dyn Batch,
    context: &mut dyn LookUp,
) -> Result<u64> {
    let staged = unit.stage(&CHORDS, &chords(&pairs(hubs, scores), hubs.peers))?;
    fail_point!("run-staged");
    let ends = hubs.between.map(|pair| Source::Column(pair.from));
    let own = derived.table.own_columns().iter().map(|column| &column.from);
    let asked = own.filter(|from| **from != Source::Hub).chain(&ends);
    let basis = derived.basis(unit.dialect(), rollups, asked);
    let chord = |name: &str| Expr::col((Alias::new(&staged), Alias::new(name)));
    let mut fits = basis.conditions(&derived.select.conditions)?.add(raw_is(&on(basis.table, day)));
    for (name, end) in CHORDS.columns.iter().zip(&ends) {
        fits = fits.add(basis.value(end)?.eq(chord(name)));
    }
    let mut select = Query::select();
    if basis.is_keyed() {
        look_up(unit, &mut select, &staged, &basis.table.name, fits)?;
    } else {
        go_through(unit, &mut select, &staged, &basis.table.name, fits)?;
    }
    let value = |from: &Source| match ends.iter().position(|end| end == from) {
        Some(at) => Ok(chord(CHORDS.columns[at])),
        None if *from == Source::Hub => Ok(chord("hub")),
        None => basis.value(from),
    };
    let rows = Selected { basis: &basis, select, most: None };
    let inserted = insert(unit, derived, day, rows, value, context)?;
    unit.unstage(&staged)?;
    Ok(inserted)
}

/// The two ends of each scored row.
fn pairs(hubs: &Hubs, scores: &dyn Batch) -> Vec<[Text; 2]> {
    let mut cells = Vec::new();
    let rows = (0..scores.len()).map(|row| {
        scores.cells(row, &mut cells);
        hubs.between.map(|pair| text(&cells, pair.scored))
    });
    rows.collect()
}

/// Both directions of every pair of a hub and one of its peers. A hub has at least `least` of them.
fn chords(pairs: &[[Text; 2]], least: usize) -> Staged {
    let mut peers: BTreeMap<&Text, BTreeSet<&Text>> = BTreeMap::new();
    for [from, to] in pairs.iter().filter(|[from, to]| from != to) {
        peers.entry(from).or_default().insert(to);
        peers.entry(to).or_default().insert(from);
    }
    let hubs = peers.into_iter().filter(|(_, peers)| peers.len() >= least);
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
        let pairs = [pair("a", "a"), pair("a", "b"), pair("b", "a"), pair("c", "d"), pair("e", "c")];
        let staged = chords(&pairs, 2);
        let rows: Vec<String> = staged.rows.iter().map(|(texts, _)| texts.join(" ")).collect();
        assert_eq!(rows, ["c d c", "d c c", "c e c", "e c c"]);
        assert!(chords(&pairs, 3).rows.is_empty());
    }
}

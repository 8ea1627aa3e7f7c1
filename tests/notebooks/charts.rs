//! What the charts of a played notebook hold, to be compared with the rows of the database.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::stage::{Played, Stage};

/// The probe that [`Charts`] reads: the contents of the charts in the output of cells, by the source of the cell.
pub(crate) const CHARTS: &str = r#"
import json
print(json.dumps({In[at]: content(it) for at, it in Out.items() if type(it).__name__ == "Figure"}))
"#;

/// The charts of a notebook that was played with [`CHARTS`] as its first probe.
pub(crate) struct Charts<'a>(pub(crate) &'a Played);

impl Charts<'_> {
    /// The contents of the chart that a cell showed; its picture must not be blank.
    pub(crate) fn of(&self, call: &str) -> Value {
        let by_source = self.0.probes[0].as_object().unwrap();
        let (source, content) = by_source
            .iter()
            .find(|(source, _)| source.contains(call))
            .unwrap_or_else(|| panic!("no cell with {call:?} shows a chart"));
        let pictures = self.0.cell(source)["pictures"].as_array().unwrap();
        let [picture] = pictures.as_slice() else { panic!("{source}: {pictures:?}") };
        assert!(picture["inked"].as_f64().unwrap() > 0.01, "{picture}");
        assert!(picture["width"].as_u64().unwrap() > 300, "{picture}");
        content.clone()
    }
}

pub(crate) fn numbers(chart: &Value, key: &str) -> Vec<u64> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bars of whole numbers")]
    chart[key].as_array().unwrap().iter().map(|number| number.as_f64().unwrap().round() as u64).collect()
}

/// Checks the chart of a table of minutes, one bar per quarter of an hour. Returns the number of raw rows.
pub(crate) fn summary(stage: &Stage, table: &str, charts: &Charts<'_>) -> u64 {
    let mut bars = vec![0; 96];
    for row in stage.site.rows(&format!("SELECT tdate, total FROM {table}")) {
        let (minute, total) = row.split_once('|').unwrap();
        let [hour, minute] = [11..13, 14..16].map(|range| minute[range].parse::<usize>().unwrap());
        bars[(hour * 60 + minute) / 15] += total.parse::<u64>().unwrap();
    }
    assert_eq!(numbers(&charts.of("plot_summary"), "heights"), bars);
    bars.iter().sum()
}

/// The counts of each value, in descending order, at most ten.
pub(crate) fn top(values: impl Iterator<Item = String>) -> Vec<u64> {
    let mut counted = BTreeMap::new();
    values.for_each(|value| *counted.entry(value).or_default() += 1);
    let mut counts: Vec<u64> = counted.into_values().collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    counts.truncate(10);
    counts
}

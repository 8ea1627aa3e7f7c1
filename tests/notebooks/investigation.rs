//! The notebook of an investigation: its panel, through the handlers of its widgets, and the same work through plain
//! calls.

use serde_json::{Value, json};

use crate::stage::Stage;

/// What a user does with the panel, and what it then shows.
const CLICKS: &str = r#"
import json
steps = {"kind": type(panel).__name__, "listed": [value for _, value in panel.listed.options], "first": panel.subject.value}
panel.listed.value = steps["listed"][-1]
steps["chosen"] = panel.subject.value
panel.listed.value = steps["listed"][0]
panel.find.click()
steps["said"] = panel.message.value
steps["tables"] = {panel.shown.get_title(at): it.value.split("<tbody>")[1].count("<tr>") for at, it in enumerate(panel.shown.children)}
panel.title.value = "It's \"odd\" <b>; DROP TABLE flow"
panel.text.value = "first\nsecond 'line' <script>alert(1)</script> $(id) `id` \\ \u00fc\u2603"
panel.store.click()
steps["saved"] = [panel.message.value, panel.saved["timeline_rows"]]
panel.title.value += " again"
panel.store.click()
steps["asked"] = [panel.message.value, panel.store.description, oa.comments()["title"].tolist()]
panel.title.value += " and again"
panel.store.click()
steps["other"] = [panel.store.description, oa.comments()["title"].tolist()]
panel.store.click()
steps["replaced"] = [panel.message.value, panel.store.description]
panel.subject.value = "<img src=x onerror=alert(1)>"
panel.find.click()
steps["nonsense"] = panel.message.value
print(json.dumps(steps))
"#;

/// The same calls without widgets.
const PLAINLY: &str = r#"
import json, sys
sys.modules["ipywidgets"] = None
try:
    oa.Investigation(subjects)
    without = "the panel came"
except ImportError:
    without = "no panel"
def again(**yes):
    return oa.storyboard(address, title="again", text="in the place of it", top=3, **yes)
try:
    again()
    shown = "stored"
except oa.Unconfirmed as error:
    shown = error.preview["comments"][0]["text"]
    assert error._render_traceback_()[-1].endswith("yes=True."), error._render_traceback_()
stored = again(yes=True)
print(json.dumps([without, shown.split(chr(10))[0], address, stored["timeline_rows"], [len(it) for it in oa.top_talkers(address, top=7).values()]]))
"#;

pub(crate) fn by_the_panel_and_without(stage: &Stage) {
    let site = &stage.site;
    let played = stage.plays("Threat_Investigation", &[CLICKS]);
    let address = clicked(stage, &played.probes[0]);
    let talkers = |end: &str| {
        let row = "sip, sport, dip, dport, proto";
        site.rows(&format!("SELECT DISTINCT {row} FROM flow WHERE {end} = '{address}'")).len()
    };
    for (table, end) in [("inbound by bytes", "dip"), ("outbound by connections", "sip")] {
        assert_eq!(played.rows(&format!("talkers[\"{table}\"]")), talkers(end).min(20), "{table}");
    }
    let played = stage.plays("Threat_Investigation", &[PLAINLY]);
    let lengths = ["dip", "dip", "sip", "sip"].map(|end| talkers(end).min(7));
    let timeline = site.count(&format!("flow_timeline WHERE ip_threat = '{address}'"));
    assert!(timeline <= 3);
    assert_eq!(played.probes[0], json!(["no panel", "first", address, timeline, lengths]));
    // Saving again replaces the stored comment.
    assert_eq!(
        site.rows("SELECT ip_threat, title, text FROM flow_storyboard"),
        [format!("{address}|again|in the place of it")]
    );
}

/// Checks what the panel did. Returns the address of the comment.
fn clicked<'a>(stage: &Stage, steps: &'a Value) -> &'a str {
    assert_eq!(steps["kind"], "Investigation");
    let listed: Vec<&str> =
        steps["listed"].as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect();
    let address = listed[0];
    assert_eq!([&steps["first"], &steps["chosen"]], [address, listed[listed.len() - 1]]);
    let tables = steps["tables"].as_object().unwrap();
    // The top talkers, and the suspicious connections from or to the address.
    let of = |start: &str| tables.keys().filter(|title| title.starts_with(start)).count();
    assert_eq!([of("inbound by "), of("outbound by ")], [2, 2], "{tables:?}");
    assert!(of("suspicious rows, ") > 0, "{tables:?}");
    for (title, rows) in tables {
        let number: u64 = title.rsplit_once('(').unwrap().1.trim_end_matches(')').parse().unwrap();
        assert_eq!(rows, &Value::from(number), "{title}");
    }
    let stored = stage.site.database.rows("SELECT title, text FROM flow_storyboard");
    let text = "first\nsecond 'line' <script>alert(1)</script> $(id) `id` \\ \u{fc}\u{2603}";
    let title = "It's \"odd\" <b>; DROP TABLE flow";
    assert_eq!(stored, [[&format!("{title} again and again"), text]]);
    let asked = steps["asked"][0].as_str().unwrap();
    assert!(asked.contains("would be replaced") && asked.contains("DROP TABLE flow; text: first"), "{asked}");
    assert_eq!(steps["asked"], json!([asked, "Replace", [title]]), "the first click only shows");
    assert_eq!(steps["other"], json!(["Replace", [title]]), "what was not shown is not replaced");
    assert_eq!(steps["replaced"][1], "Save");
    assert!(steps["replaced"][0].as_str().unwrap().contains("Saved, with "), "{}", steps["replaced"]);
    let timeline = stage.site.count("flow_timeline");
    assert!(timeline > 0 && timeline <= 20);
    assert_eq!(steps["saved"][1], timeline);
    assert!(steps["saved"][0].as_str().unwrap().contains("Saved, with "), "{}", steps["saved"]);
    let nonsense = steps["nonsense"].as_str().unwrap();
    assert!(nonsense.contains("&lt;img src=x") && !nonsense.contains("<img"), "{nonsense}");
    address
}

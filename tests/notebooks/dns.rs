//! The notebooks of a day of DNS responses: a name that tunnels data, among answers of ordinary names.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::charts::{CHARTS, Charts, numbers, summary, top};
use crate::home::DAY;
use crate::site::Site;
use crate::stage::{Day, Stage};

/// The client of the tunnel, and a name that another client asks for, too.
const CLIENT: &str = "192.0.2.1";
const NAME: &str = "bad.example.net";

/// The first second of the day.
const MIDNIGHT: u32 = 1_467_936_000;

/// A day with one answer every four minutes. A name repeats every 60 answers, and a client every three.
pub(crate) fn made_up(site: &Site) -> Option<Day> {
    let mut raw = String::from(
        "frame_time,unix_tstamp,frame_len,ip_dst,ip_src,dns_qry_name,dns_qry_class,dns_qry_type,dns_qry_rcode,dns_a,y,m,d,h\n",
    );
    let mut results = String::new();
    for number in 0..360 {
        let (second, minute, client) = (MIDNIGHT + number * 240, number * 4, number % 3 + 1);
        let name = match number % 60 {
            0 | 1 => NAME.to_owned(),
            2..10 => format!("{:040x}.tunnel.example.org", number * 7919),
            part => format!("host{part}.example.com"),
        };
        let (time, length) = (format!("Jul 8 2016 {:02}:{:02}:00", minute / 60, minute % 60), 60 + number);
        let (kind, code) = if number % 2 == 0 { (1, 0) } else { (16, 3) };
        let answer = format!("0x0001,{kind},{code},198.51.100.{}", number % 250);
        let day = format!("2016,7,8,{}", minute / 60);
        writeln!(raw, "{time},{second},{length},192.0.2.{client},203.0.113.53,{name},{answer},{day}")
            .unwrap();
        if number % 60 < 10 {
            let probability = f64::from(number + 1) * 1e-6;
            let fields = format!("192.0.2.{client}\t{name}\t0x0001\t{kind}\t{code}\t{probability:e}");
            writeln!(results, "{time}\t{second}\t{length}\t{fields}").unwrap();
        }
    }
    site.home.write("dns.csv", raw);
    site.home.write("results.tsv", results);
    site.home.write("context/reputation.csv", format!("{NAME},HIGH,3\n"));
    site.home.write("context/types.csv", "code,name\n1,A\n16,TXT\n");
    site.home.write("context/codes.csv", "code,name\n0,NOERROR\n3,NXDOMAIN\n");
    site.home.write("context/classes.csv", "code,name\n1,IN\n");
    let codes = json!({
        "dns_qry_class": "context/classes.csv", "dns_qry_type": "context/types.csv", "dns_qry_rcode": "context/codes.csv",
    });
    site.home.write("flow_oa.json", json!({"context": {"codes": codes}}).to_string());
    site.does(&["ingest", "dns.csv", "-t", "dns"]);
    site.does(&["run", "-d", DAY, "-t", "dns", "--results", "results.tsv"]);
    Some(Day { pipeline: "dns", date: DAY })
}

pub(crate) fn shows_the_day(stage: &Stage) {
    let played = stage.plays("Advanced_Mode", &[CHARTS]);
    let site = &stage.site;
    let said = played.cell("import flow_oa")["stdout"].as_str().unwrap();
    assert_eq!(said, format!("60 answers of {} are not scored yet\n", stage.day));
    let charts = Charts(&played);
    assert_eq!(summary(stage, "dns_ingest_summary", &charts), 360);
    assert_eq!(charts.of("plot_scores")["points"], json!([60]));
    for column in ["tld", "dns_qry_type_name", "dns_qry_rcode_name"] {
        let values = site.rows(&format!("SELECT {column} FROM dns_scores")).into_iter();
        let chart = charts.of(&format!("plot_top(answers[\"{column}\"]"));
        assert_eq!(numbers(&chart, "widths"), top(values), "{column}");
    }
    let clients = site.rows("SELECT ip_dst FROM dns_scores").into_iter();
    assert_eq!(numbers(&charts.of("plot_top(answers[client]"), "widths"), top(clients));
    assert_eq!(played.rows("domains = "), 2);
    assert_eq!(played.rows("names = "), 10);
    assert_eq!(played.rows("dns_qry_rcode=3"), 10);
    // In the hour of the first answer two clients asked for its name; its client asked for much more that day.
    assert_eq!(played.rows("oa.details(rank) if"), 2);
    assert_eq!(played.rows("dns_dendro"), 20);
}

/// What an analyst does with the panel: scores both severities of an answer, changes them, and comments on the name.
const CLICKS: &str = r#"
import json
steps = {"listed": [value for _, value in panel.listed.options], "why": candidates["why"].iloc[0]}
panel.listed.value = "bad.example.net"
panel.find.click()
steps["tables"] = {panel.shown.get_title(at): it.value.split("<tbody>")[1].count("<tr>") for at, it in enumerate(panel.shown.children)}
steps["ranks"] = [value for _, value in panel.ranks.options]
panel.rate.click()
steps["nothing"] = [panel.message.value, len(oa.threats())]
panel.ranks.value = 1
panel.severities["ip"].value = "high"
panel.note.value = "tunnel?"
panel.rate.click()
def stored():
    return [[int(it) for it in row] for row in oa.threats()[["rank", "ip_sev", "dns_sev"]].values]
steps["scored"] = [panel.message.value, stored()]
panel.severities["dns"].value = "low"
panel.rate.click()
steps["asked"] = [panel.message.value, panel.rate.description, stored()]
panel.rate.click()
steps["changed"] = [panel.message.value, panel.rate.description, stored()]
panel.title.value, panel.text.value = "A name", "that two clients asked for"
panel.store.click()
steps["saved"] = panel.message.value
steps["timeline"] = len(oa.timeline("bad.example.net"))
steps["high"] = oa.candidates(subjects)[["subject", "why"]].values.tolist()
steps["both"] = oa.score("medium", where=["dns_qry_name=bad.example.net", "rank>1"])["rows"]
print(json.dumps(steps))
"#;

pub(crate) fn is_investigated(stage: &Stage) {
    let played = stage.plays("Threat_Investigation", &[CLICKS]);
    let site = &stage.site;
    let steps = &played.probes[0];
    let listed: Vec<&str> =
        steps["listed"].as_array().unwrap().iter().map(|item| item.as_str().unwrap()).collect();
    assert_eq!(listed, [NAME, CLIENT, "192.0.2.2"]);
    assert_eq!(steps["why"], "high risk by reputation");
    let tables = json!({"suspicious rows, dns_qry_name (12)": 12, "dns_edge by ip_dst, dns_a (2)": 2});
    assert_eq!(steps["tables"], tables);
    let ranks =
        site.rows(&format!("SELECT rank FROM dns_scores WHERE dns_qry_name = '{NAME}' ORDER BY rank"));
    let ranks: Vec<Value> = ranks.iter().map(|rank| rank.parse::<u64>().unwrap().into()).collect();
    assert_eq!(steps["ranks"], Value::from(ranks));
    let says = |step: &Value, words: &str| assert!(step.as_str().unwrap().contains(words), "{step}");
    says(&steps["nothing"][0], "choose a severity");
    assert_eq!(steps["nothing"][1], 0);
    says(&steps["scored"][0], "Scored: 1 suspicious rows as ip=high");
    assert_eq!(steps["scored"][1], json!([[1, 1, 0]]));
    says(&steps["asked"][0], "would change");
    assert_eq!(
        (&steps["asked"][1], &steps["asked"][2]),
        (&"Replace".into(), &json!([[1, 1, 0]])),
        "not asked"
    );
    says(&steps["changed"][0], "Scored: 1 suspicious rows as ip=high,dns=low");
    assert_eq!((&steps["changed"][1], &steps["changed"][2]), (&"Score".into(), &json!([[1, 1, 3]])));
    says(&steps["saved"], "Saved, with 2 rows of the timeline");
    assert_eq!(steps["timeline"], 2);
    assert_eq!(steps["high"], json!([["192.0.2.2", "scored high"]]), "only the client is scored high");
    assert_eq!(steps["both"], 10);
    assert_eq!(
        site.rows("SELECT ip_sev, dns_sev, note FROM dns_threat_investigation WHERE rank = 1"),
        ["1|3|tunnel?"]
    );
    assert_eq!(
        site.rows("SELECT ip_threat, dns_threat, title, text FROM dns_storyboard"),
        [format!("|{NAME}|A name|that two clients asked for")]
    );
    let totals = site.rows("SELECT anchor, total, ip_dst FROM dns_threat_dendro ORDER BY ip_dst");
    assert_eq!(totals, [format!("{NAME}|6|{CLIENT}"), format!("{NAME}|6|192.0.2.2")]);
}

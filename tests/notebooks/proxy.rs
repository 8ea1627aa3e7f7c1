//! The notebooks of a day of requests to a proxy: a URL that two clients request, among ordinary ones.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::charts::{CHARTS, Charts, numbers, summary, top};
use crate::home::DAY;
use crate::site::Site;
use crate::stage::{Day, Stage};

const URL: &str = "bad.example.net/in?q=1";

/// The header of the raw file, with the columns of Spot's table.
const HEADER: &str = "p_date,p_time,clientip,host,reqmethod,useragent,resconttype,duration,username,authgroup,exceptionid,\
    filterresult,webcat,referer,respcode,action,urischeme,uriport,uripath,uriquery,uriextension,serverip,scbytes,csbytes,\
    virusid,bcappname,bcappoper,fulluri,y,m,d,h";

/// A day with one request every four minutes. A URL repeats every 60 requests, and a client every three.
pub(crate) fn made_up(site: &Site) -> Option<Day> {
    let mut raw = format!("{HEADER}\n");
    let mut results = String::new();
    for number in 0..360 {
        let (minute, client, part) = (number * 4, number % 3 + 1, number % 60);
        let time = format!("{:02}:{:02}:00", minute / 60, minute % 60);
        let client = format!("192.0.2.{client}");
        let (host, path, query) = match part {
            0 | 1 => ("bad.example.net".to_owned(), "/in", "?q=1"),
            _ => (format!("host{part}.example.com"), "/", ""),
        };
        let (method, status) = if number % 2 == 0 { ("GET", 200) } else { ("POST", 404) };
        let (uri, received, sent) =
            (format!("{host}{}{query}", if path.len() > 1 { path } else { "" }), 2000, 900 + number * 10);
        let request = format!("{client},{host},{method},agent/{},text/html,{number},-", number % 4);
        let answer =
            format!("-,-,OBSERVED,none,http://www.example.org/,{status},TCP_MISS,http,80,{path},{query},-");
        let server = format!("198.51.100.7,{received},{sent},-,-,-");
        writeln!(raw, "2016-07-08,{time},{request},{answer},{server},{uri},2016,7,8,{}", minute / 60)
            .unwrap();
        if part < 10 {
            let probability = f64::from(number + 1) * 1e-6;
            let request = format!("{client}\t{host}\t{method}\tagent/{}\ttext/html\t{number}\t-", number % 4);
            let answer =
                format!("none\thttp://www.example.org/\t{status}\t80\t{path}\t{query}\t198.51.100.7");
            let rest = format!("{received}\t{sent}\t{uri}\tword\t{probability:e}");
            writeln!(results, "2016-07-08\t{time}\t{request}\t{answer}\t{rest}").unwrap();
        }
    }
    site.home.write("proxy.csv", raw);
    site.home.write("results.tsv", results);
    site.home.write("context/codes.csv", "code,name\n200,OK\n404,Not Found\n");
    let codes = json!({"proxy_http_rcode": "context/codes.csv"});
    site.home.write("flow_oa.json", json!({"context": {"codes": codes}}).to_string());
    site.does(&["ingest", "proxy.csv", "-t", "proxy"]);
    site.does(&["run", "-d", DAY, "-t", "proxy", "--results", "results.tsv"]);
    Some(Day { pipeline: "proxy", date: DAY })
}

pub(crate) fn shows_the_day(stage: &Stage) {
    let played = stage.plays("Advanced_Mode", &[CHARTS]);
    let site = &stage.site;
    let said = played.cell("import flow_oa")["stdout"].as_str().unwrap();
    assert_eq!(said, format!("60 requests of {} are not scored yet\n", stage.day));
    let charts = Charts(&played);
    assert_eq!(summary(stage, "proxy_ingest_summary", &charts), 360);
    assert_eq!(charts.of("plot_scores")["points"], json!([60]));
    let named = ["resconttype", "respcode_name", "useragent"].map(|column| (column, format!("\"{column}\"")));
    let of_roles = [("host", "host".to_owned()), ("clientip", "client".to_owned())];
    for (column, shown) in of_roles.into_iter().chain(named) {
        let values = site.rows(&format!("SELECT {column} FROM proxy_scores")).into_iter();
        let chart = charts.of(&format!("plot_top(requests[{shown}]"));
        assert_eq!(numbers(&chart, "widths"), top(values), "{column}");
    }
    assert_eq!(played.rows("hosts = "), 9);
    let uploads = site.count("proxy_scores WHERE csbytes > scbytes");
    assert!(uploads > 0);
    let said = played.cell("uploads = ")["stdout"].as_str().unwrap();
    assert_eq!(said, format!("{uploads} requests sent more than they received\n"));
    assert_eq!(played.rows("reqmethod=POST"), 10);
    assert_eq!(played.rows("oa.details"), 1);
    let urls = site.count("(SELECT DISTINCT host, uriport, fulluri FROM proxy WHERE clientip = '192.0.2.1')");
    assert_eq!(played.rows("oa.investigate"), urls.min(20));
}

/// What an analyst does with the panel: scores a URL and comments on it.
const CLICKS: &str = r#"
import json
steps = {"first": panel.subject.value, "severities": list(panel.severities)}
panel.listed.value = "bad.example.net/in?q=1"
panel.find.click()
steps["tables"] = [panel.shown.get_title(at) for at in range(len(panel.shown.children))]
panel.ranks.value = panel.ranks.options[0][1]
panel.severities[""].value = "high"
panel.rate.click()
steps["scored"] = panel.message.value
panel.title.value, panel.text.value = "A URL", "that two clients requested"
panel.store.click()
steps["saved"] = panel.message.value
steps["files"] = panel.saved["files"]
steps["high"] = oa.candidates(subjects)[["subject", "why"]].values.tolist()
panel.subject.value = "192.0.2.1"
panel.find.click()
steps["client"] = panel.shown.get_title(2)
print(json.dumps(steps))
"#;

pub(crate) fn is_investigated(stage: &Stage) {
    let played = stage.plays("Threat_Investigation", &[CLICKS]);
    let site = &stage.site;
    let steps = &played.probes[0];
    assert_eq!((&steps["first"], &steps["severities"]), (&URL.into(), &json!([""])));
    let counted = "suspicious rows by clientip, reqmethod, respcode_name, referer (2)";
    assert_eq!(steps["tables"], json!(["suspicious rows, fulluri (12)", counted]));
    let says = |step: &Value, words: &str| assert!(step.as_str().unwrap().contains(words), "{step}");
    // A score is of a URL, whoever requested it.
    says(&steps["scored"], "Scored: 12 suspicious rows as high");
    says(&steps["saved"], "Saved, with 12 rows of the timeline");
    assert_eq!(steps["high"], json!([[URL, "scored high"]]));
    says(&steps["client"], "outbound by connections (20)");
    assert_eq!(site.rows("SELECT fulluri, uri_sev FROM proxy_threat_investigation"), [format!("{URL}|1")]);
    assert_eq!(
        site.rows("SELECT p_threat, title, text FROM proxy_storyboard"),
        [format!("{URL}|A URL|that two clients requested")]
    );
    let [file] = steps["files"].as_array().unwrap().as_slice() else { panic!("{}", steps["files"]) };
    says(file, "incident-progression-");
}

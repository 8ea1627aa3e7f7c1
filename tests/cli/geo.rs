//! `flow-oa geo`: import of files from providers, and look-up of addresses in all context of a site.

use crate::home::{Home, at, result};

const CITIES: &str = "198.51.100.0,198.51.100.255,EU,NL,North Holland,Amsterdam,52.3,4.9\n\
    2001:db8::,2001:db8::ffff,EU,DE,Berlin,\"Berlin, Mitte\",52.5,13.4\n";

#[test]
fn an_import_is_what_a_run_reads() {
    let home = Home::new();
    home.has_results(&[result(&at("10:00:00"), "198.51.100.7", "2001:db8::7", "0.1")]);
    home.write("dbip.csv", CITIES);
    home.does(&["geo", "import", "dbip-city", "dbip.csv", "--out", "context/iploc.csv"])
        .says(&["context/iploc.csv: 2 ranges, from 2 lines"]);
    home.runs_day();
    let found = home.rows("SELECT src_geoloc, dst_geoloc FROM flow_scores");
    assert_eq!(found, ["North Holland;Amsterdam -|Berlin;Berlin, Mitte -"]);
    home.runs_day();
    assert_eq!(home.rows("SELECT src_geoloc, dst_geoloc FROM flow_scores"), found, "from what was kept");
    let json = home.json(&["geo", "import", "dbip-city", "dbip.csv", "--out", "other.csv"]);
    assert_eq!((&json["ranges"], &json["read"]), (&2.into(), &2.into()));
    assert_eq!(home.read("other.csv"), home.read("context/iploc.csv"));
}

#[test]
fn a_bad_line_of_an_import_is_named_and_what_was_there_stays() {
    let home = Home::bare();
    home.write("dbip.csv", format!("{CITIES}198.51.100.0,x,EU,NL,,,1,2\n"));
    home.write("iploc.csv", "as it was\n");
    let import = ["geo", "import", "dbip-city", "dbip.csv", "--out", "iploc.csv"];
    home.run(&import).ends_with(65).complains(&["dbip.csv:3: ", "found `x`", "nothing was written"]);
    assert_eq!(home.read("iploc.csv"), "as it was\n");
    home.run(&["geo", "import", "maxmind", "dbip.csv", "--out", "iploc.csv"])
        .ends_with(2)
        .complains(&["that of the locations"]);
    home.run(&["geo", "import", "dbip-city", "none.csv", "--out", "iploc.csv"])
        .ends_with(66)
        .complains(&["none.csv"]);
    home.run(&["geo", "import", "elsewhere", "dbip.csv", "--out", "iploc.csv"]).ends_with(2);
}

#[test]
fn an_import_replaces_no_file_that_it_did_not_write() {
    let home = Home::bare();
    home.write("dbip.csv", CITIES);
    let import = ["geo", "import", "dbip-city", "dbip.csv", "--out"];
    for theirs in ["as it was\n", "\"1\",\"2\",\"-\",\"-\",\"-\",\"-\",\"0\",\"0\",\"Us\",\"us.example\"\n"] {
        home.write("iploc.csv", theirs);
        let refused = home.run(&[&import[..], &["iploc.csv"]].concat()).ends_with(73);
        refused.complains(&["iploc.csv", "`geo import` did not write it", "--replace"]);
        assert_eq!(home.read("iploc.csv"), theirs);
    }
    home.run(&[&import[..], &["dbip.csv"]].concat()).ends_with(73);
    assert_eq!(home.read("dbip.csv"), CITIES, "an input is not an output");
    home.does(&[&import[..], &["iploc.csv", "--replace"]].concat());
    home.does(&[&import[..], &["iploc.csv"]].concat());
}

#[test]
fn an_import_puts_the_files_of_a_provider_together() {
    let home = Home::bare();
    let locations = "geoname_id,country_iso_code,country_name,subdivision_1_name,city_name\n7,NL,Netherlands,Utrecht,Utrecht\n";
    home.write("locations.csv", locations);
    home.write("blocks.csv", "network,geoname_id,latitude,longitude\n198.51.100.0/24,7,52.1,5.1\n");
    home.write(
        "systems.csv",
        "network,autonomous_system_number,autonomous_system_organization\n198.51.100.0/25,1,Dienst\n",
    );
    let maxmind = ["geo", "import", "maxmind", "blocks.csv", "locations.csv", "systems.csv", "--out"];
    home.does(&[&maxmind[..], &["context/iploc.csv"]].concat()).says(&["iploc.csv: 2 ranges, from 3 lines"]);
    home.does(&["geo", "lookup", "198.51.100.1", "198.51.100.200"])
        .says(&["Utrecht;Utrecht Dienst", "Utrecht;Utrecht -"]);
    home.write("city.csv", "198.51.100.0,198.51.100.255,DE,Berlin,,Berlin,,52.5,13.4,Europe/Berlin\n");
    home.write("country.csv", "203.0.113.0,203.0.113.255,FR\n");
    home.write("asn.csv", "198.51.100.0,198.51.100.255,1,Netz\n");
    let files = ["city.csv", "country.csv", "asn.csv", "--out", "context/iploc.csv"];
    home.does(&[&["geo", "import", "ip-location-db"], &files[..]].concat()).says(&["2 ranges, from 3 lines"]);
    home.does(&["geo", "lookup", "198.51.100.1", "203.0.113.1"]).says(&["Berlin;Berlin Netz", "France;- -"]);
}

#[test]
fn a_look_up_names_every_entry_that_says_something() {
    let home = Home::bare();
    home.write("context/ipranges.csv", "198.51.100.0/24,Branch\n");
    home.write("dbip.csv", CITIES);
    home.does(&["geo", "import", "dbip-city", "dbip.csv", "--out", "context/iploc.csv"]);
    home.write("flow_oa.json", r#"{"context": {"reputation": {"gti": "gti.csv", "own": "own.csv"}}}"#);
    home.write("gti.csv", "ip,label\n198.51.100.7,HIGH\n");
    home.write("own.csv", "198.51.100.0/24,LOW\n");
    home.does(&["geo", "lookup", "198.51.100.07", "2001:db8::7", "203.0.113.1"]).says(&[
        "198.51.100.7",
        "ipranges.csv: line 1: 198.51.100.0-198.51.100.255",
        "North Holland;Amsterdam -",
        "iploc.csv: line 1: 198.51.100.0-198.51.100.255",
        "gti.csv: line 2: 198.51.100.7",
        "gti:HIGH:3::own:LOW:1",
        "Berlin;Berlin, Mitte -",
    ]);
    let json = home.json(&["geo", "lookup", "198.51.100.7", "203.0.113.1"]);
    let (known, unknown) = (&json["addresses"][0], &json["addresses"][1]);
    let facts: Vec<&str> =
        known["facts"].as_array().unwrap().iter().map(|fact| fact["name"].as_str().unwrap()).collect();
    assert_eq!(
        facts,
        ["internal", "name", "location", "domain", "country", "latitude", "longitude", "verdict"]
    );
    assert_eq!(known["entries"].as_array().unwrap().len(), 5);
    assert_eq!(unknown["entries"], serde_json::json!([]));
    assert_eq!(unknown["facts"], serde_json::json!([{"name": "internal", "value": "0"}]));
}

#[test]
fn an_address_that_is_none_is_named_and_one_that_nobody_knows_says_so() {
    let home = Home::bare();
    home.run(&["geo", "lookup", "192.0.2.1", "192.0.2.256"]).ends_with(2).complains(&["`192.0.2.256`"]);
    home.does(&["geo", "lookup", "192.0.2.1"]).says(&["not known"]);
    home.run(&["geo", "lookup"]).ends_with(2);
}

#[test]
fn several_files_are_asked_in_their_order_and_a_foreign_database_is_named() {
    let home = Home::bare();
    home.write("flow_oa.json", r#"{"context": {"geo": ["own.csv", "rest.csv"]}}"#);
    home.write("own.csv", "3221225985,3221225985,-,-,-,-,-,-,Own,-\n");
    home.write(
        "rest.csv",
        "3221225984,3221226239,NL,Netherlands,North Holland,Amsterdam,52.3,4.9,Rest,example.net\n",
    );
    home.does(&["geo", "lookup", "192.0.2.1"]).says(&["North Holland;Amsterdam Own", "example.net"]);
    home.does(&["geo", "lookup", "192.0.2.2"]).says(&["North Holland;Amsterdam Rest"]);
    home.write(
        "whole.csv",
        "3221225984,3221226239,NL,Netherlands,Utrecht,Utrecht,52.1,5.1,Whole,example.org\n",
    );
    home.write("flow_oa.json", r#"{"context": {"geo": ["whole.csv", "rest.csv"]}}"#);
    let reported = home.does(&["geo", "lookup", "192.0.2.1"]).out;
    let wins = |text: &&str| text.contains("Utrecht;Utrecht Whole") && text.contains("all together");
    assert_eq!(reported.lines().filter(wins).count(), 1, "which value counts is said: {reported}");
    home.write("flow_oa.json", r#"{"context": {"geo": ["own.csv", "none.mmdb"]}}"#);
    home.run(&["geo", "lookup", "192.0.2.1"]).ends_with(66).complains(&["none.mmdb"]);
    home.write("none.mmdb", "no database at all");
    home.run(&["geo", "lookup", "192.0.2.1"])
        .ends_with(65)
        .complains(&["none.mmdb", "not a complete MaxMind database"]);
    home.run(&["check", "--context"])
        .ends_with(65)
        .says(&["own.csv: geolocation, 1 entry", "none.mmdb: fault: "]);
}

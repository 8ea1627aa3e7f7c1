//! Imports of small files of each format, compared with the expected lines.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use super::*;
use crate::tests::{file, gzipped};

fn imported(format: Format, inputs: &[&tempfile::NamedTempFile]) -> Result<Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("iploc.csv");
    let inputs: Vec<PathBuf> = inputs.iter().map(|file| file.path().to_owned()).collect();
    let done = import(format, &inputs, &out, Foreign::Replace, 0, &Progress::default());
    assert_eq!(out.exists(), done.is_ok(), "whole or not at all");
    let done = done?;
    let lines: Vec<String> = std::fs::read_to_string(&out).unwrap().lines().map(str::to_owned).collect();
    assert_eq!(lines.len() as u64, done.ranges);
    for line in &lines {
        crate::geo::line::parts(line).unwrap();
    }
    Ok(lines)
}

#[test]
fn dbip_gives_places_of_both_families_sorted() {
    let six = file("2001:db8::,2001:db8::ff,EU,DE,Berlin,Berlin,52.5,13.4\n");
    let four = gzipped(
        "0.0.1.0,0.0.1.255,OC,AU,\"New \"\"South\"\" Wales\",Sydney,-33.9,151.2\n0.0.0.0,0.0.0.255,ZZ,ZZ,,,0,0\n",
    );
    assert_eq!(
        imported(Format::DbipCity, &[&six, &four]).unwrap(),
        [
            r#""0","255","-","-","-","-","0","0","-","-""#,
            r#""256","511","AU","Australia","New ""South"" Wales","Sydney","-33.9","151.2","-","-""#,
            r#""42540766411282592856903984951653826560","42540766411282592856903984951653826815","DE","Germany","Berlin","Berlin","52.5","13.4","-","-""#,
        ]
    );
}

#[test]
fn blocks_of_maxmind_find_their_places_and_owners() {
    let locations = file(
        "geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name,subdivision_1_iso_code,\
         subdivision_1_name,city_name\n7,en,EU,Europe,NL,Netherlands,NH,\"North Holland\",Amsterdam\n",
    );
    let blocks = file(
        "network,geoname_id,registered_country_geoname_id,latitude,longitude\n0.0.1.0/24,7,7,52.3,4.9\n0.0.2.0/24,,7,,\n",
    );
    let systems =
        file("network,autonomous_system_number,autonomous_system_organization\n0.0.1.128/25,64496,Example\n");
    assert_eq!(
        imported(Format::MaxMind, &[&blocks, &systems, &locations]).unwrap(),
        [
            r#""256","383","NL","Netherlands","North Holland","Amsterdam","52.3","4.9","-","-""#,
            r#""384","511","NL","Netherlands","North Holland","Amsterdam","52.3","4.9","Example","-""#,
            r#""512","767","-","-","-","-","-","-","-","-""#,
        ]
    );
    let error = imported(Format::MaxMind, &[&blocks]).unwrap_err();
    assert!(error.to_string().contains("that of the locations is needed"), "{error}");
    let foreign = file("network,geoname_id\n0.0.1.0/24,8\n");
    let error = imported(Format::MaxMind, &[&foreign, &locations]).unwrap_err().to_string();
    assert!(error.contains(":2: the place 8 is not in the file of locations"), "{error}");
}

#[test]
fn owners_of_ip_location_db_split_the_ranges_of_its_cities() {
    let cities = file("256,767,US,California,,Los Angeles,90001,34.0,-118.2,America/Los_Angeles\n");
    let systems = file("0.0.2.0,0.0.3.255,64496,\"Example, Inc\"\n");
    assert_eq!(
        imported(Format::IpLocationDb, &[&cities, &systems]).unwrap(),
        [
            r#""256","511","US","United States","California","Los Angeles","34.0","-118.2","-","-""#,
            r#""512","767","US","United States","California","Los Angeles","34.0","-118.2","Example, Inc","-""#,
            r#""768","1023","-","-","-","-","-","-","Example, Inc","-""#,
        ]
    );
}

#[test]
fn a_range_up_to_the_border_of_both_families_is_not_joined_with_one_behind_it() {
    let both = file("255.255.255.0,255.255.255.255,,,,,,\n::,::ff:ffff:ffff,,,,,,\n");
    assert_eq!(
        imported(Format::DbipCity, &[&both]).unwrap(),
        [
            r#""4294967040","4294967295","-","-","-","-","-","-","-","-""#,
            r#""4294967296","1099511627775","-","-","-","-","-","-","-","-""#,
        ]
    );
}

#[test]
fn a_bad_line_stops_it_with_its_place() {
    let good = "0.0.1.0,0.0.1.255,OC,AU,,,1,2\n";
    for (bad, reason) in [
        ("0.0.2.0,nowhere,OC,AU,,,1,2", "found `nowhere`"),
        ("0.0.2.0,0.0.1.0,OC,AU,,,1,2", "ends before it starts"),
        ("0.0.2.0,0.0.2.1,AU", "expected 8 columns"),
        ("0.0.2.0,\"0.0.2.1", "not closed on its line"),
    ] {
        let error = imported(Format::DbipCity, &[&file(&format!("{good}{bad}\n"))]).unwrap_err().to_string();
        assert!(error.contains(":2: ") && error.contains(reason), "{error}");
    }
    assert!(imported(Format::DbipCity, &[&file("")]).unwrap_err().to_string().contains("no range"));
    assert!(imported(Format::IpLocationDb, &[&file("1,2\n")]).unwrap_err().to_string().contains(":1: "));
}

#[test]
fn a_file_of_countries_of_maxmind_names_the_country() {
    let locations = file(
        "geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name,is_in_european_union\n\
         7,en,OC,Oceania,AU,Australia,0\n8,en,EU,Europe,,,0\n",
    );
    let blocks = file("network,geoname_id,registered_country_geoname_id\n0.0.1.0/24,7,7\n0.0.2.0/24,8,8\n");
    assert_eq!(
        imported(Format::MaxMind, &[&blocks, &locations]).unwrap(),
        [
            r#""256","511","AU","Australia","Australia","-","-","-","-","-""#,
            r#""512","767","-","-","-","-","-","-","-","-""#,
        ]
    );
}

#[test]
fn what_is_no_country_or_coordinate_is_named_and_can_be_skipped() {
    for (line, found) in [
        ("1.0.0.0,1.0.0.255,OC,A1,Qld,Bris,-27,153", "two letters of a country or `-`, found `A1`"),
        ("1.0.0.0,1.0.0.255,OC,AU,Qld,Bris,-97.5,153", "a latitude from -90 to 90 or `-`, found `-97.5`"),
        ("1.0.0.0,1.0.0.255,OC,AU,Qld,Bris,27,east", "a longitude from -180 to 180 or `-`, found `east`"),
        ("60.54.50.0,0.0.0.0,OC,AU,Qld,Bris,27,1", "ends before it starts: correct its end"),
    ] {
        let input = file(&format!("{line}\n0.0.0.0,0.0.0.255,ZZ,ZZ,,,0,0\n"));
        let error = imported(Format::DbipCity, &[&input]).unwrap_err().to_string();
        assert!(
            error.contains(found) && error.contains(":1: ") && error.contains("--max-rejects 1"),
            "{error}"
        );
        let folder = tempfile::tempdir().unwrap();
        let (out, inputs) = (folder.path().join("iploc.csv"), [input.path().to_owned()]);
        let done =
            import(Format::DbipCity, &inputs, &out, Foreign::Replace, 1, &Progress::default()).unwrap();
        assert_eq!((done.read, done.rejected, done.ranges), (1, 1, 1));
        assert!(done.rejects[0].contains(found), "{:?}", done.rejects);
    }
}

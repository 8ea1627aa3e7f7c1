//! The pages of a site and the names of their files. A name is safe in every file system, and two pages have different
//! names even where case does not count.

use std::collections::{BTreeMap, BTreeSet};

use flow_oa_schema::lineage::Lineage;
use flow_oa_schema::model::{Table, TableId};

/// A page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Page {
    /// The first page.
    Index,
    /// A pipeline, by its position in the schema.
    Pipeline(usize),
    /// A table of a pipeline.
    Table(usize, TableId),
    /// A raw format of a pipeline, by its position.
    Format(usize, usize),
    /// One of the program's own tables, by its position.
    Own(usize),
}

/// The file of each page.
pub(crate) fn names(lineages: &[Lineage<'_>], own: &[Table]) -> BTreeMap<Page, String> {
    let mut wanted = vec![(Page::Index, "index".to_owned())];
    for (at, pipeline) in lineages.iter().map(|lineage| lineage.pipeline).enumerate() {
        wanted.push((Page::Pipeline(at), format!("pipeline-{}", pipeline.name)));
        wanted.extend(pipeline.ids().map(|id| (Page::Table(at, id), format!("table-{}", pipeline[id].name))));
        wanted.extend(pipeline.sources.iter().enumerate().map(|(format, source)| {
            (Page::Format(at, format), format!("format-{}-{}", pipeline.name, source.name))
        }));
    }
    wanted.extend(own.iter().enumerate().map(|(at, table)| (Page::Own(at), format!("table-{}", table.name))));
    let mut used = BTreeSet::new();
    wanted.into_iter().map(|(page, name)| (page, unused(&safe(&name), &mut used))).collect()
}

/// The characters of a name that no file system or URL has a use for, in lower case.
fn safe(name: &str) -> String {
    let letter = |letter: char| match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9' | '_' | '-') => letter,
        _ => '_',
    };
    name.chars().map(letter).collect()
}

/// The name with the first number that makes it a new one.
fn unused(name: &str, used: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}.html"));
    let mut names = std::iter::once(format!("{name}.html")).chain(numbered);
    let found = names.find(|name| !used.contains(name)).unwrap_or_default();
    used.insert(found.clone());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_or_odd_characters_have_files_of_their_own() {
        let mut used = BTreeSet::new();
        let names = ["a_b", "A_b", "a/b", "a_b-2", "..", "CON", "é"];
        let files: Vec<String> = names.iter().map(|name| unused(&safe(name), &mut used)).collect();
        assert_eq!(
            files,
            ["a_b.html", "a_b-2.html", "a_b-3.html", "a_b-2-2.html", "__.html", "con.html", "_.html"]
        );
    }
}

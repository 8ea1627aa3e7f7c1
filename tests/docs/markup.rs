//! A strict reader of the HTML and SVG of the site: every element is closed in order, every attribute is in quotation
//! marks, and a text holds no bare `<`, `>` or `&`.

/// The start of an element.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
}

impl Element {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Elements that have no end.
const VOID: [&str; 2] = ["meta", "link"];

/// The elements of a page, in order.
pub(crate) fn parsed(page: &str) -> Result<Vec<Element>, String> {
    let mut rest = page.strip_prefix("<!DOCTYPE html>").ok_or("no document type")?;
    let (mut found, mut open) = (Vec::new(), Vec::<String>::new());
    while let Some(at) = rest.find('<') {
        is_text(&rest[..at])?;
        let end =
            end_of_tag(&rest[at..]).ok_or_else(|| format!("a tag without an end: {}", start(&rest[at..])))?;
        let tag = &rest[at + 1..at + end];
        rest = &rest[at + end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            let last = open.pop();
            if last.as_deref() != Some(name) {
                return Err(format!("</{name}> ends {last:?}, before {}", start(rest)));
            }
            continue;
        }
        let (tag, is_closed) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
        let element = element(tag)?;
        if !is_closed && !VOID.contains(&element.name.as_str()) {
            open.push(element.name.clone());
        }
        found.push(element);
    }
    is_text(rest)?;
    if open.is_empty() { Ok(found) } else { Err(format!("not closed: {open:?}")) }
}

/// Where a tag ends: at the first `>` outside quotation marks.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    text.char_indices().find_map(|(at, letter)| {
        is_quoted ^= letter == '"';
        (letter == '>' && !is_quoted).then_some(at)
    })
}

fn element(tag: &str) -> Result<Element, String> {
    let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
    if name.is_empty() || !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Err(format!("{name:?} is no element"));
    }
    let mut attributes = Vec::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let Some((name, value)) = rest.split_once("=\"") else {
            // An attribute without a value, such as `open`.
            attributes.push((rest.to_owned(), String::new()));
            break;
        };
        let (value, behind) = value.split_once('"').ok_or("an attribute without an end")?;
        is_text(value)?;
        attributes.push((name.to_owned(), value.to_owned()));
        rest = behind;
    }
    Ok(Element { name: name.to_owned(), attributes })
}

/// Whether a text is escaped.
fn is_text(text: &str) -> Result<(), String> {
    if text.contains(['<', '>']) {
        return Err(format!("a bare angle bracket in {}", start(text)));
    }
    for part in text.split('&').skip(1) {
        let entity = part.split(';').next().unwrap_or_default();
        if !["amp", "lt", "gt", "quot", "#39"].contains(&entity) {
            return Err(format!("a bare & before {}", start(part)));
        }
    }
    Ok(())
}

fn start(text: &str) -> String {
    text.chars().take(60).collect()
}

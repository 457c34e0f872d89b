//! `cargo xtask rules-pages`: which code implements each rule and which scenario or test pins it.
//!
//! The titles are in docs/rules, the rest is read from the sources; the pages are
//! docs/rules-se.md and its siblings. A test fails when a page is not what the sources say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::rule_mentions::{Rule, mentions};
use crate::test::announce;

/// The families of rules and what their pages are called.
const FAMILIES: &[(&str, &str)] = &[
    ("SE", "Rules of the synchronization engine and of Active Directory"),
    ("ET", "Rules of the tenant"),
    ("SR", "Rules of declarative sync rules"),
    ("EX", "Rules of the expression language"),
    ("CE", "Rules of server configuration exports"),
];

/// Places shown in one cell; what is beyond is counted.
const SHOWN_MAX: usize = 5;

/// Source files that hold tests although they are not in a folder of tests.
const TEST_FILES: &[&str] =
    &["tests.rs", "laws.rs", "trials.rs", "vectors.rs", "testing.rs", "sentences.rs", "worked.rs"];

/// Writes the pages and says how many rules are open; returns whether all were written.
pub(crate) fn run() -> bool {
    announce("rule pages");
    let pages = match pages() {
        Ok(pages) => pages,
        Err(problem) => {
            println!("{problem}");
            return false;
        }
    };
    for page in pages {
        if let Err(error) = std::fs::write(root().join(&page.path), &page.text) {
            println!("{}: {error}", page.path);
            return false;
        }
        println!("{}: {} rules, {} open", page.path, page.rules, page.open);
    }
    true
}

/// A page as it should be.
struct Page {
    path: String,
    text: String,
    rules: usize,
    open: usize,
}

/// Where a rule is mentioned.
#[derive(Default)]
struct Places {
    /// Code and configuration.
    code: BTreeSet<Place>,
    /// Scenarios and tests.
    pins: BTreeSet<Place>,
}

/// A file, and the test within it when it is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    path: String,
    test: Option<String>,
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Renders all pages.
fn pages() -> Result<Vec<Page>, String> {
    let mut titles = BTreeMap::new();
    let mut left_out = BTreeMap::new();
    for (family, _) in FAMILIES {
        let path = format!("docs/rules/{}.yaml", family.to_lowercase());
        let text =
            std::fs::read_to_string(root().join(&path)).map_err(|e| format!("{path}: {e}"))?;
        let marked = text.lines().find_map(|line| line.strip_prefix("# left out: "));
        left_out.extend(marked.map(|what| (*family, what.to_owned())));
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (rule, title) = line
                .split_once(": ")
                .and_then(|(number, title)| Some((Rule::parse(number)?, title)))
                .ok_or_else(|| format!("{path}: `{line}` is not `{family}-001: title`"))?;
            if titles.insert(rule, title.to_owned()).is_some() {
                return Err(format!("{path}: {rule} stands there twice"));
            }
        }
    }
    let mut found = BTreeMap::<Rule, Places>::new();
    for path in files()? {
        let Ok(text) = std::fs::read_to_string(root().join(&path)) else { continue };
        read(&path, &text, &mut found);
    }
    let last = |rule: &Rule| titles.keys().filter(|known| known.family == rule.family).max();
    let unknown: Vec<String> = found
        .iter()
        // A number between two rules may come from a range that spans it.
        .filter(|(rule, _)| last(rule).is_none_or(|last| last < *rule))
        .flat_map(|(rule, places)| {
            let places = places.code.iter().chain(&places.pins);
            places.map(move |place| format!("{}: there is no rule {rule}", place.path))
        })
        .collect();
    if !unknown.is_empty() {
        return Err(unknown.join("\n"));
    }
    let page = |(family, heading): &(&str, &str)| {
        let left_out = left_out.get(family).map(String::as_str);
        render(family, heading, left_out, &titles, &found)
    };
    Ok(FAMILIES.iter().map(page).collect())
}

/// Lists the files that git knows or would add.
fn files() -> Result<Vec<String>, String> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .map_err(|error| format!("git is needed to list the files of the project: {error}"))?;
    let mut files: Vec<String> =
        String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// Says what a mention in a file means: `Some(true)` pins a rule, `Some(false)` implements it.
fn pins(path: &str) -> Option<bool> {
    let (top, rest) = path.split_once('/')?;
    let name = rest.rsplit('/').next().unwrap_or_default();
    match top {
        "scenarios" => has_extension(name, "yaml").then_some(true),
        "tests" => Some(true),
        "config" => Some(false),
        "crates" if rest.starts_with("xtask/") || rest.starts_with("fuzz/") => None,
        "crates" if rest.contains("/tests/") => Some(true),
        "crates" if has_extension(name, "rs") => Some(TEST_FILES.contains(&name)),
        _ => None,
    }
}

fn has_extension(path: &str, wanted: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension == wanted)
}

/// Collects the mentions of one file.
fn read(path: &str, content: &str, found: &mut BTreeMap<Rule, Places>) {
    let Some(pinned) = pins(path) else { return };
    let lines: Vec<&str> = content.lines().collect();
    let rust = has_extension(path, "rs");
    let unit_tests = lines
        .iter()
        .zip(lines.iter().skip(1))
        .position(|(line, next)| line.trim() == "#[cfg(test)]" && next.trim_end().ends_with('{'))
        .unwrap_or(usize::MAX);
    for (number, line) in lines.iter().enumerate() {
        for rule in mentions(line) {
            let places = found.entry(rule).or_default();
            if pinned || (rust && number > unit_tests) {
                let test = if rust { test_at(&lines, number) } else { None };
                places.pins.insert(Place { path: path.to_owned(), test });
            } else {
                places.code.insert(Place { path: path.to_owned(), test: None });
            }
        }
    }
}

/// Names the test that a line belongs to: the one that follows its documentation, or the one
/// around it.
fn test_at(lines: &[&str], number: usize) -> Option<String> {
    let name = |line: &str| {
        let rest = line.trim_start().strip_prefix("fn ")?;
        Some(rest.split(['(', '<']).next()?.to_owned())
    };
    let above = |line: &str| line.starts_with("///") || line.starts_with("#[");
    let line = lines.get(number)?.trim_start();
    if line.starts_with("//!") {
        return None;
    }
    let (before, after) = lines.split_at_checked(number)?;
    let (first, attributes) = if above(line) {
        let first = after.iter().find(|line| !above(line.trim_start()))?;
        let above_it = before.iter().rev().take_while(|line| above(line.trim_start()));
        let below_it = after.iter().take_while(|line| above(line.trim_start()));
        (first, above_it.chain(below_it).collect::<Vec<_>>())
    } else {
        let around = lines.get(..=number)?;
        let at = around.iter().rposition(|line| name(line).is_some())?;
        (around.get(at)?, around.get(..at)?.iter().rev().collect())
    };
    let mut attributes = attributes.into_iter().take_while(|line| above(line.trim_start()));
    if attributes.any(|line| line.trim() == "#[test]") { name(first) } else { None }
}

fn render(
    family: &str,
    heading: &str,
    left_out: Option<&str>,
    titles: &BTreeMap<Rule, String>,
    found: &BTreeMap<Rule, Places>,
) -> Page {
    let none = Places::default();
    let rules: Vec<(Rule, &String, &Places)> = titles
        .iter()
        .filter(|(rule, _)| rule.family == family)
        .map(|(rule, title)| (*rule, title, found.get(rule).unwrap_or(&none)))
        .collect();
    let open: Vec<Rule> = rules
        .iter()
        .filter(|(_, _, places)| places.pins.is_empty())
        .map(|(rule, _, _)| *rule)
        .collect();
    let mut text = format!(
        "# {heading}\n\n\
         Generated by `cargo xtask rules-pages` from docs/rules/{}.yaml and from the sources that \
         name a rule; do not edit.\nA rule is pinned by every scenario and test that names it.\n\n\
         {} rules: {} pinned, **{} open**.\n",
        family.to_lowercase(),
        rules.len(),
        rules.len() - open.len(),
        open.len()
    );
    if !open.is_empty() {
        let listed = Rule::list(&open);
        let _ = write!(text, "\nOpen, no scenario or test names them: {listed}.\n");
    }
    if let Some(what) = left_out {
        let _ = write!(text, "\nLeft out on purpose, in the words of the specification: {what}.\n");
    }
    text.push_str("\n| Rule | What it says | Code | Scenarios and tests |\n|---|---|---|---|\n");
    for (rule, title, places) in &rules {
        let pins = if places.pins.is_empty() { "**open**".to_owned() } else { cell(&places.pins) };
        let _ = writeln!(text, "| {rule} | {title} | {} | {pins} |", cell(&places.code));
    }
    let path = format!("docs/rules-{}.md", family.to_lowercase());
    Page { path, text, rules: rules.len(), open: open.len() }
}

/// Links the places of one cell; scenarios come first, they say most.
fn cell(places: &BTreeSet<Place>) -> String {
    let named: BTreeSet<&str> =
        places.iter().filter(|place| place.test.is_some()).map(|p| p.path.as_str()).collect();
    let mut shown: Vec<&Place> = places
        .iter()
        .filter(|place| place.test.is_some() || !named.contains(place.path.as_str()))
        .collect();
    shown.sort_by_key(|place| !place.path.starts_with("scenarios/"));
    let mut parts: Vec<String> = shown.iter().take(SHOWN_MAX).map(|place| link(place)).collect();
    if SHOWN_MAX < shown.len() {
        parts.push(format!("{} more", shown.len() - SHOWN_MAX));
    }
    parts.join(", ")
}

fn link(place: &Place) -> String {
    let path = &place.path;
    let text = if let Some(test) = &place.test {
        test.replace('_', " ")
    } else {
        let plain = path.rsplit_once('.').map_or(path.as_str(), |(plain, _)| plain);
        let plain = plain.strip_prefix("crates/dirsim-").unwrap_or(plain);
        let plain = plain.strip_prefix("crates/").unwrap_or(plain);
        plain.replace("/src/", "/")
    };
    format!("[{text}](../{path})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_say_what_the_sources_say() {
        for page in pages().unwrap_or_else(|problem| panic!("{problem}")) {
            let stored = std::fs::read_to_string(root().join(&page.path)).unwrap_or_default();
            assert!(
                stored == page.text,
                "{} is not what the sources say; write it with `cargo xtask rules-pages`",
                page.path
            );
        }
    }

    #[test]
    fn a_mention_belongs_to_the_test_around_it_or_below_its_documentation() {
        let text = "\
/// SE-001 above.
#[test]
fn first() {
    // SE-002 within
}

fn helper() {
    // SE-003 within a helper
}
";
        let mut found = BTreeMap::new();
        read("crates/x/tests/a.rs", text, &mut found);
        let at = |number: &str| {
            let places = &found[&Rule::parse(number).expect("a rule")];
            places.pins.iter().next().expect("a place").test.clone()
        };
        assert_eq!(at("SE-001").as_deref(), Some("first"));
        assert_eq!(at("SE-002").as_deref(), Some("first"));
        assert_eq!(at("SE-003"), None);
    }

    #[test]
    fn code_and_its_own_tests_are_told_apart() {
        let text = "/// SE-001\nfn code() {}\n#[cfg(test)]\nmod tests {\n    // SE-002\n}\n";
        let mut found = BTreeMap::new();
        read("crates/x/src/a.rs", text, &mut found);
        let places = |number: &str| &found[&Rule::parse(number).expect("a rule")];
        assert!(places("SE-001").pins.is_empty() && !places("SE-001").code.is_empty());
        assert!(!places("SE-002").pins.is_empty() && places("SE-002").code.is_empty());
    }
}

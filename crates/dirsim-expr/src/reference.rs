//! The reference page of the language, made from the documentation of the functions.
//!
//! The page is docs/expressions.md. Tests hold that it is current and that every example on it
//! gives what it says.

#![expect(clippy::disallowed_methods, reason = "a test that reads and writes the document")]

use std::fmt::Write as _;

use crate::functions::{FILE_TEXTS, Function};
use crate::testing::eval;

/// Where the page is published.
const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/expressions.md");
/// What the page says about the language itself.
const LANGUAGE: &str = include_str!("language.md");

/// Headings of the page, each with the first function below it.
const SECTIONS: &[(&str, Function)] = &[
    ("Conversion", Function::CBool),
    ("Date and time", Function::DateAdd),
    ("Directory", Function::DNComponent),
    ("Tests", Function::BitAnd),
    ("Flow control", Function::Error),
    ("Lists", Function::Contains),
    ("Text", Function::InStr),
    ("Certificates", Function::CertExtensionOids),
];

/// The documentation of a function file, without the comment marks.
fn documentation(text: &str) -> String {
    text.lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .fold(String::new(), |mut page, line| {
            page.push_str(line);
            page.push('\n');
            page
        })
}

/// One example: expression, given attributes, result.
fn examples(documentation: &str) -> Vec<[String; 3]> {
    let rows = documentation.lines().filter(|line| line.starts_with("| `"));
    rows.map(cells)
        .filter(|cells| cells.len() == 3)
        .map(|cells| {
            let bare = |at: usize| {
                let cell = cells.get(at).map_or("", String::as_str).trim();
                let cell = cell.strip_prefix('`').unwrap_or(cell);
                let cell = cell.strip_suffix('`').unwrap_or(cell);
                // Characters that nobody sees are written as their pictures.
                cell.replace("\\|", "|").replace('␉', "\t").replace('␍', "\r").replace('␊', "\n")
            };
            [bare(0), bare(1), bare(2)]
        })
        .collect()
}

/// Splits a row at bars that are not escaped.
fn cells(row: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut before = ' ';
    for c in row.trim().trim_matches('|').chars() {
        if c == '|' && before != '\\' {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
        before = c;
    }
    cells
}

/// Turns `cn = "bo"; m = {"a", "b"}` into the JSON object that tests evaluate against.
fn json(given: &str) -> String {
    let mut text = String::from("{");
    let (mut quoted, mut start) = (false, 0);
    let mut parts = Vec::new();
    for (at, c) in given.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' if !quoted => {
                parts.push(&given[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&given[start..]);
    for part in parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once(" = ") else { continue };
        if text.len() > 1 {
            text.push(',');
        }
        let name = name.trim().replacen("confirmed ", "imported ", 1);
        let value = value.trim();
        let value = match value.strip_prefix('{').and_then(|value| value.strip_suffix('}')) {
            Some(list) => format!("[{}]", list_items(list)),
            None => item(value),
        };
        let _ = write!(text, "\"{name}\":{value}");
    }
    text.push('}');
    text
}

fn list_items(list: &str) -> String {
    let (mut quoted, mut start) = (false, 0);
    let mut items = Vec::new();
    for (at, c) in list.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                items.push(item(&list[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    if !list[start..].trim().is_empty() {
        items.push(item(&list[start..]));
    }
    items.join(",")
}

/// One value as the page writes it: text, number, truth, `#` hex bytes, `ref "dn"`, or an instant.
fn item(value: &str) -> String {
    let value = value.trim();
    if let Some(hex) = value.strip_prefix('#') {
        return format!("{{\"$hex\":\"{hex}\"}}");
    }
    if let Some(dn) = value.strip_prefix("ref ") {
        return format!("{{\"$ref\":{dn}}}");
    }
    match value {
        "True" => "true".to_owned(),
        "False" => "false".to_owned(),
        "a certificate" => "{\"$cert\":\"\"}".to_owned(),
        "other bytes" => "{\"$hex\":\"0102\"}".to_owned(),
        "an object" => "{\"$id\":7}".to_owned(),
        text if text.starts_with('"') => serde_json::to_string(text.trim_matches('"')).unwrap(),
        number if number.parse::<i64>().is_ok() => number.to_owned(),
        instant => format!("{{\"$dt\":\"{instant}\"}}"),
    }
}

fn page() -> String {
    let mut page = format!("{LANGUAGE}\n## Functions\n\n");
    let names: Vec<String> = Function::ALL
        .iter()
        .map(|function| format!("[{0}](#{1})", function.name(), function.name().to_lowercase()))
        .collect();
    let _ = writeln!(page, "{}\n", names.join(", "));
    for (function, text) in Function::ALL.iter().zip(FILE_TEXTS) {
        if let Some((heading, _)) = SECTIONS.iter().find(|(_, first)| first == function) {
            let _ = writeln!(page, "## {heading}\n");
        }
        let documentation = documentation(text).replacen("# `", "### `", 1);
        let _ = writeln!(page, "{}\n", documentation.trim());
        if !function.aliases().is_empty() {
            let aliases: Vec<String> =
                function.aliases().iter().map(|alias| format!("`{alias}`")).collect();
            let _ = writeln!(page, "Also written {}.\n", aliases.join(", "));
        }
    }
    page.trim_end().to_owned() + "\n"
}

/// EX section 8: the published page is the one that the function files give.
#[test]
fn the_published_page_is_current() {
    let made = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(PATH, &made).unwrap();
    }
    let published = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        published == made,
        "docs/expressions.md is out of date; UPDATE_DOCS=1 cargo test -p dirsim-expr writes it"
    );
}

/// EX section 8: every example on the page, the language part included, gives what it says.
#[test]
fn every_example_gives_what_it_says() {
    let mut wrong = String::new();
    let mut count = 0;
    let mut check = |documentation: &str| {
        for [expression, given, expected] in examples(documentation) {
            count += 1;
            let found = eval(&expression, &json(&given));
            if found != expected {
                let _ =
                    writeln!(wrong, "{expression}  ({given})\n  found {found}\n  says  {expected}");
            }
        }
    };
    check(LANGUAGE);
    for text in FILE_TEXTS {
        check(&documentation(text));
    }
    assert!(wrong.is_empty(), "\n{wrong}");
    assert!(count > 300, "only {count} examples");
}

//! `dirsim show errors` for people: each failed object with what is wrong and what to do.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Reset, Style};
use dirsim_world::view::View;
use serde_json::Value;

use crate::report::{width, wrap};

/// Prints the errors, with colors where the terminal has them.
pub(super) fn print(errors: &[View], limit: usize) {
    anstream::print!("{}", write(errors, limit).expect("writing to memory does not fail"));
}

fn write(errors: &[View], limit: usize) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let red = AnsiColor::Red.on_default();
    for error in errors.iter().take(limit) {
        let text = |name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let kind = text("type");
        write!(out, "{red}!{Reset} {bold}{}{Reset}  {red}{kind}{Reset}", text("object"))?;
        writeln!(out, "{dim}{}{Reset}", on(text("attribute")))?;
        let room = width().saturating_sub(4).max(20);
        // The text begins with the type, which stands above it.
        let told = text("text");
        let told = told.strip_prefix(kind).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(told);
        let rule = match text("rule") {
            "" => String::new(),
            rule => format!(" ({rule})"),
        };
        for line in wrap(&format!("{told}{rule}"), room) {
            writeln!(out, "    {line}")?;
        }
        let mut facts = vec![text("connector").to_owned(), format!("since {}", text("first"))];
        match error.get("retries").and_then(Value::as_u64) {
            Some(0) | None => {}
            Some(1) => facts.push("tried once more".to_owned()),
            Some(times) => facts.push(format!("tried {times} times more")),
        }
        if !text("conflictsWith").is_empty() {
            facts.push(format!("conflicts with {}", text("conflictsWith")));
        }
        for line in wrap(&facts.join(", "), room) {
            writeln!(out, "    {dim}{line}{Reset}")?;
        }
    }
    if errors.len() > limit {
        writeln!(out, "{} more; see all with --limit 0", errors.len() - limit)?;
    }
    if !errors.is_empty() {
        writeln!(out, "the story of one object: dirsim explain OBJECT")?;
    }
    Ok(out)
}

fn on(attribute: &str) -> String {
    if attribute.is_empty() { String::new() } else { format!(" on {attribute}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_is_told_in_lines_that_fit() {
        let object = json!({
            "connector": "contoso.com", "object": "ann@contoso.com", "type": "ObjectTypeMismatch",
            "attribute": "ProxyAddresses", "retries": 2, "first": "2026-01-05T08:00:00Z",
            "conflictsWith": "team@contoso.com", "rule": "ET-044",
            "text": "ObjectTypeMismatch: the object type differs between the two directories",
        });
        let errors: Vec<View> = object.as_object().cloned().into_iter().collect();
        let text = anstream::adapter::strip_str(&write(&errors, 10).unwrap()).to_string();
        assert!(
            text.starts_with("! ann@contoso.com  ObjectTypeMismatch on ProxyAddresses\n    the")
        );
        assert!(text.contains("(ET-044)") && text.contains("tried 2 times more"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= width()), "{text}");
    }
}

//! Finds rule numbers in a line of text: `SE-035`, `se_035_sids`, `SE-035..038`,
//! `SE-260 to SE-268`, `ET-030/031`.

use std::fmt;

/// The number of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule {
    /// `SE`, `ET`, `SR`, `EX` or `CE`.
    pub(crate) family: &'static str,
    /// From 1; written with three digits.
    pub(crate) number: u16,
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{:03}", self.family, self.number)
    }
}

impl Rule {
    /// Reads `SE-035`; nothing may follow.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (family, number, rest) = prefixed(text)?;
        rest.is_empty().then_some(Self { family, number })
    }

    /// Writes ascending rules with their ranges: `SE-001, SE-035 to SE-038`.
    pub(crate) fn list(rules: &[Self]) -> String {
        let mut parts = Vec::new();
        let mut rest = rules;
        while let Some(first) = rest.first() {
            let run = rest
                .iter()
                .zip(first.number..)
                .take_while(|(rule, number)| rule.family == first.family && rule.number == *number)
                .count();
            let (run, after) = rest.split_at(run);
            match run {
                [_, _, .., last] => parts.push(format!("{first} to {last}")),
                short => parts.extend(short.iter().map(ToString::to_string)),
            }
            rest = after;
        }
        parts.join(", ")
    }
}

/// Words and signs between the ends of a range.
const BETWEEN: &[&str] = &["..=", "..", " to ", " through ", " – ", "–", "-"];

/// Finds the rules that a line names, every number of a range included: some of them may be of no
/// rule, as numbers were left free between the sections of the specification.
pub(crate) fn mentions(line: &str) -> Vec<Rule> {
    let mut found = Vec::new();
    let mut rest = line;
    let mut before = None;
    while let Some(first) = rest.chars().next() {
        let starts = before.is_none_or(|c: char| !c.is_ascii_alphanumeric());
        let Some((family, number, after)) = prefixed(rest).filter(|_| starts) else {
            before = Some(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        found.push(Rule { family, number });
        rest = more(family, number, after, &mut found);
        before = None;
    }
    found
}

/// Reads what may follow a rule: the other end of a range, or further numbers after slashes.
fn more<'a>(family: &'static str, first: u16, rest: &'a str, found: &mut Vec<Rule>) -> &'a str {
    for between in BETWEEN {
        let Some(after) = rest.strip_prefix(between) else { continue };
        let end = match prefixed(after) {
            Some((same, last, after)) if same == family => Some((last, after)),
            Some(_) => None,
            // "SE-035 to 500 objects" is no range: a bare number follows a sign only.
            None if between.starts_with(' ') => None,
            None => digits(after),
        };
        if let Some((last, after)) = end
            && first < last
        {
            found.extend((first + 1..=last).map(|number| Rule { family, number }));
            return after;
        }
    }
    match rest.strip_prefix('/').and_then(digits) {
        Some((number, after)) => {
            found.push(Rule { family, number });
            more(family, number, after, found)
        }
        None => rest,
    }
}

/// Reads a family and a number at the start of a text. Small letters are those of function names.
fn prefixed(text: &str) -> Option<(&'static str, u16, &str)> {
    for (family, name) in [("SE", "se"), ("ET", "et"), ("SR", "sr"), ("EX", "ex"), ("CE", "ce")] {
        let rest = text
            .strip_prefix(family)
            .and_then(|rest| rest.strip_prefix('-'))
            .or_else(|| text.strip_prefix(name).and_then(|rest| rest.strip_prefix('_')));
        if let Some((number, rest)) = rest.and_then(digits) {
            return Some((family, number, rest));
        }
    }
    None
}

/// Reads exactly three digits.
fn digits(text: &str) -> Option<(u16, &str)> {
    let (number, rest) = text.split_at_checked(3)?;
    let more = rest.starts_with(|c: char| c.is_ascii_digit());
    let whole = number.bytes().all(|byte| byte.is_ascii_digit()) && !more;
    Some((number.parse().ok().filter(|_| whole)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> String {
        let all: Vec<String> = mentions(line).iter().map(ToString::to_string).collect();
        all.join(" ")
    }

    #[test]
    fn numbers_ranges_and_names_are_found() {
        assert_eq!(found("as SE-001 and (ET-042)."), "SE-001 ET-042");
        assert_eq!(found("SE-035..038"), "SE-035 SE-036 SE-037 SE-038");
        assert_eq!(found("SE-266 to SE-268, more"), "SE-266 SE-267 SE-268");
        assert_eq!(found("SE-001–003"), "SE-001 SE-002 SE-003");
        assert_eq!(found("ET-030/031/033"), "ET-030 ET-031 ET-033");
        assert_eq!(found("fn se_134_disconnectors_wait()"), "SE-134");
    }

    #[test]
    fn other_numbers_are_not() {
        assert_eq!(found("USE-001, SE-12, SE-1234, SE 4.6, base_001"), "");
        assert_eq!(found("SE-035 to 500 objects"), "SE-035");
        assert_eq!(found("SE-010 to ET-020"), "SE-010 ET-020");
        assert_eq!(found("SE-020-010"), "SE-020");
    }

    #[test]
    fn lists_are_written_with_ranges() {
        let rules = mentions("SE-001 SE-003 SE-004 SE-006..009 ET-010");
        assert_eq!(Rule::list(&rules), "SE-001, SE-003, SE-004, SE-006 to SE-009, ET-010");
    }
}

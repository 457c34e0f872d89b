//! The text of rule files.
//!
//! ```yaml
//! rules:
//!   - name: In from AD - User not interns
//!     id: 3f6a1c55-0000-4000-8000-000000000001   # made from name and connector when absent
//!     connector: forest             # one copy per AD connector; or `entra`, or a connector's name
//!     from: user                    # a class of the connector space
//!     to: metaverse person          # `metaverse` marks the other side; outbound it stands in `from`
//!     link: join                    # provision, join, sticky-join, join-no-flow
//!     precedence: 50                # exact; rules of the standard set have `order` instead
//!     scope:                        # one line holds: all its clauses hold
//!       - [department EQUAL Interns]
//!     join:                         # tried in order
//!       - [employeeID = employeeID]
//!       - [sourceAnchor = sourceAnchor (case-sensitive)]
//!     flows:
//!       direct: [title, extensionAttribute1..15]     # the same name on both sides
//!       trimmed: [department]                        # Trim of the same name
//!       expressions: {c: 'UCase([extensionAttribute5])', accountName: '[sAMAccountName]'}
//!       constants: {cloudFiltered: 'True'}
//!       merge: {proxyAddresses: MergeCaseInsensitive}
//!       once: [cloudCreated]
//!     variants:                     # further clauses, joins and flows when an option is on
//!       - {when: consistencyGuid, flows: {direct: [sourceAnchorBinary]}}
//! ```
//!
//! `id` keeps the identity of a rule that came from a server; without one it is made from the name
//! and the connector. A rule or variant with `since` came with a dated change of
//! `config/service-changes.yaml`. `flows.like` takes over all flows of another rule, less those that `flows.without` names.
//! A rule with neither `precedence` nor `order` comes directly behind the rule before it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_saphyr::{Error, Spanned};

use crate::definition::FlowDefinition;
use crate::flow::MergeType;
use crate::options::RuleFile;
use crate::problem::{RuleProblem, Severity};
use crate::rule::LinkType;
use dirsim_model::nearest;

/// A rule file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileText {
    /// The rules in the order of the file.
    #[serde(default)]
    pub(crate) rules: Vec<Spanned<RuleText>>,
}

/// One rule as written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RuleText {
    pub(crate) name: String,
    /// The rule's identity (SR-001); made from its name and connector when it is missing.
    pub(crate) id: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) tag: String,
    pub(crate) connector: Spanned<String>,
    pub(crate) from: Spanned<String>,
    pub(crate) to: Spanned<String>,
    #[serde(default)]
    pub(crate) link: LinkType,
    pub(crate) precedence: Option<Spanned<u32>>,
    pub(crate) order: Option<Spanned<u32>>,
    #[serde(default)]
    pub(crate) disabled: bool,
    #[serde(default)]
    pub(crate) password_sync: bool,
    /// `[d.]hh:mm:ss` (SR-066).
    pub(crate) soft_delete_expiry: Option<Spanned<String>>,
    /// The option that must be on for the rule to exist.
    pub(crate) when: Option<Spanned<String>>,
    /// The dated change that brought the rule (D3).
    pub(crate) since: Option<Spanned<String>>,
    /// Where the rule comes from when the published facts do not name it.
    #[serde(default)]
    pub(crate) origin: String,
    #[serde(default)]
    pub(crate) scope: Vec<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(crate) join: Vec<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(crate) flows: FlowsText,
    #[serde(default)]
    pub(crate) variants: Vec<VariantText>,
}

/// Clauses, joins and flows that depend on an option.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct VariantText {
    pub(crate) when: Option<Spanned<String>>,
    /// The dated change that brought the addition (D3).
    pub(crate) since: Option<Spanned<String>>,
    /// Where the addition comes from.
    #[serde(default)]
    pub(crate) origin: String,
    /// Clauses that hold beside those of every group of the rule.
    #[serde(default)]
    pub(crate) scope: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) join: Vec<Vec<Spanned<String>>>,
    #[serde(default)]
    pub(crate) flows: FlowsText,
}

/// The flows of a rule.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct FlowsText {
    pub(crate) like: Option<Spanned<String>>,
    #[serde(default)]
    pub(crate) without: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) direct: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) trimmed: Vec<Spanned<String>>,
    #[serde(default)]
    pub(crate) expressions: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(crate) constants: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(crate) merge: BTreeMap<String, Spanned<MergeType>>,
    #[serde(default)]
    pub(crate) once: Vec<Spanned<String>>,
    /// Flows that stand in no file: those of a [`RuleDefinition`](crate::RuleDefinition).
    #[serde(skip)]
    pub(crate) listed: Vec<FlowDefinition>,
}

/// Reads one file. A file that is no YAML of this form is one problem: the reader stops there.
pub(crate) fn read(file: &RuleFile) -> Result<Vec<Spanned<RuleText>>, Box<RuleProblem>> {
    let text: FileText = serde_saphyr::from_str(&file.text).map_err(|error| {
        let (code, text, help) = explain(error.without_snippet());
        let at = error.location();
        Box::new(RuleProblem {
            file: file.path.clone(),
            line: at.map_or(0, |at| number(at.line())),
            column: at.map_or(0, |at| number(at.column())),
            severity: Severity::Error,
            code,
            rule: String::new(),
            text,
            help,
            part: String::new(),
        })
    })?;
    Ok(text.rules)
}

/// Turns a line or column of the reader into ours.
pub(crate) fn number(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

fn explain(error: &Error) -> (&'static str, String, String) {
    let one_of = |expected: &[&str]| format!("one of {}", expected.join(", "));
    match error {
        Error::SerdeUnknownField { field, expected, .. } => (
            "unknown-key",
            format!("unknown key `{field}`"),
            nearest(field, expected.iter().copied())
                .map_or_else(|| one_of(expected), |near| format!("did you mean `{near}`?")),
        ),
        Error::SerdeUnknownVariant { variant, expected, .. } => (
            "unknown-value",
            format!("unknown value `{variant}`"),
            nearest(variant, expected.iter().copied())
                .map_or_else(|| one_of(expected), |near| format!("did you mean `{near}`?")),
        ),
        Error::SerdeMissingField { field, .. } => {
            ("missing-key", format!("the key `{field}` is missing"), String::new())
        }
        other => {
            let text = other.to_string();
            let first = text.lines().next().unwrap_or_default().to_owned();
            ("parse-error", first, "expressions and `%…%` need quotes in YAML".to_owned())
        }
    }
}

/// Takes the names of a list apart: `extensionAttribute1..15` stands for fifteen names.
pub(crate) fn expand(name: &str) -> Vec<String> {
    let Some((first, last)) = name.split_once("..") else { return vec![name.to_owned()] };
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let from = first.get(stem.len()..).and_then(|digits| digits.parse::<u16>().ok());
    match (from, last.parse::<u16>()) {
        (Some(from), Ok(to)) if from <= to && to - from < 1000 => {
            (from..=to).map(|number| format!("{stem}{number}")).collect()
        }
        _ => vec![name.to_owned()],
    }
}

/// Reads a duration `[d.]hh:mm:ss` in milliseconds (SR-066); `0` is zero.
pub(crate) fn duration_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let (days, clock) = match text.split_once('.') {
        Some((days, clock)) => (days.parse::<i64>().ok()?, clock),
        None => (0, text),
    };
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let valid = parts.next().is_none()
        && (0..100_000).contains(&days)
        && (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0..60).contains(&seconds);
    valid.then(|| (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        read(&RuleFile { path: "custom.yaml".into(), text: text.into() }).unwrap_err().to_string()
    }

    #[test]
    fn a_misspelled_key_is_named_with_its_place_and_the_nearest_one() {
        let text =
            "rules:\n  - name: A\n    conector: forest\n    from: user\n    to: metaverse person\n";
        insta::assert_snapshot!(problem(text), @"custom.yaml:3:5: error unknown-key: unknown key `conector`; did you mean `connector`?");
    }

    #[test]
    fn an_unknown_link_type_is_named_with_the_nearest_one() {
        let text = "rules:\n  - name: A\n    connector: forest\n    from: user\n    to: metaverse person\n    link: provison\n";
        insta::assert_snapshot!(problem(text), @"custom.yaml:6:11: error unknown-value: unknown value `provison`; did you mean `provision`?");
    }

    #[test]
    fn a_missing_key_is_named() {
        insta::assert_snapshot!(problem("rules:\n  - name: A\n    connector: forest\n"), @"custom.yaml:3:5: error missing-key: the key `from` is missing");
    }

    /// The keys that the published schema lists below `properties` of a definition.
    fn published(definition: &str) -> Vec<&'static str> {
        const SCHEMA: &str = include_str!("../../../docs/schema/rules.json");
        let (_, rest) = SCHEMA.split_once(&format!("\n    \"{definition}\": {{")).unwrap();
        let (_, rest) = rest.split_once("\"properties\": {\n").unwrap();
        let keys = rest.lines().take_while(|line| line.starts_with("        "));
        let mut keys: Vec<&str> = keys
            .filter(|line| line.starts_with("        \""))
            .filter_map(|line| line.trim_start().strip_prefix('"')?.split_once('"'))
            .map(|(key, _)| key)
            .collect();
        keys.sort_unstable();
        keys
    }

    /// The schema that editors use knows the keys that the reader knows, and no others.
    #[test]
    fn the_published_schema_has_the_keys_of_the_reader() {
        let read = |text: &str| -> Vec<String> {
            let said = problem(text);
            let (_, keys) = said.split_once("one of ").unwrap_or_else(|| panic!("{said}"));
            let mut keys: Vec<String> = keys.split(", ").map(str::to_owned).collect();
            keys.sort_unstable();
            keys
        };
        let rule = "rules:\n  - name: A\n    connector: forest\n    from: user\n    to: metaverse person\n";
        assert_eq!(published("rule"), read("rules:\n  - qqqqqqqqqqqq: 1\n"));
        assert_eq!(published("flows"), read(&format!("{rule}    flows: {{qqqqqqqqqqqq: 1}}\n")));
        assert_eq!(
            published("variant"),
            read(&format!("{rule}    variants: [{{qqqqqqqqqqqq: 1}}]\n"))
        );
    }

    #[test]
    fn ranges_of_names_expand() {
        assert_eq!(expand("msExchExtensionCustomAttribute1..3").len(), 3);
        assert_eq!(expand("extensionAttribute9..11")[1], "extensionAttribute10");
        assert_eq!(expand("title"), ["title"]);
        assert_eq!(expand("a..b"), ["a..b"]);
    }

    /// SR-066.
    #[test]
    fn durations_have_days_hours_minutes_and_seconds() {
        assert_eq!(duration_ms("00:00:00"), Some(0));
        assert_eq!(duration_ms("0"), Some(0));
        assert_eq!(duration_ms("1.02:03:04"), Some(93_784_000));
        assert_eq!(duration_ms("25:00:00"), None);
        assert_eq!(duration_ms("soon"), None);
    }
}

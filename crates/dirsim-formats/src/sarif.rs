//! Writes findings as code scanners exchange them: SARIF 2.1.0 (`interfaces.md` 12.1).

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The published schema of the format.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One finding.
#[derive(Debug, Clone, Default)]
pub struct Finding {
    /// The id of its rule; every rule that a finding names is listed once.
    pub rule: String,
    /// `error`, `warning` or `note`.
    pub level: &'static str,
    /// What was found.
    pub message: String,
    /// What to do, for the list of rules.
    pub fix: Option<String>,
    /// The file it is about.
    pub file: String,
    /// The name of the object it is about.
    pub object: String,
    /// What stays the same from run to run: the anchor of the object, for instance.
    pub fingerprint: String,
    /// Facts beside.
    pub properties: Vec<(String, String)>,
}

/// Writes findings of one run of dirsim.
pub fn write(version: &str, properties: &[(&str, String)], findings: &[Finding]) -> String {
    let mut rules: Vec<&Finding> = Vec::new();
    for finding in findings {
        if !rules.iter().any(|known| known.rule == finding.rule) {
            rules.push(finding);
        }
    }
    let index = |rule: &str| rules.iter().position(|known| known.rule == rule);
    let results: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let beside: serde_json::Map<String, Value> = finding
                .properties
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect();
            json!({
                "ruleId": finding.rule,
                "ruleIndex": index(&finding.rule),
                "level": finding.level,
                "message": {"text": finding.message},
                "locations": [{
                    "physicalLocation": {
                        "artifactLocation": {"uri": uri(&finding.file)},
                        "region": {"startLine": 1},
                    },
                    "logicalLocations": [{
                        "fullyQualifiedName": finding.object,
                        "kind": "object",
                    }],
                }],
                "partialFingerprints": {
                    "anchorAndRule/v1": format!("{}:{}", finding.fingerprint, finding.rule),
                },
                "properties": beside,
            })
        })
        .collect();
    let rules: Vec<Value> = rules
        .iter()
        .map(|finding| {
            let mut rule = json!({
                "id": finding.rule,
                "name": pascal(&finding.rule),
                "shortDescription": {"text": finding.rule},
                "defaultConfiguration": {"level": finding.level},
            });
            if let (Some(fix), Value::Object(fields)) = (&finding.fix, &mut rule) {
                fields.insert("help".to_owned(), json!({"text": fix}));
            }
            rule
        })
        .collect();
    let properties: serde_json::Map<String, Value> =
        properties.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "dirsim", "version": version, "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "properties": properties,
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

/// Turns a code into the name of a rule: `DATA-LOSS` becomes `DataLoss`.
fn pascal(code: &str) -> String {
    if !code.contains('-') {
        return code.to_owned();
    }
    let words = code.split('-').map(|word| {
        let lower = word.to_lowercase();
        let mut letters = lower.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect()
}

/// Writes a path as a relative URI.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a text takes every byte");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader of the format insists on: version, driver, rules by index, levels, messages.
    #[test]
    fn every_result_points_at_its_rule() {
        let finding = |rule: &str, level, object: &str| Finding {
            rule: rule.to_owned(),
            level,
            message: format!("{object} is refused"),
            fix: Some("repair it".to_owned()),
            file: "my ws".to_owned(),
            object: object.to_owned(),
            fingerprint: "ERERESIiMzNERFVVVVVVVQ==".to_owned(),
            properties: vec![("specification".to_owned(), "ET-050".to_owned())],
        };
        let findings = [
            finding("InvalidHardMatch", "error", "ann"),
            finding("DATA-LOSS", "warning", "bob"),
            finding("InvalidHardMatch", "error", "cid"),
        ];
        let text = write("1.2.3", &[("asOf", "today".to_owned())], &findings);
        let log: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(log["version"], "2.1.0");
        let run = &log["runs"][0];
        assert_eq!(run["tool"]["driver"]["name"], "dirsim");
        assert_eq!(run["properties"]["asOf"], "today");
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[1]["name"], "DataLoss");
        for result in run["results"].as_array().unwrap() {
            let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[at]["id"], result["ruleId"]);
            assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
            assert!(!result["message"]["text"].as_str().unwrap().is_empty());
            let location = &result["locations"][0]["physicalLocation"];
            assert_eq!(location["artifactLocation"]["uri"], "my%20ws");
            assert_eq!(location["region"]["startLine"], 1);
        }
        let print = &run["results"][0]["partialFingerprints"]["anchorAndRule/v1"];
        assert_eq!(print, "ERERESIiMzNERFVVVVVVVQ==:InvalidHardMatch");
    }
}

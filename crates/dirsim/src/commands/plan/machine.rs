//! A plan for programs: JSON, CSV, `JUnit` XML and SARIF.

use dirsim_formats::{junit, sarif};
use dirsim_world::Source;
use dirsim_world::ledger::loss;
use dirsim_world::plan::{Finding, Level, Plan as Planned, PlanItem};
use serde_json::{Value, json};

use super::text::rank;
use crate::failure::Failure;
use crate::report::Rows;

/// The version of the JSON document. 2: every change with its rule, files with their digests.
const FORMAT_VERSION: u32 = 2;

/// Writes the whole plan as one JSON document.
pub(super) fn json(planned: &Planned, workspace: &str) -> Result<String, Failure> {
    let summary: serde_json::Map<String, Value> = planned
        .totals()
        .into_iter()
        .map(|(outcome, count)| (camel(outcome.words()), json!(count)))
        .collect();
    let runs: Vec<Value> = planned
        .runs
        .iter()
        .map(|run| {
            let sums = dirsim_world::view::run_summary(run);
            json!({
                "connector": run.connector_name,
                "profile": run.profile.name(),
                "result": run.result.name(),
                "adds": sums.adds,
                "updates": sums.updates,
                "deletes": sums.deletes,
                "errors": sums.errors,
            })
        })
        .collect();
    let document = json!({
        "formatVersion": FORMAT_VERSION,
        "engine": concat!("dirsim ", env!("CARGO_PKG_VERSION")),
        "asOf": planned.as_of.to_string(),
        "at": planned.at.to_string(),
        "seed": planned.seed,
        "workspace": workspace,
        "inputs": planned.sources.iter().map(input).collect::<Vec<_>>(),
        "summary": summary,
        "throughput": planned.throughput,
        "runs": runs,
        "objects": planned.items.iter().map(object).collect::<Vec<_>>(),
        "findings": planned.findings(),
    });
    let mut text =
        serde_json::to_string(&document).map_err(|error| Failure::internal(error.to_string()))?;
    text.push('\n');
    Ok(text)
}

fn input(source: &Source) -> Value {
    json!({"path": source.path, "sha256": source.sha256, "kind": source.kind})
}

fn object(item: &PlanItem) -> Value {
    let (situation, action) = item.outcome.situation();
    let changes: Vec<Value> = item
        .changes
        .iter()
        .map(|change| {
            let lost = item.overwritten.iter().any(|lost| lost.attribute == change.attribute);
            json!({
                "attribute": change.attribute,
                "system": change.system,
                "before": change.before,
                "after": change.after,
                "rule": change.rule,
                "precedence": change.precedence,
                "overwritten": lost,
            })
        })
        .collect();
    let quarantined: Vec<Value> = item
        .quarantined
        .iter()
        .map(|held| {
            json!({
                "attribute": held.property,
                "value": held.value,
                "owner": held.owner.to_string(),
                "rule": "ET-072",
            })
        })
        .collect();
    let explain: Vec<Value> = item
        .checks
        .iter()
        .enumerate()
        .map(|(index, check)| json!({"step": index + 1, "fact": check.fact, "source": check.rule}))
        .collect();
    let mut risk: Vec<String> = item.findings().into_iter().map(|finding| finding.rule).collect();
    risk.extend(item.notes.iter().map(|note| note.code.clone()));
    risk.sort_unstable();
    risk.dedup();
    json!({
        "key": item.object,
        "type": item.kind,
        "connector": item.connector,
        "csDn": item.dn,
        "adDn": item.forest_dn,
        "anchor": item.anchor,
        "cloudId": item.cloud,
        "situation": situation,
        "action": action,
        "outcome": item.outcome.words(),
        "blockedBy": item.refusal.as_ref().map(|refusal| &refusal.name),
        "risk": risk,
        "changes": changes,
        "quarantined": quarantined,
        "explain": explain,
        "notes": item.notes,
    })
}

/// Turns `soft match by SMTP` into `softMatchBySmtp`.
fn camel(words: &str) -> String {
    let mut out = String::new();
    for (index, word) in words.split(' ').enumerate() {
        let word = word.to_lowercase();
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if index > 0 => out.push(first.to_ascii_uppercase()),
            Some(first) => out.push(first),
            None => {}
        }
        out.extend(letters);
    }
    out
}

/// Writes one line per object that deserves a look, or per object.
pub(super) fn csv(planned: &Planned, all: bool) -> String {
    let mut rows = Rows::new(&[
        "Object",
        "Type",
        "Outcome",
        "Error",
        "Conflict",
        "Quarantined",
        "Values lost",
        "Why",
        "Rule",
        "Dn",
        "Anchor",
        "Cloud object",
    ]);
    let mut items: Vec<&PlanItem> =
        planned.items.iter().filter(|item| all || item.deserves_a_look()).collect();
    items.sort_by_key(|item| (rank(item), item.outcome));
    for item in items {
        let check = item.deciding_check();
        let (why, rule) = match &item.refusal {
            Some(refusal) => {
                let named = format!("{}: ", refusal.name);
                let text = refusal.text.strip_prefix(&*named).unwrap_or(&refusal.text);
                (text.to_owned(), Some(refusal.rule.clone()))
            }
            None => (
                check.map(|check| check.fact.clone()).unwrap_or_default(),
                check.map(|check| check.rule.clone()),
            ),
        };
        let quarantined: Vec<&str> = item.quarantined.iter().map(|q| q.value.as_str()).collect();
        let losses: Vec<String> = item
            .overwritten
            .iter()
            .map(loss)
            .filter(|loss| !loss.lost().is_empty())
            .map(|loss| format!("{} {}", loss.attribute, loss.lost().join(", ")))
            .collect();
        rows.push(vec![
            json!(item.object),
            json!(item.kind),
            json!(item.outcome.words()),
            json!(item.refusal.as_ref().map(|refusal| &refusal.name)),
            json!(item.refusal.as_ref().and_then(|refusal| refusal.attribute.as_ref())),
            json!(quarantined),
            json!(losses),
            json!(why),
            json!(rule),
            json!(item.forest_dn.as_ref().unwrap_or(&item.dn)),
            json!(item.anchor),
            json!(item.cloud),
        ]);
    }
    rows.csv()
}

/// Writes a test report: an object that the cycle would fail for is a case that fails.
pub(super) fn junit(planned: &Planned, workspace: &str, all: bool) -> String {
    let mut suites: Vec<junit::Suite> = Vec::new();
    for item in &planned.items {
        if !all && !item.deserves_a_look() {
            continue;
        }
        let known = suites.iter().position(|suite| suite.name == item.connector);
        let at = known.unwrap_or(suites.len());
        if known.is_none() {
            let properties = facts(planned).into_iter();
            suites.push(junit::Suite {
                name: item.connector.clone(),
                timestamp: planned.at.to_string(),
                properties: properties.map(|(name, value)| (name.to_owned(), value)).collect(),
                cases: Vec::new(),
            });
        }
        let Some(suite) = suites.get_mut(at) else { continue };
        let findings = item.findings();
        let failure = findings.iter().find(|finding| finding.level == Level::Error);
        let output: Vec<String> = findings
            .iter()
            .filter(|finding| finding.level != Level::Error)
            .map(|finding| {
                format!("{}: {} ({})", finding.rule, finding.message, finding.specification)
            })
            .collect();
        suite.cases.push(junit::Case {
            name: format!("{}: {}", item.object, item.outcome.words()),
            class: item.kind.clone(),
            failure: failure.map(|finding| junit::Failure {
                kind: finding.rule.clone(),
                message: first_line(&finding.message),
                text: format!("{}\n{}\n{}", finding.message, finding.specification, finding.dn),
            }),
            output: output.join("\n"),
        });
    }
    junit::write(&junit::Report { name: format!("dirsim plan {workspace}"), suites })
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Writes the findings for code scanners.
pub(super) fn sarif(planned: &Planned, workspace: &str) -> String {
    let level = |level: Level| match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let findings: Vec<sarif::Finding> = planned
        .findings()
        .into_iter()
        .map(|finding: Finding| sarif::Finding {
            level: level(finding.level),
            message: format!("{}: {}", finding.object, finding.message),
            fix: finding.fix,
            file: workspace.to_owned(),
            fingerprint: finding.anchor.unwrap_or_else(|| finding.dn.clone()),
            object: finding.dn,
            properties: vec![
                ("object".to_owned(), finding.object),
                ("specification".to_owned(), finding.specification),
            ],
            rule: finding.rule,
        })
        .collect();
    sarif::write(env!("CARGO_PKG_VERSION"), &facts(planned), &findings)
}

/// The facts that every report carries.
fn facts(planned: &Planned) -> Vec<(&'static str, String)> {
    vec![
        ("asOf", planned.as_of.to_string()),
        ("seed", planned.seed.to_string()),
        ("writes", planned.throughput.writes.to_string()),
        ("atLeastMinutes", planned.throughput.at_least_minutes.to_string()),
    ]
}

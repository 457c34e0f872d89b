//! What a plan is read for, one by one: refusals, quarantine, losses, deletions. Reports for programs
//! are made from these.

use dirsim_tenant::catalogue::catalogue;
use serde::Serialize;

use super::{Plan, PlanItem, PlanOutcome};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Something fails.
    Error,
    /// Something is lost or set aside.
    Warning,
    /// Something to know.
    Note,
}

/// One finding about one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of finding it is: an error of the catalogue, or a code of dirsim's own notes.
    pub rule: String,
    /// How much it matters.
    pub level: Level,
    /// The name by which people know the object.
    pub object: String,
    /// Its name in the forest, else in the connector space.
    pub dn: String,
    /// Its source anchor.
    pub anchor: Option<String>,
    /// What was found.
    pub message: String,
    /// What to do, where the catalogue says so.
    pub fix: Option<String>,
    /// The rule of the specification that decided.
    pub specification: String,
}

impl Plan {
    /// Lists what deserves attention, in the order of the objects.
    pub fn findings(&self) -> Vec<Finding> {
        self.items.iter().flat_map(PlanItem::findings).collect()
    }
}

impl PlanItem {
    /// Lists what deserves attention about one object.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut add = |rule: &str, level, message: String, specification: &str| {
            found.push(Finding {
                rule: rule.to_owned(),
                level,
                object: self.object.clone(),
                dn: self.forest_dn.clone().unwrap_or_else(|| self.dn.clone()),
                anchor: self.anchor.clone(),
                message,
                fix: catalogue().errors.get(rule).map(|entry| entry.fix.clone()),
                specification: specification.to_owned(),
            });
        };
        if let Some(refusal) = &self.refusal {
            add(&refusal.name, Level::Error, refusal.text.clone(), &refusal.rule);
        }
        let deciding = self.deciding_check();
        let why = || deciding.map(|check| check.fact.clone()).unwrap_or_default();
        match self.outcome {
            PlanOutcome::SyncError => add("synchronization-error", Level::Error, why(), "SE-158"),
            PlanOutcome::WriteBackRefused => {
                add("write-back-refused", Level::Error, why(), "SE-219");
            }
            PlanOutcome::SoftDelete => add(
                "deleted-to-the-recycle-bin",
                Level::Warning,
                "the user is deleted and can be restored for 30 days".to_owned(),
                "ET-170",
            ),
            _ => {}
        }
        for held in &self.quarantined {
            let message = format!("{} {} goes to quarantine", held.property, held.value);
            add("QuarantinedAttributeValueMustBeUnique", Level::Warning, message, "ET-072");
        }
        for note in &self.notes {
            let loses = matches!(note.code.as_str(), "DATA-LOSS" | "IRREVERSIBLE");
            let level = if loses { Level::Warning } else { Level::Note };
            add(&note.code, level, note.text.clone(), &note.rule);
        }
        found
    }
}

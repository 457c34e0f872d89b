//! The rule set of a world: files, edits of single rules, and what a change of either requires.

use std::collections::BTreeSet;

use dirsim_model::{Guid, Schema};
use dirsim_rules::{
    ConnectorInfo, RuleDefinition, RuleEdit, RuleFile, RuleProblem, RuleSet, Severity,
};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::connector;
use dirsim_tenant::answer::Note;

use crate::error::WorldError;
use crate::event::{Event, Refusal};
use crate::input::Setup;
use crate::world::{RULE_EDITS, SETUP};

/// Returns what the rules of a world know about its connectors, in the order of their creation.
pub fn connectors(tables: &dyn Tables) -> StoreResult<Vec<ConnectorInfo>> {
    connector::all(tables)?.iter().map(|connector| connector.info(tables)).collect()
}

/// Returns the edits of single rules since the rule files, in order.
pub fn edits(tables: &dyn Tables) -> StoreResult<Vec<RuleEdit>> {
    Ok(rows::meta(tables, RULE_EDITS)?.unwrap_or_default())
}

/// Compiles rule files for the connectors and options of a world; the inner error is everything
/// that is wrong with them.
pub fn build(
    tables: &dyn Tables,
    schema: &Schema,
    files: &[RuleFile],
) -> Result<Result<RuleSet, Vec<RuleProblem>>, WorldError> {
    let setup: Setup = rows::meta(tables, SETUP)?.ok_or(WorldError::NothingLoaded("setup"))?;
    let connectors = connectors(tables)?;
    Ok(RuleSet::build(files, &connectors, &setup.rules, &mut schema.clone()))
}

/// Compiles the rules of a world for its connectors.
///
/// Names that only rules mention are numbered in a copy of the schema: no record ever holds them.
pub(crate) fn compile(tables: &dyn Tables, schema: &Schema) -> Result<RuleSet, WorldError> {
    let setup: Setup = rows::meta(tables, SETUP)?.ok_or(WorldError::NothingLoaded("setup"))?;
    let files = setup.rule_files.unwrap_or_else(RuleSet::default_files);
    let (connectors, edits) = (connectors(tables)?, edits(tables)?);
    let mut rules =
        RuleSet::build_edited(&files, &connectors, &setup.rules, &edits, &mut schema.clone())
            .map_err(WorldError::Rules)?;
    for connector in connector::all(tables)? {
        if let Some(selected) = &connector.attributes {
            rules.note_unselected(connector.id, selected);
        }
        if connector.is_forest() {
            rules.note_unselected_classes(connector.id, &connector.classes);
        }
    }
    Ok(rules)
}

/// Replaces the rule files and forgets the edits. A set that does not compile is an error, and the
/// caller keeps nothing.
pub(crate) fn replace(
    tables: &mut dyn Tables,
    schema: &Schema,
    files: &[RuleFile],
) -> Result<Vec<Event>, WorldError> {
    let mut setup: Setup = rows::meta(tables, SETUP)?.ok_or(WorldError::NothingLoaded("setup"))?;
    let before = numbered(tables, schema)?;
    setup.rule_files = Some(files.to_vec());
    rows::put_meta(tables, SETUP, &setup)?;
    forget_edits(tables)?;
    changed(tables, schema, &before)
}

/// Changes how the server was set up: what the wizard was told is part of its rules.
pub(crate) fn set_up_anew(
    tables: &mut dyn Tables,
    schema: &Schema,
    edit: impl FnOnce(&mut Setup),
) -> Result<Vec<Event>, WorldError> {
    let mut setup: Setup = rows::meta(tables, SETUP)?.ok_or(WorldError::NothingLoaded("setup"))?;
    let before = numbered(tables, schema)?;
    edit(&mut setup);
    rows::put_meta(tables, SETUP, &setup)?;
    changed(tables, schema, &before)
}

/// Returns how the world was set up.
pub fn setup(tables: &dyn Tables) -> StoreResult<Option<Setup>> {
    rows::meta(tables, SETUP)
}

/// Keeps edits of single rules behind those that there are.
pub(crate) fn add_edits(tables: &mut dyn Tables, more: Vec<RuleEdit>) -> StoreResult<()> {
    let mut all = edits(tables)?;
    all.extend(more);
    rows::put_meta(tables, RULE_EDITS, &all)
}

/// Forgets the edits of single rules: they belonged to other files.
pub(crate) fn forget_edits(tables: &mut dyn Tables) -> StoreResult<()> {
    rows::put_meta(tables, RULE_EDITS, &Vec::<RuleEdit>::new())
}

/// Adds, changes, disables or removes one rule (SE-140).
pub(crate) fn edit(
    tables: &mut dyn Tables,
    schema: &Schema,
    edit: &RuleEdit,
) -> Result<Result<Vec<Event>, Refusal>, WorldError> {
    let before = numbered(tables, schema)?;
    let mut all = edits(tables)?;
    all.push(edit.clone());
    rows::put_meta(tables, RULE_EDITS, &all)?;
    match changed(tables, schema, &before) {
        Ok(events) => Ok(Ok(events)),
        Err(WorldError::Rules(problems)) => Ok(Err(refusal(&problems))),
        Err(other) => Err(other),
    }
}

/// The server refuses a rule that is wrong, with everything that is wrong with it (SR-011).
fn refusal(problems: &[RuleProblem]) -> Refusal {
    let errors = problems.iter().filter(|problem| problem.severity == Severity::Error);
    let lines: Vec<String> = errors
        .map(|problem| {
            let help = if problem.help.is_empty() { "" } else { "; " };
            format!("{}: {}{help}{}", problem.code, problem.text, problem.help)
        })
        .collect();
    Refusal::Server { message: lines.join("\n"), rule: "SR-011" }
}

/// The rules of a world with the number of their connector.
type Numbered = Vec<(u32, RuleDefinition)>;

fn numbered(tables: &dyn Tables, schema: &Schema) -> Result<Numbered, WorldError> {
    let rules = compile(tables, schema)?;
    Ok(rules.rules().iter().map(|rule| rule.connector).zip(rules.definitions()).collect())
}

/// Marks the connectors whose rules differ from `before`: only a full synchronization makes them
/// fully effective (SE-140, SE 6.3, SR-024). Until then old results stay, which is noted for those
/// that were synchronized before.
fn changed(
    tables: &mut dyn Tables,
    schema: &Schema,
    before: &[(u32, RuleDefinition)],
) -> Result<Vec<Event>, WorldError> {
    let after = numbered(tables, schema)?;
    let content = |rules: &[(u32, RuleDefinition)], of: u32| -> Vec<RuleDefinition> {
        let own = rules.iter().filter(|(connector, _)| *connector == of);
        own.map(|(_, rule)| RuleDefinition { version: 1, ..rule.clone() }).collect()
    };
    let mut events = Vec::new();
    for connector in connector::all(tables)? {
        if content(before, connector.id) == content(&after, connector.id) {
            continue;
        }
        connector::rules_changed(tables, connector.id)?;
        if connector.runs > 0 {
            events.push(Event::Note(Note {
                code: "FULL-SYNC-PENDING".to_owned(),
                text: format!(
                    "rules of {} changed; old results stay until its next full synchronization",
                    connector.name
                ),
                rule: "SR-024".to_owned(),
            }));
        }
    }
    Ok(events)
}

/// Returns the identities of rules that a set gained, lost or changed, `before` against `after`.
pub fn differing(before: &[RuleDefinition], after: &[RuleDefinition]) -> BTreeSet<Guid> {
    let differs = |rule: &&RuleDefinition, others: &[RuleDefinition]| {
        others.iter().find(|other| other.id == rule.id) != Some(rule)
    };
    let lost = before.iter().filter(|rule| differs(rule, after));
    let gained = after.iter().filter(|rule| differs(rule, before));
    lost.chain(gained).map(|rule| rule.id).collect()
}

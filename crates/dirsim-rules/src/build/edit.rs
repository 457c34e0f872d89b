//! What an administrator changed in the rules that files describe (SE 6.3, SR-007).

use dirsim_model::{Guid, Schema};

use super::check::identify;
use super::compile::Compiler;
use super::{At, Place, Template};
use crate::definition::{RuleDefinition, RuleEdit, RulePlace};
use crate::options::ConnectorInfo;
use crate::rule::Rule;

/// What messages give as the place of a rule that stands in no file.
pub(super) const SERVER: &str = "server";

impl Compiler<'_> {
    /// Applies edits to rules that have their identities, in the order in which they were made.
    pub(super) fn edit(
        &mut self,
        rules: &mut Vec<Rule>,
        edits: &[RuleEdit],
        connectors: &[ConnectorInfo],
    ) {
        for edit in edits {
            match edit {
                RuleEdit::Put { rule, place } => self.put(rules, rule, *place, connectors),
                RuleEdit::Remove(id) => {
                    if let Some(at) = self.place(rules, *id) {
                        rules.remove(at);
                    }
                }
                RuleEdit::Disable { id, disabled } => {
                    if let Some(rule) = self.place(rules, *id).and_then(|at| rules.get_mut(at)) {
                        rule.disabled = *disabled;
                        rule.version += 1;
                    }
                }
            }
        }
    }

    /// Finds a rule; the place of an unknown one is reported.
    fn place(&mut self, rules: &[Rule], id: Guid) -> Option<usize> {
        let found = rules.iter().position(|rule| rule.id == id);
        if found.is_none() {
            let at = At { file: SERVER, rule: "", line: 0, column: 0 };
            let text = format!("no rule has the identifier {id}");
            self.problems.error("unknown-rule", at, text, "");
        }
        found
    }

    fn put(
        &mut self,
        rules: &mut Vec<Rule>,
        definition: &RuleDefinition,
        place: RulePlace,
        connectors: &[ConnectorInfo],
    ) {
        let template = Template {
            file: SERVER.to_owned(),
            line: 0,
            place: Place::Exact(definition.precedence),
            text: definition.text(),
        };
        let Some(connector) = connectors.iter().find(|known| known.guid == definition.connector)
        else {
            let known: Vec<String> =
                connectors.iter().map(|c| format!("{} ({})", c.guid, c.name)).collect();
            self.problems.error(
                "unknown-connector",
                At::rule(&template),
                format!("no connector has the identifier {}", definition.connector),
                format!("one of {}", known.join(", ")),
            );
            return;
        };
        let Some(mut rule) = self.rule(&template, connector, definition.precedence) else { return };
        rule.soft_delete_expiry_ms = definition.soft_delete_expiry_ms;
        rule.id = definition.id;
        let known = rules.iter().position(|known| known.id == rule.id && rule.id != Guid::NIL);
        let before = known.map(|at| rules.remove(at));
        if let Some(before) = &before {
            rule.version = before.version + 1;
            rule.origin.clone_from(&before.origin);
            let schema: &Schema = self.schema;
            let content = |rule: &Rule| rule.definition(schema, connectors).content();
            rule.modified =
                before.is_standard() && (before.modified || content(before) != content(&rule));
        }
        match place {
            RulePlace::Kept => {
                rule.precedence = before.map_or(definition.precedence, |rule| rule.precedence);
            }
            RulePlace::Exact(precedence) => rule.precedence = precedence,
            RulePlace::Before(id) | RulePlace::After(id) => {
                let Some(at) = self.place(rules, id) else { return };
                let anchor = rules.get(at).map_or(0, |rule| rule.precedence);
                let wanted =
                    if matches!(place, RulePlace::Before(_)) { anchor } else { anchor + 1 };
                make_room(rules, wanted);
                rule.precedence = wanted;
            }
        }
        rules.push(rule);
        rules.sort_by_key(|rule| rule.precedence);
        identify(rules, connectors);
    }
}

/// Raises the numbers from `wanted` on by one until a gap is reached (SR-007).
fn make_room(rules: &mut [Rule], wanted: u32) {
    rules.sort_by_key(|rule| rule.precedence);
    let mut taken = wanted;
    for rule in rules.iter_mut().filter(|rule| rule.precedence >= wanted) {
        if rule.precedence > taken {
            break;
        }
        taken = rule.precedence + 1;
        rule.precedence = taken;
    }
}

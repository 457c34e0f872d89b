//! What an administrator should look at though the set works: edited, cloned and missing standard
//! rules (SR-005, SR-120, SR-121, SR-123).

use std::collections::BTreeMap;

use dirsim_model::{Guid, Schema};

use super::compile::Compiler;
use super::{At, Problems};
use crate::default_files;
use crate::flow::Flow;
use crate::options::{ConnectorInfo, RuleFile};
use crate::rule::Rule;

/// The standard rules that came with the files, by identity.
pub(super) struct Delivered(BTreeMap<Guid, String>);

impl Delivered {
    /// Notes the standard rules of a set that nobody edited yet.
    pub(super) fn of(rules: &[Rule]) -> Self {
        let standard = rules.iter().filter(|rule| rule.is_standard());
        Self(standard.map(|rule| (rule.id, rule.name.clone())).collect())
    }
}

/// Marks standard rules of files that differ from those that dirsim ships with (SR-005). A rule whose
/// tag dirsim does not know, such as another revision, has no fingerprint to compare with.
pub(super) fn mark_modified(
    rules: &mut [Rule],
    files: &[RuleFile],
    connectors: &[ConnectorInfo],
    compiler: &Compiler<'_>,
) {
    let shipped = default_files::all();
    let foreign =
        |rule: &Rule| rule.is_standard() && shipped.iter().all(|file| file.path != rule.file);
    if *files == shipped || !rules.iter().any(foreign) {
        return;
    }
    let mut problems = Problems::default();
    let templates = super::read(&shipped, &mut problems);
    let mut schema = compiler.schema.clone();
    let delivered = Compiler {
        schema: &mut schema,
        options: compiler.options,
        templates: &templates,
        problems,
    }
    .all(connectors);
    for rule in rules.iter_mut().filter(|rule| foreign(rule)) {
        let known = delivered
            .iter()
            .find(|known| (&known.tag, known.connector) == (&rule.tag, rule.connector));
        rule.modified = known.is_some_and(|known| {
            known.definition(&schema, connectors).content()
                != rule.definition(compiler.schema, connectors).content()
        });
    }
}

fn at(rule: &Rule) -> At<'_> {
    At { file: &rule.file, rule: &rule.name, line: rule.line, column: 0 }
}

/// Looks at all rules.
pub(super) fn all(rules: &[Rule], delivered: &Delivered, schema: &Schema, problems: &mut Problems) {
    for rule in rules.iter().filter(|rule| rule.modified) {
        problems.warning(
            "standard-rule-modified",
            at(rule),
            format!("the standard rule `{}` differs from what was delivered", rule.name),
            "the next upgrade puts it back; clone it, disable it, and change the clone",
        );
    }
    for (id, name) in &delivered.0 {
        if !rules.iter().any(|rule| rule.id == *id) {
            problems.warning(
                "standard-rule-missing",
                At { file: super::edit::SERVER, rule: name, line: 0, column: 0 },
                "a standard rule was deleted",
                "the next upgrade brings it back; disable it instead",
            );
        }
    }
    for custom in rules.iter().filter(|rule| !rule.is_standard() && !rule.disabled) {
        for standard in rules.iter().filter(|rule| rule.is_standard() && is_sibling(custom, rule)) {
            clone(custom, standard, schema, problems);
        }
    }
}

/// Whether two rules speak about the same objects of one connector.
fn is_sibling(a: &Rule, b: &Rule) -> bool {
    (a.direction, a.connector, a.cs_class, a.mv_class)
        == (b.direction, b.connector, b.cs_class, b.mv_class)
}

/// Finds clones: custom rules that repeat most of a standard one.
fn clone(custom: &Rule, standard: &Rule, schema: &Schema, problems: &mut Problems) {
    let same = |a: &Flow, b: &Flow| {
        (a.target, &a.text, a.merge, a.apply_once) == (b.target, &b.text, b.merge, b.apply_once)
    };
    let repeated = |flow: &&Flow| standard.flows.iter().any(|theirs| same(flow, theirs));
    let (equal, own): (Vec<&Flow>, Vec<&Flow>) = custom.flows.iter().partition(repeated);
    let is_clone = equal.len() >= 2 && equal.len() * 2 > standard.flows.len();
    if !is_clone {
        return;
    }
    if !standard.disabled {
        problems.warning(
            "clone-without-disable",
            at(custom),
            format!(
                "the rule repeats {} of the {} flows of `{}`, and both are enabled",
                equal.len(),
                standard.flows.len(),
                standard.name
            ),
            "disable the standard rule, or keep only the flows that differ",
        );
    }
    if own.len() < equal.len() {
        let names: Vec<&str> = own.iter().map(|flow| schema.name(flow.target)).collect();
        problems.warning(
            "custom-rule-repeats-standard",
            at(custom),
            format!("{} of its flows are those of `{}`", equal.len(), standard.name),
            if names.is_empty() {
                "enable the standard rule again; this one adds nothing".to_owned()
            } else {
                format!("a Join rule without join criteria that flows {} does", names.join(", "))
            },
        );
    }
}

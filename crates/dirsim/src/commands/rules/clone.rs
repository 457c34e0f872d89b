//! `dirsim rules clone`: the safe way to change a standard rule (SR-120).

use dirsim_model::Guid;
use dirsim_rules::{RuleDefinition, RuleEdit, RulePlace, derived_rule_id};
use dirsim_world::{Input, ServerEdit};

use super::Loaded;
use crate::cli::RulesClone;
use crate::failure::Failure;

/// Custom rules stay below this number (SR-006).
const STANDARD_FROM: u32 = 100;

/// Copies a rule and disables the original, as the rule editor offers it.
pub(crate) fn clone(arguments: &RulesClone) -> Result<(), Failure> {
    let mut world = super::super::open(&arguments.place.workspace)?;
    let loaded = Loaded { rules: world.rules()?, world: None };
    let found = super::show::find(&loaded, &arguments.rule)?;
    let [ix] = found.as_slice() else {
        let lines: Vec<String> = found
            .iter()
            .map(|ix| loaded.rules.definition(*ix))
            .map(|rule| {
                let connector = loaded.connector(rule.connector);
                format!("  {} of {connector}, precedence {}", rule.id, rule.precedence)
            })
            .collect();
        return Err(Failure::usage(format!(
            "{} rules are called `{}`; name one by its identifier or number:\n{}",
            found.len(),
            arguments.rule,
            lines.join("\n")
        )));
    };
    let rules = loaded.rules.definitions();
    let original = loaded.rules.definition(*ix);
    let name = arguments.name.clone().unwrap_or_else(|| format!("{} - Cloned", original.name));
    let precedence = match arguments.precedence {
        Some(number) => number,
        None => free(&rules).ok_or_else(|| {
            Failure::usage("no number below 100 is free; name one with --precedence")
        })?,
    };
    let copy = RuleDefinition {
        id: free_id(&rules, &name, original.connector),
        name,
        tag: String::new(),
        version: 1,
        precedence,
        disabled: false,
        ..original.clone()
    };
    let before = world.head();
    let (place, copied) = (RulePlace::Exact(precedence), copy.clone());
    let mut edits = vec![RuleEdit::Put { rule: Box::new(copy), place }];
    if !arguments.keep && !original.disabled {
        edits.push(RuleEdit::Disable { id: original.id, disabled: true });
    }
    let inputs = edits.into_iter().map(|edit| Input::Server(ServerEdit::EditRule(edit))).collect();
    if let Err(failure) = super::super::init::fill(&mut world, inputs) {
        // Half a change is no change.
        world.goto(before)?;
        return Err(failure);
    }
    println!("{:>4}  {}  {}", copied.precedence, copied.name, copied.id);
    if arguments.keep && !original.disabled {
        anstream::eprintln!(
            "warning: clone-without-disable: both rules are enabled and apply together; `Set-ADSyncRule \
             -Identifier {} -Disabled $true` turns the original off",
            original.id
        );
    } else {
        println!("{:>4}  {}  disabled", original.precedence, original.name);
    }
    println!(
        "rules take full effect with the next full synchronization: dirsim cycle initial -w {}",
        arguments.place.workspace.display()
    );
    Ok(())
}

/// Returns the largest free number of a custom rule.
fn free(rules: &[RuleDefinition]) -> Option<u32> {
    (1..STANDARD_FROM).rev().find(|number| rules.iter().all(|rule| rule.precedence != *number))
}

/// Returns an identity that no rule has, the same in every world.
fn free_id(rules: &[RuleDefinition], name: &str, connector: Guid) -> Guid {
    (0..=u32::MAX)
        .map(|count| derived_rule_id(name, connector, count))
        .find(|id| rules.iter().all(|rule| rule.id != *id))
        .unwrap_or(Guid::NIL)
}

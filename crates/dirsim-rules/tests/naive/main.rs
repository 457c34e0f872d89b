//! The compiled rules against a second, naive reading of the specification: plain maps and texts,
//! nothing shared, nothing prepared (SR-030 to SR-105).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
#![allow(
    clippy::similar_names,
    clippy::unused_self,
    clippy::match_same_arms,
    clippy::nonminimal_bool,
    reason = "reads like the specification, not like a program"
)]

#[path = "../object/mod.rs"]
mod object;

mod model;
mod random;

use std::collections::BTreeMap;

use dirsim_model::schema::class;
use dirsim_model::{AttributeId, Dice, Schema};
use dirsim_rules::{Resolved, RuleIx, RuleOptions, RuleSet};
use model::{Answer, Set};
use object::{Object, connectors, file, lines};

/// Rule sets, and objects for each.
const SETS: u64 = 120;
const OBJECTS: usize = 8;

/// Builds a set of rule texts; the error is the codes of what is wrong.
fn build(text: &str) -> Result<(Schema, RuleSet), Vec<&'static str>> {
    let mut schema = Schema::built_in();
    let connectors = connectors(&["contoso.com"]);
    match RuleSet::build(&[file(text)], &connectors, &RuleOptions::default(), &mut schema) {
        Ok(set) => Ok((schema, set)),
        Err(problems) => {
            let errors = problems.iter().filter(|p| p.severity == dirsim_rules::Severity::Error);
            let codes: Vec<&'static str> = errors.map(|problem| problem.code).collect();
            assert!(
                codes.iter().all(|code| *code == "merge-type-conflict"),
                "{}",
                lines(&problems)
            );
            Err(codes)
        }
    }
}

/// What the compiled rules say about every attribute, as the naive model writes it.
fn compiled(
    schema: &Schema,
    set: &RuleSet,
    rules: &[RuleIx],
    object: &Object,
    created: bool,
) -> Answer {
    // What is written and not mentioned has no value.
    let none = |id: AttributeId| (schema.name(id).to_owned(), "none".to_owned());
    let mut values: BTreeMap<String, String> = set.targets(rules).attributes().map(none).collect();
    let done = set.resolve_each(rules, object, created, &mut |attribute, resolved| {
        let shown = match resolved {
            Resolved::None { .. } => "none".to_owned(),
            Resolved::Kept { .. } => "kept".to_owned(),
            Resolved::Values { values, rule, .. } => {
                let values: Vec<String> =
                    values.iter().map(|value| value.display().into_owned()).collect();
                format!("{} from {}", values.join("|"), set.rule(rule).name)
            }
        };
        values.insert(schema.name(attribute).to_owned(), shown);
    });
    match done {
        Ok(()) => Answer::Values(values),
        Err(failure) => Answer::Failed(failure.code.to_owned()),
    }
}

/// SR-021, SR-030, SR-032, SR-054, SR-062, SR-088 to SR-091, SR-100 to SR-105: scope, joins, link types,
/// apply once, merge types and precedence on random rule sets and objects.
#[test]
fn compiled_rules_agree_with_the_naive_reading() {
    let (mut judged, mut refused, mut failed, mut applied) = (0, 0, 0, 0);
    for seed in 0..SETS {
        let mut dice = Dice::new(seed);
        let naive: Set = random::set(&mut dice);
        let text = naive.text();
        let built = build(&text);
        assert_eq!(built.is_err(), naive.has_merge_conflict(), "seed {seed}: SR-091 of\n{text}");
        let Ok((schema, set)) = built else {
            refused += 1;
            continue;
        };
        for number in 0..OBJECTS {
            let plain = random::object(&mut dice);
            let mut object = Object::of_forest(&schema, &plain.lines());
            object.groups.extend(plain.groups.iter().map(ToString::to_string));
            let told = || format!("seed {seed}, object {number}:\n{}\n{text}", plain.lines());

            let rules = set.inbound_scope(1, class::USER, &object);
            let names: Vec<&str> = rules.iter().map(|ix| set.rule(*ix).name.as_str()).collect();
            let in_scope = naive.in_scope(&plain);
            let expected: Vec<&str> = in_scope.iter().map(|rule| rule.name.as_str()).collect();
            assert_eq!(names, expected, "scope, {}", told());
            applied += names.len();

            let join = match set.join_of(&rules) {
                Err(failure) => failure.code.to_owned(),
                Ok(None) => "nothing".to_owned(),
                Ok(Some(found)) => {
                    format!("{} groups, provision {}", found.groups.len(), found.provision)
                }
            };
            assert_eq!(join, naive.join(&in_scope), "join, {}", told());

            for created in [false, true] {
                let found = compiled(&schema, &set, &rules, &object, created);
                let expected = naive.resolve(&in_scope, &plain, created);
                assert_eq!(found, expected, "created {created}, {}", told());
                failed += usize::from(matches!(found, Answer::Failed(_)));
                judged += 1;
            }
        }
    }
    assert!(
        judged > 1000 && refused > 3 && failed > 10 && applied > 1000,
        "{judged} {refused} {failed} {applied}"
    );
}

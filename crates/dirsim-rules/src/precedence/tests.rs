//! The tables of section 7, and the laws of merging.

use dirsim_model::AttributeId;

use super::*;

/// Builds contributions with ascending precedence. A text is a list of values; the other words
/// stand for themselves.
fn contributions(merge: MergeType, said: &[&str]) -> Vec<Contribution> {
    said.iter()
        .enumerate()
        .map(|(at, said)| {
            let at = u16::try_from(at).unwrap();
            let outcome = match *said {
                "NULL" => Outcome::Null,
                "Ignore" => Outcome::IgnoreThisFlow,
                "AuthoritativeNull" => Outcome::AuthoritativeNull,
                "Error" => Outcome::Failed(Box::new(RuleFailure {
                    code: "sync-rule-error-function-triggered",
                    text: "no".into(),
                    rule: Some(RuleIx(at)),
                    attribute: None,
                })),
                values => Outcome::Values(values.split(' ').map(Value::from).collect()),
            };
            Contribution {
                attribute: AttributeId(0),
                rule: RuleIx(at),
                precedence: 100 + u32::from(at),
                merge,
                outcome,
            }
        })
        .collect()
}

fn resolved(merge: MergeType, said: &[&str]) -> String {
    let all = contributions(merge, said);
    match resolve(all.iter()) {
        Resolution::None => "none".into(),
        Resolution::Kept => "kept".into(),
        Resolution::Failed(failure) => format!("failed {}", failure.rule.unwrap().0),
        Resolution::Values { values, rule } => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            format!("{} by {}", values.join(" "), rule.0)
        }
    }
}

/// SR-100 to SR-105.
#[test]
fn the_first_that_has_something_to_say_wins() {
    for (said, result) in [
        (&["a", "b"][..], "a by 0"),
        (&["NULL", "b"], "b by 1"),
        (&["Ignore", "b"], "b by 1"),
        (&["Ignore", "NULL"], "none"),
        (&["NULL", "Ignore"], "none"),
        (&["Ignore", "Ignore"], "kept"),
        (&["NULL", "NULL"], "none"),
        (&["AuthoritativeNull", "b"], "none"),
        (&["NULL", "AuthoritativeNull", "b"], "none"),
        (&["Ignore", "AuthoritativeNull"], "none"),
        (&["a", "AuthoritativeNull"], "a by 0"),
        (&[], "none"),
    ] {
        for merge in [MergeType::Update, MergeType::Replace] {
            assert_eq!(resolved(merge, said), result, "{said:?}");
        }
    }
}

/// SR-104: what is below the winner is not asked.
#[test]
fn a_failure_counts_only_when_it_is_reached() {
    assert_eq!(resolved(MergeType::Update, &["a", "Error"]), "a by 0");
    assert_eq!(resolved(MergeType::Update, &["NULL", "Error", "a"]), "failed 1");
    assert_eq!(resolved(MergeType::Update, &["AuthoritativeNull", "Error"]), "none");
    assert_eq!(resolved(MergeType::Merge, &["a", "Error"]), "failed 1");
}

/// SR-090.
#[test]
fn merge_types_unite() {
    assert_eq!(resolved(MergeType::Merge, &["a b", "b C"]), "a b C by 0");
    assert_eq!(resolved(MergeType::Merge, &["a", "A"]), "a A by 0");
    assert_eq!(resolved(MergeType::MergeCaseInsensitive, &["A", "a b"]), "A b by 0");
    assert_eq!(resolved(MergeType::Merge, &["NULL", "b", "Ignore"]), "b by 1");
    assert_eq!(resolved(MergeType::Merge, &["a", "AuthoritativeNull", "b"]), "a by 0");
    assert_eq!(resolved(MergeType::Merge, &["Ignore", "Ignore"]), "kept");
    assert_eq!(resolved(MergeType::Merge, &["Ignore", "NULL"]), "none");
    assert_eq!(resolved(MergeType::Merge, &["AuthoritativeNull", "b"]), "none");
}

/// Law 7: for merges, the set of values does not depend on precedence.
#[test]
fn a_union_does_not_depend_on_the_order() {
    let sorted = |said: &[&str]| {
        let all = contributions(MergeType::Merge, said);
        let Resolution::Values { values, .. } = resolve(all.iter()) else { panic!() };
        let mut values = values.into_owned();
        values.sort();
        values
    };
    assert_eq!(sorted(&["a b", "c", "b d"]), sorted(&["b d", "c", "a b"]));
}

/// SR-106 in small: the active account's name, the mailbox forest's display name.
#[test]
fn two_accounts_of_one_person() {
    // AccountEnabled AD2, Common from Exchange AD1, Common AD1, Common AD2.
    assert_eq!(resolved(MergeType::Update, &["ad2", "ad1", "ad2"]), "ad2 by 0");
    assert_eq!(resolved(MergeType::Update, &["NULL", "ad1", "ad1", "ad2"]), "ad1 by 1");
}

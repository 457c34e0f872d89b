//! Random rule sets and objects.

use dirsim_model::Dice;

use crate::model::{Flow, From, Plain, Rule, Set};

/// Attributes of the forest that hold one text.
const TEXTS: &[&str] = &["title", "department", "company", "sn", "employeeType"];
const WORDS: &[&str] = &["a", "B", "b", "ab", "Ab c", "x"];
/// Targets of the metaverse; the last two hold several values.
const TARGETS: &[&str] =
    &["title", "department", "company", "info", "otherTelephone", "otherMobile"];

/// Groups that objects may be in.
const GROUPS: &[&str] = &["CN=One,DC=contoso,DC=com", "CN=Two,DC=contoso,DC=com"];

fn pick<T: Copy>(dice: &mut Dice, from: &[T]) -> T {
    from[usize::try_from(dice.below(from.len() as u64)).unwrap()]
}

fn chance(dice: &mut Dice, percent: u64) -> bool {
    dice.below(100) < percent
}

/// A rule set; one in about ten has kinds of merge that do not agree.
pub(crate) fn set(dice: &mut Dice) -> Set {
    let merges: Vec<&'static str> = TARGETS
        .iter()
        .map(|target| match *target {
            "otherTelephone" => "Merge",
            "otherMobile" => "MergeCaseInsensitive",
            _ => "Update",
        })
        .collect();
    let disagree = chance(dice, 10);
    let count = 2 + dice.below(6);
    let mut numbers: Vec<u32> = (0..100).collect();
    let rules = (0..count).map(|at| {
        let precedence =
            numbers.swap_remove(usize::try_from(dice.below(numbers.len() as u64)).unwrap());
        let scope = (0..dice.below(3)).map(|_| (0..=dice.below(2)).map(|_| clause(dice)).collect());
        let scope = scope.collect();
        let join = match dice.below(4) {
            0 => vec![vec![("mail", "mail")]],
            1 if chance(dice, 30) => {
                vec![vec![("employeeID", "employeeID")], vec![("mail", "mail")]]
            }
            _ => Vec::new(),
        };
        let mut flows: Vec<Flow> = Vec::new();
        for (target, merge) in TARGETS.iter().zip(&merges) {
            if chance(dice, 55) {
                let merge = if disagree && chance(dice, 20) {
                    "Merge"
                } else if *merge == "Update" && chance(dice, 10) {
                    "Replace"
                } else {
                    merge
                };
                let (from, once) = (from(dice, target), chance(dice, 15));
                flows.push(Flow { target, from, merge, once });
            }
        }
        Rule {
            name: format!("R{at}"),
            precedence,
            link: pick(dice, &["join", "join", "provision", "sticky-join", "join-no-flow"]),
            disabled: chance(dice, 12),
            scope,
            join,
            flows,
        }
    });
    Set(rules.collect())
}

fn from(dice: &mut Dice, target: &str) -> From {
    let (a, b) = (pick(dice, TEXTS), pick(dice, TEXTS));
    let word = pick(dice, WORDS);
    // Errors other than the error function are for one target each, so that one code ends a run.
    let kinds = if target.starts_with("other") { 15 } else { 13 };
    match dice.below(kinds) {
        0 => From::Direct(a),
        1 => From::Constant(word),
        2 => From::Null,
        3 if chance(dice, 40) => From::AuthoritativeNull,
        4 => From::Ignore,
        5 => From::Trim(a),
        6 => From::Joined(a, b),
        7 => From::IgnoreWhen(a, word, b),
        8 => From::ErrorWhen(a, word, b),
        9 => From::Imported(a),
        10 => From::Count(pick(dice, &["title", "otherTelephone", "info"])),
        11 => From::Ends(a, b),
        12 => From::Found(a, word, b),
        13 => From::Split(a),
        14 => From::Distinct("otherTelephone"),
        _ => From::OnlyWith(a, b),
    }
}

fn clause(dice: &mut Dice) -> (&'static str, &'static str, String) {
    match dice.below(5) {
        4 => {
            let operator = pick(dice, &["ISMEMBEROF", "ISNOTMEMBEROF"]);
            ("cn", operator, pick(dice, GROUPS).to_owned())
        }
        0 => {
            let operator = pick(
                dice,
                &[
                    "EQUAL",
                    "NOTEQUAL",
                    "LESSTHAN",
                    "LESSTHAN_OR_EQUAL",
                    "GREATERTHAN",
                    "GREATERTHAN_OR_EQUAL",
                ],
            );
            ("countryCode", operator, dice.below(60).to_string())
        }
        1 => {
            let operator = pick(dice, &["ISBITSET", "ISBITNOTSET"]);
            ("userAccountControl", operator, pick(dice, &["2", "32", "34", "512"]).to_owned())
        }
        2 => {
            let operator = pick(dice, &["ISNULL", "ISNOTNULL"]);
            (pick(dice, &["title", "otherTelephone", "countryCode"]), operator, String::new())
        }
        _ => {
            let name = pick(dice, &["title", "department", "sn", "otherTelephone"]);
            let operator = pick(
                dice,
                &[
                    "EQUAL",
                    "NOTEQUAL",
                    "CONTAINS",
                    "NOTCONTAINS",
                    "STARTSWITH",
                    "NOTSTARTSWITH",
                    "ENDSWITH",
                    "NOTENDSWITH",
                    "ISIN",
                    "ISNOTIN",
                    "GREATERTHAN",
                    "LESSTHAN",
                ],
            );
            let operand = if operator.ends_with("IN") {
                format!("{};{}", pick(dice, WORDS), pick(dice, WORDS))
            } else {
                pick(dice, WORDS).to_owned()
            };
            (name, operator, operand)
        }
    }
}

/// An object with some attributes.
pub(crate) fn object(dice: &mut Dice) -> Plain {
    let mut plain = Plain::default();
    for name in TEXTS {
        if chance(dice, 65) {
            plain.attributes.insert(name, vec![pick(dice, WORDS).to_owned()]);
        }
    }
    let count = dice.below(4);
    if count > 0 {
        let mut values: Vec<String> = (0..count).map(|_| pick(dice, WORDS).to_owned()).collect();
        values.sort();
        values.dedup();
        plain.attributes.insert("otherTelephone", values);
    }
    if chance(dice, 60) {
        plain.attributes.insert("countryCode", vec![dice.below(60).to_string()]);
    }
    if chance(dice, 80) {
        plain.attributes.insert(
            "userAccountControl",
            vec![pick(dice, &["512", "514", "544", "546"]).to_owned()],
        );
    }
    plain.groups = GROUPS.iter().copied().filter(|_| chance(dice, 40)).collect();
    plain
}

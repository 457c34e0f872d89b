//! Rule sets that an administrator might make of the default one (SE-140, SE-324 to SE-326).

use dirsim_model::{Dice, Guid};
use dirsim_rules::{
    ClauseDefinition, Direction, FlowDefinition, FlowKind, LinkType, MergeType, RuleDefinition,
    RuleEdit, RuleFile, RulePlace, RuleSet,
};

/// Custom rules beside the default ones; none in the first of them.
const CUSTOM: [&str; 5] = [
    "rules: []\n",
    // SE-324: a negative filter.
    "rules:
  - name: Interns stay out
    connector: forest
    from: user
    to: metaverse person
    precedence: 50
    link: join
    scope:
      - [department EQUAL D1]
    flows:
      constants: {cloudFiltered: 'True'}
",
    // A value of its own, and one that is taken away for good.
    "rules:
  - name: Names in capitals
    connector: forest
    from: user
    to: metaverse person
    precedence: 60
    link: join
    flows:
      expressions: {displayName: 'UCase([displayName])', department: 'IIF([department] = \"D2\", AuthoritativeNull, IgnoreThisFlow)'}
",
    // SE-159: an error for some.
    "rules:
  - name: Nobody may be called Name 7
    connector: forest
    from: user
    to: metaverse person
    precedence: 70
    link: join
    flows:
      expressions: {displayName: 'IIF([displayName] = \"Name 7\", Error(\"a name that is not allowed\"), IgnoreThisFlow)'}
",
    // SR-103: a value that nobody gives wins over the one of the forest.
    "rules:
  - name: Departments are nobody's business
    connector: forest
    from: user
    to: metaverse person
    precedence: 80
    link: join
    scope:
      - [displayName STARTSWITH Name]
    flows:
      expressions: {department: 'AuthoritativeNull'}
",
];

/// Returns a rule set: the default one, mostly with a custom file.
pub fn files(dice: &mut Dice) -> Vec<RuleFile> {
    let mut files = RuleSet::default_files();
    let text = crate::start::one_of(&CUSTOM, dice.next());
    files.push(RuleFile { path: "custom.yaml".to_owned(), text: text.to_owned() });
    files
}

/// One rule that an administrator adds, changes and removes by itself.
struct Single {
    name: &'static str,
    direction: Direction,
    class: (&'static str, &'static str),
    link: LinkType,
    precedence: u32,
    scope: &'static [(&'static str, &'static str, &'static str)],
    flows: &'static [(&'static str, FlowKind, &'static str, MergeType)],
}

const IN: Direction = Direction::Inbound;
const OUT: Direction = Direction::Outbound;

/// The single rules.
const SINGLES: [Single; 8] = [
    // SE-324: a negative filter.
    Single {
        name: "Externals stay out",
        direction: IN,
        class: ("user", "person"),
        link: LinkType::Join,
        precedence: 41,
        scope: &[("extensionAttribute1", "EQUAL", "E1")],
        flows: &[("cloudFiltered", FlowKind::Constant, "True", MergeType::Update)],
    },
    // SE-325: a positive filter, first half: who is in.
    Single {
        name: "Department D0 is in",
        direction: IN,
        class: ("user", "person"),
        link: LinkType::Join,
        precedence: 42,
        scope: &[("department", "EQUAL", "D0")],
        flows: &[("cloudFiltered", FlowKind::Constant, "False", MergeType::Update)],
    },
    // SE-325, second half: everybody else is out.
    Single {
        name: "Departments are out",
        direction: IN,
        class: ("user", "person"),
        link: LinkType::Join,
        precedence: 43,
        scope: &[("department", "ISNOTNULL", "")],
        flows: &[("cloudFiltered", FlowKind::Constant, "True", MergeType::Update)],
    },
    // SE-151: now and then nothing to say.
    Single {
        name: "Names now and then",
        direction: IN,
        class: ("user", "person"),
        link: LinkType::Join,
        precedence: 44,
        scope: &[],
        flows: &[(
            "displayName",
            FlowKind::Expression,
            "IIF([department] = \"D1\", IgnoreThisFlow, Trim([displayName]))",
            MergeType::Update,
        )],
    },
    // SR-068: the link stays, nothing flows.
    Single {
        name: "Department D2 is left alone",
        direction: IN,
        class: ("user", "person"),
        link: LinkType::JoinNoFlow,
        precedence: 45,
        scope: &[("department", "EQUAL", "D2")],
        flows: &[],
    },
    // SE-033: one more attribute is managed.
    Single {
        name: "Cities from departments",
        direction: OUT,
        class: ("user", "person"),
        link: LinkType::Join,
        precedence: 46,
        scope: &[],
        flows: &[("city", FlowKind::Direct, "department", MergeType::Update)],
    },
    // An outbound flow that fails for some (SE-158).
    Single {
        name: "No group may be called g1f0",
        direction: OUT,
        class: ("group", "group"),
        link: LinkType::Join,
        precedence: 47,
        scope: &[],
        flows: &[(
            "description",
            FlowKind::Expression,
            "IIF([displayName] = \"g1f0\", Error(\"a name that is not allowed\"), [displayName])",
            MergeType::Update,
        )],
    },
    // SR-064: what it joined lives on.
    Single {
        name: "Department D1 stays",
        direction: IN,
        class: ("user", "person"),
        link: LinkType::StickyJoin,
        precedence: 48,
        scope: &[("department", "EQUAL", "D1")],
        flows: &[],
    },
];

/// Returns the identity of a single rule.
fn identity_of(number: usize) -> Guid {
    format!("5151e000-0000-4000-8000-{number:012x}").parse().expect("a GUID as generated")
}

/// Returns the identity of one of the single rules.
pub fn identity(dice: &mut Dice) -> Guid {
    let number = dice.below(SINGLES.len() as u64);
    identity_of(usize::try_from(number).unwrap_or(0))
}

/// Adds one of the single rules, or writes it again, to a forest or to the tenant; now and then it
/// is turned off, or another number decides.
pub fn put(forest: Guid, entra: Guid, dice: &mut Dice) -> RuleEdit {
    let number = usize::try_from(dice.below(SINGLES.len() as u64)).unwrap_or(0);
    let single = SINGLES.get(number).expect("a remainder is a place");
    let precedence = if dice.below(4) == 0 { single.precedence - 20 } else { single.precedence };
    let text = str::to_owned;
    RuleEdit::Put {
        rule: Box::new(RuleDefinition {
            id: identity_of(number),
            name: text(single.name),
            description: String::new(),
            tag: String::new(),
            version: 1,
            direction: single.direction,
            connector: if single.direction == IN { forest } else { entra },
            cs_class: text(single.class.0),
            mv_class: text(single.class.1),
            link: single.link,
            precedence,
            disabled: dice.below(5) == 0,
            password_sync: false,
            soft_delete_expiry_ms: 0,
            scope: single.scope.iter().take(1).map(|_| clauses(single.scope)).collect(),
            join: Vec::new(),
            flows: single
                .flows
                .iter()
                .map(|(target, kind, source, merge)| FlowDefinition {
                    target: text(target),
                    kind: *kind,
                    source: text(source),
                    merge: *merge,
                    apply_once: false,
                })
                .collect(),
        }),
        place: if dice.below(3) == 0 { RulePlace::Exact(precedence) } else { RulePlace::Kept },
    }
}

/// Returns one scoping group.
fn clauses(scope: &[(&str, &str, &str)]) -> Vec<ClauseDefinition> {
    scope
        .iter()
        .map(|(attribute, operator, value)| ClauseDefinition {
            attribute: (*attribute).to_owned(),
            operator: (*operator).to_owned(),
            value: (*value).to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use dirsim_store::Workspace;
    use dirsim_world::{Input, ServerEdit};

    use super::*;
    use crate::start::{self, Plan};

    #[test]
    fn every_custom_rule_set_compiles() {
        let mut world = start::world(1, Plan::default(), Workspace::in_memory());
        for text in CUSTOM {
            let mut files = RuleSet::default_files();
            files.push(RuleFile { path: "custom.yaml".to_owned(), text: text.to_owned() });
            let stepped = world.step(Input::Server(ServerEdit::RuleFiles(files)));
            stepped.unwrap_or_else(|problems| panic!("{text}: {problems}"));
        }
    }

    /// Every single rule is taken as it stands.
    #[test]
    fn every_single_rule_compiles() {
        let mut world = start::world(1, Plan::default(), Workspace::in_memory());
        let all = dirsim_sync::connector::all(world.tables()).unwrap();
        let guid = |forest: bool| all.iter().find(|one| one.is_forest() == forest).unwrap().guid;
        let mut dice = Dice::new(1);
        let mut put_so_far = std::collections::BTreeSet::new();
        while put_so_far.len() < SINGLES.len() {
            let edit = put(guid(true), guid(false), &mut dice);
            put_so_far.insert(edit.id());
            let stepped = world.step(Input::Server(ServerEdit::EditRule(edit.clone())));
            let stepped = stepped.unwrap_or_else(|problems| panic!("{edit:?}: {problems}"));
            if let RuleEdit::Put { place: RulePlace::Kept, .. } = edit {
                assert_eq!(stepped.refusal, None, "{edit:?}");
            }
        }
    }
}

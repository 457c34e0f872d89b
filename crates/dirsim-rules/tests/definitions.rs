//! Rules as the server keeps them: printed, put back, edited, numbered.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod object;

use dirsim_model::{Guid, Schema};
use dirsim_rules::{
    FlowDefinition, FlowKind, MergeType, Outcome, RuleDefinition, RuleEdit, RuleFile, RuleOptions,
    RulePlace, RuleProblem, RuleSet,
};
use object::{connectors, file, lines};

const FORESTS: &[&str] = &["contoso.com", "fabrikam.com"];

/// The only place in these tests that builds a set.
fn build(files: &[RuleFile], edits: &[RuleEdit]) -> Result<RuleSet, Vec<RuleProblem>> {
    let mut schema = Schema::built_in();
    let options = RuleOptions { lync: true, device_join: true, ..RuleOptions::default() };
    RuleSet::build_edited(files, &connectors(FORESTS), &options, edits, &mut schema)
}

fn edited(edits: &[RuleEdit]) -> RuleSet {
    build(&RuleSet::default_files(), edits).unwrap_or_else(|found| panic!("{}", lines(&found)))
}

/// Three rules with a gap behind the second.
fn small(edits: &[RuleEdit]) -> Result<RuleSet, Vec<RuleProblem>> {
    let rule = |name: &str, precedence: u32| {
        format!(
            "  - {{name: {name}, connector: contoso.com, from: user, to: metaverse person, precedence: {precedence}}}\n"
        )
    };
    let text = format!("rules:\n{}{}{}", rule("A", 70), rule("B", 71), rule("C", 73));
    build(&[file(&text)], edits)
}

fn named<'a>(rules: &'a [RuleDefinition], name: &str) -> &'a RuleDefinition {
    rules.iter().find(|rule| rule.name == name).unwrap_or_else(|| panic!("no rule {name}"))
}

fn order(set: &RuleSet) -> String {
    let shown = set.rules().iter().map(|rule| format!("{} {}", rule.precedence, rule.name));
    shown.collect::<Vec<_>>().join(", ")
}

fn new_rule(set: &RuleSet, name: &str) -> Box<RuleDefinition> {
    let mut rule = set.definitions()[0].clone();
    rule.id = Guid::from_bytes([7; 16]);
    name.clone_into(&mut rule.name);
    Box::new(rule)
}

fn refused(built: Result<RuleSet, Vec<RuleProblem>>) -> String {
    lines(&built.expect_err("the set is refused"))
}

/// A rule that is put back as it is changes nothing, and every printed rule reads as itself.
#[test]
fn printing_and_putting_back_give_the_same_rules() {
    let set = edited(&[]);
    let before = set.definitions();
    assert!(before.len() > 80, "only {} rules", before.len());
    let put = |rule: &RuleDefinition| RuleEdit::Put {
        rule: Box::new(rule.clone()),
        place: RulePlace::Kept,
    };
    let again = edited(&before.iter().map(put).collect::<Vec<_>>());
    let one = |rules: &[RuleDefinition]| -> Vec<RuleDefinition> {
        rules.iter().map(|rule| RuleDefinition { version: 1, ..rule.clone() }).collect()
    };
    assert_eq!(one(&again.definitions()), before);
    assert!(again.rules().iter().all(|rule| !rule.modified && rule.version == 2));

    let name =
        |guid: Guid| connectors(FORESTS).iter().find(|c| c.guid == guid).unwrap().name.clone();
    let mut text = String::from("rules:\n");
    for rule in &before {
        text.push_str(&rule.to_yaml(&name(rule.connector)));
    }
    let printed = build(&[file(&text)], &[]).unwrap_or_else(|found| panic!("{}", lines(&found)));
    assert_eq!(printed.definitions(), before);
    assert!(printed.rules().iter().all(|rule| !rule.modified), "SR-005: content as delivered");
}

/// SR-007: inserting raises the numbers from there on by one until a gap is reached.
#[test]
fn an_inserted_rule_takes_the_number_and_the_others_move_up_to_the_gap() {
    let set = small(&[]).unwrap();
    let rules = set.definitions();
    let (b, c) = (named(&rules, "B").id, named(&rules, "C").id);
    let put = |place| RuleEdit::Put { rule: new_rule(&set, "N"), place };
    for (place, expected) in [
        (RulePlace::Before(b), "70 A, 71 N, 72 B, 73 C"),
        (RulePlace::After(b), "70 A, 71 B, 72 N, 73 C"),
        (RulePlace::After(c), "70 A, 71 B, 73 C, 74 N"),
        (RulePlace::Before(c), "70 A, 71 B, 73 N, 74 C"),
        (RulePlace::Exact(72), "70 A, 71 B, 72 N, 73 C"),
        (RulePlace::Before(named(&rules, "A").id), "70 N, 71 A, 72 B, 73 C"),
    ] {
        assert_eq!(order(&small(&[put(place)]).unwrap()), expected, "{place:?}");
    }
    insta::assert_snapshot!(refused(small(&[put(RulePlace::Exact(71))])), @"server: error duplicate-precedence: precedence 71 belongs to the rule `B` (rule `N`); give one of them another number; smaller numbers win");
    insta::assert_snapshot!(refused(small(&[put(RulePlace::Before(Guid::from_bytes([9; 16])))])), @"server: error unknown-rule: no rule has the identifier 09090909-0909-0909-0909-090909090909");
}

/// SR-007: insertion by reference stays right when a connector is added and numbers move.
#[test]
fn a_rule_before_a_standard_rule_stays_there_when_standard_rules_are_renumbered() {
    let one = |edits: &[RuleEdit], forests: &[&str]| {
        let mut schema = Schema::built_in();
        let options = RuleOptions::default();
        let files = RuleSet::default_files();
        RuleSet::build_edited(&files, &connectors(forests), &options, edits, &mut schema).unwrap()
    };
    let set = one(&[], &["contoso.com"]);
    let rules = set.definitions();
    let common = named(&rules, "In from AD - User Common").clone();
    let mut rule = new_rule(&set, "Mine");
    rule.flows = vec![FlowDefinition {
        target: "title".to_owned(),
        kind: FlowKind::Constant,
        source: "x".to_owned(),
        merge: MergeType::Update,
        apply_once: false,
    }];
    let put = RuleEdit::Put { rule, place: RulePlace::Before(common.id) };
    for forests in [&["contoso.com"][..], FORESTS] {
        let set = one(std::slice::from_ref(&put), forests);
        let at = set.rules().iter().position(|rule| rule.name == "Mine").unwrap();
        assert_eq!(set.rules()[at + 1].id, common.id);
        assert_eq!(set.rules()[at].precedence + 1, set.rules()[at + 1].precedence);
    }
}

/// SR-005: disabling is no modification, every other change of a standard rule is.
#[test]
fn a_changed_standard_rule_is_modified_and_a_disabled_one_is_not() {
    let rules = edited(&[]).definitions();
    let join = named(&rules, "In from AD - User Join");
    let off = edited(&[RuleEdit::Disable { id: join.id, disabled: true }]);
    let rule = off.rules().iter().find(|rule| rule.id == join.id).unwrap();
    assert!(rule.disabled && !rule.modified);
    assert_eq!(lines(off.warnings()), lines(edited(&[]).warnings()));

    let changed = RuleDefinition { description: "mine".to_owned(), ..join.clone() };
    let put = RuleEdit::Put { rule: Box::new(changed.clone()), place: RulePlace::Kept };
    let set = edited(&[put]);
    assert!(set.rules().iter().find(|rule| rule.id == join.id).unwrap().modified);
    assert!(lines(set.warnings()).contains("standard-rule-modified"));

    // The same in a file: the tag tells which rule was delivered.
    let text = format!("rules:\n{}", changed.to_yaml("contoso.com"));
    let set = build(&[file(&text)], &[]).unwrap();
    assert!(set.rules()[0].modified);
    // Another revision is another rule, about which nothing is known.
    let text = text.replace("UserJoin.004", "UserJoin.003");
    assert!(!build(&[file(&text)], &[]).unwrap().rules()[0].modified);
}

/// SR-120, SR-121, SR-123: clones that stay beside the original, clones that repeat it, and standard
/// rules that are gone.
#[test]
fn clones_and_missing_standard_rules_are_pointed_out() {
    let rules = edited(&[]).definitions();
    let common = named(&rules, "In from AD - Contact Common");
    let clone = |change: &str| {
        let mut rule = common.clone();
        rule.id = Guid::from_bytes([7; 16]);
        rule.name = "My contact common".to_owned();
        rule.tag = String::new();
        rule.precedence = 50;
        change.clone_into(&mut rule.flows[0].source);
        rule.flows[0].kind = FlowKind::Constant;
        RuleEdit::Put { rule: Box::new(rule), place: RulePlace::Exact(50) }
    };
    let told = |edits: &[RuleEdit]| -> String {
        let set = edited(edits);
        let mine: Vec<String> = set
            .warnings()
            .iter()
            .filter(|found| found.code.contains("clone") || found.code.contains("standard"))
            .map(|found| format!("{} ({})", found.code, found.rule))
            .collect();
        mine.join(", ")
    };
    assert_eq!(
        told(&[clone("x")]),
        "clone-without-disable (My contact common), custom-rule-repeats-standard (My contact common)"
    );
    let off = RuleEdit::Disable { id: common.id, disabled: true };
    assert_eq!(told(&[clone("x"), off]), "custom-rule-repeats-standard (My contact common)");
    assert_eq!(
        told(&[RuleEdit::Remove(common.id)]),
        "standard-rule-missing (In from AD - Contact Common)"
    );
    assert_eq!(told(&[]), "");
}

/// An edit of a rule that is not there is refused, and so is one for an unknown connector.
#[test]
fn edits_name_rules_and_connectors_that_exist() {
    let nobody = Guid::from_bytes([9; 16]);
    insta::assert_snapshot!(refused(small(&[RuleEdit::Remove(nobody)])), @"server: error unknown-rule: no rule has the identifier 09090909-0909-0909-0909-090909090909");
    let mut rule = new_rule(&small(&[]).unwrap(), "N");
    rule.connector = nobody;
    let put = RuleEdit::Put { rule, place: RulePlace::Exact(60) };
    insta::assert_snapshot!(refused(small(&[put])), @"server: error unknown-connector: no connector has the identifier 09090909-0909-0909-0909-090909090909 (rule `N`); one of 11111111-0000-0000-0000-000000000001 (contoso.com), 11111111-0000-0000-0000-000000000002 (fabrikam.com), 22222222-0000-0000-0000-000000000009 (contoso.onmicrosoft.com - AAD)");
}

/// SR-012: an attribute that a connector does not import is told once, however many rules read it.
#[test]
fn attributes_that_are_not_selected_are_told_once() {
    let text = "rules:
  - {name: A, connector: contoso.com, from: user, to: metaverse person, precedence: 10, scope: [[title ISNOTNULL]], flows: {direct: [title, info]}}
  - {name: B, connector: contoso.com, from: user, to: metaverse person, precedence: 11, flows: {direct: [title]}}
  - {name: C, connector: fabrikam.com, from: user, to: metaverse person, precedence: 12, flows: {direct: [company]}}
";
    let mut set = build(&[file(text)], &[]).unwrap();
    let info = set.schema().attribute("info").unwrap();
    set.note_unselected(1, &[info]);
    insta::assert_snapshot!(lines(set.warnings()), @"custom.yaml:2: warning attribute-not-selected: the connector does not import `title`, which reads as absent (rule `A`); select the attribute on the connector and run a full import");
}

/// SR-011: a rule for a class that no partition of its connector imports has nobody to work on; a
/// disabled one says so already.
#[test]
fn rules_for_classes_that_nobody_imports_are_told() {
    let text = "rules:
  - {name: A, connector: contoso.com, from: user, to: metaverse person, precedence: 10, flows: {direct: [title]}}
  - {name: B, connector: contoso.com, from: contact, to: metaverse person, precedence: 11, flows: {direct: [title]}}
  - {name: C, connector: contoso.com, from: contact, to: metaverse person, precedence: 12, disabled: true}
  - {name: D, connector: fabrikam.com, from: contact, to: metaverse person, precedence: 13, flows: {direct: [title]}}
";
    let mut set = build(&[file(text)], &[]).unwrap();
    set.note_unselected_classes(1, &[dirsim_model::schema::class::USER]);
    insta::assert_snapshot!(lines(set.warnings()), @"custom.yaml:3: warning flow-on-disabled-type: no partition of the connector imports the class `contact` (rule `B`); select the class on the connector, or disable the rule");
}

/// SR-011, SR-034: text is not ordered as numbers are.
#[test]
fn numbers_that_order_texts_are_told() {
    let text = "rules:
  - {name: A, connector: contoso.com, from: user, to: metaverse person, precedence: 10, scope: [[employeeID LESSTHAN 500, sn GREATERTHAN Jones, userAccountControl GREATERTHAN 500, employeeID EQUAL 500]], flows: {direct: [title]}}
";
    let set = build(&[file(text)], &[]).unwrap();
    insta::assert_snapshot!(lines(set.warnings()), @"custom.yaml:2:98: warning ambiguous-scope-operand: `employeeID` is text, so `LESSTHAN 500` compares letters: `9` is greater than `10` (rule `A`); order by an attribute that holds numbers, or list the values with ISIN");
}

/// SR-086: what a flow depends on is read from its expression, names in functions included.
#[test]
fn an_expression_depends_on_every_attribute_that_it_names() {
    let text = r#"rules:
  - {name: A, connector: contoso.com, from: user, to: metaverse person, precedence: 10, flows: {expressions: {title: 'IIF(IsPresent([mail]), ImportedValue("info"), CStr(ValueCount("otherTelephone")) & [mail])'}}}
"#;
    let set = build(&[file(text)], &[]).unwrap();
    let mut names: Vec<&str> =
        set.rules()[0].flows[0].reads.iter().map(|id| set.schema().name(*id)).collect();
    names.sort_unstable();
    assert_eq!(names, ["info", "mail", "otherTelephone"]);
}

/// SR-081: a direct flow takes values as they are: not trimmed, in their order, each as often as it
/// is there; from nothing comes NULL.
#[test]
fn a_direct_flow_changes_nothing() {
    let text = "rules:
  - {name: A, connector: contoso.com, from: user, to: metaverse person, precedence: 10, flows: {direct: [otherTelephone, title, department]}}
";
    let connectors = connectors(&["contoso.com"]);
    let mut schema = Schema::built_in();
    let set = RuleSet::build(&[file(text)], &connectors, &RuleOptions::default(), &mut schema);
    let set = set.unwrap();
    let user = object::Object::of_forest(
        &schema,
        "otherTelephone: b\notherTelephone:  a \notherTelephone: b\ntitle:  Boss  ",
    );
    let class = dirsim_model::schema::class::USER;
    let rules = set.inbound_scope(1, class, &user);
    let said: Vec<(&str, Outcome)> = set
        .all_contributions(&rules, &user, false)
        .into_iter()
        .map(|said| (schema.name(said.attribute), said.outcome))
        .collect();
    let texts = |all: &[&str]| Outcome::Values(all.iter().map(|text| (*text).into()).collect());
    assert_eq!(
        said,
        [
            ("department", Outcome::Null),
            ("otherTelephone", texts(&["b", " a ", "b"])),
            ("title", texts(&[" Boss  "])),
        ]
    );
}

/// D3, SR-012: what a dated change brought is missing before its date.
#[test]
fn dated_changes_of_the_default_set_can_be_missing() {
    let mut schema = Schema::built_in();
    let mut then = |missing: &[&str]| {
        let missing = missing.iter().map(ToString::to_string).collect();
        let options = RuleOptions { missing, ..RuleOptions::default() };
        let files = RuleSet::default_files();
        let connectors = connectors(&["contoso.com"]);
        let set = RuleSet::build(&files, &connectors, &options, &mut schema).unwrap();
        let rules = set.definitions();
        let common = named(&rules, "In from AD - User Common");
        common.flows.iter().any(|flow| flow.target == "employeeType")
    };
    assert!(then(&[]));
    assert!(!then(&["sync-2.2.1"]));
    assert!(then(&["sync-2.2.8"]));
    let text = "rules:\n  - {name: A, connector: forest, from: user, to: metaverse person, precedence: 10, since: sync-2.2.9}\n";
    assert!(refused(build(&[file(text)], &[])).contains("unknown-change"));
}

/// SR-002, SR-004: source and target follow from the direction; a scope names attributes of the source,
/// a join always names the connector space first.
#[test]
fn the_direction_says_what_is_source_and_what_is_target() {
    let rules = edited(&[]).definitions();
    let inbound = named(&rules, "In from AD - User Join");
    assert_eq!((inbound.source_class(), inbound.target_class()), ("user", "person"));
    assert_eq!(inbound.scope[0][0].attribute, "isCriticalSystemObject", "of the forest");
    let outbound = named(&rules, "Out to AAD - User Join");
    assert_eq!((outbound.source_class(), outbound.target_class()), ("person", "user"));
    let scope: Vec<&str> =
        outbound.scope[0].iter().map(|clause| clause.attribute.as_str()).collect();
    assert!(scope.contains(&"sourceObjectType"), "of the metaverse: {scope:?}");
    let anchor = |rule: &RuleDefinition| rule.join[0][0].cs_attribute.clone();
    assert_eq!(anchor(inbound), "mS-DS-ConsistencyGuid");
    let back = named(&rules, "In from AAD - User Join");
    assert_eq!(
        (back.join[0][0].cs_attribute.as_str(), back.join[0][0].mv_attribute.as_str()),
        ("sourceAnchor", "sourceAnchor")
    );
}

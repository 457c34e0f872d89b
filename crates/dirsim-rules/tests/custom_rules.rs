//! Rules that an administrator writes: what is refused, and how they meet each other.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod object;

use dirsim_model::schema::class;
use dirsim_model::{Schema, Side};
use dirsim_rules::{LinkType, Outcome, Resolution, RuleFile, RuleOptions, RuleSet, precedence};
use object::{Object, World, connectors, file, lines};

/// All problems of a file, errors and warnings, as its author sees them.
fn problems(text: &str) -> String {
    let mut schema = Schema::built_in();
    let built = RuleSet::build(
        &[file(text)],
        &connectors(&["contoso.com"]),
        &RuleOptions::default(),
        &mut schema,
    );
    match built {
        Ok(set) => lines(set.warnings()),
        Err(problems) => lines(&problems),
    }
}

/// The problems of one rule from user to person with these further lines.
fn of_rule(more: &str) -> String {
    problems(&rule("Custom", "precedence: 50", more))
}

fn rule(name: &str, place: &str, more: &str) -> String {
    format!(
        "rules:\n  - name: {name}\n    connector: forest\n    from: user\n    to: metaverse person\n    {place}\n{more}"
    )
}

/// SR-011: everything that is wrong is reported together.
#[test]
fn all_problems_are_reported_together() {
    let found = of_rule(
        "
    scope:
      - [department IS Sales, userAccountControl ISBITSET two, mialNickname ISNOTNULL, MAIL ISNULL]
    join:
      - [employeeID equals employeeID]
      - [employeeID = emploeeID]
    flows:
      direct: [tittle, objectGUID]
      expressions: {c: 'UCase([co]', displayName: 'UCas([cn])', sourceAnchor: '[objectGUID]'}
      constants: {countryCode: many}
",
    );
    insta::assert_snapshot!(found, @r"
    custom.yaml:9:10: error bad-operator: `department IS Sales` has no known operator (rule `Custom`); write `attribute OPERATOR operand`
    custom.yaml:9:31: error bad-operand: `two` is not a whole number, as `userAccountControl` wants it (rule `Custom`)
    custom.yaml:9:64: warning unknown-attribute: the forest knows no attribute `mialNickname` (rule `Custom`); did you mean `mailNickname`?
    custom.yaml:9:88: error unknown-attribute: attribute `MAIL` is spelled `mail` (rule `Custom`); names are case-sensitive
    custom.yaml:11:10: error bad-join: `employeeID equals employeeID` is no join criterion (rule `Custom`); write `csAttribute = mvAttribute`, with `(case-sensitive)` behind it if need be
    custom.yaml:12:10: error unknown-attribute: the metaverse knows no attribute `emploeeID` (rule `Custom`); did you mean `employeeID`?
    custom.yaml:14:16: error unknown-attribute: the metaverse knows no attribute `tittle` (rule `Custom`); did you mean `title`?
    custom.yaml:14:16: warning unknown-attribute: the forest knows no attribute `tittle` (rule `Custom`); did you mean `title`?
    custom.yaml:14:24: error unknown-attribute: the metaverse knows no attribute `objectGUID` (rule `Custom`); did you mean `objectSid`?
    custom.yaml:15:24: error parse-error: in `UCase([co]`: the call of `UCase` is not closed (rule `Custom`); add a `)` behind its last argument
    custom.yaml:15:51: error unknown-function: in `UCas([cn])`: unknown function `UCas` (rule `Custom`); did you mean `UCase`? case matters
    custom.yaml:15:79: error type-conflict: `objectGUID` of the forest can never become the type of its target (rule `Custom`); convert it with an expression, such as ConvertToBase64
    custom.yaml:16:32: error type-conflict: the constant `many` is no value of `countryCode` (rule `Custom`)
    ");
}

/// EX-011, SR-012: an attribute that no side knows reads as absent.
#[test]
fn an_unknown_attribute_of_an_expression_is_a_warning() {
    let found = of_rule(
        "
    flows:
      expressions: {c: '[extensionAttribute99]'}
",
    );
    insta::assert_snapshot!(found, @"custom.yaml:9:24: warning unknown-attribute: in `[extensionAttribute99]`: the schema does not know the attribute `extensionAttribute99`, so it reads as absent; did you mean `extensionAttribute9`? (rule `Custom`)");
    let found = of_rule(
        "
    flows:
      expressions: {c: '[EMPLOYEEid]'}
",
    );
    insta::assert_snapshot!(found, @"custom.yaml:9:24: error unknown-attribute: in `[EMPLOYEEid]`: unknown attribute `EMPLOYEEid` (rule `Custom`); did you mean `employeeID`? case matters");
}

/// SR-010.
#[test]
fn unknown_parameters_are_refused() {
    let found = of_rule(
        "
    scope:
      - [department EQUAL %Nope%]
    flows:
      expressions: {c: '%Nope%'}
",
    );
    insta::assert_snapshot!(found, @r"
    custom.yaml:9:10: error unknown-parameter: no parameter is called `%Nope%` here (rule `Custom`)
    custom.yaml:11:24: error unknown-parameter: in `%Nope%`: unknown parameter `%Nope%` (rule `Custom`)
    ");
}

/// SR-007.
#[test]
fn one_precedence_cannot_belong_to_two_rules() {
    let two = "\n  - name: Second\n    connector: contoso.com\n    from: group\n    to: metaverse group\n    precedence: 50";
    insta::assert_snapshot!(of_rule(two), @"custom.yaml:8: error duplicate-precedence: precedence 50 belongs to the rule `Custom` (rule `Second`); give one of them another number; smaller numbers win");
}

/// SR-006, SR-032, SR-035, SR-082: what works and is doubtful.
#[test]
fn doubtful_rules_are_warned_about() {
    let found = problems(&rule(
        "Custom",
        "precedence: 150",
        "
    scope:
      - [proxyAddresses EQUAL x, department NOTEQUALS y]
    flows:
      constants: {title: '%Domain.FQDN%'}
",
    ));
    insta::assert_snapshot!(found, @r"
    custom.yaml:2: warning custom-precedence-above-99: precedence 150 is among the standard rules (rule `Custom`); custom rules use 0 to 99
    custom.yaml:9:10: warning scope-equal-on-multivalue: `proxyAddresses` may have several values, and `EQUAL` wants exactly one (rule `Custom`); use ISIN, ISNOTIN, CONTAINS or NOTCONTAINS
    custom.yaml:9:34: warning operator-alias: `NOTEQUALS` is another spelling of `NOTEQUAL` (rule `Custom`)
    custom.yaml:11:26: warning constant-looks-like-parameter: the constant `%Domain.FQDN%` is taken as it is (rule `Custom`); write it under `expressions` to have the parameter replaced
    ");
}

#[test]
fn a_rule_says_where_it_stands_and_what_it_connects() {
    let found = problems("rules:
  - {name: A, connector: forest, from: user, to: metaverse person}
  - {name: B, connector: contoso.con, from: user, to: metaverse person, precedence: 1}
  - {name: C, connector: forest, from: user, to: person, precedence: 2}
  - {name: D, connector: forest, from: users, to: metaverse person, precedence: 3}
  - {name: E, connector: forest, from: user, to: metaverse *, link: provision, precedence: 4}
  - {name: F, connector: forest, from: user, to: metaverse person, precedence: 5, when: lynk}
  - {name: G, connector: forest, from: user, to: metaverse person, precedence: 6, soft-delete-expiry: soon}
");
    insta::assert_snapshot!(found, @r"
    custom.yaml:2: error missing-precedence: the rule needs either `precedence` or `order` (rule `A`); custom rules use precedence 0 to 99; smaller numbers win
    custom.yaml:3:26: error unknown-connector: no connector is called `contoso.con` (rule `B`); did you mean `contoso.com`?
    custom.yaml:4:40: error unknown-direction: exactly one of `from` and `to` must name a class of the metaverse (rule `C`); write it like `to: metaverse person`
    custom.yaml:5:40: error unknown-object-type: no object class is called `users` (rule `D`); did you mean `user`?
    custom.yaml:6:50: error unknown-object-type: no object class is called `*` (rule `E`); `*` is for inbound rules of link type join or sticky-join
    custom.yaml:7:89: error unknown-option: unknown option `lynk` (rule `F`); did you mean `lync`?
    custom.yaml:8:103: error bad-duration: `soon` is no duration (rule `G`); write `hh:mm:ss` or `d.hh:mm:ss`
    ");
}

/// SR-011: directory-owned attributes, two flows for one target, provisioning without a name.
#[test]
fn flows_that_cannot_work_are_refused() {
    let found = problems(
        "rules:
  - name: Back
    connector: forest
    from: metaverse person
    to: user
    link: provision
    precedence: 1
    flows:
      direct: [title]
      trimmed: [title]
      expressions: {objectSid: '[objectSid]', department: '[objectSid]'}
      once: [company]
  - name: Like
    connector: forest
    from: metaverse person
    to: user
    precedence: 2
    flows: {like: Bak, without: [l]}
",
    );
    insta::assert_snapshot!(found, @r"
    custom.yaml:2: warning provision-without-dn: the rule provisions objects, and no rule gives them a `dn` (rule `Back`); add a flow for `dn`
    custom.yaml:10:17: error duplicate-target: the rule has two flows for `title` (rule `Back`); keep one of them
    custom.yaml:11:32: error not-writable: nobody but the directory writes `objectSid` (rule `Back`)
    custom.yaml:11:59: error type-conflict: `objectSid` of the metaverse can never become the type of its target (rule `Back`); convert it with an expression, such as ConvertToBase64
    custom.yaml:12:14: error unknown-target: `company` is no target of this rule (rule `Back`)
    custom.yaml:18:19: error unknown-rule: no rule is called `Bak` (rule `Like`); did you mean `Back`?
    custom.yaml:18:34: error unknown-target: `Bak` has no flow for `l` (rule `Like`)
    ");
}

/// SR-091.
#[test]
fn rules_agree_on_how_values_meet() {
    let found = of_rule(
        "
    flows:
      direct: [otherTelephone]
      merge: {otherTelephone: Merge}
  - name: Second
    connector: forest
    from: user
    to: metaverse person
    precedence: 51
    flows: {direct: [otherTelephone]}
",
    );
    insta::assert_snapshot!(found, @"custom.yaml:11: error merge-type-conflict: `otherTelephone` is written with Update, but with Merge by the rule `Custom` (rule `Second`); give all rules that write it the same merge type");
}

/// SR-111: `ImportedValue` is for inbound rules.
#[test]
fn imported_value_is_not_for_outbound_rules() {
    let found = problems(
        "rules:
  - name: Back
    connector: forest
    from: metaverse person
    to: user
    precedence: 1
    flows:
      expressions: {title: 'ImportedValue(\"title\")'}
",
    );
    insta::assert_snapshot!(found, @"custom.yaml:8:28: error unknown-function: `ImportedValue` reads what a connector imported, which only inbound rules see (rule `Back`); read the metaverse attribute with `[name]`");
}

/// A failed build leaves the schema alone.
#[test]
fn a_refused_file_adds_no_names_to_the_schema() {
    let mut schema = Schema::built_in();
    let text =
        rule("Custom", "precedence: 50", "    flows: {expressions: {c: '[newName]', d: '[x]'}}");
    let built = RuleSet::build(
        &[file(&text)],
        &connectors(&["contoso.com"]),
        &RuleOptions::default(),
        &mut schema,
    );
    assert!(built.is_err());
    assert!(schema.added_names().is_empty());
}

/// A file in front of the standard set.
fn with_standard(text: &str) -> World {
    let files: Vec<RuleFile> = [file(text)].into_iter().chain(RuleSet::default_files()).collect();
    World::build(&files, &["contoso.com"], &RuleOptions::default())
}

const INTERNS: &str = "rules:
  - name: In from AD - User not interns
    connector: contoso.com
    from: user
    to: metaverse person
    precedence: 50
    scope:
      - [department EQUAL Interns]
    flows:
      constants: {cloudFiltered: 'True'}
  - name: In from AD - User country override
    connector: contoso.com
    from: user
    to: metaverse person
    precedence: 51
    flows:
      expressions:
        c: 'IIF(IsPresent([extensionAttribute5]), UCase(Trim([extensionAttribute5])), NULL)'
";

const BO: &str = "
    dn: CN=Bo,DC=contoso,DC=com
    cn: Bo
    objectGUID: 03020100-0504-0706-0809-0a0b0c0d0e0f
    sAMAccountName: bo
    userAccountControl: 512
    c: SE
";

/// SR-124: the example of a complete custom rule set.
#[test]
fn custom_rules_filter_and_override() {
    let world = with_standard(INTERNS);
    let person = |lines: &str| {
        let user = world.user(BO).with(&world.schema, Side::Forest, lines);
        world.inbound(1, class::USER, &user).unwrap()
    };
    let intern = person("department: interns");
    assert_eq!(intern.get(&world.schema, "cloudFiltered"), "True");
    assert_eq!(intern.get(&world.schema, "c"), "SE", "the override has nothing to say");
    let abroad = person("extensionAttribute5:  no ");
    assert_eq!(abroad.get(&world.schema, "c"), "NO");
    assert_eq!(abroad.get(&world.schema, "cloudFiltered"), "-");
}

/// SR-039: positive filtering overrules the standard rule's own filter.
#[test]
fn positive_filtering_lets_only_the_wanted_through() {
    let world = with_standard(
        "rules:
  - {name: Wanted, connector: forest, from: user, to: metaverse person, precedence: 50, scope: [[department EQUAL Sales]], flows: {constants: {cloudFiltered: 'False'}}}
  - {name: Rest, connector: forest, from: user, to: metaverse person, precedence: 51, flows: {constants: {cloudFiltered: 'True'}}}
",
    );
    for (lines, provisioned) in [
        ("department: Sales", true),
        ("department: IT", false),
        ("department: Sales\nsAMAccountName: AAD_1", true),
    ] {
        let user = world.user(BO).with(&world.schema, Side::Forest, lines);
        let person = world.inbound(1, class::USER, &user).unwrap();
        let rules = world.set.outbound_scope(9, class::PERSON, &person);
        let provisions = rules.iter().any(|ix| world.set.rule(*ix).link == LinkType::Provision);
        assert_eq!(provisions, provisioned, "{lines}");
    }
}

/// SR-054, SR-136: only identical criteria count as one.
#[test]
fn different_join_criteria_are_an_error() {
    let world = with_standard(
        "rules:
  - {name: By number, connector: forest, from: user, to: metaverse person, precedence: 40, join: [[employeeID = employeeID]]}
",
    );
    let user = world.user(BO);
    let rules = world.set.inbound_scope(1, class::USER, &user);
    insta::assert_snapshot!(world.set.join_of(&rules).unwrap_err(), @"different-join-criteria: the rules `By number` (40) and `In from AD - User Join` (100) have different join criteria");

    // The standard group rules repeat one criterion.
    let world = World::standard();
    let group = Object::new(
        &world.schema,
        Side::Metaverse,
        "sourceAnchor: a\nsecurityEnabled: True\nmemberCount: 1",
    );
    let rules = world.set.outbound_scope(9, class::GROUP, &group);
    let join = world.set.join_of(&rules).unwrap().unwrap();
    assert!(join.provision && join.groups.len() == 1);
    assert_eq!(world.set.rule(join.rule).name, "Out to AAD - Group Join");
}

/// SR-050, SR-055: who joins and who may project.
#[test]
fn a_join_definition_names_the_rule_that_creates() {
    let world = World::standard();
    let user = world.user(BO);
    let rules = world.set.inbound_scope(1, class::USER, &user);
    let join = world.set.join_of(&rules).unwrap().unwrap();
    assert!(join.provision);
    assert_eq!(join.provision_rule, Some(join.rule));
    let spelled: Vec<String> = join
        .groups
        .iter()
        .flat_map(|group| &group.criteria)
        .map(|criterion| {
            format!(
                "{} = {}",
                world.schema.name(criterion.cs_attribute),
                world.schema.name(criterion.mv_attribute)
            )
        })
        .collect();
    assert_eq!(
        spelled,
        ["mS-DS-ConsistencyGuid = sourceAnchorBinary", "objectGUID = sourceAnchorBinary"]
    );
    // A user of the tenant joins with case, and never projects.
    let cloud = Object::new(&world.schema, Side::Entra, "sourceAnchor: a\ncloudMastered: False");
    let rules = world.set.inbound_scope(9, class::USER, &cloud);
    let join = world.set.join_of(&rules).unwrap().unwrap();
    assert!(!join.provision && join.groups[0].criteria[0].case_sensitive);
    // A stand-in of another forest joins any class.
    let stand_in = world.user("dn: CN=S-1-5-21-1-2-3-4,DC=contoso,DC=com\ncn: S-1-5-21-1-2-3-4");
    let rules = world.set.inbound_scope(1, class::FOREIGN_SECURITY_PRINCIPAL, &stand_in);
    assert_eq!(world.set.rule(rules[0]).mv_class, None);
    // Without a deciding flag of the tenant there is no join (2.1 of the default rules).
    let unknown = Object::new(&world.schema, Side::Entra, "sourceAnchor: a");
    let rules = world.set.inbound_scope(9, class::USER, &unknown);
    assert_eq!(world.set.join_of(&rules), Ok(None));
}

/// SR-068: handing objects over to another client.
#[test]
fn join_no_flow_silences_every_other_rule() {
    let world = with_standard(
        "rules:
  - {name: Moved, connector: entra, from: metaverse person, to: user, link: join-no-flow, precedence: 20, scope: [[extensionAttribute10 EQUAL Moved]]}
",
    );
    let person = world.inbound(1, class::USER, &world.user(BO)).unwrap();
    let flows = |person: &Object| {
        let cloud = world.outbound(9, Side::Entra, class::PERSON, class::USER, person).unwrap();
        cloud.attributes.len()
    };
    assert!(flows(&person) > 5);
    let moved = person.with(&world.schema, Side::Metaverse, "extensionAttribute10: Moved");
    assert_eq!(flows(&moved), 0);
}

/// SR-036: the parameter is the id of the rule's own connector.
#[test]
fn scope_operands_take_parameters() {
    let world = World::build(
        &[file("rules:
  - {name: Own, connector: forest, from: metaverse person, to: user, precedence: 1, scope: [[contributingConnectorExchange EQUAL %Connector.ID%]]}
")],
        &["contoso.com", "fabrikam.com"],
        &RuleOptions::default(),
    );
    let lines = "contributingConnectorExchange: {11111111-0000-0000-0000-000000000002}";
    let person = Object::new(&world.schema, Side::Metaverse, lines);
    assert!(world.set.outbound_scope(1, class::PERSON, &person).is_empty());
    assert_eq!(world.set.outbound_scope(2, class::PERSON, &person).len(), 1);
    let numbers: Vec<u32> = world.set.rules().iter().map(|rule| rule.precedence).collect();
    assert_eq!(numbers, [1, 2], "one copy per forest, each with its own number");
}

/// SR-037.
#[test]
fn members_of_a_group_are_in_scope() {
    let dn = "CN=Pilots,DC=contoso,DC=com";
    let world = World::of(
        &rule(
            "Pilots",
            "precedence: 1",
            &format!("    scope:\n      - [\"dn ISMEMBEROF {dn}\"]\n"),
        ),
        &["contoso.com"],
    );
    let mut user = world.user(BO);
    assert!(world.set.inbound_scope(1, class::USER, &user).is_empty());
    user.groups.insert(dn.to_owned());
    assert_eq!(world.set.inbound_scope(1, class::USER, &user).len(), 1);
}

/// SR-030: groups are alternatives, and a disabled rule has no effect.
#[test]
fn groups_are_alternatives() {
    let world = World::of(
        "rules:
  - {name: Two, connector: forest, from: user, to: metaverse person, precedence: 1, scope: [[department EQUAL Sales, title EQUAL Rep], [title STARTSWITH CEO]]}
  - {name: Empty group, connector: forest, from: user, to: metaverse person, precedence: 2, scope: [[]]}
  - {name: Off, connector: forest, from: user, to: metaverse person, precedence: 3, disabled: true}
",
        &["contoso.com"],
    );
    let names = |lines: &str| {
        let user = world.user(lines);
        world.names(&world.set.inbound_scope(1, class::USER, &user))
    };
    assert_eq!(names("department: IT\ntitle: CEO of IT"), "Two\nEmpty group");
    assert_eq!(names("department: Sales\ntitle: Rep"), "Two\nEmpty group");
    assert_eq!(names("department: Sales"), "Empty group");
    // SR-003: a rule sees exactly one class.
    let person = world.user("department: IT");
    assert!(world.set.inbound_scope(1, class::INET_ORG_PERSON, &person).is_empty());
}

/// SR-105: telephone numbers of vendors.
#[test]
fn authoritative_null_ends_the_search() {
    let world = with_standard(
        "rules:
  - name: Vendors
    connector: forest
    from: user
    to: metaverse person
    precedence: 50
    flows:
      expressions:
        telephoneNumber: 'IIF([employeeType] = \"V\", AuthoritativeNull, [telephoneNumber])'
",
    );
    for (lines, number) in
        [("employeeType: V\ntelephoneNumber: 1", "-"), ("telephoneNumber:  1 ", " 1 ")]
    {
        let user = world.user(BO).with(&world.schema, Side::Forest, lines);
        let person = world.inbound(1, class::USER, &user).unwrap();
        assert_eq!(person.get(&world.schema, "telephoneNumber"), number);
    }
}

/// SR-106: two accounts of one person, the mailbox in the forest of the disabled one.
#[test]
fn identity_comes_from_the_active_account_and_names_from_the_mailbox() {
    let world = World::with(&["contoso.com", "fabrikam.com"], &RuleOptions::default());
    let first = world.user(BO).with(
        &world.schema,
        Side::Forest,
        "userAccountControl: 514\nmailNickname: bo\ndisplayName: Bo of 1\nuserPrincipalName: bo@contoso.com",
    );
    let second = world.user(BO).with(
        &world.schema,
        Side::Forest,
        "displayName: Bo of 2\nuserPrincipalName: bo@fabrikam.com\nobjectGUID: 99999999-0504-0706-0809-0a0b0c0d0e0f",
    );
    let mut all = Vec::new();
    for (connector, user) in [(1, &first), (2, &second)] {
        let rules = world.set.inbound_scope(connector, class::USER, user);
        all.extend(world.set.contributions(&rules, user, false).unwrap());
    }
    all.sort_by_key(|contribution| contribution.precedence);
    let resolved = |name: &str| {
        let id = world.schema.attribute(name).unwrap();
        match precedence::resolve(all.iter().filter(|c| c.attribute == id)) {
            Resolution::Values { values, .. } => values[0].to_string(),
            other => format!("{other:?}"),
        }
    };
    assert_eq!(resolved("accountEnabled"), "True");
    assert_eq!(resolved("userPrincipalName"), "bo@fabrikam.com");
    assert_eq!(resolved("sourceAnchor"), "mZmZmQQFBgcICQoLDA0ODw==");
    assert_eq!(resolved("displayName"), "Bo of 1");
}

/// SR-083 to SR-087, SR-104: what a flow delivers, or why it fails; raised only when it is asked.
#[test]
fn values_are_normalized_and_limited() {
    let world = World::of(
        &rule(
            "Custom",
            "precedence: 50",
            "
    flows:
      trimmed: [department]
      direct: [description]
      expressions:
        accountEnabled: '\"true\"'
        countryCode: '\"0x10\"'
        employeeID: '[userAccountControl]'
        msExchHideFromAddressLists: '\"perhaps\"'
        proxyAddresses: 'Split(\"a;;b\", \";\")'
        title: 'Left([title], 1000)'
        company: 'Item([otherTelephone], 1)'
",
        ),
        &["contoso.com"],
    );
    let long = "x".repeat(449);
    let user = world.user(&format!(
        "userAccountControl: 512\ndepartment:    \ndescription: a\ndescription: b\ntitle: {long}"
    ));
    let rules = world.set.inbound_scope(1, class::USER, &user);
    let said: Vec<String> = world
        .set
        .all_contributions(&rules, &user, false)
        .into_iter()
        .map(|contribution| {
            let name = world.schema.name(contribution.attribute);
            match contribution.outcome {
                Outcome::Values(values) => format!("{name}: {values:?}"),
                Outcome::Failed(failure) => format!("{name}: {failure}"),
                other => format!("{name}: {other:?}"),
            }
        })
        .collect();
    insta::assert_snapshot!(lines(&said), @r#"
    accountEnabled: [Boolean(true)]
    company: sync-rule-expression-error: index-out-of-bounds: the list of 0 has no element 1 in `Item([otherTelephone], 1)`
    countryCode: [Integer(16)]
    department: Null
    description: flow-multi-values-to-single-value: `[description]` gives 2 values for an attribute that holds one
    employeeID: [Text("512")]
    msExchHideFromAddressLists: type-conflict: `perhaps` of `"perhaps"` cannot become True or False
    proxyAddresses: [Text("a"), Text("b")]
    title: attribute-value-too-long: `Left([title], 1000)` gives more than 448 characters for an indexed attribute
    "#);
}

/// SR-001, CE-004: a rule that came from a server keeps its identity, and two never share one.
#[test]
fn an_identity_of_the_file_is_kept_and_belongs_to_one_rule() {
    let id = "id: 3f6a1c55-0000-4000-8000-000000000001";
    let one = rule("Mine", "precedence: 50", &format!("    {id}\n"));
    let set = RuleSet::build(
        &[file(&one)],
        &connectors(&["contoso.com"]),
        &RuleOptions::default(),
        &mut Schema::built_in(),
    )
    .unwrap();
    assert_eq!(set.rules()[0].id.to_string(), "3f6a1c55-0000-4000-8000-000000000001");
    let two = format!(
        "{one}  - name: Yours\n    {id}\n    connector: forest\n    from: user\n    to: metaverse person\n    precedence: 51\n"
    );
    insta::assert_snapshot!(problems(&two), @"custom.yaml:8: error duplicate-id: the identity 3f6a1c55-0000-4000-8000-000000000001 belongs to the rule `Mine` (rule `Yours`); give one of them another `id`; a rule with one belongs to one connector");
    let bad = rule("Mine", "precedence: 50", "    id: mine\n");
    insta::assert_snapshot!(problems(&bad), @"custom.yaml:7:9: error bad-id: `mine` is no GUID (rule `Mine`); leave the key out to have an identity made from name and connector");
}

/// Rules that are like each other never end; each of them is told, and nothing hangs.
#[test]
fn rules_that_are_like_each_other_are_refused() {
    let one = |name: &str, other: &str, number: u32| {
        format!(
            "  - {{name: {name}, connector: forest, from: user, to: metaverse person, precedence: {number}, flows: {{like: {other}}}}}\n"
        )
    };
    let found = problems(&format!("rules:\n{}{}", one("Hen", "Egg", 50), one("Egg", "Hen", 51)));
    let codes: Vec<bool> = found.lines().map(|line| line.contains("like-without-end")).collect();
    assert!(!codes.is_empty() && codes.iter().all(|told| *told), "{found}");
}

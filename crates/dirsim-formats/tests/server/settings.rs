//! Settings files of the wizard: what is known of them is taken, everything else is told (CE-060 to
//! CE-063).

use dirsim_formats::SourceFile;
use dirsim_formats::server::load::Base;
use dirsim_formats::server::{
    Answers, Imported, Level, RuleSource, Target, WorldConnector, load, settings,
};
use dirsim_model::Schema;
use dirsim_rules::RuleOptions;
use dirsim_world::PlacedEdit;

const FILE: &str = r#"{
  "onPremisesDirectoryPolicy": [{
    "friendlyName": "contoso.com",
    "fullyQualifiedDomainName": "contoso.com",
    "uniqueIdentifier": "5d1c0000-0000-4000-8000-00000000c001",
    "partitionFilters": [{
      "distinguishedName": "DC=contoso,DC=com",
      "containerInclusions": ["OU=Corp,DC=contoso,DC=com"],
      "containerExclusions": ["DC=contoso,DC=com"]
    }],
    "customSynchronizationRules": [{
      "name": "In from AD - User not interns", "direction": "Inbound", "precedence": 50,
      "linkType": "Join", "source": "user", "target": "person",
      "uniqueIdentifier": "3f6a1c55-0000-4000-8000-000000000001",
      "scopeFilters": [{"attribute": "department", "condition": "EQUAL", "value": "Interns"}],
      "attributeMappings": [{"destination": "cloudFiltered", "constant": "True"}]
    }, {
      "name": "In from AD - User of the moon", "direction": "Inbound", "precedence": 51,
      "linkType": "Join", "source": "user", "target": "person", "phase": "waxing",
      "uniqueIdentifier": "3f6a1c55-0000-4000-8000-000000000002",
      "scopeFilters": [[{"attribute": "title", "condition": "ISNOTNULL"}], [{"attribute": "mail", "condition": "ISNULL"}]],
      "attributeMappings": [{"destination": "displayName", "source": ["title"]}]
    }],
    "standardSynchronizationRules": [
      {"name": "In from AD - User Common", "disabled": true},
      {"name": "In from AD - User Join", "disabled": false},
      {"name": "In from AD - Printer Join", "disabled": true}
    ]
  }],
  "azureDirectoryPolicy": {"friendlyName": "contoso", "customSynchronizationRules": []},
  "weather": "fine"
}"#;

fn imported(text: &str) -> Imported {
    imported_on(text, &Base::default())
}

fn imported_on(text: &str, base: &Base) -> Imported {
    let connectors = [
        WorldConnector::forest("contoso.com", &[]),
        WorldConnector::tenant("contoso.onmicrosoft.com"),
    ];
    let target = Target {
        connectors: &connectors,
        schema: &Schema::built_in(),
        options: &RuleOptions::default(),
        answers: &Answers::new(),
    };
    let file = SourceFile { name: "policy.json", bytes: text.as_bytes() };
    let mut answers = Answers::new();
    answers.insert("5d1c0000-0000-4000-8000-00000000c001".parse().unwrap(), "contoso.com".into());
    load(&[RuleSource::Settings(file)], base, Target { answers: &answers, ..target })
}

#[test]
fn filters_rules_and_states_are_taken_and_the_rest_is_told() {
    let imported = imported(FILE);
    let told: Vec<String> = imported
        .report
        .findings
        .iter()
        .map(|finding| format!("{} {} {}", finding.level.word(), finding.code, finding.path))
        .collect();
    assert_eq!(
        told,
        [
            "warning staging-mode-on ",
            "warning rule-not-understood $.onpremisesDirectoryPolicy[0].customSynchronizationRules[1]",
            "information unknown-element $.onpremisesDirectoryPolicy[0].customSynchronizationRules[1].phase",
            "information unknown-element $.weather",
            "warning rule-not-understood In from AD - Printer Join",
        ]
    );
    let files = imported.configuration.rules.unwrap();
    let own = &files.last().unwrap().text;
    assert!(own.contains("\"department EQUAL Interns\""), "{own}");
    assert_eq!(own.matches("disabled: true").count(), 1, "the odd rule is loaded disabled");
    assert_eq!(
        imported.configuration.edits,
        [PlacedEdit::Disable {
            connector: "contoso.com".into(),
            name: "In from AD - User Common".into(),
            disabled: true,
        }]
    );
    let partition = &imported.configuration.connectors[0].partitions[0];
    assert_eq!((partition.include.len(), partition.exclude.len()), (1, 1));
}

#[test]
fn what_is_no_settings_file_is_told_with_its_line() {
    for (text, line) in [("{\n\"a\": ", 2), ("[]", 1), ("", 1)] {
        let file = SourceFile { name: "policy.json", bytes: text.as_bytes() };
        let export = settings::read(&file, &[]);
        let found = export.findings.sorted();
        assert_eq!((found[0].level, found[0].code), (Level::Error, "not-well-formed"), "{text}");
        assert!(found[0].line <= line, "{text}");
    }
}

/// CE-061: a settings file whose custom rules leave 0 to 99, or share a number, is refused.
#[test]
fn numbers_of_custom_rules_are_checked_as_the_wizard_does() {
    let high = imported(&FILE.replace("\"precedence\": 50", "\"precedence\": 100"));
    let errors = |imported: &Imported| -> Vec<&'static str> {
        let found = imported.report.findings.iter();
        found.filter(|f| f.level == Level::Error).map(|f| f.code).collect()
    };
    assert!(errors(&high).contains(&"custom-precedence-above-99"), "{:?}", errors(&high));
    let twice = imported(&FILE.replace("\"precedence\": 51", "\"precedence\": 50"));
    assert_eq!(errors(&twice), ["duplicate-precedence"]);
    // What is not carried keeps its value: attributes, classes, run profiles, the scheduler.
    let configuration = imported(FILE).configuration;
    let forest = &configuration.connectors[0];
    assert_eq!((&forest.attributes, &forest.classes), (&None, &None));
    let staged = dirsim_world::SettingsConfiguration {
        staging_mode: Some(true),
        ..dirsim_world::SettingsConfiguration::default()
    };
    assert_eq!(configuration.settings, staged);
}

/// CE-060: a new server that is made from a settings file starts in staging mode; one that runs
/// already stays as it is.
#[test]
fn an_installation_from_a_settings_file_starts_in_staging_mode() {
    let told = |imported: &Imported| {
        imported.report.findings.iter().any(|finding| finding.code == "staging-mode-on")
    };
    let new = imported(FILE);
    assert_eq!(new.configuration.settings.staging_mode, Some(true));
    assert!(told(&new));
    let base = Base { files: dirsim_rules::RuleSet::default_files(), edits: Vec::new() };
    let running = imported_on(FILE, &base);
    assert_eq!(running.configuration.settings.staging_mode, None);
    assert!(!told(&running));
}

/// CE-062: the keys that are known, in any letter case, and what each becomes.
#[test]
fn every_known_key_has_its_effect() {
    let text = r#"{
      "ONPREMISESDIRECTORYPOLICY": [{
        "FriendlyName": "contoso.com", "fullyqualifieddomainname": "contoso.com",
        "UniqueIdentifier": "5d1c0000-0000-4000-8000-00000000c001",
        "customSynchronizationRules": [{
          "Name": "Everything", "Description": "all keys", "Direction": "inbound", "Precedence": 40,
          "LinkType": "stickyjoin", "Source": "user", "Target": "person", "Disabled": "true",
          "UniqueIdentifier": "3f6a1c55-0000-4000-8000-000000000003",
          "InternalIdentifier": "3f6a1c55-0000-4000-8000-000000000004", "ImmutableTag": "",
          "ScopeFilters": [{"Attribute": "title", "Condition": "STARTSWITH", "Value": "B"}],
          "JoinConditions": [[{"csAttribute": "mail", "mvAttribute": "mail", "caseSensitive": true}]],
          "AttributeMappings": [
            {"Destination": "title", "Source": "title"},
            {"Destination": "c", "Expression": "UCase([c])"},
            {"Destination": "cloudFiltered", "Constant": "True", "ExecuteOnce": true}]
        }]
      }],
      "azureDirectoryPolicy": {"customSynchronizationRules": [{
          "name": "Out", "direction": "Outbound", "precedence": 41, "linkType": "Join",
          "source": "person", "target": "user", "attributeMappings": []}]}
    }"#;
    let world = [
        WorldConnector::forest("contoso.com", &[]),
        WorldConnector::tenant("contoso.onmicrosoft.com"),
    ];
    let file = SourceFile { name: "policy.json", bytes: text.as_bytes() };
    let export = settings::read(&file, &world);
    assert_eq!(export.findings.sorted(), []);
    let [everything, out] = &*export.rules else { panic!("{} rules", export.rules.len()) };
    assert_eq!(everything.description, "all keys");
    assert_eq!(everything.link, dirsim_rules::LinkType::StickyJoin);
    assert!(everything.disabled && everything.precedence == 40);
    assert_eq!(everything.scope[0][0].operator, "STARTSWITH");
    assert!(everything.join[0][0].case_sensitive);
    let flows: Vec<(&str, bool)> =
        everything.flows.iter().map(|flow| (&*flow.target, flow.once)).collect();
    assert_eq!(flows, [("title", false), ("c", false), ("cloudFiltered", true)]);
    assert_eq!(out.connector, dirsim_sync::connector::ENTRA);
    assert_eq!(out.direction, dirsim_rules::Direction::Outbound);
}

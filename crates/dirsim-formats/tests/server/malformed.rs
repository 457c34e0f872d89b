//! Broken exports (CE-055): each gives a finding that names file and element, the rest is reported
//! all the same.

use dirsim_formats::server::Level;
use insta::assert_snapshot;

use crate::made::{files, imported, mapping, read, rule, told};

/// What is told of an export with one rule.
fn of_rule(more: &str) -> String {
    told(&imported(&files(vec![rule(1, "One", more)]), &["contoso.com"]))
}

/// What is told of a rule whose text was changed.
fn changed(from: &str, to: &str) -> String {
    let (name, bytes) = rule(1, "One", "");
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains(from), "{from}");
    let good = rule(2, "Two", "");
    let files = files(vec![(name, text.replace(from, to).into_bytes()), good]);
    let imported = imported(&files, &["contoso.com"]);
    assert_eq!(imported.report.rules.rules, read(&files).rules.len());
    assert!(read(&files).rules.iter().any(|rule| rule.name == "Two"), "the others are read");
    told(&imported)
}

#[test]
fn a_whole_export_has_nothing_to_tell() {
    let good = mapping("displayName", "<src><attr>cn</attr></src>");
    assert_snapshot!(of_rule(&good), @"");
    let imported = imported(&files(vec![rule(1, "One", &good)]), &["contoso.com"]);
    let settings = &imported.configuration.settings;
    assert_eq!((settings.deletions_max, settings.deletion_prevention), (Some(25), Some(true)));
    let forest = imported
        .configuration
        .connectors
        .iter()
        .find(|found| found.connector == "contoso.com")
        .unwrap();
    assert_eq!(forest.parameters, [("Badge.Prefix".to_owned(), "B-".to_owned())]);
    let names: Vec<&str> = imported.attributes.iter().map(|new| new.name.as_str()).collect();
    assert_eq!(names, ["badgeNumber"], "a selected attribute that the schema lacks is learned");
}

#[test]
fn a_rule_without_what_it_needs_is_refused_with_its_line() {
    assert_snapshot!(changed("<precedence>51</precedence>", ""));
    assert_snapshot!(changed("<precedence>51", "<precedence>abc"));
    assert_snapshot!(changed("Provision<", "Provisioning<"));
    assert_snapshot!(changed("<direction>Inbound", "<direction>"));
    assert_snapshot!(changed("c001}", "c009}"));
    assert_snapshot!(changed("<name>One</name>", "<name/>"));
}

#[test]
fn flows_scopes_and_joins_are_checked() {
    assert_snapshot!(of_rule(&mapping("", "<src><attr>cn</attr></src>")));
    assert_snapshot!(of_rule(&mapping("displayName", "")));
    assert_snapshot!(of_rule(&mapping("displayName", "<expression>\nTrim([cn]</expression>")));
    assert_snapshot!(of_rule(&mapping(
        "displayName",
        "<src><attr>cn</attr><attr>title</attr></src>"
    )));
    assert_snapshot!(of_rule(&mapping("displayname", "<src><attr>cn</attr></src>")));
    assert_snapshot!(of_rule(&mapping("displayName", "<src><attr>nickname</attr></src>")));
    assert_snapshot!(of_rule(&mapping("displayName", "<src><attr>displayName</attr></src>")));
    let scope = |clause: &str| {
        of_rule(&format!(
            "<synchronizationCriteria><conditions>\n{clause}</conditions></synchronizationCriteria>"
        ))
    };
    assert_snapshot!(scope(
        "<scope><csAttribute>cn</csAttribute><csOperator/><csValue>x</csValue></scope>"
    ));
    assert_snapshot!(scope(
        "<scope><csAttribute>cn</csAttribute><csOperator>RESEMBLES</csOperator><csValue>x</csValue></scope>"
    ));
    assert_snapshot!(scope(""));
    let join = |criterion: &str| {
        of_rule(&format!(
            "<relationshipCriteria><conditions>\n<condition>{criterion}</condition></conditions></relationshipCriteria>"
        ))
    };
    assert_snapshot!(join(
        "<csAttribute>cn</csAttribute><ilmAttribute>cn</ilmAttribute><caseSensitive>yes</caseSensitive>"
    ));
}

#[test]
fn broken_files_leave_the_others_alone() {
    let good = rule(2, "Two", "");
    let (name, bytes) = rule(1, "One", "");
    let cut = (name.clone(), bytes[..200].to_vec());
    assert_snapshot!(told(&imported(&files(vec![cut, good.clone()]), &["contoso.com"])));
    let empty = (name.clone(), Vec::new());
    assert_snapshot!(told(&imported(&files(vec![empty, good.clone()]), &["contoso.com"])));
    let twice = ("SynchronizationRules/again.xml".to_owned(), bytes.clone());
    assert_snapshot!(told(&imported(&files(vec![(name, bytes), twice]), &["contoso.com"])));
    let mut without: Vec<_> = files(vec![good]);
    without.retain(|(name, _)| !name.contains("MV.xml"));
    assert_snapshot!(told(&imported(&without, &["contoso.com"])));
    assert_snapshot!(told(&imported(&Vec::new(), &["contoso.com"])));
}

/// CE-004: what nobody knows is counted by its path, and an error only when asked.
#[test]
fn unknown_content_is_counted() {
    let more = "<hue>red</hue><hue>blue</hue><attribute-mappings><mapping odd='1'><dest>displayName</dest><src><attr>cn</attr></src></mapping></attribute-mappings>";
    let mut files = files(vec![rule(1, "One", more)]);
    files.push(("notes.txt".to_owned(), b"hello".to_vec()));
    files.push(("other.xml".to_owned(), b"<other/>".to_vec()));
    let export = read(&files);
    let told: Vec<String> = export
        .findings
        .sorted()
        .iter()
        .map(|f| format!("{} {} {} x{}", f.level.word(), f.code, f.path, f.count))
        .collect();
    assert_eq!(
        told,
        [
            "information unknown-element synchronizationRule/attribute-mappings/mapping@odd x1",
            "information unknown-element synchronizationRule/hue x2",
            "information unknown-file  x1",
            "information unknown-file  x1",
        ]
    );
    let sources: Vec<_> =
        files.iter().map(|(name, bytes)| dirsim_formats::SourceFile { name, bytes }).collect();
    let strict = dirsim_formats::server::read_folder(&sources, true);
    let errors = strict.findings.sorted();
    assert_eq!(errors.iter().filter(|f| f.level == Level::Error).count(), 2);
}

/// CE-050: a connector that is the only one left of its kind stands for the forest of the world, and
/// its containers move into that forest's domain.
#[test]
fn another_forest_takes_the_place_of_the_exported_one() {
    let good = rule(1, "One", &mapping("displayName", "<src><attr>cn</attr></src>"));
    let result = imported(&files(vec![good.clone()]), &["fabrikam.local"]);
    assert_snapshot!(told(&result));
    assert_eq!(result.report.filters, ["fabrikam.local: only OU=Corp,DC=fabrikam,DC=local"]);
    assert!(
        result.configuration.rules.as_ref().unwrap()[0].text.contains("connector: fabrikam.local")
    );
    let result = imported(&files(vec![good]), &["fabrikam.local", "adatum.local"]);
    assert_snapshot!(told(&result));
}

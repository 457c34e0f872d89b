//! Hostile input: any mixture of what configuration files and scripts are made of is read or told
//! with its file, and never ends the reader.

use dirsim_formats::SourceFile;
use dirsim_formats::server::script::{WriteOptions, read, write};
use dirsim_formats::server::{Level, rule_xml};
use proptest::prelude::*;

use crate::made::{self, Files};

/// Pieces of configuration files, good and bad.
fn xml_piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "<synchronizationRule>",
        "</synchronizationRule>",
        "<id>{5d1c0000-0000-4000-8000-000000000001}</id>",
        "<name>One</name>",
        "<direction>Inbound</direction>",
        "<connector>{5d1c0000-0000-4000-8000-00000000c001}</connector>",
        "<sourceObjectType>user</sourceObjectType>",
        "<targetObjectType>person</targetObjectType>",
        "<precedence>50</precedence>",
        "<attribute-mappings><mapping><dest>title</dest><src><attr>title</attr></src></mapping>",
        "<expression>UCase([title]</expression>",
        "<conditions><scope><csAttribute>title</csAttribute><csOperator>EQUAL</csOperator></scope>",
        "<ma-data>",
        "</ma-data>",
        "<!DOCTYPE x [<!ENTITY a \"&b;\">]>",
        "&a;",
        "&#0;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<a b='",
        "<a b=\"c\" b=\"d\"/>",
        "\u{0}",
        "\u{feff}",
        "<",
        ">",
        "</",
        "/>",
    ]);
    prop_oneof![8 => words.prop_map(str::to_owned), 1 => any::<String>()]
}

/// Pieces of scripts, good and bad.
fn script_piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "New-ADSyncRule ",
        "Add-ADSyncAttributeFlowMapping ",
        "Add-ADSyncScopeConditionGroup ",
        "Add-ADSyncRule -SynchronizationRule $syncRule[0]\n",
        "New-Object -TypeName 'Microsoft.IdentityManagement.PowerShell.ObjectModel.ScopeCondition' ",
        "-ArgumentList 'a','b','EQUAL' ",
        "-OutVariable condition0\n",
        "-OutVariable syncRule\n",
        "-SynchronizationRule $syncRule[0] ",
        "-Name 'One' -Direction 'Inbound' -Precedence 50 ",
        "-SourceObjectType 'user' -TargetObjectType 'person' ",
        "-Connector '5d1c0000-0000-4000-8000-00000000c001' ",
        "-Source @('title') -Destination 'title' -FlowType 'Direct' ",
        "-ScopeConditions @($condition0[0]) ",
        "`\n",
        "` \n",
        "'",
        "''",
        "\"",
        "@(",
        ")",
        "<#",
        "#>",
        "# ",
        "\n\n",
        "$",
        "[1]",
        "\u{0}",
        "’",
    ]);
    prop_oneof![8 => words.prop_map(str::to_owned), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// CE-002, CE-004, CE-055: a file of any pieces beside two good ones.
    #[test]
    fn any_pieces_of_xml_are_read_or_told(pieces in prop::collection::vec(xml_piece(), 0..40)) {
        let mut files: Files = made::files(vec![made::rule(9, "Good", "")]);
        files.push(("SynchronizationRules/soup.xml".to_owned(), pieces.concat().into_bytes()));
        let export = made::read(&files);
        prop_assert!(export.rules.iter().any(|rule| rule.name == "Good"), "the others are read");
        for finding in export.findings.sorted() {
            prop_assert!(finding.level != Level::Error || !finding.text.is_empty());
        }
        for rule in &export.rules {
            let bytes = rule_xml::write(rule, true).into_bytes();
            let again = made::read(&vec![("SynchronizationRules/again.xml".to_owned(), bytes)]);
            prop_assert_eq!(again.rules.len(), 1);
        }
    }

    /// CE-073, CE-078: a script of any pieces; what was read survives writing.
    #[test]
    fn any_pieces_of_a_script_are_read_or_told(
        pieces in prop::collection::vec(script_piece(), 0..60),
    ) {
        let text = pieces.concat();
        let export = read(&SourceFile { name: "soup.ps1", bytes: text.as_bytes() });
        let written = write(&export.rules, WriteOptions::default());
        let again = read(&SourceFile { name: "again.ps1", bytes: written.as_bytes() });
        prop_assert_eq!(again.rules.len(), export.rules.len(), "{}", written);
        prop_assert_eq!(write(&again.rules, WriteOptions::default()), written);
    }
}

//! The published sample of the configuration documenter: what CE-053 says of it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use dirsim_formats::SourceFile;
use dirsim_formats::server::check::loose_ends;
use dirsim_formats::server::{
    Answers, ExportedRule, FlowSource, Imported, Level, ServerExport, Target, WorldConnector,
    import, read_folder, rule_xml,
};
use dirsim_model::{Dn, Schema};
use dirsim_rules::{Direction, RuleOptions, RuleSet};

/// The folder beside the checkout; `None`, said loudly, when it is not there.
fn folder() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/contoso-pilot");
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("SKIPPED: no sample at {}", path.display());
    None
}

#[expect(clippy::disallowed_methods, reason = "the sample is no part of the project")]
fn files() -> Option<Vec<(String, Vec<u8>)>> {
    let folder = folder()?;
    let mut files = Vec::new();
    for part in ["Connectors", "GlobalSettings", "SynchronizationRules"] {
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{part}/{}", path.file_name().unwrap().to_string_lossy());
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
    Some(files)
}

/// The sample, read once for all tests.
pub(crate) fn sample() -> Option<&'static ServerExport> {
    static SAMPLE: LazyLock<Option<ServerExport>> = LazyLock::new(read_sample);
    SAMPLE.as_ref()
}

fn read_sample() -> Option<ServerExport> {
    let files = files()?;
    let files: Vec<SourceFile<'_>> =
        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
    Some(read_folder(&files, false))
}

pub(crate) fn imported(export: &ServerExport) -> Imported {
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
    import("contoso-pilot", export, target)
}

/// CE-053: files, counts, no error, no legacy rule, no doubtful operator, number or merge type.
#[test]
fn the_sample_is_read_without_an_error() {
    let Some(export) = sample() else { return };
    let imported = imported(export);
    let report = &imported.report;
    let bad: Vec<String> = report
        .findings
        .iter()
        .filter(|finding| {
            finding.level == Level::Error
                || matches!(
                    finding.code,
                    "legacy-rules-ignored"
                        | "operator-alias"
                        | "duplicate-precedence"
                        | "merge-type-conflict"
                        | "attribute-not-selected"
                        | "unknown-attribute"
                        | "unknown-element"
                        | "unknown-parameter"
                )
        })
        .map(ToString::to_string)
        .collect();
    assert_eq!(bad, Vec::<String>::new());
    assert_eq!((export.files, export.connectors.len(), export.rules.len()), (65, 2, 62));
    let counts = report.rules;
    assert_eq!((counts.standard, counts.custom, counts.disabled), (62, 0, 0));
    assert_eq!(
        (counts.flows, counts.direct, counts.constants, counts.expressions),
        (1200, 802, 7, 391)
    );
    assert_eq!((report.server.as_str(), report.product.as_str()), ("CONTOSO-SYNC01", "1.1.130.0"));
    assert_eq!(report.exported, "2016-05-03 14:28:09");
    assert_eq!(report.features, ["device join", "exchange hybrid"]);
    assert_eq!(report.filters, ["contoso.com: only OU=CORP,DC=contoso,DC=com"]);
    assert_eq!(report.settings[0], ("deletion threshold".to_owned(), "500".to_owned()));
    assert_eq!((report.metaverse_classes, report.metaverse_attributes), (3, 219));
    assert_eq!(export.metaverse.globals.count, 37);
}

/// CE-037: the three schemas.
#[test]
fn the_schemas_of_the_sample_have_their_counts() {
    let Some(export) = sample() else { return };
    let [forest, tenant] = ["contoso.com", "contoso.onmicrosoft.com - AAD"]
        .map(|name| export.connectors.iter().find(|found| found.name == name).unwrap());
    assert_eq!((forest.schema.attributes.len(), forest.schema.classes.len()), (3391, 571));
    assert_eq!((tenant.schema.attributes.len(), tenant.schema.classes.len()), (185, 5));
    assert_eq!((forest.selected.len(), tenant.selected.len()), (132, 161));
    let metaverse = &export.metaverse.schema;
    let of = |class: &str| metaverse.classes[class].attributes.len();
    assert_eq!((of("person"), of("group"), of("device")), (182, 86, 29));
    assert_eq!(metaverse.attributes.values().filter(|known| known.indexable).count(), 106);
    assert_eq!(forest.schema.attributes.values().filter(|known| known.read_only).count(), 117);
    assert!(forest.schema.attributes_of("user").contains("telephoneNumber"));
    for found in [forest, tenant] {
        let names: BTreeSet<&str> = found.profiles.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names.len(), 5, "{names:?}");
        assert!(found.profiles.iter().all(|profile| profile.steps.len() == 1));
        assert!(found.profiles.iter().all(|profile| profile.steps[0] != "unknown"));
    }
    assert_eq!(tenant.version, "1.1.130.0");
    assert_eq!(tenant.tenant_domain, "contoso.onmicrosoft.com");
}

/// CE-053: precedence 100 to 161, each once; links, directions and merge types as counted
/// (default rules, section 11.1).
#[test]
fn the_rules_of_the_sample_compile_as_they_are() {
    let Some(export) = sample() else { return };
    let numbers: Vec<u32> = export.rules.iter().map(|rule| rule.precedence).collect();
    assert_eq!(numbers, (100..=161).collect::<Vec<_>>());
    let imported = imported(export);
    let mut schema = Schema::built_in();
    for new in &imported.attributes {
        let id = schema.intern(&new.name).unwrap();
        schema.define(new.side, id, new.definition);
    }
    let configuration = &imported.configuration;
    let infos =
        [("contoso.com", true), ("contoso.onmicrosoft.com - AAD", false)].map(|(name, forest)| {
            dirsim_rules::ConnectorInfo {
                id: if forest { 1 } else { 2 },
                name: name.to_owned(),
                guid: configuration
                    .connectors
                    .iter()
                    .find(|found| found.connector == name)
                    .and_then(|found| found.guid)
                    .unwrap(),
                kind: if forest {
                    dirsim_rules::ConnectorKind::Forest
                } else {
                    dirsim_rules::ConnectorKind::Entra
                },
                forest_fqdn: if forest { "contoso.com".to_owned() } else { String::new() },
                forest_netbios: if forest { "CONTOSO".to_owned() } else { String::new() },
                parameters: Vec::new(),
            }
        });
    let set = RuleSet::build(
        configuration.rules.as_ref().unwrap(),
        &infos,
        configuration.options.as_ref().unwrap(),
        &mut schema,
    )
    .unwrap();
    assert_eq!(set.rules().len(), 62);
    let inbound = set.rules().iter().filter(|rule| rule.direction == Direction::Inbound).count();
    assert_eq!(inbound, 28);
    let flows: usize = set.rules().iter().map(|rule| rule.flows.len()).sum();
    assert_eq!(flows, 1200);
    let merged = set.rules().iter().flat_map(|rule| &rule.flows).filter(|f| f.merge.unites());
    assert_eq!(merged.count(), 5);
    let once = set.rules().iter().flat_map(|rule| &rule.flows).filter(|f| f.apply_once);
    assert_eq!(once.count(), 2);
    for (rule, exported) in set.rules().iter().zip(&export.rules) {
        assert_eq!((rule.id, &rule.name, &rule.tag), (exported.id, &exported.name, &exported.tag));
        assert_eq!(rule.scope.len(), exported.scope.len(), "{}", rule.name);
        assert_eq!(rule.join.len(), exported.join.len(), "{}", rule.name);
        assert_eq!((rule.link, rule.precedence), (exported.link, exported.precedence));
    }
    let parameters: Vec<&str> = configuration.connectors[1..]
        .iter()
        .flat_map(|found| &found.parameters)
        .map(|(name, _)| name.as_str())
        .collect();
    assert!(parameters.contains(&"ADS_UF_ACCOUNTDISABLE"), "{parameters:?}");
}

/// CE-021.
#[test]
fn the_container_filter_of_the_sample_decides_as_the_table_says() {
    let Some(export) = sample() else { return };
    let forest = export.connectors.iter().find(|found| found.name == "contoso.com").unwrap();
    for (dn, expected) in [
        ("CN=Ann,OU=CORP,DC=contoso,DC=com", true),
        ("CN=Ann,OU=Staff,OU=CORP,DC=contoso,DC=com", true),
        ("CN=Ann,CN=Users,DC=contoso,DC=com", false),
        ("OU=CORP,DC=contoso,DC=com", true),
        ("DC=contoso,DC=com", false),
    ] {
        let dn: Dn = dn.parse().unwrap();
        assert_eq!(forest.partitions[0].includes(&dn), expected, "{dn}");
    }
}

/// CE-053 and section 2.2 of the default rules: exactly these attributes lead nowhere.
#[test]
fn the_loose_ends_of_the_sample_are_the_known_ones() {
    let Some(export) = sample() else { return };
    let ends = loose_ends(&export.rules);
    assert_eq!(
        ends.never_contributed.join(" "),
        "cloudMastered msExchAuditAdmin msExchAuditDelegate msExchAuditDelegateAdmin \
         msExchAuditOwner msExchBypassAudit msExchExtensionCustomAttribute1 \
         msExchExtensionCustomAttribute2 msExchExtensionCustomAttribute3 \
         msExchExtensionCustomAttribute4 msExchExtensionCustomAttribute5 msExchLitigationHoldDate \
         msExchLitigationHoldOwner msExchMailboxAuditEnable msExchMailboxAuditLogAgeLimit \
         msExchRemoteRecipientType msExchTeamMailboxExpiration msExchTeamMailboxOwners \
         msExchTeamMailboxSharePointLinkedBy msExchTeamMailboxSharePointUrl \
         msOrg-IsOrganizational onPremisesUserPrincipalName postalAddress"
    );
    assert_eq!(
        ends.never_read.join(" "),
        "cloudMSExchArchiveStatus cloudMSExchDelegateListLink cloudMSExchRecipientDisplayType \
         cloudMSExchTeamMailboxExpiration cloudMSExchTeamMailboxOwners \
         cloudMSExchTeamMailboxSharePointUrl cloudPublicDelegates contributingConnectorUser \
         deviceKey forestFQDN forestNetBios isProvisionedInAD \
         msExchBypassModerationFromDLMembersLink msExchBypassModerationLink \
         msExchGroupDepartRestriction msExchGroupJoinRestriction msExchMasterAccountSid \
         msRTCSIP-OriginatorSid objectSidString photo sourceAnchorBinary"
    );
}

/// CE-013: every rule of the sample, written and read again, is the same rule.
#[test]
fn every_rule_of_the_sample_survives_being_written() {
    let Some(export) = sample() else { return };
    let written: Vec<(String, Vec<u8>)> = export
        .rules
        .iter()
        .map(|rule| (rule.file.clone(), rule_xml::write(rule, true).into_bytes()))
        .collect();
    let files: Vec<SourceFile<'_>> =
        written.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
    let again = read_folder(&files, false);
    let plain =
        |rules: &[ExportedRule]| rules.iter().map(ExportedRule::without_places).collect::<Vec<_>>();
    assert_eq!(plain(&again.rules), plain(&export.rules));
}

/// CE-051: the same folder twice, in any order of its files, gives the same.
#[test]
fn the_order_of_files_does_not_matter() {
    let Some(mut files) = files() else { return };
    let read = |files: &[(String, Vec<u8>)]| {
        let files: Vec<SourceFile<'_>> =
            files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
        let result = imported(&read_folder(&files, false));
        (result.configuration, result.attributes, result.report)
    };
    let first = read(&files);
    files.reverse();
    assert_eq!(read(&files), first);
}

/// CE-005: neither account nor cookie is told anywhere.
#[test]
fn secrets_stay_in_the_files() {
    let Some(export) = sample() else { return };
    let imported = imported(export);
    let told = format!("{:?}", (&imported.report, &imported.configuration));
    for secret in ["MSOL_d1ed", "Sync_CONTOSO", "TVNEUwMAAA"] {
        let at = told.find(secret).map(|at| &told[at.saturating_sub(80)..at + 80]);
        assert_eq!(at, None, "{secret} is told");
    }
    let texts = export.rules.iter().flat_map(|rule| &rule.flows);
    assert!(texts.filter(|flow| matches!(flow.source, FlowSource::Expression(_))).count() > 0);
}

/// CE-076: every rule of the sample as a script, read again, and written once more.
#[test]
fn the_rules_of_the_sample_survive_being_written_as_a_script() {
    use dirsim_formats::server::script::{WriteOptions, read, write};
    let Some(export) = sample() else { return };
    let options = WriteOptions { stored_sources: true, ..WriteOptions::default() };
    let text = write(&export.rules, options);
    let again = read(&SourceFile { name: "rules.ps1", bytes: text.as_bytes() });
    assert_eq!(write(&again.rules, options), text);
    let content = |rules: &[ExportedRule]| -> Vec<ExportedRule> {
        let plain = rules.iter().map(|rule| {
            let mut rule = rule.without_places();
            // A script carries neither the second identity nor the version (CE-070).
            rule.internal_id = rule.id;
            rule.version = 1;
            for flow in &mut rule.flows {
                flow.stored_sources = flow.stored_sources.take().filter(|list| !list.is_empty());
            }
            rule
        });
        plain.collect()
    };
    assert_eq!(content(&again.rules), content(&export.rules));
}

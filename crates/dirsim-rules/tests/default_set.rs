//! The default set: what it holds, in which order, and what it makes of typical objects.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod object;

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::{Schema, Side};
use dirsim_rules::{AnchorMode, Direction, LinkType, RuleOptions, RuleSet, Source};
use object::{World, connectors, lines};

/// Everything that can be switched on.
fn everything() -> RuleOptions {
    RuleOptions {
        lync: true,
        exchange_hybrid: true,
        device_join: true,
        windows_hello: true,
        ..RuleOptions::default()
    }
}

#[test]
fn it_builds_without_a_warning_in_every_mode() {
    for anchor_mode in [AnchorMode::ConsistencyGuid, AnchorMode::ObjectGuid] {
        for exchange in [true, false] {
            for options in [RuleOptions::default(), everything()] {
                let options = RuleOptions { anchor_mode, exchange, ..options };
                for forests in [&["contoso.com"][..], &["contoso.com", "fabrikam.com"], &[]] {
                    let world = World::with(forests, &options);
                    assert_eq!(lines(world.set.warnings()), "");
                }
            }
        }
    }
}

/// SR-008: blocks of one name, inside a block the order of the connectors.
#[test]
fn two_forests_give_blocks_in_the_order_of_their_connectors() {
    let world = World::with(&["contoso.com", "fabrikam.com"], &RuleOptions::default());
    let head: Vec<String> = world
        .set
        .rules()
        .iter()
        .take(6)
        .map(|rule| format!("{} {} {}", rule.precedence, rule.name, rule.connector))
        .collect();
    insta::assert_snapshot!(lines(&head), @r"
    100 In from AD - User Join 1
    101 In from AD - User Join 2
    102 In from AD - InetOrgPerson Join 1
    103 In from AD - InetOrgPerson Join 2
    104 In from AD - User AccountEnabled 1
    105 In from AD - User AccountEnabled 2
    ");
    let ids: BTreeSet<_> = world.set.rules().iter().map(|rule| rule.id).collect();
    assert_eq!(ids.len(), world.set.rules().len(), "identities are unique");
}

/// Sections 2 and 10.2 of the default rules: with every option the numbers are the published ones.
#[test]
fn with_every_option_the_standard_numbers_come_out() {
    let world = World::with(&["contoso.com"], &everything());
    let index: Vec<String> = world
        .set
        .rules()
        .iter()
        .map(|rule| {
            let link = if rule.link == LinkType::Provision { " (Provision)" } else { "" };
            let flows = rule.flows.iter().filter(|flow| flow.origin.is_empty()).count();
            let added = rule.flows.len() - flows;
            let added = if added > 0 { format!(" + {added}") } else { String::new() };
            format!(
                "{} {}{link}: {}/{}/{flows}{added}",
                rule.precedence,
                rule.name,
                rule.scope.len(),
                rule.join.len()
            )
        })
        .collect();
    insta::assert_snapshot!(lines(&index), @r"
    100 In from AD - User Join (Provision): 1/2/2
    101 In from AD - InetOrgPerson Join (Provision): 1/2/2
    102 In from AD - User AccountEnabled: 1/0/13 + 2
    103 In from AD - InetOrgPerson AccountEnabled: 1/0/13 + 2
    104 In from AD - User Common from Exchange: 1/0/59
    105 In from AD - InetOrgPerson Common from Exchange: 1/0/58
    106 In from AD - User Common: 1/0/69 + 3
    107 In from AD - InetOrgPerson Common: 0/0/67 + 2
    108 In from AD - User Exchange: 1/0/80
    109 In from AD - InetOrgPerson Exchange: 1/0/79
    110 In from AD - User Lync: 0/0/8
    111 In from AD - InetOrgPerson Lync: 0/0/7
    112 In from AD - Group Join (Provision): 1/2/2
    113 In from AD - Group Exchange: 1/0/50
    114 In from AD - Group Common: 1/0/13 + 5
    115 In from AD - Contact Join (Provision): 0/1/2
    116 In from AD - Contact Common: 0/0/92
    117 In from AD - Contact Lync: 0/0/5
    118 In from AD - ForeignSecurityPrincipal Join User: 0/1/0
    119 In from AAD - User Join: 1/1/7
    120 In from AAD - Contact Join: 0/1/4
    121 In from AAD - Group Join: 1/1/2
    122 In from AAD - User NGCKey: 0/0/1
    123 Out to AAD - User Join (Provision): 1/1/10 + 2
    124 Out to AAD - User Identity: 1/0/9 + 2
    125 Out to AAD - User ExchangeOnline: 1/0/104 + 3
    126 Out to AAD - User DynamicsCRM: 1/0/21
    127 Out to AAD - User Intune: 1/0/8
    128 Out to AAD - User LyncOnline: 1/0/37
    129 Out to AAD - User SharePointOnline: 1/0/66
    130 Out to AAD - User AzureRMS: 1/0/5
    131 Out to AAD - Contact Join (Provision): 1/1/2
    132 Out to AAD - Contact Identity: 1/0/5
    133 Out to AAD - Contact ExchangeOnline: 1/0/76 + 2
    134 Out to AAD - Contact DynamicsCRM: 1/0/16
    135 Out to AAD - Contact Intune: 1/0/5
    136 Out to AAD - Contact LyncOnline: 1/0/23
    137 Out to AAD - Contact SharePointOnline: 1/0/59
    138 Out to AAD - Contact AzureRMS: 1/0/2
    139 Out to AAD - Group Join (Provision): 4/1/6 + 3
    140 Out to AAD - Group Identity: 1/1/6
    141 Out to AAD - Group ExchangeOnline: 1/1/52 + 1
    142 Out to AAD - Group DynamicsCRM: 1/1/4
    143 Out to AAD - Group Intune: 1/1/6
    144 Out to AAD - Group LyncOnline: 1/1/8
    145 Out to AAD - Group SharePointOnline: 1/1/31
    146 Out to AAD - Group AzureRMS: 1/0/4
    147 Out to AAD - User OfficeProPlus: 1/0/3
    148 In from AAD - Contact Exchange Hybrid: 0/0/2
    149 In from AAD - Group Exchange Hybrid: 0/0/2
    150 In from AAD - User Exchange Hybrid: 0/0/14
    151 Out to AD - Contact Join: 0/1/0
    152 Out to AD - Group Join: 1/1/0
    153 Out to AD - InetOrgPerson Join: 0/5/0
    154 Out to AD - User Join SOAInAD: 1/5/0
    155 Out to AD - Contact Exchange Hybrid: 0/0/1
    156 Out to AD - Group Exchange Hybrid: 1/0/1
    157 Out to AD - InetOrgPerson Exchange Hybrid: 1/0/6
    158 Out to AD - User Exchange Hybrid: 0/0/6
    159 Out to AD - User ImmutableId: 1/0/0 + 1
    160 Out to AD - User Exchange Hybrid PublicDelegates writeback: 0/0/0 + 1
    161 Out to AD - User NGCKey: 1/0/0 + 1
    162 In from AAD - Device Common: 0/1/10
    163 In from AD - Computer Join (Provision): 0/1/13
    164 Out to AAD - Device Join SOAInAD (Provision): 1/1/10
    165 In from AD - Device Common: 1/1/1
    ");
}

/// Section 10.1 and 10.9: the inbound part is the newer set, complete in every schema.
#[test]
fn the_inbound_part_has_the_published_number_of_flows() {
    let options = RuleOptions { windows_hello: false, ..everything() };
    let world = World::with(&["contoso.com"], &options);
    let inbound = world.set.rules().iter().filter(|rule| rule.direction == Direction::Inbound);
    let flows: usize = inbound
        .clone()
        .map(|rule| rule.flows.iter().filter(|flow| flow.origin.is_empty()).count())
        .sum();
    // The two anchor flows of groups are marked as an addition of a later version.
    assert_eq!((inbound.count(), flows + 2), (29, 679));
}

/// SR-110: the flag is on these two rules only.
#[test]
fn password_hashes_flow_by_two_rules() {
    let world = World::standard();
    let flagged: Vec<&str> = world
        .set
        .rules()
        .iter()
        .filter(|rule| rule.password_sync)
        .map(|rule| rule.name.as_str())
        .collect();
    assert_eq!(flagged, ["In from AD - User AccountEnabled", "Out to AAD - User Join"]);
}

/// Section 10.8: what outbound rules read and nobody contributes, and the other way round.
#[test]
fn loose_ends_are_the_published_ones() {
    let options = RuleOptions { windows_hello: false, ..everything() };
    let world = World::with(&["contoso.com"], &options);
    let (mut written, mut read) = (BTreeSet::new(), BTreeSet::new());
    for rule in world.set.rules() {
        let flows = rule.flows.iter();
        match rule.direction {
            Direction::Inbound => written.extend(flows.map(|flow| flow.target)),
            Direction::Outbound => {
                read.extend(flows.flat_map(|flow| flow.reads.iter().copied()));
                let clauses = rule.scope.iter().flat_map(|group| &group.clauses);
                read.extend(clauses.map(|clause| clause.attribute));
            }
        }
    }
    let names = |set: BTreeSet<_>| {
        let mut names: Vec<&str> = set.into_iter().map(|id| world.schema.name(id)).collect();
        names.sort_by_key(|name| name.to_lowercase());
        names.join(", ")
    };
    let unfed: BTreeSet<_> = read.difference(&written).copied().collect();
    insta::assert_snapshot!(names(unfed), @"cloudMastered, onPremisesUserPrincipalName, postalAddress");
    let unread: BTreeSet<_> = written.difference(&read).copied().collect();
    insta::assert_snapshot!(names(unread), @"alternativeSecurityId, cloudMSExchArchiveStatus, cloudMSExchDelegateListLink, cloudMSExchRecipientDisplayType, cloudMSExchTeamMailboxExpiration, cloudMSExchTeamMailboxOwners, cloudMSExchTeamMailboxSharePointUrl, cloudUserCertificate, cloudUserSMIMECertificate, contributingConnectorUser, deviceKey, dirSyncOverrides, forestFQDN, forestNetBios, isCompliant, isManaged, isProvisionedInAD, msExchBypassModerationFromDLMembersLink, msExchGroupDepartRestriction, msExchGroupJoinRestriction, msExchMasterAccountSid, msRTCSIP-OriginatorSid, objectSidString, registeredUsersReference");
}

/// Each attribute is in the schema of its side, so that it has a type.
#[test]
fn every_attribute_of_a_rule_is_in_the_schema_of_its_side() {
    let world = World::with(&["contoso.com"], &everything());
    let known = |side, id| world.schema.definition(side, id).is_some();
    for rule in world.set.rules() {
        let cs = if rule.connector == 9 { Side::Entra } else { Side::Forest };
        let (source, target) = match rule.direction {
            Direction::Inbound => (cs, Side::Metaverse),
            Direction::Outbound => (Side::Metaverse, cs),
        };
        let clauses = rule.scope.iter().flat_map(|group| &group.clauses);
        let reads = rule.flows.iter().flat_map(|flow| flow.reads.iter().copied());
        for id in clauses.map(|clause| clause.attribute).chain(reads) {
            assert!(known(source, id), "{} reads {}", rule.name, world.schema.name(id));
        }
        for flow in &rule.flows {
            let name = world.schema.name(flow.target);
            assert!(known(target, flow.target), "{} writes {name}", rule.name);
        }
        for criterion in rule.join.iter().flat_map(|group| &group.criteria) {
            assert!(
                known(cs, criterion.cs_attribute) && {
                    known(Side::Metaverse, criterion.mv_attribute)
                }
            );
        }
    }
    assert!(world.schema.added_names().is_empty(), "{:?}", world.schema.added_names());
}

/// Direct flows, trims, counts and parameters never reach the evaluator.
#[test]
fn most_flows_are_answered_without_the_evaluator() {
    let world = World::standard();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for flow in world.set.rules().iter().flat_map(|rule| &rule.flows) {
        let kind = match flow.source {
            Source::Direct(_) => "direct",
            Source::Trimmed(_) => "trimmed",
            Source::Count(_) | Source::Parameter(_) | Source::Constant(_) => "plain",
            Source::Expression(_) => "expression",
        };
        *kinds.entry(kind).or_default() += 1;
    }
    assert!(kinds["expression"] * 10 < kinds.values().sum::<usize>() * 2, "{kinds:?}");
}

#[test]
fn metaverse_attributes_that_joins_search_by_are_known() {
    let world = World::standard();
    let names: Vec<&str> =
        world.set.indexed_attributes().iter().map(|id| world.schema.name(*id)).collect();
    assert_eq!(
        names,
        [
            "objectSid",
            "mail",
            "sourceAnchor",
            "sourceAnchorBinary",
            "msExchMasterAccountSid",
            "msRTCSIP-OriginatorSid",
            "objectSidString"
        ]
    );
}

#[test]
fn the_files_are_known_by_their_path() {
    for file in RuleSet::default_files() {
        assert!(file.path.starts_with("config/rules/"), "{}", file.path);
    }
    let mut schema = Schema::built_in();
    let none = RuleSet::build(&[], &connectors(&[]), &RuleOptions::default(), &mut schema);
    assert!(none.unwrap().rules().is_empty());
}

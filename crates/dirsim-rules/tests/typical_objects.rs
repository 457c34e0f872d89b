//! What the default set makes of typical users, contacts and groups.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod object;

use dirsim_model::schema::class;
use dirsim_model::{Side, Value, Values};
use dirsim_rules::{AnchorMode, LinkType, RuleFailure, RuleOptions, Subject};
use object::{Object, World};

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

const ANN: &str = "
    dn: CN=Ann Lee,OU=Staff,DC=contoso,DC=com
    cn: Ann Lee
    objectGUID: 03020100-0504-0706-0809-0a0b0c0d0e0f
    objectSid: S-1-5-21-1-2-3-1104
    sAMAccountName: ann
    userPrincipalName: ann@contoso.com
    userAccountControl: 512
    pwdLastSet: 133485408000000000
    mail:  ann@contoso.com
";

const ANN_AT_WORK: &str = "
    displayName: Ann Lee
    givenName: Ann
    sn: Lee
    mailNickname: ann.lee
    proxyAddresses: SMTP:ann@contoso.com
    proxyAddresses: smtp:a.lee@contoso.com
    title: Engineer
    department: IT
    company: Contoso
    l: Oslo
    st: Oslo
    c: NO
    co: Norway
    countryCode: 578
    streetAddress: Karl Johans gate 1
    postalCode: 0154
    telephoneNumber: +47 1
    mobile: +47 2
    facsimileTelephoneNumber: +47 3
    physicalDeliveryOfficeName: HQ
    employeeID: 4711
    manager: #12
    extensionAttribute1: x1
    extensionAttribute15: x15
    description: first
    info: note
    thumbnailPhoto: AAEC
    userCertificate: AQID
    targetAddress: SMTP:ann@contoso.mail.onmicrosoft.com
    msExchRecipientTypeDetails: 1
    msExchHideFromAddressLists: False
    msExchMailboxGuid: 99999999-8888-7777-6666-555555555555
";

fn person_and_user(world: &World, user: &Object) -> (Object, Object) {
    let person = world.inbound(1, class::USER, user).unwrap();
    let cloud = world.outbound(9, Side::Entra, class::PERSON, class::USER, &person).unwrap();
    (person, cloud)
}

/// SR-130: a new user in one forest.
#[test]
fn a_new_user_without_a_mailbox() {
    let world = World::standard();
    let user = world.user(ANN);
    insta::assert_snapshot!(world.names(&world.set.inbound_scope(1, class::USER, &user)), @r"
    In from AD - User Join
    In from AD - User AccountEnabled
    In from AD - User Common
    ");
    let (person, cloud) = person_and_user(&world, &user);
    insta::assert_snapshot!(person.print(&world.schema), @r"
    accountEnabled: True
    accountName: ann
    cn: Ann Lee
    contributingConnectorUser: {11111111-0000-0000-0000-000000000001}
    displayName: Ann Lee
    distinguishedName: CN=Ann Lee,OU=Staff,DC=contoso,DC=com
    domainFQDN: contoso.com
    domainNetBios: CONTOSO
    forestFQDN: contoso.com
    forestNetBios: CONTOSO
    mail: ann@contoso.com
    objectSid: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUAQAAA==
    objectSidString: S-1-5-21-1-2-3-1104
    onPremisesObjectIdentifier: AAECAwQFBgcICQoLDA0ODw==
    pwdLastSet: 20240101000000.0Z
    sourceAnchor: AAECAwQFBgcICQoLDA0ODw==
    sourceAnchorBinary: AAECAwQFBgcICQoLDA0ODw==
    sourceObjectType: User
    userPrincipalName: ann@contoso.com
    ");
    insta::assert_snapshot!(cloud.print(&world.schema), @r"
    accountEnabled: True
    commonName: Ann Lee
    displayName: Ann Lee
    dn: CN={41414543417751464267634943516F4C4441304F44773D3D}
    dnsDomainName: contoso.com
    lastPasswordChangeTimestamp: 20240101000000.0Z
    mail: ann@contoso.com
    netBiosName: CONTOSO
    onPremisesDistinguishedName: CN=Ann Lee,OU=Staff,DC=contoso,DC=com
    onPremiseSecurityIdentifier: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUAQAAA==
    onPremisesObjectIdentifier: AAECAwQFBgcICQoLDA0ODw==
    onPremisesSamAccountName: ann
    sourceAnchor: AAECAwQFBgcICQoLDA0ODw==
    userPrincipalName: ann@contoso.com
    ");
    assert_eq!(cloud.get(&world.schema, "dn"), {
        "CN={41414543417751464267634943516F4C4441304F44773D3D}"
    });
}

#[test]
fn a_user_with_a_mailbox() {
    let world = World::standard();
    let user = world.user(&format!("{ANN}{ANN_AT_WORK}"));
    let (person, cloud) = person_and_user(&world, &user);
    insta::assert_snapshot!(person.print(&world.schema), @r"
    accountEnabled: True
    accountName: ann
    c: NO
    cn: Ann Lee
    co: Norway
    company: Contoso
    contributingConnectorExchange: {11111111-0000-0000-0000-000000000001}
    contributingConnectorUser: {11111111-0000-0000-0000-000000000001}
    countryCode: 578
    department: IT
    description: first
    displayName: Ann Lee
    distinguishedName: CN=Ann Lee,OU=Staff,DC=contoso,DC=com
    domainFQDN: contoso.com
    domainNetBios: CONTOSO
    employeeID: 4711
    extensionAttribute15: x15
    extensionAttribute1: x1
    facsimileTelephoneNumber: +47 3
    forestFQDN: contoso.com
    forestNetBios: CONTOSO
    givenName: Ann
    info: note
    l: Oslo
    mail: ann@contoso.com
    mailNickname: ann.lee
    manager: #12
    mobile: +47 2
    msExchHideFromAddressLists: False
    msExchMailboxGuid: mZmZmYiId3dmZlVVVVVVVQ==
    msExchRecipientTypeDetails: 1
    objectSid: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUAQAAA==
    objectSidString: S-1-5-21-1-2-3-1104
    onPremisesObjectIdentifier: AAECAwQFBgcICQoLDA0ODw==
    physicalDeliveryOfficeName: HQ
    postalCode: 0154
    proxyAddresses: SMTP:ann@contoso.com | smtp:a.lee@contoso.com
    pwdLastSet: 20240101000000.0Z
    sn: Lee
    sourceAnchor: AAECAwQFBgcICQoLDA0ODw==
    sourceAnchorBinary: AAECAwQFBgcICQoLDA0ODw==
    sourceObjectType: User
    st: Oslo
    streetAddress: Karl Johans gate 1
    targetAddress: SMTP:ann@contoso.mail.onmicrosoft.com
    telephoneNumber: +47 1
    thumbnailPhoto: AAEC
    title: Engineer
    userCertificate: AQID
    userPrincipalName: ann@contoso.com
    ");
    insta::assert_snapshot!(cloud.print(&world.schema), @r"
    accountEnabled: True
    alias: ann.lee
    city: Oslo
    commonName: Ann Lee
    company: Contoso
    country: Norway
    countryCode: 578
    countryLetterCode: NO
    department: IT
    description: first
    displayName: Ann Lee
    dn: CN={41414543417751464267634943516F4C4441304F44773D3D}
    dnsDomainName: contoso.com
    employeeID: 4711
    extensionAttribute15: x15
    extensionAttribute1: x1
    facsimileTelephoneNumber: +47 3
    givenName: Ann
    info: note
    lastPasswordChangeTimestamp: 20240101000000.0Z
    mail: ann@contoso.com
    manager: #12
    mobile: +47 2
    msExchHideFromAddressLists: False
    msExchMailboxGuid: mZmZmYiId3dmZlVVVVVVVQ==
    msExchRecipientTypeDetails: 1
    netBiosName: CONTOSO
    onPremisesDistinguishedName: CN=Ann Lee,OU=Staff,DC=contoso,DC=com
    onPremiseSecurityIdentifier: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAUAQAAA==
    onPremisesObjectIdentifier: AAECAwQFBgcICQoLDA0ODw==
    onPremisesSamAccountName: ann
    physicalDeliveryOfficeName: HQ
    postalCode: 0154
    proxyAddresses: SMTP:ann@contoso.com | smtp:a.lee@contoso.com
    sourceAnchor: AAECAwQFBgcICQoLDA0ODw==
    state: Oslo
    streetAddress: Karl Johans gate 1
    surname: Lee
    targetAddress: SMTP:ann@contoso.mail.onmicrosoft.com
    telephoneNumber: +47 1
    thumbnailPhoto: AAEC
    title: Engineer
    userCertificate: AQID
    userPrincipalName: ann@contoso.com
    ");
    let rules = world.set.outbound_scope(9, class::PERSON, &person);
    insta::assert_snapshot!(world.names(&rules), @r"
    Out to AAD - User Join
    Out to AAD - User Identity
    Out to AAD - User ExchangeOnline
    Out to AAD - User DynamicsCRM
    Out to AAD - User Intune
    Out to AAD - User LyncOnline
    Out to AAD - User SharePointOnline
    Out to AAD - User AzureRMS
    Out to AAD - User OfficeProPlus
    ");
}

/// SR-131: the account is disabled.
#[test]
fn a_disabled_user_is_blocked_and_keeps_everything_else() {
    let world = World::standard();
    let user = world.user(ANN);
    let disabled = user.clone().with(&world.schema, Side::Forest, "userAccountControl: 514");
    let (before, _) = person_and_user(&world, &user);
    let (after, cloud) = person_and_user(&world, &disabled);
    let changed: Vec<&str> = before
        .attributes
        .iter()
        .filter(|(id, values)| after.attributes.get(id) != Some(values))
        .map(|(id, _)| world.schema.name(*id))
        .collect();
    assert_eq!(changed, ["accountEnabled", "contributingConnectorUser"]);
    assert_eq!(cloud.get(&world.schema, "accountEnabled"), "False");
}

/// SR-132: the administrator's mark takes the joining rule away.
#[test]
fn an_admin_description_leaves_no_rule_that_joins() {
    let world = World::standard();
    let user = world.user(ANN).with(&world.schema, Side::Forest, "adminDescription: User_NoSync");
    let rules = world.set.inbound_scope(1, class::USER, &user);
    assert_eq!(world.names(&rules), "In from AD - User AccountEnabled");
    assert_eq!(world.set.join_of(&rules), Ok(None));
}

/// Section 3.1 and SR-133.
#[test]
fn service_accounts_are_filtered() {
    let world = World::standard();
    for (change, filtered) in [
        ("sAMAccountName: ann", "-"),
        ("sAMAccountName: AAD_1a2b", "True"),
        ("sAMAccountName: CAS_{1234}", "True"),
        ("sAMAccountName: CAS_1234", "-"),
        ("sAMAccountName: MSOL_1", "True"),
        ("sAMAccountName: SUPPORT_388945a0", "True"),
        ("mailNickname: SystemMailbox{1}", "True"),
        ("mailNickname: CAS_{1}", "True"),
        ("msExchRecipientTypeDetails: 1", "-"),
        ("msExchRecipientTypeDetails: 536870912", "True"),
        ("isCriticalSystemObject: False", "True"),
        ("dn: CN=Ann\\0ACNF:1234,DC=contoso,DC=com", "True"),
    ] {
        let user = world.user(ANN).with(&world.schema, Side::Forest, change);
        let person = world.inbound(1, class::USER, &user).unwrap();
        assert_eq!(person.get(&world.schema, "cloudFiltered"), filtered, "{change}");
        let rules = world.set.outbound_scope(9, class::PERSON, &person);
        let provisions = rules.iter().any(|ix| world.set.rule(*ix).link == LinkType::Provision);
        assert_eq!(provisions, filtered == "-", "{change}");
    }
}

/// SR-107, 10.7: a linked mailbox alone has no anchor, but a binary one.
#[test]
fn a_linked_mailbox_is_not_provisioned() {
    let world = World::standard();
    let lines = "userAccountControl: 514\nmsExchRecipientTypeDetails: 2\nmailNickname: ann";
    let user = world.user(ANN).with(&world.schema, Side::Forest, lines);
    let (person, cloud) = person_and_user(&world, &user);
    assert_eq!(person.get(&world.schema, "sourceAnchor"), "-");
    assert_eq!(person.get(&world.schema, "sourceObjectType"), "-");
    assert_eq!(person.get(&world.schema, "sourceAnchorBinary"), "AAECAwQFBgcICQoLDA0ODw==");
    assert_eq!(cloud.print(&world.schema), "");
}

/// Sections 9.1 and 10.7.
#[test]
fn the_consistency_guid_is_the_anchor_when_it_is_set() {
    let world = World::standard();
    let other = "mS-DS-ConsistencyGuid: 00112233-4455-6677-8899-aabbccddeeff";
    let user = world.user(ANN).with(&world.schema, Side::Forest, other);
    let person = world.inbound(1, class::USER, &user).unwrap();
    assert_eq!(person.get(&world.schema, "sourceAnchor"), "MyIRAFVEd2aImaq7zN3u/w==");
    assert_eq!(person.get(&world.schema, "sourceAnchorBinary"), "MyIRAFVEd2aImaq7zN3u/w==");
    // ET-019: the identifier is the objectGUID all the same.
    assert_eq!(person.get(&world.schema, "onPremisesObjectIdentifier"), "AAECAwQFBgcICQoLDA0ODw==");

    let options = RuleOptions { anchor_mode: AnchorMode::ObjectGuid, ..RuleOptions::default() };
    let world = World::with(&["contoso.com"], &options);
    let person = world.inbound(1, class::USER, &user).unwrap();
    assert_eq!(person.get(&world.schema, "sourceAnchor"), "AAECAwQFBgcICQoLDA0ODw==");
    assert_eq!(person.get(&world.schema, "sourceAnchorBinary"), "-");
}

/// SE-298, SE-301, SE-302: the anchor is stamped on users in scope.
#[test]
fn the_anchor_is_written_back_to_users_in_scope() {
    let world = World::standard();
    let written = |person: &Object, class| {
        let back = world.outbound(1, Side::Forest, class::PERSON, class, person).unwrap();
        back.get(&world.schema, "mS-DS-ConsistencyGuid")
    };
    let person = world.inbound(1, class::USER, &world.user(ANN)).unwrap();
    assert_eq!(written(&person, class::USER), "AAECAwQFBgcICQoLDA0ODw==");
    assert_eq!(written(&person, class::CONTACT), "-");
    let filtered = person.clone().with(&world.schema, Side::Metaverse, "cloudFiltered: True");
    assert_eq!(written(&filtered, class::USER), "-");
}

fn failure(result: Result<Object, RuleFailure>, world: &World) -> String {
    let failure = result.unwrap_err();
    let rule = failure.rule.map_or("", |ix| world.set.rule(ix).name.as_str());
    let attribute = failure.attribute.map_or("", |id| world.schema.name(id));
    format!("{failure} ({rule}, {attribute})")
}

/// SE-304, SR-112: the anchor of an object that the tenant knows must stay.
#[test]
fn a_changed_anchor_is_an_error() {
    let world = World::standard();
    let person = world.inbound(1, class::USER, &world.user(ANN)).unwrap();
    let out = |lines: &str| {
        let person = person.clone().with(&world.schema, Side::Metaverse, lines);
        world.outbound(9, Side::Entra, class::PERSON, class::USER, &person)
    };
    let known = "cloudAnchor: User_a98368aa-f0cb-41b5-a7c6-10f18c6c837d";
    insta::assert_snapshot!(failure(out(&format!("{known}\ncloudSourceAnchor: other")), &world), @"sync-rule-error-function-triggered: sourceAnchor attribute has changed (Out to AAD - User Join, sourceAnchor)");
    assert!(out(&format!("{known}\ncloudSourceAnchor: AAECAwQFBgcICQoLDA0ODw==")).is_ok());
    // The contact that the person was before does not count.
    let contact = "cloudAnchor: Contact_a98368aa-f0cb-41b5-a7c6-10f18c6c837d";
    assert!(out(&format!("{contact}\ncloudSourceAnchor: other")).is_ok());
}

/// A user without a UPN signs in with the account name; without either the object is in error.
#[test]
fn a_user_without_a_upn_gets_one_from_its_account_name() {
    let world = World::standard();
    let user = world.user(ANN).without(&world.schema, "userPrincipalName");
    let person = world.inbound(1, class::USER, &user).unwrap();
    assert_eq!(person.get(&world.schema, "userPrincipalName"), "ann@contoso.com");
    let user = user.without(&world.schema, "sAMAccountName");
    insta::assert_snapshot!(failure(world.inbound(1, class::USER, &user), &world), @"sync-rule-error-function-triggered: the account has neither a userPrincipalName nor a sAMAccountName (In from AD - User AccountEnabled, userPrincipalName)");
}

/// SR-102, SR-139: the tenant keeps its own value when the metaverse has none.
#[test]
fn usage_location_and_country_code_are_left_alone_when_absent() {
    let world = World::standard();
    let person = world.inbound(1, class::USER, &world.user(ANN)).unwrap();
    let rules = world.set.outbound_scope(9, class::PERSON, &person);
    let mut kept = Vec::new();
    let mut note = |attribute, resolved: dirsim_rules::Resolved<'_>| {
        if matches!(resolved, dirsim_rules::Resolved::Kept { .. }) {
            kept.push(world.schema.name(attribute).to_owned());
        }
    };
    world.set.resolve_each(&rules, &person, true, &mut note).unwrap();
    kept.sort();
    assert_eq!(kept, ["countryCode", "usageLocation"]);
}

const CONTACT: &str = "
    dn: CN=Bo,OU=Partners,DC=contoso,DC=com
    cn: Bo
    objectGUID: 03020100-0504-0706-0809-0a0b0c0d0e0f
    mail: bo@fabrikam.com
    targetAddress: SMTP:bo@fabrikam.com
    proxyAddresses: SMTP:bo@fabrikam.com
    company: Fabrikam
";

#[test]
fn a_mail_contact() {
    let world = World::standard();
    let contact = world.user(CONTACT);
    let person = world.inbound(1, class::CONTACT, &contact).unwrap();
    let cloud = world.outbound(9, Side::Entra, class::PERSON, class::CONTACT, &person).unwrap();
    insta::assert_snapshot!(cloud.print(&world.schema), @r"
    alias: Bo
    company: Fabrikam
    displayName: Bo
    dn: CN={41414543417751464267634943516F4C4441304F44773D3D}
    mail: bo@fabrikam.com
    proxyAddresses: SMTP:bo@fabrikam.com
    sourceAnchor: AAECAwQFBgcICQoLDA0ODw==
    targetAddress: SMTP:bo@fabrikam.com
    ");
    let none = world.outbound(9, Side::Entra, class::PERSON, class::USER, &person).unwrap();
    assert_eq!(none.print(&world.schema), "");
}

/// Section 9.5: only a primary address in capitals, or `mail`, makes a contact mail-enabled.
#[test]
fn a_contact_without_an_address_is_not_provisioned() {
    let world = World::standard();
    for (lines, enabled) in [
        ("proxyAddresses: SMTP:bo@fabrikam.com", "True"),
        ("proxyAddresses: smtp:bo@fabrikam.com", "False"),
        ("mail: bo@fabrikam.com", "True"),
        ("mail: bo", "False"),
    ] {
        let contact = world.user(&format!("dn: CN=Bo,DC=contoso,DC=com\ncn: Bo\n{lines}"));
        let person = world.inbound(1, class::CONTACT, &contact).unwrap();
        assert_eq!(person.get(&world.schema, "mailEnabled"), enabled, "{lines}");
    }
}

const GROUP: &str = "
    dn: CN=Tax,OU=Groups,DC=contoso,DC=com
    cn: Tax
    sAMAccountName: tax
    objectGUID: 03020100-0504-0706-0809-0a0b0c0d0e0f
    objectSid: S-1-5-21-1-2-3-2001
    groupType: -2147483646
    member: #1
    member: #2
    managedBy: #7
";

fn group_and_cloud(world: &World, group: &Object) -> (Object, Object) {
    let group = world.inbound(1, class::GROUP, group).unwrap();
    let cloud = world.outbound(9, Side::Entra, class::GROUP, class::GROUP, &group).unwrap();
    (group, cloud)
}

#[test]
fn a_security_group() {
    let world = World::standard();
    let (group, cloud) = group_and_cloud(&world, &world.user(GROUP));
    insta::assert_snapshot!(group.print(&world.schema), @r"
    accountName: tax
    cn: Tax
    displayName: Tax
    domainFQDN: contoso.com
    domainNetBios: CONTOSO
    mailEnabled: False
    managedBy: #7
    member: #1 | #2
    memberCount: 2
    objectSid: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAA0QcAAA==
    objectSidString: S-1-5-21-1-2-3-2001
    securityEnabled: True
    sourceAnchor: AAECAwQFBgcICQoLDA0ODw==
    sourceAnchorBinary: AAECAwQFBgcICQoLDA0ODw==
    ");
    insta::assert_snapshot!(cloud.print(&world.schema), @r"
    commonName: Tax
    displayName: Tax
    dn: CN={41414543417751464267634943516F4C4441304F44773D3D}
    dnsDomainName: contoso.com
    managedBy: #7
    member: #1 | #2
    netBiosName: CONTOSO
    onPremiseSecurityIdentifier: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAA0QcAAA==
    onPremisesSamAccountName: tax
    securityEnabled: True
    sourceAnchor: AAECAwQFBgcICQoLDA0ODw==
    ");
}

#[test]
fn a_distribution_group_needs_an_address() {
    let world = World::standard();
    let plain = world.user(GROUP).with(&world.schema, Side::Forest, "groupType: 2");
    let (group, _) = group_and_cloud(&world, &plain);
    assert_eq!(group.get(&world.schema, "securityEnabled"), "False");
    let provisions = |group: &Object| {
        let rules = world.set.outbound_scope(9, class::GROUP, group);
        rules.iter().any(|ix| world.set.rule(*ix).link == LinkType::Provision)
    };
    assert!(!provisions(&group), "neither security-enabled nor mail-enabled");
    let mail = "mail: tax@contoso.com\nproxyAddresses: SMTP:tax@contoso.com";
    let (group, cloud) = group_and_cloud(&world, &plain.with(&world.schema, Side::Forest, mail));
    assert!(provisions(&group));
    assert_eq!(cloud.get(&world.schema, "securityEnabled"), "False");
    assert_eq!(cloud.get(&world.schema, "mail"), "tax@contoso.com");
}

/// A group of many members, which are never listed.
struct Large {
    group: Object,
    members: [Value; 1],
    count: usize,
    member: dirsim_model::AttributeId,
}

impl Subject for Large {
    fn staged(&self, attribute: dirsim_model::AttributeId) -> Values<'_> {
        if attribute == self.member {
            Values::Slice(&self.members)
        } else {
            self.group.staged(attribute)
        }
    }
    fn expected(&self, attribute: dirsim_model::AttributeId) -> Values<'_> {
        self.staged(attribute)
    }
    fn value_count(&self, _attribute: dirsim_model::AttributeId) -> usize {
        self.count
    }
    fn parameter(&self, name: &str) -> Option<std::borrow::Cow<'_, str>> {
        self.group.parameter(name)
    }
    fn is_member_of(&self, _group_dn: &str) -> bool {
        false
    }
    fn now(&self) -> dirsim_model::Timestamp {
        self.group.now()
    }
    fn random(&self) -> u64 {
        0
    }
}

/// SR-113, SR-134.
#[test]
fn the_member_limit_holds_back_new_groups_and_stops_known_ones() {
    let options = RuleOptions { member_limit: 50_000, ..RuleOptions::default() };
    let world = World::with(&["contoso.com"], &options);
    let outcome = |count, known: bool| {
        let member = world.schema.attribute("member").unwrap();
        let members = [Value::Reference(1)];
        let large = Large { group: world.user(GROUP), members, count, member };
        let rules = world.set.inbound_scope(1, class::GROUP, &large);
        let mut group = Object::new(&world.schema, Side::Metaverse, "");
        world
            .set
            .resolve_each(&rules, &large, true, &mut |id, resolved| {
                if let dirsim_rules::Resolved::Values { values, .. } = resolved {
                    group.attributes.insert(id, values.to_vec());
                }
            })
            .unwrap();
        if known {
            group = group.with(&world.schema, Side::Metaverse, "cloudAnchor: Group_1");
        }
        let rules = world.set.outbound_scope(9, class::GROUP, &group);
        if !rules.iter().any(|ix| world.set.rule(*ix).link == LinkType::Provision) {
            return "out of scope".to_owned();
        }
        match world.outbound(9, Side::Entra, class::GROUP, class::GROUP, &group) {
            Ok(_) => "flows".to_owned(),
            Err(failure) => failure.code.to_owned(),
        }
    };
    assert_eq!(outcome(49_999, false), "flows");
    assert_eq!(outcome(50_000, false), "out of scope");
    assert_eq!(outcome(50_001, false), "out of scope");
    assert_eq!(outcome(50_000, true), "flows");
    assert_eq!(outcome(50_001, true), "sync-rule-error-function-triggered");
}

/// SR-101: the Join rule says Ignore, the next one gives the members.
#[test]
fn members_come_from_the_rule_below_the_one_that_checks_them() {
    let world = World::standard();
    let group = world.inbound(1, class::GROUP, &world.user(GROUP)).unwrap();
    let rules = world.set.outbound_scope(9, class::GROUP, &group);
    let member = world.schema.attribute("member").unwrap();
    let mut winner = None;
    let mut note = |id, resolved: dirsim_rules::Resolved<'_>| {
        if let (true, dirsim_rules::Resolved::Values { rule, direct, .. }) =
            (id == member, resolved)
        {
            winner = Some((world.set.rule(rule).name.as_str(), direct));
        }
    };
    world.set.resolve_each(&rules, &group, true, &mut note).unwrap();
    assert_eq!(winner, Some(("Out to AAD - Group Identity", Some(member))));
}

/// SR-088: apply-once flows count for the object that creates the device.
#[test]
fn a_computer_sets_cloud_created_once() {
    let world = World::with(&["contoso.com"], &everything());
    let computer = world.user(
        "dn: CN=PC1,DC=contoso,DC=com\ncn: PC1\nobjectGUID: 03020100-0504-0706-0809-0a0b0c0d0e0f\nuserCertificate: AQID",
    );
    let device = world.inbound(1, class::COMPUTER, &computer).unwrap();
    assert_eq!(device.get(&world.schema, "cloudCreated"), "False");
    let rules = world.set.inbound_scope(1, class::COMPUTER, &computer);
    let later = world.set.contributions(&rules, &computer, false).unwrap();
    let created = world.schema.attribute("cloudCreated").unwrap();
    let outcome = &later.iter().find(|c| c.attribute == created).unwrap().outcome;
    assert_eq!(*outcome, dirsim_rules::Outcome::IgnoreThisFlow);
}

/// Section 10.5: whose mailbox is in the cloud.
#[test]
fn hybrid_writes_the_senders_of_cloud_mailboxes_back() {
    let world = World::with(&["contoso.com"], &everything());
    for (kind, cloud) in
        [(0, true), (2, true), (7, true), (1, false), (256, false), (1_073_741_840, true)]
    {
        let lines = format!(
            "sourceAnchor: a\ncloudMSExchRecipientDisplayType: {kind}\ncloudMSExchSafeSendersHash: AQID\ncloudLegacyExchangeDN: /o=Cloud/cn=ann"
        );
        let entra = Object::new(&world.schema, Side::Entra, &lines);
        let person = world.inbound(9, class::USER, &entra).unwrap();
        let back = world.outbound(1, Side::Forest, class::PERSON, class::USER, &person).unwrap();
        let hash = if cloud { "AQID" } else { "-" };
        assert_eq!(back.get(&world.schema, "msExchSafeSendersHash"), hash, "{kind}");
        assert_eq!(back.get(&world.schema, "proxyAddresses"), "x500:/o=Cloud/cn=ann");
    }
}

/// Section 3.4: a hash entry goes behind the first one.
#[test]
fn a_device_key_gets_its_hash_entry() {
    let world = World::standard();
    // Version 0 0 2 0, then an entry of one byte (length 1 0, identifier 5, content 7), then 97 98 99.
    let entra = Object::new(
        &world.schema,
        Side::Entra,
        "searchableDeviceKey: AAIAAAEABQdhYmM=\nsearchableDeviceKey: AQIAAAEABQdhYmM=",
    );
    let person = world.inbound(9, class::USER, &entra).unwrap();
    let Some(values) = person.attributes.get(&world.schema.attribute("deviceKey").unwrap()) else {
        panic!("no key");
    };
    assert_eq!(values.len(), 1, "the value whose first byte is not 0 is dropped");
    let bytes = values[0].as_ref().as_bytes().unwrap();
    assert_eq!(bytes[..11], [0, 2, 0, 0, 1, 0, 5, 7, 32, 0, 2]);
    assert_eq!(bytes[11..15], [0xba, 0x78, 0x16, 0xbf]);
    assert_eq!(bytes[43..], *b"abc");
}
